"""The oracle itself, on what can be counted by hand, and whether it sees planted bugs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random

import pytest

from itsm_core.calendars import WeeklyHours
from itsm_core.rosters import Roster, Rotation
from itsm_core.rosters import _compile as compiled
from itsm_core.rosters import _turns as turns
from itsm_core.testing.roster_oracle import (
    clock_changes,
    differences,
    people_by_step,
    random_roster,
)

DAY = timedelta(days=1)
CHANGES = clock_changes(date(2025, 1, 1), date(2025, 12, 31))


def runs(rotation: Rotation, start: datetime, days: int) -> list[tuple[tuple[str, ...], float]]:
    """Return who is on call by the oracle, with the hours, run after run."""
    roster = Roster(name="r", layers=(rotation,))
    steps = people_by_step(roster, start, start + days * DAY)
    grouped = groupby(people for _, people in steps)
    return [(people, len(list(group)) / 4) for people, group in grouped]


def test_oracle_has_23_hours_when_the_clocks_go_forward() -> None:
    """29 March 2026 in Berlin: midnight to midnight is 23 hours, 22:00 UTC to 22:00 UTC."""
    rotation = Rotation(
        name="days",
        people=("ana", "ben", "chi"),
        zone="Europe/Berlin",
        start_on="2026-03-28",
        hand_off="00:00",
        unit="days",
    )
    found = runs(rotation, datetime(2026, 3, 27, 23, tzinfo=UTC), 3)
    assert found == [(("ana",), 24.0), (("ben",), 23.0), (("chi",), 24.0), (("ana",), 1.0)]


def test_oracle_does_not_advance_when_days_lie_outside_the_restriction() -> None:
    """Friday ana, the weekend nobody, Monday ben."""
    rotation = Rotation(
        name="days",
        people=("ana", "ben"),
        zone="UTC",
        start_on="2026-01-09",
        hand_off="00:00",
        unit="days",
        restriction=WeeklyHours.parse("Mo-Fr 00:00-24:00"),
    )
    found = runs(rotation, datetime(2026, 1, 9, tzinfo=UTC), 4)
    assert found == [(("ana",), 24.0), ((), 48.0), (("ben",), 24.0)]


def test_changes_are_those_of_the_year_when_listed() -> None:
    """Berlin changed its clocks on 30 March and 26 October 2025, Tokyo never."""
    days = [day for zone, day in CHANGES if zone == "Europe/Berlin"]
    assert days == [date(2025, 3, 30), date(2025, 10, 26)]
    assert not any(zone == "Asia/Tokyo" for zone, _ in CHANGES)


def found_within(number: int) -> bool:
    """Tell whether the oracle disagrees with the schedule on one of so many random rosters."""
    for seed in range(number):
        random = Random(seed)
        zone, day = random.choice(CHANGES)
        roster = random_roster(random, day, (zone, zone, "UTC"))
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - 5 * DAY
        if next(differences(roster, start, start + 12 * DAY), None) is not None:
            return True
    return False


def test_planted_bug_is_found_when_hand_offs_take_the_second_of_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rule for ends instead of the one for starts."""
    from itsm_core.calendars._zones import closing

    monkeypatch.setattr(turns, "opening", closing)
    assert found_within(150)


def test_planted_bug_is_found_when_every_slot_advances(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bug that the law names: days outside the restriction take turns."""
    monkeypatch.setattr(turns.Turns, "_counts", lambda *_: True)
    assert found_within(60)


def test_planted_bug_is_found_when_swaps_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the rotations, without what was agreed."""
    monkeypatch.setattr(compiled.Changes, "_swapped", lambda *_: {})
    assert found_within(30)


def test_planted_bug_is_found_when_absences_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is away is called."""
    monkeypatch.setattr(compiled.Changes, "_present", lambda _, person, __: (person, []))
    assert found_within(30)
