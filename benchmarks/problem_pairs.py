"""Pairs of incidents of one problem in a log without any text: from fields, times and people.

The UCI log names the problem of 391 incidents. Can two of one problem be told from two of
different ones by what was known when they were opened? Nothing is tuned: the weights are those of
`Agreement` with its usual ratio, and the usual decay.
"""

from __future__ import annotations

import csv
import gzip
import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations, groupby
from pathlib import Path
from typing import Final

import attrs

from itsm_core.linking import DUPLICATES, Agreement

__all__ = ["UCI_LOG", "Ranking", "rank_pairs"]

UCI_LOG: Final = (
    Path(__file__).parents[2] / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
)

_FIELDS: Final = (
    "cmdb_ci",
    "category",
    "subcategory",
    "u_symptom",
    "location",
    "assignment_group",
    "caller_id",
    "opened_by",
)
_UNKNOWN: Final = "?"
_WEIGHT: Final = Agreement(field="configuration_item_id")
"""Only its arithmetic is used: the fields of the log have other names."""


@attrs.frozen(kw_only=True)
class Ranking:
    """Hold how often a pair of one problem ranks above a pair of two, ties counting half.

    The interval is that of a bootstrap over problems: pairs of one problem are not independent.
    `by_problem` is the mean over problems, so that the largest does not speak for all.
    """

    incidents: int
    problems: int
    pairs: int
    area: float
    low: float
    high: float
    by_problem: float


@attrs.frozen
class _Incident:
    facts: tuple[str, ...]
    day: float
    problem: str


def rank_pairs(path: Path = UCI_LOG, *, resamples: int = 200) -> Ranking:
    """Rank all pairs of incidents whose problem is known."""
    incidents, shares = _read(path)
    pairs = [
        (_score(one, other, shares), one.problem, other.problem)
        for one, other in combinations(incidents, 2)
    ]
    pairs.sort(key=lambda pair: -pair[0])
    problems = sorted({each.problem for each in incidents})
    area = _area(pairs, dict.fromkeys(problems, 1))
    rng = random.Random(2016)
    drawn = sorted(
        _area(pairs, Counter(rng.choices(problems, k=len(problems)))) for _ in range(resamples)
    )
    repeated = [name for name, n in Counter(e.problem for e in incidents).items() if n > 1]
    return Ranking(
        incidents=len(incidents),
        problems=len(repeated),
        pairs=sum(one == other for _, one, other in pairs),
        area=area,
        low=drawn[int(0.025 * resamples)],
        high=drawn[int(0.975 * resamples) - 1],
        by_problem=_by_problem(pairs, repeated),
    )


def _read(path: Path) -> tuple[list[_Incident], list[Counter[str]]]:
    """Return incidents with a problem, as at their opening, and how common each value is."""
    first: dict[str, dict[str, str]] = {}
    problem: dict[str, str] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            first.setdefault(row["number"], row)
            if row["problem_id"] != _UNKNOWN:
                problem[row["number"]] = row["problem_id"]
    shares = [Counter(row[name] for row in first.values()) for name in _FIELDS]
    for counts in shares:
        del counts[_UNKNOWN]
    incidents = [
        _Incident(
            tuple(first[number][name] for name in _FIELDS),
            datetime.strptime(first[number]["opened_at"], "%d/%m/%Y %H:%M").timestamp() / 86_400,  # noqa: DTZ007 - the log names no zone, only distances count
            name,
        )
        for number, name in sorted(problem.items())
    ]
    return incidents, shares


def _score(one: _Incident, other: _Incident, shares: Sequence[Counter[str]]) -> float:
    """Return the log-odds of what two have in common, less their age."""
    total = -DUPLICATES.decay * math.log1p(abs(one.day - other.day))
    for mine, theirs, counts in zip(one.facts, other.facts, shares, strict=True):
        if _UNKNOWN in (mine, theirs):
            continue
        share = counts[mine] / counts.total()
        total += _WEIGHT.same(share) if mine == theirs else _WEIGHT.different(share)
    return total


def _area(pairs: Sequence[tuple[float, str, str]], weights: Counter[str] | dict[str, int]) -> float:
    """Return the share of pairs ranked right, each pair as often as its problems were drawn."""
    right = above = below = 0.0
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        same = different = 0.0
        for _, one, other in tied:
            if one == other:
                same += weights.get(one, 0)
            else:
                different += weights.get(one, 0) * weights.get(other, 0)
        right += different * (above + same / 2)
        above += same
        below += different
    return right / (above * below) if above and below else 0.5


def _by_problem(pairs: Sequence[tuple[float, str, str]], problems: Sequence[str]) -> float:
    different = sum(one != other for _, one, other in pairs)
    lower = float(different)
    sums: defaultdict[str, float] = defaultdict(float)
    counts: Counter[str] = Counter()
    for _, tied in groupby(pairs, key=lambda pair: pair[0]):
        known = list(tied)
        here = sum(one != other for _, one, other in known)
        for _, one, other in known:
            if one == other:
                counts[one] += 1
                sums[one] += (lower - here / 2) / different
        lower -= here
    return sum(sums[name] / counts[name] for name in problems) / len(problems)
