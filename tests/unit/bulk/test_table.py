"""The lookups of `Table`, beside what `BulkCalendar`'s tests ask of them."""

from __future__ import annotations

import numpy as np
import pytest

from itsm_core.bulk._table import Scratch, Table


@pytest.mark.parametrize("spread", [1, 1_000, 10**9])
def test_readings_are_right_when_many_spans_share_a_bucket(spread: int) -> None:
    """Spans of a microsecond beside a long gap: one comparison is not enough."""
    pairs = [(n * 2, n * 2 + 1) for n in range(20)] + [(spread * 10**6, spread * 10**6 + 10)]
    table = Table(pairs, 0, 2 * spread * 10**6, origin=5, years=range(1970, 1971))
    at = np.arange(60)
    out = np.empty(60, np.int64)
    table.readings(at, out, Scratch(60).cut(60))
    expected = [5 + sum(min(max(t - low, 0), high - low) for low, high in pairs) for t in range(60)]
    assert out.tolist() == expected


def test_earliest_and_latest_are_an_edge_apart_when_a_reading_has_two_instants() -> None:
    """At the end of a span the earliest instant is its closing, the latest the next opening."""
    table = Table([(10, 20), (50, 60)], 0, 100, origin=0, years=range(1970, 1971))
    reading, out = np.array([10]), np.empty(1, np.int64)
    table.earliest(reading, out, Scratch(1).cut(1))
    assert (out.tolist(), table.latest(reading).tolist()) == ([20], [50])
