"""How regularly something comes back, as evidence for one cause.

Two unlike tickets that were linked by mistake lie anywhere in half a year. What one cause brings
back tends to come at like distances: a weekly job, a disk that fills up in ten days.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

__all__ = ["regularity"]

_DAY_US: Final = 86_400_000_000
_LONGEST_DAYS: Final = 60.0
"""Between a day and two months every distance is as likely, on a logarithmic scale."""

_STEPS: Final = 40
_SPREAD: Final = 0.3
"""Standard deviation of the logarithm: a week, give or take two days."""

_SHARES: Final = (0.7, 0.2, 0.1)
"""Of the next occurrence, of one after a missed one, of one out of order."""

_LEAST_DAYS: Final = 0.25
_MOST: Final = 3.0
"""Nats either way: regularity supports words, it does not replace them."""


def regularity(instants_us: Sequence[int], window_days: float) -> float:
    """Return how much likelier the distances are of one cause than of chance, in nats, -3 to 3.

    `instants_us` are in order of time, all within the window. Chance spreads as many evenly over
    the window. Fewer than three tell nothing: 0.
    """
    gaps = [
        max(_LEAST_DAYS, (later - earlier) / _DAY_US) for earlier, later in pairwise(instants_us)
    ]
    if len(gaps) < 2:
        return 0.0
    rate = len(instants_us) / window_days
    by_chance = [gap * rate * math.exp(-gap * rate) for gap in gaps]
    # Sums of logarithms: forty gaps would underflow as a product.
    ways = [_likelihood(gaps, by_chance, step) for step in range(_STEPS + 1)]
    best = max(ways)
    one_cause = best + math.log(math.fsum(math.exp(way - best) for way in ways) / len(ways))
    chance = math.fsum(math.log(max(each, 1e-300)) for each in by_chance)
    return max(-_MOST, min(_MOST, one_cause - chance))


def _likelihood(gaps: Sequence[float], by_chance: Sequence[float], step: int) -> float:
    """Return the logarithm of how likely the gaps are with one of the distances tried."""
    middle = step * math.log(_LONGEST_DAYS) / _STEPS
    usual, missed, odd = _SHARES
    total = 0.0
    for gap, chance in zip(gaps, by_chance, strict=True):
        place = math.log(gap)
        density = (
            usual * _normal(place - middle)
            + missed * _normal(place - middle - math.log(2))
            + odd * chance
        )
        total += math.log(max(density, 1e-300))
    return total


def _normal(distance: float) -> float:
    return math.exp(-0.5 * (distance / _SPREAD) ** 2) / (_SPREAD * math.sqrt(2 * math.pi))
