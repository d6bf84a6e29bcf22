"""A stretch of time cut into open, closed and holiday pieces, for ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle

from itsm_core.spans import Pair

Segment = tuple[int, int, str]
"""A start, an end, and "open", "closed" or "holiday"."""


def cut(start: int, end: int, opened: Iterable[Pair], holidays: Iterable[Pair]) -> list[Segment]:
    """Return `[start, end)` as adjacent segments, given what is open in it and what is a holiday.

    Both are sorted and disjoint, also from each other; the rest is closed.
    """
    labelled = [(low, high, "open") for low, high in opened]
    labelled += [(low, high, "holiday") for low, high in holidays]
    labelled.sort()
    result: list[Segment] = []
    at = start
    for low, high, label in labelled:
        if low > at:
            result.append((at, low, "closed"))
        result.append((low, high, label))
        at = high
    if at < end:
        result.append((at, end, "closed"))
    return result


def alternate(points: Sequence[int], *, is_open: bool) -> list[Segment]:
    """Return the segments between `points`, open and closed by turns; no holiday among them."""
    labels = cycle(("open", "closed") if is_open else ("closed", "open"))
    return list(zip(points, points[1:], labels, strict=False))


def opened(points: Sequence[int], *, is_open: bool) -> list[Pair]:
    """Return the open stretches between `points`, open and closed by turns."""
    first = 0 if is_open else 1
    return list(zip(points[first::2], points[first + 1 :: 2], strict=False))
