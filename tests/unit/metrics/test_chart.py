"""Control charts: limits and the rules by which a point signals (law M3)."""

from __future__ import annotations

import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import BEYOND_LIMITS, WESTERN_ELECTRIC, RunRule
from itsm_core.metrics._chart import charted, signals


def places(values: list[float], *rules: RunRule) -> list[tuple[int, bool]]:
    """Return where a chart with centre 0 and sigma 1 signals, and on which side."""
    found = signals(values, 0.0, [1.0] * len(values), rules)
    return [(signal.place, signal.is_high) for signal in found]


def test_point_signals_when_it_is_outside_the_limits() -> None:
    """At the limit is inside: 3 sigma exactly is no signal."""
    assert places([0, 3, 3.01, -3, -3.5], *BEYOND_LIMITS) == [(2, True), (4, False)]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ([2.1, 0, 2.1], 2),
        ([0, 2.1, 2.1], 2),
        ([2.1, 2.1, 0], 1),
        ([1.1, 1.1, 0, 1.1, 1.1], 4),
        ([0.1] * 8, 7),
        ([-0.1] * 8, 7),
    ],
)
def test_run_signals_at_the_point_that_completes_it(values: list[float], place: int) -> None:
    """Two of three beyond 2, four of five beyond 1, eight in a row on one side."""
    assert [each[0] for each in places(values, *WESTERN_ELECTRIC)] == [place]


@pytest.mark.parametrize(
    "values", [[2.1, 0, 0, 2.1], [2.1, -2.1, 0], [1.1, 1.1, 0, 0, 1.1, 1.1], [0.1] * 7 + [-0.1]]
)
def test_run_is_silent_when_it_is_broken_or_on_two_sides(values: list[float]) -> None:
    """Points on both sides are noise, and so are those too far apart."""
    assert places(values, *WESTERN_ELECTRIC) == []


def test_runs_of_a_steady_process_are_as_rare_as_published_when_simulated() -> None:
    """Champ and Woodall (1987): 370.4 points to a false alarm by the limits, 91.75 by all four."""
    rng = random.Random(17)
    for rules, published in ((BEYOND_LIMITS, 370.4), (WESTERN_ELECTRIC, 91.75)):
        lengths = [_run(rng, rules) for _ in range(400)]
        mean = sum(lengths) / len(lengths)
        error = (sum((one - mean) ** 2 for one in lengths) / 399 / 400) ** 0.5
        assert abs(mean - published) < 3 * error


def _run(rng: random.Random, rules: tuple[RunRule, ...]) -> int:
    """Return after how many points of pure noise a rule signals."""
    values: list[float] = []
    number = 0
    while True:
        number += 1
        values = [*values[-7:], rng.gauss(0, 1)]
        if any(each[0] == len(values) - 1 for each in places(values, *rules)):
            return number


def test_limits_stay_within_what_values_can_be_when_bounded() -> None:
    """A share is never below 0, so no limit is."""
    chart = charted("p", [0.1], 0.1, [0.2], within=(0.0, 1.0))
    assert chart.low == (0.0,)
    assert chart.high == pytest.approx((0.7,))
    assert chart.is_steady


def test_signal_says_its_rule_when_shown() -> None:
    """A reader is told which rule, not only that one did."""
    (signal,) = signals([4.0], 0.0, [1.0], BEYOND_LIMITS)
    assert signal.rule == "1 of 1 in a row beyond 3 sigma on one side"


def test_rule_is_refused_when_it_can_never_signal() -> None:
    """Three of two."""
    with pytest.raises(InvalidValue, match="more points"):
        RunRule(least=3, of=2, sigmas=1)
