"""Choosing one agreement of a kind, with every candidate's reason (law S11)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itsm_core.conditions import Condition, field
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
    FACTS,
    AgreementCatalogue,
)
from itsm_core.sla._pick import Bench, explained, overlap_in_time, versions_of
from itsm_core.spans import micros
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

    def test_candidates_are_ranked_by_what_speaks_for_them(self) -> None:
        """The chosen one, those that apply, those that do not, those not in force: each time the
        highest precedence first, and one after the other from 1.
        """
        never = field("priority").is_("P9")
        desk = AgreementCatalogue(
            agreements=(
                agreement("old", precedence=99, valid_until=at(5)),
                agreement("older", precedence=98, valid_until=at(4)),
                agreement("no", precedence=50, applies_to=never),
                agreement("not", precedence=60, applies_to=never),
                agreement("base"),
                agreement("best", precedence=10),
                agreement("good", precedence=5),
            )
        )
        found = desk.select(P1, at(9))["sla"].candidates
        assert [(each.rank, each.agreement.agreement_id, each.is_chosen) for each in found] == [
            (1, "best", True),
            (2, "good", False),
            (3, "base", False),
            (4, "not", False),
            (5, "no", False),
            (6, "old", False),
            (7, "older", False),
        ]
        assert [each.explanation is None for each in found] == [True] * 3 + [False] * 2 + [True] * 2

    def test_tie_names_the_agreements_in_the_order_of_the_catalogue(self) -> None:
        """A later version stands where it was given, not where its first one was."""
        desk = AgreementCatalogue(
            agreements=(
                agreement("a", valid_until=at(5)),
                agreement("b"),
                agreement("a", version=2, valid_from=at(5)),
            )
        )
        with pytest.raises(AmbiguousAgreement) as caught:
            desk.select(P1, at(9))
        assert caught.value.candidates == ("'b' version 1", "'a' version 2")
        assert caught.value.ticket_id == ""

    @pytest.mark.parametrize(
        ("number", "end"),
        [
            (1, "'a0' is only for priority is P9"),
            (3, "'a2' is only for priority is P9"),
            (4, "'a2' is only for priority is P9; and 1 more"),
        ],
    )
    def test_reasons_are_counted_from_the_fourth_on(self, number: int, end: str) -> None:
        """Three are named."""
        many = tuple(
            agreement(f"a{n}", applies_to=field("priority").is_("P9")) for n in range(number)
        )
        found = AgreementCatalogue(agreements=many).select(P1, at(9))["sla"]
        assert found.reason.startswith("no sla applies: 'a0' is only for priority is P9")
        assert found.reason.endswith(end)

    def test_last_of_two_choices_by_hand_holds(self) -> None:
        """The other one applies, but was not chosen last; nor is one that is not in force."""
        desk = AgreementCatalogue(agreements=(*DESK.agreements, agreement("x", valid_until=at(5))))
        found = desk.select(P1, at(9), by_hand={"gold": "first", "silver": "", "x": "y"})["sla"]
        assert (found.chosen, found.reason) == (SILVER, "chosen by hand")
        assert found.candidates[1].reason == (
            "it applies, but 'silver' version 1 was chosen by hand"
        )

    def test_choice_by_hand_is_for_its_own_kind_alone(self) -> None:
        """A group's agreement that was chosen beats no customer's."""
        found = DESK.select(P1, at(9), by_hand={"network": "odd"})
        assert found["sla"].chosen is GOLD
        assert found["ola"].reason == "chosen by hand: odd"


class TestBench:
    """What is compiled once."""

    def test_first_of_equals_holds_when_the_kind_says_so(self) -> None:
        """Then there is no tie, and the others come after it."""
        one, other = agreement("one", precedence=3), agreement("other", precedence=3)
        bench = Bench((one, other), ("sla",), first_holds=frozenset({"sla"}))
        found = explained(bench, "sla", P1, micros(at(9)), {})
        assert found.chosen is one
        assert [each.reason for each in found.candidates] == [
            "it applies, with the highest precedence (3), the first of these",
            "it applies, but 'one' version 1 of the same precedence comes before it",
        ]

    def test_what_is_asked_instead_stands_in_the_place_of_the_condition(self) -> None:
        """With the facts that it reads; another version keeps its own."""
        asked = Condition(schema=FACTS, rule=field("service").is_("mail"))
        first = agreement("a", applies_to=field("group").is_("x"), valid_until=at(5))
        second = agreement("a", version=2, applies_to=field("channel").is_("x"), valid_from=at(5))
        bench = Bench(
            (first, second, SILVER),
            ("sla",),
            asked={("a", 1): (asked, frozenset({"service"}))},
        )
        assert bench.fields == ("channel", "priority", "service", "ticket_type")
        assert bench.condition(first) is asked
        assert str(bench.condition(second)) == "channel is x"
        assert bench.condition(SILVER) is None

    def test_facts_of_the_key_are_two_at_least(self) -> None:
        """Whatever the conditions read."""
        assert Bench((SILVER,), ("sla",)).fields == ("priority", "ticket_type")
        assert DESK._bench.fields == ("priority", "service", "ticket_type")

    def test_versions_turn_by_time_when_one_of_them_follows_it(self) -> None:
        """Every start and end of such an agreement, in order; none of others."""
        bench = Bench(
            (
                agreement("b", version=2, valid_from=at(6), version_rule="latest"),
                agreement("b", valid_from=at(2), valid_until=at(5)),
                agreement("c", valid_from=at(1), valid_until=at(3)),
            ),
            ("sla",),
        )
        assert bench.turns_us == (micros(at(2)), micros(at(5)), micros(at(6)))

    def test_versions_of_an_agreement_are_in_order_of_their_start(self) -> None:
        """The one that was always there first, also when the others are from before 1970."""
        old = datetime(1960, 1, 1, tzinfo=UTC)
        open_ = agreement("a", version=3, valid_until=old)
        first = agreement("a", version=2, valid_from=old, valid_until=at(0))
        second = agreement("a", valid_from=at(0))
        assert versions_of((second, first, open_)) == {"a": (open_, first, second)}

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ({}, {}, True),
            ({"valid_until": at(5)}, {}, True),
            ({"valid_until": at(5)}, {"valid_from": at(4)}, True),
            ({"valid_until": at(5)}, {"valid_from": at(5)}, False),
            ({"valid_until": at(5)}, {"valid_from": at(6)}, False),
            ({"valid_until": at(5)}, {"valid_until": at(3)}, True),
            ({"valid_from": at(5)}, {"valid_from": at(6)}, True),
            ({"valid_from": at(5), "valid_until": at(6)}, {"valid_until": at(7)}, True),
        ],
    )
    def test_agreements_are_in_force_together_when_neither_ends_before_the_other_starts(
        self, one: dict[str, object], other: dict[str, object], expected: bool
    ) -> None:
        """An end and a start at one instant do not meet (T3)."""
        made = agreement("a", **one), agreement("b", **other)  # type: ignore[arg-type]
        assert overlap_in_time(*made) is expected
        assert overlap_in_time(*reversed(made)) is expected


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

    def test_event_of_priority_is_looked_at_when_one_of_several_follows_changes(self) -> None:
        """The others need not."""
        bench = Bench((SILVER, agreement("a", version_rule="at_change")), ("sla",))
        assert set(EVENT_TYPES) - bench.still == PRIORITY | {AgreementAssigned}
