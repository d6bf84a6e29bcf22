"""Calendars out of calendars: union, intersection, difference, complement (law C7)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain
from typing import Final, Literal

import attrs

from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._compile import year_bounds
from itsm_core.errors import InvalidValue
from itsm_core.spans import Pair, complemented, intersected, merged

Operation = Literal["union", "intersection", "difference"]

DEEPEST: Final = 50
"""How deep calendars nest: far more than people write, far less than Python's stack takes."""

_MOST_PARTS: Final = 10_000
_SYMBOLS: Final = {"union": "|", "intersection": "&", "difference": "-"}


@attrs.frozen(repr=False)
class Constant(Calendar):
    """Hold the calendar that is always open, or never; see `ALWAYS` and `NEVER`."""

    is_always: bool

    def __attrs_post_init__(self) -> None:
        self._start_engine()

    @property
    def zone(self) -> str:
        """Return UTC: the local days of a calendar that knows none."""
        return "UTC"

    def _year_pairs(self, year: int) -> list[Pair]:
        return [year_bounds(year)] if self.is_always else []

    def _without_holidays(self) -> Calendar:
        return self

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {"kind": "always" if self.is_always else "never"}

    def __reduce__(self) -> tuple[object, ...]:
        return Constant, (self.is_always,)

    def __repr__(self) -> str:
        return "ALWAYS" if self.is_always else "NEVER"


ALWAYS: Final = Constant(True)
"""Open at every instant: elapsed time, whatever the clocks on the walls do."""

NEVER: Final = Constant(False)
"""Open at no instant."""


def measured(parts: Sequence[Calendar]) -> tuple[int, int]:
    """Return how deep a calendar made of `parts` nests, and how many calendars it holds in all.

    Raises:
        InvalidValue: that is too deep or too many to be compared, shown and compiled.
    """
    depth = 1 + max((getattr(part, "_depth", 0) for part in parts), default=0)
    size = sum(getattr(part, "_size", 1) for part in parts)
    if depth > DEEPEST:
        remedy = (
            f"nest at most {DEEPEST} deep: join calendars of one operation in one chain, such as "
            "a | b | c, and subtract their union: a - (b | c)"
        )
        raise InvalidValue("calendars nested too deep", depth, remedy)
    if size > _MOST_PARTS:
        remedy = f"join at most {_MOST_PARTS}; a calendar counts each time that it is used"
        raise InvalidValue("too many calendars joined", size, remedy)
    return depth, size


def _union(parts: Iterable[list[Pair]], _year: Pair) -> list[Pair]:
    return merged(chain.from_iterable(parts))


def _intersection(parts: Iterable[list[Pair]], _year: Pair) -> list[Pair]:
    return reduce(intersected, parts)


def _difference(parts: Iterable[list[Pair]], year: Pair) -> list[Pair]:
    first, *others = parts
    return intersected(first, complemented(_union(others, year), *year))


_OPERATIONS: Final[dict[str, Callable[[Iterable[list[Pair]], Pair], list[Pair]]]] = {
    "union": _union,
    "intersection": _intersection,
    "difference": _difference,
}


@attrs.frozen(repr=False, init=False)
class Combination(Calendar):
    """Hold calendars joined by a set operation on instants; write it `a | b`, `a & b`, `a - b`.

    `parts` are two or more; of a difference, the others are taken out of the first. Parts of the
    same operation are taken in as parts of this one, so that `a | b | c`, and a loop over
    hundreds of desks, is one union. Zones need not agree. Local days, for goals in working days,
    are those of the first part that is not a constant.

    Raises:
        InvalidValue: the operation is unknown, a part is not a calendar, or calendars are nested
            more than 50 deep, or more than 10,000 of them are joined.

    >>> from itsm_core.calendars import ALWAYS, NEVER
    >>> (ALWAYS & NEVER) == Combination("intersection", ALWAYS, NEVER)
    True
    """

    operation: str
    parts: tuple[Calendar, ...]
    _depth: int = attrs.field(init=False, eq=False)
    _size: int = attrs.field(init=False, eq=False)

    def __init__(self, operation: str, *parts: Calendar) -> None:
        """Take the operation and the calendars that it joins."""
        if not isinstance(operation, str) or operation not in _OPERATIONS:
            remedy = f"use {', '.join(_OPERATIONS)}"
            raise InvalidValue("unknown operation on calendars", operation, remedy)
        for part in parts:
            if not isinstance(part, Calendar):
                remedy = "write calendar | calendar, calendar & calendar, calendar - calendar"
                raise InvalidValue("not a calendar", part, remedy)
        if len(parts) < 2:
            raise InvalidValue(f"{operation} joins two calendars or more", parts, "give two")
        flat = tuple(_flat(operation, parts))
        depth, size = measured(flat)
        fields = {"operation": operation, "parts": flat, "_depth": depth, "_size": size}
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        self._start_engine()

    @property
    def zone(self) -> str:
        """Return the zone of the first part that has one of its own."""
        own = (part.zone for part in self.parts if not isinstance(part, Constant))
        return next(own, self.parts[0].zone)

    def _year_pairs(self, year: int) -> list[Pair]:
        pairs = [part._year_pairs(year) for part in self.parts]
        return _OPERATIONS[self.operation](pairs, year_bounds(year))

    def _without_holidays(self) -> Calendar:
        kept = len(self.parts) if self.operation != "difference" else 1
        parts = [part._without_holidays() for part in self.parts[:kept]]
        if all(new is old for new, old in zip(parts, self.parts, strict=False)):
            return self
        return Combination(self.operation, *parts, *self.parts[kept:])

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {"kind": self.operation, "parts": [part.to_json() for part in self.parts]}

    def __reduce__(self) -> tuple[object, ...]:
        return Combination, (self.operation, *self.parts)

    def __repr__(self) -> str:
        if _is_complement(self):
            first, parts = f"~{_bracketed(self.parts[1])}", self.parts[2:]
        else:
            first, parts = _bracketed(self.parts[0]), self.parts[1:]
        return f" {_SYMBOLS[self.operation]} ".join([first, *map(_bracketed, parts)])


def _is_complement(calendar: Combination) -> bool:
    return calendar.operation == "difference" and calendar.parts[0] == ALWAYS


def _flat(operation: str, parts: tuple[Calendar, ...]) -> Iterator[Calendar]:
    """Yield parts, and for a part of the same operation its own; `a - (b - c)` stays as it is."""
    for n, part in enumerate(parts):
        if n and operation == "difference":
            yield part
        elif isinstance(part, Combination) and part.operation == operation:
            yield from part.parts
        else:
            yield part


def _bracketed(calendar: Calendar) -> str:
    shown = repr(calendar)  # once: a second one a level would double with each level
    if not isinstance(calendar, Combination):
        return shown
    return shown if _is_complement(calendar) and len(calendar.parts) == 2 else f"({shown})"
