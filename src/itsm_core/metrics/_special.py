"""Distribution functions that the standard library lacks, to about twelve digits.

Quantiles are found by halving: slower than a series, and right wherever the function is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Final

from itsm_core.errors import InvalidValue

__all__ = [
    "beta_cdf",
    "beta_quantile",
    "chi_square_tail",
    "gamma_cdf",
    "gamma_quantile",
    "normal_cdf",
    "normal_quantile",
]

_NORMAL: Final = NormalDist()
_TINY: Final = 1e-300
_CLOSE: Final = 1e-15
_MOST_TERMS: Final = 200_000
"""Terms grow with the root of the parameters: these serve parameters up to about 10^9."""

normal_cdf = _NORMAL.cdf
normal_quantile = _NORMAL.inv_cdf


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the chance that a Beta(a, b) variable is at most `x`, by Lentz's continued fraction.

    References:
        W. H. Press and others, Numerical Recipes, 6.4.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on this side only
        return 1.0 - beta_cdf(1 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x)
    front = math.exp(log + b * math.log1p(-x)) / a

    def coefficient(step: int) -> float:
        m = step // 2
        if step % 2 == 0:
            return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))

    return min(1.0, front / _fraction(coefficient))


def _fraction(coefficient: Callable[[int], float]) -> float:
    """Return 1 + c(1)/(1 + c(2)/(1 + ...)) by Lentz's method."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, _MOST_TERMS):
        term = coefficient(step)
        d = 1.0 / ((1.0 + term * d) or _TINY)
        c = (1.0 + term / c) or _TINY
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            return value
    raise InvalidValue("no distribution to this precision", _MOST_TERMS, "use smaller counts")


def gamma_cdf(x: float, shape: float) -> float:
    """Return the chance that a Gamma(shape) variable of scale 1 is at most `x`."""
    if x <= 0:
        return 0.0
    return 1.0 - _gamma_upper(x, shape) if x > shape + 1 else _gamma_lower(x, shape)


def _gamma_front(x: float, shape: float) -> float:
    return math.exp(shape * math.log(x) - x - math.lgamma(shape))


def _gamma_lower(x: float, shape: float) -> float:
    term = total = 1.0 / shape
    for step in range(1, _MOST_TERMS):
        term *= x / (shape + step)
        total += term
        if term < total * _CLOSE:
            return min(1.0, total * _gamma_front(x, shape))
    raise InvalidValue("no distribution to this precision", _MOST_TERMS, "use smaller counts")


def _gamma_upper(x: float, shape: float) -> float:
    b = x + 1.0 - shape
    c, d = 1.0 / _TINY, 1.0 / b
    value = d
    for step in range(1, _MOST_TERMS):
        term = -step * (step - shape)
        b += 2.0
        d = 1.0 / ((term * d + b) or _TINY)
        c = (b + term / c) or _TINY
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            return min(1.0, value * _gamma_front(x, shape))
    raise InvalidValue("no distribution to this precision", _MOST_TERMS, "use smaller counts")


def chi_square_tail(value: float, degrees: int) -> float:
    """Return the chance of this value or more; it keeps its precision far out."""
    x, shape = value / 2, degrees / 2
    if x <= 0:
        return 1.0
    return _gamma_upper(x, shape) if x > shape + 1 else 1.0 - _gamma_lower(x, shape)


def beta_quantile(p: float, a: float, b: float) -> float:
    """Return where a Beta(a, b) variable lies below with chance `p`."""
    return _halved(lambda x: beta_cdf(x, a, b), p, 0.0, 1.0)


def gamma_quantile(p: float, shape: float) -> float:
    """Return where a Gamma(shape) variable of scale 1 lies below with chance `p`."""
    high = shape + 1.0
    while gamma_cdf(high, shape) < p:
        high *= 2
    return _halved(lambda x: gamma_cdf(x, shape), p, 0.0, high)


def _halved(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    while True:
        middle = (low + high) / 2
        if not low < middle < high or high - low < _CLOSE * high:
            return middle
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
