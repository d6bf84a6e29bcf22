"""Calendars back to tables."""

from __future__ import annotations

import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, CalendarTimeline, WeeklyHours
from itsm_core.errors import InvalidValue
from itsm_core.policy._calendars_to_forms import CalendarNames
from itsm_core.policy._converter import unstructured

A = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
B = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Sa 09:00-12:00"))
C = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 12:00-13:00"))
NAMES = CalendarNames({"a": A, "b": B, "c": C})


@pytest.mark.parametrize(
    ("calendar", "table"),
    [
        (A | B, {"any_of": ["a", "b"]}),
        (A & B & C, {"all_of": ["a", "b", "c"]}),
        (A - C, {"any_of": ["a"], "minus": ["c"]}),
        ((A | B) - C, {"any_of": ["a", "b"], "minus": ["c"]}),
        (~A, {"not": "a"}),
        (CalendarTimeline([(None, A)]), {"versions": [{"calendar": "a"}]}),
        (A, {"zone": "UTC", "hours": "Mo-Fr 09:00-17:00"}),
    ],
)
def test_calendar_is_made_of_names_when_written(calendar: object, table: dict[str, object]) -> None:
    """What it is made of stands there by its name."""
    assert unstructured(NAMES.form("z", calendar)) == table  # type: ignore[arg-type]


def test_calendar_is_refused_when_a_part_has_no_name() -> None:
    """What has no name above it cannot be referred to."""
    with pytest.raises(InvalidValue, match="without a name"):
        CalendarNames({"a": A}).form("z", A | B)
    with pytest.raises(InvalidValue, match="without a name"):
        CalendarNames({"z": A | B, "a": A, "b": B}).form("z", A | B)
    assert CalendarNames({"always": ALWAYS}).name(ALWAYS) == "always"
