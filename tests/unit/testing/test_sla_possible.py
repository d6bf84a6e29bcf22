"""Rules that no ticket can make true are found, and no others are."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.conditions import Predicate, all_of, any_of, field
from itsm_core.ids import AgreementId
from itsm_core.sla import METRICS, ClockRules, ServiceLevelAgreement, ServiceLevelTarget, held_by
from itsm_core.testing.sla_cases import random_agreement
from itsm_core.testing.sla_possible import impossible_rules

OPENED = field("event").is_("TicketOpened")


def promise(rules: ClockRules) -> ServiceLevelAgreement:
    """Return an agreement with one target of these rules."""
    target = ServiceLevelTarget(metric="resolution", rules=rules, goals=timedelta(hours=1))
    return ServiceLevelAgreement(agreement_id=AgreementId("a"), calendar=ALWAYS, targets=[target])


@pytest.mark.parametrize(
    "stop",
    [
        field("event").is_("TicketSolved"),
        field("hold_reason").is_("vendor") & field("category").is_("resolved"),
        field("event").is_("TicketClosed") & field("category").is_("active"),
        field("answered").is_(True) & field("answered").is_(False),
        any_of(),
        all_of(field("group").is_("a"), field("group").is_("b")),
        field("reopen_count").is_below(0),
    ],
)
def test_rule_that_never_holds_is_found(stop: Predicate) -> None:
    """A misspelt event, facts that exclude each other, an empty choice."""
    (sentence,) = impossible_rules(promise(ClockRules(start=OPENED, stop=stop)))
    assert sentence.startswith("resolution: it can never stop")


def test_start_is_looked_at_too() -> None:
    """A clock that never starts promises nothing."""
    rules = ClockRules(start=field("event").is_("Opened"), stop=field("answered").is_(True))
    (sentence,) = impossible_rules(promise(rules))
    assert "never start" in sentence


@pytest.mark.parametrize("rules", [*METRICS.values(), held_by("a", "b")])
def test_rules_of_the_metrics_are_possible(rules: ClockRules) -> None:
    """Nothing is said about them."""
    assert list(impossible_rules(promise(rules))) == []


def test_random_agreements_and_commitments_are_possible() -> None:
    """Their predicates were chosen to be."""
    for number in range(100):
        agreement, _ = random_agreement(random.Random(number))
        assert list(impossible_rules(agreement)) == []


def test_too_many_combinations_are_taken_as_possible() -> None:
    """Nothing is claimed that was not tried."""
    names = ("group", "service", "channel", "assignee", "requester", "ticket_type")
    many = all_of(*(field(name).is_in(*map(str, range(8))) for name in names))
    rules = ClockRules(start=OPENED, stop=many & field("event").is_("Nothing"))
    assert list(impossible_rules(promise(rules))) == []
