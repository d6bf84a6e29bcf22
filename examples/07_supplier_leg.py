"""Rest a promise on a group and a supplier: what cannot fit, and whose time a breach was."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from itsm_core import BusinessCalendar, WallTime, WeeklyHours, hours
from itsm_core.errors import DefinitionError
from itsm_core.events import (
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.sla import (
    Leg,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    attribution,
    evaluate,
    explain_attribution,
    held_by,
    waiting_for,
)

ZONE = ZoneInfo("Europe/Berlin")
ID = TicketId("INC-1")
DESK_HOURS = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
SUPPLIER_HOURS = BusinessCalendar(
    zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
)

NETWORK = ServiceLevelAgreement(
    agreement_id=AgreementId("network team"),
    kind="ola",
    calendar=DESK_HOURS,
    targets=(
        ServiceLevelTarget(
            metric="ola",
            name="network",
            goals={"P1": hours(2), "P2": hours(4)},
            rules=held_by("network"),
        ),
    ),
)
SUPPLIER = ServiceLevelAgreement(
    agreement_id=AgreementId("line supplier"),
    kind="uc",
    calendar=SUPPLIER_HOURS,
    targets=(
        ServiceLevelTarget(
            metric="uc",
            name="supplier",
            goals={"P1": hours(2), "P2": hours(6)},
            rules=waiting_for("awaiting_supplier"),
        ),
    ),
)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=DESK_HOURS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"P1": hours(5), "P2": hours(16)}),),
    legs=(
        Leg(clock="resolution", agreement=NETWORK, leg_clock="network"),
        Leg(clock="resolution", agreement=SUPPLIER, leg_clock="supplier"),
    ),
)


def at(hour: int, minute: int = 0) -> datetime:
    """Return a local instant of Monday 5 January 2026."""
    return datetime(2026, 1, 5, hour, minute, tzinfo=ZONE)


HISTORY: tuple[TicketEvent, ...] = (
    TicketOpened(ticket_id=ID, occurred_at=at(8, 30), priority="P1", group=GroupId("desk")),
    TicketAssigned(ticket_id=ID, occurred_at=at(9), group=GroupId("network")),
    TicketPutOnHold(
        ticket_id=ID, occurred_at=at(10, 30), state="on_hold", reason="awaiting_supplier"
    ),
    TicketResumed(ticket_id=ID, occurred_at=at(15), state="in_progress"),
    TicketResolved(ticket_id=ID, occurred_at=at(15, 45), state="resolved"),
)


def refuse() -> None:
    """Show what a promise that its legs cannot keep is told."""
    try:
        attrs.evolve(
            GOLD,
            targets=(
                ServiceLevelTarget(
                    metric="resolution", goals={"P1": WallTime(hours(3)), "P2": hours(16)}
                ),
            ),
        )
    except DefinitionError as error:
        print(f"refused: {error}\n")


def main() -> None:
    """Print the refusal, the advice, and whose time the breach was."""
    refuse()
    print("what check() says:")
    findings = GOLD.check()
    for finding in findings:
        print(f"- {finding}")
    # Started in the afternoon, the supplier goes home before the promise is due.
    assert [finding.code for finding in findings] == ["legs-seldom-fit"]
    as_of = at(18)
    clock = evaluate(HISTORY, GOLD, as_of=as_of)["resolution"]
    legs = [leg for each in (NETWORK, SUPPLIER) for leg in evaluate(HISTORY, each, as_of=as_of)]
    shares = attribution(clock, legs)
    assert sum((share.elapsed for share in shares), timedelta(0)) == clock.elapsed
    print()
    print(explain_attribution(clock, shares))


if __name__ == "__main__":
    main()
