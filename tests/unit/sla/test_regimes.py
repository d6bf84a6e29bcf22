"""Which agreement and version holds over the life of a ticket (laws S11, S13)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.conditions import all_of, field
from itsm_core.errors import AmbiguousAgreement, NotFound
from itsm_core.events import (
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketReclassified,
    TicketResolved,
)
from itsm_core.ids import GroupId, PersonId, ServiceId
from itsm_core.sla import (
    AgreementCatalogue,
)
from itsm_core.spans import micros
from tests.unit.sla.sample import (
    DESK,
    GOLD,
    ID,
    NETWORK,
    SILVER,
    agreement,
    assigned,
    at,
    changed,
    opened,
    reopened,
    resolved,
)
from tests.unit.sla.ticket import cancelled, closed, contacted, overridden


def held(
    catalogue: AgreementCatalogue, *events: TicketEvent, until: float = 100, kind: str = "sla"
) -> list[tuple[float, str]]:
    """Return since which hour which agreement and version holds."""
    regimes = dict(catalogue.regimes(events, at(until)))
    return [
        (
            (since - micros(at(0))) / 3_600_000_000,
            "none" if one is None else f"{one.agreement_id}{one.version}",
        )
        for since, one, _ in regimes[kind]  # type: ignore[index]
    ]


class TestRegimes:
    """Which agreement holds over the life of a ticket."""

    def test_one_regime_when_nothing_changes(self) -> None:
        """From the opening on."""
        assert held(DESK, opened()) == [(9, "silver1")]
        assert held(DESK, opened(), kind="ola") == [(9, "none")]

    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            ([changed(10, "P1")], [(9, "silver1"), (10, "gold1")]),
            ([changed(10, "P2")], [(9, "silver1")]),
            (
                [changed(10, "P1"), changed(11, "P2")],
                [(9, "silver1"), (10, "gold1"), (11, "silver1")],
            ),
            ([assigned(10, "gold")], [(9, "silver1"), (10, "gold1")]),
            (
                [assigned(10, "gold"), assigned(12, "")],
                [(9, "silver1"), (10, "gold1"), (12, "silver1")],
            ),
            ([assigned(10, "iron")], [(9, "silver1")]),
            ([changed(8, "P1")], [(9, "gold1")]),
            ([changed(9, "P1")], [(9, "gold1")]),
            ([resolved(10), changed(11, "P1")], [(9, "silver1")]),
            ([resolved(10), changed(11, "P1"), reopened(12)], [(9, "silver1"), (12, "gold1")]),
            ([resolved(10), assigned(11, "gold"), reopened(12)], [(9, "silver1"), (12, "gold1")]),
        ],
    )
    def test_regime_changes_with_facts_and_choices(
        self, events: list[TicketEvent], expected: list[tuple[float, str]]
    ) -> None:
        """While a ticket is done nothing changes; what came meanwhile counts from its reopening."""
        assert held(DESK, opened(), *events) == expected

    @pytest.mark.parametrize("done", [resolved(10), closed(10), cancelled(10)])
    def test_regime_stays_when_the_ticket_is_done(self, done: TicketEvent) -> None:
        """Resolved, closed or cancelled: nothing changes before a reopening, which does."""
        events = (opened(), done, changed(11, "P1"))
        assert held(DESK, *events) == [(9, "silver1")]
        assert held(DESK, *events, reopened(12)) == [(9, "silver1"), (12, "gold1")]

    def test_choice_by_hand_says_who_ended_it_and_when_nothing_was_chosen(self) -> None:
        """An empty choice ends every other; without any it is nothing at all."""
        events = (opened(), assigned(10, "gold"), assigned(12, ""), assigned(13, ""))
        whys = [(each.since_us, each.why) for each in DESK.regimes(events, at(20))["sla"]]
        applies = "it applies, with the highest precedence (0)"
        assert whys == [
            (micros(at(9)), f"opened: {applies}"),
            (micros(at(10)), "agreement assigned: chosen by hand"),
            (micros(at(12)), f"agreement assigned: {applies}"),
        ]

    def test_choice_for_one_kind_changes_no_other(self) -> None:
        """The group's agreement is chosen; the customer's stays as it was."""
        events = (opened(), assigned(10, "network", "odd"))
        assert held(DESK, *events) == [(9, "silver1")]
        assert held(DESK, *events, kind="ola") == [(9, "none"), (10, "network1")]
        found = DESK.regimes(events, at(20))
        assert found["ola"][1].why == "agreement assigned: chosen by hand: odd"
        assert [*found] == ["sla", "ola"]
        assert [*DESK.regimes(events, at(20), kinds=("ola", "uc"))] == ["ola"]
        assert DESK.regimes(events, at(20), kinds=()) == {}

    def test_unknown_choice_is_told_once(self) -> None:
        """Beside the next reason alone."""
        events = (opened(), assigned(10, "golf"), changed(11, "P1"), changed(12, "P2"))
        whys = [why for _, _, why in DESK.regimes(events, at(20))["sla"]]
        assert whys == [
            "opened: it applies, with the highest precedence (0)",
            (
                "priority P3 -> P1: it applies, with the highest precedence (10) (the choice of "
                "'golf' by hand has no effect: this catalogue does not have it; did you mean "
                "'gold'?)"
            ),
            "priority P1 -> P2: it applies, with the highest precedence (0)",
        ]

    def test_several_facts_that_change_at_once_are_all_named(self) -> None:
        """At one instant, in the order of their names."""
        both = agreement(
            "both",
            precedence=20,
            applies_to=all_of(field("service").is_("mail"), field("priority").is_("P1")),
        )
        told = TicketReclassified(ticket_id=ID, occurred_at=at(10), service=ServiceId("mail"))
        regimes = AgreementCatalogue(agreements=(SILVER, both)).regimes(
            (opened(), told, changed(10, "P1")), at(20)
        )["sla"]
        assert [why for _, _, why in regimes][1] == (
            "priority P3 -> P1, service missing -> mail: it applies, with the highest precedence "
            "(20)"
        )

    @pytest.mark.parametrize(
        ("until", "expected"),
        [
            (11.5, [(9, "silver1"), (10, "gold1")]),
            (12, [(9, "silver1"), (10, "gold1"), (12, "silver1")]),
        ],
    )
    def test_override_ends_at_its_very_instant(
        self, until: float, expected: list[tuple[float, str]]
    ) -> None:
        """It covers the time up to before its end (T3)."""
        override = overridden(10, "P1", 12)
        assert held(DESK, opened(), override, until=until) == expected

    def test_override_that_ended_while_the_ticket_was_done_ends_with_the_reopening(self) -> None:
        """Nothing changes in between."""
        events = (opened(), overridden(10, "P1", 12), resolved(11))
        assert held(DESK, *events) == [(9, "silver1"), (10, "gold1")]
        assert held(DESK, *events, reopened(13)) == [
            (9, "silver1"),
            (10, "gold1"),
            (13, "silver1"),
        ]

    @pytest.mark.parametrize(
        ("until", "expected"), [(11.999, [(9, "a1")]), (12, [(9, "a1"), (12, "a2")])]
    )
    def test_version_takes_over_at_its_very_instant(
        self, until: float, expected: list[tuple[float, str]]
    ) -> None:
        """As of noon the second one is in force."""
        assert held(two_versions("latest"), opened(), until=until) == expected

    def test_version_that_takes_over_while_the_ticket_is_opened_holds_from_the_start(self) -> None:
        """What happens at one instant happens at once; nothing turns before the opening."""
        assert held(two_versions("latest"), opened(12)) == [(12, "a2")]
        assert held(two_versions("latest"), opened(13)) == [(13, "a2")]

    def test_events_of_the_same_instant_are_one_change(self) -> None:
        """There and back again at ten: nothing happened."""
        events = (opened(), changed(10, "P1"), attrs.evolve(changed(10, "P3"), sequence=2))
        assert held(DESK, *events) == [(9, "silver1")]

    def test_version_follows_a_change_of_agreement_back(self) -> None:
        """Left at eleven under the first version, taken again at thirteen under the second."""
        catalogue = AgreementCatalogue(agreements=(*two_versions("at_change").agreements, GOLD))
        events = (opened(), assigned(11, "gold"), assigned(13, ""))
        assert held(catalogue, *events) == [(9, "a1"), (11, "gold1"), (13, "a2")]

    def test_reclassified_ticket_gets_the_agreement_of_its_service(self) -> None:
        """Each kind goes its own way."""
        event = TicketReclassified(ticket_id=ID, occurred_at=at(10), service=ServiceId("network"))
        assert held(DESK, opened(), event, kind="ola") == [(9, "none"), (10, "network1")]
        assert held(DESK, opened(), event) == [(9, "silver1")]

    def test_override_ends_by_itself_without_an_event(self) -> None:
        """Time alone brings the derived priority back (P3)."""
        override = PriorityOverridden(
            ticket_id=ID,
            occurred_at=at(10),
            priority="P1",
            reason="board",
            actor=PersonId("lea"),
            expires_at=at(12),
        )
        expected = [(9.0, "silver1"), (10.0, "gold1"), (12.0, "silver1")]
        assert held(DESK, opened(), override) == expected
        assert held(DESK, opened(), override, until=11) == expected[:2]

    def test_reason_names_what_came_into_force_when_another_agreement_takes_over(self) -> None:
        """Nobody did anything to the ticket: the better agreement began, and ended, by time."""
        gold = agreement(
            "gold", precedence=10, version_rule="latest", valid_from=at(12), valid_until=at(20)
        )
        catalogue = AgreementCatalogue(agreements=(SILVER, gold))
        regimes = dict(catalogue.regimes((opened(),), at(24)))["sla"]
        assert [reason.split(":")[0] for _, _, reason in regimes] == [
            "opened",
            "'gold' version 1 came into force",
            "'gold' version 1 ended",
        ]

    def test_reasons_say_what_happened(self) -> None:
        """The trigger, then the choice."""
        events = (
            opened(),
            changed(10, "P1"),
            assigned(11, "silver", "agreed"),
            assigned(12, "ion"),
        )
        whys = [why for _, _, why in DESK.regimes(events, at(20))["sla"]]
        assert whys == [
            "opened: it applies, with the highest precedence (0)",
            "priority P3 -> P1: it applies, with the highest precedence (10)",
            "agreement assigned: chosen by hand: agreed",
        ]

    def test_unknown_choice_is_told_beside_the_reason(self) -> None:
        """It has no effect; a catalogue may have lost an agreement."""
        regimes = DESK.regimes((opened(), assigned(9, "golf")), at(20))["sla"]
        assert "choice of 'golf' by hand has no effect" in regimes[0].why
        assert "did you mean 'gold'?" in regimes[0].why

    def test_tie_names_the_ticket(self) -> None:
        """Which of thousands?"""
        catalogue = AgreementCatalogue(agreements=(SILVER, agreement("bronze")))
        with pytest.raises(AmbiguousAgreement, match="ticket INC-1"):
            catalogue.regimes([opened()], at(20))

    def test_later_events_and_unknown_ones_do_not_count(self) -> None:
        """S14: what was known then."""
        late = attrs.evolve(changed(10, "P1"), recorded_at=at(15))
        assert held(DESK, opened(), late, until=9.5) == [(9, "silver1")]
        known = DESK.regimes((opened(), late), at(20), at(14))["sla"]
        assert [each.agreement for each in known] == [SILVER]

    def test_history_without_opening_is_refused(self) -> None:
        """There is no ticket yet."""
        with pytest.raises(NotFound, match="opening of ticket"):
            DESK.regimes([opened()], at(8))


def two_versions(rule: str) -> AgreementCatalogue:
    """Return a catalogue whose agreement changes at 12:00, with a rule for the tickets of then."""
    first = agreement("a", version_rule=rule, valid_until=at(12))
    second = agreement("a", 2, version=2, version_rule=rule, valid_from=at(12))
    return AgreementCatalogue(agreements=(first, second))


class TestVersionRules:
    """S13: which version applies is the agreement's choice."""

    @pytest.mark.parametrize(
        ("rule", "events", "expected"),
        [
            ("at_creation", [], [(9, "a1")]),
            ("at_creation", [changed(13, "P1")], [(9, "a1")]),
            ("at_creation", [assigned(13, "a")], [(9, "a1")]),
            ("at_change", [], [(9, "a1")]),
            ("at_change", [changed(11, "P1")], [(9, "a1")]),
            ("at_change", [changed(13, "P1")], [(9, "a1"), (13, "a2")]),
            ("at_change", [changed(13, "P3")], [(9, "a1")]),
            ("at_change", [assigned(13, "a")], [(9, "a1"), (13, "a2")]),
            ("at_change", [resolved(11), changed(13, "P1")], [(9, "a1")]),
            ("latest", [], [(9, "a1"), (12, "a2")]),
            ("latest", [resolved(11)], [(9, "a1")]),
            ("latest", [resolved(11), reopened(13)], [(9, "a1"), (13, "a2")]),
        ],
    )
    def test_version_follows_the_rule(
        self, rule: str, events: list[TicketEvent], expected: list[tuple[float, str]]
    ) -> None:
        """Opened at 09:00, the second version in force from 12:00."""
        assert held(two_versions(rule), opened(), *events) == expected

    @pytest.mark.parametrize("rule", ["at_creation", "at_change", "latest"])
    def test_ticket_of_later_has_the_later_version(self, rule: str) -> None:
        """Opened when the second version was in force."""
        assert held(two_versions(rule), opened(12)) == [(12, "a2")]

    def test_latest_ends_with_its_last_version(self) -> None:
        """A contract that ran out promises nothing more."""
        ended = agreement("a", version_rule="latest", valid_until=at(12))
        catalogue = AgreementCatalogue(agreements=(ended,))
        assert held(catalogue, opened()) == [(9, "a1"), (12, "none")]
        why = catalogue.regimes([opened()], at(20))["sla"][1].why
        assert why == "'a' version 1 ended: no sla applies: 'a' is not in force"

    def test_at_creation_outlasts_its_validity(self) -> None:
        """The ticket keeps what it was promised."""
        catalogue = AgreementCatalogue(agreements=(agreement("a", valid_until=at(12)),))
        assert held(catalogue, opened(), changed(13, "P1")) == [(9, "a1")]

    def test_agreement_of_later_is_for_older_tickets_only_by_hand(self) -> None:
        """At creation it was not there; somebody who chooses it means the one of now."""
        catalogue = AgreementCatalogue(agreements=(agreement("b", valid_from=at(12)),))
        assert held(catalogue, opened(), changed(13, "P1")) == [(9, "none")]
        assert held(catalogue, opened(), assigned(13, "b")) == [(9, "none"), (13, "b1")]
        assert held(catalogue, opened(), assigned(10, "b")) == [(9, "none")]

    def test_rule_is_that_of_the_version_at_the_opening(self) -> None:
        """The first version said that its tickets keep it."""
        first = agreement("a", version_rule="at_creation", valid_until=at(12))
        second = agreement("a", version=2, version_rule="latest", valid_from=at(12))
        catalogue = AgreementCatalogue(agreements=(first, second))
        assert held(catalogue, opened()) == [(9, "a1")]

    def test_version_stays_when_only_another_fact_changes(self) -> None:
        """Neither priority nor agreement: what the ticket is about is no such change."""
        catalogue = AgreementCatalogue(agreements=(*two_versions("at_change").agreements, NETWORK))
        event = TicketReclassified(ticket_id=ID, occurred_at=at(13), service=ServiceId("network"))
        assert held(catalogue, opened(), event) == [(9, "a1")]
        assert held(catalogue, opened(), event, kind="ola") == [(9, "none"), (13, "network1")]

    def test_version_is_that_of_now_when_another_agreement_begins_to_apply(self) -> None:
        """Opened for mail under the first version, about the network since the second one."""
        rest: dict[str, object] = {
            "version_rule": "at_change",
            "precedence": 5,
            "applies_to": field("service").is_("network"),
        }
        first = agreement("a", valid_until=at(12), **rest)  # type: ignore[arg-type]
        second = agreement("a", version=2, valid_from=at(12), **rest)  # type: ignore[arg-type]
        event = TicketReclassified(ticket_id=ID, occurred_at=at(13), service=ServiceId("network"))
        catalogue = AgreementCatalogue(agreements=(SILVER, first, second))
        assert held(catalogue, opened(), event) == [(9, "silver1"), (13, "a2")]

    def test_reason_names_what_was_missing_before_or_after(self) -> None:
        """A service told late, and taken back."""
        told = TicketReclassified(ticket_id=ID, occurred_at=at(10), service=ServiceId("network"))
        gone = TicketReclassified(ticket_id=ID, occurred_at=at(11))
        whys = [why for _, _, why in DESK.regimes((opened(), told, gone), at(20))["ola"]]
        assert [why.split(":")[0] for why in whys] == [
            "opened",
            "service missing -> network",
            "service network -> missing",
        ]

    def test_rule_is_that_of_the_first_version_when_none_was_in_force_at_the_opening(self) -> None:
        """It follows time; the second one would have kept what the ticket was opened with."""
        first = agreement("a", version_rule="latest", valid_from=at(12), valid_until=at(14))
        second = agreement("a", version=2, valid_from=at(14))
        catalogue = AgreementCatalogue(agreements=(first, second))
        assert held(catalogue, opened()) == [(9, "none"), (12, "a1"), (14, "a2")]

    def test_rule_is_not_that_of_the_first_version_when_another_was_in_force(self) -> None:
        """Opened under the second one, which follows time."""
        first = agreement("a", valid_until=at(12))
        second = agreement(
            "a", version=2, version_rule="latest", valid_from=at(12), valid_until=at(15)
        )
        third = agreement("a", version=3, valid_from=at(15))
        catalogue = AgreementCatalogue(agreements=(first, second, third))
        assert held(catalogue, opened(13)) == [(13, "a2"), (15, "a3")]
        assert held(catalogue, opened(11)) == [(11, "a1")]

    @pytest.mark.parametrize("event", [contacted(12), changed(12, "P2"), resolved(12)])
    def test_version_takes_over_when_something_else_happens_at_that_very_instant(
        self, event: TicketEvent
    ) -> None:
        """Whether or not a condition looks at it; a ticket that is done keeps what it had."""
        expected = [(9, "a1"), (12, "a2")]
        if isinstance(event, TicketResolved):
            expected = expected[:1]
        assert held(two_versions("latest"), opened(), event) == expected

    def test_version_and_agreement_change_at_once_when_they_do_at_one_instant(self) -> None:
        """No regime lasts for no time."""
        catalogue = AgreementCatalogue(agreements=(*two_versions("latest").agreements, GOLD))
        assert held(catalogue, opened(), changed(12, "P1")) == [(9, "a1"), (12, "gold1")]

    def test_version_does_not_take_over_before_its_instant(self) -> None:
        """Not a microsecond."""
        for as_of, number in ((at(12) - timedelta.resolution, 1), (at(12), 2)):
            assert len(two_versions("latest").regimes([opened()], as_of)["sla"]) == number

    def test_choice_that_made_no_difference_is_no_later_reason(self) -> None:
        """The priority changed the agreement, not who chose what it was anyway."""
        events = (opened(), assigned(10, "silver"), assigned(11, ""), changed(12, "P1"))
        whys = [why for _, _, why in DESK.regimes(events, at(20))["sla"]]
        assert whys[1:] == ["priority P3 -> P1: it applies, with the highest precedence (10)"]

    def test_version_takes_over_at_its_own_instant_when_something_happens_later(self) -> None:
        """An hour later somebody called."""
        assert held(two_versions("latest"), opened(), contacted(13)) == [(9, "a1"), (12, "a2")]

    def test_override_ends_at_its_own_instant_when_something_happens_later(self) -> None:
        """At thirteen somebody called; until noon it was urgent."""
        events = (opened(), overridden(10, "P1", 12), contacted(13), changed(14, "P2"))
        assert held(DESK, *events) == [(9, "silver1"), (10, "gold1"), (12, "silver1")]

    def test_agreement_stays_when_the_override_ends_with_a_change_to_its_priority(self) -> None:
        """At one instant: it is urgent before and after."""
        events = (opened(), overridden(10, "P1", 12), changed(12, "P1"))
        assert held(DESK, *events) == [(9, "silver1"), (10, "gold1")]

    def test_version_stays_that_of_the_last_change_of_agreement(self) -> None:
        """About the network since 13:00; who works on it from 15:00 changes nothing."""
        rest: dict[str, object] = {
            "version_rule": "at_change",
            "precedence": 5,
            "applies_to": field("service").is_("network"),
        }
        bounds = ((None, at(12)), (at(12), at(14)), (at(14), None))
        versions = (
            agreement("a", version=n, valid_from=start, valid_until=end, **rest)  # type: ignore[arg-type]
            for n, (start, end) in enumerate(bounds, 1)
        )
        team = agreement("team", kind="ola", applies_to=field("group").is_("core"))
        told = TicketReclassified(ticket_id=ID, occurred_at=at(13), service=ServiceId("network"))
        given = TicketAssigned(ticket_id=ID, occurred_at=at(15), group=GroupId("core"))
        catalogue = AgreementCatalogue(agreements=(SILVER, *versions, team))
        events = (opened(), told, given)
        assert held(catalogue, *events) == [(9, "silver1"), (13, "a2")]
        assert held(catalogue, *events, kind="ola") == [(9, "none"), (15, "team1")]
        assert held(catalogue, *events, changed(16, "P2")) == [
            (9, "silver1"),
            (13, "a2"),
            (16, "a3"),
        ]
