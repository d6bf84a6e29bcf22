"""Shrinkage; the fits are those of SciPy 1.17's optimiser on the same likelihoods (law M2)."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import BetaPrior, GammaPrior, Rate, james_stein

COUNTS = (
    (1, 1),
    (8, 10),
    (45, 50),
    (3, 9),
    (20, 40),
    (99, 120),
    (0, 2),
    (17, 18),
    (30, 60),
    (12, 13),
)
RATES = [Rate(successes=k, trials=n) for k, n in COUNTS]


def test_beta_prior_is_the_likeliest_when_fitted() -> None:
    """SciPy finds 3.17879 and 1.40133."""
    prior = BetaPrior.fitted(RATES)
    assert (prior.a, prior.b) == pytest.approx((3.17878895, 1.40132701), rel=1e-3)


def test_beta_prior_ignores_a_group_when_it_has_no_cases() -> None:
    """Who did nothing says nothing about the others."""
    assert BetaPrior.fitted([*RATES, Rate(successes=0, trials=0)]) == BetaPrior.fitted(RATES)


def test_gamma_prior_is_the_likeliest_when_fitted() -> None:
    """SciPy finds 12.7067 and 5.5735."""
    prior = GammaPrior.fitted([3, 9, 0, 14, 5, 22, 1, 8], [2, 4, 1, 5, 3, 6, 2, 2.5])
    assert (prior.shape, prior.exposure) == pytest.approx((12.70673091, 5.57346184), rel=1e-3)


def test_small_group_moves_further_when_shrunk() -> None:
    """One of one goes most of the way to the prior's mean, 99 of 120 hardly moves."""
    prior = BetaPrior(a=6.1, b=1.7)
    one, many = RATES[0], RATES[5]
    assert abs(prior.mean(one) - 1) > 10 * abs(prior.mean(many) - 99 / 120)
    assert prior.interval(many).contains(99 / 120)


def test_beta_interval_is_that_of_scipy_when_asked() -> None:
    """Beta(524, 21), its 2.5 % point."""
    found = BetaPrior(a=1, b=1).interval(Rate(successes=523, trials=543))
    assert found.low == pytest.approx(0.9437892905495547, rel=1e-9)


def test_gamma_figure_is_that_of_conjugacy_when_asked() -> None:
    """Two in one before, three in three seen: five in four; Gamma(5), its 2.5 % point."""
    prior = GammaPrior(shape=2, exposure=1)
    assert prior.mean(3, 3) == 1.25
    assert prior.interval(3, 3).low == pytest.approx(1.6234863901184207 / 4, rel=1e-9)


def test_everybody_is_alike_when_groups_differ_by_chance_alone() -> None:
    """Twenty groups with one figure: the prior outweighs them, and says so by its weight."""
    prior = BetaPrior.fitted([Rate(successes=9, trials=10)] * 20)
    assert prior.a + prior.b > 10_000
    assert prior.mean(Rate(successes=0, trials=1)) == pytest.approx(0.9, abs=1e-3)


def test_values_come_to_their_mean_when_they_vary_by_chance_alone() -> None:
    """A variance as large as what is seen leaves nothing to tell apart."""
    assert james_stein([1.0, 2.0, 3.0, 4.0], variance=100) == (2.5, 2.5, 2.5, 2.5)
    assert james_stein([2.0] * 4, variance=1) == (2.0,) * 4


def test_prior_is_refused_when_there_is_nothing_to_learn_it_from() -> None:
    """One group, only successes, nothing counted, exposures missing, three values."""
    with pytest.raises(InvalidValue, match="no prior"):
        BetaPrior.fitted(RATES[:1])
    with pytest.raises(InvalidValue, match="no prior"):
        BetaPrior.fitted([Rate(successes=2, trials=2)] * 3)
    with pytest.raises(InvalidValue, match="no prior"):
        GammaPrior.fitted([0, 0], [1, 1])
    with pytest.raises(InvalidValue, match="no prior"):
        GammaPrior.fitted([1, 2], [1])
    with pytest.raises(InvalidValue, match="too few"):
        james_stein([1, 2, 3], variance=1)
    with pytest.raises(InvalidValue, match="prior"):
        BetaPrior(a=0, b=1)
    with pytest.raises(InvalidValue, match="prior"):
        GammaPrior(shape=1, exposure=0)


@pytest.mark.parametrize(("count", "exposure"), [(-1, 1), (1, -1), (0.5, 1), (1, "a week")])
def test_rate_is_refused_when_its_count_or_exposure_is_impossible(
    count: object, exposure: object
) -> None:
    """As its interval refuses them: nothing happened less often than never."""
    with pytest.raises(InvalidValue):
        GammaPrior(shape=1, exposure=1).mean(count, exposure)  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [[1e160, -1e160, 1.0, 2.0], [1e308] * 4])
def test_values_are_refused_when_their_squares_overflow(values: list[float]) -> None:
    """A typed refusal, and no `OverflowError` (law T5)."""
    with pytest.raises(InvalidValue, match="too large to reckon with"):
        james_stein(values, variance=1.0)


def test_priors_are_refused_when_their_arithmetic_overflows() -> None:
    """Two halves of 1e308 are infinite together, and events in no time a rate without bound."""
    with pytest.raises(InvalidValue, match="a prior's successes is too large"):
        BetaPrior(a=1e308, b=1e308)
    with pytest.raises(InvalidValue, match="a rate, counts by exposure"):
        GammaPrior.fitted([3, 4], [5e-324, 5e-324])
