"""Goals as text: each form means one thing, everything else is refused with examples."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from itsm_core.calendars import Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.errors import InvalidValue
from itsm_core.policy import parse_goal


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("4h", WorkingTime(timedelta(hours=4))),
        ("30m", WorkingTime(timedelta(minutes=30))),
        ("30 min", WorkingTime(timedelta(minutes=30))),
        ("1h30m", WorkingTime(timedelta(minutes=90))),
        (" 1h 30m 5s ", WorkingTime(timedelta(minutes=90, seconds=5))),
        ("wall 24h", WallTime(timedelta(hours=24))),
        ("wall 45m", WallTime(timedelta(minutes=45))),
        ("1 working day", WorkingDays(1)),
        ("2 working days", WorkingDays(2)),
        ("2 working days 17:00", WorkingDays(2, at=time(17))),
        ("2 working days, 9:30", WorkingDays(2, at=time(9, 30))),
        ("0 working days end of day", WorkingDays(0, at="end_of_day")),
        ("1 working day 16:00, cut-off 15:00", WorkingDays(1, at=time(16), cut_off=time(15))),
        ("1 working day cut-off 12:00", WorkingDays(1, cut_off=time(12))),
    ],
)
def test_parse_goal_reads_when_the_form_is_known(text: str, goal: Goal) -> None:
    """Working time, elapsed time, working days (law C9)."""
    assert parse_goal(text) == goal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        "h",
        "-4h",
        "-2 working days",
        "1.5h",
        "1d",
        "2 days",
        "1 day",
        "4 hours later",
        "30m 1h",
        "wall",
        "wall 2 working days",
        "2 working days 25:00",
        "2 working days 5pm",
        "٤h",
        "999999h",
    ],
)
def test_parse_goal_refuses_with_examples_when_the_form_is_unknown(text: str) -> None:
    """Nothing is guessed; a bare day could mean two things."""
    with pytest.raises(InvalidValue, match="2 working days 16:00"):
        parse_goal(text)


@pytest.mark.parametrize("text", ["0 working days", "0 working days, cut-off 15:00"])
def test_parse_goal_refuses_when_it_promises_no_day(text: str) -> None:
    """What is due when it arrives is no promise; "0 working days 16:00" is one."""
    with pytest.raises(InvalidValue, match="no working day at all"):
        parse_goal(text)


@pytest.mark.parametrize("text", ["0h", "wall 0m"])
def test_parse_goal_refuses_when_it_promises_no_time(text: str) -> None:
    """A goal of nothing would always be broken."""
    with pytest.raises(InvalidValue, match="no time at all"):
        parse_goal(text)
