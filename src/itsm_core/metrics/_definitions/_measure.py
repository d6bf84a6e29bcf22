"""Measure: a log, a metric and a window give a result that tells what it is (law M1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from itsm_core.calendars import ALWAYS, Calendar, load_zone
from itsm_core.errors import InvalidValue
from itsm_core.metrics._definitions._ask import Answer, Ask
from itsm_core.metrics._definitions._backlog import measure_backlog
from itsm_core.metrics._definitions._catalogue import METRICS
from itsm_core.metrics._definitions._contacts import measure_contacts
from itsm_core.metrics._definitions._cost import measure_cost
from itsm_core.metrics._definitions._held import measure_held
from itsm_core.metrics._definitions._kept import measure_kept
from itsm_core.metrics._definitions._log import CaseLog, hours_in
from itsm_core.metrics._definitions._measures import (
    Backlog,
    CommitmentsKept,
    ContactShare,
    ContactTime,
    Cost,
    MeanUntil,
    ShareWithin,
    TimeHeld,
    TimeUntil,
    Volume,
)
from itsm_core.metrics._definitions._metric import Metric
from itsm_core.metrics._definitions._result import Result
from itsm_core.metrics._definitions._volume import measure_volume
from itsm_core.metrics._definitions._waits import measure_waits
from itsm_core.metrics._definitions._window import Window

if TYPE_CHECKING:
    from itsm_core.money import Rates

__all__ = ["measure", "measure_all", "weekly"]

_ZERO = timedelta(0)


def measure(
    log: CaseLog,
    metric: Metric,
    window: Window,
    *,
    calendar: Calendar = ALWAYS,
    rates: Rates | None = None,
) -> Result:
    """Return what a metric comes to in a window, with the dashboard's number beside it.

    Hours are those of `calendar`, 24 a day unless one is given: "within 24 hours" of an office are
    three working days. `rates` are needed for what costs money, and for nothing else.

    Raises:
        InvalidValue: the metric costs money and there are no rates.

    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> result = measure(log, METRICS["resolved-within-24h"], log.whole(zone="Europe/Berlin"))
    >>> print(result)
    Resolved within 24 hours: 68.6% (62.0% to 75.0%); dashboards: 69.8%
    >>> print(result.differs)
    Dashboards divide by the resolved tickets, not by all that were opened.
    """
    ask = Ask(
        log=log,
        metric=metric,
        window=window,
        zone=load_zone(window.zone),
        hours=hours_in(calendar),
        rates=rates,
    )
    answer = _answer(metric, ask)
    return Result(
        metric=metric,
        window=window,
        calendar="24x7" if calendar == ALWAYS else f"working hours in {calendar.zone}",
        calendar_hash=calendar.content_hash,
        population=answer.population,
        honest=answer.honest,
        dashboard=answer.dashboard,
        parts=answer.parts,
        currency=answer.currency,
    )


def _answer(metric: Metric, ask: Ask) -> Answer:
    match metric.measure:
        case ShareWithin() | TimeUntil() | MeanUntil() as waiting:
            return measure_waits(waiting, ask)
        case Backlog() as backlog:
            return measure_backlog(backlog, ask)
        case Volume() as volume:
            return measure_volume(volume, ask)
        case TimeHeld() as held:
            return measure_held(held, ask)
        case CommitmentsKept():
            return measure_kept(ask)
        case Cost() as cost:
            return measure_cost(cost, ask)
        case ContactShare() | ContactTime() as contact:
            return measure_contacts(contact, ask)


def measure_all(
    log: CaseLog,
    window: Window,
    *,
    calendar: Calendar = ALWAYS,
    rates: Rates | None = None,
    metrics: Mapping[str, Metric] = METRICS,
) -> dict[str, Result]:
    """Return the result of every metric by its name, as far as there is something to measure.

    Left out is what costs where nobody has told the price of an hour, and what only contact
    records tell where the log has none.

    >>> from itsm_core.metrics import METRICS, CaseLog, measure_all
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> some = ("resolution-median", "backlog-count", "cost-so-far")
    >>> wanted = {name: METRICS[name] for name in some}
    >>> told = measure_all(log, log.whole(), metrics=wanted)
    >>> print(told["resolution-median"])
    Half are resolved within: 12.9 h (4.1 h to 18.1 h); dashboards: 9.1 h
    >>> print(told["backlog-count"])
    Open tickets: 4; dashboards: 4
    >>> "cost-so-far" in told
    False
    """
    return {
        name: measure(log, metric, window, calendar=calendar, rates=rates)
        for name, metric in metrics.items()
        if _has_data(metric, log, rates)
    }


def _has_data(metric: Metric, log: CaseLog, rates: Rates | None) -> bool:
    match metric.measure:
        case Cost():
            return rates is not None
        case ContactShare() | ContactTime():
            return bool(log.contacts)
        case _:
            return True


def weekly(
    log: CaseLog,
    metric: Metric,
    window: Window,
    *,
    follow_up: timedelta = _ZERO,
    calendar: Calendar = ALWAYS,
    rates: Rates | None = None,
) -> tuple[Result, ...]:
    """Return a metric for each whole week in the window, Monday to Monday in the window's zone.

    Each week is seen `follow_up` after its end, the older ones, too: else each week would look
    better than the one before, only because its tickets had less time to go wrong. Weeks that are
    not so old when the window is seen are left out.

    Raises:
        InvalidValue: a negative follow-up; the metric costs money and there are no rates.

    >>> from itsm_core.metrics import METRICS, CaseLog, weekly
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> for week in weekly(log, METRICS["tickets-opened"], log.whole())[:2]:
    ...     print(f"{week.window.start_at:%d %b}: {week.honest.value:.0f}")
    12 Jan: 30
    19 Jan: 29
    """
    if follow_up < _ZERO:
        raise InvalidValue("a follow-up is no way back", follow_up, "write e.g. timedelta(days=7)")
    later = follow_up // timedelta.resolution
    return tuple(
        measure(
            log,
            metric,
            Window(start_at=start, end_at=end, seen_at=end + later, zone=window.zone),
            calendar=calendar,
            rates=rates,
        )
        for start, end in window.weeks()
        if end + later <= window.seen_us
    )
