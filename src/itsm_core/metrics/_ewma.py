"""Exponential smoothing: its control chart, and the forecast from it (law M3)."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from itsm_core.metrics._chart import BEYOND_LIMITS, Chart, charted
from itsm_core.metrics._checks import number, ratio, series

__all__ = ["ewma", "ewma_chart", "smoothed_forecasts"]


def ewma(values: Iterable[float], *, weight: float, start: float) -> tuple[float, ...]:
    """Return the smoothed values: each takes `weight` of the new one and keeps the rest.

    Raises:
        InvalidValue: a value that is not finite, a weight outside (0, 1].

    >>> ewma([1.0, 2.0], weight=0.5, start=0.0)
    (0.5, 1.25)
    """
    share = 1.0 if weight == 1 else ratio(weight, "a weight")
    at, found = number(start, "a start"), list[float]()
    for value in series(values, "values", fewest=0):
        at += share * (value - at)
        found.append(at)
    return tuple(found)


def ewma_chart(
    values: Iterable[float], *, target: float, sigma: float, weight: float = 0.3
) -> Chart:
    """Return the chart of smoothed values, which finds small lasting shifts.

    `sigma` is that of single values, from a steady past. The limits are those of the long run,
    a little wide for the first few points. Points follow each other, so no run rules apply.

    Raises:
        InvalidValue: no values, one that is not finite, a sigma that is not above 0, a weight
            outside (0, 1].

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4.

    >>> from itsm_core.metrics import ewma_chart
    >>> chart = ewma_chart([20, 21, 22, 22, 22, 21, 22], target=20, sigma=1)
    >>> f"usual: {chart.low[0]:.2f} to {chart.high[0]:.2f}"
    'usual: 18.74 to 21.26'
    >>> [round(value, 2) for value in chart.values]
    [20.0, 20.3, 20.81, 21.17, 21.42, 21.29, 21.5]
    >>> [signal.place for signal in chart.signals]
    [4, 5, 6]
    """
    told = series(values, "values", fewest=1)
    smooth = ewma(told, weight=weight, start=target)
    spread = number(sigma, "a sigma", above=0) * sqrt(weight / (2 - weight))
    return charted("EWMA", smooth, target, [spread] * len(smooth), rules=BEYOND_LIMITS)


def smoothed_forecasts(values: Iterable[float], *, weight: float) -> tuple[float, ...]:
    """Return the forecast of each value but the first, made from those before it.

    The forecast of what comes next is one smoothing step further: `ewma` over all the values.

    Raises:
        InvalidValue: fewer than two values, one that is not finite, a weight outside (0, 1].

    References:
        NIST/SEMATECH e-Handbook of Statistical Methods, 6.4.3.1.

    >>> from itsm_core.metrics import ewma, smoothed_forecasts
    >>> weeks = [40, 44, 42, 50]
    >>> smoothed_forecasts(weeks, weight=0.5)
    (40.0, 42.0, 42.0)
    >>> ewma(weeks[1:], weight=0.5, start=weeks[0])[-1]
    46.0
    """
    told = series(values, "values", fewest=2)
    return told[0], *ewma(told[1:-1], weight=weight, start=told[0])
