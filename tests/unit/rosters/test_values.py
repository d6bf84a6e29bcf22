"""Rotations, overrides, swaps, absences, responders: plain data in, refusals with every fault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours
from itsm_core.errors import DefinitionError
from itsm_core.rosters import Absence, Override, Responder, Rotation, Swap
from itsm_core.rosters._values import AbsenceKind, Unit

JANUARY: dict[str, Any] = {"start": "2026-01-01T00:00Z", "end": "2026-02-01T00:00Z"}


def rotation(**fields: Any) -> Rotation:  # pyright: ignore[reportExplicitAny, reportAny]
    """Return a rotation, with fields of one's own."""
    given: dict[str, Any] = {
        "name": "weeks",
        "people": ("ana", "ben"),
        "zone": "Europe/Berlin",
        "start_on": "2026-01-05",
    }
    return Rotation(**(given | fields))


def test_rotation_takes_plain_data_when_it_is_written_as_text() -> None:
    """A file of texts, numbers and lists needs no conversion by hand."""
    made = rotation(people=["ana", ["ben", "chi"]], hand_off="08:30", every=2, end_on="2026-03-01")
    assert made.people == (("ana",), ("ben", "chi"))
    assert (made.start_on, made.hand_off, made.every) == (date(2026, 1, 5), time(8, 30), (2,))
    assert made.end_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"name": ""}, "empty", "name"),
        ({"people": ()}, "no-people", "people"),
        ({"people": "ana"}, "wrong-type", "people"),
        ({"people": [[]]}, "no-people", "people[0]"),
        ({"people": [["ana", "ana"]]}, "twice", "people[0]"),
        ({"people": ["ana", 3]}, "wrong-type", "people[1]"),
        ({"people": ["ana"] * 1001}, "too-many", "people"),
        ({"zone": "Berlin"}, "unknown-zone", "zone"),
        ({"start_on": "monday"}, "not-a-date", "start_on"),
        ({"hand_off": "25:00"}, "not-a-time", "hand_off"),
        ({"unit": "fortnights"}, "unknown-name", "unit"),
        ({"every": 0}, "wrong-value", "every"),
        ({"every": (5, 0)}, "wrong-value", "every[1]"),
        ({"every": ()}, "wrong-type", "every"),
        ({"every": 1001}, "wrong-value", "every"),
        ({"hand_off_day": "Mon"}, "unknown-name", "hand_off_day"),
        ({"unit": "days", "hand_off_day": "Mo"}, "no-such-hand-off", "hand_off_day"),
        ({"end_on": "2026-01-05"}, "backward-span", "end_on"),
        ({"restriction": "Mo-Fr 08:00-18:00"}, "wrong-type", "restriction"),
    ],
)
def test_rotation_is_refused_when_a_field_cannot_be_meant(
    fields: dict[str, Any], code: str, where: str
) -> None:
    """Each mistake has its code and its place."""
    with pytest.raises(DefinitionError) as caught:
        rotation(**fields)
    assert (caught.value.faults[0].code, caught.value.faults[0].where) == (code, where)
    assert caught.value.faults[0].remedy


def test_rotation_tells_every_fault_when_several_fields_are_wrong() -> None:
    """One look shows all."""
    with pytest.raises(DefinitionError) as caught:
        rotation(name="", people=(), zone="Nowhere", unit="x", every=-1)
    assert {fault.where for fault in caught.value.faults} == {
        "name",
        "people",
        "zone",
        "unit",
        "every",
    }


def test_hours_are_in_the_rotations_zone_when_they_are_weekly() -> None:
    """Weekly hours mean the rotation's own wall clock, a calendar its own."""
    hours = WeeklyHours.parse("Mo-Fr 08:00-18:00")
    assert rotation(restriction=hours).hours == BusinessCalendar(zone="Europe/Berlin", hours=hours)
    assert rotation(restriction=ALWAYS).hours is ALWAYS
    assert rotation().hours is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "weeks: ana, ben; every week, Mo 09:00 Europe/Berlin, from 2026-01-05"),
        (
            {"unit": "days", "every": (5, 2), "end_on": "2026-02-01"},
            (
                "weeks: ana, ben; every 5 then 2 days, 09:00 Europe/Berlin, from 2026-01-05 "
                "until 2026-02-01"
            ),
        ),
        (
            {"unit": "months", "restriction": WeeklyHours.parse("Sa 10:00-12:00")},
            (
                "weeks: ana, ben; every month, day 1 09:00 Europe/Berlin, from 2026-01-05, "
                "only Sa 10:00-12:00"
            ),
        ),
    ],
)
def test_rotation_reads_as_words_when_it_is_printed(fields: dict[str, Any], words: str) -> None:
    """What was set up can be read aloud."""
    assert str(rotation(**fields)) == words


@pytest.mark.parametrize(
    ("name", "words"), [("office", "office UTC"), ("", "Mo-Fr 08:00-18:00 UTC")]
)
def test_rotation_tells_the_calendar_when_it_is_restricted_to_a_desks(
    name: str, words: str
) -> None:
    """By its name, or else by its hours."""
    hours = WeeklyHours.parse("Mo-Fr 08:00-18:00")
    desk = BusinessCalendar(zone="UTC", hours=hours, name=name)
    assert str(rotation(restriction=desk)).endswith(f"from 2026-01-05, only {words}")


def test_day_is_the_starts_when_none_is_given() -> None:
    """5 January 2026 is a Monday."""
    assert rotation().day == "Mo"
    assert rotation(hand_off_day="Th").day == "Th"


@pytest.mark.parametrize(
    ("kind", "fields", "code", "where"),
    [
        (Override, {"people": "ana", "end": "2025-01-01T00:00Z"}, "backward-span", "end"),
        (Override, {"people": "ana", "start": "2026-01-01T00:00"}, "naive-datetime", "start"),
        (Override, {"people": "ana", "start": "new year"}, "wrong-type", "start"),
        (Override, {"people": ("ana", "ana")}, "twice", "people"),
        (Override, {"people": "ana", "reason": 1}, "wrong-type", "reason"),
        (Swap, {"giver": "ana", "taker": "ana"}, "substitute-is-absent", "taker"),
        (Swap, {"giver": "", "taker": "ana"}, "empty", "giver"),
        (Swap, {"giver": "ana", "taker": " "}, "empty", "taker"),
        (Swap, {"giver": "ana", "taker": "ben", "reason": 1}, "wrong-type", "reason"),
        (Absence, {"person": ""}, "empty", "person"),
        (Absence, {"person": "ana", "substitute": 1}, "wrong-type", "substitute"),
        (
            Absence,
            {"person": "ana", "substitute": "ana"},
            "substitute-is-absent",
            "substitute",
        ),
        (Absence, {"person": "ana", "kind": "holiday"}, "unknown-name", "kind"),
        (Absence, {"person": "ana", "reason": 1}, "wrong-type", "reason"),
    ],
    ids=range(14),
)
def test_change_is_refused_when_it_cannot_be_meant(
    kind: Callable[..., object], fields: dict[str, Any], code: str, where: str
) -> None:
    """Spans run forward, instants have zones, nobody stands in for themselves."""
    with pytest.raises(DefinitionError, match=f"^{kind.__name__.lower()}: ") as caught:
        kind(**(JANUARY | fields))
    assert [(each.code, each.where) for each in caught.value.faults] == [(code, where)]


@pytest.mark.parametrize("kind", ["leave", "sickness", "other"])
def test_absence_is_of_every_kind_when_it_says_so(kind: AbsenceKind) -> None:
    """Leave unless told otherwise; whoever is named nowhere does not stand in."""
    assert Absence(person="ana", kind=kind, **JANUARY).kind == kind
    plain = Absence(person="ana", **JANUARY)
    assert (plain.kind, plain.substitute, plain.reason) == ("leave", "", "")
    assert str(plain) == "ana away until 2026-02-01T00:00:00+00:00 (leave)"


@pytest.mark.parametrize("unit", ["hours", "days", "weeks", "months"])
def test_rotation_is_by_every_unit_when_it_says_so(unit: Unit) -> None:
    """One of each."""
    assert f"every {unit[:-1]}," in str(rotation(unit=unit))


@pytest.mark.parametrize("day", ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"])
def test_week_begins_on_every_day_when_it_says_so(day: str) -> None:
    """By hand, or as the weekday of the start: 5 January 2026 is a Monday."""
    assert rotation(hand_off_day=day).day == day
    first = 5 + ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"].index(day)
    assert rotation(start_on=date(2026, 1, first)).day == day


def test_rotation_is_weekly_at_nine_when_nothing_else_is_said() -> None:
    """One week each, without an end and without a restriction."""
    plain = rotation()
    assert (plain.unit, plain.every, plain.hand_off) == ("weeks", (1,), time(9))
    assert (plain.hand_off_day, plain.end_on, plain.restriction) == ("", None, None)


def test_rotation_takes_a_thousand_people_and_a_thousand_slots_when_asked() -> None:
    """The last that is allowed."""
    names = [f"p{number}" for number in range(1000)]
    assert len(rotation(people=names, every=1000).people) == 1000


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"people": ()}, "()"),
        ({"people": [[]]}, "()"),
        ({"people": [["ana", "ana"]]}, "ana"),
        ({"people": ["ana"] * 1001}, "1001"),
        ({"end_on": "2026-01-05"}, "2026-01-05"),
        ({"unit": "days", "hand_off_day": "Mo"}, "Mo"),
    ],
    ids=range(6),
)
def test_fault_of_a_rotation_shows_its_value_when_told(fields: dict[str, Any], value: str) -> None:
    """What was written is what is shown, in one fault."""
    with pytest.raises(DefinitionError, match=r"^rotation 'weeks': ") as caught:
        rotation(**fields)
    assert [each.value for each in caught.value.faults] == [value]


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"person": ""}, "empty", "person"),
        ({"zone": "Berlin"}, "unknown-zone", "zone"),
        ({"quiet": "22-07"}, "wrong-type", "quiet"),
    ],
)
def test_responder_is_refused_when_it_cannot_be_meant(
    fields: dict[str, Any], code: str, where: str
) -> None:
    """Zones exist, quiet hours are weekly hours."""
    given: dict[str, Any] = {"person": "ana", "zone": "UTC", **fields}
    with pytest.raises(DefinitionError, match=f"^responder {given['person']!r}: ") as caught:
        Responder(**given)
    assert [(each.code, each.where) for each in caught.value.faults] == [(code, where)]


def test_override_may_name_nobody_when_that_is_on_purpose() -> None:
    """An empty crew is nobody, and says so."""
    assert str(Override(people=(), reason="Christmas", **JANUARY)) == "override: nobody (Christmas)"


def test_changes_read_as_words_when_they_are_printed() -> None:
    """The words are the reasons in the final schedule."""
    assert str(Swap(giver="ana", taker="ben", reason="dentist", **JANUARY)) == (
        "swap: ben for ana (dentist)"
    )
    assert str(Absence(person="ana", substitute="ben", kind="sickness", **JANUARY)) == (
        "ana away until 2026-02-01T00:00:00+00:00 (sickness), ben instead"
    )


def test_span_is_in_utc_when_it_is_read_back() -> None:
    """Instants are kept as microseconds and shown in UTC."""
    swap = Swap(giver="ana", taker="ben", start="2026-01-01T01:00+01:00", end="2026-01-02T00:00Z")
    assert swap.start_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert swap.end_at == datetime(2026, 1, 2, tzinfo=UTC)
