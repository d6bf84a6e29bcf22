"""The sections of the page that tell what to do something about: weeks, breaches, who waits."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from datetime import timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.metrics._untold import UNTOLD
from itsm_core.report._charts import BAND_FILLS, age_bar, whole_bar
from itsm_core.report._control import beyond
from itsm_core.report._control_svg import control_svg
from itsm_core.report._control_words import figure, limits, signals_told, usual
from itsm_core.report._headline import flow, worst_shown
from itsm_core.report._markup import MOST_ROWS, folded, more, section, table
from itsm_core.report._model import ControlChart, Repeats, Report, Waiter, Waiting, Worst
from itsm_core.report._waiting import OTHER
from itsm_core.report._words import (
    clean,
    count,
    day,
    duration,
    elapsed,
    escaped,
    moment,
    percent,
    plural,
    times,
)
from itsm_core.report.strip import ledger_svg

__all__ = ["control_section", "repeats_section", "waiting_section", "worst_section"]

_MOST_STRIPS: Final = 450_000
"""Bytes; the page stays under a megabyte whatever comes."""

_MOST_HOLDERS: Final = 3


# --- signal or noise -----------------------------------------------------------------------------


def control_section(report: Report, title: str, answer: str) -> str:
    """Return the charts that tell signal from noise; "" where no week is whole."""
    if not report.charts:
        return ""
    zone = load_zone(report.zone)
    figures = "".join(_control(chart, zone) for chart in report.charts)
    said = "".join(f"<p>{escaped(line, 300)}</p>" for line in flow(report))
    body = (
        '<p class="soft">The band is what may be chance, worked out from how much these weeks '
        "differ from one to the next; it is no goal. A diamond is a week outside: there it pays "
        "to ask what happened. Differences inside have no cause that could be found.</p>"
        f'<div class="charts">{figures}</div>{said}{_weeks(report, zone)}'
        '<p class="soft small">A promise counts in the week in which it was decided: kept, or due '
        f"and not kept. Weeks begin on Monday 00:00 in {escaped(report.zone)}.</p>"
    )
    return section("control", title, answer, body)


def _control(told: ControlChart, zone: ZoneInfo) -> str:
    signals = "".join(f"<li>{escaped(words, 200)}</li>" for words in signals_told(told, zone))
    listed = f'<ul class="signals">{signals}</ul>' if signals else ""
    return (
        f"<figure><figcaption><h3>{escaped(told.subject)}</h3>"
        f'<p class="soft small">{escaped(usual(told), 200)}</p></figcaption>'
        f"{control_svg(told, zone)}{listed}{folded(_control_table(told, zone))}</figure>"
    )


def _control_table(told: ControlChart, zone: ZoneInfo) -> str:
    chart = told.chart
    outside = frozenset[int]() if chart is None else beyond(chart)
    head = ("Week of", told.subject, *(("Of",) if told.sizes else ()), "May be chance", "Signal")
    rows = (
        (
            escaped(day(start, zone)),
            figure(told, told.values[place]),
            *((count(told.sizes[place]),) if told.sizes else ()),
            "–" if chart is None else " to ".join(limits(told, chart, place)),
            "outside" if place in outside else "",
        )
        for place, start in islice(enumerate(told.weeks), _earlier(told.weeks), None)
    )
    return table(map(escaped, head), rows, name=told.subject) + _left_out(told.weeks)


def _earlier(weeks: Sized) -> int:
    """Return how many of the first weeks a table leaves out: the last ones are asked for."""
    return max(0, len(weeks) - MOST_ROWS)


def _left_out(weeks: Sized) -> str:
    number = _earlier(weeks)
    if not number:
        return ""
    return f'<p class="soft small">{plural(number, "earlier week")} not shown.</p>'


def _weeks(report: Report, zone: ZoneInfo) -> str:
    rows = (
        (
            escaped(day(week.start_at, zone)) + ("" if week.is_whole else " (in part)"),
            count(week.arrived),
            count(week.resolved),
        )
        for week in report.weeks[_earlier(report.weeks) :]
    )
    name = "Arrived and resolved, week by week"
    told = table(("Week of", "Arrived", "Resolved"), rows, name=name)
    return folded(told + _left_out(report.weeks), name)


# --- why the worst were late ---------------------------------------------------------------------


def worst_section(report: Report, title: str, answer: str) -> str:
    """Return the worst breaches, each with the strip that shows where its time went."""
    if not report.worst:
        return section("worst", title, answer, "")
    body = (
        '<p class="soft">Each strip is the time of one promise, from its start to its end. Tall '
        "blocks counted; everything else did not. Below it, who held the ticket. Its times are "
        "those of the calendar by which it was judged, whose zone is named.</p>"
        '<p class="hint">The strips are wider than this screen: move them sideways.</p>'
        f"{_articles(report.worst, told='history' not in report.untold)}{_unshown(report)}"
    )
    return section("worst", title, answer, body)


def _unshown(report: Report) -> str:
    said = worst_shown(report)
    return f'<p class="soft small">{said}</p>' if said else ""


def _articles(worst: tuple[Worst, ...], *, told: bool) -> str:
    """Return the breaches, as many as the page has room for."""
    parts: list[str] = []
    length = 0
    for number, each in enumerate(worst):
        article = _article(each, told=told)
        length += len(article.encode())
        if length > _MOST_STRIPS:
            left = plural(len(worst) - number, "more breach is", "more breaches are")
            parts.append(f'<p class="soft">{left} not drawn: the page would be too large.</p>')
            break
        parts.append(article)
    return "".join(parts)


def _article(worst: Worst, *, told: bool) -> str:
    clock = worst.clock
    strip = ledger_svg(clock, label=worst.ticket_id, is_held_told=told)
    title = f" · {escaped(worst.title)}" if worst.title else ""
    lines = "\n".join(escaped(line, 300) for line in worst.explanation)
    return (
        f"<article><h3>{escaped(worst.ticket_id)}{title}</h3>"
        f"<p>{escaped(clock.name.capitalize())}, {escaped(clock.priority or '')}: "
        f'<b class="broken">{duration(worst.late)} late</b> by the agreement’s hours, '
        f"{times(worst.overrun_ratio)} its goal; "
        f"{duration(clock.elapsed)} counted of {duration(clock.wall_elapsed)} that passed."
        f"{escaped(_held(worst) if told else '', 400)}</p>"
        f'<div class="scroll" tabindex="0" role="group" aria-label="Ledger of '
        f'{escaped(worst.ticket_id)}">{strip}</div>'
        f"<details><summary>In words, in the time of {escaped(clock.calendar.zone)}</summary>"
        f"<pre>{lines}</pre></details></article>"
    )


def _held(worst: Worst) -> str:
    """Return who had it while time counted; nothing where it was one group all along."""
    if len(worst.holders) < 2:
        return ""
    named = [
        f"{clean(group, 60) or 'no group'} had it for {duration(length)}"
        for group, length in worst.holders[:_MOST_HOLDERS]
    ]
    left = len(worst.holders) - _MOST_HOLDERS
    rest = f", {plural(left, 'more group')} for the rest" if left > 0 else ""
    return f" Of what counted, {', '.join(named)}{rest}."


# --- who waits -----------------------------------------------------------------------------------


def waiting_section(report: Report, title: str, answer: str) -> str:
    """Return what is open: what it waits for, how old it is, what nobody has touched."""
    as_of = escaped(moment(report.as_of, load_zone(report.zone)))
    body = (
        f'<p class="soft">As of {as_of}. Waiting is elapsed time, nights included.</p>'
        f'<div class="pair"><div><h3>For what</h3>{_kinds(report.waiting, "Waits for")}'
        f"<h3>Since when open</h3>{_ages(report)}</div>"
        f"<div><h3>With whom</h3>{_kinds(report.held_by, 'Held by')}</div></div>"
        f"{_untouched(report)}"
    )
    return section("waiting", title, answer, body if report.waiting else "")


def _kinds(kinds: Sequence[Waiting], name: str) -> str:
    # What is left over is no kind: its bar would make those of the kinds look small.
    most = max((each.tickets for each in kinds if each.name != OTHER), default=0)
    bars = "".join(
        f"<div>{escaped(each.name, 60)}</div>"
        f"<div>{_bar(each, most) if each.name != OTHER else ''}</div>"
        f"<b>{count(each.tickets)}</b>"
        for each in kinds
    )
    rows = (
        (
            escaped(each.name, 60),
            count(each.tickets),
            _unbroken(each.half),
            _unbroken(each.longest),
        )
        for each in kinds
    )
    head = (name, "Tickets", "Half of them for at least", "Longest")
    return f'<div class="bars">{bars}</div>{folded(table(head, rows, name=name))}'


def _bar(waiting: Waiting, most: int) -> str:
    return whole_bar(waiting.tickets, most, f"{waiting.name}: {waiting.tickets}")


def _ages(report: Report) -> str:
    longest = max((band.total for band in report.backlog), default=0)
    bars = "".join(
        f"<div>{escaped(band.label)}</div>"
        f"<div>{age_bar(band, longest, report.priorities)}</div><b>{count(band.total)}</b>"
        for band in report.backlog
    )
    legend = "".join(
        f'<li><i style="background:{BAND_FILLS[min(place, len(BAND_FILLS) - 1)]}"></i>'
        f"{escaped(name or 'no priority')}</li>"
        for place, name in enumerate(report.priorities)
    )
    head = ("Open since", *(escaped(name or "none") for name in report.priorities), "All")
    rows = (
        (escaped(band.label), *(count(number) for number in band.counts), count(band.total))
        for band in report.backlog
    )
    return (
        f'<div class="bars">{bars}</div><ul class="legend">{legend}</ul>'
        f"{folded(table(head, rows, name='Open tickets by age'))}"
    )


def _untouched(report: Report) -> str:
    if not report.untouched:
        return ""
    titled = any(each.title for each in report.untouched)
    nobody = "no group" if "owners" in report.untold else "nobody"
    head = ("Ticket", "Untouched for", "Open for", "Waits for", "Held by")
    rows = (
        (
            f"{escaped(each.ticket_id)}{f' · {escaped(each.title, 80)}' if titled else ''}",
            f"<b>{_unbroken(each.untouched)}</b>",
            _unbroken(each.age),
            escaped(each.waits_for, 60),
            escaped(_holder(each, nobody)),
        )
        for each in islice(report.untouched, MOST_ROWS)
    )
    return (
        "<h3>Untouched for longest</h3>"
        '<p class="soft small">For so long no human has done anything about these, by the log.</p>'
        + table(head, rows, kind="words", name="Untouched for longest")
        + more(report.untouched)
    )


def _unbroken(length: timedelta) -> str:
    """Return elapsed time in words that stay on one line."""
    return f'<span class="whole">{elapsed(length)}</span>'


def _holder(waiter: Waiter, nobody: str) -> str:
    named = [part for part in (waiter.group, waiter.assignee) if part]
    return " · ".join(named) or nobody


# --- not done the first time ---------------------------------------------------------------------


def repeats_section(report: Report, title: str, answer: str) -> str:
    """Return what came back and what went to and fro."""
    body = (
        f'<div class="pair"><div>{_repeated("Reopened", report.reopenings, report, "reopened")}'
        f"</div><div>{_repeated('Bounced', report.bounces, report, 'sent back')}</div></div>"
        '<p class="soft small">A bounce is a ticket that goes from one group to another and back '
        "to the first.</p>"
    )
    return section("repeats", title, answer, body)


def _repeated(name: str, repeats: tuple[Repeats, ...], report: Report, verb: str) -> str:
    if "history" in report.untold:
        return f"<h3>{name}: unknown</h3><p>{UNTOLD[:1].upper()}{UNTOLD[1:]}.</p>"
    touched = sum(entry.tickets for entry in repeats)
    share = percent(touched / report.tickets) if report.tickets else "0%"
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
