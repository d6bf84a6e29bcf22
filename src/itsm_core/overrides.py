"""The priority of a ticket over its life: what was derived, and what somebody set over it (P3).

An override begins when it is set. It ends by itself at its expiry, when somebody ends it, or when
another one replaces it, which brings the earlier one not back. The derived priority goes on
changing beneath and stays visible. All of it is a fold over the events of one ticket, in the
order of `itsm_core.events.in_order`; nothing is stored.

`effective_priorities` is the bare sequence that clocks need; `PriorityTimeline` is the same with
its reasons.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketOpened,
    in_order,
    opened_first,
)
from itsm_core.priority import PriorityOverride
from itsm_core.spans import as_micros, in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "PrioritySpan",
    "PriorityTimeline",
    "effective_priorities",
    "effective_priority",
    "override_of",
    "with_expiries",
]

_KINDS: Final = (TicketOpened, PriorityChanged, PriorityOverridden, PriorityOverrideEnded)


def override_of(event: PriorityOverridden) -> PriorityOverride:
    """Return the override that an event records.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import PriorityOverridden
    >>> from itsm_core.overrides import override_of
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> event = PriorityOverridden(
    ...     ticket_id="INC-1", occurred_at=at, actor="lea", priority="P1", reason="board meeting"
    ... )
    >>> print(override_of(event))
    'P1' set by lea on 2026-05-12T09:00:00+00:00: board meeting
    """
    return PriorityOverride(
        priority=event.priority,
        author=event.actor,
        reason=event.reason,
        approver=event.approver,
        since_at=event.occurred_us,
        expires_at=event.expires_us,
    )


def with_expiries(events: Sequence[TicketEvent], as_of_us: int) -> list[TicketEvent]:
    """Return events in order with the ends of overrides that expire among them, up to an instant.

    An override that expires is an event of its own: `PriorityOverrideEnded`, automatic, at its
    expiry, before what was told of that instant.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> len(with_expiries([opened], opened.occurred_us))
    1
    """
    found: list[TicketEvent] = []
    expires: int | None = None
    for event in events:
        if expires is not None and expires <= event.occurred_us:
            found.append(_ended(event, expires))
            expires = None
        if isinstance(event, PriorityOverridden):
            expires = event.expires_us
            if expires is not None and expires <= event.occurred_us:
                expires = None  # over before it began: it has no effect
        elif isinstance(event, PriorityOverrideEnded):
            expires = None
        found.append(event)
    if expires is not None and expires <= as_of_us:
        found.append(_ended(found[-1], expires))
    return found


def _ended(event: TicketEvent, at_us: int) -> PriorityOverrideEnded:
    return PriorityOverrideEnded(
        ticket_id=event.ticket_id, occurred_at=at_us, automatic=True, reason="expired"
    )


def effective_priorities(
    events_in_order: Sequence[TicketEvent], as_of_us: int
) -> list[tuple[int, str]]:
    """Return since when which priority was in force, up to an instant; neighbours differ.

    Instants are microseconds since 1970 UTC. Events after `as_of_us` are not there yet, those at
    it are. Before the first pair nothing is known; a second opening tells nothing, and what was
    told before the opening holds from it on. Of several changes at one instant the last counts.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> [priority for _, priority in effective_priorities([opened], opened.occurred_us)]
    ['P1']
    """
    events_in_order = opened_first(events_in_order)
    found: list[tuple[int, str]] = []
    is_opened = False
    for event in events_in_order:
        if not isinstance(event, _KINDS):
            continue
        if event.occurred_us > as_of_us:
            break
        if isinstance(event, TicketOpened):
            if not is_opened:
                is_opened = True
                _extend(found, event.occurred_us, event.priority)
        elif isinstance(event, PriorityChanged):
            _extend(found, event.occurred_us, event.priority)
        else:
            return _joined(events_in_order, as_of_us)
    return found


def _joined(events_in_order: Sequence[TicketEvent], as_of_us: int) -> list[tuple[int, str]]:
    """Return the same where somebody set a priority by hand: the rare case, and a slower way."""
    found: list[tuple[int, str]] = []
    for span in _swept(events_in_order, as_of_us):
        _extend(found, span.since_us, span.priority)
    return found


def _extend(found: list[tuple[int, str]], at_us: int, priority: str) -> None:
    if found and found[-1][0] == at_us:
        found.pop()
    if not found or found[-1][1] != priority:
        found.append((at_us, priority))


@attrs.frozen(kw_only=True)
class PrioritySpan:
    """Hold a stretch of a ticket's life in which nothing about its priority changed.

    It runs from `since_at` to the beginning of the next one. `priority` is the one in force,
    `derived` the one beneath it; without an `override` they are the same.

    >>> PrioritySpan(since_at=0, derived="P2").priority
    'P2'
    """

    since_us: int = attrs.field(alias="since_at", converter=as_micros)
    derived: str
    override: PriorityOverride | None = None

    @property
    def priority(self) -> str:
        """Return the priority in force."""
        return self.derived if self.override is None else self.override.priority

    @property
    def source(self) -> str:
        """Return "derived" or "override"."""
        return "derived" if self.override is None else "override"

    @property
    def since_at(self) -> pendulum.DateTime:
        """Return the first instant of the stretch, in UTC."""
        return in_pendulum(instant(self.since_us))


@attrs.frozen(kw_only=True)
class PriorityTimeline:
    """Hold the priority of one ticket over its life, up to an instant.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.ids import PersonId, TicketId
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> told = (
    ...     TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=nine, priority="P3"),
    ...     PriorityOverridden(
    ...         ticket_id=TicketId("INC-1"),
    ...         occurred_at=nine + timedelta(hours=1),
    ...         actor=PersonId("lea"),
    ...         priority="P1",
    ...         reason="board meeting",
    ...         expires_at=nine + timedelta(hours=3),
    ...     ),
    ... )
    >>> [(s.since_at.hour, s.priority, s.source) for s in PriorityTimeline.of(told, nine).spans]
    [(9, 'P3', 'derived')]
    >>> later = PriorityTimeline.of(told, nine + timedelta(hours=8))
    >>> [(s.since_at.hour, s.priority, s.source) for s in later.spans]
    [(9, 'P3', 'derived'), (10, 'P1', 'override'), (12, 'P3', 'derived')]
    """

    spans: tuple[PrioritySpan, ...]
    as_of_us: int = attrs.field(alias="as_of", converter=as_micros)

    @classmethod
    def of(cls, events: Iterable[TicketEvent], as_of: datetime) -> PriorityTimeline:
        """Return the timeline of a history, told in any order.

        Raises:
            NaiveDatetime: `as_of` has no time zone.
        """
        as_of_us = micros(as_of)
        return cls(spans=tuple(_swept(in_order(events), as_of_us)), as_of=as_of_us)

    def at(self, at: datetime) -> PrioritySpan | None:
        """Return the stretch that holds an instant; None before the first.

        Raises:
            InvalidValue: the instant is after `as_of`, where nothing is known yet.
            NaiveDatetime: the instant has no time zone.
        """
        at_us = micros(at)
        if at_us > self.as_of_us:
            known = instant(self.as_of_us).isoformat()
            remedy = "make the timeline as of that instant"
            raise InvalidValue(f"the timeline is known up to {known}", at, remedy)
        return next((span for span in reversed(self.spans) if span.since_us <= at_us), None)


def effective_priority(events: Iterable[TicketEvent], at: datetime) -> str:
    """Return the priority in force at an instant, empty before there is one.

    Events may be told in any order; those after the instant are not there yet.

    Raises:
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> effective_priority([opened], at)
    'P1'
    """
    found = effective_priorities(in_order(events), micros(at))
    return found[-1][1] if found else ""


def _swept(events: Sequence[TicketEvent], as_of_us: int) -> list[PrioritySpan]:
    """Return the stretches in which neither the derived priority nor the override changed."""
    sweep = _Sweep()
    for event in opened_first(events):
        if event.occurred_us > as_of_us:
            break
        sweep.expire(event.occurred_us)
        sweep.take(event)
    sweep.expire(as_of_us)
    return sweep.spans


class _Sweep:
    """Walk over the events once, with what holds at the moment."""

    def __init__(self) -> None:
        self.spans: list[PrioritySpan] = []
        self._derived = ""
        self._override: PriorityOverride | None = None
        self._is_opened = False

    def expire(self, at_us: int) -> None:
        """Let the override end by itself if its time has come."""
        expires_us = None if self._override is None else self._override.expires_us
        if expires_us is not None and expires_us <= at_us:
            self._override = None
            self._turn(expires_us)

    def take(self, event: TicketEvent) -> None:
        """Take in one event; a class of somebody's own says what its nearest base says."""
        if not isinstance(event, _KINDS):
            return
        if isinstance(event, TicketOpened):
            if self._is_opened:
                return
            self._is_opened = True
            self._derived = event.priority
        elif isinstance(event, PriorityChanged):
            self._derived = event.priority
        elif isinstance(event, PriorityOverridden):
            made = override_of(event)
            self._override = None if made.is_over(event.occurred_us) else made
        else:
            self._override = None
        self._turn(event.occurred_us)

    def _turn(self, at_us: int) -> None:
        """Begin a stretch, unless it would go on as the last one."""
        if self.spans and self.spans[-1].since_us == at_us:
            self.spans.pop()
        span = PrioritySpan(since_at=at_us, derived=self._derived, override=self._override)
        last = self.spans[-1] if self.spans else None
        if last is None or (last.derived, last.override) != (span.derived, span.override):
            self.spans.append(span)
