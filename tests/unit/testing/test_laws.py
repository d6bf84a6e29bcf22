"""The shipped law checks: how they are called, what they say, and that they can fail."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours
from itsm_core.testing.laws import (
    CALENDAR_LAWS,
    LawBroken,
    Sample,
    calendar_law_violations,
    check_calendar_laws,
)

INSTANTS = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (27, 29, 30)]
OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))


def test_violations_are_empty_when_the_calendar_is_lawful() -> None:
    """A lawful calendar yields no sentence."""
    assert calendar_law_violations(OFFICE, Sample(instants=tuple(INSTANTS))) == ()


@pytest.mark.parametrize("calendar", [ALWAYS, NEVER, ~OFFICE], ids=["always", "never", "closed"])
def test_check_accepts_calendars_that_are_values_of_the_algebra(
    calendar: BusinessCalendar,
) -> None:
    """A calendar without open time breaks no law: it has no due dates (C8)."""
    check_calendar_laws(calendar, INSTANTS, others=[OFFICE])


def test_sample_keeps_instants_in_utc() -> None:
    """Instants of one zone compare by the wall clock; in UTC they compare by time."""
    local = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert Sample(instants=(local,)).instants == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC),)


def test_law_broken_names_calendar_and_violations() -> None:
    """The message lists every violation, and the error travels between processes."""
    error = LawBroken("calendar", ("first", "second"))
    assert "breaks 2 law(s)" in str(error)
    assert "second" in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


class _Rounded(BusinessCalendar):
    """A wrong calendar: it answers in whole hours."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        return timedelta(hours=super().between(start, end) // timedelta(hours=1))


def test_check_raises_with_every_law_that_a_rounding_calendar_breaks() -> None:
    """Rounding breaks additivity and the inverse, and both are said."""
    wrong = _Rounded(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    instants = [datetime(2026, 3, 30, 9, minute, tzinfo=UTC) for minute in (0, 40)]
    later = [*instants, datetime(2026, 3, 30, 10, 10, tzinfo=UTC)]
    with pytest.raises(LawBroken) as caught:
        check_calendar_laws(wrong, later, durations=[timedelta(minutes=50), timedelta(hours=1)])
    assert "between_is_additive" in str(caught.value)
    assert "add_inverts_between" in str(caught.value)


def test_laws_are_thirteen_and_each_has_its_sentence() -> None:
    """A law without a sentence could not be quoted."""
    assert len(CALENDAR_LAWS) == 13
    assert all(law.__doc__ for law in CALENDAR_LAWS)
