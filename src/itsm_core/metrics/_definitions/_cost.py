"""Cost: what work on tickets cost, so far or up to an age, by any part they belong to (law M3).

With the log labelled by problems it is the cost of their recurrences.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from math import sqrt
from typing import Final, NamedTuple

from itsm_core.errors import InvalidValue
from itsm_core.lifecycle import StateCategory
from itsm_core.metrics._definitions._ask import FEW, Answer, Ask, key_of, sorted_parts
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._measures import Cost
from itsm_core.metrics._definitions._result import Figure, Part, Population
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._special import normal_quantile
from itsm_core.money import Money, Rates
from itsm_core.spans import instant

__all__ = ["measure_cost"]

_LEVEL: Final = 0.95
_MICROSECOND: Final = timedelta.resolution
_HOUR_US: Final = 3_600_000_000


class _Priced(NamedTuple):
    """Hold what a ticket cost, its part, whether it is resolved, and whether it was at work."""

    name: str
    amount: Decimal
    is_done: bool
    is_worked: bool


def measure_cost(measure: Cost, ask: Ask) -> Answer:
    """Return what work on the tickets opened in the window cost.

    Raises:
        InvalidValue: nobody has told what an hour costs.
    """
    if ask.rates is None:
        remedy = "pass rates=Rates(hourly=Money('95', 'EUR'))"
        raise InvalidValue("no cost without the price of an hour", ask.metric.name, remedy)
    seen_us = ask.window.seen_us
    limit_us = None if measure.limit is None else measure.limit // _MICROSECOND
    told: list[_Priced] = []
    young = 0
    for case in ask.cases():
        if not ask.window.has(case.opened_us):
            continue
        until_us = seen_us
        if limit_us is not None:
            until_us = case.opened_us + limit_us
            if until_us > seen_us:
                young += 1
                continue
        name = key_of(case, case.opened_us, ask.metric.by)
        is_done = case.standing_us(seen_us) is not None
        is_worked = any(
            phase.category is StateCategory.ACTIVE and phase.since_us < until_us
            for phase in case.phases
        )
        told.append(_Priced(name, _price(case, until_us, ask.rates), is_done, is_worked))
    done = sum(each.is_done for each in told)
    honest, dashboard = _figures(measure, told)
    words = "tickets opened in the window"
    return Answer(
        population=Population(
            rule=ask.rule(words if measure.limit is None else f"{words} and old enough"),
            cases=len(told),
            ended=done,
            open=len(told) - done,
            left_out={"too young": young} if young else {},
            notes=_notes(told),
        ),
        honest=honest,
        dashboard=dashboard,
        parts=_parts(measure, told) if ask.metric.by else (),
        currency=ask.rates.hourly.currency,
    )


def _notes(told: Sequence[_Priced]) -> tuple[str, ...]:
    """Say how many are resolved without work: an export of dates alone tells none."""
    done = [each for each in told if each.is_done]
    idle = sum(not each.is_worked for each in done)
    if not idle:
        return ()
    return (f"{idle:,} of {len(done):,} resolved without any state of work: free of cost here",)


def _price(case: Case, until_us: int, rates: Rates) -> Decimal:
    """Return what work on a case cost up to an instant; each stretch of work is one call-out."""
    amount = Decimal(0)
    ends = (*(phase.since_us for phase in case.phases[1:]), until_us)
    for phase, end in zip(case.phases, ends, strict=True):
        end_us = min(end, until_us)
        if phase.category is StateCategory.ACTIVE and phase.since_us < end_us:
            amount += _work(phase.since_us, end_us, rates).amount
    return amount


def _work(start_us: int, end_us: int, rates: Rates) -> Money:
    """Return what a stretch of work costs: what began by day is not worked on through the night."""
    if rates.working is None or rates.is_call_out(start_us):
        return rates.cost(start_us, end_us - start_us)
    worked = rates.working.between(instant(start_us), instant(end_us))
    return rates.hourly * (Decimal(worked // _MICROSECOND) / _HOUR_US)


def _figures(measure: Cost, told: Sequence[_Priced]) -> tuple[Figure, Figure]:
    amounts = [each.amount for each in told]
    done = [each.amount for each in told if each.is_done]
    if measure.limit is None:
        return (
            Figure(value=float(sum(amounts)), unit="money", cases=len(told)),
            Figure(value=float(sum(done)), unit="money", cases=len(done)),
        )
    return _mean(amounts, "no ticket is old enough"), _mean(done, "none is resolved")


def _mean(amounts: Sequence[Decimal], nothing: str) -> Figure:
    """Return the mean of amounts, with the interval of the central limit theorem."""
    count = len(amounts)
    if not count:
        return Figure(value=None, unit="money", cases=0, why=nothing)
    mean = sum(amounts, start=Decimal(0)) / count
    interval = None
    if count > 1:
        spread = sum(((each - mean) ** 2 for each in amounts), start=Decimal(0))
        variance = float(spread) / (count - 1)
        half = normal_quantile((1 + _LEVEL) / 2) * sqrt(variance / count)
        low, high = max(0.0, float(mean) - half), float(mean) + half
        interval = Interval(low=low, high=high, level=_LEVEL, method="normal, of the mean")
    return Figure(value=float(mean), unit="money", cases=count, interval=interval)


def _parts(measure: Cost, told: Sequence[_Priced]) -> tuple[Part, ...]:
    members: dict[str, list[_Priced]] = {}
    for each in told:
        members.setdefault(each.name, []).append(each)
    parts: list[Part] = []
    for name, mine in members.items():
        honest, dashboard = _figures(measure, mine)
        small = measure.limit is not None and len(mine) < FEW
        parts.append(Part(name=name, honest=honest, dashboard=dashboard, is_small=small))
    return sorted_parts(parts)
