"""Modifiers: what moves a priority away from its cell, under a condition, by a named effect."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, TypeAlias, assert_never

import attrs

from itsm_core import readers
from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Predicate
from itsm_core.errors import CodecError, InvalidValue, did_you_mean
from itsm_core.priority import _json
from itsm_core.priority._facts import PRIORITY_FACTS

_TICK: Final = timedelta(microseconds=1)


def _check_steps(_: object, __: object, value: int) -> None:
    if type(value) is not int or value < 1:
        raise InvalidValue("a priority is shifted by whole levels", value, "write 1 or more")


def _check_priority(_: object, __: object, value: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue("a priority is named by a text", value, "write 'P2'")


@attrs.frozen
class Raise:
    """Make it more urgent by some levels, up to the first of the matrix and never above.

    >>> print(Raise(1))
    raise by 1
    """

    by: int = attrs.field(default=1, validator=_check_steps)

    def __str__(self) -> str:
        return f"raise by {self.by}"


@attrs.frozen
class Lower:
    """Make it less urgent by some levels, down to the last of the matrix.

    >>> print(Lower(1))
    lower by 1
    """

    by: int = attrs.field(default=1, validator=_check_steps)

    def __str__(self) -> str:
        return f"lower by {self.by}"


@attrs.frozen
class AtLeast:
    """Make it as urgent as `priority`, unless it is so already.

    >>> print(AtLeast("P2"))
    at least 'P2'
    """

    priority: str = attrs.field(validator=_check_priority)

    def __str__(self) -> str:
        return f"at least {self.priority!r}"


@attrs.frozen
class Set:
    """Make it `priority`, whatever it was.

    >>> print(Set("P1"))
    set to 'P1'
    """

    priority: str = attrs.field(validator=_check_priority)

    def __str__(self) -> str:
        return f"set to {self.priority!r}"


Effect: TypeAlias = Raise | Lower | AtLeast | Set
"""What a modifier does to a priority."""


def rank_after(effect: Effect, rank: int, levels: tuple[str, ...], first: int) -> int:
    """Return the place in `levels` to which an effect moves `rank`.

    `first` is the place of the matrix's most urgent level: no shift leads above it, and what is
    above it already is not shifted up.
    """
    match effect:
        case Raise(by=by):
            return min(rank, max(first, rank - by))
        case Lower(by=by):
            return min(len(levels) - 1, rank + by)
        case AtLeast(priority=priority):
            return min(rank, levels.index(priority))
        case Set(priority=priority):
            return levels.index(priority)
        case _:
            assert_never(effect)


def _condition(value: Condition | Predicate) -> Condition:
    """Return the rule, checked against the facts, whichever way it came."""
    if isinstance(value, Condition):
        return value if value.schema == PRIORITY_FACTS else _condition(value.rule)
    return Condition(schema=PRIORITY_FACTS, rule=value)


def _check_name(_: object, __: object, value: str) -> None:
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue("a modifier has a name", value, "say what it is for, such as 'vip'")


def _check_effect(_: object, __: object, value: Effect) -> None:
    if not isinstance(value, Raise | Lower | AtLeast | Set):
        raise InvalidValue("no effect", value, "use Raise(), Lower(), AtLeast('P2') or Set('P1')")


@attrs.frozen(kw_only=True)
class PriorityModifier:
    """Move a priority by `effect` where `when` holds (law P1).

    `when` is a condition on `PRIORITY_FACTS`, or the bare predicate of one.

    Raises:
        InvalidValue: the name is empty, or the effect is none.
        DefinitionError: the condition does not fit the facts; every fault is listed.

    >>> from itsm_core.conditions import field
    >>> vip = PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise(1))
    >>> print(vip.effect)
    raise by 1
    """

    name: str = attrs.field(validator=_check_name)
    when: Condition = attrs.field(converter=_condition)
    effect: Effect = attrs.field(validator=_check_effect)

    def to_json(self) -> dict[str, object]:
        """Return the modifier as plain JSON values."""
        return {
            "name": self.name,
            "when": self.when.to_json(),
            "effect": _effect_to_json(self.effect),
        }

    @classmethod
    def from_json(cls, data: object, where: str = "modifier") -> PriorityModifier:
        """Return the modifier that `to_json` wrote down.

        Raises:
            CodecError: the data is not what `to_json` writes.
            DefinitionError: the data is well formed, the condition does not fit.
        """
        record = _json.record(data, where, ("name", "when", "effect"))
        return cls(
            name=readers.text(record["name"], f"{where}.name"),
            when=Condition.from_json(record["when"], PRIORITY_FACTS),
            effect=_effect_from_json(record["effect"], f"{where}.effect"),
        )


def _effect_to_json(effect: Effect) -> dict[str, object]:
    match effect:
        case Raise(by=by):
            return {"raise": by}
        case Lower(by=by):
            return {"lower": by}
        case AtLeast(priority=priority):
            return {"at_least": priority}
        case Set(priority=priority):
            return {"set": priority}
        case _:
            assert_never(effect)


_EFFECTS: Final[Mapping[str, Callable[[object, str], Effect]]] = {
    "raise": lambda value, where: Raise(readers.whole(value, where)),
    "lower": lambda value, where: Lower(readers.whole(value, where)),
    "at_least": lambda value, where: AtLeast(readers.text(value, where)),
    "set": lambda value, where: Set(readers.text(value, where)),
}


def _effect_from_json(data: object, where: str) -> Effect:
    remedy = 'write {"raise": 1}, {"lower": 1}, {"at_least": "P2"} or {"set": "P1"}'
    found = _json.members(data, where)
    if len(found) != 1:
        raise CodecError("not one effect", where, list(found), remedy)
    ((name, value),) = found.items()
    if name not in _EFFECTS:
        raise CodecError("unknown effect", where, name, remedy + did_you_mean(name, _EFFECTS))
    return _EFFECTS[name](value, f"{where}.{name}")


def ages_in(rule: Predicate) -> set[timedelta]:
    """Return every age from which a rule may answer otherwise than just before it.

    Between two of them the answer is one and the same: a rule compares ages with constants and
    does nothing else with them, so its answer can only turn at a constant or right after it.
    """
    match rule:
        case FieldTest(field="age", values=values):
            found = {value for value in values if isinstance(value, timedelta)}
            # 999,999,999 days is the longest duration there is: nothing comes after it.
            return found | {value + _TICK for value in found if value <= timedelta.max - _TICK}
        case FieldTest():
            return set()
        case Not(part=part):
            return ages_in(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return {age for part in parts for age in ages_in(part)}
        case _:
            assert_never(rule)
