"""The whole rule by which priorities are derived: matrix, modifiers, a level above, overrides."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from itsm_core import readers
from itsm_core.conditions import Condition, Kind, Schema
from itsm_core.errors import (
    DefinitionError,
    Fault,
    InstantOutOfRange,
    InvalidValue,
    did_you_mean,
)
from itsm_core.priority import _json
from itsm_core.priority._facts import PRIORITY_FACTS, PriorityDirectory, PriorityFacts
from itsm_core.priority._matrix import Cell, PriorityMatrix
from itsm_core.priority._modifiers import (
    AtLeast,
    PriorityModifier,
    Set,
    ages_in,
    rank_after,
)
from itsm_core.priority._override import OverrideRule
from itsm_core.spans import as_micros, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

_MICROSECOND: Final = timedelta(microseconds=1)
_NO_DIRECTORY: Final = PriorityDirectory()
_ANY_OVERRIDE: Final = OverrideRule()


@attrs.frozen(kw_only=True)
class ModifierStep:
    """Hold what one modifier did, in its turn: applied or not, and the priority around it.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.priority import ITIL_MATRIX, PriorityFacts, PriorityModifier, Raise
    >>> vip = PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise(1))
    >>> policy = PriorityPolicy(matrix=ITIL_MATRIX, modifiers=[vip])
    >>> (step,) = policy.derive(PriorityFacts(impact="high", urgency="low")).applied
    >>> step.is_applied
    False
    """

    modifier: PriorityModifier
    is_applied: bool
    before: str
    after: str

    def __str__(self) -> str:
        name, when = self.modifier.name, self.modifier.when
        if not self.is_applied:
            return f"{name!r} not applied, it needs: {when}"
        change = f"{self.before!r} to {self.after!r}"
        return f"{name!r} applied, as {when}: {self.modifier.effect}, {change}"


@attrs.frozen(kw_only=True)
class DerivedPriority:
    """Hold a priority with its reasons: the cell, then every modifier in the declared order.

    `facts` are the inputs as they were used, with what the directory knew.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.priority import ITIL_MATRIX, PriorityFacts, PriorityModifier, Raise
    >>> vip = PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise(1))
    >>> policy = PriorityPolicy(matrix=ITIL_MATRIX, modifiers=[vip])
    >>> print(policy.derive(PriorityFacts(impact="high", urgency="low", vip=True)).priority)
    P2
    """

    priority: str
    facts: PriorityFacts
    applied: tuple[ModifierStep, ...]
    policy: PriorityPolicy = attrs.field(repr=False)

    @property
    def cell(self) -> Cell:
        """Return impact and urgency, the place in the matrix."""
        return self.facts.impact, self.facts.urgency

    def explain(self) -> str:
        """Return the result, the cell and what each modifier did, one line each (law P2)."""
        lines = [f"priority {self.priority!r}"]
        lines.append(f"  matrix: {self.policy.matrix.explain(*self.cell)}")
        lines += [f"  {number}. {step}" for number, step in enumerate(self.applied, 1)]
        return "\n".join(lines)


@attrs.frozen(kw_only=True)
class NextPriority:
    """Say when a derived priority changes by time alone, and to what.

    >>> NextPriority(changes_at=0, priority="P1").changes_at.year
    1970
    """

    changes_us: int = attrs.field(alias="changes_at", converter=as_micros)
    priority: str

    @property
    def changes_at(self) -> pendulum.DateTime:
        """Return the first instant at which it is another one, in UTC."""
        return in_pendulum(instant(self.changes_us))


def _check_matrix(_: object, __: object, value: PriorityMatrix) -> None:
    if not isinstance(value, PriorityMatrix):
        raise InvalidValue("not a PriorityMatrix", value, "pass ITIL_MATRIX or one of your own")


def _modifiers(values: Iterable[PriorityModifier]) -> tuple[PriorityModifier, ...]:
    remedy = "write (PriorityModifier(...), ...)"
    try:
        found = tuple(values)
    except TypeError as error:
        raise InvalidValue("modifiers must be a list", values, remedy) from error
    for one in found:
        if not isinstance(one, PriorityModifier):
            raise InvalidValue("modifiers must be a list of PriorityModifier", one, remedy)
    return found


@attrs.frozen(kw_only=True, slots=False)
class PriorityPolicy:
    """Derive priorities by a matrix, then by modifiers in their order (laws P1, P2).

    A modifier sees the facts, never what another one did; only its effect starts where the one
    before left off. Shifts stay within the matrix's priorities. `major` is a level above them: it
    is reached by `Set`, by `AtLeast` or by an override that names it, and by no shift.

    Raises:
        InvalidValue: a part is of another type than it should be.
        DefinitionError: a modifier names an unknown priority or level, two have one name, or
            `major` is a level of the matrix; every fault is listed.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.priority import ITIL_MATRIX, PriorityFacts, PriorityModifier, Raise
    >>> vip = PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise(1))
    >>> policy = PriorityPolicy(matrix=ITIL_MATRIX, modifiers=[vip])
    >>> policy.priority(PriorityFacts(impact="high", urgency="low", vip=True))
    'P2'
    """

    matrix: PriorityMatrix = attrs.field(validator=_check_matrix)
    modifiers: tuple[PriorityModifier, ...] = attrs.field(default=(), converter=_modifiers)
    major: str = ""
    directory: PriorityDirectory = _NO_DIRECTORY
    overrides: OverrideRule = _ANY_OVERRIDE
    name: str = ""

    def __attrs_post_init__(self) -> None:
        for value, kind in ((self.directory, PriorityDirectory), (self.overrides, OverrideRule)):
            if not isinstance(value, kind):
                raise InvalidValue(f"not {kind.__name__}", value, f"pass a {kind.__name__}")
        for text in (self.major, self.name):
            if not isinstance(text, str):
                raise InvalidValue("names are texts", text, "write it in quotes")
        faults = _faults_of(self)
        if faults:
            raise DefinitionError(f"priority policy {self.name!r}", faults)

    @cached_property
    def priorities(self) -> tuple[str, ...]:
        """Return every level there is, the most urgent first, `major` before all."""
        return (self.major, *self.matrix.priorities) if self.major else self.matrix.priorities

    @property
    def impacts(self) -> tuple[str, ...]:
        """Return the impacts of the matrix, the gravest first."""
        return self.matrix.impacts

    @property
    def urgencies(self) -> tuple[str, ...]:
        """Return the urgencies of the matrix, the most pressing first."""
        return self.matrix.urgencies

    @property
    def policy(self) -> PriorityPolicy:
        """Return the policy itself; a bare matrix has the same property."""
        return self

    def priority(self, facts: PriorityFacts) -> str:
        """Return the priority alone; `derive` gives the reasons with it.

        Raises:
            InvalidValue: the matrix has no such impact or urgency.
        """
        base = self.matrix.priority(facts.impact, facts.urgency)
        return self._modified(base, self.directory.completed(facts)) if self.modifiers else base

    def derive(self, facts: PriorityFacts) -> DerivedPriority:
        """Return the priority with the cell and every modifier that gave it (law P2).

        Raises:
            InvalidValue: the matrix has no such impact or urgency.
        """
        now = self.matrix.priority(facts.impact, facts.urgency)
        facts = self.directory.completed(facts)
        steps: list[ModifierStep] = []
        for modifier in self.modifiers:
            is_applied = modifier.when.holds(facts)
            after = self._after(modifier, now) if is_applied else now
            steps.append(
                ModifierStep(modifier=modifier, is_applied=is_applied, before=now, after=after)
            )
            now = after
        return DerivedPriority(priority=now, facts=facts, applied=tuple(steps), policy=self)

    def next_change(
        self, facts: PriorityFacts, *, opened_at: datetime | int, as_of: datetime | int
    ) -> NextPriority | None:
        """Return when the priority changes if nothing happens but time passing (law S15).

        None: never. The age in the facts is not looked at: it follows from the two instants,
        either of which may be whole microseconds.

        Raises:
            NaiveDatetime: an instant has no time zone.
            InvalidValue: the matrix has no such impact or urgency.
        """
        opened_us = as_micros(opened_at)
        age = timedelta(0, 0, max(0, as_micros(as_of) - opened_us))
        base = self.matrix.priority(facts.impact, facts.urgency)
        known = self.directory.completed(facts)
        now = self._modified(base, attrs.evolve(known, age=age))
        for turn in self._ages:
            if turn <= age:
                continue
            then = self._modified(base, attrs.evolve(known, age=turn))
            if then != now:
                changes_us = opened_us + turn // _MICROSECOND
                return _next(changes_us, then)
        return None

    @cached_property
    def _ages(self) -> tuple[timedelta, ...]:
        """Return every age at which something may change, the lowest first."""
        return tuple(sorted({age for each in self.modifiers for age in ages_in(each.when.rule)}))

    def _modified(self, priority: str, facts: PriorityFacts) -> str:
        for modifier in self.modifiers:
            if modifier.when.holds(facts):
                priority = self._after(modifier, priority)
        return priority

    def _after(self, modifier: PriorityModifier, priority: str) -> str:
        levels = self.priorities
        first = 1 if self.major else 0
        return levels[rank_after(modifier.effect, levels.index(priority), levels, first)]

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex: equal policies have equal hashes."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return the policy as plain JSON values; `from_json` gives an equal policy back."""
        return {
            "name": self.name,
            "matrix": self.matrix.to_json(),
            "modifiers": [each.to_json() for each in self.modifiers],
            "major": self.major,
            "directory": self.directory.to_json(),
            "overrides": self.overrides.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> PriorityPolicy:
        """Return the policy that `to_json` wrote down; unknown keys and other types are refused.

        Raises:
            CodecError: the data is not what `to_json` writes.
            InvalidValue: the data is well formed, a figure in it is not possible.
            DefinitionError: the data is well formed, the policy is not.
        """
        keys = ("name", "matrix", "modifiers", "major", "directory", "overrides")
        record = _json.record(data, "policy", keys)
        return cls(
            name=readers.text(record["name"], "policy.name"),
            matrix=PriorityMatrix.from_json(_json.members(record["matrix"], "policy.matrix")),
            modifiers=tuple(
                PriorityModifier.from_json(item, where)
                for where, item in readers.items(record["modifiers"], "policy.modifiers")
            ),
            major=readers.text(record["major"], "policy.major"),
            directory=PriorityDirectory.from_json(record["directory"], "policy.directory"),
            overrides=OverrideRule.from_json(record["overrides"], "policy.overrides"),
        )


PriorityRules: TypeAlias = PriorityMatrix | PriorityPolicy
"""What priorities can be derived with: a bare matrix, or one with modifiers and overrides."""


def _next(changes_us: int, priority: str) -> NextPriority | None:
    """Return the change, unless it lies beyond the years that there are."""
    try:
        instant(changes_us)
    except InstantOutOfRange:
        return None
    return NextPriority(changes_at=changes_us, priority=priority)


# --- what a policy must be -----------------------------------------------------------------------


def _faults_of(policy: PriorityPolicy) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    if policy.major and not policy.major.strip():
        remedy = "name it, or leave it empty"
        faults.append(Fault("empty-level", "is blank", "major", policy.major, remedy))
    if policy.major in policy.matrix.priorities:
        message = f"{policy.major!r} is a priority of the matrix, not a level above it"
        remedy = "take another name, such as 'P0'"
        faults.append(Fault("duplicate-level", message, "major", policy.major, remedy))
    for name, times in Counter(each.name for each in policy.modifiers).items():
        if times > 1:
            message = f"names {name!r} {times} times"
            faults.append(Fault("duplicate-name", message, "modifiers", name, "name each apart"))
    schema = _schema_of(policy.matrix)
    for place, modifier in enumerate(policy.modifiers):
        faults += _modifier_faults(modifier, policy, schema, f"modifiers[{place}]")
    return tuple(faults)


def _schema_of(matrix: PriorityMatrix) -> Schema:
    """Return the facts with the levels of a matrix, so that a slip of the pen in one is found."""
    return Schema(
        name=PRIORITY_FACTS.name,
        fields={
            **PRIORITY_FACTS.fields,
            "impact": Kind.TEXT.of(*matrix.impacts),
            "urgency": Kind.TEXT.of(*matrix.urgencies),
        },
    )


def _modifier_faults(
    modifier: PriorityModifier, policy: PriorityPolicy, schema: Schema, where: str
) -> list[Fault]:
    faults: list[Fault] = []
    effect, known = modifier.effect, policy.priorities
    if isinstance(effect, AtLeast | Set) and effect.priority not in known:
        message = f"unknown priority {effect.priority!r}"
        remedy = f"use one of {', '.join(map(repr, known))}{did_you_mean(effect.priority, known)}"
        place = f"{where}.effect"
        faults.append(Fault("unknown-priority", message, place, effect.priority, remedy))
    try:
        Condition(schema=schema, rule=modifier.when.rule)
    except DefinitionError as error:
        faults += [
            attrs.evolve(fault, where=f"{where}.when.{fault.where}") for fault in error.faults
        ]
    return faults
