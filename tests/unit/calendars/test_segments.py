"""Cutting a stretch of time."""

from __future__ import annotations

import pytest

from itsm_core.calendars._segments import Segment, cut
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
