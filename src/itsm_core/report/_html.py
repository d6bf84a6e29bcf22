"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby, islice
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.report._answers import Answer, answers
from itsm_core.report._charts import rate_bar
from itsm_core.report._control_words import figure, usual
from itsm_core.report._desk_sections import bypass_section, figures_section
from itsm_core.report._headline import cautions, kept, notes, period
from itsm_core.report._markup import MOST_ROWS, folded, more, section, table
from itsm_core.report._model import Finding, Promise, Report
from itsm_core.report._problem_pages import problems_section
from itsm_core.report._sections import (
    control_section,
    repeats_section,
    waiting_section,
    worst_section,
)
from itsm_core.report._style import STYLE
from itsm_core.report._words import count, day, escaped, moment, percent, plural

__all__ = ["html"]

_SHOWN_FINDINGS: Final = 3
"""The weightiest; the others are one click away, so that the verdicts are in sight."""

Draw = Callable[[Report, str, str], str]


def html(report: Report) -> str:
    """Return the report as one self-contained page: no script, no network, under a megabyte.

    Every text from outside is escaped and stripped of control characters; the page also forbids
    itself all loading by a content security policy. Sections without anything to tell are left
    out.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report, html
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> page = html(report)
    >>> import re
    >>> re.findall('<section id="([a-z]+)"', page)
    ['promises', 'control', 'worst', 'waiting', 'repeats', 'notes']
    >>> "<script" in page
    False
    """
    told = answers(report)
    sections = "".join(_DRAW[each.section](report, each.title, each.text) for each in told)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none';style-src 'unsafe-inline'\">"
        f"<title>{escaped(report.title)}</title><style>{STYLE}</style></head><body>"
        f"{_header(report, told)}<main>{_quality(report)}{sections}{_notes(report)}</main>"
        f"{_footer(report, load_zone(report.zone))}</body></html>\n"
    )


def _header(report: Report, told: tuple[Answer, ...]) -> str:
    keys = "".join(_key(report, total) for total in report.totals)
    return (
        f"<header><h1>{escaped(report.title)}</h1>"
        f'<p class="lead">{escaped(kept(report), 600)}</p>'
        f'<p class="soft">{escaped(period(report), 600)}</p>{_cautions(report)}'
        f'<ul class="keys">{keys}<li><b>{count(report.open_tickets)}</b> tickets still open'
        f'<div class="soft small">of {count(report.tickets)} in all</div></li></ul>'
        f"{_contents(told)}</header>"
    )


def _key(report: Report, total: Promise) -> str:
    """Return the last whole week of a promise beside what is usual; without weeks, all of it."""
    name = escaped(total.metric)
    for chart in report.charts:
        if chart.metric == total.metric and chart.weeks:
            week = escaped(day(chart.weeks[-1], load_zone(report.zone)))
            decided = f"{plural(chart.sizes[-1], 'was', 'were')} decided"
            return (
                f"<li><b>{figure(chart, chart.values[-1])}</b> of {name} promises kept in the week "
                f'of {week}<div class="soft small">{decided}; '
                f"{escaped(usual(chart))}</div></li>"
            )
    return (
        f"<li><b>{percent(total.kept_ratio) if total.decided else '–'}</b> of {name} promises kept"
        f'<div class="soft small">{_interval(total)}</div></li>'
    )


def _contents(told: tuple[Answer, ...]) -> str:
    """Return what each section says in a sentence, a link to each; what is pressing is marked."""
    mark = '<b class="mark">Look here</b>'
    items = "".join(
        f'<li><a href="#{each.section}">{escaped(each.title)}</a>'
        f"<span>{mark if each.is_pressing else ''}{escaped(each.text, 600)}</span></li>"
        for each in told
    )
    return f'<nav aria-label="In short"><ul class="contents">{items}</ul></nav>'


def _cautions(report: Report) -> str:
    said = "".join(f"<li>{escaped(line, 400)}</li>" for line in cautions(report))
    return f'<ul class="cautions">{said}</ul>' if said else ""


def _interval(promise: Promise) -> str:
    if not promise.decided:
        return "nothing decided yet"
    low, high = promise.interval
    return (
        f"{count(promise.kept)} kept, {count(promise.broken)} broken"
        f"<br>95% interval {percent(low)} to {percent(high)}"
    )


def _quality(report: Report) -> str:
    """Return the weightiest findings about the data; the rest and what was not found is folded."""
    if not report.findings:
        return ""
    found = [finding for finding in report.findings if not finding.is_zero]
    nothing = [finding for finding in report.findings if finding.is_zero]
    first, rest = found[:_SHOWN_FINDINGS], found[_SHOWN_FINDINGS:]
    shown = _findings(first) if first else "<p>Every check found nothing.</p>"
    if rest:
        shown += folded(_findings(rest), plural(len(rest), "more finding"))
    if nothing:
        shown += folded(_findings(nothing), f"{plural(len(nothing), 'more check')} found nothing")
    answer = "Everything below is as good as the log it comes from."
    return section("quality", "How good the data is", answer, shown)


def _findings(findings: list[Finding]) -> str:
    rows = (
        (escaped(finding.what), escaped(finding.how_much, 300), escaped(finding.note, 300))
        for finding in findings[:MOST_ROWS]
    )
    head = ("Finding", "How much", "What was done")
    return table(head, rows, kind="words", name="Findings") + more(findings)


def _promises(report: Report, title: str, answer: str) -> str:
    if not report.promises:
        return section("promises", title, answer, "")
    parts: list[str] = []
    for metric, promises in groupby(report.promises, key=lambda promise: promise.metric):
        rows = "".join(
            f"<b>{escaped(promise.priority or 'no priority')}</b>"
            f"<div>{rate_bar(promise)}</div>"
            f'<div class="n"><b>{percent(promise.kept_ratio) if promise.decided else "–"}</b></div>'
            f'<div class="d small soft">{_split(promise)}</div>'
            for promise in islice(promises, MOST_ROWS)
        )
        parts.append(f'<h3>{escaped(metric.capitalize())}</h3><div class="rates">{rows}</div>')
    rows_told = (_promise_row(each) for each in (*report.promises[:MOST_ROWS], *report.totals))
    head = ("Promise", "Kept", "Broken", "Undecided", "Kept of decided", "95% interval")
    body = (
        '<p class="soft">The bar is the share kept of all that are decided; the thin line is its '
        "95% interval: the fewer the tickets, the longer it is, and the less the share means.</p>"
        f"{''.join(parts)}{folded(table(head, rows_told, name=title))}{more(report.promises)}"
    )
    return section("promises", title, answer, body)


def _split(promise: Promise) -> str:
    text = f"{count(promise.kept)} kept, {count(promise.broken)} broken"
    return text + (f", {count(promise.undecided)} undecided" if promise.undecided else "")


def _promise_row(promise: Promise) -> tuple[str, ...]:
    low, high = promise.interval
    name = f"{promise.metric} {promise.priority or 'all'}"
    known = promise.decided > 0
    return (
        escaped(name),
        count(promise.kept),
        count(promise.broken),
        count(promise.undecided),
        percent(promise.kept_ratio) if known else "–",
        f"{percent(low)} – {percent(high)}" if known else "–",
    )


def _notes(report: Report) -> str:
    items = "".join(f"<li>{escaped(note, 600)}</li>" for note in notes(report))
    return section("notes", "What these numbers do not say", "", f"<ul>{items}</ul>")


def _footer(report: Report, zone: ZoneInfo) -> str:
    agreements = ", ".join(report.agreements) or "none"
    return (
        f"<footer><p>Judged as of {escaped(moment(report.as_of, zone))} ({escaped(report.zone)}). "
        f"Agreements: {escaped(agreements, 400)}. Made by itsm_core.</p></footer>"
    )


def _problems(report: Report, title: str, answer: str) -> str:
    return problems_section(report.problems or (), report.rules, title=title, answer=answer)


_DRAW: Final[Mapping[str, Draw]] = {
    "promises": _promises,
    "control": control_section,
    "worst": worst_section,
    "waiting": waiting_section,
    "bypass": bypass_section,
    "problems": _problems,
    "figures": figures_section,
    "repeats": repeats_section,
}
"""Who draws which section; `answers` says which there are, and in which order."""
