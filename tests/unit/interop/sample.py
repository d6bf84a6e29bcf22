"""A hand-made log of two tickets, small enough to check every event by eye."""

from __future__ import annotations

from pathlib import Path

MAPPING = """
zone = "Europe/Berlin"
ignored_states = ["-100"]

[file]
missing = ["?"]
date_format = "%d.%m.%Y %H:%M"

[columns]
ticket = "Nr"
state = "Status"
updated_at = "Changed"
opened_at = "Opened"
sequence = "Version"
actor = "By"
requester = "Caller"
priority = "Prio"
group = "Group"
assignee = "Owner"
resolved_at = "Solved"
own_verdict = "Kept"

[states]
"Neu" = { state = "new" }
"Arbeit" = { state = "in_progress" }
"Kunde" = { state = "on_hold", reason = "awaiting_requester" }
"Lieferant" = { state = "on_hold", reason = "awaiting_supplier" }
"Fertig" = { state = "resolved" }
"Zu" = { state = "closed" }
"Storno" = { state = "cancelled" }

[values.priority]
"hoch" = "P1"
"tief" = "P3"

[events]
first_response = "leaves_new"
automatic_actors = ["robot"]
back_filled = ["Solved"]
"""

HEADER = "Nr,Version,Status,Changed,Opened,By,Caller,Prio,Group,Owner,Solved,Kept"

ROWS = (
    "T1,0,Neu,04.01.2016 09:05,04.01.2016 09:00,ann,carl,tief,desk,?,06.01.2016 10:00,true",
    "T1,1,Arbeit,04.01.2016 10:00,04.01.2016 09:00,ann,carl,tief,desk,ann,06.01.2016 10:00,true",
    "T1,2,Kunde,04.01.2016 11:00,04.01.2016 09:00,ann,carl,hoch,desk,ann,06.01.2016 10:00,true",
    "T1,3,Arbeit,05.01.2016 08:00,04.01.2016 09:00,ann,carl,hoch,lab,bob,06.01.2016 10:00,true",
    "T1,4,Fertig,06.01.2016 10:00,04.01.2016 09:00,bob,carl,hoch,lab,bob,06.01.2016 10:00,false",
    "T1,5,Zu,11.01.2016 10:00,04.01.2016 09:00,robot,carl,hoch,lab,bob,06.01.2016 10:00,false",
    "T2,0,Neu,05.01.2016 12:00,05.01.2016 12:00,dora,dora,tief,desk,?,?,true",
)


def write_mapping(folder: Path, text: str = MAPPING) -> Path:
    """Write a mapping file and return its path."""
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write_log(folder: Path, *rows: str, header: str = HEADER, name: str = "log.csv") -> Path:
    """Write a log and return its path; without rows, the two tickets above."""
    path = folder / name
    path.write_text("\n".join((header, *(rows or ROWS))) + "\n", encoding="utf-8")
    return path


def ticket(*changes: tuple[str, str, str], name: str = "T1") -> tuple[str, ...]:
    """Return rows of one ticket from (state, day and month, time), everything else constant."""
    return tuple(
        f"{name},{n},{state},{day}2016 {time},04.01.2016 09:00,ann,carl,tief,desk,ann,?,true"
        for n, (state, day, time) in enumerate(changes)
    )
