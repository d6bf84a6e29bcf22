"""Calendars out of calendars: union, intersection, difference, complement (law C7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import attrs

from itsm_core.calendars._calendar import Calendar
from itsm_core.calendars._compile import year_bounds
from itsm_core.errors import InvalidValue
from itsm_core.spans import Pair, complemented, intersected, merged

Operation = Literal["union", "intersection", "difference"]

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


def _union(a: list[Pair], b: list[Pair], _year: Pair) -> list[Pair]:
    return merged((*a, *b))


def _intersection(a: list[Pair], b: list[Pair], _year: Pair) -> list[Pair]:
    return intersected(a, b)


def _difference(a: list[Pair], b: list[Pair], year: Pair) -> list[Pair]:
    return intersected(a, complemented(b, *year))


_OPERATIONS: Final[dict[str, Callable[[list[Pair], list[Pair], Pair], list[Pair]]]] = {
    "union": _union,
    "intersection": _intersection,
    "difference": _difference,
}


@attrs.frozen(repr=False)
class Combination(Calendar):
    """Hold two calendars joined by a set operation on instants; write it `a | b`, `a & b`, `a - b`.

    Zones need not agree. Local days, for goals in working days, are those of `left` (of `right`
    where `left` is a constant).
    """

    operation: str
    left: Calendar
    right: Calendar

    def __attrs_post_init__(self) -> None:
        if self.operation not in _OPERATIONS:
            remedy = f"use {', '.join(_OPERATIONS)}"
            raise InvalidValue("unknown operation on calendars", self.operation, remedy)
        self._start_engine()

    @property
    def zone(self) -> str:
        """Return the zone of the left calendar, or of the right one if that has none."""
        return (self.right if isinstance(self.left, Constant) else self.left).zone

    def _year_pairs(self, year: int) -> list[Pair]:
        left, right = self.left._year_pairs(year), self.right._year_pairs(year)
        return _OPERATIONS[self.operation](left, right, year_bounds(year))

    def _without_holidays(self) -> Calendar:
        left, right = self.left._without_holidays(), self.right
        if self.operation != "difference":
            right = right._without_holidays()
        if left is self.left and right is self.right:
            return self
        return Combination(self.operation, left, right)

    def to_json(self) -> dict[str, object]:
        """Return the definition as JSON-ready data."""
        return {
            "kind": self.operation,
            "left": self.left.to_json(),
            "right": self.right.to_json(),
        }

    def __reduce__(self) -> tuple[object, ...]:
        return Combination, (self.operation, self.left, self.right)

    def __repr__(self) -> str:
        if self.operation == "difference" and self.left == ALWAYS:
            return f"~{_bracketed(self.right)}"
        return f"{_bracketed(self.left)} {_SYMBOLS[self.operation]} {_bracketed(self.right)}"


def _bracketed(calendar: Calendar) -> str:
    shown = repr(calendar)  # once: a second one a level would double with each level
    compound = isinstance(calendar, Combination) and not shown.startswith("~")
    return f"({shown})" if compound else shown
