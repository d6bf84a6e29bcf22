"""Events as named texts and back: what is left out, what is refused, and where."""

from __future__ import annotations

import pytest

from itsm_core.errors import CodecError, LogError
from itsm_core.events import EVENT_TYPES, TicketEvent, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.interop._payloads import (
    event_of,
    events_by_ticket,
    instant_text,
    kind_of,
    objects_of,
    written,
)
from itsm_core.testing.event_samples import one_of_each
from tests.unit.interop.histories import opened

HELD = {
    "version": "2",
    "ticket_id": "INC-1",
    "occurred_at": "2026-01-05T09:00:00.000000Z",
    "sequence": "0",
    "state": "on_hold",
    "reason": "awaiting_supplier",
    "evidence": "order 7",
}


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_event_is_equal_when_told_as_texts_and_read(event: TicketEvent) -> None:
    """No field of any type is lost between the two."""
    ((tag, values),) = written([event], event.ticket_id)
    assert all(type(value) is str for value in values.values())
    assert event_of(tag, values, "here") == event


def test_values_that_say_nothing_are_left_out_when_told() -> None:
    """Empty texts, false and no instant are not written; numbers are, 0 as well."""
    ((_, values),) = written([opened()], TicketId("INC-1"))
    assert values == {
        "version": "1",
        "ticket_id": "INC-1",
        "occurred_at": "2026-01-05T09:00:00.000000Z",
        "sequence": "0",
        "ticket_type": "incident",
        "lifecycle": "incident",
        "lifecycle_version": "1",
        "state": "new",
    }


def test_event_is_refused_when_it_is_of_another_ticket() -> None:
    """Under a wrong name it would be another ticket's history."""
    with pytest.raises(CodecError, match="INC-2, TicketOpened: event of another ticket"):
        list(written([opened()], TicketId("INC-2")))


def test_old_payload_is_read_when_its_version_says_so() -> None:
    """Version 1 of a hold knew of no evidence."""
    old = {name: value for name, value in HELD.items() if name != "evidence"} | {"version": "1"}
    assert event_of("TicketPutOnHold", old, "f:1") == event_of(
        "TicketPutOnHold", {name: value for name, value in HELD.items() if name != "evidence"}, "f"
    )


@pytest.mark.parametrize(
    ("tag", "changes", "message"),
    [
        ("TicketHeld", {}, "f:7: unknown event type.*'TicketHeld'"),
        ("TicketPutOnHold", {"version": "3"}, "unknown version of TicketPutOnHold"),
        ("TicketPutOnHold", {"version": "two"}, "f:7, version: not a whole number"),
        ("TicketPutOnHold", {"version": "1"}, "TicketPutOnHold has no such value.*'evidence'"),
        ("TicketPutOnHold", {"evidnce": "x"}, "no such value.*did you mean 'evidence'"),
        ("TicketPutOnHold", {"sequence": "1.0"}, "f:7, sequence: not a whole number"),
        ("TicketPutOnHold", {"sequence": "-0"}, "not a whole number"),
        ("TicketPutOnHold", {"sequence": "٣"}, "not a whole number"),
        ("TicketPutOnHold", {"sequence": "9223372036854775808"}, "must fit into 64 bits"),
        ("TicketPutOnHold", {"automatic": "True"}, "f:7, automatic: not true or false"),
        ("TicketPutOnHold", {"occurred_at": "2026-01-05T09:00:00"}, "names no time zone"),
        ("TicketPutOnHold", {"occurred_at": "yesterday"}, "not an instant"),
        ("TicketPutOnHold", {"occurred_at": "0001-01-01T00:00+23:00"}, "not an instant"),
        ("TicketPutOnHold", {"occurred_at": "2026-02-31T00:00:00.000000Z"}, "not an instant"),
        ("TicketPutOnHold", {"state": " "}, "names no state"),
        ("TicketPutOnHold", {"reason": "\ud800"}, "half of a surrogate pair"),
    ],
)
def test_values_are_refused_when_no_writer_told_them(
    tag: str, changes: dict[str, str], message: str
) -> None:
    """Each refusal has its place; nothing is converted."""
    with pytest.raises(LogError, match=message):
        event_of(tag, HELD | changes, "f:7")


def test_event_is_refused_when_it_names_no_version() -> None:
    """A form that is not named is not guessed."""
    with pytest.raises(LogError, match="names no version"):
        event_of("TicketOpened", {}, "f:1")


@pytest.mark.parametrize(
    "text", ["2026-01-05T09:00Z", "2026-01-05T09:00:00+00:00", "2026-01-05 10:00:00.000+01:00"]
)
def test_instant_is_read_when_another_tool_has_written_it(text: str) -> None:
    """Tools rewrite instants in forms of their own; the instant is the same."""
    assert instant_text(text, "here") == "2026-01-05T09:00:00.000000Z"


def test_kind_is_one_of_four_when_any_form_is_asked() -> None:
    """OCEL and XES have these in common."""
    forms = ("text", "names", "flag", "integer", "version", "instant", "instant or null")
    kinds = [kind_of(form) for form in forms]
    assert kinds == ["string", "string", "boolean", "integer", "integer", "time", "time"]


def test_objects_are_people_groups_and_tickets_when_fields_name_them() -> None:
    """What a field names follows from its type."""
    assert objects_of("TicketMerged") == {
        "ticket_id": "ticket",
        "actor": "person",
        "into": "ticket",
    }
    assert objects_of("TicketAssigned")["group"] == "group"
    assert objects_of("TicketOpened")["configuration_item_id"] == "configuration_item"


def test_no_event_has_a_field_called_version_when_listed() -> None:
    """The name is the form's."""
    assert not [kind for kind in EVENT_TYPES if hasattr(kind, "version")]


def test_events_are_refused_when_there_are_too_many() -> None:
    """A bound keeps a machine from running out of memory before it answers."""
    events: list[TicketEvent] = [opened(), opened()]
    assert events_by_ticket(events, 2, "log")[TicketId("INC-1")] == tuple(events)
    with pytest.raises(LogError, match="log: more than 1 events"):
        events_by_ticket(events, 1, "log")


def test_names_are_refused_when_they_are_no_list() -> None:
    """A list of names travels as JSON."""
    from itsm_core.interop import _payloads

    assert _payloads._value('["a"]', "names", "roles", "f:1") == ["a"]
    with pytest.raises(LogError, match="f:1, roles: not a list of names"):
        _payloads._value("a,b", "names", "roles", "f:1")


def test_opening_keeps_its_class_when_told() -> None:
    """The tag is the class's name."""
    ((tag, _),) = written([opened()], TicketId("INC-1"))
    assert tag == TicketOpened.__name__
