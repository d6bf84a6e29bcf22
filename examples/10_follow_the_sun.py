"""Hand a ticket around the world: one promise over three offices, and an OLA for each of them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import starmap

from itsm_core import BusinessCalendar, WeeklyHours, hours
from itsm_core.events import TicketAssigned, TicketEvent, TicketOpened, TicketResolved
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    ClockState,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    attribution,
    evaluate,
    explain_attribution,
    held_by,
)

ID = TicketId("INC-9")
OFFICE = WeeklyHours.parse("Mo-Fr 09:00-17:00")
REGIONS = {
    "apac": BusinessCalendar(zone="Asia/Tokyo", hours=OFFICE),
    "emea": BusinessCalendar(zone="Europe/Berlin", hours=OFFICE),
    "amer": BusinessCalendar(zone="America/New_York", hours=OFFICE),
}
DESK = REGIONS["apac"] | REGIONS["emea"] | REGIONS["amer"]

PROMISE = ServiceLevelAgreement(
    agreement_id=AgreementId("around the clock"),
    calendar=DESK,
    targets=(ServiceLevelTarget(metric="resolution", goals={"P1": hours(12)}),),
)


def region_target(region: str, calendar: BusinessCalendar) -> ServiceLevelTarget:
    """Return what an office promises the others: 4 of its own hours while it holds a ticket."""
    return ServiceLevelTarget(
        metric="ola",
        name=region,
        goals={"P1": hours(4)},
        calendar=calendar,
        rules=held_by(region),
    )


BETWEEN_US = ServiceLevelAgreement(
    agreement_id=AgreementId("between us"),
    kind="ola",
    calendar=DESK,
    targets=starmap(region_target, REGIONS.items()),
)


def at(hour: int, minute: int = 0) -> datetime:
    """Return an instant of Tuesday, 13 January 2026, in UTC."""
    return datetime(2026, 1, 13, hour, minute, tzinfo=UTC)


HISTORY: tuple[TicketEvent, ...] = (
    TicketOpened(ticket_id=ID, occurred_at=at(6), priority="P1", group=GroupId("apac")),
    # Berlin opens at 08:00 UTC: for half an hour nobody there can look.
    TicketAssigned(ticket_id=ID, occurred_at=at(7, 30), group=GroupId("emea")),
    TicketAssigned(
        ticket_id=ID, occurred_at=at(15), group=GroupId("amer"), assignee=PersonId("zoe")
    ),
    TicketResolved(ticket_id=ID, occurred_at=at(19), state="resolved"),
)


def main() -> None:
    """Judge the promise and the three legs, and say whose time it was."""
    monday = at(0).replace(day=12)
    week = DESK.between(monday, monday.replace(day=19))
    assert week == hours(5 * 22)  # Tokyo to New York, without the two hours after it
    print(f"the desk is open {week / hours(1):g} hours a week")

    resolution = evaluate(HISTORY, PROMISE, as_of=at(22))["resolution"]
    assert resolution.due_at == at(18)
    assert resolution.state is ClockState.BREACHED
    legs = evaluate(HISTORY, BETWEEN_US, as_of=at(22))
    states = {leg.name: leg.state for leg in legs}
    assert states == {
        "apac": ClockState.MET,
        "emea": ClockState.BREACHED,
        "amer": ClockState.MET,  # exactly four hours, and a stop at the due instant is in time
    }
    for leg in legs:
        print(f"{leg}, {leg.elapsed} counted of {leg.wall_elapsed}")
    print()
    print(resolution.explain())
    print()
    shares = attribution(resolution, legs)
    assert sum(share.elapsed_us for share in shares) == resolution.elapsed_us
    print(explain_attribution(resolution, shares))


if __name__ == "__main__":
    main()
