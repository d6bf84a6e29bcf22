"""Promises of eight weeks of the UCI log, made each fourth morning (laws D6, M4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.promises import BEGIN, LOG, LOG_END, mornings, past_cases
from itsm_core.metrics import Trial, promise_trials, realised
from tests.golden.field import ABSENT
from tests.golden.uci_log import resolved_tickets

pytestmark = pytest.mark.skipif(not LOG.exists(), reason=ABSENT)


@pytest.fixture(scope="module")
def trials() -> tuple[Trial, ...]:
    """Return the promises from 4 April 2016 on."""
    days = mornings(5, 13, every=96.0)
    return promise_trials(past_cases(), days, seen_at=LOG_END, ages=(0.0, 72.0))


def test_cases_are_those_of_the_published_facts_when_read() -> None:
    """Opened and resolved as the other reader of the log has them."""
    mine = sorted(
        (round(each.began, 6), round(each.watched_until - each.began, 6)) for each in past_cases()
    )
    theirs = sorted(
        (round((each.opened_at - BEGIN) / timedelta(hours=1), 6), round(each.hours, 6))
        for each in resolved_tickets()
    )
    assert mine == theirs


def test_promises_come_true_within_three_points_when_all_are_counted(
    trials: tuple[Trial, ...],
) -> None:
    """At intake and for tickets that are open for three days: some 13,500 and 3,800 of them."""
    for line in realised(trials):
        assert line.coverage.miss_points is not None
        assert abs(line.coverage.miss_points) <= 3, line


def test_no_large_group_is_off_when_each_is_counted(trials: tuple[Trial, ...]) -> None:
    """None with 300 promises by more than three points and more than its weeks differ."""
    intake = [trial for trial in trials if not trial.age]
    lines = [*realised(intake, level=0, least=300), *realised(intake, level=1, least=300)]
    assert len(lines) > 15
    assert [line for line in lines if line.is_off()] == []
