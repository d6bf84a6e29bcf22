"""`check_calendar`: what it accepts, what it finds, what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    Boundary,
    BusinessCalendar,
    Calendar,
    PublicHolidays,
    WeeklyHours,
    YearlyDates,
)
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.spans import Span
from itsm_core.testing.laws import (
    CALENDAR_LAWS,
    CalendarCase,
    LawBroken,
    TimeFunctions,
    check_calendar,
)
from itsm_core.testing.laws._calendar import _ledger
from itsm_core.testing.laws._law import violations

INSTANTS = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (27, 29, 30)]
HOURS = WeeklyHours.parse("Mo-Fr 09:00-17:00")
OFFICE = BusinessCalendar(
    zone="Europe/Berlin",
    hours=HOURS,
    holidays=PublicHolidays("DE"),
    exceptions={date(2026, 12, 24): "09:00-12:00"},
    name="office",
)


class Rounded(BusinessCalendar):
    """A wrong calendar: it answers in whole hours."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Round."""
        return timedelta(hours=super().between(start, end) // timedelta(hours=1))


class Drifts(BusinessCalendar):
    """A wrong calendar: its next opening is a minute late."""

    def next_open(self, at: datetime) -> datetime:  # type: ignore[override]
        """Wait."""
        return super().next_open(at) + timedelta(minutes=1)


class Forgets(BusinessCalendar):
    """A wrong calendar: subtracting stops a second early."""

    def subtract(self, end: datetime, duration: timedelta) -> datetime:  # type: ignore[override]
        """Stop early."""
        return super().subtract(end, duration) + timedelta(seconds=1)


@pytest.mark.parametrize(
    "calendar",
    [OFFICE, ALWAYS, OFFICE & ALWAYS],
    ids=["office", "always", "intersection"],
)
def test_lawful_calendar_is_accepted(calendar: Calendar) -> None:
    """With instants of the caller's, and with those that are drawn."""
    check_calendar(calendar, instants=INSTANTS, max_examples=1)


def test_calendar_may_stay_closed_when_that_law_is_left_out() -> None:
    """A calendar without open time has no due dates (C8), and breaks no other law."""
    check_calendar(NEVER, max_examples=1, without={"Y2"})
    with pytest.raises(LawBroken, match="law Y2"):
        check_calendar(NEVER, max_examples=1)


def test_calendar_of_a_desk_opens() -> None:
    """Less than an hour a week is told with what there is."""
    once = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 3, 2): "09:00-17:00"}
    )
    with pytest.raises(LawBroken) as caught:
        check_calendar(once)
    assert caught.value.violations == ("in 2026 it is open for 9 minutes a week",)
    assert caught.value.story[1] == "No day of its week has hours."
    assert caught.value.ledger == ("2026: open for 8 hours, 0 holidays",)


def test_holidays_reach_into_every_year() -> None:
    """Public holidays and yearly dates do; a list of last year's does not."""
    check_calendar(OFFICE, years=range(2026, 2030), max_examples=1)
    old = BusinessCalendar(zone="UTC", hours=HOURS, holidays=[date(2025, 12, 25)])
    with pytest.raises(LawBroken, match="only in 2025 to 2025"):
        check_calendar(old)
    empty = BusinessCalendar(zone="UTC", hours=HOURS, holidays=YearlyDates(()))
    assert "in no year at all" in "".join(
        violations(CALENDAR_LAWS[1], CalendarCase(calendar=empty))
    )


@pytest.mark.parametrize(
    ("kind", "law"),
    [(Rounded, "C11"), (Drifts, "C6"), (Forgets, "C5")],
)
def test_wrong_calendar_is_found_by_its_law(kind: type[BusinessCalendar], law: str) -> None:
    """The class is named, the open time around the instants is shown, and code that runs."""
    with pytest.raises(LawBroken) as caught:
        check_calendar(kind(zone="Europe/Berlin", hours=HOURS), max_examples=30)
    error = caught.value
    assert error.law == law
    assert error.subject == f"calendar {kind.__name__} (Europe/Berlin)"
    assert "The time is asked for at" in error.story[0]
    assert f"import {kind.__name__}" in error.example


class Twisted:
    """Answer like a calendar, except for one question."""

    def __init__(self, question: str, answer: Callable[..., object]) -> None:
        self._question, self._answer = question, answer

    def __getattr__(self, name: str) -> object:
        return self._answer if name == self._question else getattr(ELAPSED, name)

    def __or__(self, other: Calendar) -> object:
        return self if self._question == "|" else ELAPSED | other

    def __sub__(self, other: Calendar) -> object:
        return self if self._question == "-" else ELAPSED - other

    def __invert__(self) -> Calendar:
        return ~ELAPSED


SATURDAY = datetime(2026, 3, 28, 12, tzinfo=UTC)
ELAPSED = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Su 09:00-17:00"))
HOUR = timedelta(hours=1)


def late(at: datetime, *_: object, **__: object) -> datetime:
    """Return an instant that has nothing to do with the question."""
    return at + 100 * HOUR


def early(at: datetime, *_: object, **__: object) -> datetime:
    """Return an instant before any that could be asked for."""
    return at - 100 * HOUR


def spans_of(*hours: tuple[int, int]) -> Callable[..., list[Span]]:
    """Return a function that gives these spans, in hours from SATURDAY on, whatever is asked."""
    spans = [Span(SATURDAY + first * HOUR, SATURDAY + last * HOUR) for first, last in hours]
    return lambda *_: spans


@pytest.mark.parametrize(
    ("question", "answer", "law", "said"),
    [
        ("is_open", lambda _: False, "edges_agree_with_between", "between says True"),
        ("next_open", late, "edges_agree_with_between", "open time lies before it"),
        ("next_open", early, "edges_agree_with_between", "is not between it and next_close"),
        ("next_close", late, "edges_agree_with_between", "is not open throughout"),
        ("next_close", lambda at: at + HOUR, "edges_agree_with_between", "not a closing instant"),
        ("spans", spans_of((0, 1)), "spans_sum_to_between", "sum to 1:00:00"),
        ("spans", spans_of((0, 1), (1, 2)), "spans_sum_to_between", "touch, overlap"),
        ("spans", spans_of((-9, 1)), "spans_sum_to_between", "reach outside"),
        ("add", late, "boundary_lands_in_open_time", "add alone is"),
        ("subtract", early, "subtract_mirrors_add", "subtract("),
        ("subtract", late, "subtract_mirrors_add", "is not the latest"),
        ("|", None, "always_is_elapsed_time", "not elapsed time"),
        ("-", None, "closing_a_day_is_never_earlier", ""),
    ],
)
def test_law_finds_a_wrong_answer_when_one_question_is_twisted(
    question: str, answer: Callable[..., object], law: str, said: str
) -> None:
    """Each law of calendars can fail; closing a day cannot be got wrong here."""
    case = CalendarCase(
        calendar=cast("Calendar", Twisted(question, answer)),
        instants=(SATURDAY, SATURDAY + 2 * HOUR, SATURDAY + 8 * HOUR),
        durations=(HOUR, 2 * HOUR),
    )
    (chosen,) = (each for each in CALENDAR_LAWS if each.name == law)
    found = violations(chosen, case)
    if said:
        assert [sentence for sentence in found if said in sentence]
    else:
        assert found == ()


def test_ledger_shows_the_calendar_that_functions_must_be_like() -> None:
    """Closed where it is closed; where its spans are many the rest is left out."""
    saturday = datetime(2026, 5, 30, 12, tzinfo=UTC)
    for days, said in ((0, "closed from"), (60, "...")):
        case = CalendarCase(
            calendar=TimeFunctions(between=wrong, zone="UTC"),
            instants=(saturday, saturday + timedelta(days=days, hours=1)),
            like=OFFICE - BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Fr 00:00-24:00")),
        )
        assert [line for line in _ledger(case) if line.startswith(said)]


def wrong(_start: datetime, _end: datetime) -> timedelta:
    """Be wrong."""
    return timedelta(days=400)


def test_elapsed_time_is_shown_when_there_is_no_calendar() -> None:
    """Functions alone know no hours."""

    def twice(start: datetime, end: datetime) -> timedelta:
        return 2 * (end - start)

    with pytest.raises(LawBroken) as caught:
        check_calendar(TimeFunctions(between=twice, zone="Europe/Berlin"))
    assert " elapse " in caught.value.ledger[0]
    assert "# yours_twice is yours" in caught.value.example


def test_unknown_law_is_refused() -> None:
    """What is left out must be there."""
    with pytest.raises(InvalidValue, match="no such law"):
        check_calendar(OFFICE, without={"C99"})


class Local(BusinessCalendar):
    """Answer in the zone of the calendar, as users read it."""

    def subtract(self, end: datetime, duration: timedelta) -> datetime:  # type: ignore[override]
        """Subtract."""
        return super().subtract(end, duration).astimezone(ZoneInfo(self.zone))

    def add(  # type: ignore[override]
        self, start: datetime, duration: timedelta, boundary: Boundary = "close"
    ) -> datetime:
        """Add."""
        return super().add(start, duration, boundary).astimezone(ZoneInfo(self.zone))


def test_answer_is_compared_by_time_when_its_hour_is_repeated() -> None:
    """PEP 495: a datetime of a repeated hour equals none that is written in another zone."""
    calendar = Local(zone="Europe/Berlin", hours=WeeklyHours.parse("24/7"))
    twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    case = CalendarCase(calendar=calendar, instants=(twice,), durations=(HOUR,))
    names = {"subtract_mirrors_add", "add_inverts_between"}
    laws = [law for law in CALENDAR_LAWS if law.name in names]
    assert [violations(law, case) for law in laws] == [(), ()]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"years": range(2026, 2026)}, "no year"),
        ({"durations": [-HOUR]}, "a duration is negative"),
    ],
)
def test_question_is_refused_when_it_asks_nothing(how: dict[str, object], said: str) -> None:
    """Before any law is tried, and not as a broken one."""
    with pytest.raises(InvalidValue, match=said):
        check_calendar(OFFICE, **how)  # type: ignore[arg-type]


def test_instant_is_refused_when_it_has_no_zone() -> None:
    """Law T1."""
    with pytest.raises(NaiveDatetime):
        check_calendar(OFFICE, instants=[SATURDAY.replace(tzinfo=None)])


def test_laws_have_numbers_and_sentences() -> None:
    """A law without a sentence could not be quoted."""
    assert len(CALENDAR_LAWS) == 16
    assert len({law.name for law in CALENDAR_LAWS}) == 16
    assert all(law.number and law.sentence for law in CALENDAR_LAWS)
