"""What is more than chance, week by week: control charts of promises, arrivals and the pile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean
from typing import Final

import attrs

from itsm_core.metrics import Chart, Rate, laney_chart, xmr_chart
from itsm_core.report._model import ControlChart, Promise, Week

__all__ = ["FEWEST_WEEKS", "beyond", "control_charts"]

FEWEST_WEEKS: Final = 8
"""Fewer weeks do not tell what is usual: the limits would move with each new one."""

_RUN: Final = 8
"""So many in a row on one side of the average are a signal, too: each side is an even chance."""

_EVEN: Final = 1e-9
_MOST_OUTSIDE: Final = 4
"""One in so many; with more outside, limits and average say nothing about any week."""


def control_charts(weeks: Sequence[Week]) -> tuple[ControlChart, ...]:
    """Return a chart of each promise, of arrivals, and of what arrivals left over (law M3).

    Weeks that the log holds only in part are left out, and for a promise those in which none was
    decided.
    """
    whole = [week for week in weeks if week.is_whole]
    if not whole:
        return ()
    metrics = dict.fromkeys(each.metric for week in whole for each in week.promises)
    shares = [_share(metric, whole) for metric in metrics]
    return (
        *shares,
        _count("Tickets arrived", whole, [week.arrived for week in whole], least=0.0),
        _count("Arrived less resolved", whole, [week.arrived - week.resolved for week in whole]),
    )


def _share(metric: str, weeks: Sequence[Week]) -> ControlChart:
    told = list(_decided(metric, weeks))
    rates = [Rate(successes=each.kept, trials=each.decided) for _, each in told]
    values = tuple(each.kept_ratio for _, each in told)
    chart, outside = _steady(laney_chart(rates) if len(rates) >= FEWEST_WEEKS else None)
    return ControlChart(
        subject=f"{metric.capitalize()} promises kept",
        is_share=True,
        metric=metric,
        weeks=tuple(week.start_at for week, _ in told),
        values=values,
        sizes=tuple(each.decided for _, each in told),
        chart=chart,
        runs=() if chart is None else _runs(values, _centre(rates, chart)),
        outside=outside,
    )


def _decided(metric: str, weeks: Sequence[Week]) -> Iterator[tuple[Week, Promise]]:
    for week in weeks:
        for each in week.promises:
            if each.metric == metric and each.decided:
                yield week, each


def _count(
    subject: str, weeks: Sequence[Week], values: Iterable[int], *, least: float | None = None
) -> ControlChart:
    told = tuple(float(value) for value in values)
    chart, outside = _steady(xmr_chart(told)[0] if len(told) >= FEWEST_WEEKS else None)
    if chart is not None and least is not None:
        chart = attrs.evolve(chart, low=tuple(max(least, low) for low in chart.low))
    return ControlChart(
        subject=subject,
        is_share=False,
        weeks=tuple(week.start_at for week in weeks),
        values=told,
        chart=chart,
        runs=() if chart is None else _runs(told, _mean(told, chart)),
        outside=outside,
    )


def _steady(chart: Chart | None) -> tuple[Chart | None, int]:
    """Return the chart with how many points lie outside; no chart if they are too many of them.

    Limits tell signals from noise where most weeks are alike. Where the desk has become another
    one half-way, they lie between the two, and every week would be a signal.
    """
    if chart is None:
        return None, 0
    outside = len(beyond(chart))
    return (None if outside * _MOST_OUTSIDE > len(chart.values) else chart), outside


def beyond(chart: Chart) -> frozenset[int]:
    """Return the places of the points outside their limits."""
    return frozenset(signal.place for signal in chart.signals)


def _centre(rates: Sequence[Rate], chart: Chart) -> float:
    """Return the share of the weeks within their limits: one bad week must not make others good."""
    inside = [rate for place, rate in enumerate(rates) if place not in beyond(chart)]
    pooled = Rate.pooled(inside or rates)
    return pooled.successes / pooled.trials


def _mean(values: Sequence[float], chart: Chart) -> float:
    inside = [value for place, value in enumerate(values) if place not in beyond(chart)]
    return fmean(inside or values)


def _runs(values: Sequence[float], centre: float) -> tuple[tuple[int, int, bool], ...]:
    """Return first and last place of each run on one side; a value at the centre ends it."""
    found: list[tuple[int, int, bool]] = []
    sides = [
        0 if abs(value - centre) < _EVEN else (1 if value > centre else -1) for value in values
    ]
    start = 0
    for place in range(1, len(sides) + 1):
        if place == len(sides) or sides[place] != sides[start]:
            if sides[start] and place - start >= _RUN:
                found.append((start, place - 1, sides[start] > 0))
            start = place
    return tuple(found)
