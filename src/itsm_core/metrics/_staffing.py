"""How many agents a desk needs, and when the formula must not be believed (law M3)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Final

import attrs

from itsm_core.errors import Fault, InvalidValue
from itsm_core.metrics._checks import number, ratio, whole
from itsm_core.metrics._erlang import Waiting, erlang_a, erlang_c
from itsm_core.metrics._special import chi_square_tail

__all__ = ["Demand", "Staffing", "agents_needed", "rostered", "staffed"]

_MOST_AGENTS: Final = 100_000
_ODD: Final = 0.01
"""Counts this unlikely under one rate are taken as a rate that changes."""
_ROUNDING: Final = 1e-9


@attrs.frozen(kw_only=True)
class Demand:
    """Hold the work of one period: calls, how long one takes, what callers bear.

    `patience_seconds` is the mean time after which they give up, None for never (Erlang C);
    `abandoned_ratio` the share that was seen to give up; `arrivals` the calls of equal parts of
    the period, if they are known, by which it is checked that the period is one.

    Raises:
        InvalidValue: calls, a period, a handling time or a patience that is not above 0, a share
            outside [0, 1], a negative count of calls.

    >>> from itsm_core.metrics import Demand
    >>> Demand(calls=100, period_seconds=1800, handle_seconds=180).load
    10.0
    >>> Demand(calls=100, period_seconds=1800, handle_seconds=0)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a handling time is a finite number above 0: 0; leave out what
        is unknown
    """

    calls: float
    period_seconds: float
    handle_seconds: float
    patience_seconds: float | None = None
    abandoned_ratio: float = 0.0
    arrivals: tuple[int, ...] = ()

    def __attrs_post_init__(self) -> None:
        number(self.calls, "a number of calls", above=0)
        number(self.period_seconds, "a period", above=0)
        number(self.handle_seconds, "a handling time", above=0)
        ratio(self.abandoned_ratio, "a share that gave up", closed=True)
        if self.patience_seconds is not None:
            number(self.patience_seconds, "a patience", above=0)
        for count in self.arrivals:
            whole(count, "a count of calls")

    @property
    def load(self) -> float:
        """The load in erlangs: how many agents it would keep busy without a break."""
        return self.calls * self.handle_seconds / self.period_seconds


@attrs.frozen(kw_only=True)
class Staffing:
    """Hold a number of agents with what callers then meet, in seconds, and what is doubtful.

    >>> from itsm_core.metrics import Demand, agents_needed
    >>> desk = Demand(calls=100, period_seconds=1800, handle_seconds=180, abandoned_ratio=0.04)
    >>> told = agents_needed(desk, target_seconds=20, answered_ratio=0.8)
    >>> f"{told.agents} agents by {told.model}, mean wait {told.waiting.mean_wait:.1f} seconds"
    '14 agents by Erlang C, mean wait 7.8 seconds'
    >>> [fault.message for fault in told.warnings]
    ['callers gave up, and the formula has all of them wait']
    """

    agents: int
    load: float
    model: str
    waiting: Waiting
    warnings: tuple[Fault, ...]


def staffed(demand: Demand, agents: int, *, target_seconds: float) -> Staffing:
    """Return what callers meet with so many agents: Erlang A where patience is known, else C.

    Each assumption that fails is a warning: a load that the agents cannot carry, callers who give
    up while the formula has them wait, arrivals that change within the period.

    Raises:
        InvalidValue: fewer agents than 1, a negative target.

    >>> desk = Demand(calls=100, period_seconds=1800, handle_seconds=180)
    >>> told = staffed(desk, 14, target_seconds=20)
    >>> round(told.waiting.served_within_ratio, 3), told.warnings
    (0.888, ())
    """
    return Staffing(
        agents=agents,
        load=demand.load,
        model="Erlang C" if demand.patience_seconds is None else "Erlang A",
        waiting=_waiting(demand, agents, target_seconds),
        warnings=_warnings(demand, agents),
    )


def _waiting(demand: Demand, agents: int, target_seconds: float) -> Waiting:
    handle = demand.handle_seconds
    if demand.patience_seconds is None:
        return erlang_c(demand.load, agents, handle_time=handle, target=target_seconds)
    return erlang_a(
        demand.load,
        agents,
        patience=demand.patience_seconds,
        handle_time=handle,
        target=target_seconds,
    )


def _warnings(demand: Demand, agents: int) -> tuple[Fault, ...]:
    found: list[Fault] = []
    if demand.load >= agents:
        what = "there is work for as many agents as there are, or more"
        remedy = "plan more agents; without patience the queue grows for ever"
        if demand.patience_seconds is not None:
            remedy = "plan more agents; the queue is bounded only because callers give up"
        found.append(
            Fault("load-reaches-agents", what, "agents", f"{demand.load:g} >= {agents}", remedy)
        )
    if demand.patience_seconds is None and demand.abandoned_ratio > 0:
        what = "callers gave up, and the formula has all of them wait"
        remedy = "estimate their patience (KaplanMeier, answered calls censored) and give it"
        seen = f"{demand.abandoned_ratio:.1%}"
        found.append(Fault("abandonment-ignored", what, "patience_seconds", seen, remedy))
    chance = _one_rate(demand.arrivals)
    if chance < _ODD:
        what = "calls do not come at one rate within the period"
        remedy = "plan shorter periods, each with its own demand"
        found.append(Fault("arrivals-not-steady", what, "arrivals", f"chance {chance:.2g}", remedy))
    return tuple(found)


def _one_rate(arrivals: Sequence[int]) -> float:
    """Return the chance of counts as uneven as these under one rate (dispersion test)."""
    total = sum(arrivals)
    if len(arrivals) < 2 or not total:
        return 1.0
    mean = total / len(arrivals)
    spread = sum((count - mean) ** 2 for count in arrivals) / mean
    return chi_square_tail(spread, len(arrivals) - 1)


def agents_needed(
    demand: Demand,
    *,
    target_seconds: float,
    answered_ratio: float,
    most_occupancy_ratio: float | None = None,
) -> Staffing:
    """Return the fewest agents who answer such a share within the target.

    The share is not rounded: 79.6 % is not 80 %. `most_occupancy_ratio` keeps agents from being
    busy all the time. `rostered` adds those who are ill, in training or at lunch.

    Raises:
        InvalidValue: a share outside (0, 1), a negative target, more than 100,000 agents.

    >>> desk = Demand(calls=100, period_seconds=1800, handle_seconds=180)
    >>> agents_needed(desk, target_seconds=20, answered_ratio=0.8).agents
    14
    """
    wanted = ratio(answered_ratio, "a share to be answered")
    busiest = 1.0 if most_occupancy_ratio is None else ratio(most_occupancy_ratio, "an occupancy")

    def suffice(agents: int) -> bool:
        told = _waiting(demand, agents, target_seconds)
        return told.served_within_ratio >= wanted and told.occupancy_ratio <= busiest

    low, high = 0, 1
    while not suffice(high):
        low, high = high, high * 2
        if low > _MOST_AGENTS:
            raise InvalidValue("more agents than can be planned", high, "plan parts of the desk")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffice(middle) else (middle, high)
    return staffed(demand, high, target_seconds=target_seconds)


def rostered(agents: int, *, shrinkage_ratio: float) -> int:
    """Return how many to put on the roster, so that so many answer: the others are away.

    Raises:
        InvalidValue: a negative number of agents, a ratio outside [0, 1).

    >>> rostered(14, shrinkage_ratio=0.3)
    20
    """
    away = 0.0 if shrinkage_ratio == 0 else ratio(shrinkage_ratio, "a shrinkage")
    return ceil(whole(agents, "a number of agents") / (1 - away) - _ROUNDING)
