"""The legs of an agreement: whether they can fit, and whose time it was (law S12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import Calendar, Finding, Goal, WallTime, WorkingTime
from itsm_core.errors import CalendarExhausted, Fault, InstantOutOfRange, did_you_mean
from itsm_core.spans import instant, micros

if TYPE_CHECKING:
    from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget

_HOUR_US: Final = 3_600_000_000
_WEEKS_US: Final = 4 * 7 * 24 * _HOUR_US
_REFERENCE_US: Final = micros(instant(0).replace(year=2026, month=11, day=2))
"""Monday 2 November 2026: four weeks without a clock change, and with few holidays anywhere."""


@attrs.frozen(kw_only=True)
class _Part:
    """Hold a promise as far as fitting is concerned."""

    name: str
    goal: Goal
    calendar: Calendar

    def due(self, start: int) -> int:
        """Return the due instant of a start."""
        return micros(self.goal.due(self.calendar, instant(start), "close"))

    def back(self, due: int) -> int | None:
        """Return the latest start that is due then; None for a goal that has no inverse."""
        if isinstance(self.goal, WallTime):
            return due - self.goal.duration // timedelta.resolution
        if not isinstance(self.goal, WorkingTime):
            return None
        try:
            return micros(self.calendar.subtract(instant(due), self.goal.duration))
        except (CalendarExhausted, InstantOutOfRange):
            return None

    def turns(self, low: int, high: int) -> set[int]:
        """Return the openings and closings of its calendar, and `low`."""
        return {start for start, _, _ in self.calendar.segments(low, high)}


@attrs.frozen(kw_only=True)
class _Chain:
    """Hold a promise for one priority, and the legs that follow each other under it."""

    priority: str
    whole: _Part
    legs: tuple[_Part, ...]
    since_us: int

    @property
    def text(self) -> str:
        """Return both sides in words."""
        legs = ", then ".join(f"{leg.name} {leg.goal}" for leg in self.legs)
        return f"{legs}; the promise is {self.whole.goal}"

    def is_exact(self) -> bool | None:
        """Tell whether the legs fit, by adding up; None where amounts cannot be compared."""
        parts = (self.whole, *self.legs)
        calendar = self.whole.calendar
        durations: list[timedelta] = []
        for part in parts:
            goal = part.goal
            if isinstance(goal, WorkingTime | WallTime) and type(goal) is type(self.whole.goal):
                durations.append(goal.duration)
        wall = isinstance(self.whole.goal, WallTime)
        if len(durations) < len(parts) or not (
            wall or all(part.calendar == calendar for part in parts)
        ):
            return None
        return sum(durations[1:], timedelta(0)) <= durations[0]

    def fits(self, start: int) -> bool:
        """Tell whether the legs, one after the other, end by the promise's own due instant."""
        try:
            due = self.whole.due(start)
        except (CalendarExhausted, InstantOutOfRange):
            return True  # never due: whatever the legs do is in time
        at = start
        try:
            for leg in self.legs:
                at = leg.due(at)
        except (CalendarExhausted, InstantOutOfRange):
            return False
        return at <= due

    def hours(self) -> range:
        """Return every hour of the reference weeks."""
        return range(self.since_us, self.since_us + _WEEKS_US, _HOUR_US)

    def starts(self) -> Iterator[int]:
        """Yield the starts of the reference weeks, those first that are likely to fit.

        Every hour; then the instants at which some due instant begins to move or stands still.
        Between two of those the time to spare is linear, so for goals in working or wall time no
        other start fits better.
        """
        low = self.since_us
        high = low + _WEEKS_US
        yield from self.hours()
        points = set[int]()
        for part in reversed(self.legs):
            points = _moved_back(part, points) | part.turns(low, high + _WEEKS_US)
        whole = self.whole.turns(low, high + _WEEKS_US)
        for point in sorted(points | whole | _moved_back(self.whole, whole)):
            if low <= point < high:
                yield point
                yield point + 1


def _moved_back(part: _Part, points: set[int]) -> set[int]:
    return {at for point in points if (at := part.back(point)) is not None}


def leg_faults(agreement: ServiceLevelAgreement) -> Iterator[Fault]:
    """Yield what is wrong with an agreement's legs, for every priority of the promise.

    Exact where promise and legs are working time on equal calendars, or wall time: their sum must
    not exceed the promise. Elsewhere the legs are refused if there is no start in four reference
    weeks (from `valid_from`, or from 2 November 2026) from which they end in time.
    """
    seen = set[tuple[str, str, str]]()
    for n, leg in enumerate(agreement.legs):
        where, other = f"legs[{n}]", leg.agreement
        named = (leg.clock, other.agreement_id, leg.leg_clock)
        if named in seen:
            message = f"{leg.leg_clock!r} of {other.agreement_id!r} is a leg twice"
            yield Fault("leg-twice", message, where, leg.leg_clock, "keep one")
        seen.add(named)
        for clock, holder in ((leg.clock, agreement), (leg.leg_clock, other)):
            target = holder.target(clock)
            if target is None:
                names = [each.name for each in holder.targets]
                remedy = f"use one of {', '.join(names)}{did_you_mean(clock, names)}"
                message = f"agreement {holder.agreement_id!r} has no clock {clock!r}"
                yield Fault("unknown-leg-clock", message, where, clock, remedy)
            elif not target.goals:
                message = f"clock {clock!r} has no goals"
                remedy = "a commitment brings its own deadline; rest on another clock"
                yield Fault("leg-without-goals", message, where, clock, remedy)
    for chain in _chains(agreement):
        fits = chain.is_exact()
        if fits is None:
            fits = any(map(chain.fits, chain.starts()))
        if not fits:
            message = (
                f"the legs of {chain.whole.name} cannot fit for {chain.priority}: {chain.text}"
            )
            remedy = "shorten a leg, or lengthen the promise"
            where = f"legs of {chain.whole.name}"
            yield Fault("legs-too-long", message, where, chain.priority, remedy)


def leg_findings(agreement: ServiceLevelAgreement) -> Iterator[Finding]:
    """Yield what is legal but doubtful about an agreement's legs."""
    for leg in agreement.legs:
        if leg.agreement.kind == "sla":
            message = f"the leg {leg.leg_clock} rests on {leg.agreement.agreement_id!r}, an sla"
            remedy = "legs are agreements with a group (ola) or a supplier (uc)"
            yield Finding("leg-kind", message, remedy)
    for target in agreement.targets:
        for priority in _priorities(agreement, target):
            missing = [
                leg.leg_clock
                for leg in agreement.legs
                if leg.clock == target.name
                and (rest := leg.agreement.target(leg.leg_clock)) is not None
                and rest.goal_for(priority) is None
            ]
            if missing and target.goal_for(priority) is not None:
                message = f"{', '.join(missing)} has no goal for {priority}, {target.name} has"
                yield Finding("leg-without-goal", message, "add it, so that the whole is covered")
    for chain in _chains(agreement):
        if chain.is_exact() is not None:
            continue
        misfits = [start for start in chain.hours() if not chain.fits(start)]
        if misfits:
            total = len(chain.hours())
            message = (
                f"the legs of {chain.whole.name} for {chain.priority} end in time from "
                f"{total - len(misfits)} of {total} hours of four weeks only, not from "
                f"{instant(misfits[0]):%a %H:%M} UTC ({chain.text})"
            )
            remedy = "give the leg the hours of the promise, or less time"
            yield Finding("legs-seldom-fit", message, remedy)


def _priorities(agreement: ServiceLevelAgreement, target: ServiceLevelTarget) -> tuple[str, ...]:
    """Return every priority that the promise or one of its legs lists."""
    names = list(target.goals)
    for leg in agreement.legs:
        rest = leg.agreement.target(leg.leg_clock) if leg.clock == target.name else None
        names.extend(() if rest is None else rest.goals)
    return tuple(dict.fromkeys(names))


def _chains(agreement: ServiceLevelAgreement) -> Iterator[_Chain]:
    since = agreement.valid_from_us
    for target in agreement.targets:
        legs = [leg for leg in agreement.legs if leg.clock == target.name]
        if not legs:
            continue
        for priority in _priorities(agreement, target):
            goal = target.goal_for(priority)
            parts = [
                _Part(name=leg.leg_clock, goal=own, calendar=leg.agreement.calendar_of(rest))
                for leg in legs
                if (rest := leg.agreement.target(leg.leg_clock)) is not None
                and (own := rest.goal_for(priority)) is not None
            ]
            if goal is not None and parts:
                calendar = agreement.calendar_of(target)
                yield _Chain(
                    priority="any other priority" if priority == "*" else priority,
                    whole=_Part(name=target.name, goal=goal, calendar=calendar),
                    legs=tuple(parts),
                    since_us=_REFERENCE_US if since is None else since,
                )
