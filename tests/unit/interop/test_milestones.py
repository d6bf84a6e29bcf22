"""One row a ticket: which dates tell an event, and which do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.events import TicketAssigned, TicketEvent, TicketOpened
from itsm_core.ids import TicketId
from tests.unit.interop.exports import read

MAPPING = """
zone = "UTC"
[file]
rows = "tickets"
date_format = "%H:%M %Y-%m-%d"
[columns]
ticket = "id"
state = "state"
updated_at = "changed"
opened_at = "opened"
recorded_at = "made"
resolved_at = "solved"
closed_at = "closed"
resolved_by = "by"
actor = "who"
assignee = "owner"
[states]
"new" = { state = "new" }
"open" = { state = "in_progress" }
"held" = { state = "on_hold", reason = "awaiting_change" }
"solved" = { state = "resolved" }
"closed" = { state = "closed" }
"gone" = { state = "cancelled" }
"""
HEAD = "id,state,opened,made,changed,solved,closed,by,who,owner\n"


def told(folder: Path, row: str) -> list[TicketEvent]:
    """Return the events of one row; times are of one day."""
    cells = [f"{cell} 2026-01-05" if ":" in cell else cell for cell in row.split(",")]
    log = read(folder, HEAD + ",".join(cells) + "\n", MAPPING)
    return list(log.histories[TicketId("1")])


def brief(events: list[TicketEvent]) -> list[str]:
    """Return class and hour of each event."""
    return [f"{type(event).__name__} {event.occurred_at:%H}" for event in events]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1,new,08:00,,09:00,,,,,", ["TicketOpened 08"]),
        ("1,open,08:00,,09:00,,,,,", ["TicketOpened 08", "WorkStarted 09"]),
        ("1,open,08:00,,09:00,07:00,,,,", ["TicketOpened 08", "WorkStarted 09"]),
        ("1,held,08:00,,09:00,,,,,", ["TicketOpened 08", "TicketPutOnHold 09"]),
        ("1,solved,08:00,,12:00,10:00,,,,", ["TicketOpened 08", "TicketResolved 10"]),
        ("1,solved,08:00,,12:00,,,,,", ["TicketOpened 08", "TicketResolved 12"]),
        (
            "1,closed,08:00,,13:00,10:00,12:00,,,",
            ["TicketOpened 08", "TicketResolved 10", "TicketClosed 12"],
        ),
        (
            "1,closed,08:00,,13:00,10:00,,,,",
            ["TicketOpened 08", "TicketResolved 10", "TicketClosed 13"],
        ),
        ("1,closed,08:00,,13:00,,12:00,,,", ["TicketOpened 08", "TicketClosed 12"]),
        ("1,gone,08:00,,13:00,10:00,12:00,,,", ["TicketOpened 08", "TicketCancelled 13"]),
    ],
)
def test_dates_become_events_when_the_state_bears_them_out(
    tmp_path: Path, row: str, expected: list[str]
) -> None:
    """A resolve date on a ticket that is at work again is what is left of one that did not last."""
    assert brief(told(tmp_path, row)) == expected


def test_owner_is_known_from_the_first_step_when_a_row_names_one(tmp_path: Path) -> None:
    """Who holds it at the end did not hold it from the beginning."""
    opened, assigned, _ = told(tmp_path, "1,solved,08:00,,12:00,10:00,,,ann,bob")
    assert isinstance(opened, TicketOpened)
    assert isinstance(assigned, TicketAssigned)
    assert (opened.assignee, assigned.assignee) == ("", "bob")


def test_resolver_is_who_resolved_it_when_told(tmp_path: Path) -> None:
    """The last update was somebody else's, often a program's."""
    *_, resolved, closed = told(tmp_path, "1,closed,08:00,,13:00,10:00,12:00,don,robot,")
    assert (resolved.actor, closed.actor) == ("don", "robot")


def test_opening_was_known_later_when_it_was_registered_later(tmp_path: Path) -> None:
    """Two instants (law S14)."""
    (opened,) = told(tmp_path, "1,new,08:00,08:30,09:00,,,,,")
    assert (f"{opened.occurred_at:%H:%M}", f"{opened.recorded_at:%H:%M}") == ("08:00", "08:30")


def test_rows_are_refused_when_a_ticket_has_two(tmp_path: Path) -> None:
    """Then they are updates, and the mapping says otherwise."""
    row = "1,new,08:00 2026-01-05,,09:00 2026-01-05,,,,,\n"
    with pytest.raises(LogError, match=r"log:3: the ticket stands on more than one row.*'1'"):
        read(tmp_path, HEAD + row + row, MAPPING)


def test_ticket_is_counted_as_going_backwards_when_it_was_resolved_before_it_was_opened(
    tmp_path: Path,
) -> None:
    """It counts as resolved at once, which is a promise kept: so the reader has to know."""
    row = "1,solved,08:00 2026-01-05,,12:00 2026-01-05,07:00 2026-01-05,,,,\n"
    quality = read(tmp_path, HEAD + row, MAPPING).quality
    assert (quality.tickets_going_backwards, quality.rows_at_held_time) == (1, 1)
