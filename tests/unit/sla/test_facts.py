"""What conditions may look at, after each event."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.errors import InvalidValue, NotFound
from itsm_core.events import (
    AnswerSent,
    PriorityOverrideEnded,
    TicketEvent,
    TicketMoved,
    TicketReclassified,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.sla import Facts, facts_after
from itsm_core.sla._facts import opening_of
from itsm_core.spans import micros
from tests.unit.sla.ticket import (
    ID,
    PAUSING,
    answered,
    assigned,
    at,
    cancelled,
    changed,
    closed,
    contacted,
    held,
    opened,
    overridden,
    reopened,
    resolved,
    resumed,
)

ANN, BOB = PersonId("ann"), PersonId("bob")


def ended(hour: float) -> PriorityOverrideEnded:
    """Return the end of an override by hand."""
    return PriorityOverrideEnded(ticket_id=ID, occurred_at=at(hour))


def after(*events: TicketEvent) -> Facts:
    """Return the facts after the last event of an opened ticket."""
    *_, (_, _, facts) = facts_after((opened(requester=ANN, impact="high", urgency="low"), *events))
    return facts


class TestCategory:
    """The class of an event tells the category."""

    @pytest.mark.parametrize(
        ("event", "category"),
        [
            (WorkStarted(ticket_id=ID, occurred_at=at(11), state="x"), "active"),
            (resumed(11), "active"),
            (reopened(11), "active"),
            (held(11), "on_hold"),
            (resolved(11), "resolved"),
            (closed(11), "closed"),
            (cancelled(11), "cancelled"),
            (TicketMoved(ticket_id=ID, occurred_at=at(11), state="x"), "on_hold"),
            (contacted(11), "on_hold"),
        ],
    )
    def test_category_is_told_by_the_class_of_the_event(
        self, event: TicketEvent, category: str
    ) -> None:
        """On hold before it; only a hold or what changes nothing leaves it so."""
        facts = after(held(10), event)
        assert facts.category == category
        assert facts.hold_reason == (PAUSING if category == "on_hold" else "")

    def test_new_ticket_is_new(self) -> None:
        """Nobody has looked at it, and somebody waits."""
        facts = after()
        assert (facts.category, facts.hold_reason, facts.event) == ("new", "", "TicketOpened")
        assert (facts.answered, facts.awaiting_answer, facts.reopen_count) == (False, True, 0)

    def test_evidence_is_that_of_the_hold_in_force(self) -> None:
        """Another hold has its own, or none."""
        assert after(held(10, evidence="order 7")).evidence == "order 7"
        assert after(held(10, evidence="order 7"), held(11)).evidence == ""
        assert after(held(10, evidence="order 7"), resolved(11)).evidence == ""

    def test_reopenings_are_counted(self) -> None:
        """Each one."""
        events = (resolved(10), reopened(11), resolved(12), reopened(13))
        assert after(*events).reopen_count == 2


class TestAnswers:
    """Who waits for whom."""

    @pytest.mark.parametrize(
        ("events", "is_answered", "is_waiting"),
        [
            ((answered(10),), True, False),
            ((answered(10, automatic=True),), False, True),
            ((resolved(10),), True, False),
            ((resolved(10, automatic=True),), False, True),
            ((answered(10), contacted(11)), True, True),
            ((answered(10), attrs.evolve(contacted(11), automatic=True)), True, False),
        ],
    )
    def test_only_humans_answer_and_ask(
        self, events: tuple[TicketEvent, ...], is_answered: bool, is_waiting: bool
    ) -> None:
        """L5: an auto-reply answers nothing, a bounce asks nothing."""
        facts = after(*events)
        assert (facts.answered, facts.awaiting_answer) == (is_answered, is_waiting)

    @pytest.mark.parametrize(
        ("event", "expected"),
        [
            (contacted(10), True),
            (attrs.evolve(contacted(10), actor=ANN), True),
            (attrs.evolve(contacted(10), actor=BOB), False),
            (attrs.evolve(contacted(10), automatic=True), False),
            (attrs.evolve(contacted(10), actor=ANN, automatic=True), True),
            (answered(10), False),
            (attrs.evolve(answered(10), actor=ANN), True),
            (attrs.evolve(answered(10), actor=BOB), False),
            (attrs.evolve(contacted(10), actor=BOB, automatic=True), False),
        ],
    )
    def test_requester_did_it_when_nobody_else_is_known_to_have(
        self, event: TicketEvent, expected: bool
    ) -> None:
        """A contact by somebody unknown is taken as theirs, other events are not."""
        assert after(event).by_requester is expected

    def test_contact_is_the_requester_s_when_the_requester_is_unknown(self) -> None:
        """Who else should have called."""
        events = (opened(), attrs.evolve(contacted(10), actor=BOB))
        assert [facts.by_requester for _, _, facts in facts_after(events)] == [True, True]

    def test_requester_may_be_the_assignee(self) -> None:
        """Both known and equal."""
        assert after(assigned(10, "desk", "ann")).requester_is_assignee is True
        assert after(assigned(10, "desk", "bob")).requester_is_assignee is False
        *_, (_, _, nobody) = facts_after((opened(),))
        assert nobody.requester_is_assignee is False


class TestWhat:
    """What the ticket is about, and who has it."""

    def test_reclassification_replaces_service_category_and_item(self) -> None:
        """All three at once; what it does not name is gone."""
        event = TicketReclassified(
            ticket_id=ID, occurred_at=at(10), service=ServiceId("erp"), category="login"
        )
        facts = after(event)
        assert (facts.service, facts.category_name) == ("erp", "login")
        assert facts.configuration_item_id == ""

    def test_assignment_replaces_group_and_person(self) -> None:
        """To a group alone, nobody in person has it."""
        facts = after(assigned(10, "desk", "bob"), assigned(11, "network"))
        assert (facts.group, facts.assignee) == ("network", "")

    def test_change_of_priority_keeps_what_it_does_not_tell(self) -> None:
        """Impact is known since the opening, urgency is new."""
        event = attrs.evolve(changed(10, "P2"), urgency="high")
        facts = after(event)
        assert (facts.priority, facts.impact, facts.urgency) == ("P2", "high", "high")


class TestPriority:
    """P3: an override covers the derived priority, which goes on changing beneath."""

    @pytest.mark.parametrize(
        ("events", "priority"),
        [
            ((overridden(10, "P3"),), "P3"),
            ((overridden(10, "P3"), changed(11, "P2")), "P3"),
            ((overridden(10, "P3", 12), contacted(11.99)), "P3"),
            ((overridden(10, "P3", 12), contacted(12)), "P1"),
            ((overridden(10, "P3", 12), changed(11, "P2"), contacted(12)), "P2"),
            ((overridden(10, "P3"), changed(11, "P2"), ended(12)), "P2"),
            ((overridden(10, "P3"), overridden(11, "P4"), ended(12)), "P1"),
            ((ended(10),), "P1"),
            ((overridden(10, "P3", 10), contacted(11)), "P1"),
            ((overridden(10, "P3", 9.5), contacted(11)), "P1"),
        ],
    )
    def test_priority_is_the_effective_one(
        self, events: tuple[TicketEvent, ...], priority: str
    ) -> None:
        """P1 at the opening."""
        assert after(*events).priority == priority


class TestHistory:
    """Dirty logs."""

    def test_what_was_told_before_the_opening_happens_at_it(self) -> None:
        """After the opening itself, in order."""
        told = facts_after((assigned(8, "desk"), opened(), contacted(10)))
        seen = [(facts.event, at_us, str(facts.group)) for _, at_us, facts in told]
        assert seen == [
            ("TicketOpened", micros(at(9)), ""),
            ("TicketAssigned", micros(at(9)), "desk"),
            ("ContactReceived", micros(at(10)), "desk"),
        ]

    def test_second_opening_is_left_out(self) -> None:
        """It tells nothing, and is no event."""
        told = [facts.event for _, _, facts in facts_after((opened(), opened(10), contacted(11)))]
        assert told == ["TicketOpened", "ContactReceived"]

    def test_history_without_an_opening_is_refused(self) -> None:
        """There is no ticket; nor is there one without events."""
        for events in ((), (contacted(10),)):
            with pytest.raises(NotFound, match="opening of ticket"):
                list(facts_after(events))

    def test_events_of_two_tickets_are_refused(self) -> None:
        """Whatever the second one says."""
        stranger = attrs.evolve(contacted(10), ticket_id=TicketId("INC-2"))
        with pytest.raises(InvalidValue, match="event of another ticket than 'INC-1'"):
            list(facts_after((opened(), stranger)))

    def test_event_of_one_s_own_is_what_it_is_derived_from(self) -> None:
        """A class of an integration counts as its nearest known base; any other changes nothing."""

        @attrs.frozen(kw_only=True, repr=False)
        class MailAnswered(AnswerSent):
            mailbox: str = ""

        @attrs.frozen(kw_only=True, repr=False)
        class Liked(TicketEvent):
            pass

        answer = after(MailAnswered(ticket_id=ID, occurred_at=at(10)))
        assert (answer.event, answer.answered) == ("AnswerSent", True)
        liked = after(Liked(ticket_id=ID, occurred_at=at(10)))
        assert (liked.event, liked.category, liked.answered) == ("Liked", "new", False)

    def test_refusal_names_the_ticket_that_was_never_opened(self) -> None:
        """That of the first event; no name where there is no event."""
        for events, name in (((), "''"), ((contacted(10),), "'INC-1'")):
            with pytest.raises(NotFound) as caught:
                opening_of(events)
            assert str(caught.value) == (
                f"opening of ticket {name} does not exist; "
                "no TicketOpened up to the instant asked for"
            )

    def test_another_ticket_is_refused_by_its_name(self) -> None:
        """An id is compared by what it says: an equal text is the same ticket."""
        twin = attrs.evolve(contacted(10), ticket_id=TicketId("inc-1".upper()))
        assert opening_of((opened(), twin)) == opened()
        stranger = attrs.evolve(contacted(10), ticket_id=TicketId("INC-2"))
        with pytest.raises(InvalidValue, match="'INC-2'"):
            opening_of((stranger, opened()))


def test_facts_before_any_event_are_those_that_the_opening_tells() -> None:
    """Nothing has happened, so nothing is told of it; what is missing is empty."""
    opening = opened(
        ticket_type="request",
        requester=ANN,
        channel="mail",
        service=ServiceId("erp"),
        category="login",
        configuration_item_id="ci-1",
        impact="high",
        urgency="low",
        priority="P2",
        group=GroupId("desk"),
        assignee=BOB,
    )
    facts = Facts(opening)
    assert {name: getattr(facts, name) for name in Facts.__slots__} == {
        "event": "",
        "source": opening,
        "evidence": "",
        "hold_reason": "",
        "automatic": False,
        "answered": False,
        "awaiting_answer": True,
        "category": "new",
        "reopen_count": 0,
        "ticket_type": "request",
        "requester": "ann",
        "channel": "mail",
        "service": "erp",
        "category_name": "login",
        "configuration_item_id": "ci-1",
        "impact": "high",
        "urgency": "low",
        "priority": "P2",
        "derived_priority": "P2",
        "override_until_us": None,
        "group": "desk",
        "assignee": "bob",
    }
    assert not hasattr(facts, "colour")
    with pytest.raises(AttributeError):
        facts.colour = "red"  # type: ignore[attr-defined]
