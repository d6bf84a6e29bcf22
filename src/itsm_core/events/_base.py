"""The event: who, when, told when; and by what two events of one instant are put in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.ids import EventId, PersonId, TicketId
from itsm_core.spans import as_micros, in_pendulum, instant, optional_micros, written

if TYPE_CHECKING:
    import pendulum

_ROOM: Final = "itsm_core.events"

RANKS: Final[dict[type, int]] = {}
"""The place of each class of `EVENT_TYPES` among events of one instant; see there."""


@attrs.frozen(kw_only=True, repr=False)
class TicketEvent:
    """Hold what every event has.

    `actor` is the person who did it, empty for the system itself. `automatic` marks what no
    human wrote (an auto-reply, a timer): it never answers, resumes or reopens (law L5).
    `event_id` names the fact: the same id told twice is one event (law S14). `sequence` is the
    place among events of one instant, as their source told them.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> from itsm_core.events import AnswerSent
    >>> told = AnswerSent(ticket_id="INC-1", occurred_at=at, actor="ann")
    >>> told.recorded_at == told.occurred_at
    True
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
        mine, others = key_of(self)[:-1], key_of(other)[:-1]
        # The content is put into words only where nothing else tells the two apart.
        return mine < others if mine != others else content_of(self) < content_of(other)

    def __repr__(self) -> str:
        return written(self)


def known_kind(kind: type) -> type[TicketEvent] | None:
    """Return an event class of `EVENT_TYPES`, or the nearest base there of a class of one's own.

    >>> import attrs
    >>> from itsm_core.events import AnswerSent, known_kind
    >>> @attrs.frozen(kw_only=True)
    ... class CallbackMade(AnswerSent):
    ...     phone: str = ""
    >>> known_kind(CallbackMade)
    <class 'itsm_core.events...AnswerSent'>
    >>> known_kind(str) is None
    True
    """
    return next((base for base in kind.__mro__ if base in RANKS), None)


def key_of(event: TicketEvent) -> tuple[int, int, int, int, str, TicketEvent]:
    """Return what an event is sorted by."""
    # The event itself is compared, by `__lt__`, only on a tie of all before it.
    kind = type(event)
    try:
        rank = RANKS[kind]
    except KeyError:  # a class of somebody's own
        known = known_kind(kind)
        rank = len(RANKS) if known is None else RANKS[known]
    return (event.occurred_us, event.recorded_us, event.sequence, rank, event.event_id, event)


def content_of(event: TicketEvent) -> tuple[str, ...]:
    """Return class and fields as texts; in which module of the room a class is kept is no fact."""
    kind = type(event)
    room = _ROOM if kind in RANKS else kind.__module__
    values = (repr(getattr(event, field.name)) for field in attrs.fields(kind))
    return (room, kind.__qualname__, *values)
