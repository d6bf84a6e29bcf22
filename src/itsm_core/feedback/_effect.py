"""What changed after a measure, with the interval that says whether it may be chance.

No interval says why it changed. A measure that was taken because a figure was unusually bad is
followed by a better one by itself; so compare with a time before the bad one, too.
"""

from __future__ import annotations

from typing import Final, Literal

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Interval, Rate, clopper_pearson, difference_interval

__all__ = ["Effect", "effect_of_counts", "effect_of_shares"]

Wanted = Literal["more", "less"]


@attrs.frozen(kw_only=True)
class Effect:
    """Hold a figure before and after, and how they differ.

    `interval` is that of the difference of two shares (`unchanged` is 0) or of the ratio of two
    rates (`unchanged` is 1), after against before; None where there is too little to tell.

    >>> from itsm_core.feedback import Effect
    >>> from itsm_core.metrics import Interval
    >>> fewer = Interval(low=0.19, high=0.69, level=0.95, method="conditional exact")
    >>> Effect(before="40", after="15", wanted="less", interval=fewer, unchanged=1.0).verdict
    'better'
    >>> Effect(before="2", after="1", wanted="less", interval=None, unchanged=1.0).verdict
    'too few'
    """

    before: str
    after: str
    wanted: Wanted
    interval: Interval | None
    unchanged: float

    @property
    def verdict(self) -> Literal["better", "worse", "no difference shown", "too few"]:
        """Return what the counts allow to say."""
        if self.interval is None:
            return "too few"
        low, high = self.interval.low, self.interval.high
        if low is not None and low > self.unchanged:
            return "better" if self.wanted == "more" else "worse"
        if high is not None and high < self.unchanged:
            return "better" if self.wanted == "less" else "worse"
        return "no difference shown"

    def __str__(self) -> str:
        told = f"before {self.before}, after {self.after}: {self.verdict}"
        if self.interval is None:
            return told
        what = "difference" if self.unchanged == 0 else "ratio"
        ends = (self.interval.low, self.interval.high)
        low, high = ("open" if end is None else f"{end:.2f}" for end in ends)
        return f"{told} ({what} {low} to {high}, {100 * self.interval.level:.0f} %)"


def _wanted(value: str) -> None:
    if value not in ("more", "less"):
        raise InvalidValue("is more of it wanted, or less?", value, "write 'more' or 'less'")


def effect_of_shares(
    before: Rate, after: Rate, *, wanted: Wanted, fewest: int = 10, level: float = 0.95
) -> Effect:
    """Return how a share changed, such as that of tickets that came back.

    The two must be of different tickets. Below `fewest` in either there is no interval.

    Raises:
        InvalidValue: `wanted` is neither `more` nor `less`, or the level is outside (0, 1).

    >>> from itsm_core.feedback import effect_of_shares
    >>> from itsm_core.metrics import Rate
    >>> before, after = Rate(successes=31, trials=240), Rate(successes=12, trials=250)
    >>> print(effect_of_shares(before, after, wanted="less"))
    before 31 of 240 (13 %), after 12 of 250 (5 %): better (difference -0.13 to -0.03, 95 %)
    >>> print(effect_of_shares(before, Rate(successes=0, trials=4), wanted="less"))
    before 31 of 240 (13 %), after 0 of 4 (0 %): too few
    """
    _wanted(wanted)
    interval = None
    if min(before.trials, after.trials) >= max(fewest, 1):
        one, other = (after.successes, after.trials), (before.successes, before.trials)
        interval = difference_interval(one, other, level=level)
    return Effect(
        before=_share(before), after=_share(after), wanted=wanted, interval=interval, unchanged=0.0
    )


def _share(rate: Rate) -> str:
    share = "" if rate.ratio is None else f" ({100 * rate.ratio:.0f} %)"
    return f"{rate.successes} of {rate.trials}{share}"


_FEWEST: Final = 5
"""Fewer events than these, before and after together, tell nothing of a rate."""


def effect_of_counts(
    before: tuple[int, float],
    after: tuple[int, float],
    *,
    wanted: Wanted,
    fewest: int = _FEWEST,
    level: float = 0.95,
) -> Effect:
    """Return how a rate changed, each as a count and its exposure: complaints in weeks.

    The exact interval of the ratio, after against before: given all events, how many of them fell
    after is binomial. It is never narrower than its level.

    Raises:
        InvalidValue: a negative count, an exposure that is not above 0, `wanted` is neither
            `more` nor `less`, a level outside (0, 1).

    References:
        J. Przyborowski and H. Wilenski, Biometrika 31 (1940) 313-323.

    >>> from itsm_core.feedback import effect_of_counts
    >>> print(effect_of_counts((40, 10.0), (15, 10.0), wanted="less"))
    before 40 in 10, after 15 in 10: better (ratio 0.19 to 0.69, 95 %)
    """
    _wanted(wanted)
    for count, exposure in (before, after):
        if type(count) is not int or count < 0:
            raise InvalidValue("a count is a whole number from 0", count, "count the events")
        if isinstance(exposure, bool) or not 0 < exposure < float("inf"):
            remedy = "say for how long, or of how many, it was counted"
            raise InvalidValue("an exposure is above 0", exposure, remedy)
    total = before[0] + after[0]
    interval = None
    if total >= max(fewest, 1):
        share = clopper_pearson(after[0], total, level=level)
        scale = before[1] / after[1]
        low, high = (
            None if end is None or end == 1 else scale * end / (1 - end)
            for end in (share.low, share.high)
        )
        interval = Interval(low=low, high=high, level=level, method="conditional exact")
    return Effect(
        before=f"{before[0]} in {before[1]:g}",
        after=f"{after[0]} in {after[1]:g}",
        wanted=wanted,
        interval=interval,
        unchanged=1.0,
    )
