"""Events of grouping as lines: both ways the same, and strict about what comes back (law R7)."""

from __future__ import annotations

import json

import pytest

from itsm_core.adapters.grouping_log import decode_grouping, encode_grouping
from itsm_core.errors import CodecError
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import (
    DUPLICATES,
    GroupingEvent,
    GroupsMerged,
    GroupStarted,
    IncidentGrouper,
    Linker,
    RecurrenceWatch,
    Task,
    TicketIndex,
)
from tests.unit.linking.texts import NOON, text

TITLES = {"A": "payroll export timeout", "B": "vpn token – rejected"}
TASK = Task(name="any", decay=DUPLICATES.decay, prior=6.0)
PLAIN = {"type": "GroupStarted", "version": 1, "group_id": "A", "ticket_id": "A", "at_us": 0}


def log() -> list[GroupingEvent]:
    """Return a log with an event of each type."""
    grouper = IncidentGrouper(Linker(TicketIndex(), task=TASK), threshold=0.5)
    names = ("A1", "B1", "A2", "B2")
    texts = (text(name, TITLES[name[0]], days=n) for n, name in enumerate(names))
    found = [*grouper.observe(*texts)]
    for verdict in ("same", "different"):
        found += grouper.judge(
            TicketId("A1"),
            TicketId("B1"),
            verdict,
            by=PersonId("ann"),
            at=NOON,
        )
    return found


def test_events_come_back_as_they_were_written() -> None:
    """One line each, every type, evidence to the last bit."""
    told = log()
    lines = [encode_grouping(each) for each in told]
    assert {type(each).__name__ for each in told} == {
        "GroupStarted", "TicketGrouped", "PairJudged", "GroupsMerged", "GroupSplit",
    }  # fmt: skip
    assert all("\n" not in line for line in lines)
    assert [decode_grouping(line) for line in lines] == told
    assert [decode_grouping(line.encode()) for line in lines] == told


@pytest.mark.parametrize(("members", "length"), [(300_000, 4), (40_000, 200)])
def test_event_is_not_written_when_it_could_not_be_read_back(members: int, length: int) -> None:
    """More than the reader takes is refused by the writer, before anything is lost."""
    names = tuple(TicketId(f"{number:0{length}}") for number in range(members))
    with pytest.raises(CodecError, match="split the group first"):
        encode_grouping(GroupsMerged(group_id=names[0], absorbed=names[1], members=names, at_us=0))


def test_event_is_read_back_when_it_is_nearly_as_long_as_may_be() -> None:
    """250,000 members of a group are within what reader and writer take."""
    names = tuple(TicketId(f"{number:06}") for number in range(250_000))
    event = GroupsMerged(group_id=names[0], absorbed=names[1], members=names, at_us=0)
    assert decode_grouping(encode_grouping(event)) == event


def test_watch_goes_on_from_lines() -> None:
    """What people said outlives the process."""
    texts = [text("A1", TITLES["A"]), text("B1", TITLES["B"], days=1)]
    watch = RecurrenceWatch()
    told = [*watch.observe(*texts)]
    told += watch.judge(TicketId("A1"), TicketId("B1"), "same", by=PersonId("ann"), at=NOON)
    lines = [encode_grouping(each) for each in told]
    again = RecurrenceWatch(events=map(decode_grouping, lines), texts=texts)
    assert again.groups == watch.groups
    assert again.group_of(TicketId("B1")).members == ("A1", "B1")


def test_lines_of_the_first_version_are_read_for_ever() -> None:
    """What was written once, as it was written."""
    line = (
        '{"type":"TicketGrouped","version":1,"group_id":"A","ticket_id":"B","at_us":5,"links":'
        '[{"ticket_id":"B","other":"A","log_odds":1.5,"evidence":[{"name":"age","contribution":1.5,'
        '"detail":"1.0 days apart","terms":["mail"]}]}]}'
    )
    assert encode_grouping(decode_grouping(line)) == line


LINK = {"ticket_id": "B", "other": "A", "log_odds": 1.0, "evidence": []}
GROUPED = {**PLAIN, "type": "TicketGrouped", "links": [LINK]}
JUDGED = {
    "type": "PairJudged", "version": 1, "ticket_id": "A", "other": "B", "verdict": "same",
    "by": "ann", "at_us": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "match"),
    [
        ([], "not an object"),
        ({**PLAIN, "type": "GroupStart"}, "did you mean 'GroupStarted'"),
        ({**PLAIN, "type": 1}, "not a text"),
        ({**PLAIN, "version": 2}, "another version"),
        ({**PLAIN, "version": True}, "not a whole number"),
        ({**PLAIN, "more": 1}, "more: unknown field"),
        ({key: value for key, value in PLAIN.items() if key != "at_us"}, "at_us: field missing"),
        ({**PLAIN, "group_id": ""}, "id is empty"),
        ({**PLAIN, "group_id": 5}, "not a text"),
        ({**PLAIN, "at_us": "0"}, "not a whole number"),
        ({**PLAIN, "at_us": 10**18}, "years 1 to 9999"),
        ({**GROUPED, "links": {}}, "not a list"),
        ({**GROUPED, "links": ["A"]}, "not an object"),
        ({**GROUPED, "links": [{**LINK, "log_odds": "1"}]}, "not a number"),
        ({**GROUPED, "links": [{**LINK, "log_odds": 10**400}]}, "too large"),
        ({**GROUPED, "links": [{**LINK, "evidence": [{"name": "x"}]}]}, "field missing"),
        ({**JUDGED, "verdict": "maybe"}, "no verdict"),
    ],
)
def test_line_is_refused_when_it_holds_something_else(told: object, match: str) -> None:
    """Nothing is converted or passed over."""
    with pytest.raises(CodecError, match=match):
        decode_grouping(json.dumps(told))


@pytest.mark.parametrize("line", ["", "{", b"\xff", '{"type":"x","type":"y"}', "[" * 99])
def test_line_is_refused_when_it_is_no_json(line: str | bytes) -> None:
    """A line that was cut short is one."""
    with pytest.raises(CodecError):
        decode_grouping(line)


def test_event_is_refused_when_it_could_not_be_read_back() -> None:
    """Half of a surrogate pair has no bytes."""
    half = TicketId("\ud800")
    with pytest.raises(CodecError, match="cannot be written"):
        encode_grouping(GroupStarted(group_id=half, ticket_id=half, at_us=0))


def test_number_may_be_written_without_its_point() -> None:
    """Other writers of JSON leave it out."""
    told = {**GROUPED, "links": [{**LINK, "log_odds": 1}]}
    assert decode_grouping(json.dumps(told)) == decode_grouping(json.dumps(GROUPED))
