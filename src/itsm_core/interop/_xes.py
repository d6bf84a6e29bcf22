"""XES (IEEE 1849), the case-centric event log, as XML: out for process mining, and in again.

A trace is a ticket. The standard's extensions hold what they are for: `concept:name` the type of
the event and the ticket of the trace, `time:timestamp` when it happened, `org:resource` who did it.
Every other field is an attribute under its own name, so that reading gives the same histories.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TextIO
from xml.sax.saxutils import quoteattr

from itsm_core.adapters.codec import payload_fields
from itsm_core.errors import LogError
from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop._payloads import (
    VERSION,
    Histories,
    event_of,
    events_by_ticket,
    kind_of,
    written,
)
from itsm_core.interop._table import MOST_ROWS
from itsm_core.interop._texts import writing
from itsm_core.interop._xml_stream import XesEvent, read_xes_events

__all__ = ["read_xes", "write_xes"]

_NAME: Final = "concept:name"
_KEYS: Final[Mapping[str, str]] = {"occurred_at": "time:timestamp", "actor": "org:resource"}
_FIELDS: Final = {key: name for name, key in _KEYS.items()}
_LIFECYCLE: Final = "lifecycle:transition"
_ELEMENTS: Final = {"string": "string", "time": "date", "integer": "int", "boolean": "boolean"}

_not_in_xml: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even as a number: most control characters."""

_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00.000000Z"/>\
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="Event type" keys="concept:name"/>
"""


def write_xes(path: str | Path, histories: Histories) -> int:
    """Write histories as one XES file and return the number of events.

    A ticket without events is not in it. A text with characters that XML cannot hold is written
    with `�` in their places, and exactly in a nested attribute `exact`.

    Raises:
        CodecError: an event is of no class of `EVENT_TYPES`, or of another ticket.
        LogError: the file cannot be written.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.interop import write_xes
    >>> from itsm_core.spans import EPOCH
    >>> event = TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, actor="ann")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.xes")
    ...     print(write_xes(path, {"INC-1": (event,)}))
    ...     text = path.read_text(encoding="utf-8")
    1
    >>> '<string key="org:resource" value="ann"/>' in text
    True
    """
    number = 0
    with writing(path) as out:
        out.write(_HEAD)
        for ticket, events in histories.items():
            number += _write_trace(out, ticket, events)
        out.write("</log>\n")
    return number


def _write_trace(out: TextIO, ticket: TicketId, events: Iterable[TicketEvent]) -> int:
    number = 0
    for tag, values in written(events, ticket):
        if not number:
            out.write(f"<trace>{_attribute('string', _NAME, ticket)}\n")
        number += 1
        out.write("<event>")
        out.write(_attribute("string", _NAME, tag))
        out.write(_attribute("string", _LIFECYCLE, "complete"))
        out.write(_attribute("int", VERSION, values[VERSION]))
        for name, form in payload_fields(tag).items():
            if name in values and name != "ticket_id":
                element = _ELEMENTS[kind_of(form)]
                out.write(_attribute(element, _KEYS.get(name, name), values[name]))
        out.write("</event>\n")
    if number:
        out.write("</trace>\n")
    return number


def _attribute(element: str, key: str, value: str) -> str:
    shown = _not_in_xml.sub("\ufffd", value)
    begin = f'<{element} key="{key}" value={_quoted(shown)}'
    if shown == value:
        return f"{begin}/>"
    exact = _quoted(json.dumps(value))
    return f'{begin}><string key="exact" value={exact}/></{element}>'


def _quoted(text: str) -> str:
    return quoteattr(text, {"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


def read_xes(
    path: str | Path, *, most_events: int = MOST_ROWS
) -> dict[TicketId, tuple[TicketEvent, ...]]:
    """Return the histories in a file that `write_xes` wrote, each in its order; also gzipped.

    Read strictly: an event or an attribute that `write_xes` does not write is refused. Logs of
    other programs are for `read_log`. A document type definition is refused.

    Raises:
        LogError: it is no such file; `where` has file and line.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.interop import read_xes, write_xes
    >>> from itsm_core.spans import EPOCH
    >>> histories = {
    ...     "INC-1": (TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, title="No mail"),)
    ... }
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.xes")
    ...     _ = write_xes(path, histories)
    ...     again = read_xes(path)
    >>> again == histories, again["INC-1"][0].title
    (True, 'No mail')
    """
    source = Path(path)
    return events_by_ticket(_read(source), most_events, source.name)


def _read(path: Path) -> Iterator[TicketEvent]:
    traces: dict[str, int] = {}
    for event in read_xes_events(path):
        where = f"{path.name}:{event.line}"
        ticket = event.trace.get(_NAME)
        if ticket is None:
            raise LogError(f"the trace has no {_NAME} before its events", where, None, "name it")
        if traces.setdefault(ticket, event.trace_number) != event.trace_number:
            raise LogError("a ticket has two traces", where, ticket, "join them, in their order")
        yield _event(event, ticket, where)


def _event(event: XesEvent, ticket: str, where: str) -> TicketEvent:
    texts = {"ticket_id": ticket}
    tag = ""
    for key, value in event.values.items():
        if key == _NAME:
            tag = value
        elif key == _LIFECYCLE:
            if value != "complete":
                raise LogError("only complete events are read", where, value, "leave it out")
        elif key in _KEYS or key == "ticket_id":
            raise LogError(f"{key} stands in its own name", where, value, "use the standard's key")
        else:
            texts[_FIELDS.get(key, key)] = value
    return event_of(tag, texts, where)
