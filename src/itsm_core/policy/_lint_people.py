"""Rosters with gaps, ladders that lead nowhere, channels that nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from itsm_core.calendars import Calendar, resolve_local
from itsm_core.conditions import Condition, Predicate, all_of, find_overlap
from itsm_core.contacts import Channels
from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.escalation import (
    Breached,
    EscalateToGroup,
    EscalationRule,
    Notify,
    OffsetFromDue,
    PriorityReached,
    RaisePriority,
    ShareUsed,
)
from itsm_core.policy._lint_rules import RULES, Subject
from itsm_core.sla import FACTS
from itsm_core.spans import instant

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding, Path
    from itsm_core.rosters import Roster, Rotation

__all__ = ["people_findings"]

_WINDOW: Final = timedelta(weeks=8)
"""Longer than a turn of most rotations; beyond it only what people changed by hand is looked at."""
_LONGEST: Final = timedelta(weeks=104)
_FIRST: Final = date(1970, 1, 2)
_LAST: Final = date(2200, 1, 1)
_HOUR: Final = timedelta(hours=1)
_WEEK_HOURS: Final = 7 * 24


def people_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what is doubtful about rosters, ladders and channels."""
    for name, roster in subject.policy.rosters.items():
        yield from _roster(subject, ("rosters", name), roster)
    for name, ladder in subject.policy.ladders.items():
        for n, rule in enumerate(ladder.rules):
            path: Path = ("ladders", name, "rules", n)
            yield from _trigger(subject, path, rule)
            yield from _recipients(subject, path, rule)
            yield from _unstaffed(subject, path, rule)
            yield from _repeated(subject, path, rule, ladder.rules[:n])
    yield from _channels(subject)


# -- rosters ---------------------------------------------------------------------------------------


def _roster(subject: Subject, path: Path, roster: Roster) -> Iterator[Finding]:
    """Yield hours that some layer covers and in which nobody is on call, and idle changes."""
    if not _is_looked_at(roster):
        return
    start, end = _range(roster)
    gaps = [
        (instant(gap.start_us), instant(gap.end_us))
        for gap in roster.gaps(start, end)
        if _is_covered(roster, instant(gap.start_us), instant(gap.end_us))
    ]
    if gaps:
        first, last = gaps[0]
        more = f", and {len(gaps) - 1} more times" if len(gaps) > 1 else ""
        yield subject.tell(
            "rotation-gap",
            f"nobody is on call from {_stamp(first)} to {_stamp(last)}{more}",
            path,
            value=str(roster.name),
            remedy="add people or a layer below, name a substitute, or restrict the hours",
            at_key=True,
        )
    for remark in roster.check(start, end):
        if remark.code != "rotation-gap" and remark.code in RULES:
            yield subject.tell(remark.code, remark.message, path, remedy=remark.remedy, at_key=True)


def _range(roster: Roster) -> tuple[datetime, datetime]:
    """Return from the first hand-off until after the last change that somebody made by hand."""
    start = min(_begins(layer) for layer in roster.layers)
    changes = [each.end_us for each in (*roster.overrides, *roster.swaps, *roster.absences)]
    end = max([start + _WINDOW, *(instant(at) for at in changes)])
    ends = [_at(layer, layer.end_on) for layer in roster.layers if layer.end_on is not None]
    if len(ends) == len(roster.layers):
        end = min(end, max(ends))  # what comes after a roster is another roster
    return start, min(end, start + _LONGEST)


def _begins(layer: Rotation) -> datetime:
    return _at(layer, layer.start_on)


def _is_looked_at(roster: Roster) -> bool:
    """Return whether there are layers, none of which begins after everybody's days."""
    return bool(roster.layers) and all(layer.start_on < _LAST for layer in roster.layers)


def _at(layer: Rotation, day: date) -> datetime:
    """Return the hand-off of a day, of one before 1970 or after 2200 that of the next in them."""
    day = min(max(day, _FIRST), _LAST)
    return resolve_local(day, layer.hand_off, layer.zone).astimezone(UTC)


def _is_covered(roster: Roster, start: datetime, end: datetime) -> bool:
    """Return whether some layer is meant to have somebody in a part of a gap."""
    for layer in roster.layers:
        begin = max(start, _begins(layer))
        until = end if layer.end_on is None else min(end, _at(layer, layer.end_on))
        if begin < until and (layer.hours is None or layer.hours.between(begin, until)):
            return True
    return False


def _stamp(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M} UTC"


# -- ladders ---------------------------------------------------------------------------------------


def _trigger(subject: Subject, path: Path, rule: EscalationRule) -> Iterator[Finding]:
    """Yield triggers that no ticket of this policy can set off."""
    trigger = rule.trigger
    if isinstance(trigger, PriorityReached):
        priorities = subject.policy.matrix.policy.priorities
        for n, priority in enumerate(trigger.priorities):
            if priority not in priorities:
                near = did_you_mean(priority, priorities)
                yield subject.tell(
                    "unreachable-rule",
                    f"{rule.name!r} waits for a priority {priority!r} that there is not{near}",
                    (*path, "trigger", "priorities", n),
                    value=priority,
                    remedy=f"use one of {', '.join(priorities)}",
                )
    if rule.when is not None and not _can_hold(rule.when, rule.when):
        yield subject.tell(
            "unreachable-rule",
            f"the condition of {rule.name!r} holds for no ticket",
            (*path, "when"),
            value=str(Condition(schema=FACTS, rule=rule.when)),
            remedy="correct it: two of its parts exclude each other",
        )


def _can_hold(one: Predicate, other: Predicate) -> bool:
    """Return whether some facts meet both conditions; False is a proof."""
    try:
        found = find_overlap(Condition(schema=FACTS, rule=one), Condition(schema=FACTS, rule=other))
    except InvalidValue:  # too many combinations to look at: nothing is proved
        return True
    return found is not None


def _repeated(
    subject: Subject, path: Path, rule: EscalationRule, earlier: tuple[EscalationRule, ...]
) -> Iterator[Finding]:
    """Yield a rule that does only what one above it does at the same trigger, whenever it would."""
    for each in earlier:
        if each.trigger != rule.trigger or not set(rule.actions) <= set(each.actions):
            continue
        weaker = all_of() if each.when is None else each.when
        stronger = all_of() if rule.when is None else rule.when
        if not _can_hold(stronger, ~weaker):
            yield subject.tell(
                "unreachable-rule",
                f"{rule.name!r} does nothing that {each.name!r} has not done by then",
                path,
                value=rule.name,
                remedy="give it actions of its own, or another trigger, or remove it",
            )
            return


def _recipients(subject: Subject, path: Path, rule: EscalationRule) -> Iterator[Finding]:
    """Yield groups nearly named like others, and unknown priorities."""
    for n, action in enumerate(rule.actions):
        place = (*path, "actions", n)
        if isinstance(action, RaisePriority) and action.to:
            priorities = subject.policy.matrix.policy.priorities
            if action.to not in priorities:
                yield subject.tell(
                    "unknown-recipient",
                    f"there is no priority {action.to!r}{did_you_mean(action.to, priorities)}",
                    (*place, "to"),
                    value=action.to,
                    remedy=f"use one of {', '.join(priorities)}",
                )
        group = _group_of(action)
        # Groups are defined elsewhere: told is only a name that is nearly one of the file.
        near = did_you_mean(group, _groups(subject) - {group}) if group else ""
        if near and group not in _routes(subject):
            yield subject.tell(
                "unknown-recipient",
                f"the group {group!r} is named here alone{near}",
                (*place, "group" if isinstance(action, EscalateToGroup) else "name"),
                value=group,
                remedy="write its name as elsewhere in the file, or leave it, if there are two",
            )


def _group_of(action: object) -> str:
    if isinstance(action, EscalateToGroup):
        return str(action.group)
    return action.name if isinstance(action, Notify) and action.target == "group" else ""


def _routes(subject: Subject) -> set[str]:
    """Return the groups that channels lead to, and those that agreements ask for."""
    asked = {
        value
        for conditions in subject.policy.conditions.values()
        for each in conditions
        if each.field == "group" and not each.has_pattern
        for value in each.values
    }
    return asked | {str(each.route) for each in subject.policy.channels.values() if each.route}


def _groups(subject: Subject) -> set[str]:
    """Return every group that is named in the file, each ladder's own ones if named twice."""
    named = [
        group
        for ladder in subject.policy.ladders.values()
        for rule in ladder.rules
        for action in rule.actions
        if (group := _group_of(action))
    ]
    return _routes(subject) | {group for group in named if named.count(group) > 1}


def _unstaffed(subject: Subject, path: Path, rule: EscalationRule) -> Iterator[Finding]:
    """Yield rosters that are told about a clock, and asleep while it counts."""
    trigger = rule.trigger
    if not isinstance(trigger, ShareUsed | OffsetFromDue | Breached):
        return
    for n, action in enumerate(rule.actions):
        if not isinstance(action, Notify) or action.target != "roster":
            continue
        roster = subject.policy.rosters.get(action.name)
        if roster is None or not _is_looked_at(roster):
            continue
        for agreement in subject.policy.agreements:
            target = agreement.target(trigger.clock)
            if target is None:
                continue
            hours = _hours_alone(agreement.calendar_of(target), roster)
            if hours:
                yield subject.tell(
                    "unstaffed-hours",
                    f"in {hours} hours of a week {trigger.clock} of "
                    f"{agreement.agreement_id!r} counts, and nobody of {action.name!r} is on call",
                    (*path, "actions", n),
                    value=action.name,
                    remedy="add a layer for these hours, or tell somebody else as well",
                )
                break


def _hours_alone(calendar: Calendar, roster: Roster) -> int:
    """Return how many whole hours of the second week a calendar is open and nobody on call."""
    start = max(_begins(layer) for layer in roster.layers) + timedelta(weeks=1)
    start = start.replace(minute=0, second=0, microsecond=0)
    hours = (start + n * _HOUR for n in range(_WEEK_HOURS))
    return sum(calendar.is_open(hour) and not roster.on_call(hour).people for hour in hours)


# -- channels --------------------------------------------------------------------------------------


def _channels(subject: Subject) -> Iterator[Finding]:
    named = subject.policy.channels
    names = list(named)
    found = Channels(channels=tuple(named.values())).findings()
    for fault in found:
        if fault.code not in RULES:
            continue
        path: Path = ("channels",)
        if "[" in fault.where:
            number, _, key = fault.where.partition("[")[2].partition("].")
            path = ("channels", names[int(number)], key)
        yield subject.tell(fault.code, fault.message, path, remedy=fault.remedy, at_key=True)
