"""What the report says before any figure: the result, the period, and the small print."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from itsm_core.calendars import load_zone
from itsm_core.report._model import Promise, Report, Week
from itsm_core.report._words import count, day, moment, percent, plural

__all__ = ["cautions", "flow", "headline", "kept", "notes", "period", "weakest", "worst_shown"]

_MOST_GAPS: Final = 6
"""More priorities than this without a goal are one mistake in the mapping, not six."""

_FEW: Final = 10
_MOST_TIED: Final = 3


def headline(report: Report) -> str:
    """Return the result in two sentences: the share kept of each promise, and the weakest."""
    has_rates = any(total.decided for total in _told(report.totals, report))
    return f"{kept(report)} {weakest(report) if has_rates else ''}".rstrip()


def kept(report: Report) -> str:
    """Return the result in a sentence: the share kept of each promise.

    Of promises that answers keep there is no share where no answer is recorded, and that is said.
    """
    decided = [total for total in report.totals if total.decided]
    if not report.tickets:
        return "There are no tickets in this log."
    if not decided:
        return _without_rates(report)
    totals = _told(decided, report)
    if len(totals) < len(decided):
        unknown = [total.metric for total in decided if total not in totals]
        return f"{_shares(totals)} {_unanswered(unknown)}".lstrip()
    return _shares(totals)


def _told(promises: Iterable[Promise], report: Report) -> list[Promise]:
    """Return the promises of which the log tells what became."""
    return [each for each in promises if each.metric not in report.unanswered]


def _unanswered(metrics: list[str]) -> str:
    return f"No answers recorded: how many {_listed(metrics)} promises were kept cannot be told."


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _shares(totals: list[Promise]) -> str:
    if not totals:
        return ""
    *first, last = [f"{percent(total.kept_ratio)} of {total.metric} promises" for total in totals]
    said = f"{', '.join(first)} and {last}" if first else last
    return f"{said} were kept."


def _without_rates(report: Report) -> str:
    """Tell apart what is not decided yet from what was never promised."""
    tickets = plural(report.tickets, "ticket")
    if any(total.undecided for total in report.totals):
        return f"No promise is decided yet for {tickets}."
    if report.cancelled:
        return f"Every promise for {tickets} was cancelled before it was decided."
    return f"Nothing was promised to any of the {tickets}: there is nothing to judge."


def cautions(report: Report) -> tuple[str, ...]:
    """Return what changes the meaning of every figure, and so stands beside the first of them."""
    zone = load_zone(report.zone)
    found: list[str] = []
    if report.unanswered:
        found.append(
            "No answers recorded: what is said below of "
            f"{_listed(list(report.unanswered))} promises is when tickets were resolved, for a "
            "solution is an answer too."
        )
    if report.is_beyond and report.known_until is not None:
        found.append(
            f"The log ends at {_at(report, report.known_until)}; nothing is known after it. "
            f"Promises still open are judged as of {moment(report.as_of, zone)} as if nothing "
            "more happened."
        )
    if report.later_tickets or report.later_events:
        found.append(
            f"Judged as of {_at(report, report.as_of)}: "
            f"{plural(report.later_tickets, 'later ticket')} and "
            f"{plural(report.later_events, 'later event')} of the log are left out."
        )
    found += [f"{gap}." for gap in report.gaps[:_MOST_GAPS]]
    more = report.gaps[_MOST_GAPS:]
    if more:
        tickets = plural(max(gap.tickets for gap in more), "ticket")
        found.append(f"{len(more)} more such gaps of at most {tickets} each.")
    return tuple(found)


def _at(report: Report, at: datetime) -> str:
    return f"{moment(at, load_zone(report.zone))} ({report.zone})"


def weakest(report: Report) -> str:
    """Return which promise is most surely bad, or that several are too close to tell apart.

    The lowest upper end of an interval decides, so that one of one broken is not worse than 60 of
    100. Whose interval overlaps that one's ties with it (law M2), if it is of ten cases or more:
    fewer would tie with everybody. Nothing is said of a single promise: it would repeat itself.
    """
    promises = _told(report.promises, report)
    broken = [promise for promise in promises if promise.broken]
    if not broken:
        return "Not one was broken." if any(each.decided for each in promises) else ""
    if len(promises) == 1:
        return ""
    worst = min(broken, key=_upper_end)
    tied = [
        promise
        for promise in broken
        if promise is worst
        or (promise.decided >= _FEW and promise.interval[0] <= worst.interval[1])
    ]
    if len(tied) == 1:
        parts = f"{count(worst.broken)} of {count(worst.decided)} broken"
        return f"Weakest: {_named(worst)}, with {parts}."
    if len(tied) > _MOST_TIED:
        return _weakest_metric(report, worst, len(tied))
    *first, last = [
        f"{_named(each)} ({count(each.broken)} of {count(each.decided)} broken)" for each in tied
    ]
    return f"Weakest are {', '.join(first)} and {last}: too close to tell apart."


def _weakest_metric(report: Report, worst: Promise, tied: int) -> str:
    """Return the metric if it is surely weaker than each other one; else that so many tie."""
    totals = _told(report.totals, report)
    same, *others = sorted(totals, key=lambda total: total.metric != worst.metric)
    if others and all(same.interval[1] < other.interval[0] for other in others):
        parts = f"{count(same.broken)} of {count(same.decided)} broken"
        return f"Weakest: {same.metric}, with {parts}; of its priorities none is clearly the worst."
    return f"None is clearly the weakest: {tied} are too close to tell apart."


def _named(promise: Promise) -> str:
    return f"{promise.metric} for {promise.priority or 'no priority'}"


def _upper_end(promise: Promise) -> float:
    return promise.interval[1]


def worst_shown(report: Report) -> str:
    """Return how many of the broken promises are shown as the worst; "" where all are."""
    shown, broken = len(report.worst), report.breaches
    if shown >= broken:
        return ""
    return f"Shown: {count(shown)} of {plural(broken, 'broken promise')}."


def period(report: Report) -> str:
    """Return which tickets, which days and which agreements."""
    zone = load_zone(report.zone)
    first, last = day(report.first_at, zone), day(report.as_of, zone)
    agreements = ", ".join(report.agreements) or "no agreement"
    text = (
        f"{plural(report.tickets, 'ticket')} from {first} to {last} ({report.zone}), "
        f"judged by {agreements}."
    )
    if report.without_agreement:
        text += f" {plural(report.without_agreement, 'ticket')} had no agreement."
    if report.cancelled:
        text += f" {plural(report.cancelled, 'promise was', 'promises were')} cancelled."
    return text


def flow(report: Report) -> tuple[str, ...]:
    """Return what the weeks show: the busiest, and in how many the pile grew."""
    weeks = report.weeks
    if not weeks:
        return ()
    zone = load_zone(report.zone)
    busiest = max(weeks, key=_arrived)
    whole = [week for week in weeks if week.is_whole]
    grew = sum(week.arrived > week.resolved for week in whole)
    arrived = sum(week.arrived for week in weeks)
    resolved = sum(week.resolved for week in weeks)
    first = (
        f"Busiest was the week of {day(busiest.start_at, zone)}: "
        f"{count(busiest.arrived)} arrived, {count(busiest.resolved)} were resolved."
    )
    second = (
        f"In {grew} of {plural(len(whole), 'whole week')} more arrived than were resolved. In all, "
        f"{count(arrived)} arrived and {count(resolved)} were resolved; a ticket that was "
        "resolved again after a reopening counts again."
    )
    if not report.arrived_outside_weeks:
        return (first, second)
    before = plural(report.arrived_outside_weeks, "ticket")
    return (first, second, f"Only the last {len(weeks)} weeks are shown: {before} arrived before.")


def _undecided(total: Promise) -> str:
    one, many = f"{total.metric} promise is", f"{total.metric} promises are"
    return plural(total.undecided, one, many)


def _arrived(week: Week) -> int:
    return week.arrived


def notes(report: Report) -> tuple[str, ...]:
    """Return what a reader could get wrong, with this report's own figures."""
    found: list[str] = []
    undecided = [total for total in report.totals if total.undecided]
    for total in undecided:
        everything = total.decided + total.undecided
        lowest = total.kept / everything
        highest = (total.kept + total.undecided) / everything
        one = total.undecided == 1
        found.append(
            f"{_undecided(total)} undecided and in no rate. Had {'it' if one else 'all of them'} "
            f"been broken, {percent(lowest)} would have been kept; had "
            f"{'it' if one else 'all'} been kept, {percent(highest)}."
        )
    if report.open_tickets:
        found.append(
            f"{plural(report.open_tickets, 'ticket is', 'tickets are')} still open. How long they "
            "will take is unknown: an average of the finished ones would be too short."
        )
    found.append(
        "The intervals say how far chance alone could move a share. Where two intervals overlap, "
        "the figures do not say which of the two is better."
    )
    found.append(
        "A promise that was kept says that the clock was stopped in time, not that the requester "
        "was content; reopened tickets are the part of that which a log can show."
    )
    found.append(
        "Work that was never registered is in no figure: what people fix in passing, on the phone "
        "or at a colleague's desk, is missing here."
    )
    return tuple(found)
