"""OCEL 2.0: the published rules, no event lost, and refusals with their line."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.errors import CodecError, LogError
from itsm_core.events import EVENT_TYPES
from itsm_core.ids import TicketId
from itsm_core.interop import Histories, read_ocel, write_ocel
from tests.golden.ocel_rules import faults_of
from tests.unit.interop.histories import any_histories, every_type, linked, opened


def document(folder: Path, histories: Histories) -> dict[str, Any]:
    """Return what `write_ocel` writes, as JSON."""
    path = folder / "log.json"
    write_ocel(path, histories)
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def test_no_event_is_lost_when_every_type_is_written_and_read(tmp_path: Path) -> None:
    """Each type, each field, texts with controls and quotes."""
    path, histories = tmp_path / "log.json", every_type()
    assert write_ocel(path, histories) == sum(map(len, histories.values()))
    assert read_ocel(path) == histories


@settings(max_examples=30)
@given(histories=any_histories())
def test_no_event_is_lost_when_any_history_is_written_and_read(
    tmp_path_factory: pytest.TempPathFactory, histories: Histories
) -> None:
    """Any text, any instant of the years 1 to 9999, any number of 64 bits."""
    path = tmp_path_factory.getbasetemp() / "any.ocel.json"
    write_ocel(path, histories)
    assert read_ocel(path) == histories
    assert faults_of(json.loads(path.read_text(encoding="utf-8"))) == []


def test_file_keeps_the_published_rules_when_written(tmp_path: Path) -> None:
    """The schema of the standard and what its text demands beyond it."""
    assert faults_of(document(tmp_path, every_type())) == []


def test_every_event_type_is_declared_when_none_happened(tmp_path: Path) -> None:
    """A reader of the file knows what could have happened."""
    made = document(tmp_path, {})
    assert [each["name"] for each in made["eventTypes"]] == [kind.__name__ for kind in EVENT_TYPES]
    assert made["events"] == made["objects"] == []


def test_event_relates_to_what_it_names_when_written(tmp_path: Path) -> None:
    """Ticket, person and group are objects; the qualifier is the field."""
    made = document(tmp_path, {TicketId("INC-1"): [opened(actor="ann", group="desk")]})
    (event,) = made["events"]
    assert event["relationships"] == [
        {"objectId": "ticket:INC-1", "qualifier": "ticket_id"},
        {"objectId": "person:ann", "qualifier": "actor"},
        {"objectId": "group:desk", "qualifier": "group"},
    ]
    assert {each["id"]: each["type"] for each in made["objects"]} == {
        "ticket:INC-1": "ticket",
        "person:ann": "person",
        "group:desk": "group",
    }


def test_ticket_shows_its_state_over_time_when_written(tmp_path: Path) -> None:
    """What changes on an object has the instant since when it is so."""
    made = document(tmp_path, {TicketId("INC-1"): [opened(priority="P2")]})
    told = {
        each["name"]: (each["value"], each["time"]) for each in made["objects"][0]["attributes"]
    }
    assert told["priority"] == ("P2", "2026-01-05T09:00:00.000000Z")
    assert told["state"] == ("new", "2026-01-05T09:00:00.000000Z")


def test_tickets_are_related_when_a_link_holds(tmp_path: Path) -> None:
    """A link that was taken away is gone; the other ticket is there without events."""
    made = document(tmp_path, linked())
    first = made["objects"][0]
    assert first["relationships"] == [{"objectId": "ticket:INC-2", "qualifier": "child_of"}]
    assert "ticket:INC-3" in {each["id"] for each in made["objects"]}


def test_person_and_ticket_are_two_when_they_have_one_name(tmp_path: Path) -> None:
    """Ids of objects are unique over all types."""
    histories = {TicketId("ann"): (opened("ann", actor="ann"),)}
    made = document(tmp_path, histories)
    assert len({each["id"] for each in made["objects"]}) == 2
    assert read_ocel(tmp_path / "log.json") == histories


def test_ticket_is_left_out_when_it_has_no_events(tmp_path: Path) -> None:
    """Nothing happened, nothing is told."""
    assert document(tmp_path, {TicketId("INC-1"): ()})["objects"] == []


def test_gzipped_file_is_read_when_given(tmp_path: Path) -> None:
    """Told by its first bytes, not by its name."""
    write_ocel(tmp_path / "log.json", linked())
    packed = tmp_path / "log"
    packed.write_bytes(gzip.compress((tmp_path / "log.json").read_bytes()))
    assert read_ocel(packed) == linked()


def test_attributes_are_read_when_they_are_bare_numbers_and_flags(tmp_path: Path) -> None:
    """The schema wants texts, the example in the standard's own text has numbers: both are read."""
    made = document(tmp_path, linked())
    for event in made["events"]:
        for each in event["attributes"]:
            if each["name"] in {"version", "sequence"}:
                each["value"] = int(each["value"])
        event["attributes"].append({"name": "automatic", "value": True})
    path = tmp_path / "bare.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    assert all(event.automatic for event in read_ocel(path)[TicketId("INC-1")])


GOOD = {
    "id": "INC-1#1",
    "type": "TicketOpened",
    "time": "2026-01-05T09:00:00.000000Z",
    "attributes": [
        {"name": "version", "value": "1"},
        {"name": "sequence", "value": "0"},
        {"name": "state", "value": "new"},
        {"name": "lifecycle_version", "value": "1"},
    ],
    "relationships": [{"objectId": "ticket:INC-1", "qualifier": "ticket_id"}],
}
TICKET = {"id": "ticket:INC-1", "type": "ticket"}


def write(path: Path, events: list[object], objects: list[object] | None = None) -> Path:
    """Write a file by hand, an event a line."""
    told = ",\n".join(json.dumps(each) for each in events)
    things = json.dumps([TICKET] if objects is None else objects)
    path.write_text(f'{{"objects":{things},\n"events":[\n{told}]}}', encoding="utf-8")
    return path


def test_hand_made_file_is_read_when_it_is_right(tmp_path: Path) -> None:
    """The hostile ones below differ from this one in one thing each."""
    (event,) = read_ocel(write(tmp_path / "a.json", [GOOD]))[TicketId("INC-1")]
    assert event.ticket_id == "INC-1"


def related(*pairs: tuple[str, str]) -> dict[str, object]:
    """Return the good event with other relations."""
    return {**GOOD, "relationships": [{"objectId": o, "qualifier": q} for o, q in pairs]}


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({**GOOD, "id": 7}, "id is not a text"),
        ({**GOOD, "type": "Opened"}, "unknown event type"),
        ({**GOOD, "type": ["TicketOpened"]}, "type is not a text"),
        ({**GOOD, "time": None}, "time is not a text"),
        ({**GOOD, "time": "2026-01-05"}, "names no time zone"),
        ({**GOOD, "attributes": {}}, "attributes is no list"),
        ({**GOOD, "attributes": [{"name": "state"}]}, "a member of attributes has no value"),
        ({**GOOD, "attributes": ["state"]}, "a member of attributes has no value"),
        ({**GOOD, "attributes": [{"name": "state", "value": 1.5}]}, "no text, whole number"),
        ({**GOOD, "attributes": [{"name": "occurred_at", "value": "x"}]}, "stands twice"),
        ({**GOOD, "attributes": [{"name": "version", "value": "1"}] * 2}, "stands twice"),
        (related(), "names no ticket|ticket_id: missing"),
        (related(("ticket:INC-1", "about")), "unknown qualifier.*TicketOpened has ticket_id"),
        (related(("person:INC-1", "ticket_id")), "ticket_id names no ticket"),
        (related(("ticket:INC-1", "ticket_id"), ("ticket:INC-1", "ticket_id")), "stands twice"),
        (related(("ticket:INC-9", "ticket_id")), "no such object in the file"),
    ],
)
def test_event_is_refused_when_it_breaks_a_rule(
    tmp_path: Path, event: dict[str, object], message: str
) -> None:
    """The line is that of the event."""
    with pytest.raises(LogError, match=rf"a\.json:3.*({message})"):
        read_ocel(write(tmp_path / "a.json", [event]))


def test_event_is_refused_when_its_id_stands_twice(tmp_path: Path) -> None:
    """Two events of one name are one event, or two of which one was lost."""
    with pytest.raises(LogError, match=r"a\.json:4: an event stands twice"):
        read_ocel(write(tmp_path / "a.json", [GOOD, GOOD]))


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([TICKET, TICKET], "an object stands twice"),
        ([{"id": "x", "type": "order"}], "unknown object type"),
        ([{"id": "ticket:INC-1", "type": "person"}], "it is a person, not a ticket"),
        ([{"type": "ticket"}], "id is not a text"),
        ([7], "the record is no object"),
    ],
)
def test_object_is_refused_when_it_breaks_a_rule(
    tmp_path: Path, objects: list[object], message: str
) -> None:
    """Objects are few, but events lean on them."""
    with pytest.raises(LogError, match=message):
        read_ocel(write(tmp_path / "a.json", [GOOD], objects))


def test_file_is_refused_when_it_holds_something_else(tmp_path: Path) -> None:
    """JSON without any of the four lists is no OCEL."""
    path = tmp_path / "a.json"
    path.write_text('{"hello": [1]}', encoding="utf-8")
    with pytest.raises(LogError, match="holds no records"):
        read_ocel(path)


def test_file_is_refused_when_it_holds_too_many_events(tmp_path: Path) -> None:
    """Memory is finite."""
    write_ocel(tmp_path / "log.json", linked())
    with pytest.raises(LogError, match="more than 3 events"):
        read_ocel(tmp_path / "log.json", most_events=3)


def test_writing_is_refused_when_an_event_is_of_another_ticket(tmp_path: Path) -> None:
    """A history under a wrong name is not written."""
    with pytest.raises(CodecError, match="event of another ticket"):
        write_ocel(tmp_path / "log.json", {TicketId("INC-2"): [opened()]})


@settings(max_examples=50)
@given(at=st.integers(0, 4_000), to=st.characters(codec="utf-8"))
def test_changed_file_gives_histories_or_a_typed_error_when_read(
    tmp_path_factory: pytest.TempPathFactory, at: int, to: str
) -> None:
    """Whatever one character becomes, nothing but LogError leaves."""
    path = tmp_path_factory.getbasetemp() / "changed.json"
    write(path, [GOOD])
    text = path.read_text(encoding="utf-8")
    at %= len(text)
    path.write_text(text[:at] + to + text[at + 1 :], encoding="utf-8")
    with suppress(LogError):
        assert len(read_ocel(path)) <= 1
