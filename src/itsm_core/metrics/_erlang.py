"""Erlang's three formulas: how many agents answer how fast (law M3).

Load is in erlangs: arrivals a second times the seconds that one takes. Times of the results have
the unit of the times given.
"""

from __future__ import annotations

from math import exp, expm1, log
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics._checks import number, ratio, whole
from itsm_core.metrics._special import normal_cdf

__all__ = [
    "Waiting",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "erlang_c_quantile",
    "halfin_whitt",
    "offered_load",
]

_MOST_STATES: Final = 5_000_000
_NEGLIGIBLE: Final = 1e-18
_HUGE: Final = 1e200


@attrs.frozen(kw_only=True)
class Waiting:
    """Hold what callers meet in the long run.

    `wait_ratio` of them wait at all; `mean_wait` is over all callers, in the unit of the handling
    time; `queue_length` is the mean number waiting; `occupancy_ratio` the share of their time that
    agents are busy. `abandoned_ratio` of callers give up. None where no long run exists.

    >>> from itsm_core.metrics import erlang_c
    >>> told = erlang_c(10, 14, handle_time=180, target=20)
    >>> f"{told.wait_ratio:.1%} wait, {told.mean_wait:.1f} seconds on the average of all"
    '17.4% wait, 7.8 seconds on the average of all'
    >>> f"{told.served_within_ratio:.1%} within 20 seconds, agents busy {told.occupancy_ratio:.1%}"
    '88.8% within 20 seconds, agents busy 71.4%'
    >>> erlang_c(14, 14).mean_wait is None
    True
    """

    wait_ratio: float
    mean_wait: float | None
    queue_length: float | None
    occupancy_ratio: float
    abandoned_ratio: float
    served_within_ratio: float
    """The share of all callers that is answered within the target."""


def erlang_b(load: float, agents: int) -> float:
    """Return the share of callers that is turned away when nobody can wait.

    Raises:
        InvalidValue: a load that is not finite or below 0, a negative number of agents, or more
            than five million.

    References:
        A. K. Erlang, Post Office Electrical Engineers' Journal 10 (1918) 189-197.

    >>> erlang_b(1, 2)
    0.2
    """
    offered, last = number(load, "a load", least=0), whole(agents, "a number of agents")
    if last > _MOST_STATES:
        raise InvalidValue("more agents than can be computed", agents, f"use up to {_MOST_STATES}")
    blocked = 1.0
    for servers in range(1, last + 1):
        blocked = offered * blocked / (servers + offered * blocked)
    return blocked


def offered_load(blocking: float, agents: int) -> float:
    """Return the load at which a share `blocking` is turned away: Erlang B, asked backwards.

    Raises:
        InvalidValue: a share outside (0, 1), fewer agents than 1.

    >>> round(offered_load(0.01, 10), 2)
    4.46
    """
    wanted = ratio(blocking, "a share turned away")
    servers = whole(agents, "a number of agents", least=1)
    low, high = 0.0, float(servers)
    while erlang_b(high, servers) < wanted:
        high *= 2
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        low, high = (middle, high) if erlang_b(middle, servers) < wanted else (low, middle)


def erlang_c(load: float, agents: int, *, handle_time: float = 1.0, target: float = 0.0) -> Waiting:
    """Return what patient callers meet, who all wait until they are answered.

    With a load of as many agents or more the queue grows for ever: everybody waits and the mean
    wait is None. It overstates waiting where callers give up (`erlang_a`). `handle_time` and
    `target` are in one unit, whichever you like.

    Raises:
        InvalidValue: a negative load or target, fewer agents than 1, a handling time not above 0.

    References:
        A. K. Erlang, as `erlang_b`; D. Gross and C. M. Harris, Fundamentals of Queueing Theory.

    >>> erlang_c(2, 3).queue_length
    0.888888888888889
    """
    offered, servers = number(load, "a load", least=0), whole(agents, "a number of agents", least=1)
    handle = number(handle_time, "a handling time", above=0)
    until = number(target, "a target", least=0)
    if offered >= servers:
        return Waiting(
            wait_ratio=1.0,
            mean_wait=None,
            queue_length=None,
            occupancy_ratio=1.0,
            abandoned_ratio=0.0,
            served_within_ratio=0.0,
        )
    blocked = erlang_b(offered, servers)
    waits = blocked / (1 - offered / servers * (1 - blocked))
    mean = waits * handle / (servers - offered)
    return Waiting(
        wait_ratio=waits,
        mean_wait=mean,
        queue_length=waits * offered / (servers - offered),
        occupancy_ratio=offered / servers,
        abandoned_ratio=0.0,
        served_within_ratio=1 - waits * exp(-(servers - offered) * until / handle),
    )


def erlang_a(
    load: float, agents: int, *, patience: float, handle_time: float = 1.0, target: float = 0.0
) -> Waiting:
    """Return what callers meet who give up after a random time, `patience` on average.

    It has a long run under any load: those who give up make room. Estimate patience with
    `KaplanMeier`, answered calls being censored; the mean wait of those who gave up is far below
    it. `served_within_ratio` is of all callers, those who gave up included. `patience`,
    `handle_time` and `target` are in one unit, whichever you like.

    Raises:
        InvalidValue: a load or a time that is not above 0, fewer agents than 1, a target below 0,
            or a queue too long to compute.

    References:
        C. Palm, Research on telephone traffic (1957); A. Mandelbaum and S. Zeltyn, The
        Palm/Erlang-A queue (2005).

    >>> from itsm_core.metrics import erlang_a
    >>> told = erlang_a(10, 11, patience=120, handle_time=180, target=20)
    >>> f"{told.abandoned_ratio:.1%} give up, {told.served_within_ratio:.1%} answered in 20 seconds"
    '9.4% give up, 74.2% answered in 20 seconds'
    >>> f"{told.mean_wait:.0f} seconds on average; {told.occupancy_ratio:.0%} busy"
    '11 seconds on average; 82% busy'
    """
    offered, servers = number(load, "a load", above=0), whole(agents, "a number of agents", least=1)
    handle = number(handle_time, "a handling time", above=0)
    theta = handle / number(patience, "a patience", above=0)
    until = number(target, "a target", least=0) / handle
    blocked = erlang_b(offered, servers)
    sums = _queued(offered, servers, theta, until)
    total, queued, timely = (blocked * each for each in sums[:3])
    free = (1 - blocked) * sums[3]  # the states in which somebody is free weigh 1 / blocked - 1
    queue = queued / (free + total)
    abandoned = theta * queue / offered
    return Waiting(
        wait_ratio=total / (free + total),
        mean_wait=queue / offered * handle,
        queue_length=queue,
        occupancy_ratio=offered * (1 - abandoned) / servers,
        abandoned_ratio=abandoned,
        served_within_ratio=min(1.0, (free + timely) / (free + total)),
    )


def _queued(
    load: float, agents: int, theta: float, until: float
) -> tuple[float, float, float, float]:
    """Sum over the states in which all agents are busy: chance, queue, answered; and the scale.

    The first of them weighs one; where terms would overflow, all is scaled down.

    Of a caller who finds j waiting, the wait is a sum of exponentials with rates
    `agents + theta * i`; exp(-theta * wait) then is Beta(agents / theta, j + 1), which gives the
    chance to be answered in time, before giving up, in closed form.
    """
    a, grown = agents / theta, -expm1(-theta * until)
    term, total, queued, timely = 1.0, 0.0, 0.0, 0.0
    # The chance to be late adds up from pieces of which the first may be too small for a float.
    piece, shift = 1.0, (agents + theta) * until
    late = weight = exp(-shift)
    scale = 1.0
    for waiting in range(_MOST_STATES):
        total += term
        queued += term * waiting
        timely += term * a / (a + waiting + 1) * (1 - late)
        piece *= grown * (a + 1 + waiting) / (waiting + 1)
        if piece > _HUGE:
            piece, shift = piece / _HUGE, shift - log(_HUGE)
            weight = exp(-shift)
        late = min(1.0, late + piece * weight)
        factor = load / (agents + (waiting + 1) * theta)
        term *= factor
        if factor < 1 and term * (waiting + 1) <= (queued + total) * _NEGLIGIBLE * (1 - factor):
            return total, queued, timely, scale
        if term > _HUGE:
            term, total, queued, timely, scale = (
                each / _HUGE for each in (term, total, queued, timely, scale)
            )
    raise InvalidValue("a queue too long to compute", (load, agents), "give a shorter patience")


def erlang_c_quantile(load: float, agents: int, p: float, *, handle_time: float = 1.0) -> float:
    """Return how long a share `p` of patient callers waits at most, in the handling time's unit.

    Raises:
        InvalidValue: `p` outside (0, 1), a load that the agents cannot carry, and as `erlang_c`.

    >>> told = erlang_c_quantile(10, 14, 0.9, handle_time=180)
    >>> f"nine of ten wait {told:.0f} seconds at most"
    'nine of ten wait 25 seconds at most'
    """
    told = erlang_c(load, agents, handle_time=handle_time)
    late = 1 - ratio(p, "a quantile's share")
    if told.mean_wait is None:
        remedy = f"plan more agents than {load:g}"
        raise InvalidValue("the queue grows for ever", (load, agents), remedy)
    return (
        max(0.0, log(told.wait_ratio / late)) * handle_time / (agents - load)
        if told.wait_ratio
        else 0.0
    )


def halfin_whitt(beta: float) -> float:
    """Return the share that waits when agents are the load and `beta` times its root.

    The rule of thumb of large desks: 1 leaves 22 % waiting, 2 leaves 3 %.

    Raises:
        InvalidValue: a beta that is not above 0.

    References:
        S. Halfin and W. Whitt, Operations Research 29 (1981) 567-588.

    >>> round(halfin_whitt(1.0), 3)
    0.223
    """
    above = number(beta, "a beta", above=0)
    density = exp(-above * above / 2) / 2.5066282746310002
    return density / (density + above * normal_cdf(above))
