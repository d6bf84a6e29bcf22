"""Registering afterwards: true instants, the same rules, both views (D2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.commands import Actor, Command, OpenTicket, ResolveTicket, SendAnswer, StartWork
from itsm_core.contacts import both_views, register_late
from itsm_core.errors import CommandRefused, InvalidValue, NaiveDatetime
from itsm_core.events import TicketEvent, TicketPutOnHold
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.spans import hours, micros, minutes

TWO = datetime(2026, 1, 5, 2, tzinfo=UTC)
NINE = TWO + hours(7)
ANA = Actor(person_id=PersonId("ana"), roles={"analyst"})
BEN = Actor(person_id=PersonId("ben"), roles={"analyst"})
KEY = TicketId("INC-1")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[
        ServiceLevelTarget(metric="response", goals=hours(1)),
        ServiceLevelTarget(metric="resolution", goals=hours(1)),
    ],
)


def opening() -> OpenTicket:
    """Return the opening of a ticket about a call at night."""
    return OpenTicket(
        ticket_id=KEY, requester=PersonId("rob"), channel="call", impact="high", urgency="high"
    )


def night() -> list[tuple[datetime, Command, Actor]]:
    """Return a call-out: reported at two, worked at once, solved at half past three."""
    return [
        (TWO, opening(), BEN),
        (TWO + minutes(5), StartWork(ticket_id=KEY), ANA),
        (TWO + minutes(20), SendAnswer(ticket_id=KEY), ANA),
        (TWO + minutes(90), ResolveTicket(ticket_id=KEY, resolution_code="restarted"), ANA),
    ]


def registered() -> tuple[TicketEvent, ...]:
    """Return the events of the call-out, written down at nine."""
    events = register_late(night(), registered_at=NINE)
    assert not isinstance(events, CommandRefused), events
    return events


def test_events_keep_their_instants_when_registered_late() -> None:
    """Occurred as they did, recorded at nine, by who did what."""
    events = registered()
    assert [timedelta(0, 0, each.occurred_us - micros(TWO)) for each in events] == [
        minutes(0),
        minutes(5),
        minutes(20),
        minutes(90),
    ]
    assert {each.recorded_at for each in events} == {NINE}
    assert [each.actor for each in events] == ["ben", "ana", "ana", "ana"]
    assert fold(events).resolver == "ana"


def test_nothing_was_known_when_asked_as_known_before_the_registration() -> None:
    """The fold of then and that of now differ, and both are right (law S14)."""
    later = NINE + hours(1)
    assert evaluate(registered(), GOLD, as_of=later)["response"].state.value == "met"
    early = [each for each in registered() if each.recorded_at <= NINE - minutes(1)]
    assert early == []


def test_refusal_is_that_of_then_when_a_step_was_not_allowed() -> None:
    """Nothing gets in late that would have been refused in time."""
    stranger = Actor(person_id=PersonId("rob"), roles={"requester"})
    told = [*night()[:1], (TWO + minutes(5), StartWork(ticket_id=KEY), stranger)]
    refused = register_late(told, registered_at=NINE)
    assert isinstance(refused, CommandRefused)
    assert refused.command == "StartWork"
    assert [each.code for each in refused.reasons] == ["missing-role"]


@pytest.mark.parametrize(
    "told",
    [
        [],
        night()[1:],
        [night()[0], night()[2], night()[1]],
        [*night(), (NINE + minutes(1), SendAnswer(ticket_id=KEY), ANA)],
    ],
    ids=["empty", "no opening", "backward", "after the registration"],
)
def test_story_is_refused_when_it_is_not_one(told: list[tuple[datetime, Command, Actor]]) -> None:
    """The opening first, in order, and none after it was written down."""
    with pytest.raises(InvalidValue):
        register_late(told, registered_at=NINE)


def test_story_is_refused_when_an_instant_is_naive() -> None:
    """Never guessed (law T1)."""
    with pytest.raises(NaiveDatetime):
        register_late(night(), registered_at=datetime(2026, 1, 5, 9))  # noqa: DTZ001


def test_both_views_are_shown_when_a_ticket_was_registered_late() -> None:
    """From the report one promise was kept and one broken; from the registration, both kept."""
    views = both_views(registered(), GOLD, as_of=NINE + hours(1))
    assert views.reported["resolution"].state.value == "breached"
    assert views.registered["resolution"].state.value == "met"
    assert views.reported["resolution"].due_at == TWO + hours(1)
    assert views.registered["resolution"].started_at == NINE
    told = views.explain().splitlines()
    assert told[0] == "response from its reported instant: met, due 2026-01-05 03:00:00+00:00"
    assert len(told) == 4


def test_views_agree_when_nothing_was_late() -> None:
    """Told at once, there is one truth."""
    events = register_late([(TWO, opening(), ANA)], registered_at=TWO)
    assert not isinstance(events, CommandRefused)
    views = both_views(events, GOLD, as_of=TWO + timedelta(minutes=30))
    assert views.reported["response"].due_at == views.registered["response"].due_at


def test_due_instant_is_not_told_when_there_is_none() -> None:
    """A paused clock has none (law S4)."""
    held = TicketPutOnHold(
        ticket_id=KEY,
        occurred_at=TWO + minutes(30),
        state="on_hold",
        reason="awaiting_requester",
    )
    target = ServiceLevelTarget(
        metric="resolution", goals=hours(1), pause_on={"awaiting_requester"}
    )
    pausing = ServiceLevelAgreement(
        agreement_id=AgreementId("a"), calendar=ALWAYS, targets=[target]
    )
    views = both_views([*registered()[:1], held], pausing, as_of=TWO + minutes(40))
    assert views.explain().splitlines() == [
        "resolution from its reported instant: paused, no due instant",
        "no clock from its registered instant yet",
    ]
