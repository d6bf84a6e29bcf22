"""Calendars, matrices and lifecycles that are legal and hardly meant."""

from __future__ import annotations

import pytest

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, found, line_of, told

MATRIX = """
[matrix]
impacts = ["high", "low"]
urgencies = ["high", "low"]
priorities = ["P1", "P2", "P3", "P4"]
cells.high = { high = "P1", low = "P2" }
cells.low = { high = "P3", low = "P4" }
"""


def test_shut_calendar_is_told_when_it_opens_for_minutes() -> None:
    """Half an hour a week: the days were forgotten."""
    text = OFFICE.replace("Mo-Fr 09:00-17:00", "Mo 09:00-09:30") + STANDARD
    finding = told(text, "hardly-open")
    assert finding.line == line_of(text, "hours")
    assert finding.message.startswith("is open for 30 minutes a week")
    assert finding.suggestion == '"Mo-Fr 09:00-09:30"'


def test_shut_calendar_is_not_told_when_it_opens_for_an_hour() -> None:
    """The bound is one hour a week, and it is reached."""
    assert codes(OFFICE.replace("Mo-Fr 09:00-17:00", "Mo 09:00-10:00") + STANDARD) == []


def test_shut_calendar_is_told_at_its_table_when_it_is_made_of_others() -> None:
    """Monday mornings within Tuesdays are never; within Mondays until 09:15, a quarter."""
    text = (
        OFFICE
        + '[calendars.early]\nzone = "Europe/Berlin"\nhours = "Mo 06:00-09:15"\n'
        + '[calendars.both]\nall_of = ["office", "early"]\n'
        + STANDARD.replace('"office"', '"both"')
    )
    finding = told(text, "hardly-open")
    assert finding.line == line_of(text, "[calendars.both]")


def test_holidays_are_told_when_the_set_is_empty() -> None:
    """Somebody meant to fill it in."""
    text = OFFICE + "holidays = {}\n" + STANDARD
    assert told(text, "no-holidays").line == line_of(text, "holidays")


def test_vanishing_hours_are_told_when_the_clock_skips_them() -> None:
    """On the last Sunday of March 02:00 to 03:00 does not exist in Berlin (law C2)."""
    text = OFFICE.replace("Mo-Fr 09:00-17:00", "Su 02:00-03:00") + STANDARD
    finding = told(text, "interval-vanishes")
    assert "02:00-03:00 on 2026-03-29" in finding.message
    assert "10 more in ten years" in finding.message


def test_exception_is_told_when_it_changes_nothing() -> None:
    """24 December 2026 is a Thursday, on which the office opens from 9 to 17 anyway."""
    text = OFFICE + 'exceptions = { "2026-12-24" = "09:00-17:00" }\n' + STANDARD
    finding = told(text, "exception-without-effect")
    assert (finding.line, finding.value) == (line_of(text, "2026-12-24"), "2026-12-24")
    assert codes(text.replace('09:00-17:00" }', '09:00-12:00" }')) == []


def test_priority_is_told_when_no_cell_gives_it() -> None:
    """Its goals are for nobody; a modifier that raises may reach it."""
    text = MATRIX.replace('low = "P4"', 'low = "P3"') + OFFICE + STANDARD
    finding = told(text, "priority-unused")
    assert (finding.line, finding.value) == (line_of(text, "priorities ="), "P4")
    lowered = (
        text
        + """
[[priority.modifiers]]
name = "old"
when = { field = "vip", operator = "is", value = false }
lower = 1
"""
    )
    assert codes(lowered) == []


def test_reason_is_told_when_the_matrix_is_monotone() -> None:
    """Under it a later slip would pass."""
    text = MATRIX.replace("cells.high", 'reason_not_monotone = "history"\ncells.high')
    finding = told(text + OFFICE + STANDARD, "reason-unneeded")
    assert finding.line == line_of(text, "reason_not_monotone")
    needed = text.replace('low = "P4"', 'low = "P1"').replace('"P3", "P4"]', '"P3", "P4"]')
    assert "reason-unneeded" not in codes(needed + OFFICE + STANDARD)


@pytest.mark.parametrize(
    "use",
    [
        '[calendars.wide]\nany_of = ["office", "spare"]\n',
        '[channels.phone]\nroute = "first line"\nhours = "spare"\n',
    ],
)
def test_calendar_is_told_when_nothing_names_it(use: str) -> None:
    """A calendar, a channel, any other name of it is a use."""
    spare = OFFICE.replace("office", "spare")
    finding = told(OFFICE + spare + STANDARD, "unused-calendar")
    assert (finding.value, finding.line) == ("spare", line_of(OFFICE + spare, "[calendars.spare]"))
    assert "spare" not in [each.value for each in found(OFFICE + spare + use + STANDARD)]


def test_built_in_calendars_are_not_told_when_nothing_names_them() -> None:
    """`always` and `never` are ours."""
    assert codes(OFFICE + STANDARD) == []


def test_night_is_told_when_it_is_longer_than_half_a_day() -> None:
    """Begin and end may be swapped: the remedy swaps them."""
    text = OFFICE.replace("09:00-17:00", "17:00-09:00") + STANDARD
    finding = told(text, "long-night")
    assert finding.suggestion == "Mo-Fr 09:00-17:00"
    assert finding.message == "17:00-09:00 is open all night, for 16 hours"


@pytest.mark.parametrize("hours", ["22:00-06:00", "20:00-08:00", "00:00-24:00", "08:00-24:00"])
def test_night_is_not_told_when_it_is_a_shift(hours: str) -> None:
    """Twelve hours and fewer are a shift, and a long day is no night."""
    assert "long-night" not in codes(OFFICE.replace("09:00-17:00", hours) + STANDARD)


def test_exception_is_told_when_it_is_for_another_generation() -> None:
    """2062 for 2026."""
    text = OFFICE + 'exceptions = { "2062-12-24" = "10:00-12:00" }\n' + STANDARD
    assert told(text, "far-exception").line == line_of(text, "2062")
    assert codes(text.replace("2062", "2036")) == []
