"""From events to verdicts: each rule of the fold, with instants counted by hand (S1-S8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import BusinessCalendar, WallTime, WeeklyHours, WorkingDays
from itsm_core.errors import InvalidValue, NaiveDatetime, NotFound
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import StateCategory, fold
from itsm_core.sla import (
    RESOLVED,
    ClockState,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
)

ID = TicketId("INC-1")
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
HOUR = timedelta(hours=1)
PAUSING = "awaiting_requester"
AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=OFFICE,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P1": HOUR, "P2": 2 * HOUR}),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": 4 * HOUR, "P2": 8 * HOUR},
            pause_on={PAUSING},
            warn_at_ratios=(0.5, 0.75),
        ),
    ),
)


def at(hour: float, day: int = 5) -> datetime:
    """Return an instant of January 2026; the 5th is a Monday."""
    return datetime(2026, 1, day, tzinfo=UTC) + hour * HOUR


def opened(hour: float = 9, **more: object) -> TicketOpened:
    """Return the opening."""
    fields: dict[str, object] = {"ticket_id": ID, "occurred_at": at(hour), "priority": "P1"}
    return TicketOpened(**(fields | more))  # type: ignore[arg-type]


def held(hour: float, reason: str = PAUSING, day: int = 5) -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(ticket_id=ID, occurred_at=at(hour, day), state="on_hold", reason=reason)


def resumed(hour: float, day: int = 5) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ID, occurred_at=at(hour, day), state="in_progress")


def resolved(hour: float, day: int = 5, *, automatic: bool = False) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(
        ticket_id=ID, occurred_at=at(hour, day), state="resolved", automatic=automatic
    )


def closed(hour: float, day: int = 5) -> TicketClosed:
    """Return a closure."""
    return TicketClosed(ticket_id=ID, occurred_at=at(hour, day), state="closed")


def reopened(hour: float, day: int = 5) -> TicketReopened:
    """Return a reopening."""
    return TicketReopened(ticket_id=ID, occurred_at=at(hour, day), state="in_progress")


def cancelled(hour: float) -> TicketCancelled:
    """Return a cancellation."""
    return TicketCancelled(ticket_id=ID, occurred_at=at(hour), state="cancelled")


def changed(hour: float, priority: str) -> PriorityChanged:
    """Return a change of priority."""
    return PriorityChanged(ticket_id=ID, occurred_at=at(hour), priority=priority)


def answered(hour: float, *, automatic: bool = False) -> AnswerSent:
    """Return an answer."""
    return AnswerSent(ticket_id=ID, occurred_at=at(hour), automatic=automatic)


def resolution(*events: TicketEvent, hour: float = 23, day: int = 5) -> SlaClock:
    """Return the resolution clock of a history at an instant."""
    return evaluate(events, AGREEMENT, as_of=at(hour, day))["resolution"]


def response(*events: TicketEvent, hour: float = 23) -> SlaClock:
    """Return the response clock of a history at an instant."""
    return evaluate(events, AGREEMENT, as_of=at(hour))["response"]


class TestVerdict:
    """S4: met if and only if the stop is at or before due."""

    @pytest.mark.parametrize(
        ("events", "hour", "state", "breached"),
        [
            ([], 12, ClockState.RUNNING, None),
            ([], 13, ClockState.RUNNING, None),
            ([], 13.001, ClockState.BREACHED, 13),
            ([resolved(13)], 14, ClockState.MET, None),
            ([resolved(13.001)], 14, ClockState.BREACHED, 13),
            ([resolved(15), closed(16)], 17, ClockState.BREACHED, 13),
            ([closed(12)], 14, ClockState.MET, None),
            ([held(10)], 12, ClockState.PAUSED, None),
            ([held(14)], 15, ClockState.BREACHED, 13),
            ([held(10), resolved(12)], 14, ClockState.MET, None),
            ([cancelled(12)], 14, ClockState.CANCELLED, None),
            ([cancelled(14)], 15, ClockState.BREACHED, 13),
            ([resolved(12), cancelled(14)], 15, ClockState.MET, None),
            ([cancelled(12), resolved(14)], 15, ClockState.CANCELLED, None),
        ],
    )
    def test_state_and_breach(
        self,
        events: list[TicketEvent],
        hour: float,
        state: ClockState,
        breached: float | None,
    ) -> None:
        """Opened at 09:00 with four hours: due at 13:00 sharp."""
        clock = resolution(opened(), *events, hour=hour)
        assert clock.state is state
        assert clock.breached_at == (None if breached is None else at(breached))

    def test_breach_is_not_erased_by_closing_later(self) -> None:
        """A fact of history: the same breach before and after the resolution."""
        before = resolution(opened(), hour=14)
        after = resolution(opened(), resolved(15), closed(16))
        assert before.breached_at == after.breached_at == at(13)

    def test_remaining_is_counted_time_and_negative_when_late(self) -> None:
        """An hour left at noon; at 10:00 the next day it is four plus one hours late."""
        assert resolution(opened(), hour=12).remaining == HOUR
        assert resolution(opened(), hour=10, day=6).remaining == -5 * HOUR

    def test_due_skips_the_night(self) -> None:
        """Opened at 15:00: two hours today, two tomorrow."""
        assert resolution(opened(15)).due_at == at(11, 6)


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


class TestReopening:
    """S8, default: a reopened ticket goes on without its resolved time."""

    def test_resolved_time_does_not_count(self) -> None:
        """Two hours used, three resolved, two left: due at 16:00."""
        clock = resolution(opened(), resolved(11), reopened(14), hour=15)
        assert clock.state is ClockState.RUNNING
        assert clock.due_at == at(16)
        assert (clock.elapsed, clock.paused) == (3 * HOUR, 3 * HOUR)
        assert [entry.reason for entry in clock.ledger] == ["", RESOLVED, ""]

    def test_second_resolution_stops_it(self) -> None:
        """Met at the second stop, at 16:00 sharp."""
        clock = resolution(opened(), resolved(11), reopened(14), resolved(16))
        assert (clock.state, clock.stopped_at) == (ClockState.MET, at(16))

    def test_repeated_resolution_keeps_the_first_stop(self) -> None:
        """Resolved again without a reopening, and closed: the first instant stands."""
        assert resolution(opened(), resolved(11), resolved(15), closed(16)).stopped_at == at(11)

    def test_breach_before_the_resolution_survives_the_reopening(self) -> None:
        """S4: late once is late."""
        clock = resolution(opened(), resolved(14), reopened(15), resolved(16))
        assert clock.breached_at == at(13)


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


class TestHistory:
    """What a history may look like."""

    EVENTS = (
        opened(group=GroupId("first"), assignee=PersonId("ann")),
        TicketAssigned(ticket_id=ID, occurred_at=at(10), group=GroupId("second")),
        held(11),
        resumed(12),
        resolved(14),
    )

    def test_order_and_repetition_do_not_matter(self) -> None:
        """S14: shuffled and told twice."""
        plain = evaluate(self.EVENTS, AGREEMENT, as_of=at(23))
        assert evaluate(reversed(self.EVENTS * 2), AGREEMENT, as_of=at(23)) == plain

    def test_events_after_the_instant_have_not_happened_yet(self) -> None:
        """The verdict of noon is that of the history up to noon."""
        whole = evaluate(self.EVENTS, AGREEMENT, as_of=at(12))
        assert evaluate(self.EVENTS[:4], AGREEMENT, as_of=at(12)) == whole

    def test_holders_are_those_of_the_time(self) -> None:
        """First line for an hour, then second line."""
        ledger = resolution(*self.EVENTS).ledger
        assert [(str(each.group), str(each.assignee)) for each in ledger] == [
            ("first", "ann"),
            ("second", ""),
            ("second", ""),
            ("second", ""),
        ]

    def test_what_was_told_before_the_opening_belongs_to_it(self) -> None:
        """Dirty logs: an assignment a minute early, a hold before the ticket exists."""
        early = TicketAssigned(ticket_id=ID, occurred_at=at(8), group=GroupId("second"))
        clock = resolution(early, held(8.5), changed(8.75, "P2"), opened(), resumed(10), hour=11)
        assert clock.paused == HOUR
        assert clock.due_at == at(10, 6)
        assert {str(entry.group) for entry in clock.ledger} == {"second"}

    def test_second_opening_changes_nothing(self) -> None:
        """The first one counts."""
        clock = resolution(opened(), opened(10, priority="P2"), hour=11)
        assert (clock.started_at, clock.priority) == (at(9), "P1")

    def test_ticket_that_is_not_opened_yet_is_not_found(self) -> None:
        """With the instant in the message."""
        with pytest.raises(NotFound, match="opening of ticket '' does not exist"):
            evaluate([opened()], AGREEMENT, as_of=at(8))
        with pytest.raises(NotFound, match=r"opening of ticket 'INC-1'.*no TicketOpened up to"):
            evaluate([resumed(9)], AGREEMENT, as_of=at(10))
        with pytest.raises(NotFound):
            evaluate([], AGREEMENT, as_of=at(8))

    def test_events_of_two_tickets_are_refused(self) -> None:
        """A history is that of one ticket."""
        stranger = AnswerSent(ticket_id=TicketId("INC-2"), occurred_at=at(10))
        with pytest.raises(InvalidValue, match="event of another ticket than 'INC-1': 'INC-2'"):
            evaluate([opened(), stranger], AGREEMENT, as_of=at(11))

    def test_naive_instant_is_refused(self) -> None:
        """T1."""
        with pytest.raises(NaiveDatetime):
            evaluate([opened()], AGREEMENT, as_of=datetime(2026, 1, 5))  # noqa: DTZ001

    def test_cancellation_told_twice_keeps_the_first(self) -> None:
        """Cancelled at 10:00 and again at 12:00."""
        clock = resolution(opened(), cancelled(10), cancelled(12))
        assert clock.wall_elapsed == HOUR

    def test_judged_at_the_opening_nothing_has_passed(self) -> None:
        """An empty ledger and the whole goal left."""
        clock = resolution(opened(), hour=9)
        assert (clock.ledger, clock.remaining) == ((), 4 * HOUR)
