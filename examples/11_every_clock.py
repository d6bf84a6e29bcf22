"""Run every kind of clock on one ticket: each says what it measured, and when to look again."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core import BusinessCalendar, WallTime, WeeklyHours, hours, minutes
from itsm_core.events import (
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    ContactReceived,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    ClockState,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
    held_by,
    next_event,
    waiting_for,
)

ID = TicketId("INC-3")
ANN, BOB, ROB = PersonId("ann"), PersonId("bob"), PersonId("rob")
WAITS = {"awaiting_requester", "awaiting_supplier"}

AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("everything"),
    calendar=BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")),
    targets=(
        ServiceLevelTarget(metric="response", goals=minutes(30)),
        ServiceLevelTarget(metric="next_reply", goals=hours(4)),
        ServiceLevelTarget(metric="update", goals=hours(8)),
        ServiceLevelTarget(
            metric="resolution", goals=hours(16), pause_on=WAITS, warn_at_ratios=[0.5, 0.75]
        ),
        ServiceLevelTarget(metric="requester_wait", goals=hours(24)),
        ServiceLevelTarget(metric="agent_work", goals=hours(16)),
        ServiceLevelTarget(metric="ola", name="network", goals=hours(4), rules=held_by("network")),
        ServiceLevelTarget(
            metric="uc",
            name="carrier",
            goals=WallTime(hours(24)),
            rules=waiting_for("awaiting_supplier"),
        ),
        ServiceLevelTarget(metric="commitment"),
    ),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of January 2026, in UTC; the 5th is a Monday."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


HISTORY: tuple[TicketEvent, ...] = (
    TicketOpened(ticket_id=ID, occurred_at=at(5, 9), requester=ROB, actor=ROB, priority="P2"),
    TicketAssigned(ticket_id=ID, occurred_at=at(5, 9, 10), group=GroupId("desk"), assignee=ANN),
    WorkStarted(ticket_id=ID, occurred_at=at(5, 9, 15), state="in_progress"),
    AnswerSent(ticket_id=ID, occurred_at=at(5, 9, 20), actor=ANN),
    CommitmentMade(
        ticket_id=ID,
        occurred_at=at(5, 9, 20),
        actor=ANN,
        commitment_id="call back",
        due_at=at(5, 16),
    ),
    TicketAssigned(ticket_id=ID, occurred_at=at(5, 11), group=GroupId("network"), assignee=BOB),
    ContactReceived(ticket_id=ID, occurred_at=at(5, 12), actor=ROB),
    AnswerSent(ticket_id=ID, occurred_at=at(5, 15, 30), actor=BOB),
    CommitmentKept(ticket_id=ID, occurred_at=at(5, 15, 30), actor=BOB, commitment_id="call back"),
    TicketPutOnHold(
        ticket_id=ID, occurred_at=at(5, 16), state="on_hold", reason="awaiting_supplier"
    ),
    TicketResumed(ticket_id=ID, occurred_at=at(6, 18), state="in_progress"),
    AnswerSent(ticket_id=ID, occurred_at=at(7, 10), actor=BOB),
    TicketResolved(ticket_id=ID, occurred_at=at(7, 11), state="resolved"),
)
EXPECTED = {
    "response": [ClockState.MET],  # after 20 minutes
    "next_reply": [ClockState.MET],  # asked at 12:00, answered at 15:30
    # From answer to answer: 6 h 10, then 1 h 30 on Monday, Tuesday's 8 and Wednesday's first;
    # the third is called off by the resolution.
    "update": [ClockState.MET, ClockState.BREACHED, ClockState.CANCELLED],
    "resolution": [ClockState.MET],  # 7 hours on Monday, 2 on Wednesday
    "requester_wait": [ClockState.MET],  # 8, 8 and 2: a supplier is no excuse to them
    "agent_work": [ClockState.MET],
    "network": [ClockState.BREACHED],  # due on Monday at 15:00
    "carrier": [ClockState.BREACHED],  # 26 hours by the clock on the wall
    "commitment": [ClockState.MET],
}


def main() -> None:
    """Explain every cycle of every clock, then look at the ticket in the middle of its life."""
    verdict = evaluate(HISTORY, AGREEMENT, as_of=at(8, 9))
    found = {name: [clock.state for clock in verdict.cycles(name)] for name in EXPECTED}
    assert found == EXPECTED
    for clock in verdict:
        print(clock.explain())
        print()

    monday = evaluate(HISTORY, AGREEMENT, as_of=at(5, 15))
    print(f"on Monday at 15:00: {', '.join(map(str, monday))}")
    coming = next_event(monday)
    assert coming is not None
    assert coming.change == "breach"
    print(f"the next change by time alone: {coming}")


if __name__ == "__main__":
    main()
