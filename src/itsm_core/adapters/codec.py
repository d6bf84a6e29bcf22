"""Write events, commands and actors as JSON and read them back: strict, by allow-list (law R7).

The form is one flat object: `type` (the class name, one of `EVENT_TYPES` or `COMMAND_TYPES`),
`version` (of the form of that type), then every field under its public name. Instants are
ISO-8601 in UTC with six decimals. Every field is written and every field is demanded, so that a
default that changes later does not change what was recorded. Both ways are the identity.

Nothing is converted: "false" is not a bool, 1.9 and "5" are not numbers. An unknown type, an
unknown, missing or repeated key, NaN, nesting, half a surrogate pair and a payload over
`PAYLOAD_LENGTH` are refused, each with its place. What cannot be read back cannot be written.

A command says what somebody wants, never who wants it: whoever takes commands from outside makes
the `Actor` from what they know about the caller. An actor's payload is for the inside, such as a
queue between two programs of one owner; to read one from outside is to let the sender choose
their roles, and whether they count as a person.

It is a table rather than a set of cattrs hooks: the form allows no conversion, which is what
cattrs is for, and importing it (55 ms) would be felt by everybody who opens a store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Generic, TypeAlias, TypeVar, cast, get_type_hints

import attrs

from itsm_core.commands import COMMAND_TYPES, Actor, Command
from itsm_core.errors import CodecError, InstantOutOfRange, InvalidValue, did_you_mean
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.readers import INTEGERS, JsonReader
from itsm_core.spans import EPOCH, instant

__all__ = [
    "ACTOR_VERSION",
    "COMMAND_VERSIONS",
    "EVENT_VERSIONS",
    "PAYLOAD_LENGTH",
    "decode_actor",
    "decode_command",
    "decode_event",
    "encode_actor",
    "encode_command",
    "encode_event",
    "fingerprint",
]

PAYLOAD_LENGTH: Final = 65_536
"""The longest payload in characters, whether it comes as text or as bytes: a hundred times a long
ticket, a hundredth of a nuisance. Characters, because that is what a writer of texts counts."""

EVENT_VERSIONS: Final[Mapping[str, int]] = {
    **{kind.__name__: 1 for kind in EVENT_TYPES},
    "TicketPutOnHold": 2,
}
"""The version of each event type's form, by tag. A changed form gets the next number."""

COMMAND_VERSIONS: Final[Mapping[str, int]] = {kind.__name__: 1 for kind in COMMAND_TYPES}
"""The version of each command type's form, by tag."""

ACTOR_VERSION: Final = 1
"""The version of an actor's form."""

_Plain: TypeAlias = str | int | bool | None

_ADDED: Final[Mapping[tuple[str, int], Mapping[str, _Plain]]] = {
    ("TicketPutOnHold", 1): {"evidence": ""},
}
"""What the next version added to an older one, by tag and version: fields that came later, and
what they mean in a payload that was written before there were any."""

_is_instant: Final = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z", re.ASCII
).fullmatch
_FORM: Final = "write it as 2026-01-05T09:00:00.000000Z"

# Made once, as json.dumps and json.loads would not be. Flat, but for lists of names; so short a
# text needs no count of its values.
_READER: Final = JsonReader(
    subject="payload", longest=PAYLOAD_LENGTH, deepest=8, most=PAYLOAD_LENGTH
)
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

# --- one value -----------------------------------------------------------------------------------


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
    if not -INTEGERS <= value < INTEGERS:
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
    if type(value) is not str or not _is_instant(value):
        raise _Refused("must be an instant in UTC", _FORM)
    try:
        return (datetime.fromisoformat(value) - EPOCH) // timedelta.resolution
    except ValueError as error:
        raise _Refused(f"is not an instant ({error})", _FORM) from error


def _write_optional(value: object) -> str | None:
    return None if value is None else _write_instant(value)


def _read_optional(value: object) -> int | None:
    return None if value is None else _read_instant(value)


def _write_names(value: object) -> list[str]:
    if type(value) is not frozenset:
        raise _Refused("must be a frozenset of texts")
    return sorted([_text(each) for each in cast("frozenset[object]", value)])


def _read_names(value: object) -> frozenset[str]:
    if type(value) is not list:
        raise _Refused("must be a list of texts")
    listed = [_text(each) for each in cast("list[object]", value)]
    names = frozenset(listed)
    if listed != sorted(names):
        raise _Refused("must name each once, in order", "sort the names")
    return names


# --- the table of a class ------------------------------------------------------------------------

_Check: TypeAlias = Callable[[object], object]
_Row: TypeAlias = tuple[str, str, _Check, _Check]
"""Public name, attribute, how to write its value, how to read it."""

_CHECKS: Final[Mapping[object, tuple[_Check, _Check]]] = {
    str: (_text, _text),
    int: (_integer, _integer),
    bool: (_flag, _flag),
    frozenset[str]: (_write_names, _read_names),
}


def _rows(kind: type) -> tuple[_Row, ...]:
    """Return the table of a class: which public name holds what."""
    hints = get_type_hints(kind)
    table: list[_Row] = []
    for field in attrs.fields(kind):
        hint = hints[field.name]
        if not field.name.endswith("_us"):
            write, read = _CHECKS[getattr(hint, "__supertype__", hint)]
        elif hint is int:
            write, read = _write_instant, _read_instant
        else:
            write, read = _write_optional, _read_optional
        table.append((field.alias or field.name, field.name, write, read))
    return tuple(table)


_Value = TypeVar("_Value")


@attrs.frozen
class _Form(Generic[_Value]):
    """Hold how the values of one class are written and read."""

    kind: type[_Value]
    version: int
    written: tuple[_Row, ...]
    read: tuple[tuple[str, _Check], ...]


class _Forms(Generic[_Value]):
    """Hold the forms of the classes of one family, by tag."""

    def __init__(self, noun: str, kinds: Sequence[type[_Value]], known: Mapping[str, int]) -> None:
        self._noun = noun
        self._forms: dict[str, _Form[_Value]] = {}
        for kind in kinds:
            rows = _rows(kind)
            read = tuple((name, read) for name, _, _, read in rows)
            self._forms[kind.__name__] = _Form(kind, known[kind.__name__], rows, read)

    def encode(self, value: _Value) -> str:
        """Return one line of JSON."""
        tag = type(value).__name__
        form = self._forms.get(tag)
        if form is None or form.kind is not type(value):
            listed = f"{self._noun.upper()}_TYPES"
            raise CodecError(
                f"no {self._noun} of itsm_core", tag, remedy=f"use a class of {listed}"
            )
        document: dict[str, object] = {"type": tag, "version": form.version}
        name = attribute = ""
        try:
            for name, attribute, write, _ in form.written:
                document[name] = write(getattr(value, attribute))
        except _Refused as error:
            given: object = getattr(value, attribute)
            raise CodecError(error.what, f"{tag}.{name}", given, error.remedy) from error
        text = _ENCODER.encode(document)
        if len(text) > PAYLOAD_LENGTH:
            what = f"longer than {PAYLOAD_LENGTH} characters"
            raise CodecError(what, tag, len(text), "shorten its texts")
        return text

    def decode(self, payload: str | bytes) -> _Value:
        """Return what `encode` wrote."""
        document = _READER.read(payload)
        if type(document) is not dict:
            raise CodecError("must be an object", "payload", type(document).__name__)
        given = cast("dict[str, object]", document)
        tag, version = given.pop("type", None), given.pop("version", None)
        form = self._forms.get(tag) if type(tag) is str else None
        if form is None:
            known = self._forms
            remedy = f"one of {', '.join(known)}{did_you_mean(str(tag)[:80], known)}"
            raise CodecError(f"unknown {self._noun} type", "type", tag, remedy)
        if type(version) is not int or version != form.version:
            self._upcast(given, form, version)
        # Keyed by the table's own names: keywords are found faster by identity than by content.
        values: dict[str, object] = {}
        name = ""
        try:
            for name, read in form.read:
                value = given[name]
                if read is _text and type(value) is str and value.isascii():
                    values[name] = value  # most are plain texts
                else:
                    values[name] = read(value)
        except KeyError as error:
            raise CodecError("missing", f"{tag}.{name}", remedy="every field is written") from error
        except _Refused as error:
            raise CodecError(error.what, f"{tag}.{name}", given[name], error.remedy) from error
        if len(given) != len(values):
            unknown = min(given.keys() - values.keys())
            near = did_you_mean(unknown[:80], values)
            raise CodecError("unknown key", str(tag), unknown[:80], f"remove it{near}")
        try:
            # Each value was checked against the class's declaration, which no checker can see.
            return cast("Callable[..., _Value]", form.kind)(**values)
        except InvalidValue as error:  # a rule of the class, such as a ticket id that is not blank
            raise CodecError(error.what, str(tag), error.value, error.remedy) from error

    def _upcast(self, given: dict[str, object], form: _Form[_Value], version: object) -> None:
        """Bring an older payload to the present form: what was recorded stays readable for good."""
        tag = form.kind.__name__
        if type(version) is not int or not 1 <= version < form.version:
            remedy = f"this itsm_core reads {form.version}; use the one that wrote it, or newer"
            what = f"unknown version of the {self._noun}"
            raise CodecError(what, f"{tag}.version", version, remedy)
        for older in range(version, form.version):
            added = _ADDED[tag, older]
            early = min(added.keys() & given.keys(), default=None)
            if early is not None:
                remedy = f"version {older} did not have it"
                raise CodecError("unknown key", f"{tag}, version {version}", early, remedy)
            given.update(added)


_EVENTS: Final = _Forms("event", EVENT_TYPES, EVENT_VERSIONS)
_COMMANDS: Final = _Forms("command", COMMAND_TYPES, COMMAND_VERSIONS)
_ACTORS: Final = _Forms("actor", (Actor,), {Actor.__name__: ACTOR_VERSION})

# --- the door ------------------------------------------------------------------------------------


def encode_event(event: TicketEvent) -> str:
    """Return the event as one line of JSON; the same event gives the same text.

    Raises:
        CodecError: it is no event of `EVENT_TYPES`, or a field holds a value of another type than
            it declares.
    """
    return _EVENTS.encode(event)


def decode_event(payload: str | bytes) -> TicketEvent:
    """Return the event that `encode_event` wrote, with this version or an older one.

    Raises:
        CodecError: the payload is anything else; the message names the place.
    """
    return _EVENTS.decode(payload)


def encode_command(command: Command) -> str:
    """Return the command as one line of JSON; the same command gives the same text.

    Raises:
        CodecError: it is no command of `COMMAND_TYPES`, or a field holds a value of another type
            than it declares.
    """
    return _COMMANDS.encode(command)


def decode_command(payload: str | bytes) -> Command:
    """Return the command that `encode_command` wrote, with this version or an older one.

    Who wants it is not in the payload: make the `Actor` from what you know about the sender, or
    anybody can claim any role.

    Raises:
        CodecError: the payload is anything else; the message names the place.
    """
    return _COMMANDS.decode(payload)


def encode_actor(actor: Actor) -> str:
    """Return the actor as one line of JSON, the roles in order of their names.

    Raises:
        CodecError: it is no `Actor`, or a field holds a value of another type than it declares.
    """
    return _ACTORS.encode(actor)


def decode_actor(payload: str | bytes) -> Actor:
    """Return the actor that `encode_actor` wrote.

    Read it only from where nobody but you can write: it says which roles somebody has, and with
    `automatic` that they are a program. The codec checks the form, it cannot check the claim.

    Raises:
        CodecError: the payload is anything else; the message names the place.
    """
    return _ACTORS.decode(payload)


def fingerprint(payloads: tuple[str, ...], intent: str | None = None) -> bytes:
    """Return 32 bytes that stand for an intent or, without one, for encoded events (law R1)."""
    if intent is not None:
        return sha256(b"intent\n" + intent.encode("utf-8", "surrogatepass")).digest()
    return sha256("\n".join(("events", *payloads)).encode()).digest()
