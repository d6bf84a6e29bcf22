"""Give one customer a contract of its own: time counts while they and we are both open."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from itsm_core import BusinessCalendar, WallTime, WeeklyHours, hours, public_holidays
from itsm_core.conditions import field
from itsm_core.events import (
    AnswerSent,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, PersonId, ServiceId, TicketId
from itsm_core.sla import (
    AgreementCatalogue,
    ClockState,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
    evaluate_all,
)

ZONE = ZoneInfo("Europe/Berlin")
ID = TicketId("INC-7")
OURS = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
    holidays=public_holidays("DE", subdivision="BE"),
)
# The factory lets nobody in outside its own day shift, or on Portugal's holidays.
THEIRS = BusinessCalendar(
    zone="Europe/Lisbon",
    hours=WeeklyHours.parse("Mo-Sa 09:00-18:00"),
    holidays=public_holidays("PT"),
)

STANDARD = ServiceLevelAgreement(
    agreement_id=AgreementId("standard"),
    title="Everybody",
    calendar=OURS,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P1": hours(1), "P2": hours(4)}),
        ServiceLevelTarget(metric="resolution", goals={"P1": hours(6), "P2": hours(8)}),
    ),
)
CONTRACT = ServiceLevelAgreement(
    agreement_id=AgreementId("factory"),
    title="Factory in Porto",
    calendar=OURS & THEIRS,
    applies_to=field("service").is_("assembly line"),
    precedence=10,
    targets=(
        # A stopped line is P1: somebody answers the phone at any hour.
        ServiceLevelTarget(metric="response", goals={"P1": WallTime(hours(1)), "P2": hours(2)}),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": hours(4), "P2": hours(8), "*": hours(40)},
            pause_on={"awaiting_requester"},
            pause_limits=[PauseLimit(reason="awaiting_requester", budget=hours(16))],
            warn_at_ratios=[0.75],
        ),
        # How long they really wait: whatever they owe us themselves is not our time.
        ServiceLevelTarget(metric="requester_wait", goals=hours(12)),
    ),
)
CATALOGUE = AgreementCatalogue(agreements=(STANDARD, CONTRACT))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a Berlin instant of June 2026; the 9th is a Tuesday, the 10th is Portugal Day."""
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


HISTORY: tuple[TicketEvent, ...] = (
    TicketOpened(
        ticket_id=ID,
        occurred_at=at(9, 16),
        priority="P2",
        service=ServiceId("assembly line"),
        requester=PersonId("inês"),
    ),
    AnswerSent(ticket_id=ID, occurred_at=at(9, 17, 30), actor=PersonId("ann")),
    TicketPutOnHold(
        ticket_id=ID, occurred_at=at(11, 11), state="on_hold", reason="awaiting_requester"
    ),
    TicketResumed(ticket_id=ID, occurred_at=at(11, 15), state="in_progress"),
    TicketResolved(ticket_id=ID, occurred_at=at(12, 11, 30), state="resolved"),
)


def main() -> None:
    """Choose the agreement with reasons, judge the ticket, compare with what others get."""
    open_together = CONTRACT.calendar.between(at(8, 0), at(13, 0))
    assert open_together == hours(32)  # four days from 10:00 to 18:00 in Berlin, Wednesday off
    print(f"both open in the week of Portugal Day: {open_together / hours(1):g} hours")
    print()
    facts = {"service": "assembly line", "priority": "P2"}
    print(CATALOGUE.select(facts, at(9, 16)).explain())
    print()

    (contract,) = evaluate_all(HISTORY, CATALOGUE, as_of=at(15, 9))  # one for each kind
    resolution = contract["resolution"]
    # 2 hours on Tuesday, none on Wednesday, 1 and 3 around the pause on Thursday, 2 on Friday.
    assert resolution.due_at == at(12, 12)
    assert resolution.state is ClockState.MET
    for clock in contract:
        print(clock.explain())
        print()
    usual = evaluate(HISTORY, STANDARD, as_of=at(15, 9))["resolution"]
    assert usual.due_at == at(10, 14)
    print(f"without the contract: {usual.state.value}, due {usual.due_at:%a %d %b %H:%M} UTC")


if __name__ == "__main__":
    main()
