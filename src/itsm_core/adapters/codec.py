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

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Final, Generic, TypeAlias, TypeVar, cast

from itsm_core.adapters._codec_quick import Form, Quick, form_of, rows_of
from itsm_core.adapters._codec_values import (
    FORMS,
    Refused,
    Write,
    as_text,
    is_unicode,
    write_text,
)
from itsm_core.adapters.personal import personal_in
from itsm_core.commands import COMMAND_TYPES, Actor, Command
from itsm_core.errors import CodecError, InvalidValue, did_you_mean
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.readers import JsonReader

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
    "payload_fields",
    "personal_pieces",
    "restored_event",
    "without",
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

# Made once, as json.loads would not be. Flat, but for lists of names; so short a text needs no
# count of its values.
_READER: Final = JsonReader(
    subject="payload", longest=PAYLOAD_LENGTH, deepest=8, most=PAYLOAD_LENGTH
)

# --- the forms of a family ------------------------------------------------------------------------

_Value = TypeVar("_Value")


class _Forms(Generic[_Value]):
    """Hold the forms of the classes of one family, by tag."""

    def __init__(self, noun: str, kinds: Sequence[type[_Value]], known: Mapping[str, int]) -> None:
        self._noun = noun
        self._forms: dict[str, Form[_Value]] = {}
        self._quick: dict[str, Quick[_Value]] = {}
        for kind in kinds:
            tag, rows = kind.__name__, rows_of(kind)
            self._forms[tag] = form_of(kind, known[tag], rows)
            if Quick.can_read(kind, rows):
                self._quick[tag] = Quick(kind, known[tag], rows)

    def fields(self, tag: str) -> dict[str, str] | None:
        """Return the public names of a type's fields with what their values are."""
        form = self._forms.get(tag)
        return None if form is None else {name: FORMS[read] for name, read in form.read}

    def encode(self, value: _Value) -> str:
        """Return one line of JSON."""
        tag = type(value).__name__
        form = self._forms.get(tag)
        if form is None or form.kind is not type(value):
            listed = f"{self._noun.upper()}_TYPES"
            raise CodecError(
                f"no {self._noun} of itsm_core", tag, remedy=f"use a class of {listed}"
            )
        pieces = [form.head]
        prefix, each = "", None
        try:
            for (prefix, write), each in zip(form.written, form.get(value), strict=True):
                if write is write_text and type(each) is str and each.isascii():
                    pieces.append(prefix + encode_basestring(each))  # most are plain texts
                else:
                    pieces.append(prefix + write(each))
        except Refused as error:
            raise CodecError(error.what, f"{tag}.{prefix[2:-2]}", each, error.remedy) from error
        pieces.append("}")
        text = "".join(pieces)
        if len(text) > PAYLOAD_LENGTH:
            what = f"longer than {PAYLOAD_LENGTH} characters"
            raise CodecError(what, tag, len(text), "shorten its texts")
        return text

    def decode(self, payload: str | bytes, personal: str = "") -> _Value:
        """Return what `encode` wrote, the usual way or the clear one.

        `personal` are members that go into the place of empty ones, a line each.
        """
        if (
            type(payload) is str
            and len(payload) <= PAYLOAD_LENGTH
            and (payload.isascii() or is_unicode(payload))
        ):
            tag = payload[9 : payload.find('"', 9)]  # {"type":"TicketOpened"
            quick = self._quick.get(tag)
            if quick is not None:
                value = quick.read(payload, personal)
                if value is not None:
                    return value
        return self.read_clearly(_joined(payload, personal) if personal else payload)

    def read_clearly(self, payload: str | bytes) -> _Value:
        """Return what `encode` wrote, looked at value by value."""
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
                if read is as_text and type(value) is str and value.isascii():
                    values[name] = value  # most are plain texts
                else:
                    values[name] = read(value)
        except KeyError as error:
            raise CodecError("missing", f"{tag}.{name}", remedy="every field is written") from error
        except Refused as error:
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

    def _upcast(self, given: dict[str, object], form: Form[_Value], version: object) -> None:
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
_PERSONAL: Final[Mapping[type, tuple[tuple[str, Write], ...]]] = {
    kind: tuple((f'"{name}":', attrgetter(name)) for name in personal_in(kind.__name__))
    for kind in EVENT_TYPES
}
_ACTORS: Final = _Forms("actor", (Actor,), {Actor.__name__: ACTOR_VERSION})

# --- the door ------------------------------------------------------------------------------------


def encode_event(event: TicketEvent) -> str:
    """Return the event as one line of JSON; the same event gives the same text.

    Raises:
        CodecError: it is no event of `EVENT_TYPES`, or a field holds a value of another type than
            it declares.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.codec import encode_event
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> encode_event(opened)
    '{"type":"TicketOpened","version":1,"ticket_id":"INC-1",...,"priority":"P1",...}'
    """
    return _EVENTS.encode(event)


def decode_event(payload: str | bytes) -> TicketEvent:
    """Return the event that `encode_event` wrote, with this version or an older one.

    Raises:
        CodecError: the payload is anything else; the message names the place.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.codec import decode_event, encode_event
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> line = encode_event(opened)
    >>> decode_event(line) == opened
    True
    >>> decode_event(line.replace('"priority":"P1"', '"priority":1'))
    Traceback (most recent call last):
    itsm_core.errors.CodecError: TicketOpened.priority: ...
    """
    return _EVENTS.decode(payload)


def personal_pieces(event: TicketEvent) -> tuple[str, ...]:
    """Return the members of an encoded event that tell of a person, such as `"actor":"ana"`.

    Empty ones tell nothing and are left out. The event is one that `encode_event` takes.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.codec import personal_pieces
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, requester="bob", title="No mail")
    >>> personal_pieces(opened)
    ('"title":"No mail"', '"requester":"bob"')
    """
    found: list[str] = []
    for prefix, get in _PERSONAL[type(event)]:
        value = get(event)
        if value:
            found.append(prefix + encode_basestring(value))
    return tuple(found)


def without(payload: str, pieces: Sequence[str]) -> str:
    """Return an encoded event whose members `pieces` are empty texts.

    >>> from itsm_core.adapters.codec import without
    >>> without('{"type":"TicketOpened","requester":"bob","priority":"P1"}', ['"requester":"bob"'])
    '{"type":"TicketOpened","requester":"","priority":"P1"}'
    """
    # A quotation mark inside a text is written with a backslash: a member is found nowhere else.
    for piece in pieces:
        payload = payload.replace(f",{piece}", f',{piece[: piece.index(":")]}:""', 1)
    return payload


def restored_event(payload: str, personal: str) -> TicketEvent:
    """Return the event of a payload that is `without` the pieces in `personal`, a line each.

    Raises:
        CodecError: they do not belong together, or make no event.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.codec import encode_event, restored_event, without
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, requester="bob", title="No mail")
    >>> kept = without(encode_event(opened), ['"requester":"bob"'])
    >>> restored_event(kept, '"requester":"bob"').requester, restored_event(kept, "").requester
    ('bob', '')
    """
    return _EVENTS.decode(payload, personal)


def _joined(payload: str | bytes, personal: str) -> str:
    """Return a payload with its pieces back in their places."""
    whole = payload.decode() if isinstance(payload, bytes) else payload
    for piece in personal.split("\n"):
        name, _, _ = piece.partition(":")
        before, whole = whole, whole.replace(f',{name}:""', f",{piece}", 1)
        if whole == before:
            raise CodecError("a personal part has no place in its event", name, piece[:80])
    return whole


def encode_command(command: Command) -> str:
    """Return the command as one line of JSON; the same command gives the same text.

    Raises:
        CodecError: it is no command of `COMMAND_TYPES`, or a field holds a value of another type
            than it declares.

    >>> from itsm_core.adapters.codec import encode_command
    >>> from itsm_core.commands import AssignTicket
    >>> encode_command(AssignTicket(ticket_id="INC-1", group="network"))
    '{"type":"AssignTicket","version":1,"ticket_id":"INC-1","group":"network","assignee":""}'
    """
    return _COMMANDS.encode(command)


def decode_command(payload: str | bytes) -> Command:
    """Return the command that `encode_command` wrote, with this version or an older one.

    Who wants it is not in the payload: make the `Actor` from what you know about the sender, or
    anybody can claim any role.

    Raises:
        CodecError: the payload is anything else; the message names the place.

    >>> from itsm_core.adapters.codec import decode_command
    >>> line = '{"type":"AssignTicket","version":1,"ticket_id":"INC-1","group":"network"%s}'
    >>> decode_command(line % ',"assignee":""').group
    'network'
    >>> decode_command(line % "")
    Traceback (most recent call last):
    itsm_core.errors.CodecError: AssignTicket.assignee: missing; every field is written
    """
    return _COMMANDS.decode(payload)


def encode_actor(actor: Actor) -> str:
    """Return the actor as one line of JSON, the roles in order of their names.

    Raises:
        CodecError: it is no `Actor`, or a field holds a value of another type than it declares.

    >>> from itsm_core.adapters.codec import encode_actor
    >>> from itsm_core.commands import Actor
    >>> encode_actor(Actor(person_id="ana", roles={"lead", "analyst"}))
    '{"type":"Actor","version":1,"person_id":"ana","roles":["analyst","lead"],"automatic":false}'
    """
    return _ACTORS.encode(actor)


def decode_actor(payload: str | bytes) -> Actor:
    """Return the actor that `encode_actor` wrote.

    Read it only from where nobody but you can write: it says which roles somebody has, and with
    `automatic` that they are a program. The codec checks the form, it cannot check the claim.

    Raises:
        CodecError: the payload is anything else; the message names the place.

    >>> from itsm_core.adapters.codec import decode_actor, encode_actor
    >>> from itsm_core.commands import Actor
    >>> sorted(decode_actor(encode_actor(Actor(person_id="ana", roles={"lead", "analyst"}))).roles)
    ['analyst', 'lead']
    >>> decode_actor('{"type":"Actor"}')
    Traceback (most recent call last):
    itsm_core.errors.CodecError: Actor.version: unknown version of the actor...
    """
    return _ACTORS.decode(payload)


def payload_fields(tag: str, version: int | None = None) -> Mapping[str, str]:
    """Return the fields of a type's payload by their public names, each with the form of its value.

    In the order in which they are written, without `type` and `version`. The forms are `text`,
    `ticket` and `state` (texts that are not blank), `integer`, `version` (from 1), `flag`,
    `instant`, `instant or null` and `names` (a sorted list of texts). Without a `version`, the
    present one.

    Raises:
        CodecError: no event or command has this type and version.

    >>> from itsm_core.adapters.codec import payload_fields
    >>> payload_fields("AssignTicket")
    {'ticket_id': 'text', 'group': 'text', 'assignee': 'text'}
    >>> payload_fields("AssignTickets")
    Traceback (most recent call last):
    itsm_core.errors.CodecError: type: no such payload (got 'AssignTickets'); ...
    """
    forms = (_EVENTS.fields(tag), _COMMANDS.fields(tag))
    fields = next((each for each in forms if each is not None), None)
    last = EVENT_VERSIONS.get(tag) or COMMAND_VERSIONS.get(tag, 0)
    asked = last if version is None else version
    if fields is None or not 1 <= asked <= last:
        known = [*EVENT_VERSIONS, *COMMAND_VERSIONS]
        remedy = f"use a type of EVENT_TYPES or COMMAND_TYPES{did_you_mean(tag[:80], known)}"
        shown = tag[:80] if fields is None else f"{tag}, version {asked}"
        if fields is not None:
            remedy = f"use a version from 1 to {last}"
        raise CodecError("no such payload", "type", shown, remedy)
    later = {name for older in range(asked, last) for name in _ADDED[tag, older]}
    return {name: form for name, form in fields.items() if name not in later}


def fingerprint(payloads: tuple[str, ...], intent: str | None = None) -> bytes:
    """Return 32 bytes that stand for an intent or, without one, for encoded events (law R1).

    >>> from itsm_core.adapters.codec import fingerprint
    >>> fingerprint((), "ana resolves INC-1") == fingerprint((), "ana cancels INC-1")
    False
    >>> fingerprint(("{}",), "ana resolves INC-1") == fingerprint((), "ana resolves INC-1")
    True
    """
    if intent is not None:
        return sha256(b"intent\n" + intent.encode("utf-8", "surrogatepass")).digest()
    return sha256("\n".join(("events", *payloads)).encode()).digest()
