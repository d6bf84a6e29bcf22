"""`BulkCalendar` answers as the calendar does, row by row, and refuses by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from itsm_core.bulk import BulkCalendar
from itsm_core.bulk._columns import MISSING
from itsm_core.bulk._table import Ints
from itsm_core.calendars import ALWAYS, NEVER, Boundary, BusinessCalendar, WeeklyHours
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue
from itsm_core.spans import instant, micros
from tests.unit.bulk.cases import CALENDARS, HOUR, OFFICE, instants

ROWS = 400


@pytest.mark.parametrize("name", CALENDARS)
def test_between_is_the_calendars_when_rows_are_random(name: str) -> None:
    """Open time of each row is what the scalar engine finds, backwards too (laws C5, C11)."""
    calendar, start, end = CALENDARS[name], instants(ROWS, 1), instants(ROWS, 2)
    expected = [calendar.between_micros(int(a), int(b)) for a, b in zip(start, end, strict=True)]
    assert BulkCalendar(calendar).between(start, end).tolist() == expected


@pytest.mark.parametrize("boundary", ["close", "next_open"])
@pytest.mark.parametrize("question", ["add", "subtract"])
@pytest.mark.parametrize("name", CALENDARS)
def test_moves_are_the_calendars_when_rows_are_random(
    name: str, question: str, boundary: Boundary
) -> None:
    """Zero, negative and exact amounts, at both conventions, end where the scalar ones do."""
    calendar, at = CALENDARS[name], instants(ROWS)
    amounts = np.random.default_rng(3).integers(-900, 900, ROWS) * (HOUR // 4)
    amounts[::2] = np.abs(amounts[::2])
    bulk = BulkCalendar(calendar)
    found = (bulk.add if question == "add" else bulk.subtract)(at, amounts, boundary)
    move = calendar.add if question == "add" else calendar.subtract
    expected = [
        micros(move(instant(int(a)), timedelta(0, 0, int(d)), boundary))
        for a, d in zip(at, amounts, strict=True)
    ]
    assert cast("Ints", found).tolist() == expected


@pytest.mark.parametrize("name", CALENDARS)
def test_is_open_is_the_calendars_when_rows_are_random(name: str) -> None:
    """True at opening, false at closing (law T3)."""
    calendar, at = CALENDARS[name], instants(ROWS)
    expected = [calendar.is_open(instant(int(each))) for each in at]
    assert BulkCalendar(calendar).is_open(at).tolist() == expected


def test_between_is_exact_when_a_clock_change_lies_within() -> None:
    """A night shift over the last Sunday of March has seven hours, not eight (law C2)."""
    night = BulkCalendar(CALENDARS["night"])
    start = np.array(["2026-03-28T21:00", "2026-10-24T20:00"], "M8[us]")  # 22:00 in Berlin
    end = np.array(["2026-03-29T04:00", "2026-10-25T05:00"], "M8[us]")  # 06:00 there
    assert night.between(start, end).astype("m8[h]").tolist() == [
        timedelta(hours=7),
        timedelta(hours=9),
    ]


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    """A table that grew down, up, or was made anew for a distant century says the same."""
    bulk = BulkCalendar(OFFICE)
    near = instants(50)
    first = bulk.between(near, near[::-1].copy())
    for year in (1950, 2060, 1850, 2150):
        at = np.array([f"{year}-05-05T10:00"], "M8[us]")
        assert bulk.is_open(at).tolist() == [OFFICE.is_open(at[0].item().replace(tzinfo=UTC))]
        assert (bulk.between(near, near[::-1].copy()) == first).all()


def test_coordinates_differ_by_open_time_when_subtracted() -> None:
    """A coordinate is the open time since 1970, whatever years were asked for."""
    at = instants(50)
    expected = [OFFICE.between_micros(0, int(each)) for each in at]
    assert BulkCalendar(OFFICE).coordinate(at).tolist() == expected


def test_missing_rows_stay_missing_when_others_are_not() -> None:
    """A missing start, end or duration makes its row's answer missing, and no other."""
    bulk = BulkCalendar(OFFICE)
    start = np.array(["NaT", "2026-01-05T08:00", "2026-01-05T08:00"], "M8[us]")
    end = np.array(["2026-01-05T09:00", "NaT", "2026-01-05T09:00"], "M8[us]")
    assert np.isnat(bulk.between(start, end)).tolist() == [True, True, False]
    hour = np.array([1, 1, "NaT"], "m8[h]")
    assert np.isnat(bulk.add(start, hour)).tolist() == [True, False, True]
    assert np.isnat(bulk.coordinate(start)).tolist() == [True, False, False]
    assert np.isnat(bulk.add(start[:1], hour[:1])).all()


def test_columns_of_nothing_give_columns_of_nothing() -> None:
    """No rows are no questions."""
    bulk, empty = BulkCalendar(OFFICE), np.empty(0, np.int64)
    assert bulk.between(empty, empty).size == bulk.add(empty, empty).size == 0


def test_a_single_value_is_asked_with_every_row() -> None:
    """One of two columns may be a datetime or a duration; the other gives the form."""
    bulk = BulkCalendar(OFFICE)
    start = np.array(["2026-01-05T08:00", "2026-01-05T09:00"], "M8[us]")  # 09:00, 10:00 in Berlin
    noon = datetime(2026, 1, 5, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    hours = timedelta(hours=1)
    assert bulk.between(start, noon).astype("m8[h]").tolist() == [3 * hours, 2 * hours]
    added = cast(
        "np.ndarray[tuple[int], np.dtype[np.datetime64]]", bulk.add(noon, np.array([HOUR]))
    )
    assert added.tolist() == [micros(noon) + HOUR + HOUR]  # half an hour, lunch, half an hour


def test_add_names_the_calendar_when_it_has_no_open_time() -> None:
    """What the calendar itself cannot answer is refused as it refuses (law C8)."""
    with pytest.raises(CalendarExhausted, match="NEVER"):
        BulkCalendar(NEVER).add(np.array([0]), np.array([1]))
    with pytest.raises(CalendarExhausted, match="NEVER"):
        BulkCalendar(NEVER).subtract(np.array([0]), np.array([1]))
    with pytest.raises(CalendarExhausted, match="NEVER"):
        BulkCalendar(NEVER).add(np.array([0]), np.array([0]), "next_open")


def test_next_open_looks_further_when_the_table_ends() -> None:
    """The next opening after the last hour of a year lies in the next one; so does the mirror."""
    yearly = BusinessCalendar(
        zone="UTC",
        hours=WeeklyHours.parse(""),
        exceptions={
            datetime(year, 6, 1, tzinfo=UTC).date(): "09:00-10:00" for year in (2020, 2024)
        },
    )
    at = np.array(["2020-06-01T10:00"], "M8[us]")
    zero = np.array([0], "m8[us]")
    assert BulkCalendar(yearly).add(at, zero, "next_open").astype(str).tolist() == [
        "2024-06-01T09:00:00.000000"
    ]
    late = np.array(["2024-06-01T08:00"], "M8[us]")
    found = BulkCalendar(yearly).subtract(late, zero, "next_open")
    assert np.asarray(found).astype(str).tolist() == ["2020-06-01T10:00:00.000000"]


@pytest.mark.parametrize("year", ["1000", "9000"])
def test_a_row_far_from_the_others_is_named_when_the_column_is_too_long(year: str) -> None:
    """What stands for never is not answered slowly, but refused by its row."""
    at = np.array(["2026-01-05T08:00", f"{year}-01-01T00:00"], "M8[us]")
    with pytest.raises(InstantOutOfRange, match=r"over more than 100 years.*(1000|9000|2026)"):
        BulkCalendar(OFFICE).is_open(at)


def test_an_answer_far_off_is_named_when_the_table_would_be_too_long() -> None:
    """An answer 200 years on is refused by its row, too."""
    at = np.array([0, 0])
    with pytest.raises(InstantOutOfRange, match=r"the answer\[1\] is too far"):
        BulkCalendar(ALWAYS).add(at, np.array([HOUR, 200 * 366 * 24 * HOUR]))


def test_what_no_datetime_holds_is_named_when_asked_for() -> None:
    """Outside the years 1 to 9999 there are no instants (law T5), and no such durations."""
    with pytest.raises(InstantOutOfRange, match=r"start\[1\] lies outside"):
        BulkCalendar(OFFICE).between(np.array([0, MISSING]), np.array([0, 0]))
    with pytest.raises(InstantOutOfRange, match=r"end\[0\] lies outside"):
        BulkCalendar(OFFICE).between(np.array([0]), np.array([2**62]))
    with pytest.raises(InstantOutOfRange, match=r"duration\[1\] is longer"):
        BulkCalendar(OFFICE).add(np.array([0, 0]), np.array([0, 2**62]))


def test_the_last_year_is_answered_when_it_is_asked_for() -> None:
    """Tables may end where time does."""
    at = np.array(["9999-12-30T12:00", "9999-12-31T12:00"], "M8[us]")
    assert BulkCalendar(ALWAYS).between(at[:1], at[1:]).astype("m8[h]").tolist() == [
        timedelta(hours=24)
    ]


def test_wrong_arguments_are_named_when_no_calendar_could_answer() -> None:
    """The calendar, the boundary, lengths, single values."""
    bulk, at = BulkCalendar(OFFICE), np.array([0, 1])
    with pytest.raises(InvalidValue, match="not a calendar"):
        BulkCalendar(cast("BusinessCalendar", "office"))
    with pytest.raises(InvalidValue, match="unknown boundary"):
        bulk.add(at, at, cast("Boundary", "later"))
    with pytest.raises(InvalidValue, match=r"different lengths.*2, 1"):
        bulk.between(at, at[:1])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(InvalidValue, match="single values"):
        bulk.between(now, now)
    with pytest.raises(InvalidValue, match="ask the calendar itself"):
        bulk.is_open(cast("Ints", now))


def test_answer_is_the_same_when_an_earlier_question_was_of_other_years() -> None:
    """A column of 2060 reaches over 13 years; that the table began with 1970 is nobody's matter."""
    start = np.array(["2060-01-01"], "M8[us]")
    bulk = BulkCalendar(ALWAYS)
    bulk.is_open(np.array(["1965-01-01"], "M8[us]"))
    assert bulk.add(start, timedelta(days=12 * 366)).astype("M8[D]").tolist() == [
        (datetime(2060, 1, 1) + timedelta(days=12 * 366)).date()  # noqa: DTZ001
    ]


@pytest.mark.parametrize("boundary", ["close", "next_open"])
def test_row_that_misses_its_instant_asks_nothing_when_its_answer_would_not_exist(
    boundary: Boundary,
) -> None:
    """Of nothing, neither a century of open time nor the next opening is looked for."""
    start = np.array(["2026-01-01", "NaT", "2026-01-02"], "M8[us]")
    amounts = np.array([1, 150 * 366, -1], "m8[D]").astype("m8[us]")
    found = BulkCalendar(ALWAYS).add(start, amounts, boundary).astype("M8[D]").astype(str)
    assert found.tolist() == ["2026-01-02", "NaT", "2026-01-01"]
    nothing = np.array(["NaT", "NaT"], "M8[us]")
    never = BulkCalendar(NEVER).add(nothing, timedelta(hours=1), boundary)
    assert np.isnat(never).all()


def test_row_is_named_when_others_before_it_are_missing() -> None:
    """The number is that of the column, not that of the rows that are known."""
    start = np.array(["NaT", "2026-01-01", "NaT", "2026-01-01"], "M8[us]")
    amounts = np.array([1, 1, 1, 366 * 101], "m8[D]").astype("m8[us]")
    with pytest.raises(InstantOutOfRange, match=r"the answer\[3\] is too far"):
        BulkCalendar(ALWAYS).add(start, amounts)
