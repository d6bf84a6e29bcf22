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
    """

    OF_ENDED = "of_ended"
    OF_DONE = "of_done"
    SO_FAR = "so_far"
    FLOW = "flow"


@attrs.frozen(kw_only=True)
class ShareWithin:
    """Measure the share of waits that end within a time, those still waiting being censored.

    A wait is in the population of the window in which it begins.
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
    """Measure the time by which a share of waits has ended: 0.5 is the median."""

    until: Until | FirstContact
    share: float = 0.5

    def __attrs_post_init__(self) -> None:
        _until(self.until)
        ratio(self.share, "a quantile's share")


@attrs.frozen(kw_only=True)
class MeanUntil:
    """Measure the mean wait, longer ones counting as the limit (restricted mean)."""

    until: Until | FirstContact
    limit: timedelta

    def __attrs_post_init__(self) -> None:
        _until(self.until)
        _length(self.limit)


@attrs.frozen(kw_only=True)
class Backlog:
    """Count the tickets that are open at the end of the window; with a share, tell their age."""

    share: float | None = None

    def __attrs_post_init__(self) -> None:
        if self.share is not None:
            ratio(self.share, "a quantile's share")


@attrs.frozen(kw_only=True)
class Volume:
    """Count what came in during the window: tickets, or contacts of humans about tickets."""

    of: Literal["tickets", "contacts"]

    def __attrs_post_init__(self) -> None:
        if self.of not in {"tickets", "contacts"}:
            raise InvalidValue("nothing that comes in", self.of, "use 'tickets' or 'contacts'")


@attrs.frozen(kw_only=True)
class TimeHeld:
    """Add up for how long tickets were held in the window: at work, or waiting on hold."""

    on_hold: bool = False


@attrs.frozen(kw_only=True)
class CommitmentsKept:
    """Measure the share of promises made in the window that were kept (law D4)."""


@attrs.frozen(kw_only=True)
class Cost:
    """Add up what work on the tickets of the window cost so far; with a limit, a ticket's mean.

    Work is the time in states of work. With a limit, work up to so long after the opening counts,
    of tickets that are at least so old: the older ones alone have had the time to become dear.
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
