"""Clocks and sources of ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from itsm_core.adapters.clocks import CountingIds, ManualClock, RandomIds, SystemClock
from itsm_core.errors import InstantOutOfRange, InvalidValue, NaiveDatetime

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_system_clock_tells_an_aware_present_when_asked() -> None:
    """The machine's time comes in UTC, between two readings of the machine."""
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_manual_clock_stands_still_when_not_told_to_go_on() -> None:
    """Time is an argument."""
    clock = ManualClock(NOON)
    assert clock.now() == clock.now() == NOON


def test_manual_clock_moves_in_elapsed_time_when_advanced_over_a_dst_change() -> None:
    """An hour is an hour: from 01:30 in Berlin to 03:30 on the spring day."""
    berlin = ZoneInfo("Europe/Berlin")
    clock = ManualClock(datetime(2026, 3, 29, 1, 30, tzinfo=berlin))
    clock.advance(timedelta(hours=1))
    assert clock.now() == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert clock.now().astimezone(berlin).hour == 3


def test_manual_clock_goes_back_when_set() -> None:
    """The clocks of machines are put back, so this one can be as well."""
    clock = ManualClock(NOON)
    clock.set(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)


def test_manual_clock_is_refused_and_stands_still_when_advanced_by_negative_time() -> None:
    """`advance` goes forward; who wants to go back says so with `set`."""
    clock = ManualClock(NOON)
    with pytest.raises(InvalidValue, match=r"cannot advance.*put it back with set"):
        clock.advance(timedelta(microseconds=-1))
    assert clock.now() == NOON


def test_manual_clock_stands_still_when_advanced_by_nothing() -> None:
    """No time at all is not negative."""
    clock = ManualClock(NOON)
    clock.advance(timedelta(0))
    assert clock.now() == NOON


def test_manual_clock_is_refused_and_stands_still_when_advanced_beyond_the_last_year() -> None:
    """The year 9999 is the last; the error is ours, not an OverflowError (law T5)."""
    clock = ManualClock(NOON)
    with pytest.raises(InstantOutOfRange, match="9999"):
        clock.advance(timedelta(days=3_000_000))
    assert clock.now() == NOON


def test_manual_clock_is_refused_when_naive() -> None:
    """A clock without a zone tells nothing (law T1)."""
    with pytest.raises(NaiveDatetime):
        ManualClock(datetime(2026, 1, 5))  # noqa: DTZ001
    with pytest.raises(NaiveDatetime):
        ManualClock(NOON).set(datetime(2026, 1, 5))  # noqa: DTZ001


def test_counting_ids_are_the_same_in_every_run_when_counted() -> None:
    """A prefix and a number."""
    ids = CountingIds("evt-", start=7)
    assert [ids.new_id(), ids.new_id()] == ["evt-7", "evt-8"]


def test_counting_ids_are_refused_when_the_start_is_no_whole_number() -> None:
    """Half an event has no name."""
    with pytest.raises(InvalidValue, match="whole numbers"):
        CountingIds(start=cast("int", 1.5))


def test_random_ids_differ_when_asked_often() -> None:
    """A thousand ids of 32 hexadecimal digits, all different."""
    ids = RandomIds()
    made = {ids.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in made)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (SystemClock(), "SystemClock()"),
        (
            ManualClock(NOON),
            "ManualClock(datetime.datetime.fromisoformat('2026-01-05T12:00:00+00:00'))",
        ),
        (RandomIds(), "RandomIds()"),
        (CountingIds("a"), "CountingIds('a')"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_repr_says_what_it_is_when_shown(value: object, shown: str) -> None:
    """What a debugger shows can be read."""
    assert repr(value) == shown
