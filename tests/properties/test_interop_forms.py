"""One story, told in the forms of five exports, gives one history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, read_log

Values = Mapping[str, str]

STATES = """
[states]
"new" = { state = "new" }
"open" = { state = "in_progress" }
"held" = { state = "on_hold", reason = "awaiting_supplier" }
"done" = { state = "resolved" }
"over" = { state = "closed" }
"""
FIELDS = 'state = "status"\ngroup = "team"\npriority = "prio"\n'
SNAPSHOTS = f"""
zone = "UTC"
[file]
date_format = "%Y-%m-%dT%H:%M:%S%z"
[columns]
ticket = "id"
updated_at = "at"
opened_at = "opened"
actor = "who"
{FIELDS}{STATES}"""
JSONL = SNAPSHOTS.replace("[file]", '[file]\nformat = "jsonl"')
CHANGES = (
    SNAPSHOTS.replace("[file]", '[file]\nrows = "changes"')
    .replace('opened_at = "opened"\n', "")
    .replace("[columns]", '[changes]\nfield = "f"\nvalue = "to"\nprevious = "from"\n[columns]')
)
ZENDESK = CHANGES.replace('rows = "changes"', 'format = "zendesk"').replace(
    '[changes]\nfield = "f"\nvalue = "to"\nprevious = "from"\n', ""
)
JIRA = ZENDESK.replace('"zendesk"', '"jira"').replace(
    "[columns]", '[columns]\nopened_at = "opened"'
)
JIRA = JIRA.replace('ticket = "id"', 'ticket = "key"')


@attrs.frozen
class Update:
    """Hold what one person set at one minute."""

    minute: int
    who: str
    values: Values

    @property
    def at(self) -> str:
        """Return the instant as the exports write it."""
        return f"2026-01-05T{8 + self.minute // 60:02}:{self.minute % 60:02}:00Z"


@st.composite
def stories(draw: st.DrawFn) -> list[Update]:
    """Return the updates of one ticket; the first sets every field, later ones change some."""
    values = {
        "status": st.sampled_from(["new", "open", "held", "done", "over"]),
        "team": st.sampled_from(["", "desk", "lab"]),
        "prio": st.sampled_from(["P1", "P2", "P3"]),
    }
    now = {"status": "new", "team": draw(values["team"]), "prio": draw(values["prio"])}
    story = [Update(0, "cat", dict(now))]
    for minute in sorted(draw(st.sets(st.integers(1, 600), max_size=8))):
        wanted = draw(st.fixed_dictionaries({}, optional=values))
        changed = {name: value for name, value in wanted.items() if value != now[name]}
        if changed:
            now |= changed
            story.append(Update(minute, draw(st.sampled_from(["ann", "bob"])), changed))
    return story


def read(folder: Path, text: str, mapping: str) -> tuple[TicketEvent, ...]:
    """Return the one history that a text tells."""
    log, toml = folder / "story", folder / "story.toml"
    log.write_text(text, encoding="utf-8")
    toml.write_text(mapping, encoding="utf-8")
    return read_log(log, load_mapping(toml)).histories[TicketId("7")]


def as_snapshots(story: list[Update]) -> list[dict[str, str]]:
    """Return how the ticket looked after each update."""
    now: dict[str, str] = {}
    rows: list[dict[str, str]] = []
    for update in story:
        now |= update.values
        rows.append({"id": "7", "at": update.at, "opened": story[0].at, "who": update.who, **now})
    return rows


def as_changes(story: list[Update]) -> list[dict[str, str]]:
    """Return each changed field with its old value."""
    now = {"status": "", "team": "", "prio": ""}
    rows: list[dict[str, str]] = []
    for update in story:
        for name, value in update.values.items():
            rows.append(
                {
                    "id": "7",
                    "at": update.at,
                    "who": update.who,
                    "f": name,
                    "from": now[name],
                    "to": value,
                }
            )
            now[name] = value
    return rows


def as_csv(rows: list[dict[str, str]]) -> str:
    """Return rows under a header."""
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


def as_jira(story: list[Update]) -> str:
    """Return an issue as it is today, with its changelog, the newest entry first."""
    today = {name: value for update in story for name, value in update.values.items()}
    histories = [
        {
            "created": update.at,
            "author": {"accountId": update.who},
            "items": [
                {"field": row["f"], "fromString": row["from"], "toString": row["to"]}
                for row in as_changes(story)
                if row["at"] == update.at
            ],
        }
        for update in story[1:]
    ]
    fields = {"opened": story[0].at, "creator": {"accountId": story[0].who}, **today}
    issue = {"key": "7", "fields": fields, "changelog": {"histories": histories[::-1]}}
    return json.dumps({"issues": [issue]})


def as_zendesk(story: list[Update]) -> str:
    """Return the audits of a ticket, the newest first, one a line."""
    audits = [
        {
            "id": number,
            "ticket_id": 7,
            "created_at": update.at,
            "author_id": update.who,
            "events": [
                {"type": "Change" if number else "Create", "field_name": name, "value": value}
                for name, value in update.values.items()
            ],
        }
        for number, update in enumerate(story)
    ]
    return "\n".join(map(json.dumps, reversed(audits)))


@settings(max_examples=60)
@given(story=stories())
def test_history_is_one_when_a_story_is_told_in_five_forms(
    tmp_path_factory: pytest.TempPathFactory, story: list[Update]
) -> None:
    """Snapshots in CSV and JSON Lines, a table of changes upside down, Jira, Zendesk."""
    folder = tmp_path_factory.getbasetemp()
    expected = read(folder, as_csv(as_snapshots(story)), SNAPSHOTS)
    lines = "\n".join(map(json.dumps, as_snapshots(story)))
    assert read(folder, lines, JSONL) == expected
    assert read(folder, as_csv(as_changes(story)[::-1]), CHANGES) == expected
    assert read(folder, as_jira(story), JIRA) == expected
    assert read(folder, as_zendesk(story), ZENDESK) == expected


def test_story_has_what_happened_when_it_is_told(tmp_path: Path) -> None:
    """That five forms agree would prove little if all were empty."""
    story = [
        Update(0, "cat", {"status": "new", "team": "desk", "prio": "P2"}),
        Update(10, "ann", {"status": "held", "team": "lab"}),
        Update(90, "bob", {"status": "done", "prio": "P1"}),
    ]
    told = read(tmp_path, as_zendesk(story), ZENDESK)
    assert [
        (type(event).__name__, f"{event.occurred_at:%H:%M}", event.actor) for event in told
    ] == [
        ("TicketOpened", "08:00", ""),
        ("TicketAssigned", "08:10", "ann"),
        ("TicketPutOnHold", "08:10", "ann"),
        ("PriorityChanged", "09:30", "bob"),
        ("TicketResolved", "09:30", "bob"),
    ]
