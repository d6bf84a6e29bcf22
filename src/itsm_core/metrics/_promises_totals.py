"""The interval of a share that is one total over another, from the parts of both (law M2)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, sqrt

from itsm_core.metrics._interval import Interval
from itsm_core.metrics._special import beta_quantile

__all__ = ["totals_interval"]


def totals_interval(
    pairs: Sequence[tuple[float, float]], *, level: float = 0.95, most: float = inf
) -> Interval:
    """Return the interval of sum(first) / sum(second), from 0 to `most`, by how the pairs differ.

    One pair shows no difference: both ends are None.

    References:
        W. G. Cochran, Sampling Techniques (1977), 6.3.
    """
    method, number_of = "ratio of totals", len(pairs)
    total = sum(weight for _, weight in pairs)
    if number_of < 2 or not total:
        return Interval(low=None, high=None, level=level, method=method)
    share = sum(value for value, _ in pairs) / total
    spread = sum((value - share * weight) ** 2 for value, weight in pairs)
    error = sqrt(number_of / (number_of - 1) * spread) / total
    # Student's t with nu degrees: nu / (nu + t * t) is a beta variable.
    nu = number_of - 1
    x = beta_quantile(1 - level, nu / 2, 0.5)
    half = sqrt(nu * (1 - x) / x) * error
    return Interval(
        low=max(0.0, share - half), high=min(most, share + half), level=level, method=method
    )
