"""What was promised: an agreement, its targets, and a goal for each priority."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta
from functools import cached_property
from typing import Literal

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import DefinitionError, Fault, InvalidValue
from itsm_core.ids import AgreementId

Metric = Literal["response", "resolution"]
Goals = Mapping[str, timedelta | Goal]


class _FrozenGoals(Mapping[str, Goal]):
    """Hold goals by priority; nothing can be put in or taken out."""

    __slots__ = ("_goals",)

    def __init__(self, goals: Mapping[str, Goal]) -> None:
        self._goals = dict(goals)

    def __getitem__(self, priority: str) -> Goal:
        return self._goals[priority]

    def __iter__(self) -> Iterator[str]:
        return iter(self._goals)

    def __len__(self) -> int:
        return len(self._goals)

    def __contains__(self, priority: object) -> bool:
        return priority in self._goals

    def __repr__(self) -> str:
        return repr(self._goals)

    def __reduce__(self) -> tuple[object, ...]:
        return _FrozenGoals, (self._goals,)


def _goals(value: Goals) -> Mapping[str, Goal]:
    return _FrozenGoals(
        {
            priority: WorkingTime(goal) if isinstance(goal, timedelta) else goal
            for priority, goal in value.items()
        }
    )


def _sorted_ratios(value: Iterable[float]) -> tuple[float, ...]:
    return tuple(sorted(value))


def _reasons(value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str):
        remedy = f"write {{{value!r}}}, with braces"
        raise InvalidValue("a text is not a set of hold reasons", value, remedy)
    return frozenset(value)


@attrs.frozen(kw_only=True)
class ServiceLevelTarget:
    """Promise one thing within a goal that depends on the priority.

    `metric` says which: `response` runs from opening to the first human answer (a resolution
    counts as one), `resolution` from opening to resolved. `goals` maps priorities to goals; a
    bare timedelta is working time. A priority without a goal has no such promise, which is legal.
    `pause_on` lists the hold reasons during which the clock stands still. `calendar` overrides
    the agreement's. `warn_at_ratios` are shares of the goal, each between 0 and 1.

    Raises:
        DefinitionError: with every fault.
    """

    metric: Metric
    goals: Mapping[str, Goal] = attrs.field(converter=_goals, hash=False)
    calendar: Calendar | None = None
    pause_on: frozenset[str] = attrs.field(default=frozenset(), converter=_reasons)
    warn_at_ratios: tuple[float, ...] = attrs.field(default=(), converter=_sorted_ratios)

    def __attrs_post_init__(self) -> None:
        faults: list[Fault] = []
        if self.metric not in ("response", "resolution"):
            message = f"{self.metric!r} is not a metric"
            remedy = "use 'response' or 'resolution'"
            faults.append(Fault("unknown-metric", message, "metric", str(self.metric), remedy))
        for priority, goal in self.goals.items():
            # A calendar has a `due` of its own, which is another question.
            backward = isinstance(goal, WorkingDays) and goal.days < 0
            if backward or isinstance(goal, Calendar) or not isinstance(goal, Goal):
                remedy = "use a timedelta, WorkingTime, WallTime or WorkingDays, forward in time"
                message = f"{goal!r} is not a goal"
                faults.append(
                    Fault("not-a-goal", message, f"goals[{priority}]", repr(goal), remedy)
                )
        if not self.goals:
            remedy = "give at least one priority a goal"
            faults.append(
                Fault("no-goals", "a target without goals promises nothing", "goals", "", remedy)
            )
        for ratio in self.warn_at_ratios:
            if not 0 < ratio < 1:
                remedy = "a warning comes before the goal is used up; write 0.75 for 75 %"
                message = f"{ratio!r} is not between 0 and 1"
                faults.append(
                    Fault("warning-ratio", message, "warn_at_ratios", repr(ratio), remedy)
                )
        if faults:
            raise DefinitionError(f"service level target {self.metric!r}", tuple(faults))

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {
            "metric": self.metric,
            "goals": {priority: goal_to_json(goal) for priority, goal in self.goals.items()},
            "calendar": None if self.calendar is None else self.calendar.to_json(),
            "pause_on": sorted(self.pause_on),
            "warn_at_ratios": list(self.warn_at_ratios),
        }


def _targets(value: Iterable[ServiceLevelTarget]) -> tuple[ServiceLevelTarget, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class ServiceLevelAgreement:
    """Hold the targets of one agreement and the calendar in which its time counts.

    Raises:
        DefinitionError: no target, or two for one metric.
    """

    agreement_id: AgreementId
    version: int = 1
    title: str = ""
    calendar: Calendar
    targets: tuple[ServiceLevelTarget, ...] = attrs.field(converter=_targets)

    def __attrs_post_init__(self) -> None:
        metrics = [target.metric for target in self.targets]
        faults = [
            Fault("target-twice", f"{metric!r} is promised twice", "targets", metric, "keep one")
            for metric in sorted(set(metrics))
            if metrics.count(metric) > 1
        ]
        if not metrics:
            remedy = "add a ServiceLevelTarget"
            faults.append(
                Fault("no-targets", "an agreement promises something", "targets", "", remedy)
            )
        if faults:
            raise DefinitionError(f"agreement {self.agreement_id!r}", tuple(faults))

    def calendar_of(self, target: ServiceLevelTarget) -> Calendar:
        """Return the calendar in which a target's time counts."""
        return self.calendar if target.calendar is None else target.calendar

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the definition, calendars included."""
        data = {
            "agreement_id": self.agreement_id,
            "version": self.version,
            "calendar": self.calendar.to_json(),
            "targets": [target.to_json() for target in self.targets],
        }
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def goal_to_json(goal: Goal) -> dict[str, object]:
    """Return a goal as JSON-ready data; a goal of one's own gives its repr."""
    if isinstance(goal, WorkingTime | WallTime):
        kind = "working_time" if isinstance(goal, WorkingTime) else "wall_time"
        return {"kind": kind, "microseconds": goal.duration // timedelta.resolution}
    if isinstance(goal, WorkingDays):
        return {
            "kind": "working_days",
            "days": goal.days,
            "at": goal.at.isoformat() if isinstance(goal.at, time) else goal.at,
            "cut_off": None if goal.cut_off is None else goal.cut_off.isoformat(),
            "snap": goal.snap,
        }
    return {"kind": type(goal).__name__, "repr": repr(goal)}


def priorities_of(targets: Iterable[ServiceLevelTarget]) -> tuple[str, ...]:
    """Return every priority that some target has a goal for, in the order given."""
    return tuple(dict.fromkeys(priority for target in targets for priority in target.goals))
