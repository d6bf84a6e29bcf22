"""What changed after a measure, with the interval that says whether it may be chance."""

from __future__ import annotations

from typing import Any

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.feedback import Effect, effect_of_counts, effect_of_shares
from itsm_core.metrics import Rate

OLD = Rate(successes=48, trials=80)
NEW = Rate(successes=56, trials=70)


def ends(effect: Effect) -> tuple[float, float]:
    """Return the two ends of the interval, rounded."""
    assert effect.interval is not None
    assert effect.interval.low is not None
    assert effect.interval.high is not None
    return round(effect.interval.low, 4), round(effect.interval.high, 4)


def test_difference_is_newcombes_when_shares_are_compared() -> None:
    """56 of 70 against 48 of 80: from 0.0524 to 0.3339 (Newcombe 1998, method 10)."""
    assert ends(effect_of_shares(OLD, NEW, wanted="more")) == (0.0524, 0.3339)


@pytest.mark.parametrize(
    ("before", "after", "wanted", "verdict"),
    [
        (OLD, NEW, "more", "better"),
        (OLD, NEW, "less", "worse"),
        (NEW, OLD, "less", "better"),
        (NEW, OLD, "more", "worse"),
        (OLD, OLD, "more", "no difference shown"),
        (Rate(successes=0, trials=9), NEW, "more", "too few"),
        (OLD, Rate(successes=9, trials=9), "more", "too few"),
        (Rate(successes=0, trials=0), Rate(successes=0, trials=0), "more", "too few"),
    ],
)
def test_verdict_follows_the_interval_when_shares_are_compared(
    before: Rate, after: Rate, wanted: Any, verdict: str
) -> None:
    """Better is by what is wanted; below ten cases nothing is said."""
    assert effect_of_shares(before, after, wanted=wanted).verdict == verdict


def test_ratio_is_exact_when_counts_are_compared() -> None:
    """15 of 55 events fell after: Clopper and Pearson's 0.1614 to 0.4096 as odds (R binom.test)."""
    low, high = ends(effect_of_counts((40, 10.0), (15, 10.0), wanted="less"))
    assert low == pytest.approx(0.1614 / (1 - 0.1614), abs=2e-4)
    assert high == pytest.approx(0.4096 / (1 - 0.4096), abs=4e-4)


def test_ratio_is_of_rates_when_exposures_differ() -> None:
    """The same counts in twice the time are half the rate."""
    low, high = ends(effect_of_counts((40, 10.0), (15, 10.0), wanted="less"))
    halved = ends(effect_of_counts((40, 10.0), (15, 20.0), wanted="less"))
    assert halved == pytest.approx((low / 2, high / 2), abs=1e-4)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((40, 10.0), (15, 10.0), "better"),
        ((15, 10.0), (40, 10.0), "worse"),
        ((20, 10.0), (22, 10.0), "no difference shown"),
        ((2, 10.0), (2, 10.0), "too few"),
        ((0, 10.0), (30, 10.0), "worse"),
        ((30, 10.0), (0, 10.0), "better"),
    ],
)
def test_verdict_follows_the_interval_when_counts_are_compared(
    before: tuple[int, float], after: tuple[int, float], verdict: str
) -> None:
    """An end may be open: of what never happened before, nobody knows how many times more it is."""
    assert effect_of_counts(before, after, wanted="less").verdict == verdict


def test_text_says_the_counts_and_the_interval_when_shown() -> None:
    """What there was, what there is, and how sure one can be."""
    shares = effect_of_shares(OLD, NEW, wanted="more")
    assert str(shares) == (
        "before 48 of 80 (60 %), after 56 of 70 (80 %): better (difference 0.05 to 0.33, 95 %)"
    )
    few = effect_of_shares(Rate(successes=0, trials=0), NEW, wanted="more")
    assert str(few) == "before 0 of 0, after 56 of 70 (80 %): too few"
    never = effect_of_counts((0, 10.0), (30, 10.0), wanted="less")
    assert "ratio" in str(never)
    assert "open" in str(never)


@pytest.mark.parametrize(
    "given",
    [
        {"wanted": "fewer"},
        {"before": (-1, 1.0)},
        {"before": (True, 1.0)},
        {"after": (1, 0.0)},
        {"after": (1, float("inf"))},
        {"after": (1, float("nan"))},
        {"after": (1, True)},
        {"level": 1.5},
    ],
)
def test_comparison_is_refused_when_it_makes_no_sense(given: dict[str, Any]) -> None:
    """Nothing is counted in no time, and less is not 'fewer'."""
    sound: dict[str, Any] = {"before": (5, 1.0), "after": (5, 1.0), "wanted": "less"} | given
    with pytest.raises(InvalidValue):
        effect_of_counts(sound.pop("before"), sound.pop("after"), **sound)


def test_shares_are_refused_when_nobody_says_what_is_wanted() -> None:
    """Without it there is no better and no worse."""
    wanted: Any = "fewer"
    with pytest.raises(InvalidValue, match="write 'more' or 'less'"):
        effect_of_shares(OLD, NEW, wanted=wanted)
