"""Tables of changes: in any order, from the beginning on, what is refused and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.events import TicketAssigned, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.interop import ImportedLog
from tests.unit.interop.exports import CHANGE_ROWS, CHANGES, names, read

STORY = ["TicketOpened", "WorkStarted", "TicketAssigned", "TicketResolved"]


def log(folder: Path, *rows: str, mapping: str = CHANGES) -> ImportedLog:
    """Read rows of changes."""
    return read(folder, "\n".join(rows or CHANGE_ROWS) + "\n", mapping)


def test_story_is_told_when_changes_are_read(tmp_path: Path) -> None:
    """The insertion opens the ticket with all that was set then; a prefix is taken off its name."""
    found = log(tmp_path)
    assert names(found) == [STORY]
    opened = found.histories[TicketId("1")][0]
    assert isinstance(opened, TicketOpened)
    assert (opened.group, f"{opened.occurred_at:%H:%M}") == ("desk", "08:00")


@pytest.mark.parametrize("turn", [1, 3, 5])
def test_story_is_the_same_when_rows_come_in_another_order(tmp_path: Path, turn: int) -> None:
    """Lists are often exported with the newest first."""
    head, *rows = CHANGE_ROWS
    turned = [*reversed(rows[turn:]), *rows[:turn]]
    assert log(tmp_path, head, *turned).histories == log(tmp_path).histories


def test_actor_is_who_made_the_change_when_told(tmp_path: Path) -> None:
    """Each change has its own author."""
    actors = [event.actor for event in log(tmp_path).histories[TicketId("1")][1:]]
    assert actors == ["ann", "ann", "bob"]


def test_beginning_is_refused_when_it_is_not_in_the_table(tmp_path: Path) -> None:
    """Without the insertion nobody knows when the ticket was opened."""
    rows = [row for row in CHANGE_ROWS if "08:00" not in row]
    with pytest.raises(LogError, match=r"log:2: the ticket's beginning is not in the log.*'1'"):
        log(tmp_path, *rows)


def test_beginning_is_refused_when_the_state_never_changes(tmp_path: Path) -> None:
    """A ticket of which only other fields are known."""
    with pytest.raises(LogError, match=r"log:2: the ticket's beginning"):
        log(tmp_path, CHANGE_ROWS[0], CHANGE_ROWS[2])


def test_first_change_is_the_opening_when_the_mapping_says_so(tmp_path: Path) -> None:
    """Then the old values are what it was opened with."""
    rows = [row for row in CHANGE_ROWS if "08:00" not in row]
    mapping = CHANGES.replace("[columns]", 'opening = "first_change"\n[columns]')
    told = log(tmp_path, *rows, mapping=mapping).histories[TicketId("1")]
    opened, *rest = told
    assert isinstance(opened, TicketOpened)
    assert (opened.group, f"{opened.occurred_at:%H:%M}") == ("desk", "09:00")
    assert [event.group for event in rest if isinstance(event, TicketAssigned)] == ["lab"]


def test_value_is_empty_when_the_table_calls_it_missing(tmp_path: Path) -> None:
    """What stands for unknown is unknown in changes, too."""
    rows = [row.replace("desk,lab", "desk,-") for row in CHANGE_ROWS]
    told = log(tmp_path, *rows).histories[TicketId("1")]
    assert [event.group for event in told if isinstance(event, TicketAssigned)] == [""]


def test_later_row_counts_when_a_field_changes_twice_at_once(tmp_path: Path) -> None:
    """Within one second and by one person, the file's order is the order."""
    twice = "No. 1,team,lab,net,2026-01-05 10:00,ann"
    told = log(tmp_path, *CHANGE_ROWS[:5], twice, *CHANGE_ROWS[5:]).histories[TicketId("1")]
    assert [event.group for event in told if isinstance(event, TicketAssigned)] == ["net"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id,what", "id,field", "log:1: columns of the mapping are not in the file: what"),
        ("No. 1,status,,new,", "No. 1,status,,new,,", "log:2: the row has 7 cells, the header 6"),
        ("No. 1,status,,new", "No. ,status,,new", "log:2: the row names no ticket"),
        ("open,2026-01-05 09:00", "open,5 January", "log:4.*does not follow the format"),
        ("new,open,", "new,opened,", "values that the mapping does not know"),
    ],
)
def test_row_is_refused_when_it_cannot_be_read(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """With its line in the file."""
    rows = [row.replace(old, new) for row in CHANGE_ROWS]
    with pytest.raises(LogError, match=message):
        log(tmp_path, *rows)


def test_hold_reason_is_a_field_of_its_own_when_mapped(tmp_path: Path) -> None:
    """State and reason change in two rows of one instant and are one hold."""
    mapping = CHANGES.replace('group = "team"', 'group = "team"\nhold_reason = "why"')
    mapping += '"held: vendor" = { state = "on_hold", reason = "awaiting_supplier" }\n'
    more = (
        "No. 1,status,open,held,2026-01-05 10:15,ann",
        "No. 1,why,,vendor,2026-01-05 10:15,ann",
        "No. 1,status,held,open,2026-01-05 10:45,ann",
        "No. 1,why,vendor,,2026-01-05 10:45,ann",
    )
    found = log(tmp_path, *CHANGE_ROWS, *more, mapping=mapping)
    assert "TicketPutOnHold" in names(found)[0]
    assert "TicketResumed" in names(found)[0]


def test_hold_is_refused_when_its_reason_is_not_mapped(tmp_path: Path) -> None:
    """Which clocks pause hangs on it: it is not guessed from the state."""
    mapping = CHANGES.replace('group = "team"', 'group = "team"\nhold_reason = "why"')
    mapping += '"held: vendor" = { state = "on_hold", reason = "awaiting_supplier" }\n'
    more = (
        "No. 1,status,open,held,2026-01-05 10:15,ann",
        "No. 1,why,,the moon,2026-01-05 10:15,ann",
    )
    with pytest.raises(LogError, match="'held: the moon'"):
        log(tmp_path, *CHANGE_ROWS, *more, mapping=mapping)


@pytest.mark.parametrize("second", ["ann", "bob"])
def test_last_state_is_the_same_when_two_changes_of_one_minute_come_newest_first(
    tmp_path: Path, second: str
) -> None:
    """Of one instant only the order of the file tells; that of a list of the newest is turned."""
    head, *_ = CHANGE_ROWS
    rows = (
        "No. 1,status,,new,2026-01-05 08:00,cat",
        "No. 1,status,new,open,2026-01-05 09:00,ann",
        f"No. 1,status,open,done,2026-01-05 09:00,{second}",
    )
    forward = log(tmp_path, head, *rows)
    assert names(forward)[0][-1] == "TicketResolved"
    assert log(tmp_path, head, *reversed(rows)).histories == forward.histories
