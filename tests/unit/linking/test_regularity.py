"""Regular distances speak for one cause, scattered ones against it."""

from __future__ import annotations

import random

import pytest

from itsm_core.linking._regularity import regularity

DAY = 86_400_000_000


def days(*places: float) -> list[int]:
    """Return instants on these days."""
    return [round(place * DAY) for place in places]


@pytest.mark.parametrize("places", [(0, 7, 14), (3, 11, 18, 24), (0, 10, 20, 40, 50)])
def test_like_distances_speak_for_one_cause_when_weekly_or_so(places: tuple[float, ...]) -> None:
    """A week, a week give or take two days, ten days with one missed."""
    assert regularity(days(*places), 180) > 1


@pytest.mark.parametrize("places", [(0, 1, 130), (0, 0.1, 60, 170), (0, 100, 102)])
def test_scattered_distances_speak_against_it_when_unlike(places: tuple[float, ...]) -> None:
    """Two on one day and one months away."""
    assert regularity(days(*places), 180) < 0


def test_two_say_nothing_when_there_is_one_distance() -> None:
    """One distance is like itself."""
    assert regularity(days(0, 7), 180) == 0


def test_it_stays_within_three_nats_when_there_are_many() -> None:
    """It supports words, it does not replace them."""
    assert regularity(days(*range(0, 175, 7)), 180) == 3
    rng = random.Random(5)
    crowd = sorted(rng.uniform(0, 180) for _ in range(40))
    assert -3 <= regularity(days(*crowd), 180) <= 3


def test_chance_is_mostly_seen_through_when_drawn_at_random() -> None:
    """Of 300 random triples in half a year at most a quarter look regular by more than one nat."""
    rng = random.Random(17)
    seen = sum(
        regularity(days(*sorted(rng.uniform(0, 180) for _ in range(3))), 180) > 1
        for _ in range(300)
    )
    assert seen <= 75
