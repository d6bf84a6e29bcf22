"""An interval with its level and its method (law M2)."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Interval


def between(low: float | None, high: float | None) -> Interval:
    """Return an interval."""
    return Interval(low=low, high=high, level=0.95, method="by hand")


def test_interval_is_refused_when_its_ends_are_swapped() -> None:
    """An upper bound below the lower one is a bug of whoever made it."""
    with pytest.raises(InvalidValue, match="swap them"):
        between(2, 1)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ((1, 2), (2, 3), True),
        ((1, 2), (2.1, 3), False),
        ((1, None), (5, 6), True),
        ((None, 1), (2, None), False),
        ((None, None), (0, 0), True),
    ],
)
def test_intervals_overlap_when_they_have_a_point_in_common(
    one: tuple[float | None, float | None], other: tuple[float | None, float | None], overlap: bool
) -> None:
    """Ends count, and what is not known has no bound; both ways round."""
    assert between(*one).overlaps(between(*other)) is overlap
    assert between(*other).overlaps(between(*one)) is overlap


def test_interval_is_above_when_it_lies_wholly_above() -> None:
    """A common end is not above."""
    assert between(3, 4).is_above(between(1, 2))
    assert not between(2, 4).is_above(between(1, 2))


def test_value_is_contained_when_at_an_end() -> None:
    """Both ends belong to it, and an open one bounds nothing."""
    assert between(1, 2).contains(1)
    assert between(1, None).contains(99)
    assert not between(1, 2).contains(2.5)
    assert not between(1, 2).contains(0.5)
