"""Targets proposed from measured load, and tried on later weeks (laws D6, M3)."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import PastCase, propose_target, target_trials

HUNDREDS = [PastCase(began=n % 168, ended=n % 168 + 1 + n % 100) for n in range(1_000)]
"""A thousand cases of one week, of which each hundredth takes 1, 2 ... 100 hours."""
MONDAYS = [168.0 * number for number in range(4, 9)]


def week(number: int, count: int, mean: float, rng: random.Random) -> list[PastCase]:
    """Return the cases of a week."""
    found: list[PastCase] = []
    for _ in range(count):
        began = 168 * number + rng.uniform(0, 168)
        found.append(PastCase(began=began, ended=began + rng.expovariate(1 / mean)))
    return found


def test_target_is_the_tightest_that_was_kept_when_proposed() -> None:
    """95 of 100 end within 95 hours; to be sure of it takes the next one."""
    told = propose_target(HUNDREDS, [200, 50, 95, 98, 94], since=0, as_of=400)
    assert (told.target, told.safe_target, told.by) == (95, 98, 95)
    assert (told.cases, told.ended, told.why) == (1_000, 1_000, "")
    assert told.interval.low is not None
    assert told.interval.high is not None
    assert told.interval.low < 95 < told.interval.high


def test_target_is_safe_when_all_cases_took_the_same_time() -> None:
    """400 of 400 kept: at most 0.92 % are late, by the exact interval; 100 of 100 leave 3.6 %."""
    alike = [PastCase(began=float(n), ended=n + 8.0) for n in range(400)]
    told = propose_target(alike, [4, 8, 12], since=0, as_of=500)
    assert (told.target, told.safe_target) == (8, 8)
    strict = propose_target(alike[:100], [8, 12], since=0, as_of=500, kept_ratio=0.97)
    assert (strict.target, strict.safe_target) == (8, None)


def test_target_is_none_when_no_candidate_was_kept() -> None:
    """Then say so, and by when it was: 95."""
    told = propose_target(HUNDREDS, [4, 8], since=0, as_of=400)
    assert (told.target, told.safe_target, told.by) == (None, None, 95)
    assert told.why == "none of the targets was kept by 95%"


def test_target_is_none_when_there_are_too_few_cases() -> None:
    """59 for 95 %; with 58 the longest may lie below."""
    told = propose_target(HUNDREDS[:58], [100], since=0, as_of=400)
    assert (told.target, told.why) == (None, "58 cases; 95% takes 59")
    assert propose_target(HUNDREDS[:59], [100], since=0, as_of=400).target == 100


def test_open_cases_are_censored_when_a_target_is_proposed() -> None:
    """Seen after 60 hours, nobody knows yet what 95 % will take; later it is known."""
    early = [PastCase(began=0.0, ended=1.0 + n) for n in range(100)]
    assert propose_target(early, [60, 100], since=0, as_of=60).target is None
    assert propose_target(early, [60, 100], since=0, as_of=400).target == 100


def test_load_is_told_when_a_target_is_proposed() -> None:
    """Weeks back from the instant: 3 came in the last, 70 in the one before."""
    cases = [PastCase(began=float(n), ended=n + 1.0) for n in range(70)]
    cases += [PastCase(began=200.0 + n, ended=202.0 + n) for n in range(3)]
    assert propose_target(cases, [4], since=0, as_of=336).arrivals == (3, 70)


def test_targets_are_kept_when_later_weeks_are_like_earlier_ones() -> None:
    """The safe one by 95 % of the later cases at least, the bare one by about 95 %."""
    rng = random.Random(4)
    cases = [case for number in range(8) for case in week(number, 400, 20, rng)]
    hours = [float(each) for each in range(30, 120)]
    for safe, least, most in ((True, 0.95, 0.98), (False, 0.925, 0.97)):
        trials = target_trials(cases, MONDAYS, hours, history=672, seen_at=9_000, safe=safe)
        shares = [trial.kept.kept_ratio or 0.0 for trial in trials if trial.kept is not None]
        assert len(shares) == 4
        assert least <= fmean(shares) <= most
        assert [trial.is_new_load for trial in trials] == [False] * 4


def test_targets_are_broken_when_the_load_grows_beyond_the_measured() -> None:
    """Twice the tickets, three times the time: the trial shows the loss, and that load is new."""
    rng = random.Random(4)
    cases = [case for number in range(4) for case in week(number, 300, 20, rng)]
    cases += week(4, 600, 60, rng)
    (trial,) = target_trials(cases, MONDAYS[:2], [48, 72, 96], history=672, seen_at=9_000)
    assert trial.target == 72
    assert trial.is_new_load
    assert trial.arrivals == 600
    assert trial.kept is not None
    assert trial.kept.kept_ratio is not None
    assert trial.kept.kept_ratio < 0.8


def test_nothing_is_tried_when_nothing_is_proposed() -> None:
    """An empty history proposes nothing, so that nothing was kept or broken."""
    (trial,) = target_trials(HUNDREDS, [0, 168], [8], history=168, seen_at=900)
    assert (trial.target, trial.kept, trial.arrivals) == (None, None, 1_000)


def test_trial_of_targets_is_refused_when_its_instants_make_no_sense() -> None:
    """As for promises; a history of nothing, too."""
    with pytest.raises(InvalidValue, match="do not rise"):
        target_trials(HUNDREDS, [5, 5], [8], history=168, seen_at=900)
    with pytest.raises(InvalidValue, match="before they are set"):
        target_trials(HUNDREDS, [5, 6], [8], history=168, seen_at=5)
    with pytest.raises(InvalidValue, match="a history"):
        target_trials(HUNDREDS, [5, 6], [8], history=0, seen_at=900)
    with pytest.raises(InvalidValue, match="an instant"):
        propose_target(HUNDREDS, [8], since=5, as_of=5)
    with pytest.raises(InvalidValue, match="no targets"):
        propose_target(HUNDREDS, [], since=0, as_of=400)


def test_proposal_is_refused_when_its_units_differ() -> None:
    """Instants in microseconds and a period of 168 are ten thousand million weeks."""
    cases = [PastCase(began=1.7e15 + n, ended=1.7e15 + n + 8) for n in range(100)]
    with pytest.raises(InvalidValue, match="one unit"):
        propose_target(cases, [8], since=0, as_of=1.8e15)
