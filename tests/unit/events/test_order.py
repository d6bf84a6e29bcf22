"""Events: instants, order, repetition, readability."""

from __future__ import annotations

import datetime as dt
import pickle
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, cast

import attrs
import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core import events, ids
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    CommitmentMade,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
    TimeExcluded,
    WorkStarted,
    history_hash,
    in_order,
    opened_first,
)
from itsm_core.ids import EventId, TicketId
from itsm_core.testing.event_store_contract import one_of_each

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
ID = TicketId("INC-1")


def override(expires: datetime | None) -> PriorityOverridden:
    """Return an override, with an expiry or without."""
    return PriorityOverridden(
        ticket_id=ID, occurred_at=NINE, priority="P1", reason="board", expires_at=expires
    )


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
    names = {**vars(events), **vars(ids), "datetime": dt}
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


def test_event_is_before_another_when_its_id_or_else_its_content_is() -> None:
    """Of two events that tie, one comes first, whichever is asked."""

    def told(event_id: str, priority: str) -> PriorityChanged:
        return PriorityChanged(
            ticket_id=ID, occurred_at=NINE, event_id=EventId(event_id), priority=priority
        )

    for first, then in ((told("a", "P2"), told("b", "P1")), (told("a", "P1"), told("a", "P2"))):
        assert (first < then, then < first) == (True, False)


# --- the opening ---------------------------------------------------------------------------------

OPENED = TicketOpened(ticket_id=ID, occurred_at=TEN)
AFTER = AnswerSent(ticket_id=ID, occurred_at=TEN, channel="after")


@pytest.mark.parametrize("events", [(), (OPENED, AFTER), (AFTER,)], ids=["none", "first", "lacks"])
def test_events_stay_when_the_opening_is_first_or_lacks(events: tuple[TicketEvent, ...]) -> None:
    """There is nothing to put in order."""
    assert opened_first(events) is events


def test_earlier_events_follow_the_opening_when_it_is_told_late() -> None:
    """What was told before it happened right after it; the rest is as it was."""
    early = AnswerSent(ticket_id=ID, occurred_at=NINE, channel="early")
    late = AnswerSent(ticket_id=ID, occurred_at=TEN + timedelta(hours=1), channel="late")
    moved = attrs.evolve(early, occurred_at=TEN)
    assert opened_first((early, OPENED, AFTER, late)) == (OPENED, moved, AFTER, late)


# --- instants of single classes ------------------------------------------------------------------


def test_instants_are_shown_in_utc_when_an_event_has_more_than_one() -> None:
    """T1: every instant of an event is pendulum's, in UTC."""
    excluded = TimeExcluded(
        ticket_id=ID, occurred_at=TEN, start_at=NINE, end_at=TEN, reason="no power"
    )
    made = CommitmentMade(ticket_id=ID, occurred_at=NINE, commitment_id="c1", due_at=TEN)
    shown = (excluded.start_at, excluded.end_at, made.due_at)
    assert shown == (NINE, TEN, TEN)
    assert {(type(each), each.timezone_name) for each in shown} == {(pendulum.DateTime, "UTC")}


@pytest.mark.parametrize("expires", [None, TEN])
def test_expiry_is_shown_when_an_override_has_one(expires: datetime | None) -> None:
    """An open end is none."""
    assert override(expires).expires_at == expires


def test_repr_evaluates_when_an_event_has_more_instants() -> None:
    """Each instant is shown as one, and an open end is left out."""
    names = {**vars(events), **vars(ids), "datetime": dt}
    for event in (override(TEN), override(None)):
        assert eval(repr(event), names) == event
    assert "expires_at" not in repr(override(None))


# --- one history ---------------------------------------------------------------------------------

HISTORY = (
    TicketOpened(ticket_id=ID, occurred_at=NINE, event_id=EventId("e1"), title="no mail"),
    AnswerSent(ticket_id=ID, occurred_at=NINE, event_id=EventId("e2")),
    TicketResolved(ticket_id=ID, occurred_at=TEN, event_id=EventId("e3"), state="resolved"),
)


def test_hash_is_the_same_when_told_in_another_order_or_twice() -> None:
    """S3, S14: the hash stands for the facts, not for how they were told."""
    hashes = {history_hash(told) for told in permutations((*HISTORY, HISTORY[1]))}
    assert hashes == {history_hash(HISTORY)}


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_hash_is_another_when_any_field_is_another(event: TicketEvent) -> None:
    """S3: no field of any event can change unseen, nor can its class."""
    hashes = [history_hash([event])]
    for field in attrs.fields(type(event)):
        alias = field.alias or field.name
        change: dict[str, Any] = {alias: another(event, field.name)}
        hashes.append(history_hash([attrs.evolve(event, **change)]))
    assert len(set(hashes)) == len(hashes) == len(attrs.fields(type(event))) + 1


def another(event: TicketEvent, name: str) -> object:
    """Return a value that a field does not have."""
    value = getattr(event, name)
    if name.endswith("_us"):
        return 0 if value is None else value ^ 1
    if isinstance(value, bool):
        return not value
    return value ^ 1 if isinstance(value, int) else f"{value}?"


def test_hash_is_another_when_an_event_is_missing() -> None:
    """S3: every part of a history has its own hash, the empty one too."""
    parts = [HISTORY[:length] for length in range(4)]
    assert len({history_hash(part) for part in parts}) == 4


def test_hash_is_another_when_only_the_class_differs() -> None:
    """Resumed and started carry the same fields and mean something else."""
    resumed = TicketResumed(ticket_id=ID, occurred_at=NINE, state="in_progress")
    started = WorkStarted(ticket_id=ID, occurred_at=NINE, state="in_progress")
    assert history_hash([resumed]) != history_hash([started])


def test_hash_is_hexadecimal_when_a_text_holds_half_a_pair() -> None:
    """A title from a broken export is a fact like any other."""
    broken = history_hash([attrs.evolve(HISTORY[0], title="\ud800")])
    assert re.fullmatch("[0-9a-f]{64}", broken)


told = st.lists(
    st.builds(
        PriorityChanged,
        ticket_id=st.just(ID),
        occurred_at=st.integers(0, 12),
        event_id=st.sampled_from(("", "", "e1", "e2", "e3")).map(EventId),
        priority=st.sampled_from(("P1", "P2")),
    ),
    max_size=8,
    unique_by=lambda event: event.occurred_us,
)


@given(told)
def test_order_is_found_quickly_when_it_is_there_already(history: list[PriorityChanged]) -> None:
    """S14: the short way of a history that is in order gives what sorting and sifting gives."""
    history.sort(key=lambda event: event.occurred_us)
    unique: dict[object, PriorityChanged] = {}
    for event in history:
        unique.setdefault(event.event_id or event, event)
    assert in_order(history) == tuple(unique.values()) == in_order(reversed(history))


@pytest.mark.parametrize("kind", [tuple, list, iter])
def test_order_is_a_tuple_when_told_as_another_series(
    kind: Callable[[Iterable[TicketEvent]], Iterable[TicketEvent]],
) -> None:
    """Any series will do, an iterator is read once."""
    plain = (HISTORY[0], HISTORY[2])
    assert in_order(kind(plain)) == plain
