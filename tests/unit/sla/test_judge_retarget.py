"""What a change of priority does to a promise (S7)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.calendars import (
    WallTime,
    WorkingDays,
)
from itsm_core.events import TicketEvent
from itsm_core.sla import ClockState, SlaClock, evaluate
from tests.unit.sla.ticket import (
    AGREEMENT,
    HOUR,
    OFFICE,
    PAUSING,
    at,
    cancelled,
    changed,
    clock,
    held,
    opened,
    overridden,
    reopened,
    resolution,
    resolved,
    resumed,
    target,
)

GOALS = {"P1": 4 * HOUR, "P2": 8 * HOUR}


def told(policy: str, *events: TicketEvent, hour: float, first: str = "P1") -> SlaClock:
    """Return the clock of a ticket opened at 09:00, round the clock, by a policy of retargeting."""
    promise = target(goals=GOALS, retarget=policy, pause_on={PAUSING})
    return clock(promise, opened(priority=first), *events, hour=hour)


class TestPolicies:
    """S7: what a change of goal makes of the time that has passed."""

    @pytest.mark.parametrize(
        ("policy", "due", "allowance", "priority"),
        [
            ("from_start", 13, 4, "P1"),
            ("from_change", 15, 6, "P1"),
            ("share", 14, 5, "P1"),
            ("keep", 17, 8, "P2"),
        ],
    )
    def test_stricter_goal_by_each_policy(
        self, policy: str, due: float, allowance: float, priority: str
    ) -> None:
        """Eight hours from 09:00, four from 11:00: a quarter used, so three quarters of four."""
        late = told(policy, changed(11, "P1"), hour=12, first="P2")
        assert (late.due_at, late.priority) == (at(due), priority)
        assert late.allowance_us == allowance * 3_600_000_000

    @pytest.mark.parametrize(("policy", "due"), [("from_change", 15), ("share", 14.5)])
    def test_paused_time_is_not_used_up(self, policy: str, due: float) -> None:
        """On hold from 09:30 to 10:30: one hour of eight used by 11:00, seven eighths are left."""
        events = (held(9.5), resumed(10.5), changed(11, "P1"))
        assert told(policy, *events, hour=12, first="P2").due_at == at(due)

    def test_nothing_is_left_when_the_goal_is_used_up_at_the_change(self) -> None:
        """Exactly due at 13:00 and not broken: no share of the eight hours is left."""
        late = told("share", changed(13, "P2"), hour=13)
        assert (late.due_at, late.state) == (at(13), ClockState.RUNNING)

    def test_goal_of_no_time_leaves_no_share(self) -> None:
        """On hold from the opening to 12:00, so not broken at 11:00; due when the hold ends."""
        promise = target(
            goals={"P1": timedelta(0), "P2": 8 * HOUR}, retarget="share", pause_on={PAUSING}
        )
        events = (held(9), changed(11, "P2"), resumed(12))
        assert clock(promise, opened(), *events, hour=13).breached_at == at(12)

    def test_share_is_taken_from_wall_to_working_time(self) -> None:
        """Half of twelve wall hours by 15:00, so half of eight working hours from there on."""
        promise = target(goals={"P1": WallTime(12 * HOUR), "P2": 8 * HOUR}, retarget="share")
        late = clock(promise, opened(), changed(15, "P2"), hour=16, calendar=OFFICE)
        assert late.due_at == at(11, 6)

    def test_only_the_label_moves_when_the_goals_are_the_same(self) -> None:
        """Four hours for either: due stays at 13:00, though counting from the change."""
        promise = target(goals={"P1": 4 * HOUR, "P2": 4 * HOUR}, retarget="from_change")
        late = clock(promise, opened(), changed(11, "P2"), hour=14)
        assert (late.priority, late.due_at, late.breached_at) == ("P2", at(13), at(13))

    def test_first_label_stays_when_the_first_goal_is_kept(self) -> None:
        """`keep` keeps the priority that was promised, too."""
        promise = target(goals={"P1": 4 * HOUR, "P2": 4 * HOUR}, retarget="keep")
        assert clock(promise, opened(), changed(11, "P2"), hour=12).priority == "P1"

    def test_broken_promise_keeps_its_label(self) -> None:
        """Broken at 13:00, the same goal under another name at 14:00."""
        promise = target(goals={"P1": 4 * HOUR, "P2": 4 * HOUR})
        assert clock(promise, opened(), changed(14, "P2"), hour=15).priority == "P1"


class TestWithdrawn:
    """S7: a stretch without a goal withdraws the promise; what comes back is new."""

    @pytest.mark.parametrize(
        ("policy", "due"), [("from_start", 17), ("from_change", 20), ("share", 14), ("keep", 13)]
    )
    def test_time_goes_on_counting_in_between(self, policy: str, due: float) -> None:
        """P1 until 10:00, P2 from 12:00: three hours of four used, a quarter of eight left."""
        late = told(policy, changed(10, "P9"), changed(12, "P2"), hour=12)
        assert (late.due_at, late.state) == (at(due), ClockState.RUNNING)

    def test_promise_that_comes_back_too_late_is_broken_when_it_comes(self) -> None:
        """The same four hours: over at 13:00, promised again at 14:00."""
        events = (changed(10, "P9"), changed(14, "P1"))
        late = told("from_start", *events, hour=14)
        assert (late.state, late.due_at, late.breached_at) == (
            ClockState.BREACHED,
            at(13),
            at(14),
        )

    def test_kept_promise_that_comes_back_too_late_is_broken_when_it_comes(self) -> None:
        """The first goal goes on judging, since 14:00."""
        late = told("keep", changed(10, "P9"), changed(14, "P2"), hour=15)
        assert (late.priority, late.due_at, late.breached_at) == ("P1", at(13), at(14))

    def test_promise_broken_before_it_was_withdrawn_stays_broken(self) -> None:
        """Due at 13:00, withdrawn at 13:30: the milder goal of 15:00 comes too late."""
        late = told("from_start", changed(13.5, "P9"), changed(15, "P2"), hour=16)
        assert (late.priority, late.breached_at) == ("P1", at(13))

    def test_promise_withdrawn_when_it_was_due_was_not_broken(self) -> None:
        """At 13:00 sharp it could still be kept; eight hours hold from 15:00 on."""
        late = told("from_start", changed(13, "P9"), changed(15, "P2"), hour=16)
        assert (late.state, late.due_at) == (ClockState.RUNNING, at(17))

    def test_promise_withdrawn_in_a_pause_was_not_broken(self) -> None:
        """On hold from 12:00: at 13:30 it still has its last hour."""
        events = (held(12), changed(13.5, "P9"), changed(15, "P2"))
        late = told("from_start", *events, hour=16)
        assert (late.state, late.priority) == (ClockState.PAUSED, "P2")

    def test_second_withdrawal_asks_what_came_back(self) -> None:
        """P2 since 12:00 is due at 17:00; withdrawn at 18:00, it was broken, P1 comes in vain."""
        events = (changed(10, "P9"), changed(12, "P2"), changed(18, "P9"), changed(19, "P1"))
        late = told("from_start", *events, hour=20)
        assert (late.priority, late.breached_at) == ("P2", at(17))

    @pytest.mark.parametrize(
        ("policy", "due"), [("from_start", 13), ("from_change", 15), ("share", 15), ("keep", 13)]
    )
    def test_first_goal_that_comes_late_by_each_policy(self, policy: str, due: float) -> None:
        """Nothing promised before 11:00; from then on all of it is left, or two hours of four."""
        assert told(policy, changed(11, "P1"), hour=12, first="P9").due_at == at(due)

    def test_share_of_a_first_goal_in_working_days_is_its_whole_length(self) -> None:
        """Tuesday 09:00 is 24 open hours away round the clock: as many from 11:00 on."""
        promise = target(goals={"P1": WorkingDays(1)}, retarget="share")
        events = (opened(priority="P9"), changed(11, "P1"))
        assert clock(promise, *events, hour=12).due_at == at(11, 6)

    def test_stop_stands_when_the_promise_is_withdrawn_at_its_instant(self) -> None:
        """Both at 11:00: it was still promised when it was solved."""
        late = told("from_start", changed(11, "P9"), resolved(11), hour=12)
        assert (late.state, late.stopped_at) == (ClockState.MET, at(11))


class TestOverrides:
    """P3: a priority set by hand holds until it expires, by time alone."""

    @pytest.mark.parametrize(
        ("hour", "priority", "due"),
        [(9.5, "P2", 17), (10, "P1", 13), (11.99, "P1", 13), (12, "P2", 17)],
    )
    def test_goal_is_that_of_the_override_while_it_lasts(
        self, hour: float, priority: str, due: float
    ) -> None:
        """P1 by hand from 10:00 to 12:00."""
        late = told("from_start", overridden(10, "P1", 12), hour=hour, first="P2")
        assert (late.priority, late.due_at) == (priority, at(due))

    def test_promise_broken_under_an_override_stays_broken(self) -> None:
        """Due at 13:00, an hour before P2 comes back."""
        late = told("from_start", overridden(10, "P1", 14), hour=15, first="P2")
        assert (late.priority, late.breached_at) == ("P1", at(13))

    def test_priority_changed_beneath_holds_when_the_override_expires(self) -> None:
        """P9 since 11:00, visible from 12:00 on: withdrawn then."""
        late = told("from_start", overridden(10, "P2", 12), changed(11, "P9"), hour=13)
        assert (late.state, late.cancelled_at) == (ClockState.CANCELLED, at(12))


class TestPriority:
    """S7, default: keep what elapsed, swap the goal."""

    def test_goal_is_swapped_and_counted_from_the_start(self) -> None:
        """P1 at 09:00 becomes P2 at 10:00: eight hours from 09:00, at closing."""
        clock = resolution(opened(), changed(10, "P2"), hour=12)
        assert (clock.priority, clock.due_at, clock.elapsed) == ("P2", at(17), 3 * HOUR)

    def test_change_to_a_higher_priority_may_break_the_promise_at_once(self) -> None:
        """P2 at 09:00 becomes P1 at 14:00: due at 13:00, broken when it was promised."""
        clock = resolution(opened(priority="P2"), changed(14, "P1"), hour=14)
        assert (clock.state, clock.due_at) == (ClockState.BREACHED, at(13))
        assert clock.breached_at == at(14)

    def test_metric_has_no_clock_when_no_priority_has_a_goal(self) -> None:
        """A legal answer: nothing was promised."""
        evaluation = evaluate([opened(priority="P9")], AGREEMENT, as_of=at(10))
        assert len(evaluation) == 0
        assert evaluation.priority == "P9"

    def test_clock_starts_when_a_priority_with_a_goal_comes(self) -> None:
        """The anchor is the opening all the same."""
        clock = resolution(opened(priority=""), changed(10, "P1"), hour=11)
        assert (clock.started_at, clock.due_at) == (at(9), at(13))

    @pytest.mark.parametrize("hour", [10, 11, 14, 23])
    def test_clock_is_cancelled_when_the_priority_loses_its_goal(self, hour: float) -> None:
        """At the instant of the change, whenever it is asked: no breach comes after it (S16)."""
        clock = resolution(opened(), changed(10, "P9"), changed(10.5, "P8"), hour=hour)
        assert (clock.state, clock.breached_at) == (ClockState.CANCELLED, None)
        assert clock.wall_elapsed == HOUR

    def test_lost_goal_cancels_also_what_is_resolved_later(self) -> None:
        """Nobody was promised anything any more when the solution came."""
        clock = resolution(opened(), changed(10, "P9"), resolved(11))
        assert (clock.state, clock.stopped_at) == (ClockState.CANCELLED, None)

    def test_lost_goal_leaves_a_verdict_alone(self) -> None:
        """Resolved first: met is met."""
        clock = resolution(opened(), resolved(11), changed(12, "P9"))
        assert (clock.state, clock.stopped_at) == (ClockState.MET, at(11))

    def test_goal_that_comes_back_brings_the_clock_back(self) -> None:
        """P1, none, P2: the promise of P2 from the start."""
        clock = resolution(opened(), changed(10, "P9"), changed(11, "P2"), hour=12)
        assert (clock.state, clock.due_at) == (ClockState.RUNNING, at(17))

    def test_priority_after_the_stop_changes_no_verdict(self) -> None:
        """Broken at 13:00, resolved at 14:00: a milder priority at 15:00 does not mend it."""
        clock = resolution(opened(), resolved(14), changed(15, "P2"), hour=16)
        assert (clock.state, clock.priority, clock.due_at) == (ClockState.BREACHED, "P1", at(13))

    @pytest.mark.parametrize("hour", [13.5, 14.5, 23])
    def test_milder_priority_does_not_mend_a_broken_promise(self, hour: float) -> None:
        """Broken at 13:00; the change at 14:00 changes nothing, whenever it is asked (S4)."""
        clock = resolution(opened(), changed(14, "P2"), hour=hour)
        assert (clock.state, clock.priority) == (ClockState.BREACHED, "P1")
        assert clock.due_at == clock.breached_at == at(13)

    def test_milder_priority_in_time_gives_more_time(self) -> None:
        """Changed at 12:59, an hour before due would have passed: eight hours from the start."""
        clock = resolution(opened(), changed(12.99, "P2"), hour=15)
        assert (clock.state, clock.due_at) == (ClockState.RUNNING, at(17))

    def test_stricter_priority_that_comes_too_late_is_broken_when_it_comes(self) -> None:
        """P1's four hours were over at 13:00, but nobody had promised them before 14:00."""
        events = (attrs.evolve(opened(), priority="P2"), changed(14, "P1"))
        before, after = (resolution(*events, hour=hour) for hour in (13.5, 15))
        assert (before.state, before.breached_at) == (ClockState.RUNNING, None)
        assert (after.state, after.breached_at, after.due_at) == (
            ClockState.BREACHED,
            at(14),
            at(13),
        )

    def test_reopening_a_cancelled_ticket_goes_on(self) -> None:
        """What was cancelled by mistake is promised again; the time between does not count."""
        clock = resolution(opened(), cancelled(10), reopened(12), hour=13)
        assert (clock.state, clock.due_at) == (ClockState.RUNNING, at(15))

    def test_breach_before_the_goal_was_lost_stays(self) -> None:
        """Cancelled at 14:00, broken at 13:00."""
        clock = resolution(opened(), changed(14, "P9"))
        assert (clock.state, clock.breached_at) == (ClockState.BREACHED, at(13))
        assert (clock.stopped_at, clock.cancelled_at) == (None, at(14))
