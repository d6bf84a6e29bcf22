"""What the report says, as values: every number on the page is here before it is drawn."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import attrs

from itsm_core.bypass import BypassReport
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.linking import CandidateRules, ProblemCandidate
from itsm_core.metrics import Chart, Rate
from itsm_core.metrics._definitions import Result
from itsm_core.metrics._untold import Untold
from itsm_core.sla import SlaClock

__all__ = [
    "AgeBand",
    "ControlChart",
    "Finding",
    "Gap",
    "Promise",
    "Repeats",
    "Report",
    "Waiter",
    "Waiting",
    "Week",
    "Worst",
]


@attrs.frozen(kw_only=True)
class Finding:
    """Tell one thing about the quality of the data: what, how much, and what was done.

    >>> from itsm_core.report import Finding
    >>> Finding(what="rows without a state", how_much="12 rows", note="left out").is_zero
    False
    >>> Finding(what="times that go backwards", how_much="0 rows").is_zero
    True
    """

    what: str
    how_much: str
    note: str = ""

    @property
    def is_zero(self) -> bool:
        """Return whether it was looked for and not found: it begins with 0, all figures are 0."""
        figures = re.findall(r"[0-9]+", self.how_much)
        return self.how_much[:1] == "0" and not any(map(int, figures))


@attrs.frozen(kw_only=True)
class Gap:
    """Count tickets that have an agreement and no promise of these metrics, with the reason.

    >>> from itsm_core.report import Gap
    >>> print(Gap(tickets=12, metrics=("response", "resolution"), reason="no priority is known"))
    12 tickets have an agreement but no response or resolution promise (no priority is known)
    """

    tickets: int
    metrics: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        verb = "ticket has" if self.tickets == 1 else "tickets have"
        metrics = " or ".join(self.metrics)
        return f"{self.tickets:,} {verb} an agreement but no {metrics} promise ({self.reason})"


@attrs.frozen(kw_only=True)
class Promise:
    """Count what became of one clock for one priority; empty `priority` means all of them.

    `undecided` clocks were running or paused within their time at the end of the log; they are
    in no rate, because nobody knows yet. A clock that is late is broken, finished or not.

    >>> from itsm_core.report import Promise
    >>> told = Promise(metric="response", priority="P1", kept=18, broken=2, undecided=3)
    >>> f"{told.kept_ratio:.0%} of {told.decided}"
    '90% of 20'
    >>> "{:.1%} to {:.1%}".format(*told.interval)
    '69.9% to 97.2%'
    """

    metric: str
    priority: str
    kept: int
    broken: int
    undecided: int = 0

    @property
    def decided(self) -> int:
        """Return how many are known to be kept or broken."""
        return self.kept + self.broken

    @property
    def kept_ratio(self) -> float:
        """Return the share kept of those decided; 1.0 where none is."""
        return self.kept / self.decided if self.decided else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % Wilson interval of `kept_ratio`; 0 to 1 where nothing is decided."""
        told = Rate(successes=self.kept, trials=self.decided).interval()
        return (told.low or 0.0, 1.0 if told.high is None else told.high)


@attrs.frozen(kw_only=True)
class Worst:
    """Hold one broken promise with the ledger that explains it.

    `holders` are who had the ticket while the time counted, the longest first: a group, or nobody
    ("").

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> worst = report.worst[0]
    >>> print(worst.ticket_id, worst.clock.name, "was late by", worst.late)
    INC0162 resolution was late by 2 days, 14:55:08
    >>> worst.explanation[-1]
    'held while it counted: network 76 h 01 min, service-desk-berlin 2 h 53 min'
    """

    ticket_id: str
    title: str
    clock: SlaClock
    late: timedelta
    overrun_ratio: float
    explanation: tuple[str, ...]
    holders: tuple[tuple[str, timedelta], ...] = ()


@attrs.frozen(kw_only=True)
class AgeBand:
    """Count open tickets of one age, by priority in the order of `Report.priorities`.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for band in report.backlog[:4]:
    ...     print(band.label, band.total)
    under 1 day 0
    1 to 3 days 1
    3 to 7 days 2
    1 to 4 weeks 1
    """

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return all of them."""
        return sum(self.counts)


@attrs.frozen(kw_only=True)
class Repeats:
    """Count tickets to which something happened this many times, or more often.

    >>> from itsm_core.report import Repeats
    >>> for each in (Repeats(times=2, tickets=9), Repeats(times=5, tickets=1, or_more=True)):
    ...     print(f"{each.tickets} came back {each.label}")
    9 came back twice
    1 came back 5 times or more
    """

    times: int
    tickets: int
    or_more: bool = False

    @property
    def label(self) -> str:
        """Return "once", "twice", "3 times", "5 times or more"."""
        words = {1: "once", 2: "twice"}.get(self.times, f"{self.times} times")
        return f"{words} or more" if self.or_more else words


@attrs.frozen(kw_only=True)
class Week:
    """Count one week from Monday 00:00 in the report's zone to the next.

    `is_whole` is False for a week that began before the log or goes on after it. A ticket that
    was reopened and resolved again counts as resolved each time. `promises` counts for each metric
    those decided in the week: when they were kept, or when they came due and were not. So a week
    that is over never changes its figure.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for week in report.weeks[:2]:
    ...     print(f"{week.start_at:%d %b}: {week.arrived} came, {week.resolved} were resolved")
    05 Jan: 15 came, 13 were resolved
    12 Jan: 30 came, 25 were resolved
    """

    start_at: datetime
    arrived: int
    resolved: int
    is_whole: bool = True
    promises: tuple[Promise, ...] = ()


@attrs.frozen(kw_only=True)
class ControlChart:
    """Hold one figure week by week, and what of it is more than chance (law M3).

    `weeks` are the starts of whole weeks in which there was anything to count. Of a share, each
    of `values` is a ratio of as many `sizes` cases, and `metric` names the promise; else values
    are numbers of tickets. `chart` is None as long as there are too few weeks to know what is
    usual, and where more than a quarter of them, `outside`, lie beyond any limits: these are not
    weeks of one process. `runs` have the first and the last place of eight weeks or more on one
    side of the average, and whether that is above it.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for each in report.charts:
    ...     print(f"{each.subject}: {each.values[-1]:.3g}, usual {each.chart.centre:.3g}")
    Response promises kept: 0.905, usual 0.888
    Resolution promises kept: 0.955, usual 0.927
    Tickets arrived: 21, usual 25
    Arrived less resolved: -3, usual 0
    """

    subject: str
    is_share: bool
    metric: str = ""
    weeks: tuple[datetime, ...]
    values: tuple[float, ...]
    sizes: tuple[int, ...] = ()
    chart: Chart | None = None
    runs: tuple[tuple[int, int, bool], ...] = ()
    outside: int = 0


@attrs.frozen(kw_only=True)
class Waiting:
    """Count open tickets that wait for the same, or lie with the same group, and how long so far.

    `half` have waited at least as long as that; `longest` is the longest of all.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for each in report.waiting:
    ...     print(f"{each.tickets} wait for {each.name}, the longest for {each.longest}")
    3 wait for the owner’s work, the longest for 6 days, 14:16:18
    1 wait for an owner, the longest for 6 days, 6:42:15
    """

    name: str
    tickets: int
    half: timedelta
    longest: timedelta


@attrs.frozen(kw_only=True)
class Waiter:
    """Hold an open ticket that nobody has touched for long: `untouched` is elapsed time.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> first = report.untouched[0]
    >>> print(first.ticket_id, "with", first.group, "lay still for", first.untouched)
    INC0186 with network lay still for 6 days, 6:11:31
    """

    ticket_id: TicketId
    title: str
    priority: str
    group: GroupId
    assignee: PersonId
    waits_for: str
    age: timedelta
    untouched: timedelta


@attrs.frozen(kw_only=True)
class Report:
    """Hold the whole report.

    `zone` is the zone of the log: days and weeks are shown in it; a worst breach is shown in the
    zone of its own calendar. `gaps` are tickets whose agreement promises them nothing,
    `cancelled` the promises that nobody waited for any more. `later_tickets` and `later_events`
    lie after `as_of`. `known_until` is the end of the log, None where nobody has told. `weeks`
    are at most the last 400 in which anything happened; `arrived_outside_weeks` tickets arrived
    before them, and `charts` are drawn of the whole ones. `waiting` counts the open tickets by
    what they wait for and `held_by` by the group that has them, the most first; `untouched` are
    those that lay still for longest. `unanswered` names the promises that answers keep, if the log
    records none: their share is told nowhere without saying so. `untold` names what else the log
    leaves out, and is then unknown: "answers"; "history", of which one row a ticket has none;
    "owners". `problems` are told as found by
    `rules`, `bypass` is what went past the desk; they are None where nobody has looked. `figures`
    have the dashboard's number beside the honest one.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for each in report.totals:
    ...     print(f"{each.metric}: {each.kept_ratio:.1%} of {each.decided} kept")
    response: 88.8% of 196 kept
    resolution: 92.7% of 193 kept
    >>> report.open_tickets, report.is_beyond
    (4, False)
    """

    title: str
    zone: str
    first_at: datetime
    as_of: datetime
    tickets: int
    open_tickets: int
    agreements: tuple[str, ...]
    without_agreement: int
    priorities: tuple[str, ...]
    promises: tuple[Promise, ...]
    worst: tuple[Worst, ...]
    backlog: tuple[AgeBand, ...]
    reopenings: tuple[Repeats, ...]
    bounces: tuple[Repeats, ...]
    weeks: tuple[Week, ...]
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    cancelled: int = 0
    later_tickets: int = 0
    later_events: int = 0
    known_until: datetime | None = None
    arrived_outside_weeks: int = 0
    charts: tuple[ControlChart, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    held_by: tuple[Waiting, ...] = ()
    untouched: tuple[Waiter, ...] = ()
    problems: tuple[ProblemCandidate, ...] | None = None
    rules: CandidateRules | None = None
    bypass: BypassReport | None = None
    figures: tuple[Result, ...] = ()
    unanswered: tuple[str, ...] = ()
    untold: frozenset[Untold] = frozenset()

    @property
    def unheld(self) -> str:
        """Return who had a ticket of which no group is known: none, or the log does not say."""
        return "not told by the log" if "history" in self.untold else "no group"

    @property
    def breaches(self) -> int:
        """Return how many promises were broken, of which `worst` are the worst."""
        return sum(promise.broken for promise in self.promises)

    @property
    def is_beyond(self) -> bool:
        """Return whether it was judged as of an instant of which the log knows nothing."""
        return self.known_until is not None and self.as_of > self.known_until

    @property
    def totals(self) -> tuple[Promise, ...]:
        """Return one promise a metric, over all priorities, in the order of `promises`."""
        metrics = dict.fromkeys(promise.metric for promise in self.promises)
        return tuple(self._total(metric) for metric in metrics)

    def _total(self, metric: str) -> Promise:
        mine = [promise for promise in self.promises if promise.metric == metric]
        return Promise(
            metric=metric,
            priority="",
            kept=sum(promise.kept for promise in mine),
            broken=sum(promise.broken for promise in mine),
            undecided=sum(promise.undecided for promise in mine),
        )
