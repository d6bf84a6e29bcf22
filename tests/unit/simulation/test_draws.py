"""Draws: the same on every Python, with the shape they claim."""

from __future__ import annotations

import math
import statistics
from datetime import timedelta
from random import Random

import pytest

from itsm_core.simulation._draws import Draws, Urn


class Fixed(Random):
    """A source whose shares are given."""

    def __init__(self, *shares: float) -> None:
        """Keep the shares, to be given out in turn."""
        super().__init__(0)
        self.shares = list(shares)

    def random(self) -> float:
        """Return the next share."""
        return self.shares.pop(0)


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, "a"), (0.249, "a"), (0.25, "b"), (0.749, "b"), (0.75, "c")]
)
def test_urn_gives_each_value_its_share_when_asked(share: float, value: str) -> None:
    """Weights 1, 2, 1: a quarter, a half, a quarter."""
    assert Urn([("a", 1), ("b", 2), ("c", 1)]).at(share) == value


def test_urn_gives_the_last_value_when_rounding_leads_past_the_end() -> None:
    """A share of exactly one, which rounding can produce, is still a value."""
    assert Urn([("a", 0.1), ("b", 0.2)]).at(1.0) == "b"


def test_below_stays_below_when_the_share_is_almost_one() -> None:
    """The largest share of all gives the largest number."""
    assert Draws(Fixed(1 - 2**-53)).below(8) == 7


def test_pick_gives_the_first_when_the_share_is_zero() -> None:
    """The smallest share gives the first member."""
    assert Draws(Fixed(0.0)).pick("xyz") == "x"


def test_chance_is_false_when_the_share_equals_the_probability() -> None:
    """A probability of zero never happens."""
    assert not Draws(Fixed(0.0)).chance(0.0)


def test_minutes_are_the_median_when_every_share_is_a_half() -> None:
    """Twelve halves are no deviation."""
    assert Draws(Fixed(*[0.5] * 12)).minutes(90, 1.0) == timedelta(minutes=90)


def test_minutes_are_at_least_a_second_when_the_median_is_tiny() -> None:
    """Work takes time."""
    assert Draws(Fixed(*[0.0] * 12)).minutes(0.001, 1.0) == timedelta(seconds=1)


def test_minutes_have_the_spread_asked_for_when_drawn_often() -> None:
    """The logarithms have the median's and about the spread asked for (20,000 draws)."""
    draws = Draws(Random(5))
    logs = [math.log(draws.minutes(60, 0.8).total_seconds() / 60) for _ in range(20_000)]

    assert statistics.fmean(logs) == pytest.approx(math.log(60), abs=0.02)
    assert statistics.stdev(logs) == pytest.approx(0.8, abs=0.02)


def test_shares_are_those_of_the_mersenne_twister_when_seeded() -> None:
    """The first share after seed 42 is the documented one, which no version has changed."""
    assert Draws(Random(42)).between(0, 1) == 0.6394267984578837
