"""Evidence for problem candidates, storms and problem practice; part of the area `linking`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.linking_candidates import (
    Detection,
    StormFigures,
    detect,
    false_on_small_desks,
    storm_figures,
)
from benchmarks.problem_pairs import UCI_LOG, rank_pairs
from benchmarks.rotation import DATA, Kind, made, published

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
_NOT_THERE: Final = "not beside the repository"
_OTHER_SEEDS: Final = tuple(range(11, 19))
"""Streams of the same kind that nothing was tuned on: the settings were chosen on 0 to 3."""

_STORM_SEEDS: Final = tuple(range(101, 111))
_RECALL: Final[dict[Kind, float]] = {"alert": 0.95, "real": 0.30}
_NAMES: Final[dict[Kind, str]] = {"alert": "templated", "real": "free-text"}
_KINDS: Final[tuple[Kind, ...]] = ("alert", "real", "none")


def points(quick: bool) -> Iterator[Point]:
    """Yield the points of candidates and storms; `quick` leaves the streams of other seeds out."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _one(kind: Kind, seed: int, look_weeks: int) -> Detection:
    return detect(made(kind, seed) if seed else published(kind), look_weeks=look_weeks)


def _detected(seeds: Sequence[int], look_weeks: int = 1) -> dict[Kind, list[Detection]]:
    """Return what was found in the streams of these seeds; 0 is the published one."""
    tasks: list[tuple[Kind, int, int]] = [
        (kind, seed, look_weeks) for kind in _KINDS for seed in seeds
    ]
    with ProcessPoolExecutor(max_workers=2) as pool:
        done = list(pool.map(_one, *zip(*tasks, strict=True)))
    found: dict[Kind, list[Detection]] = {kind: [] for kind in _KINDS}
    for (kind, _, _), each in zip(tasks, done, strict=True):
        found[kind].append(each)
    return found


def _rotation(quick: bool) -> Iterator[Point]:
    if not DATA.exists():
        yield Point("rotation streams", "found", _NOT_THERE, ok=False)
        return
    yield from _stream_points("rotation stream", _detected((0,), 12 if quick else 1))
    if not quick:
        name = f"{len(_OTHER_SEEDS)} other rotation streams"
        yield from _stream_points(name, _detected(_OTHER_SEEDS))


def _stream_points(name: str, found: dict[Kind, list[Detection]]) -> Iterator[Point]:
    at: list[int] = []
    for kind, least in _RECALL.items():
        seen = sum(len(each.found) for each in found[kind])
        failures = sum(each.failures for each in found[kind])
        at += [place for each in found[kind] for place in each.found.values()]
        yield Point(
            f"{name}: {_NAMES[kind]} failures found",
            f">= {least:.2f}",
            f"{seen / failures:.3f} ({seen} of {failures})",
            seen / failures >= least,
        )
    mean = sum(at) / len(at)
    target = "by the 4.2th on average"
    yield Point(f"{name}: occurrence at which found", target, f"{mean:.2f}", mean <= 4.2)
    false = sum(len(each.false) for each in found["none"])
    tickets = sum(each.tickets for each in found["none"])
    rate = false * 1000 / tickets
    yield Point(
        f"{name}: false candidates where nothing was injected",
        "<= 1 in 1,000 tickets",
        f"{rate:.2f} ({false} in {tickets:,})",
        rate <= 1,
    )


def _small_desks(quick: bool) -> Iterator[Point]:
    false, tickets = false_on_small_desks(10 if quick else 100)
    rate = false * 1000 / tickets
    yield Point(
        "small desks of three services, nothing injected: false candidates",
        "<= 1 in 1,000 tickets",
        f"{rate:.2f} ({false} in {tickets:,})",
        rate <= 1,
    )


def _storms(quick: bool) -> Iterator[Point]:
    seeds = _STORM_SEEDS[:1] if quick else _STORM_SEEDS
    with ProcessPoolExecutor(max_workers=2) as pool:
        figures = list(pool.map(storm_figures, seeds))
    false = sum(each.false_alarms for each in figures)
    a_year = false / len(figures)
    years = f"{len(figures)} year{'s' if len(figures) > 1 else ''}"
    measured = f"{a_year:.1f} ({false} in {years})"
    yield Point("storms: false alarms in a simulated year", "<= 1", measured, a_year <= 1)
    yield from _found(figures)


def _found(figures: Sequence[StormFigures]) -> Iterator[Point]:
    found, storms = sum(each.found for each in figures), sum(each.storms for each in figures)
    yield Point(
        "storms of 5 tickets in 30 minutes found",
        ">= 94 %",
        f"{found / storms:.1%} ({found} of {storms})",
        found / storms >= 0.94,
    )
    at = sorted(place for each in figures for place in each.at)
    median, mean = at[len(at) // 2], sum(at) / len(at)
    yield Point(
        "storms: the ticket at which found, median",
        "the 4th",
        f"{median} (mean {mean:.2f})",
        median <= 4,
    )


def _pairs(quick: bool) -> Iterator[Point]:
    name = "pairs of one problem above pairs of two, UCI log, no text"
    if not UCI_LOG.exists():
        yield Point(name, "above chance, with its interval", _NOT_THERE, ok=False)
        return
    found = rank_pairs(resamples=20 if quick else 400)
    measured = (
        f"area {found.area:.3f}, 95 % interval {found.low:.3f} to {found.high:.3f} over "
        f"{found.problems} problems; mean of problems {found.by_problem:.3f}"
    )
    yield Point(name, "above .5, interval and all", measured, found.low > 0.5)


def _tests(_quick: bool) -> Iterator[Point]:
    code, closing = run_pytest("tests/golden/test_known_bugs_linking.py")
    there = (ROOT.parent / "shared/field/known_bugs.json").exists()
    yield Point(
        "known bugs of area E",
        "each has a test, all pass",
        closing if there else _NOT_THERE,
        code == 0 and there and "skipped" not in closing,
    )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(ROOT / "examples/27_the_problem_nobody_sees.py")],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    told = "runs" if done.returncode == 0 else done.stderr.strip()[-100:]
    name = "example: the failure that eight people saw, from import to problem record"
    yield Point(name, "runs", told, done.returncode == 0)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("rotation streams", _rotation),
    ("small desks", _small_desks),
    ("storms", _storms),
    ("pairs without text", _pairs),
    ("known bugs and example", _tests),
)
