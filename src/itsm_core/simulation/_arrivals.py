"""When people ask for help: a profile of the hour and the weekday in each city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from itsm_core.simulation._draws import Draws, Urn
from itsm_core.simulation._world import Site, World

__all__ = ["arrivals"]

_BY_HOUR = (
    *(0.02, 0.02, 0.02, 0.02, 0.03, 0.06, 0.15, 0.35),
    *(0.95, 1.50, 1.40, 1.15, 0.70, 0.95, 1.25, 1.05),
    *(0.85, 0.50, 0.22, 0.10, 0.08, 0.06, 0.04, 0.03),
)
"""Requests in each local hour of a working day, relative to a mid-morning of about one."""

_BY_WEEKDAY = (1.30, 1.06, 1.00, 0.96, 0.78)
"""Monday brings what broke over the weekend; on Friday afternoon people put things off."""

_CLOSED = 0.035
"""Requests in each waking hour of a weekend or holiday, on the same scale."""

_HOUR = timedelta(hours=1)


def arrivals(draws: Draws, world: World, count: int) -> list[tuple[datetime, Site]]:
    """Return `count` instants with their city, sorted; whole seconds, from start to end."""
    urn = Urn(list(_weights(world)))
    found: list[tuple[datetime, Site]] = []
    for _ in range(count):
        hour, site = draws.weighted(urn)
        found.append((hour + timedelta(seconds=draws.below(3600)), site))
    found.sort(key=lambda arrival: arrival[0])
    return found


def _weights(world: World) -> Iterator[tuple[tuple[datetime, Site], float]]:
    """Yield every hour of every city with its weight."""
    for site in world.sites:
        zone = site.tzinfo
        working: dict[int, bool] = {}
        hour = world.start_at
        while hour + _HOUR <= world.end_at:
            local = hour.astimezone(zone)
            day = local.toordinal()
            if day not in working:
                working[day] = site.calendar.is_working_day(local.date())
            if working[day]:
                weight = _BY_HOUR[local.hour] * _BY_WEEKDAY[local.weekday()]
            else:
                weight = _CLOSED if 7 <= local.hour < 22 else 0.01
            yield (hour, site), weight * site.load_ratio
            hour += _HOUR
