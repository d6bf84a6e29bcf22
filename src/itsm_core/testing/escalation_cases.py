"""Random tickets, ladders and rosters on a grid of quarters of an hour, from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WeeklyHours, WorkingTime
from itsm_core.conditions import Predicate, field
from itsm_core.escalation import (
    Bounced,
    Breached,
    CommitmentMissed,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRequested,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    OwnerAbsent,
    PriorityReached,
    Reopened,
    ShareUsed,
    Silence,
    Trigger,
)
from itsm_core.events import (
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    ContactReceived,
    EscalationAcknowledged,
    EscalationAskedFor,
    PriorityChanged,
    PriorityOverridden,
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Absence, Responder, Roster, Rotation
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

__all__ = ["GRID", "EscalationCase", "random_case", "random_history"]

GRID: Final = timedelta(minutes=15)
"""Every instant and every length of a random case lies on it."""

_MONDAY: Final = datetime(2026, 1, 5, 6, tzinfo=UTC)
_TICKET: Final = TicketId("INC-1")
_PEOPLE: Final = tuple(map(PersonId, ("ana", "ben", "chi")))
_GROUPS: Final = tuple(map(GroupId, ("first line", "second line")))
_OFFICE: Final = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))


@attrs.frozen(kw_only=True)
class EscalationCase:
    """Hold one ticket with its ladder, agreement and coverage, and until when it is looked at.

    >>> from itsm_core.escalation import due
    >>> case = random_case(random.Random(3))
    >>> print(case.opened_at, case.until, sep=" to ")
    2026-01-05 07:45:00+00:00 to 2026-01-06 23:45:00+00:00
    >>> for each in due(case.history, case.ladder, case.agreement, case.coverage, until=case.until):
    ...     print(each.step)
    Mon 17:45: notify second line, because the commitment c31 is missed
    """

    history: tuple[TicketEvent, ...]
    ladder: Ladder
    agreement: ServiceLevelAgreement
    coverage: Coverage
    opened_at: datetime
    until: datetime


def random_case(rng: random.Random, *, length: timedelta = timedelta(hours=40)) -> EscalationCase:
    """Return a case; equal seeds give equal ones.

    >>> case = random_case(random.Random(3))
    >>> [rule.trigger for rule in case.ladder.rules]
    [CommitmentMissed()]
    >>> case == random_case(random.Random(3)), case == random_case(random.Random(4))
    (True, False)
    """
    opened = _MONDAY + GRID * rng.randrange(0, 16)
    return EscalationCase(
        history=random_history(rng, opened, length),
        ladder=_ladder(rng),
        agreement=_agreement(rng.choice((_OFFICE, _OFFICE, ALWAYS))),
        coverage=_coverage(rng),
        opened_at=opened,
        until=opened + length,
    )


def random_history(
    rng: random.Random, opened: datetime, length: timedelta
) -> tuple[TicketEvent, ...]:
    """Return a history in order; as dirty as imported ones, several events at one instant too.

    >>> opened = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    >>> for event in random_history(random.Random(1), opened, timedelta(hours=40)):
    ...     print(f"{event.occurred_at:%a %H:%M}", type(event).__name__)
    Mon 09:30 TicketOpened
    Mon 09:45 TicketResumed
    Mon 13:45 TicketResumed
    Mon 16:45 EscalationAskedFor
    Mon 17:30 TicketAssigned
    """
    events: list[TicketEvent] = [
        TicketOpened(
            ticket_id=_TICKET,
            occurred_at=opened,
            priority=rng.choice(("P1", "P2")),
            requester=PersonId("rob"),
            group=_GROUPS[0],
            assignee=rng.choice((PersonId(""), *_PEOPLE)),
        )
    ]
    at = opened
    for _ in range(rng.randrange(0, 12)):
        at += GRID * rng.choice((0, 1, 2, 3, 4, 8, 12, 16, 30))
        if at > opened + length:
            break
        events.append(rng.choice(_MAKERS)(rng, at))
    return tuple(attrs.evolve(event, sequence=n) for n, event in enumerate(events))


def _agreement(calendar: Calendar) -> ServiceLevelAgreement:
    def hours(number: int) -> WorkingTime:
        return WorkingTime(timedelta(hours=number))

    return ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=calendar,
        targets=(
            ServiceLevelTarget(metric="response", goals={"P1": hours(1), "P2": hours(4)}),
            ServiceLevelTarget(metric="next_reply", goals={"*": hours(2)}),
            ServiceLevelTarget(
                metric="resolution",
                goals={"P1": hours(4), "P2": hours(12)},
                pause_on=("awaiting_requester",),
            ),
        ),
    )


# -- ladders ---------------------------------------------------------------------------------------


def _ladder(rng: random.Random) -> Ladder:
    rules: list[EscalationRule] = []
    for number in range(rng.randrange(1, 6)):
        repeats = rng.choice((0, 0, 1, 3))
        rules.append(
            EscalationRule(
                name=f"rule {number}",
                trigger=_trigger(rng),
                actions=[_action(rng) for _ in range(rng.choice((1, 1, 2)))],
                when=_condition(rng),
                repeat_every=GRID * rng.choice((1, 2, 6)) if repeats else None,
                repeat_times=repeats,
                acknowledge_within=GRID * rng.choice((1, 2, 4)) if rng.random() < 0.4 else None,
                acknowledged_for=GRID * rng.choice((4, 12)) if rng.random() < 0.5 else None,
            )
        )
    unique = {(rule.trigger, rule.when): rule for rule in rules}
    return Ladder(name="random", rules=unique.values())


def _trigger(rng: random.Random) -> Trigger:
    clock = rng.choice(("response", "next_reply", "resolution", "resolution"))
    offset = GRID * rng.choice((-24, -8, -4, -2, 0, 2, 6))
    return rng.choice(
        (
            ShareUsed(clock=clock, ratio=rng.choice((0.25, 0.5, 0.75, 1.0, 1.5))),
            ShareUsed(clock=clock, ratio=rng.choice((0.25, 0.5, 0.75, 1.0, 1.5))),
            OffsetFromDue(clock=clock, offset=offset),
            Breached(clock=clock),
            Breached(clock=clock),
            Silence(after=GRID * rng.choice((4, 8, 20)), by=rng.choice(("desk", "anyone"))),
            Bounced(times=rng.choice((1, 2))),
            Reopened(times=rng.choice((1, 2))),
            PriorityReached(priorities="P1"),
            EscalationRequested(),
            OwnerAbsent(after=GRID * rng.choice((0, 4))),
            CommitmentMissed(),
        )
    )


def _action(rng: random.Random) -> Notify | EscalateToGroup | EscalateToRole:
    return rng.choice(
        (
            Notify(target="assignee", respect_quiet_hours=rng.random() < 0.7),
            Notify(target="person", name=rng.choice(_PEOPLE)),
            Notify(target="roster", name="office"),
            Notify(target="group", name="second line"),
            EscalateToGroup(group=_GROUPS[1]),
            EscalateToRole(role="manager"),
        )
    )


def _condition(rng: random.Random) -> Predicate | None:
    if rng.random() < 0.75:
        return None
    return rng.choice((field("priority").is_("P1"), ~field("group").is_("second line")))


def _coverage(rng: random.Random) -> Coverage:
    start = _MONDAY + GRID * rng.randrange(0, 60)
    away = Absence(
        person=rng.choice(_PEOPLE[:2]),
        substitute=rng.choice(("", "chi")),
        start=start,
        end=start + GRID * rng.randrange(4, 60),
    )
    office = Roster(
        name="office",
        layers=(
            Rotation(
                name="days",
                people=_PEOPLE,
                zone="UTC",
                start_on="2026-01-01",
                hand_off="09:00",
                unit="days",
                restriction=WeeklyHours.parse("Mo-Su 09:00-17:00") if rng.random() < 0.6 else None,
            ),
        ),
        absences=(away,) if rng.random() < 0.6 else (),
        responders=(
            Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 20:00-07:00")),
            Responder(person="ben", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 12:00-13:30")),
        ),
    )
    hours = {"second line": _OFFICE} if rng.random() < 0.5 else {}
    return Coverage(rosters=(office,), hours=hours)


# -- events ----------------------------------------------------------------------------------------


def _assigned(rng: random.Random, at: datetime) -> TicketEvent:
    return TicketAssigned(
        ticket_id=_TICKET,
        occurred_at=at,
        actor=PersonId("ana"),
        group=rng.choice(_GROUPS),
        assignee=rng.choice((PersonId(""), *_PEOPLE)),
    )


def _overridden(rng: random.Random, at: datetime) -> TicketEvent:
    ends = at + GRID * rng.randrange(1, 40) if rng.random() < 0.7 else None
    return PriorityOverridden(
        ticket_id=_TICKET,
        occurred_at=at,
        priority=rng.choice(("P1", "P2")),
        reason="vip",
        expires_at=ends,
    )


def _excluded(rng: random.Random, at: datetime) -> TicketEvent:
    start = at + GRID * rng.randrange(-20, 20)
    return TimeExcluded(
        ticket_id=_TICKET,
        occurred_at=at,
        actor=PersonId("lea"),
        approver=PersonId("max"),
        start_at=start,
        end_at=start + GRID * rng.randrange(1, 20),
        reason="power cut",
    )


def _promised(rng: random.Random, at: datetime) -> TicketEvent:
    return CommitmentMade(
        ticket_id=_TICKET,
        occurred_at=at,
        actor=PersonId("ana"),
        commitment_id=f"c{micros_of(at)}",
        due_at=at + GRID * rng.randrange(1, 20),
    )


def _kept(rng: random.Random, at: datetime) -> TicketEvent:
    made = at - GRID * rng.choice((1, 2, 3, 4, 8))
    return CommitmentKept(
        ticket_id=_TICKET,
        occurred_at=at,
        actor=PersonId("ana"),
        commitment_id=f"c{micros_of(made)}",
    )


def micros_of(at: datetime) -> int:
    """Return the number of the grid's step at an instant, as a short name for it."""
    return (at - _MONDAY) // GRID


def _plain(make: Callable[..., TicketEvent], **given: object) -> Callable[..., TicketEvent]:
    def made(_: random.Random, at: datetime) -> TicketEvent:
        return make(ticket_id=_TICKET, occurred_at=at, **given)

    return made


_DESK: Final = PersonId("ana")
_MAKERS: Final[tuple[Callable[[random.Random, datetime], TicketEvent], ...]] = (
    _assigned,
    _assigned,
    _assigned,
    _assigned,
    _overridden,
    _excluded,
    _promised,
    _kept,
    _plain(AnswerSent, actor=_DESK),
    _plain(AnswerSent, automatic=True),
    _plain(ContactReceived),
    _plain(ContactReceived, actor=PersonId("rob")),
    _plain(TicketPutOnHold, state="on_hold", reason="awaiting_requester", actor=_DESK),
    _plain(TicketPutOnHold, state="on_hold", reason="awaiting_supplier", actor=_DESK),
    _plain(TicketPutOnHold, state="on_hold", reason="awaiting_requester", actor=_DESK),
    _plain(TicketResumed, state="in_progress", actor=_DESK),
    _plain(TicketResumed, state="in_progress", automatic=True),
    _plain(TicketResolved, state="resolved", actor=_DESK),
    _plain(TicketReopened, state="in_progress"),
    _plain(TicketReopened, state="in_progress"),
    _plain(TicketCancelled, state="cancelled"),
    _plain(PriorityChanged, priority="P1", actor=_DESK),
    _plain(PriorityChanged, priority="P2", actor=_DESK),
    _plain(EscalationAcknowledged, actor=_DESK),
    _plain(EscalationAcknowledged, actor=PersonId("ben")),
    _plain(EscalationAskedFor, actor=PersonId("rob")),
)
