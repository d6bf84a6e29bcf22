"""Compare business time over columns with the scalar engine, and time both (`make compare-bulk`).

    python -m benchmarks.bulk [--pairs 10000000] [--seed 1]

The exit code is 1 if anything differs; the first differences are printed.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
import numpy as np

from benchmarks import tzdb
from itsm_core.bulk import BulkCalendar, OpenClocks
from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    WeeklyHours,
    public_holidays,
)
from itsm_core.spans import instant, micros

__all__ = ["OFFICE", "Difference", "Speed", "compare", "main", "memory_ratio", "speed"]

OFFICE: Final = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE"),
)
_NIGHT: Final = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Su 22:00-06:00"))
_NEW_YORK: Final = BusinessCalendar(
    zone="America/New_York", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00")
)
_LORD_HOWE: Final = BusinessCalendar(
    zone="Australia/Lord_Howe", hours=WeeklyHours.parse("Mo-Su 01:00-03:00, 12:00-24:00")
)
CALENDARS: Final[dict[str, Calendar]] = {
    "office with lunch and holidays": OFFICE,
    "nights": _NIGHT,
    "New York": _NEW_YORK,
    "Lord Howe": _LORD_HOWE,
    "always": ALWAYS,
    "follow the sun": OFFICE | _NEW_YORK,
    "outside hours": ~OFFICE,
    "nights but no holidays": _NIGHT & ~OFFICE,
}
_FROM: Final = micros(datetime(2016, 1, 1, tzinfo=UTC))
_TO: Final = micros(datetime(2030, 1, 1, tzinfo=UTC))
_HALF_HOUR: Final = 1_800_000_000
_LONGEST: Final = 730 * 48 * _HALF_HOUR
_BLOCK: Final = 200_000
_SHOWN: Final = 5

Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@attrs.frozen(kw_only=True)
class Difference:
    """Hold one row whose answers differ."""

    calendar: str
    question: str
    row: tuple[int, int]
    bulk: int
    scalar: int


@attrs.frozen(kw_only=True)
class Speed:
    """Hold rows a second of processor time: ours, numpy's whole days, the scalar engine's."""

    between: float
    add: float
    busdays: float
    scalar: float
    remaining_seconds: float


def _pairs(rng: np.random.Generator, rows: int) -> tuple[Ints, Ints]:
    """Return starts and ends: spans about two days, a quarter of starts on half hours."""
    start = rng.integers(_FROM, _TO, rows)
    start = np.where(rng.random(rows) < 0.25, start // _HALF_HOUR * _HALF_HOUR, start)
    span = np.minimum(rng.lognormal(25.9, 1.5, rows), _LONGEST).astype(np.int64)
    return start, start + np.where(rng.random(rows) < 0.1, -span, span)


def compare(pairs: int, seed: int = 1) -> Iterator[Difference]:
    """Yield where between, add, subtract or is_open differ from the scalar engine's answers."""
    rng = np.random.default_rng(seed)
    names = list(CALENDARS)
    bulks = {name: BulkCalendar(calendar) for name, calendar in CALENDARS.items()}
    for number, begin in enumerate(range(0, pairs, _BLOCK)):
        name = names[number % len(names)]
        start, end = _pairs(rng, min(_BLOCK, pairs - begin))
        amount = rng.integers(1, 800, len(start)) * (_HALF_HOUR // 2)
        calendar, bulk = CALENDARS[name], bulks[name]
        first, last = start.tolist(), end.tolist()
        asked: dict[str, tuple[Ints, Iterator[int]]] = {
            "between": (bulk.between(start, end), map(calendar.between_micros, first, last)),
            "add": (bulk.add(start, amount), map(calendar.add_micros, first, amount.tolist())),
        }
        if not number % len(
            names
        ):  # the scalar engine has these for datetimes alone: fewer of them
            few = slice(0, _BLOCK // 20)
            back = np.asarray(bulk.subtract(start[few], amount[few]), np.int64)
            asked["subtract"] = (back, _scalar_back(calendar, first[few], amount[few].tolist()))
            opened = bulk.is_open(start[few]).astype(np.int64)
            asked["is_open"] = (opened, (int(calendar.is_open(instant(at))) for at in first[few]))
        for question, (found, expected) in asked.items():
            told = np.fromiter(expected, np.int64, len(found))
            for row in np.flatnonzero(found != told)[:_SHOWN].tolist():
                yield Difference(
                    calendar=name,
                    question=question,
                    row=(first[row], last[row] if question == "between" else int(amount[row])),
                    bulk=int(found[row]),
                    scalar=int(told[row]),
                )


def _scalar_back(calendar: Calendar, at: list[int], amounts: list[int]) -> Iterator[int]:
    for each, amount in zip(at, amounts, strict=True):
        yield micros(calendar.subtract(instant(each), timedelta(0, 0, amount)))


def speed(rows: int, seed: int = 1) -> Speed:
    """Measure random pairs over fourteen years in processor time, the best of three passes."""
    rng = np.random.default_rng(seed)
    start, end = _pairs(rng, rows)
    amount = rng.integers(_HALF_HOUR // 2, 800 * _HALF_HOUR, rows)
    bulk, started, ended = BulkCalendar(OFFICE), start.view("M8[us]"), end.view("M8[us]")
    first_day, last_day = started.astype("M8[D]"), ended.astype("M8[D]")
    few = min(rows, 100_000)
    low, high = start[:few].tolist(), end[:few].tolist()
    clocks = OpenClocks(bulk, ended[:1_000_000])
    now = instant(_TO)
    return Speed(
        between=rows / _best(lambda: bulk.between(started, ended)),
        add=rows / _best(lambda: bulk.add(started, amount.view("m8[us]"))),
        busdays=rows / _best(lambda: np.busday_count(first_day, last_day)),
        scalar=few / _best(lambda: list(map(OFFICE.between_micros, low, high))),
        remaining_seconds=_best(lambda: clocks.remaining(now)),
    )


def _best(measured: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(4):  # the first makes the tables
        began = time.process_time()
        measured()
        times.append(time.process_time() - began)
    return min(times)


def memory_ratio(rows: int) -> float:
    """Return the peak of what `between` allocates, its input included, over its input."""
    start, end = _pairs(np.random.default_rng(1), rows)
    bulk = BulkCalendar(OFFICE)
    bulk.between(start[:10_000], end[:10_000])
    tracemalloc.start()
    try:
        bulk.between(start, end)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    given = start.nbytes + end.nbytes
    return (peak + given) / given


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print what differs, and return the exit code."""
    parser = argparse.ArgumentParser(prog="bulk", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    began, found = time.perf_counter(), 0
    for difference in compare(chosen.pairs, chosen.seed):
        found += 1
        print(difference)
        if found >= _SHOWN:
            break
    seconds = time.perf_counter() - began
    print(
        f"{chosen.pairs} pairs on {len(CALENDARS)} calendars, seed {chosen.seed}: "
        f"{found} differences shown, {seconds:.0f} s"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
