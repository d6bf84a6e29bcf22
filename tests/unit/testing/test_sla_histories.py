"""Random histories: late, told twice, out of order, in the words of an agreement."""

from __future__ import annotations

import random
from datetime import timedelta

from itsm_core.calendars import ALWAYS
from itsm_core.conditions import field
from itsm_core.events import EVENT_TYPES, TicketEvent, TicketOpened, in_order
from itsm_core.ids import AgreementId
from itsm_core.sla import ClockRules, PauseLimit, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.testing.sla_histories import (
    Mix,
    leaves_of,
    mix_of,
    random_history,
    random_offset,
    random_start,
)


def history(number: int) -> tuple[TicketEvent, ...]:
    """Return a history of a fixed run."""
    rng = random.Random(f"history:{number}")
    return random_history(rng, Mix(), random_start(rng, "Europe/Berlin"))


def test_histories_have_one_opening_and_every_kind_of_event() -> None:
    """Except what no clock reads, and an agreement by hand, which no single one can judge."""
    kinds = set[type[TicketEvent]]()
    for number in range(300):
        told = history(number)
        assert sum(isinstance(event, TicketOpened) for event in in_order(told)) == 1
        kinds |= {type(event) for event in told}
    unread = {"ApprovalGiven", "NudgeSent", "ContactRedirected", "TicketInformed", "TicketLinked"}
    unread |= {"TicketUnlinked", "TicketMerged", "TicketSplit", "TicketMigrated"}
    unread |= {"EscalationAskedFor", "EscalationAcknowledged", "EscalationStepTaken"}
    unread |= {"EscalationStepPassed", "CommitmentHandedOver", "MajorIncidentProposed"}
    unread |= {"KnowledgeOffered", "KnowledgeUsed", "QuestionAsked", "QuestionAnswered"}
    unread |= {"FeedbackAsked", "FeedbackGiven", "ReasonRecorded"}
    unread |= {"MajorIncidentAccepted", "MajorIncidentRejected", "MajorIncidentDemoted"}
    unread |= {"ContactRecorded"}
    missing = {kind.__name__ for kind in set(EVENT_TYPES) - kinds}
    assert missing == {"AgreementAssigned"} | unread


def test_histories_are_late_repeated_and_out_of_order() -> None:
    """All that law S14 speaks of."""
    told = [history(number) for number in range(100)]
    assert any(len(in_order(one)) < len(one) for one in told)
    assert any(in_order(one)[: len(one)] != one for one in told)
    assert any(event.recorded_us > event.occurred_us for one in told for event in one)
    opened = [(one, next(e for e in one if isinstance(e, TicketOpened))) for one in told]
    assert any(event.occurred_us < first.occurred_us for one, first in opened for event in one)


def test_mix_takes_its_words_from_the_agreement() -> None:
    """Goals, pauses, limits and rules."""
    rules = ClockRules(
        start=field("group").is_("sap") & ~field("service").is_("mail"),
        stop=field("category").is_("resolved") | field("hold_reason").is_("vendor"),
    )
    target = ServiceLevelTarget(
        metric="ola",
        rules=rules,
        goals={"high": timedelta(hours=1), "*": timedelta(hours=2)},
        pause_on={"lunch"},
        pause_limits=[PauseLimit(reason="parcel", budget=timedelta(hours=1))],
    )
    commitment = ServiceLevelTarget(metric="commitment")
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("a"), calendar=ALWAYS, targets=[target, commitment]
    )
    mix = mix_of(agreement)
    assert mix.priorities == ("high", "unlisted")
    assert set(mix.reasons) == {"vendor", "lunch", "parcel", "awaiting_requester"}
    assert mix.groups == ("sap", "desk")
    assert mix.clocks == ("ola", "commitment")
    assert mix.services == ("mail", "mail")


def test_leaves_of_finds_every_test() -> None:
    """Also below a not."""
    rule = field("group").is_("a") & ~(field("service").is_("b") | field("channel").is_("c"))
    assert [test.field for test in leaves_of(rule)] == ["group", "service", "channel"]


def test_offsets_lie_within_a_week() -> None:
    """None is negative."""
    rng = random.Random(1)
    assert all(timedelta(0) <= random_offset(rng) < timedelta(days=7) for _ in range(200))
