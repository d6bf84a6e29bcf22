"""The checker's replay: facts, cycles and pauses told by hand (laws S5 to S8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm_core.conditions import field
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.events import (
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.sla import FACTS, ClockRules, ServiceLevelTarget, facts_after
from itsm_core.sla._check_events import Case, commitments_of, cycles_of, pauses_of, replayed
from itsm_core.spans import micros

ID = TicketId("INC-1")
ANN = PersonId("ann")
HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
ZERO = micros(datetime(2026, 1, 5, tzinfo=UTC))


def at(hour: float) -> datetime:
    """Return an instant of Monday, 5 January 2026."""
    return datetime(2026, 1, 5, tzinfo=UTC) + hour * HOUR


def case(*events: TicketEvent, as_of: float = 20) -> Case:
    """Return the life of a ticket opened at 9 by ann."""
    opened = TicketOpened(ticket_id=ID, occurred_at=at(9), requester=ANN, priority="P3")
    return replayed([opened, *events], micros(at(as_of)))


def hours(*instants: int | None) -> list[float | None]:
    """Return instants as hours of the day."""
    return [None if each is None else (each - ZERO) / HOUR_US for each in instants]


def hold(hour: float, reason: str = "awaiting_requester", evidence: str = "") -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(
        ticket_id=ID, occurred_at=at(hour), state="hold", reason=reason, evidence=evidence
    )


def resumed(hour: float) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ID, occurred_at=at(hour), state="work")


def resolved(hour: float, *, automatic: bool = False) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(ticket_id=ID, occurred_at=at(hour), state="done", automatic=automatic)


def reopened(hour: float) -> TicketReopened:
    """Return a reopening."""
    return TicketReopened(ticket_id=ID, occurred_at=at(hour), state="work")


class TestFacts:
    """The facts after each event."""

    def test_event_takes_effect_at_the_opening_when_it_came_before(self) -> None:
        """A second opening changes nothing."""
        early = AnswerSent(ticket_id=ID, occurred_at=at(8))
        again = TicketOpened(ticket_id=ID, occurred_at=at(10), priority="P1")
        steps = case(early, again).steps
        assert hours(*(step.at for step in steps)) == [9, 9]
        assert steps[-1].facts["answered"] is True

    def test_facts_are_those_that_conditions_may_look_at_when_anything_happens(self) -> None:
        """Every fact of `FACTS`, after each event of a long day, as the evaluator has it."""
        about: dict[str, Any] = {
            "service": "mail",
            "category": "send",
            "configuration_item_id": "srv-1",
        }
        first = TicketOpened(
            ticket_id=ID,
            occurred_at=at(9),
            requester=ANN,
            priority="P3",
            impact="low",
            urgency="high",
            channel="phone",
            ticket_type="incident",
            group=GroupId("desk"),
            assignee=PersonId("bob"),
            **about,
        )
        told = (
            first,
            WorkStarted(ticket_id=ID, occurred_at=at(10), state="work"),
            TicketReclassified(ticket_id=ID, occurred_at=at(11), **{**about, "service": "erp"}),
            PriorityChanged(ticket_id=ID, occurred_at=at(11.1), urgency="low", priority="P4"),
            TicketAssigned(ticket_id=ID, occurred_at=at(11.2), group=GroupId("erp"), assignee=ANN),
            AnswerSent(ticket_id=ID, occurred_at=at(11.3), automatic=True),
            AnswerSent(ticket_id=ID, occurred_at=at(11.4), actor=PersonId("bob")),
            hold(11.5, evidence="order 7"),
            ContactReceived(ticket_id=ID, occurred_at=at(11.6)),
            resumed(12),
            resolved(13, automatic=True),
            reopened(14),
            resolved(15),
            TicketClosed(ticket_id=ID, occurred_at=at(16), state="closed"),
            TicketCancelled(ticket_id=ID, occurred_at=at(17), state="cancelled"),
        )
        names = (*FACTS.fields, "evidence")
        expected = [
            {name: getattr(facts, name) for name in names} for _, _, facts in facts_after(told)
        ]
        assert [step.facts for step in replayed([*told], micros(at(20))).steps] == expected

    def test_contact_awaits_an_answer_when_a_human_made_it(self) -> None:
        """The opening does too; an auto-reply neither asks nor answers (law L5)."""
        told = [
            AnswerSent(ticket_id=ID, occurred_at=at(10)),
            ContactReceived(ticket_id=ID, occurred_at=at(11), automatic=True),
            ContactReceived(ticket_id=ID, occurred_at=at(12)),
            AnswerSent(ticket_id=ID, occurred_at=at(13), automatic=True),
            resolved(14),
        ]
        waits = [step.facts["awaiting_answer"] for step in case(*told).steps]
        assert waits == [True, False, False, True, True, False]

    @pytest.mark.parametrize(
        ("event", "expected"),
        [
            (ContactReceived(ticket_id=ID, occurred_at=at(10), actor=ANN), True),
            (ContactReceived(ticket_id=ID, occurred_at=at(10), actor=PersonId("bob")), False),
            (ContactReceived(ticket_id=ID, occurred_at=at(10)), True),
            (ContactReceived(ticket_id=ID, occurred_at=at(10), automatic=True), False),
            (AnswerSent(ticket_id=ID, occurred_at=at(10)), False),
            (AnswerSent(ticket_id=ID, occurred_at=at(10), actor=ANN), True),
        ],
        ids=["requester", "other", "unknown", "automatic", "unknown answers", "own answer"],
    )
    def test_requester_did_it_when_named_or_when_nobody_is(
        self, event: TicketEvent, expected: bool
    ) -> None:
        """Who is unknown counts as the requester in contacts of humans alone."""
        assert case(event).steps[-1].facts["by_requester"] is expected

    def test_fields_change_when_told(self) -> None:
        """A reclassification sets all of its fields; a priority change keeps unknown inputs."""
        facts = (
            case(
                PriorityChanged(ticket_id=ID, occurred_at=at(10), impact="high", priority="P2"),
                PriorityChanged(ticket_id=ID, occurred_at=at(11), urgency="low", priority="P2"),
                TicketReclassified(ticket_id=ID, occurred_at=at(12), service=ServiceId("mail")),
                reopened(13),
            )
            .steps[-1]
            .facts
        )
        assert (facts["impact"], facts["urgency"], facts["service"]) == ("high", "low", "mail")
        assert (facts["reopen_count"], facts["category"]) == (1, "active")

    def test_override_holds_when_set_until_it_ends(self) -> None:
        """By expiry, by word, or because another replaced it; the derived one goes on beneath."""

        def over(hour: float, priority: str, until: float | None = None) -> PriorityOverridden:
            end = None if until is None else at(until)
            return PriorityOverridden(
                ticket_id=ID, occurred_at=at(hour), priority=priority, reason="x", expires_at=end
            )

        life = case(
            over(10, "P1", until=12),
            PriorityChanged(ticket_id=ID, occurred_at=at(11), priority="P4"),
            over(13, "P2"),
            PriorityOverrideEnded(ticket_id=ID, occurred_at=at(14)),
            over(15, "P1", until=15),
            over(16, "P1", until=18),
        )
        seen = [life.priority_at(micros(at(h))) for h in (8, 9, 10, 11, 12, 13, 14, 15, 16, 18)]
        assert seen == ["", "P3", "P1", "P1", "P4", "P2", "P4", "P4", "P1", "P4"]

    def test_life_is_refused_when_nothing_opens_it(self) -> None:
        """Or when events of two tickets are mixed."""
        with pytest.raises(NotFound, match="opening of ticket 'INC-1'") as refused:
            replayed([hold(10)], 0)
        assert refused.value.key == "INC-1"
        with pytest.raises(NotFound) as refused:
            replayed([], 0)
        assert refused.value.key == ""
        with pytest.raises(InvalidValue, match="INC-2"):
            case(AnswerSent(ticket_id=TicketId("INC-2"), occurred_at=at(10)))


class TestCycles:
    """When a clock started and ended."""

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            ("exclude_closed", [(9, None, [(10, 12)])]),
            ("include_closed", [(9, None, [])]),
            ("new_cycle", [(9, 10, []), (12, None, [])]),
            ("ignore", [(9, 10, [])]),
        ],
    )
    def test_reopening_follows_the_policy_when_the_ticket_was_done(
        self, policy: str, expected: list[object]
    ) -> None:
        """Resolved at 10, closed at 11, reopened at 12 (law S8)."""
        closed = TicketClosed(ticket_id=ID, occurred_at=at(11), state="closed")
        target = ServiceLevelTarget(metric="resolution", goals=HOUR, reopen=policy)  # type: ignore[arg-type]
        found = cycles_of(case(resolved(10), closed, reopened(12)), target)
        seen = [
            (*hours(each.start, each.end), [tuple(hours(*gap)) for gap in each.gaps])
            for each in found
        ]
        assert seen == expected

    def test_response_is_not_reopened_when_it_was_answered(self) -> None:
        """Its stop still holds; a cancelled one waits again."""
        target = ServiceLevelTarget(metric="response", goals=HOUR)
        answered = cycles_of(case(resolved(10), reopened(12)), target)
        unanswered = cycles_of(case(resolved(10, automatic=True), reopened(12)), target)
        assert hours(answered[0].stopped) == [10]
        assert (unanswered[0].end, len(unanswered)) == (None, 1)

    def test_update_stops_and_starts_when_an_answer_comes(self) -> None:
        """One event ends a cycle and begins the next; being done cancels the last."""
        answers = [AnswerSent(ticket_id=ID, occurred_at=at(hour)) for hour in (10, 12)]
        cancelled = TicketCancelled(ticket_id=ID, occurred_at=at(13), state="cancelled")
        target = ServiceLevelTarget(metric="update", goals=HOUR)
        found = cycles_of(case(*answers, cancelled), target)
        assert [hours(c.start, c.stopped, c.cancelled) for c in found] == [
            [10, 12, None],
            [12, None, 13],
        ]

    def test_cycle_is_reset_when_the_condition_becomes_true(self) -> None:
        """A level takes effect once, however long it holds."""
        rules = ClockRules(
            start=field("event").is_("TicketOpened"),
            stop=field("category").is_("closed"),
            reset=field("category").is_("on_hold"),
        )
        target = ServiceLevelTarget(metric="resolution", goals=HOUR, rules=rules)
        found = cycles_of(case(hold(10), hold(11, "other")), target)
        assert [hours(c.start, c.cancelled) for c in found] == [[9, 10], [10, None]]

    def test_cycle_starts_where_the_anchor_says_when_it_is_another(self) -> None:
        """At the opening, or when it was registered: not before that."""
        late = ContactReceived(ticket_id=ID, occurred_at=at(11), recorded_at=at(14))
        told = (AnswerSent(ticket_id=ID, occurred_at=at(10)), late)

        def starts(anchor: str, as_of: float) -> list[float | None]:
            target = ServiceLevelTarget(metric="next_reply", goals=HOUR, anchor=anchor)  # type: ignore[arg-type]
            return hours(*(cycle.start for cycle in cycles_of(case(*told, as_of=as_of), target)))

        assert starts("occurred", 12) == [11]
        assert starts("opened", 12) == [9]
        assert starts("registered", 12) == []
        assert starts("registered", 14) == [14]

    @pytest.mark.parametrize("later", [(), (reopened(15),)], ids=["as of", "event"])
    def test_end_of_an_override_ends_a_cycle_when_the_rules_look_at_the_priority(
        self, later: tuple[TicketEvent, ...]
    ) -> None:
        """P1 by hand from 10 to 12; the clock runs while it is P1, whoever comes later (P3)."""
        by_hand = PriorityOverridden(
            ticket_id=ID, occurred_at=at(10), priority="P1", reason="x", expires_at=at(12)
        )
        urgent = field("priority").is_("P1")
        rules = ClockRules(start=urgent, stop=~urgent)
        target = ServiceLevelTarget(metric="resolution", goals=HOUR, rules=rules)
        found = cycles_of(case(by_hand, *later), target)
        assert [hours(cycle.start, cycle.stopped) for cycle in found] == [[10, 12]]

    def test_override_holds_still_when_it_ends_after_the_question(self) -> None:
        """Asked at 11, and at 12 sharp."""
        by_hand = PriorityOverridden(
            ticket_id=ID, occurred_at=at(10), priority="P1", reason="x", expires_at=at(12)
        )
        assert [len(case(by_hand, as_of=hour).steps) for hour in (11, 11.999, 12)] == [2, 2, 3]

    def test_commitments_end_by_their_own_id_when_kept_or_withdrawn(self) -> None:
        """A resolution of the ticket does not end them (law D4)."""
        made = [
            CommitmentMade(ticket_id=ID, occurred_at=at(9), commitment_id=each, due_at=at(15))
            for each in "abc"
        ]
        kept = CommitmentKept(ticket_id=ID, occurred_at=at(11), commitment_id="a")
        gone = CommitmentWithdrawn(ticket_id=ID, occurred_at=at(12), commitment_id="b")
        found = commitments_of(case(*made, resolved(10), kept, gone))
        assert [(c.subject, *hours(c.stopped, c.cancelled)) for c in found] == [
            ("a", 11, None),
            ("b", None, 12),
            ("c", None, None),
        ]


class TestPauses:
    """When a pause condition held."""

    def test_pause_begins_anew_when_the_reason_changes(self) -> None:
        """With its own label; the evidence is that of the hold in force."""
        target = ServiceLevelTarget(metric="agent_work", goals=HOUR)
        told = (hold(10), hold(11), hold(12, "supplier", "PO 7"), resumed(13), hold(14, ""))
        found = pauses_of(case(*told), target)
        assert [(p.label, *hours(p.start, p.end), p.has_evidence) for p in found] == [
            ("awaiting_requester", 10, 12, False),
            ("supplier", 12, 13, True),
            ("on_hold", 14, None, False),
        ]

    def test_pause_lasts_until_its_resume_condition_when_there_is_one(self) -> None:
        """Where both hold at one event, the clock runs."""
        rules = ClockRules(
            start=field("event").is_("TicketOpened"),
            stop=field("category").is_("closed"),
            pause=field("event").is_("AnswerSent"),
            resume=field("event").is_in("ContactReceived", "TicketReopened"),
        )
        target = ServiceLevelTarget(metric="resolution", goals=HOUR, rules=rules)
        told = (
            AnswerSent(ticket_id=ID, occurred_at=at(10)),
            ContactReceived(ticket_id=ID, occurred_at=at(12)),
            AnswerSent(ticket_id=ID, occurred_at=at(14)),
        )
        found = pauses_of(case(*told), target)
        assert [(p.label, *hours(p.start, p.end)) for p in found] == [
            ("new", 10, 12),
            ("new", 14, None),
        ]
