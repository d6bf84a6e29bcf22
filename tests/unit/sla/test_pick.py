"""Choosing one agreement of a kind, with every candidate's reason (law S11)."""

from __future__ import annotations

import pytest

from itsm_core.conditions import field
from itsm_core.errors import AmbiguousAgreement, NotFound
from itsm_core.events import (
    EVENT_TYPES,
    AgreementAssigned,
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.sla import (
    AgreementCatalogue,
)
from itsm_core.sla._pick import Bench
from tests.unit.sla.sample import (
    DESK,
    GOLD,
    P1,
    SILVER,
    agreement,
    at,
)


class TestSelection:
    """S11: every candidate ranked, with the reason why it won or lost."""

    def test_highest_precedence_holds(self) -> None:
        """Both apply."""
        chosen = DESK.select(P1, at(9))["sla"]
        assert chosen.chosen is GOLD
        assert [each.agreement for each in chosen.candidates] == [GOLD, SILVER]
        assert chosen.candidates[0].reason == "it applies, with the highest precedence (10)"
        assert chosen.candidates[1].reason == (
            "it applies, but its precedence 0 is lower than 10 of 'gold' version 1"
        )

    def test_condition_that_is_false_shows_its_tree(self) -> None:
        """With the value that was seen."""
        loser = DESK.select({"priority": "P3", "service": "mail"}, at(9))["sla"].candidates[1]
        assert loser.reason == "its condition does not hold"
        assert str(loser.explanation) == "no: priority is P1 (seen: P3)"

    def test_no_agreement_is_an_answer_with_its_reason(self) -> None:
        """A legal one."""
        found = DESK.select(P1, at(9))["ola"]
        assert found.chosen is None
        assert found.reason == "no ola applies: 'network' is only for service is network"

    def test_version_that_is_not_in_force_says_when_it_is(self) -> None:
        """From its start, up to before its end."""
        catalogue = AgreementCatalogue(agreements=(agreement("a", valid_until=at(5)),))
        assert catalogue.select(P1, at(4.999))["sla"].chosen is not None
        lost = catalogue.select(P1, at(5))["sla"]
        assert lost.reason == "no sla applies: 'a' is not in force"
        assert lost.candidates[0].reason == ("not in force then, but until 2026-01-05 05:00+00:00")

    def test_choice_by_hand_beats_precedence_and_condition(self) -> None:
        """Somebody knew better."""
        found = DESK.select(P1, at(9), by_hand={"silver": "as agreed by phone"})["sla"]
        assert found.chosen is SILVER
        assert found.reason == "chosen by hand: as agreed by phone"
        assert found.candidates[1].reason == (
            "it applies, but 'silver' version 1 was chosen by hand"
        )

    def test_choice_by_hand_that_is_not_in_force_does_not_hold(self) -> None:
        """It says so; the others go on as before."""
        old = agreement("old", valid_until=at(5))
        catalogue = AgreementCatalogue(agreements=(SILVER, old))
        found = catalogue.select(P1, at(9), by_hand={"old": ""})["sla"]
        assert found.chosen is SILVER
        assert found.candidates[1].reason == (
            "chosen by hand, but not in force then, but until 2026-01-05 05:00+00:00"
        )

    def test_choice_by_hand_of_an_unknown_agreement_is_refused(self) -> None:
        """A slip of typing would else choose nothing, silently."""
        with pytest.raises(NotFound, match="did you mean 'silver'"):
            DESK.select(P1, at(9), by_hand={"sliver": ""})

    def test_long_list_of_reasons_is_cut(self) -> None:
        """Three are named, the rest is counted."""
        many = tuple(agreement(f"a{n}", applies_to=field("priority").is_("P9")) for n in range(5))
        found = AgreementCatalogue(agreements=many).select(P1, at(9))["sla"]
        assert found.reason.endswith("'a2' is only for priority is P9; and 2 more")

    def test_tie_is_refused_and_names_both(self) -> None:
        """With the precedence, and what to do."""
        bronze = agreement("bronze", version=3)
        catalogue = AgreementCatalogue(agreements=(SILVER, bronze))
        with pytest.raises(AmbiguousAgreement) as caught:
            catalogue.select(P1, at(9))
        assert caught.value.candidates == ("'silver' version 1", "'bronze' version 3")
        assert (caught.value.kind, caught.value.precedence) == ("sla", 0)
        assert "give one of them a higher precedence" in str(caught.value)

    def test_tie_below_the_winner_is_none(self) -> None:
        """Nobody has to choose between losers."""
        catalogue = AgreementCatalogue(agreements=(SILVER, agreement("bronze"), GOLD))
        assert catalogue.select(P1, at(9))["sla"].chosen is GOLD


WORK = {
    WorkStarted,
    TicketPutOnHold,
    TicketResumed,
    TicketResolved,
    TicketReopened,
    TicketClosed,
    TicketCancelled,
}
PRIORITY = {PriorityChanged, PriorityOverridden, PriorityOverrideEnded}


class TestStill:
    """Events that cannot change a choice are passed over."""

    @pytest.mark.parametrize(
        ("fact", "value", "moving"),
        [
            ("category", "new", WORK),
            ("hold_reason", "x", WORK),
            ("priority", "x", PRIORITY),
            ("impact", "x", PRIORITY),
            ("urgency", "x", PRIORITY),
            ("service", "x", {TicketReclassified}),
            ("category_name", "x", {TicketReclassified}),
            ("configuration_item_id", "x", {TicketReclassified}),
            ("group", "x", {TicketAssigned}),
            ("assignee", "x", {TicketAssigned}),
            ("requester_is_assignee", True, {TicketAssigned}),
            ("answered", True, {AnswerSent, ContactReceived, TicketResolved}),
            ("awaiting_answer", True, {AnswerSent, ContactReceived, TicketResolved}),
            ("reopen_count", 1, {TicketReopened}),
            ("channel", "x", set()),
            ("ticket_type", "x", set()),
            ("requester", "x", set()),
        ],
    )
    def test_event_is_looked_at_when_it_can_change_what_a_condition_reads(
        self, fact: str, value: str | bool | int, moving: set[type[TicketEvent]]
    ) -> None:
        """And a choice by hand in any case."""
        bench = Bench((agreement("a", applies_to=field(fact).is_(value)),), ("sla",))
        assert set(EVENT_TYPES) - bench.still == moving | {AgreementAssigned}

    def test_event_of_priority_is_looked_at_when_a_version_follows_changes(self) -> None:
        """S13: whatever the conditions read."""
        bench = Bench((agreement("a", version_rule="at_change"),), ("sla",))
        assert set(EVENT_TYPES) - bench.still == PRIORITY | {AgreementAssigned}
