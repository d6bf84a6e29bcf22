"""One ticket of a small desk: its events by the hour, and its clocks in office hours or always."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WeeklyHours
from itsm_core.conditions import Predicate, field
from itsm_core.events import (
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    ClockRules,
    Evaluation,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
)
from itsm_core.spans import micros

ID = TicketId("INC-1")
HOUR = timedelta(hours=1)
PAUSING = "awaiting_requester"
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=OFFICE,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P1": HOUR, "P2": 2 * HOUR}),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": 4 * HOUR, "P2": 8 * HOUR},
            pause_on={PAUSING},
            warn_at_ratios=(0.5, 0.75),
        ),
    ),
)


def at(hour: float, day: int = 5) -> datetime:
    """Return an instant of January 2026; the 5th is a Monday."""
    return datetime(2026, 1, day, tzinfo=UTC) + hour * HOUR


# -- events -----------------------------------------------------------------------------------


def opened(hour: float = 9, **more: object) -> TicketOpened:
    """Return the opening."""
    fields: dict[str, object] = {"ticket_id": ID, "occurred_at": at(hour), "priority": "P1"}
    return TicketOpened(**(fields | more))  # type: ignore[arg-type]


def held(
    hour: float, reason: str = PAUSING, day: int = 5, *, evidence: str = ""
) -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(
        ticket_id=ID, occurred_at=at(hour, day), state="on_hold", reason=reason, evidence=evidence
    )


def resumed(hour: float, day: int = 5) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ID, occurred_at=at(hour, day), state="in_progress")


def resolved(hour: float, day: int = 5, *, automatic: bool = False) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(
        ticket_id=ID, occurred_at=at(hour, day), state="resolved", automatic=automatic
    )


def closed(hour: float, day: int = 5) -> TicketClosed:
    """Return a closure."""
    return TicketClosed(ticket_id=ID, occurred_at=at(hour, day), state="closed")


def reopened(hour: float, day: int = 5) -> TicketReopened:
    """Return a reopening."""
    return TicketReopened(ticket_id=ID, occurred_at=at(hour, day), state="in_progress")


def cancelled(hour: float) -> TicketCancelled:
    """Return a cancellation."""
    return TicketCancelled(ticket_id=ID, occurred_at=at(hour), state="cancelled")


def changed(hour: float, priority: str) -> PriorityChanged:
    """Return a change of priority."""
    return PriorityChanged(ticket_id=ID, occurred_at=at(hour), priority=priority)


def overridden(hour: float, priority: str, until: float | None = None) -> PriorityOverridden:
    """Return a priority set by hand, `until` an hour."""
    return PriorityOverridden(
        ticket_id=ID,
        occurred_at=at(hour),
        actor=PersonId("bob"),
        priority=priority,
        reason="the director called",
        expires_at=None if until is None else at(until),
    )


def answered(hour: float, *, automatic: bool = False) -> AnswerSent:
    """Return an answer."""
    return AnswerSent(ticket_id=ID, occurred_at=at(hour), automatic=automatic)


def contacted(hour: float) -> ContactReceived:
    """Return a contact of the requester."""
    return ContactReceived(ticket_id=ID, occurred_at=at(hour))


def assigned(hour: float, group: str = "", assignee: str = "", day: int = 5) -> TicketAssigned:
    """Return an assignment."""
    return TicketAssigned(
        ticket_id=ID,
        occurred_at=at(hour, day),
        group=GroupId(group),
        assignee=PersonId(assignee),
    )


def excluded(start: float, end: float, **more: object) -> TimeExcluded:
    """Return an exclusion that the boss approved, told at 09:30."""
    fields: dict[str, object] = {
        "ticket_id": ID,
        "occurred_at": at(9.5),
        "actor": PersonId("bob"),
        "approver": PersonId("boss"),
        "start_at": at(start),
        "end_at": at(end),
        "reason": "outage",
    }
    return TimeExcluded(**(fields | more))  # type: ignore[arg-type]


def made(hour: float, due: float, name: str = "call") -> CommitmentMade:
    """Return a promise to one person."""
    return CommitmentMade(ticket_id=ID, occurred_at=at(hour), commitment_id=name, due_at=at(due))


def kept(hour: float, name: str = "call") -> CommitmentKept:
    """Return what keeps it."""
    return CommitmentKept(ticket_id=ID, occurred_at=at(hour), commitment_id=name)


def withdrawn(hour: float, name: str = "call") -> CommitmentWithdrawn:
    """Return what takes it back."""
    return CommitmentWithdrawn(ticket_id=ID, occurred_at=at(hour), commitment_id=name)


# -- clocks -----------------------------------------------------------------------------------


def target(**more: object) -> ServiceLevelTarget:
    """Return a promise to resolve within four hours, whatever the priority."""
    fields: dict[str, object] = {"metric": "resolution", "goals": 4 * HOUR}
    return ServiceLevelTarget(**(fields | more))  # type: ignore[arg-type]


def ruled(
    start: Predicate, stop: Predicate, goals: object = None, **more: object
) -> dict[str, object]:
    """Return the fields of a target with rules of its own; those of the target go by name."""
    names = ("cancel", "reset", "pause", "resume")
    rules = {name: more.pop(name) for name in names if name in more}
    fields: dict[str, object] = {
        "rules": ClockRules(start=start, stop=stop, **rules),  # type: ignore[arg-type]
        "goals": 4 * HOUR if goals is None else goals,
    }
    return fields | more


def agreed(*targets: ServiceLevelTarget, calendar: Calendar = ALWAYS) -> ServiceLevelAgreement:
    """Return an agreement, round the clock unless said otherwise."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("silver"), calendar=calendar, targets=targets
    )


def judged(
    promise: ServiceLevelTarget,
    *events: TicketEvent,
    hour: float = 23,
    day: int = 5,
    calendar: Calendar = ALWAYS,
) -> Evaluation:
    """Return the clocks of one target."""
    return evaluate(events, agreed(promise, calendar=calendar), as_of=at(hour, day))


def clock(
    promise: ServiceLevelTarget,
    *events: TicketEvent,
    hour: float = 23,
    day: int = 5,
    calendar: Calendar = ALWAYS,
) -> SlaClock:
    """Return the last cycle of one target."""
    return judged(promise, *events, hour=hour, day=day, calendar=calendar)[promise.name]


def resolution(*events: TicketEvent, hour: float = 23, day: int = 5) -> SlaClock:
    """Return the resolution clock of the office's agreement at an instant."""
    return evaluate(events, AGREEMENT, as_of=at(hour, day))["resolution"]


def response(*events: TicketEvent, hour: float = 23) -> SlaClock:
    """Return the response clock of the office's agreement at an instant."""
    return evaluate(events, AGREEMENT, as_of=at(hour))["response"]


def spans_of(evaluation: Evaluation) -> list[tuple[float, float | None, str]]:
    """Return start, end and state of each cycle, in hours of Monday."""

    def hours(at_us: int) -> float:
        return (at_us - micros(at(0))) / 3_600_000_000

    found: list[tuple[float, float | None, str]] = []
    for each in evaluation:
        end = each.cancelled_us if each.stopped_us is None else each.stopped_us
        found.append(
            (hours(each.started_us), None if end is None else hours(end), each.state.value)
        )
    return found


ANSWERS = field("event").is_("AnswerSent")
CONTACTS = field("event").is_("ContactReceived")
IN_NETWORK = field("group").is_("network")
