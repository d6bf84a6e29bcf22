"""Distribution functions; expected values are those of SciPy 1.17."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import _special
from itsm_core.metrics._special import (
    beta_cdf,
    beta_quantile,
    chi_square_tail,
    gamma_cdf,
    gamma_quantile,
)


@pytest.mark.parametrize(
    ("x", "a", "b", "chance"),
    [
        (0.3, 2.5, 4, 0.3521975859067672),
        (0.9, 0.5, 0.5, 0.7951672353008665),
        (0.96, 523, 20, 0.32585025049816885),
        (0.5, 1e5, 1e5, 0.5),
        (0.001, 0.1, 30, 0.7371893001109395),
        (-1, 2, 3, 0),
        (0, 2, 3, 0),
        (1, 2, 3, 1),
    ],
)
def test_beta_is_that_of_scipy_when_asked(x: float, a: float, b: float, chance: float) -> None:
    """On both sides of its middle, narrow and wide."""
    assert beta_cdf(x, a, b) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "a", "b", "value"),
    [
        (0.025, 524, 21, 0.9437892905495547),
        (0.975, 0.3, 12, 0.15040953181487818),
        (0.5, 6.1, 1.7, 0.8067949495371871),
        (0.025, 1, 263, 9.626079623027143e-05),
    ],
)
def test_beta_quantile_is_that_of_scipy_when_asked(
    p: float, a: float, b: float, value: float
) -> None:
    """Also near 0, where halving takes longest."""
    assert beta_quantile(p, a, b) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "shape", "chance"),
    [
        (0.5, 2.5, 0.03743422675270361),
        (30, 20, 0.9781265315586091),
        (1000, 1010, 0.38010487476705734),
        (0.01, 0.2, 0.43286756092652506),
        (0, 3, 0),
    ],
)
def test_gamma_is_that_of_scipy_when_asked(x: float, shape: float, chance: float) -> None:
    """By its series on one side and its fraction on the other."""
    assert gamma_cdf(x, shape) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize(
    ("p", "shape", "value"),
    [
        (0.025, 5, 1.6234863901184207),
        (0.975, 6, 11.66833207932267),
        (0.5, 0.3, 0.07313113586695198),
        (0.01, 2000, 1897.4354179491156),
    ],
)
def test_gamma_quantile_is_that_of_scipy_when_asked(p: float, shape: float, value: float) -> None:
    """Small shapes and large ones."""
    assert gamma_quantile(p, shape) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "degrees", "chance"),
    [
        (3.396, 1, 0.06535472318392369),
        (16.79, 1, 4.1752751389197874e-05),
        (200, 3, 4.218541107192018e-43),
        (0.5, 4, 0.9735009788392561),
        (0, 2, 1),
    ],
)
def test_chi_square_tail_is_that_of_scipy_when_far_out(
    value: float, degrees: int, chance: float
) -> None:
    """One minus the rest would be zero at 200."""
    assert chi_square_tail(value, degrees) == pytest.approx(chance, rel=1e-9)


@pytest.mark.parametrize(
    "ask",
    [lambda: beta_cdf(0.4, 50, 60), lambda: gamma_cdf(10, 12), lambda: gamma_cdf(20, 12)],
    ids=["beta", "gamma below", "gamma above"],
)
def test_distribution_is_refused_when_its_terms_do_not_suffice(
    ask: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that has not converged is not given out as one."""
    monkeypatch.setattr(_special, "_MOST_TERMS", 3)
    with pytest.raises(InvalidValue, match="smaller counts"):
        ask()
