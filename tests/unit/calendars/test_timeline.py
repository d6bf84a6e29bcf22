"""Effective-dated calendars (law C10)."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from datetime import UTC, date, datetime, timedelta

import pytest

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    CalendarTimeline,
    WeeklyHours,
    WorkingDays,
    calendar_from_json,
)
from itsm_core.errors import DefinitionError, InstantOutOfRange, InvalidValue, NaiveDatetime

HOUR = timedelta(hours=1)
EIGHT = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
SIX = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Sa 09:00-15:00"))
# From Wednesday 2026-07-01 on the desk is open six hours on six days.
CHANGE = date(2026, 7, 1)
TIMELINE = CalendarTimeline(((None, EIGHT), (CHANGE, SIX)))
MONDAY = datetime(2026, 6, 29, tzinfo=UTC)


def test_each_version_holds_from_its_start() -> None:
    """The week of the change: two days of eight hours, four of six."""
    assert TIMELINE.between(MONDAY, MONDAY + timedelta(days=7)) == (16 + 24) * HOUR
    assert TIMELINE.between(MONDAY - timedelta(days=7), MONDAY) == 40 * HOUR
    assert TIMELINE.between(MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)) == 36 * HOUR


def test_date_means_the_first_instant_of_the_day_in_the_zone_of_the_version() -> None:
    """Midnight of 1 July in Berlin is 22:00 UTC on 30 June."""
    moment = datetime(2026, 6, 30, 22, tzinfo=UTC)
    same = CalendarTimeline(((None, EIGHT), (moment, SIX)))
    assert same == TIMELINE
    assert TIMELINE.version_at(moment) is SIX
    assert TIMELINE.version_at(moment - timedelta(microseconds=1)) is EIGHT


def test_shift_is_cut_when_the_version_changes() -> None:
    """A change at noon ends the old hours at noon; the new ones go on from there."""
    noon = datetime(2026, 7, 1, 10, tzinfo=UTC)
    early = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("We 13:00-14:00"))
    spans = list(
        CalendarTimeline(((None, EIGHT), (noon, early))).spans(noon - 10 * HOUR, noon + 10 * HOUR)
    )
    assert [(span.start, span.end) for span in spans] == [
        (noon - 3 * HOUR, noon),
        (noon + HOUR, noon + 2 * HOUR),
    ]


def test_three_versions_within_a_year_and_one_long_before() -> None:
    """Versions that end before a year, lie within it, or start after it are told apart."""
    third = date(2027, 1, 1)
    timeline = CalendarTimeline(
        ((None, ALWAYS), (date(2020, 1, 1), EIGHT), (CHANGE, SIX), (third, ALWAYS))
    )
    day = timedelta(days=1)
    assert timeline.between(datetime(2019, 6, 3, tzinfo=UTC), datetime(2019, 6, 4, tzinfo=UTC)) == (
        day
    )
    assert timeline.between(MONDAY, MONDAY + 7 * day) == 40 * HOUR
    later = datetime(2027, 6, 7, tzinfo=UTC)
    assert timeline.between(later, later + day) == day
    assert timeline.version_at(later) is ALWAYS
    assert timeline.zone == "UTC"


def test_working_day_is_one_of_the_version_in_force() -> None:
    """Saturdays count from July on."""
    assert not TIMELINE.is_working_day(date(2026, 6, 27))
    assert TIMELINE.is_working_day(date(2026, 7, 4))
    friday = datetime(2026, 7, 3, 8, tzinfo=UTC)
    assert TIMELINE.due(friday, WorkingDays(1)) == friday + timedelta(days=1)


def test_version_at_refuses_a_naive_datetime() -> None:
    """T1."""
    with pytest.raises(NaiveDatetime):
        TIMELINE.version_at(datetime(2026, 7, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("versions", "codes"),
    [
        ((), ["no-versions"]),
        (((CHANGE, EIGHT),), ["version-start"]),
        (((None, EIGHT), (None, SIX)), ["version-start"]),
        (((None, EIGHT), (CHANGE, SIX), (CHANGE, EIGHT)), ["version-order"]),
        (((None, EIGHT), (CHANGE, SIX), (date(2025, 1, 1), EIGHT)), ["version-order"]),
        (((CHANGE, EIGHT), (None, SIX)), ["version-start", "version-start"]),
        (((None, "24/7"),), ["not-a-version"]),
        (((None, EIGHT), ("2026-07-01", SIX)), ["not-a-version"]),
    ],
)
def test_timeline_is_refused_when_its_versions_are_not_in_order(
    versions: tuple[tuple[None, BusinessCalendar], ...], codes: list[str]
) -> None:
    """Every fault is listed with its place."""
    with pytest.raises(DefinitionError) as caught:
        CalendarTimeline(versions)
    assert [fault.code for fault in caught.value.faults] == codes


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ((), ("no-versions", "versions", "")),
        (((CHANGE, EIGHT),), ("version-start", "versions[0]", "2026-07-01")),
        (((None, EIGHT), (None, SIX)), ("version-start", "versions[1]", "None")),
        (
            ((None, EIGHT), (CHANGE, SIX), (date(2025, 1, 1), EIGHT)),
            ("version-order", "versions[2]", "2025-01-01"),
        ),
        (((None, 5),), ("not-a-version", "versions[0]", "(None, 5)")),
    ],
)
def test_fault_of_a_timeline_has_its_code_its_place_and_the_value(
    versions: tuple[tuple[None, BusinessCalendar], ...], expected: tuple[str, str, str]
) -> None:
    """Which version it is, counted from 0, and where it starts."""
    with pytest.raises(DefinitionError) as caught:
        CalendarTimeline(versions)
    assert [(fault.code, fault.where, fault.value) for fault in caught.value.faults] == [expected]


def test_json_says_everything_under_its_name() -> None:
    """Starts as instants in UTC, the first as none."""
    assert TIMELINE.to_json() == {
        "kind": "timeline",
        "versions": [
            {"start": None, "calendar": EIGHT.to_json()},
            {"start": "2026-06-30T22:00:00+00:00", "calendar": SIX.to_json()},
        ],
    }


@pytest.mark.parametrize("value", [None, 5, "ab"])
def test_timeline_is_refused_when_its_versions_are_no_sequence(value: object) -> None:
    """A typed error, not that of the loop over them."""
    with pytest.raises(InvalidValue, match="versions are a sequence"):
        CalendarTimeline(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [[1], [(None,)], [(None, EIGHT, 1)], [(True, EIGHT)], ["ab"]])
def test_timeline_lists_what_is_no_version(value: list[object]) -> None:
    """Whatever its shape."""
    with pytest.raises(DefinitionError, match="is not a calendar with its start"):
        CalendarTimeline(value)  # type: ignore[arg-type]


def test_timeline_refuses_a_start_beyond_the_last_year() -> None:
    """T5: the start could be neither shown nor written."""
    with pytest.raises(InstantOutOfRange):
        CalendarTimeline(((None, EIGHT), (10**30, SIX)))


def test_timelines_within_timelines_have_the_same_limit_as_their_json() -> None:
    """Fifty levels can be read back, and one more cannot be built."""
    deep: Calendar = EIGHT
    for _ in range(50):
        deep = CalendarTimeline(((None, deep),))
    assert calendar_from_json(deep.to_json()) == copy.deepcopy(deep) == deep
    with pytest.raises(InvalidValue, match="nested too deep"):
        CalendarTimeline(((None, deep),))


def test_timeline_refuses_a_start_without_a_zone() -> None:
    """T1: a naive start is no instant."""
    with pytest.raises(NaiveDatetime):
        CalendarTimeline(((None, EIGHT), (datetime(2026, 7, 1), SIX)))  # noqa: DTZ001


def test_timeline_is_a_value() -> None:
    """Its repr evaluates; copies, pickles and JSON give the same timeline."""
    names = {
        "BusinessCalendar": BusinessCalendar,
        "CalendarTimeline": CalendarTimeline,
        "WeeklyHours": WeeklyHours,
        "datetime": dt,
    }
    for each in (
        eval(repr(TIMELINE), names),
        copy.deepcopy(TIMELINE),
        pickle.loads(pickle.dumps(TIMELINE)),
        calendar_from_json(TIMELINE.to_json()),
    ):
        assert each == TIMELINE
        assert hash(each) == hash(TIMELINE)
        assert each.content_hash == TIMELINE.content_hash
        assert each.between(MONDAY, MONDAY + timedelta(days=7)) == 40 * HOUR


def test_ledger_names_the_holidays_of_the_version_in_force() -> None:
    """2 July is a holiday of the new version, 25 June of none."""
    with_holiday = BusinessCalendar(
        zone="Europe/Berlin", hours=SIX.hours, holidays=[date(2026, 6, 25), date(2026, 7, 2)]
    )
    timeline = CalendarTimeline(((None, EIGHT), (CHANGE, with_holiday)))
    for day, expected in ((25, {"closed", "open"}), (32, {"closed", "holiday"})):
        low = int((datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=day - 1)).timestamp())
        pieces = timeline.segments(low * 1_000_000, (low + 86_400) * 1_000_000)
        assert {kind for _, _, kind in pieces} == expected
    low = int(MONDAY.timestamp()) * 1_000_000
    plain = {kind for _, _, kind in TIMELINE.segments(low, low + 7 * 86_400_000_000)}
    assert plain == {"closed", "open"}
