"""A history with its instants: anchors, commitments, pauses by the dozen (S6, D4)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.events import TicketEvent
from itsm_core.sla import ClockState
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    HOUR,
    IN_NETWORK,
    PAUSING,
    answered,
    assigned,
    at,
    changed,
    clock,
    contacted,
    held,
    judged,
    kept,
    made,
    opened,
    resolved,
    resumed,
    ruled,
    spans_of,
    target,
    withdrawn,
)


class TestAnchor:
    """S6: from which instant a cycle counts."""

    LATE = opened(recorded_at=at(10))

    @pytest.mark.parametrize(
        ("anchor", "start"), [("occurred", 9), ("registered", 10), ("opened", 9)]
    )
    def test_clock_starts_at_its_anchor(self, anchor: str, start: float) -> None:
        """Opened at 09:00, typed in at 10:00."""
        assert clock(target(anchor=anchor), self.LATE, hour=11).started_at == at(start)

    def test_anchor_opened_goes_back_to_the_opening(self) -> None:
        """Assigned at 12:00, but four hours from 09:00, an hour of pause before it included."""
        rules = ruled(IN_NETWORK, ANSWERS, anchor="opened", pause_on={"parts"})
        events = (held(10, "parts"), resumed(11), assigned(12, "network"))
        late = clock(target(**rules), opened(), *events, hour=13)
        assert (late.started_at, late.due_at, late.paused) == (at(9), at(14), HOUR)

    def test_clock_has_not_started_before_it_is_registered(self) -> None:
        """At 09:30 it is known to us only because we know the future of the record."""
        evaluation = judged(target(anchor="registered"), self.LATE, hour=9.5)
        assert evaluation.state("resolution") is ClockState.NOT_STARTED
        assert len(evaluation) == 0

    def test_stop_before_the_registration_is_kept_at_once(self) -> None:
        """Solved at 09:30, typed in at 10:00: nothing had counted."""
        early = clock(target(anchor="registered"), self.LATE, resolved(9.5))
        assert (early.state, early.elapsed, early.ledger) == (ClockState.MET, timedelta(0), ())
        assert (early.started_at, early.stopped_at) == (at(10), at(9.5))


class TestCommitments:
    """D4: one cycle for each promise to one person."""

    PROMISE = target(metric="commitment", goals={})

    def test_each_commitment_is_a_cycle_with_its_own_deadline(self) -> None:
        """Kept at its deadline, broken after it, withdrawn."""
        events = (
            made(10, 12, "a"),
            made(10, 12, "b"),
            made(10, 12, "c"),
            made(10, 12, "d"),
            kept(12, "a"),
            kept(13, "b"),
            withdrawn(11, "c"),
        )
        evaluation = judged(self.PROMISE, opened(), *events, hour=14)
        assert [(each.subject, each.cycle, each.state.value) for each in evaluation] == [
            ("a", 1, "met"),
            ("b", 2, "breached"),
            ("c", 3, "cancelled"),
            ("d", 4, "breached"),
        ]

    def test_keeping_ends_all_open_ones_of_that_name(self) -> None:
        """Made twice, kept once; a third one comes later and is open."""
        events = (made(10, 12), made(10.5, 12), kept(11), made(11.5, 13))
        states = [each.state.value for each in judged(self.PROMISE, opened(), *events, hour=12)]
        assert states == ["met", "met", "running"]

    def test_commitment_outlives_the_ticket(self) -> None:
        """Resolved at 11:00, but the call was promised for 12:00 (law D4)."""
        evaluation = judged(self.PROMISE, opened(), made(10, 12), resolved(11), hour=13)
        assert spans_of(evaluation) == [(10, None, "breached")]


class TestManyPauses:
    """A ticket on and off hold all day long."""

    def test_due_moves_by_every_pause_when_there_are_dozens(self) -> None:
        """Twenty pauses of six minutes from 09:06 on, every twelve: two hours in all."""
        events: list[TicketEvent] = []
        for n in range(20):
            events += [held(9.1 + n / 5), resumed(9.2 + n / 5)]
        slow = clock(target(pause_on={PAUSING}), opened(), *events, hour=14)
        assert (slow.paused, slow.due_at) == (2 * HOUR, at(15))

    def test_cycle_has_the_pauses_that_touch_it_when_there_are_dozens(self) -> None:
        """An update at every full hour, on hold for the first six minutes of each ten."""
        update = target(metric="update", goals=HOUR)
        events: list[TicketEvent] = []
        for n in range(48):
            events += [held(10 + n / 6), resumed(10.1 + n / 6)]
        events += [answered(9.99 + n) for n in range(9)]
        evaluation = judged(update, opened(), *events, hour=18)
        assert [each.paused / HOUR for each in evaluation] == pytest.approx([0.6] * 8 + [0])


class TestSamePlace:
    """Events at one instant, and a life that begins before the opening."""

    def test_priority_changed_twice_at_one_instant_is_the_last(self) -> None:
        """P9 for no time withdraws nothing."""
        promise = target(goals={"P1": 4 * HOUR, "P2": 8 * HOUR}, retarget="from_change")
        events = (
            attrs.evolve(changed(10, "P9"), sequence=1),
            attrs.evolve(changed(10, "P2"), sequence=2),
        )
        assert clock(promise, opened(), *events, hour=11).due_at == at(18)

    def test_change_at_the_opening_is_the_first_priority(self) -> None:
        """Nothing was promised for P1: the whole goal of P2 counts from 09:00 as the first."""
        promise = target(goals={"P1": HOUR, "P2": 8 * HOUR}, retarget="share")
        late = clock(promise, opened(), changed(9, "P2"), hour=11)
        assert (late.priority, late.due_at) == ("P2", at(17))

    def test_hold_before_the_opening_pauses_from_the_opening_on(self) -> None:
        """A dirty log: on hold since 08:00, opened at 09:00."""
        late = clock(target(pause_on={PAUSING}), held(8), opened(), resumed(10), hour=11)
        assert (late.paused, late.due_at) == (HOUR, at(14))

    def test_second_opening_is_no_event(self) -> None:
        """A clock of one's own that starts at an opening starts once."""
        promise = target(**ruled(field("event").is_("TicketOpened"), CONTACTS))
        events = (contacted(10), opened(11), contacted(12))
        assert spans_of(judged(promise, opened(), *events)) == [(9, 10, "met")]
