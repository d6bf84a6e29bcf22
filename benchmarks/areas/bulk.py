"""Evidence for the area `bulk`: columns have the scalar engine's answers, millions a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from benchmarks.areas import Point, bulk_spark, bulk_workers, guarded, run_pytest
from benchmarks.bulk import compare, memory_ratio, speed
from benchmarks.bulk_judge import differences, judge_speed, streamed, uci_differences

__all__ = ["points"]

_FAST: Final = 50_000_000
_BRIEF: Final = 0.050


def points(quick: bool) -> Iterator[Point]:
    """Yield the points of the area."""
    measures: tuple[tuple[str, Callable[[bool], Iterable[Point]]], ...] = (
        ("business time over columns is the scalar engine's", _differences),
        ("business time over columns is fast", _speeds),
        ("business time over columns takes little memory", _memory),
        ("verdicts over columns are the scalar engine's", _verdicts),
        ("verdicts over columns are fast", _judge_speed),
        ("ten million tickets in one process", _stream),
        ("workers on one PostgreSQL", bulk_workers.points),
        ("verdicts of Spark", bulk_spark.points),
        ("the tests of `bulk`", _tests),
    )
    for name, measure in measures:
        yield from guarded(name, "holds", partial(measure, quick))


def _differences(quick: bool) -> Iterator[Point]:
    pairs = 800_000 if quick else 10_000_000
    found = len(list(compare(pairs)))
    measured = f"{found} differences, {pairs:,} pairs, 8 calendars"
    name = "business time over columns is the scalar engine's"
    yield Point(name, "0 differences over 10 million random pairs", measured, ok=not found)


def _speeds(quick: bool) -> Iterator[Point]:
    found = speed(2_000_000 if quick else 10_000_000)
    peers = (
        f"numpy's whole days {found.busdays / 1e6:.0f} M/s, "
        f"the scalar engine {found.scalar / 1e6:.1f} M/s"
    )
    for name, rate in (("between", found.between), ("add", found.add)):
        measured = f"{rate / 1e6:.0f} M/s on one core ({peers})"
        yield Point(
            f"{name} over columns", ">= 50 million rows a second", measured, ok=rate >= _FAST
        )
    seconds = found.remaining_seconds
    measured = f"{seconds * 1000:.1f} ms"
    yield Point("remaining time of 1 million open clocks", "< 50 ms", measured, ok=seconds < _BRIEF)


def _memory(quick: bool) -> Iterator[Point]:
    ratio = memory_ratio(1_000_000 if quick else 10_000_000)
    name = "memory of between, input and answer included"
    yield Point(name, "<= 3 times the input", f"{ratio:.2f} times", ok=ratio <= 3)


def _verdicts(quick: bool) -> Iterator[Point]:
    tickets = 3_000 if quick else 100_000
    wrong, cases, alone = differences(tickets)
    measured = f"{wrong} of {cases} cases differ, {tickets:,} histories, {alone} in columns"
    name = "verdicts over columns are the scalar engine's"
    yield Point(name, "0 differences over 100,000 generated histories", measured, ok=not wrong)
    seen = uci_differences(1_000 if quick else None)
    if seen is None:
        return
    wrong, tickets = seen
    measured = (
        f"{wrong} differences, {tickets:,} judgements: by the log's agreement, and the common one"
    )
    yield Point(f"{name}, UCI log", "0 differences over the whole log", measured, ok=not wrong)


def _judge_speed(quick: bool) -> Iterator[Point]:
    found = judge_speed(50_000 if quick else 200_000)
    ratio = found.columns / found.scalar
    measured = (
        f"{ratio:.0f} times ({found.columns / 1e3:.0f} k against {found.scalar / 1e3:.0f} k "
        f"tickets a second), {'the same' if found.is_same else 'OTHER'} verdicts"
    )
    ok = ratio >= 20 and found.is_same
    yield Point("verdicts over columns are fast", ">= 20 times the scalar engine", measured, ok=ok)


def _stream(quick: bool) -> Iterator[Point]:
    tickets = 200_000 if quick else 10_000_000
    verdicts, peak, seconds = streamed(tickets)
    measured = f"{tickets:,} tickets, {verdicts:,} verdicts, {peak >> 20} MiB, {seconds:.0f} s"
    ok = verdicts == 2 * tickets and peak < 24 << 30
    target = "10 million tickets with 60 million events, within 24 GiB"
    yield Point("a stream judged in one process", target, measured, ok=ok)


def _tests(quick: bool) -> Iterator[Point]:
    del quick
    code, closing = run_pytest("tests/unit/bulk", "--ignore=tests/unit/bulk/test_spark.py")
    name = "units, forms, boundaries, clock changes, missing values, refusals"
    yield Point(name, "the tests of bulk pass", closing, ok=not code)
