"""Estimates of many small groups, drawn towards what they have in common (law M2).

Among two hundred agents the best and the worst raw figures are those of agents with one ticket.
The prior is learned from all of them, and a figure moves the further the less stands behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import exp, fsum, lgamma, log
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio, series, whole
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._special import beta_quantile, gamma_quantile

__all__ = ["BetaPrior", "GammaPrior", "james_stein"]

_STRONGEST: Final = 1e5
"""Cases a prior may weigh: groups that differ by chance alone would else give infinity."""
_WEAKEST: Final = 1e-2
_GOLDEN: Final = (5**0.5 - 1) / 2
_STEPS: Final = 40


@attrs.frozen(kw_only=True)
class BetaPrior:
    """Hold what is known of a share before its own cases: as `a` successes and `b` failures.

    Raises:
        InvalidValue: successes or failures that are not above 0.

    >>> from itsm_core.metrics import Rate
    >>> prior = BetaPrior(a=8.0, b=2.0)
    >>> [round(prior.mean(Rate(successes=n, trials=n)), 3) for n in (0, 1, 10, 100)]
    [0.8, 0.818, 0.9, 0.982]
    """

    a: float
    b: float

    def __attrs_post_init__(self) -> None:
        number(self.a, "a prior's successes", above=0)
        number(self.b, "a prior's failures", above=0)

    @classmethod
    def fitted(cls, rates: Iterable[Rate]) -> BetaPrior:
        """Learn the prior from all groups, by the largest likelihood of their counts.

        Groups without cases say nothing. Where the groups differ by no more than chance, the prior
        weighs 100,000 cases and everybody is drawn to the same figure: that is the finding.

        Raises:
            InvalidValue: fewer than two groups with cases, or nothing but successes or failures.
        """
        told = Counter((rate.successes, rate.trials) for rate in rates if rate.trials)
        groups = sum(told.values())
        hits = sum(pair[0] * times for pair, times in told.items())
        trials = sum(pair[1] * times for pair, times in told.items())
        if groups < 2 or not 0 < hits < trials:
            remedy = "give two groups or more, with successes and failures among them"
            raise InvalidValue("no prior to learn", (groups, hits, trials), remedy)

        def likelihood(mean: float, strength: float) -> float:
            a, b = mean * strength, (1 - mean) * strength
            start = lgamma(a) + lgamma(b) - lgamma(strength)
            return fsum(
                times * (lgamma(a + k) + lgamma(b + n - k) - lgamma(strength + n) - start)
                for (k, n), times in told.items()
            )

        mean, strength = _largest(likelihood, _logistic, (-9.0, 9.0))
        return cls(a=mean * strength, b=(1 - mean) * strength)

    def mean(self, rate: Rate) -> float:
        """Return the share of a group, drawn towards the prior."""
        return (self.a + rate.successes) / (self.a + self.b + rate.trials)

    def interval(self, rate: Rate, *, level: float = 0.95) -> Interval:
        """Return the credible interval of a group's share.

        Raises:
            InvalidValue: a level outside (0, 1).
        """
        tail = (1 - ratio(level, "a level")) / 2
        a, b = self.a + rate.successes, self.b + rate.trials - rate.successes
        low, high = beta_quantile(tail, a, b), beta_quantile(1 - tail, a, b)
        return Interval(low=low, high=high, level=level, method="beta-binomial")


@attrs.frozen(kw_only=True)
class GammaPrior:
    """Hold what is known of a rate before its own counts: as `shape` events in `exposure`.

    Raises:
        InvalidValue: events or an exposure that are not above 0.

    >>> from itsm_core.metrics import GammaPrior
    >>> prior = GammaPrior(shape=6, exposure=3)
    >>> [round(prior.mean(count, weeks), 1) for count, weeks in ((0, 1), (9, 1), (90, 10))]
    [1.5, 3.8, 7.4]
    >>> GammaPrior.fitted([3], [1.0])
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: no prior to learn: (1, 1, 3); give two groups or more, each
        with its exposure, and something counted
    """

    shape: float
    exposure: float

    def __attrs_post_init__(self) -> None:
        number(self.shape, "a prior's events", above=0)
        number(self.exposure, "a prior's exposure", above=0)

    @classmethod
    def fitted(cls, counts: Sequence[int], exposures: Sequence[float]) -> GammaPrior:
        """Learn the prior from all groups' counts and exposures, by the largest likelihood.

        Raises:
            InvalidValue: fewer than two groups, nothing counted, a negative count, an exposure
                that is not above 0, not as many exposures as counts.
        """
        seen = [whole(count, "a count") for count in counts]
        over = [number(each, "an exposure", above=0) for each in exposures]
        if len(seen) < 2 or len(seen) != len(over) or not sum(seen):
            remedy = "give two groups or more, each with its exposure, and something counted"
            raise InvalidValue("no prior to learn", (len(seen), len(over), sum(seen)), remedy)
        scale = number(sum(seen) / fsum(over), "a rate, counts by exposure,", above=0)

        def likelihood(mean: float, shape: float) -> float:
            rate, start = shape / mean, lgamma(shape)
            return fsum(
                lgamma(shape + k) - start + shape * log(rate / (rate + e)) - k * log(rate + e)
                for k, e in zip(seen, over, strict=True)
            )

        mean, shape = _largest(likelihood, lambda at: scale * exp(at), (-5.0, 5.0))
        return cls(shape=shape, exposure=shape / mean)

    def mean(self, count: int, exposure: float) -> float:
        """Return the rate of a group, drawn towards the prior.

        Raises:
            InvalidValue: a negative count, a negative exposure.
        """
        events = self.shape + whole(count, "a count")
        return events / (self.exposure + number(exposure, "an exposure", least=0))

    def interval(self, count: int, exposure: float, *, level: float = 0.95) -> Interval:
        """Return the credible interval of a group's rate.

        Raises:
            InvalidValue: a negative count, a negative exposure, a level outside (0, 1).
        """
        tail = (1 - ratio(level, "a level")) / 2
        shape = self.shape + whole(count, "a count")
        scale = self.exposure + number(exposure, "an exposure", least=0)
        low, high = gamma_quantile(tail, shape) / scale, gamma_quantile(1 - tail, shape) / scale
        return Interval(low=low, high=high, level=level, method="gamma-Poisson")


def _logistic(at: float) -> float:
    return 1 / (1 + exp(-at))


def _largest(
    likelihood: Callable[[float, float], float],
    mean_at: Callable[[float], float],
    ends: tuple[float, float],
) -> tuple[float, float]:
    """Return the mean and the strength of the largest likelihood: one search in another.

    Both are searched on a scale without bounds; along each the likelihood has one hill.
    """
    strengths = (log(_WEAKEST), log(_STRONGEST))

    def best_mean(strength: float) -> float:
        return _peak(lambda at: likelihood(mean_at(at), exp(strength)), ends)

    top = _peak(lambda at: likelihood(mean_at(best_mean(at)), exp(at)), strengths)
    return mean_at(best_mean(top)), exp(top)


def _peak(function: Callable[[float], float], ends: tuple[float, float]) -> float:
    """Return where a function of one hill is highest, by the golden section."""
    low, high = ends
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_STEPS):
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
        else:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
    return (low + high) / 2


def james_stein(values: Iterable[float], *, variance: float) -> tuple[float, ...]:
    """Return values of equal precision, drawn towards their mean; together they are nearer.

    `variance` is that of each single value, known from elsewhere. It takes four values or more.

    Raises:
        InvalidValue: fewer than four values, one that is not finite, a negative variance.

    References:
        B. Efron and C. Morris, Stein's paradox in statistics, Scientific American 236 (1977).

    >>> [round(each, 2) for each in james_stein([1.0, 2.0, 3.0, 6.0], variance=1.0)]
    [1.14, 2.07, 3.0, 5.79]
    """
    told = series(values, "values to shrink", fewest=4)
    known = number(variance, "a variance", least=0)
    mean = fsum(told) / len(told)
    spread = fsum((value - mean) ** 2 for value in told)
    keep = max(0.0, 1 - (len(told) - 3) * known / spread) if spread else 0.0
    return tuple(mean + keep * (value - mean) for value in told)
