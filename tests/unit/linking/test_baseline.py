"""What is usual: the desk's profile at first, a service's own later."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from itsm_core.ids import ServiceId
from itsm_core.linking._baseline import HOUR_US, Baseline
from itsm_core.spans import micros

MONDAY = micros(datetime(2026, 1, 5, tzinfo=UTC))
MAIL, ERP = ServiceId("mail"), ServiceId("erp")
WEEK_US = 168 * HOUR_US


def seen(weeks: int, zone: str = "UTC") -> Baseline:
    """Return a desk with ten mail tickets on Mondays from nine to ten, one ERP ticket at noon."""
    found = Baseline(zone=ZoneInfo(zone))
    for week in range(weeks):
        start = MONDAY + week * WEEK_US
        for minute in range(10):
            found.add(MAIL, start + 9 * HOUR_US + minute * HOUR_US // 10)
        found.add(ERP, start + 12 * HOUR_US)
    return found


def test_rate_comes_near_the_truth_when_there_is_much_history() -> None:
    """Two years of ten a week in that hour: between eight and ten, and next to none at night."""
    found, monday = seen(104), MONDAY + 104 * WEEK_US
    nine = found.expected(MAIL, monday + 9 * HOUR_US, monday + 10 * HOUR_US)
    assert 8 < nine < 10.5
    assert found.expected(MAIL, monday + 3 * HOUR_US, monday + 4 * HOUR_US) < 0.2


def test_expectation_adds_up_when_a_span_crosses_hours() -> None:
    """Half of one hour and half of the next are what the whole is."""
    found, at = seen(20), MONDAY + 20 * WEEK_US + 9 * HOUR_US
    whole = found.expected(MAIL, at + HOUR_US // 2, at + HOUR_US * 3 // 2)
    parts = found.expected(MAIL, at + HOUR_US // 2, at + HOUR_US) + found.expected(
        MAIL, at + HOUR_US, at + HOUR_US * 3 // 2
    )
    assert whole == pytest.approx(parts, rel=1e-3)
    assert found.expected(MAIL, at, at) == 0


def test_new_service_is_like_the_desk_when_nothing_is_known_of_it() -> None:
    """It is expected when the desk is busy, and hardly at night."""
    found, monday = seen(20), MONDAY + 20 * WEEK_US
    new = ServiceId("new")
    busy = found.expected(new, monday + 9 * HOUR_US, monday + 10 * HOUR_US)
    quiet = found.expected(new, monday + 3 * HOUR_US, monday + 4 * HOUR_US)
    assert busy > 10 * quiet > 0


def test_hours_are_those_of_the_wall_when_a_zone_is_given() -> None:
    """Nine in UTC is four in New York in winter: there the desk is busy at four."""
    found = seen(8, "America/New_York")
    summer = micros(datetime(2026, 7, 6, tzinfo=UTC))
    # In July four o'clock in New York is eight in UTC.
    busy = found.expected(MAIL, summer + 8 * HOUR_US, summer + 9 * HOUR_US)
    quiet = found.expected(MAIL, summer + 9 * HOUR_US, summer + 10 * HOUR_US)
    assert busy > 10 * quiet


def test_desk_is_counted_per_time_when_asked() -> None:
    """Eleven tickets a week."""
    found = seen(10)
    assert found.per_microsecond(MONDAY + 10 * WEEK_US) * WEEK_US == pytest.approx(11, rel=0.1)


def test_hour_is_that_of_the_wall_clock_where_it_begins_at_half_past() -> None:
    """Nine o'clock in Kolkata is half past three in Greenwich, whoever was counted before."""
    found, half = Baseline(zone=ZoneInfo("Asia/Kolkata")), HOUR_US // 2
    for week in range(100):
        start = MONDAY + week * WEEK_US + 3 * HOUR_US
        found.add(MAIL, start)
        for minute in range(10):
            found.add(MAIL, start + half + minute * HOUR_US // 20)
    monday = MONDAY + 100 * WEEK_US + 3 * HOUR_US
    before, after = (found.expected(MAIL, at, at + half) for at in (monday, monday + half))
    assert 8 * before < after
