"""What every figure checks of what it is given: counts, numbers, ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, cast

from itsm_core.errors import InvalidValue

__all__ = ["finite", "number", "ratio", "series", "whole"]

_MOST: Final = 2**53
"""Beyond it a float skips whole numbers: no count of cases is so large."""
_LARGEST: Final = 1e100
"""Nobody measures more, and the squares of many such numbers still have a sum."""


def whole(value: object, what: str, *, least: int = 0) -> int:
    """Return a whole number from `least` up; a bool or a float is none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidValue(f"{what} is a whole number from {least}", value, "count the cases")
    if value > _MOST:
        message = f"{what} has no more than 15 digits"
        raise InvalidValue(message, f"{value.bit_length()} bits", "count the cases")
    return value


def _float(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def number(
    value: object, what: str, *, above: float = -math.inf, least: float = -math.inf
) -> float:
    """Return a number up to 1e100 either way, greater than `above` and not below `least`."""
    told = _float(value)
    if told is not None and math.isfinite(told) and abs(told) > _LARGEST:
        remedy = "use a larger unit, or correct it: beyond 1e100 sums and squares overflow"
        raise InvalidValue(f"{what} is too large to reckon with", value, remedy)
    if told is None or not math.isfinite(told) or told <= above or told < least:
        bound = f" above {above:g}" if above > -math.inf else ""
        bound += f" from {least:g}" if least > -math.inf else ""
        raise InvalidValue(f"{what} is a finite number{bound}", value, "leave out what is unknown")
    return told


def ratio(value: object, what: str, *, closed: bool = False) -> float:
    """Return a share between 0 and 1, both left out unless `closed`."""
    told = _float(value)
    if told is None or not (0 <= told <= 1 if closed else 0 < told < 1):
        ends = "from 0 to 1" if closed else "between 0 and 1"
        raise InvalidValue(f"{what} lies {ends}", value, "write 95 % as 0.95")
    return told


def finite(values: Iterable[object], what: str, *, least: float = -math.inf) -> tuple[float, ...]:
    """Return finite numbers not below `least` as a tuple; the first that is none is named."""
    told = tuple(values)
    floats = cast("tuple[float, ...]", told) if {float}.issuperset(map(type, told)) else ()
    # One sum and its ends in C: a sum is finite only if all are, but for one that overflows.
    if (
        floats
        and math.isfinite(sum(floats))
        and max(floats) <= _LARGEST
        and min(floats) >= max(least, -_LARGEST)
    ):
        return floats
    return tuple(number(each, what, least=least) for each in told)


def series(values: Iterable[object], what: str, *, fewest: int) -> tuple[float, ...]:
    """Return at least `fewest` finite numbers, in their order."""
    told = finite(values, "a value")
    if len(told) < fewest:
        remedy = f"wait for {fewest} of them"
        raise InvalidValue(f"too few for this chart: {what}", len(told), remedy)
    return told
