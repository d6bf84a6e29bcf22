"""Kill two timer workers, a thousand times: each timer takes effect exactly once (law R2).

Each round is a new SQLite file. The control writes the effect first and marks the timer done
afterwards, as most schedulers do; it has to be found out, or the run fails.

    python -m benchmarks.kill_timers [--kills 1000] [--seed 1]

The exit code is 1 if an effect was lost or doubled, or the control passed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.kill_stores import total
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.crash import CrashReport, kill_workers

__all__ = ["kill_in_rounds", "main"]

_ROUND: Final = 200
_TIMERS: Final = 2_000
_CONTROL_KILLS: Final = 100


def kill_in_rounds(
    kills: int, seed: int, *, each: int = _ROUND, timers: int = _TIMERS, effect_apart: bool = False
) -> CrashReport:
    """Kill two workers at a time on new stores until there were `kills` kills; return the sum."""
    reports: list[CrashReport] = []
    while (done := sum(report.kills for report in reports)) < kills:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "desk.db"
            reports.append(
                kill_workers(
                    partial(SqliteStore, path, busy_seconds=60, synchronous="normal"),
                    kills=min(each, kills - done),
                    timers=timers,
                    seed=seed + len(reports),
                    effect_apart=effect_apart,
                )
            )
    return total(reports)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="kill_timers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=1_000, help="processes to kill (1,000)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    killed = kill_in_rounds(chosen.kills, chosen.seed)
    print(f"killed: {killed} (seed {chosen.seed}, {time.monotonic() - began:.0f} s)")
    control = kill_in_rounds(_CONTROL_KILLS, chosen.seed, effect_apart=True)
    print(f"control, effect written apart: {str(control).splitlines()[0]}")
    return 0 if killed.violations == 0 and control.doubled else 1


if __name__ == "__main__":
    raise SystemExit(main())
