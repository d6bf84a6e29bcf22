"""The codec: the identity both ways, and no to everything else (law R7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core import commands
from itsm_core.adapters.codec import (
    PAYLOAD_LENGTH,
    decode_actor,
    decode_command,
    decode_event,
    encode_actor,
    encode_command,
    encode_event,
    fingerprint,
    payload_fields,
)
from itsm_core.commands import COMMAND_TYPES, Actor, Command, ResolveTicket
from itsm_core.errors import CodecError, ItsmError
from itsm_core.events import (
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketMigrated,
    TicketOpened,
    TicketPutOnHold,
)
from itsm_core.ids import EventId, GroupId, PersonId, TicketId
from itsm_core.testing.event_store_contract import one_of_each

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ASSIGNED = TicketAssigned(
    ticket_id=TicketId("INC-1"),
    occurred_at=AT,
    actor=PersonId("ann"),
    event_id=EventId("e1"),
    group=GroupId("Gruppe Süd"),
)

HELD = TicketPutOnHold(
    ticket_id=TicketId("INC-1"), occurred_at=AT, state="on_hold", reason="awaiting_supplier"
)

# Written by hand in January 2026: what version 1 recorded stays readable for good.
GOLDEN_ASSIGNED = (
    '{"type":"TicketAssigned","version":1,"ticket_id":"INC-1",'
    '"occurred_at":"2026-01-05T09:00:00.000000Z","recorded_at":null,"actor":"ann",'
    '"automatic":false,"event_id":"e1","sequence":0,"group":"Gruppe Süd","assignee":""}'
)


def document(**changes: object) -> str:
    """Return the golden assignment with some members changed."""
    return json.dumps({**json.loads(GOLDEN_ASSIGNED), **changes})


def without(name: str) -> str:
    """Return the golden assignment without one member."""
    members = json.loads(GOLDEN_ASSIGNED)
    del members[name]
    return json.dumps(members)


# --- what is read and written --------------------------------------------------------------------


def test_event_is_written_as_the_golden_line_when_encoded() -> None:
    """The form is fixed to the character: tag, version, every field in its order."""
    assert encode_event(ASSIGNED) == GOLDEN_ASSIGNED


def test_golden_line_is_read_when_decoded_from_text_or_bytes() -> None:
    """Text and UTF-8 bytes are the same payload."""
    assert decode_event(GOLDEN_ASSIGNED) == decode_event(GOLDEN_ASSIGNED.encode()) == ASSIGNED


def test_old_payload_is_refused_when_it_has_what_came_later() -> None:
    """R7: version 1 had no evidence, so who writes it there means something else."""
    members = json.loads(encode_event(HELD))
    with pytest.raises(CodecError, match=r"version 1: unknown key.*evidence"):
        decode_event(json.dumps({**members, "version": 1}))


def test_open_end_is_written_as_null_when_an_override_has_none() -> None:
    """An instant that may be missing is null, not an empty text."""
    event = PriorityOverridden(
        ticket_id=TicketId("INC-1"), occurred_at=AT, priority="P1", reason="board meeting"
    )
    assert json.loads(encode_event(event))["expires_at"] is None
    assert decode_event(encode_event(event)) == event


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_event_is_equal_when_written_and_read(event: TicketEvent) -> None:
    """Round trip is the identity, the first and the last instant of all years included."""
    assert decode_event(encode_event(event)) == event


@given(
    st.builds(
        TicketOpened,
        ticket_id=st.text(min_size=1).filter(lambda text: text.strip() and "\0" not in text),
        occurred_at=st.datetimes(timezones=st.just(UTC)),
        recorded_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        automatic=st.booleans(),
        sequence=st.integers(-(2**63), 2**63 - 1),
        title=st.text(),
        priority=st.text(),
    )
)
def test_event_is_equal_when_any_text_and_instant_is_written_and_read(event: TicketEvent) -> None:
    """Law R7 on random events: what is written is read back equal, as one line."""
    payload = encode_event(event)
    assert decode_event(payload) == event
    assert "\n" not in payload


# --- what is refused -----------------------------------------------------------------------------

HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "not JSON"),
    "no JSON": ("{'type': 1}", "not JSON"),
    "cut off": (GOLDEN_ASSIGNED[:-1], "not JSON"),
    "trailing": (GOLDEN_ASSIGNED + "x", "not JSON"),
    "two documents": (GOLDEN_ASSIGNED * 2, "not JSON"),
    "bad UTF-8": (b'{"type":"\xff"}', "not JSON"),
    "UTF-16": (GOLDEN_ASSIGNED.encode("utf-16"), "not JSON"),
    "byte order mark": (GOLDEN_ASSIGNED.encode("utf-8-sig"), "not JSON"),
    "list": ("[]", "must be an object"),
    "text": ('"TicketAssigned"', "must be an object"),
    "null": ("null", "must be an object"),
    "empty object": ("{}", "unknown event type"),
    "no type": (without("type"), "unknown event type"),
    "unknown type": (document(type="TicketAsigned"), "did you mean 'TicketAssigned'"),
    "base class": (document(type="TicketEvent"), "unknown event type"),
    "class path": (document(type="itsm_core.events.TicketAssigned"), "unknown event type"),
    "type of another type": (document(type=["TicketAssigned"]), "unknown event type"),
    "__class__": (document(__class__="os.system"), "unknown key.*__class__"),
    "no version": (without("version"), "unknown version"),
    "next version": (document(version=2), "unknown version"),
    "version as text": (document(version="1"), "unknown version"),
    "version as bool": (document(version=True), "unknown version"),
    "version as float": (document(version=1.0), "unknown version"),
    "unknown key": (document(asignee="cy"), "did you mean 'assignee'"),
    "private name": (document(occurred_us=0), "unknown key"),
    "missing key": (without("assignee"), "assignee: missing"),
    "missing instant": (without("occurred_at"), "occurred_at: missing"),
    "missing and unknown": (
        json.dumps({**json.loads(without("group")), "grup": ""}),
        "group: missing",
    ),
    "key twice": (GOLDEN_ASSIGNED[:-1] + ',"group":"x"}', "given twice.*group"),
    "tag twice": ('{"type":"TicketOpened",' + GOLDEN_ASSIGNED[1:], "given twice.*type"),
    "bool as text": (document(automatic="false"), "automatic: must be true or false"),
    "bool as number": (document(automatic=0), "automatic: must be true or false"),
    "bool as null": (document(automatic=None), "automatic: must be true or false"),
    "number as text": (document(sequence="5"), "sequence: must be a whole number"),
    "number as float": (document(sequence=1.9), "sequence: must be a whole number"),
    "whole float": (document(sequence=1.0), "sequence: must be a whole number"),
    "number as bool": (document(sequence=True), "sequence: must be a whole number"),
    "number as null": (document(sequence=None), "sequence: must be a whole number"),
    "65 bits": (document(sequence=2**63), "sequence: must fit into 64 bits"),
    "5,000 digits": (
        GOLDEN_ASSIGNED.replace('"sequence":0', '"sequence":' + "9" * 5000),
        "a number of more than 1000 digits",
    ),
    "exponent": (GOLDEN_ASSIGNED.replace('"sequence":0', '"sequence":1e9'), "whole number"),
    "infinite": (GOLDEN_ASSIGNED.replace('"sequence":0', '"sequence":1e999'), "too large a number"),
    "minus zero": (GOLDEN_ASSIGNED.replace('"sequence":0', '"sequence":-0'), "second spelling"),
    "NaN": (document(sequence=float("nan")), "not a JSON number.*NaN"),
    "Infinity": (document(sequence=float("-inf")), "not a JSON number.*Infinity"),
    "text as number": (document(group=5), "group: must be text"),
    "text as null": (document(group=None), "group: must be text"),
    "text as object": (document(group={"a": 1}), "group: must be text"),
    "text as list": (document(group=["a"]), "group: must be text"),
    "half a pair": (document(group="\ud800"), "group: holds half of a surrogate pair"),
    "instant as number": (document(occurred_at=1767603600), "occurred_at: must be an instant"),
    "instant as null": (document(occurred_at=None), "occurred_at: must be an instant"),
    "nested": ("[" * 60_000 + "]" * 60_000, "longer than"),
    "nested within budget": ("[" * 30_000 + "]" * 30_000, "nested too deep"),
    "nested objects": ('{"a":' * 9_000 + "1" + "}" * 9_000, "nested too deep"),
    "too long": (document(group="x" * PAYLOAD_LENGTH), "longer than"),
    "no ticket": (document(ticket_id=""), "ticket_id: names no ticket"),
    "blank ticket": (document(ticket_id=" "), "ticket_id: names no ticket"),
    "blank ticket, not of ASCII": (document(ticket_id="\u3000"), "ticket_id: names no ticket"),
    "ticket with NUL": (document(ticket_id="INC-1\0"), "ticket_id: names no ticket"),
    "too many keys": (
        json.dumps({**json.loads(GOLDEN_ASSIGNED), **{f"k{n}": 0 for n in range(5000)}}),
        "unknown key",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_payload_is_refused_when_hostile(name: str) -> None:
    """Nothing from outside changes its meaning on the way in: it is refused with its place."""
    payload, message = HOSTILE[name]
    with pytest.raises(CodecError, match=message) as refused:
        decode_event(payload)
    assert len(str(refused.value)) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05",
        "2026-01-05T09:00:00Z",
        "2026-01-05T09:00:00.000Z",
        "2026-01-05T09:00:00.000000",
        "2026-01-05T09:00:00.000000+00:00",
        "2026-01-05T10:00:00.000000+01:00",
        "2026-01-05T09:00:00.000000z",
        "2026-01-05t09:00:00.000000Z",
        "2026-01-05 09:00:00.000000Z",
        "2026-01-05T09:00:00,000000Z",
        "2026-W02-1T09:00:00.000000Z",
        "2026-01-05T24:00:00.000000Z",
        "2026-01-05T23:59:60.000000Z",
        "2026-02-29T09:00:00.000000Z",
        "2026-13-05T09:00:00.000000Z",
        "0000-01-05T09:00:00.000000Z",
        "٢٠٢٦-01-05T09:00:00.000000Z",
        "2026-01-05T09:00:00.000000Z\n",
        "",
    ],
)
def test_instant_is_refused_when_not_in_the_one_form(text: str) -> None:
    """One instant has one spelling, so that equal events are equal payloads."""
    with pytest.raises(CodecError, match=r"TicketAssigned\.occurred_at"):
        decode_event(document(occurred_at=text))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("state", "", "state: names no state"),
        ("state", " \t", "state: names no state"),
        ("lifecycle_version", 0, "lifecycle_version: must be at least 1"),
        ("lifecycle_version", -5, "lifecycle_version: must be at least 1"),
    ],
)
def test_migration_is_refused_when_it_leads_nowhere(name: str, value: object, message: str) -> None:
    """A state has a name, versions count from 1: read and written alike, quickly or clearly."""
    event = TicketMigrated(
        ticket_id=TicketId("INC-1"),
        occurred_at=AT,
        lifecycle="incident",
        lifecycle_version=2,
        state="gel\u00f6st",
    )
    payload = encode_event(event)
    assert decode_event(payload) == event
    with pytest.raises(CodecError, match=message):
        decode_event(json.dumps({**json.loads(payload), name: value}))
    changed: dict[str, Any] = {name: value}
    with pytest.raises(CodecError, match=message):
        encode_event(attrs.evolve(event, **changed))


def test_payload_is_refused_when_it_is_no_text() -> None:
    """A parsed object is not a payload."""
    with pytest.raises(CodecError, match="must be text or bytes"):
        decode_event(cast("str", {"type": "TicketAssigned"}))


@given(st.integers(0, len(GOLDEN_ASSIGNED) - 1), st.characters())
def test_mutated_payload_gives_an_event_or_a_typed_error_when_read(at: int, other: str) -> None:
    """One changed character: an event that can be written again, or an ItsmError."""
    mutated = GOLDEN_ASSIGNED[:at] + other + GOLDEN_ASSIGNED[at + 1 :]
    try:
        event = decode_event(mutated)
    except ItsmError:
        return
    assert decode_event(encode_event(event)) == event


UNWRITABLE: dict[str, tuple[dict[str, object], str]] = {
    "number as text": ({"group": 5}, r"TicketAssigned\.group: must be text.*5"),
    "text subclass": ({"group": type("Text", (str,), {})("x")}, "group: must be text"),
    "half a pair": ({"group": "\udc00"}, "surrogate"),
    "flag as number": ({"automatic": 1}, "automatic: must be true or false"),
    "sequence as bool": ({"sequence": True}, "sequence: must be a whole number"),
    "sequence of 65 bits": ({"sequence": -(2**63) - 1}, "64 bits"),
    "no ticket": ({"ticket_id": " "}, "names no ticket"),
    "instant in year 10000": ({"occurred_at": 253402300800000000}, "years 1 to 9999"),
    "instant in year 0": ({"recorded_at": -62135596800000001}, "years 1 to 9999"),
    "too long": ({"group": "x" * PAYLOAD_LENGTH}, "longer than 65536"),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_event_is_refused_when_it_could_not_be_read_back(name: str) -> None:
    """A field of another type than declared is found before it is recorded."""
    changes, message = UNWRITABLE[name]
    with pytest.raises(CodecError, match=message):
        encode_event(attrs.evolve(ASSIGNED, **cast("dict[str, Any]", changes)))


def test_event_is_refused_when_its_class_is_not_on_the_list() -> None:
    """A subclass, even of the same name, is not what the tag stands for."""
    for kind in (TicketEvent, type("TicketAssigned", (TicketAssigned,), {})):
        with pytest.raises(CodecError, match="EVENT_TYPES"):
            encode_event(kind(ticket_id=TicketId("INC-1"), occurred_at=AT))


# --- commands and actors -------------------------------------------------------------------------

RESOLVE = '{"type":"ResolveTicket","version":1,"ticket_id":"INC-1","resolution_code":"fixed"}'
ACTOR = (
    '{"type":"Actor","version":1,"person_id":"ann","roles":["analyst","lead"],"automatic":false}'
)


def test_command_is_read_when_it_comes_from_outside() -> None:
    """The class, and nothing but the class, comes from the list."""
    command = decode_command(RESOLVE)
    assert command == ResolveTicket(ticket_id=TicketId("INC-1"), resolution_code="fixed")
    assert encode_command(command) == RESOLVE


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (RESOLVE.replace("INC-1", " "), r"ResolveTicket: not the id of a ticket \(got ' '\)"),
        (RESOLVE.replace("ResolveTicket", "Command"), "unknown command type"),
        (RESOLVE.replace("ResolveTicket", "TicketResolved"), "unknown command type"),
        (RESOLVE.replace("ResolveTicket", "ResolveTickets"), "did you mean 'ResolveTicket'"),
        (RESOLVE[:-1] + ',"actor":"ann"}', "ResolveTicket: unknown key .*'actor'"),
        (RESOLVE[:-1] + ',"trigger":"close"}', "ResolveTicket: unknown key .*'trigger'"),
        (RESOLVE.replace('"fixed"', "null"), "ResolveTicket.resolution_code: must be text"),
        (RESOLVE.replace('"version":1', '"version":2'), "unknown version of the command"),
    ],
)
def test_command_is_refused_when_hostile(payload: str, message: str) -> None:
    """Also what the command's own class refuses is a `CodecError`: the door has one answer."""
    with pytest.raises(CodecError, match=message):
        decode_command(payload)


def test_excluded_span_is_refused_when_it_ends_before_it_starts() -> None:
    """A rule between fields belongs to the class; its refusal keeps value and remedy."""
    ends = '"start_at":"2026-01-05T10:00:00.000000Z","end_at":"2026-01-05T09:00:00.000000Z"'
    rest = '"reason":"","approver":"","clock":""'
    payload = f'{{"type":"ExcludeTime","version":1,"ticket_id":"INC-1",{ends},{rest}}}'
    with pytest.raises(CodecError, match=r"ExcludeTime: .*end it after its start"):
        decode_command(payload)


def test_command_is_refused_when_its_class_is_not_on_the_list() -> None:
    """What cannot be read back is not written."""
    with pytest.raises(CodecError, match=r"no command of itsm_core.*COMMAND_TYPES"):
        encode_command(Command(ticket_id=TicketId("INC-1")))


def test_every_command_of_the_package_is_on_the_list() -> None:
    """A command that is not could be given by a program and not by a payload."""
    kinds = {kind for kind in vars(commands).values() if isinstance(kind, type)}
    assert {each for each in kinds if issubclass(each, Command)} - {Command} == set(COMMAND_TYPES)


def test_actor_is_written_with_roles_in_order_when_encoded() -> None:
    """A set has no order; the payload has, so that equal actors are equal payloads."""
    actor = Actor(person_id=PersonId("ann"), roles=frozenset({"lead", "analyst"}))
    assert encode_actor(actor) == ACTOR
    assert decode_actor(ACTOR) == actor


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["analyst","lead"]', '["lead","analyst"]', "each once, in order"),
        ('["analyst","lead"]', '["lead","lead"]', "each once, in order"),
        ('["analyst","lead"]', '"lead"', "Actor.roles: must be a list of texts"),
        ('["analyst","lead"]', "[1]", "Actor.roles: must be text"),
        ('["analyst","lead"]', '{"lead":true}', "Actor.roles: must be a list of texts"),
        ("false", '"false"', "Actor.automatic: must be true or false"),
        ('"Actor"', '"ResolveTicket"', "unknown actor type"),
        ('"ann"', '"ann "', "Actor.person_id: has a second spelling.*write 'ann'"),
        ('"ann"', '"  "', "Actor.person_id: has a second spelling"),
        ('"ann"', '"rene\u0301"', "Actor.person_id: has a second spelling"),
        ('"ann"', '"a\u200bnn"', "Actor.person_id: holds what nobody sees"),
        ('"ann"', r'"ann\u0000"', "Actor.person_id: holds what nobody sees"),
    ],
)
def test_actor_is_refused_when_hostile(old: str, new: str, message: str) -> None:
    """The form is checked; whether the claim is true is for the caller to know."""
    with pytest.raises(CodecError, match=message):
        decode_actor(ACTOR.replace(old, new))


@pytest.mark.parametrize("roles", [("lead",), frozenset({1})])
def test_actor_is_refused_when_its_roles_are_no_set_of_texts(roles: object) -> None:
    """The class converts and checks; somebody may still have gone round it."""
    actor = Actor()
    object.__setattr__(actor, "roles", roles)
    with pytest.raises(CodecError, match=r"Actor\.roles: must be"):
        encode_actor(actor)


# --- fingerprints --------------------------------------------------------------------------------


def test_fingerprints_differ_when_what_they_stand_for_differs() -> None:
    """Events, their order, their number and an intent of the same text are all told apart."""
    prints = [
        fingerprint(()),
        fingerprint(("a",)),
        fingerprint(("a", "b")),
        fingerprint(("b", "a")),
        fingerprint((), "a"),
        fingerprint((), ""),
    ]
    assert len(set(prints)) == len(prints)
    assert {len(one) for one in prints} == {32}


def test_fingerprint_ignores_the_events_when_there_is_an_intent() -> None:
    """The intent is what the key stands for."""
    assert fingerprint(("a",), "i") == fingerprint(("b",), "i")


# --- the limit -----------------------------------------------------------------------------------


def padded(length: int, letter: str = "é") -> TicketAssigned:
    """Return an event whose payload has this many characters."""
    empty = len(encode_event(attrs.evolve(ASSIGNED, group=GroupId(""))))
    return attrs.evolve(ASSIGNED, group=GroupId(letter * (length - empty)))


@pytest.mark.parametrize("letter", ["x", "é", "漢", "🚒"])
def test_longest_event_is_read_from_text_and_bytes_when_written(letter: str) -> None:
    """The limit counts characters, in both forms and both directions."""
    event = padded(PAYLOAD_LENGTH, letter)
    payload = encode_event(event)
    assert len(payload) == PAYLOAD_LENGTH
    assert decode_event(payload) == decode_event(payload.encode()) == event


@pytest.mark.parametrize("letter", ["x", "é", "漢", "🚒"])
def test_event_is_refused_in_every_form_when_one_character_too_long(letter: str) -> None:
    """One more is too many: written, read as text, read as bytes."""
    with pytest.raises(CodecError, match="longer than 65536 characters"):
        encode_event(padded(PAYLOAD_LENGTH + 1, letter))
    payload = encode_event(padded(PAYLOAD_LENGTH, letter)) + " "
    for form in (payload, payload.encode()):
        with pytest.raises(CodecError, match=r"longer than 65536 characters \(got 65537\)"):
            decode_event(form)


def test_bytes_are_refused_undecoded_when_no_text_of_the_limit_has_so_many() -> None:
    """A character is at most four bytes; a flood is not decoded to be counted."""
    with pytest.raises(CodecError, match="longer than 65536 characters"):
        decode_event(b"\xff" * (4 * PAYLOAD_LENGTH + 1))


def test_fields_are_those_of_the_payload_when_asked_for() -> None:
    """In the order in which they are written, each with the form of its value."""
    fields = payload_fields("TicketAssigned")
    written = json.loads(GOLDEN_ASSIGNED)
    assert list(fields) == [name for name in written if name not in {"type", "version"}]
    assert (fields["ticket_id"], fields["recorded_at"]) == ("ticket", "instant or null")
    assert payload_fields("ResolveTicket") == {"ticket_id": "text", "resolution_code": "text"}


def test_fields_are_those_of_an_older_version_when_it_is_named() -> None:
    """What came later is not among them."""
    assert "evidence" in payload_fields("TicketPutOnHold")
    assert "evidence" not in payload_fields("TicketPutOnHold", 1)


@pytest.mark.parametrize(("tag", "version"), [("TicketOpend", None), ("TicketOpened", 2), ("", 0)])
def test_fields_are_refused_when_there_is_no_such_payload(tag: str, version: int | None) -> None:
    """An unknown type or version has none."""
    with pytest.raises(CodecError, match="no such payload"):
        payload_fields(tag, version)


def test_version_is_named_only_when_the_type_is_known() -> None:
    """A type that does not exist has no version 0."""
    with pytest.raises(CodecError, match=r"got 'TicketOpend'\).*did you mean 'TicketOpened'"):
        payload_fields("TicketOpend")
    with pytest.raises(CodecError, match=r"'TicketOpened, version 2'\); use a version from 1 to 1"):
        payload_fields("TicketOpened", 2)
