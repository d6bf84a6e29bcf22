"""The turns of one rotation: slots, patterns of lengths, restrictions, first and last hand-off."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from itsm_core.calendars import NEVER, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.rosters import Rotation
from itsm_core.rosters._turns import Turns
from itsm_core.spans import instant, micros


def turns(first: str, last: str, **fields: Any) -> list[tuple[str, str, int]]:  # pyright: ignore[reportExplicitAny, reportAny]
    """Return the turns between two dates, with what UTC shows at their ends."""
    given: dict[str, Any] = {
        "name": "r",
        "people": ("ana", "ben"),
        "zone": "UTC",
        "start_on": "2026-01-01",
        "hand_off": "00:00",
    }
    low, high = (micros(datetime.fromisoformat(day).replace(tzinfo=UTC)) for day in (first, last))
    return [
        (f"{instant(start):%m-%d %H:%M}", f"{instant(end):%m-%d %H:%M}", turn)
        for start, end, turn in Turns(Rotation(**(given | fields))).between(low, high)
    ]


def test_turns_follow_the_pattern_when_every_has_two_lengths() -> None:
    """Five days, two days, five days (1 January 2026 is a Thursday)."""
    assert turns("2026-01-01", "2026-01-15", unit="days", every=(5, 2)) == [
        ("01-01 00:00", "01-06 00:00", 0),
        ("01-06 00:00", "01-08 00:00", 1),
        ("01-08 00:00", "01-13 00:00", 2),
        ("01-13 00:00", "01-15 00:00", 3),
    ]


def test_first_week_is_short_when_the_start_is_within_one() -> None:
    """From Thursday, weeks that begin on Monday: the first has four days and is a turn."""
    assert turns("2025-12-01", "2026-01-13", hand_off_day="Mo") == [
        ("01-01 00:00", "01-05 00:00", 0),
        ("01-05 00:00", "01-12 00:00", 1),
        ("01-12 00:00", "01-13 00:00", 2),
    ]


def test_first_week_is_whole_when_the_start_is_the_day_of_hand_off() -> None:
    """Without a day, weeks run from the start's weekday."""
    assert turns("2026-01-01", "2026-01-09") == [
        ("01-01 00:00", "01-08 00:00", 0),
        ("01-08 00:00", "01-09 00:00", 1),
    ]


def test_months_begin_on_their_first_day_when_the_start_is_within_one() -> None:
    """31 January, then February, whatever its length."""
    found = turns("2026-01-01", "2026-03-02", unit="months", start_on="2026-01-31")
    assert found == [
        ("01-31 00:00", "02-01 00:00", 0),
        ("02-01 00:00", "03-01 00:00", 1),
        ("03-01 00:00", "03-02 00:00", 2),
    ]


def test_hours_alternate_when_every_has_two_lengths() -> None:
    """Ten hours by day, fourteen by night."""
    found = turns("2026-01-01", "2026-01-02T12:00", unit="hours", every=(10, 14), hand_off="08:00")
    assert found == [
        ("01-01 08:00", "01-01 18:00", 0),
        ("01-01 18:00", "01-02 08:00", 1),
        ("01-02 08:00", "01-02 12:00", 2),
    ]


def test_turn_goes_on_when_the_hour_of_its_hand_off_comes_again() -> None:
    """E4: handed off at the first 02:30, 00:30 UTC; the clock shows 02:10 again at 01:10 UTC."""
    found = turns(
        "2026-10-25T01:10",
        "2026-10-25T12:00",
        zone="Europe/Berlin",
        start_on="2026-10-24",
        hand_off="02:30",
        unit="days",
    )
    assert found == [("10-25 01:10", "10-25 12:00", 1)]


def test_turn_ends_when_the_rotation_does() -> None:
    """From end_on on, at the hand-off, nobody has a turn."""
    assert turns("2026-01-01", "2026-02-01", unit="weeks", end_on="2026-01-10") == [
        ("01-01 00:00", "01-08 00:00", 0),
        ("01-08 00:00", "01-10 00:00", 1),
    ]


def test_turn_is_cut_to_its_hours_when_there_is_a_restriction() -> None:
    """Every two covered days: Friday and Monday belong together, the weekend counts for nothing."""
    found = turns(
        "2026-01-01",
        "2026-01-07",
        unit="days",
        every=2,
        start_on="2026-01-02",
        restriction=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
    )
    assert found == [
        ("01-02 08:00", "01-02 18:00", 0),
        ("01-05 08:00", "01-05 18:00", 0),
        ("01-06 08:00", "01-06 18:00", 1),
    ]


def test_nobody_has_a_turn_when_the_restriction_never_opens() -> None:
    """A layer that is never in force has no turns, and looking for them ends."""
    assert turns("2026-01-01", "2026-03-01", unit="days", restriction=NEVER) == []


def test_counting_is_refused_when_there_are_too_many_slots() -> None:
    """Under a restriction slots are counted; a million of them is the limit, and it says so."""
    with pytest.raises(InvalidValue, match="later start_on"):
        turns("5026-01-01", "5026-01-02", unit="days", restriction=WeeklyHours.parse("24/7"))


@pytest.mark.parametrize("unit", ["hours", "days", "weeks", "months"])
def test_turns_are_found_at_once_when_the_start_is_long_ago(unit: str) -> None:
    """Without a restriction the number of a turn is computed, whatever the distance."""
    found = turns("9998-01-01", "9998-01-02", unit=unit)
    assert found[0][2] > 90_000


def test_turns_end_with_time_when_the_year_is_9999() -> None:
    """The last slot ends with the last microsecond that a datetime can hold."""
    found = turns("9999-12-31", "9999-12-31T23:59:59", unit="months")
    assert [turn[0] for turn in found] == ["12-31 00:00"]


def test_months_are_handed_off_when_the_year_is_the_last() -> None:
    """December 9999 is a month like any other."""
    found = turns("9999-11-15", "9999-12-15", unit="months")
    assert [turn[:2] for turn in found] == [
        ("11-15 00:00", "12-01 00:00"),
        ("12-01 00:00", "12-15 00:00"),
    ]


def test_turns_begin_with_time_when_the_zone_is_ahead_of_utc() -> None:
    """Year 1 begins in Berlin before it does in UTC: nobody is asked about that."""
    found = turns(
        "0001-01-01", "0001-01-03", unit="days", start_on="0001-01-01", zone="Europe/Berlin"
    )
    assert [turn for _, _, turn in found] == [0, 1, 2]


@pytest.mark.parametrize("restriction", [None, WeeklyHours.parse("24/7")])
def test_hour_that_the_clocks_skip_uses_up_its_turn_when_hours_rotate(
    restriction: WeeklyHours | None,
) -> None:
    """On 29 March 2026 there is no hour from two to three in Berlin: the third in line has it.

    A restriction to all hours changes nothing about that.
    """
    found = turns(
        "2026-03-29",
        "2026-03-29T03:00",
        unit="hours",
        people=("ana", "ben", "chi", "dan"),
        zone="Europe/Berlin",
        start_on="2026-03-29",
        restriction=restriction,
    )
    assert found == [
        ("03-29 00:00", "03-29 01:00", 1),
        ("03-29 01:00", "03-29 02:00", 3),
        ("03-29 02:00", "03-29 03:00", 4),
    ]


def test_turn_goes_on_when_the_clock_on_the_wall_shows_no_year() -> None:
    """T5: 11:00 UTC on the last day of all is one at night of a day that no calendar has.

    The first turn is that of 1 December, the 31st that of the 31st; nothing is handed off after it.
    """
    late = {"zone": "Pacific/Kiritimati", "start_on": "9999-12-01", "unit": "days"}
    for begin in ("09:00", "11:00"):
        assert turns(f"9999-12-31T{begin}", "9999-12-31T12:00", **late) == [
            (f"12-31 {begin}", "12-31 12:00", 30)
        ]
