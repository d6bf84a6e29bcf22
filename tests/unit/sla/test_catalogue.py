"""The agreements of a desk: what is refused, and every kind judged (laws S11, S13)."""

from __future__ import annotations

import hashlib
import pickle
from datetime import datetime

import attrs
import pytest

from itsm_core.conditions import any_of, field
from itsm_core.errors import DefinitionError, InvalidValue, NotFound
from itsm_core.events import TicketReclassified
from itsm_core.ids import ServiceId
from itsm_core.sla import (
    AgreementCatalogue,
    ClockState,
    evaluate_all,
)
from itsm_core.sla._catalogue import known_events
from itsm_core.spans import micros, optional_micros
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

AUTOMATIC = field("automatic").is_(True)
ABOUT_EVENT = field("event").is_("TicketOpened")


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
        with pytest.raises(NotFound, match=r"agreement 'gold'.*the catalogue has: none$"):
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

    @pytest.mark.parametrize(
        ("agreements", "expected"),
        [
            (("gold",), [("not-an-agreement", "agreements[0]", "'gold'")]),
            ((SILVER, None), [("not-an-agreement", "agreements[1]", "None")]),
            (
                (agreement("a", valid_until=at(5)), agreement("a", valid_from=at(5))),
                [("version-twice", "agreements[a]", "1")],
            ),
            (
                (SILVER, agreement("silver", version=2)),
                [("versions-overlap", "agreements[silver]", "2")],
            ),
            (
                (
                    agreement("a", kind="uc", valid_until=at(5)),
                    agreement("a", kind="ola", version=2, valid_from=at(5)),
                ),
                [("version-kind", "agreements[a]", "ola, uc")],
            ),
            (
                (agreement("a", applies_to=any_of(AUTOMATIC, ABOUT_EVENT)),),
                [("applies-to-event", "'a' version 1.applies_to", "automatic, event")],
            ),
        ],
    )
    def test_fault_of_a_catalogue_has_its_code_its_place_and_the_value(
        self, agreements: tuple[object, ...], expected: list[tuple[str, str, str]]
    ) -> None:
        """What programs show beside the field; nothing else is wrong."""
        with pytest.raises(DefinitionError) as caught:
            AgreementCatalogue(agreements=agreements)  # type: ignore[arg-type]
        assert [(each.code, each.where, each.value) for each in caught.value.faults] == expected

    def test_number_that_is_there_twice_is_told_with_how_often(self) -> None:
        """Once for each number, in order."""
        versions = [
            agreement("a", version=number, valid_from=at(n), valid_until=at(n + 1))
            for n, number in enumerate((2, 2, 1, 1, 1, 3))
        ]
        with pytest.raises(DefinitionError) as caught:
            AgreementCatalogue(agreements=tuple(versions))
        assert [each.message for each in caught.value.faults] == [
            "version 1 is there 3 times",
            "version 2 is there 2 times",
        ]

    def test_overlap_is_told_with_both_times(self) -> None:
        """Which version, and from when to when."""
        with pytest.raises(DefinitionError) as caught:
            AgreementCatalogue(agreements=(SILVER, agreement("silver", version=2)))
        assert [each.message for each in caught.value.faults] == [
            "version 1 (always) and version 2 (always) are in force at the same time"
        ]

    def test_catalogue_is_refused_when_its_field_is_not_named(self) -> None:
        """As every definition."""
        with pytest.raises(TypeError, match="positional"):
            AgreementCatalogue((SILVER,))  # type: ignore[call-arg]

    @pytest.mark.parametrize(
        ("by_hand", "message"),
        [
            (["gold"], "by_hand does not map agreement ids to reasons"),
            ({5: "x"}, r"by_hand\[5\]: an id or a reason is no text"),
            ({"gold": None}, r"by_hand\['gold'\]: an id or a reason is no text"),
        ],
    )
    def test_choice_is_refused_when_it_maps_no_ids_to_reasons(
        self, by_hand: object, message: str
    ) -> None:
        """With what to write instead."""
        with pytest.raises(InvalidValue, match=message) as caught:
            DESK.select(P1, at(9), by_hand=by_hand)  # type: ignore[arg-type]
        assert "write by_hand={'gold': 'the reason'}" in str(caught.value)

    def test_choice_of_an_unknown_agreement_names_those_there_are(self) -> None:
        """And the nearest one."""
        with pytest.raises(NotFound) as caught:
            DESK.select(P1, at(9), by_hand={"sliver": ""})
        assert str(caught.value) == (
            "agreement 'sliver' does not exist; the catalogue has: silver, gold, network; "
            "did you mean 'silver'?"
        )

    def test_turns_are_those_after_the_instant(self) -> None:
        """A version that takes over right now has taken over; in microseconds since 1970."""
        catalogue = AgreementCatalogue(
            agreements=(
                agreement("a", version_rule="latest", valid_until=at(12)),
                agreement("a", version=2, valid_from=at(12), valid_until=at(15)),
            )
        )
        noon, three = micros(at(12)), micros(at(15))
        assert catalogue.turns_after(at(11.999)) == (noon, three)
        assert catalogue.turns_after(at(12)) == (three,)
        assert catalogue.turns_after(at(15)) == ()
        (found,) = evaluate_all([opened()], catalogue, as_of=at(10))
        assert found.turning_us == (noon, three)

    def test_content_hash_is_that_of_the_sorted_hashes_of_the_definitions(self) -> None:
        """A hash that was stored must be found again (C10)."""
        hashes = sorted(each.content_hash for each in (SILVER, GOLD, NETWORK))
        assert DESK.content_hash == hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def test_pickle_holds_nothing_that_was_compiled(self) -> None:
        """But the hash, which is data."""
        desk = AgreementCatalogue(agreements=(SILVER,))
        desk.select(P1, at(9))
        known = desk.content_hash
        assert vars(pickle.loads(pickle.dumps(desk))) == {
            "agreements": (SILVER,),
            "content_hash": known,
        }


class TestKnown:
    """Up to an instant, as far as it was known (S14)."""

    @pytest.mark.parametrize(
        ("as_of", "known_at", "expected"),
        [
            (at(8), None, []),
            (at(9), None, ["TicketOpened"]),
            (at(10), None, ["TicketOpened", "PriorityChanged"]),
            (at(11), None, ["TicketOpened", "PriorityChanged", "TicketResolved"]),
            (at(20), None, ["TicketOpened", "PriorityChanged", "TicketResolved"]),
            (at(20), at(14), ["TicketOpened", "TicketResolved"]),
            (at(20), at(15), ["TicketOpened", "PriorityChanged", "TicketResolved"]),
            (at(10), at(15), ["TicketOpened", "PriorityChanged"]),
        ],
    )
    def test_events_are_those_that_had_happened_and_were_known(
        self, as_of: datetime, known_at: datetime | None, expected: list[str]
    ) -> None:
        """Opened at nine, changed at ten and told at fifteen, resolved at eleven."""
        late = attrs.evolve(changed(10, "P1"), recorded_at=at(15))
        told = [resolved(11), late, opened()]
        known = known_events(told, micros(as_of), optional_micros(known_at))
        assert [type(each).__name__ for each in known] == expected
        assert known_events([], micros(as_of), None) == ()


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
