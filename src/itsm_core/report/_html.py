"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from itertools import groupby, islice
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.linking import CandidateRules, ProblemCandidate
from itsm_core.report._charts import BAND_FILLS, age_bar, rate_bar, weeks_chart, whole_bar
from itsm_core.report._headline import cautions, flow, headline, notes, period
from itsm_core.report._model import Finding, Promise, Repeats, Report, Worst
from itsm_core.report._problem_pages import problems_section
from itsm_core.report._style import STYLE
from itsm_core.report._words import count, day, duration, escaped, moment, percent, plural, times
from itsm_core.report.strip import ledger_svg

__all__ = ["html"]

_MOST_ROWS: Final = 100
"""Of a table or a list; whoever has more reads them in the JSON."""

_MOST_STRIPS: Final = 600_000
"""Characters; the page stays under a megabyte whatever comes."""


def html(
    report: Report,
    *,
    problems: Sequence[ProblemCandidate] = (),
    rules: CandidateRules | None = None,
) -> str:
    """Return the report as one self-contained page: no script, no network, under a megabyte.

    `problems` are candidates to be told in a section of their own, `rules` those that they were
    found by. Every text from outside is escaped and stripped of control characters; the page also
    forbids itself all loading by a content security policy.
    """
    zone = load_zone(report.zone)
    body = "".join(
        (
            _quality(report),
            _promises(report),
            _worst(report),
            f'<div class="pair">{_backlog(report)}{_repeats(report)}</div>',
            problems_section(problems, rules or CandidateRules(zone=report.zone)),
            _weeks(report, zone),
            _notes(report),
        )
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none';style-src 'unsafe-inline'\">"
        f"<title>{escaped(report.title)}</title><style>{STYLE}</style></head><body>"
        f"{_header(report)}<main>{body}</main>{_footer(report, zone)}</body></html>\n"
    )


def _header(report: Report) -> str:
    keys = "".join(
        f"<li><b>{percent(total.kept_ratio) if total.decided else '–'}</b> of "
        f"{escaped(total.metric)} promises kept"
        f'<div class="soft small">{_interval(total)}</div></li>'
        for total in report.totals
    )
    return (
        f"<header><h1>{escaped(report.title)}</h1>"
        f'<p class="lead">{escaped(headline(report), 600)}</p>'
        f'<p class="soft">{escaped(period(report), 600)}</p>{_cautions(report)}'
        f'<ul class="keys">{keys}<li><b>{count(report.open_tickets)}</b> tickets still open'
        f'<div class="soft small">of {count(report.tickets)} in all</div></li></ul></header>'
    )


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


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], *, words: bool = False) -> str:
    """Return a table of cells that are escaped already; the first of a row is its heading."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    kind = ' class="words"' if words else ""
    return (
        f'<div class="scroll"><table{kind}><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _folded(table: str) -> str:
    return f"<details><summary>The figures as a table</summary>{table}</details>"


def _quality(report: Report) -> str:
    if not report.findings:
        return ""
    found = [finding for finding in report.findings if not finding.is_zero]
    nothing = [finding for finding in report.findings if finding.is_zero]
    folded = (
        f"<details><summary>{plural(len(nothing), 'more check')} found nothing</summary>"
        f"{_findings(nothing)}</details>"
        if nothing
        else ""
    )
    return (
        '<section id="quality"><h2>How good the data is</h2>'
        '<p class="soft">Read this first: everything below is as good as the log it comes from.'
        f"</p>{_findings(found)}{folded}</section>"
    )


def _findings(findings: list[Finding]) -> str:
    rows = (
        (escaped(finding.what), escaped(finding.how_much, 300), escaped(finding.note, 300))
        for finding in findings[:_MOST_ROWS]
    )
    return _table(("Finding", "How much", "What was done"), rows, words=True) + _more(findings)


def _more(every: Sized) -> str:
    """Say how many rows are left out, if any."""
    more = len(every) - _MOST_ROWS
    return f'<p class="soft small">{count(more)} more are not shown.</p>' if more > 0 else ""


def _promises(report: Report) -> str:
    if not report.promises:
        return (
            '<section id="promises"><h2>Promises kept</h2>'
            f"<p>{escaped(headline(report), 600)}</p></section>"
        )
    parts: list[str] = []
    for metric, promises in groupby(report.promises, key=lambda promise: promise.metric):
        rows = "".join(
            f"<b>{escaped(promise.priority or 'no priority')}</b>"
            f"<div>{rate_bar(promise)}</div>"
            f'<div class="n"><b>{percent(promise.kept_ratio) if promise.decided else "–"}</b></div>'
            f'<div class="d small soft">{_split(promise)}</div>'
            for promise in islice(promises, _MOST_ROWS)
        )
        parts.append(f'<h3>{escaped(metric.capitalize())}</h3><div class="rates">{rows}</div>')
    table = _table(
        ("Promise", "Kept", "Broken", "Undecided", "Kept of decided", "95% interval"),
        (_promise_row(each) for each in (*report.promises[:_MOST_ROWS], *report.totals)),
    )
    folded = _folded(table) + _more(report.promises)
    return (
        '<section id="promises"><h2>Promises kept</h2><p class="soft">The bar is the share kept '
        "of all that are decided; the thin line is its 95% interval: the fewer the tickets, the "
        f"longer it is, and the less the share means.</p>{''.join(parts)}{folded}</section>"
    )


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


def _worst(report: Report) -> str:
    if not report.worst:
        why = "no promise was broken" if report.promises else "nothing was promised"
        return f'<section id="worst"><h2>The worst breaches</h2><p>None: {why}.</p></section>'
    return (
        '<section id="worst"><h2>The worst breaches, hour by hour</h2><p class="soft">'
        "Each strip is the time of one promise, from its start to its end. Tall blocks counted; "
        "everything else did not. Below it, who held the ticket. Its times are those of the "
        "calendar by which it was judged, whose zone is named.</p>"
        '<p class="hint">The strips are wider than this screen: move them sideways.</p>'
        f"{_articles(report.worst)}</section>"
    )


def _articles(worst: tuple[Worst, ...]) -> str:
    """Return the breaches, as many as the page has room for."""
    parts: list[str] = []
    length = 0
    for number, each in enumerate(worst):
        article = _article(each)
        length += len(article.encode())
        if length > _MOST_STRIPS:
            left = plural(len(worst) - number, "more breach is", "more breaches are")
            parts.append(f'<p class="soft">{left} not drawn: the page would be too large.</p>')
            break
        parts.append(article)
    return "".join(parts)


def _article(worst: Worst) -> str:
    clock = worst.clock
    strip = ledger_svg(clock, label=worst.ticket_id)
    title = f" · {escaped(worst.title)}" if worst.title else ""
    told = "\n".join(escaped(line, 300) for line in worst.explanation)
    return (
        f"<article><h3>{escaped(worst.ticket_id)}{title}</h3>"
        f'<p class="soft">{escaped(clock.name.capitalize())}, {escaped(clock.priority or "")}: '
        f'<b class="broken">{duration(worst.late)} late</b> by the agreement’s hours, '
        f"{times(worst.overrun_ratio)} its goal; "
        f"{duration(clock.elapsed)} counted of {duration(clock.wall_elapsed)} that passed.</p>"
        f'<div class="scroll" tabindex="0" role="group" aria-label="Ledger of '
        f'{escaped(worst.ticket_id)}">{strip}</div>'
        f"<details><summary>In words, in the time of {escaped(clock.calendar.zone)}</summary>"
        f"<pre>{told}</pre></details></article>"
    )


def _backlog(report: Report) -> str:
    longest = max((band.total for band in report.backlog), default=0)
    rows = "".join(
        f"<div>{escaped(band.label)}</div>"
        f"<div>{age_bar(band, longest, report.priorities)}</div><b>{count(band.total)}</b>"
        for band in report.backlog
    )
    legend = "".join(
        f'<li><i style="background:{BAND_FILLS[min(place, len(BAND_FILLS) - 1)]}"></i>'
        f"{escaped(name or 'no priority')}</li>"
        for place, name in enumerate(report.priorities)
    )
    table = _table(
        ("Open since", *(escaped(name or "none") for name in report.priorities), "All"),
        (
            (escaped(band.label), *(count(number) for number in band.counts), count(band.total))
            for band in report.backlog
        ),
    )
    return (
        '<section id="backlog"><h2>Still open, by age</h2>'
        f'<p class="soft">{plural(report.open_tickets, "ticket")} as of '
        f"{escaped(moment(report.as_of, load_zone(report.zone)))}.</p>"
        f'<div class="bars">{rows}</div><ul class="legend">{legend}</ul>{_folded(table)}</section>'
    )


def _repeats(report: Report) -> str:
    return (
        '<section id="repeats"><h2>Not done the first time</h2>'
        f"{_repeated('Reopened', report.reopenings, report.tickets, 'reopened')}"
        f"{_repeated('Bounced', report.bounces, report.tickets, 'sent back')}"
        '<p class="soft small">A bounce is a ticket that goes from one group to another and back '
        "to the first.</p></section>"
    )


def _repeated(name: str, repeats: tuple[Repeats, ...], tickets: int, verb: str) -> str:
    touched = sum(entry.tickets for entry in repeats)
    share = percent(touched / tickets) if tickets else "0%"
    most = max((entry.tickets for entry in repeats), default=0)
    rows = "".join(
        f"<div>{entry.label}</div>"
        f"<div>{whole_bar(entry.tickets, most, f'{verb} {entry.label}: {entry.tickets}')}"
        f"</div><b>{count(entry.tickets)}</b>"
        for entry in repeats
    )
    return (
        f"<h3>{name}: {plural(touched, 'ticket')}"
        f' <span class="soft">({share})</span></h3><div class="bars">{rows}</div>'
    )


def _weeks(report: Report, zone: ZoneInfo) -> str:
    weeks = report.weeks
    if not weeks:
        return ""
    table = _table(
        ("Week of", "Arrived", "Resolved"),
        (
            (
                escaped(day(week.start_at, zone)) + ("" if week.is_whole else " (in part)"),
                count(week.arrived),
                count(week.resolved),
            )
            for week in weeks
        ),
    )
    said = "".join(f"<p>{escaped(line, 300)}</p>" for line in flow(report))
    return (
        '<section id="weeks"><h2>Arrived and resolved, week by week</h2><div class="pair"><div>'
        '<ul class="legend"><li><i style="background:var(--counted)"></i>arrived</li>'
        '<li><i style="background:var(--kept)"></i>resolved (dashed)</li></ul>'
        f'{weeks_chart(weeks, zone)}</div><div>{said}<p class="soft small">Weeks begin on Monday '
        f"00:00 in {escaped(report.zone)}.</p></div></div>{_folded(table)}</section>"
    )


def _notes(report: Report) -> str:
    items = "".join(f"<li>{escaped(note, 600)}</li>" for note in notes(report))
    return f'<section id="notes"><h2>What these numbers do not say</h2><ul>{items}</ul></section>'


def _footer(report: Report, zone: ZoneInfo) -> str:
    agreements = ", ".join(report.agreements) or "none"
    return (
        f"<footer><p>Judged as of {escaped(moment(report.as_of, zone))} ({escaped(report.zone)}). "
        f"Agreements: {escaped(agreements, 400)}. Made by itsm_core.</p></footer>"
    )
