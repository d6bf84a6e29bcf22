"""JSON Lines and XES as logs of snapshots: names by path, and names that never come."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.events import TicketOpened
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, read_log
from tests.unit.interop.exports import (
    CHANGE_ROWS,
    CHANGES,
    audit,
    issue,
    lines,
    names,
    read,
)

JSONL = """
zone = "UTC"
[file]
format = "jsonl"
date_format = "%Y-%m-%dT%H:%M"
[columns]
ticket = "key"
state = "fields.status.name"
updated_at = "at"
opened_at = "fields.created"
sequence = "n"
priority = "fields.priority.name"
[states]
"New" = { state = "new" }
"Done" = { state = "resolved" }
"""


def snapshot(status: str, at: str, n: object = 1, **fields: object) -> dict[str, object]:
    """Return one line of a log."""
    return {
        "key": "A-1",
        "n": n,
        "at": f"2026-01-05T{at}",
        "fields": {"status": {"name": status}, "created": "2026-01-05T08:00", **fields},
    }


def test_snapshots_are_read_when_values_lie_deep(tmp_path: Path) -> None:
    """`a.b` is the member b of the member a; what is null is missing."""
    text = lines(
        snapshot("New", "08:00", 1, priority={"name": "P2"}),
        snapshot("Done", "09:00", 2, priority=None),
    )
    log = read(tmp_path, text, JSONL)
    assert names(log) == [["TicketOpened", "TicketResolved"]]
    opened = log.histories[TicketId("A-1")][0]
    assert isinstance(opened, TicketOpened)
    assert opened.priority == "P2"


def test_whole_name_goes_before_a_path_when_both_are_there(tmp_path: Path) -> None:
    """Some exports have dots in their names."""
    flat = {"fields.priority.name": "P1", **snapshot("New", "08:00", priority={"name": "P3"})}
    opened = read(tmp_path, lines(flat), JSONL).histories[TicketId("A-1")][0]
    assert isinstance(opened, TicketOpened)
    assert opened.priority == "P1"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (snapshot("New", "08:00"), "'fields.priority.name'.* is not in the file"),
        (snapshot("New", "08:00", priority={"name": ["P1"]}), "log:1: fields.priority.name is a"),
        (snapshot("New", "08:00", priority={"name": {}}), "is a list or an object"),
        (snapshot("New", "08:00", True, priority=None), "must be a whole number"),
        (snapshot("New", "08:00", 1.5, priority=None), "must be a whole number"),
        ([1], "log:1: the record is no object"),
    ],
)
def test_line_is_refused_when_a_value_is_none(tmp_path: Path, record: object, message: str) -> None:
    """A name that no line has is a slip in the mapping."""
    with pytest.raises(LogError, match=message):
        read(tmp_path, lines(record), JSONL)


def test_columns_present_are_named_when_one_is_not(tmp_path: Path) -> None:
    """So that the mapping can be mended."""
    with pytest.raises(LogError, match=r"columns present: .*key"):
        read(tmp_path, lines({"key": "A"}, {"other": 1}), JSONL)


XES = """
zone = "UTC"
[file]
format = "xes"
date_format = "%Y-%m-%dT%H:%M:%S%z"
[columns]
ticket = "case:concept:name"
state = "lifecycle:transition"
updated_at = "time:timestamp"
opened_at = "case:created"
group = "org:group"
[states]
"Awaiting" = { state = "new" }
"In Progress" = { state = "in_progress" }
"""
TRACE = """<log><trace><string key="concept:name" value="1-36"/>
<date key="created" value="2010-03-31T15:00:00+01:00"/>
<event><string key="concept:name" value="Queued"/><string key="org:group" value="N1"/>
<string key="lifecycle:transition" value="Awaiting"/>
<date key="time:timestamp" value="2010-03-31T16:00:00+01:00"/></event>
<event><string key="concept:name" value="Accepted"/><string key="org:group" value="N2"/>
<string key="lifecycle:transition" value="In Progress"/>
<date key="time:timestamp" value="2010-03-31T17:00:00+01:00"/></event></trace></log>"""


def test_foreign_xes_is_read_when_it_is_mapped(tmp_path: Path) -> None:
    """As incident logs are published: attributes of the trace begin with `case:`."""
    log = read(tmp_path, TRACE, XES)
    assert names(log) == [["TicketOpened", "TicketAssigned", "WorkStarted"]]


def test_foreign_xes_is_refused_when_an_attribute_never_comes(tmp_path: Path) -> None:
    """A slip in the mapping does not give empty groups."""
    with pytest.raises(LogError, match="org:team"):
        read(tmp_path, TRACE, XES.replace("org:group", "org:team"))


def test_changes_are_read_when_they_are_json_lines(tmp_path: Path) -> None:
    """A table of changes may come in any form that has rows."""
    mapping = CHANGES.replace('rows = "changes"', 'rows = "changes"\nformat = "jsonl"')
    keys = ("id", "what", "from", "to", "when", "who")
    rows = (
        ("1", "status", None, "new", "2026-01-05 08:00", "cat"),
        ("1", "team", None, "desk", "2026-01-05 08:00", "cat"),
        ("1", "status", "new", "open", "2026-01-05 09:00", "ann"),
    )
    text = lines(*(dict(zip(keys, row, strict=True)) for row in rows))
    assert names(read(tmp_path, text, mapping)) == [["TicketOpened", "WorkStarted"]]


def test_many_lines_are_read_when_they_are_more_than_a_piece(tmp_path: Path) -> None:
    """Rows are handed on four thousand at a time."""
    mapping = JSONL.replace('priority = "fields.priority.name"\n', "")
    text = lines(*(snapshot("New", "08:00", n) for n in range(4_100)))
    assert read(tmp_path, text, mapping).quality.rows == 4_100


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        (CHANGES, "\n".join(CHANGE_ROWS)),
        (JSONL, lines(*(snapshot("New", "08:00", n, priority=None) for n in range(4)))),
        ("zendesk_audits", lines(*(audit(n) for n in range(4)))),
        ("jira_issues", lines(*(issue(key=f"A-{n}") for n in range(4)))),
    ],
    ids=["changes", "lines", "zendesk", "jira"],
)
def test_log_is_refused_when_it_has_too_many_records(
    tmp_path: Path, mapping: str, text: str
) -> None:
    """Before they are held: memory is finite."""
    (tmp_path / "log").write_text(text, encoding="utf-8")
    if "\n" in mapping:
        (tmp_path / "mapping.toml").write_text(mapping, encoding="utf-8")
    made = load_mapping(tmp_path / "mapping.toml" if "\n" in mapping else mapping)
    with pytest.raises(LogError, match="log: more than 3 rows"):
        read_log(tmp_path / "log", made, most_rows=3)
