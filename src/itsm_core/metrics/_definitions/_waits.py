"""Waits of which some have not ended: shares, times and means by Kaplan and Meier (law M2).

Beside each stands what a dashboard shows, which mostly looks at those that ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta, tzinfo
from itertools import compress
from math import fsum
from typing import Final, TypeVar

import attrs

from itsm_core.metrics._definitions._ask import FEW, Answer, Ask, key_of, shrunk, sorted_parts
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._measures import Dashboard, MeanUntil, ShareWithin, TimeUntil
from itsm_core.metrics._definitions._result import Figure, Part, Population, Unit
from itsm_core.metrics._definitions._until import FirstContact, Until, waiter
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._percentiles import least_sample, quantile
from itsm_core.metrics._proportions import clopper_pearson
from itsm_core.metrics._survival import KaplanMeier

__all__ = ["measure_waits"]

_HOUR: Final = timedelta(hours=1)
_NOBODY: Final = "no such cases in the window"

_Cell = TypeVar("_Cell")

Waiting = ShareWithin | TimeUntil | MeanUntil


def _at(column: Sequence[_Cell], places: Sequence[int]) -> list[_Cell]:
    return [column[place] for place in places]


@attrs.frozen
class _Waits:
    """Hold many waits, a column each: hours so far, whether they ended, whether it is solved.

    `shown` is whether a dashboard says that they ended. Columns, because a tuple for each of a
    hundred thousand waits would keep the collector of cycles busy.
    """

    hours: list[float] = attrs.field(factory=list)
    ended: list[bool] = attrs.field(factory=list)
    done: list[bool] = attrs.field(factory=list)
    shown: list[bool] = attrs.field(factory=list)
    starts_us: list[int] = attrs.field(factory=list)
    cases: list[Case] = attrs.field(factory=list)

    def __len__(self) -> int:
        return len(self.hours)

    def picked(self, places: Sequence[int]) -> _Waits:
        """Return those at some places."""
        return _Waits(
            _at(self.hours, places),
            _at(self.ended, places),
            _at(self.done, places),
            _at(self.shown, places),
            _at(self.starts_us, places),
            _at(self.cases, places),
        )

    def hours_ended(self) -> list[float]:
        """Return how long those took that ended."""
        return list(compress(self.hours, self.ended))

    def hits(self, limit: float) -> int:
        """Return how many ended within so many hours."""
        return sum(hours <= limit for hours in self.hours_ended())


def measure_waits(measure: Waiting, ask: Ask) -> Answer:
    """Return how long cases wait for something, those still waiting being censored."""
    waits, left_out, outside = _waits(measure, ask)
    ended = sum(waits.ended)
    began = "first resolved" if measure.until is Until.REOPENED else "opened"
    population = Population(
        rule=ask.rule(f"tickets {began} in the window"),
        cases=len(waits),
        ended=ended,
        open=len(waits) - ended,
        left_out=dict(left_out),
        notes=_notes(outside, ended),
    )
    honest, dashboard = _figures(measure, waits)
    if isinstance(measure, ShareWithin) and measure.dashboard is Dashboard.FLOW:
        dashboard = _flow(measure, ask, len(waits))
    return Answer(
        population=population,
        honest=honest,
        dashboard=dashboard,
        parts=_parts(measure, ask, waits) if ask.metric.by else (),
    )


def _waits(measure: Waiting, ask: Ask) -> tuple[_Waits, Counter[str], int]:
    """Return the waits that begin in the window, who was left out, and how many took no time."""
    window, hours = ask.window, ask.hours
    seen_us = window.seen_us
    wait_of, hasty = waiter(measure.until, ask.zone), _hasty(measure.until, ask.zone)
    waits = _Waits()
    left_out: Counter[str] = Counter()
    outside = 0
    for case in ask.cases():
        found = wait_of(case, seen_us)
        if found is None or not window.has(found[0]):
            continue
        if case.was_cancelled and (reason := case.left_out(seen_us)):
            left_out[reason] += 1
            continue
        start_us, end_us = found
        taken = hours(start_us, seen_us if end_us is None else end_us)
        outside += taken == 0 and end_us is not None and end_us > start_us
        shown = found if hasty is None else hasty(case, seen_us)
        waits.hours.append(taken)
        waits.ended.append(end_us is not None)
        waits.done.append(bool(case.done_us) and case.done_us[0] <= seen_us)
        waits.shown.append(shown is not None and shown[1] is not None)
        waits.starts_us.append(start_us)
        waits.cases.append(case)
    return waits, left_out, outside


def _hasty(
    until: Until | FirstContact, zone: tzinfo
) -> Callable[[Case, int], tuple[int, int | None] | None] | None:
    """Return the wait that a dashboard sees, without the follow-up; None if it sees the same."""
    if isinstance(until, FirstContact) and until.follow_up:
        return waiter(attrs.evolve(until, follow_up=timedelta(0)), zone)
    return None


def _notes(outside: int, ended: int) -> tuple[str, ...]:
    if not outside:
        return ()
    return (f"{outside:,} of {ended:,} that ended took no time of the calendar: outside its hours",)


def _figures(measure: Waiting, waits: _Waits) -> tuple[Figure, Figure]:
    unit: Unit = "ratio" if isinstance(measure, ShareWithin) else "hours"
    if not len(waits):
        nothing = Figure(value=None, unit=unit, cases=0, why=_NOBODY)
        return nothing, nothing
    km = KaplanMeier.of(waits.hours, waits.ended)
    match measure:
        case ShareWithin():
            return _share(measure, km, waits), _share_shown(measure, waits)
        case TimeUntil():
            return _time(measure, km), _time_shown(measure, waits)
        case MeanUntil():
            return _mean(measure, km), _mean_shown(waits)


def _share(measure: ShareWithin, km: KaplanMeier, waits: _Waits) -> Figure:
    limit = measure.within / _HOUR
    late = km.survival(limit)
    if late is None:
        return Figure(value=None, unit="ratio", cases=km.count, why=_too_early(limit))
    if late == 1:  # Greenwood would claim to be certain of what was never seen
        interval = clopper_pearson(0, sum(hours >= limit for hours in waits.hours))
    else:
        told = km.interval(limit)
        low, high = told.ends
        interval = attrs.evolve(told, low=1 - high, high=1 - low)
    return Figure(value=1 - late, unit="ratio", cases=km.count, interval=interval)


def _too_early(limit: float) -> str:
    return f"none that still waits was watched for {limit:g} hours; look at it later"


def _share_shown(measure: ShareWithin, waits: _Waits) -> Figure:
    hits = waits.hits(measure.within / _HOUR)
    match measure.dashboard:
        case Dashboard.OF_DONE:
            return _ratio(sum(waits.shown), sum(waits.done))
        case Dashboard.SO_FAR:
            return _ratio(hits, len(waits))
        case Dashboard.OF_ENDED | Dashboard.FLOW:
            return _ratio(hits, sum(waits.ended))


def _ratio(hits: int, trials: int) -> Figure:
    if not trials:
        return Figure(value=None, unit="ratio", cases=0, why="none has ended")
    return Figure(value=hits / trials, unit="ratio", cases=trials)


def _flow(measure: ShareWithin, ask: Ask, began: int) -> Figure:
    """Return what ended in the window, whenever it began, over what began in it."""
    window = ask.window
    wait_of = waiter(measure.until, ask.zone)
    waits = (wait_of(case, window.seen_us) for case in ask.cases())
    ended = sum(wait is not None and wait[1] is not None and window.has(wait[1]) for wait in waits)
    return _ratio(ended, began)


def _time(measure: TimeUntil, km: KaplanMeier) -> Figure:
    value = km.quantile(measure.share)
    interval = km.quantile_interval(measure.share)
    why = "" if value is not None else f"fewer than {measure.share:.0%} have ended so far"
    return Figure(value=value, unit="hours", cases=km.count, interval=interval, why=why)


def _time_shown(measure: TimeUntil, waits: _Waits) -> Figure:
    ended = waits.hours_ended()
    if not ended:
        return Figure(value=None, unit="hours", cases=0, why="none has ended")
    return Figure(value=quantile(ended, measure.share), unit="hours", cases=len(ended))


def _mean(measure: MeanUntil, km: KaplanMeier) -> Figure:
    limit = measure.limit / _HOUR
    if km.survival(limit) is None:
        return Figure(value=None, unit="hours", cases=km.count, why=_too_early(limit))
    value, interval = km.restricted_mean(limit)
    return Figure(value=value, unit="hours", cases=km.count, interval=interval)


def _mean_shown(waits: _Waits) -> Figure:
    ended = waits.hours_ended()
    if not ended:
        return Figure(value=None, unit="hours", cases=0, why="none has ended")
    return Figure(value=fsum(ended) / len(ended), unit="hours", cases=len(ended))


def _parts(measure: Waiting, ask: Ask, waits: _Waits) -> tuple[Part, ...]:
    """Return the figures of each part; of a flow, the dashboard's is the share of its own ended."""
    places: dict[str, list[int]] = {}
    for place, (case, start_us) in enumerate(zip(waits.cases, waits.starts_us, strict=True)):
        places.setdefault(key_of(case, start_us, ask.metric.by), []).append(place)
    members = {name: waits.picked(mine) for name, mine in places.items()}
    few = FEW
    if isinstance(measure, TimeUntil):
        few = max(few, least_sample(measure.share))
    mature: dict[str, Rate] = {}
    if isinstance(measure, ShareWithin):
        mature = {name: _mature(measure, ask, mine) for name, mine in members.items()}
    drawn = dict(shrunk(mature))
    parts: list[Part] = []
    for name, mine in members.items():
        honest, dashboard = _figures(measure, mine)
        parts.append(
            Part(
                name=name,
                honest=honest,
                dashboard=dashboard,
                is_small=len(mine) < few,
                mature=mature.get(name),
                shrunk=drawn.get(name),
            )
        )
    return sorted_parts(parts)


def _mature(measure: ShareWithin, ask: Ask, waits: _Waits) -> Rate:
    """Return the share of those that are old enough to be decided, whatever became of them."""
    limit = measure.within / _HOUR
    seen_us, hours = ask.window.seen_us, ask.hours
    starts = enumerate(waits.starts_us)
    old = waits.picked([place for place, at in starts if hours(at, seen_us) >= limit])
    return Rate(successes=old.hits(limit), trials=len(old))
