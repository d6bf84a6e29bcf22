"""The oracle against values worked out by hand, because nothing else checks it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.testing.oracle import HolidayScope, LocalInterval, MinuteOracle, OutsideWindow


def oracle(
    zone: str,
    interval: LocalInterval,
    around: datetime,
    *,
    holidays: tuple[date, ...] = (),
    exceptions: dict[date, list[LocalInterval]] | None = None,
    scope: HolidayScope = "civil_day",
) -> MinuteOracle:
    """Return an oracle with one interval every day, ten days each side of `around`."""
    return MinuteOracle(
        zone=zone,
        weekly={day: [interval] for day in range(7)},
        holidays=frozenset(holidays),
        exceptions=exceptions or {},
        holiday_scope=scope,
        start=around - timedelta(days=10),
        end=around + timedelta(days=10),
    )


def opened(subject: MinuteOracle, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Return the spans as short texts in UTC."""
    return [
        (span.start.strftime("%d %H:%M"), span.end.strftime("%d %H:%M"))
        for span in subject.spans(start, end)
    ]


SPRING = datetime(2026, 3, 29, tzinfo=UTC)  # Berlin: 02:00 becomes 03:00 at 01:00 UTC
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)  # Berlin: 03:00 becomes 02:00 at 01:00 UTC
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((150, 300), [("29 01:00", "29 03:00")]),
        ((60, 150), [("29 00:00", "29 01:00")]),
        ((130, 170), []),
        ((0, 1440), [("29 00:00", "29 22:00")]),
    ],
)
def test_oracle_moves_a_boundary_to_the_end_of_the_gap(
    interval: LocalInterval, expected: list[tuple[str, str]]
) -> None:
    """A boundary that the spring clock skips moves to the end of the gap (law C2)."""
    subject = oracle("Europe/Berlin", interval, SPRING)
    assert opened(subject, SPRING, SPRING + timedelta(hours=22)) == expected


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((150, 300), [("25 00:30", "25 04:00")]),
        ((60, 150), [("24 23:00", "25 01:30")]),
        ((60, 120), [("24 23:00", "25 01:00")]),
        ((120, 180), [("25 00:00", "25 02:00")]),
        ((130, 170), [("25 00:10", "25 01:50")]),
    ],
)
def test_oracle_takes_first_start_and_last_end_when_the_hour_repeats(
    interval: LocalInterval, expected: list[tuple[str, str]]
) -> None:
    """Of an ambiguous start the first occurrence holds, of an ambiguous end the last (law C2)."""
    subject = oracle("Europe/Berlin", interval, AUTUMN)
    assert opened(subject, AUTUMN - timedelta(hours=2), AUTUMN + timedelta(hours=12)) == expected


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), 23),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC), 25),
    ],
)
def test_oracle_counts_the_real_length_of_a_day(zone: str, day: datetime, hours: int) -> None:
    """A day of 23 or 25 hours counts 23 or 25 on a 24x7 calendar (law C2)."""
    subject = oracle(zone, (0, 1440), day.replace(hour=0))
    length = timedelta(hours=hours)
    assert subject.between(day, day + length) == length
    assert subject.add(day, length) == day + length


def test_oracle_has_no_hours_on_a_date_that_never_was() -> None:
    """Samoa skipped 30 December 2011: a shift on it is empty, its neighbours are not (law C2)."""
    around = datetime(2011, 12, 30, tzinfo=UTC)
    subject = oracle("Pacific/Apia", (540, 1020), around)
    assert opened(subject, around - DAY, around + DAY) == [
        ("29 00:00", "29 03:00"),
        ("29 19:00", "30 03:00"),
        ("30 19:00", "31 00:00"),
    ]


CHRISTMAS = date(2026, 12, 25)
EVE = datetime(2026, 12, 24, 12, tzinfo=UTC)


def test_oracle_cuts_the_night_shift_when_the_holiday_is_a_civil_day() -> None:
    """A holiday closes its local date: a tail before it is lost, one after it kept (law C3)."""
    subject = oracle("UTC", (1320, 360), EVE.replace(hour=0), holidays=(CHRISTMAS,))
    assert opened(subject, EVE, EVE + 2 * DAY) == [
        ("24 22:00", "25 00:00"),
        ("26 00:00", "26 06:00"),
    ]


def test_oracle_drops_the_shift_that_starts_on_the_holiday_when_scope_is_shift_start() -> None:
    """With shift_start the tail of the day before is kept, the day's own shift dropped (law C3)."""
    subject = oracle(
        "UTC", (1320, 360), EVE.replace(hour=0), holidays=(CHRISTMAS,), scope="shift_start"
    )
    assert opened(subject, EVE, EVE + 2 * DAY) == [("24 22:00", "25 06:00")]


def test_oracle_opens_a_holiday_when_an_exception_says_so() -> None:
    """An exception beats a holiday and replaces the hours that start on its date (law C3)."""
    subject = oracle(
        "UTC",
        (1320, 360),
        EVE.replace(hour=0),
        holidays=(CHRISTMAS,),
        exceptions={CHRISTMAS: [(600, 720)]},
    )
    assert opened(subject, EVE, EVE + 2 * DAY) == [
        ("24 22:00", "25 06:00"),
        ("25 10:00", "25 12:00"),
    ]


def test_oracle_closes_every_instant_of_the_date_when_midnight_comes_twice() -> None:
    """Newfoundland went back from 00:01 to 23:01: both last hours of the holiday are closed."""
    around = datetime(2006, 10, 29, tzinfo=UTC)
    subject = oracle("America/St_Johns", (0, 1440), around, holidays=(date(2006, 10, 28),))
    assert opened(subject, around - timedelta(hours=22), around + timedelta(hours=12)) == [
        ("28 02:00", "28 02:30"),
        ("29 02:30", "29 02:31"),
        ("29 03:30", "29 12:00"),
    ]


def test_oracle_uses_smaller_cells_when_an_offset_is_not_a_whole_minute() -> None:
    """Liberia kept -0:44:30 until 7 January 1972: 09:00 there was 09:44:30 UTC."""
    around = datetime(1972, 1, 3, tzinfo=UTC)
    subject = oracle("Africa/Monrovia", (540, 600), around)
    assert subject.cell_seconds == 30
    assert subject.next_open(around) == around + timedelta(hours=9, minutes=44, seconds=30)


NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def office() -> MinuteOracle:
    """An office open 09:00-17:00 UTC every day."""
    return oracle("UTC", (540, 1020), datetime(2026, 1, 5, tzinfo=UTC))


def test_oracle_add_stops_at_closing_when_the_goal_is_used_up(office: MinuteOracle) -> None:
    """A goal used up at closing time ends there; the other convention goes on (law C5)."""
    eight = timedelta(hours=8)
    assert office.add(NINE, eight) == NINE + eight
    assert office.add(NINE, eight, boundary="next_open") == NINE + DAY


def test_oracle_subtract_mirrors_add_when_it_reaches_an_opening(office: MinuteOracle) -> None:
    """Subtracting a whole day lands on the opening instant, or on the close before (law C5)."""
    eight = timedelta(hours=8)
    assert office.subtract(NINE + eight, eight) == NINE
    assert office.subtract(NINE + eight, eight, boundary="next_open") == NINE - timedelta(hours=16)


def test_oracle_is_exact_to_the_microsecond(office: MinuteOracle) -> None:
    """Parts of a minute count to the microsecond (law T2)."""
    tick = timedelta(microseconds=1)
    assert office.between(NINE - tick, NINE + tick) == tick
    assert office.add(NINE, tick) == NINE + tick
    assert office.between(NINE + tick, NINE) == -tick


def test_oracle_edges_are_half_open(office: MinuteOracle) -> None:
    """Open at the opening instant, closed at the closing instant (laws T3, C6)."""
    close = NINE + timedelta(hours=8)
    assert office.is_open(NINE)
    assert not office.is_open(close)
    assert office.next_open(close) == NINE + DAY
    assert office.next_close(NINE) == close
    assert office.next_close(close) == close + DAY
    assert office.previous_close(close) == close
    assert office.previous_close(NINE) == close - DAY


def test_oracle_has_no_span_when_the_ends_are_one_instant(office: MinuteOracle) -> None:
    """An empty span does not exist (law T3), not even inside open time."""
    within = NINE + timedelta(microseconds=1)
    assert list(office.spans(within, within)) == []
    assert list(office.spans(within, NINE)) == []


def test_oracle_algebra_works_minute_by_minute(office: MinuteOracle) -> None:
    """Union, intersection, difference and complement agree with counting (law C7)."""
    late = oracle("UTC", (720, 1200), datetime(2026, 1, 5, tzinfo=UTC))
    day = (NINE.replace(hour=0), NINE.replace(hour=0) + DAY)
    assert (office | late).between(*day) == timedelta(hours=11)
    assert (office & late).between(*day) == timedelta(hours=5)
    assert (office - late).between(*day) == timedelta(hours=3)
    assert (~office).between(*day) == timedelta(hours=16)


def test_oracle_refuses_when_the_answer_lies_outside_its_window(office: MinuteOracle) -> None:
    """It says so rather than guess."""
    with pytest.raises(OutsideWindow):
        office.add(NINE, timedelta(days=30))
    with pytest.raises(OutsideWindow):
        office.subtract(NINE, timedelta(days=30))
    with pytest.raises(OutsideWindow):
        office.is_open(NINE + timedelta(days=30))


def test_oracle_refuses_a_window_that_is_not_whole_minutes() -> None:
    """A window begins and ends on a whole minute of UTC."""
    with pytest.raises(InvalidValue, match="whole minute"):
        MinuteOracle(zone="UTC", start=NINE + timedelta(seconds=1), end=NINE + DAY)


def test_oracle_refuses_to_combine_other_windows(office: MinuteOracle) -> None:
    """Oracles combine only over the same window."""
    with pytest.raises(InvalidValue, match="same window"):
        _ = office | oracle("UTC", (0, 60), NINE.replace(hour=0) + DAY)
