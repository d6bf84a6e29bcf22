"""Evidence for the area `bulk`: columns have the scalar engine's answers, millions a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.bulk import compare, memory_ratio, speed

__all__ = ["points"]

_FAST: Final = 50_000_000
_BRIEF: Final = 0.050


def points(quick: bool) -> Iterator[Point]:
    """Yield the points of the area."""
    measures: tuple[tuple[str, Callable[[bool], Iterable[Point]]], ...] = (
        ("business time over columns is the scalar engine's", _differences),
        ("business time over columns is fast", _speeds),
        ("business time over columns takes little memory", _memory),
        ("the tests of `bulk`", _tests),
    )
    for name, measure in measures:
        yield from guarded(name, "holds", partial(measure, quick))


def _differences(quick: bool) -> Iterator[Point]:
    pairs = 1_600_000 if quick else 10_000_000
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


def _tests(quick: bool) -> Iterator[Point]:
    del quick
    code, closing = run_pytest("tests/unit/bulk")
    name = "units, forms, boundaries, clock changes, missing values, refusals"
    yield Point(name, "the tests of bulk pass", closing, ok=not code)
