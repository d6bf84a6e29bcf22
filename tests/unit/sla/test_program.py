"""Compiled conditions: flags, moves, and what is remembered of them (S6)."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.conditions import Predicate, all_of, any_of, field
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
)
from itsm_core.ids import PersonId
from itsm_core.sla import ClockState, PauseLimit, evaluate, facts_after
from itsm_core.sla import _program as program_module
from itsm_core.sla._program import BITS, PAUSE, START, STOP, Program, fields_of
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    ID,
    IN_NETWORK,
    PAUSING,
    agreed,
    answered,
    assigned,
    at,
    changed,
    clock,
    contacted,
    held,
    opened,
    overridden,
    resumed,
    ruled,
    target,
)

NOT_IN_NETWORK = ~IN_NETWORK


class TestFields:
    """Which facts a condition reads."""

    @pytest.mark.parametrize(
        ("rule", "names"),
        [
            (IN_NETWORK, {"group"}),
            (NOT_IN_NETWORK, {"group"}),
            (all_of(ANSWERS, NOT_IN_NETWORK), {"event", "group"}),
            (
                any_of(ANSWERS, all_of(IN_NETWORK, field("answered").is_(True))),
                {"event", "group", "answered"},
            ),
        ],
    )
    def test_fields_are_those_of_all_parts(self, rule: Predicate, names: set[str]) -> None:
        """However deep."""
        assert fields_of(rule) == names


class TestMoves:
    """Which targets an event concerns, and how."""

    PROGRAM = Program(
        (
            target(**ruled(IN_NETWORK, ANSWERS)),
            target(name="b", **ruled(CONTACTS, NOT_IN_NETWORK, pause=IN_NETWORK)),
        )
    )
    SECOND = 1 << BITS

    def flags(self, *events: TicketEvent) -> int:
        """Return the flags after the last of some events."""
        *_, (_, _, facts) = facts_after((opened(), *events))
        return self.PROGRAM.flags(facts)

    def test_flags_are_the_conditions_that_hold(self) -> None:
        """Those of the second target above those of the first."""
        assert self.flags() == STOP * self.SECOND
        assert self.flags(assigned(10, "network")) == START + PAUSE * self.SECOND
        assert self.flags(answered(10)) == STOP + STOP * self.SECOND
        assert self.flags(contacted(10)) == (START + STOP) * self.SECOND

    def test_level_takes_effect_when_it_becomes_true(self) -> None:
        """Network has it: the first target starts, the second pauses; again, nothing moves."""
        before, now = self.flags(), self.flags(assigned(10, "network"))
        assert self.PROGRAM.moves(before, now, 0) == ((0, START, START), (1, PAUSE, PAUSE))
        assert self.PROGRAM.moves(now, now, 0) == ()

    def test_pulse_takes_effect_each_time(self) -> None:
        """One contact after the other."""
        now = self.flags(contacted(10))
        assert self.PROGRAM.moves(now, now, 0) == ((1, START + STOP, START),)

    def test_pause_concerns_its_target_also_when_it_ends(self) -> None:
        """Network passes it on: nothing begins, but something is over."""
        now = self.flags()
        assert self.PROGRAM.moves(PAUSE * self.SECOND, now, 0) == ((1, STOP, STOP),)
        assert self.PROGRAM.moves(PAUSE * self.SECOND, 0, 0) == ((1, 0, 0),)

    def test_end_of_a_level_concerns_nobody_when_it_is_no_pause(self) -> None:
        """Another group has it: what started goes on."""
        assert self.PROGRAM.moves(START, 0, 0) == ()
        assert self.PROGRAM.moves((START + STOP) * self.SECOND, 0, 0) == ()

    def test_target_asked_for_is_looked_at_in_any_case(self) -> None:
        """Though nothing changed."""
        assert self.PROGRAM.moves(START, START, STOP) == ((0, START, 0),)


OPENING = ("service", "configuration_item_id", "channel", "ticket_type", "requester")
HOLDERS = ("group", "assignee")
RANKS = ("impact", "urgency", "priority")
CARRIED: list[tuple[type[TicketEvent], str, str]] = [
    *((TicketOpened, name, name) for name in (*OPENING, *HOLDERS, *RANKS)),
    (TicketOpened, "category", "category_name"),
    *((TicketAssigned, name, name) for name in HOLDERS),
    *((TicketReclassified, name, name) for name in ("service", "configuration_item_id")),
    (TicketReclassified, "category", "category_name"),
    *((PriorityChanged, name, name) for name in RANKS),
    (TicketPutOnHold, "reason", "hold_reason"),
]
NEEDED: dict[type[TicketEvent], dict[str, str]] = {
    PriorityChanged: {"priority": "P1"},
    TicketPutOnHold: {"state": "on_hold", "reason": "parts"},
}


class TestMemory:
    """What is remembered about one history must not leak into another."""

    @pytest.mark.parametrize(("kind", "name", "fact"), CARRIED)
    def test_histories_are_told_apart_when_one_event_carries_another_fact(
        self, kind: type[TicketEvent], name: str, fact: str
    ) -> None:
        """The clock starts where the fact is x: each history is judged twice, by turns."""
        agreement = agreed(target(**ruled(field(fact).is_("x"), ANSWERS)))
        for value, cycles in (("x", 1), ("y", 0)) * 2:
            fields = NEEDED.get(kind, {}) | {name: value}
            event = kind(ticket_id=ID, occurred_at=at(9), **fields)  # type: ignore[arg-type]
            events = (event,) if kind is TicketOpened else (opened(priority="P1"), event)
            assert len(evaluate(events, agreement, as_of=at(10))) == cycles

    PROMISE = target(pause_on={PAUSING}, pause_limits=[PauseLimit(reason="*", needs_evidence=True)])

    @pytest.mark.parametrize(
        ("events", "due"),
        [
            ((held(10, evidence="order"), resumed(11)), 14),
            ((held(10), resumed(11)), 13),
            ((held(10, evidence="order"), resumed(12)), 15),
            ((held(10, "parts", evidence="order"), resumed(12)), 13),
        ],
    )
    def test_histories_of_one_agreement_are_judged_by_themselves(
        self, events: tuple[TicketEvent, ...], due: float
    ) -> None:
        """The same classes in the same order, and another reason, evidence or instant."""
        agreement = agreed(self.PROMISE)
        first = (opened(), held(10, evidence="order"), resumed(11))
        for _ in range(2):
            assert evaluate(first, agreement, as_of=at(12))["resolution"].due_at == at(14)
            again = evaluate((opened(), *events), agreement, as_of=at(12.5))
            assert again["resolution"].due_at == at(due)

    def test_expiry_of_an_override_counts_by_its_instant(self) -> None:
        """A clock that stops at P2: one history's override is over by then, one's is not."""
        promise = target(**ruled(field("event").is_("TicketOpened"), field("priority").is_("P2")))
        agreement = agreed(promise)
        for until, state in ((10.5, ClockState.MET), (12.5, ClockState.RUNNING)) * 2:
            events = (opened(), overridden(9.5, "P3", until), changed(10, "P2"), contacted(11))
            assert evaluate(events, agreement, as_of=at(12))["resolution"].state is state

    def test_requester_is_looked_at_when_a_rule_does(self) -> None:
        """The same events by somebody else."""
        promise = target(
            **ruled(field("event").is_("TicketOpened"), field("by_requester").is_(True) & CONTACTS)
        )
        agreement = agreed(promise)
        for actor, state in (("ann", ClockState.MET), ("bob", ClockState.RUNNING)) * 2:
            said = attrs.evolve(contacted(10), actor=PersonId(actor))
            events = (opened(requester=PersonId("ann")), said)
            assert evaluate(events, agreement, as_of=at(11))["resolution"].state is state

    @pytest.mark.parametrize(
        ("rule", "events", "is_remembered"),
        [
            (IN_NETWORK, (), True),
            (IN_NETWORK, (contacted(10),) * 63, True),
            (IN_NETWORK, (contacted(10),) * 64, False),
            (IN_NETWORK, (overridden(10, "P2"),), False),
            (field("by_requester").is_(True), (), False),
            (field("requester_is_assignee").is_(True), (), False),
        ],
    )
    def test_history_is_remembered_when_others_are_likely_to_be_alike(
        self, rule: Predicate, events: tuple[TicketEvent, ...], is_remembered: bool
    ) -> None:
        """Not if it is long, if who did something matters, or the instant of an expiry."""
        program = Program((target(**ruled(rule, ANSWERS)),))
        assert (program.sign((opened(), *events)) is not None) is is_remembered

    def test_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of twenty histories, each unlike the others, no more than two are remembered."""
        monkeypatch.setattr(program_module, "_MOST_REMEMBERED", 2)
        program = Program((target(**ruled(IN_NETWORK, ANSWERS)),))
        for n in range(20):
            events = (opened(), assigned(10, f"group {n}"))
            program.script(program.sign(events), events, events[0])
            assert len(program._scripts) <= 2
            assert len(program._known) <= 2
            assert len(program._moves) <= 2

    def test_answers_stay_right_when_the_memory_is_full(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Two are remembered, eight are asked, three times over."""
        monkeypatch.setattr(program_module, "_MOST_REMEMBERED", 2)
        agreement = agreed(target(**ruled(IN_NETWORK, NOT_IN_NETWORK)))
        for _ in range(3):
            for n in range(8):
                groups = ["network" if n & 1 << bit else f"desk {n}" for bit in range(3)]
                events = [assigned(10 + place, group) for place, group in enumerate(groups)]
                evaluation = evaluate((opened(), *events), agreement, as_of=at(13))
                starts = "".join("x" if n & 1 << bit else " " for bit in range(3)).split()
                assert len(evaluation) == len(starts)

    def test_long_history_is_judged_like_a_short_one(self) -> None:
        """Seventy contacts: more than is remembered."""
        events = [contacted(10 + n / 100) for n in range(70)]
        assert clock(target(), opened(), *events, hour=12).due_at == at(13)

    def test_event_class_of_one_s_own_is_judged_like_its_base(self) -> None:
        """An answer by mail is an answer."""

        @attrs.frozen(kw_only=True, repr=False)
        class MailAnswered(AnswerSent):
            mailbox: str = ""

        mail = MailAnswered(ticket_id=ID, occurred_at=at(10))
        assert clock(target(metric="response"), opened(), mail).stopped_at == at(10)
