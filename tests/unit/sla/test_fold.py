"""What the rules make of events: cycles, pauses, reopenings (S6, S8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.conditions import field
from itsm_core.ids import GroupId
from itsm_core.sla import RESOLVED, ClockState, PauseLimit
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    HOUR,
    IN_NETWORK,
    PAUSING,
    answered,
    assigned,
    at,
    clock,
    closed,
    contacted,
    held,
    judged,
    opened,
    reopened,
    resolution,
    resolved,
    resumed,
    ruled,
    spans_of,
    target,
)


class TestOrder:
    """S6: after each event reopen, stop, cancel, reset, start, resume, pause."""

    def test_one_event_stops_a_cycle_and_starts_the_next(self) -> None:
        """An update every hour: each answer keeps one promise and makes the next."""
        update = target(metric="update", goals=HOUR)
        evaluation = judged(update, opened(), answered(10), answered(10.5), hour=11)
        assert spans_of(evaluation) == [(10, 10.5, "met"), (10.5, None, "running")]

    def test_stop_wins_when_stop_and_cancel_hold(self) -> None:
        """Kept is kept, whoever cancels at the same time."""
        both = target(**ruled(field("category").is_("new"), ANSWERS, cancel=ANSWERS))
        assert spans_of(judged(both, opened(), answered(10))) == [(9, 10, "met")]

    def test_reset_cancels_the_live_cycle_and_starts_the_next(self) -> None:
        """A contact begins the promise anew; it is a pulse, so each one does."""
        rules = ruled(field("event").is_("TicketOpened"), ANSWERS, reset=CONTACTS)
        evaluation = judged(
            target(**rules), opened(), contacted(10), contacted(11), answered(12), hour=13
        )
        assert spans_of(evaluation) == [
            (9, 10, "cancelled"),
            (10, 11, "cancelled"),
            (11, 12, "met"),
        ]

    def test_reset_does_nothing_when_no_cycle_is_live(self) -> None:
        """After the answer nobody waits; a contact alone starts nothing."""
        rules = ruled(field("event").is_("TicketOpened"), ANSWERS, reset=CONTACTS)
        evaluation = judged(target(**rules), opened(), answered(10), contacted(11))
        assert spans_of(evaluation) == [(9, 10, "met")]

    def test_reset_by_a_level_comes_once_while_it_holds(self) -> None:
        """Network takes it at 10:00 and passes it about within: one reset."""
        rules = ruled(field("event").is_("TicketOpened"), ANSWERS, reset=IN_NETWORK)
        events = (assigned(10, "network"), assigned(11, "network", "ann"), answered(12))
        evaluation = judged(target(**rules), opened(), *events)
        assert spans_of(evaluation) == [(9, 10, "cancelled"), (10, 12, "met")]

    def test_reset_by_a_level_does_not_come_again_with_a_hold(self) -> None:
        """While network has it, it is put on hold: looked at, but nothing became true."""
        rules = ruled(
            field("event").is_("TicketOpened"), ANSWERS, reset=IN_NETWORK, pause_on={PAUSING}
        )
        events = (assigned(10, "network"), held(11), resumed(11.5), answered(12))
        evaluation = judged(target(**rules), opened(), *events)
        assert spans_of(evaluation) == [(9, 10, "cancelled"), (10, 12, "met")]

    def test_reset_loses_when_the_same_event_stops(self) -> None:
        """The answer that would reset has answered."""
        rules = ruled(field("event").is_("TicketOpened"), ANSWERS, reset=ANSWERS)
        evaluation = judged(target(**rules), opened(), answered(10))
        assert spans_of(evaluation) == [(9, 10, "met")]


class TestLevelAndPulse:
    """A condition about the event is asked of that event alone, any other when it becomes true."""

    def test_start_by_a_level_comes_when_it_becomes_true(self) -> None:
        """Stopped by an answer while network holds it: the next start needs a new assignment."""
        rules = target(**ruled(IN_NETWORK, ANSWERS))
        events = (assigned(10, "network"), answered(11), contacted(12))
        assert spans_of(judged(rules, opened(), *events)) == [(10, 11, "met")]
        again = (*events, assigned(13, "desk"), assigned(14, "network"))
        assert spans_of(judged(rules, opened(), *again, hour=15))[1:] == [(14, None, "running")]

    def test_start_by_a_level_that_holds_at_the_opening_starts_there(self) -> None:
        """Before the opening everything is false."""
        rules = target(**ruled(IN_NETWORK, ANSWERS))
        evaluation = judged(rules, opened(group=GroupId("network")), hour=10)
        assert spans_of(evaluation) == [(9, None, "running")]

    def test_start_by_a_pulse_comes_each_time_when_no_cycle_is_live(self) -> None:
        """Contact, answer, contact: two cycles, and a second contact while live is none."""
        rules = target(**ruled(CONTACTS, ANSWERS))
        events = (contacted(10), contacted(10.5), answered(11), contacted(12))
        evaluation = judged(rules, opened(), *events, hour=13)
        assert spans_of(evaluation) == [(10, 11, "met"), (12, None, "running")]

    def test_stop_that_holds_at_the_start_ends_the_cycle_at_the_next_event(self) -> None:
        """Started by the contact while network has it: the next event, whatever it is, stops it."""
        rules = target(**ruled(CONTACTS, IN_NETWORK))
        events = (assigned(9.5, "network"), contacted(10), assigned(11, "network", "ann"))
        assert spans_of(judged(rules, opened(), *events)) == [(10, 11, "met")]

    def test_pulse_of_the_start_does_not_stop_at_the_next_event(self) -> None:
        """Start and stop are the same pulse: what started it has not stopped it."""
        rules = target(**ruled(CONTACTS, CONTACTS))
        evaluation = judged(rules, opened(), contacted(10), answered(11), hour=12)
        assert spans_of(evaluation) == [(10, None, "running")]


class TestResume:
    """A pause lasts while its condition holds or, with a resume, until that holds."""

    RULES = ruled(
        field("event").is_("TicketOpened"),
        field("category").is_("resolved"),
        pause=field("event").is_("AnswerSent"),
        resume=field("event").is_("ContactReceived"),
    )

    def test_pause_lasts_until_resume_holds(self) -> None:
        """Answered at 10:00, the requester comes back at 12:00: two hours do not count."""
        late = clock(target(**self.RULES), opened(), answered(10), contacted(12), hour=12.5)
        assert (late.paused, late.due_at) == (2 * HOUR, at(15))

    def test_pause_without_its_resume_goes_on(self) -> None:
        """An assignment in between changes nothing."""
        lasting = clock(target(**self.RULES), opened(), answered(10), assigned(11, "b"), hour=20)
        assert (lasting.state, lasting.elapsed) == (ClockState.PAUSED, HOUR)

    def test_pause_does_not_begin_when_resume_holds_too(self) -> None:
        """Resume is stronger: while network has it nothing stands still."""
        rules = ruled(
            field("event").is_("TicketOpened"), ANSWERS, pause=CONTACTS, resume=IN_NETWORK
        )
        events = (assigned(9.5, "network"), contacted(10), assigned(11, "desk"))
        assert clock(target(**rules), opened(), *events, hour=12).paused == timedelta(0)

    def test_pulse_without_resume_pauses_until_the_next_event(self) -> None:
        """The contact of 10:00 is over when somebody is assigned at 11:00."""
        rules = ruled(field("event").is_("TicketOpened"), ANSWERS, pause=CONTACTS)
        short = clock(target(**rules), opened(), contacted(10), assigned(11, "b"), hour=12)
        assert short.paused == HOUR

    def test_pause_without_a_hold_is_labelled_by_the_category(self) -> None:
        """Nobody gave a hold reason: `new` is why."""
        paused = clock(target(**self.RULES), opened(), answered(10), hour=11)
        assert [(each.reason, each.duration) for each in paused.ledger] == [
            ("", HOUR),
            ("new", HOUR),
        ]

    def test_another_hold_reason_is_another_pause(self) -> None:
        """One line each, without time between them."""
        waits = target(pause_on={"parts", "supplier"})
        events = (held(10, "parts"), held(11, "supplier"), resumed(13))
        lines = clock(waits, opened(), *events, hour=14).ledger
        assert [(each.reason, each.duration / HOUR) for each in lines] == [
            ("", 1),
            ("parts", 1),
            ("supplier", 2),
            ("", 1),
        ]

    def test_the_same_hold_reason_again_is_the_same_pause(self) -> None:
        """Its limit of an hour and a half counts from the first of the two."""
        limit = PauseLimit(reason="parts", longest=1.5 * HOUR)
        waits = target(pause_on={"parts"}, pause_limits=[limit])
        events = (held(10, "parts"), held(11, "parts"), resumed(13))
        assert clock(waits, opened(), *events, hour=14).paused == 1.5 * HOUR


class TestReopenPolicy:
    """S8: what a reopening does to the end that the ticket's own end brought."""

    @pytest.mark.parametrize(
        ("policy", "spans", "elapsed"),
        [
            ("exclude_closed", [(9, None, "running")], 3),
            ("include_closed", [(9, None, "breached")], 6),
            ("new_cycle", [(9, 11, "met"), (14, None, "running")], 1),
            ("ignore", [(9, 11, "met")], 2),
        ],
    )
    def test_reopening_by_each_policy(
        self, policy: str, spans: list[tuple[float, float | None, str]], elapsed: float
    ) -> None:
        """Opened at 09:00, resolved at 11:00, reopened at 14:00, asked at 15:00: four hours."""
        evaluation = judged(target(reopen=policy), opened(), resolved(11), reopened(14), hour=15)
        assert spans_of(evaluation) == spans
        assert evaluation["resolution"].elapsed == elapsed * HOUR

    def test_resolved_then_closed_is_one_stretch(self) -> None:
        """The end came with the resolution; closing is part of being done."""
        events = (resolved(11), closed(12), reopened(14))
        back = clock(target(), opened(), *events, hour=15)
        assert (back.state, back.paused) == (ClockState.RUNNING, 3 * HOUR)

    def test_clock_that_ended_before_the_ticket_was_done_stays_ended(self) -> None:
        """Answered at 10:00, resolved at 11:00: the reopening owes no second answer."""
        reply = target(metric="response")
        events = (answered(10), resolved(11), reopened(12))
        assert spans_of(judged(reply, opened(), *events)) == [(9, 10, "met")]

    def test_end_that_still_holds_is_not_undone(self) -> None:
        """Solved by a human: the response is given, whatever comes."""
        events = (resolved(10), reopened(12))
        reply = target(metric="response")
        assert spans_of(judged(reply, opened(), *events)) == [(9, 10, "met")]

    def test_cancelled_clock_stops_at_the_reopening_when_its_stop_holds_by_then(self) -> None:
        """Closed unanswered (cancelled), solved by a human while closed: answered, so it stops."""
        events = (closed(10), resolved(11), reopened(12))
        reply = target(metric="response", reopen="include_closed")
        assert spans_of(judged(reply, opened(), *events)) == [(9, 12, "met")]

    def test_reopening_at_the_instant_of_the_end_excludes_nothing(self) -> None:
        """No time went by while it was done."""
        back = clock(target(), opened(), resolved(11), reopened(11), hour=12)
        assert [(each.reason, each.duration) for each in back.ledger] == [("", 3 * HOUR)]

    def test_every_reopening_excludes_its_own_closed_time(self) -> None:
        """Twice an hour: due two hours later, at 15:00."""
        events = (resolved(10), reopened(11), resolved(12), reopened(13))
        back = clock(target(), opened(), *events, hour=14)
        assert (back.paused, back.due_at) == (2 * HOUR, at(15))


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
