"""The bars of the page as inline SVG; each has a table of the same figures beside it."""

from __future__ import annotations

from typing import Final

from itsm_core.report._model import AgeBand, Promise
from itsm_core.report._words import escaped, percent, plural

__all__ = ["BAND_FILLS", "age_bar", "rate_bar", "whole_bar"]

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
                f'<rect x="{x:.2f}" y="2" width="{width:.2f}" height="14" '
                f'vector-effect="non-scaling-stroke" style="fill:{fill};stroke:var(--paper)"/>'
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
