"""The quick way to read an event agrees with the clear one, whatever is done to it (law R7)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from itsm_core.adapters import codec
from itsm_core.adapters.codec import (
    encode_event,
    personal_pieces,
    restored_event,
    without,
)
from itsm_core.adapters.personal import personal_in
from itsm_core.errors import CodecError, ItsmError
from itsm_core.events import EVENT_TYPES, TicketEvent, TicketOpened
from itsm_core.ids import PersonId, TicketId
from itsm_core.testing.contract import AT
from itsm_core.testing.event_samples import one_of_each

MARKS = '"\\{}[],:019-+.eTZ \n\t\0ntfé\u200b\ud800x'
OPENED = TicketOpened(
    ticket_id=TicketId("INC-1"), occurred_at=AT, title="No mail", actor=PersonId("ana")
)


def outcome(read: Callable[[], TicketEvent]) -> TicketEvent | str:
    """Return what is read, or what is said instead."""
    try:
        return read()
    except ItsmError as error:
        return str(error)


def changed(text: str, rng: random.Random) -> str:
    """Return a text with a character taken out, put in or replaced."""
    if not text:
        return text
    at, kind = rng.randrange(len(text)), rng.randrange(3)
    return text[:at] + (rng.choice(MARKS) if kind else "") + text[at + (kind != 1) :]


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_event_has_a_quick_way_when_its_type_is_listed(kind: type[TicketEvent]) -> None:
    """A type that fell back to the clear way would be slow in silence."""
    assert kind.__name__ in codec._EVENTS._quick


def test_both_ways_agree_when_payloads_are_changed_at_random() -> None:
    """Event or refusal, and the words of it: 20,000 payloads, most of them damaged."""
    rng = random.Random(5)
    known = [(encode_event(event), personal_pieces(event)) for event in one_of_each()]
    read = 0
    for number in range(20_000):
        payload, pieces = rng.choice(known)
        personal = ""
        if number % 2:
            payload, personal = without(payload, pieces), "\n".join(pieces)
        for _ in range(rng.randrange(3)):
            if rng.randrange(2):
                payload = changed(payload, rng)
            else:
                personal = changed(personal, rng)
        quick = outcome(lambda p=payload, q=personal: restored_event(p, q))  # type: ignore[misc]
        clear = outcome(
            lambda p=payload, q=personal: codec._EVENTS.read_clearly(  # type: ignore[misc]
                codec._joined(p, q) if q else p
            )
        )
        assert quick == clear, (payload, personal)
        read += isinstance(quick, TicketEvent)
    assert 5_000 < read < 15_000


def test_event_comes_back_when_its_personal_parts_lay_apart() -> None:
    """Of every type, with every text."""
    for event in one_of_each():
        pieces = personal_pieces(event)
        apart = without(encode_event(event), pieces)
        assert restored_event(apart, "\n".join(pieces)) == event


def test_pieces_are_the_members_that_tell_of_somebody_when_taken_apart() -> None:
    """Empty ones tell nothing; the rest of the event is what it was."""
    pieces = personal_pieces(OPENED)
    assert pieces == ('"actor":"ana"', '"title":"No mail"')
    apart = without(encode_event(OPENED), pieces)
    assert '"actor":""' in apart
    assert "No mail" not in apart
    assert set(personal_in("TicketOpened")) == {"actor", "title", "requester", "assignee"}


@pytest.mark.parametrize(
    "personal",
    ['"group":"x"', '"sequence":"7"', '"actor":"ana"\n"actor":"ben"', "actor", '"nobody":"x"'],
)
def test_event_is_refused_when_a_part_has_no_place(personal: str) -> None:
    """A part goes where an empty text stands, once."""
    opened = TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=AT, group="x")  # type: ignore[arg-type]
    with pytest.raises(CodecError):
        restored_event(encode_event(opened), personal)


def test_text_that_looks_like_a_member_stays_when_a_part_is_taken_out() -> None:
    """A quotation mark inside a text is written with a backslash: it cannot be mistaken."""
    opened = TicketOpened(
        ticket_id=TicketId("INC-1"),
        occurred_at=AT,
        category=',"actor":"ana",',
        actor=PersonId("ana"),
    )
    pieces = personal_pieces(opened)
    assert restored_event(without(encode_event(opened), pieces), "\n".join(pieces)) == opened
