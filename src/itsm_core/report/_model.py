"""What the report says, as values: every number on the page is here before it is drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from itsm_core.report._statistics import wilson
from itsm_core.sla import SlaClock

__all__ = ["AgeBand", "Finding", "Promise", "Repeats", "Report", "Week", "Worst"]


@attrs.frozen(kw_only=True)
class Finding:
    """Tell one thing about the quality of the data: what, how much, and what was done."""

    what: str
    how_much: str
    note: str = ""


@attrs.frozen(kw_only=True)
class Promise:
    """Count what became of one clock for one priority; empty `priority` means all of them.

    `undecided` clocks were running or paused within their time at the end of the log; they are
    in no rate, because nobody knows yet. A clock that is late is broken, finished or not.
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
        """Return the 95 % Wilson interval of `kept_ratio`."""
        return wilson(self.kept, self.decided)


@attrs.frozen(kw_only=True)
class Worst:
    """Hold one broken promise with the ledger that explains it."""

    ticket_id: str
    title: str
    clock: SlaClock
    late: timedelta
    overrun_ratio: float
    explanation: tuple[str, ...]


@attrs.frozen(kw_only=True)
class AgeBand:
    """Count open tickets of one age, by priority in the order of `Report.priorities`."""

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return all of them."""
        return sum(self.counts)


@attrs.frozen(kw_only=True)
class Repeats:
    """Count tickets to which something happened this many times, or more often."""

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
    was reopened and resolved again counts as resolved each time.
    """

    start_at: datetime
    arrived: int
    resolved: int
    is_whole: bool = True


@attrs.frozen(kw_only=True)
class Report:
    """Hold the whole report. `zone` is the zone in which instants are shown and weeks begin."""

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
