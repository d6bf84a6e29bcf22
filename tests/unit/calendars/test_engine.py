"""The arithmetic of open time on a made-up clock: one hour is open at the start of each year."""

from __future__ import annotations

import threading
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import _engine as engine_module
from itsm_core.calendars._compile import year_bounds
from itsm_core.calendars._engine import HORIZON_YEARS, Engine
from itsm_core.errors import CalendarExhausted
from itsm_core.spans import Pair

HOUR = 3_600_000_000
BERLIN = ZoneInfo("Europe/Berlin")


def new_year(year: int) -> int:
    """Return the first microsecond of a year."""
    return year_bounds(year)[0]


def first_hour(year: int) -> list[Pair]:
    """Return the one open hour of a year."""
    return [(new_year(year), new_year(year) + HOUR)]


def engine() -> Engine:
    """Return a fresh engine that is open for an hour a year."""
    return Engine(lambda: "TEST", first_hour)


def test_readings_differ_by_an_hour_a_year_in_either_direction() -> None:
    """The origin is arbitrary, the difference is not: ten years hold ten hours."""
    fresh = engine()
    assert fresh.reading(new_year(2030)) - fresh.reading(new_year(2020)) == 10 * HOUR
    backward = engine()
    start = backward.reading(new_year(2030))
    assert start - backward.reading(new_year(2020)) == 10 * HOUR
    assert backward.reading(new_year(2020)) == backward.lowest_reading


def test_reading_stands_still_while_closed_and_runs_while_open() -> None:
    """Half an hour into the hour half of it is read, and all of it for the rest of the year."""
    fresh = engine()
    origin = fresh.reading(new_year(2026))
    assert fresh.reading(new_year(2026) + HOUR // 2) - origin == HOUR // 2
    assert fresh.reading(new_year(2026) + HOUR) - origin == HOUR
    assert fresh.reading(new_year(2026) + 5 * HOUR) - origin == HOUR


def test_reading_before_the_first_opening_of_a_year_is_the_year_s_own() -> None:
    """Closed from New Year on: nothing has been open yet."""
    later = Engine(
        lambda: "LATER", lambda year: [(new_year(year) + HOUR, new_year(year) + 2 * HOUR)]
    )
    assert later.reading(new_year(2026) + HOUR // 2) == later.reading(new_year(2026))


def test_earliest_and_latest_differ_where_a_reading_lasts() -> None:
    """The hour of 2026 used up: earliest is its end, latest is the start of the hour of 2027."""
    fresh = engine()
    reading = fresh.reading(new_year(2026)) + HOUR
    assert fresh.earliest(reading, new_year(2026)) == new_year(2026) + HOUR
    assert fresh.latest(reading, new_year(2028)) == new_year(2027)


def test_next_open_is_the_instant_itself_when_it_is_open() -> None:
    """Open at opening, closed at closing."""
    fresh = engine()
    assert fresh.next_open(new_year(2026)) == new_year(2026)
    assert fresh.next_open(new_year(2026) + HOUR) == new_year(2027)


def test_next_close_is_the_end_of_the_shift_that_runs_or_of_the_next() -> None:
    """After the closing instant comes the next shift's."""
    fresh = engine()
    assert fresh.next_close(new_year(2026)) == new_year(2026) + HOUR
    assert fresh.next_close(new_year(2026) + HOUR) == new_year(2027) + HOUR


def test_next_close_goes_on_when_the_shift_runs_over_new_year() -> None:
    """The last hour of one year and the first of the next are one shift."""
    both = Engine(
        lambda: "BOTH",
        lambda year: [
            (new_year(year), new_year(year) + HOUR),
            (new_year(year + 1) - HOUR, new_year(year + 1)),
        ],
    )
    assert both.next_close(new_year(2027) - HOUR // 2) == new_year(2027) + HOUR
    assert both.next_close(new_year(2026)) == new_year(2026) + HOUR
    joined = list(both.pairs(new_year(2026), new_year(2027) + 2 * HOUR))
    assert joined[-1] == (new_year(2027) - HOUR, new_year(2027) + HOUR)


def test_next_close_is_new_year_when_the_next_year_does_not_go_on() -> None:
    """A shift that ends with the year ends there."""
    last = Engine(lambda: "LAST", lambda year: [(new_year(year + 1) - HOUR, new_year(year + 1))])
    assert last.next_close(new_year(2026)) == new_year(2027)
    shut = Engine(lambda: "SHUT", lambda year: [year_bounds(year)] if year == 2026 else [])
    assert shut.next_close(new_year(2026)) == new_year(2027)


def test_previous_close_lies_in_or_at_the_end_of_open_time() -> None:
    """Inside the hour it is the instant itself, at its start the closing before."""
    fresh = engine()
    half = new_year(2026) + HOUR // 2
    assert fresh.previous_close(half) == half
    assert fresh.previous_close(new_year(2026) + 3 * HOUR) == new_year(2026) + HOUR
    assert fresh.previous_close(new_year(2026)) == new_year(2025) + HOUR


def test_pair_at_is_none_while_closed() -> None:
    """The pair holds the instant, or there is none."""
    fresh = engine()
    assert fresh.pair_at(new_year(2026)) == (new_year(2026), new_year(2026) + HOUR)
    assert fresh.pair_at(new_year(2026) + HOUR) is None
    later = Engine(
        lambda: "LATER", lambda year: [(new_year(year) + HOUR, new_year(year) + 2 * HOUR)]
    )
    assert later.pair_at(new_year(2026)) is None


def test_pairs_are_clipped_to_the_question() -> None:
    """From the middle of one hour to the middle of another, and nothing outside."""
    fresh = engine()
    half = HOUR // 2
    assert list(fresh.pairs(new_year(2026) + half, new_year(2027) + half)) == [
        (new_year(2026) + half, new_year(2026) + HOUR),
        (new_year(2027), new_year(2027) + half),
    ]
    assert list(fresh.pairs(new_year(2026) + HOUR, new_year(2026) + 2 * HOUR)) == []


@pytest.mark.parametrize("question", ["next_open", "next_close", "previous_close"])
def test_search_ends_at_the_horizon_when_nothing_is_open(question: str) -> None:
    """C8: a hundred years, then a typed error that names the horizon."""
    empty = Engine(lambda: "EMPTY", lambda _: [])
    with pytest.raises(CalendarExhausted, match="in 100 years around 2026"):
        getattr(empty, question)(new_year(2026))


@pytest.mark.parametrize(("question", "year"), [("next_open", 9990), ("previous_close", 10)])
def test_search_ends_at_the_edge_of_time_when_nothing_is_open(question: str, year: int) -> None:
    """T5: years before 1 and after 9999 are not looked at."""
    empty = Engine(lambda: "EMPTY", lambda _: [])
    with pytest.raises(CalendarExhausted, match="within the years 1 to 9999"):
        getattr(empty, question)(new_year(year))


def test_next_close_is_refused_when_it_never_closes() -> None:
    """C8: 24x7 has no closing instant."""
    always = Engine(lambda: "ALWAYS", lambda year: [year_bounds(year)])
    with pytest.raises(CalendarExhausted, match="next_close"):
        always.next_close(new_year(2026))


@pytest.mark.parametrize("find", ["earliest", "latest"])
def test_search_by_reading_ends_at_the_horizon(find: str) -> None:
    """A reading that is never reached is refused after a hundred empty years."""
    once = Engine(lambda: "ONCE", lambda year: first_hour(year) if year == 2026 else [])
    origin = once.reading(new_year(2026))
    reading = origin + (2 * HOUR if find == "earliest" else -HOUR)
    with pytest.raises(CalendarExhausted, match="in 100 years"):
        getattr(once, find)(reading, new_year(2026))


@pytest.mark.parametrize(("find", "year"), [("earliest", 9999), ("latest", 1)])
def test_search_by_reading_ends_at_the_edge_of_time(find: str, year: int) -> None:
    """The years run out before the horizon does."""
    fresh = engine()
    origin = fresh.reading(new_year(year))
    reading = origin + (2 * HOUR if find == "earliest" else -HOUR)
    with pytest.raises(CalendarExhausted, match="within the years 1 to 9999"):
        getattr(fresh, find)(reading, new_year(year))


def test_empty_years_are_searched_anew_after_an_open_one() -> None:
    """The horizon counts years in a row: openings 99 years apart are all found."""
    rare = Engine(
        lambda: "RARE", lambda year: first_hour(year) if year % (HORIZON_YEARS - 1) == 0 else []
    )
    origin = rare.reading(new_year(1980))
    assert rare.earliest(origin + 3 * HOUR, new_year(1980)) == new_year(2178) + HOUR


def test_readings_stay_exact_when_years_are_forgotten() -> None:
    """More years than are kept: forgotten ones are compiled again at the same reading."""
    fresh = engine()
    start = fresh.reading(new_year(1500))
    assert fresh.reading(new_year(2500)) - start == 1000 * HOUR
    assert fresh.reading(new_year(1500) + HOUR) - start == HOUR
    assert fresh.reading(new_year(2000)) - start == 500 * HOUR
    assert len(fresh._chunks) <= engine_module._KEPT_YEARS


def test_engine_gives_each_thread_the_same_reading() -> None:
    """Eight threads that compile years in opposite directions read the same."""
    fresh = engine()
    results: list[list[int]] = [[] for _ in range(8)]
    barrier = threading.Barrier(8)
    years = range(1900, 2100, 7)

    def ask(slot: int) -> None:
        barrier.wait()
        for year in years if slot % 2 else reversed(years):
            results[slot].append(
                fresh.earliest(fresh.reading(new_year(year)) + HOUR, new_year(year))
            )

    threads = [threading.Thread(target=ask, args=(slot,)) for slot in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [new_year(year) + HOUR for year in years]
    assert all(sorted(result) == expected for result in results)


@pytest.mark.parametrize("find", ["earliest", "latest"])
def test_horizon_counts_from_the_question_when_empty_years_are_known(find: str) -> None:
    """C8: what was compiled before makes no difference to when the search gives up."""
    once = Engine(lambda: "ONCE", lambda year: first_hour(year) if year == 2026 else [])
    origin = once.reading(new_year(2026))
    once.chunk(2090)
    once.chunk(1960)
    reading = origin + (2 * HOUR if find == "earliest" else -HOUR)
    with pytest.raises(CalendarExhausted, match=r"in 100 years around 202[67]"):
        getattr(once, find)(reading, new_year(2026))
    assert max(once._marks) - min(once._marks) <= 2 * HORIZON_YEARS + 2


def test_next_close_is_refused_at_the_end_of_time() -> None:
    """The last microsecond of year 9999 is no closing: nothing comes after it."""
    always = Engine(lambda: "ALWAYS", lambda year: [year_bounds(year)])
    with pytest.raises(CalendarExhausted, match="within the years 1 to 9999"):
        always.next_close(new_year(9950))
