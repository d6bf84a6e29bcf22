"""The charts of the page as inline SVG; each has a table of the same figures beside it."""

from __future__ import annotations

from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.report._model import AgeBand, Promise, Week
from itsm_core.report._words import count, day, escaped, percent, plural

__all__ = ["BAND_FILLS", "age_bar", "rate_bar", "weeks_chart", "whole_bar"]

BAND_FILLS: Final = ("var(--a)", "var(--b)", "var(--c)", "var(--d)")
"""The most urgent priority first; further priorities share the last."""

_STRETCHED: Final = 'preserveAspectRatio="none" role="img"'


def rate_bar(promise: Promise) -> str:
    """Return the share kept as a bar with its 95 % interval, stretched to whatever width."""
    if not promise.decided:
        return (
            f'<svg viewBox="0 0 100 24" {_STRETCHED}><title>nothing decided yet</title>'
            '<rect y="5" width="100" height="14" style="fill:var(--outside);fill-opacity:.4"/>'
            "</svg>"
        )
    low, high = promise.interval
    words = f"{percent(promise.kept_ratio)} kept, 95% interval {percent(low)} to {percent(high)}"
    ends = "".join(
        f'<path d="M{end * 100:.2f} 6v12" vector-effect="non-scaling-stroke" '
        'style="stroke:var(--ink);stroke-width:2"/>'
        for end in (low, high)
    )
    return (
        f'<svg viewBox="0 0 100 24" {_STRETCHED}><title>{escaped(words)}</title>'
        '<rect y="5" width="100" height="14" style="fill:var(--broken);fill-opacity:.22"/>'
        f'<rect y="5" width="{promise.kept_ratio * 100:.2f}" height="14" '
        'style="fill:var(--kept)"/>'
        f'<rect x="{low * 100:.2f}" y="11" width="{(high - low) * 100:.2f}" height="2" '
        f'style="fill:var(--ink)"/>{ends}</svg>'
    )


def age_bar(band: AgeBand, longest: int, priorities: tuple[str, ...]) -> str:
    """Return one age band as a bar stacked by priority; `longest` is the scale's end."""
    named = list(zip(priorities, band.counts, strict=True))
    words = ", ".join(f"{name or 'none'}: {number}" for name, number in named if number) or "none"
    parts: list[str] = []
    x = 0.0
    for place, (_, number) in enumerate(named):
        width = 100 * number / max(1, longest)
        if number:
            fill = BAND_FILLS[min(place, len(BAND_FILLS) - 1)]
            parts.append(
                f'<rect x="{x:.2f}" y="2" width="{width:.2f}" height="14" style="fill:{fill}"/>'
            )
        x += width
    title = f"{band.label}: {plural(band.total, 'ticket')} ({words})"
    return (
        f'<svg viewBox="0 0 100 18" {_STRETCHED}><title>{escaped(title, 400)}</title>'
        f"{''.join(parts)}</svg>"
    )


def whole_bar(part: int, whole: int, words: str) -> str:
    """Return one plain bar of `part` in `whole`."""
    width = 100 * part / max(1, whole)
    return (
        f'<svg viewBox="0 0 100 18" {_STRETCHED}><title>{escaped(words)}</title>'
        f'<rect y="2" width="{width:.2f}" height="14" style="fill:var(--c)"/></svg>'
    )


_WIDE: Final = 420.0
_HIGH: Final = 210
_FLOOR: Final = 168.0
_CEILING: Final = 14.0
_MARGIN: Final = 34.0


def weeks_chart(weeks: tuple[Week, ...], zone: ZoneInfo) -> str:
    """Return arrivals as a line and resolvings as a dashed one.

    Weeks that the log holds only in part are left out: they would look like a collapse. With less
    than two whole weeks there is nothing to draw, and the answer is "".
    """
    weeks = tuple(week for week in weeks if week.is_whole)
    if len(weeks) < 2:
        return ""
    arrived = [week.arrived for week in weeks]
    resolved = [week.resolved for week in weeks]
    top = _round_up(max(*arrived, *resolved))
    words = "; ".join(
        f"{name} between {count(min(values))} and {count(max(values))}, last {count(values[-1])}"
        for name, values in (("arrived", arrived), ("resolved", resolved))
    )
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDE:.0f} {_HIGH}" role="img" font-size="11">'
        "<title>Tickets that arrived and tickets that were resolved, per week</title>"
        f"<desc>{escaped(words, 400)}</desc>{_grid(top)}{_week_names(weeks, zone)}"
        f"{_line(arrived, top, 'var(--counted)')}"
        f"{_line(resolved, top, 'var(--kept)', dash=';stroke-dasharray:5 3')}</svg>"
    )


def _round_up(value: int) -> int:
    """Return the next round figure of which a half is whole too."""
    if value <= 4:
        return 4
    scale: int = 10 ** (len(str(value)) - 1)
    return next(
        round(step * scale)
        for step in (1, 1.2, 1.4, 1.6, 2, 3, 4, 5, 6, 8, 10)
        if step * scale >= value and round(step * scale) % 2 == 0
    )


def _y(value: float, top: int) -> float:
    return _FLOOR - (_FLOOR - _CEILING) * value / top


def _grid(top: int) -> str:
    return "".join(
        f'<path d="M{_MARGIN:.0f} {_y(value, top):.1f}H{_WIDE:.0f}" style="stroke:var(--line)"/>'
        f'<text x="{_MARGIN - 6:.0f}" y="{_y(value, top) + 4:.1f}" text-anchor="end" '
        f'style="fill:var(--soft)">{count(value)}</text>'
        for value in (0, top // 2, top)
    )


def _x(place: int, places: int) -> float:
    return _MARGIN + 8 + (_WIDE - _MARGIN - 16) * place / (places - 1)


def _week_names(weeks: tuple[Week, ...], zone: ZoneInfo) -> str:
    every = max(1, ceil(len(weeks) / 6))
    return "".join(
        f'<text x="{_x(place, len(weeks)):.1f}" y="{_FLOOR + 18:.0f}" text-anchor="middle" '
        f'style="fill:var(--soft)">{escaped(day(week.start_at, zone, year=False))}</text>'
        for place, week in enumerate(weeks)
        if place % every == 0 and 16 < _x(place, len(weeks)) < _WIDE - 18
    )


def _line(values: list[int], top: int, stroke: str, *, dash: str = "") -> str:
    points = [(_x(place, len(values)), _y(value, top)) for place, value in enumerate(values)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return (
        f'<path d="{path}" style="fill:none;stroke:{stroke};stroke-width:2.2;'
        f'stroke-linejoin:round{dash}"/>'
    )
