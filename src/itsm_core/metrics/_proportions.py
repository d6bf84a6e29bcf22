"""Intervals of rates and counts, and of the difference of two rates (law M2).

"Plus or minus two standard errors" claims certainty from three of three. None of these does.
"""

from __future__ import annotations

from math import sqrt

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio, whole
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._special import beta_quantile, gamma_quantile, normal_quantile

__all__ = [
    "clopper_pearson",
    "difference_interval",
    "poisson_interval",
    "upper_bound",
    "wilson",
]


def _counted(successes: object, trials: object, level: object) -> tuple[int, int, float]:
    hits, total = whole(successes, "a count of successes"), whole(trials, "a count of trials")
    if hits > total:
        remedy = "count the successes among the trials"
        raise InvalidValue("more successes than trials", (hits, total), remedy)
    return hits, total, ratio(level, "a level")


def wilson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Return the score interval of a rate: the usual choice for a table of rates.

    No trials tell nothing: from 0 to 1. It covers its level on average, not for every true rate;
    where a promise hangs on it, use `clopper_pearson`.

    Raises:
        InvalidValue: negative counts, more successes than trials, a level outside (0, 1).

    References:
        E. B. Wilson, JASA 22 (1927) 209-212; R. G. Newcombe, Stat. Med. 17 (1998), method 3.

    >>> told = wilson(15, 148)
    >>> round(told.low, 4), round(told.high, 4)
    (0.0624, 0.1605)
    """
    hits, total, level = _counted(successes, trials, level)
    low, high = _wilson(hits, total, level)
    return Interval(low=low, high=high, level=level, method="Wilson")


def _wilson(hits: int, total: int, level: float) -> tuple[float, float]:
    if total == 0:
        return 0.0, 1.0
    z = normal_quantile((1 + level) / 2)
    rate, scale = hits / total, 1 + z * z / total
    centre = (rate + z * z / (2 * total)) / scale
    half = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / scale
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    return low, 1.0 if hits == total else min(1.0, centre + half)


def clopper_pearson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Return the exact interval of a rate: never below its level, hence wider than Wilson's.

    Raises:
        InvalidValue: negative counts, more successes than trials, a level outside (0, 1).

    References:
        C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404-413.

    >>> found = clopper_pearson(8, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.444, 0.975)
    """
    hits, total, level = _counted(successes, trials, level)
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else beta_quantile(tail, hits, total - hits + 1)
    high = 1.0 if hits == total else beta_quantile(1 - tail, hits + 1, total - hits)
    return Interval(low=low, high=high, level=level, method="Clopper-Pearson")


def upper_bound(successes: int, trials: int, *, level: float = 0.95) -> float:
    """Return the exact one-sided upper bound of a rate: what "no breach in 100" allows.

    Raises:
        InvalidValue: negative counts, more successes than trials, a level outside (0, 1).

    References:
        J. A. Hanley and A. Lippman-Hand, JAMA 249 (1983): the rule of three is 3/n.

    >>> round(upper_bound(0, 100), 4)
    0.0295
    """
    hits, total, level = _counted(successes, trials, level)
    return 1.0 if hits == total else beta_quantile(level, hits + 1, total - hits)


def difference_interval(
    one: tuple[int, int], other: tuple[int, int], *, level: float = 0.95
) -> Interval:
    """Return the interval of the first rate minus the second, each as (successes, trials).

    For two separate groups: before and after a campaign, two teams. Not for the same tickets
    judged twice. An interval that holds 0 says that the difference may be chance.

    Raises:
        InvalidValue: negative counts, more successes than trials, a level outside (0, 1), or a
            group without trials.

    References:
        R. G. Newcombe, Stat. Med. 17 (1998) 873-890, method 10.

    >>> told = difference_interval((56, 70), (48, 80))
    >>> round(told.low, 4), round(told.high, 4)
    (0.0524, 0.3339)
    """
    hits, total, level = _counted(*one, level)
    hits_2, total_2, _ = _counted(*other, level)
    if not total or not total_2:
        raise InvalidValue("a group without trials has no rate", (one, other), "leave it out")
    p, q = hits / total, hits_2 / total_2
    (low_p, high_p), (low_q, high_q) = _wilson(hits, total, level), _wilson(hits_2, total_2, level)
    return Interval(
        low=p - q - sqrt((p - low_p) ** 2 + (high_q - q) ** 2),
        high=p - q + sqrt((high_p - p) ** 2 + (q - low_q) ** 2),
        level=level,
        method="Newcombe",
    )


def poisson_interval(count: int, *, exposure: float = 1.0, level: float = 0.95) -> Interval:
    """Return the exact interval of the rate behind a count, per unit of exposure.

    Raises:
        InvalidValue: a negative count, no exposure, a level outside (0, 1).

    References:
        F. Garwood, Biometrika 28 (1936) 437-442.

    >>> found = poisson_interval(4)
    >>> round(found.low, 2), round(found.high, 2)
    (1.09, 10.24)
    """
    seen = whole(count, "a count")
    over = number(exposure, "an exposure", above=0)
    tail = (1 - ratio(level, "a level")) / 2
    low = 0.0 if seen == 0 else gamma_quantile(tail, seen)
    high = gamma_quantile(1 - tail, seen + 1)
    return Interval(low=low / over, high=high / over, level=level, method="Garwood")
