"""An interval with its level and its method: what a rate or an estimate has beside it (law M2)."""

from __future__ import annotations

from math import inf

import attrs

from itsm_core.errors import InvalidValue

__all__ = ["Interval"]


@attrs.frozen(kw_only=True)
class Interval:
    """Hold the two ends of an interval, the level it was made for and how.

    An end that is not known is None: a quantile's upper end, where too few cases have ended.

    Raises:
        InvalidValue: the low end is above the high end.

    >>> from itsm_core.metrics import wilson
    >>> told = wilson(45, 50)
    >>> f"{told.low:.1%} to {told.high:.1%}"
    '78.6% to 95.7%'
    >>> told.contains(0.95), told.overlaps(wilson(30, 50)), told.is_above(wilson(30, 50))
    (True, False, True)
    """

    low: float | None
    high: float | None
    level: float
    method: str

    def __attrs_post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InvalidValue("an interval's low end is above its high end", self, "swap them")

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends as numbers; one that is not known is infinitely far away."""
        return (-inf if self.low is None else self.low, inf if self.high is None else self.high)

    def overlaps(self, other: Interval) -> bool:
        """Tell whether the two have a point in common; an end that is not known has no bound."""
        return not (self.is_above(other) or other.is_above(self))

    def is_above(self, other: Interval) -> bool:
        """Tell whether this one lies wholly above the other."""
        return self.low is not None and other.high is not None and self.low > other.high

    def contains(self, value: float) -> bool:
        """Tell whether a value lies inside, the ends included."""
        above = self.low is None or self.low <= value
        return above and (self.high is None or value <= self.high)
