"""Snapshots as events: each difference becomes the event that it means, at the row's own time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    in_order,
)
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, read_log
from itsm_core.lifecycle import StateCategory, fold
from tests.unit.interop.sample import MAPPING, ROWS, ticket, write_log, write_mapping


def events(folder: Path, *rows: str, mapping: str = MAPPING, of: str = "T1") -> list[TicketEvent]:
    """Return the events of one ticket of a log."""
    log = read_log(write_log(folder, *rows), load_mapping(write_mapping(folder, mapping)))
    return list(log.histories[TicketId(of)])


def names(found: list[TicketEvent]) -> list[str]:
    """Return the class names of events."""
    return [type(event).__name__ for event in found]


def test_events_tell_the_story_when_a_ticket_is_complete(tmp_path: Path) -> None:
    """Opening, answer, pause, handover, resolving and closing come out in their order."""
    assert names(events(tmp_path)) == [
        "TicketOpened",
        "TicketAssigned",
        "AnswerSent",
        "WorkStarted",
        "PriorityChanged",
        "TicketPutOnHold",
        "TicketAssigned",
        "TicketResumed",
        "TicketResolved",
        "TicketClosed",
    ]


def test_opening_is_anchored_at_the_opened_column_when_registered_later(tmp_path: Path) -> None:
    """It happened when the ticket says so and was known when its first row was written (S14)."""
    opened = events(tmp_path)[0]
    assert isinstance(opened, TicketOpened)
    assert opened.occurred_at == datetime(2016, 1, 4, 8, 0, tzinfo=UTC)
    assert opened.recorded_at == datetime(2016, 1, 4, 8, 5, tzinfo=UTC)
    assert (opened.requester, opened.priority, opened.group) == ("carl", "P3", "desk")


def test_resolve_happens_at_the_row_when_the_column_is_back_filled(tmp_path: Path) -> None:
    """The date that stands on every row is future knowledge: the row's own time counts."""
    rows = [row.replace("06.01.2016 10:00,", "01.02.2016 10:00,", 1) for row in ROWS]
    rows[4] = ROWS[4][::-1].replace("06.01.2016 10:00"[::-1], "01.02.2016 10:00"[::-1], 1)[::-1]
    resolved = [e for e in events(tmp_path, *rows) if isinstance(e, TicketResolved)]
    assert [e.occurred_at for e in resolved] == [datetime(2016, 1, 6, 9, 0, tzinfo=UTC)]


def test_resolve_happens_at_the_column_when_the_mapping_says_so(tmp_path: Path) -> None:
    """A declared column moves the last resolve earlier; it was recorded with its row."""
    rows = [row.replace("06.01.2016 10:00,false", "06.01.2016 08:00,false") for row in ROWS]
    mapping = MAPPING.replace("[events]", '[events]\nresolved_at = "column"')
    (resolved,) = (
        e for e in events(tmp_path, *rows, mapping=mapping) if isinstance(e, TicketResolved)
    )
    assert resolved.occurred_at == datetime(2016, 1, 6, 7, 0, tzinfo=UTC)
    assert resolved.recorded_at == datetime(2016, 1, 6, 9, 0, tzinfo=UTC)


def test_resolve_never_precedes_the_row_before_when_the_column_is_wrong(tmp_path: Path) -> None:
    """A column that contradicts the rows moves the resolve only as far as they allow."""
    rows = [row.replace("06.01.2016 10:00,false", "01.01.2016 08:00,false") for row in ROWS]
    mapping = MAPPING.replace("[events]", '[events]\nresolved_at = "column"')
    found = events(tmp_path, *rows, mapping=mapping)
    index = names(found).index("TicketResolved")
    assert found[index].occurred_us == found[index - 1].occurred_us


def test_events_stay_in_order_when_sorted_again(tmp_path: Path) -> None:
    """Events of one instant keep the order of their rows: `in_order` changes nothing."""
    found = events(tmp_path)
    assert list(in_order(found)) == found


def test_time_is_held_when_it_goes_backwards(tmp_path: Path) -> None:
    """The sequence is trusted: a row written "earlier" takes effect at the time reached."""
    rows = ticket(
        ("Neu", "04.01.", "09:05"), ("Arbeit", "04.01.", "11:00"), ("Fertig", "04.01.", "10:00")
    )
    found = events(tmp_path, *rows)
    assert names(found)[-1] == "TicketResolved"
    assert found[-1].occurred_at == datetime(2016, 1, 4, 10, 0, tzinfo=UTC)
    assert list(in_order(found)) == found


def test_state_is_kept_when_the_log_shows_an_ignored_one(tmp_path: Path) -> None:
    """A row in an ignored state moves nothing."""
    rows = ticket(
        ("Neu", "04.01.", "09:05"), ("-100", "04.01.", "10:00"), ("Neu", "04.01.", "11:00")
    )
    assert names(events(tmp_path, *rows)) == ["TicketOpened"]


def test_opening_is_new_when_the_log_starts_late(tmp_path: Path) -> None:
    """A first row past new gives an opening and, at the row's time, the move."""
    found = events(tmp_path, *ticket(("Fertig", "04.01.", "12:00")))
    assert names(found) == ["TicketOpened", "AnswerSent", "TicketResolved"]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("Neu", "Kunde"), ["TicketPutOnHold"]),
        (("Neu", "Kunde", "Lieferant"), ["TicketPutOnHold", "TicketPutOnHold"]),
        (("Neu", "Kunde", "Neu"), ["TicketPutOnHold", "TicketResumed"]),
        (("Neu", "Arbeit", "Neu"), ["WorkStarted", "TicketMoved"]),
        (("Neu", "Zu"), ["TicketClosed"]),
        (("Neu", "Storno"), ["TicketCancelled"]),
        (("Neu", "Fertig", "Arbeit"), ["TicketResolved", "TicketReopened"]),
        (("Neu", "Zu", "Arbeit"), ["TicketClosed", "TicketReopened"]),
        (("Neu", "Zu", "Fertig"), ["TicketClosed", "TicketMoved"]),
        (("Neu", "Fertig", "Kunde"), ["TicketResolved", "TicketReopened", "TicketPutOnHold"]),
    ],
)
def test_move_becomes_its_event_when_categories_change(
    tmp_path: Path, states: tuple[str, ...], expected: list[str]
) -> None:
    """What kind of move it is follows from the categories of both ends."""
    steps = [(state, "04.01.", f"{9 + n:02d}:30") for n, state in enumerate(states)]
    found = names(events(tmp_path, *ticket(*steps)))
    assert [name for name in found[1:] if name != "AnswerSent"] == expected


def test_hold_names_its_reason_when_it_begins(tmp_path: Path) -> None:
    """The reason decides which clocks pause."""
    held = next(event for event in events(tmp_path) if isinstance(event, TicketPutOnHold))
    assert held.reason == "awaiting_requester"


def test_changes_carry_the_new_values_when_columns_change(tmp_path: Path) -> None:
    """Holder and priority are told as they are after the change, in our terms."""
    found = events(tmp_path)
    assigned = [e for e in found if isinstance(e, TicketAssigned)][-1]
    assert (assigned.group, assigned.assignee) == ("lab", "bob")
    assert [e.priority for e in found if isinstance(e, PriorityChanged)] == ["P1"]


def test_answer_is_a_persons_when_a_program_writes_first(tmp_path: Path) -> None:
    """An automatic author answers nothing (law L5); the next person does."""
    rows = ticket(
        ("Neu", "04.01.", "09:05"), ("Arbeit", "04.01.", "10:00"), ("Arbeit", "04.01.", "11:00")
    )
    robot = (rows[0], rows[1].replace("ann,carl", "robot,carl"), rows[2])
    (answer,) = (e for e in events(tmp_path, *robot) if isinstance(e, AnswerSent))
    assert answer.occurred_at == datetime(2016, 1, 4, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("rule", "hour"), [("leaves_new", 10), ("first_assignee", 9)])
def test_answer_follows_the_declared_rule_when_rules_differ(
    tmp_path: Path, rule: str, hour: int
) -> None:
    """The mapping says which change counts as the first response."""
    rows = ticket(
        ("Neu", "04.01.", "09:05"), ("Neu", "04.01.", "10:00"), ("Arbeit", "04.01.", "11:00")
    )
    late_owner = (rows[0].replace("desk,ann", "desk,?"), rows[1], rows[2])
    found = events(tmp_path, *late_owner, mapping=MAPPING.replace("leaves_new", rule))
    (answer,) = (e for e in found if isinstance(e, AnswerSent))
    assert answer.occurred_at == datetime(2016, 1, 4, hour, 0, tzinfo=UTC)


def test_answer_is_absent_when_the_rule_is_never(tmp_path: Path) -> None:
    """A log that does not tell responses gives none."""
    assert "AnswerSent" not in names(
        events(tmp_path, mapping=MAPPING.replace("leaves_new", "never"))
    )


def test_fold_agrees_with_the_last_row_when_all_is_read(tmp_path: Path) -> None:
    """The events add up to what the last snapshot shows."""
    state = fold(events(tmp_path))
    assert (state.category, state.priority, state.group) == (StateCategory.CLOSED, "P1", "lab")


def test_value_is_refused_when_the_mapping_does_not_know_it(tmp_path: Path) -> None:
    """An unknown priority is refused with line, column and suggestion."""
    with pytest.raises(LogError, match=r"log\.csv:2: (.|\n)*column 'Prio'.*did you mean 'hoch'"):
        events(tmp_path, ROWS[0].replace("tief", "hochh"))
