"""A queue that is simulated caller by caller: what Erlang's formulas are compared with.

It shares nothing with them but the assumptions: exponential gaps, handling times and patience,
and first come, first served.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from math import fsum, sqrt
from statistics import fmean, stdev
from typing import Final

import attrs

__all__ = ["Measured", "simulated"]

_WARM_UP: Final = 0.2
"""Callers before those that are counted, as a share of them: a desk begins empty."""


@attrs.frozen
class _Desk:
    load: float
    agents: int
    patience: float | None
    can_wait: bool


@attrs.frozen(kw_only=True)
class Measured:
    """Hold the means of independent runs, each with its standard error over the runs."""

    figures: dict[str, tuple[float, float]]

    def distance(self, name: str, value: float) -> float:
        """Return how many standard errors a value lies from what was measured."""
        mean, error = self.figures[name]
        if error == 0:
            return 0.0 if mean == value else float("inf")
        return abs(mean - value) / error


def simulated(
    seed: int,
    *,
    load: float,
    agents: int,
    patience: float | None = None,
    can_wait: bool = True,
    target: float = 0.0,
    runs: int = 20,
    callers: int = 4_000,
) -> Measured:
    """Run a desk so many times; times are in handling times, patience None is for ever."""
    desk = _Desk(load, agents, patience, can_wait)
    told = [_run(random.Random(f"{seed}:{run}"), target, callers, desk) for run in range(runs)]
    names = ("wait_ratio", "abandoned_ratio", "mean_wait", "served_within_ratio")
    columns = zip(names, zip(*told, strict=True), strict=True)
    return Measured(figures={name: _with_error(values) for name, values in columns})


def _with_error(values: Sequence[float]) -> tuple[float, float]:
    return fmean(values), stdev(values) / sqrt(len(values))


def _run(
    rng: random.Random, target: float, callers: int, desk: _Desk
) -> tuple[float, float, float, float]:
    free = [0.0] * desk.agents
    now, waited, left, timely, waits = 0.0, 0, 0, 0, list[float]()
    skipped = int(callers * _WARM_UP)
    for caller in range(callers + skipped):
        now += rng.expovariate(desk.load)
        offered = max(0.0, free[0] - now)
        bears = float("inf") if desk.can_wait else 0.0
        if desk.patience is not None:
            bears = rng.expovariate(1 / desk.patience)
        gives_up = offered > bears
        if not gives_up:
            heapq.heapreplace(free, now + offered + rng.expovariate(1.0))
        if caller >= skipped:
            waited += offered > 0
            left += gives_up
            waits.append(min(offered, bears))
            timely += not gives_up and offered <= target
    return waited / callers, left / callers, fsum(waits) / callers, timely / callers
