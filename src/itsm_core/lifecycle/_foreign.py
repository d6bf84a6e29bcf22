"""Event logs of other systems, as they are told: case, name, instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import TypeAlias, cast

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.spans import micros

__all__ = ["ForeignLog", "LogEvent", "check_first", "refusal_of", "told"]

LogEvent: TypeAlias = tuple[str, str, datetime | int]
"""Case id, name of a state or an activity, instant: an aware datetime or whole microseconds."""

ForeignLog: TypeAlias = Iterable[LogEvent] | Iterable[TicketEvent]
"""A log as triples, or as events of this library; of those, the ones that move a ticket count."""

_SHAPE = "an event of a log is (case id, name, instant)"
_REMEDY = "tell three values: two texts and an aware datetime, or whole microseconds from 1970 UTC"


def told(log: ForeignLog) -> Iterator[LogEvent]:
    """Return the log as triples, in the order in which it is told.

    What the first item is decides how all of them are read. The triples of the caller pass
    untouched, because a layer of Python around each would cost as much as judging it.

    Raises:
        InvalidValue: the log is not iterable, or is one text.
    """
    if isinstance(log, (str, bytes)):
        raise InvalidValue("a log is a series of events", log, _REMEDY)
    try:
        items = iter(log)
    except TypeError as error:
        raise InvalidValue("a log is a series of events", log, _REMEDY) from error
    first = next(items, None)
    if first is None:
        return iter(())
    whole: Iterator[object] = chain((first,), items)
    # The first item told which of the two kinds it is; the loops that read refuse a stray one.
    return _moves(whole) if isinstance(first, TicketEvent) else cast("Iterator[LogEvent]", whole)


def _moves(events: Iterator[object]) -> Iterator[LogEvent]:
    for event in events:
        if not isinstance(event, TicketEvent):
            raise InvalidValue("not a TicketEvent, as the first of this log was", event, _REMEDY)
        state: object = getattr(event, "state", None)
        if isinstance(state, str):
            yield event.ticket_id, state, event.occurred_us


def check_first(at: object) -> None:
    """Refuse the first instant of a case unless it is aware, or whole microseconds (law T1).

    The later ones are compared with it, and Python compares neither naive with aware instants
    nor numbers with instants.
    """
    if type(at) is not int:
        micros(at)  # type: ignore[arg-type]


def refusal_of(event: object, error: Exception) -> Exception:
    """Return what to raise for an event that could not be read; `error` itself if it is sound."""
    parts = _parts(event)
    if len(parts) != 3 or not isinstance(parts[0], str) or not isinstance(parts[1], str):
        return InvalidValue(_SHAPE, event, _REMEDY)
    try:
        check_first(parts[2])
    except InvalidValue as refused:
        return refused
    if isinstance(error, TypeError):
        what = "the instants of one case are either all datetimes or all whole microseconds"
        return InvalidValue(what, parts[2], _REMEDY)
    return error


def _parts(event: object) -> tuple[object, ...]:
    return tuple(cast("Iterable[object]", event)) if isinstance(event, (tuple, list)) else ()
