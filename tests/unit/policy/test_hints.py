"""What people write, and what they mean."""

from __future__ import annotations

import pytest

from itsm_core.policy._hints import date_meant, goal_meant, hours_meant, month_and_day_meant


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
    [
        ("24.12.2026", "2026-12-24"),
        ("12/24/2026", "2026-12-24"),
        ("24/12/2026", "2026-12-24"),
        ("2026/1/5", "2026-01-05"),
        ("2026-1-5", "2026-01-05"),
        ("20261224", "2026-12-24"),
        ("05/06/2026", ""),
        ("31.02.2026", ""),
    ],
)
def test_date_meant_is_a_date_when_it_is_sure(text: str, meant: str) -> None:
    """Where month and day cannot be told apart nothing is suggested."""
    assert date_meant(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [("31.12.", "12-31"), ("24-12", "12-24"), ("2026-12-24", "12-24"), ("Christmas", "")],
)
def test_month_and_day_meant_is_one_when_the_text_is_near(text: str, meant: str) -> None:
    """The German way, the other way round, with a year."""
    assert month_and_day_meant(text) == meant
