"""How long cases take, read from what lately happened at every age (laws M2, D6).

A cohort of four weeks says nothing about the fifth week of a case, and what it says about the first
hour is up to four weeks old. A life table of a period has neither fault: each case counts for the
ages that it went through within the period, whenever it began. A kind with few cases of its own
borrows from the kind above it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import log, log1p
from typing import Final, Protocol

import attrs

__all__ = ["START", "BorrowedCurve", "Curve", "Exposure", "PeriodCurve", "Watched"]

START: Final = -1.0
"""The entry of who was watched from the start: below 0, so that an end at age 0 has cases."""
_CLOSE: Final = 1e-12


@attrs.frozen
class Exposure:
    """Hold the ages for which a case was watched, and whether it ended at the last of them."""

    entry: float
    leaving: float
    has_ended: bool


class Curve(Protocol):
    """Hold a cumulative hazard: minus the logarithm of the share that lasts longer than an age."""

    def hazard(self, age: float, /) -> float:
        """Return the cumulative hazard up to an age, that age included."""
        ...

    def age_at(self, hazard: float, /) -> float | None:
        """Return the least age with so much hazard, or None if it never comes so far."""
        ...


@attrs.frozen
class Watched:
    """Count how many were watched at an age: they came in before it, and left at it or later."""

    entries: tuple[float, ...]
    leavings: tuple[float, ...]

    @classmethod
    def of(cls, exposures: Sequence[Exposure]) -> Watched:
        """Return the counts of exposures."""
        return cls(
            tuple(sorted(each.entry for each in exposures)),
            tuple(sorted(each.leaving for each in exposures)),
        )

    def at(self, age: float) -> int:
        """Return how many were watched at an age."""
        return bisect_left(self.entries, age) - bisect_left(self.leavings, age)

    def after(self, age: float) -> int:
        """Return how many were watched just after an age."""
        return bisect_right(self.entries, age) - bisect_right(self.leavings, age)


def _ends(exposures: Sequence[Exposure]) -> dict[float, int]:
    """Return the ages at which cases ended, in order, with how many did."""
    counts: dict[float, int] = {}
    for each in sorted(each.leaving for each in exposures if each.has_ended):
        counts[each] = counts.get(each, 0) + 1
    return counts


def _rise(ended: int, watched: int) -> float:
    """Return what the end of some of those watched adds to the hazard."""
    return log(watched + 1) if ended == watched else -log1p(-ended / watched)


@attrs.frozen
class PeriodCurve:
    """Hold the curve of cases that borrow from nobody: Kaplan and Meier's, with late entries.

    Where all who were watched end at once, one more is taken to go on: the last of a few does not
    say that nothing ever takes longer.

    References:
        J. P. Klein and M. L. Moeschberger, Survival Analysis (2003), 4.6.
    """

    ages: tuple[float, ...]
    hazards: tuple[float, ...]
    watched: Watched

    @classmethod
    def of(cls, exposures: Sequence[Exposure]) -> PeriodCurve:
        """Return the curve of exposures; of none, one that never rises."""
        watched, ends = Watched.of(exposures), _ends(exposures)
        rises = (_rise(ended, watched.at(age)) for age, ended in ends.items())
        return cls(tuple(ends), tuple(accumulate(rises)), watched)

    def hazard(self, age: float, /) -> float:
        """Return the cumulative hazard up to an age, that age included."""
        place = bisect_right(self.ages, age)
        return self.hazards[place - 1] if place else 0.0

    def age_at(self, hazard: float, /) -> float | None:
        """Return the least age with so much hazard, or None if it never comes so far."""
        place = bisect_left(self.hazards, hazard - _CLOSE)
        return self.ages[place] if place < len(self.ages) else None


@attrs.frozen
class BorrowedCurve:
    """Hold the curve of a kind that counts, at every age, some cases of the kind above as its own.

    Hazards are mixed, not curves: what is late in a kind that is quick at first is still late.

    Between two of `ages` the number watched stays the same, and with it the share that is
    borrowed: `shares` has it for the stretch that ends at each age, `borrowed` the hazard of the
    curve above there, `hazards` the kind's own. After the last, everything is borrowed.
    """

    above: Curve
    ages: tuple[float, ...]
    shares: tuple[float, ...]
    borrowed: tuple[float, ...]
    hazards: tuple[float, ...]
    watched: Watched

    @classmethod
    def of(cls, exposures: Sequence[Exposure], above: Curve, weight: float) -> BorrowedCurve:
        """Return the curve of exposures with so many cases of the curve above."""
        watched, ends = Watched.of(exposures), _ends(exposures)
        inner = {each.entry for each in exposures if each.entry >= 0}
        ages = tuple(sorted(inner.union(each.leaving for each in exposures)))
        shares: list[float] = []
        borrowed: list[float] = []
        hazards: list[float] = []
        before = hazard = 0.0
        for age in ages:
            mass = watched.at(age) + weight
            up_to = above.hazard(age)
            hazard += weight / mass * (up_to - before) - log1p(-ends.get(age, 0) / mass)
            shares.append(weight / mass)
            borrowed.append(up_to)
            hazards.append(hazard)
            before = up_to
        return cls(above, ages, tuple(shares), tuple(borrowed), tuple(hazards), watched)

    def _before(self, place: int) -> tuple[float, float, float]:
        """Return hazard, the hazard above, and the share borrowed, where a stretch begins."""
        share = self.shares[place] if place < len(self.ages) else 1.0
        if not place:
            return 0.0, 0.0, share
        return self.hazards[place - 1], self.borrowed[place - 1], share

    def hazard(self, age: float, /) -> float:
        """Return the cumulative hazard up to an age, that age included."""
        place = bisect_left(self.ages, age)
        if place < len(self.ages) and self.ages[place] == age:
            return self.hazards[place]
        hazard, above, share = self._before(place)
        return hazard + share * (self.above.hazard(age) - above)

    def age_at(self, hazard: float, /) -> float | None:
        """Return the least age with so much hazard, or None if it never comes so far."""
        place = bisect_left(self.hazards, hazard - _CLOSE)
        start, above, share = self._before(place)
        found = self.above.age_at(above + (hazard - start) / share)
        if place == len(self.ages):
            return found
        end = self.ages[place]
        return end if found is None else min(found, end)
