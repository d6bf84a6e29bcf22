"""Random draws that are the same on every Python: only `Random.random` is asked.

The other methods of `random.Random` have changed between versions of Python; `random()` after an
integer seed has not. Durations are rounded to whole seconds, so that the last bit of a
platform's `exp` cannot show.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

__all__ = ["Draws", "Urn"]

_T = TypeVar("_T")


class Urn(Generic[_T]):
    """Hold values with weights, to be drawn with replacement in logarithmic time."""

    def __init__(self, weighted: Sequence[tuple[_T, float]]) -> None:
        self._values = [value for value, _ in weighted]
        self._bounds = list(accumulate(weight for _, weight in weighted))

    def at(self, share: float) -> _T:
        """Return the value at `share`, in `[0, 1)`, of the total weight."""
        place = bisect(self._bounds, share * self._bounds[-1])
        return self._values[min(place, len(self._values) - 1)]


class Draws:
    """Draw shares, members, weighted values and log-normal durations from one seeded source."""

    def __init__(self, source: Random) -> None:
        self._next = source.random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._next() < probability

    def between(self, low: float, high: float) -> float:
        """Return a number from `[low, high)`, each as likely."""
        return low + (high - low) * self._next()

    def below(self, count: int) -> int:
        """Return a whole number from 0 to `count` - 1, each as likely."""
        return int(self._next() * count)

    def pick(self, members: Sequence[_T]) -> _T:
        """Return one member, each as likely."""
        return members[int(self._next() * len(members))]

    def weighted(self, urn: Urn[_T]) -> _T:
        """Return one value of the urn, by its weight."""
        return urn.at(self._next())

    def minutes(self, median: float, spread: float) -> timedelta:
        """Return a log-normal duration in whole seconds, at least one.

        `median` is in minutes; `spread` is the standard deviation of the logarithm: 1.0 means
        that one in six takes longer than 2.7 times the median. The normal deviate is the sum of
        twelve uniform ones, hence within six standard deviations.
        """
        source = self._next
        deviate = sum(source() for _ in range(12)) - 6.0
        return timedelta(seconds=max(1, round(median * 60 * math.exp(spread * deviate))))
