"""What differs between two definitions of a promise, in words (law S13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, assert_never

import attrs

from itsm_core.calendars import Calendar, WallTime
from itsm_core.conditions import Condition, Predicate
from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._clock import SlaClock
from itsm_core.sla._rules import FACTS
from itsm_core.sla._selection import validity

Part = Literal[
    "target",
    "metric",
    "goal",
    "calendar",
    "rules",
    "pauses",
    "limits",
    "anchor",
    "retarget",
    "reopen",
    "warnings",
    "agreement",
]


@attrs.frozen(kw_only=True)
class DefinitionChange:
    """Hold one thing that another version of an agreement says otherwise.

    `clock` is the target's name, empty for the agreement itself; `priority` is given for goals.
    """

    part: Part
    clock: str = ""
    priority: str = ""
    text: str

    def __str__(self) -> str:
        return f"{self.clock}: {self.text}" if self.clock else self.text


def definition_changes(
    old: ServiceLevelAgreement, new: ServiceLevelAgreement
) -> tuple[DefinitionChange, ...]:
    """Return everything that differs between two agreements and bears on verdicts."""
    found = [DefinitionChange(part="agreement", text=text) for text in _agreement(old, new)]
    names = dict.fromkeys(target.name for each in (old, new) for target in each.targets)
    for name in names:
        before, after = old.target(name), new.target(name)
        if before is None or after is None:
            text = "new clock" if before is None else "clock dropped"
            found.append(DefinitionChange(part="target", clock=name, text=text))
        elif not is_same_target(old, new, name):
            found += _target(old, before, new, after)
    return tuple(found)


def is_same_target(old: ServiceLevelAgreement, new: ServiceLevelAgreement, name: str) -> bool:
    """Tell whether a clock is defined alike in both, its calendar included."""
    before, after = old.target(name), new.target(name)
    return (
        before is not None
        and before == after
        and old.calendar_of(before) == new.calendar_of(before)
    )


def _agreement(old: ServiceLevelAgreement, new: ServiceLevelAgreement) -> Iterator[str]:
    if (old.agreement_id, old.version) != (new.agreement_id, new.version):
        yield (
            f"{old.agreement_id} version {old.version} -> {new.agreement_id} version {new.version}"
        )
    for what, before, after in (
        ("kind", old.kind, new.kind),
        ("for", _for(old), _for(new)),
        ("precedence", old.precedence, new.precedence),
        ("in force", validity(old), validity(new)),
        ("version rule", old.version_rule, new.version_rule),
    ):
        if before != after:
            yield f"{what}: {before} -> {after}"


def _for(agreement: ServiceLevelAgreement) -> str:
    return "any ticket" if agreement.applies_to is None else _rule(agreement.applies_to)


def _target(
    old: ServiceLevelAgreement,
    before: ServiceLevelTarget,
    new: ServiceLevelAgreement,
    after: ServiceLevelTarget,
) -> Iterator[DefinitionChange]:
    name = before.name
    for priority in dict.fromkeys((*before.goals, *after.goals)):
        goals = before.goal_for(priority), after.goal_for(priority)
        if goals[0] != goals[1]:
            one, other = ("no goal" if goal is None else str(goal) for goal in goals)
            shown = "other priorities" if priority == "*" else priority
            text = f"goal of {shown}: {one} -> {other}"
            yield DefinitionChange(part="goal", clock=name, priority=priority, text=text)
    calendars = old.calendar_of(before), new.calendar_of(after)
    if calendars[0] != calendars[1]:
        text = calendar_words(*calendars)
        yield DefinitionChange(part="calendar", clock=name, text=text)
    for part, text in _settings(before, after):
        yield DefinitionChange(part=part, clock=name, text=text)


def _settings(before: ServiceLevelTarget, after: ServiceLevelTarget) -> Iterator[tuple[Part, str]]:
    if before.metric != after.metric:
        yield "metric", f"metric: {before.metric} -> {after.metric}"
    if before.metric != "commitment" and after.metric != "commitment":
        for rule in ("start", "stop", "cancel", "reset", "resume"):
            one, other = (_rule(getattr(each.rules, rule)) for each in (before, after))
            if one != other:
                yield "rules", f"{rule} when: {one} -> {other}"
        one, other = _rule(before.pause), _rule(after.pause)
        if one != other:
            yield "pauses", f"pauses while: {one} -> {other}"
    if before.pause_limits != after.pause_limits:
        yield "limits", "limits of pauses"
    parts: tuple[Part, ...] = ("anchor", "retarget", "reopen")
    for part in parts:
        one, other = str(getattr(before, part)), str(getattr(after, part))
        if one != other:
            yield part, f"{part}: {one} -> {other}"
    if before.warn_at_ratios != after.warn_at_ratios:
        yield "warnings", f"warnings at: {_ratios(before)} -> {_ratios(after)}"


def _rule(rule: Predicate | None) -> str:
    return "never" if rule is None else str(Condition(schema=FACTS, rule=rule))


def _ratios(target: ServiceLevelTarget) -> str:
    return ", ".join(f"{ratio:.4g}" for ratio in target.warn_at_ratios) or "none"


def calendar_words(old: Calendar, new: Calendar) -> str:
    """Return which parts of a calendar differ."""
    before, after = old.to_json(), new.to_json()
    parts = [
        name.replace("_", " ")
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]
    if before.get("zone") != after.get("zone") and before.get("kind") == after.get("kind"):
        parts[parts.index("zone")] = f"zone {before.get('zone')} -> {after.get('zone')}"
    return f"calendar: {', '.join(parts)}" if parts else "calendar"


def bears_on(
    change: DefinitionChange, old: SlaClock | None, new: SlaClock | None, fields: frozenset[str]
) -> bool:
    """Tell whether a change of definition can be why a clock is judged otherwise.

    What the clock never met is left out: another goal for another priority, other pauses where
    it never paused, another way to retarget or reopen where neither happened.
    """
    clocks = [clock for clock in (old, new) if clock is not None]
    match change.part:
        case "goal":
            return _has_goal_of(change.priority, clocks)
        case "calendar":
            return any(not isinstance(clock.goal, WallTime) for clock in clocks)
        case "pauses" | "limits":
            return any(clock.stops.blocked for clock in clocks)
        case "retarget":
            return any(len(clock.story.priorities) > 1 for clock in clocks)
        case "reopen":
            return any(clock.story.was_reopened for clock in clocks)
        case "anchor":
            return old is None or new is None or old.started_us != new.started_us
        case "warnings":
            return "warnings" in fields
        case "target" | "metric" | "rules":
            return True
        case "agreement":  # which one holds is told by the choice
            return False
        case _:
            assert_never(change.part)


def _has_goal_of(priority: str, clocks: list[SlaClock]) -> bool:
    if priority == "*":
        return any(clock.priority not in clock.target.goals for clock in clocks)
    return any(
        clock.priority == priority or any(held == priority for _, held in clock.story.priorities)
        for clock in clocks
    )
