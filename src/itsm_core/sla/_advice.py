"""What is legal in agreements but probably not meant: ties, gaps, warnings nobody can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from typing import Final

from itsm_core.calendars import Calendar, Finding, Goal, WallTime, WorkingTime
from itsm_core.conditions import Condition, FieldTest, Predicate, find_overlap
from itsm_core.conditions import all_of as always
from itsm_core.errors import InvalidValue
from itsm_core.sla._agreement import (
    ANY_PRIORITY,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    priorities_of,
)
from itsm_core.sla._legs import leg_findings
from itsm_core.sla._pick import Bench, overlap_in_time
from itsm_core.sla._program import fields_of
from itsm_core.sla._rules import FACTS
from itsm_core.sla._selection import named
from itsm_core.spans import instant

_LATE_WARNING_SECONDS: Final = 300
"""Nobody does much in less than five minutes."""


def agreement_advice(agreement: ServiceLevelAgreement) -> tuple[Finding, ...]:
    """Return the remarks about one agreement; see `ServiceLevelAgreement.check`."""
    return (
        *_missing_goals(agreement),
        *(each for target in agreement.targets for each in _late_warnings(target)),
        *(each for target in agreement.targets for each in _idle_pauses(target)),
        *_never_open(agreement),
        *leg_findings(agreement),
    )


def _missing_goals(agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    targets = [target for target in agreement.targets if target.goals]
    for target in targets:
        missing = [
            each
            for each in priorities_of(targets)
            if each != ANY_PRIORITY and target.goal_for(each) is None
        ]
        if missing:
            message = f"{target.name} has no goal for {', '.join(missing)}; another target has"
            yield Finding("goal-missing", message, "add the goals, or '*', if that is not meant")


def _late_warnings(target: ServiceLevelTarget) -> Iterator[Finding]:
    for ratio in target.warn_at_ratios:
        short = [
            priority
            for priority, goal in target.goals.items()
            if (left := _seconds(goal)) is not None and left * (1 - ratio) < _LATE_WARNING_SECONDS
        ]
        if short:
            message = (
                f"the warning of {target.name} at {ratio:.0%} leaves less than 5 minutes for "
                f"{', '.join(short)}"
            )
            yield Finding("late-warning", message, "warn earlier")


def _seconds(goal: Goal) -> float | None:
    if isinstance(goal, WorkingTime | WallTime):
        return goal.duration.total_seconds()
    return None


def _idle_pauses(target: ServiceLevelTarget) -> Iterator[Finding]:
    """Remark limits of pauses that never are, and an end of pauses where there are none."""
    if target.metric == "commitment":
        return
    pause = target.pause
    known = None if pause is None else _reasons_in(pause)
    for limit in target.pause_limits:
        if pause is None or (
            known is not None and limit.reason != ANY_PRIORITY and limit.reason not in known
        ):
            message = f"{target.name} never pauses for {limit.reason!r}, which is limited"
            remedy = "add the reason to pause_on, or drop the limit"
            yield Finding("limit-unused", message, remedy)
    if pause is None and target.rules.resume is not None:
        message = f"{target.name} says what resumes it, but never pauses"
        yield Finding("resume-unused", message, "add a pause, or drop the resume")


def _never_open(agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Remark promises on a calendar without open time, such as the common hours of two shifts."""
    by_calendar: dict[Calendar, list[str]] = {}
    for target in agreement.targets:
        by_calendar.setdefault(agreement.calendar_of(target), []).append(target.name)
    for calendar, names in by_calendar.items():
        # The base's own check: what a kind of calendar adds to it takes long.
        for found in Calendar.check(calendar):
            message = f"the calendar of {', '.join(names)} never opens: {found.message}"
            yield Finding("never-open", message, "add hours, or give the targets another calendar")


def _reasons_in(pause: Predicate) -> frozenset[str] | None:
    """Return the hold reasons that a pause is for; None if it is not only about them."""
    if fields_of(pause) != frozenset({"hold_reason"}) or not isinstance(pause, FieldTest):
        return None
    if pause.operator.value not in ("is", "in"):
        return None
    return frozenset(str(value) for value in pause.values)


def catalogue_advice(bench: Bench) -> tuple[Finding, ...]:
    """Return the remarks about a catalogue; see `AgreementCatalogue.check`."""
    agreements = bench.agreements
    unordered = tuple(each for each in agreements if each.kind not in bench.first_holds)
    return (*_ties(unordered), *_gaps(bench.versions), *_losers(agreements))


def _ties(agreements: tuple[ServiceLevelAgreement, ...]) -> Iterator[Finding]:
    for one, other in combinations(agreements, 2):
        if one.agreement_id == other.agreement_id or not _compete(one, other):
            continue
        if one.precedence != other.precedence:
            continue
        try:
            facts = find_overlap(_condition(one), _condition(other))
        except InvalidValue as error:
            message = f"whether {named(one)} and {named(other)} can tie cannot be told: {error}"
            yield Finding("tie-unknown", message, "give one of them a higher precedence")
            continue
        if facts is not None:
            case = ", ".join(f"{name} {value!r}" for name, value in facts.items()) or "any ticket"
            message = f"{named(one)} and {named(other)} tie for {case}"
            yield Finding("tie", message, "give one of them a higher precedence")


def _condition(agreement: ServiceLevelAgreement) -> Condition:
    rule = agreement.applies_to
    return Condition(schema=FACTS, rule=always() if rule is None else rule)


def _compete(one: ServiceLevelAgreement, other: ServiceLevelAgreement) -> bool:
    return one.kind == other.kind and overlap_in_time(one, other)


def _gaps(versions: Mapping[str, tuple[ServiceLevelAgreement, ...]]) -> Iterator[Finding]:
    for each in versions.values():
        for one, other in pairwise(each):
            end, start = one.valid_until_us, other.valid_from_us
            if end is not None and start is not None and end < start:
                message = f"between {named(one)} and version {other.version} nothing is in force"
                remedy = f"from {instant(end):%Y-%m-%d %H:%M} to {instant(start):%Y-%m-%d %H:%M}"
                yield Finding("version-gap", message, remedy)


def _losers(agreements: tuple[ServiceLevelAgreement, ...]) -> Iterator[Finding]:
    for each in agreements:
        winner = next((other for other in agreements if _always_beats(other, each)), None)
        if winner is not None:
            message = f"{named(each)} never holds, because {named(winner)} is for every ticket"
            yield Finding("never-chosen", message, "give it a higher precedence")


def _always_beats(other: ServiceLevelAgreement, each: ServiceLevelAgreement) -> bool:
    if other.kind != each.kind or other.applies_to is not None:
        return False
    if other.precedence <= each.precedence or other.agreement_id == each.agreement_id:
        return False
    starts = other.valid_from_us is None or (
        each.valid_from_us is not None and other.valid_from_us <= each.valid_from_us
    )
    ends = other.valid_until_us is None or (
        each.valid_until_us is not None and other.valid_until_us >= each.valid_until_us
    )
    return starts and ends
