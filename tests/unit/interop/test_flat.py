"""Tables for spreadsheets and CloudEvents: nothing lost, nothing executed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itsm_core.adapters.codec import decode_event
from itsm_core.adapters.records import decode_message
from itsm_core.documents.cells import read_csv_text
from itsm_core.errors import CodecError, InvalidValue
from itsm_core.ids import TicketId
from itsm_core.interop import write_cloud_events, write_events_csv
from itsm_core.testing.event_samples import one_of_each
from tests.unit.interop.histories import by_ticket, every_type, opened


def test_table_holds_every_text_when_read_again(tmp_path: Path) -> None:
    """A row an event, a column a field; the texts are as they were."""
    path, histories = tmp_path / "log.csv", every_type()
    number = write_events_csv(path, histories)
    header, *rows = read_csv_text(path.read_bytes().decode())
    assert len(rows) == number == sum(map(len, histories.values()))
    events = [event for told in histories.values() for event in told]
    for row, event in zip(rows, events, strict=True):
        told = dict(zip(header, row, strict=True))
        assert told["type"] == type(event).__name__
        assert told["ticket_id"] == event.ticket_id
        assert told["actor"] == event.actor
        assert told.get("title", "") == getattr(event, "title", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "x;=cmd|!A0", "＝1"])
def test_cell_is_no_formula_when_a_title_begins_like_one(tmp_path: Path, text: str) -> None:
    """What a requester writes is not run by who opens the table."""
    path = tmp_path / "log.csv"
    write_events_csv(path, {TicketId("INC-1"): [opened(title=text)]})
    written = path.read_bytes().decode()
    assert f'"{text}"' not in written
    header, row = read_csv_text(written)
    assert row[header.index("title")] == text


def test_table_has_a_head_once_when_it_is_long(tmp_path: Path) -> None:
    """Rows are made into text two thousand at a time."""
    path = tmp_path / "log.csv"
    histories = {TicketId(f"INC-{n}"): [opened(f"INC-{n}")] for n in range(4_001)}
    assert write_events_csv(path, histories) == 4_001
    assert len(path.read_text(encoding="utf-8").splitlines()) == 4_002


def test_cloud_events_hold_the_events_when_read_again(tmp_path: Path) -> None:
    """Each line is a CloudEvent 1.0 whose data is the event, whole."""
    path, histories = tmp_path / "log.jsonl", by_ticket(one_of_each())
    number = write_cloud_events(path, histories, source="/desks/berlin")
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    messages = [decode_message(line) for line in lines]
    events = [event for told in histories.values() for event in told]
    assert [decode_event(message.data) for message in messages] == events
    assert len({message.message_id for message in messages}) == number


def test_cloud_event_has_the_standards_attributes_when_written(tmp_path: Path) -> None:
    """As the specification names them."""
    path = tmp_path / "log.jsonl"
    write_cloud_events(path, {TicketId("INC-1"): [opened()]}, source="/desks/berlin")
    made = json.loads(path.read_text(encoding="utf-8"))
    del made["data"]
    assert made == {
        "specversion": "1.0",
        "id": "INC-1#1",
        "source": "/desks/berlin",
        "type": "itsm_core.TicketOpened",
        "subject": "INC-1",
        "time": "2026-01-05T09:00:00.000000Z",
        "datacontenttype": "application/json",
    }


def test_writing_is_refused_when_the_source_is_empty(tmp_path: Path) -> None:
    """Without a source an id names nothing."""
    with pytest.raises(InvalidValue, match="the source of a message"):
        write_cloud_events(tmp_path / "a", {TicketId("INC-1"): [opened()]}, source="")


def test_writing_is_refused_when_an_event_is_of_another_ticket(tmp_path: Path) -> None:
    """A history under a wrong name is not written."""
    with pytest.raises(CodecError, match="event of another ticket"):
        write_cloud_events(tmp_path / "a", {TicketId("INC-2"): [opened()]}, source="/d")
