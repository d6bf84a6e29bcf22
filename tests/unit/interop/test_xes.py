"""XES: no event lost, what XML cannot hold, and refusals with their line."""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.errors import CodecError, LogError
from itsm_core.ids import TicketId
from itsm_core.interop import Histories, read_xes, write_xes
from tests.unit.interop.histories import any_histories, every_type, linked, opened

SPACE = "{http://www.xes-standard.org/}"


def test_no_event_is_lost_when_every_type_is_written_and_read(tmp_path: Path) -> None:
    """Each type, each field, texts with characters that XML has no way to write."""
    path, histories = tmp_path / "log.xes", every_type()
    assert write_xes(path, histories) == sum(map(len, histories.values()))
    assert read_xes(path) == histories


@settings(max_examples=30)
@given(histories=any_histories())
def test_no_event_is_lost_when_any_history_is_written_and_read(
    tmp_path_factory: pytest.TempPathFactory, histories: Histories
) -> None:
    """Any text, any instant of the years 1 to 9999, any number of 64 bits."""
    path = tmp_path_factory.getbasetemp() / "any.xes"
    write_xes(path, histories)
    assert read_xes(path) == histories


def test_standard_keys_are_used_when_written(tmp_path: Path) -> None:
    """Another parser finds case, activity, time and resource where the standard has them."""
    write_xes(tmp_path / "log.xes", {TicketId("INC-1"): [opened(actor="ann", title="No mail")]})
    root = ET.parse(tmp_path / "log.xes").getroot()
    (trace,) = root.findall(f"{SPACE}trace")
    (event,) = trace.findall(f"{SPACE}event")
    told = {each.get("key"): each.get("value") for each in event}
    assert trace[0].attrib == {"key": "concept:name", "value": "INC-1"}
    assert told["concept:name"] == "TicketOpened"
    assert told["time:timestamp"] == "2026-01-05T09:00:00.000000Z"
    assert told["org:resource"] == "ann"
    assert told["title"] == "No mail"
    assert {each.tag.removeprefix(SPACE) for each in event} == {"string", "date", "int"}


def test_text_is_readable_and_exact_when_xml_cannot_hold_it(tmp_path: Path) -> None:
    """Beside the text with replacements stands the exact one, as JSON."""
    write_xes(tmp_path / "log.xes", {TicketId("INC-1"): [opened(title="a\x00b")]})
    root = ET.parse(tmp_path / "log.xes").getroot()
    (title,) = (each for each in root.iter() if each.get("key") == "title")
    assert title.get("value") == "a\ufffdb"
    assert title[0].attrib == {"key": "exact", "value": '"a\\u0000b"'}


def test_gzipped_file_is_read_when_given(tmp_path: Path) -> None:
    """As XES logs are often published."""
    write_xes(tmp_path / "log.xes", linked())
    packed = tmp_path / "log.xes.gz"
    packed.write_bytes(gzip.compress((tmp_path / "log.xes").read_bytes()))
    assert read_xes(packed) == linked()


NAME = '<string key="concept:name" value="TicketOpened"/>'
TIME = '<date key="time:timestamp" value="2026-01-05T10:00:00+01:00"/>'
REST = (
    '<int key="version" value="1"/><int key="sequence" value="0"/>'
    '<int key="lifecycle_version" value="1"/><string key="state" value="new"/>'
)
CASE = '<string key="concept:name" value="INC-1"/>'


def write(path: Path, event: str, case: str = CASE) -> Path:
    """Write a log of one event by hand."""
    path.write_text(
        f"<log>\n<trace>{case}\n<event>{event}</event></trace>\n</log>", encoding="utf-8"
    )
    return path


def test_hand_made_file_is_read_when_it_is_right(tmp_path: Path) -> None:
    """The hostile ones below differ from this one in one thing each."""
    (event,) = read_xes(write(tmp_path / "a.xes", NAME + TIME + REST))[TicketId("INC-1")]
    assert event.occurred_at == opened().occurred_at


@pytest.mark.parametrize(
    ("event", "case", "message"),
    [
        (TIME + REST, CASE, "unknown event type"),
        (NAME.replace("Opened", "Begun") + TIME + REST, CASE, "unknown event type.*TicketBegun"),
        (NAME + REST, CASE, "occurred_at: missing"),
        (NAME + TIME.replace("+01:00", "") + REST, CASE, "names no time zone"),
        (NAME + TIME + REST, "", "the trace has no concept:name"),
        (NAME + TIME + REST + '<string key="actor" value="a"/>', CASE, "actor stands in its own"),
        (NAME + TIME + REST + '<string key="ticket_id" value="a"/>', CASE, "its own name"),
        (NAME + TIME + REST + '<string key="titel" value="a"/>', CASE, "did you mean 'title'"),
        (
            NAME + TIME + REST + '<string key="lifecycle:transition" value="start"/>',
            CASE,
            "only complete events",
        ),
    ],
)
def test_event_is_refused_when_it_breaks_a_rule(
    tmp_path: Path, event: str, case: str, message: str
) -> None:
    """The line is that of the event."""
    with pytest.raises(LogError, match=rf"a\.xes:3.*({message})"):
        read_xes(write(tmp_path / "a.xes", event, case))


def test_log_is_refused_when_a_ticket_has_two_traces(tmp_path: Path) -> None:
    """Which of them came first nobody knows."""
    trace = f"<trace>{CASE}<event>{NAME}{TIME}{REST}</event></trace>\n"
    path = tmp_path / "a.xes"
    path.write_text(f"<log>{trace}{trace}</log>", encoding="utf-8")
    with pytest.raises(LogError, match=r"a\.xes:2: a ticket has two traces.*'INC-1'"):
        read_xes(path)


def test_log_is_refused_when_it_holds_too_many_events(tmp_path: Path) -> None:
    """Memory is finite."""
    write_xes(tmp_path / "log.xes", linked())
    with pytest.raises(LogError, match="more than 3 events"):
        read_xes(tmp_path / "log.xes", most_events=3)


def test_writing_is_refused_when_an_event_is_of_another_ticket(tmp_path: Path) -> None:
    """A history under a wrong name is not written."""
    with pytest.raises(CodecError, match="event of another ticket"):
        write_xes(tmp_path / "log.xes", {TicketId("INC-2"): [opened()]})


def test_ticket_is_left_out_when_it_has_no_events(tmp_path: Path) -> None:
    """Nothing happened, nothing is told."""
    assert write_xes(tmp_path / "log.xes", {TicketId("INC-1"): ()}) == 0
    assert read_xes(tmp_path / "log.xes") == {}


@settings(max_examples=50)
@given(at=st.integers(0, 4_000), to=st.characters(codec="utf-8"))
def test_changed_file_gives_histories_or_a_typed_error_when_read(
    tmp_path_factory: pytest.TempPathFactory, at: int, to: str
) -> None:
    """Whatever one character becomes, nothing but LogError leaves."""
    path = write(tmp_path_factory.getbasetemp() / "changed.xes", NAME + TIME + REST)
    text = path.read_text(encoding="utf-8")
    at %= len(text)
    path.write_text(text[:at] + to + text[at + 1 :], encoding="utf-8")
    with suppress(LogError):
        assert len(read_xes(path)) <= 1
