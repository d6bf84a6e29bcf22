"""Laws of whatever counts time: they hold for what is right, and find what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.testing.laws import TIME_LAWS, CalendarCase, TimeFunctions
from itsm_core.testing.laws._time import added

HOUR = timedelta(hours=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))


def elapsed(start: datetime, end: datetime) -> timedelta:
    """Return elapsed time."""
    return end - start


def later(start: datetime, duration: timedelta) -> datetime:
    """Return the instant so much later."""
    return start + duration


def whole_hours(start: datetime, duration: timedelta) -> datetime:
    """Round to hours, the wrong way to add."""
    return start + duration // HOUR * HOUR


def shown_on_the_wall(start: datetime, end: datetime) -> timedelta:
    """Subtract what is written, whatever the zone."""
    return end.replace(tzinfo=None) - start.replace(tzinfo=None)


def backwards(start: datetime, duration: timedelta) -> datetime:
    """Be earlier the longer it takes."""
    return start - duration


CASES = CalendarCase(
    calendar=TimeFunctions(between=elapsed, add=later),
    instants=(NINE, NINE + timedelta(minutes=40), NINE + 3 * HOUR / 2, NINE - HOUR),
    durations=(timedelta(minutes=40), timedelta(minutes=50)),
    like=ALWAYS,
)


def broken_by(functions: TimeFunctions) -> set[str]:
    """Return the names of the laws that functions break."""
    case = CalendarCase(
        calendar=functions,
        instants=CASES.instants,
        durations=CASES.durations,
        zones=("Europe/Berlin",),
        like=ALWAYS,
    )
    return {law.name for law in TIME_LAWS if list(law(case))}


def test_laws_hold_when_functions_are_right() -> None:
    """Elapsed time is what a calendar that is always open says."""
    assert broken_by(TimeFunctions(between=elapsed, add=later)) == set()


def test_laws_of_adding_are_silent_when_nothing_adds() -> None:
    """Half a calendar is tried for what it has."""
    assert broken_by(TimeFunctions(between=elapsed)) == set()


@pytest.mark.parametrize(
    ("functions", "law"),
    [
        (TimeFunctions(between=elapsed, add=whole_hours), "add_inverts_between"),
        (TimeFunctions(between=elapsed, add=whole_hours), "add_composes"),
        (TimeFunctions(between=elapsed, add=whole_hours), "own_time_agrees_with_calendar"),
        (TimeFunctions(between=elapsed, add=backwards), "add_is_monotone"),
        (TimeFunctions(between=(~OFFICE).between), "own_time_agrees_with_calendar"),
        (TimeFunctions(between=lambda a, b: abs(b - a)), "between_is_antisymmetric"),
        (TimeFunctions(between=lambda a, b: a - b), "between_is_antisymmetric"),
        (TimeFunctions(between=lambda a, b: (b - a) // HOUR * HOUR), "between_is_additive"),
        (TimeFunctions(between=lambda a, b: 2 * (b - a)), "between_is_antisymmetric"),
        (TimeFunctions(between=lambda a, b: b - a, add=lambda a, _: a + HOUR), "add_composes"),
    ],
)
def test_law_is_broken_when_functions_are_wrong(functions: TimeFunctions, law: str) -> None:
    """Each mistake is found by the law that forbids it."""
    assert law in broken_by(functions)


def test_zone_of_writing_matters_when_clocks_change_in_between() -> None:
    """What is subtracted as it is written differs in a zone whose clocks change."""
    change = datetime(2026, 3, 29, tzinfo=UTC)
    case = CalendarCase(
        calendar=TimeFunctions(between=shown_on_the_wall, add=later),
        instants=(change, change + 3 * HOUR),
        durations=(3 * HOUR,),
        zones=("Europe/Berlin",),
    )
    (law,) = (each for each in TIME_LAWS if each.name == "zone_of_writing_changes_nothing")
    assert "differs from the same instants in UTC" in next(iter(law(case)))


def test_zone_of_writing_matters_when_adding_goes_by_the_wall() -> None:
    """An aware datetime of one zone adds on the wall, as Python does."""
    change = datetime(2026, 3, 29, tzinfo=UTC)
    case = CalendarCase(
        calendar=TimeFunctions(between=elapsed, add=later),
        instants=(change, change),
        durations=(3 * HOUR,),
        zones=("Europe/Berlin",),
    )
    (law,) = (each for each in TIME_LAWS if each.name == "zone_of_writing_changes_nothing")
    assert "but" in next(iter(law(case)))


def test_instants_are_kept_in_utc() -> None:
    """Instants of one zone compare by the wall clock; in UTC they compare by time."""
    local = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    case = CalendarCase(calendar=ALWAYS, instants=(local,))
    assert case.instants == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC),)


def test_functions_are_no_calendar() -> None:
    """A law of whole calendars says so."""
    assert CalendarCase(calendar=ALWAYS).whole is ALWAYS
    with pytest.raises(InvalidValue, match="functions are no calendar"):
        _ = CASES.whole


def test_nothing_is_added_when_so_much_time_does_not_come() -> None:
    """C8: None, and not an error."""
    assert added(NEVER, NINE, HOUR) is None
    assert added(ALWAYS, NINE, HOUR) == NINE + HOUR


BERLIN = ZoneInfo("Europe/Berlin")
TWICE = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
"""An instant in an hour that is repeated in Berlin."""


def later_in_berlin(start: datetime, duration: timedelta) -> datetime:
    """Return the instant so much later, written in Berlin."""
    return (start.astimezone(UTC) + duration).astimezone(BERLIN)


def first_of_two(start: datetime, duration: timedelta) -> datetime:
    """Return the wrong one of two instants that look the same in Berlin."""
    return later_in_berlin(start, duration).replace(fold=0)


@pytest.mark.parametrize("add", [later_in_berlin, first_of_two])
def test_answer_is_compared_by_time_when_its_hour_is_repeated(
    add: Callable[[datetime, timedelta], datetime],
) -> None:
    """PEP 495: such a datetime equals none of another zone, and another one of its own zone."""
    case = CalendarCase(
        calendar=TimeFunctions(between=lambda a, b: b.astimezone(UTC) - a.astimezone(UTC), add=add),
        instants=(TWICE, TWICE - 2 * HOUR),
        durations=(timedelta(0), 2 * HOUR),
        like=ALWAYS,
    )
    found = {law.name for law in TIME_LAWS if list(law(case))}
    assert ("own_time_agrees_with_calendar" in found) == (add is first_of_two)
    assert bool(found) == (add is first_of_two)


def test_instant_is_refused_when_it_has_no_zone() -> None:
    """That of this machine would be a guess."""
    with pytest.raises(NaiveDatetime):
        CalendarCase(calendar=ALWAYS, instants=(TWICE.replace(tzinfo=None),))
