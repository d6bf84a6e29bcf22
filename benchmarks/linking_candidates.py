"""Measure problem candidates on rotation streams, storms in made-up years, pairs without words."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from benchmarks.rotation import Row
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.linking import (
    Group,
    Occurrence,
    ProblemCandidate,
    RecurrenceWatch,
    StormDetector,
    TicketText,
    find_candidates,
)

__all__ = [
    "Detection",
    "StormFigures",
    "detect",
    "false_on_small_desks",
    "storm_figures",
    "year",
]

_WEEK: Final = timedelta(days=7)
_BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)


# --- rotation streams ----------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Detection:
    """Hold what was found in a stream, and when.

    `found` says for each failure at which of its occurrences a candidate had it for most of its
    incidents; `false` are the first incidents of candidates that were never anybody's.
    """

    tickets: int
    failures: int
    found: dict[str, int]
    false: frozenset[TicketId]

    @property
    def false_per_thousand(self) -> float:
        """Return how many false candidates a thousand tickets bring."""
        return len(self.false) * 1000 / self.tickets


def detect(rows: Sequence[Row], *, look_weeks: int = 1) -> Detection:
    """Read a stream ticket by ticket; look at once at each group that grew, and at all weekly.

    `look_weeks` looks at all that rarely instead, which saves a fifth of the time.
    """
    watch = RecurrenceWatch()
    problem = {row.text.ticket_id: row.problem for row in rows}
    seen: Counter[str] = Counter()
    found: dict[str, int] = {}
    false: dict[TicketId, bool] = {}
    known: list[Occurrence] = []
    next_look = rows[0].text.at + look_weeks * _WEEK
    for row in rows:
        watch.observe(row.text)
        known.append(row.occurrence)
        seen[row.problem] += 1
        group = watch.group_of(row.text.ticket_id)
        candidates = _of_group(known, group, row.text.at) if len(group.members) >= 3 else ()
        if row.text.at >= next_look:
            next_look += look_weeks * _WEEK
            candidates = (*candidates, *find_candidates(known, watch.groups, as_of=row.text.at))
        for candidate in candidates:
            name = _mostly(candidate, problem)
            if name:
                found.setdefault(name, seen[name])
            false[candidate.candidate_id] = not name and false.get(candidate.candidate_id, True)
    return Detection(
        tickets=len(rows),
        failures=len(seen.keys() - {""}),
        found=found,
        false=frozenset(each for each, is_false in false.items() if is_false),
    )


def _of_group(
    known: Sequence[Occurrence], group: Group, as_of: datetime
) -> tuple[ProblemCandidate, ...]:
    """Return what one group alone makes: its incidents are all the desk that is looked at."""
    members = frozenset(group.members)
    return find_candidates(
        [each for each in known if each.ticket_id in members], [group], as_of=as_of
    )


def _mostly(candidate: ProblemCandidate, problem: dict[TicketId, str]) -> str:
    """Return the failure that more than half of a candidate's incidents belong to, or nothing."""
    counts = Counter(problem[each] for each in candidate.members)
    name, number = counts.most_common(1)[0]
    return name if 2 * number > len(candidate.members) else ""


# --- small desks ---------------------------------------------------------------------------------


def small_desk(seed: int, tickets: int = 420) -> list[Occurrence]:
    """Return half a year of a desk of three services in office hours, in which nothing recurs."""
    rng = random.Random(f"small-{seed}")
    days = [timedelta(weeks=week, days=day) for week in range(26) for day in range(5)]
    return [
        Occurrence(
            ticket_id=TicketId(f"T{number}"),
            at=_BEGIN + rng.choice(days) + timedelta(hours=rng.uniform(8, 18)),
            service=ServiceId(f"S{rng.randrange(3)}"),
        )
        for number in range(tickets)
    ]


def false_on_small_desks(number: int) -> tuple[int, int]:
    """Return how many candidates are found where nothing recurs, and among how many tickets."""
    desks = [small_desk(seed) for seed in range(number)]
    end = _BEGIN + 26 * _WEEK
    false = sum(len(find_candidates(desk, as_of=end)) for desk in desks)
    return false, sum(map(len, desks))


# --- storms --------------------------------------------------------------------------------------

_SERVICES: Final = 60
_A_DAY: Final = 150
_HOURS: Final = 168
_WEEKS: Final = 52
_STORM_MINUTES: Final = 30.0
_LEARNING_WEEKS: Final = 3


@attrs.frozen(kw_only=True)
class StormFigures:
    """Hold false alarms in a year without storms, and storms found in a year with 120.

    `at` says for each storm found at which of its tickets.
    """

    false_alarms: int
    storms: int
    found: int
    at: tuple[int, ...]


Arrival = tuple[float, int]
"""Minutes from the first Monday, and the number of the service."""


def year(seed: int, *, skewed: bool = False) -> list[Arrival]:
    """Return a year of arrivals: ten times as many in office hours, over sixty services.

    `skewed` gives the services shares like 1, 1/2, 1/3 ... instead of equal ones.
    """
    rng = random.Random(f"storm-{seed}")
    by_hour = [10 if hour // 24 < 5 and 8 <= hour % 24 < 18 else 1 for hour in range(_HOURS)]
    share = _A_DAY * 7 / sum(by_hour)
    weights = [1 / (place + 1) if skewed else 1 for place in range(_SERVICES)]
    return sorted(
        ((week * _HOURS + hour + rng.random()) * 60, rng.choices(range(_SERVICES), weights)[0])
        for week in range(_WEEKS)
        for hour in range(_HOURS)
        for _ in range(_poisson(rng, by_hour[hour] * share))
    )


def _poisson(rng: random.Random, mean: float) -> int:
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


def storm_figures(seed: int, *, size: int = 5, skewed: bool = False) -> StormFigures:
    """Return how a detector does in a year without storms, and in the same year with 120."""
    usual = year(seed, skewed=skewed)
    false_alarms = sum(1 for _ in _alarms(usual))
    rng = random.Random(f"storms-{seed}-{size}")
    every = 120
    usable = (_WEEKS - _LEARNING_WEEKS) * _HOURS * 60 / every
    storms: list[tuple[int, list[float]]] = []
    for number in range(every):
        start = _LEARNING_WEEKS * _HOURS * 60 + (number + rng.random()) * usable
        times = sorted(start + rng.uniform(0, _STORM_MINUTES) for _ in range(size))
        storms.append((rng.randrange(_SERVICES), times))
    mixed = sorted([*usual, *((at, service) for service, times in storms for at in times)])
    alarms = list(_alarms(mixed))
    at: list[int] = []
    for service, times in storms:
        first = min(
            (a for a, s in alarms if s == service and times[0] <= a <= times[-1]), default=0
        )
        if first:
            at.append(sum(each <= first for each in times))
    return StormFigures(false_alarms=false_alarms, storms=every, found=len(at), at=tuple(at))


def _alarms(arrivals: Sequence[Arrival]) -> Iterator[Arrival]:
    """Yield when and for which service a detector of usual settings proposes a storm."""
    detector = StormDetector()
    for number, (minute, service) in enumerate(arrivals):
        ticket = TicketText(
            ticket_id=TicketId(f"T{number}"),
            at=_BEGIN + timedelta(minutes=minute),
            service=ServiceId(f"S{service}"),
            requester=PersonId(f"R{number}"),
        )
        if detector.observe(ticket) is not None:
            yield minute, service
