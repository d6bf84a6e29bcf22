"""What people write, and what they mean."""

from __future__ import annotations

import pytest

from itsm_core.policy._hints import (
    clock_meant,
    day_hours_meant,
    goal_meant,
    hours_meant,
    is_hours,
    month_and_day_meant,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1d", "1 working day"),
        ("2 days", "2 working days"),
        ("4 hours", "4h"),
        ("4H", "4h"),
        ("1.5h", "1h 30m"),
        ("1,5 h", "1h 30m"),
        ("30 mins", "30m"),
        ("90 minutes", "1h 30m"),
        ("PT4H", "4h"),
        ("24h wall", "wall 24h"),
        ("3 business days", "3 working days"),
        ("2 calendar days", "wall 48h"),
        ("2 working days 5pm", "2 working days 17:00"),
        ("1 working day cutoff 3pm", "1 working day cut-off 15:00"),
        ("4", "4h"),
        ("wall 5 days", "wall 120h"),
        ("5 days wall", "wall 120h"),
        ("end of day", "0 working days end of day"),
        ("4 hours later", ""),
        ("soon", ""),
    ],
)
def test_goal_meant_is_a_goal_when_the_words_are_near(text: str, meant: str) -> None:
    """Each suggestion is one that the reader takes; what is not near has none."""
    assert goal_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Mo-Fr 9-17", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 9 to 5", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 9am-5pm", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 9-5 pm", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 6-10pm", "Mo-Fr 18:00-22:00"),
        ("Mo-Do 08:00-16:00", "Mo-Th 08:00-16:00"),
        ("Monday to Friday 09:00-17:00", "Monday-Friday 09:00-17:00"),
        ("Mo-Fr 9:00–17:00", "Mo-Fr 09:00-17:00"),
        ("always", ""),
    ],
)
def test_hours_meant_are_hours_when_the_words_are_near(text: str, meant: str) -> None:
    """Spoken hours, German days, dashes of text processors."""
    assert hours_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("31.12.", "12-31"), ("24-12", "12-24"), ("2026-12-24", "12-24"), ("Christmas", "")],
)
def test_month_and_day_meant_is_one_when_the_text_is_near(text: str, meant: str) -> None:
    """The German way, the other way round, with a year."""
    assert month_and_day_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("9:00", "09:00"), ("9am", "09:00"), ("5 pm", "17:00"), ("9.30", "09:30"), ("noon", "")],
)
def test_clock_meant_is_a_time_when_the_text_is_near(text: str, meant: str) -> None:
    """As people write it who have no leading zero, or twelve hours."""
    assert clock_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("8am-12pm", "08:00-12:00"),
        ("9-12", "09:00-12:00"),
        ("09:00-12:00", ""),
        ("", ""),
        ("x", ""),
    ],
)
def test_day_hours_meant_are_hours_when_the_text_is_near(text: str, meant: str) -> None:
    """Of one date: without days. What is right, or nothing, needs no suggestion."""
    assert day_hours_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "holds"), [("24/7", True), ("Mo-Fr 09:00-17:00", True), ("office", False)]
)
def test_hours_are_told_from_a_name_when_they_stand_for_one(text: str, *, holds: bool) -> None:
    """A calendar is named where somebody wrote its hours."""
    assert is_hours(text) is holds
