"""Evidence for the area `desk`: figures that do not lie."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.queues import simulated
from itsm_core.metrics import (
    BetaPrior,
    Demand,
    KaplanMeier,
    Rate,
    erlang_a,
    erlang_b,
    erlang_c,
    scorecard,
    staffed,
)

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

SHARED: Final = Path(__file__).parents[3] / "shared"
_NOT_THERE: Final = "not beside the repository"
_TICKETS: Final = 24_918


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` simulates less."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _published(_quick: bool) -> Iterator[Point]:
    for name, target, module, file in (
        (
            "published reference values",
            "all 47 within their tolerances",
            "tests/golden/test_reference_values.py",
            SHARED / "field/reference_values.json",
        ),
        (
            "UCI log: 14-day cohorts, times to resolve, promises by Kaplan-Meier",
            "as published: 47.1 h beside 6.5 h naive, truth 47.3 h",
            "tests/golden/test_uci_survival.py",
            SHARED / "data/uci_incident_event_log/incident_event_log.csv.gz",
        ),
    ):
        code, closing = run_pytest(module)
        there = file.exists()
        told = closing if there else _NOT_THERE
        yield Point(name, target, told, code == 0 and there and "skipped" not in closing)


def _queues(quick: bool) -> Iterator[Point]:
    runs, callers = (20, 2_000) if quick else (50, 20_000)
    blocked = simulated(11, load=6, agents=8, can_wait=False, runs=runs, callers=callers)
    distances = {"Erlang B": [blocked.distance("abandoned_ratio", erlang_b(6, 8))]}
    for name, load, agents, patience in (
        ("Erlang C", 6, 8, None),
        ("Erlang A", 6, 8, 0.5),
        ("Erlang A in overload", 10, 8, 2.0),
    ):
        seen = simulated(
            12, load=load, agents=agents, patience=patience, target=0.2, runs=runs, callers=callers
        )
        told = erlang_c(load, agents, target=0.2)
        if patience is not None:
            told = erlang_a(load, agents, patience=patience, target=0.2)
        distances[name] = [
            seen.distance("wait_ratio", told.wait_ratio),
            seen.distance("mean_wait", told.mean_wait if told.mean_wait is not None else -1.0),
            seen.distance("served_within_ratio", told.served_within_ratio),
            seen.distance("abandoned_ratio", told.abandoned_ratio),
        ]
    for name, each in distances.items():
        yield Point(
            f"{name} against {runs * callers:,} simulated callers",
            "within 3 standard errors",
            f"at most {max(each):.2f}, {len(each)} figures",
            max(each) < 3,
        )


def _warnings(_quick: bool) -> Iterator[Point]:
    steady = Demand(calls=100, period_seconds=1800, handle_seconds=180)
    rush = Demand(
        calls=100,
        period_seconds=1800,
        handle_seconds=180,
        abandoned_ratio=0.04,
        arrivals=(5, 5, 5, 70, 10, 5),
    )
    wanted = {"load-reaches-agents", "abandonment-ignored", "arrivals-not-steady"}
    silent = staffed(steady, 14, target_seconds=20).warnings
    found = {fault.code for fault in staffed(rush, 10, target_seconds=20).warnings}
    yield Point(
        "staffing where its assumptions fail, and where they hold",
        "3 warnings, none",
        f"{', '.join(sorted(found))}; {len(silent)}",
        found == wanted and not silent,
    )


def _ranking(quick: bool) -> Iterator[Point]:
    desks, above, parted = (100 if quick else 1_000), 0, 0
    for seed in range(desks):
        rng = random.Random(seed)
        rates = {"novice": Rate(successes=1, trials=1), "expert": Rate(successes=523, trials=543)}
        for number in range(50):
            trials = rng.choice((1, 2, 5, 20, 200, 500))
            hits = sum(rng.random() < 0.8 for _ in range(trials))
            rates[str(number)] = Rate(successes=hits, trials=trials)
        prior = BetaPrior(a=rng.uniform(0.1, 99), b=rng.uniform(0.1, 9))
        lines = scorecard(rates, prior=prior, small=1)  # the hard way: everybody has a rank
        rank = {line.name: line.rank or 0 for line in lines}
        names = [line.name for line in lines]
        above += rank["novice"] < rank["expert"]
        above += names.index("novice") < names.index("expert")
        parted += sum(
            one.interval.overlaps(other.interval) and one.rank != other.rank
            for one in lines
            for other in lines
        )
    yield Point(
        f"1 of 1 never outranks 523 of 543, {desks:,} random desks",
        "0 times",
        str(above),
        not above,
    )
    yield Point("overlapping intervals tie", "0 parted", str(parted), parted == 0)


def _speed(_quick: bool) -> Iterator[Point]:
    rng = random.Random(1)
    hours = [rng.weibullvariate(50, 0.5) for _ in range(_TICKETS)]
    ended = [rng.random() < 0.8 for _ in hours]
    began = time.process_time()
    km = KaplanMeier.of(hours, ended)
    km.quantile_interval(0.5)
    km.restricted_mean(24)
    seconds = time.process_time() - began
    name = f"survival of {_TICKETS:,} tickets, median and mean with intervals"
    yield Point(name, "< 1 s of CPU", f"{seconds:.2f} s", seconds < 1)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("published figures", _published),
    ("queues", _queues),
    ("warnings", _warnings),
    ("ranking", _ranking),
    ("speed", _speed),
)
