"""Points of the area `bulk` that need Spark: the same verdicts, and what a second core gives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.bulk_spark import measured
from tests.spark_session import missing

__all__ = ["points"]

_SAME: Final = "verdicts of Spark are the scalar engine's"
_SCALES: Final = "Spark from one core to two"
_TESTS: Final = "the tests of Spark"


def points(quick: bool) -> Iterator[Point]:
    """Yield the points; without PySpark or Java they fall short, and say why."""
    if reason := missing():
        yield Point(_SAME, "holds", reason, ok=False)
        return
    yield from guarded(_SAME, "holds", partial(_measures, quick))
    if not quick:
        code, closing = run_pytest("tests/unit/bulk/test_spark.py")
        yield Point(_TESTS, "start and stop it, and pass", closing, ok=not code)


def _measures(quick: bool) -> Iterator[Point]:
    found = measured(50_000, 250, brief=True) if quick else measured(2_000_000, 20_000)
    same = f"{found.wrong} of {found.judged:,} rows differ, in local mode"
    is_same = not found.wrong and found.judged > 0
    yield Point(_SAME, "the same table, the same verdicts, row for row", same, ok=is_same)
    speed = (
        f"{found.speedup:.2f} times ({found.one:.1f} s, {found.two:.1f} s, "
        f"{found.tickets:,} tickets)"
    )
    yield Point(_SCALES, "near-linear: >= 1.6 times", speed, ok=found.speedup >= 1.6)
