"""E4, E5 over random rosters: a walk along the wall clock, and what must hold of any schedule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from itsm_core.rosters import Roster, Rotation
from itsm_core.spans import micros
from itsm_core.testing.roster_oracle import (
    clock_changes,
    differences,
    random_roster,
)

CHANGES = (
    *clock_changes(date(2025, 1, 1), date(2025, 12, 31)),
    ("Pacific/Apia", date(2011, 12, 29)),  # a whole day is skipped
    ("Pacific/Kwajalein", date(1993, 8, 20)),  # and here
    ("America/Caracas", date(2016, 4, 30)),  # by half an hour, for good
)
ROSTERS = 240
DAYS = timedelta(days=1)


def midnight(day: date) -> datetime:
    """Return the first instant of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def a_roster(seed: int) -> tuple[Roster, datetime, datetime]:
    """Return a random roster around a clock change of its first zone, and twelve days of it."""
    random = Random(seed)
    zone, day = random.choice(CHANGES)
    roster = random_roster(random, day, (zone, zone, "UTC"))
    return roster, midnight(day) - 5 * DAYS, midnight(day) + 7 * DAYS


@pytest.mark.parametrize("block", range(8))
def test_schedule_is_the_walks_when_rosters_are_random(block: int) -> None:
    """E4: layers, restrictions, swaps, absences, overrides and hand-offs as the oracle has them."""
    for seed in range(block * ROSTERS // 8, (block + 1) * ROSTERS // 8):
        roster, start, end = a_roster(seed)
        assert list(differences(roster, start, end)) == [], (seed, str(roster))


@pytest.mark.parametrize("unit", ["hours", "days"])
def test_hand_offs_are_the_walks_when_every_zone_changes_its_clocks(unit: str) -> None:
    """E4: in every zone, with a hand-off in the very hours that are skipped or come twice."""
    for number, (zone, day) in enumerate(CHANGES):
        rotation = Rotation(
            name="shifts",
            people=("ana", "ben", "chi", "dan", "eva"),
            zone=zone,
            start_on=day - DAYS,
            hand_off=f"{number % 4:02}:{number % 2 * 30:02}",
            unit="hours" if unit == "hours" else "days",
        )
        roster = Roster(name=zone, layers=(rotation,))
        start = midnight(day)
        assert list(differences(roster, start, start + 2 * DAYS)) == [], zone


def test_shifts_are_adjacent_and_exact_when_rosters_are_random() -> None:
    """E4: a schedule begins and ends where it was asked to, without hole or overlap."""
    for seed in range(ROSTERS):
        roster, start, end = a_roster(seed)
        shifts = roster.schedule(start, end)
        assert (shifts[0].start_us, shifts[-1].end_us) == (micros(start), micros(end))
        assert all(one.end_us == other.start_us for one, other in pairwise(shifts))
        assert not any(other.continues(one) for one, other in pairwise(shifts))


def test_nobody_away_is_ever_on_call_when_rosters_are_random() -> None:
    """E5: whatever rotation, swap or override says."""
    for seed in range(ROSTERS):
        roster, start, end = a_roster(seed)
        for shift in roster.schedule(start, end):
            middle = shift.start_at + shift.duration / 2
            assert not any(roster.is_away(person, middle) for person in shift.people), seed


def test_on_call_has_true_ends_when_a_schedule_is_cut() -> None:
    """E4: the answer for one instant is a whole shift, whatever part was asked for before."""
    for seed in range(ROSTERS):
        roster, start, end = a_roster(seed)
        whole = roster.schedule(start - 60 * DAYS, end + 60 * DAYS)[1:-1]
        for shift in roster.schedule(start, end):
            asked = roster.on_call(shift.start_at)
            assert asked.start_us <= shift.start_us < shift.end_us <= asked.end_us
            if asked.end_us < whole[-1].end_us and asked.start_us > whole[0].start_us:
                assert asked in whole


def test_schedule_in_parts_is_the_schedule_when_it_is_joined() -> None:
    """E4: asking day by day loses and doubles nothing, also where compiled years meet."""
    for seed in range(0, ROSTERS, 8):
        roster, start, end = a_roster(seed)
        parts = [
            shift
            for number in range((end - start).days)
            for shift in roster.schedule(start + number * DAYS, start + (number + 1) * DAYS)
        ]
        total = sum((shift.duration for shift in parts if shift.people), timedelta())
        whole = (shift.duration for shift in roster.schedule(start, end) if shift.people)
        assert total == sum(whole, timedelta())


def test_load_adds_up_when_everybody_is_alone() -> None:
    """E4: hours carried and hours without anybody are the hours of the range."""
    for seed in range(ROSTERS):
        roster, start, end = a_roster(seed)
        report = roster.load(start, end)
        crews = [shift for shift in roster.schedule(start, end) if len(shift.people) > 1]
        doubled = sum(((len(each.people) - 1) * each.duration for each in crews), timedelta())
        carried = sum((load.time for load in report.loads), timedelta())
        assert carried + report.unstaffed - doubled == end - start


def test_roster_is_itself_when_written_and_read() -> None:
    """R7: the JSON of a roster makes an equal one, with the same bytes and the same hash."""
    for seed in range(ROSTERS):
        roster, _, _ = a_roster(seed)
        again = Roster.loads(roster.dumps())
        assert again == roster
        assert again.dumps() == roster.dumps()
        assert again.content_hash == roster.content_hash
