"""The expected results that public ITSM systems state in their tests and documents.

Every case that concerns business time is run; one whose answer we give differently on purpose
stands in `DELIBERATE` with the law as its reason, and a test shows what we answer instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Literal
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import (
    BusinessCalendar,
    Calendar,
    WeeklyHours,
    WorkingDays,
    resolve_local,
)
from itsm_core.errors import CalendarExhausted, DefinitionError
from tests.golden.field import (
    ABSENT,
    Record,
    calendar_of,
    instant,
    items,
    load,
    number,
    one_day,
    pairs,
    record,
    seconds,
    text,
)

DELIBERATE = {
    "zammad-err-01": "C1: 09:00-00:00 is legal, it runs to midnight (24:00 is the same end)",
    "zammad-err-02": "C8: hours may be empty (exceptions can open days); asking raises instead",
    "biz-02": "C5: from a later instant to an earlier one is negative, not nothing",
    "glpi-cal-08": "C5: the same",
    "biz-27": "C2: 02:30-03:15 in a gap is 03:00-03:15; by the gap's length it would vanish",
}

LATER_KINDS = {
    "behaviour": "sequences of events belong to lifecycle and clocks",
    "rotation": "rosters",
    "priority": "the priority matrix has its own golden test",
}

ZERO = timedelta(0)
FAR = timedelta(days=3660)


def _cases() -> list[Record]:
    data = load("cases.json")
    return [] if data is None else [record(case) for case in items(record(data)["cases"])]


CASES = _cases()


def params(*kinds: str) -> list[object]:
    """Return the cases of some kinds, without those that differ on purpose."""
    chosen: list[object] = [
        pytest.param(case, id=text(case["id"]))
        for case in CASES
        if case["kind"] in kinds and case["id"] not in DELIBERATE
    ]
    skipped = pytest.param({}, id="absent", marks=pytest.mark.skip(reason=ABSENT))
    return chosen or [skipped]


def parts(case: Record) -> tuple[Calendar, Record, Record]:
    """Return the calendar, the input, and what a correct engine must answer."""
    return calendar_of(record(case["calendar"])), record(case["input"]), record(case["expected"])


def without_quirk(case: Record, key: str) -> object:
    """Return the expectation, corrected where the source's own is marked wrong."""
    if "quirk" in case:
        return record(case["quirk"])["engine_without_quirk"]
    return record(case["expected"])[key]


def boundary_of(case: Record) -> Literal["close", "next_open"]:
    """Return the convention that the case's system follows; ours where it does not matter.

    A goal of nothing outside hours is the same question: law C5 leaves the start where it is,
    biz goes on to the next opening.
    """
    empty = record(case["input"])["goal_seconds"] == 0
    return "next_open" if empty or case.get("boundary") == "next_open" else "close"


def paused_time(
    calendar: Calendar, pauses: Iterable[tuple[datetime, datetime]], start: datetime, end: datetime
) -> timedelta:
    """Return the open time of the pauses inside `[start, end)`; they are disjoint and in order."""
    inside = [(max(a, start), min(b, end)) for a, b in pauses]
    return sum((calendar.between(a, b) for a, b in inside if a < b), ZERO)


def due_with_pauses(
    calendar: Calendar,
    start: datetime,
    goal: timedelta,
    pauses: Iterable[tuple[datetime, datetime]],
    boundary: Literal["close", "next_open"],
) -> datetime:
    """Return when the goal is used up if no time runs inside the pauses."""
    at, rest = start, goal
    for paused, resumed in pauses:
        available = calendar.between(at, max(at, paused))
        if available >= rest:
            break
        at, rest = max(at, resumed), rest - available
    return calendar.add(at, rest, boundary=boundary)


@pytest.mark.parametrize("case", params("due"))
def test_due_date_equals_the_published_one(case: Record) -> None:
    """Start plus goal, pauses left out, gives the published due date (C5)."""
    calendar, given, _ = parts(case)
    due = due_with_pauses(
        calendar,
        instant(given["start"]),
        seconds(given["goal_seconds"]),
        pairs(given.get("pauses")),
        boundary_of(case),
    )
    assert due == datetime.fromisoformat(str(without_quirk(case, "due")))


@pytest.mark.parametrize("case", params("elapsed"))
def test_elapsed_time_equals_the_published_one(case: Record) -> None:
    """Open time between two instants, pauses left out, is the published number of seconds (C5)."""
    calendar, given, expected = parts(case)
    pauses = pairs(given.get("pauses"))
    if "pause_business_seconds" in expected:
        total = sum((calendar.between(a, b) for a, b in pauses), ZERO)
        assert total == seconds(expected["pause_business_seconds"])
        return
    start, end = instant(given["start"]), instant(given["end"])
    elapsed = calendar.between(start, end) - paused_time(calendar, pauses, start, end)
    assert elapsed == seconds(expected["elapsed_seconds"])


@pytest.mark.parametrize("case", params("two_clocks"))
@pytest.mark.parametrize(
    ("clock", "stop"), [("intervention", "assigned"), ("resolution", "resolved")]
)
def test_two_clocks_equal_the_published_ones(case: Record, clock: str, stop: str) -> None:
    """Elapsed time and breach of both clocks, a breach being more elapsed than the goal (C5).

    Stops outside hours with the goal exactly used up (rows 24 and 25 of the source) are in time
    by this measure; whether they are by the due instant is for the clock to say (S4).
    """
    calendar, given, expected = parts(case)
    if f"{clock}_elapsed_s" not in expected:
        assert clock == "resolution", "only the resolution clock may be left out"
        return
    created, stopped = instant(given["created"]), instant(given[stop])
    elapsed = calendar.between(created, stopped)
    assert elapsed == seconds(expected[f"{clock}_elapsed_s"])
    assert (elapsed > seconds(expected[f"{clock}_goal_s"])) is expected[f"{clock}_breached"]


@pytest.mark.parametrize("case", params("subtract"))
def test_subtract_equals_the_published_instant(case: Record) -> None:
    """Walking back lands where the source says; its zero step goes back to closing time (C5)."""
    calendar, given, expected = parts(case)
    boundary: Literal["close", "next_open"] = "close" if number(given["seconds"]) else "next_open"
    begun = calendar.subtract(instant(given["end"]), seconds(given["seconds"]), boundary=boundary)
    assert begun == instant(expected["instant"])


def days_goal(given: Record) -> WorkingDays:
    """Return the goal of N working days as the case words it."""
    return WorkingDays(
        days=number(given["days"]),
        at="end_of_day" if given.get("end_of_working_day") else "same_time",
        snap=given.get("snap", "none") != "none",
    )


@pytest.mark.parametrize("case", params("add_working_days"))
def test_working_days_end_on_the_published_instant(case: Record) -> None:
    """N working days keep the wall time or end at closing (C9)."""
    calendar, given, expected = parts(case)
    assert calendar.due(instant(given["start"]), days_goal(given)) == instant(expected["instant"])


@pytest.mark.parametrize("case", params("day_goal_with_pauses"))
def test_day_goal_with_pauses_ends_on_the_published_instant(case: Record) -> None:
    """The working time of the pauses is appended to a goal in days (C9)."""
    calendar, given, expected = parts(case)
    pauses = sum((calendar.between(a, b) for a, b in pairs(given["pauses"])), ZERO)
    if "pause_business_seconds" in expected:
        assert pauses == seconds(expected["pause_business_seconds"])
    due = calendar.add(calendar.due(instant(given["start"]), days_goal(given)), pauses)
    assert due == instant(expected["due"])


@pytest.mark.parametrize("case", params("offset_from_due"))
def test_offset_from_due_equals_the_published_instant(case: Record) -> None:
    """An escalation level lies so much working time before or after the due date (C5)."""
    calendar, given, expected = parts(case)
    due, offset = instant(given["due"]), seconds(given["offset_business_seconds"])
    at = calendar.add(due, offset) if offset >= ZERO else calendar.subtract(due, -offset)
    assert at == instant(expected["instant"])


@pytest.mark.parametrize("case", params("clock_start"))
def test_clock_starts_at_the_published_instant(case: Record) -> None:
    """A clock starts at once inside hours, else at the next opening (C6)."""
    calendar, given, expected = parts(case)
    assert calendar.next_open(instant(given["created"])) == instant(expected["start"])


def first_spans(calendar: Calendar, start: datetime, count: int) -> list[tuple[datetime, datetime]]:
    """Return the first open spans from `start`; `spans` is lazy, so the far end costs nothing."""
    return [(span.start, span.end) for span in islice(calendar.spans(start, start + FAR), count)]


@pytest.mark.parametrize("case", params("segments"))
def test_spans_equal_the_published_segments(case: Record) -> None:
    """The next open spans, with date-specific hours and breaks (C3, C6)."""
    calendar, given, expected = parts(case)
    found = first_spans(calendar, instant(given["from"]), number(given["count"]))
    assert found == pairs(expected["segments"])


@pytest.mark.parametrize("case", params("intersection"))
def test_intersection_equals_the_published_segments(case: Record) -> None:
    """What two schedules have in common, each read in its own zone (C7)."""
    calendar, given, _ = parts(case)
    common = calendar & calendar_of(record(given["other"]))
    segments = without_quirk(case, "segments")
    assert isinstance(segments, list)
    expected = pairs(segments)
    assert first_spans(common, instant(given["from"]), len(expected)) == expected


@pytest.mark.parametrize("case", params("resolve_local"))
def test_wall_time_resolves_to_the_published_instant(case: Record) -> None:
    """A wall time that is skipped or repeated becomes the published instant (RFC 5545)."""
    _, given, expected = parts(case)
    zone = text(record(case["calendar"])["tz"])
    day = date.fromisoformat(text(given["date"]))
    found = resolve_local(day, text(given["time"]), zone)
    assert found.astimezone(UTC) == instant(expected["instant"])


@pytest.mark.parametrize("case", params("clamp"))
def test_window_is_clamped_to_the_life_of_the_ticket(case: Record) -> None:
    """A window wider than the ticket counts only its life."""
    calendar, given, expected = parts(case)
    window = items(given["window"])
    start = max(instant(given["created"]), instant(window[0]))
    end = min(instant(given["closed"]), instant(window[1]))
    paused = paused_time(calendar, pairs(given["pauses"]), start, end)
    assert calendar.between(start, end) - paused == seconds(expected["elapsed_seconds"])


@pytest.mark.parametrize("case", params("split_by_local_day"))
def test_span_splits_at_local_midnights(case: Record) -> None:
    """Intersecting with one local day at a time cuts a span at local midnights (C7)."""
    _, given, expected = parts(case)
    name = text(record(case["calendar"])["tz"])
    zone, start, end = ZoneInfo(name), instant(given["from"]), instant(given["to"])
    found = []
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        for span in one_day(name, day).spans(start, end):
            closes = span.end.astimezone(zone)
            shown = "24:00" if closes.date() > day else f"{closes:%H:%M}"
            found.append([day.isoformat(), f"{span.start.astimezone(zone):%H:%M}", shown])
        day += timedelta(days=1)
    assert found == expected["per_day"]


@pytest.mark.parametrize("case", params("misconfiguration"))
def test_calendar_that_never_opens_refuses_instead_of_counting_the_wall_clock(case: Record) -> None:
    """Where the source falls back to 24x7 in silence, ours says that it never opens (C8)."""
    calendar, given, _ = parts(case)
    with pytest.raises(CalendarExhausted):
        calendar.add(instant(given["start"]), seconds(given["goal_seconds"]))


@pytest.mark.parametrize("case", params("error"))
def test_unknown_weekday_is_refused(case: Record) -> None:
    """An eighth weekday is refused at construction, as the source warns (C1)."""
    assert record(case["input"]) == {"weekday": 7}
    with pytest.raises(DefinitionError):
        WeeklyHours.parse("Xx 09:00-17:00")


def test_difference_zammad_err_01_end_at_midnight_is_legal() -> None:
    """09:00-00:00 is fifteen hours, by law C1, where Zammad refuses it."""
    calendar = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo 09:00-00:00"))
    monday = datetime(2026, 1, 5, tzinfo=ZoneInfo("Europe/Berlin"))
    assert calendar.between(monday, monday + timedelta(days=1)) == timedelta(hours=15)


def test_difference_zammad_err_02_empty_hours_raise_when_asked() -> None:
    """Empty hours are reported by check() and refused on the first question, by law C8."""
    calendar = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse(""))
    assert calendar.check()
    with pytest.raises(CalendarExhausted):
        calendar.next_open(datetime(2026, 1, 5, tzinfo=UTC))


def test_opening_in_a_gap_moves_to_its_end_unlike_a_single_wall_time() -> None:
    """Hours from 02:30 on the spring day in Los Angeles open at 03:00 PDT by law C2."""
    zone, day = "America/Los_Angeles", date(2014, 3, 9)
    early = BusinessCalendar(
        zone=zone, hours=WeeklyHours.parse(""), exceptions={day: "02:30-09:00"}
    )
    found = early.next_open(datetime(2014, 3, 9, 0, tzinfo=UTC))
    assert found == datetime(2014, 3, 9, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(("case_id", "hours"), [("biz-02", 39.5), ("glpi-cal-08", 60)])
def test_difference_reversed_ends_count_backwards(case_id: str, hours: float) -> None:
    """The week from its end to its start is minus its open hours by law C5; the sources say 0."""
    found = [case for case in CASES if case["id"] == case_id]
    if not found:
        pytest.skip(ABSENT)
    calendar, given, _ = parts(found[0])
    elapsed = calendar.between(instant(given["start"]), instant(given["end"]))
    assert elapsed == timedelta(hours=-hours)


def test_difference_biz_27_interval_out_of_a_gap_keeps_its_rest() -> None:
    """02:30-03:15 on the spring day in Los Angeles is 03:00-03:15 PDT by law C2; biz drops it."""
    calendar = BusinessCalendar(
        zone="America/Los_Angeles", hours=WeeklyHours.parse("Su 02:30-03:15; Mo 09:00-17:00")
    )
    assert first_spans(calendar, datetime(2006, 4, 2, 8, tzinfo=UTC), 1) == [
        (datetime(2006, 4, 2, 10, tzinfo=UTC), datetime(2006, 4, 2, 10, 15, tzinfo=UTC))
    ]


def test_every_case_is_run_or_accounted_for() -> None:
    """No case of the file is left out in silence."""
    if not CASES:
        pytest.skip(ABSENT)
    tests: list[Callable[..., object]] = [
        value for name, value in globals().items() if name.startswith("test_") and callable(value)
    ]
    run = {
        text(param.values[0]["id"])
        for test in tests
        for mark in getattr(test, "pytestmark", [])
        if mark.args[0] == "case"
        for param in mark.args[1]
    }
    left = {text(case["id"]) for case in CASES if case["kind"] not in LATER_KINDS}
    assert left - run - set(DELIBERATE) == set()
    assert set(DELIBERATE) <= left
