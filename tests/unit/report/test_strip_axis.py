"""The measures, the scale and the axis of a strip."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.report._strip_axis import LEFT, WIDTH, Scale, axis, text_width
from itsm_core.spans import micros

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def scale(length: timedelta) -> Scale:
    """Return a scale of so much time from a Monday on."""
    return Scale(micros(MONDAY), micros(MONDAY + length))


def test_scale_goes_from_edge_to_edge_and_keeps_what_is_outside_inside() -> None:
    """Start, middle, end, and an hour before the start."""
    day = scale(timedelta(days=1))
    places = [day.x(micros(MONDAY + timedelta(hours=hours))) for hours in (0, 12, 24, -1)]
    assert places == pytest.approx([LEFT, WIDTH / 2, WIDTH - LEFT, LEFT])


@pytest.mark.parametrize(
    ("length", "most"),
    [(minutes, 14) for minutes in (30, 600, 3_000, 20_000, 300_000, 3_000_000)],
)
def test_axis_has_ticks_that_do_not_crowd_when_time_is_short_or_long(
    length: int, most: int
) -> None:
    """From half an hour to almost six years: some ticks, and no more than there is room for."""
    drawn = axis(scale(timedelta(minutes=length)), ZoneInfo("UTC"))
    assert 2 <= len(re.findall("<path", drawn)) <= most


def test_axis_has_midnights_of_its_zone_when_days_are_shown() -> None:
    """A week in Berlin: the ticks are at 23:00 UTC."""
    week = scale(timedelta(days=7))
    drawn = axis(week, ZoneInfo("Europe/Berlin"))
    first = float(re.findall(r'<path d="M([0-9.]+) ', drawn)[0])
    assert first == pytest.approx(week.x(micros(MONDAY + timedelta(hours=23))), abs=0.1)


def test_text_is_wider_when_its_letters_are() -> None:
    """Narrow, usual and wide letters."""
    assert text_width("iii") < text_width("aaa") < text_width("WWW")
