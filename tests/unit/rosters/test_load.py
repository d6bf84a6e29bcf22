"""Who carries how much, counted by hand for one week."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import PlainDates, WeeklyHours
from itsm_core.errors import DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.ids import PersonId
from itsm_core.rosters import (
    Load,
    LoadRules,
    Override,
    Responder,
    Roster,
    Rotation,
    load_of,
)
from itsm_core.rosters._load import Measure

HOUR = timedelta(hours=1)
ANA = PersonId("ana")


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


def test_measures_are_hours_and_counts_when_read() -> None:
    """Each figure by its name; somebody who carries nothing has none."""
    load = Load(
        person=ANA,
        shifts=2,
        time=14 * HOUR,
        night=6 * HOUR,
        weekend=3 * HOUR,
        holiday=HOUR / 2,
        calls=7,
    )
    names: tuple[Measure, ...] = ("hours", "nights", "weekends", "holidays", "shifts", "calls")
    assert [load.measure(name) for name in names] == [14.0, 6.0, 3.0, 0.5, 2.0, 7.0]
    assert [Load(person=ANA).measure(name) for name in names] == [0.0] * 6


def test_everybody_on_the_roster_is_in_the_report_when_they_carry_nothing() -> None:
    """Sorted by name; the holidays of nobody are none."""
    over = Override(people="zoe", start=at(20), end=at(21))
    roster = attrs.evolve(DAYS, overrides=(over,))
    report = roster.load(*WEEK)
    assert [each.person for each in report.loads] == ["ana", "ben", "zoe"]
    assert report["zoe"] == Load(person=PersonId("zoe"))
    assert report["ana"].holiday == 0 * HOUR


def test_call_at_the_edge_of_the_range_counts_when_it_is_the_first_instant() -> None:
    """Half-open, as every span (T3)."""
    report = DAYS.load(*WEEK, calls=(at(5), at(12), at(12) - timedelta(microseconds=1)))
    assert (report["ana"].calls, report["ben"].calls, report.missed_calls) == (2, 0, 0)


def test_crew_carries_the_time_each_when_two_are_on_call() -> None:
    """The call is for who is asked first; an override is in the zone of the first layer."""
    over = Override(people=("zoe", "yan"), start=at(6), end=at(7))
    report = attrs.evolve(DAYS, overrides=(over,)).load(*WEEK, calls=(at(6, 3),))
    assert [report[name].time for name in ("zoe", "yan")] == [24 * HOUR, 24 * HOUR]
    assert [report[name].calls for name in ("zoe", "yan")] == [1, 0]
    assert [report[name].night for name in ("zoe", "yan")] == [8 * HOUR, 8 * HOUR]


def test_nights_and_weekends_are_those_of_the_rules_when_they_are_given() -> None:
    """An hour of night each day, and no weekend but Wednesday."""
    rules = LoadRules(
        night=WeeklyHours.parse("Mo-Su 03:00-04:00"),
        weekend=WeeklyHours.parse("We 00:00-24:00"),
    )
    report = load_of(DAYS, *WEEK, rules=rules)
    assert (report["ana"].night, report["ana"].weekend) == (4 * HOUR, 24 * HOUR)
    assert (report["ben"].night, report["ben"].weekend) == (3 * HOUR, 0 * HOUR)


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
    for name in ("night", "weekend"):
        with pytest.raises(DefinitionError, match=r"^load rules: ") as caught:
            LoadRules(**{name: "22-06"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        assert [(each.code, each.where) for each in caught.value.faults] == [("wrong-type", name)]


def test_report_reads_as_a_table_when_it_is_printed() -> None:
    """A line a person, fairness below, then what nobody carried."""
    lines = str(DAYS.load(at(4), at(12))).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["person", "ana", "ben", "fairness"]
    assert lines[-1] == "nobody on call: 24 h"
    missed = str(DAYS.load(at(4), at(12), calls=(at(4, 5),)))
    assert missed.endswith("\nnobody on call: 24 h, 1 calls in it")
    assert str(DAYS.load(at(5), at(6), calls=(at(5),))).splitlines() == [
        "person    hours  nights  weekends  holidays  shifts  calls",
        "ana          24       8         0         0       1      1",
        "ben           0       0         0         0       0      0",
        "fairness   0.50    0.50      1.00      1.00    0.50   0.50",
        "nobody on call: 0 h",
    ]
    assert (DAYS.load(*WEEK).start_at, DAYS.load(*WEEK).end_at) == WEEK
