"""Kill writers of a SQLite store, thousands of times, and put a fault at every point (law R6).

Each round is a new file, 500 kills long; writers append to streams of their own and to a shared
one. Then every kind of write is interrupted at every step of SQLite and runs out of disk at every
page. Controls without transactions have to be found out, or the run fails: a check that cannot
fail proves nothing. It proves nothing about the loss of power.

    python -m benchmarks.kill_stores [--kills 5000] [--seed 1]

The exit code is 1 if anything was lost, partial, missing or doubled, or a control passed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.crash import CrashReport, kill_writers
from itsm_core.testing.faults import (
    FaultReport,
    WithoutTransactions,
    fill_the_disk,
    interrupt_every_step,
)

__all__ = ["faults", "kill_control", "kill_in_rounds", "main", "total"]

_ROUND: Final = 500
_CONTROL_KILLS: Final = 60


def kill_in_rounds(kills: int, seed: int, *, each: int = _ROUND) -> CrashReport:
    """Kill writers of new stores until there were `kills` kills; return the sum."""
    reports: list[CrashReport] = []
    while (done := sum(report.kills for report in reports)) < kills:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "desk.db"
            report = kill_writers(
                partial(SqliteStore, path, busy_seconds=60),
                kills=min(each, kills - done),
                seed=seed + len(reports),
                processes=2 + len(reports) % 2,
            )
            with SqliteStore(path) as store:
                store.check_integrity()
        reports.append(report)
    return total(reports)


def total(reports: Sequence[CrashReport]) -> CrashReport:
    """Return the sums of several reports."""
    return CrashReport(
        kills=sum(each.kills for each in reports),
        acknowledged=sum(each.acknowledged for each in reports),
        found=sum(each.found for each in reports),
        lost=sum(each.lost for each in reports),
        partial=sum(each.partial for each in reports),
        gaps=sum(each.gaps for each in reports),
        stray=sum(each.stray for each in reports),
        doubled=sum(each.doubled for each in reports),
        details=tuple(text for each in reports for text in each.details)[:20],
    )


def kill_control(seed: int, kills: int = _CONTROL_KILLS) -> CrashReport:
    """Kill writers of a store without transactions."""
    with TemporaryDirectory() as folder:
        opener = partial(WithoutTransactions, Path(folder) / "desk.db")
        return kill_writers(opener, kills=kills, seed=seed, processes=1)


def faults(store: type[SqliteStore]) -> FaultReport:
    """Put a fault at every point: a step once, a step and all after it, and a page."""
    make = partial(store, synchronous="normal")
    reports = (
        interrupt_every_step(make),
        interrupt_every_step(make, for_good=True),
        fill_the_disk(make),
    )
    return FaultReport(
        points=sum(each.points for each in reports),
        committed=sum(each.committed for each in reports),
        violations=sum(each.violations for each in reports),
        details=tuple(text for each in reports for text in each.details)[:20],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="kill_stores", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=5_000, help="processes to kill (5,000)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    killed = kill_in_rounds(chosen.kills, chosen.seed)
    print(f"killed: {killed} (seed {chosen.seed}, {time.monotonic() - began:.0f} s)")
    control = kill_control(chosen.seed)
    print(f"control without transactions: {str(control).splitlines()[0]}")
    put = faults(SqliteStore)
    print(f"faults: {put}")
    put_control = faults(WithoutTransactions)
    print(f"control without transactions: {str(put_control).splitlines()[0]}")
    is_sound = killed.violations == put.violations == 0
    return 0 if is_sound and control.partial and put_control.violations else 1


if __name__ == "__main__":
    raise SystemExit(main())
