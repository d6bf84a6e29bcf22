"""OCEL 2.0, the object-centric event log, as JSON: out for process mining, and in again.

Every field of every event is in the file, so that reading it gives the same histories. What names
something (a ticket, a person, a group, a service) is a relation to an object, qualified by the name
of the field; everything else is an attribute. Attribute values are texts, as the schema published
with OCEL 2.0 demands, of the type that the event type declares.

The objects' own attributes (a ticket's state and priority over time) and the relations between
tickets are told for whoever mines the log. They follow from the events and are not read back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TextIO, cast

from itsm_core.adapters.codec import payload_fields
from itsm_core.errors import LogError
from itsm_core.events import EVENT_TYPES, TicketEvent, TicketLinked, TicketUnlinked
from itsm_core.ids import TicketId
from itsm_core.interop._json_stream import Record, read_records
from itsm_core.interop._payloads import (
    VERSION,
    Histories,
    event_of,
    events_by_ticket,
    kind_of,
    objects_of,
    written,
)
from itsm_core.interop._table import MOST_ROWS
from itsm_core.interop._texts import writing

__all__ = ["read_ocel", "write_ocel"]

_SECTIONS: Final = ("eventTypes", "objectTypes", "events", "objects")
_OBJECT_TYPES: Final = (
    "ticket",
    "person",
    "group",
    "service",
    "configuration_item",
    "agreement",
)
_TOLD: Final = ("title", "ticket_type", "category", "impact", "urgency", "priority", "state")
"""What of its events a ticket shows as attributes of its own."""

_TIME: Final = "occurred_at"
_TAGS: Final = frozenset(kind.__name__ for kind in EVENT_TYPES)


# --- out -----------------------------------------------------------------------------------------


def write_ocel(path: str | Path, histories: Histories) -> int:
    """Write histories as one OCEL 2.0 file in JSON and return the number of events.

    The file is written line by line: memory is needed for the names of objects only. A ticket
    without events is not in it.

    Raises:
        CodecError: an event is of no class of `EVENT_TYPES`, or of another ticket.
        LogError: the file cannot be written.

    >>> import json
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.interop import write_ocel
    >>> from itsm_core.spans import EPOCH
    >>> event = TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, requester="carl")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.json")
    ...     print(write_ocel(path, {"INC-1": (event,)}))
    ...     told = json.loads(path.read_text(encoding="utf-8"))
    1
    >>> [each["id"] for each in told["objects"]]
    ['ticket:INC-1', 'person:carl']
    """
    with writing(path) as out:
        out.write('{"eventTypes":[\n')
        _write_lines(out, map(_event_type, EVENT_TYPES))
        out.write('],"objectTypes":[\n')
        _write_lines(out, map(_object_type, _OBJECT_TYPES))
        out.write('],"objects":[\n')
        _write_lines(out, _objects(histories))
        out.write('],"events":[\n')
        number = _write_lines(out, _events(histories))
        out.write("]}\n")
    return number


def _write_lines(out: TextIO, values: Iterable[object]) -> int:
    number = 0
    for value in values:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        out.write(f",{text}\n" if number else f"{text}\n")
        number += 1
    return number


def _event_type(kind: type[TicketEvent]) -> object:
    objects = objects_of(kind.__name__)
    attributes = [{"name": VERSION, "type": "integer"}]
    attributes += [
        {"name": name, "type": kind_of(form)}
        for name, form in payload_fields(kind.__name__).items()
        if name != _TIME and name not in objects
    ]
    return {"name": kind.__name__, "attributes": attributes}


def _object_type(name: str) -> object:
    told = _TOLD if name == "ticket" else ()
    return {"name": name, "attributes": [{"name": each, "type": "string"} for each in told]}


def _object_id(kind: str, name: str) -> str:
    return f"{kind}:{name}"


def _events(histories: Histories) -> Iterator[object]:
    for ticket, events in histories.items():
        for number, (tag, values) in enumerate(written(events, ticket), 1):
            objects = objects_of(tag)
            yield {
                "id": f"{ticket}#{number}",
                "type": tag,
                "time": values[_TIME],
                "attributes": [
                    {"name": name, "value": value}
                    for name, value in values.items()
                    if name not in objects and name != _TIME
                ],
                "relationships": [
                    {"objectId": _object_id(kind, values[name]), "qualifier": name}
                    for name, kind in objects.items()
                    if name in values
                ],
            }


def _objects(histories: Histories) -> Iterator[object]:
    """Yield the tickets that have events, then whatever else the events name."""
    others: dict[str, str] = {}
    for ticket, events in histories.items():
        attributes: list[object] = []
        links: dict[tuple[str, str], None] = {}
        last: dict[str, str] = {}
        told = [*events]
        for event, (tag, values) in zip(told, written(told, ticket), strict=True):
            for name, kind in objects_of(tag).items():
                if name in values:
                    others.setdefault(_object_id(kind, values[name]), kind)
            _link(event, links)
            for name in _TOLD:
                if name in values and values[name] != last.get(name):
                    last[name] = values[name]
                    at = values[_TIME]
                    attributes.append({"name": name, "value": values[name], "time": at})
        if told:
            made = _object_id("ticket", ticket)
            others[made] = ""  # this one has been told
            related = [
                {"objectId": _object_id("ticket", other), "qualifier": link}
                for link, other in links
            ]
            yield {
                "id": made,
                "type": "ticket",
                "attributes": attributes,
                "relationships": related,
            }
    for made, kind in others.items():
        if kind:
            yield {"id": made, "type": kind, "attributes": [], "relationships": []}


def _link(event: TicketEvent, links: dict[tuple[str, str], None]) -> None:
    if isinstance(event, TicketLinked):
        links[event.link, event.other] = None
    elif isinstance(event, TicketUnlinked):
        links.pop((event.link, event.other), None)


# --- in ------------------------------------------------------------------------------------------


def read_ocel(
    path: str | Path, *, most_events: int = MOST_ROWS
) -> dict[TicketId, tuple[TicketEvent, ...]]:
    """Return the histories in a file that `write_ocel` wrote, each in its order; also gzipped.

    Read strictly: an event type, an attribute or a qualifier that `write_ocel` does not write is
    refused, as is a relation to an object that the file does not have. Logs of other programs are
    for `read_log`.

    Raises:
        LogError: it is no such file; `where` has file and line.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.interop import read_ocel, write_ocel
    >>> from itsm_core.spans import EPOCH
    >>> histories = {
    ...     "INC-1": (TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, title="No mail"),)
    ... }
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.json")
    ...     _ = write_ocel(path, histories)
    ...     again = read_ocel(path)
    >>> again == histories, again["INC-1"][0].title
    (True, 'No mail')
    """
    source = Path(path)
    checks = _Checks()
    found = events_by_ticket(_read(source, checks), most_events, source.name)
    checks.finish(source.name)
    return found


class _Checks:
    """Remember the objects that there are, those that events name, and the ids of events."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.named: dict[str, tuple[str, int]] = {}
        self.events: set[str] = set()

    def finish(self, name: str) -> None:
        """Refuse a relation that leads nowhere, or to an object of another type."""
        for made, (kind, line) in self.named.items():
            if self.objects.get(made) != kind:
                there = self.objects.get(made)
                what = f"it is a {there}, not a {kind}" if there else "no such object in the file"
                raise LogError(what, f"{name}:{line}", made, "write the objects of all relations")


def _read(path: Path, checks: _Checks) -> Iterator[TicketEvent]:
    for record in read_records(path, _SECTIONS, is_one=True):
        where = f"{path.name}:{record.line}"
        if record.section == "events":
            yield _event(record, where, checks)
        elif record.section == "objects":
            made, kind = _text(record.values, "id", where), _text(record.values, "type", where)
            if kind not in _OBJECT_TYPES:
                raise LogError(
                    "unknown object type", where, kind, f"use {', '.join(_OBJECT_TYPES)}"
                )
            if made in checks.objects:
                raise LogError("an object stands twice", where, made, "give each its own id")
            checks.objects[made] = kind


def _event(record: Record, where: str, checks: _Checks) -> TicketEvent:
    values = record.values
    made, tag = _text(values, "id", where), _text(values, "type", where)
    if made in checks.events:
        raise LogError("an event stands twice", where, made, "give each its own id")
    checks.events.add(made)
    texts = {_TIME: _text(values, "time", where)}
    for name, value in _named(values, "attributes", "value", where):
        _put(texts, name, _value_text(value, where), where)
    if tag not in _TAGS:
        return event_of(tag, texts, where)  # says what is wrong with it
    objects = objects_of(tag)
    for name, value in _named(values, "relationships", "objectId", where, key="qualifier"):
        if name not in objects or not isinstance(value, str):
            remedy = f"{tag} has {', '.join(objects) or 'none'}"
            raise LogError("unknown qualifier", where, name, remedy)
        kind = objects[name]
        prefix = _object_id(kind, "")
        if not value.startswith(prefix):
            raise LogError(f"{name} names no {kind}", where, value, f"write {prefix}ID")
        checks.named.setdefault(value, (kind, record.line))
        _put(texts, name, value.removeprefix(prefix), where)
    return event_of(tag, texts, where)


def _put(texts: dict[str, str], name: str, value: str, where: str) -> None:
    if name in texts:
        raise LogError("a value stands twice", where, name, "keep one of them")
    texts[name] = value


def _text(values: Mapping[str, object], name: str, where: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise LogError(f"{name} is not a text", where, value, "OCEL 2.0 demands it")
    return value


def _named(
    values: Mapping[str, object], section: str, value: str, where: str, key: str = "name"
) -> Iterator[tuple[str, object]]:
    """Yield name and value of the members of a list, which may be missing."""
    listed = values.get(section, [])
    if not isinstance(listed, list):
        raise LogError(f"{section} is no list", where, None, "OCEL 2.0 demands it")
    for each in cast("list[object]", listed):
        if not isinstance(each, dict) or value not in each:
            remedy = f'write {{"{key}": ..., "{value}": ...}}'
            raise LogError(f"a member of {section} has no {value}", where, None, remedy)
        members = cast("dict[str, object]", each)
        yield _text(members, key, where), members[value]


def _value_text(value: object, where: str) -> str:
    """Return an attribute as a text; the specification's own example has numbers bare."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):  # true and false among them
        return json.dumps(value)
    raise LogError("an attribute is no text, whole number or flag", where, value, "write a text")
