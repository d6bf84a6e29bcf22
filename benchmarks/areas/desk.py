"""Evidence for the area `desk`: figures that do not lie."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final, cast

import attrs

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.queues import simulated
from itsm_core.interop import load_mapping, read_log
from itsm_core.metrics import (
    METRICS,
    BetaPrior,
    CaseLog,
    Dashboard,
    Demand,
    FirstContact,
    KaplanMeier,
    Metric,
    Rate,
    Result,
    ShareWithin,
    Window,
    erlang_a,
    erlang_b,
    erlang_c,
    measure,
    measure_all,
    scorecard,
    staffed,
)
from itsm_core.money import Money, Rates
from tests.golden.uci_log import histories as published

__all__ = ["points"]

ALONE: Final = ("promises", "knowledge")
CHILDREN: Final = ("contacts", "interop")
"""The other modules of the area, `desk_<name>.py`, beside that of the report: those that work in
this process alone, and those that start others."""

Measure = Callable[[bool], Iterable[Point]]
Named = tuple[str, Measure]

SHARED: Final = Path(__file__).parents[3] / "shared"
LOG: Final = SHARED / "data/uci_incident_event_log/incident_event_log.csv.gz"
_NOT_THERE: Final = "not beside the repository"
_TICKETS: Final = 24_918


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` simulates less."""
    yield from _beside(("published figures", _published), _MEASUREMENTS, quick)
    yield from _beside(_sibling("report"), map(_sibling, ALONE), quick)
    for name, run in map(_sibling, CHILDREN):
        yield from guarded(name, "can be measured", partial(run, quick))


def _beside(aside: Named, rest: Iterable[Named], quick: bool) -> Iterator[Point]:
    """Yield the points of `rest`, while what works in processes of its own goes on beside them.

    `rest` starts no process: what does may measure the time of all those that have ended.
    """
    name, run = aside
    with ThreadPoolExecutor(max_workers=1) as pool:
        found = pool.submit(lambda: list(guarded(name, "can be measured", partial(run, quick))))
        for other, measurement in rest:
            yield from guarded(other, "can be measured", partial(measurement, quick))
        yield from found.result()


_PUBLISHED: Final = (
    "tests/golden/test_reference_values.py",
    "tests/golden/test_uci_survival.py",
    "tests/golden/test_uci_metrics.py",
    "tests/golden/test_known_bugs_desk.py",
)


def _published(_quick: bool) -> Iterator[Point]:
    """Run what compares with published figures and with the bugs of others, in one process."""
    code, closing = run_pytest(*_PUBLISHED)
    is_there = all(
        file.exists()
        for file in (SHARED / "field/reference_values.json", SHARED / "field/known_bugs.json", LOG)
    )
    yield Point(
        "47 reference values, facts of the UCI log, known bugs of areas F and G",
        "as published within their tolerances; each fact and bug accounted for",
        closing if is_there else _NOT_THERE,
        code == 0 and is_there and "skipped" not in closing,
    )


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
    desks, above, parted = (30 if quick else 1_000), 0, 0
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


def _metrics(_quick: bool) -> Iterator[Point]:
    """Measure the whole imported log by every metric, and the cohort of two weeks in March."""
    name = f"every metric over the whole UCI log, {_TICKETS:,} tickets"
    if not LOG.exists():
        yield Point(name, "< 5 s of CPU", _NOT_THERE, ok=False)
        return
    mapping = attrs.evolve(load_mapping("servicenow_uci"), resolved_at="column")
    histories = read_log(LOG, mapping).histories
    began = time.process_time()
    log = CaseLog.of(histories.values())
    told = measure_all(log, log.whole(), rates=Rates(hourly=Money(95, "EUR")))
    split = measure(log, METRICS["resolved-within-24h"].split_by("group"), log.whole())
    seconds = time.process_time() - began
    measured = f"{len(told)} metrics, {len(split.parts)} groups, {seconds:.1f} s"
    yield Point(name, "< 5 s of CPU", measured, len(log) == _TICKETS and seconds < 5)
    whole = all(_is_whole(result) for result in (*told.values(), split))
    definition = "each result holds definition, population, zone, calendar and window"
    yield Point(definition, "as JSON, the definition read back", str(whole), whole)
    yield from _variants(log)
    yield from _cohort(CaseLog.of(each for each in published() if len(each) > 1))


def _is_whole(result: Result) -> bool:
    data = json.loads(result.dumps())
    needed = {"metric", "population", "window", "calendar", "calendar_hash", "honest", "dashboard"}
    return needed <= data.keys() and Metric.from_json(data["metric"]) == result.metric


def _variants(log: CaseLog) -> Iterator[Point]:
    """Measure what takes groups and states: solved by the only group, and returns to work."""
    only = FirstContact(one_group=True, not_reopened=True)
    share = ShareWithin(until=only, within=timedelta(days=1_000), dashboard=Dashboard.SO_FAR)
    metric = attrs.evolve(METRICS["fcr-first-group"], measure=share)
    found = measure(log, metric, log.whole()).dashboard.value or 0.0
    name = "first contact: one group, not reopened, of all incidents"
    yield Point(name, "0.612 +- 0.002, as published", f"{found:.4f}", abs(found - 0.612) <= 0.002)
    returned = measure(log, METRICS["reopened-within-7d"], log.whole()).population.ended
    yield Point(
        "tickets that came back to work", "276, as published", str(returned), returned == 276
    )


def _cohort(log: CaseLog) -> Iterator[Point]:
    """Measure the 14 days to 31 March 2016, seen on that evening and when all was over.

    Opened and resolved as on the last row of each incident, which is how the facts were computed.
    """
    at = datetime(2016, 3, 31, 18, tzinfo=UTC)
    tick = timedelta.resolution  # the facts leave the first instant out and take the last one in
    seen = Window(start_at=at - timedelta(days=14) + tick, end_at=at + tick, seen_at=at)
    later = attrs.evolve(seen, seen_at=datetime(2017, 12, 31, tzinfo=UTC))
    for name, title, unit, factor, wanted in (
        ("resolution-median", "median", " h", 1, (6.5, 47.1, 47.3)),
        ("resolved-within-24h", "resolved within 24 h", " %", 100, (60.8, 42.3, 42.1)),
    ):
        told, truth = (measure(log, METRICS[name], window) for window in (seen, later))
        figures = (told.dashboard.value, told.honest.value, truth.dashboard.value)
        found = tuple(-1.0 if each is None else factor * each for each in figures)
        yield Point(
            f"two weeks seen on 31 March 2016: {title}, naive, honest, later truth",
            " / ".join(f"{each}{unit}" for each in wanted),
            " / ".join(f"{each:.2f}{unit}" for each in found),
            all(abs(one - other) < 0.06 for one, other in zip(found, wanted, strict=True)),
        )


def _sibling(name: str) -> Named:
    """Return another module of the area; one that is missing falls short."""

    def run(quick: bool) -> Iterable[Point]:
        module = import_module(f"benchmarks.areas.desk_{name}")
        return cast("Measure", module.points)(quick)

    return name, run


_MEASUREMENTS: Final[tuple[Named, ...]] = (
    ("queues", _queues),
    ("warnings", _warnings),
    ("ranking", _ranking),
    ("speed", _speed),
    ("metrics", _metrics),
)
