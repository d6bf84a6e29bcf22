"""Failures that keep a timetable: the same service or item, the same hour of the week, in no like
words.

Eight people on call word one failure in eight ways. What they cannot vary is when it happens and
what it hits.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

import attrs

from itsm_core.ids import TicketId
from itsm_core.linking._occurrences import Occurrence
from itsm_core.linking._rhythm import Profile
from itsm_core.linking._statistics import binomial_at_least

__all__ = ["Slot", "find_slots"]

SlotField: TypeAlias = Literal["configuration_item_id", "service"]

_FIELDS: Final[tuple[SlotField, ...]] = ("configuration_item_id", "service")
_WIDTHS_MINUTES: Final = (60, 180)
"""A job that fails at its own time, and one that fails once its queue is full."""

_WEEK_MINUTES: Final = 10_080
_WEEK_US: Final = _WEEK_MINUTES * 60_000_000
_FEWEST_WEEKS: Final = 3
_MOST_SLOTS: Final = 5
_SURE: Final = 0.999
_DEVIATIONS: Final = tuple(step / 2 for step in range(-8, 11))
_DENSITIES: Final = tuple(math.exp(-(each**2) / 2) for each in _DEVIATIONS)
_STEPS: Final = tuple(
    (place, density / sum(_DENSITIES))
    for place, density in zip(_DEVIATIONS, _DENSITIES, strict=True)
)
"""Places on a normal distribution, from four deviations below to five above, and their weights."""

_FALSE: Final = 0.01
"""False slots that may be expected in all, however many were looked at."""


@attrs.frozen(kw_only=True)
class Slot:
    """Hold an hour of the week in which one service or item fails again and again.

    `expected` of the members would be there by chance, `chance` is that of as many weeks with one,
    all places looked at having been counted.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Occurrence, find_candidates
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> seen = [Occurrence(ticket_id=f"INC-{at:%m%d}", at=at, service="export") for at in each_week]
    >>> (found,) = find_candidates(seen, as_of=night + timedelta(weeks=12))
    >>> slot = found.slot
    >>> f"{slot.value}: {slot.weeks} of {slot.of_weeks} weeks, by chance {slot.expected:.2g}"
    'export: 12 of 13 weeks, by chance 0.077'
    """

    field: SlotField
    value: str
    members: tuple[TicketId, ...]
    weeks: int
    of_weeks: int
    expected: float
    chance: float


@attrs.frozen(kw_only=True)
class _Place:
    """Hold the tickets of one service or item by where in the week they came."""

    field: SlotField
    value: str
    tickets: tuple[tuple[float, Occurrence], ...]  # minutes from Monday 00:00, in their order
    _minutes: tuple[float, ...] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_minutes", tuple(minute for minute, _ in self.tickets))

    def count(self, start: float, width: float) -> int:
        """Return how many are in a part of the week, which may run past Sunday."""
        end = start + width
        inside = bisect_left(self._minutes, end) - bisect_left(self._minutes, start)
        return inside + bisect_left(self._minutes, end - _WEEK_MINUTES)

    def within(self, start: float, width: float) -> list[Occurrence]:
        """Return those in a part of the week, which may run past Sunday, in order of time."""
        minutes = self._minutes
        end = start + width
        inside = list(self.tickets[bisect_left(minutes, start) : bisect_left(minutes, end)])
        inside += self.tickets[: bisect_left(minutes, end - _WEEK_MINUTES)]
        return sorted((each for _, each in inside), key=_when)


def _when(occurrence: Occurrence) -> tuple[int, TicketId]:
    return occurrence.at_us, occurrence.ticket_id


def find_slots(
    occurrences: Sequence[Occurrence], profile: Profile, *, since_us: int, until_us: int
) -> tuple[Slot, ...]:
    """Return the slots that chance does not explain, the least likely first.

    `profile` is the desk's week. The first occurrence does not count as evidence: the weeks are
    those after it, so that a failure that began last month is not diluted by the half-year before.
    """
    if until_us <= since_us:
        return ()
    known = [each for each in occurrences if since_us <= each.at_us <= until_us]
    places = [place for field in _FIELDS for place in _places(known, field, profile)]
    tested = sum(len(place.tickets) for place in places) * len(_WIDTHS_MINUTES)
    found = [
        slot for place in places for slot in _slots_of(place, profile, tested, (since_us, until_us))
    ]
    return tuple(sorted(found, key=lambda slot: (slot.chance, slot.field, slot.value)))


def _places(
    occurrences: Iterable[Occurrence], field: SlotField, profile: Profile
) -> Iterator[_Place]:
    by_value: dict[str, list[Occurrence]] = {}
    for each in occurrences:
        value = getattr(each, field)
        if value:
            by_value.setdefault(value, []).append(each)
    for value, mine in sorted(by_value.items()):
        if len(mine) >= _FEWEST_WEEKS:
            placed = [(profile.place(each.at_us) * _WEEK_MINUTES, each) for each in mine]
            placed.sort(key=lambda pair: (pair[0], *_when(pair[1])))
            yield _Place(field=field, value=value, tickets=tuple(placed))


def _slots_of(
    place: _Place, profile: Profile, tested: int, period: tuple[int, int]
) -> Iterator[Slot]:
    """Yield the slots of one place, the least likely first, none sharing a ticket."""
    for _ in range(_MOST_SLOTS):
        best: Slot | None = None
        for start, _occurrence in place.tickets:
            for width in _WIDTHS_MINUTES:
                slot = _slot(place, profile, (start, width), tested, period)
                if slot is not None and (best is None or slot.chance < best.chance):
                    best = slot
        if best is None or best.chance > _FALSE:
            return
        yield best
        taken = frozenset(best.members)
        left = tuple(pair for pair in place.tickets if pair[1].ticket_id not in taken)
        place = attrs.evolve(place, tickets=left)


def _slot(
    place: _Place,
    profile: Profile,
    part: tuple[float, float],
    tested: int,
    period: tuple[int, int],
) -> Slot | None:
    if _is_hopeless(place, profile, part, tested, period):
        return None
    members = place.within(*part)
    first_us = members[0].at_us
    weeks = {(each.at_us - first_us + _WEEK_US // 2) // _WEEK_US for each in members}
    if len(weeks) < _FEWEST_WEEKS:
        return None
    since_us, until_us = period
    of_weeks = max(1, (until_us - first_us) // _WEEK_US)
    seen = min(len(weeks) - 1, of_weeks)
    others = profile.without(each.at_us for each in members)
    mass = others.mass(part[0] / _WEEK_MINUTES, part[1] / _WEEK_MINUTES)
    # If its tickets came when the desk's come, so many a week would be in this hour; they include
    # those that may be the failure, which makes it rather too many than too few.
    a_week = len(place.tickets) * _WEEK_US / (until_us - since_us)
    expected = min(a_week * mass, _SURE)
    chance = binomial_at_least(seen, of_weeks, expected) * tested
    if chance <= _FALSE:
        chance = _uncertain(seen, of_weeks, a_week / others.total, mass * others.total) * tested
    return Slot(
        field=place.field,
        value=place.value,
        members=tuple(each.ticket_id for each in members),
        weeks=len(weeks),
        of_weeks=of_weeks + 1,
        expected=expected * (of_weeks + 1),
        chance=min(1.0, chance),
    )


def _uncertain(seen: int, of_weeks: int, rate: float, others: float) -> float:
    """Return the chance of as many weeks if `others` tickets are all one knows of an hour.

    Of many hours one looks at, those with few others by luck are the ones that stand out: what is
    usual there is a Gamma distribution around the count, not the count. Averaged over it, in steps
    of half a standard deviation (Wilson and Hilferty's cube makes it normal).
    """
    shape = others + 1.0
    total = 0.0
    for place, weight in _STEPS:
        root = 1.0 - 1.0 / (9.0 * shape) + place / (3.0 * math.sqrt(shape))
        usual = min(rate * shape * max(root, 0.0) ** 3, _SURE)
        total += weight * binomial_at_least(seen, of_weeks, usual)
    return total


def _is_hopeless(
    place: _Place,
    profile: Profile,
    part: tuple[float, float],
    tested: int,
    period: tuple[int, int],
) -> bool:
    """Return whether a ticket each week would still be chance: busy places are passed over fast.

    The usual traffic is underestimated here, never overestimated, so that nothing is missed.
    """
    number = place.count(*part)
    if number < _FEWEST_WEEKS:
        return True
    mass = profile.mass(part[0] / _WEEK_MINUTES, part[1] / _WEEK_MINUTES) - number / profile.total
    weeks = (period[1] - period[0]) / _WEEK_US
    expected = min(max(0.0, len(place.tickets) * mass / weeks), _SURE)
    return math.pow(expected, weeks) * tested > _FALSE


def distinct(slots: Iterable[Slot]) -> Iterator[Mapping[TicketId, Slot]]:
    """Yield slots that share a ticket as one: the same failure seen by item and by service."""
    left = list(slots)
    while left:
        together = dict.fromkeys(left[0].members, left[0])
        rest = left[1:]
        left = list[Slot]()
        for slot in rest:
            if any(ticket in together for ticket in slot.members):
                for ticket in slot.members:
                    together.setdefault(ticket, slot)
            else:
                left.append(slot)
        yield together
