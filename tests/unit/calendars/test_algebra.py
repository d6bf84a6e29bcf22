"""Calendars out of calendars (law C7)."""

from __future__ import annotations

import copy
import pickle
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import and_, or_, sub

import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    Combination,
    WeeklyHours,
    calendar_from_json,
)
from itsm_core.errors import CalendarExhausted, InvalidValue

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = timedelta(days=7)


def desk(zone: str, hours: str, **more: object) -> BusinessCalendar:
    """Return a desk."""
    return BusinessCalendar(zone=zone, hours=WeeklyHours.parse(hours), **more)  # type: ignore[arg-type]


BERLIN = desk("Europe/Berlin", "Mo-Fr 09:00-17:00")  # 08:00-16:00 UTC in winter
TOKYO = desk("Asia/Tokyo", "Mo-Fr 09:00-17:00")  # 00:00-08:00 UTC
NEW_YORK = desk("America/New_York", "Mo-Fr 09:00-17:00")  # 14:00-22:00 UTC in winter


@pytest.mark.parametrize(
    ("calendar", "hours"),
    [
        (BERLIN | TOKYO, 80),
        (BERLIN | NEW_YORK, 70),
        (BERLIN | TOKYO | NEW_YORK, 110),
        (BERLIN & TOKYO, 0),
        (BERLIN & NEW_YORK, 10),
        (BERLIN - NEW_YORK, 30),
        (NEW_YORK - BERLIN, 30),
        (~BERLIN, 128),
        (~~BERLIN, 40),
        (BERLIN & ALWAYS, 40),
        (BERLIN | NEVER, 40),
        (BERLIN - BERLIN, 0),
        (BERLIN | ~BERLIN, 168),
        (ALWAYS, 168),
        (NEVER, 0),
        (~NEVER, 168),
    ],
)
def test_week_has_the_hours_that_the_operation_gives(calendar: Calendar, hours: int) -> None:
    """Counted by hand in UTC: Berlin 08-16, Tokyo 00-08, New York 14-22 in January."""
    assert calendar.between(MONDAY, MONDAY + WEEK) == hours * HOUR


def test_follow_the_sun_is_one_span_where_desks_hand_over() -> None:
    """Tokyo closes at 08:00 UTC, when Berlin opens: no gap and no double counting."""
    spans = list((BERLIN | TOKYO).spans(MONDAY, MONDAY + timedelta(days=1)))
    assert [(span.start, span.end) for span in spans] == [(MONDAY, MONDAY + 16 * HOUR)]


def test_difference_takes_a_lunch_break_out() -> None:
    """C7: a difference is a calendar like any other."""
    lunch = desk("Europe/Berlin", "Mo-Fr 12:00-13:00")
    assert (BERLIN - lunch).add(MONDAY + 10 * HOUR, 2 * HOUR) == MONDAY + 13 * HOUR


def test_never_has_no_opening_and_always_no_closing() -> None:
    """C8: both searches end with a typed error."""
    with pytest.raises(CalendarExhausted, match="calendar NEVER has no such open time"):
        NEVER.next_open(MONDAY)
    with pytest.raises(CalendarExhausted, match="next_close: calendar ALWAYS"):
        ALWAYS.next_close(MONDAY)
    with pytest.raises(CalendarExhausted):
        NEVER.previous_close(MONDAY)
    with pytest.raises(CalendarExhausted):
        NEVER.add(MONDAY, HOUR)
    assert NEVER.check()[0].code == "never-open"
    assert ALWAYS.check() == ()


def test_constants_add_elapsed_time_or_nothing() -> None:
    """ALWAYS is the stop-watch."""
    assert ALWAYS.add(MONDAY, 1000 * HOUR) == MONDAY + 1000 * HOUR
    assert ALWAYS.is_open(MONDAY)
    assert not NEVER.is_open(MONDAY)
    assert NEVER.add(MONDAY, timedelta(0)) == MONDAY


@pytest.mark.parametrize(
    ("calendar", "zone"),
    [
        (ALWAYS, "UTC"),
        (BERLIN | TOKYO, "Europe/Berlin"),
        (~TOKYO, "Asia/Tokyo"),
        (NEVER | TOKYO, "Asia/Tokyo"),
        (ALWAYS - NEVER, "UTC"),
    ],
)
def test_zone_is_the_left_one_unless_that_is_a_constant(calendar: Calendar, zone: str) -> None:
    """Goals in working days need local days; a constant has none of its own."""
    assert calendar.zone == zone


def test_working_day_of_a_combination_has_open_time() -> None:
    """2026-01-10 is a Saturday."""
    assert (BERLIN | TOKYO).is_working_day(date(2026, 1, 9))
    assert not (BERLIN | TOKYO).is_working_day(date(2026, 1, 11))
    assert not (BERLIN & TOKYO).is_working_day(date(2026, 1, 9))


@pytest.mark.parametrize("operation", [or_, and_, sub])
@pytest.mark.parametrize("other", [None, 5, "24/7"])
def test_operator_is_refused_when_the_other_is_no_calendar(
    operation: Callable[[object, object], object], other: object
) -> None:
    """Python's own error for operands that do not fit."""
    with pytest.raises(TypeError, match="unsupported operand"):
        operation(BERLIN, other)


def test_combination_refuses_an_unknown_operation() -> None:
    """The remedy lists the three."""
    with pytest.raises(InvalidValue, match="use union, intersection, difference"):
        Combination("xor", BERLIN, TOKYO)


@pytest.mark.parametrize(
    "calendar",
    [
        ALWAYS,
        NEVER,
        BERLIN | TOKYO,
        BERLIN - TOKYO,
        ~BERLIN,
        ~(BERLIN & TOKYO),
        (BERLIN | TOKYO) & ~NEW_YORK,
        BERLIN - (TOKYO - NEW_YORK),
    ],
)
def test_calendar_is_a_value(calendar: Calendar) -> None:
    """Its repr evaluates; copies and pickles are equal, hash alike and answer alike."""
    names = {"BusinessCalendar": BusinessCalendar, "WeeklyHours": WeeklyHours}
    copies = (
        eval(repr(calendar), names | {"ALWAYS": ALWAYS, "NEVER": NEVER}),
        copy.copy(calendar),
        copy.deepcopy(calendar),
        pickle.loads(pickle.dumps(calendar)),
    )
    for each in copies:
        assert each == calendar
        assert hash(each) == hash(calendar)
        assert each.content_hash == calendar.content_hash
        assert each.between(MONDAY, MONDAY + WEEK) == calendar.between(MONDAY, MONDAY + WEEK)


def test_equality_is_that_of_the_definition() -> None:
    """`a | b` and `b | a` hold the same instants, and are two definitions."""
    assert BERLIN | TOKYO == BERLIN | TOKYO
    assert BERLIN | TOKYO != TOKYO | BERLIN
    assert ALWAYS != NEVER
    assert (BERLIN | TOKYO).content_hash != (BERLIN & TOKYO).content_hash


class TestManyParts:
    """Loops over desks: one operation has any number of parts."""

    def test_parts_of_one_operation_are_one_list(self) -> None:
        """However they are bracketed; what a difference takes out stays together."""
        assert (BERLIN | TOKYO) | NEW_YORK == BERLIN | (TOKYO | NEW_YORK)
        assert (BERLIN & TOKYO) & NEW_YORK == BERLIN & (TOKYO & NEW_YORK)
        assert (BERLIN - TOKYO - NEW_YORK).parts == (BERLIN, TOKYO, NEW_YORK)
        assert BERLIN - (TOKYO - NEW_YORK) != BERLIN - TOKYO - NEW_YORK
        assert repr(BERLIN | TOKYO | NEW_YORK) == f"{BERLIN!r} | {TOKYO!r} | {NEW_YORK!r}"
        assert repr(ALWAYS - BERLIN) == f"~{BERLIN!r}"
        assert repr(ALWAYS - BERLIN - TOKYO) == f"~{BERLIN!r} - {TOKYO!r}"
        assert repr(ALWAYS - BERLIN - TOKYO - NEW_YORK) == (
            f"~{BERLIN!r} - {TOKYO!r} - {NEW_YORK!r}"
        )
        assert repr((ALWAYS - BERLIN - TOKYO) | NEW_YORK) == (
            f"(~{BERLIN!r} - {TOKYO!r}) | {NEW_YORK!r}"
        )
        assert repr(~BERLIN | (TOKYO & NEW_YORK)) == f"~{BERLIN!r} | ({TOKYO!r} & {NEW_YORK!r})"

    @pytest.mark.parametrize("operation", [or_, and_, sub])
    def test_chain_of_hundreds_is_a_value(
        self, operation: Callable[[Calendar, Calendar], Calendar]
    ) -> None:
        """Longer than Python's stack is deep: compared, hashed, shown, written, read, copied."""
        desks: list[Calendar] = [BERLIN, NEW_YORK]
        chain = reduce(operation, desks * 600)
        again = calendar_from_json(chain.to_json())
        assert again == chain == copy.deepcopy(chain) == pickle.loads(pickle.dumps(chain))
        assert hash(again) == hash(chain)
        assert len(repr(chain)) > 1200
        short = reduce(operation, [*desks, BERLIN])
        assert chain.between(MONDAY, MONDAY + WEEK) == short.between(MONDAY, MONDAY + WEEK)

    def test_complements_are_refused_when_nested_too_deep(self) -> None:
        """A typed error that says how to write it flat, and no RecursionError."""
        deep: Calendar = BERLIN
        for _ in range(50):
            deep = ~deep
        assert deep.between(MONDAY, MONDAY + WEEK) == 40 * HOUR
        assert calendar_from_json(deep.to_json()) == copy.deepcopy(deep) == deep
        with pytest.raises(InvalidValue, match=r"nested too deep: 51; nest at most 50 deep: join"):
            ~deep

    def test_doubling_is_refused_before_it_costs_anything(self) -> None:
        """Thirty levels that use the level below twice would be a thousand million calendars."""

        def doubled(calendar: Calendar, _: int) -> Calendar:
            return (calendar | TOKYO) & (calendar | NEW_YORK)

        start: Calendar = BERLIN

        with pytest.raises(InvalidValue, match="too many calendars joined"):
            reduce(doubled, range(30), start)

    def test_ten_thousand_calendars_may_be_joined_and_not_one_more(self) -> None:
        """Counted where they stand, however they are nested."""
        most = Combination(
            "union", *[BERLIN] * 5_000, Combination("intersection", *[TOKYO] * 5_000)
        )
        assert len(most.parts) == 5_001
        with pytest.raises(InvalidValue, match="too many calendars joined: 10001"):
            most | NEW_YORK

    @pytest.mark.parametrize(
        ("operation", "parts", "message"),
        [
            ("union", (), "union joins two calendars or more"),
            ("union", (BERLIN,), "union joins two calendars or more"),
            ("union", (BERLIN, None), "not a calendar: None"),
            (["union"], (BERLIN, TOKYO), "unknown operation on calendars"),
        ],
    )
    def test_combination_is_refused_when_its_parts_are_wrong(
        self, operation: str, parts: tuple[Calendar, ...], message: str
    ) -> None:
        """Whoever builds it without an operator gets a typed error too."""
        with pytest.raises(InvalidValue, match=message):
            Combination(operation, *parts)


def test_many_calendars_are_joined_in_no_time() -> None:
    """The cost of a union grows with its parts, not with two to the power of them."""
    parts = [desk("UTC", f"Mo {hour:02}:00-{hour:02}:30") for hour in range(24)]
    began = time.process_time()
    joined = reduce(or_, parts)
    assert joined.between(MONDAY, MONDAY + WEEK) == 12 * HOUR
    assert time.process_time() - began < 2


class TestHolidaysWithin:
    """Ledgers name holidays, also those of a part."""

    HOLIDAY = desk("UTC", "Mo-Fr 09:00-17:00", holidays=[date(2026, 1, 6)])
    TUESDAY = MONDAY + timedelta(days=1)

    def kinds(self, calendar: Calendar) -> list[str]:
        """Return the labels of Tuesday, a holiday for some."""
        low = int(self.TUESDAY.timestamp()) * 1_000_000
        return [kind for _, _, kind in calendar.segments(low, low + 86_400_000_000)]

    @pytest.mark.parametrize(
        ("calendar", "expected"),
        [
            (HOLIDAY, ["closed", "holiday", "closed"]),
            (HOLIDAY & ALWAYS, ["closed", "holiday", "closed"]),
            (NEVER | HOLIDAY, ["closed", "holiday", "closed"]),
            (HOLIDAY - NEVER, ["closed", "holiday", "closed"]),
            (HOLIDAY | BERLIN, ["closed", "open", "holiday", "closed"]),
            # what is taken out is no holiday of ours
            (ALWAYS - HOLIDAY, ["open"]),
            (desk("UTC", "24/7", holidays=[date(2026, 1, 6)]) - HOLIDAY, ["holiday"]),
            (BERLIN & ALWAYS, ["closed", "open", "closed"]),
        ],
    )
    def test_closed_time_is_a_holiday_where_only_a_holiday_closes(
        self, calendar: Calendar, expected: list[str]
    ) -> None:
        """Without the holiday, would it be open?"""
        assert self.kinds(calendar) == expected
