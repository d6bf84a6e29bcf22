"""Promises tried in time order, and how often they came true (law D6)."""

from __future__ import annotations

import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import PastCase, Promised, Trial, promise_trials, realised

DAYS = [168.0 + 48 * number for number in range(11)]


def desk(number: int = 3_000, *, seed: int = 1, faster: float = 1.0) -> list[PastCase]:
    """Return cases over four weeks of two kinds, one of which takes four times as long."""
    rng, found = random.Random(seed), list[PastCase]()
    for _ in range(number):
        began = rng.uniform(0, 672)
        slow = rng.random() < 0.3
        mean = (40 if slow else 10) * faster ** (began / 168)
        ended = began + rng.weibullvariate(mean, 0.8)
        found.append(PastCase(began=began, ended=ended, kinds=("slow" if slow else "quick",)))
    return found


def told(ratio: float, by: float | None, duration: float, *, at: float, kind: str = "a") -> Trial:
    """Return a promise that was made and what came of it."""
    outcome = Promised(by=by, duration=duration, has_ended=True)
    return Trial(made_at=at, kinds=(kind,), ratio=ratio, outcome=outcome)


def test_promises_come_true_as_often_as_they_say_when_tried_on_three_weeks() -> None:
    """At intake and at an age, for all and for each kind: within three points."""
    trials = promise_trials(desk(4_000), DAYS, seen_at=9_000, ages=(0.0, 12.0))
    for level in (None, 0):
        for line in realised(trials, level=level, least=700):
            assert line.coverage.miss_points is not None
            assert abs(line.coverage.miss_points) < 3, line


def test_kinds_are_far_off_when_they_are_not_told_apart() -> None:
    """What is right for all is wrong for each: the check can fail."""
    blind = [PastCase(began=each.began, ended=each.ended) for each in desk()]
    slow = {each.began for each in desk() if each.kinds == ("slow",)}
    trials = promise_trials(blind, DAYS, seen_at=9_000, ratios=(0.8,))
    (every,) = realised(trials)
    (of_slow,) = realised([each for each in trials if each.made_at in slow])
    assert every.coverage.miss_points is not None
    assert abs(every.coverage.miss_points) < 3
    assert of_slow.coverage.miss_points is not None
    assert of_slow.coverage.miss_points < -15
    assert of_slow.is_off()


def test_promises_follow_when_the_desk_gets_faster() -> None:
    """A third faster each week: a promise from four weeks would be far too careful."""
    trials = promise_trials(desk(faster=0.7), DAYS, seen_at=9_000, ratios=(0.5, 0.9))
    for line in realised(trials):
        assert line.coverage.miss_points is not None
        assert 0 < line.coverage.miss_points < 6


def test_case_is_promised_at_an_age_when_it_is_open_then() -> None:
    """One that ended at 5 is told nothing at the age of 6, and the last instant makes none."""
    history = [PastCase(began=n / 10, ended=n / 10 + 8) for n in range(1_000)]
    cases = [*history, PastCase(began=110, ended=115), PastCase(began=111, ended=119)]
    trials = promise_trials(cases, [110, 120, 130], seen_at=200, ratios=(0.5,), ages=(0.0, 6.0))
    assert [(each.made_at, each.age, each.outcome.duration) for each in trials] == [
        (110, 0, 5),
        (111, 0, 8),
        (117, 6, 8),
    ]


def test_outcome_is_open_when_it_is_judged_before_the_end() -> None:
    """As everywhere, what is seen is seen at an instant."""
    history = [PastCase(began=n / 10, ended=n / 10 + 8) for n in range(1_000)]
    (trial,) = promise_trials(
        [*history, PastCase(began=110, ended=150)], [109, 120], seen_at=125, ratios=(0.5,)
    )
    assert (trial.outcome.duration, trial.outcome.has_ended) == (15, False)


def test_realised_counts_by_kind_and_share_when_asked() -> None:
    """By hand: of kind a one of two was kept, of b all; withheld promises are not kept ones."""
    trials = [
        told(0.5, 10, 9, at=1),
        told(0.5, 10, 11, at=200),
        told(0.5, 10, 1, at=2, kind="b"),
        told(0.9, None, 1, at=3, kind="b"),
    ]
    lines = realised(trials, level=0)
    assert [(each.name, each.ratio, each.coverage.kept_ratio) for each in lines] == [
        ("a", 0.5, 0.5),
        ("b", 0.5, 1.0),
    ]
    assert [(each.name, each.coverage.promised) for each in realised(trials)] == [("all", 3)]
    assert realised(trials, level=1) == ()
    assert realised(trials, level=0, least=2)[0].name == "a"


def test_interval_is_that_of_the_weeks_when_they_differ() -> None:
    """All kept in one week and none in the next: 400 cases tell no more than two weeks do."""
    trials = [told(0.8, 10, 9 if n < 200 else 11, at=1 if n < 200 else 200) for n in range(400)]
    (line,) = realised(trials)
    assert (line.coverage.kept_ratio, line.periods) == (0.5, 2)
    assert (line.interval.low, line.interval.high) == (0, 1)
    assert not line.is_off()
    (one,) = realised(trials[:200])
    assert one.is_off() is False
    assert one.interval.low is None


def test_line_is_off_when_nothing_came_of_it_or_all_weeks_agree() -> None:
    """Every week keeps half of what was promised to eight of ten."""
    trials = [told(0.8, 10, 9 + 2 * (n % 2), at=168.0 * (n // 100)) for n in range(800)]
    assert realised(trials)[0].is_off()
    assert realised([told(0.8, None, 1, at=1)], least=0)[0].is_off()


def test_line_is_not_off_when_a_few_weeks_of_one_promise_agree() -> None:
    """Two of two kept say nothing against 80 %; a thousand of a thousand do."""
    (few,) = realised([told(0.8, 10, 5, at=at) for at in (0, 200)])
    (many,) = realised([told(0.8, 10, 5 + at % 4, at=at) for at in range(1_000)])
    assert (few.coverage.kept_ratio, few.is_off()) == (1, False)
    assert (many.coverage.kept_ratio, many.is_off()) == (1, True)


def test_trial_is_refused_when_its_instants_make_no_sense() -> None:
    """One instant, instants that do not rise, a judgement before the last of them."""
    for instants, seen_at in (([1.0], 9.0), ([2.0, 1.0], 9.0), ([1.0, 1.0], 9.0)):
        with pytest.raises(InvalidValue, match="do not rise"):
            promise_trials([], instants, seen_at=seen_at)
    with pytest.raises(InvalidValue, match="before they are made"):
        promise_trials([], [1.0, 2.0], seen_at=1.5)
    with pytest.raises(InvalidValue, match="level"):
        realised([], level=-1)
    with pytest.raises(InvalidValue, match="period"):
        realised([], period=0)
