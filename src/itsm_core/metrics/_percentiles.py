"""Percentiles whose definition is stated: nine are in use, and they differ (law M2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil, floor, fsum, lgamma, log, log1p
from math import exp as exponential
from typing import Final, Literal, get_args

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import finite, ratio, whole
from itsm_core.metrics._interval import Interval

__all__ = [
    "QuantileKind",
    "conformal_rank",
    "least_sample",
    "order_coverage",
    "quantile",
    "quantile_interval",
]

QuantileKind = Literal[1, 2, 3, 4, 5, 6, 7, 8, 9]
"""The number of a definition in Hyndman and Fan: 6 is NIST's, 7 that of spreadsheets and NumPy."""

_PLOTTING: Final = {4: (0, 1), 5: (0.5, 0.5), 6: (0, 0), 7: (1, 1), 8: (1 / 3, 1 / 3)}
_PLOTTING_9: Final = (3 / 8, 3 / 8)
_ROUNDING: Final = 4 * 2.0**-52


def quantile(values: Iterable[float], p: float, *, kind: QuantileKind = 7) -> float:
    """Return the value below which a share `p` of the values lies, by one of nine definitions.

    Of two figures from different tools, the definition alone can explain the difference. Values of
    cases that are still open must not be left out: use `KaplanMeier.quantile` for durations.

    Raises:
        InvalidValue: no values, one that is not finite, `p` outside [0, 1], an unknown kind.

    References:
        R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, Am. Stat. 50 (1996).

    >>> quantile([1, 2, 3, 4], 0.5, kind=1), quantile([1, 2, 3, 4], 0.5)
    (2.0, 2.5)
    """
    ordered = sorted(finite(values, "a value"))
    share = ratio(p, "a quantile's share", closed=True)
    if not ordered:
        raise InvalidValue("nothing has no quantile", p, "show that there are no cases")
    checked_kind(kind)
    return _stepped(ordered, share, kind) if kind <= 3 else _interpolated(ordered, share, kind)


def checked_kind(kind: object) -> None:
    """Refuse what is none of the nine definitions."""
    if isinstance(kind, bool) or kind not in get_args(QuantileKind):
        raise InvalidValue("no definition of a quantile", kind, "use 1 to 9, as Hyndman and Fan")


def _stepped(ordered: Sequence[float], p: float, kind: int) -> float:
    place = len(ordered) * p - (0.5 if kind == 3 else 0.0)
    below = floor(place + _ROUNDING * max(1.0, place))
    is_whole = abs(place - below) <= _ROUNDING * max(1.0, place)
    low, high = _at(ordered, below), _at(ordered, below + 1)
    if not is_whole:
        return high
    if kind == 1:
        return low
    if kind == 2:
        return (low + high) / 2
    return low if below % 2 == 0 else high


def _interpolated(ordered: Sequence[float], p: float, kind: int) -> float:
    alpha, beta = _PLOTTING.get(kind, _PLOTTING_9)
    place = alpha + p * (len(ordered) + 1 - alpha - beta)
    below = floor(place + _ROUNDING * max(1.0, place))
    share = place - below
    share = 0.0 if abs(share) < _ROUNDING * max(1.0, place) else share
    low, high = _at(ordered, below), _at(ordered, below + 1)
    return low if share == 0.0 else low + share * (high - low)


def _at(ordered: Sequence[float], place: int) -> float:
    """Return the value of a rank from 1, the first and the last standing for what lies beyond."""
    return ordered[min(max(place, 1), len(ordered)) - 1]


def quantile_interval(values: Iterable[float], p: float, *, level: float = 0.95) -> Interval:
    """Return an interval of a quantile from two of the values, whatever their distribution.

    It covers at least `level`. An end is None where the cases are too few for one: the 99th
    percentile of 50 cases has no upper end, and `least_sample` says how many it takes.

    Raises:
        InvalidValue: no values, one that is not finite, `p` or `level` outside (0, 1).

    References:
        G. J. Hahn and W. Q. Meeker, Statistical Intervals, 5.2.

    >>> quantile_interval(range(100), 0.5).low
    39.0
    """
    ordered = sorted(finite(values, "a value"))
    share, tail = ratio(p, "a quantile's share"), (1 - ratio(level, "a level")) / 2
    if not ordered:
        raise InvalidValue("nothing has no quantile", p, "show that there are no cases")
    number, below, low, high = len(ordered), 0.0, 0, 0
    for hits in range(number + 1):  # `below` is the chance of fewer than `hits` below the quantile
        if below <= tail:
            low = hits
        if not high and below >= 1 - tail:
            high = hits
        below += _binomial(hits, number, share)
    return Interval(
        low=ordered[low - 1] if low else None,
        high=ordered[high - 1] if high else None,
        level=level,
        method="order statistics",
    )


def order_coverage(number: int, low: int, high: int, p: float = 0.5) -> float:
    """Return the chance that a quantile lies between the values of two ranks, from 1.

    Raises:
        InvalidValue: ranks that are not `1 <= low < high <= number`, `p` outside (0, 1).

    >>> round(order_coverage(10, 2, 9), 6)
    0.978516
    """
    total = whole(number, "a number of values", least=2)
    if not 1 <= whole(low, "a rank") < whole(high, "a rank") <= total:
        remedy = "rank the values from 1, low before high"
        raise InvalidValue("no two ranks of so many values", (low, high, number), remedy)
    share = ratio(p, "a quantile's share")
    return fsum(_binomial(hits, total, share) for hits in range(low, high))


def _binomial(hits: int, total: int, p: float) -> float:
    ways = lgamma(total + 1) - lgamma(hits + 1) - lgamma(total - hits + 1)
    return exponential(ways + hits * log(p) + (total - hits) * log1p(-p))


def least_sample(p: float, *, level: float = 0.95) -> int:
    """Return how many values it takes until the largest lies above the quantile, at this level.

    Below it a high percentile is a guess: a 99th of 50 tickets is the largest of them, or less.

    Raises:
        InvalidValue: `p` or `level` outside (0, 1).

    References:
        S. S. Wilks, Ann. Math. Stat. 12 (1941) 91-96.

    >>> least_sample(0.95), least_sample(0.99)
    (59, 299)
    """
    share, wanted = ratio(p, "a quantile's share"), ratio(level, "a level")
    return ceil(log1p(-wanted) / log(share))


def conformal_rank(number: int, miss_ratio: float) -> int:
    """Return the rank of the past value that the next one exceeds at most this often.

    A rank above `number` means that no past value is large enough: there is no promise to make.
    The ratio is read as it is written, so that 0.1 is a tenth and no more.

    Raises:
        InvalidValue: a negative number, a ratio outside (0, 1).

    References:
        V. Vovk and others, Algorithmic Learning in a Random World; A. N. Angelopoulos and
        S. Bates, A gentle introduction to conformal prediction (2021).

    >>> conformal_rank(19, 0.1), conformal_rank(18, 0.05)
    (18, 19)
    """
    seen = whole(number, "a number of values")
    kept = 1 - Fraction(repr(float(ratio(miss_ratio, "a ratio of misses"))))
    return ceil((seen + 1) * kept)
