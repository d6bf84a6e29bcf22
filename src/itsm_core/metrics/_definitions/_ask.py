"""What every measure is asked with, and what each answers: the shared part of measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.conditions import Condition
from itsm_core.metrics._definitions._case import Case
from itsm_core.metrics._definitions._log import CaseLog
from itsm_core.metrics._definitions._metric import CASE_FIELDS, By, Metric
from itsm_core.metrics._definitions._result import Figure, Part, Population
from itsm_core.metrics._definitions._window import Window
from itsm_core.metrics._figures import Rate
from itsm_core.metrics._shrinkage import BetaPrior
from itsm_core.money import Rates

__all__ = ["FEW", "Answer", "Ask", "key_of", "shrunk", "sorted_parts"]

FEW: Final = 10
"""Fewer cases than this tell a part from nobody, as on a scorecard."""


@attrs.frozen(kw_only=True)
class Ask:
    """Hold what is asked: the metric, where to look, and whose hours count."""

    log: CaseLog
    metric: Metric
    window: Window
    zone: ZoneInfo
    hours: Callable[[int, int], float]
    rates: Rates | None

    def cases(self) -> Iterable[Case]:
        """Return the cases of the log that were opened as the metric wants them."""
        if self.metric.where is None:
            return self.log.cases
        holds = Condition(schema=CASE_FIELDS, rule=self.metric.where).holds
        return (case for case in self.log.cases if holds(case.opened))

    def rule(self, words: str) -> str:
        """Return the population in words."""
        where = self.metric.where
        if where is None:
            return words
        return f"{words}, and opened with {Condition(schema=CASE_FIELDS, rule=where)}"


@attrs.frozen(kw_only=True)
class Answer:
    """Hold what measuring gave, but for what was asked."""

    population: Population
    honest: Figure
    dashboard: Figure
    parts: tuple[Part, ...] = ()
    currency: str = ""


def key_of(case: Case, at_us: int, by: By) -> str:
    """Return the part to which a case belongs, as of an instant (law M1)."""
    match by:
        case "channel":
            return case.opened.channel
        case "label":
            return case.label
        case "priority":
            return case.priority_at(at_us)
        case "group":
            return case.stint_at(at_us).group
        case "person":
            return case.stint_at(at_us).person
        case "service":
            return case.stint_at(at_us).service
        case "category":
            return case.stint_at(at_us).category
        case "":
            return ""


def sorted_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts with the most cases first, then by name."""
    return tuple(sorted(parts, key=lambda part: (-part.honest.cases, part.name)))


def shrunk(rates: Mapping[str, Rate]) -> Iterator[tuple[str, float]]:
    """Yield each part's share, drawn towards what all have in common; nothing if none can be.

    It takes two parts with cases, and some successes and some failures among them.
    """
    told = {name: rate for name, rate in rates.items() if rate.trials}
    pooled = Rate.pooled(told.values())
    if len(told) < 2 or not 0 < pooled.successes < pooled.trials:
        return
    prior = BetaPrior.fitted(told.values())
    yield from ((name, prior.mean(rate)) for name, rate in told.items())
