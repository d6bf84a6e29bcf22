"""The backlog: what is open at the end of a window, and how old it is (law M3)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from itsm_core.lifecycle import StateCategory
from itsm_core.metrics._definitions._ask import FEW, Answer, Ask, key_of, sorted_parts
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._measures import Backlog
from itsm_core.metrics._definitions._result import Figure, Part, Population
from itsm_core.metrics._percentiles import quantile, quantile_interval

__all__ = ["measure_backlog"]


class _Open(NamedTuple):
    """Hold an open ticket, its age, and whether it waits for somebody else."""

    case: Case
    hours: float
    is_waiting: bool


def measure_backlog(measure: Backlog, ask: Ask) -> Answer:
    """Return how many tickets are open at the end of the window, or their age, all being known.

    Everything open is counted, whenever it was opened: nothing is estimated.
    """
    end_us = min(ask.window.end_us, ask.window.seen_us)
    known = [_open(case, end_us, ask) for case in ask.cases() if case.opened_us <= end_us]
    told = [each for each in known if each is not None]
    honest, dashboard = _figures(measure, told)
    members: dict[str, list[_Open]] = {}
    if ask.metric.by:
        for each in told:
            members.setdefault(key_of(each.case, end_us, ask.metric.by), []).append(each)
    parts: list[Part] = []
    for name, mine in members.items():
        figures = _figures(measure, mine)
        parts.append(
            Part(name=name, honest=figures[0], dashboard=figures[1], is_small=len(mine) < FEW)
        )
    waiting = sum(each.is_waiting for each in told)
    return Answer(
        population=Population(
            rule=ask.rule("tickets that are open at the end of the window, whenever opened"),
            cases=len(told),
            ended=0,
            open=len(told),
            notes=(f"{waiting:,} of them {'is' if waiting == 1 else 'are'} on hold",)
            if waiting
            else (),
        ),
        honest=honest,
        dashboard=dashboard,
        parts=sorted_parts(parts),
    )


def _open(case: Case, at_us: int, ask: Ask) -> _Open | None:
    category = case.phase_at(at_us)
    if not category.is_open:
        return None
    is_waiting = category is StateCategory.ON_HOLD
    return _Open(case, ask.hours(case.opened_us, at_us), is_waiting)


def _figures(measure: Backlog, told: Sequence[_Open]) -> tuple[Figure, Figure]:
    count, share = len(told), measure.share
    if share is None:
        shown = sum(not each.is_waiting for each in told)
        return (
            Figure(value=count, unit="count", cases=count),
            Figure(value=shown, unit="count", cases=shown),
        )
    if not told:
        nothing = Figure(value=None, unit="hours", cases=0, why="nothing is open")
        return nothing, nothing
    ages = [each.hours for each in told]
    interval = quantile_interval(ages, share)
    return (
        Figure(value=quantile(ages, share), unit="hours", cases=count, interval=interval),
        Figure(value=fsum(ages) / count, unit="hours", cases=count),
    )
