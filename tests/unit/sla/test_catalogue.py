"""The agreements of a desk: what is refused, and every kind judged (laws S11, S13)."""

from __future__ import annotations

import pickle

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, InvalidValue, NotFound
from itsm_core.events import TicketReclassified
from itsm_core.ids import ServiceId
from itsm_core.sla import (
    AgreementCatalogue,
    ClockState,
    evaluate_all,
)
from tests.unit.sla.sample import (
    DESK,
    GOLD,
    ID,
    NETWORK,
    P1,
    SILVER,
    agreement,
    assigned,
    at,
    changed,
    opened,
    resolved,
)


class TestDefinition:
    """What no catalogue may hold, all faults at once."""

    def test_catalogue_is_refused_with_every_fault(self) -> None:
        """Numbers twice, versions at once, kinds mixed, a condition about one event."""
        with pytest.raises(DefinitionError) as caught:
            AgreementCatalogue(
                agreements=(
                    SILVER,
                    agreement("silver", valid_from=at(5)),
                    agreement("net", kind="ola", valid_until=at(5)),
                    agreement("net", version=2, kind="uc", valid_from=at(5)),
                    agreement("odd", applies_to=field("event").is_("TicketOpened")),
                )
            )
        codes = [fault.code for fault in caught.value.faults]
        assert codes == ["version-twice", "versions-overlap", "version-kind", "applies-to-event"]
        assert [(fault.where, fault.value) for fault in caught.value.faults] == [
            ("agreements[silver]", "1"),
            ("agreements[silver]", "1"),
            ("agreements[net]", "ola, uc"),
            ("'odd' version 1.applies_to", "event"),
        ]
        assert all(fault.remedy for fault in caught.value.faults)

    def test_condition_about_an_event_is_refused_when_others_have_none(self) -> None:
        """Every agreement is looked at."""
        odd = agreement("odd", applies_to=field("automatic").is_(True))
        with pytest.raises(DefinitionError) as caught:
            AgreementCatalogue(agreements=(SILVER, odd))
        assert [fault.value for fault in caught.value.faults] == ["automatic"]

    def test_choice_is_refused_when_the_catalogue_is_empty(self) -> None:
        """There is none to choose."""
        with pytest.raises(NotFound, match=r"agreement 'gold'.*the catalogue has: none"):
            AgreementCatalogue(agreements=()).select(P1, at(9), by_hand={"gold": ""})

    def test_versions_overlap_when_they_are_not_neighbours(self) -> None:
        """An open version covers all later ones."""
        with pytest.raises(DefinitionError) as caught:
            AgreementCatalogue(
                agreements=(
                    SILVER,
                    agreement("silver", version=2, valid_from=at(1), valid_until=at(2)),
                    agreement("silver", version=3, valid_from=at(3)),
                )
            )
        assert [fault.value for fault in caught.value.faults] == ["2", "3"]

    def test_what_is_no_agreement_is_refused_with_its_place(self) -> None:
        """A catalogue of ids is a slip."""
        with pytest.raises(DefinitionError, match=r"agreements\[1\]: 'gold' is no agreement"):
            AgreementCatalogue(agreements=(SILVER, "gold"))  # type: ignore[arg-type]

    def test_single_agreement_is_refused_with_the_remedy(self) -> None:
        """A comma is easily forgotten."""
        with pytest.raises(InvalidValue, match=r"write agreements=\(agreement,\)"):
            AgreementCatalogue(agreements=SILVER)  # type: ignore[arg-type]

    def test_versions_are_sorted_when_they_follow_each_other(self) -> None:
        """A version may end where the next begins."""
        second = agreement("silver", version=2, valid_from=at(1))
        first = agreement("silver", valid_until=at(1))
        assert AgreementCatalogue(agreements=(second, first)).versions("silver") == (first, second)
        assert DESK.versions("iron") == ()

    def test_kinds_are_those_of_the_agreements(self) -> None:
        """In one order, whichever way they were given."""
        assert AgreementCatalogue(agreements=(NETWORK, SILVER)).kinds == ("sla", "ola")

    def test_catalogue_pickles_after_use(self) -> None:
        """What is compiled is made again."""
        DESK.select(P1, at(9))
        again = pickle.loads(pickle.dumps(DESK))
        assert again == DESK
        assert again.select(P1, at(9)).chosen == (GOLD,)

    def test_content_hash_does_not_depend_on_the_order(self) -> None:
        """The definitions make it (C10)."""
        other = AgreementCatalogue(agreements=(NETWORK, GOLD, SILVER))
        assert other.content_hash == DESK.content_hash
        assert other.content_hash != AgreementCatalogue(agreements=(GOLD,)).content_hash


class TestEvaluateAll:
    """One evaluation for each kind that has an agreement."""

    def test_every_kind_is_judged(self) -> None:
        """Two agreements at once; the supplier has none."""
        found = evaluate_all([opened(service="network")], DESK, as_of=at(10.5))
        assert [each.agreement_id for each in found] == ["silver", "network"]
        assert [each["resolution"].state for each in found] == [
            ClockState.RUNNING,
            ClockState.BREACHED,
        ]

    def test_kind_without_agreement_has_no_evaluation(self) -> None:
        """A ticket about mail has no network agreement."""
        assert len(evaluate_all([opened(service="mail")], DESK, as_of=at(10))) == 1

    def test_kind_has_an_evaluation_when_some_agreement_held_for_a_while(self) -> None:
        """About mail first, about the network since ten: its clock starts with the ticket (S7)."""
        event = TicketReclassified(ticket_id=ID, occurred_at=at(10), service=ServiceId("network"))
        found = evaluate_all([opened(service="mail"), event], DESK, as_of=at(11))
        assert [each.agreement_id for each in found] == ["silver", "network"]

    def test_change_of_agreement_swaps_the_goal_and_keeps_the_start(self) -> None:
        """S7: from the start, unless the target says otherwise: 09:00 plus two hours."""
        (found,) = evaluate_all([opened(), changed(10, "P1")], DESK, as_of=at(10.5))
        assert found.agreement_id == "gold"
        assert found["resolution"].due_at == at(11)

    def test_promise_broken_before_the_change_stays_broken(self) -> None:
        """S4: another agreement mends nothing."""
        mild = AgreementCatalogue(
            agreements=(agreement("a", 1), attrs.evolve(GOLD, targets=agreement("b", 9).targets))
        )
        (found,) = evaluate_all([opened(), changed(11, "P1")], mild, as_of=at(12))
        assert found["resolution"].breached_at == at(10)

    def test_choice_after_the_resolution_changes_no_verdict(self) -> None:
        """A ticket that is done was judged by what held then."""
        events = [opened(), resolved(12), assigned(13, "gold")]
        (found,) = evaluate_all(events, DESK, as_of=at(20))
        assert (found.agreement_id, found["resolution"].state) == ("silver", ClockState.MET)

    def test_event_counts_when_it_happened_or_became_known_at_the_very_instant(self) -> None:
        """Up to and including `as_of`, and up to and including `known_at`."""
        late = attrs.evolve(changed(10, "P1"), recorded_at=at(12))
        for history, as_of, known_at in (
            ([opened(), changed(10, "P1")], at(10), None),
            ([opened(), changed(10, "P1")], at(10), at(20)),
            ([opened(), late], at(20), at(12)),
        ):
            (found,) = evaluate_all(history, DESK, as_of=as_of, known_at=known_at)
            assert found.agreement_id == "gold"
        (before,) = evaluate_all([opened(), late], DESK, as_of=at(20), known_at=at(11.99))
        assert before.agreement_id == "silver"
        (early,) = evaluate_all([opened(), changed(10, "P1")], DESK, as_of=at(9.99))
        assert early.agreement_id == "silver"

    def test_order_of_arrival_changes_nothing(self) -> None:
        """S14: late and repeated events."""
        events = [opened(), changed(10, "P1"), assigned(11, "silver"), changed(12, "P2")]
        told = [*reversed(events), events[1]]
        assert evaluate_all(told, DESK, as_of=at(20)) == evaluate_all(events, DESK, as_of=at(20))
