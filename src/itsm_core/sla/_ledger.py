"""The ledger: every stretch of a cycle, whether it counted and why, and who held the ticket.

All clocks of a ticket that count on one calendar share a strip: open, closed and holiday time from
the opening on, cut where the ticket changed hands. A clock's ledger is its window of that strip
with its pauses and exclusions laid over it (law S2).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from itsm_core.sla._fold import Story
from itsm_core.sla._judge import Blocked, Noted, Promise, Stops
from itsm_core.sla._values import LedgerEntry, LedgerKind

_KIND_OF: Final = {
    "open": LedgerKind.COUNTED,
    "closed": LedgerKind.OUTSIDE_HOURS,
    "holiday": LedgerKind.HOLIDAY,
}
_WALL: Final = 0  # the key of the strip on which everything counts; no calendar has this id
_start_of: Final = attrgetter("start_us")


def ledger_of(
    story: Story, promise: Promise, stops: Stops, start: int, end: int
) -> tuple[LedgerEntry, ...]:
    """Return the lines of one cycle: adjacent, covering `[start, end)`."""
    if start >= end:
        return ()
    window = _window(_strip(story, promise), start, end)
    marks: list[Blocked | Noted] = [*stops.blocked, *stops.noted]
    if not marks:
        return tuple(window)
    marks.sort(key=_start_of)
    return tuple(_joined(_overlaid(window, marks)))


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


def _overlaid(window: list[LedgerEntry], marks: Sequence[Blocked | Noted]) -> Iterator[LedgerEntry]:
    """Lay marks, disjoint and in order, over the lines of a window."""
    place = 0
    for entry in window:
        at, high = entry.start_us, entry.end_us
        while place < len(marks) and marks[place].end_us <= at:
            place += 1
        step = place
        while step < len(marks) and marks[step].start_us < high:
            mark = marks[step]
            low, until = max(mark.start_us, at), min(mark.end_us, high)
            if low < until:
                if at < low:
                    yield _cut(entry, at, low)
                yield _marked(entry, mark, low, until)
                at = until
            step += 1
        if at < high:
            yield entry if at == entry.start_us else _cut(entry, at, high)


def _marked(entry: LedgerEntry, mark: Blocked | Noted, start: int, end: int) -> LedgerEntry:
    group, person = entry.group, entry.assignee
    if isinstance(mark, Noted):
        return LedgerEntry(start, end, entry.kind, mark.reason, group, person)
    kind = LedgerKind.EXCLUDED if mark.is_excluded else LedgerKind.PAUSED
    return LedgerEntry(start, end, kind, mark.reason, group, person, mark.author)


def _joined(entries: Iterator[LedgerEntry]) -> Iterator[LedgerEntry]:
    """Join neighbours that say the same, such as the days and nights of one pause."""
    held = next(entries)
    for entry in entries:
        if _says(held) == _says(entry):
            held = _cut(held, held.start_us, entry.end_us)
        else:
            yield held
            held = entry
    yield held


def _says(entry: LedgerEntry) -> tuple[LedgerKind, str, str, str, str]:
    return entry.kind, entry.reason, entry.group, entry.assignee, entry.author
