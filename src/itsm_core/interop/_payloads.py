"""Events as named, typed texts, the common ground of OCEL and XES; and back, by the strict codec.

A value that says nothing (an empty text, false, no instant) is left out, and read as that. This is
a rule of the form, not of the classes: a default that changes later changes no file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final, get_type_hints

import attrs

from itsm_core.adapters.codec import EVENT_VERSIONS, decode_event, encode_event, payload_fields
from itsm_core.errors import CodecError, LogError, did_you_mean
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.ids import AgreementId, GroupId, PersonId, ServiceId, TicketId

__all__ = [
    "VERSION",
    "Histories",
    "event_of",
    "events_by_ticket",
    "instant_text",
    "kind_of",
    "objects_of",
    "written",
]

Histories = Mapping[TicketId, Sequence[TicketEvent]]
"""Events by ticket, each in its order, as `read_log` gives them."""

VERSION: Final = "version"
"""The name under which the version of a payload's form travels."""

_TEXTS: Final = frozenset({"text", "ticket", "state", "names"})
_EMPTY: Final[Mapping[str, object]] = {
    "text": "",
    "flag": False,
    "instant or null": None,
    "names": [],
}
_FLAGS: Final = {"true": True, "false": False}
_is_whole: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII).fullmatch

_OBJECTS: Final[Mapping[object, str]] = {
    TicketId: "ticket",
    PersonId: "person",
    GroupId: "group",
    ServiceId: "service",
    AgreementId: "agreement",
}
_BY_NAME: Final = {"configuration_item_id": "configuration_item"}


def kind_of(form: str) -> str:
    """Return what a form of a payload is elsewhere: `string`, `time`, `integer` or `boolean`."""
    if form in _TEXTS:
        return "string"
    if form == "flag":
        return "boolean"
    return "integer" if form in {"integer", "version"} else "time"


@cache
def objects_of(tag: str) -> Mapping[str, str]:
    """Return which fields of an event name an object, with the object's type."""
    kind = next(each for each in EVENT_TYPES if each.__name__ == tag)
    hints = get_type_hints(kind)
    found: dict[str, str] = {}
    for field in attrs.fields(kind):
        name = field.alias or field.name
        object_type = _OBJECTS.get(hints[field.name]) or _BY_NAME.get(name)
        if object_type is not None:
            found[name] = object_type
    return found


def written(
    events: Iterable[TicketEvent], ticket: TicketId
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the type of each event and what it says, every value as its text.

    Raises:
        CodecError: it is no event of `EVENT_TYPES`, or one of another ticket.
    """
    for event in events:
        document = json.loads(encode_event(event))
        tag = document.pop("type")
        if event.ticket_id != ticket:
            remedy = "keep each event under its own ticket"
            raise CodecError("event of another ticket", f"{ticket}, {tag}", event.ticket_id, remedy)
        yield tag, {name: _text(value) for name, value in document.items() if _says(value)}


def _says(value: object) -> bool:
    return value not in ("", None, []) and value is not False


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)  # 7, true, and names as a list


def event_of(tag: str, values: Mapping[str, str], where: str) -> TicketEvent:
    """Return the event that `written` told, from a file; `where` is its place.

    Raises:
        LogError: it is no event of `EVENT_TYPES`, or a value is not what its field takes.
    """
    fields = _fields(tag, values.get(VERSION), where)
    document: dict[str, object] = {"type": tag}
    for name, form in ((VERSION, "version"), *fields.items()):
        if name in values:
            document[name] = _value(values[name], form, name, where)
        elif form in _EMPTY:
            document[name] = _EMPTY[form]
    unknown = values.keys() - document.keys()
    if unknown:
        name = min(unknown)
        remedy = f"remove it{did_you_mean(name[:80], fields)}"
        raise LogError(f"{tag} has no such value", where, name[:80], remedy)
    try:
        return decode_event(json.dumps(document))
    except CodecError as error:
        what = f"{error.where}: {error.what}" if error.where else error.what
        raise LogError(what, where, error.value, error.remedy) from error


def _fields(tag: str, version: str | None, where: str) -> Mapping[str, str]:
    if tag not in EVENT_VERSIONS:
        near = did_you_mean(tag[:80], EVENT_VERSIONS)
        remedy = f"this reads what itsm_core wrote{near}; read foreign logs with `read_log`"
        raise LogError("unknown event type", where, tag[:80], remedy)
    if version is None:
        what = f"{tag} names no version of its form"
        remedy = "this reads what itsm_core wrote; read foreign logs with `read_log`"
        raise LogError(what, where, None, remedy)
    number = _value(version, "version", VERSION, where)
    if type(number) is not int or not 1 <= number <= EVENT_VERSIONS[tag]:
        remedy = f"this itsm_core reads up to {EVENT_VERSIONS[tag]}; use the one that wrote it"
        raise LogError(f"unknown version of {tag}", where, version, remedy)
    return payload_fields(tag, number)


def _value(text: str, form: str, name: str, where: str) -> object:
    """Return a text as the plain value of its form; what the codec will say is left to it."""
    kind = kind_of(form)
    if kind == "integer":
        if _is_whole(text) and text != "-0":
            return int(text)
        raise LogError("not a whole number", f"{where}, {name}", text, "write digits alone")
    if kind == "boolean":
        if text in _FLAGS:
            return _FLAGS[text]
        raise LogError("not true or false", f"{where}, {name}", text, "write true or false")
    if kind == "time":
        return instant_text(text, f"{where}, {name}")
    if form == "names":
        try:
            return json.loads(text)
        except ValueError as error:
            remedy = 'write it as ["a","b"]'
            raise LogError("not a list of names", f"{where}, {name}", text, remedy) from error
    return text


def instant_text(text: str, where: str) -> str:
    """Return an instant in the codec's form: other tools write +00:00 for Z, and fewer decimals.

    Raises:
        LogError: it is no ISO 8601 instant, it names no zone (law T1), or it has no year 1 to 9999.
    """
    if len(text) == 27 and text.endswith("Z"):
        return text  # as we write it: the codec looks closer
    remedy = "write it as 2026-01-05T09:00:00.000000Z"
    try:
        at = datetime.fromisoformat(text)
        in_utc = at.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise LogError("not an instant", where, text, remedy) from error
    if at.tzinfo is None:
        raise LogError("the instant names no time zone", where, text, remedy)
    return f"{in_utc.isoformat(timespec='microseconds')}Z"


def events_by_ticket(
    told: Iterable[TicketEvent], most: int, name: str
) -> dict[TicketId, tuple[TicketEvent, ...]]:
    """Return events by ticket, each in the order told.

    Raises:
        LogError: there are more than `most`.
    """
    found: dict[TicketId, list[TicketEvent]] = {}
    for number, event in enumerate(told, 1):
        if number > most:
            remedy = "split the log by time; the events of a ticket must stay together"
            raise LogError(f"more than {most:,} events", name, None, remedy)
        found.setdefault(event.ticket_id, []).append(event)
    return {ticket: tuple(events) for ticket, events in found.items()}
