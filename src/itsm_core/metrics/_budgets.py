"""Error budgets: how much may fail in a window, and how fast it is being used (law M3)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio

__all__ = ["ErrorBudget"]


@attrs.frozen(kw_only=True)
class ErrorBudget:
    """Hold a target such as 0.999 over a window; what is beyond it may fail.

    The target is read as it is written: 0.999 over 30 days is 43 minutes 12 seconds exactly.

    >>> ErrorBudget(target_ratio=0.999, window=timedelta(days=30)).allowed
    datetime.timedelta(seconds=2592)
    """

    target_ratio: float
    window: timedelta

    def __attrs_post_init__(self) -> None:
        ratio(self.target_ratio, "a target")
        if not isinstance(self.window, timedelta) or self.window <= timedelta(0):
            raise InvalidValue("a window is longer than nothing", self.window, "use 30 days")

    @property
    def allowed(self) -> timedelta:
        """The time that may fail in a window."""
        left = 1 - Fraction(repr(float(self.target_ratio)))
        micros = self.window // timedelta(microseconds=1)
        return timedelta(microseconds=round(micros * left))

    def spent(self, burn_rate: float, during: timedelta) -> float:
        """Return the share of the budget that is used when so many times the even rate burn.

        A burn rate of 1 uses it up exactly at the end of the window.

        Raises:
            InvalidValue: a negative rate or time.
        """
        rate = number(burn_rate, "a burn rate", least=0)
        if not isinstance(during, timedelta) or during < timedelta(0):
            raise InvalidValue("a time that is not negative", during, "swap start and end")
        return rate * (during / self.window)
