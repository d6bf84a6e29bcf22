"""What does not count, and what is promised: exclusions, commitments, goals (S4, S10, D4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
)
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue
from itsm_core.ids import PersonId
from itsm_core.sla import ClockState, Deadline, LedgerKind, PauseLimit, SlaClock
from itsm_core.sla._judge import Blocked, Promise, _first_ruling
from itsm_core.spans import micros
from tests.unit.sla.ticket import (
    HOUR,
    OFFICE,
    at,
    changed,
    clock,
    excluded,
    held,
    made,
    opened,
    resolved,
    resumed,
    target,
)

PLAIN = target(pause_on={"parts"})
NOTHING: tuple[Blocked, ...] = ()
BOB = PersonId("bob")


def lines(late: SlaClock) -> list[tuple[str, float]]:
    """Return the reasons of the ledger with hours."""
    return [(line.reason, line.duration / HOUR) for line in late.ledger]


def test_cycle_is_refused_when_nothing_was_ever_promised() -> None:
    """Whoever judges cycles leaves such ones out; a verdict on nothing would be an invention."""
    with pytest.raises(InvalidValue, match="a cycle without any promise"):
        _first_ruling(0, PLAIN, (0, None), lambda _: NOTHING)


class TestExclusions:
    """S10: time that shall not count, whoever was to blame, if two people say so."""

    def test_exclusion_moves_due_and_leaves_the_raw_verdict(self) -> None:
        """An hour; stopped at 13:30, which is kept only thanks to it."""
        late = clock(PLAIN, opened(), excluded(10, 11), resolved(13.5))
        assert (late.state, late.due_at) == (ClockState.MET, at(14))
        assert (late.raw_state, late.raw_due_at) == (ClockState.BREACHED, at(13))

    def test_ledger_names_who_excluded_it(self) -> None:
        """The author; the approver is in the history."""
        late = clock(PLAIN, opened(), excluded(10, 11), hour=12)
        assert [(line.kind, line.reason, line.author) for line in late.ledger] == [
            (LedgerKind.COUNTED, "", ""),
            (LedgerKind.EXCLUDED, "outage", "bob"),
            (LedgerKind.COUNTED, "", ""),
        ]

    @pytest.mark.parametrize(
        ("fields", "due"),
        [
            ({}, 14),
            ({"approver": PersonId("")}, 13),
            ({"approver": BOB}, 13),
            ({"clock": "resolution"}, 14),
            ({"clock": "response"}, 13),
            ({"start_at": at(8)}, 15),
            ({"start_at": at(7), "end_at": at(8)}, 13),
            ({"start_at": at(11)}, 13),
            ({"start_at": at(12), "end_at": at(11)}, 13),
            ({"start_at": at(13), "end_at": at(14)}, 14),
            ({"start_at": at(13.5), "end_at": at(14)}, 13),
        ],
    )
    def test_exclusion_counts_if_it_is_agreed_and_touches_the_promise(
        self, fields: dict[str, object], due: float
    ) -> None:
        """Opened at 09:00, due at 13:00; 10:00 to 11:00 excluded unless said otherwise."""
        assert clock(PLAIN, opened(), excluded(10, 11, **fields), hour=23).due_at == at(due)

    @pytest.mark.parametrize(
        ("start", "end", "due", "shown"),
        [
            (11, 13, 16, [("", 1), ("parts", 1), ("outage", 2), ("", 1)]),
            (11, 11.5, 15, [("", 1), ("parts", 1), ("outage", 0.5), ("parts", 0.5), ("", 2)]),
            (9.5, 11, 15.5, [("", 0.5), ("outage", 1.5), ("parts", 1), ("", 2)]),
            (9.5, 13, 16.5, [("", 0.5), ("outage", 3.5), ("", 1)]),
            (12, 12.5, 15.5, [("", 1), ("parts", 2), ("outage", 0.5), ("", 1.5)]),
        ],
    )
    def test_exclusion_wins_where_it_overlaps_a_pause(
        self, start: float, end: float, due: float, shown: list[tuple[str, float]]
    ) -> None:
        """On hold from 10:00 to 12:00; the time that does not count is that of both together."""
        events = (excluded(start, end), held(10, "parts"), resumed(12))
        late = clock(PLAIN, opened(), *events, hour=14)
        assert (late.due_at, lines(late)) == (at(due), shown)

    def test_exclusion_told_first_wins_over_another(self) -> None:
        """10:00 to 12:00 and 11:00 to 13:00: three hours."""
        second = excluded(11, 13, occurred_at=at(9.75), reason="storm")
        late = clock(PLAIN, opened(), excluded(10, 12), second, hour=13)
        assert lines(late) == [("", 1), ("outage", 2), ("storm", 1)]
        assert late.due_at == at(16)

    def test_exclusion_beyond_the_instant_moves_due_by_all_of_it(self) -> None:
        """Told at 09:30 for 12:00 to 15:00; the ledger of 12:30 shows what has passed."""
        late = clock(PLAIN, opened(), excluded(12, 15), hour=12.5)
        assert (late.state, late.due_at) == (ClockState.RUNNING, at(16))
        assert lines(late) == [("", 3), ("outage", 0.5)]

    def test_pause_that_lasts_in_an_exclusion_is_a_pause(self) -> None:
        """On hold since 10:00; two hours excluded from 11:00 on: projected from 13:00."""
        late = clock(PLAIN, opened(), excluded(11, 13), held(10, "parts"), hour=12)
        assert (late.state, late.projected_due_at) == (ClockState.PAUSED, at(16))
        assert late.raw_state is ClockState.PAUSED

    def test_exclusion_after_a_lasting_pause_moves_the_projection(self) -> None:
        """Two hours on hold by 12:00, one more from 14:00 on: three hours left at 12:00."""
        late = clock(PLAIN, opened(), excluded(14, 15), held(10, "parts"), hour=12)
        assert late.projected_due_at == at(16)

    @pytest.mark.parametrize(
        ("start", "end", "shown"),
        [
            (12, 13, [("", 1), ("parts", 1), ("over", 1), ("outage", 1), ("over", 1)]),
            (10.5, 12, [("", 1), ("parts", 0.5), ("outage", 1.5), ("over", 2)]),
            (13, 15, [("", 1), ("parts", 1), ("over", 2), ("outage", 1)]),
            (9.5, 9.75, [("", 0.5), ("outage", 0.25), ("", 0.25), ("parts", 1), ("over", 3)]),
        ],
    )
    def test_exclusion_wins_where_a_hold_was_over_its_limit(
        self, start: float, end: float, shown: list[tuple[str, float]]
    ) -> None:
        """On hold from 10:00, at most an hour; asked at 14:00."""
        limit = PauseLimit(reason="parts", longest=HOUR)
        promise = target(pause_on={"parts"}, pause_limits=[limit], goals=24 * HOUR)
        late = clock(promise, opened(), excluded(start, end), held(10, "parts"), hour=14)
        said = [(reason.replace("over its limit: parts", "over"), n) for reason, n in lines(late)]
        assert said == shown

    def test_raw_verdict_is_judged_anew(self) -> None:
        """Without 12:00 to 14:00 the first goal was broken at 13:00, before the milder one came."""
        promise = target(goals={"P1": 4 * HOUR, "P2": 8 * HOUR})
        late = clock(promise, opened(), excluded(12, 14), changed(14.5, "P2"), hour=15)
        assert (late.state, late.due_at) == (ClockState.RUNNING, at(19))
        assert (late.raw_state, late.raw_due_at) == (ClockState.BREACHED, at(13))


class TestCommitment:
    """D4: a deadline by the clock on the wall."""

    PROMISE = target(metric="commitment", goals={}, warn_at_ratios=(0.5,))

    def test_deadline_is_the_goal(self) -> None:
        """Two hours, half of them by 11:00; the priority is that of its making."""
        late = clock(self.PROMISE, opened(), made(10, 12), changed(11, "P2"), hour=11.5)
        assert (late.goal, late.priority) == (Deadline(micros(at(12))), "P1")
        assert (late.allowance_us, late.warnings) == (7_200_000_000, ((0.5, at(11)),))

    def test_commitment_is_never_paused(self) -> None:
        """On hold or not, somebody waits for the call; at night, too."""
        events = (made(10, 20), held(11, "parts"))
        late = clock(self.PROMISE, opened(), *events, hour=19, calendar=OFFICE)
        assert (late.state, late.due_at, late.elapsed) == (ClockState.RUNNING, at(20), 9 * HOUR)

    def test_exclusion_moves_a_commitment(self) -> None:
        """Half an hour of outage."""
        late = clock(self.PROMISE, opened(), made(10, 12), excluded(11, 11.5), hour=12.5)
        assert (late.state, late.due_at) == (ClockState.RUNNING, at(12.5))

    def test_commitment_made_too_late_is_broken_when_it_is_made(self) -> None:
        """Promised at 10:00 for 09:30: no time at all."""
        late = clock(self.PROMISE, opened(), made(10, 9.5), hour=11)
        assert (late.breached_at, late.due_at, late.allowance_us) == (at(10), at(9.5), 0)


class TestPromise:
    """A goal on a calendar, in microseconds."""

    def test_same_promise_is_the_same_goal_on_the_same_calendar(self) -> None:
        """The priority is but a label; an equal calendar is the same calendar."""
        four = Promise(WorkingTime(4 * HOUR), OFFICE, "P1")
        twin = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
        assert four.is_same(Promise(WorkingTime(4 * HOUR), twin, "P2"))
        assert not four.is_same(Promise(WorkingTime(5 * HOUR), OFFICE, "P1"))
        assert not four.is_same(Promise(WorkingTime(4 * HOUR), ALWAYS, "P1"))
        assert not four.is_same(Promise(WallTime(4 * HOUR), OFFICE, "P1"))

    @pytest.mark.parametrize(
        ("goal", "due"),
        [
            (WorkingTime(2 * HOUR), at(10, 6)),
            (WallTime(2 * HOUR), at(18)),
            (WorkingDays(1), at(16, 6)),
            (Deadline(micros(at(11))), at(11)),
        ],
    )
    def test_first_due_of_each_kind_of_goal(
        self, goal: WorkingTime | WallTime | WorkingDays | Deadline, due: datetime
    ) -> None:
        """Begun on Monday at 16:00 in office hours."""
        assert Promise(goal, OFFICE, "").first_due(micros(at(16))) == micros(due)

    def test_goal_beyond_the_year_9999_is_refused(self) -> None:
        """T5: no datetime can hold its due instant."""
        with pytest.raises(InstantOutOfRange):
            clock(target(goals=WallTime(timedelta(days=3_000_000))), opened(), hour=10)

    def test_unending_goal_is_refused_with_the_calendar(self) -> None:
        """C8: nothing is ever open."""
        with pytest.raises(CalendarExhausted):
            clock(target(), opened(), hour=10, calendar=NEVER)
