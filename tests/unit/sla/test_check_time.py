"""The checker's own arithmetic: due instants and ledgers counted by hand (S2, S4, S7-S10)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WallTime, WeeklyHours, WorkingDays
from itsm_core.errors import InstantOutOfRange, InvalidValue
from itsm_core.events import (
    AnswerSent,
    BreachExplained,
    CommitmentMade,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    ClockState,
    ClockVerdict,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)
from itsm_core.sla._check_regimes import recomputed
from itsm_core.spans import micros

ID = TicketId("INC-1")
HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
ZERO = micros(datetime(2026, 1, 5, tzinfo=UTC))
OFFICE = BusinessCalendar(
    zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"), holidays=[date(2026, 1, 6)]
)
GOALS = {"P1": 4 * HOUR, "P2": 8 * HOUR}


def at(hour: float) -> datetime:
    """Return an instant in hours from Monday, 5 January 2026; the 6th is a holiday."""
    return datetime(2026, 1, 5, tzinfo=UTC) + hour * HOUR


def clocks(
    *events: TicketEvent, target: ServiceLevelTarget, as_of: float = 16, priority: str = "P1"
) -> tuple[ClockVerdict, ...]:
    """Return the clocks of a ticket opened at 10, judged by the checker."""
    opened = TicketOpened(
        ticket_id=ID, occurred_at=at(10), priority=priority, group=GroupId("desk")
    )
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"), calendar=OFFICE, targets=(target,)
    )
    return recomputed((opened, *events), ((0, agreement),), micros(at(as_of)), None).clocks


def hours(at_us: int | None) -> float | None:
    """Return an instant in hours from Monday."""
    return None if at_us is None else (at_us - ZERO) / HOUR_US


def lines(clock: ClockVerdict) -> list[tuple[float | None, str, str, str]]:
    """Return when each line of the ledger ends, its kind, its reason and who held the ticket."""
    return [(hours(x.end_us), x.kind.value, x.reason, x.group) for x in clock.ledger]


def resolution(**rest: object) -> ServiceLevelTarget:
    """Return a target that pauses for the requester."""
    given = {"goals": GOALS, "pause_on": {"awaiting_requester"}, **rest}
    return ServiceLevelTarget(metric="resolution", **given)  # type: ignore[arg-type]


def held(start: float, end: float | None, evidence: str = "") -> list[TicketEvent]:
    """Return a hold and its end."""
    told: list[TicketEvent] = [
        TicketPutOnHold(
            ticket_id=ID,
            occurred_at=at(start),
            state="hold",
            reason="awaiting_requester",
            evidence=evidence,
        )
    ]
    if end is not None:
        told.append(TicketResumed(ticket_id=ID, occurred_at=at(end), state="work"))
    return told


def changed(hour: float, priority: str) -> PriorityChanged:
    """Return a change of priority."""
    return PriorityChanged(ticket_id=ID, occurred_at=at(hour), priority=priority)


def excluded(start: float, end: float, told: float = 12, approver: str = "max") -> TimeExcluded:
    """Return an exclusion by lea."""
    return TimeExcluded(
        ticket_id=ID,
        occurred_at=at(told),
        actor=PersonId("lea"),
        approver=PersonId(approver),
        start_at=at(start),
        end_at=at(end),
        reason="strike",
    )


class TestDue:
    """When a clock is due."""

    def test_due_skips_nights_and_holidays_when_counted_in_hours(self) -> None:
        """8 h from Monday 10:00: 7 on Monday, none on Tuesday, 1 on Wednesday: 10:00."""
        (clock,) = clocks(target=resolution(), priority="P2")
        assert (hours(clock.due_us), clock.allowance_us) == (48 + 10, 8 * HOUR_US)

    @pytest.mark.parametrize(
        ("goal", "due"),
        [(WallTime(8 * HOUR), 18), (WorkingDays(1), 48 + 10), (timedelta(0), 10)],
        ids=["wall", "working day", "nothing"],
    )
    def test_due_follows_the_goal_when_it_is_of_another_kind(
        self, goal: WallTime | WorkingDays | timedelta, due: float
    ) -> None:
        """Elapsed time, working days (Tuesday is none), no time at all."""
        (clock,) = clocks(target=resolution(goals=goal), as_of=10)
        assert hours(clock.due_us) == due

    def test_due_moves_by_the_pause_when_it_ends_before(self) -> None:
        """Due at 14, paused from 11 to 12: 15. The warning at half moves from 12 to 13."""
        (clock,) = clocks(*held(11, 12), target=resolution(warn_at_ratios=(0.5,)))
        assert hours(clock.due_us) == 15
        assert [(ratio, hours(when)) for ratio, when in clock.warnings_us] == [(0.5, 13)]
        assert (clock.elapsed_us, clock.wall_us) == (5 * HOUR_US, 6 * HOUR_US)

    def test_due_is_unknown_when_a_pause_lasts(self) -> None:
        """At 16 a pause since 12 lasts; 2 h are left: Wednesday 10:00 if work went on now."""
        (clock,) = clocks(*held(12, None), target=resolution())
        assert (clock.state, clock.due_us) == (ClockState.PAUSED, None)
        assert hours(clock.projected_due_us) == 48 + 10

    def test_breach_stays_when_a_pause_begins_after_it(self) -> None:
        """Due at 14, paused at 15: broken at 14 (law S4)."""
        (clock,) = clocks(*held(15, None), target=resolution())
        assert (clock.state, hours(clock.breached_us)) == (ClockState.BREACHED, 14)

    @pytest.mark.parametrize(
        ("retarget", "due", "allowance"),
        [("from_start", 58, 8), ("from_change", 59, 9), ("share", 17, 7), ("keep", 14, 4)],
    )
    def test_due_follows_the_policy_when_the_priority_changes(
        self, retarget: str, due: float, allowance: int
    ) -> None:
        """After 1 of 4 hours: 8 from 10:00, 8 from 11:00, three quarters of 8 from 11:00, 4."""
        (clock,) = clocks(changed(11, "P2"), target=resolution(retarget=retarget), as_of=12)
        assert (hours(clock.due_us), clock.allowance_us) == (due, allowance * HOUR_US)

    def test_pause_before_the_change_moves_nothing_when_time_counts_from_the_change(self) -> None:
        """Held from 11 to 12; eight hours from 13 on: four on Monday, four on Wednesday."""
        told = (*held(11, 12), changed(13, "P2"))
        (clock,) = clocks(*told, target=resolution(retarget="from_change"), as_of=14)
        assert hours(clock.due_us) == 48 + 13

    def test_broken_promise_judges_when_the_priority_changes_later(self) -> None:
        """Due at 14 under P1; P2 at 15 does not mend it (law S4)."""
        (clock,) = clocks(changed(15, "P2"), target=resolution())
        assert (clock.priority, clock.state, hours(clock.due_us)) == (
            "P1",
            ClockState.BREACHED,
            14,
        )

    def test_goal_is_broken_when_it_comes_after_its_own_due(self) -> None:
        """P2 until 15, then P1, due at 14: broken at 15, when it came."""
        (clock,) = clocks(changed(15, "P1"), target=resolution(), priority="P2")
        assert (hours(clock.due_us), hours(clock.breached_us)) == (14, 15)

    def test_clock_is_cancelled_when_the_priority_has_no_goal_any_more(self) -> None:
        """P9 at 12: nothing is promised from then on."""
        (clock,) = clocks(changed(12, "P9"), target=resolution())
        assert (clock.state, hours(clock.cancelled_us)) == (ClockState.CANCELLED, 12)

    def test_clock_does_not_exist_when_no_priority_has_a_goal(self) -> None:
        """Which is legal."""
        assert clocks(target=resolution(), priority="P9") == ()

    def test_later_goal_counts_from_the_start_when_there_was_none_before(self) -> None:
        """P9 until 11, then P1: due at 14; counted from the change, at 15."""
        told = changed(11, "P1")
        (first,) = clocks(told, target=resolution(), priority="P9")
        (second,) = clocks(told, target=resolution(retarget="from_change"), priority="P9")
        (third,) = clocks(told, target=resolution(retarget="share"), priority="P9")
        assert [hours(clock.due_us) for clock in (first, second, third)] == [14, 15, 15]

    def test_exclusion_moves_due_but_not_the_raw_one_when_agreed(self) -> None:
        """Due at 14, an hour excluded: 15; raw 14, broken. Without approver nothing (law S10)."""
        (clock,) = clocks(excluded(11, 12), target=resolution(), as_of=14.5)
        assert (clock.state, hours(clock.due_us)) == (ClockState.RUNNING, 15)
        assert (clock.raw_state, hours(clock.raw_due_us)) == (ClockState.BREACHED, 14)
        (alone,) = clocks(excluded(11, 12, approver=""), target=resolution(), as_of=14.5)
        (own,) = clocks(excluded(11, 12, approver="lea"), target=resolution(), as_of=14.5)
        assert (hours(alone.due_us), hours(own.due_us)) == (14, 14)

    def test_commitment_is_due_by_its_own_deadline_when_made(self) -> None:
        """Wall time; made after its deadline it allows nothing and is broken at once (law D4)."""
        target = ServiceLevelTarget(metric="commitment")
        made = [
            CommitmentMade(ticket_id=ID, occurred_at=at(12), commitment_id=each, due_at=at(due))
            for each, due in (("a: late", 11), ("b: call", 15))
        ]
        late, call = clocks(*made, target=target, as_of=13)
        assert (late.allowance_us, hours(late.breached_us)) == (0, 12)
        assert (call.subject, call.state, hours(call.due_us)) == ("b: call", ClockState.RUNNING, 15)

    def test_time_runs_out_of_range_when_nothing_ever_opens(self) -> None:
        """The search ends with the years."""
        with pytest.raises(InstantOutOfRange):
            clocks(target=resolution(calendar=NEVER))

    def test_no_agreement_is_refused_when_there_is_none(self) -> None:
        """A ticket without one has no verdict."""
        opened = TicketOpened(ticket_id=ID, occurred_at=at(10))
        with pytest.raises(InvalidValue, match="no agreement"):
            recomputed((opened,), ((0, None),), micros(at(12)), None)


class TestLimits:
    """What bounds a pause (law S9)."""

    @pytest.mark.parametrize(
        ("limit", "expected"),
        [
            ({"longest": HOUR}, [(11, "counted", ""), (12, "paused", "awaiting_requester")]),
            ({"budget": HOUR / 2}, [(11, "counted", ""), (11.5, "paused", "awaiting_requester")]),
            (
                {"needs_evidence": True},
                [(11, "counted", ""), (14, "counted", "no evidence: awaiting_requester")],
            ),
        ],
        ids=["longest", "budget", "evidence"],
    )
    def test_clock_runs_and_says_why_when_a_pause_is_over_its_limit(
        self, limit: dict[str, timedelta], expected: list[tuple[float, str, str]]
    ) -> None:
        """Paused from 11 to 14; beyond the limit time counts."""
        limits = [PauseLimit(reason="*", **limit)]  # type: ignore[arg-type]
        (clock,) = clocks(*held(11, 14), target=resolution(pause_limits=limits))
        seen = [line[:3] for line in lines(clock)]
        assert seen[:2] == expected
        if "needs_evidence" not in limit:
            assert seen[2] == (14, "counted", "over its limit: awaiting_requester")
        (shown,) = clocks(*held(11, 14, "mail"), target=resolution(pause_limits=limits))
        if "needs_evidence" in limit:
            assert shown.elapsed_us == 3 * HOUR_US

    def test_budget_is_shared_when_there_are_several_pauses(self) -> None:
        """Two hours: one in the first pause, one in the second, then it is used up."""
        limits = [PauseLimit(reason="awaiting_requester", budget=2 * HOUR)]
        told = [*held(11, 12), *held(13, 15.5)]
        (clock,) = clocks(*told, target=resolution(pause_limits=limits))
        assert [line[0] for line in lines(clock) if line[1] == "paused"] == [12, 14]

    def test_closed_time_is_bound_only_when_it_is_named(self) -> None:
        """Resolved from 11 to 13: not by "*", but by "resolved"."""
        told = (
            TicketResolved(ticket_id=ID, occurred_at=at(11), state="done"),
            TicketReopened(ticket_id=ID, occurred_at=at(13), state="work"),
        )
        for reason, elapsed in (("*", 4), ("resolved", 5)):
            limits = [PauseLimit(reason=reason, longest=HOUR)]
            (clock,) = clocks(*told, target=resolution(pause_limits=limits))
            assert clock.elapsed_us == elapsed * HOUR_US


class TestLedger:
    """The lines of a ledger (law S2)."""

    def test_ledger_is_cut_where_kind_reason_or_holder_changes(self) -> None:
        """To Wednesday 9:30, over a night, a holiday and another night."""
        told = [
            TicketAssigned(ticket_id=ID, occurred_at=at(11), group=GroupId("network")),
            *held(12, 14),
            excluded(13, 15, told=15),
        ]
        (clock,) = clocks(*told, target=resolution(), as_of=48 + 9.5)
        assert lines(clock) == [
            (11, "counted", "", "desk"),
            (12, "counted", "", "network"),
            (13, "paused", "awaiting_requester", "network"),
            (15, "excluded", "strike", "network"),
            (17, "counted", "", "network"),
            (24 + 9, "outside hours", "", "network"),
            (24 + 17, "holiday", "", "network"),
            (48 + 9, "outside hours", "", "network"),
            (48 + 9.5, "counted", "", "network"),
        ]
        assert [line.author for line in clock.ledger if line.author] == ["lea"]

    def test_ledger_is_one_line_when_all_time_counts(self) -> None:
        """On the wall, and where it is always open."""
        wall = ServiceLevelTarget(metric="resolution", goals=WallTime(HOUR))
        always = ServiceLevelTarget(metric="resolution", goals=HOUR, calendar=ALWAYS)
        for target in (wall, always):
            (clock,) = clocks(target=target, as_of=100)
            assert lines(clock) == [(100, "counted", "", "desk")]

    def test_ledger_is_empty_when_the_clock_stopped_at_its_start(self) -> None:
        """A cycle without length is legal."""
        answered = AnswerSent(ticket_id=ID, occurred_at=at(10))
        (clock,) = clocks(answered, target=ServiceLevelTarget(metric="response", goals=HOUR))
        assert (clock.ledger, clock.elapsed_us, clock.state) == ((), 0, ClockState.MET)


class TestReasons:
    """Why a promise was broken, as people explained it (law S10)."""

    def test_reason_is_that_of_the_cycle_when_several_were_told(self) -> None:
        """The last told wins; 0 is the last cycle; no verdict changes."""
        told = [
            BreachExplained(ticket_id=ID, occurred_at=at(15), clock="update", reason=r, cycle=c)
            for r, c in (("first", 1), ("late", 0), ("later", 2))
        ]
        answers = [AnswerSent(ticket_id=ID, occurred_at=at(hour)) for hour in (10, 12)]
        target = ServiceLevelTarget(metric="update", goals=HOUR)
        found = clocks(*answers, *told, target=target)
        assert [(clock.breach_reason, clock.state) for clock in found] == [
            ("first", ClockState.BREACHED),
            ("later", ClockState.BREACHED),
        ]
