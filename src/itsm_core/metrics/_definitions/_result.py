"""What measuring gives: a figure, the dashboard's beside it, and of which tickets both speak.

A result tells its own definition, so that a number never travels without it (law M1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.metrics._definitions._metric import Metric
from itsm_core.metrics._definitions._window import Window
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._interval import Interval

__all__ = ["Figure", "Part", "Population", "Result", "Unit", "ends_shown"]

Unit: TypeAlias = Literal["ratio", "hours", "count", "money"]
"""What a value is in; of money, the result names the currency."""

_LONG_HOURS: Final = 72


@attrs.frozen(kw_only=True)
class Figure:
    """Hold one number, the cases behind it and how sure it is.

    `value` is None where it cannot be told; `why` then says so. An interval is there where the
    number is an estimate, and not where it was counted.

    >>> from itsm_core.metrics import METRICS, CaseLog, Figure, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> told = measure(log, METRICS["resolved-within-24h"], log.whole()).honest
    >>> print(told, "of", told.cases)
    68.6% (62.0% to 75.0%) of 196
    >>> print(Figure(value=None, unit="hours", cases=0, why="none has ended"))
    unknown (none has ended)
    """

    value: float | None
    unit: Unit
    cases: int
    interval: Interval | None = None
    why: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the figure as plain JSON values."""
        return {
            "value": self.value,
            "unit": self.unit,
            "cases": self.cases,
            "interval": None if self.interval is None else attrs.asdict(self.interval),
            "why": self.why,
        }

    def __str__(self) -> str:
        if self.value is None:
            return f"unknown ({self.why})"
        text = _shown(self.value, self.unit)
        ends = ends_shown(self)
        return text if ends is None else f"{text} ({ends[0]} to {ends[1]})"


def ends_shown(figure: Figure) -> tuple[str, str] | None:
    """Return the ends of a figure's interval as words, an unknown one as "?"; None without one.

    Both are in the unit in which the figure itself is told: "56.0 h to 5.6 days" is no interval
    that anybody sees the width of.
    """
    told = figure.interval
    if figure.value is None or told is None or (told.low is None and told.high is None):
        return None
    scale = _scale(figure.value)
    low, high = (
        "?" if end is None else _shown(end, figure.unit, scale) for end in (told.low, told.high)
    )
    return low, high


def _scale(hours: float) -> str:
    """Return in what a duration is told."""
    if abs(hours) >= _LONG_HOURS:
        return "days"
    if abs(hours) * 60 < 1:
        return "s"
    return "min" if abs(hours) < 1 else "h"


def _shown(value: float, unit: Unit, scale: str = "") -> str:
    """Return a value as people read it: percent, or a duration by its size if no scale is given."""
    match unit:
        case "ratio":
            return f"{value:.1%}"
        case "count":
            return f"{value:,.0f}"
        case "money":
            return f"{value:,.2f}"
        case "hours":
            match scale or _scale(value):
                case "days":
                    return f"{value / 24:,.1f} days"
                case "s":
                    return f"{value * 3600:,.0f} s"
                case "min":
                    is_part = 0 < abs(value) * 60 < 1
                    return f"{value * 60:.1f} min" if is_part else f"{value * 60:,.0f} min"
                case _:
                    return f"{value:,.1f} h"


@attrs.frozen(kw_only=True)
class Population:
    """Hold which cases a result speaks of.

    `rule` says it in words. `ended` waits are over, `open` ones are not and count as long as they
    were watched. `left_out` are counted by the reason. `notes` say what is odd about the cases.

    >>> from itsm_core.metrics import METRICS, CaseLog, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> told = measure(log, METRICS["resolution-median"], log.whole()).population
    >>> f"{told.cases} {told.rule}: {told.ended} ended, {told.open} open", told.left_out
    ('196 tickets opened in the window: 192 ended, 4 open', {'cancelled': 4})
    """

    rule: str
    cases: int
    ended: int
    open: int
    left_out: Mapping[str, int] = attrs.field(factory=dict[str, int])
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the population as plain JSON values."""
        return {
            "rule": self.rule,
            "cases": self.cases,
            "ended": self.ended,
            "open": self.open,
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }


@attrs.frozen(kw_only=True)
class Part:
    """Hold the figures of one group, person or other part of the population.

    `is_small` says that the cases are too few to tell it from anybody. Of a share, `mature` counts
    those that are old enough to be decided, for a `scorecard`, and `shrunk` is that share drawn
    towards what all parts have in common. Parts come with the most cases first: that is no ranking.

    >>> from itsm_core.metrics import METRICS, CaseLog, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> within = METRICS["resolved-within-24h"].split_by("priority")
    >>> for part in measure(log, within, log.whole()).parts:
    ...     print(f"{part.name}: {part.honest}{', too few to judge' * part.is_small}")
    P4: 66.2% (57.9% to 74.4%)
    P3: 56.8% (42.9% to 71.6%)
    P2: 100.0% (79.5% to 100.0%)
    P1: 100.0% (48.3% to 100.0%), too few to judge
    """

    name: str
    honest: Figure
    dashboard: Figure
    is_small: bool = False
    mature: Rate | None = None
    shrunk: float | None = None

    def to_json(self) -> dict[str, object]:
        """Return the part as plain JSON values."""
        rate = self.mature
        return {
            "name": self.name,
            "honest": self.honest.to_json(),
            "dashboard": self.dashboard.to_json(),
            "is_small": self.is_small,
            "mature": None if rate is None else [rate.successes, rate.trials],
            "shrunk": self.shrunk,
        }


@attrs.frozen(kw_only=True)
class Result:
    """Hold what a metric came to in a window, with everything that one must know to read it.

    `calendar` names whose hours are counted, `calendar_hash` is the definition's; of the clock on
    the wall it is "24x7". `currency` is empty unless it is about money.

    >>> from itsm_core.metrics import METRICS, CaseLog, measure
    >>> from itsm_core.simulation import simulate
    >>> log = CaseLog.of(simulate(tickets=200, weeks=8).histories.values())
    >>> result = measure(log, METRICS["resolution-median"].split_by("priority"), log.whole())
    >>> print(result)
    Half are resolved within: 12.9 h (4.1 h to 18.1 h); dashboards: 9.1 h
    >>> result.calendar, str(result["P4"].honest)
    ('24x7', '17.1 h (5.7 h to 20.8 h)')
    >>> result["P9"]
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: no such part: 'P9'; split the metric with split_by
    """

    metric: Metric
    window: Window
    calendar: str
    calendar_hash: str
    population: Population
    honest: Figure
    dashboard: Figure
    parts: tuple[Part, ...] = ()
    currency: str = ""

    @property
    def name(self) -> str:
        """Return the metric's name."""
        return self.metric.name

    @property
    def differs(self) -> str:
        """Return in one sentence why the dashboard's number is another one."""
        return self.metric.differs

    def __getitem__(self, name: str) -> Part:
        """Return a part by its name.

        Raises:
            InvalidValue: there is none; the nearest name is suggested.
        """
        for part in self.parts:
            if part.name == name:
                return part
        known = [part.name for part in self.parts]
        remedy = f"split the metric with split_by{did_you_mean(name, known)}"
        raise InvalidValue("no such part", name, remedy)

    def to_json(self) -> dict[str, object]:
        """Return the result as plain JSON values, its definition, window and calendar included."""
        return {
            "metric": self.metric.to_json(),
            "metric_hash": self.metric.content_hash,
            "window": self.window.to_json(),
            "calendar": self.calendar,
            "calendar_hash": self.calendar_hash,
            "currency": self.currency,
            "population": self.population.to_json(),
            "honest": self.honest.to_json(),
            "dashboard": self.dashboard.to_json(),
            "parts": [part.to_json() for part in self.parts],
        }

    def dumps(self) -> str:
        """Return the result as JSON text on one line."""
        return json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        money = f" {self.currency}" if self.currency else ""
        return f"{self.metric.title}: {self.honest}{money}; dashboards: {self.dashboard}{money}"
