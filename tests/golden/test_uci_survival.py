"""Facts of the UCI incident log that open tickets distort (laws M2, M4, D6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Final, cast

import pytest

from itsm_core.metrics import KaplanMeier, Mean, quantile
from tests.golden.field import ABSENT, Record, load, record
from tests.golden.uci_log import LOG, resolved_tickets

pytestmark = pytest.mark.skipif(not LOG.exists(), reason=ABSENT)

WEEK: Final = timedelta(days=7)


def facts() -> Record:
    """Return the published facts."""
    told = load("uci_log_facts.json")
    return record(record(told)["facts"]) if told is not None else {}


def snapshots() -> list[Record]:
    """Return the facts about the tickets of 14 days, as seen at their end."""
    return cast("list[Record]", facts().get("snapshots_14d_cohort", []))


@pytest.mark.parametrize("fact", snapshots(), ids=lambda fact: str(fact["at"]))
def test_honest_median_is_near_the_later_truth_when_the_naive_one_is_not(fact: Record) -> None:
    """Tickets of two weeks, as they looked on that day and as they turned out."""
    at = datetime.fromisoformat(str(fact["at"]))
    cohort = [t for t in resolved_tickets() if at - 2 * WEEK < t.opened_at <= at]
    seen = [ticket.seen(at) for ticket in cohort]
    km = KaplanMeier.of((time for time, _ in seen), (ended for _, ended in seen))
    naive = [time for time, ended in seen if ended]
    truth = [ticket.hours for ticket in cohort]
    late = km.survival(24)
    assert late is not None
    assert (len(cohort), km.count - km.ended) == (fact["n"], fact["open"])
    found = {
        "naive_mean_h": fmean(naive),
        "true_mean_h": fmean(truth),
        "naive_median_h": median(naive),
        "km_median_h": km.quantile(0.5),
        "true_median_h": median(truth),
        "p24_naive": sum(time <= 24 for time in naive) / len(naive),
        "p24_km": 1 - late,
        "p24_true": sum(time <= 24 for time in truth) / len(truth),
    }
    published = {name: fact[name] for name in found}
    assert found == pytest.approx(published, abs=0.006)


def test_times_to_resolve_are_the_published_ones_when_pooled() -> None:
    """The mean is eight times the median: 21 % of tickets take longer than it."""
    hours = [ticket.hours for ticket in resolved_tickets()]
    mean = Mean.of(hours).value
    assert mean is not None
    found = {
        "mean": mean,
        "median": quantile(hours, 0.5),
        "p90_type7": quantile(hours, 0.9),
        "share_above_mean": sum(hour > mean for hour in hours) / len(hours),
    }
    assert found == pytest.approx(record(facts()["mttr_h"]), rel=1e-3)


def test_promises_come_true_as_published_when_made_each_monday() -> None:
    """History of 28 days, promises for the tickets of the next week, eight weeks."""
    mondays = [datetime(2016, 4, 4) + number * WEEK for number in range(8)]  # noqa: DTZ001
    kept, told = dict.fromkeys(("P50", "P80", "P90"), 0), 0
    for monday in mondays:
        past = [
            t.seen(monday) for t in resolved_tickets() if monday - 4 * WEEK <= t.opened_at < monday
        ]
        km = KaplanMeier.of((time for time, _ in past), (ended for _, ended in past))
        coming = [t for t in resolved_tickets() if monday <= t.opened_at < monday + WEEK]
        told += len(coming)
        for name in kept:
            by = km.quantile(int(name[1:]) / 100)
            assert by is not None
            kept[name] += sum(ticket.hours <= by for ticket in coming)
    published = record(facts()["promise_coverage"])
    wanted = {name: record(published[name])["kaplan_meier"] for name in kept}
    assert {name: each / told for name, each in kept.items()} == pytest.approx(wanted, abs=6e-5)
