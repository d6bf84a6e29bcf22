"""Goals that contradict each other, found by asking the calendars when they are due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import CalendarExhausted, InstantOutOfRange
from itsm_core.policy._goals import goal_text, parse_goal
from itsm_core.policy._lint_rules import Subject

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding, Path
    from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

__all__ = ["goal_findings"]

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(hours=24)
_MONDAY: Final = datetime(2026, 11, 2, tzinfo=UTC)
"""The stated weeks begin here: no clock changes in them, and few holidays anywhere."""
_HOURS: Final = range(2 * 7 * 24)
_MANY_DAYS: Final = 200
"""Such goals are counted day by day: fewer hours are asked, which cannot differ much by then."""
_MARGIN: Final = timedelta(minutes=5)
"""Nobody does much in less than five minutes."""


@attrs.frozen
class _Promise:
    """Hold one goal with its calendar, name and place."""

    name: str
    goal: Goal
    calendar: Calendar
    path: Path


def goal_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what is doubtful about the goals and warnings of every agreement."""
    for agreement in subject.policy.agreements:
        yield from _order(subject, agreement)
        yield from _answer_last(subject, agreement)
        yield from _missing(subject, agreement)
        yield from _late_warnings(subject, agreement)


def _promise(
    subject: Subject, agreement: ServiceLevelAgreement, target: ServiceLevelTarget, priority: str
) -> _Promise | None:
    goal = target.goal_for(priority)
    if goal is None:
        return None
    calendar = agreement.calendar_of(target)
    path = subject.goal_path(agreement, target, priority)
    return _Promise(f"{target.name} of {priority}", goal, calendar, path)


def _worst(one: _Promise, other: _Promise) -> tuple[int, int, datetime] | None:
    """Return from how many working hours `one` is due later than `other`, of how many, and one.

    Asked is every hour of two weeks in which the calendar of `one` is open; None if there is
    none from which it is later.
    """
    return _compared(goal_text(one.goal), one.calendar, goal_text(other.goal), other.calendar)


@lru_cache(maxsize=256)
def _compared(
    goal_as_text: str, calendar: Calendar, other_as_text: str, calendar_of_other: Calendar
) -> tuple[int, int, datetime] | None:
    """Return what `_worst` does, once: agreements of one policy share goals and calendars."""
    goal, than = parse_goal(goal_as_text), parse_goal(other_as_text)
    asked = later = 0
    example: datetime | None = None
    hours = _open_hours(calendar)
    if any(isinstance(each, WorkingDays) and each.days > _MANY_DAYS for each in (goal, than)):
        hours = hours[::16]
    for start in hours:
        first, second = _due(goal, calendar, start), _due(than, calendar_of_other, start)
        asked += 1
        if first is not None and second is not None and first > second:
            later += 1
            example = example or start
    return None if example is None else (later, asked, example)


@lru_cache(maxsize=32)
def _open_hours(calendar: Calendar) -> tuple[datetime, ...]:
    hours = (_MONDAY + hour * _HOUR for hour in _HOURS)
    return tuple(hour for hour in hours if calendar.is_open(hour))


def _due(goal: Goal, calendar: Calendar, start: datetime) -> datetime | None:
    """Return the due instant of a start; None if there is none."""
    try:
        return goal.due(calendar, start, "close")
    except (CalendarExhausted, InstantOutOfRange):
        return None


def _order(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield each goal that is due later than that of the next less urgent priority."""
    for target in agreement.targets:
        promises = [
            promise
            for priority in _priorities(subject)
            if (promise := _promise(subject, agreement, target, priority)) is not None
        ]
        for graver, lesser in pairwise(promises):
            if graver.goal == lesser.goal:
                continue
            found = _worst(graver, lesser)
            if found is None:
                continue
            message = (
                f"{graver.name} ({graver.goal}) is due later than {lesser.name} ({lesser.goal}), "
                f"{_how_often(*found)}"
            )
            yield subject.tell(
                "slower-than-less-urgent",
                message,
                graver.path,
                value=str(graver.goal),
                remedy=_shorter(graver.goal, lesser),
                suggestion=_as_wall(graver.goal),
            )


def _how_often(later: int, asked: int, example: datetime) -> str:
    share = "always" if later == asked else f"from {later} of {asked} working hours"
    return f"{share}, such as from {example:%a %H:%M} UTC"


def _as_wall(goal: Goal) -> str:
    """Return "wall 24h" for 24 hours of working time, which is seldom what is meant."""
    if isinstance(goal, WorkingTime) and not goal.duration % _DAY:
        return f'"wall {goal.duration // _HOUR}h"'
    return ""


def _shorter(goal: Goal, than: _Promise) -> str:
    text = f"promise at most what {than.name} has, or swap the two"
    wall = _as_wall(goal)
    if wall and not _is_round_the_clock(than.calendar):
        hours = goal.duration // _HOUR if isinstance(goal, WorkingTime) else 0
        return f"{text}; {hours} hours of open time are days: for elapsed time write {wall}"
    return text


def _is_round_the_clock(calendar: Calendar) -> bool:
    week = 7 * _DAY
    return calendar.between(_MONDAY, _MONDAY + week) == week


def _answer_last(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield each response that is due later than the resolution of the same priority."""
    answers = [each for each in agreement.targets if each.metric == "response"]
    solutions = [each for each in agreement.targets if each.metric == "resolution"]
    for priority in _priorities(subject):
        for answer in answers:
            for solution in solutions:
                one = _promise(subject, agreement, answer, priority)
                other = _promise(subject, agreement, solution, priority)
                if one is None or other is None or one.goal == other.goal:
                    continue
                found = _worst(one, other)
                if found is None:
                    continue
                message = (
                    f"{one.name} ({one.goal}) is due later than {other.name} ({other.goal}), "
                    f"{_how_often(*found)}"
                )
                yield subject.tell(
                    "response-after-resolution",
                    message,
                    one.path,
                    value=str(one.goal),
                    remedy=f"promise an answer within less than {other.goal}, or swap the two",
                )


def _priorities(subject: Subject) -> tuple[str, ...]:
    """Return every priority of the policy, the most urgent first."""
    return subject.policy.matrix.policy.priorities


def _missing(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield priorities without a goal: a note, because to promise nothing may well be meant."""
    for target in agreement.targets:
        if target.metric == "commitment":
            continue
        path = (*subject.target_path(agreement, target), "goals")
        missing = [
            priority
            for priority in _priorities(subject)
            if target.goal_for(priority) is None and _can_have(subject, agreement, priority)
        ]
        if not missing:
            continue
        goal = list(target.goals.values())[-1]  # the least urgent that there is
        example = f'{missing[0]} = "{goal_text(goal)}"'
        yield subject.tell(
            "goal-missing",
            f"{target.name} has no goal for {', '.join(missing)}: such tickets have no clock",
            path,
            value=", ".join(missing),
            remedy=f"add {example} or the like, unless none is meant",
            suggestion=example,
        )


def _can_have(subject: Subject, agreement: ServiceLevelAgreement, priority: str) -> bool:
    """Return whether a ticket under the agreement can have a priority when it is opened."""
    asked = subject.policy.conditions.get((agreement.agreement_id, agreement.version), ())
    return all(
        any(fnmatchcase(priority, pattern) for pattern in each.values)
        for each in asked
        if each.field == "priority"
    )


def _late_warnings(subject: Subject, agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield warnings too late to act on; only those that the file itself asks for."""
    for target in agreement.targets:
        path = (*subject.target_path(agreement, target), "warn_at")
        for n, ratio in enumerate(target.warn_at_ratios):
            short = [
                priority
                for priority, goal in target.goals.items()
                if isinstance(goal, WorkingTime | WallTime)
                and goal.duration.total_seconds() * (1 - ratio) < _MARGIN.total_seconds()
            ]
            if short and subject.source.has(path):
                message = f"{ratio:.0%} leaves less than 5 minutes for {', '.join(short)}"
                place = (*path, n) if subject.written((*path, n)) == ratio else path
                value = str(ratio)
                yield subject.tell(
                    "late-warning", message, place, value=value, remedy="warn earlier"
                )
