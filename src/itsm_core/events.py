"""Facts about tickets, in the past tense: the only truth there is.

Everything else (state, clocks, due dates, reports) is a fold over these. An event has two
instants: `occurred_at`, when it happened, and `recorded_at`, when the desk learned of it
(law S14). Both are kept as whole microseconds and shown as `pendulum.DateTime` in UTC.

Events that move a ticket carry `state`, the name of the lifecycle state that they lead to; what
kind of move it is (put on hold, resolved, reopened ...) is the class of the event. So service
levels understand any lifecycle, also one that somebody else has written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.ids import EventId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.spans import as_micros, in_pendulum, instant, optional_micros

if TYPE_CHECKING:
    import pendulum

__all__ = [
    "EVENT_TYPES",
    "AnswerSent",
    "ContactReceived",
    "PriorityChanged",
    "TicketAssigned",
    "TicketCancelled",
    "TicketClosed",
    "TicketEvent",
    "TicketMoved",
    "TicketOpened",
    "TicketPutOnHold",
    "TicketReopened",
    "TicketResolved",
    "TicketResumed",
    "WorkStarted",
    "in_order",
]


@attrs.frozen(kw_only=True, repr=False)
class TicketEvent:
    """Hold what every event has.

    `actor` is the person who did it, empty for the system itself. `automatic` marks what no
    human wrote (an auto-reply, a timer): it never answers, resumes or reopens (law L5).
    `event_id` names the fact: the same id told twice is one event (law S14). `sequence` is the
    place among events of one instant, as their source told them.
    """

    ticket_id: TicketId
    occurred_us: int = attrs.field(alias="occurred_at", converter=as_micros)
    told_us: int | None = attrs.field(alias="recorded_at", converter=optional_micros, default=None)
    actor: PersonId = PersonId("")
    automatic: bool = False
    event_id: EventId = EventId("")
    sequence: int = 0

    @property
    def recorded_us(self) -> int:
        """Return when the desk learned of it; unless told otherwise, when it happened."""
        return self.occurred_us if self.told_us is None else self.told_us

    @property
    def occurred_at(self) -> pendulum.DateTime:
        """Return when it happened, in UTC."""
        return in_pendulum(instant(self.occurred_us))

    @property
    def recorded_at(self) -> pendulum.DateTime:
        """Return when the desk learned of it, in UTC."""
        return in_pendulum(instant(self.recorded_us))

    def __lt__(self, other: object) -> bool:
        """Return whether this event comes before the other one; see `in_order`."""
        if not isinstance(other, TicketEvent):
            return NotImplemented
        mine, others = _key(self)[:-1], _key(other)[:-1]
        # The content is put into words only where nothing else tells the two apart.
        return mine < others if mine != others else _content(self) < _content(other)

    def __repr__(self) -> str:
        shown: list[str] = []
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            if field.name.endswith("_us"):
                shown.append(f"{field.alias}=datetime.fromisoformat('{instant(value)}')")
            else:
                shown.append(f"{field.alias}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


@attrs.frozen(kw_only=True, repr=False)
class TicketOpened(TicketEvent):
    """Record that a ticket came to be, with what was known of it then."""

    ticket_type: str = "incident"
    lifecycle: str = "incident"
    lifecycle_version: int = 1
    state: str = "new"
    title: str = ""
    requester: PersonId = PersonId("")
    channel: str = ""
    service: ServiceId = ServiceId("")
    category: str = ""
    configuration_item_id: str = ""
    impact: str = ""
    urgency: str = ""
    priority: str = ""
    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class TicketAssigned(TicketEvent):
    """Record who holds the ticket from now on; empty means nobody in particular."""

    group: GroupId = GroupId("")
    assignee: PersonId = PersonId("")


@attrs.frozen(kw_only=True, repr=False)
class PriorityChanged(TicketEvent):
    """Record new priority inputs and the priority that the domain derived from them (law P2)."""

    impact: str = ""
    urgency: str = ""
    priority: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class AnswerSent(TicketEvent):
    """Record that the desk answered the requester; the first human one is the first response."""

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class ContactReceived(TicketEvent):
    """Record that the requester got in touch about the ticket."""

    channel: str = ""


@attrs.frozen(kw_only=True, repr=False)
class WorkStarted(TicketEvent):
    """Record the first move from a new to an active state."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketMoved(TicketEvent):
    """Record a move between two states of one category, which no clock cares about."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketPutOnHold(TicketEvent):
    """Record that work waits, and for what: `reason` decides which clocks pause."""

    state: str
    reason: str


@attrs.frozen(kw_only=True, repr=False)
class TicketResumed(TicketEvent):
    """Record that work goes on after a hold."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketResolved(TicketEvent):
    """Record that a solution was given; the requester may still disagree."""

    state: str
    resolution_code: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketReopened(TicketEvent):
    """Record that a resolved or closed ticket needs work again."""

    state: str
    reason: str = ""


@attrs.frozen(kw_only=True, repr=False)
class TicketClosed(TicketEvent):
    """Record that the ticket is done with."""

    state: str


@attrs.frozen(kw_only=True, repr=False)
class TicketCancelled(TicketEvent):
    """Record that the ticket is not wanted any more; its clocks are cancelled."""

    state: str
    reason: str = ""


EVENT_TYPES: Final[tuple[type[TicketEvent], ...]] = (
    TicketOpened,
    TicketAssigned,
    PriorityChanged,
    AnswerSent,
    ContactReceived,
    WorkStarted,
    TicketMoved,
    TicketPutOnHold,
    TicketResumed,
    TicketResolved,
    TicketReopened,
    TicketClosed,
    TicketCancelled,
)
"""Every event class, in the order in which events of one instant take effect.

Opening comes before all else; who holds the ticket and how urgent it is are known before the
desk acts; a pause is over before the stop that ends it (law S6).
"""

_RANK: Final[dict[type, int]] = {kind: rank for rank, kind in enumerate(EVENT_TYPES)}


def in_order(events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
    """Return the events as they happened, each told once (law S14).

    Sorted by `occurred_at`. At one instant, the order in which the desk learned of them counts,
    then `sequence`, then the order of `EVENT_TYPES` (a class of your own has the place of its
    nearest base there, or the last), then the event id, then the content, by the name of the class
    and the fields as texts: what order that is means nothing, it only is the same however the
    events were told. Of events with one id the first is kept; without ids, events that are equal
    in every field are one.
    """
    unique: dict[object, TicketEvent] = {}
    for event in sorted(events, key=_key):
        unique.setdefault(event.event_id or event, event)
    return tuple(unique.values())


def _key(event: TicketEvent) -> tuple[int, int, int, int, str, TicketEvent]:
    # The event itself is compared, by `__lt__`, only on a tie of all before it.
    kind = type(event)
    try:
        rank = _RANK[kind]
    except KeyError:  # a class of somebody's own
        rank = next((_RANK[base] for base in kind.__mro__ if base in _RANK), len(_RANK))
    return (event.occurred_us, event.recorded_us, event.sequence, rank, event.event_id, event)


def _content(event: TicketEvent) -> tuple[str, ...]:
    kind = type(event)
    values = (repr(getattr(event, field.name)) for field in attrs.fields(kind))
    return (kind.__module__, kind.__qualname__, *values)
