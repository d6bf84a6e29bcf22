"""How far a pause may go: evidence, longest, budget (S9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.calendars import (
    WallTime,
)
from itsm_core.conditions import field
from itsm_core.sla import (
    ClockRules,
    ClockState,
    PauseLimit,
    ServiceLevelTarget,
    SlaClock,
    evaluate_regimes,
)
from itsm_core.spans import micros
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    HOUR,
    OFFICE,
    agreed,
    answered,
    at,
    clock,
    held,
    judged,
    opened,
    reopened,
    resolved,
    resumed,
    target,
)

EVERY = frozenset({"parts", "supplier"})


def limited(*limits: PauseLimit, **more: object) -> ServiceLevelTarget:
    """Return four hours that stand still for parts and for the supplier, within limits."""
    return target(pause_on=EVERY, pause_limits=limits, **more)


def reasons(late: SlaClock) -> list[tuple[str, float]]:
    """Return what the ledger says, with hours."""
    return [(line.reason, line.duration / HOUR) for line in late.ledger]


class TestEvidence:
    """S9: a hold without evidence does not pause where evidence is asked for."""

    LIMIT = PauseLimit(reason="parts", needs_evidence=True)

    def test_hold_without_evidence_counts(self) -> None:
        """Two hours on hold that count, and the ledger says why."""
        late = clock(limited(self.LIMIT), opened(), held(10, "parts"), resumed(12), hour=12.5)
        assert late.due_at == at(13)
        assert reasons(late) == [("", 1), ("no evidence: parts", 2), ("", 0.5)]

    def test_hold_with_evidence_pauses(self) -> None:
        """An order number is enough."""
        events = (held(10, "parts", evidence="order 7"), resumed(12))
        assert clock(limited(self.LIMIT), opened(), *events, hour=13).due_at == at(15)

    def test_hold_for_another_reason_needs_none(self) -> None:
        """The limit names parts."""
        events = (held(10, "supplier"), resumed(12))
        assert clock(limited(self.LIMIT), opened(), *events, hour=13).due_at == at(15)

    def test_missing_evidence_is_told_before_any_other_limit(self) -> None:
        """Nothing is left of the budget either, but that does not matter."""
        spent = PauseLimit(reason="*", budget=timedelta(0))
        late = clock(limited(spent, self.LIMIT), opened(), held(10, "parts"), hour=11)
        assert reasons(late) == [("", 1), ("no evidence: parts", 1)]

    def test_pause_of_its_own_rule_has_no_evidence(self) -> None:
        """Resolved but not closed: the hold before it is over, and its evidence with it."""
        promise = target(
            rules=ClockRules(
                start=field("event").is_("TicketOpened"),
                stop=field("category").is_("closed"),
                pause=field("category").is_("resolved"),
            ),
            pause_limits=[PauseLimit(reason="*", needs_evidence=True)],
        )
        events = (held(10, "parts", evidence="order 7"), resolved(11))
        late = clock(promise, opened(), *events, hour=12)
        assert reasons(late) == [("", 2), ("no evidence: resolved", 1)]


class TestLongest:
    """S9: one pause lasts at most so long, then the clock runs."""

    def test_pause_ends_at_its_limit(self) -> None:
        """An hour of three: due at 14:00."""
        limit = PauseLimit(reason="parts", longest=HOUR)
        late = clock(limited(limit), opened(), held(10, "parts"), resumed(13), hour=13.5)
        assert late.due_at == at(14)
        assert reasons(late) == [("", 1), ("parts", 1), ("over its limit: parts", 2), ("", 0.5)]

    @pytest.mark.parametrize(
        ("longest", "paused", "due"), [(2 * HOUR, 18, 11), (WallTime(2 * HOUR), 2, 10)]
    )
    def test_bare_time_is_working_time(
        self, longest: timedelta | WallTime, paused: float, due: float
    ) -> None:
        """From Monday 16:00: until Tuesday 10:00, or until 18:00; eight hours from 09:00."""
        limit = PauseLimit(reason="parts", longest=longest)
        events = (held(16, "parts"), resumed(12, 6))
        promise = limited(limit, goals=8 * HOUR)
        late = clock(promise, opened(), *events, hour=13, day=6, calendar=OFFICE)
        assert (late.paused, late.due_at) == (paused * HOUR, at(due, 6))

    def test_longest_counts_from_the_start_of_the_cycle(self) -> None:
        """On hold since 09:30, but this promise began at 10:00: an hour from there."""
        limit = PauseLimit(reason="parts", longest=HOUR)
        rules = ClockRules(start=ANSWERS, stop=CONTACTS)
        events = (held(9.5, "parts"), answered(10))
        late = clock(limited(limit, rules=rules), opened(), *events, hour=12)
        assert reasons(late) == [("parts", 1), ("over its limit: parts", 1)]

    @pytest.mark.parametrize(
        ("hour", "state"), [(10.99, ClockState.PAUSED), (11, ClockState.RUNNING)]
    )
    def test_pause_that_lasts_is_over_at_its_limit(self, hour: float, state: ClockState) -> None:
        """The limit of 11:00 is the first instant at which the clock runs."""
        limit = PauseLimit(reason="parts", longest=HOUR)
        assert clock(limited(limit), opened(), held(10, "parts"), hour=hour).state is state


class TestBudget:
    """S9: all pauses of a cycle together last at most so long."""

    LIMIT = PauseLimit(reason="parts", budget=1.5 * HOUR)

    def test_second_pause_has_what_the_first_left(self) -> None:
        """An hour and an hour, of which half counts."""
        events = (held(10, "parts"), resumed(11), held(12, "parts"), resumed(13))
        late = clock(limited(self.LIMIT), opened(), *events, hour=13)
        assert late.paused == 1.5 * HOUR
        assert reasons(late)[-1] == ("over its limit: parts", 0.5)

    def test_pause_for_another_reason_takes_nothing(self) -> None:
        """The supplier's hour is its own."""
        events = (held(10, "supplier"), held(11, "parts"), resumed(12.5))
        assert clock(limited(self.LIMIT), opened(), *events, hour=13).paused == 2.5 * HOUR

    def test_each_cycle_has_its_budget(self) -> None:
        """Two updates, each on hold for two hours."""
        promise = limited(self.LIMIT, metric="update", goals=8 * HOUR)
        events = (
            answered(10),
            held(10, "parts"),
            resumed(12),
            answered(13),
            held(13, "parts"),
            resumed(15),
        )
        evaluation = judged(promise, opened(), *events, hour=16)
        assert [each.paused for each in evaluation] == [1.5 * HOUR, 1.5 * HOUR]

    def test_budget_is_working_time_also_for_a_goal_on_the_wall(self) -> None:
        """From 16:00: an hour on Monday, half an hour on Tuesday."""
        promise = limited(self.LIMIT, goals=WallTime(48 * HOUR))
        events = (held(16, "parts"), resumed(12, 6))
        late = clock(promise, opened(), *events, hour=13, day=6, calendar=OFFICE)
        assert late.paused == 17.5 * HOUR


class TestSeveralLimits:
    """S9: all limits that match a pause bind it."""

    @pytest.mark.parametrize(
        ("longest", "budget", "paused"), [(2 * HOUR, HOUR, 1), (HOUR, 2 * HOUR, 1)]
    )
    def test_earliest_end_counts(
        self, longest: timedelta, budget: timedelta, paused: float
    ) -> None:
        """One names the reason, the other any."""
        limits = (
            PauseLimit(reason="parts", longest=longest),
            PauseLimit(reason="*", budget=budget),
        )
        events = (held(10, "parts"), resumed(13))
        assert clock(limited(*limits), opened(), *events, hour=13).paused == paused * HOUR

    def test_closed_time_is_bound_by_its_own_name_only(self) -> None:
        """Resolved from 10:00 to 13:00: `*` does not bind it, `resolved` does."""
        events = (opened(), resolved(10), reopened(13))
        free = limited(PauseLimit(reason="*", longest=HOUR, needs_evidence=True))
        bound = limited(PauseLimit(reason="resolved", longest=HOUR, needs_evidence=True))
        assert clock(free, *events, hour=13).paused == 3 * HOUR
        late = clock(bound, *events, hour=13)
        assert reasons(late) == [("", 1), ("resolved", 1), ("over its limit: resolved", 2)]

    def test_limits_count_on_the_calendar_of_the_promise_that_judges(self) -> None:
        """Broken at 10:00 in office hours: the later agreement round the clock does not matter."""
        promise = limited(PauseLimit(reason="parts", longest=HOUR), goals={"P1": HOUR})
        milder = limited(PauseLimit(reason="parts", longest=HOUR))
        regimes = [
            (micros(at(0)), agreed(promise, calendar=OFFICE)),
            (micros(at(12)), agreed(milder)),
        ]
        events = (opened(), held(16.5, "parts"), resumed(10.5, 6))
        evaluation = evaluate_regimes(events, regimes, as_of=at(12, 6))
        assert evaluation["resolution"].breached_at == at(10)
        assert evaluation["resolution"].paused == 17 * HOUR
