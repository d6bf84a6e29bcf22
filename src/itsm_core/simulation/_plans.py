"""Which story begins when: the ordinary tickets, and the four that hide among them."""

from __future__ import annotations

from datetime import timedelta

import attrs

from itsm_core.simulation._arrivals import arrivals
from itsm_core.simulation._draws import Draws
from itsm_core.simulation._stories import Kind, Plan
from itsm_core.simulation._world import Site, World
from itsm_core.spans import hours, minutes

__all__ = ["plans"]

_BYPASS_SHARE = 0.017
_OUTAGE_SHARE = 0.018
_WALK_UP_SHARE = 0.03


def plans(draws: Draws, world: World, count: int) -> list[Plan]:
    """Return `count` plans, sorted by the instant at which the desk registers them."""
    berlin, lisbon = world.sites[0], world.sites[1]
    found = [*_failures(draws, world, berlin), *_outage(draws, world, lisbon, count)]
    found += _bypasses(draws, world, berlin, round(count * _BYPASS_SHARE))
    for at, site in arrivals(draws, world, count - len(found)):
        if site.calendar.is_open(at) and draws.chance(_WALK_UP_SHARE):
            registered = site.calendar.add(at, minutes(30) + draws.minutes(110, 0.7))
            found.append(Plan(at=at, registered_at=registered, site=site, kind=Kind.WALK_UP))
        else:
            found.append(Plan(at=at, registered_at=at, site=site))
    # What would be registered after the end is registered at once: every plan is a ticket.
    found = [
        plan if plan.registered_at < world.end_at else attrs.evolve(plan, registered_at=plan.at)
        for plan in found
    ]
    found.sort(key=lambda plan: plan.registered_at)
    return found


def _failures(draws: Draws, world: World, site: Site) -> list[Plan]:
    """Fail in every night to Thursday, about ten past two; many are written down later."""
    zone = site.tzinfo
    local = world.start_at.astimezone(zone)
    night = local.replace(hour=2, minute=10, second=0, microsecond=0)
    night += timedelta(days=(3 - night.weekday()) % 7)
    found: list[Plan] = []
    while True:
        at = night.astimezone(world.start_at.tzinfo) + timedelta(
            seconds=round(draws.between(-2400, 2400))
        )
        if at >= world.end_at:
            return found
        if at >= world.start_at:
            registered = at
            if draws.chance(0.6):
                registered = site.calendar.next_open(at) + draws.minutes(35, 0.5)
            found.append(Plan(at=at, registered_at=registered, site=site, kind=Kind.WEEKLY_FAILURE))
        night += timedelta(days=7)  # wall-clock: the job runs by the local time


def _outage(draws: Draws, world: World, site: Site, count: int) -> list[Plan]:
    """Break the remote access of one city on a working morning in the second half."""
    length = (world.end_at - world.start_at) * 0.58
    day = site.calendar.next_open(world.start_at + timedelta(days=length.days))
    begin = day + minutes(37)
    found: list[Plan] = []
    for _ in range(max(8, round(count * _OUTAGE_SHARE))):
        at = begin + draws.minutes(16, 0.8)
        if at - begin < hours(3):
            found.append(Plan(at=at, registered_at=at, site=site, kind=Kind.OUTAGE))
    found.sort(key=lambda plan: plan.at)
    return found


def _bypasses(draws: Draws, world: World, site: Site, count: int) -> list[Plan]:
    """Spread the bypasser's visits over the working hours; most are written down afterwards."""
    calendar = site.calendar
    total = calendar.between(world.start_at, world.end_at)
    found: list[Plan] = []
    for _ in range(count):
        at = calendar.add(world.start_at, _share(total, draws))
        registered = at
        if draws.chance(0.7):
            registered = calendar.add(at, draws.minutes(190, 0.8))
        found.append(Plan(at=at, registered_at=registered, site=site, kind=Kind.BYPASS))
    return found


def _share(total: timedelta, draws: Draws) -> timedelta:
    """Return a part of `total` in whole seconds, never the whole of it."""
    return timedelta(seconds=int(total.total_seconds() * draws.between(0.0, 0.999)))
