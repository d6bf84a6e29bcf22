"""Little's law: three numbers of one report, of which two give the third (law M3)."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio

__all__ = ["LittleCheck", "little_check", "mean_time_in_system", "single_server_wait"]


def mean_time_in_system(mean_open: float, arrival_rate: float) -> float:
    """Return how long one stays on average, where so many are there and so many come per unit.

    Raises:
        InvalidValue: a negative number, a rate that is not above 0.

    References:
        J. D. C. Little and S. C. Graves, Little's law, in Building Intuition (2008).

    >>> mean_time_in_system(160, 8)
    20.0
    """
    there = number(mean_open, "a mean number", least=0)
    return there / number(arrival_rate, "a rate", above=0)


@attrs.frozen(kw_only=True)
class LittleCheck:
    """Hold what a window says: how many were open on average, came per unit, how long they took.

    `mean_time` is that of the cases that came and ended in the window, as reports have it;
    `implied_time` what the other two imply. Far apart they say that the finished cases are not
    like all: the long ones are still open.

    >>> from itsm_core.metrics import LittleCheck
    >>> told = LittleCheck(mean_open=160, arrival_rate=8, mean_time=12, implied_time=20)
    >>> told.gap_ratio, told.is_consistent()
    (0.4, False)
    """

    mean_open: float
    arrival_rate: float
    mean_time: float | None
    implied_time: float

    @property
    def gap_ratio(self) -> float | None:
        """The share of the implied time that the reported one lacks; below 0 if it has more."""
        if self.mean_time is None or not self.implied_time:
            return None
        return 1 - self.mean_time / self.implied_time

    def is_consistent(self, *, within_ratio: float = 0.1) -> bool:
        """Tell whether the reported time is as near to the implied one as `within_ratio`.

        Raises:
            InvalidValue: a ratio outside (0, 1).
        """
        gap = self.gap_ratio
        return gap is not None and abs(gap) <= ratio(within_ratio, "a tolerance")


def little_check(
    spans: Iterable[tuple[float, float | None]], *, start: float, end: float
) -> LittleCheck:
    """Check a window of a log against Little's law; spans are of one unit, None where still open.

    Spans that began before the window count as open in it, and not as arrivals.

    Raises:
        InvalidValue: a window that does not end after it starts, a span that ends before it
            starts, or no arrivals in the window.

    >>> from itsm_core.metrics import little_check
    >>> spans = [(0, 2), (1, 3), (2, None), (4, 5), (6, None)]
    >>> told = little_check(spans, start=0, end=10)
    >>> f"open: {told.mean_open}, a day: {told.arrival_rate}, reported: {told.mean_time:.2f} days"
    'open: 1.7, a day: 0.5, reported: 1.67 days'
    >>> f"implied: {told.implied_time} days; the report lacks {told.gap_ratio:.0%}"
    'implied: 3.4 days; the report lacks 51%'
    """
    length = number(end, "an end") - number(start, "a start")
    if length <= 0:
        raise InvalidValue("a window ends after it starts", (start, end), "swap them")
    inside, times, came = list[float](), list[float](), 0
    for begun, ended in spans:
        since = number(begun, "a start")
        until = end if ended is None else number(ended, "an end")
        if ended is not None and until < since:
            raise InvalidValue("a span ends before it starts", (begun, ended), "swap them")
        inside.append(max(0.0, min(until, end) - max(since, start)))
        if start <= since < end:
            came += 1
            if ended is not None and until < end:
                times.append(until - since)
    if not came:
        raise InvalidValue("nothing came in the window", (start, end), "use a longer window")
    mean_open, rate = fsum(inside) / length, came / length
    return LittleCheck(
        mean_open=mean_open,
        arrival_rate=rate,
        mean_time=fsum(times) / len(times) if times else None,
        implied_time=mean_open / rate,
    )


def single_server_wait(
    occupancy_ratio: float, handle_time: float, *, variation: float = 1.0
) -> float:
    """Return the mean wait before one server, whatever the handling time's distribution.

    `variation` is its standard deviation over its mean: 1 for exponential times, 0 for equal
    ones, which halve the wait. A few very long cases multiply it. The wait is in the unit of
    `handle_time`.

    Raises:
        InvalidValue: an occupancy outside (0, 1), a time that is not above 0, a negative variation.

    References:
        F. Pollaczek (1930), A. Y. Khinchine (1932).

    >>> single_server_wait(0.8, 10.0)
    40.00000000000001
    """
    busy, handle = ratio(occupancy_ratio, "an occupancy"), number(handle_time, "a time", above=0)
    spread = number(variation, "a variation", least=0)
    return busy / (1 - busy) * handle * (1 + spread * spread) / 2
