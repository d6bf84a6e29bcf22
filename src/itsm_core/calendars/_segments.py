"""A stretch of time cut into open, closed and holiday pieces, for ledgers."""

from __future__ import annotations

from collections.abc import Iterable

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
