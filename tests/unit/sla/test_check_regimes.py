"""The checker where an agreement gives way to one with other rules: a breach stays one (S4)."""

from __future__ import annotations

import pytest

from itsm_core.conditions import field
from itsm_core.events import BreachExplained, TicketEvent
from itsm_core.sla import (
    ClockState,
    ClockVerdict,
    LedgerKind,
    PauseLimit,
    ServiceLevelAgreement,
    evaluate_regimes,
    verify,
)
from itsm_core.sla._check_regimes import recomputed
from itsm_core.spans import micros
from tests.unit.sla.ticket import (
    ANSWERS,
    CONTACTS,
    HOUR,
    ID,
    IN_NETWORK,
    OFFICE,
    PAUSING,
    agreed,
    answered,
    assigned,
    at,
    contacted,
    excluded,
    held,
    opened,
    resolved,
    resumed,
    ruled,
    target,
)

OPENING = field("event").is_("TicketOpened")
STRICT = agreed(target())
MILD = agreed(target(pause_on={PAUSING}))
BY_CONTACT = agreed(target(**ruled(CONTACTS, ANSWERS, HOUR)))
BY_GROUP = agreed(target(**ruled(IN_NETWORK, ANSWERS, HOUR)))
HOLD = (opened(), held(10), resumed(12))


def judged(
    *regimes: tuple[float, ServiceLevelAgreement | None],
    events: tuple[TicketEvent, ...] = HOLD,
    hour: float = 16,
) -> tuple[ClockVerdict, ...]:
    """Return the checker's clocks; the evaluator's are the same."""
    since = [(micros(at(when)), agreement) for when, agreement in regimes]
    answer = verify(evaluate_regimes(events, since, as_of=at(hour)), events, since)
    assert answer.accepted, answer.explain()
    return recomputed(events, since, micros(at(hour)), None).clocks


def only(
    *regimes: tuple[float, ServiceLevelAgreement | None],
    events: tuple[TicketEvent, ...] = HOLD,
    hour: float = 16,
) -> ClockVerdict:
    """Return the only clock."""
    (clock,) = judged(*regimes, events=events, hour=hour)
    return clock


def in_hours(clock: ClockVerdict) -> tuple[float | None, ...]:
    """Return start, due, breach and cancellation of a clock, in hours of Monday."""
    stated = (clock.started_us, clock.due_us, clock.breached_us, clock.cancelled_us)
    start = micros(at(0))
    return tuple(None if each is None else (each - start) / 3_600_000_000 for each in stated)


class TestSameCycle:
    """A cycle that began at the same instant under both rules."""

    @pytest.mark.parametrize(
        ("when", "due"), [(12.5, 15), (13, 15), (13.25, 13)], ids=["before", "at", "after"]
    )
    def test_breach_stays_when_the_new_rules_pause(self, when: float, due: float) -> None:
        """Due at 13:00; the two hours of the hold count only if the change comes later."""
        assert in_hours(only((0, STRICT), (when, MILD))) == (9, due, due, None)

    def test_pauses_are_those_of_the_new_rules_when_a_breach_is_kept(self) -> None:
        """Seven hours by the wall, five of them counted: the ledger is the new one."""
        clock = only((0, STRICT), (14, MILD))
        hours = [line.kind for line in clock.ledger]
        assert hours == [LedgerKind.COUNTED, LedgerKind.PAUSED, LedgerKind.COUNTED]
        assert (clock.elapsed_us, clock.wall_us) == (5 * 3_600_000_000, 7 * 3_600_000_000)

    def test_breach_stays_when_the_new_rules_end_the_cycle_in_time(self) -> None:
        """The old ones stop at the resolution; the new ones had it answered at 10:00."""
        by_answer = agreed(target(**ruled(OPENING, ANSWERS)))
        clock = only((0, STRICT), (14, by_answer), events=(opened(), answered(10)))
        assert clock.state is ClockState.BREACHED
        assert in_hours(clock) == (9, 13, 13, None)
        assert clock.stopped_us == micros(at(10))

    def test_breach_stays_when_the_new_rules_allow_longer_pauses(self) -> None:
        """One hour of the hold of two, or all of it: due at 14:00 or at 15:00."""
        limits = [PauseLimit(reason=PAUSING, longest=HOUR)]
        short = agreed(target(pause_on={PAUSING}, pause_limits=limits))
        assert in_hours(only((0, short), (14.5, MILD))) == (9, 14, 14, None)
        assert in_hours(only((0, short), (13.5, MILD))) == (9, 15, 15, None)

    def test_earlier_breach_by_the_new_rules_stands(self) -> None:
        """By the old ones it was due at 15:00, by the new ones at 13:00."""
        assert in_hours(only((0, MILD), (15.5, STRICT))) == (9, 13, 13, None)

    def test_breach_stays_over_three_agreements(self) -> None:
        """Each change asks what was broken by then."""
        evening = agreed(target(pause_on={PAUSING}, warn_at_ratios=(0.5,)))
        clock = only((0, STRICT), (14, MILD), (15.5, evening))
        assert in_hours(clock) == (9, 13, 13, None)
        assert clock.warnings_us == ((0.5, micros(at(13))),)

    def test_goal_and_calendar_are_those_that_were_broken(self) -> None:
        """Four hours of the office from 15:00: due on Tuesday; one hour always: broken at 16:00."""
        office = agreed(target(pause_on={PAUSING}), calendar=OFFICE)
        one = agreed(target(goals=HOUR))
        clock = only((0, one), (17, office), events=(opened(15),), hour=20)
        assert in_hours(clock) == (15, 16, 16, None)
        assert (clock.allowance_us, clock.elapsed_us) == (3_600_000_000, 5 * 3_600_000_000)

    def test_raw_verdict_is_that_of_the_breach(self) -> None:
        """Without the exclusion of one hour it was broken at 13:00, with it at 14:00."""
        events = (*HOLD[:1], excluded(10, 11), *HOLD[1:])
        clock = only((0, STRICT), (15, MILD), events=events)
        assert in_hours(clock) == (9, 14, 14, None)
        assert (clock.raw_state, clock.raw_due_us) == (ClockState.BREACHED, micros(at(13)))


class TestUnknownCycle:
    """A cycle that the new rules do not know."""

    def test_live_cycle_is_cancelled_at_the_change_and_stays_broken(self) -> None:
        """From the contact at 09:30 an hour; nothing ever starts by the new rules."""
        events = (opened(), contacted(9.5))
        clock = only((0, BY_CONTACT), (12, BY_GROUP), events=events)
        assert clock.state is ClockState.BREACHED
        assert in_hours(clock) == (9.5, 10.5, 10.5, 12)
        assert (clock.wall_us, clock.as_of_us) == (2.5 * 3_600_000_000, micros(at(16)))

    def test_ended_cycle_stays_as_it_ended(self) -> None:
        """Answered at 11:00, half an hour late."""
        events = (opened(), contacted(9.5), answered(11))
        clock = only((0, BY_CONTACT), (12, BY_GROUP), events=events)
        assert in_hours(clock) == (9.5, 10.5, 10.5, None)
        assert clock.stopped_us == micros(at(11))

    def test_cycle_that_was_not_broken_is_not_kept(self) -> None:
        """Answered in time, or still running at the change, or due just then."""
        for events in ((answered(10),), ()):
            told = (opened(), contacted(9.5), *events)
            assert judged((0, BY_CONTACT), (10.25, BY_GROUP), events=told) == ()
            assert judged((0, BY_CONTACT), (10.5, BY_GROUP), events=told) == ()

    def test_cycles_are_numbered_by_their_start(self) -> None:
        """The kept one from 10:00 stands between those of the new rules, from 09:00 and 14:00."""
        events = (
            opened(group="network"),
            answered(9.5),
            contacted(10),
            assigned(11.5, "desk"),
            assigned(14, "network"),
        )
        clocks = judged((0, BY_CONTACT), (12, BY_GROUP), events=events)
        assert [(clock.cycle, in_hours(clock)) for clock in clocks] == [
            (1, (9, 10, None, None)),
            (2, (10, 11, 11, 12)),
            (3, (14, 15, 15, None)),
        ]

    def test_cycles_stand_in_the_order_of_the_targets(self) -> None:
        """The kept one of the first target comes before the second target's."""
        reply = target(metric="response", goals=8 * HOUR)
        old = agreed(*BY_CONTACT.targets, reply)
        new = agreed(*BY_GROUP.targets, reply)
        clocks = judged((0, old), (12, new), events=(opened(), contacted(9.5)))
        assert [(clock.name, clock.state) for clock in clocks] == [
            ("resolution", ClockState.BREACHED),
            ("response", ClockState.RUNNING),
        ]


class TestMatching:
    """Two cycles are the same if they began at the same instant, whatever their numbers."""

    def test_breach_is_laid_on_the_cycle_with_its_start(self) -> None:
        """#1 by the old rules, from 10:00, is #2 by the new ones, who pause from 10:15 to 11:30."""
        either = CONTACTS | field("event").is_("TicketAssigned")
        new = agreed(target(**ruled(either, ANSWERS, 3 * HOUR, pause_on={PAUSING})))
        events = (
            opened(),
            assigned(9.25, "network"),
            answered(9.5),
            contacted(10),
            held(10.25),
            resumed(11.5),
        )
        first, second = judged((0, BY_CONTACT), (12, new), events=events, hour=12.5)
        assert (first.state, in_hours(first)) == (ClockState.MET, (9.25, 10.25, None, None))
        assert (second.cycle, in_hours(second)) == (2, (10, 11, 11, None))

    def test_explanation_is_of_the_numbers_as_they_are_at_last(self) -> None:
        """The second cycle is the one that the old rules left; the new ones know one only."""
        told = BreachExplained(
            ticket_id=ID, occurred_at=at(15), clock="resolution", cycle=2, reason="supplier"
        )
        events = (opened(group="network"), answered(9.5), contacted(10), told)
        first, second = judged((0, BY_CONTACT), (12, BY_GROUP), events=events)
        assert (first.breach_reason, second.breach_reason) == ("", "supplier")


class TestNotAsked:
    """What asks for no judgement as of the change."""

    def test_goals_alone_change_by_the_retarget_policy(self) -> None:
        """The promise of four hours was broken at 13:00, as ever."""
        assert in_hours(only((0, STRICT), (14, agreed(target(goals=8 * HOUR))))) == (
            9,
            13,
            13,
            None,
        )

    def test_change_to_come_changes_nothing(self) -> None:
        """As of 16:00 nothing is known of 17:00; but the last rules judge."""
        assert in_hours(only((0, STRICT), (17, MILD))) == (9, 15, 15, None)

    def test_stop_is_judged_by_the_new_rules_when_nothing_was_broken(self) -> None:
        """Resolved at 14:30, due at 15:00 with the hold."""
        events = (*HOLD, resolved(14.5))
        assert only((0, STRICT), (12.5, MILD), events=events).state is ClockState.MET


class TestRefuses:
    """A verdict that mends or invents a breach."""

    def test_verdict_is_refused_when_it_forgets_the_rules_before(self) -> None:
        """The milder agreement alone gives another verdict."""
        told = [(micros(at(0)), STRICT), (micros(at(14)), MILD)]
        alone = [(micros(at(0)), MILD), (micros(at(14)), MILD)]
        mended = evaluate_regimes(HOLD, alone, as_of=at(16))
        answer = verify(mended, HOLD, told)
        places = {each.place for each in answer.discrepancies}
        assert "clocks[resolution #1].breached_us" in places

    def test_verdict_is_refused_when_a_kept_cycle_is_missing(self) -> None:
        """It names those that there are."""
        events = (opened(), contacted(9.5))
        told = [(micros(at(0)), BY_CONTACT), (micros(at(12)), BY_GROUP)]
        alone = [(micros(at(0)), BY_GROUP), (micros(at(12)), BY_GROUP)]
        answer = verify(evaluate_regimes(events, alone, as_of=at(16)), events, told)
        assert "resolution #1" in answer.explain()
        assert not answer.accepted
