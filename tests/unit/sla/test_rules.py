"""What each metric means, and rules of one's own (S5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from itsm_core.conditions import Kind, field
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.events import ContactReceived, TicketEvent, TicketMoved, WorkStarted
from itsm_core.sla import (
    FACTS,
    ClockRules,
    ClockState,
    ServiceLevelTarget,
    held_by,
    on_hold_for,
    waiting_for,
)
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    HOUR,
    ID,
    IN_NETWORK,
    answered,
    assigned,
    at,
    cancelled,
    clock,
    closed,
    contacted,
    held,
    judged,
    opened,
    reopened,
    resolved,
    response,
    resumed,
    spans_of,
    target,
)


def spans(promise: ServiceLevelTarget, *events: TicketEvent) -> list[tuple[float, float | None]]:
    """Return start and end of each cycle, asked at 20:00."""
    return [(start, end) for start, end, _ in spans_of(judged(promise, *events, hour=20))]


class TestMetrics:
    """S5: what each metric means."""

    def test_next_reply_runs_from_each_question_to_its_answer(self) -> None:
        """Only after the first answer, which is the response; a second question changes nothing."""
        events = (contacted(9.5), answered(10), contacted(11), contacted(12), answered(13))
        reply = target(metric="next_reply")
        assert spans(reply, opened(), *events) == [(11, 13)]

    def test_next_reply_is_cancelled_when_the_ticket_is_done(self) -> None:
        """Closed without a further word."""
        evaluation = judged(
            target(metric="next_reply"), opened(), answered(10), contacted(11), closed(12)
        )
        assert spans_of(evaluation) == [(11, 12, "cancelled")]

    def test_update_runs_from_answer_to_answer(self) -> None:
        """An automatic one is none, and the last ends with the ticket."""
        events = (answered(10), answered(11, automatic=True), answered(12), resolved(14))
        evaluation = judged(target(metric="update"), opened(), *events)
        assert spans_of(evaluation) == [(10, 12, "met"), (12, 14, "cancelled")]

    @pytest.mark.parametrize("metric", ["next_reply", "update", "requester_wait"])
    def test_clock_stands_still_while_the_requester_is_awaited(self, metric: str) -> None:
        """An hour of it; what waits for the supplier goes on."""
        events = (
            answered(9),
            contacted(10),
            held(11),
            resumed(12),
            held(12.5, "supplier"),
            resumed(13),
        )
        assert clock(target(metric=metric), opened(8), *events, hour=14).paused == HOUR

    def test_agent_work_stands_still_on_any_hold(self) -> None:
        """Nobody works while it is on hold, whatever for."""
        events = (held(10), resumed(11), held(12, "supplier"), resumed(12.5))
        assert clock(target(metric="agent_work"), opened(), *events, hour=14).paused == 1.5 * HOUR

    def test_resolution_never_stands_still(self) -> None:
        """Unless its target says so."""
        assert clock(target(), opened(), held(10), hour=12).elapsed == 3 * HOUR


class TestHeldBy:
    """An operational level agreement: a group has the ticket."""

    OLA = target(metric="ola", rules=held_by("network", "server"))

    def test_each_time_they_hold_it_is_a_cycle(self) -> None:
        """Passed on among them it is the same one; back from the desk it is another."""
        events = (
            assigned(10, "network"),
            assigned(11, "server"),
            assigned(12, "desk"),
            assigned(13, "network"),
            resolved(14),
        )
        assert spans(self.OLA, opened(), *events) == [(10, 12), (13, 14)]

    def test_cancelled_ticket_cancels_it(self) -> None:
        """Nobody needs them any more."""
        evaluation = judged(self.OLA, opened(), assigned(10, "network"), cancelled(11))
        assert spans_of(evaluation) == [(10, 11, "cancelled")]


class TestWaitingFor:
    """An underpinning contract: the supplier has the ticket."""

    CONTRACT = target(metric="uc", rules=waiting_for("supplier", "parts"))

    def test_each_wait_is_a_cycle(self) -> None:
        """From one reason to the other it is the same wait."""
        events = (
            held(10, "supplier"),
            held(11, "parts"),
            resumed(12),
            held(13, "other"),
            held(14, "parts"),
            resolved(15),
        )
        assert spans(self.CONTRACT, opened(), *events) == [(10, 12), (14, 15)]


class TestRules:
    """Conditions are checked when they are given, and can be read back."""

    RULES = ClockRules(start=CONTACTS, stop=ANSWERS, resume=IN_NETWORK)

    def test_condition_over_unknown_facts_is_refused_with_the_rule_s_name(self) -> None:
        """The fault of the condition, at the place where it was given."""
        with pytest.raises(DefinitionError, match="clock rule 'reset'") as caught:
            ClockRules(start=CONTACTS, stop=ANSWERS, reset=field("prority").is_("P1"))
        assert [fault.code for fault in caught.value.faults] == ["unknown-field"]

    def test_faults_of_several_rules_are_all_listed_with_their_names(self) -> None:
        """Two misspelt facts, one error."""
        with pytest.raises(DefinitionError, match="clock rules") as caught:
            ClockRules(start=field("prority").is_("P1"), stop=field("grup").is_("desk"))
        assert [fault.where.partition(".")[0] for fault in caught.value.faults] == ["start", "stop"]

    def test_rule_that_must_be_there_is_refused_by_its_own_name(self) -> None:
        """One fault needs no place but the name of the rule."""
        nothing: Any = None
        with pytest.raises(DefinitionError, match="clock rule 'stop'") as caught:
            ClockRules(start=CONTACTS, stop=nothing)
        (fault,) = caught.value.faults
        assert (fault.code, fault.where, fault.value) == ("no-condition", "", "None")
        assert fault.message == "nothing stops the clock"
        assert fault.remedy == "write stop=field(...), a condition over FACTS"

    @pytest.mark.parametrize(
        ("helper", "example"),
        [
            (held_by, "held_by('network')"),
            (waiting_for, "on_hold_for('awaiting_requester')"),
            (on_hold_for, "on_hold_for('awaiting_requester')"),
        ],
    )
    def test_helper_without_a_name_shows_how_to_write_it(
        self, helper: Callable[[], object], example: str
    ) -> None:
        """As it could be copied."""
        with pytest.raises(InvalidValue) as caught:
            helper()
        assert str(caught.value).endswith(f"write {example}")

    def test_facts_have_their_types_and_categories(self) -> None:
        """What a condition may look at, and which words a category can be."""
        kinds = {name: spec.kind for name, spec in FACTS.fields.items()}
        named = ["event", "category", "hold_reason", "priority", "impact", "urgency", "service"]
        named += ["category_name", "configuration_item_id", "channel", "ticket_type", "requester"]
        named += ["group", "assignee"]
        told = ["automatic", "by_requester", "requester_is_assignee", "answered", "awaiting_answer"]
        assert kinds == {
            **dict.fromkeys(named, Kind.TEXT),
            **dict.fromkeys(told, Kind.BOOL),
            "reopen_count": Kind.NUMBER,
        }
        assert (FACTS.name, FACTS.fields["category"].choices) == (
            "facts",
            ("new", "active", "on_hold", "resolved", "closed", "cancelled"),
        )

    def test_rules_are_told_in_words_one_a_line(self) -> None:
        """Those that are given."""
        assert self.RULES.explain().splitlines() == [
            "start: event is ContactReceived",
            "stop: event is AnswerSent",
            "resume: group is network",
        ]

    def test_rules_are_json_ready_with_those_that_are_none(self) -> None:
        """Every name is there."""
        data = self.RULES.to_json()
        assert list(data) == ["start", "stop", "cancel", "reset", "pause", "resume"]
        assert [name for name, rule in data.items() if rule is None] == [
            "cancel",
            "reset",
            "pause",
        ]

    @pytest.mark.parametrize("helper", [held_by, waiting_for, on_hold_for])
    def test_helper_without_a_name_is_refused(self, helper: Callable[[], object]) -> None:
        """Nobody holds it: that would be a clock that never starts."""
        with pytest.raises(InvalidValue, match="no name is given"):
            helper()


class TestResponse:
    """The first human answer, and what is none."""

    @pytest.mark.parametrize(
        ("events", "stopped"),
        [
            ([answered(9.5)], 9.5),
            ([answered(9.5, automatic=True), answered(9.75)], 9.75),
            ([answered(9.5), answered(9.75)], 9.5),
            ([resolved(9.5)], 9.5),
            ([ContactReceived(ticket_id=ID, occurred_at=at(9.5))], None),
            ([WorkStarted(ticket_id=ID, occurred_at=at(9.5), state="in_progress")], None),
            ([TicketMoved(ticket_id=ID, occurred_at=at(9.5), state="triage")], None),
        ],
    )
    def test_first_human_answer_stops_the_clock(
        self, events: list[TicketEvent], stopped: float | None
    ) -> None:
        """L5: an auto-reply answers nothing; a human solution is an answer."""
        clock = response(opened(), *events)
        assert clock.stopped_at == (None if stopped is None else at(stopped))
        assert clock.state is (ClockState.BREACHED if stopped is None else ClockState.MET)

    def test_response_is_not_paused_by_reasons_that_it_does_not_list(self) -> None:
        """A hold is no answer."""
        clock = response(opened(), held(9.25), hour=9.5)
        assert (clock.state, clock.paused) == (ClockState.RUNNING, timedelta(0))

    @pytest.mark.parametrize("done", [resolved(9.25, automatic=True), closed(9.25)])
    def test_response_is_cancelled_when_the_ticket_is_done_without_an_answer(
        self, done: TicketEvent
    ) -> None:
        """Nobody waits any more, and nobody answered: neither kept nor broken."""
        clock = response(opened(), done, hour=9.5)
        assert (clock.state, clock.cancelled_at) == (ClockState.CANCELLED, at(9.25))
        assert clock.elapsed == HOUR / 4

    def test_response_goes_on_when_the_ticket_comes_back_unanswered(self) -> None:
        """The hour in which it was done does not count."""
        events = (opened(), resolved(9.25, automatic=True), reopened(10.25), answered(10.75))
        clock = response(*events)
        assert (clock.state, clock.elapsed) == (ClockState.MET, HOUR * 3 / 4)

    def test_response_breach_stays_when_the_ticket_is_closed_later(self) -> None:
        """S4: closing never erases a breach."""
        clock = response(opened(), closed(11))
        assert (clock.state, clock.breached_at) == (ClockState.BREACHED, at(10))
