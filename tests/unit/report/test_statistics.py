"""The Wilson interval against published figures."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.report._statistics import wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_interval_when_asked(
    successes: int, trials: int, low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score)."""
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_says_nothing_when_there_are_no_trials() -> None:
    """Without a case, any rate is possible."""
    assert wilson(0, 0) == (0.0, 1.0)


def test_wilson_mirrors_when_success_and_failure_are_swapped() -> None:
    """The interval of the failures is the complement of that of the successes."""
    low, high = wilson(7, 11)

    assert wilson(4, 11) == pytest.approx((1 - high, 1 - low))


def test_wilson_reaches_one_exactly_when_all_succeed() -> None:
    """Rounding does not leave 0.9999999 where nothing failed."""
    assert wilson(33, 33)[1] == 1.0


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (0, -1)])
def test_wilson_refuses_when_counts_are_impossible(successes: int, trials: int) -> None:
    """More successes than trials, or fewer than none, are a mistake upstream."""
    with pytest.raises(InvalidValue, match="successes must lie between 0"):
        wilson(successes, trials)
