"""Snapshots: same content, same bytes; foreign or damaged bytes are refused (laws K1, R7)."""

from __future__ import annotations

import json
import random
import sys
from hashlib import sha256

import attrs
import pytest

from itsm_core.errors import CodecError
from itsm_core.ids import TicketId
from itsm_core.linking import ENGLISH, GERMAN, TicketIndex
from itsm_core.linking import _snapshot as module
from tests.unit.linking.texts import index_of, stream, text


def rewritten(blob: bytes, change: dict[str, object]) -> bytes:
    """Return a snapshot whose head is changed, with a digest that fits."""
    size = int.from_bytes(blob[42:50], "little")
    head = json.loads(blob[50 : 50 + size])
    words = json.dumps({**head, **change}).encode()
    rest = len(words).to_bytes(8, "little") + words + blob[50 + size :]
    return blob[:10] + sha256(rest).digest() + rest


BLOB = index_of(text("A", "mail slow"), text("B", "mail", service="x", kind="article")).snapshot()


def test_snapshot_gives_the_same_bytes_after_a_round_trip() -> None:
    """What is read is what was written."""
    blob = index_of(*stream(random.Random(1), 60)).snapshot()
    assert TicketIndex.restored(blob).snapshot() == blob


def test_snapshot_of_nothing_is_an_empty_index() -> None:
    """No ticket is no special case."""
    assert len(TicketIndex.restored(TicketIndex().snapshot())) == 0


def test_restored_index_goes_on_where_the_other_stopped() -> None:
    """Adding after restoring gives the bytes of adding without."""
    tickets = stream(random.Random(2), 40)
    resumed = TicketIndex.restored(index_of(*tickets[:20]).snapshot())
    for each in tickets[20:]:
        resumed.add(each)
    resumed.remove(tickets[3].ticket_id)
    straight = index_of(*tickets)
    straight.remove(tickets[3].ticket_id)
    assert resumed.snapshot() == straight.snapshot()


@pytest.mark.parametrize("blob", [b"", b"PK\x03\x04", b"ITSMTEXT", b"x" * 99, "text"])
def test_bytes_are_refused_when_they_are_no_snapshot(blob: bytes) -> None:
    """A zip file, an empty one, a text."""
    with pytest.raises(CodecError, match="no snapshot"):
        TicketIndex.restored(blob)


def test_snapshot_is_refused_when_it_has_another_version() -> None:
    """A later library may have written it."""
    with pytest.raises(CodecError, match="another version"):
        TicketIndex.restored(BLOB[:8] + b"\x02\x00" + BLOB[10:])


@pytest.mark.parametrize("place", [10, 41, 42, 60, len(BLOB) // 2, len(BLOB) - 1])
def test_snapshot_is_refused_when_one_bit_differs(place: int) -> None:
    """Wherever it is."""
    damaged = bytearray(BLOB)
    damaged[place] ^= 1
    with pytest.raises(CodecError):
        TicketIndex.restored(bytes(damaged))


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_snapshot_is_refused_when_its_end_is_missing(cut: int) -> None:
    """A copy that was cut short."""
    with pytest.raises(CodecError):
        TicketIndex.restored(BLOB[:-cut])


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"tickets": ["A", "A"]}, "twice"),
        ({"tickets": ["A"]}, "incomplete|fit together"),
        ({"tickets": ["", "A"]}, "no id"),
        ({"kinds": [str(n) for n in range(256)]}, "too many kinds"),
        ({"tickets": [1, 2]}, "text"),
        ({"terms": ["mail", "mail"]}, "twice"),
        ({"terms": ["mail"]}, "term is missing"),
        ({"kinds": ["incident"]}, "kind is missing"),
        ({"facts": []}, "facts are missing"),
        ({"facts": [["x"], ["y"]]}, "another number"),
        ({"fields": {"title": {}}}, "fields cannot be used"),
        ({"fields": []}, "object is missing"),
        ({"more": 1}, "other keys"),
    ],
)
def test_snapshot_is_refused_when_its_parts_do_not_fit(
    change: dict[str, object], match: str
) -> None:
    """A digest can be made by anybody: what it covers is checked all the same."""
    with pytest.raises(CodecError, match=match):
        TicketIndex.restored(rewritten(BLOB, change))


def test_snapshot_is_refused_when_it_was_made_with_other_analyzers() -> None:
    """New texts would not meet the old ones."""
    with pytest.raises(CodecError, match="other analyzers"):
        TicketIndex.restored(BLOB, analyzers={"": GERMAN})
    assert len(TicketIndex.restored(BLOB, analyzers={"": ENGLISH})) == 2


def test_snapshot_is_the_same_on_a_machine_of_the_other_byte_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arrays are turned round there, twice is once."""
    content = module.unpacked(BLOB)
    monkeypatch.setattr(sys, "byteorder", "big")
    turned = module._little(content.times)
    assert turned != content.times
    assert module._little(turned) == content.times


def test_snapshot_holds_no_text() -> None:
    """Terms, not sentences; nothing of what was removed."""
    index = index_of(text("A", "mail", body="Please call Bob quickly"), text("B", "secretword"))
    index.remove(TicketId("B"))
    blob = index.snapshot()
    assert b"Please call" not in blob
    assert b"secretword" not in blob


def test_bytes_are_refused_when_there_are_none() -> None:
    """None is what a cache says that has nothing."""
    with pytest.raises(CodecError, match="no snapshot"):
        TicketIndex.restored(None)  # type: ignore[arg-type]


def test_snapshot_is_refused_when_an_instant_is_none() -> None:
    """It would fail when somebody asks for the date."""
    words = int.from_bytes(BLOB[42:50], "little")
    start = 50 + words
    rest = BLOB[42:start] + b"\xff" * 7 + b"\x7f" + BLOB[start + 8 :]
    with pytest.raises(CodecError, match="instant is out of range"):
        TicketIndex.restored(BLOB[:10] + sha256(rest).digest() + rest)


def test_snapshot_is_refused_when_an_entry_is_there_twice() -> None:
    """Removing the ticket would count its term down twice."""
    content = module.unpacked(BLOB)
    entries = content.entries[:]
    entries[1] = entries[0]
    with pytest.raises(CodecError, match="entry is there twice"):
        TicketIndex.restored(module.packed(attrs.evolve(content, entries=entries)))
