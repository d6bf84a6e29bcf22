"""A clock in words: the verdict and how it came about, in at most 12 lines."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from itsm_core.calendars import load_zone, wall_time
from itsm_core.sla._values import ClockState, LedgerKind

if TYPE_CHECKING:
    from itsm_core.sla._clock import SlaClock


def explained(clock: SlaClock) -> list[str]:
    """Return the lines: verdict, promise, instants, what counted and what did not, who held it."""
    ledger = clock.ledger
    totals = {kind: timedelta(0) for kind in LedgerKind}
    reasons: dict[str, timedelta] = {}
    remarks: dict[str, timedelta] = {}
    held: dict[str, timedelta] = {}
    for entry in ledger:
        totals[entry.kind] += entry.duration
        if entry.kind is LedgerKind.PAUSED:
            _count(reasons, entry.reason, entry.duration)
        elif entry.kind is LedgerKind.COUNTED:
            _count(held, entry.group or "nobody", entry.duration)
            if entry.reason:
                _count(remarks, entry.reason, entry.duration)
    lines = [
        _verdict_line(clock),
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
    most = 1 if totals[LedgerKind.EXCLUDED] and remarks else 2
    lines.extend(_first(reasons, most))
    if totals[LedgerKind.EXCLUDED]:
        lines.append(_excluded_line(clock, totals[LedgerKind.EXCLUDED]))
    if remarks:
        why = "; ".join(sorted(remarks)[:2])
        on_hold = sum(remarks.values(), timedelta(0))
        lines.append(f"counted although on hold ({why}): {text(on_hold)}")
    holders = sorted(held.items(), key=lambda item: item[1], reverse=True)[:3]
    if holders:
        shares = ", ".join(f"{holder} {text(duration)}" for holder, duration in holders)
        lines.append(f"held while it counted: {shares}")
    return lines


def _count(sums: dict[str, timedelta], key: str, duration: timedelta) -> None:
    sums[key] = sums.get(key, timedelta(0)) + duration


def _first(reasons: dict[str, timedelta], most: int) -> list[str]:
    """Return a line for each of the longest pauses, and one for the rest together."""
    longest = sorted(reasons.items(), key=lambda item: item[1], reverse=True)
    lines = [
        f"not counted, paused ({reason}): {text(duration)}" for reason, duration in longest[:most]
    ]
    if len(longest) > most:
        rest = sum((duration for _, duration in longest[most:]), timedelta(0))
        lines.append(f"not counted, paused for {len(longest) - most} other reasons: {text(rest)}")
    return lines


def _verdict_line(clock: SlaClock) -> str:
    priority = f", priority {clock.priority}" if clock.priority else ""
    cycle = f", cycle {clock.cycle}" if clock.cycle > 1 else ""
    line = f"{clock.name} of ticket {clock.ticket_id}{priority}{cycle}: {clock.state.value}"
    if clock.breach_reason and clock.state is ClockState.BREACHED:
        owner = f", owner {clock.breach_owner}" if clock.breach_owner else ""
        line += f" (reason given: {clock.breach_reason}{owner})"
    return line


def _excluded_line(clock: SlaClock, excluded: timedelta) -> str:
    reasons = {
        f"{entry.reason}, by {entry.author or 'somebody'}"
        for entry in clock.ledger
        if entry.kind is LedgerKind.EXCLUDED
    }
    why = "; ".join(sorted(reasons)[:2])
    return f"not counted, excluded ({why}): {text(excluded)}; without that {clock.raw_state.value}"


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
    if clock.breached_us is not None and clock.breached_us > clock.due_us:
        due += f" and broken {_stamp(clock, clock.breached_us)}, when that goal came"
    return f"{due}, {text(-remaining)} of counted time late, {text(wall)} on the wall"


def _stamp(clock: SlaClock, at: int) -> str:
    """Return an instant as the people of the calendar's zone read it."""
    return wall_time(at, load_zone(clock.calendar.zone)).strftime("%a %Y-%m-%d %H:%M:%S %Z")


def text(duration: timedelta) -> str:
    """Return `26 h 05 min`: hours are not folded into days, because a working day has fewer."""
    total = abs(duration) // timedelta(seconds=1)
    units = ((total // 3600, "h"), (total // 60 % 60, "min"), (total % 60, "s"))
    first = next((n for n, (amount, _) in enumerate(units) if amount), 2)
    shown = f"{units[first][0]} {units[first][1]}"
    if first < 2 and units[first + 1][0]:
        shown += f" {units[first + 1][0]:02} {units[first + 1][1]}"
    return f"-{shown}" if duration < timedelta(0) else shown
