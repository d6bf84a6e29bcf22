"""What must hold of timer workers in several processes on one PostgreSQL.

`benchmarks.areas.bulk` yields these points with its own; `make scale-workers` has more of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from benchmarks.areas import Point
from benchmarks.workers_scale import Appended, Fired, Plan, append, fire, server
from tests.servers import Server

__all__ = ["points"]

_ONCE: Final = "measured; 0 lost, 0 doubled"


def points(quick: bool) -> Iterator[Point]:
    """Yield the points; `quick` fires fewer timers, on a server that does not wait for its disk."""
    timers = 200 if quick else 4_000
    with server(durable=not quick) as found:
        for processes in (1, 2, 4):
            plan = Plan(processes=processes, timers=timers, open_clocks=0 if quick else 100_000)
            yield _rate(fire(found, plan))
        yield _lag(fire(found, _calm(quick)))
        killed = Plan(
            processes=4,
            timers=timers * 2,
            kills=8 if quick else 40,
            kill_every_seconds=0.06 if quick else 0.25,
            lease_seconds=0.5 if quick else 2.0,
            batch=5 if quick else 20,
        )
        yield _kills(fire(found, killed), killed.kills // 2)
        control = _control(found, attrs.evolve(killed, effect_apart=True))
        ok = control.lost == 0 and control.doubled > 0
        yield Point("control: effect written apart", "is found out", str(control), ok=ok)
        for processes in () if quick else (1, 2, 4):
            yield _appends(append(found, processes, 5.0))


def _control(found: Server, plan: Plan) -> Fired:
    """Return a run of the control; a few kills may all miss the gap, then there is another one."""
    fired = fire(found, plan)
    for seed in range(plan.seed + 1, plan.seed + 5):
        if fired.doubled:
            break
        fired = fire(found, attrs.evolve(plan, seed=seed))
    return fired


def _calm(quick: bool) -> Plan:
    """Return timers that are due at a pace that two workers keep up with."""
    if quick:
        return Plan(processes=2, timers=60, spread_seconds=0.6)
    return Plan(processes=2, timers=1_000, spread_seconds=20.0, open_clocks=100_000)


def _rate(fired: Fired) -> Point:
    plan = fired.plan
    open_clocks = f", {plan.open_clocks:,} open clocks besides" if plan.open_clocks else ""
    measured = f"{fired.rate:,.0f} timers/s{open_clocks} ({fired})"
    name = f"workers on one PostgreSQL: {plan.processes} processes"
    return Point(name, _ONCE, measured, ok=fired.is_sound)


def _lag(fired: Fired) -> Point:
    plan = fired.plan
    pace = plan.timers / plan.spread_seconds
    measured = (
        f"p50 {fired.lag_ms(0.5):.0f} ms, p99 {fired.lag_ms(0.99):.0f} ms at {pace:.0f} due/s "
        f"({fired})"
    )
    name = f"lag from due to committed: {plan.processes} processes"
    return Point(name, _ONCE, measured, ok=fired.is_sound)


def _kills(fired: Fired, least: int) -> Point:
    measured = f"{fired}, {fired.rate:,.0f}/s"
    ok = fired.is_sound and fired.kills >= least
    return Point("4 worker processes, kill -9 and restart", "0 lost, 0 doubled", measured, ok=ok)


def _appends(appended: Appended) -> Point:
    measured = f"{appended.rate:,.0f}/s, each with key, message and timer"
    ok = appended.acknowledged == appended.found > 0
    name = f"appends on one PostgreSQL: {appended.processes} processes"
    return Point(name, "measured; 0 lost", measured, ok=ok)
