"""A control chart as inline SVG: the weeks, what may be chance as a band, signals as diamonds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.metrics import Chart
from itsm_core.report._control import beyond
from itsm_core.report._control_words import figure, usual
from itsm_core.report._model import ControlChart
from itsm_core.report._words import day, escaped

__all__ = ["control_svg"]

_WIDE: Final = 360.0
_HIGH: Final = 190
_LEFT: Final = 44.0
_RIGHT: Final = 48.0
_TOP: Final = 14.0
_FLOOR: Final = 152.0
_MOST_DOTS: Final = 60
"""More points than this touch each other: then only signals and the last have a mark."""

_BETWEEN_NAMES: Final = 62.0


@attrs.frozen
class _Frame:
    """Hold the scale of a chart: how many weeks across, from which value to which one up."""

    places: int
    bottom: float
    top: float

    def x(self, place: float) -> float:
        """Return where a week stands; a single one in the middle."""
        share = place / (self.places - 1) if self.places > 1 else 0.5
        return _LEFT + 6 + (_WIDE - _LEFT - _RIGHT - 12) * share

    def y(self, value: float) -> float:
        """Return how high a value stands, kept inside the frame."""
        inside = min(max(value, self.bottom), self.top)
        return _FLOOR - (_FLOOR - _TOP) * (inside - self.bottom) / (self.top - self.bottom)


def control_svg(told: ControlChart, zone: ZoneInfo) -> str:
    """Return the chart, or "" with less than two weeks: one point is no line.

    The band is what may be chance; a point beyond it is a diamond, and its value stands in the
    list beside the chart and in the table behind it, so that nothing hangs on a colour.
    """
    if len(told.weeks) < 2:
        return ""
    frame = _frame(told)
    chart = told.chart
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDE:.0f} {_HIGH}" role="img" font-size="12">'
        f"<title>{escaped(told.subject)}, week by week</title>"
        f"<desc>{escaped(usual(told), 300)}</desc>{_grid(told, frame)}{_names(told, frame, zone)}"
        f"{_limits(chart, frame) if chart else ''}{_line(told.values, frame)}"
        f"{''.join(_marks(told, frame))}</svg>"
    )


def _frame(told: ControlChart) -> _Frame:
    """Return the scale: of shares from a round percentage to all of them, of counts from zero."""
    limits = () if told.chart is None else (*told.chart.low, *told.chart.high)
    least, most = min((*told.values, *limits)), max((*told.values, *limits))
    places = len(told.values)
    if told.is_share:
        bottom = min(0.9, floor(least * 10) / 10)
        return _Frame(places, bottom, min(1.0, max(bottom + 0.1, ceil(most * 10) / 10)))
    bottom = -_round_up(-least) if least < 0 else 0
    return _Frame(places, float(bottom), float(_round_up(most)))


def _round_up(value: float) -> int:
    """Return the next round figure of which a half is whole too."""
    whole = max(4, ceil(value))
    scale: int = 10 ** (len(str(whole)) - 1)
    steps = (1, 1.2, 1.4, 1.6, 2, 3, 4, 5, 6, 8, 10)
    found = (round(step * scale) for step in steps if step * scale >= whole)
    return next(each for each in found if each % 2 == 0)


def _grid(told: ControlChart, frame: _Frame) -> str:
    middle = 0.0 if frame.bottom < 0 < frame.top else (frame.bottom + frame.top) / 2
    return "".join(
        f'<path d="M{_LEFT:.0f} {frame.y(value):.1f}H{_WIDE - _RIGHT:.0f}" '
        'style="stroke:var(--line)"/>'
        f'<text x="{_LEFT - 6:.0f}" y="{frame.y(value) + 4:.1f}" text-anchor="end" '
        f'style="fill:var(--soft)">{_tick(told, value)}</text>'
        for value in (frame.bottom, middle, frame.top)
    )


def _tick(told: ControlChart, value: float) -> str:
    return f"{value * 100:.0f}%" if told.is_share else figure(told, value)


def _names(told: ControlChart, frame: _Frame, zone: ZoneInfo) -> str:
    """Return the dates below, the last week's always among them."""
    room = max(1, int((_WIDE - _LEFT - _RIGHT) / _BETWEEN_NAMES))
    every = ceil(frame.places / room)
    return "".join(
        f'<text x="{frame.x(place):.1f}" y="{_FLOOR + 20:.0f}" text-anchor="middle" '
        f'style="fill:var(--soft)">{escaped(day(told.weeks[place], zone, year=False))}</text>'
        for place in range(frame.places - 1, -1, -every)
    )


def _limits(chart: Chart, frame: _Frame) -> str:
    """Return the band of what may be chance, its edges dashed, and the average."""
    up, down = _steps(chart.high, frame), _steps(chart.low, frame)[::-1]
    edges = "".join(
        f'<path d="{_path(_steps(side, frame))}" style="fill:none;stroke:var(--counted);'
        'stroke-width:1;stroke-dasharray:2 3"/>'
        for side in (chart.high, chart.low)
    )
    middle = frame.y(chart.centre)
    return (
        f'<path d="{_path([*up, *down])}Z" style="fill:var(--counted);fill-opacity:.13"/>{edges}'
        f'<path d="M{_LEFT:.0f} {middle:.1f}H{_WIDE - _RIGHT:.0f}" '
        'style="stroke:var(--counted);stroke-width:1.2"/>'
    )


def _steps(values: Sequence[float], frame: _Frame) -> list[tuple[float, float]]:
    """Return the corners of a limit that holds for a week each; equal neighbours share one."""
    found: list[tuple[float, float]] = []
    last = len(values) - 1
    for place, value in enumerate(values):
        y = frame.y(value)
        left, right = frame.x(max(0, place - 0.5)), frame.x(min(last, place + 0.5))
        if found and abs(found[-1][1] - y) < 0.05:
            found[-1] = (right, y)
        else:
            found += [(left, y), (right, y)]
    return found


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _line(values: Sequence[float], frame: _Frame) -> str:
    path = _path([(frame.x(place), frame.y(value)) for place, value in enumerate(values)])
    return (
        f'<path d="{path}" style="fill:none;stroke:var(--ink);stroke-width:1.8;'
        'stroke-linejoin:round"/>'
    )


def _marks(told: ControlChart, frame: _Frame) -> Iterator[str]:
    """Yield a dot for each week, a diamond for each signal, and the last week's value in words."""
    signals = frozenset[int]() if told.chart is None else beyond(told.chart)
    last = frame.places - 1
    for place, value in enumerate(told.values):
        x, y = frame.x(place), frame.y(value)
        if place in signals:
            yield (
                f'<path d="M{x:.1f} {y - 6.5:.1f}l6.5 6.5l-6.5 6.5l-6.5 -6.5z" '
                'style="fill:var(--broken);stroke:var(--paper);stroke-width:1.5"/>'
            )
        elif place == last or frame.places <= _MOST_DOTS:
            radius = 3.6 if place == last else 2.2
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" style="fill:var(--ink)"/>'
    x, y = frame.x(last), frame.y(told.values[last])
    yield (
        f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" font-weight="600" style="fill:var(--ink)">'
        f"{figure(told, told.values[last])}</text>"
    )
