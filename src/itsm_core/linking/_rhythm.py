"""Rhythm and trend: does it come back at the same time of the day, the week, the month?

Against the desk's own arrivals, not against an even clock: whoever works from eight to six gets
tickets from eight to six, and that is no rhythm of any failure.
"""

from __future__ import annotations

from calendar import day_name, monthrange
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import wall_time
from itsm_core.linking._statistics import rayleigh, two_sided_binomial

__all__ = ["CYCLES", "Cycle", "Profile", "Rhythm", "Trend", "rhythm_of", "trend_of", "wall_time"]

Cycle: TypeAlias = Literal["day", "week", "month"]
"""After what a failure comes round again."""

CYCLES: Final[tuple[Cycle, ...]] = ("month", "week", "day")
"""The longest first: what keeps to a weekday keeps to an hour, and the weekday says more."""

_BINS: Final[dict[Cycle, int]] = {"day": 24, "week": 168, "month": 31}
_ADDED: Final = 0.5
"""Tickets added to each bin, so that an hour in which nothing ever came is merely unlikely."""

_FEWEST: Final = 5
"""Below five events the Rayleigh test has no power, whatever it says."""

_BELIEVED: Final = 0.01


_USUAL_MONTH: Final = 30.44
"""Days of a month, on average."""

_END: Final = 1 - 1e-9


def place_in(local: datetime, cycle: Cycle) -> float:
    """Return where in its day, week or month a wall time lies, in `[0, 1)`."""
    day = (local.hour * 3600 + local.minute * 60 + local.second) / 86_400
    if cycle == "day":
        return day
    if cycle == "week":
        return (local.weekday() + day) / 7
    return (local.day - 1 + day) / monthrange(local.year, local.month)[1]


@attrs.frozen(kw_only=True)
class Profile:
    """Hold when the tickets of a desk arrive in the course of a cycle, in the wall time of `zone`.

    `phase` maps an instant to the share of arrivals before it in the cycle: arrivals like the
    desk's own are spread evenly after it, whatever its hours are.
    """

    cycle: Cycle
    zone: ZoneInfo
    counts: tuple[float, ...]
    _before: tuple[float, ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_before", (0.0, *accumulate(self.counts)))

    @property
    def total(self) -> float:
        """Return how many arrivals it was made of, with what was added to each bin."""
        return self._before[-1]

    @classmethod
    def of(cls, instants_us: Iterable[int], cycle: Cycle, zone: ZoneInfo) -> Profile:
        """Return the profile of these arrivals."""
        counts = [_ADDED] * _BINS[cycle]
        for each in instants_us:
            counts[int(place_in(wall_time(each, zone), cycle) * len(counts))] += 1
        return cls(cycle=cycle, zone=zone, counts=tuple(counts))

    def without(self, instants_us: Iterable[int]) -> Profile:
        """Return the profile of the other arrivals: what is tested is not its own yardstick."""
        counts = list(self.counts)
        for each in instants_us:
            place = int(self.place(each) * len(counts))
            counts[place] = max(_ADDED, counts[place] - 1)
        return Profile(cycle=self.cycle, zone=self.zone, counts=tuple(counts))

    def place(self, at_us: int) -> float:
        """Return where in the cycle an instant lies by the clock on the wall, in `[0, 1)`."""
        return place_in(wall_time(at_us, self.zone), self.cycle)

    def phases(self, instants_us: Iterable[int]) -> tuple[float, ...]:
        """Return the share of arrivals before each instant in its cycle, in `[0, 1)`."""
        before = self._before
        found: list[float] = []
        for each in instants_us:
            place = self.place(each) * len(self.counts)
            number = int(place)
            share = before[number] + (place - number) * self.counts[number]
            found.append(min(share / before[-1], 1 - 1e-12))
        return tuple(found)

    def mass(self, start: float, width: float) -> float:
        """Return the share of arrivals in a part of the cycle, which may run past its end."""
        before = self._before

        def up_to(place: float) -> float:
            whole, rest = divmod(place, 1.0)
            number = min(int(rest * len(self.counts)), len(self.counts) - 1)
            inside = (rest * len(self.counts) - number) * self.counts[number]
            return whole * before[-1] + before[number] + inside

        return (up_to(start + width) - up_to(start)) / before[-1]


@attrs.frozen(kw_only=True)
class Rhythm:
    """Hold a time at which a failure comes back.

    `concentration` is 1 if it always comes at the same share of the desk's arrivals, 0 if it is
    spread like them; `chance` is that of as much concentration without a rhythm, three cycles
    having been looked at. `usual_place` is where in the cycle it mostly is, in `[0, 1)`.

    >>> from itsm_core.linking import Rhythm
    >>> thursday = 3 + 2 / 24 + 10 / 1440  # days from Monday 00:00
    >>> Rhythm(
    ...     cycle="week", occurrences=12, concentration=0.99, chance=1e-6, usual_place=thursday / 7
    ... ).words
    'Thursdays about 02:10'
    """

    cycle: Cycle
    occurrences: int
    concentration: float
    chance: float
    usual_place: float

    @property
    def words(self) -> str:
        """Return when it comes, such as "Thursdays about 02:10"."""
        if self.cycle == "month":
            return f"about the {_ordinal(int(self.usual_place * _USUAL_MONTH) + 1)} of the month"
        days = 7 if self.cycle == "week" else 1
        minutes = round(self.usual_place * days * 144) * 10 % (days * 1440)
        day, minute = divmod(minutes, 1440)
        clock = f"about {minute // 60:02d}:{minute % 60:02d}"
        return f"{day_name[day]}s {clock}" if self.cycle == "week" else f"daily {clock}"


def _ordinal(number: int) -> str:
    ending = (
        "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number}{ending}"


def rhythm_of(instants_us: Sequence[int], profiles: Sequence[Profile]) -> Rhythm | None:
    """Return the rhythm of the longest cycle that shows one; None if none does.

    Fewer than five occurrences show none. `profiles` are those of the desk, one a cycle, the
    longest first; what is tested should be part of what they were made of.
    """
    if len(instants_us) < _FEWEST:
        return None
    for profile in profiles:
        others = profile.without(instants_us)
        concentration, chance = rayleigh(others.phases(instants_us))
        adjusted = min(1.0, chance * len(profiles))
        if adjusted <= _BELIEVED:
            return Rhythm(
                cycle=profile.cycle,
                occurrences=len(instants_us),
                concentration=concentration,
                chance=adjusted,
                usual_place=_usual_place(instants_us, profile),
            )
    return None


def _usual_place(instants_us: Sequence[int], profile: Profile) -> float:
    """Return where in the cycle most of them are.

    Months are of different lengths: of the middle one the day counts, as in a month of usual
    length, or the 15th would be the 14th in every month of 31 days.
    """
    places = [profile.place(each) for each in instants_us]
    middle = _middle(places)
    if profile.cycle != "month":
        return middle
    local = wall_time(instants_us[places.index(middle)], profile.zone)
    return min((local.day - 1 + place_in(local, "day")) / _USUAL_MONTH, _END)


def _middle(places: list[float]) -> float:
    """Return the place on the circle from which the others are nearest; the first of equals."""

    def distance(one: float) -> float:
        return sum(min(abs(one - each), 1 - abs(one - each)) for each in places)

    return min(sorted(places), key=distance)


@attrs.frozen(kw_only=True)
class Trend:
    """Hold how often it came in the first and in the second half of the time since it first came.

    The first occurrence is left out: it is why the time begins there. `chance` is that of halves
    so different if nothing changed.

    >>> from itsm_core.linking import Trend
    >>> Trend(earlier=2, later=11, chance=0.02).words
    'coming more often'
    >>> Trend(earlier=5, later=7, chance=0.77).words
    'no change that chance does not explain'
    """

    earlier: int
    later: int
    chance: float

    @property
    def words(self) -> str:
        """Return what the halves say; nothing is claimed above a chance of one in twenty."""
        if self.chance > 0.05:
            return "no change that chance does not explain"
        return "coming more often" if self.later > self.earlier else "coming less often"


def trend_of(instants_us: Sequence[int], until_us: int) -> Trend:
    """Return the trend of occurrences, in order, up to `until_us`."""
    if not instants_us:
        return Trend(earlier=0, later=0, chance=1.0)
    middle_us = (instants_us[0] + until_us) // 2
    later = sum(each >= middle_us for each in instants_us[1:])
    total = len(instants_us) - 1
    chance = two_sided_binomial(later, total, 0.5)
    return Trend(earlier=total - later, later=later, chance=chance)
