"""Every stretch of a cycle: whether it counted, why, and who held the ticket (S2)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pendulum

from itsm_core.calendars import (
    WallTime,
)
from itsm_core.ids import GroupId
from itsm_core.sla import LedgerKind, PauseLimit, evaluate
from tests.unit.sla.berlin import (
    HANDED_OVER,
    SOLVED,
    hold,
    in_berlin,
    local,
    resume,
)
from tests.unit.sla.ticket import (
    HOUR,
    OFFICE,
    PAUSING,
    agreed,
    answered,
    assigned,
    at,
    clock,
    held,
    judged,
    opened,
    resolved,
    resumed,
    target,
)


class TestLedger:
    """S2: adjacent spans that sum exactly."""

    def test_lines_are_labelled_and_add_up(self) -> None:
        """An hour on Monday, the holiday between two nights, three hours on Wednesday."""
        clock = in_berlin(HANDED_OVER, SOLVED)
        hours = [(each.kind, each.duration / HOUR, str(each.group)) for each in clock.ledger]
        assert hours == [
            (LedgerKind.COUNTED, 1, "first"),
            (LedgerKind.OUTSIDE_HOURS, 16, "first"),
            (LedgerKind.HOLIDAY, 8, "first"),
            (LedgerKind.OUTSIDE_HOURS, 16, "first"),
            (LedgerKind.COUNTED, 1, "first"),
            (LedgerKind.COUNTED, 2, "second"),
        ]
        assert clock.elapsed == 4 * HOUR
        assert clock.wall_elapsed == 44 * HOUR
        assert clock.paused == timedelta(0)

    def test_pause_is_one_line_with_its_reason(self) -> None:
        """Nights inside a pause are part of the pause."""
        clock = in_berlin(hold(16.5, "parts", 5), resume(10), SOLVED)
        paused = [each for each in clock.ledger if each.kind is LedgerKind.PAUSED]
        assert [(each.reason, each.duration) for each in paused] == [("parts", 41.5 * HOUR)]
        assert clock.paused == 41.5 * HOUR

    def test_wall_time_counts_every_hour(self) -> None:
        """A goal in elapsed time has no nights and no holidays."""
        clock = in_berlin(SOLVED, goal=WallTime(48 * HOUR))
        assert [each.kind for each in clock.ledger] == [LedgerKind.COUNTED]
        assert clock.elapsed == clock.wall_elapsed == 44 * HOUR
        assert clock.remaining == 4 * HOUR

    def test_instants_are_pendulum_in_utc(self) -> None:
        """T1: what results expose is `pendulum.DateTime` in UTC."""
        clock = in_berlin(SOLVED)
        entry = clock.ledger[0]
        for instant in (entry.start, entry.end, clock.started_at, clock.stopped_at, clock.due_at):
            assert isinstance(instant, pendulum.DateTime)
            assert instant.timezone_name == "UTC"
        assert (entry.start, entry.end) == (local(16), local(17))
        assert clock.warnings == ((0.5, local(10, 7)),)
        assert (clock.projected_due_at, clock.breached_at) == (None, None)


class TestCuts:
    """Lines are cut where kind, reason or holder changes, and joined where nothing does."""

    def test_line_is_cut_where_the_ticket_changes_hands(self) -> None:
        """At 10:00, in the middle of open time."""
        lines = clock(target(), opened(), assigned(10, "network"), hour=11).ledger
        assert [(str(each.group), each.duration) for each in lines] == [
            ("", HOUR),
            ("network", HOUR),
        ]

    def test_pause_is_cut_where_the_ticket_changes_hands(self) -> None:
        """One pause, two holders, two lines."""
        events = (held(10), assigned(11, "network"), resumed(12))
        lines = clock(target(pause_on={PAUSING}), opened(), *events, hour=12).ledger
        assert [(each.reason, str(each.group)) for each in lines] == [
            ("", ""),
            (PAUSING, ""),
            (PAUSING, "network"),
        ]

    def test_line_is_not_cut_by_an_assignment_that_changes_nothing(self) -> None:
        """The same group again."""
        events = (assigned(10, "network"), assigned(11, "network"))
        assert len(clock(target(), opened(), *events, hour=12).ledger) == 2

    def test_who_held_it_for_no_time_is_no_line(self) -> None:
        """To the network and back at one instant: it never left the desk."""
        desk = opened(group=GroupId("desk"))
        events = (
            attrs.evolve(assigned(10, "network"), sequence=1),
            attrs.evolve(assigned(10, "desk"), sequence=2),
        )
        lines = clock(target(), desk, *events, hour=12).ledger
        assert [(str(each.group), each.duration) for each in lines] == [("desk", 3 * HOUR)]

    def test_person_is_a_holder_too(self) -> None:
        """Ann passes it to Bob within the group."""
        events = (assigned(9, "desk", "ann"), assigned(10, "desk", "bob"))
        lines = clock(target(), opened(), *events, hour=11).ledger
        assert [str(each.assignee) for each in lines] == ["ann", "bob"]

    def test_assignment_at_night_cuts_the_night(self) -> None:
        """Both parts of it are outside hours."""
        events = (assigned(20, "night"),)
        lines = clock(target(), opened(16), *events, hour=9, day=6, calendar=OFFICE).ledger
        assert [(each.kind, str(each.group), each.duration / HOUR) for each in lines] == [
            (LedgerKind.COUNTED, "", 1),
            (LedgerKind.OUTSIDE_HOURS, "", 3),
            (LedgerKind.OUTSIDE_HOURS, "night", 13),
        ]

    def test_two_pauses_for_one_reason_in_a_row_are_one_line(self) -> None:
        """Resumed and put on hold again at 11:00."""
        again = attrs.evolve(held(11), sequence=1)
        events = (held(10), resumed(11), again, resumed(12))
        lines = clock(target(pause_on={PAUSING}), opened(), *events, hour=12).ledger
        assert [(each.reason, each.duration / HOUR) for each in lines] == [("", 1), (PAUSING, 2)]


class TestWindow:
    """All clocks share what is open when; each shows its own window of it."""

    def test_each_cycle_shows_its_own_time(self) -> None:
        """Two updates of one ticket: 10:00 to 11:00 and on to 12:30, handed over at 11:30."""
        update = target(metric="update")
        events = (answered(10), answered(11), assigned(11.5, "network"))
        first, second = judged(update, opened(), *events, hour=12.5)
        assert [(each.start, each.end) for each in first.ledger] == [(at(10), at(11))]
        assert [(each.start, each.end, str(each.group)) for each in second.ledger] == [
            (at(11), at(11.5), ""),
            (at(11.5), at(12.5), "network"),
        ]

    def test_clocks_of_one_ticket_count_on_their_own_calendars(self) -> None:
        """Round the clock, in office hours, and by the clock on the wall: 16:00 to 18:00."""
        agreement = agreed(
            target(name="always"),
            target(name="office", calendar=OFFICE),
            target(name="wall", calendar=OFFICE, goals=WallTime(HOUR)),
        )
        evaluation = evaluate((opened(16),), agreement, as_of=at(18))
        kinds = [[each.kind.value for each in clock_.ledger] for clock_ in evaluation]
        assert kinds == [["counted"], ["counted", "outside hours"], ["counted"]]

    def test_ledger_ends_where_the_cycle_ended(self) -> None:
        """Asked a day later, the response still took half an hour."""
        agreement = agreed(target(metric="response"), target())
        evaluation = evaluate((opened(), answered(9.5)), agreement, as_of=at(9, 6))
        assert evaluation["response"].ledger[-1].end == at(9.5)
        assert evaluation["resolution"].ledger[-1].end == at(9, 6)

    def test_cycle_without_length_has_no_lines(self) -> None:
        """Stopped at the instant of its start."""
        assert clock(target(), opened(), resolved(9), hour=10).ledger == ()

    def test_pause_over_several_days_joins_its_nights(self) -> None:
        """Monday 10:00 to Wednesday 10:00 is one line, whatever is closed in between."""
        events = (held(10), resumed(10, 7))
        promise = target(pause_on={PAUSING})
        lines = clock(promise, opened(), *events, hour=11, day=7, calendar=OFFICE).ledger
        assert [(each.kind.value, each.duration / HOUR) for each in lines] == [
            ("counted", 1),
            ("paused", 48),
            ("counted", 1),
        ]

    def test_hold_that_counts_keeps_the_night_apart(self) -> None:
        """Over its limit of no time: the lines are what they would be, and say why."""
        limit = PauseLimit(reason="*", budget=timedelta(0))
        promise = target(pause_on={PAUSING}, pause_limits=[limit])
        lines = clock(promise, opened(), held(16), hour=10, day=6, calendar=OFFICE).ledger
        assert [(each.kind.value, each.reason, each.duration / HOUR) for each in lines] == [
            ("counted", "", 7),
            ("counted", f"over its limit: {PAUSING}", 1),
            ("outside hours", f"over its limit: {PAUSING}", 16),
            ("counted", f"over its limit: {PAUSING}", 1),
        ]
