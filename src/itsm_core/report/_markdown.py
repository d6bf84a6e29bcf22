"""The report as Markdown: the same sentences and tables, to paste into a ticket or a wiki."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from itsm_core.calendars import load_zone
from itsm_core.report import _problem_words as problem_words
from itsm_core.report._answers import answers
from itsm_core.report._bypass_words import bypass_notes, place_rows, way_rows
from itsm_core.report._control_words import figure, signals_told, usual
from itsm_core.report._figure_words import figure_rows, told, untold_words, window_words
from itsm_core.report._headline import cautions, flow, kept, notes, period, worst_shown
from itsm_core.report._markup import MOST_ROWS
from itsm_core.report._model import Promise, Repeats, Report
from itsm_core.report._words import (
    count,
    day,
    duration,
    durations_padded,
    elapsed,
    in_markdown,
    moment,
    percent,
    times,
)

__all__ = ["markdown"]

_MOST_PROBLEMS: Final = 5

Row = tuple[str, ...]


def markdown(report: Report) -> str:
    """Return the report as Markdown with tables, without pictures, ending in a line end.

    Text from outside cannot form markup, links or mentions in it. Long tables are cut at 100 rows
    and say so.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report, markdown
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> title, _, headline, *_ = markdown(report).splitlines()
    >>> print(title)
    # Service desk report
    >>> print(headline)
    **88.8% of response promises and 92.7% of resolution promises were kept.**
    """
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    zone = load_zone(report.zone)
    told = answers(report)
    yield f"# {in_markdown(report.title)}"
    yield f"\n**{in_markdown(kept(report), 600)}**"
    yield f"\n{in_markdown(period(report), 600)}"
    yield from _items(cautions(report))
    yield ""
    for each in told:
        mark = "**Look here.** " if each.is_pressing else ""
        yield f"- **{in_markdown(each.title)}**: {mark}{in_markdown(each.text, 600)}"
    if report.findings:
        yield "\n## How good the data is"
        found = [(each.what, each.how_much, each.note) for each in report.findings]
        yield from _table(("Finding", "How much", "What was done"), found)
    for each in told:
        yield f"\n## {in_markdown(each.title)}"
        yield f"\n**{in_markdown(each.text, 600)}**"
        yield from _WRITE[each.section](report)
    yield "\n## What these numbers do not say"
    yield from _items(notes(report))
    at = in_markdown(f"{moment(report.as_of, zone)} ({report.zone})")
    yield f"\nJudged as of {at}. Made by itsm\\_core."


def _items(lines: Iterable[str]) -> Iterator[str]:
    first = True
    for line in lines:
        yield f"{chr(10) if first else ''}- {in_markdown(line, 600)}"
        first = False


def _table(head: Row, rows: Iterable[Row]) -> Iterator[str]:
    """Yield a table, the first column to the left; nothing where there are no rows."""
    every = list(rows)
    if not every:
        return
    yield f"\n| {' | '.join(map(in_markdown, head))} |"
    yield f"|{'---|' * len(head)}"
    for row in every[:MOST_ROWS]:
        yield f"| {' | '.join(in_markdown(cell, 300) for cell in row)} |"
    if len(every) > MOST_ROWS:
        yield f"\n{count(len(every) - MOST_ROWS)} more are not shown."


def _promises(report: Report) -> Iterator[str]:
    head = ("Promise", "Kept", "Broken", "Undecided", "Kept of decided", "95% interval")
    totals = report.totals if report.promises else ()
    yield from _table(head, (_promise(each) for each in (*report.promises, *totals)))


def _promise(promise: Promise) -> Row:
    low, high = promise.interval
    known = promise.decided > 0
    return (
        f"{promise.metric} {promise.priority or 'all'}",
        count(promise.kept),
        count(promise.broken),
        count(promise.undecided),
        percent(promise.kept_ratio) if known else "–",
        f"{percent(low)} to {percent(high)}" if known else "–",
    )


def _control(report: Report) -> Iterator[str]:
    zone = load_zone(report.zone)
    rows = (
        (
            each.subject,
            figure(each, each.values[-1]) if each.values else "–",
            usual(each),
            " ".join(signals_told(each, zone)) or "none",
        )
        for each in report.charts
    )
    yield from _table(("Week by week", "Last whole week", "Usual", "Signals"), rows)
    yield from _items(flow(report))
    weeks = (
        (
            day(week.start_at, zone) + ("" if week.is_whole else " (in part)"),
            count(week.arrived),
            count(week.resolved),
        )
        for week in report.weeks[-MOST_ROWS:]
    )
    yield from _table(("Week of", "Arrived", "Resolved"), weeks)


def _worst(report: Report) -> Iterator[str]:
    rows = (
        (
            each.ticket_id,
            each.title,
            f"{each.clock.name} {each.clock.priority or ''}".rstrip(),
            duration(each.late),
            times(each.overrun_ratio),
            "; ".join(f"{group or report.unheld} {duration(held)}" for group, held in each.holders),
        )
        for each in report.worst
    )
    head = ("Ticket", "Title", "Promise", "Late", "Of its goal", "Who had it while time counted")
    yield from _table(head, rows)
    if worst_shown(report):
        yield f"\n{worst_shown(report)}"
    if report.worst:
        first = report.worst[0]
        yield f"\n### Why {in_markdown(first.ticket_id)} is the worst"
        yield from _items(durations_padded(line) for line in first.explanation)


def _waiting(report: Report) -> Iterator[str]:
    for name, kinds in (("Waits for", report.waiting), ("Held by", report.held_by)):
        rows_of = (
            (each.name, count(each.tickets), elapsed(each.half), elapsed(each.longest))
            for each in kinds
        )
        yield from _table((name, "Tickets", "Half of them for at least", "Longest"), rows_of)
    ages = (
        (band.label, *(count(number) for number in band.counts), count(band.total))
        for band in report.backlog
        if report.waiting
    )
    priorities = tuple(name or "none" for name in report.priorities)
    yield from _table(("Open since", *priorities, "All"), ages)
    rows = (
        (
            each.ticket_id,
            each.title,
            elapsed(each.untouched),
            elapsed(each.age),
            each.waits_for,
            each.group or ("no group" if "owners" in report.untold else "nobody"),
        )
        for each in report.untouched
    )
    yield from _table(("Ticket", "Title", "Untouched for", "Open for", "Waits for", "Group"), rows)


def _bypass(report: Report) -> Iterator[str]:
    found = report.bypass
    if found is None or not found.bypasses:
        return
    yield from _table(("Which way", "Tickets"), ((way, count(n)) for way, n in way_rows(found)))
    head = ("Where", "Went past the desk", "Share", "95% interval", "To be read as")
    yield from _table(head, place_rows(found))
    yield from _items(bypass_notes(found))


def _figures(report: Report) -> Iterator[str]:
    head = ("Figure", "A dashboard shows", "Honest", "Why they differ")
    rows = (
        (title, dashboard, f"{honest} ({interval})" if interval else honest, why)
        for title, dashboard, honest, interval, why in figure_rows(told(report.figures))
    )
    yield from _table(head, rows)
    if untold_words(report.figures):
        yield f"\n{in_markdown(untold_words(report.figures), 3000)}"
    yield f"\n{in_markdown(window_words(report.figures), 300)}"


def _problems(report: Report) -> Iterator[str]:
    if report.rules is None or not report.problems:
        return
    zone = load_zone(report.rules.zone)
    rows = (
        (each.candidate_id, each.subject, problem_words.lead(each, zone))
        for each in islice(report.problems, _MOST_PROBLEMS)
    )
    yield from _table(("Candidate", "About", "What is known"), rows)
    yield f"\n{in_markdown(problem_words.rate_words(report.rules.rates), 300)}"


def _repeats(report: Report) -> Iterator[str]:
    if "history" in report.untold:
        return
    rows = [*_times("reopened", report.reopenings), *_times("bounced", report.bounces)]
    yield from _table(("What", "How often", "Tickets"), rows)


def _times(what: str, repeats: tuple[Repeats, ...]) -> Iterator[Row]:
    return ((what, entry.label, count(entry.tickets)) for entry in repeats)


_WRITE: Final[Mapping[str, Callable[[Report], Iterator[str]]]] = {
    "promises": _promises,
    "control": _control,
    "worst": _worst,
    "waiting": _waiting,
    "bypass": _bypass,
    "problems": _problems,
    "figures": _figures,
    "repeats": _repeats,
}
"""Who writes what stands below the answer of a section."""
