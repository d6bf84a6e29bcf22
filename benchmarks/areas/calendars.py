"""Evidence for the area `calendars`: business time, and the first main job on a real log."""

from __future__ import annotations

import csv
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.areas import Point, guarded
from benchmarks.areas.bad_inputs import points as bad_input_points

__all__ = ["points"]

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ROOT.parent / "shared"
UCI_LOG: Final = SHARED / "data/uci_incident_event_log/incident_event_log.csv.gz"
_HEAVY: Final = ("holidays", "hypothesis", "rich", "numpy", "sqlite3")
_IMPORT: Final = (
    "import time, sys; began = time.perf_counter(); import itsm_core; "
    "spent = time.perf_counter() - began; "
    f"print(spent, *(name for name in {_HEAVY!r} if name in sys.modules))"
)


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` asks fewer questions and takes fewer passes."""
    measurements: tuple[tuple[str, Callable[[bool], Iterable[Point]]], ...] = (
        ("import", _import_time),
        ("published cases", _cases),
        ("oracle", _oracle),
        ("workclock, same answers", _workclock),
        ("Boston", _boston),
        ("priority learned", _priority),
        ("speed", _speed),
        ("bad inputs", bad_input_points),
        ("demo", _demo),
        ("UCI log", _replay),
    )
    for name, measure in measurements:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _import_time(quick: bool) -> Iterator[Point]:
    command = [sys.executable, "-c", _IMPORT]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(5 if quick else 9)
    ]
    spent = median(float(run[0]) for run in runs) * 1000
    found = sorted({name for run in runs for name in run[1:]})
    yield Point(
        f"import itsm_core, median of {len(runs)} fresh processes",
        "<= 150 ms",
        f"{spent:.0f} ms",
        spent <= 150,
    )
    yield Point(
        "heavy modules that the import loads", "none", ", ".join(found) or "none", not found
    )


def _cases(_quick: bool) -> Iterator[Point]:
    files = ("test_field_cases.py", "test_known_bugs_calendars.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
        + [str(ROOT / "tests" / "golden" / name) for name in files],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    closing = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-200:]
    passed = re.search(r"(\d+) passed", closing)
    # The field's data may be absent, and then nothing was shown.
    enough = passed is not None and int(passed[1]) >= 300
    yield Point(
        "published cases and known bugs of business time",
        "all applicable pass, differences named",
        re.sub(r"[= ]*(.*?)[= ]*$", r"\1", closing),
        done.returncode == 0 and enough,
    )


def _oracle(quick: bool) -> Iterator[Point]:
    from benchmarks.fuzz_calendars import fuzz

    wanted = 6_000 if quick else 200_000
    result = fuzz(cases=wanted, seed=1)
    yield Point(
        f"minute oracle, {wanted:,} random questions, 1970-2100",
        "0 differences" if quick else "0 differences, every IANA zone",
        f"{len(result.differences)} of {result.cases:,}, {result.zones} zones, "
        f"{result.schedules:,} schedules",
        not result.differences and result.cases >= wanted and (quick or result.zones > 400),
    )


def _workclock(quick: bool) -> Iterator[Point]:
    from benchmarks.workclock_peer import fuzz_workclock

    wanted = 6_000 if quick else 100_000
    result = fuzz_workclock(cases=wanted, seed=1)
    yield Point(
        f"workclock 0.1.2, {wanted:,} random operations where policies agree",
        "0 differences",
        f"{len(result.differences)} of {result.cases:,}",
        not result.differences and result.cases >= wanted,
    )


def _boston(_quick: bool) -> Iterator[Point]:
    from benchmarks.boston import measure

    result = measure()
    yield Point(
        "Boston due dates within 130 s",
        ">= 21,663 of 21,687",
        f"{result.reproduced:,} of {result.due_dates:,}",
        result.reproduced >= 21_663 and result.due_dates == 21_687,
    )


def uci_priority_observations() -> Iterator[tuple[str, str, str]]:
    """Yield (impact, urgency, priority) of every row of the UCI log."""
    with gzip.open(UCI_LOG, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["impact"], row["urgency"], row["priority"]


def _priority(_quick: bool) -> Iterator[Point]:
    from itsm_core.priority import learn_matrix

    observations = list(uci_priority_observations())
    learned = learn_matrix(observations)
    yield Point(
        "priority learned from the UCI log",
        "0 exceptions in 141,712 rows, 8 cells",
        f"{len(learned.exceptions)} in {len(observations):,}, {len(learned.cells)} cells",
        not learned.exceptions and len(observations) == 141_712 and len(learned.cells) == 8,
    )


def _speed(quick: bool) -> Iterator[Point]:
    from benchmarks.calendars import measure_apart

    found = measure_apart(quick=quick)
    between = found.between_per_second / found.peer_between_per_second
    add = found.add_per_second / found.peer_add_per_second
    yield Point(
        "between, against workclock",
        ">= 10x",
        f"{between:.1f}x ({found.between_per_second / 1e6:.2f} M/s)",
        between >= 10,
    )
    yield Point(
        "add, against workclock",
        ">= 20x",
        f"{add:.1f}x ({found.add_per_second / 1e6:.2f} M/s)",
        add >= 20,
    )
    yield Point(
        "between, a pair ten years apart",
        "< 2 us",
        f"{found.ten_years_us:.2f} us",
        found.ten_years_us < 2,
    )
    in_utc = found.pendulum_between_per_second / found.stdlib_between_per_second
    yield Point(
        "between of pendulum datetimes, against stdlib",
        ">= 0.50x (1.0 of 2.0 M/s)",
        f"{in_utc:.2f}x ({found.pendulum_between_per_second / 1e6:.2f} M/s)",
        in_utc >= 0.5,
    )
    added = found.pendulum_add_per_second / found.stdlib_add_per_second
    yield Point(
        "add of pendulum datetimes, against stdlib",
        ">= 0.43x (0.6 of 1.4 M/s)",
        f"{added:.2f}x ({found.pendulum_add_per_second / 1e6:.2f} M/s)",
        added >= 0.6 / 1.4,
    )
    kibibytes = found.left_bytes / 1024
    yield Point(
        "memory that 100,000 calls leave", "< 100 KB", f"{kibibytes:.1f} KB", kibibytes < 100
    )
    yield from _flatness(found.span_cost_ratio, found.add_span_cost_ratio, found.holiday_cost_ratio)


def _flatness(span: float, add_span: float, days: float) -> Iterator[Point]:
    """Yield the ratios that must stay near one; half more is the noise of a shared machine."""
    yield Point("between over 10 years, against 1 day", "<= 1.5x", f"{span:.2f}x", span <= 1.5)
    yield Point(
        "add of 20,000 hours, against 8 hours", "<= 1.5x", f"{add_span:.2f}x", add_span <= 1.5
    )
    yield Point("between with 2,000 holidays, against 0", "<= 1.5x", f"{days:.2f}x", days <= 1.5)


def _demo(_quick: bool) -> Iterator[Point]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONTZPATH": ""}
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "itsm_core", "demo"],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=environment,
        )
        spent = time.perf_counter() - began
    said = done.stderr.strip().splitlines()
    worked = done.returncode == 0
    yield Point(
        "python -m itsm_core demo",
        "< 5 s, exit code 0",
        f"{spent:.1f} s" if worked else f"exit {done.returncode}: {said[-1] if said else ''}",
        worked and spent < 5,
    )


def _replay(quick: bool) -> Iterator[Point]:
    name = "benchmarks.areas.replay_points"
    if find_spec(name) is None:
        yield Point("UCI facts from replay --json", "all that apply", "not written yet", ok=False)
        return
    from importlib import import_module

    yield from import_module(name).points(quick)
