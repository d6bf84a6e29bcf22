"""The order of events, and the hash of a history in it (law S14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

import attrs

from itsm_core.events._base import TicketEvent, content_of, key_of
from itsm_core.events._records import TicketOpened


def history_hash(events: Iterable[TicketEvent]) -> str:
    """Return the SHA-256 of a history, in hex: the same facts give the same hash, however told.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> from itsm_core.events import AnswerSent, TicketOpened
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, sequence=1)
    >>> answer = AnswerSent(ticket_id="INC-1", occurred_at=at, sequence=2)
    >>> history_hash([answer, opened]) == history_hash([opened, answer])
    True
    """
    lines = (repr(content_of(event)) for event in in_order(events))
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def in_order(events: Iterable[TicketEvent]) -> tuple[TicketEvent, ...]:
    """Return the events as they happened, each told once (law S14).

    Sorted by `occurred_at`. At one instant, the order in which the desk learned of them counts,
    then `sequence`, then the order of `EVENT_TYPES` (a class of your own has the place of its
    nearest base there, or the last), then the event id, then the content, by the name of the class
    and the fields as texts: what order that is means nothing, it only is the same however the
    events were told. Of events with one id the first is kept; without ids, events that are equal
    in every field are one.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> from itsm_core.events import AnswerSent, TicketOpened
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, sequence=1)
    >>> answer = AnswerSent(ticket_id="INC-1", occurred_at=at, sequence=2)
    >>> [each.sequence for each in in_order([answer, opened])]
    [1, 2]
    """
    told = tuple(events)
    if _is_plain(told):
        return told
    unique: dict[object, TicketEvent] = {}
    for event in sorted(told, key=key_of):
        unique.setdefault(event.event_id or event, event)
    return tuple(unique.values())


def opened_first(events: Sequence[TicketEvent]) -> Sequence[TicketEvent]:
    """Return events that are in order with the opening first.

    What was told before the opening is taken as happening right after it, at its instant. Events
    without an opening are returned as they are.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> from itsm_core.events import AnswerSent, TicketOpened
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, sequence=1)
    >>> answer = AnswerSent(ticket_id="INC-1", occurred_at=at, sequence=2)
    >>> [each.sequence for each in opened_first([answer, opened])]
    [1, 2]
    """
    if not events or isinstance(events[0], TicketOpened):
        return events
    opening = next((event for event in events if isinstance(event, TicketOpened)), None)
    if opening is None:
        return events
    at = opening.occurred_us
    rest = (event for event in events if event is not opening)
    moved = (
        attrs.evolve(event, occurred_at=at) if event.occurred_us < at else event for event in rest
    )
    return (opening, *moved)


def _is_plain(events: tuple[TicketEvent, ...]) -> bool:
    """Tell whether there is nothing to sort or to leave out: each event after the last."""
    last: TicketEvent | None = None
    at, ids = 0, 0
    for event in events:
        before, at = at, event.occurred_us
        if last is not None and at <= before and (at < before or not key_of(last) < key_of(event)):
            return False
        last = event
        if event.event_id:
            ids += 1
    return ids < 2 or len({event.event_id for event in events if event.event_id}) == ids
