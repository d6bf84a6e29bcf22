"""Events: instants, order, repetition, readability."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import cast

import attrs
import pendulum
import pytest

from itsm_core import events, ids
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import (
    EVENT_TYPES,
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
    in_order,
)
from itsm_core.ids import EventId, TicketId

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
ID = TicketId("INC-1")


def test_every_event_has_a_place_in_the_order_when_listed() -> None:
    """An event class without a rank could not be sorted."""
    below = {each for each in TicketEvent.__subclasses__() if each.__module__ == events.__name__}
    assert set(EVENT_TYPES) == below


def test_instant_is_shown_in_utc_by_pendulum_when_given_elsewhere() -> None:
    """T1: results expose pendulum instants in UTC, whatever zone the question was in."""
    event = AnswerSent(ticket_id=ID, occurred_at=pendulum.datetime(2026, 7, 1, 9, tz="Asia/Tokyo"))
    assert event.occurred_at == pendulum.datetime(2026, 7, 1, 0, tz="UTC")
    assert (type(event.occurred_at), event.occurred_at.timezone_name) == (pendulum.DateTime, "UTC")


def test_instant_is_kept_as_microseconds_when_read_raw() -> None:
    """Inside, an instant is a whole number: 2026-01-05T09:00Z is 1767603600 s after 1970."""
    assert AnswerSent(ticket_id=ID, occurred_at=NINE).occurred_us == 1_767_603_600_000_000


def test_recorded_is_when_it_happened_when_not_told_otherwise() -> None:
    """S14: both instants exist; the usual case is that they are one."""
    event = AnswerSent(ticket_id=ID, occurred_at=NINE)
    assert event.recorded_at == event.occurred_at == NINE


def test_recorded_is_kept_apart_when_told_later() -> None:
    """S14: an event may be told after it happened."""
    event = AnswerSent(ticket_id=ID, occurred_at=NINE, recorded_at=TEN)
    assert (event.occurred_at, event.recorded_at) == (NINE, TEN)


def test_event_is_refused_when_its_instant_has_no_zone() -> None:
    """T1: a naive datetime is refused, never guessed."""
    with pytest.raises(NaiveDatetime):
        AnswerSent(ticket_id=ID, occurred_at=NINE.replace(tzinfo=None))


def test_event_is_refused_when_its_instant_is_a_text() -> None:
    """A text is not an instant; the codec reads texts."""
    with pytest.raises(InvalidValue, match="2026-01-05"):
        AnswerSent(ticket_id=ID, occurred_at="2026-01-05T09:00Z")  # type: ignore[arg-type]


def test_event_cannot_be_changed_when_made() -> None:
    """A fact does not change."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        AnswerSent(ticket_id=ID, occurred_at=NINE).automatic = True  # type: ignore[misc]


def test_repr_evaluates_when_pasted() -> None:
    """A repr is short and makes the same event again."""
    event = TicketResolved(
        ticket_id=ID, occurred_at=NINE, recorded_at=TEN, state="resolved", resolution_code="fixed"
    )
    names = {**vars(events), **vars(ids), "datetime": datetime}
    assert eval(repr(event), names) == event


def test_event_survives_when_pickled() -> None:
    """Events travel between processes."""
    event = TicketResumed(ticket_id=ID, occurred_at=NINE, state="in_progress")
    assert pickle.loads(pickle.dumps(event)) == event


def test_events_are_in_order_of_occurrence_when_told_in_another() -> None:
    """S14: out-of-order events give the ordered log, whatever the order of telling."""
    history = (
        TicketOpened(ticket_id=ID, occurred_at=NINE),
        TicketPutOnHold(ticket_id=ID, occurred_at=TEN, state="on_hold", reason="awaiting_supplier"),
        TicketResumed(ticket_id=ID, occurred_at=TEN + timedelta(hours=1), state="in_progress"),
    )
    assert {in_order(told) for told in permutations(history)} == {history}


def test_pause_ends_before_the_stop_when_both_are_of_one_instant() -> None:
    """S6: a stop inside a pause closes the pause first."""
    resumed = TicketResumed(ticket_id=ID, occurred_at=TEN, state="in_progress")
    resolved = TicketResolved(ticket_id=ID, occurred_at=TEN, state="resolved")
    assert in_order((resolved, resumed)) == (resumed, resolved)


def test_sequence_decides_when_events_are_of_one_instant() -> None:
    """The order that the source told beats the order of classes."""
    resumed = TicketResumed(ticket_id=ID, occurred_at=TEN, state="in_progress", sequence=2)
    resolved = TicketResolved(ticket_id=ID, occurred_at=TEN, state="resolved", sequence=1)
    assert in_order((resumed, resolved)) == (resolved, resumed)


def test_event_counts_once_when_its_id_is_told_twice() -> None:
    """S14: the same id told twice is one event, the one that was known first."""
    first = ContactReceived(ticket_id=ID, occurred_at=NINE, event_id=EventId("e1"), channel="phone")
    again = attrs.evolve(first, recorded_at=TEN, channel="mail")
    assert in_order((again, first)) == (first,)


def test_event_counts_once_when_it_is_repeated_without_id() -> None:
    """Without ids, events that are equal in every field are one."""
    event = ContactReceived(ticket_id=ID, occurred_at=NINE)
    assert in_order((event, event)) == (event,)


def test_events_stay_two_when_their_ids_differ() -> None:
    """Two calls in one minute are two calls."""
    calls = [
        ContactReceived(ticket_id=ID, occurred_at=NINE, event_id=EventId(name)) for name in "ba"
    ]
    assert [event.event_id for event in in_order(calls)] == ["a", "b"]


@attrs.frozen(kw_only=True, repr=False)
class CallRecorded(TicketEvent):
    """An event of one's own, of no known kind."""

    number: int = 0


@attrs.frozen(kw_only=True, repr=False)
class TicketParked(TicketPutOnHold):
    """An event of one's own that is a hold."""


def test_own_event_comes_last_when_of_an_unknown_kind() -> None:
    """A class that the library does not know takes effect after all that it knows."""
    own = CallRecorded(ticket_id=ID, occurred_at=NINE)
    cancelled = TicketCancelled(ticket_id=ID, occurred_at=NINE, state="cancelled")
    later = AnswerSent(ticket_id=ID, occurred_at=TEN)
    assert in_order((later, own, cancelled)) == (cancelled, own, later)


def test_own_event_ranks_as_its_base_when_that_is_known() -> None:
    """A hold of one's own begins before the resumption of the same instant, after the answer."""
    parked = TicketParked(ticket_id=ID, occurred_at=NINE, state="parked", reason="budget")
    resumed = TicketResumed(ticket_id=ID, occurred_at=NINE, state="in_progress")
    answer = AnswerSent(ticket_id=ID, occurred_at=NINE)
    assert in_order((resumed, parked, answer)) == (answer, parked, resumed)


def test_order_is_the_same_when_events_differ_in_content_alone() -> None:
    """S14: told in any order, the history is one; the texts break the tie."""
    history = [
        PriorityChanged(ticket_id=ID, occurred_at=NINE, priority=name) for name in ("P3", "P1")
    ]
    history += [PriorityChanged(ticket_id=ID, occurred_at=NINE, priority="P1", reason="loud")]
    orders = {in_order(told) for told in permutations(history)}
    assert len(orders) == 1
    assert orders.pop() == (history[1], history[2], history[0])


def test_order_is_the_same_when_own_events_tie() -> None:
    """S14 holds for classes that the library has never seen."""
    history = (
        CallRecorded(ticket_id=ID, occurred_at=NINE, number=2),
        CallRecorded(ticket_id=ID, occurred_at=NINE, number=1),
        TicketEvent(ticket_id=ID, occurred_at=NINE),
    )
    assert len({in_order(told) for told in permutations(history)}) == 1


def test_kept_event_is_the_same_when_one_id_is_told_twice_at_once() -> None:
    """S14: which telling of an id is kept does not depend on the order of telling."""
    told = [
        PriorityChanged(ticket_id=ID, occurred_at=NINE, event_id=EventId("e1"), priority=name)
        for name in ("P2", "P1")
    ]
    assert in_order(told) == in_order(reversed(told))


def test_order_is_found_when_a_tied_instant_is_out_of_range() -> None:
    """Sorting reads raw microseconds, also those that cannot be shown."""
    far = 253_402_300_800_000_000  # 10000-01-01T00:00Z
    told = [AnswerSent(ticket_id=ID, occurred_at=far, channel=name) for name in "ba"]
    assert in_order(told) == in_order(reversed(told))


def test_event_is_not_compared_when_the_other_is_none() -> None:
    """An instant is neither before nor after an event."""
    with pytest.raises(TypeError, match="not supported"):
        sorted([AnswerSent(ticket_id=ID, occurred_at=NINE), cast("TicketEvent", NINE)])


def test_event_is_before_another_when_in_order_says_so() -> None:
    """`sorted` gives the order of `in_order`, with repetitions left in."""
    resumed = TicketResumed(ticket_id=ID, occurred_at=TEN, state="in_progress")
    resolved = TicketResolved(ticket_id=ID, occurred_at=TEN, state="resolved")
    assert sorted((resolved, resumed, resolved)) == [resumed, resolved, resolved]
    assert not resumed < resumed
