"""Measuring: all at once, and week by week at one age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import METRICS, CaseLog, Cost, Window, measure, measure_all, weekly
from itsm_core.money import Money, Rates
from tests.unit.metrics._definitions.stories import at, log_of, resolved, story
from tests.unit.metrics._definitions.test_contacts import call

WEEK = 168.0


def test_every_metric_has_a_result_when_all_are_measured() -> None:
    """By its name; left out is what nobody can tell: costs without a price, contacts of none."""
    log, window = log_of(story("T1", resolved(1)), story("T2"))
    told = measure_all(log, window)
    missing = set(METRICS) - set(told)
    assert missing == {
        name
        for name, metric in METRICS.items()
        if isinstance(metric.measure, Cost) or name.startswith("contact-") or "contacts-" in name
    } - {"contacts-received"}
    assert all(result.metric is METRICS[name] for name, result in told.items())
    with_contacts = CaseLog.of([story("T1")], contacts=[call(0)])
    rates = Rates(hourly=Money(100, "EUR"))
    assert set(measure_all(with_contacts, window, rates=rates)) == set(METRICS)


def test_result_is_json_ready_when_it_is_of_any_metric() -> None:
    """No NaN, no infinity, nothing that JSON has not."""
    log, window = log_of(story("T1", resolved(1)), story("T2"))
    for result in measure_all(log, window).values():
        assert result.dumps().startswith('{"metric"')


def test_weeks_are_seen_at_one_age_when_they_are_compared() -> None:
    """Every ticket takes 30 hours. Seen now, this week looks bad; a day after its end none does."""
    tickets = [
        story(f"{week}-{day}", resolved(opened + 30), opened=opened)
        for week in range(4)
        for day, opened in ((each, week * WEEK + each * 24 - 8) for each in range(7))
    ]
    log = CaseLog.of(tickets)
    window = Window(start_at=at(-9), end_at=at(4 * WEEK - 9), seen_at=at(4 * WEEK - 4))
    metric = METRICS["resolution-rate-7d"]
    told = weekly(log, metric, window, follow_up=timedelta(days=2))
    assert [result.honest.value for result in told] == [1, 1, 1]
    assert [result.population.open for result in told] == [0, 0, 0]
    early = weekly(log, metric, window)
    assert [result.population.open for result in early] == [1, 1, 1, 1]
    assert measure(log, metric, window).population.open == 1


def test_weeks_are_refused_when_seen_before_they_end() -> None:
    """A follow-up is a look from later on."""
    log, window = log_of(story("T1"))
    with pytest.raises(InvalidValue, match="no way back"):
        weekly(log, METRICS["backlog-count"], window, follow_up=timedelta(days=-1))
