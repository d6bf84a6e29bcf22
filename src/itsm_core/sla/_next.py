"""When something changes by time alone: the next instant to look again, in closed form."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import attrs

from itsm_core.events import PriorityOverridden
from itsm_core.overrides import PriorityTimeline
from itsm_core.sla._arguments import not_one_evaluation
from itsm_core.sla._clock import Evaluation, SlaClock
from itsm_core.sla._values import ClockState
from itsm_core.spans import END_OF_TIME, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

Change = Literal["start", "breach", "warning", "pause limit", "priority", "version"]


@attrs.frozen(kw_only=True)
class NextEvent:
    """Name the next change that needs no event, and the clock that it concerns.

    `clock` is None where the priority changes, because an override expires, and where a clock
    starts, because what opened it is registered only then, or another version of the agreement
    takes over (`evaluate_all`). `ratio` is the share
    of the goal that a warning is about.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> later = at.replace(hour=12)
    >>> from itsm_core.sla import evaluate, next_event
    >>> next_event(evaluate([opened], gold, as_of=later)).clock
    <SlaClock resolution of INC-1: running, due 2026-05-12 13:00:00+00:00>
    """

    at_us: int
    change: Change
    clock: SlaClock | None = None
    ratio: float | None = None

    @property
    def at(self) -> pendulum.DateTime:
        """Return the first instant at which an evaluation says something else, in UTC."""
        return in_pendulum(instant(self.at_us))

    def __str__(self) -> str:
        of = "" if self.clock is None else f" of {self.clock.name}"
        share = "" if self.ratio is None else f" at {self.ratio:.0%}"
        return f"{self.change}{of}{share}, {instant(self.at_us):%Y-%m-%d %H:%M:%S.%f} UTC"


def next_event(evaluation: Evaluation) -> NextEvent | None:
    """Return the next change by time alone after the evaluation's instant (law S15).

    A breach comes one microsecond after the due instant, at which the promise can still be kept;
    a warning at its own instant; a limited pause ends at its limit. Nobody has to poll: evaluate
    again at the instant returned, or when an event comes. None if nothing changes by time alone.
    Of several at one instant, a breach comes before the others.

    Raises:
        InvalidValue: anything but one evaluation.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> later = at.replace(hour=12)
    >>> from itsm_core.sla import evaluate
    >>> print(next_event(evaluate([opened], gold, as_of=later)))
    breach of resolution, 2026-05-12 13:00:00.000001 UTC
    """
    if not isinstance(evaluation, Evaluation):
        raise not_one_evaluation(evaluation)
    found = [change for clock in evaluation for change in _changes(clock)]
    found.extend(_expiries(evaluation))
    found.extend(NextEvent(at_us=at, change="start") for at in evaluation.starting_us)
    found.extend(NextEvent(at_us=at, change="version") for at in evaluation.turning_us)
    # What comes after the end of time does not come.
    later = (each for each in found if evaluation.as_of_us < each.at_us < END_OF_TIME)
    return min(later, key=lambda change: (change.at_us, change.change != "breach"), default=None)


def _changes(clock: SlaClock) -> Iterator[NextEvent]:
    if clock.state is ClockState.PAUSED:
        if clock.stops.limit_us is not None:
            yield NextEvent(at_us=clock.stops.limit_us, change="pause limit", clock=clock)
        return
    if clock.is_live and clock.due_us is not None:
        yield NextEvent(at_us=clock.due_us + 1, change="breach", clock=clock)
        for ratio, at in clock.all_warnings_us:
            yield NextEvent(at_us=at, change="warning", clock=clock, ratio=ratio)


def _expiries(evaluation: Evaluation) -> Iterator[NextEvent]:
    if any(isinstance(event, PriorityOverridden) for event in evaluation.events):
        spans = PriorityTimeline.of(evaluation.events, evaluation.as_of).spans
        override = spans[-1].override if spans else None
        if override is not None and override.expires_us is not None:
            yield NextEvent(at_us=override.expires_us, change="priority")
