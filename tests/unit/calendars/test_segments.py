"""Cutting a stretch of time."""

from __future__ import annotations

import pytest

from itsm_core.calendars._segments import Segment, alternate, cut, opened
from itsm_core.spans import Pair


@pytest.mark.parametrize(
    ("opened", "holidays", "expected"),
    [
        ([], [], [(0, 10, "closed")]),
        ([(0, 10)], [], [(0, 10, "open")]),
        ([(2, 4)], [], [(0, 2, "closed"), (2, 4, "open"), (4, 10, "closed")]),
        (
            [(2, 4)],
            [(4, 6)],
            [(0, 2, "closed"), (2, 4, "open"), (4, 6, "holiday"), (6, 10, "closed")],
        ),
        ([(8, 10)], [(0, 3)], [(0, 3, "holiday"), (3, 8, "closed"), (8, 10, "open")]),
    ],
    ids=["nothing", "all", "middle", "holiday after", "holiday before"],
)
def test_cut_is_adjacent_and_names_each_piece(
    opened: list[Pair], holidays: list[Pair], expected: list[Segment]
) -> None:
    """What is neither open nor a holiday is closed, and nothing is left out."""
    assert cut(0, 10, opened, holidays) == expected


@pytest.mark.parametrize(
    ("points", "is_open", "pairs"),
    [
        ([0, 10], False, []),
        ([0, 10], True, [(0, 10)]),
        ([0, 2, 4, 10], False, [(2, 4)]),
        ([0, 2, 10], False, [(2, 10)]),
        ([0, 2, 10], True, [(0, 2)]),
        ([0, 2, 4, 10], True, [(0, 2), (4, 10)]),
    ],
    ids=["never", "always", "middle", "opens", "closes", "gap"],
)
def test_points_stand_for_the_stretches_between_them(
    points: list[int], is_open: bool, pairs: list[Pair]
) -> None:
    """By turns open and closed: the same segments as cut from the open stretches."""
    assert opened(points, is_open=is_open) == pairs
    assert alternate(points, is_open=is_open) == cut(0, 10, pairs, [])
