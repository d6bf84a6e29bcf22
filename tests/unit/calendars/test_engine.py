"""The arithmetic of open time on a made-up clock: one hour is open at the start of each year."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from datetime import date
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    WeeklyHours,
    public_holidays,
)
from itsm_core.calendars import _engine as engine_module
from itsm_core.calendars._compile import year_bounds
from itsm_core.calendars._engine import HORIZON_YEARS, START_OF_TIME, Engine
from itsm_core.calendars._segments import cut
from itsm_core.errors import CalendarExhausted, InstantOutOfRange
from itsm_core.spans import END_OF_TIME, Pair, instant, merged

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


AROUND, ENDS = r"in 100 years around 202[67]", "within the years 1 to 9999"


@pytest.mark.parametrize(
    ("find", "question", "year", "horizon"),
    [
        ("next_open", "next_open", 2026, AROUND),
        ("next_open", "next_open", 9950, ENDS),
        ("next_close", "next_open", 2026, AROUND),
        ("next_close", "next_open", 9950, ENDS),
        ("previous_close", "previous_close", 2026, AROUND),
        ("previous_close", "previous_close", 50, ENDS),
        ("earliest", "add", 2026, AROUND),
        ("earliest", "add", 9950, ENDS),
        ("latest", "subtract", 2026, AROUND),
        ("latest", "subtract", 50, ENDS),
    ],
)
def test_refusal_names_the_calendar_the_question_and_the_horizon(
    find: str, question: str, year: int, horizon: str
) -> None:
    """C8: an hour of one year, and nothing before or after it."""
    once = Engine(lambda: "ONCE", lambda each: first_hour(each) if each == year else [])
    origin = once.reading(new_year(year))
    asked: dict[str, tuple[int, ...]] = {
        "previous_close": (new_year(year),),
        "earliest": (origin + 2 * HOUR, new_year(year) + HOUR),
        "latest": (origin - HOUR, new_year(year)),
    }
    with pytest.raises(CalendarExhausted) as caught:
        getattr(once, find)(*asked.get(find, (new_year(year) + HOUR,)))
    assert (caught.value.calendar, caught.value.question) == ("ONCE", question)
    assert re.fullmatch(horizon, caught.value.horizon)


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


def test_year_is_compiled_once_when_it_is_asked_for_again() -> None:
    """Up, down and between: to compile a year takes a thousand times as long as to read it."""
    compiled: list[int] = []

    def compile_year(year: int) -> list[Pair]:
        compiled.append(year)
        return first_hour(year)

    fresh = Engine(lambda: "TEST", compile_year)
    for year in (2020, 2024, 2016, 2018, 2022, 2020, 2026):
        fresh.reading(new_year(year) + HOUR // 2)
        fresh.next_open(new_year(year))
    assert sorted(compiled) == list(range(2016, 2027))


def test_answer_is_laid_out_when_it_was_asked_for() -> None:
    """The second question of one block looks at no year any more."""
    fresh = engine()
    at = new_year(2026) + 100 * HOUR
    fresh.chunk(2026)
    shift = engine_module._BLOCK
    reading = fresh.reading(at)
    assert set(fresh._blocks) == {at >> shift}
    fresh.earliest(reading, new_year(2026))
    assert set(fresh._stretches) == {(reading - 1) >> shift}
    later = at + (3 << shift)
    fresh.changes(later, later + (1 << shift))
    assert {later >> shift, (later >> shift) + 1} <= set(fresh._blocks)


def test_memory_is_bounded_and_answers_stay_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four years and four blocks are kept of twenty; half of them go when there are more."""
    monkeypatch.setattr(engine_module, "_KEPT_YEARS", 4)
    monkeypatch.setattr(engine_module, "_KEPT_BLOCKS", 4)
    fresh = engine()
    origin = fresh.reading(new_year(2000))
    for year in range(2000, 2020):
        fresh.chunk(year + 1)
        at = new_year(year) + 5 * HOUR
        reading = origin + (year - 1999) * HOUR
        assert fresh.reading(at) == reading
        assert fresh.earliest(reading, new_year(year)) == new_year(year) + HOUR
        for table in (fresh._chunks, fresh._blocks, fresh._stretches):
            assert len(table) <= 4
    assert len(fresh._chunks) >= 2
    assert len(fresh._blocks) >= 2


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


# -- the tables of blocks, against sums over the pairs of the years ---------------------------

DAY = 24 * HOUR
BLOCK = 1 << engine_module._BLOCK


def kinds() -> dict[str, Calendar]:
    """Return fresh calendars of every kind, with nothing compiled yet."""
    week = WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00")
    berlin = public_holidays("DE", subdivision="BE")
    office = BusinessCalendar(zone="Europe/Berlin", hours=week, holidays=berlin)
    nights = BusinessCalendar(
        zone="America/New_York",
        hours=WeeklyHours.parse("Mo-Su 22:00-06:00"),
        holidays=[date(2025, 12, 31), date(2026, 3, 8)],
    )
    return {
        "office": office,
        "nights": nights,
        "both": office & nights,
        "either": office | nights,
        "outside": ~office,
        "always": Calendar.__or__(ALWAYS, office),
        "never": NEVER - office,
        "sparse": BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 1, 2): "09:00-10:00"}
        ),
    }


CENTRES = {
    "year 1": START_OF_TIME + 20 * DAY,
    "epoch": 0,
    "new year": new_year(2026),
    "clocks forward": new_year(2026) + 87 * DAY,
    "clocks back": new_year(2026) + 297 * DAY,
    "year 9999": END_OF_TIME - 20 * DAY,
}


def pairs_around(calendar: Calendar, centre: int) -> list[Pair]:
    """Return the merged open time of the years around an instant, straight from the compiler."""
    year = instant(centre).year
    years = range(max(year - 1, 1), min(year + 1, 9999) + 1)
    return merged(pair for each in years for pair in calendar._year_pairs(each))


def asked(pairs: list[Pair], centre: int) -> Iterator[int]:
    """Yield instants within 20 days: at the edges of pairs and blocks, beside them, anywhere."""
    low, high = max(centre - 20 * DAY, START_OF_TIME), min(centre + 20 * DAY, END_OF_TIME)
    edges = [edge for pair in pairs for edge in pair if low < edge < high]
    edges += [low, centre, high, *range((low // BLOCK + 1) * BLOCK, high, BLOCK)]
    drawn = random.Random(7)
    edges += [drawn.randrange(low, high) for _ in range(60)]
    drawn.shuffle(edges)
    for edge in edges[:150]:
        yield from (at for at in (edge - 1, edge, edge + 1) if low <= at <= high)


def summed(pairs: list[Pair], low: int, high: int) -> int:
    """Return the open time from `low` to `high`, pair by pair."""
    return sum(max(min(end, high) - max(start, low), 0) for start, end in pairs)


def walked(pairs: list[Pair], start: int, amount: int) -> int | None:
    """Return when `amount` of open time after `start` is used up, pair by pair."""
    for opened, closed in pairs:
        begun = max(opened, start)
        if closed > begun and closed - begun >= amount:
            return begun + amount
        amount -= max(closed - begun, 0)
    return None


@pytest.mark.parametrize("centre", CENTRES.values(), ids=CENTRES)
@pytest.mark.parametrize("kind", kinds())
def test_between_and_add_equal_the_sums_over_pairs_whether_laid_out_or_not(
    kind: str, centre: int
) -> None:
    """C5: the first answer is searched for, the second comes from the table; both are exact."""
    calendar = kinds()[kind]
    pairs = pairs_around(calendar, centre)
    for at in asked(pairs, centre):
        open_time = abs(summed(pairs, min(at, centre), max(at, centre)))
        expected = open_time if at >= centre else -open_time
        assert [calendar.between_micros(centre, at) for _ in range(2)] == [expected] * 2
        assert calendar._engine.reading(at) == calendar._engine.read_in_year(at)
        for amount in (1, HOUR, 9 * HOUR, DAY, BLOCK):
            due = walked(pairs, at, amount)
            if due is not None and at + amount <= END_OF_TIME:
                assert [calendar.add_micros(at, amount) for _ in range(2)] == [due] * 2


@pytest.mark.parametrize("centre", CENTRES.values(), ids=CENTRES)
@pytest.mark.parametrize("kind", kinds())
def test_segments_equal_those_cut_from_pairs_whether_laid_out_or_not(
    kind: str, centre: int
) -> None:
    """Windows of up to forty days, and some of a year, from the compiler's pairs."""
    calendar = kinds()[kind]
    regular = calendar._without_holidays()
    pairs = pairs_around(calendar, centre)
    shut = pairs_around(regular - calendar, centre) if regular != calendar else []
    bounds = list(islice(asked(pairs, centre), 150))
    windows = [(min(pair), max(pair)) for pair in pairwise(bounds)]
    far = centre + (300 if centre < new_year(9000) else -300) * DAY
    windows.append((min(centre, far), max(centre, far)))
    for low, high in windows:
        inside = [
            [(max(start, low), min(end, high)) for start, end in each if start < high and end > low]
            for each in (pairs, shut)
        ]
        expected = cut(low, high, *inside) if low < high else []
        assert [calendar.segments(low, high) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize("at", [START_OF_TIME - 1, END_OF_TIME + 1, 10**20, -(10**20)])
def test_reading_is_refused_when_the_instant_is_outside_time(at: int) -> None:
    """T5: in the words of `instant`, also once the years beside it are laid out."""
    with pytest.raises(InstantOutOfRange) as expected:
        instant(at)
    always = Engine(lambda: "ALWAYS", lambda year: [year_bounds(year)])
    near = START_OF_TIME if at < 0 else END_OF_TIME
    always.reading(near)
    with pytest.raises(InstantOutOfRange) as refused:
        always.reading(at)
    assert str(refused.value) == str(expected.value)


def test_add_micros_is_refused_when_elapsed_time_alone_leaves_time() -> None:
    """T5: the last microsecond is reached, the one after it does not exist."""
    assert ALWAYS.add_micros(END_OF_TIME - HOUR, HOUR) == END_OF_TIME
    for start, amount in ((END_OF_TIME - HOUR, HOUR + 1), (START_OF_TIME - 2, 1)):
        with pytest.raises(InstantOutOfRange) as expected:
            instant(start + amount)
        with pytest.raises(InstantOutOfRange) as refused:
            ALWAYS.add_micros(start, amount)
        assert str(refused.value) == str(expected.value)
    with pytest.raises(CalendarExhausted, match="in 100 years around 2026"):
        (NEVER & NEVER).add_micros(new_year(2026), 1)


def daily(year: int) -> list[Pair]:
    """Return eight open hours from the start of each day."""
    low, high = year_bounds(year)
    return [(day, day + 8 * HOUR) for day in range(low, high, DAY)]


def test_no_year_is_compiled_that_the_question_does_not_need() -> None:
    """A block over New Year is laid out once both years are known, not before."""
    fresh, last = Engine(lambda: "DAILY", daily), new_year(2026) - HOUR
    fresh.reading(last)
    assert (fresh._low, fresh._high, fresh._blocks) == (2025, 2026, {})
    fresh.reading(new_year(2026))
    assert fresh._blocks.keys() == {last // BLOCK}
    assert fresh.reading(last) == fresh.read_in_year(last)


def test_earliest_is_the_closing_before_when_lower_years_become_known() -> None:
    """The reading at which the known years begin is reached in the year before them."""
    fresh = Engine(lambda: "DAILY", daily)
    origin = fresh.reading(new_year(2026))
    assert fresh.earliest(origin + HOUR, new_year(2026)) == new_year(2026) + HOUR
    before = new_year(2026) - 2 * DAY
    reading = fresh.reading(before) + 16 * HOUR
    assert reading == origin
    for _ in range(2):
        assert fresh.earliest(reading, before) == new_year(2026) - 16 * HOUR
        assert fresh.earliest(reading + 1, before) == new_year(2026) + 1
    # A block that begins below what is known is not laid out: the earliest might lie before.
    low = fresh.lowest_reading
    assert fresh.earliest(low + 1, new_year(2025)) == new_year(2025) + 1
    assert (low // BLOCK) not in fresh._stretches


def test_stretch_is_laid_out_anew_when_further_years_become_known() -> None:
    """What lay beyond the known years is searched for, and found in the table from then on."""
    fresh, begun = Engine(lambda: "DAILY", daily), new_year(2027) - DAY
    reading = fresh.reading(begun) + 8 * HOUR
    assert fresh.earliest(reading, begun) == begun + 8 * HOUR
    stops, _ = fresh._stretches[(reading - 1) // BLOCK]
    assert stops[-1] == reading
    assert fresh.earliest(reading + HOUR, begun) == new_year(2027) + HOUR
    assert fresh._stretches[(reading - 1) // BLOCK][0][-1] > reading
    assert fresh.earliest(reading + HOUR, begun) == new_year(2027) + HOUR


def test_horizon_is_the_same_when_the_stretch_is_laid_out() -> None:
    """C8: a laid-out hour does not hide that nothing follows it."""
    once = Engine(lambda: "ONCE", lambda year: first_hour(year) if year == 2026 else [])
    origin = once.reading(new_year(2026))
    for _ in range(2):
        assert once.earliest(origin + HOUR, new_year(2026)) == new_year(2026) + HOUR
        with pytest.raises(CalendarExhausted, match="in 100 years around 2027"):
            once.earliest(origin + HOUR + 1, new_year(2026))


def test_stretch_is_searched_for_when_it_reaches_over_too_many_years() -> None:
    """An hour a year: 38 hours of it are not worth the years they take."""
    fresh = engine()
    origin = fresh.reading(new_year(2000))
    for hours in (1, 30, 5, 12):
        expected = new_year(1999 + hours) + HOUR
        assert fresh.earliest(origin + hours * HOUR, new_year(2000)) == expected
    assert len(fresh._stretches) <= 1


def test_tables_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The older half of the blocks goes; what they answered is answered the same."""
    monkeypatch.setattr(engine_module, "_KEPT_BLOCKS", 4)
    fresh = Engine(lambda: "DAILY", daily)
    origin = fresh.reading(new_year(2026))
    for _ in range(2):
        for day in range(40):
            at = new_year(2026) + day * DAY
            assert fresh.reading(at) == origin + day * 8 * HOUR
            assert fresh.earliest(origin + day * 8 * HOUR + 1, new_year(2026)) == at + 1
            assert len(fresh._blocks) <= 4
            assert len(fresh._stretches) <= 4


def test_tables_give_each_thread_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight threads that push each other's blocks out of tables that hold four."""
    monkeypatch.setattr(engine_module, "_KEPT_BLOCKS", 4)
    fresh, first = Engine(lambda: "DAILY", daily), new_year(2024)
    wrong: list[int] = []
    barrier = threading.Barrier(8)

    def ask(slot: int) -> None:
        drawn = random.Random(slot)
        barrier.wait()
        for _ in range(300):
            at = first + drawn.randrange(1000) * DAY
            reading = fresh.reading(at)
            if fresh.earliest(reading + HOUR, at) != at + HOUR or fresh.changes(
                at, at + 2 * DAY
            ) != fresh.changes_of_pairs(at, at + 2 * DAY):
                wrong.append(at)

    threads = [threading.Thread(target=ask, args=(slot,)) for slot in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
