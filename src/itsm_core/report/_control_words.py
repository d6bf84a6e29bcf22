"""What a control chart says in words: what is usual, and what was not."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.metrics import Chart
from itsm_core.report._control import beyond
from itsm_core.report._model import ControlChart, Report
from itsm_core.report._words import count, day, percent, plural

__all__ = ["figure", "latest", "limits", "signals_told", "steadiness", "usual"]

_MOST_TOLD: Final = 3
_NEARLY: Final = 1e-9


def figure(chart: ControlChart, value: float) -> str:
    """Return a value of a chart with its unit: "85.2%", "31"."""
    if chart.is_share:
        return percent(value)
    return f"{'−' if value < 0 else ''}{count(round(abs(value)))}"


def limits(told: ControlChart, chart: Chart, place: int) -> tuple[str, str]:
    """Return the limits of a week in words; of tickets the whole numbers that lie within."""
    low, high = chart.low[place], chart.high[place]
    if not told.is_share:
        low, high = math.ceil(low - _NEARLY), math.floor(high + _NEARLY)
    return figure(told, low), figure(told, high)


def usual(told: ControlChart) -> str:
    """Return what is usual, by the limits of the last week."""
    chart = told.chart
    if chart is None and told.outside:
        weeks = plural(len(told.weeks), "week")
        return f"{told.outside} of {weeks} would lie outside: something has changed for good."
    if chart is None:
        decided = " with decisions" if told.is_share else ""
        return f"{plural(len(told.weeks), 'whole week')}{decided}: too few to know what is usual."
    low, high = limits(told, chart, len(chart.values) - 1)
    return f"{figure(told, chart.centre)} on average; from {low} to {high} may be chance."


def signals_told(told: ControlChart, zone: ZoneInfo) -> tuple[str, ...]:
    """Return each signal in words, the latest first; of many the last three and their number."""
    ordered = [words for _, words in sorted(_signals(told, zone), key=lambda pair: -pair[0])]
    rest = len(ordered) - _MOST_TOLD
    more = (f"{plural(rest, 'earlier signal')}.",) if rest > 0 else ()
    return (*ordered[:_MOST_TOLD], *more)


def _signals(told: ControlChart, zone: ZoneInfo) -> list[tuple[int, str]]:
    """Return the place and the words of each point outside and of each run."""
    chart = told.chart
    if chart is None:
        return []
    outside = [
        (place, f"Week of {day(told.weeks[place], zone)}: {_told(told, chart, place)}.")
        for place in sorted(beyond(chart))
    ]
    return outside + [(run[1], _run(told, run, zone)) for run in told.runs]


def _told(told: ControlChart, chart: Chart, place: int) -> str:
    value = chart.values[place]
    low, high = limits(told, chart, place)
    side, limit = ("above", high) if value > chart.centre else ("below", low)
    size = f" of {count(told.sizes[place])}" if told.sizes else ""
    return f"{figure(told, value)}{size}, {side} {limit}"


def _run(told: ControlChart, run: tuple[int, int, bool], zone: ZoneInfo) -> str:
    start, end, is_high = run
    side = "above" if is_high else "below"
    weeks = f"{day(told.weeks[start], zone)} to {day(told.weeks[end], zone)}"
    return f"{end - start + 1} weeks in a row {side} average, {weeks}."


def latest(report: Report) -> datetime | None:
    """Return the start of the last whole week that the charts show."""
    return max((chart.weeks[-1] for chart in report.charts if chart.weeks), default=None)


def steadiness(report: Report, zone: ZoneInfo) -> tuple[str, bool]:
    """Return whether the last whole week was out of the ordinary, in words, and if it was."""
    last = latest(report)
    if last is None or all(each.chart is None for each in report.charts):
        if any(each.outside for each in report.charts):
            return "These weeks are not of one kind: no figure has a usual range.", False
        return "Too few whole weeks to tell a signal from noise.", False
    week = f"the week of {day(last, zone)}"
    unusual = [words for each in report.charts for words in _unusual(each, last)]
    if unusual:
        return f"Out of the ordinary in {week}: {'; '.join(unusual)}.", True
    earlier = sum(len(_signals(each, zone)) for each in report.charts)
    before = f" {plural(earlier, 'signal')} in the weeks before." if earlier else ""
    return f"Nothing was out of the ordinary in {week}.{before}", False


def _unusual(told: ControlChart, last: datetime) -> list[str]:
    """Return what a chart says of the last week, if that point lies outside or goes on a run."""
    place, chart = len(told.weeks) - 1, told.chart
    if chart is None or told.weeks[-1] != last:
        return []
    subject = f"{told.subject[:1].lower()}{told.subject[1:]}"
    found = [f"{subject} {_told(told, chart, place)}"] if place in beyond(chart) else []
    for start, end, is_high in told.runs:
        if end == place:
            side = "above" if is_high else "below"
            found.append(f"{subject} {side} average for {end - start + 1} weeks in a row")
    return found
