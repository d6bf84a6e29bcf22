"""Laws of rosters, tried on one of yours over a stretch of time (E4, Y11, Y12)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import InvalidValue
from itsm_core.rosters import Roster, Shift
from itsm_core.spans import instant, micros
from itsm_core.testing.laws._law import Law, broken, chosen, first_broken, law, shrunk

__all__ = ["ROSTER_LAWS", "RosterCase", "check_roster"]

_WEEK: Final = timedelta(weeks=1)
_DAY: Final = timedelta(days=1)
_QUARTER: Final = timedelta(minutes=15)
_MOST_LOOKS: Final = 4 * 24 * 7


@attrs.frozen(kw_only=True)
class RosterCase:
    """Hold a roster, the stretch of time that is looked at, and when somebody must be on call.

    Without `hours` somebody must be on call at whatever hour of the week somebody was a week ago.

    >>> from datetime import UTC, datetime
    >>> day = datetime(2026, 1, 5, tzinfo=UTC)
    >>> RosterCase(roster=Roster(name="empty"), start=day, end=day).zone.key
    'UTC'
    """

    roster: Roster
    start: datetime
    end: datetime
    hours: Calendar | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone of the roster's first layer."""
        layers = self.roster.layers
        return ZoneInfo(layers[0].zone if layers else "UTC")


@law("Y11")
def somebody_is_on_call(case: RosterCase) -> Iterator[str]:
    """Somebody is on call at every hour that is to be covered."""
    if _is_idle(case):
        first, last = _local(case.start, case.zone), _local(case.end, case.zone)
        yield f"nobody is on call at any time from {first} to {last} ({case.zone.key})"
        return
    for gap in case.roster.gaps(case.start, case.end):
        at = _missed(case, gap)
        if at is not None:
            why = gap.why.removeprefix("nobody: ")
            yield (
                f"nobody is on call from {_local(gap.start_at, case.zone)} to "
                f"{_local(gap.end_at, case.zone)} ({case.zone.key}): {why}"
            )


def _is_idle(case: RosterCase) -> bool:
    """Tell whether nobody is on call at any time: then no week can show what is missing."""
    if case.hours is not None or micros(case.end) <= micros(case.start):
        return False
    return not any(shift.people for shift in case.roster.schedule(case.start, case.end))


def _missed(case: RosterCase, gap: Shift) -> datetime | None:
    """Return an instant of a gap at which somebody should be on call; None if it may be one."""
    at, end = instant(gap.start_us), instant(gap.end_us)
    if case.hours is not None:
        return at if case.hours.between(at, end) else None
    looks = 0
    while at < end and looks < _MOST_LOOKS:
        # The hour on the wall a week ago, not 168 hours ago: clocks may change in between.
        local = at.astimezone(case.zone).replace(tzinfo=None) - _WEEK
        if case.roster.on_call(local.replace(tzinfo=case.zone)).people:
            return at
        at, looks = at + _QUARTER, looks + 1
    return None


@law("Y12")
def changes_by_hand_change_something(case: RosterCase) -> Iterator[str]:
    """Every swap and override changes who is on call."""
    roster, low, high = case.roster, micros(case.start), micros(case.end)
    for name, changes in (("overrides", roster.overrides), ("swaps", roster.swaps)):
        for place, change in enumerate(changes):
            if not low <= change.start_us <= change.end_us <= high:
                continue
            less = {name: changes[:place] + changes[place + 1 :]}
            without = attrs.evolve(roster, **less)  # type: ignore[arg-type]
            start, end = instant(change.start_us), instant(change.end_us)
            if _people(roster, start, end) == _people(without, start, end):
                yield f"{change} changes nothing"


def _people(roster: Roster, start: datetime, end: datetime) -> list[tuple[object, int]]:
    """Return who is on call one after the other, each with the last instant."""
    found: list[tuple[object, int]] = []
    for shift in roster.schedule(start, end):
        if found and found[-1][0] == shift.people:
            found.pop()
        found.append((shift.people, shift.end_us))
    return found


@law("E4")
def shifts_are_adjacent(case: RosterCase) -> Iterator[str]:
    """The shifts of the final schedule are adjacent, and each says who is on call in it."""
    shifts = case.roster.schedule(case.start, case.end)
    if any(one.end_us != two.start_us for one, two in pairwise(shifts)):
        yield "there is a hole between two shifts"
    for shift in shifts:
        if case.roster.on_call(shift.start_at).people != shift.people:
            yield f"who is on call at {shift.start_at} is not who has the shift"


ROSTER_LAWS: Final[tuple[Law[RosterCase], ...]] = (
    somebody_is_on_call,
    changes_by_hand_change_something,
    shifts_are_adjacent,
)
"""Every law of rosters; each has its number and its sentence."""


def check_roster(
    roster: Roster,
    *,
    start: datetime,
    end: datetime,
    hours: Calendar | None = None,
    without: Collection[str] = (),
) -> None:
    """Try the laws of rosters on one of yours between two instants; look a year ahead.

    `hours` says when somebody must be on call; unless given, that is whatever hour of the week was
    covered a week ago, by the clock on the wall; that nobody is on call at any time is told, too.

    Raises:
        LawBroken: naming the law, the gap, and the shifts around it.
        InvalidValue: `without` names no law, or `end` is not after `start`.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.rosters import Rotation
    >>> day = Rotation(
    ...     name="all", people=["ana"], zone="UTC", start_on="2026-01-05", hand_off="09:00"
    ... )
    >>> check_roster(
    ...     Roster(name="desk", layers=[day]),
    ...     start=datetime(2026, 2, 1, tzinfo=UTC),
    ...     end=datetime(2026, 4, 1, tzinfo=UTC),
    ... )
    """
    if micros(end) <= micros(start):
        raise InvalidValue("`end` is not after `start`", end, f"pass an instant after {start}")
    case = RosterCase(roster=roster, start=start, end=end, hours=hours)
    found = first_broken(chosen(ROSTER_LAWS, without), case)
    if found is not None:
        small = shrunk(found, case, _smaller)
        broken(
            found,
            small,
            subject=f"roster {roster.name!r}",
            story=_story(small),
            ledger=_ledger(small),
        )


def _smaller(case: RosterCase) -> Iterator[RosterCase]:
    """Yield the case over a shorter time, and with less in the roster.

    A night in which nobody has to be on call is no example of a gap; and that nobody ever is on
    call is told of the whole time.
    """
    idle = _is_idle(case)
    for each in (*(() if idle else _shorter(case)), *_fewer(case)):
        if _is_idle(each) == idle:
            yield each


def _shorter(case: RosterCase) -> Iterator[RosterCase]:
    length = case.end - case.start
    if length > _DAY:
        half = case.start + length / 2
        yield attrs.evolve(case, end=half)
        yield attrs.evolve(case, start=half)


def _fewer(case: RosterCase) -> Iterator[RosterCase]:
    for name in ("overrides", "swaps", "absences", "responders", "layers"):
        values: tuple[object, ...] = getattr(case.roster, name)
        for place in range(len(values) if name != "layers" or len(values) > 1 else 0):
            less = {name: values[:place] + values[place + 1 :]}
            yield attrs.evolve(case, roster=attrs.evolve(case.roster, **less))  # type: ignore[arg-type]


def _story(case: RosterCase) -> Iterator[str]:
    roster = case.roster
    layers = ", ".join(layer.name for layer in roster.layers) or "no layer"
    yield f"The roster has {layers}."
    yield (
        f"It is read from {_local(case.start, case.zone)} to {_local(case.end, case.zone)} "
        f"({case.zone.key})."
    )
    zones = sorted({layer.zone for layer in roster.layers} - {case.zone.key})
    if zones:
        yield f"Other layers are in {', '.join(zones)}, whose clocks may change on other days."


def _ledger(case: RosterCase) -> Iterator[str]:
    """Yield the final schedule."""
    for shift in case.roster.schedule(case.start, case.end):
        people = " + ".join(shift.people) or "NOBODY"
        first, last = _local(shift.start_at, case.zone), _local(shift.end_at, case.zone)
        yield f"{first} - {last}: {people} ({shift.why})"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %d %b %Y %H:%M}"
