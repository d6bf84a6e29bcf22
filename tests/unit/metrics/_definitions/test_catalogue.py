"""The catalogue: what law M3 names is in it, each under its own name."""

from __future__ import annotations

import pytest

from itsm_core.metrics import METRICS


@pytest.mark.parametrize(
    "name",
    [
        "response-median",
        "resolution-median",
        "first-resolution-median",
        "resolved-within-24h",
        "resolution-rate-7d",
        "fcr-first-group",
        "fcr-same-day",
        "reopened-within-7d",
        "transferred-within-7d",
        "bounced-within-7d",
        "escalated-within-7d",
        "backlog-age-median",
        "tickets-opened",
        "contacts-received",
        "contacts-abandoned",
        "contacts-unofficial",
        "contact-talk-median",
        "contact-hold-p90",
        "contact-handle-median",
        "time-by-group",
        "time-by-person",
        "commitments-kept",
        "cost-per-ticket-7d",
        "cost-so-far",
    ],
)
def test_catalogue_has_what_the_law_names(name: str) -> None:
    """Law M3: contacts, tickets, commitments, bypass, cost."""
    assert METRICS[name].name == name


def test_definitions_differ_when_their_names_do() -> None:
    """Two names for one measure would be two numbers that agree by themselves."""
    told = {(metric.measure, metric.by) for metric in METRICS.values()}
    assert len(told) == len(METRICS)


def test_catalogue_is_not_changed_by_anybody() -> None:
    """A value: whoever wants another metric makes one."""
    with pytest.raises(TypeError):
        METRICS["mine"] = METRICS["backlog-count"]  # type: ignore[index]


def test_every_metric_says_in_one_sentence_why_dashboards_differ() -> None:
    """It begins with them and ends with a full stop."""
    for metric in METRICS.values():
        assert metric.differs.startswith("Dashboards ")
        assert metric.differs.endswith(".")
        assert metric.differs.count(". ") == 0
