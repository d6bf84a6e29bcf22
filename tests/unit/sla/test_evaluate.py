"""From events to verdicts: what happened, what was known, in which order (S1, S4, S14)."""

from __future__ import annotations

from datetime import datetime

import attrs
import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime, NotFound
from itsm_core.events import AnswerSent, BreachExplained, TicketAssigned, TicketEvent
from itsm_core.ids import EventId, GroupId, PersonId, TicketId
from itsm_core.sla import ClockState, evaluate
from itsm_core.spans import micros
from tests.unit.sla.ticket import (
    AGREEMENT,
    HOUR,
    ID,
    agreed,
    answered,
    at,
    cancelled,
    changed,
    closed,
    held,
    kept,
    made,
    opened,
    resolution,
    resolved,
    resumed,
    target,
)


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


class TestKnown:
    """S14: what was believed at an instant."""

    LATE = attrs.evolve(resolved(11), recorded_at=at(14))

    def test_what_was_recorded_later_was_not_known(self) -> None:
        """Solved at 11:00, typed in at 14:00: at 13:30 the promise looked broken."""
        for known, state in ((13.5, ClockState.BREACHED), (14, ClockState.MET)):
            evaluation = evaluate(
                (opened(), self.LATE), agreed(target()), as_of=at(13.5), known_at=at(known)
            )
            assert evaluation["resolution"].state is state
            assert evaluation.known_at_us == micros(at(known))

    def test_event_told_again_later_was_known_from_its_first_telling(self) -> None:
        """The same event of two systems: the one recorded in time counts."""
        first = attrs.evolve(resolved(11), event_id=EventId("e1"), recorded_at=at(11.5))
        again = attrs.evolve(first, recorded_at=at(15))
        evaluation = evaluate(
            (opened(), again, first), agreed(target()), as_of=at(14), known_at=at(12)
        )
        assert evaluation["resolution"].state is ClockState.MET


class TestOrder:
    """Clocks come in the order of the agreement, cycles are numbered from 1."""

    def test_commitments_stand_where_the_agreement_has_them(self) -> None:
        """Between the two other targets."""
        agreement = agreed(
            target(metric="response"), target(metric="commitment", goals={}), target()
        )
        events = (opened(), made(10, 12, "a"), made(10, 13, "b"), kept(11, "a"))
        evaluation = evaluate(events, agreement, as_of=at(11))
        assert [(each.name, each.cycle) for each in evaluation] == [
            ("response", 1),
            ("commitment", 1),
            ("commitment", 2),
            ("resolution", 1),
        ]

    def test_cycle_without_a_goal_has_no_number(self) -> None:
        """Nothing was promised for P9, from 10:00 to 11:00."""
        update = target(metric="update", goals={"P1": 4 * HOUR})
        events = (opened(priority="P9"), answered(10), answered(11), changed(12, "P1"))
        evaluation = evaluate(events, agreed(update), as_of=at(13))
        assert [(each.cycle, each.started_at) for each in evaluation] == [(1, at(11))]


class TestExplained:
    """S10: a reason changes no verdict."""

    UPDATE = agreed(target(metric="update", goals=HOUR))
    EVENTS = (opened(), answered(10), answered(12), answered(12.5))

    @pytest.mark.parametrize(
        ("cycle", "reasons"), [(1, ["ill", "", ""]), (0, ["", "", "ill"]), (9, ["", "", ""])]
    )
    def test_reason_is_that_of_its_cycle(self, cycle: int, reasons: list[str]) -> None:
        """0 is the last one; a cycle that there is not has none."""
        told = BreachExplained(
            ticket_id=ID, occurred_at=at(13), clock="update", reason="ill", cycle=cycle
        )
        plain = evaluate(self.EVENTS, self.UPDATE, as_of=at(14))
        evaluation = evaluate((*self.EVENTS, told), self.UPDATE, as_of=at(14))
        assert [each.breach_reason for each in evaluation] == reasons
        assert [each.state for each in evaluation] == [each.state for each in plain]

    def test_reason_told_last_counts(self) -> None:
        """Somebody looked closer."""
        told = [
            BreachExplained(
                ticket_id=ID, occurred_at=at(13 + n), clock="update", reason=reason, cycle=1
            )
            for n, reason in enumerate(("ill", "holiday"))
        ]
        evaluation = evaluate((*self.EVENTS, *told), self.UPDATE, as_of=at(15))
        assert evaluation.cycles("update")[0].breach_reason == "holiday"

    def test_reason_for_another_clock_changes_nothing(self) -> None:
        """A name that the agreement lacks."""
        told = BreachExplained(ticket_id=ID, occurred_at=at(13), clock="upate", reason="ill")
        evaluation = evaluate((*self.EVENTS, told), self.UPDATE, as_of=at(14))
        assert {each.breach_reason for each in evaluation} == {""}
