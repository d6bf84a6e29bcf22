"""What was promised: an agreement, its targets, and a goal for each priority."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

import attrs

from itsm_core.calendars import Calendar, Finding, Goal, WorkingDays, WorkingTime
from itsm_core.conditions import Condition, Predicate
from itsm_core.errors import DefinitionError, Fault, shown
from itsm_core.ids import AgreementId
from itsm_core.sla._fields import (
    FrozenGoals,
    calendar_faults,
    choice_faults,
    goal_to_json,
    kind_faults,
    list_faults,
    many,
    many_unique,
    number_faults,
    shares,
    text_faults,
)
from itsm_core.sla._rules import FACTS, METRICS, ClockRules, Metric, on_hold_for
from itsm_core.spans import optional_micros, written

if TYPE_CHECKING:
    from itsm_core.sla._plan import Plan

Goals = Mapping[str, timedelta | Goal]

RESOLVED: Final = "resolved"
"""The pause label of the time between a resolution and the reopening that undoes it (law S8)."""

ANY_PRIORITY: Final = "*"
"""Stands, among the goals of a target, for every priority that is not listed."""

Anchor = Literal["occurred", "registered", "opened"]
Retarget = Literal["from_start", "from_change", "share", "keep"]
Reopen = Literal["exclude_closed", "include_closed", "new_cycle", "ignore"]
Kind = Literal["sla", "ola", "uc"]
VersionRule = Literal["at_creation", "at_change", "latest"]


def _goals(value: Goals | timedelta | Goal) -> Mapping[str, Goal]:
    """Return goals by priority; one goal alone is for any priority."""
    by_priority = value if isinstance(value, Mapping) else {ANY_PRIORITY: value}
    return FrozenGoals(
        {
            priority: WorkingTime(goal) if isinstance(goal, timedelta) else goal
            for priority, goal in by_priority.items()
        }
    )


# What a converter cannot make of a value it leaves as it is, and a fault names it.
def _no_goals() -> Mapping[str, Goal]:
    return {}


def _sorted_ratios(value: Iterable[float]) -> tuple[float, ...]:
    return cast("tuple[float, ...]", shares(value))


def _reasons(value: Iterable[str] | None) -> frozenset[str] | None:
    return cast("frozenset[str] | None", many_unique(value))


def _limit_goal(value: timedelta | Goal | None) -> Goal | None:
    return WorkingTime(value) if isinstance(value, timedelta) else value


@attrs.frozen(kw_only=True)
class PauseLimit:
    """Bound the pauses for one reason (law S9); beyond it the clock runs, and says why.

    `reason` is a hold reason, `"*"` any. `longest` bounds one pause, a bare timedelta being
    working time; `budget` is the counted time that all of them together may take in a cycle. With
    `needs_evidence` a hold without evidence does not pause.

    Raises:
        DefinitionError: nothing is bounded, or a bound is no positive time; every fault is listed.

    >>> PauseLimit(reason="awaiting_requester", budget=timedelta(hours=8)).reason
    'awaiting_requester'
    """

    reason: str
    longest: Goal | None = attrs.field(default=None, converter=_limit_goal)
    budget: timedelta | None = None
    needs_evidence: bool = False

    def __attrs_post_init__(self) -> None:
        faults = [*text_faults("reason", self.reason)]
        faults += kind_faults("needs_evidence", self.needs_evidence, bool, "True or False")
        if self.longest is None and self.budget is None and not self.needs_evidence:
            remedy = "give longest, budget or needs_evidence"
            reason = str(self.reason)
            faults.append(Fault("no-limit", "bounds nothing", "pause limit", reason, remedy))
        if self.longest is not None and not _is_goal(self.longest):
            remedy = "use a timedelta, WorkingTime, WallTime or WorkingDays, forward in time"
            message = f"{shown(self.longest)} is not a goal"
            faults.append(Fault("not-a-goal", message, "longest", shown(self.longest), remedy))
        if self.budget is not None and not isinstance(self.budget, timedelta):
            remedy = "use a timedelta, such as hours(8); it is counted time"
            faults += kind_faults("budget", self.budget, timedelta, "a timedelta", remedy)
        elif self.budget is not None and self.budget < timedelta(0):
            remedy = "use a timedelta of zero or more"
            faults.append(
                Fault("negative-budget", "is negative", "budget", repr(self.budget), remedy)
            )
        if faults:
            raise DefinitionError(f"pause limit {self.reason!r}", tuple(faults))

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {
            "reason": self.reason,
            "longest": None if self.longest is None else goal_to_json(self.longest),
            "budget": None if self.budget is None else self.budget // timedelta.resolution,
            "needs_evidence": self.needs_evidence,
        }


def _limits(value: Iterable[PauseLimit]) -> tuple[PauseLimit, ...]:
    return cast("tuple[PauseLimit, ...]", many(value))


def _own_rules(target: ServiceLevelTarget) -> ClockRules:
    # Whatever is no text is no metric, and need not hash. A fault names rules that are missing.
    return cast("ClockRules", METRICS.get(str(target.metric)))


def _is_goal(value: object) -> bool:
    # A calendar has a `due` of its own, which is another question.
    backward = isinstance(value, WorkingDays) and value.days < 0
    return isinstance(value, Goal) and not backward and not isinstance(value, Calendar)


@attrs.frozen(kw_only=True, slots=False)
class ServiceLevelTarget:
    """Promise one thing within a goal that depends on the priority.

    `metric` says which: see `METRICS`. `rules` replace the metric's conditions; `ola` and `uc`
    have none of their own (`held_by`, `waiting_for`). `name` tells two targets of one metric apart
    and is the metric unless given. `goals` maps priorities to goals, `"*"` being any other one; a
    bare timedelta is working time, and one goal alone is for any priority. A priority without a
    goal has no such promise, which is legal. `pause_on` lists the hold reasons during which the
    clock stands still, in place of the metric's own pauses; `pause_limits` bound them. `calendar`
    overrides the agreement's. `warn_at_ratios` are shares of the goal, each between 0 and 1; a
    Fraction or Decimal becomes the nearest float.

    `anchor` is the instant from which time counts: that of the starting event, that at which it
    was `registered`, or that at which the ticket was `opened`. `retarget` says what a change of
    priority or agreement does (law S7), `reopen` what a reopening does (law S8).

    Raises:
        DefinitionError: with every fault.

    >>> target = ServiceLevelTarget(
    ...     metric="resolution", goals={"P1": timedelta(hours=4), "*": timedelta(hours=8)}
    ... )
    >>> print(target.goal_for("P3"))
    8 h working time
    """

    metric: Metric
    name: str = attrs.field(default=attrs.Factory(lambda self: str(self.metric), takes_self=True))
    goals: Mapping[str, Goal] = attrs.field(converter=_goals, factory=_no_goals, hash=False)
    calendar: Calendar | None = None
    rules: ClockRules = attrs.field(default=attrs.Factory(_own_rules, takes_self=True), hash=False)
    pause_on: frozenset[str] | None = attrs.field(default=None, converter=_reasons)
    pause_limits: tuple[PauseLimit, ...] = attrs.field(default=(), converter=_limits)
    anchor: Anchor = "occurred"
    retarget: Retarget = "from_start"
    reopen: Reopen = "exclude_closed"
    warn_at_ratios: tuple[float, ...] = attrs.field(default=(), converter=_sorted_ratios)

    def __attrs_post_init__(self) -> None:
        faults = [*_choice_faults(self), *_goal_faults(self), *_ratio_faults(self)]
        if self.calendar is not None:
            faults += calendar_faults(self.calendar)
        if self.pause_on is not None:
            faults += list_faults("pause_on", self.pause_on, str, "hold reason")
        faults += list_faults("pause_limits", self.pause_limits, PauseLimit, "PauseLimit")
        if faults:
            raise DefinitionError(f"service level target {self.name!r}", tuple(faults))

    def goal_for(self, priority: str) -> Goal | None:
        """Return what is promised for a priority; None if nothing is."""
        goal = self.goals.get(priority)
        return self.goals.get(ANY_PRIORITY) if goal is None else goal

    @cached_property
    def pause(self) -> Predicate | None:
        """Return the condition while which the clock stands still."""
        if self.pause_on is None:
            return self.rules.pause
        return on_hold_for(*sorted(self.pause_on)) if self.pause_on else None

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {
            "name": self.name,
            "metric": self.metric,
            "goals": {priority: goal_to_json(goal) for priority, goal in self.goals.items()},
            "calendar": None if self.calendar is None else self.calendar.to_json(),
            "rules": None if self.metric == "commitment" else self.rules.to_json(),
            "pause_on": None if self.pause_on is None else sorted(self.pause_on),
            "pause_limits": [limit.to_json() for limit in self.pause_limits],
            "anchor": self.anchor,
            "retarget": self.retarget,
            "reopen": self.reopen,
            "warn_at_ratios": list(self.warn_at_ratios),
        }


def _choice_faults(target: ServiceLevelTarget) -> Iterator[Fault]:
    for where, choices in (
        ("metric", get_args(Metric)),
        ("anchor", get_args(Anchor)),
        ("retarget", get_args(Retarget)),
        ("reopen", get_args(Reopen)),
    ):
        yield from choice_faults(where, getattr(target, where), choices)
    rules = cast("object", target.rules)
    if rules is None and target.metric in ("ola", "uc"):
        remedy = "use rules=held_by('network') or rules=waiting_for('awaiting_supplier')"
        yield Fault("no-rules", "nothing says whom it binds", "rules", "", remedy)
    elif not isinstance(rules, ClockRules) and (rules is not None or str(target.metric) in METRICS):
        remedy = "write ClockRules(start=..., stop=...), or leave the rules out"
        yield from kind_faults("rules", rules, ClockRules, "a ClockRules", remedy)
    if isinstance(target.name, str) and not target.name.strip():
        yield Fault("no-name", "has an empty name", "name", target.name, "leave it out, or name it")
    else:
        yield from text_faults("name", target.name)


def _goal_faults(target: ServiceLevelTarget) -> Iterator[Fault]:
    if target.metric == "commitment":
        if target.goals:
            remedy = "leave the goals out: each commitment brings its own deadline"
            yield Fault("commitment-goals", "has goals", "goals", "", remedy)
        return
    for priority, goal in target.goals.items():
        if not _is_goal(goal):
            remedy = "use a timedelta, WorkingTime, WallTime or WorkingDays, forward in time"
            message = f"{shown(goal)} is not a goal"
            yield Fault("not-a-goal", message, f"goals[{priority}]", shown(goal), remedy)
        if priority:  # the empty one is that of tickets without a priority
            yield from text_faults(f"goals[{priority}]'s priority", priority)
    if not target.goals:
        message, remedy = "a target without goals promises nothing", "give one priority a goal"
        yield Fault("no-goals", message, "goals", "", remedy)


def _ratio_faults(target: ServiceLevelTarget) -> Iterator[Fault]:
    if not isinstance(target.warn_at_ratios, tuple):
        remedy = "write warn_at_ratios=(0.75,)"
        yield from list_faults("warn_at_ratios", target.warn_at_ratios, float, "share", remedy)
        return
    for n, ratio in enumerate(target.warn_at_ratios):
        if isinstance(ratio, bool) or not isinstance(ratio, int | float):
            where, remedy = f"warn_at_ratios[{n}]", "write 0.75 for 75 %, without quotes"
            yield Fault("wrong-type", f"{shown(ratio)} is no share", where, shown(ratio), remedy)
        elif not 0 < ratio < 1:
            remedy = "a warning comes before the goal is used up; write 0.75 for 75 %"
            message = f"{shown(ratio)} is not between 0 and 1"
            yield Fault("warning-ratio", message, "warn_at_ratios", shown(ratio), remedy)


def _targets(value: Iterable[ServiceLevelTarget]) -> tuple[ServiceLevelTarget, ...]:
    return cast("tuple[ServiceLevelTarget, ...]", many(value))


def _legs(value: Iterable[Leg]) -> tuple[Leg, ...]:
    return cast("tuple[Leg, ...]", many(value))


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    return cast("tuple[str, ...]", many(value))


@attrs.frozen(kw_only=True)
class Leg:
    """Name a target of another agreement on which a target of this one rests (law S12).

    `clock` is the name of this agreement's target; the leg's own clock is `leg_clock` of
    `agreement`, an operational level agreement or an underpinning contract. Legs of one clock
    follow each other: their goals together must fit into its goal.

    Raises:
        DefinitionError: a name is no text, or there is no agreement; every fault is listed.

    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import Leg, ServiceLevelAgreement, ServiceLevelTarget, held_by
    >>> team = ServiceLevelTarget(metric="ola", goals=timedelta(hours=2), rules=held_by("network"))
    >>> ola = ServiceLevelAgreement(agreement_id="net", kind="ola", calendar=ALWAYS, targets=[team])
    >>> leg = Leg(clock="resolution", agreement=ola, leg_clock="ola")
    >>> fast = ServiceLevelTarget(metric="resolution", goals=timedelta(hours=1))
    >>> ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast], legs=[leg])
    Traceback (most recent call last):
        ...
    itsm_core.errors.DefinitionError: agreement 'gold': legs of resolution: the legs of
        resolution cannot fit for any other priority: ola 2 h working time; the promise is 1 h
        working time (shorten a leg, or lengthen the promise)
    """

    clock: str
    agreement: ServiceLevelAgreement
    leg_clock: str

    def __attrs_post_init__(self) -> None:
        remedy = "use the ServiceLevelAgreement itself, not its id"
        faults = [
            *text_faults("clock", self.clock),
            *text_faults("leg_clock", self.leg_clock),
        ]
        kind = ServiceLevelAgreement
        faults += kind_faults("agreement", self.agreement, kind, "an agreement", remedy)
        if faults:
            raise DefinitionError("leg", tuple(faults))


# Without slots, so that the hash of the content is computed once.
@attrs.frozen(kw_only=True, slots=False)
class ServiceLevelAgreement:
    """Hold the targets of one agreement and the calendar in which its time counts.

    `kind` is what competes in a selection: of several agreements that apply to a ticket, the one
    of the highest `precedence` of each kind holds. `applies_to` is a condition over `FACTS` (None:
    any ticket). A version holds from `valid_from` until `valid_until`, None being open; which
    version a ticket is judged by, `version_rule` says (law S13): that of its opening, that of its
    last change of priority or agreement, or the latest. `breach_reasons` are the words in which a
    breach may be explained. `legs` are the agreements that it rests on.

    Raises:
        DefinitionError: a field of another type, no target, two of one name, a leg that cannot
            fit; every fault is listed.

    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> fast = ServiceLevelTarget(metric="resolution", goals={"P1": timedelta(hours=4)})
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> print(gold.target("resolution").goal_for("P1"))
    4 h working time
    >>> gold.target("resolution").goal_for("P4") is None
    True
    """

    agreement_id: AgreementId
    version: int = 1
    title: str = ""
    calendar: Calendar
    targets: tuple[ServiceLevelTarget, ...] = attrs.field(converter=_targets)
    kind: Kind = "sla"
    applies_to: Predicate | None = None
    precedence: int = 0
    valid_from_us: int | None = attrs.field(
        alias="valid_from", default=None, converter=optional_micros
    )
    valid_until_us: int | None = attrs.field(
        alias="valid_until", default=None, converter=optional_micros
    )
    version_rule: VersionRule = "at_creation"
    breach_reasons: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    legs: tuple[Leg, ...] = attrs.field(default=(), converter=_legs)

    def __attrs_post_init__(self) -> None:
        faults = [*_field_faults(self), *_application_faults(self)]
        if not faults:
            faults += _target_faults(self.targets)
        if self.legs and not faults:
            from itsm_core.sla._legs import leg_faults  # deferred: legs speak of agreements

            faults += leg_faults(self)
        if faults:
            raise DefinitionError(f"agreement {self.agreement_id!r}", tuple(faults))

    def check(self) -> tuple[Finding, ...]:
        """Return what is legal but probably not meant.

        A priority that one target has no goal for and another has, a warning too late to act on, a
        limit of pauses that never are, a calendar that never opens, legs that fit from some starts
        only or leave a priority out. An empty result means nothing was seen.
        """
        from itsm_core.sla._advice import agreement_advice  # deferred, as above

        return agreement_advice(self)

    @cached_property
    def plan(self) -> Plan:
        """Return the agreement made ready for evaluation; made once."""
        from itsm_core.sla._plan import Plan  # deferred: plans are made of agreements

        return Plan(self)

    def __repr__(self) -> str:
        return written(self)

    def __getstate__(self) -> dict[str, object]:
        # A plan holds closures, which do not pickle; it is made again where it is needed.
        return {name: value for name, value in self.__dict__.items() if name != "plan"}

    def calendar_of(self, target: ServiceLevelTarget) -> Calendar:
        """Return the calendar in which a target's time counts."""
        return self.calendar if target.calendar is None else target.calendar

    def target(self, name: str) -> ServiceLevelTarget | None:
        """Return the target of a name; None if the agreement lacks it."""
        return next((target for target in self.targets if target.name == name), None)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the definition, calendars and legs included."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data; a title is no part of it."""
        applies_to = None
        if self.applies_to is not None:
            applies_to = Condition(schema=FACTS, rule=self.applies_to).to_json()
        return {
            "agreement_id": self.agreement_id,
            "version": self.version,
            "kind": self.kind,
            "calendar": self.calendar.to_json(),
            "targets": [target.to_json() for target in self.targets],
            "applies_to": applies_to,
            "precedence": self.precedence,
            "valid_from": self.valid_from_us,
            "valid_until": self.valid_until_us,
            "version_rule": self.version_rule,
            "breach_reasons": list(self.breach_reasons),
            "legs": [
                {"clock": leg.clock, "agreement": leg.agreement.content_hash, "at": leg.leg_clock}
                for leg in self.legs
            ],
        }


def _field_faults(agreement: ServiceLevelAgreement) -> Iterator[Fault]:
    yield from text_faults("agreement_id", agreement.agreement_id)
    yield from number_faults("version", agreement.version, least=1)
    yield from kind_faults("title", agreement.title, str, "a text")
    yield from calendar_faults(agreement.calendar)
    kind, remedy = ServiceLevelTarget, "use ServiceLevelTarget(metric='resolution', goals=...)"
    yield from list_faults("targets", agreement.targets, kind, kind.__name__, remedy)
    yield from choice_faults("kind", agreement.kind, get_args(Kind))
    yield from number_faults("precedence", agreement.precedence)
    yield from choice_faults("version_rule", agreement.version_rule, get_args(VersionRule))
    yield from list_faults("breach_reasons", agreement.breach_reasons, str, "text")
    remedy = "use Leg(clock=..., agreement=..., leg_clock=...)"
    yield from list_faults("legs", agreement.legs, Leg, "Leg", remedy)


def _target_faults(targets: tuple[ServiceLevelTarget, ...]) -> Iterator[Fault]:
    names = [target.name for target in targets]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield Fault("target-twice", f"{name!r} is promised twice", "targets", name, "keep one")
    if not names:
        remedy = "add a ServiceLevelTarget"
        yield Fault("no-targets", "an agreement promises something", "targets", "", remedy)


def _application_faults(agreement: ServiceLevelAgreement) -> Iterator[Fault]:
    if agreement.applies_to is not None:
        try:
            Condition(schema=FACTS, rule=agreement.applies_to)
        except DefinitionError as error:
            yield from (
                attrs.evolve(each, where=f"applies_to.{each.where}") for each in error.faults
            )
    start, end = agreement.valid_from_us, agreement.valid_until_us
    if start is not None and end is not None and end <= start:
        remedy = "let it end after it starts"
        yield Fault("never-valid", "ends before it starts", "valid_until", str(end), remedy)


def priorities_of(targets: Iterable[ServiceLevelTarget]) -> tuple[str, ...]:
    """Return every priority that some target has a goal for, in the order given."""
    return tuple(dict.fromkeys(priority for target in targets for priority in target.goals))
