"""Who carries how much, counted by hand for one week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm_core.calendars import PlainDates, WeeklyHours
from itsm_core.errors import DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.rosters import LoadRules, Responder, Roster, Rotation, load_of

HOUR = timedelta(hours=1)


def at(day: int, hour: int = 0) -> datetime:
    """Return an instant of January 2026 in UTC."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


DAYS = Roster(
    name="desk",
    layers=(
        Rotation(
            name="days",
            people=("ana", "ben"),
            zone="UTC",
            start_on="2026-01-05",
            hand_off="00:00",
            unit="days",
        ),
    ),
)
WEEK = (at(5), at(12))


def test_load_counts_hours_nights_and_weekends_when_days_alternate() -> None:
    """Ana has Mo, We, Fr, Su: four days of eight night hours, one of them at the weekend."""
    ana = DAYS.load(*WEEK)["ana"]
    assert (ana.shifts, ana.time) == (4, 96 * HOUR)
    assert (ana.night, ana.weekend) == (32 * HOUR, 24 * HOUR)


def test_holidays_count_when_there_is_a_source() -> None:
    """Tuesday is ben's."""
    report = load_of(DAYS, *WEEK, rules=LoadRules(holidays=PlainDates((date(2026, 1, 6),))))
    assert (report["ana"].holiday, report["ben"].holiday) == (0 * HOUR, 24 * HOUR)


def test_nights_are_the_persons_own_when_the_roster_knows_where() -> None:
    """Ten to noon in UTC is night in Auckland (UTC+13 in January)."""
    rotation = Rotation(
        name="two hours",
        people=("ana",),
        zone="UTC",
        start_on="2026-01-05",
        restriction=WeeklyHours.parse("Mo 10:00-12:00"),
    )
    here = Roster(name="here", layers=(rotation,))
    there = Roster(
        name="there",
        layers=(rotation,),
        responders=(Responder(person="ana", zone="Pacific/Auckland"),),
    )
    assert here.load(*WEEK)["ana"].night == 0 * HOUR
    assert there.load(*WEEK)["ana"].night == 2 * HOUR


def test_calls_count_for_who_is_asked_first_when_they_come() -> None:
    """Calls to nobody are missed, those outside the range are not counted."""
    report = DAYS.load(at(4), at(12), calls=(at(4, 5), at(5, 3), at(6, 3), at(5, 4), at(20)))
    assert (report["ana"].calls, report["ben"].calls, report.missed_calls) == (2, 1, 1)
    assert report.unstaffed == 24 * HOUR


def test_call_is_refused_when_it_has_no_zone() -> None:
    """A naive instant is nobody's (T1)."""
    with pytest.raises(NaiveDatetime):
        DAYS.load(*WEEK, calls=(datetime(2026, 1, 5),))  # noqa: DTZ001


def test_fairness_is_one_when_all_carry_the_same() -> None:
    """Two weeks of alternating days are even; with one of two carrying all it is a half."""
    assert DAYS.load(at(5), at(19)).fairness_ratio("hours") == 1.0
    assert DAYS.load(at(5), at(6)).fairness_ratio("hours") == 0.5
    assert DAYS.load(at(5), at(6)).fairness_ratio("calls") == 1.0


def test_measure_is_refused_when_nobody_measures_it() -> None:
    """With the nearest name."""
    with pytest.raises(InvalidValue, match="did you mean 'nights'"):
        DAYS.load(*WEEK)["ana"].measure("night")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_person_is_refused_when_nobody_has_the_name() -> None:
    """With the names that are known."""
    with pytest.raises(InvalidValue, match="use one of ana, ben"):
        DAYS.load(*WEEK)["chi"]


def test_rules_are_refused_when_they_are_no_hours() -> None:
    """Texts are read with WeeklyHours.parse."""
    with pytest.raises(DefinitionError):
        LoadRules(night="22-06")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_report_reads_as_a_table_when_it_is_printed() -> None:
    """A line a person, fairness below, then what nobody carried."""
    lines = str(DAYS.load(at(4), at(12))).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["person", "ana", "ben", "fairness"]
    assert lines[-1] == "nobody on call: 24 h"
    assert (DAYS.load(*WEEK).start_at, DAYS.load(*WEEK).end_at) == WEEK
