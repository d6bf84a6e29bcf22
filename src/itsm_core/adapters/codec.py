"""Write events as JSON and read them back: strict, by allow-list, the identity both ways (law R7).

The form is one flat object: `type` (the class name, one of `EVENT_TYPES`), `version` (of the form
of that type), then every field under its public name. Instants are ISO-8601 in UTC with six
decimals. Every field is written and every field is demanded, so that a default that changes later
does not change what was recorded.

Nothing is converted: "false" is not a bool, 1.9 and "5" are not numbers. An unknown type, an
unknown, missing or repeated key, NaN, nesting, half a surrogate pair and a payload over
`PAYLOAD_LENGTH` are refused, each with its place. What cannot be read back cannot be written.

It is a table rather than a set of cattrs hooks: the form allows no conversion, which is what
cattrs is for, and importing it (55 ms) would be felt by everybody who opens a store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, cast, get_type_hints

import attrs

from itsm_core.errors import CodecError, InstantOutOfRange, did_you_mean
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.spans import instant, micros

__all__ = ["EVENT_VERSIONS", "PAYLOAD_LENGTH", "decode_event", "encode_event", "fingerprint"]

PAYLOAD_LENGTH: Final = 65_536
"""The longest payload in characters, whether it comes as text or as bytes: a hundred times a long
ticket, a hundredth of a nuisance. Characters, because that is what a writer of texts counts."""

EVENT_VERSIONS: Final[Mapping[str, int]] = {
    **{kind.__name__: 1 for kind in EVENT_TYPES},
    "TicketPutOnHold": 2,
}
"""The version of each event type's form, by tag. A changed form gets the next number."""

_Scalar = str | int | bool | None

_ADDED: Final[Mapping[tuple[str, int], Mapping[str, _Scalar]]] = {
    ("TicketPutOnHold", 1): {"evidence": ""},
}
"""What an older version lacks, by tag and version: fields that came later, and what they mean in
a payload that was written before there were any."""

_INTEGERS: Final = 1 << 63  # what every database holds in one column
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII)
_FORM: Final = "write it as 2026-01-05T09:00:00.000000Z"


class _Refused(Exception):
    """Carry what is wrong with one value up to where its place is known."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def _text(value: object) -> str:
    if type(value) is not str:
        raise _Refused("must be text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise _Refused("holds half of a surrogate pair", "send valid Unicode") from error
    return value


def _integer(value: object) -> int:
    if type(value) is not int:
        raise _Refused("must be a whole number")
    if not -_INTEGERS <= value < _INTEGERS:
        raise _Refused("must fit into 64 bits")
    return value


def _flag(value: object) -> bool:
    if type(value) is not bool:
        raise _Refused("must be true or false")
    return value


def _write_instant(value: object) -> str:
    try:
        return f"{instant(_integer(value)).isoformat(timespec='microseconds')[:-6]}Z"
    except InstantOutOfRange as error:
        raise _Refused("lies outside the years 1 to 9999") from error


def _read_instant(value: object) -> int:
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise _Refused("must be an instant in UTC", _FORM)
    try:
        return micros(datetime.fromisoformat(value))
    except ValueError as error:
        raise _Refused(f"is not an instant ({error})", _FORM) from error


def _write_optional(value: object) -> str | None:
    return None if value is None else _write_instant(value)


def _read_optional(value: object) -> int | None:
    return None if value is None else _read_instant(value)


_Check = Callable[[object], _Scalar]
_Field = tuple[str, str, _Check, _Check]
"""Public name, attribute, how to write its value, how to read it."""

_CHECKS: Final[Mapping[object, _Check]] = {str: _text, int: _integer, bool: _flag}


def _fields(kind: type[TicketEvent]) -> tuple[_Field, ...]:
    """Return the table of an event class: which public name holds what."""
    hints = get_type_hints(kind)
    table: list[_Field] = []
    write: _Check
    read: _Check
    for field in attrs.fields(kind):
        hint = hints[field.name]
        if not field.name.endswith("_us"):
            write = read = _CHECKS[getattr(hint, "__supertype__", hint)]
        elif hint is int:
            write, read = _write_instant, _read_instant
        else:
            write, read = _write_optional, _read_optional
        table.append((field.alias or field.name, field.name, write, read))
    return tuple(table)


_TABLES: Final = {kind.__name__: (kind, _fields(kind)) for kind in EVENT_TYPES}


def encode_event(event: TicketEvent) -> str:
    """Return the event as one line of JSON; the same event gives the same text.

    Raises:
        CodecError: it is no event of `EVENT_TYPES`, or a field holds a value of another type than
            it declares.
    """
    tag = type(event).__name__
    kind, table = _TABLES.get(tag, (None, ()))
    if kind is not type(event):
        raise CodecError("no event of itsm_core", tag, remedy="use a class of EVENT_TYPES")
    document: dict[str, _Scalar] = {"type": tag, "version": EVENT_VERSIONS[tag]}
    name = ""
    try:
        for name, attribute, write, _ in table:
            document[name] = write(getattr(event, attribute))
    except _Refused as error:
        value: object = getattr(event, dict(_attributes(table))[name])
        raise CodecError(error.what, f"{tag}.{name}", value, error.remedy) from error
    text = _ENCODER.encode(document)
    _check_length(text, tag)
    return text


def decode_event(payload: str | bytes) -> TicketEvent:
    """Return the event that `encode_event` wrote.

    Raises:
        CodecError: the payload is anything else; the message names the place.
    """
    document = _document(payload)
    tag = document.pop("type", None)
    version = document.pop("version", None)
    if type(tag) is not str or tag not in _TABLES:
        remedy = f"one of {', '.join(EVENT_VERSIONS)}{did_you_mean(str(tag)[:80], EVENT_VERSIONS)}"
        raise CodecError("unknown event type", "type", tag, remedy)
    if type(version) is int and (tag, version) in _ADDED:
        document = _upcast(document, tag, version)
    elif type(version) is not int or version != EVENT_VERSIONS[tag]:
        remedy = f"this itsm_core reads {EVENT_VERSIONS[tag]}; use the one that wrote it, or newer"
        raise CodecError("unknown version of an event", f"{tag}.version", version, remedy)
    kind, table = _TABLES[tag]
    values: dict[str, _Scalar] = {}
    name = ""
    try:
        for name, _, _, read in table:
            values[name] = read(document[name])
    except KeyError as error:
        raise CodecError("missing", f"{tag}.{name}", remedy="every field is written") from error
    except _Refused as error:
        raise CodecError(error.what, f"{tag}.{name}", document[name], error.remedy) from error
    if len(document) != len(values):
        unknown = min(document.keys() - values.keys())
        raise CodecError(
            "unknown key", tag, unknown[:80], f"remove it{did_you_mean(unknown[:80], values)}"
        )
    # Each value was checked against the class's own declaration, which the checker cannot see.
    return cast("Callable[..., TicketEvent]", kind)(**values)


def _upcast(document: dict[str, object], tag: str, version: int) -> dict[str, object]:
    """Return an older payload in the present form: what was recorded stays readable for good."""
    added = _ADDED[tag, version]
    early = min(added.keys() & document.keys(), default=None)
    if early is not None:
        remedy = f"version {version} did not have it"
        raise CodecError("unknown key", f"{tag}, version {version}", early, remedy)
    return {**document, **added}


def fingerprint(payloads: tuple[str, ...], intent: str | None = None) -> bytes:
    """Return 32 bytes that stand for an intent or, without one, for encoded events (law R1)."""
    if intent is not None:
        return sha256(b"intent\n" + intent.encode("utf-8", "surrogatepass")).digest()
    return sha256("\n".join(("events", *payloads)).encode()).digest()


def _attributes(table: tuple[_Field, ...]) -> list[tuple[str, str]]:
    return [(name, attribute) for name, attribute, _, _ in table]


def _check_length(text: str, where: str) -> None:
    if len(text) > PAYLOAD_LENGTH:
        raise _too_long(where, len(text))


def _too_long(where: str, size: object) -> CodecError:
    return CodecError(f"longer than {PAYLOAD_LENGTH} characters", where, size, "shorten its texts")


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its members; the json module would let the last of two keys win."""
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CodecError("key given twice", "payload", twice[:80], "keep one of them")
    return document


def _constant(name: str) -> object:
    raise CodecError("not a JSON number", "payload", name, "leave NaN and Infinity out")


# Made once: json.dumps and json.loads make a new one on every call with settings.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def _document(payload: object) -> dict[str, object]:
    """Return the JSON object in a payload; its values are not looked at yet."""
    if not isinstance(payload, str | bytes):
        raise CodecError("must be text or bytes", "payload", type(payload).__name__)
    if isinstance(payload, bytes) and len(payload) > 4 * PAYLOAD_LENGTH:
        raise _too_long("payload", f"{len(payload)} bytes")  # UTF-8 takes 1 to 4 a character
    try:
        text = payload.decode() if isinstance(payload, bytes) else payload
        _check_length(text, "payload")
        document: object = _DECODER.decode(text)
    except CodecError:
        raise
    except RecursionError as error:
        raise CodecError("nested too deep", "payload", remedy="an event is flat") from error
    except ValueError as error:  # bad JSON, bad UTF-8, a number of thousands of digits
        raise CodecError(f"not JSON ({error})", "payload", payload[:80]) from error
    if not isinstance(document, dict):
        raise CodecError("must be an object", "payload", type(document).__name__)
    return cast("dict[str, object]", document)
