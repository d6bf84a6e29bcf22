"""Escalate with a desk, a worker and an outbox: each event plans anew, each effect happens once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from itsm_core import ServiceLevelAgreement, ServiceLevelTarget, hours, minutes
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.commands import (
    AcceptMajorIncident,
    AcknowledgeEscalation,
    Actor,
    MakeCommitment,
    OpenTicket,
)
from itsm_core.desk import ServiceDesk
from itsm_core.escalation import (
    EscalationRule,
    Ladder,
    Notify,
    ProposeMajorIncident,
    ShareUsed,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityPolicy
from itsm_core.spans import micros
from itsm_core.workers import (
    EscalationHandler,
    Escalations,
    PlannedStore,
    ReminderHandler,
    TimerSwitch,
    TimerWorker,
)

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
INC = TicketId("INC-1")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(4))}),),
)
LADDER = Ladder(
    name="gold",
    rules=(
        EscalationRule(
            name="half",
            trigger=ShareUsed(clock="resolution", ratio=0.5),
            actions=[Notify(target="group", name="first line"), ProposeMajorIncident(role="lead")],
            acknowledged_for=hours(1),
        ),
        EscalationRule(
            name="most",
            trigger=ShareUsed(clock="resolution", ratio=0.75),
            actions=[Notify(target="role", name="duty manager")],
        ),
    ),
)


class Promises:
    """A catalogue in three fields."""

    lifecycle = "incident"
    matrix = PriorityPolicy(matrix=ITIL_MATRIX, major="P0")

    def agreement_for(self, _ticket: Ticket) -> ServiceLevelAgreement | None:
        """Return the only agreement."""
        return GOLD


def rules(_: Ticket) -> Escalations:
    """Escalate every ticket along one ladder."""
    return Escalations(ladder=LADDER, agreement=GOLD)


def main() -> None:
    """Open a ticket, promise a call, let time pass, take up what the ladder told."""
    clock, store = ManualClock(NINE), MemoryStore()
    escalation = EscalationHandler(store=store, rules=rules)
    reminding = ReminderHandler(store=store, before=(minutes(30),))
    # The desk writes through the planned store; the workers use the store itself.
    desk = ServiceDesk(
        store=PlannedStore(store, escalation, reminding), catalogue=Promises(), clock=clock
    )
    switch = TimerSwitch({"escalation:": escalation, "reminder:": reminding})
    worker = TimerWorker(store=store, handle=switch, clock=clock)

    ana = Actor(person_id=PersonId("ana"), roles={"analyst"})
    lea = Actor(person_id=PersonId("lea"), roles={"lead"})

    def pass_time(until: datetime) -> None:
        while (due_at := store.next_due_at()) is not None and due_at <= until:
            clock.set(max(due_at, clock.now()))
            worker.run_once()
        clock.set(until)

    desk.handle(
        OpenTicket(ticket_id=INC, impact="high", urgency="medium", group=GroupId("first line")), ana
    )
    call = MakeCommitment(
        ticket_id=INC, commitment_id="c1", text="call back", due_at=NINE + hours(1)
    )
    desk.handle(call, ana)
    pass_time(NINE + hours(2) + minutes(10))  # the reminder at 9:30, half of the time at 11:00
    desk.handle(AcknowledgeEscalation(ticket_id=INC), ana)
    major = desk.handle(AcceptMajorIncident(ticket_id=INC, reason="all of payroll"), lea).ticket
    print(f"{major.major}, priority {major.priority}")
    pass_time(NINE + hours(6))

    for record in store.unsent():
        message = record.message
        told = json.loads(message.data)
        print(f"{message.occurred_at:%H:%M} {message.type}: {told['target']} {told['text']}")
    times = [
        timedelta(microseconds=record.message.occurred_us - micros(NINE))
        for record in store.unsent()
    ]
    # Three quarters are used at 12:00; taken up at 11:10, the ladder is held back for an hour.
    assert times == [
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=2),
        timedelta(hours=3, minutes=10),
    ]
    assert (major.major, major.priority) == ("accepted", "P0")
    pass_time(NINE + timedelta(days=30))
    assert len(store.unsent()) == 4  # nothing is said twice
    assert store.waiting() == ()


if __name__ == "__main__":
    main()
