"""Promises: quantiles of history, and how often they came true (law D6)."""

from __future__ import annotations

import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import KaplanMeier, Promised, coverage, promise, tightest_promise

HUNDRED = KaplanMeier.of(range(1, 101), [True] * 100)


def test_promise_is_the_quantile_when_at_intake() -> None:
    """Of 1 to 100, eight of ten have ended by 80."""
    told = promise(HUNDRED, 0.8)
    assert (told.by, told.age, told.cases, told.why) == (80, 0, 100, "")


def test_promise_is_later_when_the_case_is_old() -> None:
    """Of the 60 that took longer than 40, half have ended by 70."""
    told = promise(HUNDRED, 0.5, age=40)
    assert (told.by, told.cases) == (70, 60)


def test_promise_is_withheld_when_too_few_took_so_long() -> None:
    """Ten were watched beyond 90; nine of ten takes 29."""
    told = promise(HUNDRED, 0.9, age=90)
    assert (told.by, told.why) == (None, "10 cases were watched so long; 90% takes 29")
    assert promise(HUNDRED, 0.9, age=100).cases == 0


def test_promise_is_withheld_when_too_few_have_ended() -> None:
    """Half of a hundred are still open: nobody knows when nine of ten will be done."""
    history = KaplanMeier.of([5.0] * 50 + [6.0] * 50, [True] * 50 + [False] * 50)
    told = promise(history, 0.9)
    assert (told.by, told.why) == (None, "fewer than 90% of cases have ended so far")


def test_promise_is_kept_as_often_as_it_says_when_history_repeats() -> None:
    """Two thousand new cases of the same kind, at intake and at an age: within three points."""
    rng = random.Random(37)
    history = KaplanMeier.of((rng.weibullvariate(10, 0.6) for _ in range(4_000)), [True] * 4_000)
    for share in (0.5, 0.8, 0.9):
        for age in (0, 8):
            told = promise(history, share, age=age)
            new = [rng.weibullvariate(10, 0.6) for _ in range(4_000)]
            kept = coverage(
                (Promised(by=told.by, duration=d, has_ended=True) for d in new if d > age), share
            )
            assert kept.miss_points is not None
            assert abs(kept.miss_points) < 3


def test_coverage_counts_a_promise_as_broken_when_it_has_passed() -> None:
    """By hand: kept, kept late, open beyond its promise: one of three."""
    told = [
        Promised(by=10, duration=9, has_ended=True),
        Promised(by=10, duration=11, has_ended=True),
        Promised(by=10, duration=30, has_ended=False),
        Promised(by=None, duration=3, has_ended=True),
    ]
    found = coverage(told, 0.8)
    assert found.kept_ratio == pytest.approx(1 / 3)
    assert (found.promised, found.withheld) == (3, 1)
    assert found.miss_points == pytest.approx(-46.667, abs=1e-3)
    assert found.interval.contains(1 / 3)


def test_coverage_is_censored_when_a_promise_is_still_ahead() -> None:
    """A case that is open at half its promise tells nothing; at hand: 1 kept of 2 left, 1/2."""
    told = [
        Promised(by=10, duration=5, has_ended=False),
        Promised(by=10, duration=8, has_ended=True),
        Promised(by=10, duration=12, has_ended=False),
    ]
    assert coverage(told, 0.5).kept_ratio == pytest.approx(0.5)


def test_promise_is_kept_when_it_is_met_to_the_instant() -> None:
    """At or before, as everywhere (law S4)."""
    assert coverage([Promised(by=10, duration=10, has_ended=True)], 0.9).kept_ratio == 1


def test_coverage_is_unknown_when_nothing_was_promised() -> None:
    """Neither 0 nor 100 %; nor while every promise is ahead."""
    for told in ([], [Promised(by=9, duration=1, has_ended=False)]):
        found = coverage(told, 0.9)
        assert (found.kept_ratio, found.miss_points, found.interval.low) == (None, None, None)


def test_target_is_the_tightest_that_is_kept_when_proposed() -> None:
    """95 of 100 end within 95."""
    assert tightest_promise(HUNDRED, [200, 50, 96, 95, 94]) == 95
    assert tightest_promise(HUNDRED, [50]) is None
    assert tightest_promise(HUNDRED, [50], kept_ratio=0.5) == 50


@pytest.mark.parametrize(("cases", "kept", "share"), [(62, 31, 0.5), (75, 60, 0.8), (95, 76, 0.8)])
def test_target_is_kept_to_the_case_when_proposed(cases: int, kept: int, share: float) -> None:
    """31 of 62 are a half, whatever the last bit of a product of 31 factors is."""
    history = KaplanMeier.of(range(1, cases + 1), [True] * cases)
    assert tightest_promise(history, [kept - 1, kept, kept + 1], kept_ratio=share) == kept


def test_promise_is_refused_when_it_is_impossible() -> None:
    """A share of 100 %, a negative age, a promise of nothing, no targets."""
    with pytest.raises(InvalidValue, match="share"):
        promise(HUNDRED, 1)
    with pytest.raises(InvalidValue, match="age"):
        promise(HUNDRED, 0.5, age=-1)
    with pytest.raises(InvalidValue, match="a promise"):
        coverage([Promised(by=-1, duration=1, has_ended=True)], 0.9)
    for by in (0, 1):
        with pytest.raises(InvalidValue, match="a duration"):
            coverage([Promised(by=by, duration=-1, has_ended=True)], 0.9)
    with pytest.raises(InvalidValue, match="no targets"):
        tightest_promise(HUNDRED, [])


def test_coverage_is_not_certain_when_no_promise_was_kept() -> None:
    """Of one, up to 97.5 % may come true (Clopper and Pearson); of ten, up to 30.8 %."""
    broken = Promised(by=1, duration=2, has_ended=True)
    for count, high in ((1, 0.975), (10, 0.308497)):
        found = coverage([broken] * count, 0.9)
        assert (found.kept_ratio, found.interval.low) == (0, 0)
        assert found.interval.high == pytest.approx(high, abs=1e-6)


def test_promise_says_why_when_every_past_case_is_open() -> None:
    """A hundred were watched; that none of them has ended is another reason than too few."""
    told = promise(KaplanMeier.of([float(n) for n in range(100)], [False] * 100), 0.9)
    assert told.by is None
    assert told.why.startswith("no case has ended")


def test_coverage_takes_a_promise_of_no_time_when_half_is_done_on_the_spot() -> None:
    """Three of four took none; what has just begun is still ahead."""
    told = [Promised(by=0, duration=n, has_ended=True) for n in (0, 0, 0, 5)]
    assert coverage(told, 0.5).kept_ratio == 0.75
    assert coverage([Promised(by=0, duration=0, has_ended=False)], 0.5).kept_ratio is None


def test_promise_counts_what_ends_on_the_spot_when_made_at_intake() -> None:
    """Half take no time, half ten; of those that still wait after one, none is done before ten."""
    history = KaplanMeier.of([0.0] * 50 + [10.0] * 50, [True] * 100)
    assert (promise(history, 0.4).by, promise(history, 0.4).cases) == (0, 100)
    assert (promise(history, 0.4, age=1).by, promise(history, 0.4, age=1).cases) == (10, 50)
