"""Small foreign exports to change one thing in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from itsm_core.interop import ImportedLog, load_mapping, read_log

CHANGES = """
zone = "UTC"
[file]
rows = "changes"
missing = ["-"]
date_format = "%Y-%m-%d %H:%M"
[changes]
field = "what"
value = "to"
previous = "from"
prefix = "No. "
[columns]
ticket = "id"
updated_at = "when"
actor = "who"
state = "status"
group = "team"
[states]
"new" = { state = "new" }
"open" = { state = "in_progress" }
"done" = { state = "resolved" }
"""

CHANGE_ROWS = (
    "id,what,from,to,when,who",
    "No. 1,status,,new,2026-01-05 08:00,cat",
    "No. 1,team,,desk,2026-01-05 08:00,cat",
    "No. 1,status,new,open,2026-01-05 09:00,ann",
    "No. 1,team,desk,lab,2026-01-05 10:00,ann",
    "No. 1,colour,red,blue,2026-01-05 10:30,ann",
    "No. 1,status,open,done,2026-01-05 11:00,bob",
)


def read(folder: Path, text: str, mapping: str, name: str = "log") -> ImportedLog:
    """Read a text by the text of a mapping, or by a bundled one."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    if "\n" not in mapping:
        return read_log(path, load_mapping(mapping))
    toml = folder / "mapping.toml"
    toml.write_text(mapping, encoding="utf-8")
    return read_log(path, load_mapping(toml))


def names(log: ImportedLog) -> list[list[str]]:
    """Return the classes of the events of each ticket."""
    return [[type(event).__name__ for event in told] for told in log.histories.values()]


def issue(**changes: object) -> dict[str, object]:
    """Return a Jira issue; what is given replaces a field, or with `None` takes it away."""
    fields: dict[str, object] = {
        "status": {"name": "Open"},
        "created": "2026-01-05T09:00:00.000+0100",
        "reporter": {"accountId": "abel"},
        "comment": {"comments": [], "total": 0},
    }
    made: dict[str, object] = {"key": "HELP-1", "fields": fields, "changelog": {"histories": []}}
    for name, value in changes.items():
        place = made if name in made else fields
        place[name] = value
        if value is None:
            del place[name]
    return made


def history(*items: Mapping[str, object], at: str = "10:00") -> dict[str, object]:
    """Return one entry of a Jira changelog."""
    return {
        "author": {"accountId": "beth"},
        "created": f"2026-01-05T{at}:00.000+0100",
        "items": list(items),
    }


def audit(
    number: int = 1, *events: Mapping[str, object], at: str = "08:00", **changes: object
) -> dict[str, object]:
    """Return one Zendesk audit."""
    return {
        "id": number,
        "ticket_id": 35,
        "created_at": f"2026-01-05T{at}:00Z",
        "author_id": 501,
        "via": {"channel": "email"},
        "events": list(events),
        **changes,
    }


CREATE = {"type": "Create", "field_name": "status", "value": "new"}
ASKED_BY = {"type": "Create", "field_name": "requester_id", "value": "501"}


def lines(*records: object) -> str:
    """Return JSON Lines."""
    return "".join(f"{json.dumps(record)}\n" for record in records)
