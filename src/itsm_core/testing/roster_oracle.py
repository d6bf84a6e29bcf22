"""A slow, obviously right way to say who is on call, and random rosters to ask it about (law E4).

It shares no arithmetic with `itsm_core.rosters`. It steps through time and looks at the clock on
the wall: a rotation goes on to its next slot at the first step at which that clock shows the time
of the hand-off or a later one. A clock that is put back does not undo it, one that is put forward
over the hand-off does it then; that is all there is to say about clock changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.ids import PersonId
from itsm_core.rosters import Absence, Override, Roster, Rotation, Swap, Unit
from itsm_core.spans import micros

__all__ = ["clock_changes", "differences", "people_by_step", "random_roster", "random_rotation"]

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_NAMES: Final = tuple(PersonId(name) for name in ("ana", "ben", "chi", "dan", "eva", "fay"))
_HOURS: Final = (
    "Mo-Fr 08:00-18:00",
    "Mo-Su 20:00-08:00",
    "Sa-Su 00:00-24:00",
    "Mo,We,Fr 09:00-12:00",
    "Mo-Su 02:00-03:00",
    "24/7",
)
_STEP: Final = timedelta(minutes=15)


def people_by_step(
    roster: Roster, start: datetime, end: datetime, step: timedelta = _STEP
) -> Iterator[tuple[datetime, tuple[PersonId, ...]]]:
    """Yield who is on call at each step of `[start, end)`, walked from the first rotation on.

    Everything in the roster must lie on whole steps, the changes of its clocks, too.

    >>> people = [["ana"], ["ben"]]
    >>> days = Rotation(name="days", people=people, zone="UTC", start_on="2026-01-05", unit="days")
    >>> start = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> walk = people_by_step(Roster(name="desk", layers=[days]), start, start + timedelta(days=2))
    >>> [people for at, people in walk if at.hour == 12 and at.minute == 0]
    [('ana',), ('ben',)]
    """
    begin = min([start, *(_begin(layer, step) for layer in roster.layers)])
    walks = [_walk(layer, begin, end, step) for layer in roster.layers]
    at = begin
    while at < end:
        crews = [next(walk) for walk in walks]
        if at >= start:
            yield at, _on_call(roster, crews, at)
        at += step


def differences(
    roster: Roster, start: datetime, end: datetime, step: timedelta = _STEP
) -> Iterator[str]:
    """Yield each step at which the roster says something else than the walk does.

    >>> people = [["ana"], ["ben"]]
    >>> days = Rotation(
    ...     name="days", people=people, zone="Europe/Berlin", start_on="2026-03-28", unit="days"
    ... )
    >>> start = datetime(2026, 3, 28, tzinfo=UTC)
    >>> list(differences(Roster(name="desk", layers=[days]), start, start + timedelta(days=2)))
    []
    """
    shifts = iter(roster.schedule(start, end))
    shift = next(shifts, None)
    for at, people in people_by_step(roster, start, end, step):
        at_us = micros(at)
        while shift is not None and shift.end_us <= at_us:
            shift = next(shifts, None)
        said = shift.people if shift is not None and shift.start_us <= at_us else None
        if said != people:
            yield f"{at.isoformat()}: schedule says {said}, the walk {people}"
        asked = roster.on_call(at)
        if asked.people != people or not asked.start_us <= at_us < asked.end_us:
            yield f"{at.isoformat()}: on_call says {asked}, the walk {people}"


# -- one rotation -----------------------------------------------------------------------------


def _begin(layer: Rotation, step: timedelta) -> datetime:
    """Return a step safely before the rotation begins anywhere on earth."""
    first = datetime.combine(layer.start_on, layer.hand_off, UTC) - timedelta(hours=36)
    return first - (first - datetime(1970, 1, 1, tzinfo=UTC)) % step


def _hand_offs(layer: Rotation) -> Iterator[datetime]:
    """Yield what the clock on the wall shows at each hand-off, the start first."""
    at = datetime.combine(layer.start_on, layer.hand_off)
    yield at
    turn = 0
    while True:
        if layer.unit == "hours":
            at += timedelta(hours=layer.every[turn % len(layer.every)])
            turn += 1
        else:
            at += timedelta(days=1)
            while not _is_hand_off(layer, at.date()):
                at += timedelta(days=1)
        yield at


def _is_hand_off(layer: Rotation, day: date) -> bool:
    if layer.unit == "weeks":
        return DAYS[day.weekday()] == (layer.hand_off_day or DAYS[layer.start_on.weekday()])
    return layer.unit == "days" or day.day == 1


def _walk(
    layer: Rotation, begin: datetime, end: datetime, step: timedelta
) -> Iterator[tuple[PersonId, ...]]:
    """Yield the crew of a layer at each step, empty outside its hours and its life."""
    zone = ZoneInfo(layer.zone)
    calendar = layer.restriction
    if isinstance(calendar, WeeklyHours):
        calendar = BusinessCalendar(zone=layer.zone, hours=calendar)
    hand_offs = _hand_offs(layer)
    coming = next(hand_offs)
    last = None if layer.end_on is None else datetime.combine(layer.end_on, layer.hand_off)
    latest = _shown(begin, zone)  # at most so far
    has_begun = was_open = False
    taken = turn = 0
    at = begin
    while at < end:
        latest = max(latest, _shown(at, zone))
        is_open = calendar is None or calendar.is_open(at)
        while latest >= coming:
            # The slot that ends here counts if somebody worked in it; one without any time, if
            # they would be working now.
            if has_begun and was_open:
                taken += 1
                if layer.unit == "hours" or taken == layer.every[turn % len(layer.every)]:
                    turn, taken = turn + 1, 0
            coming = next(hand_offs)
            has_begun, was_open = True, is_open
        was_open = was_open or is_open
        is_over = last is not None and latest >= last
        yield (
            layer.people[turn % len(layer.people)] if has_begun and is_open and not is_over else ()
        )
        at += step


def _shown(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None)


# -- the whole roster -------------------------------------------------------------------------


def _on_call(
    roster: Roster, crews: list[tuple[PersonId, ...]], at: datetime
) -> tuple[PersonId, ...]:
    """Return who is on call at one instant, the crew of each layer given."""
    at_us = micros(at)
    for override in reversed(roster.overrides):
        if override.start_us <= at_us < override.end_us:
            people = _present(roster, list(override.people), at_us)
            if people or not override.people:
                return people
    for crew in reversed(crews):
        given = {s.giver: s.taker for s in roster.swaps if s.start_us <= at_us < s.end_us}
        people = _present(roster, [given.get(person, person) for person in crew], at_us)
        if people:
            return people
    return ()


def _present(roster: Roster, people: list[PersonId], at_us: int) -> tuple[PersonId, ...]:
    found: list[PersonId] = []
    for person in people:
        who = person
        while who:
            away = [
                a for a in roster.absences if a.person == who and a.start_us <= at_us < a.end_us
            ]
            if not away:
                break
            named = [each for each in away if each.substitute]
            who = (named or away)[-1].substitute
        if who and who not in found:
            found.append(who)
    return tuple(found)


# -- random rosters ---------------------------------------------------------------------------


def clock_changes(first: date, last: date) -> tuple[tuple[str, date], ...]:
    """Return every zone with each date in `[first, last]` at whose midnights its offset differs.

    Only changes by whole quarters of an hour, which the walk can see.

    >>> sunday = date(2026, 3, 29)
    >>> ("Europe/Berlin", sunday) in clock_changes(sunday, sunday)
    True
    """
    found: list[tuple[str, date]] = []
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
        offsets = [datetime.combine(day, time(), zone).utcoffset() for day in days]
        for day, (before, after) in zip(days, pairwise(offsets), strict=False):
            if before is None or after is None or before == after:
                continue
            if not (before % _STEP or after % _STEP):
                found.append((name, day))
    return tuple(found)


def random_roster(random: Random, around: date, zones: tuple[str, ...]) -> Roster:
    """Return a roster of one to three layers that begin within a week before a date.

    All of it lies on quarters of an hour. Absences name no substitutes that could lead back: each
    one stands further on in the alphabet.

    >>> start = datetime(2026, 3, 28, tzinfo=UTC)
    >>> roster = random_roster(Random(7), start.date(), ("Europe/Berlin", "America/New_York"))
    >>> list(differences(roster, start, start + timedelta(days=2)))
    []
    """
    layers = tuple(
        random_rotation(random, f"layer {number}", around, random.choice(zones))
        for number in range(random.randint(1, 3))
    )
    overrides = tuple(
        Override(people=random.sample(_NAMES, random.randint(0, 2)), start=start, end=end)
        for start, end in _spans(random, around, 3)
    )
    swaps = tuple(
        Swap(giver=giver, taker=taker, start=start, end=end)
        for start, end in _spans(random, around, 3)
        for giver, taker in [random.sample(_NAMES, 2)]
    )
    absences = tuple(
        Absence(person=_NAMES[first], substitute=substitute, start=start, end=end)
        for start, end in _spans(random, around, 5)
        for first in [random.randrange(len(_NAMES))]
        for substitute in [random.choice([PersonId(""), *_NAMES[first + 1 :]])]
    )
    return Roster(name="random", layers=layers, overrides=overrides, swaps=swaps, absences=absences)


def random_rotation(random: Random, name: str, around: date, zone: str) -> Rotation:
    """Return one rotation that begins within a week before a date.

    >>> start = datetime(2026, 3, 28, tzinfo=UTC)
    >>> layer = random_rotation(Random(7), "days", start.date(), "Europe/Berlin")
    >>> list(differences(Roster(name="desk", layers=[layer]), start, start + timedelta(days=2)))
    []
    """
    unit = random.choice(_UNITS)
    people = [random.sample(_NAMES, random.choice((1, 1, 2))) for _ in range(random.randint(1, 4))]
    longest = {"hours": random.choice((2, 24)), "days": 4, "weeks": 2, "months": 1}[unit]
    every = [random.randint(1, longest) for _ in range(random.choice((1, 1, 2)))]
    # Clocks change at night: half of the hand-offs are then.
    hour = random.randrange(random.choice((4, 24)))
    start_on = around - timedelta(days=random.randint(0, 7))
    return Rotation(
        name=name,
        people=people,
        zone=zone,
        start_on=start_on,
        hand_off=f"{hour:02}:{random.choice((0, 0, 15, 30, 45)):02}",
        unit=unit,
        every=every,
        hand_off_day=random.choice(("", *DAYS)) if unit == "weeks" else "",
        end_on=random.choice((None, None, start_on + timedelta(days=random.randint(1, 9)))),
        restriction=WeeklyHours.parse(random.choice(_HOURS)) if random.random() < 0.4 else None,
    )


_UNITS: Final[tuple[Unit, ...]] = ("hours", "days", "weeks", "months")


def _spans(random: Random, around: date, most: int) -> Iterator[tuple[datetime, datetime]]:
    first = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=5)
    for _ in range(random.randint(0, most)):
        start = first + random.randrange(10 * 96) * _STEP
        yield start, start + random.randint(1, 4 * 96) * _STEP
