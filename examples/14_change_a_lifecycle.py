"""Change a lifecycle while tickets live in it, and let time do what nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingDays
from itsm_core.commands import (
    Actor,
    HoldTicket,
    MigrateTicket,
    OpenFollowUp,
    OpenTicket,
    ReopenTicket,
)
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    Lifecycle,
    Migration,
    Nudge,
    Silence,
    State,
    Ticket,
    TimedRules,
    next_timed,
)
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix

LEA = Actor(person_id=PersonId("lea"), roles=["analyst", "lead"])
ROB = Actor(person_id=PersonId("rob"), roles=["requester"])
TICKET, NEXT = TicketId("INC-1"), TicketId("INC-2")
STATES = {state.name: state.name for state in INCIDENT.states} | {"on_hold": "waiting"}
REASONS = {each: each for each in INCIDENT.hold_reasons} | {
    "awaiting_requester": "awaiting_customer"
}
RULES = TimedRules(
    calendar=BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")),
    reopen_within=WorkingDays(5),
    close_after=WorkingDays(10),
    nudges=[Nudge(reason="awaiting_customer", after=WorkingDays(2))],
    silences=[Silence(reason="awaiting_customer", after=WorkingDays(5))],
    waiting_for_requester=("awaiting_customer",),
)


class Catalogue:
    """Promise nothing: this is about the life of a ticket."""

    lifecycle = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX

    def agreement_for(self, _ticket: Ticket, /) -> None:
        """Return no agreement."""


def second_version() -> Lifecycle:
    """Return the incident lifecycle with other names for a state and a reason."""
    return attrs.evolve(
        INCIDENT,
        version=2,
        states=[State(name=STATES[each.name], category=each.category) for each in INCIDENT.states],
        hold_reasons=[REASONS[each] for each in INCIDENT.hold_reasons],
        resume_on_contact=[REASONS[each] for each in INCIDENT.resume_on_contact],
        transitions=[
            attrs.evolve(
                each,
                sources=[STATES[name] for name in each.sources],
                target=STATES.get(each.target, ""),
            )
            for each in INCIDENT.transitions
        ],
    )


def main() -> None:
    """Hold a ticket, migrate it, wait, and come back too late."""
    second, clock = second_version(), ManualClock(datetime(2026, 1, 8, 9, tzinfo=UTC))
    migration = Migration(
        lifecycle_from=INCIDENT, lifecycle_to=second, states=STATES, hold_reasons=REASONS
    )
    store = MemoryStore()
    before = ServiceDesk(store=store, catalogue=Catalogue(), clock=clock)
    before.handle(OpenTicket(ticket_id=TICKET, impact="high", urgency="low"), ROB)
    before.handle(HoldTicket(ticket_id=TICKET, reason="awaiting_requester"), LEA)

    desk = ServiceDesk(
        store=store,
        catalogue=Catalogue(),
        clock=clock,
        lifecycles=(INCIDENT, second),
        timed=RULES,
        migrations=(migration,),
    )
    go = MigrateTicket(ticket_id=TICKET, lifecycle="incident", lifecycle_version=2)
    ticket = desk.handle(go, LEA).ticket
    print(f"version {ticket.lifecycle_version}: {ticket.state}, {ticket.hold_reason}")

    began = clock.now()
    while (step := next_timed(desk.history(TICKET), RULES, clock.now())) is not None:
        clock.set(step.at)
        (handled,) = desk.run_timed(TICKET, began)
        print(f"{step.at:%a %d %H:%M} {type(handled.events[0]).__name__}: {step.reason}")

    clock.set(clock.now() + timedelta(days=1))
    for command in (
        ReopenTicket(ticket_id=TICKET, reason="it is back"),
        OpenFollowUp(ticket_id=TICKET, into=NEXT, reason="it is back"),
    ):
        try:
            desk.handle(command, ROB)
        except CommandRefused as refused:
            print(f"{type(command).__name__}: no, {refused.reasons[0].code}")
    print(f"{NEXT}: {desk.ticket(NEXT).state}, {desk.ticket(NEXT).links[0].name} {TICKET}")


if __name__ == "__main__":
    main()
