"""The small values of a verdict."""

from __future__ import annotations

import attrs

from itsm_core.sla import ClockState, Deadline, LedgerEntry, LedgerKind
from itsm_core.spans import micros
from tests.unit.sla.ticket import HOUR, at

LINE = LedgerEntry(
    micros(at(9)), micros(at(10.5)), LedgerKind.PAUSED, "parts", "desk", "ann", "bob"
)


def test_line_of_a_ledger_has_instants_in_utc_and_a_duration() -> None:
    """An hour and a half from 09:00 on (T1)."""
    assert (LINE.start, LINE.end) == (at(9), at(10.5))
    assert (LINE.start.timezone_name, LINE.end.timezone_name) == ("UTC", "UTC")
    assert LINE.duration == 1.5 * HOUR


def test_lines_are_equal_when_they_say_the_same() -> None:
    """They are values."""
    assert attrs.evolve(LINE) == LINE
    assert attrs.evolve(LINE, author="") != LINE
    assert len({LINE, attrs.evolve(LINE)}) == 1


def test_line_has_no_author_unless_it_is_given() -> None:
    """Only an exclusion has one."""
    assert LedgerEntry(0, 1, LedgerKind.COUNTED, "", "", "").author == ""


def test_deadline_reads_as_an_instant() -> None:
    """In UTC, to the second."""
    assert str(Deadline(micros(at(15.5)))) == "by 2026-01-05 15:30:00 UTC"


def test_states_and_kinds_are_read_by_people() -> None:
    """Their values are the words of every report and every verdict."""
    assert [state.value for state in ClockState] == [
        "not started",
        "running",
        "paused",
        "met",
        "breached",
        "cancelled",
    ]
    assert [kind.value for kind in LedgerKind] == [
        "counted",
        "outside hours",
        "holiday",
        "paused",
        "excluded",
    ]
