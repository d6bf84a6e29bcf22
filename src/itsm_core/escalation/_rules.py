"""Rules and ladders of escalation, as data (law E1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias, cast

import attrs

from itsm_core.conditions import Condition, Predicate
from itsm_core.errors import DefinitionError, Fault
from itsm_core.escalation import _actions as act
from itsm_core.escalation import _triggers as on
from itsm_core.escalation._actions import ACTIONS, Action
from itsm_core.escalation._triggers import TRIGGERS, Trigger, duration_text
from itsm_core.escalation._words import clock_reason
from itsm_core.rosters import _fields as check
from itsm_core.rosters import _json as way
from itsm_core.sla import FACTS

MOST_REPEATS: Final = 100
"""A rule that speaks more often than that is heard by nobody."""

MOST_RULES: Final = 1_000
_ON_CLOCKS: Final = (on.ShareUsed, on.OffsetFromDue, on.Breached)


OnClock: TypeAlias = on.ShareUsed | on.OffsetFromDue | on.Breached


class Rung(NamedTuple):
    """Hold a rule that acts once, at a point of a clock.

    `actions` are numbered from 1, each with what every step of it has in common.
    """

    version: str
    trigger: OnClock
    actions: tuple[tuple[int, Action, Mapping[str, object]], ...]


def _actions(value: Iterable[Action]) -> tuple[Action, ...]:
    return cast("tuple[Action, ...]", check.many(value))


def _rules(value: Iterable[EscalationRule]) -> tuple[EscalationRule, ...]:
    return cast("tuple[EscalationRule, ...]", check.many(value))


@attrs.frozen(kw_only=True)
class EscalationRule:
    """Hold one rung of a ladder: when `trigger` happens and `when` holds, do `actions`.

    `when` is a condition over the facts of the ticket at that instant (`sla.FACTS`); None is
    always. `repeat_times` more times it does the same, `repeat_every` apart. Where nobody
    acknowledges within `acknowledge_within`, the next rule of the ladder acts at once;
    an acknowledgement holds the ladder back for `acknowledged_for`, or for good (None).
    The three durations are elapsed time: who is on call is so at night, too.

    Raises:
        DefinitionError: with every fault.

    >>> from itsm_core.escalation import Breached, EscalateToRole
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> print(rule)
    late: resolution breached -> escalate to the team lead
    """

    name: str
    trigger: Trigger
    actions: tuple[Action, ...] = attrs.field(converter=_actions)
    when: Predicate | None = None
    repeat_every: timedelta | None = None
    repeat_times: int = 0
    acknowledge_within: timedelta | None = None
    acknowledged_for: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        check.refuse(f"escalation rule {self.name!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        remedy = "use e.g. ShareUsed(clock='response', ratio=0.75)"
        yield from check.kind_faults("trigger", self.trigger, TRIGGERS, "a trigger", remedy)
        yield from check.kinds_faults("actions", self.actions, ACTIONS, "action")
        if self.actions == ():
            remedy = "add e.g. Notify(target='assignee')"
            yield Fault("no-actions", "does nothing", "actions", "()", remedy)
        if self.when is not None:
            yield from _when_faults(self.when)
        yield from self._repeat_faults()
        for name in ("acknowledge_within", "acknowledged_for"):
            yield from check.duration_faults(name, getattr(self, name), optional=True)
        if isinstance(self.trigger, on.Storm):
            for name in ("repeat_every", "acknowledge_within", "acknowledged_for"):
                if getattr(self, name) is not None:
                    message, remedy = "has no effect on a storm, which is told once", "leave it out"
                    yield Fault("told-once", message, name, str(getattr(self, name)), remedy)

    def _repeat_faults(self) -> Iterator[Fault]:
        yield from check.duration_faults("repeat_every", self.repeat_every, optional=True)
        numbers = list(check.number_faults("repeat_times", self.repeat_times, 0, MOST_REPEATS))
        yield from numbers
        if not numbers and (self.repeat_every is None) != (self.repeat_times == 0):
            message = "how often and how far apart belong together"
            remedy = "give repeat_every and repeat_times, or neither"
            yield Fault("half-repeat", message, "repeat_every", str(self.repeat_times), remedy)

    def to_json(self) -> dict[str, object]:
        """Return the rule as plain JSON values, from which `from_json` makes an equal one."""
        return RULE.write(self)

    @classmethod
    def from_json(cls, data: object) -> EscalationRule:
        """Return the rule that `to_json` wrote down.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed and means no rule.
        """
        return RULE.read(data, "rule")

    def __str__(self) -> str:
        when = f", if {Condition(schema=FACTS, rule=self.when)}" if self.when is not None else ""
        parts = [f"{self.name}: {self.trigger}{when} -> {', '.join(map(str, self.actions))}"]
        if self.repeat_every is not None:
            more = "once more" if self.repeat_times == 1 else f"{self.repeat_times} more times"
            parts.append(f"{more}, every {duration_text(self.repeat_every)}")
        if self.acknowledge_within is not None:
            parts.append(f"acknowledge within {duration_text(self.acknowledge_within)}")
        if self.acknowledged_for is not None:
            parts.append(f"acknowledged for {duration_text(self.acknowledged_for)}")
        return "; ".join(parts)


def _when_faults(rule: Predicate) -> Iterator[Fault]:
    try:
        Condition(schema=FACTS, rule=rule)
    except DefinitionError as error:
        yield from (attrs.evolve(each, where=f"when.{each.where}") for each in error.faults)


@attrs.frozen(kw_only=True)
class Ladder:
    """Hold rules of escalation, the first rung first; a desk picks one by name.

    Two rules with one name, or with the same trigger and condition, are refused: the second would
    never say anything that the first has not said.

    Raises:
        DefinitionError: with every fault.

    >>> from itsm_core.escalation import Breached, EscalateToRole
    >>> rule = EscalationRule(
    ...     name="late",
    ...     trigger=Breached(clock="resolution"),
    ...     actions=[EscalateToRole(role="team lead")],
    ... )
    >>> print(Ladder(name="day", rules=[rule]))
    day
      1. late: resolution breached -> escalate to the team lead
    """

    name: str
    rules: tuple[EscalationRule, ...] = attrs.field(converter=_rules)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"ladder {self.name!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        kinds = list(check.kinds_faults("rules", self.rules, EscalationRule, "rule"))
        yield from kinds
        if self.rules == ():
            yield Fault("empty-ladder", "has no rules", "rules", "()", "add an EscalationRule")
        if not kinds and len(self.rules) > MOST_RULES:
            remedy = "split the ladder"
            yield Fault("too-many", f"more than {MOST_RULES:,} rules", "rules", "", remedy)
        elif not kinds:
            yield from self._twice()

    def _twice(self) -> Iterator[Fault]:
        names: dict[str, int] = {}
        seen: dict[tuple[Trigger, str], str] = {}
        for n, rule in enumerate(self.rules):
            if rule.name in names:
                message = f"{rule.name!r} is rule {names[rule.name]}, too"
                yield Fault("twice", message, f"rules[{n}].name", rule.name, "rename one")
            names.setdefault(rule.name, n)
            when = "" if rule.when is None else Condition(schema=FACTS, rule=rule.when).dumps()
            if (rule.trigger, when) in seen:
                message = f"{seen[rule.trigger, when]!r} has the same trigger and condition"
                remedy = "join their actions in one rule"
                yield Fault("rule-twice", message, f"rules[{n}]", str(rule.trigger), remedy)
            seen.setdefault((rule.trigger, when), rule.name)

    def to_json(self) -> dict[str, object]:
        """Return the ladder as plain JSON values, from which `from_json` makes an equal one."""
        return LADDER.write(self)

    @classmethod
    def from_json(cls, data: object) -> Ladder:
        """Return the ladder that `to_json` wrote down.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed and means no ladder.
        """
        return LADDER.read(data, "ladder")

    def dumps(self) -> str:
        """Return the ladder as canonical JSON text; equal ladders give the same bytes."""
        return way.dumps(self.to_json())

    @classmethod
    def loads(cls, text: str) -> Ladder:
        """Return the ladder in a JSON text; keys given twice and NaN are refused.

        Raises:
            CodecError: the text is not what `dumps` writes.
            DefinitionError: it is well formed and means no ladder.
        """
        return cls.from_json(way.loads(text, "ladder"))

    @property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON; equal ladders have equal hashes."""
        return way.content_hash(self.to_json())

    @cached_property
    def versions(self) -> tuple[str, ...]:
        """Return the version of each rule: the first 8 digits of its content hash.

        Keys of steps are made of them, so that changing one rule leaves the others' keys alone.
        """
        return tuple(way.content_hash(rule.to_json())[:8] for rule in self.rules)

    @cached_property
    def rungs(self) -> tuple[Rung, ...] | None:
        """Return the rules ready to be planned, where each acts once and by its clock alone.

        None where a rule has a condition, is repeated, waits for an acknowledgement or looks at
        anything else: then one step depends on another.
        """
        rungs: list[Rung] = []
        for level, rule in enumerate(self.rules):
            if isinstance(rule.trigger, on.Storm):
                continue  # no rung of a single ticket's ladder
            waits = rule.repeat_every is not None or rule.acknowledge_within is not None
            if waits or rule.when is not None or not isinstance(rule.trigger, _ON_CLOCKS):
                return None
            common = {
                "rule": rule.name,
                "level": level + 1,
                "occurrence": 1,
                "why": self.words[level][0],
            }
            actions = tuple(
                (number, action, {**common, "action": action})
                for number, action in enumerate(rule.actions, 1)
            )
            rungs.append(Rung(self.versions[level], rule.trigger, actions))
        return tuple(rungs)

    @cached_property
    def has_storms(self) -> bool:
        """Tell whether a rule is about many tickets at once; see `StormWatch`."""
        return any(isinstance(rule.trigger, on.Storm) for rule in self.rules)

    @cached_property
    def words(self) -> tuple[tuple[str, str], ...]:
        """Return for each rule why it acts, "" where that depends, and how long it waits."""
        return tuple(
            (
                clock_reason(rule.trigger) if isinstance(rule.trigger, _ON_CLOCKS) else "",
                "" if rule.acknowledge_within is None else duration_text(rule.acknowledge_within),
            )
            for rule in self.rules
        )

    @cached_property
    def rosters(self) -> tuple[str, ...]:
        """Return the names of the rosters that the rules speak to, each once."""
        actions = (action for rule in self.rules for action in rule.actions)
        names = (each.name for each in actions if isinstance(each, act.Notify) and _is_roster(each))
        return tuple(dict.fromkeys(names))

    @cached_property
    def conditions(self) -> tuple[Condition | None, ...]:
        """Return the compiled condition of each rule; None is always."""
        return tuple(
            None if rule.when is None else Condition(schema=FACTS, rule=rule.when)
            for rule in self.rules
        )

    def __str__(self) -> str:
        return "\n".join((self.name, *(f"  {n}. {rule}" for n, rule in enumerate(self.rules, 1))))


def _is_roster(action: act.Notify) -> bool:
    return action.target == "roster"


_TIMES: Final = {"times": way.WHOLE}
_TRIGGER: Final = way.way_of_kinds(
    {
        on.ShareUsed: way.Form(on.ShareUsed, {"clock": way.TEXT, "ratio": way.RATIO}, "share_used"),
        on.OffsetFromDue: way.Form(
            on.OffsetFromDue, {"clock": way.TEXT, "offset": way.DURATION}, "offset_from_due"
        ),
        on.Breached: way.Form(on.Breached, {"clock": way.TEXT}, "breached"),
        on.Silence: way.Form(on.Silence, {"after": way.DURATION, "by": way.TEXT}, "silence"),
        on.Bounced: way.Form(on.Bounced, _TIMES, "bounced"),
        on.Reopened: way.Form(on.Reopened, _TIMES, "reopened"),
        on.PriorityReached: way.Form(
            on.PriorityReached, {"priorities": way.many_of(way.TEXT)}, "priority_reached"
        ),
        on.EscalationRequested: way.Form(on.EscalationRequested, _TIMES, "escalation_requested"),
        on.OwnerAbsent: way.Form(on.OwnerAbsent, {"after": way.DURATION}, "owner_absent"),
        on.CommitmentMissed: way.Form(on.CommitmentMissed, {}, "commitment_missed"),
        on.Storm: way.Form(
            on.Storm, {"tickets": way.WHOLE, "within": way.DURATION, "same": way.TEXT}, "storm"
        ),
    }
)
_ACTION: Final = way.way_of_kinds(
    {
        act.EscalateToGroup: way.Form(
            act.EscalateToGroup, {"group": way.TEXT, "tier": way.TEXT}, "escalate_to_group"
        ),
        act.EscalateToRole: way.Form(act.EscalateToRole, {"role": way.TEXT}, "escalate_to_role"),
        act.Notify: way.Form(
            act.Notify,
            {"target": way.TEXT, "name": way.TEXT, "respect_quiet_hours": way.FLAG},
            "notify",
        ),
        act.RaisePriority: way.Form(
            act.RaisePriority, {"to": way.TEXT, "levels": way.WHOLE}, "raise_priority"
        ),
        act.ProposeMajorIncident: way.Form(
            act.ProposeMajorIncident, {"role": way.TEXT}, "propose_major_incident"
        ),
    }
)
RULE: Final = way.Form(
    EscalationRule,
    {
        "name": way.TEXT,
        "trigger": _TRIGGER,
        "actions": way.many_of(_ACTION),
        "when": way.optional(way.predicate(FACTS)),
        "repeat_every": way.optional(way.DURATION),
        "repeat_times": way.WHOLE,
        "acknowledge_within": way.optional(way.DURATION),
        "acknowledged_for": way.optional(way.DURATION),
    },
)
LADDER: Final = way.Form(Ladder, {"name": way.TEXT, "rules": way.many_of(way.way_of(RULE))})
