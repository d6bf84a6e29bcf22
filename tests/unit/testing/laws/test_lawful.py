"""`lawful`: a test in one line, with fixtures and arguments, and refusals told as laws."""

from __future__ import annotations

import inspect
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.testing.laws import LawBroken, check_calendar, lawful


@pytest.fixture
def hours() -> WeeklyHours:
    """Return some hours, for the test that shows fixtures."""
    return WeeklyHours.parse("Mo-Fr 09:00-17:00")


@lawful(check_calendar, max_examples=0)
def test_fixture_is_given_to_the_function(hours: WeeklyHours) -> BusinessCalendar:
    """This is a test of a user: it returns the calendar, and `lawful` checks it."""
    return BusinessCalendar(zone="UTC", hours=hours)


@settings(max_examples=2, deadline=None)
@given(opens=st.integers(0, 8))
@lawful(check_calendar, max_examples=0)
def test_drawn_argument_is_given_to_the_function(opens: int) -> BusinessCalendar:
    """This is one, too: Hypothesis draws the hour of opening."""
    return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(f"Mo-Fr 0{opens}:00-17:00"))


@lawful(check_calendar, max_examples=1)
def never() -> BusinessCalendar:
    """Return a calendar that never opens."""
    return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""))


@lawful(check_calendar)
def overlapping() -> BusinessCalendar:
    """Return nothing: the hours overlap."""
    return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 09:00-12:00, 11:00-13:00"))


@lawful(check_calendar)
def nowhere() -> BusinessCalendar:
    """Return nothing: there is no such zone."""
    return BusinessCalendar(zone="Europe/Berlim", hours=WeeklyHours.parse("Mo 09:00-12:00"))


def test_function_keeps_its_name_and_arguments() -> None:
    """Pytest and Hypothesis read them."""
    assert never.__name__ == "never"
    assert list(inspect.signature(overlapping).parameters) == []


def test_broken_law_is_raised_when_the_test_is_run() -> None:
    """By the check that was named."""
    with pytest.raises(LawBroken, match="law Y2"):
        never()


def test_refused_definition_is_told_as_a_broken_law() -> None:
    """Y1, with every fault, what to do, and the error it came from."""
    with pytest.raises(LawBroken) as caught:
        overlapping()
    error = caught.value
    assert error.law == "Y1"
    assert "overlap" in error.violations[0]
    assert error.ledger[0].startswith("to do: ")
    assert error.example.endswith("overlapping()")
    assert isinstance(error.__cause__, DefinitionError)


def test_refused_value_is_told_as_a_broken_law() -> None:
    """With the remedy that the refusal has."""
    with pytest.raises(LawBroken, match="Europe/Berlin") as caught:
        nowhere()
    assert isinstance(caught.value.__cause__, InvalidValue)


class TestOfAUser:
    """Hold rules in a class, as tests are held."""

    @staticmethod
    @lawful(check_calendar)
    def makes() -> BusinessCalendar:
        """Return nothing: there is no such zone."""
        return BusinessCalendar(zone="Europe/Berlim", hours=WeeklyHours.parse("Mo 09:00-12:00"))

    @lawful(check_calendar)
    def takes(self) -> BusinessCalendar:
        """Return nothing: there is no such zone."""
        return BusinessCalendar(zone="Europe/Berlim", hours=WeeklyHours.parse("Mo 09:00-12:00"))


@lawful(check_calendar)
def somewhere(zone: str, *_: str, name: str = "", **__: str) -> BusinessCalendar:
    """Return nothing if there is no such zone."""
    return BusinessCalendar(zone=zone, hours=WeeklyHours.parse("Mo 09:00-12:00"), name=name)


def test_example_runs_when_the_function_sits_in_a_class() -> None:
    """The class is imported; a dotted name cannot be."""
    with pytest.raises(LawBroken) as caught:
        TestOfAUser.makes()
    example = caught.value.example
    assert f"from {__name__} import TestOfAUser\n" in example
    with pytest.raises(LawBroken, match="Berlim"):
        exec(example, {})


def test_example_is_left_out_when_the_function_takes_arguments() -> None:
    """Nobody knows which were given: fixtures, drawn values, an object."""
    for fails in (TestOfAUser().takes, partial(somewhere, "Europe/Berlim")):
        with pytest.raises(LawBroken) as caught:
            fails()
        assert caught.value.example == ""


def test_example_is_left_out_when_the_function_has_no_name() -> None:
    """A partial is called, but not imported."""
    nameless = partial(BusinessCalendar, zone="Berlim", hours=WeeklyHours.parse(""))
    with pytest.raises(LawBroken) as caught:
        lawful(check_calendar)(nameless)()
    assert caught.value.example == ""


def test_example_is_left_out_when_the_function_cannot_be_imported() -> None:
    """A function within a function has no path."""

    @lawful(check_calendar)
    def inner() -> BusinessCalendar:
        return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 9-8-7"))

    with pytest.raises(LawBroken) as caught:
        inner()
    assert caught.value.example == ""
