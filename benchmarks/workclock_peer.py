"""The package workclock as a peer: where its fixed policies agree with ours, and whether it does.

Found by experiment with 0.1.2, on Berlin's clock changes of 2026:

- A boundary strictly inside a gap moves forward by the length of the gap (02:30 becomes 03:30);
  ours moves to the end of the gap (03:00). A boundary at the gap's first minute is the same.
- An ambiguous end is its first occurrence; ours is the last. An ambiguous start agrees.
- A holiday closes from the first 00:00 of its date to the first 00:00 of the next; ours closes
  every instant of the date. They differ only where midnight itself is skipped or repeated.
- It has no exceptions by date, no shift_start scope, no `24:00` (00:00 is the same end), no
  other boundary convention; a search ends after 366 days, plus seven for each holiday.
- add(t, 0) == t, between is signed, results are exact to the microsecond: as ours.

So a case is comparable if no boundary that occurs near it meets one of the first three.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Final
from zoneinfo import ZoneInfo

from workclock import Holidays, NoWorkingTimeError, Rule, WorkDay
from workclock import Schedule as Peer

from benchmarks import tzdb
from benchmarks.fuzz_calendars import FuzzResult
from itsm_core.calendars import Calendar
from itsm_core.testing.schedules import (
    Schedule,
    all_zones,
    clock_changes,
    random_instant,
    random_schedule,
)

__all__ = ["agrees_in_policy", "fuzz_workclock", "peer_of"]

tzdb.share_with_peers()

_REACH: Final = timedelta(days=60)
_NEAR: Final = timedelta(days=12)
_OPERATIONS: Final = 12
_DAY: Final = timedelta(days=1)


def _wall(minute: int) -> wall_time:
    return wall_time(minute % 1440 // 60, minute % 60)


def peer_of(schedule: Schedule) -> Peer:
    """Return the peer's schedule; exceptions and the shift_start scope it cannot express."""
    if schedule.exceptions or schedule.holiday_scope != "civil_day":
        raise NotImplementedError("workclock has neither exceptions by date nor shift_start")
    rules: list[Rule] = [
        WorkDay(_wall(opens), _wall(closes), days=[day])
        for day, intervals in schedule.weekly.items()
        for opens, closes in intervals
    ]
    if schedule.holidays:
        rules.append(Holidays(schedule.holidays))
    return Peer(rules, time_zone=schedule.zone)


def agrees_in_policy(schedule: Schedule, low: datetime, high: datetime) -> bool:
    """Return whether no boundary between `low` and `high` meets a policy that differs."""
    zone = ZoneInfo(schedule.zone)
    for change in _changes(schedule.zone, low, high):
        before = _naive(change - timedelta(minutes=1), zone) + timedelta(minutes=1)
        after = _naive(change, zone)
        first, last = min(before, after), max(before, after)
        if not all(
            _same_policy(at, kind, before, after) for at, kind in _near(schedule, first, last)
        ):
            return False
    return True


def _changes(zone: str, low: datetime, high: datetime) -> list[datetime]:
    years = range(low.year - 1, high.year + 2)
    return [at for year in years for at in clock_changes(zone, year) if low <= at <= high]


def _naive(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _near(schedule: Schedule, first: datetime, last: datetime) -> list[tuple[datetime, str]]:
    """Return the wall-clock boundaries within two days of `[first, last]`, with their kind."""
    found: list[tuple[datetime, str]] = []
    day = first.date() - 2 * _DAY
    while day <= last.date() + 2 * _DAY:
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall-clock on purpose
        for opens, closes in schedule.weekly.get(day.weekday(), ()):
            past = 1440 if closes <= opens else 0
            found.append((midnight + timedelta(minutes=opens), "start"))
            found.append((midnight + timedelta(minutes=closes + past), "end"))
        if day in schedule.holidays:
            found.append((midnight, "holiday"))
            found.append((midnight + _DAY, "holiday"))
        day += _DAY
    return found


def _same_policy(at: datetime, kind: str, before: datetime, after: datetime) -> bool:
    """Return whether a boundary means the same to both at a change from `before` to `after`.

    The clock would have shown `before` and showed `after` instead.
    """
    if after > before:
        return not before < at < after
    if kind == "holiday":
        return not (after <= at <= before or _midnight_between(after, before))
    return kind == "start" or not after <= at < before


def _midnight_between(first: datetime, last: datetime) -> bool:
    return first.date() != last.date()


def _comparable(rng: random.Random, zone: str) -> tuple[Schedule, datetime] | None:
    year = rng.randint(1970, 2100)
    changes = clock_changes(zone, year)
    start = datetime(year, 1, 1, tzinfo=UTC)
    near = (
        rng.choice(changes)
        if changes and rng.random() < 0.7
        else start + timedelta(minutes=rng.randrange(365 * 1440))
    )
    drawn = random_schedule(rng, zone=zone, near=near)
    holidays: tuple[date, ...] = drawn.holidays
    schedule = Schedule(zone=zone, weekly=drawn.weekly, holidays=holidays)
    if not agrees_in_policy(schedule, near - _REACH - 3 * _DAY, near + _REACH + 3 * _DAY):
        return None
    return schedule, near


Operation = Callable[[], object]


def _operations(
    rng: random.Random, near: datetime, engine: Calendar, peer: Peer
) -> tuple[str, Operation, Operation]:
    a = random_instant(rng, near - _NEAR, near + _NEAR)
    b = random_instant(rng, near - _NEAR, near + _NEAR)
    unit = rng.choice((1, 60_000_000, 1_800_000_000))
    d = timedelta(microseconds=rng.randint(0, 40 * 3_600_000_000) // unit * unit)
    kind = rng.choice(("between", "between", "add", "add", "subtract", "subtract", "next_open"))
    if kind == "between":
        return f"between({a!r}, {b!r})", lambda: engine.between(a, b), lambda: peer.between(a, b)
    if kind == "add":
        return f"add({a!r}, {d!r})", lambda: engine.add(a, d), lambda: peer.add(a, d)
    if kind == "subtract":
        return f"subtract({a!r}, {d!r})", lambda: engine.subtract(a, d), lambda: peer.sub(a, d)
    return f"next_open({a!r})", lambda: engine.next_open(a), lambda: peer.next_period(a)[0]


def fuzz_workclock(
    *, cases: int, seed: int = 1, progress: Callable[[int, int, int], None] | None = None
) -> FuzzResult:
    """Compare `cases` operations where the policies agree; answers out of reach are not counted."""
    began = time.process_time()
    zones = list(all_zones())
    random.Random(seed).shuffle(zones)
    counted = skipped = number = 0
    differences: list[str] = []
    while counted < cases:
        rng = random.Random(f"workclock:{seed}:{number}")
        pair = _comparable(rng, zones[number % len(zones)])
        number += 1
        if pair is None:
            skipped += 1
            continue
        schedule, near = pair
        engine, peer = schedule.calendar(), peer_of(schedule)
        for _ in range(_OPERATIONS):
            code, ours, theirs = _operations(rng, near, engine, peer)
            try:
                expected = theirs()
            except NoWorkingTimeError:
                skipped += 1
                continue
            if isinstance(expected, datetime) and abs(expected - near) > _REACH:
                skipped += 1
                continue
            counted += 1
            got = ours()
            if got != expected:
                lines = (f"calendar = {schedule.code()}", f"calendar.{code}")
                differences.append(
                    "\n".join((*lines, f"# engine {got}", f"# workclock {expected}"))
                )
        if progress is not None:
            progress(min(counted, cases), cases, len(differences))
    return FuzzResult(
        cases=counted,
        skipped=skipped,
        schedules=number,
        zones=min(number, len(zones)),
        seconds=time.process_time() - began,
        differences=tuple(differences),
    )
