"""When a promise is due: pauses, warnings (S4, S16)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import (
    WallTime,
    WorkingDays,
)
from itsm_core.events import TicketEvent, TicketPutOnHold, WorkStarted
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import StateCategory, fold
from itsm_core.sla import (
    RESOLVED,
    ClockState,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
    next_event,
)
from tests.unit.sla.ticket import (
    HOUR,
    ID,
    OFFICE,
    PAUSING,
    answered,
    at,
    cancelled,
    clock,
    excluded,
    held,
    judged,
    opened,
    reopened,
    resolution,
    resolved,
    resumed,
    target,
)


class TestPauses:
    """Law S16 and what surrounds it."""

    @pytest.mark.parametrize(
        ("events", "due"),
        [
            ([held(10), resumed(11)], (14, 5)),
            ([held(10), resumed(16)], (11, 6)),
            ([held(12), resumed(10, 6)], (11, 6)),
            ([held(10), resumed(10.5), held(11), resumed(11.5)], (14, 5)),
            ([held(13), resumed(14)], (14, 5)),
            ([held(13.5), resumed(14)], (13, 5)),
            ([held(10, "awaiting_supplier"), resumed(11)], (13, 5)),
            ([held(10), held(11, "awaiting_supplier"), resumed(12)], (14, 5)),
            ([held(10, "awaiting_supplier"), held(11), resumed(12)], (14, 5)),
            ([held(10), held(11), resumed(12)], (15, 5)),
            ([resumed(10), held(11), resumed(12), resumed(12.5)], (14, 5)),
            (
                [held(10), WorkStarted(ticket_id=ID, occurred_at=at(11), state="in_progress")],
                (14, 5),
            ),
        ],
    )
    def test_pause_moves_due_by_its_working_time(
        self, events: list[TicketEvent], due: tuple[float, int]
    ) -> None:
        """Counted by hand; a pause that starts after due finds the promise broken."""
        assert resolution(opened(), *events, hour=23, day=6).due_at == at(*due)

    def test_due_is_unknown_while_paused_and_projected(self) -> None:
        """S4: if work went on at 12:00, two hours of pause would have gone by."""
        clock = resolution(opened(), held(10), hour=12)
        assert clock.due_at is None
        assert clock.projected_due_at == at(15)
        assert clock.remaining == 3 * HOUR
        assert clock.elapsed == HOUR

    def test_pause_may_last_for_ever_without_a_breach(self) -> None:
        """No breach inside a pause, however long."""
        clock = resolution(opened(), held(10), hour=10, day=30)
        assert (clock.state, clock.breached_at) == (ClockState.PAUSED, None)

    def test_wall_time_goal_pauses_by_the_wall_clock(self) -> None:
        """Twelve hours from 09:00, six hours of pause: due at 03:00 the next day."""
        agreement = ServiceLevelAgreement(
            agreement_id=AgreementId("wall"),
            calendar=OFFICE,
            targets=(
                ServiceLevelTarget(
                    metric="resolution",
                    goals={"P1": WallTime(12 * HOUR)},
                    pause_on={PAUSING},
                    warn_at_ratios=(0.5,),
                ),
            ),
        )
        events = (opened(), held(12), resumed(18))
        clock = evaluate(events, agreement, as_of=at(23))["resolution"]
        assert clock.due_at == at(3, 6)
        assert clock.elapsed == 8 * HOUR
        assert clock.remaining == 4 * HOUR
        assert clock.warnings == ((0.5, at(21)),)

    def test_working_days_goal_is_due_on_its_day_and_moved_by_a_pause(self) -> None:
        """Next working day, same time: Tuesday 10:00, plus two paused hours."""
        agreement = ServiceLevelAgreement(
            agreement_id=AgreementId("days"),
            calendar=OFFICE,
            targets=(
                ServiceLevelTarget(
                    metric="resolution", goals={"P1": WorkingDays(1)}, pause_on={PAUSING}
                ),
            ),
        )
        plain = evaluate([opened(10)], agreement, as_of=at(11))["resolution"]
        paused = evaluate([opened(10), held(12), resumed(14)], agreement, as_of=at(15))
        assert plain.due_at == at(10, 6)
        assert paused["resolution"].due_at == at(12, 6)

    def test_due_and_warning_never_lie_inside_a_pause_when_nothing_is_left_at_closing(self) -> None:
        """S4: eight hours used up at 17:00, when the pause begins; due when it ends, at 20:00."""
        agreement = ServiceLevelAgreement(
            agreement_id=AgreementId("gold"),
            calendar=OFFICE,
            targets=(
                ServiceLevelTarget(
                    metric="resolution",
                    goals={"P1": 8 * HOUR, "P2": 16 * HOUR},
                    pause_on={PAUSING},
                    warn_at_ratios=(0.5,),
                ),
            ),
        )
        events = [held(17), resumed(20, 6)]
        inside = evaluate([opened(), *events], agreement, as_of=at(18, 6))["resolution"]
        assert (inside.state, inside.projected_due_at) == (ClockState.PAUSED, at(18, 6))
        after = evaluate([opened(), *events], agreement, as_of=at(9, 9))["resolution"]
        assert (after.state, after.breached_at) == (ClockState.BREACHED, at(20, 6))
        milder = [attrs.evolve(opened(), priority="P2"), *events]
        warned = evaluate(milder, agreement, as_of=at(9, 9))["resolution"]
        assert warned.warnings == ((0.5, at(20, 6)),)

    @pytest.mark.parametrize("back", [held(12), resumed(12), reopened(12)])
    def test_what_puts_a_resolved_ticket_back_to_work_undoes_the_stop(
        self, back: TicketEvent
    ) -> None:
        """A foreign log may lack the reopening; the ticket's own fold sees it the same way."""
        history = (opened(), resolved(11), back)
        assert fold(history).category in {StateCategory.ACTIVE, StateCategory.ON_HOLD}
        clock = resolution(*history, resumed(13), hour=13.5)
        assert clock.state is ClockState.RUNNING
        assert clock.paused == (2 * HOUR if isinstance(back, TicketPutOnHold) else HOUR)

    @pytest.mark.parametrize(("hour", "state"), [(12, "paused"), (13, "paused"), (14, "breached")])
    def test_state_at_the_instant_of_the_hold_is_paused_unless_it_was_too_late(
        self, hour: float, state: str
    ) -> None:
        """S4: from its first instant on, also exactly when due; afterwards nothing is saved."""
        assert resolution(opened(), held(hour), hour=hour).state.value == state

    def test_reason_of_the_same_name_as_the_resolved_time_is_a_reason(self) -> None:
        """A lifecycle may call a hold reason `resolved`; it pauses only what lists it."""
        clock = resolution(opened(), held(10, RESOLVED), hour=11)
        assert (clock.state, clock.paused) == (ClockState.RUNNING, timedelta(0))


class TestEdges:
    """Pauses that touch a cycle, and time that never ends."""

    def test_pause_that_ended_when_the_cycle_began_is_none_of_it(self) -> None:
        """On hold until 12:00, answered at 12:00: the next update is due at 16:00."""
        events = (held(11), resumed(12), answered(12))
        update = clock(target(metric="update"), opened(), *events, hour=13)
        assert (update.paused, update.due_at) == (timedelta(0), at(16))

    @pytest.mark.parametrize("goal", [4 * HOUR, WallTime(4 * HOUR)])
    def test_exclusion_until_the_end_of_time_is_never_due(self, goal: timedelta | WallTime) -> None:
        """Nobody shall ever be late with it; nothing changes by time alone."""
        for_ever = excluded(10, 11, end_at=datetime.max.replace(tzinfo=UTC))
        evaluation = judged(target(goals=goal), opened(), for_ever, hour=9, day=30, calendar=OFFICE)
        assert evaluation["resolution"].state is ClockState.RUNNING
        assert next_event(evaluation) is None


class TestWarnings:
    """Shares of the goal."""

    @pytest.mark.parametrize(
        ("events", "hour", "expected"),
        [
            ([], 10, []),
            ([], 11, [(0.5, 11)]),
            ([], 23, [(0.5, 11), (0.75, 12)]),
            ([held(10)], 12, []),
            ([held(10), resumed(12)], 23, [(0.5, 13), (0.75, 14)]),
            ([resolved(11.5)], 23, [(0.5, 11)]),
            ([cancelled(11.5)], 23, [(0.5, 11)]),
        ],
    )
    def test_warnings_up_to_now(
        self, events: list[TicketEvent], hour: float, expected: list[tuple[float, float]]
    ) -> None:
        """Half of four hours at 11:00, three quarters at 12:00; none inside a pause (S4)."""
        clock = resolution(opened(), *events, hour=hour)
        assert clock.warnings == tuple((ratio, at(when)) for ratio, when in expected)
