"""The sections about the desk itself: what goes past it, and two numbers side by side."""

from __future__ import annotations

from itsm_core.metrics._definitions import Result
from itsm_core.report._bypass_words import bypass_notes, place_rows, way_rows
from itsm_core.report._charts import whole_bar
from itsm_core.report._figure_words import (
    agreeing,
    differing,
    figure_rows,
    untold_words,
    window_words,
)
from itsm_core.report._markup import MOST_ROWS, folded, more, section, table
from itsm_core.report._model import Report
from itsm_core.report._words import count, escaped, plural

__all__ = ["bypass_section", "figures_section"]


def bypass_section(report: Report, title: str, answer: str) -> str:
    """Return what went past the desk, by way, team and channel; no person is named."""
    found = report.bypass
    if found is None or not found.bypasses:
        return section("bypass", title, answer, "")
    most = max(number for _, number in way_rows(found))
    ways = "".join(
        f"<div>{escaped(way)}</div><div>{whole_bar(number, most, f'{way}: {number}')}</div>"
        f"<b>{count(number)}</b>"
        for way, number in way_rows(found)
    )
    places = list(place_rows(found))
    rows = (tuple(map(escaped, row)) for row in places[:MOST_ROWS])
    head = ("Where", "Went past the desk", "Share", "95% interval", "")
    notes = "".join(f"<p>{escaped(note, 300)}</p>" for note in bypass_notes(found))
    body = (
        f'<h3>Which way</h3><div class="bars">{ways}</div><h3>By team and channel</h3>'
        f"{table(head, rows, kind='pairs', name='Where tickets went past the desk')}{more(places)}"
        f'<div class="soft small">{notes}</div>'
    )
    return section("bypass", title, answer, body)


def figures_section(report: Report, title: str, answer: str) -> str:
    """Return each figure as a dashboard shows it, beside what the log supports, and why."""
    apart, same = differing(report.figures), agreeing(report.figures)
    body = (
        '<p class="soft">A dashboard counts what is finished. The honest figure counts everything, '
        "open tickets as far as they were watched.</p>"
    )
    if apart:
        body += _pairs(apart, "Figures that differ")
    if same:
        agree = f"{plural(len(same), 'more figure')} where both agree but for chance"
        body += folded(_pairs(same, agree), agree)
    if untold_words(report.figures):
        body += f"<p>{escaped(untold_words(report.figures), 3000)}</p>"
    note = escaped(window_words(report.figures), 300)
    return section("figures", title, answer, f'{body}<p class="soft small">{note}</p>')


def _pairs(results: tuple[Result, ...], name: str) -> str:
    cells = (tuple(escaped(cell, 300) for cell in row) for row in figure_rows(results[:MOST_ROWS]))
    rows = (
        (
            title,
            dashboard,
            f"<b>{honest}</b>"
            + (f'<span class="soft small below">{interval}</span>' if interval else ""),
            why,
        )
        for title, dashboard, honest, interval, why in cells
    )
    head = ("Figure", "A dashboard shows", "Honest", "Why they differ")
    return table(head, rows, kind="pairs", name=name) + more(results)
