"""Facts of the UCI incident log, measured by the named metrics (laws M1, M4).

The published facts take each incident's last row: opened, resolved, and nothing for those without
a resolve date. Here each becomes a history of events, and a metric of the catalogue is asked.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import fmean
from typing import Final, cast
from zoneinfo import ZoneInfo

import attrs
import pytest

from itsm_core.metrics import (
    METRICS,
    BetaPrior,
    CaseLog,
    Dashboard,
    FirstContact,
    MeanUntil,
    Measure,
    Rate,
    Result,
    ShareWithin,
    TimeUntil,
    Until,
    Window,
    measure,
    quantile,
)
from itsm_core.spans import instant
from tests.golden.field import ABSENT, Record, load, record
from tests.golden.uci_log import LOG, histories, last_rows, resolved_tickets

pytestmark = pytest.mark.skipif(not LOG.exists(), reason=ABSENT)

DAY: Final = timedelta(days=1)
BEGIN, END = datetime(2016, 1, 1, tzinfo=UTC), datetime(2017, 12, 31, tzinfo=UTC)
WHOLE: Final = Window(start_at=BEGIN, end_at=END)

BY_COLUMNS: Final = (
    "tests/integration/test_replay_uci.py: it is about rows and columns of the file, which are no "
    "events, and is recomputed from them on import"
)
NO_EVENT: Final = "the log's own counter of reassignments; most of what it counts is in no row"
HERE: Final = "here"
SURVIVAL: Final = "tests/golden/test_uci_survival.py"
EVIDENCE: Final = "make evidence AREA=desk: it takes the whole import"

WHERE: Final = {
    "events": BY_COLUMNS,
    "incidents": HERE,
    "states": BY_COLUMNS,
    "resolved_at_missing": HERE,
    "mttr_h": HERE,
    "made_sla": BY_COLUMNS,
    "p90_h": HERE,
    "fcr_variants.resolved<=1h": HERE,
    "fcr_variants.same calendar day": HERE,
    "fcr_variants.one group ever & no reopen": EVIDENCE,
    "fcr_variants.first log row already Resolved": BY_COLUMNS,
    "fcr_variants.reassign==0": NO_EVENT,
    "fcr_variants.reassign==0 & reopen==0": NO_EVENT,
    "fcr_variants.reassign==0 & reopen==0 & <=1h": NO_EVENT,
    "fcr_variants.never waited & no reassign & no reopen": NO_EVENT,
    "snapshots_14d_cohort": HERE,
    "reopen.reopen_count>0": BY_COLUMNS,
    "reopen.backward_state_tickets": EVIDENCE,
    "reopen.resolved_at_overwritten_by_reopen_>1h": BY_COLUMNS,
    "reopen.median_shift_h": BY_COLUMNS,
    "day_boundary": HERE,
    "agents": HERE,
    "log_defects": BY_COLUMNS,
    "promise_coverage.P50.kaplan_meier": SURVIVAL,
    "promise_coverage.P80.kaplan_meier": SURVIVAL,
    "promise_coverage.P90.kaplan_meier": SURVIVAL,
    "promise_coverage.P50.resolved_only": HERE,
    "promise_coverage.P80.resolved_only": HERE,
    "promise_coverage.P90.resolved_only": HERE,
    "promise_coverage.promise_equals_mean_of_resolved": HERE,
    "promise_coverage.method": "words",
}
"""Where each published fact comes out, or why it cannot come out of events."""


def facts() -> Record:
    """Return the published facts."""
    told = load("uci_log_facts.json")
    return record(record(told)["facts"]) if told is not None else {}


def snapshots() -> list[Record]:
    """Return the facts about the tickets of 14 days, as seen at their end."""
    return cast("list[Record]", facts().get("snapshots_14d_cohort", []))


@cache
def known() -> CaseLog:
    """Return the log of those incidents whose resolution is known, as the facts count them."""
    return CaseLog.of(history for history in histories() if len(history) > 1)


@cache
def every() -> CaseLog:
    """Return the log of all incidents."""
    return CaseLog.of(histories())


def asked(of: Measure, window: Window, log: CaseLog | None = None) -> Result:
    """Return what the log says to a measure."""
    metric = attrs.evolve(METRICS["resolution-median"], measure=of)
    return measure(log or known(), metric, window)


def value(of: Measure, window: Window) -> float | None:
    """Return the honest figure."""
    return asked(of, window).honest.value


MEDIAN: Final = TimeUntil(until=Until.RESOLVED)
MEAN: Final = MeanUntil(until=Until.RESOLVED, limit=DAY)
DAY_SHARE: Final = ShareWithin(until=Until.RESOLVED, within=DAY)


def test_every_fact_is_accounted_for_when_the_file_is_there() -> None:
    """Each leaf of the file is in the table above once, and the table names nothing else."""

    def leaves(data: Record, path: str = "") -> list[str]:
        found: list[str] = []
        for key, inner in data.items():
            here = f"{path}.{key}" if path else key
            is_known = here in WHERE or not isinstance(inner, dict)
            found += [here] if is_known else leaves(record(inner), here)
        return found

    assert sorted(leaves(facts())) == sorted(WHERE)


@pytest.mark.parametrize("fact", snapshots(), ids=lambda fact: str(fact["at"]))
def test_cohort_of_two_weeks_is_seen_as_published(fact: Record) -> None:
    """Honest beside naive on that day, and the truth when all of it is over."""
    at = datetime.fromisoformat(str(fact["at"])).replace(tzinfo=UTC)
    tick = timedelta.resolution  # the facts leave the first instant out and take the last one in
    seen = Window(start_at=at - 14 * DAY + tick, end_at=at + tick, seen_at=at)
    later = attrs.evolve(seen, seen_at=END)
    median, share = asked(MEDIAN, seen), asked(DAY_SHARE, seen)
    found = {
        "n": median.population.cases,
        "open": median.population.open,
        "naive_mean_h": asked(MEAN, seen).dashboard.value,
        "naive_median_h": median.dashboard.value,
        "km_median_h": median.honest.value,
        "p24_naive": share.dashboard.value,
        "p24_km": share.honest.value,
        "true_mean_h": asked(MEAN, later).dashboard.value,
        "true_median_h": asked(MEDIAN, later).dashboard.value,
        "p24_true": value(DAY_SHARE, later),
    }
    published = {name: fact[name] for name in found}
    assert found == pytest.approx(published, abs=0.006)
    # Of all tickets that ended the two medians are one, but for the middle of two values.
    assert value(MEDIAN, later) == pytest.approx(cast("float", fact["true_median_h"]), rel=0.02)


def test_times_of_the_whole_log_are_as_published() -> None:
    """Mean, median and 90th percentile; how many have no resolve date."""
    mean, median = asked(MEAN, WHOLE), asked(MEDIAN, WHOLE)
    p90 = asked(TimeUntil(until=Until.RESOLVED, share=0.9), WHOLE)
    told = record(facts()["mttr_h"])
    found = (mean.dashboard.value, median.dashboard.value, p90.dashboard.value)
    assert found == pytest.approx((told["mean"], told["median"], told["p90_type7"]), rel=1e-4)
    assert record(facts()["p90_h"])["overall"] == told["p90_type7"]
    assert (len(every()), len(every()) - len(known())) == (
        facts()["incidents"],
        facts()["resolved_at_missing"],
    )


def test_share_above_the_mean_is_as_published() -> None:
    """The mean is a time that four of five do not take."""
    mean = asked(MEAN, WHOLE).dashboard.value
    assert mean is not None
    above = value(ShareWithin(until=Until.RESOLVED, within=timedelta(hours=mean)), WHOLE)
    assert above is not None
    assert 1 - above == pytest.approx(record(facts()["mttr_h"])["share_above_mean"], abs=5e-5)


def test_mean_of_weekly_percentiles_is_the_nonsense_that_was_published() -> None:
    """2,641 hours, where nine of ten take 382 at most: a percentile is not to be averaged."""
    weeks: dict[tuple[int, int], list[float]] = {}
    for ticket in resolved_tickets():
        end = ticket.opened_at + timedelta(hours=ticket.hours)
        weeks.setdefault(end.isocalendar()[:2], []).append(ticket.hours)
    nonsense = fmean(quantile(hours, 0.9) for hours in weeks.values())
    told = record(facts()["p90_h"])["mean_of_weekly_p90_by_resolution_week"]
    assert nonsense == pytest.approx(told, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("resolved<=1h", FirstContact(within=timedelta(hours=1))),
        ("same calendar day", FirstContact(same_day=True)),
    ],
)
def test_first_contact_is_as_published_when_defined_so(name: str, until: FirstContact) -> None:
    """Of all incidents, those without a resolve date being no success."""
    share = ShareWithin(until=until, within=1_000 * DAY, dashboard=Dashboard.SO_FAR)
    told = asked(share, WHOLE, every())
    assert told.dashboard.value == pytest.approx(record(facts()["fcr_variants"])[name], abs=5e-4)
    assert told.population.cases == facts()["incidents"]


def test_day_of_a_ticket_depends_on_the_zone_as_published() -> None:
    """So a window has a zone: up to six of a hundred tickets lie in another day elsewhere."""
    zones = {"-3h": "Etc/GMT+3", "+1h": "Etc/GMT-1", "+5.5h": "Asia/Kolkata"}
    opened = [instant(case.opened_us) for case in every()]
    moved = {
        name: fmean(at.astimezone(ZoneInfo(zone)).date() != at.date() for at in opened)
        for name, zone in zones.items()
    }
    told = record(record(facts()["day_boundary"])["tickets_changing_day"])
    assert moved == pytest.approx(told, abs=5e-5)


def test_best_agents_are_others_when_small_numbers_are_drawn_together() -> None:
    """21 have a perfect share, half of them of one ticket; of the drawn best hardly any is one.

    How many exactly depends on how the prior is fitted, and on which of 21 equal ones is cut off.
    """
    rates: dict[str, Rate] = {}
    for row in last_rows().values():
        if row.resolved_by:
            mine = rates.get(row.resolved_by, Rate(successes=0, trials=0))
            kept = Rate(successes=int(row.kept), trials=1)
            rates[row.resolved_by] = Rate.pooled([mine, kept])
    told = record(facts()["agents"])
    perfect = [rate.trials for rate in rates.values() if rate.ratio == 1]
    assert len(rates) == told["n"]
    assert sum(rate.trials < 10 for rate in rates.values()) == told["n_lt_10"]
    assert len(perfect) == told["raw_100pct"]
    assert quantile(perfect, 0.5) == told["median_n_of_100pct"]
    prior = BetaPrior.fitted(rates.values())
    raw = sorted(rates, key=lambda name: -(rates[name].ratio or 0))[:20]
    drawn = sorted(rates, key=lambda name: -prior.mean(rates[name]))[:20]
    overlap = cast("int", told["top20_overlap_raw_vs_beta_binomial"])
    assert abs(len(set(raw) & set(drawn)) - overlap) <= 1


def test_promises_of_dashboards_are_as_bold_as_published() -> None:
    """From the resolved tickets of 28 days, for those of the next week, eight Mondays."""
    mondays = [datetime(2016, 4, 4) + number * 7 * DAY for number in range(8)]  # noqa: DTZ001
    kept, told = dict.fromkeys(("P50", "P80", "P90", "mean"), 0), 0
    for monday in mondays:
        past = [
            ticket.seen(monday)
            for ticket in resolved_tickets()
            if monday - 28 * DAY <= ticket.opened_at < monday
        ]
        ended = [hours for hours, has_ended in past if has_ended]
        coming = [t for t in resolved_tickets() if monday <= t.opened_at < monday + 7 * DAY]
        told += len(coming)
        for name in kept:
            by = fmean(ended) if name == "mean" else quantile(ended, int(name[1:]) / 100)
            kept[name] += sum(ticket.hours <= by for ticket in coming)
    published = record(facts()["promise_coverage"])
    wanted = {name: record(published[name])["resolved_only"] for name in ("P50", "P80", "P90")}
    wanted["mean"] = published["promise_equals_mean_of_resolved"]
    assert {name: each / told for name, each in kept.items()} == pytest.approx(wanted, abs=5e-4)
