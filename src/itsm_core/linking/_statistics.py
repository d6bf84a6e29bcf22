"""The tests behind problem candidates and storms, in pure Python.

All are exact but `rayleigh_p`, an approximation that its docstring names. Nothing here knows of
tickets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from itsm_core.errors import InvalidValue

__all__ = [
    "benjamini_hochberg",
    "binomial_at_least",
    "poisson_at_least",
    "poisson_binomial_at_least",
    "rayleigh",
    "two_sided_binomial",
]

_NEGLIGIBLE: Final = 1e-17
"""A term so much smaller than the sum no longer changes a float."""


def poisson_at_least(count: int, expected: float) -> float:
    """Return the chance of `count` or more events where `expected` are expected.

    It keeps its relative precision far out in the tail, where one minus the rest would be zero.

    Raises:
        InvalidValue: `expected` is negative or no number.

    >>> f"{poisson_at_least(4, 0.05):.3g}"
    '2.5e-07'
    """
    if not 0 <= expected < math.inf:
        raise InvalidValue("an expectation is a number from 0 up", expected, "count, then divide")
    if count <= 0:
        return 1.0
    if expected == 0:
        return 0.0
    if count > expected:
        return _poisson_sum(count, expected, up=True)
    return max(0.0, 1.0 - _poisson_sum(count - 1, expected, up=False))


def _poisson_sum(start: int, expected: float, *, up: bool) -> float:
    """Return the sum of the point chances from `start` on, away from the expectation."""
    term = math.exp(start * math.log(expected) - expected - math.lgamma(start + 1))
    total, count = 0.0, start
    while term > total * _NEGLIGIBLE:
        total += term
        if up:
            count += 1
            term *= expected / count
        elif count == 0:
            break
        else:
            term *= count / expected
            count -= 1
    return min(1.0, total)


def binomial_at_least(count: int, trials: int, chance: float) -> float:
    """Return the chance of `count` or more successes in `trials`, each with this `chance`.

    Raises:
        InvalidValue: negative trials, or a chance outside `[0, 1]`.
    """
    if trials < 0 or not 0 <= chance <= 1:
        remedy = "use trials from 0 and a chance from 0 to 1"
        raise InvalidValue("no binomial distribution", (trials, chance), remedy)
    if count <= 0:
        return 1.0
    return min(1.0, math.fsum(_binomial(n, trials, chance) for n in range(count, trials + 1)))


def two_sided_binomial(count: int, trials: int, chance: float) -> float:
    """Return the chance of an outcome that is no likelier than `count` (the exact test)."""
    here = _binomial(count, trials, chance) * (1 + 1e-7)  # ties must not be lost to rounding
    every = (_binomial(n, trials, chance) for n in range(trials + 1))
    return min(1.0, math.fsum(each for each in every if each <= here))


def _binomial(count: int, trials: int, chance: float) -> float:
    if chance in {0.0, 1.0}:
        return float(count == trials * chance)
    log = (
        math.lgamma(trials + 1)
        - math.lgamma(count + 1)
        - math.lgamma(trials - count + 1)
        + count * math.log(chance)
        + (trials - count) * math.log1p(-chance)
    )
    return math.exp(log)


def poisson_binomial_at_least(count: int, chances: Sequence[float]) -> float:
    """Return the chance that `count` or more of independent events happen, each with its own.

    Quadratic in their number.

    Raises:
        InvalidValue: a chance lies outside `[0, 1]`.

    >>> poisson_binomial_at_least(2, [0.5, 0.5, 0.5])
    0.5
    """
    if count <= 0:
        return 1.0
    below = [1.0] + [0.0] * (count - 1)  # the chance of exactly 0, 1 ... count - 1 so far
    for chance in chances:
        if not 0 <= chance <= 1:
            raise InvalidValue("a chance lies from 0 to 1", chance, "divide by the total")
        for number in range(count - 1, 0, -1):
            below[number] += chance * (below[number - 1] - below[number])
        below[0] *= 1 - chance
    return min(1.0, max(0.0, 1.0 - math.fsum(below)))


def rayleigh(phases: Sequence[float]) -> tuple[float, float]:
    """Return how concentrated phases in `[0, 1)` are, 0 to 1, and the chance of as much by chance.

    The chance is that of phases from all around the circle: what does not arrive evenly has to be
    mapped first (`Profile.phase`), or office hours look like a rhythm. No phases: (0, 1).

    References:
        J. H. Zar, Biostatistical Analysis, 27.1: an approximation good to 0.001 from five on.
    """
    number = len(phases)
    if not number:
        return 0.0, 1.0
    turns = [2 * math.pi * phase for phase in phases]
    length = math.hypot(math.fsum(map(math.cos, turns)), math.fsum(map(math.sin, turns)))
    exponent = math.sqrt(1 + 4 * number + 4 * max(0.0, number**2 - length**2)) - (1 + 2 * number)
    return min(1.0, length / number), min(1.0, math.exp(exponent))


def benjamini_hochberg(chances: Sequence[float]) -> tuple[float, ...]:
    """Return each chance adjusted for having looked at all of them, in the same order.

    Whoever believes those up to 0.1 errs in a tenth of what they believe, not of what they look at.

    References:
        Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, JRSS B 57 (1995).

    >>> benjamini_hochberg([0.01, 0.5, 0.02])
    (0.03, 0.5, 0.03)
    """
    order = sorted(range(len(chances)), key=lambda place: -chances[place])
    adjusted, least = [1.0] * len(chances), 1.0
    for rank, place in zip(range(len(chances), 0, -1), order, strict=True):
        least = min(least, chances[place] * len(chances) / rank)
        adjusted[place] = least
    return tuple(adjusted)
