"""Who is on call on which day, as a public system's tests state it.

Every rotation of the field's cases is run. Where the source itself calls its answer wrong, the
right one stands beside it there; those are listed with the law.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from itsm_core.calendars import WeeklyHours
from itsm_core.rosters import Roster, Rotation, Unit
from tests.golden.field import ABSENT, Record, items, load, number, record, text

DELIBERATE = {
    "oncall-17": "E4: `every` counts slots; a rotation of two weeks leaves no second week empty",
    "oncall-21": "E4: the source records what it does, gaps and all, not what it should do",
}

UNITS: dict[str, Unit] = {"daily": "days", "weekly": "weeks", "monthly": "months"}
DAYS = {"MO": "Mo", "TU": "Tu", "WE": "We", "TH": "Th", "FR": "Fr", "SA": "Sa", "SU": "Su"}


def rotations() -> dict[str, Record]:
    """Return the cases about rotations; none where the field's data is absent."""
    loaded = load("cases.json")
    if loaded is None:
        return {}
    cases = [record(case) for case in items(record(loaded)["cases"])]
    return {text(case["id"]): case for case in cases if case["kind"] == "rotation"}


CASES = rotations()


def roster_of(case: Record) -> Roster:
    """Return the roster of a case: whole days in UTC, weeks from Monday on."""
    given = record(case["input"])
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = UNITS[text(given["frequency"])]
    restriction = None
    if given["days"] != "all":
        names = ",".join(DAYS[text(day)] for day in items(given["days"]))
        restriction = WeeklyHours.parse(f"{names} 00:00-24:00")
    return Roster(
        name=text(case["id"]),
        layers=(
            Rotation(
                name="shifts",
                people=[[next(letters) for _ in range(number(n))] for n in items(given["groups"])],
                zone=text(record(case["calendar"])["tz"]),
                start_on=text(given["start"]),
                hand_off=time(),
                unit=unit,
                every=number(given["interval"]),
                hand_off_day="Mo" if unit == "weeks" else "",
                restriction=restriction,
            ),
        ),
    )


def by_day(roster: Roster, first: date, days: int) -> dict[str, str]:
    """Return who is on call at noon of each day, days without anybody left out."""
    noons = [datetime.combine(first, time(12), UTC) + timedelta(days=n) for n in range(days)]
    shifts = {noon.date().isoformat(): roster.on_call(noon) for noon in noons}
    return {day: "".join(shift.people) for day, shift in shifts.items() if shift.people}


@pytest.mark.parametrize("name", sorted(CASES))
def test_rotation_is_the_published_one_when_its_case_is_run(name: str) -> None:
    """The law on slots outside a restriction is what these cases are about (E4)."""
    case = CASES[name]
    given = record(case["input"])
    first = date.fromisoformat(text(given["start"]))
    answers = record(case["expected"])["on_call"]
    if name in DELIBERATE:
        answers = record(case["quirk"])["engine_without_quirk"]
    found = by_day(roster_of(case), first, number(given["total_days"]))
    assert found == answers


def test_rotations_are_all_run_when_the_data_is_there() -> None:
    """Fifteen are published; the deliberate ones are those that their source calls wrong."""
    if not CASES:
        pytest.skip(ABSENT)
    assert len(CASES) == 15
    assert {name for name, case in CASES.items() if "quirk" in case} == set(DELIBERATE)
