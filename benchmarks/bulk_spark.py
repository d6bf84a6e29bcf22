"""Compare verdicts of Spark with the scalar engine, on one core and on two (`make compare-spark`).

    python -m benchmarks.bulk_spark [--tickets 1000000]

The exit code is 1 if a verdict differs. All processes are bound to as many cores as Spark gets
threads: the Java machine and the Python workers would use the others, too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import tzdb
from benchmarks.bulk_judge import COMMON, NOW, desk_batches, expected, generated, rows, table
from itsm_core.bulk._frames import ArrowTable, frame_of, table_of
from itsm_core.bulk.spark import judge_tickets
from itsm_core.spans import micros
from tests.spark_session import Session, missing, start_spark

__all__ = ["Measured", "main", "measured", "plain"]

_ROOT: Final = Path(__file__).parents[1]
_FILES: Final = 16


@attrs.frozen(kw_only=True)
class Measured:
    """Hold the seconds that one core and two took to judge a table, and how verdicts compare."""

    tickets: int
    one: float
    two: float
    wrong: int
    judged: int

    @property
    def speedup(self) -> float:
        """Return how many times quicker two cores are."""
        return self.one / self.two


def plain(events: ArrowTable) -> object:
    """Return a table with its texts as Spark takes them, not dictionary encoded."""
    given = cast("pa.Table", events)
    for place, name in enumerate(given.column_names):
        if pa.types.is_dictionary(given.column(name).type):
            given = given.set_column(place, name, given.column(name).cast(pa.string()))
    return given


def measured(tickets: int, compared: int, *, brief: bool = False) -> Measured:
    """Judge made-up tickets on two cores and on one, reading them included; compare some of others.

    It runs in a process of its own, whose Java machine serves both, the one core coming second: if
    it is warmer then, two look the slower for it. A brief run compiles less and measures less.

    Raises:
        RuntimeError: the process failed; it says how.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "events").mkdir()
        for number, batch in enumerate(desk_batches(tickets, batch=max(1, tickets // _FILES))):
            pq.write_table(batch, folder / "events" / f"{number:03}.parquet")
        given = ["--folder", name, "--compared", str(compared), *(["--brief"] if brief else [])]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bulk_spark", *given],
            capture_output=True,
            text=True,
            check=False,
            cwd=_ROOT,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    one, two, wrong, judged = done.stdout.split()[-4:]
    return Measured(
        tickets=tickets, one=float(one), two=float(two), wrong=int(wrong), judged=int(judged)
    )


def _measured(folder: Path, compared: int, *, brief: bool) -> tuple[float, float, int, int]:
    """Return the seconds of one core and of two, and differences."""
    settings = {"driver__memory": "2g", "sql__adaptive__enabled": "false"}
    settings["sql__shuffle__partitions"] = "8"
    if brief:
        settings["driver__extraJavaOptions"] = "-XX:TieredStopAtLevel=1"
    cores, runs = sorted(os.sched_getaffinity(0))[:2], 2 if brief else 4
    taken: list[float] = []
    wrong = judged = 0
    for number in (2, 1):
        _bind(cores[:number])
        spark = start_spark(f"local[{number}]", folder, **settings)
        taken.append(_seconds(spark, folder, runs))
        if number == 2:
            wrong, judged = _wrong(spark, compared)
        spark.stop()
    return taken[1], taken[0], wrong, judged


def _bind(cores: Sequence[int]) -> None:
    """Bind this process and all that it started to some cores; new threads are bound as well."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            after = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(after[1])
    family = {os.getpid()}
    while more := {each for each, parent in parents.items() if parent in family} - family:
        family |= more
    for task in (task for each in family for task in Path(f"/proc/{each}/task").glob("*")):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), cores)


def _seconds(spark: Session, folder: Path, runs: int) -> float:
    """Return the seconds of the quickest of some runs: the first ones warm the machine up."""
    events = spark.read.parquet(str(folder / "events"))
    taken: list[float] = []
    for _ in range(runs):
        began = time.perf_counter()
        judge_tickets(events, COMMON, as_of=NOW).write.format("noop").mode("overwrite").save()
        taken.append(time.perf_counter() - began)
    return min(taken)


def _wrong(spark: Session, tickets: int) -> tuple[int, int]:
    """Return how many verdicts differ from the scalar engine's, row for row, and of how many.

    Tickets of a desk under the common agreement, and generated ones under random agreements.
    """
    wrong = judged = 0
    if not tickets:
        return wrong, judged
    (desk,) = desk_batches(tickets, batch=tickets)
    frame = frame_of(table_of(desk), micros(NOW))
    numbers = np.arange(tickets)
    histories = [frame.events(n, name) for n, name in enumerate(frame.names(numbers))]
    cases = [(COMMON, histories, NOW), *generated(min(tickets, 1_000), 7, a_case=250)]
    for agreement, told, as_of in cases:
        given = spark.createDataFrame(plain(table(told)))
        verdicts = judge_tickets(given, agreement, as_of=as_of).toArrow()
        found = sorted(rows(cast("ArrowTable", verdicts)), key=repr)
        own = sorted(expected(told, agreement, as_of), key=repr)
        wrong += abs(len(found) - len(own))
        wrong += sum(one != other for one, other in zip(found, own, strict=False))
        judged += len(own)
    return wrong, judged


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and time, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="bulk_spark", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--compared", type=int, default=20_000)
    parser.add_argument("--brief", action="store_true", help="compile less, run less")
    parser.add_argument("--folder", type=Path, help="events are here: measure in this process")
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    if chosen.folder:
        print(*_measured(chosen.folder, chosen.compared, brief=chosen.brief))
        return 0
    found = measured(chosen.tickets, chosen.compared, brief=chosen.brief)
    print(f"{found.wrong} of {found.judged:,} verdicts differ from the scalar engine's")
    print(
        f"{found.tickets:,} tickets: {found.one:.1f} s on one core, {found.two:.1f} s on two, "
        f"{found.speedup:.2f} times"
    )
    return 1 if found.wrong or not found.judged else 0


if __name__ == "__main__":
    sys.exit(main())
