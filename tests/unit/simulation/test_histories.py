"""Every simulated history is one that the incident lifecycle allows, told in order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    AssignTicket,
    CancelTicket,
    ChangePriorityInputs,
    CloseTicket,
    Command,
    HoldTicket,
    OpenTicket,
    ReceiveContact,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    StartWork,
)
from itsm_core.errors import CommandRefused, InstantOutOfRange, InvalidValue, NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    WorkStarted,
    in_order,
)
from itsm_core.ids import EventId
from itsm_core.lifecycle import INCIDENT, Ticket, decide, evolve, fold
from itsm_core.simulation import SimulatedDesk, simulate

GOLDEN = "69bce8293ca0c1bbb525462d9a70d1382120398de4021f425316a74fb80e5e07"
ROLES: frozenset[str] = frozenset({"requester", "analyst", "lead", "system"})


@pytest.fixture(scope="module")
def desk() -> SimulatedDesk:
    """Return the desk of the demo."""
    return simulate(seed=1)


def command_of(event: TicketEvent) -> Command | None:
    """Return the command that would have led to `event`; a resume follows from its contact."""
    key = event.ticket_id
    match event:
        case TicketOpened():
            names = [f.name for f in attrs.fields(OpenTicket) if f.name != "ticket_id"]
            return OpenTicket(ticket_id=key, **{name: getattr(event, name) for name in names})
        case TicketAssigned():
            return AssignTicket(ticket_id=key, group=event.group, assignee=event.assignee)
        case PriorityChanged():
            return ChangePriorityInputs(
                ticket_id=key, impact=event.impact, urgency=event.urgency, reason=event.reason
            )
        case AnswerSent():
            return SendAnswer(ticket_id=key, channel=event.channel)
        case ContactReceived():
            return ReceiveContact(ticket_id=key, channel=event.channel)
        case WorkStarted():
            return StartWork(ticket_id=key)
        case TicketPutOnHold():
            return HoldTicket(ticket_id=key, reason=event.reason)
        case TicketResolved():
            return ResolveTicket(ticket_id=key, resolution_code=event.resolution_code)
        case TicketReopened():
            return ReopenTicket(ticket_id=key, reason=event.reason)
        case TicketClosed():
            return CloseTicket(ticket_id=key)
        case TicketCancelled():
            return CancelTicket(ticket_id=key, reason=event.reason)
        case _:
            return None


def bare(event: TicketEvent) -> TicketEvent:
    """Return the event without the stamps that a store or a late registration adds."""
    return attrs.evolve(event, event_id=EventId(""), sequence=0, recorded_at=None)


def refusals(history: tuple[TicketEvent, ...]) -> Iterator[str]:
    """Yield where deciding the history again refuses, or decides something else."""
    ticket: Ticket | None = None
    given: list[TicketEvent] = []  # decided already: a resume that its contact brought
    for event in history:
        if given:
            decided = given.pop(0)
        else:
            command = command_of(event) or ResumeTicket(ticket_id=event.ticket_id)
            actor = Actor(person_id=event.actor, roles=ROLES, automatic=event.automatic)
            answer = decide(INCIDENT, ticket, command, actor=actor, at=event.occurred_at)
            if isinstance(answer, CommandRefused) or not answer:
                yield f"{event!r}: {answer}"
                return
            decided, *given = answer
        if bare(decided) != bare(event):
            yield f"{event!r} is not {decided!r}"
        ticket = evolve(ticket, event)


def test_every_history_is_decided_again_when_its_commands_are_given(desk: SimulatedDesk) -> None:
    """The lifecycle allows each step, and derives the same priority and state from it."""
    found = [line for history in desk.histories.values() for line in refusals(history)]

    assert found == []


def test_every_history_is_in_order_when_simulated(desk: SimulatedDesk) -> None:
    """Sorting by the rule of law S14 changes nothing, and no event is told twice."""
    assert all(in_order(history) == history for history in desk.histories.values())


def test_every_history_folds_when_replayed(desk: SimulatedDesk) -> None:
    """The fold of each history is the ticket it is filed under."""
    tickets = {key: fold(history) for key, history in desk.histories.items()}

    assert all(ticket.ticket_id == key for key, ticket in tickets.items())


def test_histories_number_as_many_as_asked_when_simulated() -> None:
    """Every ticket asked for is there, known by the end."""
    desk = simulate(seed=9, tickets=317)

    assert len(desk.histories) == 317
    assert all(desk.histories.values())


def test_histories_know_nothing_of_the_future_when_they_end(desk: SimulatedDesk) -> None:
    """What the desk learned at or after the end is not in the histories."""
    end = datetime(2026, 7, 6, tzinfo=UTC)

    assert desk.as_of == end
    assert all(e.recorded_at < end for history in desk.histories.values() for e in history)


def test_histories_leave_a_backlog_when_they_end(desk: SimulatedDesk) -> None:
    """Some tickets are open at the end, as on any desk, but few of two thousand."""
    open_now = sum(fold(h).category.is_open for h in desk.histories.values())

    assert 10 <= open_now <= 120


def digest(desk: SimulatedDesk) -> str:
    """Return a hash over every field of every event."""
    lines = [
        [type(e).__name__, *(getattr(e, field.name) for field in attrs.fields(type(e)))]
        for history in desk.histories.values()
        for e in history
    ]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def test_histories_are_equal_when_the_seed_is(desk: SimulatedDesk) -> None:
    """The same seed tells the same stories."""
    assert digest(simulate(seed=1)) == digest(desk)


def test_histories_differ_when_the_seed_does(desk: SimulatedDesk) -> None:
    """Another seed tells other stories."""
    assert digest(simulate(seed=2)) != digest(desk)


def test_histories_hash_to_the_golden_value_on_every_python(desk: SimulatedDesk) -> None:
    """The events of seed 1, to the microsecond, as they were on 3.11, 3.12 and 3.13."""
    assert digest(desk) == GOLDEN


@pytest.mark.parametrize("tickets", [-1, 0, 199])
def test_simulate_refuses_when_there_are_too_few_tickets(tickets: int) -> None:
    """The stories need ordinary tickets to hide among."""
    with pytest.raises(InvalidValue, match=f"too few tickets to simulate: {tickets}; ask for 200"):
        simulate(tickets=tickets)


def test_simulate_refuses_when_there_are_too_few_weeks() -> None:
    """Less than one turn of the rotation hides nothing."""
    with pytest.raises(InvalidValue, match="too few weeks to simulate: 7; ask for 8"):
        simulate(weeks=7)


def test_simulate_refuses_when_there_are_too_many_weeks() -> None:
    """A typing error must not run for hours, nor past the end of all calendars."""
    with pytest.raises(InvalidValue, match="ask for 520 or fewer"):
        simulate(weeks=10**9)


@pytest.mark.parametrize("year", [1, 1969, 2101, 9999])
def test_simulate_refuses_when_the_year_has_no_holidays(year: int) -> None:
    """A typed error that says which years will do (law T5)."""
    with pytest.raises(InstantOutOfRange, match="start between 1970 and 2100"):
        simulate(start=datetime(year, 6, 1, tzinfo=UTC))


def test_simulate_refuses_when_the_start_is_naive() -> None:
    """An instant without a zone is refused, not guessed (law T1)."""
    with pytest.raises(NaiveDatetime):
        simulate(start=datetime(2026, 1, 5))  # noqa: DTZ001


def test_simulate_refuses_when_too_many_tickets_are_asked_for() -> None:
    """All of them are held in memory."""
    with pytest.raises(InvalidValue, match="ask for 1,000,000 or fewer"):
        simulate(tickets=1_000_001)
