"""Test your own agreement as you test code: a slip that reads well is found, shrunk, explained."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core import BusinessCalendar, WallTime, WeeklyHours, hours
from itsm_core.events import TicketEvent, TicketOpened, TicketPutOnHold, TicketResumed
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.testing import LawBroken, check_agreement

ZONE = ZoneInfo("Europe/Berlin")
ID = TicketId("T-1")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=ZONE)
MENDED = ServiceLevelAgreement(
    agreement_id=AgreementId("office"),
    calendar=BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")),
    targets=(
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": WallTime(hours(4)), "P2": WallTime(hours(24)), "P3": hours(24)},
            pause_on={"awaiting_requester"},
        ),
    ),
)
# The slip: four hours sound shorter than twenty-four, but these four are office hours.
SLIP = attrs.evolve(
    MENDED,
    targets=(
        attrs.evolve(
            MENDED.targets[0],
            goals={"P1": hours(4), "P2": WallTime(hours(24)), "P3": hours(24)},
        ),
    ),
)


def due(agreement: ServiceLevelAgreement, priority: str, opened: datetime, held: int) -> datetime:
    """Return when a ticket that was on hold for some minutes of its first hour is due."""
    start = opened + timedelta(minutes=5)
    history: tuple[TicketEvent, ...] = (
        TicketOpened(ticket_id=ID, occurred_at=opened, priority=priority),
        TicketPutOnHold(
            ticket_id=ID, occurred_at=start, state="on_hold", reason="awaiting_requester"
        ),
        TicketResumed(
            ticket_id=ID, occurred_at=start + timedelta(minutes=held), state="in_progress"
        ),
    )
    found = evaluate(history, agreement, as_of=opened + timedelta(hours=1))["resolution"].due_at
    assert found is not None
    return found


def check_that_graver_is_due_first(agreement: ServiceLevelAgreement) -> None:
    """Assert a rule of this desk: whenever a ticket comes, P1 is not due later than P2."""

    @settings(derandomize=True, database=None, max_examples=200)
    @given(minute=st.integers(0, 365 * 24 * 60), held=st.integers(0, 30))
    def rule(minute: int, held: int) -> None:
        came = NEW_YEAR + timedelta(minutes=minute)
        one, two = (due(agreement, priority, came, held) for priority in ("P1", "P2"))
        said = f"came {came:%a %d %b %H:%M}: P1 due {one:%a %H:%M}, P2 due {two:%a %H:%M} UTC"
        assert one <= two, said

    rule()


def main() -> None:
    """Let a test of our own find the slip, then the laws that come with the library."""
    try:
        check_that_graver_is_due_first(SLIP)
    except AssertionError as found:
        print(f"our own rule is broken, {found}")
    else:
        raise SystemExit("the slip was not found")
    print()
    try:
        check_agreement(SLIP, max_examples=40)
    except LawBroken as found:
        print(found)
    else:
        raise SystemExit("the slip was not found")
    print()
    check_that_graver_is_due_first(MENDED)
    check_agreement(MENDED, max_examples=10)
    print("mended: both find nothing")


if __name__ == "__main__":
    main()
