"""Agreements made ready: what was promised when, also where the agreement changes."""

from __future__ import annotations

import pickle
from typing import ClassVar

import pytest

from itsm_core.calendars import (
    ALWAYS,
    WallTime,
    WorkingTime,
)
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.events import BreachExplained, TicketEvent
from itsm_core.sla import (
    ClockState,
    Evaluation,
    PauseLimit,
    ServiceLevelAgreement,
    evaluate,
    evaluate_regimes,
)
from itsm_core.sla import _plan as plan_module
from itsm_core.sla._judge import Promise
from itsm_core.sla._plan import Held, held_within
from itsm_core.spans import micros
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    HOUR,
    ID,
    IN_NETWORK,
    OFFICE,
    PAUSING,
    agreed,
    answered,
    assigned,
    at,
    changed,
    contacted,
    held,
    made,
    opened,
    resumed,
    ruled,
    target,
)

GOLD = agreed(target(goals={"P1": 4 * HOUR, "P2": 8 * HOUR}), target(metric="response", goals=HOUR))
SILVER = agreed(target(goals=8 * HOUR))


def under(
    *regimes: tuple[float, ServiceLevelAgreement | None],
    events: tuple[TicketEvent, ...] = (opened(),),
    hour: float = 12,
) -> Evaluation:
    """Judge a ticket by agreements, each from an hour on."""
    since = [(micros(at(when)), agreement) for when, agreement in regimes]
    return evaluate_regimes(events, since, as_of=at(hour))


class TestRegimes:
    """S7, S13: the agreement of a ticket may change."""

    def test_goal_changes_with_the_agreement(self) -> None:
        """Four hours become eight, both from the start."""
        assert under((0, GOLD), (10, SILVER))["resolution"].due_at == at(17)
        assert under((0, GOLD), (10, SILVER), hour=9.5)["resolution"].due_at == at(17 - 4)

    def test_change_goes_by_the_retarget_policy_of_the_last_target(self) -> None:
        """Eight hours from the change."""
        anew = agreed(target(goals=8 * HOUR, retarget="from_change"))
        assert under((0, GOLD), (10, anew))["resolution"].due_at == at(18)

    def test_clock_that_the_new_agreement_lacks_is_cancelled(self) -> None:
        """Nobody promises a response any more."""
        response_ = under((0, GOLD), (9.5, SILVER))["response"]
        assert (response_.state, response_.cancelled_at) == (ClockState.CANCELLED, at(9.5))

    def test_clock_that_the_old_agreement_lacked_counts_from_its_start(self) -> None:
        """Not promised before 09:30, but four hours from 09:00."""
        assert under((0, None), (9.5, GOLD))["resolution"].due_at == at(13)

    def test_stretch_without_an_agreement_withdraws_the_promise(self) -> None:
        """Back at 14:00, when its four hours are over: broken then."""
        late = under((0, GOLD), (10, None), (14, GOLD), hour=15)["resolution"]
        assert (late.due_at, late.breached_at) == (at(13), at(14))

    def test_priority_and_agreement_may_change_at_one_instant(self) -> None:
        """P2 at 10:00 under gold from 10:00 on: eight hours."""
        events = (opened(), changed(10, "P2"))
        assert under((0, agreed(target())), (10, GOLD), events=events)["resolution"].due_at == at(
            17
        )

    def test_the_same_goal_on_another_calendar_is_another_promise(self) -> None:
        """From 16:00 four hours round the clock, or in office hours."""
        office = agreed(target(), calendar=OFFICE)
        plain = agreed(target())
        late = under((0, plain), (17, office), events=(opened(16),), hour=17)["resolution"]
        assert (late.due_at, late.calendar) == (at(12, 6), OFFICE)

    def test_evaluation_names_the_last_agreement(self) -> None:
        """None after it is no agreement."""
        assert under((0, GOLD), (10, SILVER), (11, None)).agreement_hash == SILVER.content_hash

    def test_commitments_count_on_the_calendar_of_the_last_agreement_that_has_them(self) -> None:
        """The one that takes over has no such target, or comes later."""
        both = agreed(target(), target(metric="commitment", goals={}), calendar=OFFICE)
        events = (opened(), made(10, 12))
        for regimes in (((0, both), (11, SILVER)), ((0, SILVER), (9.5, both))):
            promise = under(*regimes, events=events)["commitment"]
            assert (promise.calendar, promise.state) == (OFFICE, ClockState.RUNNING)

    @pytest.mark.parametrize(("when", "breached"), [(13.5, 13), (12.5, 15)])
    def test_milder_rules_do_not_mend_what_was_broken_before_them(
        self, when: float, breached: float
    ) -> None:
        """Due at 13:00; the agreement that pauses for the hold of two hours comes late, or not."""
        milder = agreed(target(pause_on={PAUSING}))
        events = (opened(), held(10), resumed(12))
        late = under((0, agreed(target())), (when, milder), events=events, hour=16)["resolution"]
        assert (late.state, late.breached_at) == (ClockState.BREACHED, at(breached))

    def test_regimes_out_of_order_are_refused(self) -> None:
        """With the remedy."""
        with pytest.raises(InvalidValue, match="regimes are not in order"):
            under((10, GOLD), (0, SILVER))

    @pytest.mark.parametrize("regimes", [(), ((0, None),)])
    def test_no_agreement_at_all_is_refused(self, regimes: tuple[tuple[float, None], ...]) -> None:
        """There is nothing to judge by."""
        with pytest.raises(InvalidValue, match="no regime has an agreement"):
            under(*regimes)


class TestOtherRules:
    """S4: what was broken before other rules came stays broken, also if they do not know it."""

    OLD = agreed(target(**ruled(CONTACTS, ANSWERS, HOUR)))
    NEW = agreed(target(**ruled(IN_NETWORK, ANSWERS, HOUR)))
    EVENTS = (opened(), contacted(9.5))

    def test_live_cycle_is_cancelled_at_the_change(self) -> None:
        """Due at 10:30; told as of the judgement, not of the change."""
        (late,) = under((0, self.OLD), (12, self.NEW), events=self.EVENTS, hour=16)
        assert (late.state, late.breached_at) == (ClockState.BREACHED, at(10.5))
        assert (late.cancelled_at, late.as_of_us) == (at(12), micros(at(16)))
        assert (late.elapsed, late.ledger[-1].end_us) == (2.5 * HOUR, micros(at(12)))

    def test_ended_cycle_stays_as_it_ended(self) -> None:
        """Answered at 11:00, which the change does not undo."""
        events = (*self.EVENTS, answered(11))
        (late,) = under((0, self.OLD), (12, self.NEW), events=events, hour=16)
        assert (late.stopped_at, late.cancelled_at) == (at(11), None)

    def test_cycle_that_was_in_time_is_not_kept(self) -> None:
        """Due at the very change: not yet broken."""
        assert not under((0, self.OLD), (10.5, self.NEW), events=self.EVENTS, hour=16).clocks

    def test_cycles_are_numbered_by_their_start(self) -> None:
        """The kept one lies between two of the new rules."""
        events = (
            opened(group="network"),
            answered(9.5),
            contacted(10),
            assigned(11.5, "desk"),
            assigned(14, "network"),
        )
        found = under((0, self.OLD), (12, self.NEW), events=events, hour=16)
        assert [(each.cycle, each.started_at) for each in found] == [
            (1, at(9)),
            (2, at(10)),
            (3, at(14)),
        ]

    def test_kept_cycles_stand_in_the_order_of_the_targets(self) -> None:
        """The first target's, although the new rules have none for it."""
        reply = target(metric="response", goals=8 * HOUR)
        old, new = (agreed(*each.targets, reply) for each in (self.OLD, self.NEW))
        found = under((0, old), (12, new), events=self.EVENTS, hour=16)
        assert [each.name for each in found] == ["resolution", "response"]

    def test_breach_is_laid_on_the_cycle_with_the_same_start(self) -> None:
        """The old #1 is #2 by the new rules, who pause; their #1 was met."""
        either = CONTACTS | field("event").is_("TicketAssigned")
        new = agreed(target(**ruled(either, ANSWERS, 3 * HOUR, pause_on={PAUSING})))
        events = (
            opened(),
            assigned(9.25, "network"),
            answered(9.5),
            contacted(10),
            held(10.25),
            resumed(11.5),
        )
        first, second = under((0, self.OLD), (12, new), events=events, hour=12.5)
        assert (first.state, second.breached_at) == (ClockState.MET, at(11))

    def test_earlier_breach_by_the_new_rules_stands(self) -> None:
        """By the old ones due at 15:00, after the hold; by the new ones at 13:00."""
        mild, events = agreed(target(pause_on={PAUSING})), (opened(), held(10), resumed(12))
        late = under((0, mild), (15.5, agreed(target())), events=events, hour=16)["resolution"]
        assert late.breached_at == at(13)

    def test_explanation_told_after_the_change_finds_the_cycle_by_its_number(self) -> None:
        """The second one is the one that was kept."""
        told = BreachExplained(
            ticket_id=ID, occurred_at=at(15), clock="resolution", cycle=2, reason="supplier"
        )
        events = (opened(group="network"), answered(9.5), contacted(10), told)
        found = under((0, self.OLD), (12, self.NEW), events=events, hour=16)
        assert [each.breach_reason for each in found] == ["", "supplier"]


class TestLimits:
    """A limit of pauses counts on the calendar of the promise that it bounds (S9, S13)."""

    @pytest.mark.parametrize("hour", [5, 9, 12])
    def test_breach_stays_when_a_later_calendar_would_allow_a_longer_pause(
        self, hour: float
    ) -> None:
        """Two hours on the wall from 01:00, an hour of pause from 02:00: broken at 04:00 (S4).

        From 08:00 on the budget would count in office hours, of which none had passed.
        """
        budget = PauseLimit(reason=PAUSING, budget=HOUR)
        promise = target(goals=WallTime(2 * HOUR), pause_on={PAUSING}, pause_limits=[budget])
        regimes = ((0, agreed(promise)), (8, agreed(promise, calendar=OFFICE)))
        clock = under(*regimes, events=(opened(1), held(2)), hour=hour)["resolution"]
        assert (clock.state, clock.breached_us) == (ClockState.BREACHED, micros(at(4)))


class TestHeldWithin:
    """Which promises held between two instants, and since when none does."""

    A, B = (Promise(WorkingTime(n * HOUR), ALWAYS, "") for n in (1, 2))
    HELD: ClassVar[Held] = [(0, None), (10, A), (20, None), (30, B), (40, None), (50, None)]

    @pytest.mark.parametrize(
        ("start", "end", "held", "withdrawn"),
        [
            (10, 15, [(10, A)], None),
            (12, 20, [(12, A)], 20),
            (12, 35, [(12, A), (20, None), (30, B)], None),
            (5, 12, [(5, None), (10, A)], None),
            (35, 99, [(35, B)], 40),
            (0, 5, [], None),
            (20, 25, [], None),
            (45, 99, [], None),
        ],
    )
    def test_what_held_within(
        self, start: int, end: int, held: Held, withdrawn: int | None
    ) -> None:
        """From 10 to 20 one, from 30 to 40 another."""
        assert held_within(self.HELD, start, end) == (held, withdrawn)

    def test_what_held_all_the_time(self) -> None:
        """One promise, or none."""
        assert held_within([(0, self.A)], 5, 9) == ([(5, self.A)], None)
        assert held_within([(0, None)], 5, 9) == ([], None)


class TestPlan:
    """An agreement is made ready once."""

    def test_goals_stay_right_when_the_memory_is_full(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One priority is remembered, three are asked, twice over."""
        monkeypatch.setattr(plan_module, "_MOST_REMEMBERED", 1)
        agreement = agreed(target(goals={"P1": HOUR, "P2": 2 * HOUR, "P3": 3 * HOUR}))
        for number in (1, 2, 3) * 2:
            evaluation = evaluate((opened(priority=f"P{number}"),), agreement, as_of=at(9))
            assert evaluation["resolution"].due_at == at(9 + number)

    def test_plan_is_made_once_and_not_pickled(self) -> None:
        """It holds functions; the agreement that arrives makes its own."""
        agreement = agreed(target())
        assert agreement.plan is agreement.plan
        travelled = pickle.loads(pickle.dumps(agreement))
        assert isinstance(travelled, ServiceLevelAgreement)
        assert (travelled, "plan" in vars(travelled)) == (agreement, False)
