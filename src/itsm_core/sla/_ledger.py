"""The ledger: every stretch of a cycle, whether it counted and why, and who held the ticket.

All clocks of a ticket that count on one calendar share a strip: open, closed and holiday time from
the opening on, cut where the ticket changed hands. A clock's ledger is its window of that strip
with its pauses and exclusions laid over it (law S2).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter, itemgetter
from typing import Final

from itsm_core.sla._judge import Blocked, Noted, Promise, Stops
from itsm_core.sla._story import Story
from itsm_core.sla._values import LedgerEntry, LedgerKind

_KIND_OF: Final = {
    "open": LedgerKind.COUNTED,
    "closed": LedgerKind.OUTSIDE_HOURS,
    "holiday": LedgerKind.HOLIDAY,
}
_WALL: Final = 0  # the key of the strip on which everything counts; no calendar has this id
_start_of: Final = attrgetter("start_us")
_since: Final = itemgetter(0)


def ledger_of(
    story: Story, promise: Promise, stops: Stops, start: int, end: int
) -> tuple[LedgerEntry, ...]:
    """Return the lines of one cycle: adjacent, covering `[start, end)`."""
    if start >= end:
        return ()
    strip = _strip(story, promise)
    marks: list[Blocked | Noted] = [*stops.blocked, *stops.noted]
    if not marks:
        return tuple(_window(strip, start, end))
    marks.sort(key=_start_of)
    lines: list[LedgerEntry] = []
    at = start
    for mark in marks:
        low, high = max(mark.start_us, at), min(mark.end_us, end)
        if low >= high:
            continue
        if at < low:
            lines.extend(_window(strip, at, low))
        if isinstance(mark, Noted):
            lines.extend(_with_reason(_window(strip, low, high), mark.reason))
        else:
            lines.extend(_stopped(story, mark, low, high))
        at = high
    if at < end:
        lines.extend(_window(strip, at, end))
    return tuple(lines if len(marks) == 1 else _joined(lines))


def _strip(story: Story, promise: Promise) -> list[LedgerEntry]:
    key = _WALL if promise.is_wall else id(promise.calendar)
    strip = story.strips.get(key)
    if strip is None:
        strip = story.strips[key] = _strip_of(story, promise)
    return strip


def _strip_of(story: Story, promise: Promise) -> list[LedgerEntry]:
    start, end = story.opened_us, story.until_us
    segments = [(start, end, "open")] if promise.is_wall else promise.calendar.segments(start, end)
    strip: list[LedgerEntry] = []
    holders = story.holders
    place, (_, group, person) = 0, holders[0]
    following = holders[1][0] if len(holders) > 1 else end
    for low, high, label in segments:
        kind, at = _KIND_OF[label], low
        while following < high:
            if following > at:
                strip.append(LedgerEntry(at, following, kind, "", group, person))
                at = following
            place += 1
            _, group, person = holders[place]
            following = holders[place + 1][0] if place + 1 < len(holders) else end
        strip.append(LedgerEntry(at, high, kind, "", group, person))
    return strip


def _window(strip: list[LedgerEntry], start: int, end: int) -> list[LedgerEntry]:
    """Return the part of a strip from `start` to `end`, its ends cut."""
    first = 0 if strip[0].start_us >= start else bisect_right(strip, start, key=_start_of) - 1
    last = len(strip) if strip[-1].end_us <= end else bisect_right(strip, end - 1, key=_start_of)
    window = strip[first:last]
    if window and window[0].start_us < start:
        window[0] = _cut(window[0], start, window[0].end_us)
    if window and window[-1].end_us > end:
        window[-1] = _cut(window[-1], window[-1].start_us, end)
    return window


def _cut(entry: LedgerEntry, start: int, end: int) -> LedgerEntry:
    return LedgerEntry(
        start, end, entry.kind, entry.reason, entry.group, entry.assignee, entry.author
    )


def _with_reason(lines: list[LedgerEntry], reason: str) -> Iterator[LedgerEntry]:
    for line in lines:
        start, end = line.start_us, line.end_us
        yield LedgerEntry(start, end, line.kind, reason, line.group, line.assignee)


def _stopped(story: Story, span: Blocked, start: int, end: int) -> Iterator[LedgerEntry]:
    """Return the lines of a span in which the clock stood still: one for each holder."""
    kind = LedgerKind.EXCLUDED if span.is_excluded else LedgerKind.PAUSED
    holders = story.holders
    place = max(bisect_right(holders, start, key=_since) - 1, 0)
    while start < end:
        _, group, person = holders[place]
        place += 1
        until = min(holders[place][0], end) if place < len(holders) else end
        yield LedgerEntry(start, until, kind, span.reason, group, person, span.author)
        start = until


def _joined(lines: list[LedgerEntry]) -> Iterator[LedgerEntry]:
    """Join neighbours that say the same, such as two holds for one reason in a row."""
    held = lines[0]
    for line in lines[1:]:
        if _says(held) == _says(line):
            held = _cut(held, held.start_us, line.end_us)
        else:
            yield held
            held = line
    yield held


def _says(entry: LedgerEntry) -> tuple[LedgerKind, str, str, str, str]:
    return entry.kind, entry.reason, entry.group, entry.assignee, entry.author
