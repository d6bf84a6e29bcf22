"""Business time for one cycle: when it is due, what does not count, and what became of it.

All instants are microseconds since 1970. `Promise` is a goal on a calendar; `stops_of` says which
time does not count; `judged` applies the retarget policy and gives the verdict (laws S4, S7 to
S10). Where does a clock pause? In `stops_of`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from heapq import heappop, heappush
from itertools import pairwise
from operator import attrgetter
from typing import Final, TypeVar

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, WorkingTime
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue
from itsm_core.events import TimeExcluded
from itsm_core.sla._agreement import PauseLimit, ServiceLevelTarget
from itsm_core.sla._story import Cycle, Pause
from itsm_core.sla._values import ClockState, Deadline
from itsm_core.spans import END_OF_TIME, instant, micros


class Promise:
    """Hold a goal on a calendar, ready to be counted in microseconds."""

    __slots__ = ("_amount_us", "calendar", "goal", "is_wall", "priority")

    def __init__(self, goal: Goal | Deadline, calendar: Calendar, priority: str) -> None:
        """Look once at what kind of goal it is."""
        self.goal: Goal | Deadline = goal
        self.calendar: Calendar = calendar
        self.priority: str = priority
        self.is_wall: bool = isinstance(goal, WallTime | Deadline)
        self._amount_us: int | None = None
        if isinstance(goal, WallTime | WorkingTime):
            self._amount_us = goal.duration // timedelta.resolution

    def first_due(self, start: int) -> int:
        """Return when the goal, begun at `start`, is used up if nothing stops the clock."""
        amount, goal = self._amount_us, self.goal
        if amount is not None:
            if self.is_wall:
                return self.add(start, amount)
            return self.calendar.add_micros(start, amount)
        if isinstance(goal, Deadline):
            return goal.at_us
        return micros(goal.due(self.calendar, instant(start), "close"))

    def counted(self, start: int, end: int) -> int:
        """Return the time that counts between two instants."""
        return end - start if self.is_wall else self.calendar.between_micros(start, end)

    def add(self, start: int, amount: int) -> int:
        """Return the earliest instant at which `amount` of counted time has passed."""
        if self.is_wall:
            instant(start + amount)  # refuses what no datetime can hold
            return start + amount
        return self.calendar.add_micros(start, amount)

    def is_same(self, other: Promise) -> bool:
        """Tell whether the other promises the same, whatever the priority is called."""
        same = self.goal == other.goal
        return same and (self.calendar is other.calendar or self.calendar == other.calendar)


@attrs.define
class Blocked:
    """Hold a span in which a clock stands still: paused, or excluded by agreement."""

    start_us: int
    end_us: int
    reason: str
    is_excluded: bool = False
    author: str = ""


@attrs.define
class Noted:
    """Hold a span that counts although the ticket was on hold, and why."""

    start_us: int
    end_us: int
    reason: str


@attrs.define
class Stops:
    """Hold all time that does not count in one cycle, and what counts with a remark.

    `raw` leaves the exclusions out. `has_pause` tells whether a pause is in force at the instant
    of the judgement, which is its end here; `limit_us` is when that pause reaches its limit.
    """

    blocked: tuple[Blocked, ...] = ()
    raw: tuple[Blocked, ...] = ()
    noted: tuple[Noted, ...] = ()
    has_pause: bool = False
    limit_us: int | None = None


NO_STOPS = Stops()
_Part = TypeVar("_Part", Blocked, Noted)
_start_of: Final = attrgetter("start_us")
_end_of: Final = attrgetter("end_us")
_NO_EVIDENCE: Final = "no evidence"
_OVER: Final = "over its limit"


def stops_of(
    cycle: Cycle,
    pauses: Iterable[Pause],
    exclusions: Sequence[Blocked],
    *,
    target: ServiceLevelTarget,
    calendar: Calendar,
    end: int,
) -> Stops:
    """Return the time in which a cycle stands still, bounded by the target's limits (law S9).

    `end` is where the cycle ends or, while it is live, the instant of the judgement.
    """
    start, is_live = cycle.start_us, cycle.end_us is None
    if not exclusions and not cycle.gaps and not target.pause_limits:
        return plain_stops(pauses, start, end, is_live=is_live)
    has_pause, limit_us = False, None
    limits = _Limits(target.pause_limits, calendar) if target.pause_limits else None
    found: list[Blocked] = []
    noted: list[Noted] = []
    for pause in _in_order(cycle, pauses):
        low = max(pause.start_us, start)
        lasts = pause.end_us is None or pause.end_us > end
        high = end if pause.end_us is None else min(pause.end_us, end)
        is_open = lasts and is_live
        if low > high or (low == high and not is_open):
            continue
        stop = None if limits is None else limits.take(pause, low, high)
        if stop is not None and stop.at <= high:
            if stop.at < high:
                noted.append(Noted(stop.at, high, f"{stop.why}: {pause.label}"))
            high = stop.at
        elif is_open:
            has_pause, limit_us = True, None if stop is None else stop.at
        if low < high:
            found.append(Blocked(low, high, pause.label))
    agreed = _from(exclusions, start)
    if not found and not agreed and not noted and not has_pause:
        return NO_STOPS
    raw = _merged(found) if cycle.gaps else tuple(found)
    blocked = raw
    if agreed:
        blocked = tuple(sorted([*agreed, *_without(raw, agreed)], key=_start_of))
    return Stops(blocked, raw, tuple(_without(noted, blocked)), has_pause, limit_us)


def plain_stops(pauses: Iterable[Pause], start: int, end: int, *, is_live: bool) -> Stops:
    """Return the same where nothing bounds the pauses, and nothing but they stops the clock."""
    found: list[Blocked] = []
    has_pause = False
    for pause in pauses:
        low, high = pause.start_us, pause.end_us
        low = max(low, start)
        if high is None or high > end:
            high = end
            has_pause = is_live and low <= end
        if low < high:
            found.append(Blocked(low, high, pause.label))
    if not found and not has_pause:
        return NO_STOPS
    blocked = tuple(found)
    return Stops(blocked, blocked, (), has_pause)


def _in_order(cycle: Cycle, pauses: Iterable[Pause]) -> Iterable[Pause]:
    """Return the pauses of a cycle, the closed time that a reopening undid among them."""
    if not cycle.gaps:
        return pauses
    gaps = [Pause.closed(low, high) for low, high in cycle.gaps]
    # Told first, so that it wins over a pause of the same time.
    return [*gaps, *pauses]


def agreed_spans(exclusions: Iterable[TimeExcluded], name: str) -> tuple[Blocked, ...]:
    """Return the exclusions of one clock to which somebody else than the author agreed.

    Disjoint and in order; where two overlap the one told first wins.
    """
    spans = [
        Blocked(each.start_us, each.end_us, each.reason, is_excluded=True, author=each.actor)
        for each in exclusions
        if each.clock in ("", name) and each.approver and each.approver != each.actor
    ]
    starting = sorted(
        (span.start_us, told) for told, span in enumerate(spans) if span.start_us < span.end_us
    )
    points = sorted({at for span in spans for at in (span.start_us, span.end_us)})
    found: list[Blocked] = []
    holding: list[int] = []
    place = 0
    for low, high in pairwise(points):
        while place < len(starting) and starting[place][0] <= low:
            heappush(holding, starting[place][1])
            place += 1
        while holding and spans[holding[0]].end_us <= low:
            heappop(holding)
        if holding:
            span = spans[holding[0]]
            found.append(attrs.evolve(span, start_us=low, end_us=high))
    return tuple(found)


def _from(spans: Sequence[Blocked], start: int) -> list[Blocked]:
    """Return what lies at or after an instant of spans that are disjoint and in order."""
    left = list(spans[bisect_right(spans, start, key=_end_of) :])
    if left and left[0].start_us < start:
        left[0] = attrs.evolve(left[0], start_us=start)
    return left


def _merged(spans: list[Blocked]) -> tuple[Blocked, ...]:
    """Return the spans disjoint and in order; of two that overlap the one told first wins."""
    taken: list[Blocked] = []
    for span in spans:
        taken.extend(_without([span], taken))
        taken.sort(key=_start_of)
    return tuple(taken)


def _without(spans: Iterable[_Part], holes: Sequence[Blocked]) -> list[_Part]:
    """Return what is left of spans outside others; both are disjoint and in order."""
    left: list[_Part] = []
    place = 0
    for span in spans:
        at = span.start_us
        while place < len(holes) and holes[place].end_us <= at:
            place += 1
        step = place
        while step < len(holes) and holes[step].start_us < span.end_us:
            if at < holes[step].start_us:
                left.append(attrs.evolve(span, start_us=at, end_us=holes[step].start_us))
            at = max(at, holes[step].end_us)
            step += 1
        if at == span.start_us:
            left.append(span)
        elif at < span.end_us:
            left.append(attrs.evolve(span, start_us=at))
    return left


@attrs.frozen
class _Stop:
    at: int
    why: str


class _Limits:
    """Keep account of what the pauses of one cycle may still take."""

    def __init__(self, limits: tuple[PauseLimit, ...], calendar: Calendar) -> None:
        self._limits = limits
        self._calendar = calendar
        self._used = [0] * len(limits)

    def take(self, pause: Pause, low: int, high: int) -> _Stop | None:
        """Return when a pause reaches its first limit, None if none binds it; and count it."""
        stops: list[_Stop] = []
        for place, limit in enumerate(self._limits):
            if _binds(limit, pause):
                stops.extend(self._stops(place, limit, pause, low))
        # Evidence is asked for first: without it, no other limit matters.
        first = min(stops, key=lambda stop: (stop.at, stop.why != _NO_EVIDENCE), default=None)
        until = high if first is None else min(first.at, high)
        for place, limit in enumerate(self._limits):
            if _binds(limit, pause):
                self._used[place] += self._calendar.between_micros(low, until)
        return first

    def _stops(self, place: int, limit: PauseLimit, pause: Pause, low: int) -> list[_Stop]:
        calendar = self._calendar
        stops: list[_Stop] = []
        if limit.needs_evidence and not pause.has_evidence:
            stops.append(_Stop(low, _NO_EVIDENCE))
        if limit.longest is not None:
            longest = Promise(limit.longest, calendar, "")
            stops.append(_Stop(_if_ever(longest.first_due, low), _OVER))
        if limit.budget is not None:
            left = max(limit.budget // timedelta.resolution - self._used[place], 0)
            stops.append(_Stop(_if_ever(calendar.add_micros, low, left), _OVER))
        return [attrs.evolve(stop, at=max(stop.at, low)) for stop in stops]


def _binds(limit: PauseLimit, pause: Pause) -> bool:
    """Tell whether a limit bounds a pause; the closed time of a reopening only by its name."""
    return limit.reason == pause.label or (limit.reason == "*" and not pause.is_closed)


# --- the verdict ---------------------------------------------------------------------------------


# Neither this nor a span is frozen, because they are made for every clock, and only made here.
@attrs.define
class Ruling:
    """Hold the promise that judges a cycle, and from when it counts.

    `from_us` is where the goal was begun and `first_us` when it is used up if nothing stops the
    clock; `base_us` is the counted time before that; `since_us` is when the promise came to hold.
    """

    promise: Promise
    from_us: int
    first_us: int
    since_us: int
    base_us: int = 0

    def due(self, blocked: tuple[Blocked, ...]) -> int:
        """Return the due instant, given the time in which the clock stands still, in order.

        A span that begins at or before the due instant moves it by the span's counted time, never
        into the span itself; one that begins later finds the promise already broken.
        """
        due, promise = self.first_us, self.promise
        for span in blocked:
            low, high = max(span.start_us, self.from_us), span.end_us
            if high <= low:
                continue
            if low > due:
                break
            if promise.is_wall:
                due = min(due + high - low, END_OF_TIME)
            else:
                # With nothing left at closing time, the counted time of the span could end at a
                # closing within it; but nobody is late while the clock stands still (law S4).
                due = max(_if_ever(promise.add, due, promise.counted(low, high)), high)
        return due

    @property
    def allowance_us(self) -> int:
        """Return the counted time that the promise allows."""
        return self.base_us + max(self.promise.counted(self.from_us, self.first_us), 0)


def _if_ever(find: Callable[..., int], *given: int) -> int:
    """Return an instant, or the end of time where there is not that much open time any more.

    An exclusion until the end of time is legal: what it moves is never due. So is a limit that no
    pause will ever reach.
    """
    try:
        return find(*given)
    except (CalendarExhausted, InstantOutOfRange):
        return END_OF_TIME


def counted_outside(promise: Promise, start: int, end: int, blocked: tuple[Blocked, ...]) -> int:
    """Return the counted time from `start` to `end` in which the clock ran."""
    total = promise.counted(start, end)
    for span in blocked:
        low, high = max(span.start_us, start), min(span.end_us, end)
        if low < high:
            total -= promise.counted(low, high)
    return total


def clipped(blocked: tuple[Blocked, ...], end: int) -> tuple[Blocked, ...]:
    """Return the spans as they were known at `end`: pauses up to it, exclusions as agreed."""
    return tuple(
        span if span.is_excluded or span.end_us <= end else attrs.evolve(span, end_us=end)
        for span in blocked
        if span.start_us <= end
    )


def ruling_of(
    start: int,
    target: ServiceLevelTarget,
    held: Sequence[tuple[int, Promise | None]],
    blocked_on: Callable[[Calendar], tuple[Blocked, ...]],
) -> Ruling:
    """Return the ruling under which a cycle is judged that started at `start`.

    `held` says since when which promise held, some of them being none; `blocked_on` what stops the
    clock if the limits of pauses count on a calendar: each promise is judged on its own. A promise
    that was broken before it was changed or withdrawn stays broken; a milder goal does not mend it
    (law S4).
    """
    since, promise = held[0]
    if len(held) == 1 and since == start and promise is not None:
        return Ruling(promise, start, promise.first_due(start), since)
    place = next(n for n, (_, promise) in enumerate(held) if promise is not None)
    ruling = _first_ruling(start, target, held[place], blocked_on)
    is_held = True
    for change, promise in held[place + 1 :]:
        known = clipped(blocked_on(ruling.promise.calendar), change)
        if is_held and max(ruling.due(known), ruling.since_us) < change:
            return ruling
        if promise is None:
            is_held = False
            continue
        since = ruling.since_us if is_held else change
        is_held = True
        if target.retarget == "keep":
            ruling = attrs.evolve(ruling, since_us=since)
        elif promise.is_same(ruling.promise):
            ruling = attrs.evolve(ruling, promise=promise, since_us=since)
        else:
            ruling = _retargeted(ruling, target, start, change=change, promise=promise, known=known)
    return ruling


def _first_ruling(
    start: int,
    target: ServiceLevelTarget,
    first: tuple[int, Promise | None],
    blocked_on: Callable[[Calendar], tuple[Blocked, ...]],
) -> Ruling:
    since, promise = first
    if promise is None:
        raise InvalidValue("a cycle without any promise", first, "judge those that have one")
    ruling = Ruling(promise, start, promise.first_due(start), since)
    if since == start or target.retarget not in ("from_change", "share"):
        return ruling
    at = promise.first_due(since)
    if target.retarget == "share":  # all of it is left
        at = promise.add(since, promise.counted(start, ruling.first_us))
    known = clipped(blocked_on(promise.calendar), since)
    elapsed = counted_outside(promise, start, since, known)
    return Ruling(promise, since, at, since, elapsed)


def _retargeted(
    ruling: Ruling,
    target: ServiceLevelTarget,
    start: int,
    *,
    change: int,
    promise: Promise,
    known: tuple[Blocked, ...],
) -> Ruling:
    """Return the ruling after a change of goal, by the target's policy (law S7)."""
    if target.retarget == "from_start":
        return Ruling(promise, start, promise.first_due(start), change)
    if target.retarget == "from_change":
        elapsed = counted_outside(promise, start, change, known)
        return Ruling(promise, change, promise.first_due(change), change, elapsed)
    allowance = ruling.allowance_us
    used = counted_outside(ruling.promise, start, change, known)
    whole = promise.counted(start, promise.first_due(start))
    left = whole * max(allowance - used, 0) // allowance if allowance else 0
    elapsed = counted_outside(promise, start, change, known)
    return Ruling(promise, change, promise.add(change, left), change, elapsed)


def state_of(due: int, cycle: Cycle, now: int, *, has_pause: bool) -> ClockState:
    """Return the state (law S4).

    A clock that is cancelled after it was due stays breached: that is a fact of history. A pause
    in force has moved a due instant that it found ahead to the present or beyond.
    """
    end = cycle.end_us
    if (now if end is None else end) > due:
        return ClockState.BREACHED
    if end is None:
        return ClockState.PAUSED if has_pause else ClockState.RUNNING
    return ClockState.MET if cycle.ended == "stopped" else ClockState.CANCELLED
