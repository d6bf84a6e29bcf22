"""Kaplan-Meier; expected values are those of lifelines 0.30 or worked by hand (law M2)."""

from __future__ import annotations

import random
from math import inf
from statistics import fmean, median, pvariance

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import KaplanMeier

TIMES = (6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
SIX_MP = KaplanMeier.of(TIMES, [place < 9 for place in range(len(TIMES))])


@pytest.mark.parametrize(
    ("time", "low", "high"),
    [
        (5, 1, 1),
        (6, 0.619718, 0.951552),
        (9, 0.563147, 0.922809),
        (13, 0.431610, 0.849066),
        (22.5, 0.267779, 0.746791),
        (35, 0.188052, 0.680143),
    ],
)
def test_interval_is_that_of_lifelines_when_log_log(time: float, low: float, high: float) -> None:
    """The 6-MP group: between steps the last one holds."""
    found = SIX_MP.interval(time)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


def test_interval_is_plus_and_minus_when_plain() -> None:
    """Freireich's table at 10 weeks: 0.7529, standard error 0.0963."""
    found = SIX_MP.interval(10, kind="plain")
    wanted = (0.7529 - 1.96 * 0.0963, 0.7529 + 1.96 * 0.0963)
    assert (found.low, found.high) == pytest.approx(wanted, abs=2e-4)


def test_median_has_an_open_end_when_too_few_have_ended() -> None:
    """Lifelines: from 13 to infinity. The median itself is 23."""
    found = SIX_MP.quantile_interval(0.5)
    assert (SIX_MP.quantile(0.5), found.low, found.high) == (23, 13, None)


def test_quantile_is_none_when_the_curve_never_comes_so_far() -> None:
    """Half have ended; nobody knows when nine of ten will have."""
    assert SIX_MP.quantile(0.9) is None


def test_curve_is_the_empirical_one_when_nothing_is_censored() -> None:
    """Without open cases there is nothing to correct."""
    times = [1, 1, 5, *range(2, 41)]
    km = KaplanMeier.of(times, [True] * len(times))
    for time in (1, 7.5, 20, 39):
        assert km.survival(time) == pytest.approx(sum(t > time for t in times) / len(times))
    assert km.survival(1e9) == 0


def test_median_is_the_lower_one_when_the_curve_is_flat_at_one_half() -> None:
    """The least time at which half have ended, in spite of the last bit."""
    km = KaplanMeier.of(range(1, 11), [True] * 10)
    assert km.quantile(0.5) == 5
    assert [km.quantile(p / 10) for p in range(1, 10)] == list(range(1, 10))


def test_survival_is_unknown_when_nobody_was_watched_so_long() -> None:
    """35 weeks was the longest; beyond it there is no curve, and no interval."""
    assert SIX_MP.survival(35) == pytest.approx(0.4482, abs=1e-4)
    assert SIX_MP.survival(36) is None
    assert SIX_MP.interval(36).low is None


def test_end_comes_first_when_another_drops_out_at_the_same_time() -> None:
    """Who is censored at 3 was still at risk at 3."""
    assert KaplanMeier.of([3, 3], [True, False]).survival(3) == 0.5


def test_restricted_mean_is_the_mean_when_nothing_is_censored() -> None:
    """Longer ones count as the limit, and the variance is that of a mean."""
    times = [1, 2, 2, 5, 9, 12, 30]
    cut = [min(time, 10) for time in times]
    mean, interval = KaplanMeier.of(times, [True] * 7).restricted_mean(10)
    assert mean == pytest.approx(fmean(cut))
    half = 1.959964 * (pvariance(cut) / 7) ** 0.5
    assert interval.low == pytest.approx(fmean(cut) - half, abs=1e-5)


def test_restricted_mean_is_the_whole_mean_when_all_ended_before_the_limit() -> None:
    """The limit cuts nobody."""
    mean, interval = KaplanMeier.of([1, 2], [True, True]).restricted_mean(10)
    assert mean == 1.5
    assert interval.contains(1.5)


def test_restricted_mean_is_refused_when_beyond_what_was_watched() -> None:
    """The message says how far one may go."""
    with pytest.raises(InvalidValue, match="up to 35"):
        SIX_MP.restricted_mean(40)


def test_remaining_is_the_quantile_of_the_survivors_when_nothing_is_censored() -> None:
    """Of those that took longer than 10 (11 to 20), half have ended by 15."""
    km = KaplanMeier.of(range(1, 21), [True] * 20)
    assert km.remaining(0.5, 10) == 15
    assert km.remaining(0.5, 0) == km.quantile(0.5) == 10
    assert km.remaining(0.5, 20) is None


def test_median_is_honest_when_the_log_is_cut_in_the_middle() -> None:
    """Ten thousand exponential durations seen at one instant: the naive median is far too low."""
    rng = random.Random(11)
    starts = [rng.uniform(0, 60) for _ in range(10_000)]
    lasts = [rng.expovariate(1 / 50) for _ in starts]
    seen = [min(last, 60 - start) for start, last in zip(starts, lasts, strict=True)]
    ended = [last <= 60 - start for start, last in zip(starts, lasts, strict=True)]
    naive = median(time for time, done in zip(seen, ended, strict=True) if done)
    km = KaplanMeier.of(seen, ended)
    truth = 34.657  # 50 ln 2
    assert naive < truth / 2
    assert km.quantile(0.5) == pytest.approx(truth, rel=0.05)
    assert km.quantile_interval(0.5, level=0.999).contains(truth)
    assert km.ended == sum(ended)


def test_interval_keeps_its_level_when_drawn_many_times() -> None:
    """Of 400 censored samples of 40, the interval holds the true share in 92 to 98 %."""
    rng = random.Random(5)
    held = 0
    for _ in range(400):
        lasts = [(rng.expovariate(1), rng.expovariate(0.5)) for _ in range(40)]
        km = KaplanMeier.of([min(two) for two in lasts], [a <= b for a, b in lasts])
        held += km.interval(0.7).contains(0.4965853)  # exp(-0.7)
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    ("times", "ended"),
    [((-1.0,), (True,)), ((1.0, 2.0), (True,)), ((), ()), ((float("nan"),), (True,))],
)
def test_estimate_is_refused_when_its_cases_are_impossible(
    times: tuple[float, ...], ended: tuple[bool, ...]
) -> None:
    """Negative, unequal in number, none, not a number."""
    with pytest.raises(InvalidValue):
        KaplanMeier.of(times, ended)


def test_upper_end_stays_when_the_curve_comes_to_zero() -> None:
    """All have ended, which does not prove that all always will."""
    km = KaplanMeier.of([1, 2, 3], [True] * 3)
    assert km.interval(3).high == km.interval(2).high
    assert km.interval(3).low == 0


@pytest.mark.parametrize(("count", "exact"), [(400, 0.00917980), (59, 0.0606089), (10, 0.308497)])
def test_upper_end_is_exact_when_all_end_at_one_time(count: int, exact: float) -> None:
    """Clopper and Pearson of none of so many: 1 - 0.025 ** (1 / n)."""
    km = KaplanMeier.of([8] * count, [True] * count)
    assert km.interval(8).high == pytest.approx(exact, rel=1e-5)
    assert km.quantile_interval(0.5).high == 8


def test_upper_end_keeps_what_was_known_when_the_last_end_together() -> None:
    """Half are left of 80, and all of these end together: never more than Greenwood said before."""
    km = KaplanMeier.of([1] * 40 + [2] * 40, [True] * 80)
    before, after = km.interval(1).high, km.interval(2).high
    assert before is not None
    assert after == pytest.approx(before * (1 - 0.025 ** (1 / 40)))


def test_interval_is_refused_when_its_kind_is_unknown() -> None:
    """There are two."""
    with pytest.raises(InvalidValue, match="log-log"):
        SIX_MP.interval(10, kind="exact")  # type: ignore[arg-type]


@pytest.mark.parametrize("times", [[5.0], [5.0, 5.0], [20.0]])
def test_restricted_mean_has_no_interval_when_no_two_cases_differ(times: list[float]) -> None:
    """One ticket of five hours does not say that the next takes five hours."""
    mean, interval = KaplanMeier.of(times, [True] * len(times)).restricted_mean(10)
    assert mean == min(times[0], 10)
    assert interval.ends == (-inf, inf)


def test_counted_durations_give_the_same_curve_when_they_come_in_parts() -> None:
    """A row of the table tells many cases; rows of one duration may be apart."""
    rows = [(float(time), 1, 0) if place < 9 else (time, 0, 1) for place, time in enumerate(TIMES)]
    assert KaplanMeier.of_counts(rows) == SIX_MP
    assert KaplanMeier.of_counts([(6, 3, 0), (6, 0, 1), (9, 0, 0)]).count == 4


@pytest.mark.parametrize("row", [(-1, 1, 0), (1, -1, 0), (1, 1, True), (inf, 1, 0)])
def test_counted_durations_are_refused_when_they_cannot_be(row: tuple[float, int, int]) -> None:
    """A time below zero, counts that are none, a time without end; and no cases at all."""
    with pytest.raises(InvalidValue):
        KaplanMeier.of_counts([row])
    with pytest.raises(InvalidValue, match="no cases"):
        KaplanMeier.of_counts([(1, 0, 0)])
