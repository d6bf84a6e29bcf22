"""From a judged log to a report: bands, weeks, choices of what to show; nothing is drawn yet."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.bypass import BypassReport
from itsm_core.calendars import load_zone
from itsm_core.errors import InstantOutOfRange
from itsm_core.linking import CandidateRules, ProblemCandidate
from itsm_core.metrics._checks import whole
from itsm_core.metrics._definitions import Result
from itsm_core.metrics._untold import Untold, checked_untold, withheld
from itsm_core.report._control import control_charts
from itsm_core.report._model import (
    AgeBand,
    Finding,
    Gap,
    Promise,
    Repeats,
    Report,
    Week,
    Worst,
)
from itsm_core.report._waiting import held_by, untouched, waiting
from itsm_core.report._words import durations_padded
from itsm_core.report.judged import Judged, OpenTicket, WorstBreach
from itsm_core.sla import LedgerKind, SlaClock
from itsm_core.spans import in_pendulum, instant, micros

__all__ = ["build_report"]

_DAY_US: Final = 24 * 3_600 * 1_000_000
_BANDS: Final = (
    ("under 1 day", 1),
    ("1 to 3 days", 3),
    ("3 to 7 days", 7),
    ("1 to 4 weeks", 28),
    ("4 to 13 weeks", 91),
    ("over 13 weeks", None),
)
"""Upper ends in days of 24 hours, for an age is elapsed time; 13 weeks are a quarter."""

_MOST_TIMES: Final = 5
"""Above this, repeats share one row."""

_MOST_WEEKS: Final = 400
"""Nearly eight years: beyond it a week is a hair's breadth on any screen."""

_WEEK_US: Final = 7 * _DAY_US

_HELD: Final = "held while it counted: "

_MOST_PRIORITIES: Final = 30
_OTHER: Final = "(other)"


def build_report(
    judged: Judged,
    *,
    title: str = "Service desk report",
    zone: str = "UTC",
    findings: Iterable[tuple[str, str, str]] = (),
    most_worst: int = 5,
    most_untouched: int = 10,
    known_until: datetime | None = None,
    problems: Iterable[ProblemCandidate] | None = None,
    rules: CandidateRules | None = None,
    bypass: BypassReport | None = None,
    figures: Iterable[Result] = (),
    untold: Iterable[Untold] = (),
) -> Report:
    """Return the report of a judged log.

    `zone` is the zone in which weeks begin and instants are shown. `findings` tell the quality of
    the data as (what, how much, what was done), the weightiest first; `DataQuality.findings()`
    gives them. At most `most_worst` breaches a metric are shown, the greatest overrun in
    goals first, and `most_untouched` open tickets. `known_until` is the end of the log; if
    `judged.as_of` is later, the report says so. `problems` are candidates that `rules` found;
    None says that nobody has looked, which is another thing than finding nothing; so it does of
    `bypass`. `figures` are results of `measure`, such as the values of `measure_all`, and are shown
    in their order. `untold` names what the log leaves out, "answers", "history" or "owners": it is
    then said to be unknown, and not none.

    Raises:
        UnknownZone: the tz database does not know `zone`.
        InstantOutOfRange: the log begins or is judged where `zone` has no date or no whole week:
            in the first or the last days of the years 1 to 9999.
        InvalidValue: `most_worst` or `most_untouched` is no whole number from 0, or `untold` has
            another name.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> judged = judge_log(desk.histories, load_policy("demo"), desk.as_of)
    >>> report = build_report(judged, title="Monday", zone="Europe/Berlin", most_worst=1)
    >>> report.tickets, report.open_tickets, [worst.ticket_id for worst in report.worst]
    (200, 4, ['INC0162', 'INC0151'])
    >>> build_report(judged, zone="Europe/Berlim")
    Traceback (most recent call last):
        ...
    itsm_core.errors.UnknownZone: unknown time zone: 'Europe/Berlim'; use an IANA name such as
        'Europe/Berlin'; did you mean 'Europe/Berlin'?
    """
    whole(most_worst, "most_worst")
    whole(most_untouched, "most_untouched")
    missing = checked_untold(untold)
    weeks = _whole_weeks(judged, zone, known_until)
    return Report(
        title=title,
        zone=zone,
        first_at=in_pendulum(instant(judged.first_us)),
        as_of=in_pendulum(judged.as_of),
        tickets=judged.tickets,
        open_tickets=len(judged.backlog),
        agreements=_agreements(judged),
        without_agreement=judged.without_agreement,
        priorities=_priorities(judged),
        promises=_promises(judged),
        worst=tuple(_worst(judged.worst, most_worst, missing)),
        backlog=_backlog(judged),
        reopenings=_repeats(judged.reopened.values()),
        bounces=_repeats(judged.bounced.values()),
        weeks=weeks,
        findings=tuple(
            Finding(what=what, how_much=how_much, note=note) for what, how_much, note in findings
        ),
        gaps=_gaps(judged),
        cancelled=sum(tally.cancelled for tally in judged.tallies),
        later_tickets=judged.later_tickets,
        later_events=judged.later_events,
        known_until=known_until,
        arrived_outside_weeks=_arrived_before(judged, weeks),
        charts=control_charts(weeks),
        waiting=waiting(judged, missing),
        held_by=held_by(judged),
        untouched=tuple(untouched(judged, most_untouched, missing)),
        problems=None if problems is None else tuple(problems),
        rules=rules or (None if problems is None else CandidateRules(zone=zone)),
        bypass=bypass,
        figures=tuple(withheld(each, missing) for each in figures),
        unanswered=judged.unanswered,
        untold=missing,
    )


def _whole_weeks(judged: Judged, zone: str, known_until: datetime | None) -> tuple[Week, ...]:
    """Return the weeks of a log, or refuse a log that reaches to where the zone has none."""
    place = load_zone(zone)
    try:
        judged.as_of.astimezone(place)
        return _weeks(judged, place, known_until)
    except OverflowError as error:
        span = f"{instant(judged.first_us)} to {judged.as_of} in {zone}"
        remedy = "leave out the tickets of the years 1 and 9999, or judge as of an earlier instant"
        raise InstantOutOfRange("no weeks outside the years 1 to 9999", span, remedy) from error


def _promises(judged: Judged) -> tuple[Promise, ...]:
    """Return each promise that was made, by metric and priority."""
    return tuple(
        Promise(
            metric=tally.metric,
            priority=tally.priority,
            kept=tally.kept,
            broken=tally.broken,
            undecided=tally.undecided,
        )
        for tally in judged.tallies
        if tally.kept or tally.broken or tally.undecided
    )


def _gaps(judged: Judged) -> tuple[Gap, ...]:
    """Return each reason once, with the metrics for which it holds for as many tickets."""
    metrics: dict[tuple[str, str, int], list[str]] = {}
    for each in judged.unpromised:
        metrics.setdefault((each.reason, each.priority, each.tickets), []).append(each.metric)
    return tuple(
        Gap(tickets=tickets, metrics=tuple(sorted(names, reverse=True)), reason=reason)
        for (code, priority, tickets), names in metrics.items()
        for reason in (_why(code, priority),)
    )


def _why(code: str, priority: str) -> str:
    if code == "no-priority":
        return "no priority is known"
    unknown = ", which is not in the policy's matrix" if code == "unknown-priority" else ""
    return f"no goal for {priority!r}{unknown}"


def _agreements(judged: Judged) -> tuple[str, ...]:
    """Return each agreement by its title, or its id, with the number of its tickets."""
    titles: Mapping[str, str] = judged.agreement_titles
    return tuple(
        f"{titles.get(key) or key} ({number:,})" for key, number in judged.agreements.items()
    )


def _priorities(judged: Judged) -> tuple[str, ...]:
    """Return the priorities that the log has, those of the matrix first and in its order.

    A column that is no priority has thousands: after thirty the rest is one, "(other)".
    """
    held = {ticket.priority for ticket in judged.backlog}
    held |= {tally.priority for tally in judged.tallies}
    known = tuple(priority for priority in judged.priorities if priority in held)
    named = (*known, *sorted(held - set(known)))
    return named if len(named) <= _MOST_PRIORITIES else (*named[:_MOST_PRIORITIES], _OTHER)


def _worst(
    breaches: Iterable[WorstBreach], most: int, untold: Collection[Untold]
) -> Iterable[Worst]:
    """Yield the first breaches of each metric; resolutions, which weigh more, come first."""
    taken: Counter[str] = Counter()
    for breach in sorted(breaches, key=_response_last):
        taken[breach.clock.name] += 1
        if taken[breach.clock.name] <= most:
            yield Worst(
                ticket_id=breach.ticket_id,
                title=breach.title,
                clock=breach.clock,
                late=breach.late,
                overrun_ratio=breach.overrun_ratio,
                explanation=tuple(map(durations_padded, _explained(breach.clock, untold))),
                holders=_holders(breach.clock),
            )


def _explained(clock: SlaClock, untold: Collection[Untold]) -> list[str]:
    """Return the lines of a clock; who held the ticket only where the log tells it."""
    lines = clock.explain().splitlines()
    if "history" not in untold:
        return lines
    return [_untold_holder(line) if line.startswith(_HELD) else line for line in lines]


def _untold_holder(line: str) -> str:
    parts = line.removeprefix(_HELD).split(", ")
    told = (f"not told by the log {part[7:]}" if part[:7] == "nobody " else part for part in parts)
    return f"{_HELD}{', '.join(told)}"


def _holders(clock: SlaClock) -> tuple[tuple[str, timedelta], ...]:
    """Return who had the ticket while time counted, the longest first."""
    held: dict[str, timedelta] = {}
    for entry in clock.ledger:
        if entry.kind is LedgerKind.COUNTED:
            held[entry.group] = held.get(entry.group, timedelta(0)) + entry.duration
    return tuple(sorted(held.items(), key=lambda pair: (-pair[1], pair[0])))


def _response_last(breach: WorstBreach) -> bool:
    return breach.clock.name == "response"


def _backlog(judged: Judged) -> tuple[AgeBand, ...]:
    as_of_us = micros(judged.as_of)
    priorities = _priorities(judged)
    named = frozenset(priorities)
    counts: Counter[tuple[str, str]] = Counter(
        (_band(as_of_us, ticket), ticket.priority if ticket.priority in named else _OTHER)
        for ticket in judged.backlog
    )
    return tuple(
        AgeBand(label=label, counts=tuple(counts[label, priority] for priority in priorities))
        for label, _ in _BANDS
    )


def _band(as_of_us: int, ticket: OpenTicket) -> str:
    age = as_of_us - ticket.opened_us
    return next(label for label, days in _BANDS if days is None or age < days * _DAY_US)


def _repeats(times: Collection[int]) -> tuple[Repeats, ...]:
    counts = Counter(min(number, _MOST_TIMES) for number in times if number)
    capped = any(number > _MOST_TIMES for number in times)
    return tuple(
        Repeats(times=number, tickets=counts[number], or_more=capped and number == _MOST_TIMES)
        for number in sorted(counts)
    )


def _weeks(judged: Judged, zone: ZoneInfo, known_until: datetime | None) -> tuple[Week, ...]:
    """Count arrivals and resolvings in weeks from Monday 00:00 of `zone` to the next.

    An event after `as_of`, which a resolving in the future of a dirty log can be, is not counted.
    Weeks of which the log knows nothing are not shown as quiet ones. Of more than 400 weeks only
    the last ones in which anything happened are shown: one ticket dated 1900 must not flatten all.
    """
    if not judged.opened_us:
        return ()
    end_us = min(micros(end) for end in (judged.as_of, known_until) if end is not None)
    first = instant(judged.first_us).astimezone(zone)
    # A log that begins in the course of a Monday has the whole of that week's work in it.
    first_day_us = micros(first.replace(hour=0, minute=0, second=0, microsecond=0))
    edges = list(_mondays(_shown_from(judged, first, end_us), _shown_to(judged, first, end_us)))
    return tuple(
        Week(
            start_at=in_pendulum(start),
            arrived=_between(judged.opened_us, start, following, end_us),
            resolved=_between(judged.resolved_us, start, following, end_us),
            is_whole=micros(start) >= first_day_us and micros(following) <= end_us,
            promises=tuple(_decided(judged, start, following, end_us)),
        )
        for start, following in pairwise(edges)
    )


def _decided(
    judged: Judged, start: datetime, following: datetime, end_us: int
) -> Iterable[Promise]:
    """Yield what became of the promises that were decided in a week, by metric."""
    for metric in dict.fromkeys(tally.metric for tally in judged.tallies):
        yield Promise(
            metric=metric,
            priority="",
            kept=_between(judged.kept_us.get(metric, ()), start, following, end_us),
            broken=_between(judged.broken_us.get(metric, ()), start, following, end_us),
        )


def _shown_to(judged: Judged, first: datetime, end_us: int) -> int:
    """Return the end of the weeks: of many, the last instant at which anything happened."""
    if end_us - micros(first) <= (_MOST_WEEKS - 1) * _WEEK_US:
        return end_us
    instants = (judged.opened_us, judged.resolved_us)
    return max(
        (known[place - 1] for known in instants if (place := bisect_right(known, end_us))),
        default=end_us,
    )


def _shown_from(judged: Judged, first: datetime, end_us: int) -> datetime:
    """Return the instant in whose week the weeks begin, at most 400 weeks before their end."""
    earliest_us = _shown_to(judged, first, end_us) - (_MOST_WEEKS - 1) * _WEEK_US
    if earliest_us <= micros(first):  # a log from the first years has no 400 weeks before it
        return first
    return instant(earliest_us).astimezone(first.tzinfo)


def _arrived_before(judged: Judged, weeks: tuple[Week, ...]) -> int:
    return bisect_left(judged.opened_us, micros(weeks[0].start_at)) if weeks else 0


def _mondays(first: datetime, end_us: int) -> Iterable[datetime]:
    """Yield Monday 00:00 before `first`, and every one up to the first at or after the end."""
    monday = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    monday -= timedelta(days=monday.weekday())
    for number in range(_MOST_WEEKS + 1):
        edge = monday + timedelta(weeks=number)  # wall-clock on purpose: a local Monday
        yield edge
        if micros(edge) >= end_us:
            return


def _between(instants: tuple[int, ...], start: datetime, following: datetime, end_us: int) -> int:
    high = min(micros(following), end_us + 1)
    return bisect_left(instants, high) - bisect_left(instants, micros(start))
