"""Figures that keep what they are made of, and refuse to be averaged (law M2).

The average of two teams' rates is no rate of anybody's: 90 of 100 and 1 of 2 are 89 % together, not
70 %. A percentile of percentiles is nothing at all. So arithmetic on these values is an error that
says what to do instead; the bare number has to be taken out by name (`ratio`, `value`).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum
from typing import ClassVar, NoReturn

import attrs

from itsm_core.errors import InvalidValue, NotAveraged
from itsm_core.metrics._checks import finite, number, whole
from itsm_core.metrics._checks import ratio as checked_ratio
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._percentiles import QuantileKind, checked_kind, quantile, quantile_interval
from itsm_core.metrics._proportions import clopper_pearson, wilson

__all__ = ["Mean", "Quantile", "Rate"]


class _Figure:
    """Refuse arithmetic, and whatever turns a figure into a bare number unasked."""

    __slots__ = ()
    _remedy: ClassVar[str] = ""

    def _refuse(self, *_: object) -> NoReturn:
        raise NotAveraged(type(self).__name__, repr(self), self._remedy)

    __add__ = _refuse
    __radd__ = _refuse
    __sub__ = _refuse
    __rsub__ = _refuse
    __mul__ = _refuse
    __rmul__ = _refuse
    __truediv__ = _refuse
    __rtruediv__ = _refuse
    __floordiv__ = _refuse
    __rfloordiv__ = _refuse
    __pow__ = _refuse
    __rpow__ = _refuse
    __neg__ = _refuse
    __pos__ = _refuse
    __abs__ = _refuse
    __float__ = _refuse
    __int__ = _refuse
    __index__ = _refuse
    __complex__ = _refuse
    __lt__ = _refuse
    __le__ = _refuse
    __gt__ = _refuse
    __ge__ = _refuse

    def as_integer_ratio(self) -> NoReturn:
        """Refuse: this is how `statistics.mean` would average figures.

        Raises:
            NotAveraged: always.
        """
        self._refuse()


@attrs.frozen(kw_only=True, order=False)
class Rate(_Figure):
    """Hold a share as its two counts. Pool rates with `Rate.pooled`; compare by intervals.

    Raises:
        InvalidValue: a negative count, more successes than trials.

    >>> teams = [Rate(successes=90, trials=100), Rate(successes=1, trials=2)]
    >>> Rate.pooled(teams).ratio
    0.8921568627450981
    """

    successes: int
    trials: int

    _remedy: ClassVar[str] = (
        "pool the counts with Rate.pooled(rates), take one number out by name with .ratio, or "
        "compare two rates with difference_interval"
    )

    def __attrs_post_init__(self) -> None:
        hits, total = (
            whole(self.successes, "a count of successes"),
            whole(self.trials, "a count of trials"),
        )
        if hits > total:
            remedy = "count the successes among the trials"
            raise InvalidValue("more successes than trials", (hits, total), remedy)

    @classmethod
    def pooled(cls, rates: Iterable[Rate]) -> Rate:
        """Return the rate of all cases together; of no rates, 0 of 0."""
        told = tuple(rates)
        return cls(
            successes=sum(each.successes for each in told), trials=sum(each.trials for each in told)
        )

    @property
    def ratio(self) -> float | None:
        """The share from 0 to 1, or None where there was nothing to count."""
        return self.successes / self.trials if self.trials else None

    def interval(self, *, level: float = 0.95, exact: bool = False) -> Interval:
        """Return Wilson's interval, or Clopper and Pearson's where `exact`."""
        make = clopper_pearson if exact else wilson
        return make(self.successes, self.trials, level=level)


@attrs.frozen(kw_only=True, order=False)
class Mean(_Figure):
    """Hold a mean as its total and its count. Pool means with `Mean.pooled`.

    A mean of durations whose open cases were left out is still wrong, pooled or not: use
    `KaplanMeier.restricted_mean`.

    Raises:
        InvalidValue: a total that is not finite, a negative count, a total of no cases.

    >>> mail, network = Mean.of([1, 2, 3]), Mean.of([9])
    >>> mail.value, network.value, Mean.pooled([mail, network]).value
    (2.0, 9.0, 3.75)
    """

    total: float
    count: int

    _remedy: ClassVar[str] = (
        "pool totals and counts with Mean.pooled(means), or take one number out by name with .value"
    )

    def __attrs_post_init__(self) -> None:
        number(self.total, "a total")
        if not whole(self.count, "a count") and self.total:
            raise InvalidValue("a total of no cases", self.total, "count the cases it is of")

    @classmethod
    def of(cls, values: Iterable[float]) -> Mean:
        """Return the mean of values.

        Raises:
            InvalidValue: one of them is not finite.
        """
        told = finite(values, "a value")
        return cls(total=fsum(told), count=len(told))

    @classmethod
    def pooled(cls, means: Iterable[Mean]) -> Mean:
        """Return the mean of all cases together."""
        told = tuple(means)
        return cls(total=fsum(each.total for each in told), count=sum(each.count for each in told))

    @property
    def value(self) -> float | None:
        """The mean, or None of no cases."""
        return self.total / self.count if self.count else None


@attrs.frozen(kw_only=True, order=False)
class Quantile(_Figure):
    """Hold a quantile with its share, its definition and the number of cases.

    Nothing pools quantiles: make it anew from the values of all.

    Raises:
        InvalidValue: a value that is not finite, a share outside [0, 1], a count below 1, an
            unknown kind.

    >>> from itsm_core.metrics import Quantile
    >>> mail, network = Quantile.of(range(1, 40), 0.9), Quantile.of(range(1, 80), 0.9)
    >>> mail.value, mail.count, (mail.interval.low, mail.interval.high)
    (35.2, 39, (31.0, 39.0))
    >>> (mail + network) / 2
    Traceback (most recent call last):
        ...
    itsm_core.errors.NotAveraged: a Quantile is not added, averaged or compared: ...; there is no
        pooling of percentiles: collect the values of all and ask Quantile.of(values, p); ...
    """

    value: float
    p: float
    kind: QuantileKind
    count: int
    interval: Interval | None = None

    _remedy: ClassVar[str] = (
        "there is no pooling of percentiles: collect the values of all and ask "
        "Quantile.of(values, p); take one number out by name with .value"
    )

    def __attrs_post_init__(self) -> None:
        number(self.value, "a quantile")
        checked_ratio(self.p, "a quantile's share", closed=True)
        whole(self.count, "a count", least=1)
        checked_kind(self.kind)

    @classmethod
    def of(
        cls, values: Iterable[float], p: float, *, kind: QuantileKind = 7, level: float = 0.95
    ) -> Quantile:
        """Return a quantile of values, with its interval from two of them.

        Raises:
            InvalidValue: no values, one that is not finite, `p` outside (0, 1), an unknown kind.
        """
        told = finite(values, "a value")
        found = quantile(told, p, kind=kind)
        interval = quantile_interval(told, p, level=level)
        return cls(value=found, p=p, kind=kind, count=len(told), interval=interval)
