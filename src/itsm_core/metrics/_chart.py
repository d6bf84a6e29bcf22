"""What every control chart gives: values, a centre, limits, and the signals among them (law M3).

A chart tells noise, which has no cause to look for, from a signal, which has. Limits come from the
process, never from a goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, whole

__all__ = ["BEYOND_LIMITS", "WESTERN_ELECTRIC", "Chart", "RunRule", "Signal"]

_REACH: Final = 1e-9
"""A value that is at the limit but for rounding is within it."""


@attrs.frozen(kw_only=True)
class RunRule:
    """Signal when `least` of `of` points in a row lie beyond so many sigmas on one side.

    Raises:
        InvalidValue: more points than are in a row, fewer than 1, a negative number of sigmas.

    >>> from itsm_core.metrics import RunRule, c_chart
    >>> drift = RunRule(least=6, of=6, sigmas=0)
    >>> drift.words
    '6 of 6 in a row beyond 0 sigma on one side'
    >>> weeks = [9, 8, 9, 12, 12, 13, 12, 14, 12]
    >>> [signal.place for signal in c_chart(weeks, rules=[drift]).signals]
    [8]
    """

    least: int
    of: int
    sigmas: float

    def __attrs_post_init__(self) -> None:
        if whole(self.least, "a number of points", least=1) > whole(
            self.of, "a number of points in a row", least=1
        ):
            raise InvalidValue("more points than are in a row", self.least, f"use {self.of}")
        number(self.sigmas, "a number of sigmas", least=0)

    @property
    def words(self) -> str:
        """The rule in words."""
        return f"{self.least} of {self.of} in a row beyond {self.sigmas:g} sigma on one side"


BEYOND_LIMITS: Final = (RunRule(least=1, of=1, sigmas=3),)
"""Only points outside the limits: of a steady process 1 of 370 signals."""

WESTERN_ELECTRIC: Final = (
    *BEYOND_LIMITS,
    RunRule(least=2, of=3, sigmas=2),
    RunRule(least=4, of=5, sigmas=1),
    RunRule(least=8, of=8, sigmas=0),
)
"""The four zone rules: they find small shifts sooner, and cry wolf at 1 of 92 points."""


@attrs.frozen(kw_only=True)
class Signal:
    """Hold the place of a point from 0 that completes a rule, its side and the rule in words.

    >>> from itsm_core.metrics import c_chart
    >>> (signal,) = c_chart([12, 9, 14, 11, 31, 10]).signals
    >>> f"week {signal.place + 1} is {'high' if signal.is_high else 'low'}: {signal.rule}"
    'week 5 is high: 1 of 1 in a row beyond 3 sigma on one side'
    """

    place: int
    is_high: bool
    rule: str


@attrs.frozen(kw_only=True)
class Chart:
    """Hold a chart, point by point; the tuples have one length.

    `kind` says which chart; `sigma` is the standard deviation that the limits are made of, which
    differs by point where the points are of different size.

    >>> from itsm_core.metrics import c_chart
    >>> chart = c_chart([12, 9, 14, 11, 31, 10])
    >>> f"usual: {chart.centre}, from {chart.low[0]:.1f} to {chart.high[0]:.1f}"
    'usual: 14.5, from 3.1 to 25.9'
    >>> chart.is_steady, [chart.values[signal.place] for signal in chart.signals]
    (False, [31.0])
    """

    kind: str
    values: tuple[float, ...]
    centre: float
    sigma: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    signals: tuple[Signal, ...]

    @property
    def is_steady(self) -> bool:
        """Tell that no rule signals: differences between the points have no cause to look for."""
        return not self.signals


def charted(
    kind: str,
    values: Sequence[float],
    centre: float,
    sigma: Sequence[float],
    *,
    within: tuple[float | None, float | None] = (None, None),
    rules: Sequence[RunRule] = BEYOND_LIMITS,
) -> Chart:
    """Return a chart with limits at three sigmas, kept within what the values can be at all."""
    floor, ceiling = within
    lows = tuple(centre - 3 * each for each in sigma)
    highs = tuple(centre + 3 * each for each in sigma)
    return Chart(
        kind=kind,
        values=tuple(values),
        centre=centre,
        sigma=tuple(sigma),
        low=lows if floor is None else tuple(max(floor, each) for each in lows),
        high=highs if ceiling is None else tuple(min(ceiling, each) for each in highs),
        signals=signals(values, centre, sigma, rules),
    )


def signals(
    values: Sequence[float], centre: float, sigma: Sequence[float], rules: Sequence[RunRule]
) -> tuple[Signal, ...]:
    """Return every point that completes a rule: itself beyond, with enough others before it."""
    found: list[Signal] = []
    for place, value in enumerate(values):
        is_high = value > centre
        for rule in rules:
            start = place - rule.of + 1
            if start < 0 and place + 1 < rule.least:
                continue
            beyond = [
                _is_beyond(values[at], centre, sigma[at] * rule.sigmas, is_high=is_high)
                for at in range(max(0, start), place + 1)
            ]
            if beyond[-1] and sum(beyond) >= rule.least:
                found.append(Signal(place=place, is_high=is_high, rule=rule.words))
    return tuple(found)


def _is_beyond(value: float, centre: float, distance: float, *, is_high: bool) -> bool:
    away = value - centre if is_high else centre - value
    return away > distance + _REACH * max(abs(centre), distance)
