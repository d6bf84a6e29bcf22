"""The chain of a log: links, heads, and what a check finds (law R8)."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from itsm_core.adapters.chain import (
    BEGINNING,
    ChainedErasure,
    ChainedEvent,
    LogHead,
    SealedPart,
    check_chain,
    commitment,
    erasure_digest,
    erasure_link,
    event_link,
    head_after,
    packed,
)
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import ANY
from itsm_core.testing.event_samples import sample

PIECE = '"actor":"ana"'
SALT = bytes(range(16))


def log(length: int = 5, pieces: tuple[str, ...] = (PIECE,)) -> list[ChainedEvent]:
    """Return a chained log whose every event has personal parts."""
    found: list[ChainedEvent] = []
    link = BEGINNING
    seal = packed(SealedPart(SALT) for _ in pieces)
    commitments = b"".join(commitment(SALT, piece) for piece in pieces)
    for at in range(1, length + 1):
        link = event_link(link, at, "a", at, payload="{}", commitments=commitments)
        found.append(ChainedEvent(at, "a", at, "{}", pieces, seal, link))
    return found


def erased(events: list[ChainedEvent], at: int) -> tuple[list[ChainedEvent], ChainedErasure]:
    """Return the log with the part of one event erased, and the record of it."""
    event = events[at - 1]
    gone = '"actor":"(erased person 1)"'
    part = SealedPart(commitment(SALT, PIECE), 1)
    changed = event._replace(pieces=(gone,), seal=packed([part]))
    digest = erasure_digest([(at, gone)])
    link = erasure_link(BEGINNING, 1, 7, "office", reason="case", digest=digest)
    record = ChainedErasure(1, 7, "office", "case", digest, link)
    return [*events[: at - 1], changed, *events[at:]], record


def places(events: list[ChainedEvent], *heads: LogHead) -> list[tuple[str, int, int]]:
    """Return code and place of every fault."""
    found = check_chain(events, (), heads).faults
    return [(fault.code, fault.first, fault.last) for fault in found]


def head_of(events: list[ChainedEvent], count: int | None = None) -> LogHead:
    """Return the head of a log, or of its beginning."""
    last = events[(len(events) if count is None else count) - 1]
    return LogHead(count=last.position, link=last.link)


# --- heads ---------------------------------------------------------------------------------------


def test_head_comes_back_when_parsed() -> None:
    """One line of text, for a file, a mail or a printer."""
    head = LogHead(count=7, link=b"a" * 32, erasures=2, erasure_link=b"b" * 32)
    assert LogHead.parse(f"  {head}\n") == head
    assert str(head) == f"itsm-log-1 7 {'61' * 32} 2 {'62' * 32}"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "itsm-log-2 7 00 2 00",
        "itsm-log-1 7 zz 2 00",
        "itsm-log-1 x 00 2 00",
        "itsm-log-1 7 00 2 00",
        f"itsm-log-1 07 {'00' * 32} 2 {'00' * 32}",
        f"itsm-log-1 7 {'00' * 32} 2 {'00' * 32} 1",
        f"itsm-log-1 -7 {'00' * 32} 2 {'00' * 32}",
        f"itsm-log-1 7 {'00' * 32} -2 {'00' * 32}",
    ],
)
def test_head_is_refused_when_the_line_is_something_else(line: str) -> None:
    """The message shows what one looks like."""
    with pytest.raises(InvalidValue, match=r"no head of a log.*itsm-log-1 COUNT HASH"):
        LogHead.parse(line)


# --- checking ------------------------------------------------------------------------------------


def test_log_is_sound_when_untouched() -> None:
    """Its head is the link of the last event."""
    events = log()
    found = check_chain(events, (), [head_of(events), head_of(events, 2), LogHead(count=0)])
    assert (found.is_sound, found.head, found.heads) == (True, head_of(events), 3)
    assert check_chain((), ()).head == LogHead(count=0)


def test_event_is_named_when_its_payload_was_changed() -> None:
    """Exactly this one, and no other."""
    events = log()
    events[2] = events[2]._replace(payload="[]")
    assert places(events) == [("changed", 3, 3)]


def test_event_is_named_when_only_its_link_was_changed() -> None:
    """The next one follows what the link should be, so it is not blamed."""
    events = log()
    events[2] = events[2]._replace(link=b"x" * 32)
    assert places(events) == [("changed", 3, 3)]


def test_next_event_is_named_when_a_changed_one_got_a_fitting_link() -> None:
    """A forger who makes one link anew has to make all of them."""
    events = log()
    forged = event_link(
        events[1].link, 3, "a", 3, payload="[]", commitments=commitment(SALT, PIECE)
    )
    events[2] = events[2]._replace(payload="[]", link=forged)
    assert places(events) == [("changed", 4, 4)]


def test_range_between_heads_is_named_when_the_rest_of_the_chain_was_made_anew() -> None:
    """Nothing in the file shows it; a head that was kept does."""
    events = log()
    kept = [head_of(events, 2), head_of(events, 4)]
    forged = log(5, ())[2:]
    link = events[1].link
    for at, event in enumerate(forged):
        link = event_link(link, event.position, "a", event.version, payload="{}", commitments=b"")
        forged[at] = event._replace(link=link)
    tampered = [*events[:2], *forged]
    assert places(tampered) == []
    assert places(tampered, *kept) == [("rewritten", 3, 4)]


def test_missing_events_are_named_when_taken_out_of_the_middle() -> None:
    """As a range; what follows them cannot be blamed."""
    events = log()
    assert places([events[0], *events[3:]]) == [("missing", 2, 3)]
    assert places(events[1:]) == [("missing", 1, 1)]


def test_missing_events_are_named_when_cut_off_against_a_head() -> None:
    """Without a head it does not show, with one it does."""
    events = log()
    assert places(events[:3]) == []
    assert places(events[:3], head_of(events)) == [("truncated", 4, 5)]


def test_both_events_are_named_when_exchanged() -> None:
    """Their places are part of their links; the one after them follows a link that moved."""
    events = log()
    events[1], events[2] = events[2]._replace(position=2), events[1]._replace(position=3)
    assert places(events) == [("changed", at, at) for at in (2, 3, 4)]


def test_events_are_named_when_their_order_runs_back() -> None:
    """Positions rise by one."""
    events = log()
    assert places([events[0], events[0], *events[1:]])[0] == ("changed", 1, 1)


def test_event_is_named_when_its_seal_is_damaged() -> None:
    """A lost salt is no erasure."""
    events = log()
    for seal in (b"", b"\7" + SALT, b"\0" + SALT + b"\0" + SALT):
        tampered = [*events[:1], events[1]._replace(seal=seal), *events[2:]]
        assert places(tampered) == [("changed", 2, 2)]


# --- erasures ------------------------------------------------------------------------------------


def test_log_is_sound_when_a_part_was_erased_on_record() -> None:
    """The commitment stands for the part."""
    events, record = erased(log(), 3)
    found = check_chain(events, [record], [head_of(log())])
    assert (found.faults, found.erased_parts, found.head.erasures) == ((), 1, 1)


def test_event_is_named_when_a_part_was_taken_without_a_record() -> None:
    """An erasure that nobody recorded is tampering."""
    events, _ = erased(log(), 3)
    (fault,) = check_chain(events, ()).faults
    assert (fault.code, fault.first, fault.last) == ("erasure", 3, 3)


def test_erasure_is_named_when_it_took_something_else() -> None:
    """Another placeholder, or another event, than the record says."""
    events, record = erased(log(), 3)
    events[2] = events[2]._replace(pieces=('"actor":"mallory"',))
    (fault,) = check_chain(events, [record]).faults
    assert (fault.code, fault.first) == ("erasure", 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record._replace(at_us=8),
        lambda record: record._replace(author="x"),
        lambda record: record._replace(reason="x"),
        lambda record: record._replace(digest=b"d" * 32),
        lambda record: record._replace(link=b"l" * 32),
    ],
    ids=["at_us", "author", "reason", "digest", "link"],
)
def test_record_is_faulty_when_any_of_it_was_changed(
    change: Callable[[ChainedErasure], ChainedErasure],
) -> None:
    """When, who, why and what: all of it is chained."""
    events, record = erased(log(), 3)
    found = check_chain(events, [change(record)])
    assert "erasure" in {fault.code for fault in found.faults}


def test_record_is_missing_when_a_head_knows_it() -> None:
    """A record that was taken away with all that it took shows against a head."""
    events, record = erased(log(), 3)
    head = check_chain(events, [record]).head
    found = check_chain(log(), (), [head]).faults
    assert [fault.code for fault in found] == ["erasure"]
    assert "not the one that was kept" in str(found[0])


def test_record_is_missing_when_the_numbers_have_a_gap() -> None:
    """Records count from 1."""
    events, record = erased(log(), 3)
    found = check_chain(events, [record._replace(number=2)]).faults
    assert "the record of erasure 1 is missing" in {fault.message for fault in found}


# --- logs without a chain ------------------------------------------------------------------------


def test_head_is_the_same_when_a_log_is_followed_in_parts() -> None:
    """A follower keeps one line of text and goes on from it."""
    with MemoryStore() as store:
        store.append("a", sample("a", 1, 2, 3), expected_version=ANY)
        whole = head_after(store.read_all())
        part = head_after(store.read_all(limit=1))
        assert head_after(store.read_all(after=1), part) == whole
    assert (whole.count, part.count) == (3, 1)


def test_head_differs_when_an_event_of_a_followed_log_does() -> None:
    """Its content, its stream or its place."""
    with MemoryStore() as store:
        store.append("a", sample("a", 1, 2), expected_version=ANY)
        one, two = store.read_all()
    head = head_after((one, two))
    assert head_after((one, attrs.evolve(two, event=one.event))) != head
    assert head_after((one, attrs.evolve(two, stream="b"))) != head
    assert head_after((one, attrs.evolve(two, position=9))) != head
    assert head_after((two, one)) != head
