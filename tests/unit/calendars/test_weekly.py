"""Weekly hours: what people write, and what is refused (law C1)."""

from __future__ import annotations

import copy
import pickle
from datetime import date

import pytest

from itsm_core.calendars import WeeklyHours
from itsm_core.errors import DefinitionError, InvalidValue

NINE, TWELVE, FIVE = 9 * 3600, 12 * 3600, 17 * 3600
DAY = 86_400


def faults(text: str) -> list[tuple[str, str]]:
    """Return code and place of every fault that a text has."""
    with pytest.raises(DefinitionError) as caught:
        WeeklyHours.parse(text)
    return [(fault.code, fault.where) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mo 09:00-17:00", {0: ((NINE, FIVE),)}),
        ("Mo 9:00-17:00", {0: ((NINE, FIVE),)}),
        ("Mo 09:00:30-17:00:00", {0: ((NINE + 30, FIVE),)}),
        ("Mo 13:00-17:00, 09:00-12:00", {0: ((NINE, TWELVE), (13 * 3600, FIVE))}),
        ("Mo,We 09:00-17:00", {0: ((NINE, FIVE),), 2: ((NINE, FIVE),)}),
        ("Sa-Mo 09:00-17:00", {5: ((NINE, FIVE),), 6: ((NINE, FIVE),), 0: ((NINE, FIVE),)}),
        ("Mo 09:00-17:00; Sa 09:00-12:00", {0: ((NINE, FIVE),), 5: ((NINE, TWELVE),)}),
        ("Mo-Tu 09:00-17:00; Tu off", {0: ((NINE, FIVE),)}),
        ("Mo-Tu 09:00-17:00; Tu closed", {0: ((NINE, FIVE),)}),
        ("monday 09:00-17:00; TUES 09:00-17:00", {0: ((NINE, FIVE),), 1: ((NINE, FIVE),)}),
        ("Mo–Tu 09:00–17:00", {0: ((NINE, FIVE),), 1: ((NINE, FIVE),)}),
        ("Mo 00:00-24:00", {0: ((0, DAY),)}),
        ("Mo 22:00-24:00", {0: ((22 * 3600, DAY),)}),
        ("Mo 22:00-00:00", {0: ((22 * 3600, DAY),)}),
        ("Mo 22:00-06:00", {0: ((22 * 3600, DAY + 6 * 3600),)}),
        ("Mo 09:00-09:00", {0: ((NINE, DAY + NINE),)}),
        (" ; Mo 09:00-17:00 ; ", {0: ((NINE, FIVE),)}),
        ("", {}),
    ],
)
def test_parse_gives_seconds_of_each_day_when_hours_are_written_as_people_do(
    text: str, expected: dict[int, tuple[tuple[int, int], ...]]
) -> None:
    """Each way of writing gives the intervals that it says, in seconds from midnight."""
    assert WeeklyHours.parse(text).days == tuple(expected.get(n, ()) for n in range(7))


def test_parse_gives_every_hour_when_told_24_7() -> None:
    """24/7 is seven days from 00:00 to 24:00."""
    assert WeeklyHours.parse(" 24/7 ").days == (((0, DAY),),) * 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:00-17:00", [("no-days", "rule 1")]),
        ("off", [("no-days", "rule 1")]),
        ("Mo", [("no-hours", "rule 1")]),
        ("Xx 09:00-17:00", [("unknown-day", "rule 1")]),
        ("Mo-Xx 09:00-17:00", [("unknown-day", "rule 1")]),
        ("Mo 09:00", [("not-an-interval", "rule 1 (Mo)")]),
        ("Mo 09:00-12:00-17:00", [("not-an-interval", "rule 1 (Mo)")]),
        ("Mo 09:00-12:00,", [("not-an-interval", "rule 1 (Mo)")]),
        ("Mo 25:00-26:00", [("not-a-time", "rule 1 (Mo)"), ("not-a-time", "rule 1 (Mo)")]),
        ("Mo 24:00-06:00", [("not-a-time", "rule 1 (Mo)")]),
        ("Mo 09:60-17:00", [("not-a-time", "rule 1 (Mo)")]),
        ("Mo 09:00:60-17:00", [("not-a-time", "rule 1 (Mo)")]),
        ("Mo 09:00-24:01", [("not-a-time", "rule 1 (Mo)")]),
        ("Mo 9-17", [("not-a-time", "rule 1 (Mo)"), ("not-a-time", "rule 1 (Mo)")]),
        ("Mo 09:00-17:00; Mo 18:00-19:00", [("overlapping-hours", "rule 2")]),
        ("Mo,Mo 09:00-17:00", [("overlapping-hours", "rule 1")]),
        ("Mo 09:00-12:00, 11:00-13:00", [("overlapping-hours", "rule 1 (Mo)")]),
        ("Mo 22:00-06:00; Tu 05:00-09:00", [("overlapping-hours", "Tu")]),
        ("Su 22:00-06:00; Mo 05:00-09:00", [("overlapping-hours", "Mo")]),
        ("We 22:00-06:00, 23:00-02:00", [("overlapping-hours", "rule 1 (We)")]),
    ],
)
def test_parse_names_code_and_place_when_hours_are_wrong(
    text: str, expected: list[tuple[str, str]]
) -> None:
    """Each fault has a stable code and says in which rule or on which day it is."""
    assert faults(text) == expected


def test_parse_lists_every_fault_when_there_are_several() -> None:
    """A first fault hides no other, not even within one interval (C1)."""
    found = faults("Xx 09:00-17:00; Mo 25:00-12:00, 10:61-11:00; Tu; 08:00-09:00")
    assert [code for code, _ in found] == [
        "unknown-day",
        "not-a-time",
        "not-a-time",
        "no-hours",
        "no-days",
    ]


def test_parse_lists_overlaps_over_midnight_beside_other_faults() -> None:
    """The whole week is looked at although a rule of it cannot be read (C1)."""
    assert faults("Xx 10:00-12:00; Mo 22:00-06:00; Tu 05:00-09:00") == [
        ("unknown-day", "rule 1"),
        ("overlapping-hours", "Tu"),
    ]


def test_parse_lists_every_overlap_when_one_interval_covers_several() -> None:
    """The long interval is named with each of the short ones, also where these do not touch."""
    with pytest.raises(DefinitionError) as caught:
        WeeklyHours.parse("Mo 08:00-18:00, 09:00-10:00, 11:00-12:00")
    assert [fault.message for fault in caught.value.faults] == [
        "08:00-18:00 and 09:00-10:00 overlap",
        "08:00-18:00 and 11:00-12:00 overlap",
    ]


def test_parse_names_both_shifts_when_sunday_night_runs_into_monday() -> None:
    """The week is a circle; the message has both days and hours."""
    with pytest.raises(DefinitionError, match=r"Su 22:00-06:00 and Mo 05:00-09:00 overlap"):
        WeeklyHours.parse("Su 22:00-06:00; Mo 05:00-09:00")


def test_parse_accepts_shifts_that_touch_over_midnight() -> None:
    """Sharing an end and a start is no overlap (T3: spans are half-open)."""
    hours = WeeklyHours.parse("Su 22:00-06:00; Mo 06:00-09:00")
    assert hours.duration_seconds == 11 * 3600


def test_parse_suggests_a_day_when_a_day_is_misspelt() -> None:
    """The remedy lists the days and the closest one."""
    with pytest.raises(DefinitionError, match="use Mo, Tu, We, Th, Fr, Sa, Su; did you mean 'Su'"):
        WeeklyHours.parse("Sunn 09:00-17:00")


@pytest.mark.parametrize("value", [None, 5, ["Mo 09:00-17:00"]])
def test_parse_refuses_what_is_no_text(value: object) -> None:
    """A typed error, not an AttributeError."""
    with pytest.raises(InvalidValue, match="weekly hours are read from a text"):
        WeeklyHours.parse(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("interval", [(-1, 5), (DAY, DAY + 1), (5, 5), (6, 5), (0, DAY + 1)])
def test_weekly_hours_refuse_an_interval_when_its_bounds_are_impossible(
    interval: tuple[int, int],
) -> None:
    """An interval starts on its day and lasts from a second to 24 hours."""
    with pytest.raises(DefinitionError) as caught:
        WeeklyHours(((interval,), (), (), (), (), (), ()))
    assert [fault.code for fault in caught.value.faults] == ["not-an-interval"]


def test_weekly_hours_refuse_a_week_when_it_has_not_seven_days() -> None:
    """Six days are no week."""
    with pytest.raises(InvalidValue, match="seven days"):
        WeeklyHours(((),) * 6)


def test_on_gives_the_intervals_of_the_weekday() -> None:
    """2026-01-05 is a Monday, 2026-01-06 a Tuesday."""
    hours = WeeklyHours.parse("Mo 09:00-17:00")
    assert hours.on(date(2026, 1, 5)) == ((NINE, FIVE),)
    assert hours.on(date(2026, 1, 6)) == ()


@pytest.mark.parametrize(
    ("text", "expected_hours"),
    [("Mo-Fr 09:00-12:30, 13:30-18:00", 40), ("24/7", 168), ("Mo-Su 22:00-06:00", 56), ("", 0)],
)
def test_duration_sums_the_hours_of_the_week(text: str, expected_hours: int) -> None:
    """Five days of eight hours are 40, and so on."""
    assert WeeklyHours.parse(text).duration_seconds == expected_hours * 3600


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tu,Mo 13:00-17:00,9:00-12:00", "Mo-Tu 09:00-12:00, 13:00-17:00"),
        ("Mo,We 09:00-17:00", "Mo 09:00-17:00; We 09:00-17:00"),
        ("Mo-Su 00:00-00:00", "24/7"),
        ("Mo 22:00-00:00", "Mo 22:00-24:00"),
        ("Mo 22:00:15-06:00", "Mo 22:00:15-06:00"),
        ("Mo 09:00-17:00; Tu 09:00-12:00", "Mo 09:00-17:00; Tu 09:00-12:00"),
        ("", ""),
    ],
)
def test_text_is_the_shortest_form_when_hours_are_written_otherwise(
    text: str, expected: str
) -> None:
    """One week has one text, and that text gives the same week."""
    hours = WeeklyHours.parse(text)
    assert str(hours) == expected
    assert WeeklyHours.parse(expected) == hours


def test_repr_evaluates_to_the_same_hours() -> None:
    """What a person sees can be pasted."""
    hours = WeeklyHours.parse("Mo-Fr 22:00-06:00; Sa 10:00-14:00:30")
    assert eval(repr(hours)) == hours


def test_hours_are_equal_when_they_say_the_same() -> None:
    """Equality and hash go by the intervals, not by the text."""
    first, second = WeeklyHours.parse("24/7"), WeeklyHours.parse("Mo-Su 00:00-24:00")
    assert first == second
    assert hash(first) == hash(second)
    assert first != WeeklyHours.parse("Mo-Fr 00:00-24:00")


def test_hours_survive_copying_and_pickling() -> None:
    """A value is the same after a copy, a deep copy and a journey to another process."""
    hours = WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00")
    assert copy.copy(hours) == copy.deepcopy(hours) == pickle.loads(pickle.dumps(hours)) == hours


def test_parse_names_all_days_in_one_fault_when_they_are_given_twice() -> None:
    """Five days given twice by one rule are one mistake, with one remedy."""
    with pytest.raises(DefinitionError) as refused:
        WeeklyHours.parse("Mo-Fr 08:00-16:00; Mo-Su 22:00-06:00")
    (fault,) = refused.value.faults

    assert fault.message == "Mo-Fr are given twice"
    week = WeeklyHours.parse("Mo-Fr 08:00-16:00, 22:00-06:00; Sa,Su 22:00-06:00")
    assert week.duration_seconds == (5 * 8 + 7 * 8) * 3600
    assert "Mo-Fr 08:00-16:00, 22:00-06:00; Sa,Su 22:00-06:00" in fault.remedy


def test_parse_names_days_apart_when_they_are_not_neighbours() -> None:
    """Two neighbours are no range, and a gap is shown."""
    with pytest.raises(DefinitionError, match="Mo, We, Th are given twice"):
        WeeklyHours.parse("Mo,We,Th 08:00-09:00; Mo,We-Fr 10:00-11:00")


@pytest.mark.parametrize("days", [None, 5, "abcdefg", (), ((),) * 6, {}])
def test_week_is_refused_when_it_has_not_seven_days(days: object) -> None:
    """Whatever it is, a typed error with an example."""
    with pytest.raises(InvalidValue, match="weekly hours need seven days"):
        WeeklyHours(days)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "monday",
    ["a", 5, None, (5,), ((1, 2, 3),), ((1.0, 2.0),), ((True, 5),), ((5, 5),), ((-1, 5),), ("ab",)],
)
def test_week_is_refused_when_an_interval_is_not_two_seconds(monday: object) -> None:
    """The day is named."""
    with pytest.raises(DefinitionError) as caught:
        WeeklyHours((monday, *((),) * 6))  # type: ignore[arg-type]
    assert {(fault.code, fault.where) for fault in caught.value.faults} == {
        ("not-an-interval", "Mo")
    }


def test_week_is_one_value_however_its_intervals_are_given() -> None:
    """Lists and any order: equal, hashable, and the same after its text was read back."""
    nine, two = (32_400, 43_200), (50_400, 61_200)
    hours = WeeklyHours([[two, list(nine)], *[[]] * 6])  # type: ignore[list-item]
    assert (
        hours == WeeklyHours.parse("Mo 09:00-12:00, 14:00-17:00") == WeeklyHours.parse(str(hours))
    )
    assert hash(hours) == hash(WeeklyHours(((nine, two), *((),) * 6)))


@pytest.mark.parametrize(
    ("number", "name"),
    [*enumerate(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])],
)
def test_day_is_read_by_any_beginning_of_its_name(number: int, name: str) -> None:
    """From two letters to all of them, in capitals or not; written as two."""
    for length in range(2, len(name) + 1):
        for written in (name[:length], name[:length].upper()):
            hours = WeeklyHours.parse(f"{written} 09:00-17:00")
            assert [n for n, intervals in enumerate(hours.days) if intervals] == [number]
            assert str(hours) == f"{name[:2].capitalize()} 09:00-17:00"


@pytest.mark.parametrize(
    ("text", "value", "message"),
    [
        ("Xx 09:00-17:00", "Xx", "'Xx' is not a weekday"),
        ("09:00-17:00", "09:00-17:00", "'09:00-17:00' does not start with days such as Mo-Fr"),
        ("Mo", "Mo", "'Mo' has no hours"),
        ("Mo 9", "9", "'9' is not 'HH:MM-HH:MM'"),
        ("Mo 09:60-17:00", "09:60", "'09:60' is not a time of day"),
        (
            "Mo 09:00-12:00, 11:00-13:00",
            "09:00-12:00, 11:00-13:00",
            "09:00-12:00 and 11:00-13:00 overlap",
        ),
        ("Mo 22:00-06:00; Tu 05:00-09:00", "Tu 05:00-09:00", "Mo 22:00-06:00 and Tu 05:00-09:00"),
        ("Mo 09:00-10:00; Mo 11:00-12:00", "Mo 11:00-12:00", "Mo is given twice"),
    ],
)
def test_fault_shows_the_part_that_is_wrong(text: str, value: str, message: str) -> None:
    """As it was written, with a remedy."""
    with pytest.raises(DefinitionError) as caught:
        WeeklyHours.parse(text)
    (fault,) = caught.value.faults
    assert fault.value == value
    assert fault.message.startswith(message)
    assert fault.remedy


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((0, 1), "Mo 00:00-00:00:01"),
        ((0, DAY), "Mo 00:00-24:00"),
        ((DAY - 1, DAY), "Mo 23:59:59-24:00"),
        ((DAY - 1, 2 * DAY - 1), "Mo 23:59:59-23:59:59"),
        ((45_299, DAY + 1), "Mo 12:34:59-00:00:01"),
    ],
)
def test_interval_is_taken_when_its_bounds_are_just_possible(
    interval: tuple[int, int], text: str
) -> None:
    """From a second to a day, from the first second of the day to its last; read back the same."""
    hours = WeeklyHours(((interval,), (), (), (), (), (), ()))
    assert str(hours) == text
    assert WeeklyHours.parse(text) == hours
