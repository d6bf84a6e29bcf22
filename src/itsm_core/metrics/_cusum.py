"""The cumulative sum chart, and how long it runs until it signals (law M3)."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, series
from itsm_core.metrics._special import normal_cdf

__all__ = ["Cusum", "cusum_chart", "cusum_run_length"]

_STATES: Final = 120
"""States of the Markov chain: run lengths of some hundreds come out to 0.1 %."""
_LONGEST: Final = 1e12
"""A longer run is lost in rounding: one minus the chance to go on has no digits left."""


@attrs.frozen(kw_only=True)
class Cusum:
    """Hold the sums of what lies above and below the target, and the first signal's place or None.

    A sum that starts to climb shows when the change began, not only that there was one.

    >>> from itsm_core.metrics import cusum_chart
    >>> told = cusum_chart([20, 21, 19, 22, 22, 22, 23], target=20, allowance=0.5, limit=4)
    >>> told.high
    (0.0, 0.5, 0.0, 1.5, 3.0, 4.5, 7.0)
    >>> told.first_signal
    5
    """

    values: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    limit: float
    first_signal: int | None


def cusum_chart(values: Iterable[float], *, target: float, allowance: float, limit: float) -> Cusum:
    """Return both sums: each adds what exceeds the target by more than `allowance`, never below 0.

    All three are in the values' unit. Half the shift to be found is the usual allowance, four or
    five sigmas the usual limit; `cusum_run_length` says what they cost. `first_signal` counts
    from 0, and a sum signals above the limit, not at it.

    Raises:
        InvalidValue: no values, one that is not finite, a negative allowance, a limit not above 0.

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.3.

    >>> told = cusum_chart([0.0, 1.0, 2.0, 3.0], target=0.0, allowance=0.5, limit=4.0)
    >>> told.high, told.first_signal
    ((0.0, 0.5, 2.0, 4.5), 3)
    """
    told = series(values, "values", fewest=1)
    slack = number(allowance, "an allowance", least=0)
    bound, middle = number(limit, "a limit", above=0), number(target, "a target")
    high, low, first = [0.0], [0.0], None
    for place, value in enumerate(told):
        high.append(max(0.0, high[-1] + value - middle - slack))
        low.append(max(0.0, low[-1] + middle - value - slack))
        if first is None and max(high[-1], low[-1]) > bound:
            first = place
    return Cusum(
        values=told, high=tuple(high[1:]), low=tuple(low[1:]), limit=bound, first_signal=first
    )


def cusum_run_length(*, allowance: float, limit: float, shift: float = 0.0) -> float:
    """Return after how many points a two-sided chart signals on average, all in sigmas.

    With no shift it is the time between false alarms. Values are taken as normal and independent.

    Raises:
        InvalidValue: a negative allowance, a limit that is not above 0, a shift that is not finite,
            or a run too long for arithmetic.

    References:
        D. Brook and D. A. Evans, Biometrika 59 (1972) 539-549.

    >>> round(cusum_run_length(allowance=0.5, limit=4, shift=1), 2)
    8.38
    """
    slack = number(allowance, "an allowance", least=0)
    bound, away = number(limit, "a limit", above=0), number(shift, "a shift")
    signals = 1 / _one_sided(slack - away, bound) + 1 / _one_sided(slack + away, bound)
    if not signals:
        raise InvalidValue("a run too long to compute", (allowance, limit), "lower the limit")
    return 1 / signals


def _one_sided(drift: float, limit: float) -> float:
    """Return the mean run of one sum: the Markov chain over `_STATES` slices of it."""
    width = 2 * limit / (2 * _STATES - 1)
    edges = [normal_cdf((step + 0.5) * width + drift) for step in range(-_STATES, _STATES)]
    rows: list[list[float]] = []
    for start in range(_STATES):
        row = [-edges[_STATES - start]]
        for end in range(1, _STATES):
            at = end - start + _STATES
            row.append(edges[at - 1] - edges[at])
        row[start] += 1.0
        rows.append([*row, 1.0])
    return _first_unknown(rows)


def _first_unknown(rows: list[list[float]]) -> float:
    """Return the first unknown of a system, eliminating from the last: no pivoting is needed.

    One minus a chain that leaves is an M-matrix. Runs of which no digit would be right are
    infinite.
    """
    for place in reversed(range(1, len(rows))):
        pivot = rows[place]
        if pivot[place] <= 0:
            return inf  # in so many digits, nothing ever leaves this state
        for row in rows[:place]:
            factor = row[place] / pivot[place]
            if factor:
                for column in range(place):
                    row[column] -= factor * pivot[column]
                row[-1] -= factor * pivot[-1]
    length = rows[0][-1] / rows[0][0] if rows[0][0] > 0 else inf
    return length if length < _LONGEST else inf
