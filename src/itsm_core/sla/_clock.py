"""What became of a promise: the clock, its ledger, and both in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.calendars import Calendar, Goal, WallTime, load_zone
from itsm_core.errors import NotFound
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum


class ClockState(Enum):
    """Say where a clock stands at the instant of the evaluation."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class LedgerKind(Enum):
    """Say why a stretch of time counted, or why not."""

    COUNTED = "counted"
    OUTSIDE_HOURS = "outside hours"
    HOLIDAY = "holiday"
    PAUSED = "paused"


_KIND_OF: Final = {
    "open": LedgerKind.COUNTED,
    "closed": LedgerKind.OUTSIDE_HOURS,
    "holiday": LedgerKind.HOLIDAY,
}


@attrs.frozen
class Period:
    """Hold a stretch of a ticket's life in which nothing that a clock cares about changes.

    `pause` is the reason for which the clock stands still, empty while it runs.
    """

    start_us: int
    end_us: int
    pause: str
    group: GroupId
    assignee: PersonId


@attrs.frozen
class LedgerEntry:
    """Hold one line of the ledger: from when to when, whether it counted, who held the ticket."""

    start_us: int
    end_us: int
    kind: LedgerKind
    reason: str
    group: GroupId
    assignee: PersonId

    @property
    def start(self) -> pendulum.DateTime:
        """Return the first instant, in UTC."""
        return in_pendulum(instant(self.start_us))

    @property
    def end(self) -> pendulum.DateTime:
        """Return the instant at which the next line starts, in UTC."""
        return in_pendulum(instant(self.end_us))

    @property
    def duration(self) -> timedelta:
        """Return the elapsed time of the line."""
        return timedelta(0, 0, self.end_us - self.start_us)


@attrs.frozen(kw_only=True)
class SlaClock:
    """Hold one promise about one ticket, judged at `as_of`.

    Met if and only if the stop is at or before `due_at`; a clock past its due instant is
    breached, whether or not it was stopped later (law S4). While paused, `due_at` is unknown and
    `projected_due_at` says what it would be if work went on at `as_of`. Fields that end in `_us`
    are microseconds: of instants since 1970 in UTC; `allowance_us` is the counted time that the
    goal allows.
    """

    name: str
    ticket_id: TicketId
    priority: str
    goal: Goal
    calendar: Calendar = attrs.field(repr=False)
    state: ClockState
    started_us: int
    as_of_us: int
    allowance_us: int
    due_us: int | None
    projected_due_us: int | None
    stopped_us: int | None
    cancelled_us: int | None
    breached_us: int | None
    warnings_us: tuple[tuple[float, int], ...]
    periods: tuple[Period, ...] = attrs.field(repr=False)

    @property
    def started_at(self) -> pendulum.DateTime:
        """Return the anchor: the instant from which time counts."""
        return in_pendulum(instant(self.started_us))

    @property
    def due_at(self) -> pendulum.DateTime | None:
        """Return the last instant at which a stop keeps the promise; None while paused."""
        return _shown(self.due_us)

    @property
    def projected_due_at(self) -> pendulum.DateTime | None:
        """Return when it would be due if a paused clock went on at `as_of`."""
        return _shown(self.projected_due_us)

    @property
    def stopped_at(self) -> pendulum.DateTime | None:
        """Return when the promise was fulfilled, kept or not."""
        return _shown(self.stopped_us)

    @property
    def cancelled_at(self) -> pendulum.DateTime | None:
        """Return when nobody waited for it any more, without its being fulfilled."""
        return _shown(self.cancelled_us)

    @property
    def breached_at(self) -> pendulum.DateTime | None:
        """Return the due instant that went by without a stop."""
        return _shown(self.breached_us)

    @property
    def warnings(self) -> tuple[tuple[float, pendulum.DateTime], ...]:
        """Return the share of the goal and the instant of each warning up to `as_of`."""
        return tuple((ratio, in_pendulum(instant(at))) for ratio, at in self.warnings_us)

    @property
    def elapsed(self) -> timedelta:
        """Return the time that counted: the sum of the ledger's counted lines."""
        return timedelta(0, 0, self.elapsed_us)

    @property
    def elapsed_us(self) -> int:
        """Return `elapsed` in microseconds."""
        count = _counter(self)
        return sum(count(each.start_us, each.end_us) for each in self.periods if not each.pause)

    @property
    def wall_elapsed(self) -> timedelta:
        """Return the time by the clock on the wall: the sum of all lines of the ledger."""
        return timedelta(0, 0, sum(each.end_us - each.start_us for each in self.periods))

    @property
    def paused(self) -> timedelta:
        """Return the time by the clock on the wall during which the clock stood still."""
        total = sum(each.end_us - each.start_us for each in self.periods if each.pause)
        return timedelta(0, 0, total)

    @property
    def remaining(self) -> timedelta | None:
        """Return what the goal allows minus what has counted; negative when late.

        Zero for a breached clock that was stopped before any more time counted, such as in the
        evening of a day at whose closing it was due. None for a cancelled clock.
        """
        if self.state is ClockState.CANCELLED:
            return None
        return timedelta(0, 0, self.allowance_us - self.elapsed_us)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Return every stretch of time from the anchor to the stop, or to `as_of`.

        Lines are adjacent; their durations add up to `wall_elapsed`, those of the counted lines
        to `elapsed`, to the microsecond (law S2).
        """
        entries: list[LedgerEntry] = []
        wall = isinstance(self.goal, WallTime)
        for period in self.periods:
            group, person = period.group, period.assignee
            start, end = period.start_us, period.end_us
            if period.pause:
                kind = LedgerKind.PAUSED
                entries.append(LedgerEntry(start, end, kind, period.pause, group, person))
            elif wall:
                entries.append(LedgerEntry(start, end, LedgerKind.COUNTED, "", group, person))
            else:
                entries.extend(
                    LedgerEntry(low, high, _KIND_OF[label], "", group, person)
                    for low, high, label in self.calendar.segments(start, end)
                )
        return tuple(entries)

    def explain(self) -> str:
        """Return the verdict and how it came about, in at most 12 lines of plain words."""
        return "\n".join(_explained(self))

    def __str__(self) -> str:
        return f"{self.name} of {self.ticket_id}: {self.state.value}"


def _shown(at: int | None) -> pendulum.DateTime | None:
    return None if at is None else in_pendulum(instant(at))


def _counter(clock: SlaClock) -> _Counter:
    return elapsed_counter(clock.goal, clock.calendar)


class _Counter:
    """Count time in microseconds: open time, or all of it for a goal in wall time."""

    __slots__ = ("calendar",)

    def __init__(self, calendar: Calendar | None) -> None:
        self.calendar = calendar

    def __call__(self, start: int, end: int) -> int:
        if self.calendar is None:
            return end - start
        return self.calendar.between_micros(start, end)


def elapsed_counter(goal: Goal, calendar: Calendar) -> _Counter:
    """Return what counts the time of a goal."""
    return _Counter(None if isinstance(goal, WallTime) else calendar)


def _explained(clock: SlaClock) -> list[str]:
    ledger = clock.ledger
    totals = {kind: timedelta(0) for kind in LedgerKind}
    reasons: dict[str, timedelta] = {}
    held: dict[str, timedelta] = {}
    for entry in ledger:
        totals[entry.kind] += entry.duration
        if entry.kind is LedgerKind.PAUSED:
            reasons[entry.reason] = reasons.get(entry.reason, timedelta(0)) + entry.duration
        elif entry.kind is LedgerKind.COUNTED:
            holder = entry.group or "nobody"
            held[holder] = held.get(holder, timedelta(0)) + entry.duration
    lines = [
        f"{clock.name} of ticket {clock.ticket_id}, priority {clock.priority}: {clock.state.value}",
        f"promised: {clock.goal}",
        f"started {_stamp(clock, clock.started_us)}, {_ending(clock)}",
        _due_line(clock),
        f"counted {text(totals[LedgerKind.COUNTED])} of {text(clock.wall_elapsed)} on the wall",
    ]
    lines.extend(
        f"not counted, {kind.value}: {text(totals[kind])}"
        for kind in (LedgerKind.OUTSIDE_HOURS, LedgerKind.HOLIDAY)
        if totals[kind]
    )
    longest = sorted(reasons.items(), key=lambda item: item[1], reverse=True)
    for reason, duration in longest[:2]:
        lines.append(f"not counted, paused ({reason}): {text(duration)}")
    if len(longest) > 2:
        rest = sum((duration for _, duration in longest[2:]), timedelta(0))
        lines.append(f"not counted, paused for {len(longest) - 2} other reasons: {text(rest)}")
    holders = sorted(held.items(), key=lambda item: item[1], reverse=True)[:3]
    if holders:
        shares = ", ".join(f"{holder} {text(duration)}" for holder, duration in holders)
        lines.append(f"held while it counted: {shares}")
    return lines


def _ending(clock: SlaClock) -> str:
    if clock.cancelled_us is not None:
        return f"cancelled {_stamp(clock, clock.cancelled_us)}"
    if clock.stopped_us is not None:
        return f"stopped {_stamp(clock, clock.stopped_us)}"
    return f"not stopped by {_stamp(clock, clock.as_of_us)}"


def _due_line(clock: SlaClock) -> str:
    remaining = clock.remaining
    if remaining is None:
        return "due: never, it was cancelled"
    if clock.due_us is None:
        at = clock.projected_due_us or clock.as_of_us
        return f"due: unknown while paused; {_stamp(clock, at)} if work went on now"
    due = f"due {_stamp(clock, clock.due_us)}"
    if clock.state is not ClockState.BREACHED:
        return f"{due}, {text(remaining)} left"
    ends = (clock.stopped_us, clock.cancelled_us, clock.as_of_us)
    end = next(each for each in ends if each is not None)
    wall = timedelta(0, 0, end - clock.due_us)
    return f"{due}, {text(-remaining)} of counted time late, {text(wall)} on the wall"


def _stamp(clock: SlaClock, at: int) -> str:
    """Return an instant as the people of the calendar's zone read it."""
    return (
        instant(at).astimezone(load_zone(clock.calendar.zone)).strftime("%a %Y-%m-%d %H:%M:%S %Z")
    )


def text(duration: timedelta) -> str:
    """Return `26 h 05 min`: hours are not folded into days, because a working day has fewer."""
    total = abs(duration) // timedelta(seconds=1)
    units = ((total // 3600, "h"), (total // 60 % 60, "min"), (total % 60, "s"))
    first = next((n for n, (amount, _) in enumerate(units) if amount), 2)
    shown = f"{units[first][0]} {units[first][1]}"
    if first < 2 and units[first + 1][0]:
        shown += f" {units[first + 1][0]:02} {units[first + 1][1]}"
    return f"-{shown}" if duration < timedelta(0) else shown


@attrs.frozen(kw_only=True)
class Evaluation:
    """Hold all clocks of one ticket under one agreement at one instant.

    `evaluation["resolution"]` is a clock; a metric without a goal for the ticket's priority has
    none. The hashes name what the verdict rests on.
    """

    ticket_id: TicketId
    agreement_id: AgreementId
    agreement_hash: str
    as_of_us: int
    priority: str
    clocks: tuple[SlaClock, ...]

    @property
    def as_of(self) -> pendulum.DateTime:
        """Return the instant of the judgement, in UTC."""
        return in_pendulum(instant(self.as_of_us))

    def __getitem__(self, name: str) -> SlaClock:
        for clock in self.clocks:
            if clock.name == name:
                return clock
        names = ", ".join(clock.name for clock in self.clocks) or "none"
        raise NotFound("clock", name, f"ticket {self.ticket_id} has: {names}")

    def __contains__(self, name: str) -> bool:
        return any(clock.name == name for clock in self.clocks)

    def __iter__(self) -> Iterator[SlaClock]:
        return iter(self.clocks)

    def __len__(self) -> int:
        return len(self.clocks)
