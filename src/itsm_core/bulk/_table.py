"""A calendar's open time over some years as arrays, and the lookups that ask them by the million.

The pieces are those of `calendars._engine`: the *reading* of an instant is the open time up to it,
and every question is a lookup of a reading, or of the instant at a reading. To find the open span
of an instant without a search, elapsed time is cut into buckets of a power of two microseconds,
narrower than the spans are apart: the bucket says which span is next at its beginning, and one
comparison whether the instant lies beyond that span already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from itsm_core.spans import Pair

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CHUNK: Final = 16_384
"""How many values are worked on at once: four arrays of them stay in the second-level cache."""

_NEVER: Final = np.iinfo(np.int64).max
_MOST_BUCKETS: Final = 1 << 20  # 8 MiB: more would not stay in a cache
_WIDEST: Final = 62
_MOST_STEPS: Final = 6  # beyond, a binary search is quicker


class Scratch:
    """Hold the arrays that lookups work in, made once a column."""

    __slots__ = ("flags", "index", "other")

    def __init__(self, size: int) -> None:
        """Make room for columns worked on `size` values at once."""
        self.index = np.empty(size, np.int64)
        self.other = np.empty(size, np.int64)
        self.flags = np.empty(size, np.bool_)

    def cut(self, size: int) -> tuple[Ints, Ints, Flags]:
        """Return the first `size` places of each: the last chunk is shorter."""
        return self.index[:size], self.other[:size], self.flags[:size]


class _Places:
    """Find, for each value, the first of sorted keys that is greater; the last key is infinite."""

    __slots__ = ("_base", "_buckets", "_keys", "_shift", "_steps")

    def __init__(self, keys: Ints, low: int, high: int) -> None:
        self._keys = keys
        gaps = np.diff(keys[:-1])
        narrowest = int(gaps.min()) if gaps.size else _NEVER
        shift = min(narrowest.bit_length() - 1, _WIDEST)
        while (high >> shift) - (low >> shift) >= _MOST_BUCKETS:
            shift += 1
        self._shift, self._base = shift, low >> shift
        edges = (np.arange((high >> shift) - self._base + 2) + self._base) << shift
        edges[-1] = max(edges[-1], high)  # the last one may not fit into 64 bits
        buckets = np.searchsorted(keys, edges, side="right").astype(np.int64)
        self._steps = int(np.diff(buckets).max())
        self._buckets = buckets[:-1]

    def find(self, values: Ints, scratch: tuple[Ints, Ints, Flags]) -> Ints:
        """Return the places in the first array of `scratch`; the others are overwritten."""
        index, key, flags = scratch
        if self._steps > _MOST_STEPS:
            index[:] = np.searchsorted(self._keys, values, side="right")
            return index
        np.right_shift(values, self._shift, out=index)
        np.subtract(index, self._base, out=index)
        self._buckets.take(index, out=index, mode="clip")
        for _ in range(self._steps):
            self._keys.take(index, out=key, mode="clip")
            np.greater_equal(values, key, out=flags)
            np.add(index, flags, out=index)
        return index


class Table:
    """Answer for the instants of `[low, high]`, whose open pairs are given merged and in order.

    `origin` is the reading at `low`; `years` are those that the table was made of.
    """

    __slots__ = (
        "_at",
        "_ends",
        "_offsets",
        "_reached",
        "_starts",
        "high",
        "last",
        "low",
        "origin",
        "years",
    )

    def __init__(
        self, pairs: Sequence[Pair], low: int, high: int, *, origin: int, years: range
    ) -> None:
        """Lay the pairs out."""
        self.low, self.high, self.origin, self.years = low, high, origin, years
        spans = np.array(pairs, np.int64).reshape(-1, 2)
        stops = np.cumsum(spans[:, 1] - spans[:, 0]) + origin
        self.last = int(stops[-1]) if len(stops) else origin
        self._starts = np.append(spans[:, 0], high)
        self._ends = np.append(spans[:, 1], _NEVER)
        # The reading at an instant of a span, less the instant.
        self._offsets = np.append(np.int64(origin), stops) - self._starts
        self._at = _Places(self._ends, low, high)
        self._reached = _Places(np.append(stops, _NEVER), origin, self.last)

    def readings(self, at: Ints, out: Ints, scratch: tuple[Ints, Ints, Flags]) -> None:
        """Put into `out` the reading of each instant; `out` may be `at`."""
        index, value, _ = scratch
        self._at.find(at, scratch)
        self._starts.take(index, out=value, mode="clip")
        np.maximum(at, value, out=out)
        self._offsets.take(index, out=value, mode="clip")
        np.add(out, value, out=out)

    def earliest(self, readings: Ints, out: Ints, scratch: tuple[Ints, Ints, Flags]) -> None:
        """Put into `out` the first instant at each reading, above `origin` and up to `last`."""
        index, value, _ = scratch
        np.subtract(readings, 1, out=out)
        self._reached.find(out, scratch)
        self._offsets.take(index, out=value, mode="clip")
        np.subtract(readings, value, out=out)

    def latest(self, readings: Ints) -> Ints:
        """Return the last instant at each reading, from `origin` on and below `last`."""
        index = self._reached.find(readings, Scratch(len(readings)).cut(len(readings)))
        found: Ints = np.subtract(readings, self._offsets[index])
        return found

    def is_open(self, at: Ints) -> Flags:
        """Tell which instants lie in open time (law T3)."""
        index = self._at.find(at, Scratch(len(at)).cut(len(at)))
        found: Flags = np.less_equal(self._starts[index], at)
        return found

    def next_open(self, at: Ints) -> Ints:
        """Return each instant, or the next opening; `high` where the table has none."""
        index = self._at.find(at, Scratch(len(at)).cut(len(at)))
        found: Ints = np.maximum(at, self._starts[index])
        return found

    def previous_close(self, at: Ints) -> Ints:
        """Return each instant, or the last closing before; `low` where the table has none."""
        index = np.searchsorted(self._starts[:-1], at, side="left") - 1
        known = np.where(index < 0, self.low, self._ends[index])
        found: Ints = np.minimum(at, known)
        return found
