"""Kaplan-Meier: durations of which some have not ended yet (law M2).

The average of resolved tickets leaves out those that are still open, which are the long ones. Here
an open case counts as long as it has been watched, and drops out without having ended.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import exp, inf, log, sqrt
from typing import Final, Literal

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import finite, number, ratio, whole
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._special import normal_cdf, normal_quantile

__all__ = ["BandKind", "KaplanMeier", "SurvivalStep"]

BandKind = Literal["log-log", "plain"]
"""How an interval is made: on log(-log S), which stays within 0 and 1, or plus and minus."""

EQUAL: Final = 1e-12  # a curve at 0.5 must not miss its median by the last bit


@attrs.frozen
class SurvivalStep:
    """Hold the curve from one instant at which a case ended up to the next.

    `time` has the unit of the durations; `at_risk` cases were watched until then, `ended` of them
    ended there. `survival` is the share that lasts longer than `time`, `greenwood` the sum behind
    its standard error, `hazard` the cumulative hazard (Nelson-Aalen).

    >>> from itsm_core.metrics import KaplanMeier
    >>> first, *_ = KaplanMeier.of([2, 3, 3, 5], [True, True, False, True]).steps
    >>> f"{first.ended} of {first.at_risk} ended at {first.time}; {first.survival:.0%} last longer"
    '1 of 4 ended at 2.0; 75% last longer'
    >>> round(first.standard_error, 3)
    0.217
    """

    time: float
    at_risk: int
    ended: int
    survival: float
    greenwood: float
    hazard: float

    @property
    def standard_error(self) -> float:
        """Greenwood's standard error of `survival`; 0 where the curve has come to 0."""
        return self.survival * sqrt(self.greenwood) if self.survival else 0.0


@attrs.frozen
class KaplanMeier:
    """Hold the estimated share of cases that last longer than any time.

    Censoring must tell nothing about how long a case will take: "open at the end of the window"
    is such, "cancelled because it took too long" is not. All its times are in the unit of the
    durations of which it was made.

    >>> km = KaplanMeier.of([2, 3, 3, 5, 8, 10], [True, False, True, False, True, False])
    >>> [round(step.survival, 3) for step in km.steps]
    [0.833, 0.667, 0.333]
    """

    steps: tuple[SurvivalStep, ...]
    count: int
    longest: float
    """The longest time that any case was watched: beyond it nothing is known."""

    @classmethod
    def of(cls, durations: Iterable[float], ended: Iterable[bool]) -> KaplanMeier:
        """Estimate from durations, each with whether it ended or was only watched so long.

        At equal times cases end before others drop out. It takes one sort.

        Raises:
            InvalidValue: a duration that is negative or not finite, another number of flags, or
                no cases at all.

        References:
            E. L. Kaplan and P. Meier, JASA 53 (1958) 457-481.
        """
        times, flags = finite(durations, "a duration", least=0), tuple(ended)
        if len(times) != len(flags):
            remedy = "give each duration one flag"
            raise InvalidValue("not as many flags as durations", (len(times), len(flags)), remedy)
        told = ((time, bool(flag)) for time, flag in zip(times, flags, strict=True))
        return cls._made(Counter(told))

    @classmethod
    def of_counts(cls, counts: Iterable[tuple[float, int, int]]) -> KaplanMeier:
        """Estimate from counted durations: how many ended then, how many were only watched so long.

        A duration may come several times: counts of several tables are put one after another.

        Raises:
            InvalidValue: a duration that is negative or not finite, a count that is no whole number
                from 0 up, or no cases at all.

        >>> KaplanMeier.of_counts([(2, 1, 0), (3, 1, 1), (5, 0, 1)]).steps[-1].at_risk
        3
        """
        told: Counter[tuple[float, bool]] = Counter()
        for time, over, watched in counts:
            asked = number(time, "a duration", least=0)
            told[asked, True] += whole(over, "a count of cases that ended")
            told[asked, False] += whole(watched, "a count of cases that were watched")
        return cls._made(+told)

    @classmethod
    def _made(cls, counts: Mapping[tuple[float, bool], int]) -> KaplanMeier:
        if not counts:
            raise InvalidValue("no cases to estimate from", 0, "show that there are none")
        longest = max(time for time, _ in counts)
        return cls(steps=_steps(counts), count=sum(counts.values()), longest=longest)

    @property
    def ended(self) -> int:
        """The number of cases that ended; the others are censored."""
        return sum(step.ended for step in self.steps)

    def _last(self, time: float) -> SurvivalStep | None:
        place = bisect_right(self.steps, time, key=lambda step: step.time)
        return self.steps[place - 1] if place else None

    def survival(self, time: float) -> float | None:
        """Return the share that lasts longer than `time`; None beyond what was watched.

        Raises:
            InvalidValue: a time that is negative or not finite.
        """
        asked = number(time, "a time", least=0)
        step = self._last(asked)
        if asked > self.longest and (step is None or step.survival > 0):
            return None
        return step.survival if step else 1.0

    def interval(self, time: float, *, level: float = 0.95, kind: BandKind = "log-log") -> Interval:
        """Return the interval of the share that lasts longer than `time`, pointwise.

        Raises:
            InvalidValue: a time that is negative, a level outside (0, 1).
        """
        share = self.survival(time)
        method = f"Greenwood, {kind}"
        if share is None:
            return Interval(low=None, high=None, level=level, method=method)
        z = normal_quantile((1 + ratio(level, "a level")) / 2)
        place = bisect_right(self.steps, time, key=lambda step: step.time)
        near = self.steps[max(0, place - 2) : place]
        low, high = _bands(near, z, kind)[-1] if near else (1.0, 1.0)
        return Interval(low=low, high=high, level=level, method=method)

    def quantile(self, p: float) -> float | None:
        """Return the least time by which a share `p` has ended, or None if it never comes so far.

        None is an answer: too few cases have ended to tell. It is not the longest time seen.

        Raises:
            InvalidValue: `p` outside (0, 1).
        """
        return self._first_at(1 - ratio(p, "a quantile's share"))

    def _first_at(self, share: float) -> float | None:
        """Return the first time at which the curve is at or below a share."""
        place = bisect_left(self.steps, -share - EQUAL, key=lambda step: -step.survival)
        return self.steps[place].time if place < len(self.steps) else None

    def quantile_interval(
        self, p: float, *, level: float = 0.95, kind: BandKind = "log-log"
    ) -> Interval:
        """Return the times at which the curve's interval holds the quantile's share.

        Raises:
            InvalidValue: `p` or `level` outside (0, 1).

        References:
            R. Brookmeyer and J. Crowley, Biometrics 38 (1982) 29-41.
        """
        wanted = 1 - ratio(p, "a quantile's share")
        z = normal_quantile((1 + ratio(level, "a level")) / 2)
        low = high = None
        for step, (lower, upper) in zip(self.steps, _bands(self.steps, z, kind), strict=True):
            low = step.time if low is None and lower <= wanted + EQUAL else low
            high = step.time if high is None and upper <= wanted + EQUAL else high
        return Interval(low=low, high=high, level=level, method=f"Brookmeyer-Crowley, {kind}")

    def restricted_mean(self, limit: float, *, level: float = 0.95) -> tuple[float, Interval]:
        """Return the mean duration up to a limit, longer ones counting as the limit.

        Unlike a mean it exists while cases are open, and two groups compare at the same limit.
        The interval has no ends where no two cases differ: one case tells no spread.

        Raises:
            InvalidValue: a limit that is not above 0, or above what was watched.

        References:
            P. Royston and M. K. B. Parmar, BMC Med. Res. Meth. 13:152 (2013).
        """
        bound = number(limit, "a limit", above=0)
        if self.survival(bound) is None:
            remedy = f"use a limit up to {self.longest:g}, the longest time watched"
            raise InvalidValue("nothing is known so late", limit, remedy)
        area, variance = _area(self.steps, bound)
        half = normal_quantile((1 + ratio(level, "a level")) / 2) * sqrt(variance)
        unknown = Interval(low=None, high=None, level=level, method="Greenwood, plain")
        if not variance:
            return area, unknown
        low, high = max(0.0, area - half), min(bound, area + half)
        return area, attrs.evolve(unknown, low=low, high=high)

    def remaining(self, p: float, age: float) -> float | None:
        """Return the age by which a share `p` of the cases that reached `age` have ended.

        The conditional quantile: what to tell about a case that is open since `age`. None where
        too few were watched that long.

        Raises:
            InvalidValue: `p` outside (0, 1), an age that is negative.
        """
        share = self.survival(age)
        wanted = ratio(p, "a quantile's share")
        if not share:
            return None
        return self._first_at((1 - wanted) * share)


def _steps(counts: Mapping[tuple[float, bool], int]) -> tuple[SurvivalStep, ...]:
    """Walk once through the times; `counts` has those that ended then, and those that did not."""
    at_risk, survival, greenwood, hazard = sum(counts.values()), 1.0, 0.0, 0.0
    steps: list[SurvivalStep] = []
    for time, is_over in sorted(counts, key=lambda key: (key[0], not key[1])):
        number_ended = counts[time, is_over]
        left = at_risk - number_ended
        if not is_over:
            at_risk = left
            continue
        survival *= left / at_risk
        greenwood = greenwood + number_ended / (at_risk * left) if left else inf
        hazard += number_ended / at_risk
        steps.append(SurvivalStep(time, at_risk, number_ended, survival, greenwood, hazard))
        at_risk = left
    return tuple(steps)


def _bands(steps: Sequence[SurvivalStep], z: float, kind: BandKind) -> list[tuple[float, float]]:
    """Return the interval at each step; where the curve is at 0, Greenwood knows no upper end.

    There the one before holds, where several end together times the exact one of none left of so
    many: 400 that all end at the same time leave 0.9 %. A last one alone says no more than before.
    """
    bands: list[tuple[float, float]] = []
    for step in steps:
        if step.survival > 0:
            bands.append(_band(step, z, kind))
        else:
            none_left = 1 - normal_cdf(-z) ** (1 / step.at_risk) if step.at_risk > 1 else 1.0
            bands.append((0.0, (bands[-1][1] if bands else 1.0) * none_left))
    return bands


def _band(step: SurvivalStep, z: float, kind: BandKind) -> tuple[float, float]:
    share = step.survival
    if kind == "plain":
        half = z * step.standard_error
        return max(0.0, share - half), min(1.0, share + half)
    if kind != "log-log":
        raise InvalidValue("no kind of interval", kind, "use 'log-log' or 'plain'")
    spread = z * sqrt(step.greenwood) / log(share)  # negative, as the logarithm is
    return share ** exp(-spread), share ** exp(spread)


def _area(steps: Sequence[SurvivalStep], limit: float) -> tuple[float, float]:
    """Return the area under the curve up to a limit, and its variance (Greenwood)."""
    area, at, share = 0.0, 0.0, 1.0
    before: list[tuple[SurvivalStep, float]] = []
    for step in steps:
        if step.time >= limit:
            break
        area += share * (step.time - at)
        at, share = step.time, step.survival
        before.append((step, area))
    area += share * (limit - at)
    variance = 0.0
    for step, until in before:
        left = step.at_risk - step.ended
        if left:
            variance += (area - until) ** 2 * step.ended / (step.at_risk * left)
    return area, variance
