"""What can be measured, as data: each class is one kind of figure with what it needs to be told.

A measure says nothing of which tickets: that is for the metric, the window and its calendar.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Final, Literal, TypeAlias

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import ratio
from itsm_core.metrics._definitions._until import FirstContact, Until

__all__ = [
    "Backlog",
    "CommitmentsKept",
    "ContactShare",
    "ContactTime",
    "Cost",
    "Dashboard",
    "MeanUntil",
    "Measure",
    "ShareWithin",
    "TimeHeld",
    "TimeUntil",
    "Volume",
]


class Dashboard(Enum):
    """Say how the number beside the honest one is made: as dashboards make it.

    OF_ENDED looks at those that ended and at nothing else. OF_DONE divides by the tickets with a
    solution, SO_FAR by all, however young. FLOW divides what ended in the window, whenever it
    began, by what began in it.

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, Dashboard, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> day = METRICS["resolved-within-24h"]
    >>> for way in (Dashboard.OF_ENDED, Dashboard.SO_FAR):
    ...     metric = attrs.evolve(day, measure=attrs.evolve(day.measure, dashboard=way))
    ...     print(way.value, measure(log, metric, log.whole()).dashboard)
    of_ended 69.8%
    so_far 68.4%
    """

    OF_ENDED = "of_ended"
    OF_DONE = "of_done"
    SO_FAR = "so_far"
    FLOW = "flow"


@attrs.frozen(kw_only=True)
class ShareWithin:
    """Measure the share of waits that end within a time, those still waiting being censored.

    A wait is in the population of the window in which it begins.

    Raises:
        InvalidValue: nothing that a ticket waits for, a length that is not positive, no way of
            dashboards.

    >>> from datetime import timedelta
    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, ShareWithin, Until, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> soon = ShareWithin(until=Until.ANSWERED, within=timedelta(hours=2))
    >>> shipped = METRICS["response-within-1h"]
    >>> metric = attrs.evolve(shipped, name="soon", title="Answered in two hours", measure=soon)
    >>> print(measure(log, metric, log.whole()))
    Answered in two hours: 69.9% (63.4% to 76.2%); dashboards: 70.3%
    >>> ShareWithin(until=Until.ANSWERED, within=timedelta(0))
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: not a length of time: datetime.timedelta(0); write e.g.
        hours(24)
    """

    until: Until | FirstContact
    within: timedelta
    dashboard: Dashboard = Dashboard.OF_ENDED

    def __attrs_post_init__(self) -> None:
        _until(self.until)
        _length(self.within)
        if not isinstance(self.dashboard, Dashboard):
            remedy = f"use one of {', '.join(str(each) for each in Dashboard)}"
            raise InvalidValue("not a way of dashboards", self.dashboard, remedy)


@attrs.frozen(kw_only=True)
class TimeUntil:
    """Measure the time by which a share of waits has ended: 0.5 is the median.

    Raises:
        InvalidValue: nothing that a ticket waits for, a share outside (0, 1).

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, TimeUntil, Until, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> most = TimeUntil(until=Until.RESOLVED, share=0.8)
    >>> shipped = METRICS["resolution-median"]
    >>> metric = attrs.evolve(shipped, name="p80", title="Eight of ten take at most", measure=most)
    >>> print(measure(log, metric, log.whole()))
    Eight of ten take at most: 49.5 h (36.4 h to 80.3 h); dashboards: 48.3 h
    """

    until: Until | FirstContact
    share: float = 0.5

    def __attrs_post_init__(self) -> None:
        _until(self.until)
        ratio(self.share, "a quantile's share")


@attrs.frozen(kw_only=True)
class MeanUntil:
    """Measure the mean wait, longer ones counting as the limit (restricted mean).

    Raises:
        InvalidValue: nothing that a ticket waits for, a limit that is not positive.

    >>> from datetime import timedelta
    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, MeanUntil, Until, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> mean = MeanUntil(until=Until.RESOLVED, limit=timedelta(days=3))
    >>> shipped = METRICS["resolution-mean-7d"]
    >>> metric = attrs.evolve(shipped, name="mean-3d", title="Mean, 3 days at most", measure=mean)
    >>> print(measure(log, metric, log.whole()))
    Mean, 3 days at most: 23.1 h (19.4 h to 26.8 h); dashboards: 33.5 h
    """

    until: Until | FirstContact
    limit: timedelta

    def __attrs_post_init__(self) -> None:
        _until(self.until)
        _length(self.limit)


@attrs.frozen(kw_only=True)
class Backlog:
    """Count the tickets that are open at the end of the window; with a share, tell their age.

    Raises:
        InvalidValue: a share outside (0, 1).

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, Backlog, CaseLog, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> for share in (None, 0.5, 0.75):
    ...     metric = attrs.evolve(METRICS["backlog-count"], measure=Backlog(share=share))
    ...     print(measure(log, metric, log.whole()).honest)
    4
    4.1 days
    6.8 days (0.2 days to ?)
    """

    share: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.share is not None:
            ratio(self.share, "a quantile's share")


@attrs.frozen(kw_only=True)
class Volume:
    """Count what came in during the window: tickets, or contacts of humans about tickets.

    Raises:
        InvalidValue: `of` is neither "tickets" nor "contacts".

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, Volume, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> for of in ("tickets", "contacts"):
    ...     metric = attrs.evolve(METRICS["tickets-opened"], measure=Volume(of=of), by="")
    ...     print(of, measure(log, metric, log.whole()).honest)
    tickets 200 (173 to 230)
    contacts 241 (212 to 273)
    """

    of: Literal["tickets", "contacts"]

    def __attrs_post_init__(self) -> None:
        if self.of not in {"tickets", "contacts"}:
            raise InvalidValue("nothing that comes in", self.of, "use 'tickets' or 'contacts'")


@attrs.frozen(kw_only=True)
class TimeHeld:
    """Add up for how long tickets were held in the window: at work, or waiting on hold.

    >>> import attrs
    >>> from itsm_core.metrics import METRICS, CaseLog, TimeHeld, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> for on_hold in (False, True):
    ...     metric = attrs.evolve(METRICS["time-by-group"], measure=TimeHeld(on_hold=on_hold))
    ...     most, *_ = measure(log, metric, log.whole()).parts
    ...     print(f"{most.name}: {most.honest} {'on hold' if on_hold else 'at work'}")
    service-desk-berlin: 19.8 days at work
    service-desk-sao-paulo: 10.5 days on hold
    """

    on_hold: bool = False


@attrs.frozen(kw_only=True)
class CommitmentsKept:
    """Measure the share of promises made in the window that were kept (law D4).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import CommitmentMade, TicketOpened
    >>> from itsm_core.metrics import METRICS, CaseLog, measure
    >>> nine, noon = datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> said = CommitmentMade(ticket_id="INC-1", occurred_at=nine, commitment_id="c", due_at=noon)
    >>> log = CaseLog.of([[opened, said]])
    >>> forgotten = log.whole(seen_at=noon.replace(hour=15))
    >>> print(measure(log, METRICS["commitments-kept"], forgotten).honest)
    0.0% (0.0% to 79.3%)
    """


@attrs.frozen(kw_only=True)
class Cost:
    """Add up what work on the tickets of the window cost so far; with a limit, a ticket's mean.

    Work is the time in states of work. With a limit, work up to so long after the opening counts,
    of tickets that are at least so old: the older ones alone have had the time to become dear.

    Raises:
        InvalidValue: a limit that is not positive.

    >>> from itsm_core import BusinessCalendar, WeeklyHours
    >>> from itsm_core.metrics import METRICS, CaseLog, measure
    >>> from itsm_core.money import Money, Rates
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
    >>> rates = Rates(hourly=Money(95, "EUR"), working=office)
    >>> print(measure(log, METRICS["cost-so-far"], log.whole(), rates=rates))
    Cost of the tickets so far: 188,807.04 EUR; dashboards: 170,605.06 EUR
    >>> measure(log, METRICS["cost-so-far"], log.whole())
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: no cost without the price of an hour: 'cost-so-far'; pass
        rates=Rates(hourly=Money('95', 'EUR'))
    """

    limit: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        if self.limit is not None:
            _length(self.limit)


@attrs.frozen(kw_only=True)
class ContactShare:
    """Measure a share of the contacts of people that were offered in the window (law D1).

    "answered" is answered `within` a time, giving up being no answer; "abandoned" is given up
    before an answer; "unofficial" came by a channel that is not official: past the desk.

    Raises:
        InvalidValue: an unknown share, "answered" without `within` or another with it, a length
            that is not positive.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.contacts import Contact
    >>> from itsm_core.metrics import METRICS, CaseLog, ContactShare, measure
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> soon, later = nine.replace(second=15), nine.replace(minute=5)
    >>> told = {"channel": "phone", "offered_at": nine, "parted_at": later}
    >>> answered = Contact(contact_id="C-1", answered_at=soon, **told)
    >>> log = CaseLog.of([], contacts=[answered, Contact(contact_id="C-2", **told)])
    >>> print(measure(log, METRICS["contacts-abandoned"], log.whole()).honest)
    50.0% (9.5% to 90.5%)
    >>> ContactShare(of="answered")
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: answered within which time: None; say within=seconds(20) for
        'answered', and for nothing else
    """

    of: Literal["answered", "abandoned", "unofficial"]
    within: timedelta | None = None

    def __attrs_post_init__(self) -> None:
        if self.of not in {"answered", "abandoned", "unofficial"}:
            remedy = "use 'answered', 'abandoned' or 'unofficial'"
            raise InvalidValue("no share of contacts", self.of, remedy)
        if (self.of == "answered") != (self.within is not None):
            remedy = "say within=seconds(20) for 'answered', and for nothing else"
            raise InvalidValue("answered within which time", self.within, remedy)
        if self.within is not None:
            _length(self.within)


@attrs.frozen(kw_only=True)
class ContactTime:
    """Measure a time of contacts of people: to wait for an answer, to talk, to hold, to handle.

    Whoever gave up would have waited longer: they are censored, and so is what still goes on.

    Raises:
        InvalidValue: an unknown time, a share outside (0, 1).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.contacts import Contact
    >>> from itsm_core.metrics import METRICS, CaseLog, measure
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = {"channel": "phone", "offered_at": nine, "parted_at": nine.replace(minute=9)}
    >>> taken = [nine + timedelta(seconds=10 * n) for n in range(1, 12)]
    >>> calls = [Contact(contact_id=f"C-{at:%M%S}", answered_at=at, **told) for at in taken]
    >>> log = CaseLog.of([], contacts=calls)
    >>> print(measure(log, METRICS["contact-wait-median"], log.whole()))
    Half wait for an answer no longer than: 1 min (0.3 min to 2 min); dashboards: 1 min
    """

    of: Literal["wait", "talk", "hold", "handle"]
    share: float = 0.5

    def __attrs_post_init__(self) -> None:
        if self.of not in {"wait", "talk", "hold", "handle"}:
            remedy = "use 'wait', 'talk', 'hold' or 'handle'"
            raise InvalidValue("no time of contacts", self.of, remedy)
        ratio(self.share, "a quantile's share")


Measure: TypeAlias = (
    ShareWithin
    | TimeUntil
    | MeanUntil
    | Backlog
    | Volume
    | TimeHeld
    | CommitmentsKept
    | Cost
    | ContactShare
    | ContactTime
)
"""Everything that can be measured."""

_ZERO: Final = timedelta(0)


def _until(value: object) -> None:
    if not isinstance(value, Until | FirstContact):
        remedy = f"use one of {', '.join(str(each) for each in Until)}, or a FirstContact"
        raise InvalidValue("nothing that a ticket waits for", value, remedy)


def _length(value: object) -> None:
    if not isinstance(value, timedelta) or value <= _ZERO:
        raise InvalidValue("not a length of time", value, "write e.g. hours(24)")
