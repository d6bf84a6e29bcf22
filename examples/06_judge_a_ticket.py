"""Judge one ticket: paused for the requester, reopened once, and explained by its ledger."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm_core import BusinessCalendar, WeeklyHours, hours
from itsm_core.events import (
    AnswerSent,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.sla import ClockState, ServiceLevelAgreement, ServiceLevelTarget, evaluate

ZONE = ZoneInfo("Europe/Berlin")
ID = TicketId("INC-1")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=BusinessCalendar(
        zone="Europe/Berlin",
        hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"),
        holidays=[date(2026, 1, 6)],
    ),
    targets=(
        ServiceLevelTarget(metric="response", goals={"P2": hours(1)}),
        ServiceLevelTarget(
            metric="resolution", goals={"P2": hours(8)}, pause_on={"awaiting_requester"}
        ),
    ),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a local instant of January 2026; the 5th is a Monday."""
    return datetime(2026, 1, day, hour, minute, tzinfo=ZONE)


HISTORY: tuple[TicketEvent, ...] = (
    TicketOpened(ticket_id=ID, occurred_at=at(5, 15), priority="P2", group=GroupId("first line")),
    AnswerSent(ticket_id=ID, occurred_at=at(5, 15, 30)),
    TicketPutOnHold(
        ticket_id=ID, occurred_at=at(5, 16), state="on_hold", reason="awaiting_requester"
    ),
    TicketResumed(ticket_id=ID, occurred_at=at(7, 10), state="in_progress"),
    TicketResolved(ticket_id=ID, occurred_at=at(7, 12), state="resolved"),
    TicketReopened(ticket_id=ID, occurred_at=at(7, 15), state="in_progress"),
    TicketResolved(ticket_id=ID, occurred_at=at(8, 10), state="resolved"),
)


def main() -> None:
    """Print the verdicts, the ledger and the story, and what was known a day earlier."""
    verdict = evaluate(HISTORY, GOLD, as_of=at(9, 9))
    for clock in verdict:
        print(f"{clock}, {clock.elapsed} counted of {clock.wall_elapsed}")
    resolution = verdict["resolution"]
    assert resolution.state is ClockState.MET
    assert sum((line.duration for line in resolution.ledger), timedelta(0)) == (
        resolution.wall_elapsed
    )
    print()
    for line in resolution.ledger:
        start = line.start.in_timezone("Europe/Berlin")
        print(f"{start:%a %H:%M} {line.duration!s:>16}  {line.kind.value} {line.reason}")
    print()
    print(resolution.explain())
    print()
    # Events after the instant have not happened yet: this is what the desk saw on Tuesday.
    print(evaluate(HISTORY, GOLD, as_of=at(6, 12))["resolution"].explain())


if __name__ == "__main__":
    main()
