"""Read an XES file event by event: no document type, no entities, nothing kept but one event.

The parser is fed piece by piece and refuses a document type definition before it is read: entities
that unfold into gigabytes, and files of this machine drawn into a log, need one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, NoReturn
from xml.parsers import expat

from itsm_core.errors import LogError
from itsm_core.interop._json_stream import opened_bytes

__all__ = ["LONGEST_TAG", "XesEvent", "read_xes_events", "xes_events_in"]

LONGEST_TAG: Final = 1_000_000
"""Bytes between two marks of the file; expat keeps an unfinished tag in memory."""

_PIECE: Final = 1 << 16
_DEEPEST: Final = 16
_MOST_VALUES: Final = 1_000
"""Attributes of one trace or event."""

_VALUES: Final = frozenset({"string", "date", "int", "float", "boolean", "id"})
_NESTS: Final = frozenset({"list", "container", "values"})
_HEAD: Final = frozenset({"extension", "global", "classifier"})
_EXACT: Final = "exact"


class XesEvent(NamedTuple):
    """Hold one event: its line, the values of its trace, and its own, each by its key."""

    line: int
    trace_number: int
    trace: Mapping[str, str]
    values: Mapping[str, str]


def read_xes_events(path: Path) -> Iterator[XesEvent]:
    """Yield the events of an XES file, plain or gzipped, in their order.

    Raises:
        LogError: it is not well-formed XML, has a document type, or is no XES; with file and line.
    """
    with opened_bytes(path) as data:
        yield from xes_events_in(data, path.name)


def xes_events_in(data: BinaryIO, name: str) -> Iterator[XesEvent]:
    """Yield the events of an open file; see `read_xes_events`."""
    parser = _Parser(name)
    while True:
        piece = data.read(_PIECE)
        parser.feed(piece)
        yield from parser.taken()
        if not piece:
            return


class _Parser:
    """Turn the marks of the file into events."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._expat = expat.ParserCreate()
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._path: list[str] = []
        self._head = 0
        self._events: list[XesEvent] = []
        self._traces = 0
        self._trace: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._keys: list[str] = []
        self._line = 0
        self._fed = 0
        self._marked = 0

    def feed(self, piece: bytes) -> None:
        """Read a piece; an empty one is the end.

        Raises:
            LogError: see `read_xes_events`.
        """
        try:
            self._expat.Parse(piece, not piece)
        except expat.ExpatError as error:
            what = f"not well-formed XML: {expat.ErrorString(error.code)}"
            remedy = "export it again; it may have been cut off"
            raise LogError(what, f"{self._name}:{error.lineno}", None, remedy) from error
        self._fed += len(piece)
        if self._fed - self._marked > LONGEST_TAG + _PIECE:
            self._refuse(f"more than {LONGEST_TAG:,} bytes without a tag", "it may be no XES file")

    def taken(self) -> list[XesEvent]:
        """Return the events that are complete by now, each once."""
        taken, self._events = self._events, []
        return taken

    def _refuse(self, what: str, remedy: str, value: str | None = None) -> NoReturn:
        raise LogError(what, f"{self._name}:{self._expat.CurrentLineNumber}", value, remedy)

    def _doctype(self, name: str, *_more: object) -> None:
        remedy = "remove it: XES needs none, and entities can unfold into gigabytes"
        self._refuse("the file has a document type definition", remedy, name)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        self._marked = self._expat.CurrentByteIndex
        name = tag.rpartition(":")[2]
        if len(self._path) >= _DEEPEST:
            self._refuse("nested too deep", f"at most {_DEEPEST} levels are read")
        inside = self._path[-1] if self._path else ""
        self._path.append(name)
        if self._head or (inside == "log" and name in _HEAD):
            self._head += 1
        elif name == "log" and not inside:
            pass
        elif name == "trace" and inside == "log":
            self._traces += 1
            self._trace = {}
        elif name == "event" and inside == "trace":
            self._values = {}
            self._line = self._expat.CurrentLineNumber
        elif name in _VALUES or name in _NESTS:
            self._value(name, inside, given)
        else:
            place = f"in <{inside}>" if inside else "as the root"
            self._refuse(f"<{name[:60]}> {place} is no XES", "a log holds traces, they hold events")

    def _value(self, name: str, inside: str, given: dict[str, str]) -> None:
        key = given.get("key")
        if key is None and name != "values":
            self._refuse(f"<{name}> has no key", "every attribute of XES has one")
        value = given.get("value")
        if value is None and name in _VALUES:
            self._refuse(f"<{name}> has no value", "every attribute of XES has one", key)
        self._keys.append(key or "")
        held = {"trace": self._trace, "event": self._values}.get(inside)
        if held is not None:
            if key in held:
                self._refuse("a key stands twice", "keep one of them", key)
            if len(held) >= _MOST_VALUES:
                self._refuse(f"more than {_MOST_VALUES:,} attributes", "leave some out")
            if key is not None and value is not None:
                held[key] = value
        elif key == _EXACT and value is not None and len(self._path) > 2:
            self._exact(value)

    def _exact(self, value: str) -> None:
        """Take the exact text, as JSON, that stands within one which XML could not hold."""
        held = {"trace": self._trace, "event": self._values}.get(self._path[-3])
        if held is None or self._keys[-2] not in held:
            return
        try:
            text = json.loads(value)
        except (ValueError, RecursionError):
            text = None
        if not isinstance(text, str):
            self._refuse("an exact text is no text in JSON", 'write it as "a\\u0001b"', value[:80])
        held[self._keys[-2]] = text

    def _end(self, _tag: str) -> None:
        self._marked = self._expat.CurrentByteIndex
        name = self._path.pop()
        if self._head:
            self._head -= 1
        elif name == "event":
            self._events.append(XesEvent(self._line, self._traces, self._trace, self._values))
        elif name in _VALUES or name in _NESTS:
            self._keys.pop()
