"""Rhythm against the desk's own arrivals, and trend by halves."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.linking._rhythm import CYCLES, Cycle, Profile, Rhythm, rhythm_of, trend_of, wall_time
from itsm_core.spans import micros
from tests.unit.linking.desk import AS_OF, MONDAY, background, failure

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
DAY_US = 86_400_000_000


def profiles(instants: list[int], zone: ZoneInfo = UTC_ZONE) -> tuple[Profile, ...]:
    """Return the profiles of a desk."""
    return tuple(Profile.of(instants, cycle, zone) for cycle in CYCLES)


def office(rng: random.Random, number: int) -> list[int]:
    """Return instants in office hours only, over half a year, at random."""
    start = micros(MONDAY)
    found: list[int] = []
    while len(found) < number:
        at = start + rng.randrange(182 * DAY_US)
        local = datetime.fromtimestamp(at // 1_000_000, UTC)
        if local.weekday() < 5 and 8 <= local.hour < 18:
            found.append(at)
    return sorted(found)


def test_weekly_job_is_found_when_it_fails_at_night() -> None:
    """Every Thursday about ten past two, twelve times."""
    own = [each.at_us for each in failure()]
    everything = own + [each.at_us for each in background()]
    found = rhythm_of(own, profiles(everything))
    assert found is not None
    assert (found.cycle, found.words) == ("week", "Thursdays about 02:10")
    assert found.concentration > 0.9
    assert found.chance < 1e-3


def test_office_hours_are_no_rhythm_when_the_desk_works_in_them() -> None:
    """Of 400 samples of an office desk at most one in fifty looks rhythmic; an even clock: most."""
    rng = random.Random(11)
    desk = office(rng, 2_000)
    known = profiles(desk)
    false = sum(rhythm_of(sorted(rng.sample(desk, 8)), known) is not None for _ in range(400))
    assert false <= 8


def test_no_rhythm_is_claimed_when_there_are_fewer_than_five() -> None:
    """Four at the very same hour are still four."""
    own = [each.at_us for each in failure(4)]
    assert rhythm_of(own, profiles(own + [each.at_us for each in background()])) is None


def test_hour_keeps_to_the_wall_when_clocks_change() -> None:
    """Two o'clock in Berlin is one in UTC in winter and midnight in summer; it stays two."""
    own = [
        micros(datetime(2026, 3, 1, 2, 30, tzinfo=BERLIN) + timedelta(weeks=week))
        for week in range(3, 14)
    ]
    found = rhythm_of(own, profiles(own + [each.at_us for each in background()], BERLIN))
    assert found is not None
    assert found.words == "Sundays about 02:30"


def test_month_end_is_found_when_it_comes_once_a_month() -> None:
    """On the last day of nine months, at ten in the evening."""
    ends = [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30)]
    own = [micros(datetime(2026, month, day, 22, tzinfo=UTC)) for month, day in ends]
    found = rhythm_of(own, profiles(own + office(random.Random(3), 1_000)))
    assert found is not None
    assert found.cycle == "month"
    assert found.words in {"about the 30th of the month", "about the 31st of the month"}


def test_daily_job_is_found_when_it_fails_at_one_hour() -> None:
    """Ten days at six in the morning."""
    own = [micros(MONDAY + timedelta(days=3 * day, hours=6)) for day in range(10)]
    found = rhythm_of(own, profiles(own + [each.at_us for each in background()]))
    assert found is not None
    assert found.words == "daily about 06:00"


@pytest.mark.parametrize(
    ("place", "words"),
    [(0.0, "1st"), (0.04, "2nd"), (0.08, "3rd"), (0.35, "11th"), (0.68, "21st"), (0.99, "31st")],
)
def test_day_of_the_month_is_said_when_it_is_the_cycle(place: float, words: str) -> None:
    """In English ordinals."""
    found = Rhythm(cycle="month", occurrences=5, concentration=1.0, chance=0.001, usual_place=place)
    assert found.words == f"about the {words} of the month"


def test_shares_are_those_of_arrivals_when_mapped() -> None:
    """All tickets at noon: what comes before noon is at 0, what comes after at 1, near enough."""
    noons = [micros(MONDAY + timedelta(days=day, hours=12, minutes=30)) for day in range(1000)]
    profile = Profile.of(noons, "day", UTC_ZONE)
    before, after = profile.phases(
        [micros(MONDAY + timedelta(hours=11)), micros(MONDAY + timedelta(hours=14))]
    )
    assert before < 0.01
    assert after > 0.98
    assert profile.mass(0.5, 1 / 24) == pytest.approx(1000.5 / 1012)
    assert profile.mass(0.9, 1.0) == pytest.approx(1)


def test_own_arrivals_are_taken_out_when_tested() -> None:
    """What is tested is not its own yardstick."""
    own = [each.at_us for each in failure()]
    rest = [each.at_us for each in background()]
    without = Profile.of(own + rest, "week", UTC_ZONE).without(own)
    assert without.counts == Profile.of(rest, "week", UTC_ZONE).counts


def test_trend_is_told_when_halves_differ() -> None:
    """Nine of nine in the second half: twice 0.5 to the ninth."""
    start = micros(MONDAY)
    found = trend_of([start, *(start + (60 + n) * DAY_US for n in range(9))], start + 70 * DAY_US)
    assert (found.earlier, found.later) == (0, 9)
    assert found.chance == pytest.approx(2 * 0.5**9)
    assert found.words == "coming more often"


def test_trend_is_none_when_halves_are_alike() -> None:
    """Twelve weeks, one each: six and five."""
    found = trend_of([each.at_us for each in failure()], micros(AS_OF))
    assert (found.earlier, found.later) == (5, 6)
    assert found.words == "no change that chance does not explain"


def test_trend_falls_when_it_stopped() -> None:
    """Ten in the first weeks of a year, none since."""
    own = [each.at_us for each in failure(11)]
    found = trend_of(own, own[0] + 365 * DAY_US)
    assert found.words == "coming less often"
    assert trend_of([], 0).chance == 1


@pytest.mark.parametrize(
    ("cycle", "place", "words"),
    [
        ("week", (6 + 1_438 / 1_440) / 7, "Mondays about 00:00"),
        ("week", (2 + 1_438 / 1_440) / 7, "Thursdays about 00:00"),
        ("week", 0.0, "Mondays about 00:00"),
        ("day", 1_438 / 1_440, "daily about 00:00"),
        ("day", 130 / 1_440, "daily about 02:10"),
        ("month", 0.0, "about the 1st of the month"),
    ],
)
def test_rhythm_is_told_to_ten_minutes(cycle: Cycle, place: float, words: str) -> None:
    """Two minutes to midnight on a Wednesday is Thursday, not the midnight a day earlier."""
    found = Rhythm(cycle=cycle, occurrences=5, concentration=1.0, chance=0.0, usual_place=place)
    assert found.words == words


@pytest.mark.parametrize(("day", "hour"), [(2, 2), (15, 2), (15, 22), (28, 1)])
def test_day_of_the_month_is_that_of_the_calendar_when_months_have_31_days(
    day: int, hour: int
) -> None:
    """A share of a month of 31 days is a day early in one of usual length."""
    own = [micros(datetime(2026, month, day, hour, tzinfo=UTC)) for month in range(1, 13)]
    found = rhythm_of(own, profiles(own + office(random.Random(3), 1_000)))
    assert found is not None
    assert found.words == f"about the {day}{'nd' if day == 2 else 'th'} of the month"


def test_wall_time_stays_in_utc_when_the_zone_has_none() -> None:
    """Before the year 1 in New York, after the year 9999 in Tokyo."""
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert wall_time(micros(first), ZoneInfo("America/New_York")) == first
    assert wall_time(micros(last), ZoneInfo("Asia/Tokyo")) == last
    assert wall_time(micros(first), ZoneInfo("Asia/Tokyo")).hour == 9
