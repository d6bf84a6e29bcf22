"""How many tickets of a service are usual in an hour of the week.

A new service is taken to be like the desk as a whole and comes to be like itself as it is seen:
the mean of a Gamma distribution that begins at the desk's profile.
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.ids import ServiceId
from itsm_core.linking._rhythm import wall_time

__all__ = ["HOUR_US", "Baseline"]

HOUR_US: Final = 3_600_000_000
_QUARTER_US: Final = 900_000_000
"""Clocks on walls differ by quarters of an hour: in Kolkata the hour begins at half past."""
_HOURS: Final = 168
_WEEK_US: Final = _HOURS * HOUR_US

_TICKETS_OF_TRUST: Final = 60.0
"""So many tickets of its own in an hour of the week weigh as much as the desk's profile."""

_TICKETS_OF_DESK: Final = 2.0
"""A service is taken to be of average size until it has a few tickets more than this."""

_FLAT: Final = 1.0
"""Tickets added to each hour of the desk, so that an hour never seen is not impossible."""


@attrs.define
class _Counts:
    """Count the tickets of one service, and where in the week they came."""

    by_hour: list[int] = attrs.field(factory=lambda: [0] * _HOURS)
    total: int = 0


@attrs.define(kw_only=True)
class Baseline:
    """Count tickets by service and hour of the week, and say how many are usual.

    Mutable; it only ever adds. Hours are those of the wall clock in `zone`.
    """

    zone: ZoneInfo
    _desk: _Counts = attrs.field(init=False, factory=_Counts)
    _services: dict[ServiceId, _Counts] = attrs.field(init=False, factory=dict)
    _first_us: int | None = attrs.field(init=False, default=None)
    _place: tuple[int, int] = attrs.field(init=False, default=(-1, 0))

    def add(self, service: ServiceId, at_us: int) -> None:
        """Count a ticket; those of one stream come in order of time."""
        if self._first_us is None:
            self._first_us = at_us
        place = self._hour_of_week(at_us)
        for counts in (self._desk, self._services.setdefault(service, _Counts())):
            counts.by_hour[place] += 1
            counts.total += 1

    def per_microsecond(self, now_us: int) -> float:
        """Return how many tickets the whole desk gets in a microsecond, on average up to now."""
        return self._desk.total / (self._weeks(now_us) * _WEEK_US)

    def expected(self, service: ServiceId, start_us: int, end_us: int) -> float:
        """Return how many tickets of a service are usual from `start_us` to `end_us`."""
        total, at_us = 0.0, start_us
        while at_us < end_us:
            next_us = min(end_us, at_us - at_us % _QUARTER_US + _QUARTER_US)
            total += self._rate(service, at_us, end_us) * (next_us - at_us) / HOUR_US
            at_us = next_us
        return total

    def _rate(self, service: ServiceId, at_us: int, now_us: int) -> float:
        """Return the tickets of a service in this hour of a week."""
        place, weeks, desk = self._hour_of_week(at_us), self._weeks(now_us), self._desk
        own = self._services.get(service, _NOTHING)
        average = max(desk.total, 1) / max(len(self._services), 1) / weeks
        size = (_TICKETS_OF_DESK + own.total) / (_TICKETS_OF_DESK / average + weeks)
        share = (_FLAT + desk.by_hour[place]) / (_FLAT * _HOURS + desk.total)
        mean = size * share
        return (_TICKETS_OF_TRUST + own.by_hour[place]) / (_TICKETS_OF_TRUST / mean + weeks)

    def _weeks(self, now_us: int) -> float:
        """Return for how many weeks there were tickets, at least one."""
        first_us = now_us if self._first_us is None else self._first_us
        return max(1.0, (now_us - first_us) / _WEEK_US)

    def _hour_of_week(self, at_us: int) -> int:
        quarter = at_us // _QUARTER_US
        if self._place[0] != quarter:  # tickets come in order: mostly it is that of the last one
            local = wall_time(at_us, self.zone)
            self._place = quarter, local.weekday() * 24 + local.hour
        return self._place[1]


_NOTHING: Final = _Counts()
