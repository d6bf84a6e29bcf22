"""The tests behind candidates and storms; expected values are those of SciPy 1.17 and of books."""

from __future__ import annotations

import math

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.linking._statistics import (
    benjamini_hochberg,
    binomial_at_least,
    poisson_at_least,
    poisson_binomial_at_least,
    rayleigh,
    two_sided_binomial,
)


@pytest.mark.parametrize(
    ("count", "expected", "chance"),
    [
        (4, 0.05, 2.502139472997342e-07),
        (3, 2.5, 0.45618688411667035),
        (10, 1e-3, 2.753227859428452e-37),
        (7, 30.0, 0.9999998826805799),
        (50, 20.0, 1.2458926079719434e-08),
        (200, 100.0, 9.343150072988544e-19),
        (0, 3.0, 1.0),
        (1, 0.0, 0.0),
    ],
)
def test_poisson_tail_is_that_of_scipy_when_near_and_far(
    count: int, expected: float, chance: float
) -> None:
    """Also far out, where one minus the rest is zero in floating point."""
    assert poisson_at_least(count, expected) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize(
    ("count", "trials", "share", "chance"),
    [
        (5, 6, 0.5, 0.109375),
        (3, 10, 0.1, 0.0701908264),
        (40, 100, 0.25, 0.0006865922079629914),
        (0, 5, 0.3, 1.0),
        (3, 3, 1.0, 1.0),
        (1, 3, 0.0, 0.0),
    ],
)
def test_binomial_tail_is_that_of_scipy_when_asked(
    count: int, trials: int, share: float, chance: float
) -> None:
    """Exact, by its terms."""
    assert binomial_at_least(count, trials, share) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize(
    ("count", "trials", "share", "chance"),
    [(5, 6, 0.5, 0.21875), (9, 10, 0.5, 0.021484375), (3, 20, 0.4, 0.022427038142043255)],
)
def test_two_sided_test_is_that_of_scipy_when_asked(
    count: int, trials: int, share: float, chance: float
) -> None:
    """All outcomes that are no likelier, on both sides."""
    assert two_sided_binomial(count, trials, share) == pytest.approx(chance, rel=1e-9)


def test_poisson_binomial_is_that_of_scipy_when_chances_differ() -> None:
    """The value is `scipy.stats.poisson_binom.sf(1, ...)`."""
    assert poisson_binomial_at_least(2, [0.1, 0.2, 0.3, 0.9]) == pytest.approx(0.4562)


def test_poisson_binomial_is_binomial_when_chances_are_equal() -> None:
    """With one chance for all it is the usual binomial: 1 - .7^6 - 6 * .3 * .7^5."""
    expected = 1 - 0.7**6 - 6 * 0.3 * 0.7**5
    assert poisson_binomial_at_least(2, [0.3] * 6) == pytest.approx(expected)


def test_poisson_binomial_is_zero_when_there_are_too_few() -> None:
    """Two of one cannot happen; none of any always does."""
    assert poisson_binomial_at_least(2, [1.0]) == 0
    assert poisson_binomial_at_least(0, []) == 1


def test_rayleigh_is_certain_when_all_are_at_one_place() -> None:
    """Six at one place: exp(sqrt(1 + 24) - 13) by Zar's formula."""
    concentration, chance = rayleigh([0.25] * 6)
    assert concentration == pytest.approx(1)
    assert chance == pytest.approx(math.exp(5 - 13))


def test_rayleigh_sees_nothing_when_spread_evenly() -> None:
    """Four at the quarters cancel out; none at all tell nothing."""
    concentration, chance = rayleigh([0, 0.25, 0.5, 0.75])
    assert concentration == pytest.approx(0, abs=1e-12)
    assert chance == pytest.approx(1)
    assert rayleigh([]) == (0, 1)


def test_rayleigh_turns_with_the_circle_when_all_move() -> None:
    """Where the circle begins is a convention."""
    phases = [0.01, 0.9, 0.95, 0.2, 0.07]
    moved = [(phase + 0.37) % 1 for phase in phases]
    assert rayleigh(moved) == pytest.approx(rayleigh(phases))


def test_benjamini_hochberg_is_that_of_scipy_when_ties_and_ranks_mix() -> None:
    """The values are `scipy.stats.false_discovery_control`, in the order of the question."""
    chances = [0.216, 0.008, 0.039, 0.041, 0.001, 0.042, 0.06, 0.074, 0.205, 0.212]
    expected = [0.216, 0.04, 0.084, 0.084, 0.01, 0.084, 0.1, 0.1057142857142857, 0.216, 0.216]
    assert benjamini_hochberg(chances) == pytest.approx(expected)
    assert benjamini_hochberg([]) == ()


def test_what_is_no_chance_is_refused_when_given() -> None:
    """A rate below zero, a chance above one, a level of one."""
    with pytest.raises(InvalidValue):
        poisson_at_least(1, -0.1)
    with pytest.raises(InvalidValue):
        poisson_at_least(1, math.nan)
    with pytest.raises(InvalidValue):
        binomial_at_least(1, 3, 1.5)
    with pytest.raises(InvalidValue):
        poisson_binomial_at_least(1, [1.5])
