"""The oracle of service levels: examples reckoned by hand, and the published cases of the field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import attrs
import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WallTime, WeeklyHours
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.events import (
    AnswerSent,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    TicketAssigned,
    TicketClosed,
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
    ClockRules,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
)
from itsm_core.spans import micros
from itsm_core.testing.oracle import OutsideWindow
from itsm_core.testing.sla_oracle import (
    OracleClock,
    OracleLine,
    OracleResult,
    differences,
    oracle_evaluate,
)
from tests.golden.field import ABSENT, Record, calendar_of, instant, items, load, number, record

ID = TicketId("INC-1")
OFFICE = BusinessCalendar(zone="Europe/Berlin", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a UTC instant of June 2026, of which the 1st is a Monday (Berlin is 2 h ahead)."""
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)


def opened(when: datetime, priority: str = "P1") -> TicketOpened:
    """Return an opening."""
    return TicketOpened(ticket_id=ID, occurred_at=when, priority=priority)


def held(when: datetime, reason: str = "awaiting_requester", evidence: str = "") -> TicketPutOnHold:
    """Return a hold."""
    return TicketPutOnHold(
        ticket_id=ID, occurred_at=when, state="hold", reason=reason, evidence=evidence
    )


def resumed(when: datetime) -> TicketResumed:
    """Return the end of a hold."""
    return TicketResumed(ticket_id=ID, occurred_at=when, state="work")


def resolved(when: datetime) -> TicketResolved:
    """Return a resolution."""
    return TicketResolved(ticket_id=ID, occurred_at=when, state="resolved")


def reopened(when: datetime) -> TicketReopened:
    """Return a reopening."""
    return TicketReopened(ticket_id=ID, occurred_at=when, state="work")


def changed(when: datetime, priority: str) -> PriorityChanged:
    """Return a change of priority."""
    return PriorityChanged(ticket_id=ID, occurred_at=when, priority=priority)


def target(**kwargs: object) -> ServiceLevelTarget:
    """Return a resolution target of 4 hours that pauses for the requester."""
    given: dict[str, object] = {
        "metric": "resolution",
        "goals": 4 * HOUR,
        "pause_on": {"awaiting_requester"},
    }
    return ServiceLevelTarget(**(given | kwargs))  # type: ignore[arg-type]


def judged(
    history: list[TicketEvent],
    as_of: datetime,
    calendar: Calendar = OFFICE,
    **kwargs: object,
) -> OracleResult:
    """Return what the oracle says about one target."""
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("a"), calendar=calendar, targets=[target(**kwargs)]
    )
    return oracle_evaluate(history, agreement, as_of)


def only(result: OracleResult) -> OracleClock:
    """Return the one clock."""
    (clock,) = result.clocks
    return clock


class TestDue:
    """When the time is used up, reckoned on paper."""

    def test_due_is_next_morning_when_the_day_is_over(self) -> None:
        """Monday 15:30 in Berlin plus 4 h: 1.5 h today, 2.5 h from 9:00 on Tuesday."""
        clock = only(judged([opened(at(1, 13, 30))], at(1, 14)))
        assert clock.due_us == micros(at(2, 9, 30))
        assert (clock.state, clock.elapsed_us) == ("running", 30 * 60_000_000)

    def test_due_is_closing_time_when_used_up_exactly(self) -> None:
        """13:00 plus 4 h is 17:00 in Berlin, not the next morning."""
        assert only(judged([opened(at(1, 11))], at(1, 12))).due_us == micros(at(1, 15))

    def test_pause_moves_due_by_its_working_time(self) -> None:
        """A pause from 16:00 to 10:00 of the next day has two working hours."""
        history = [opened(at(1, 12)), held(at(1, 14)), resumed(at(2, 8))]
        assert only(judged(history, at(2, 9))).due_us == micros(at(2, 10))

    def test_pause_that_begins_when_due_moves_it_to_its_end(self) -> None:
        """Due at 17:00, paused from 17:00 on: nobody is late while the clock stands still."""
        history = [opened(at(1, 11)), held(at(1, 15)), resumed(at(1, 18)), resolved(at(1, 18))]
        clock = only(judged(history, at(2, 9)))
        assert (clock.state, clock.due_us) == ("met", micros(at(1, 18)))

    def test_open_pause_gives_a_projection(self) -> None:
        """Held for one working hour so far: due an hour later if work went on now."""
        clock = only(judged([opened(at(1, 7)), held(at(1, 8))], at(1, 9)))
        assert (clock.state, clock.due_us) == ("paused", None)
        assert clock.projected_due_us == micros(at(1, 12))

    def test_breach_before_a_pause_stays(self) -> None:
        """Due at 13:00, held from 14:00 on."""
        clock = only(judged([opened(at(1, 7)), held(at(1, 12))], at(1, 13)))
        assert (clock.state, clock.breached_us) == ("breached", micros(at(1, 11)))

    def test_warning_comes_when_its_share_is_used_up(self) -> None:
        """Three quarters of 4 h from 9:00 are used up at 12:00."""
        clock = only(judged([opened(at(1, 7))], at(1, 11), warn_at_ratios=(0.5, 0.75)))
        assert clock.warnings_us == ((0.5, micros(at(1, 9))), (0.75, micros(at(1, 10))))

    def test_exclusion_moves_due_and_leaves_the_raw_verdict(self) -> None:
        """One hour excluded at 10:00; without it the clock was due at 13:00."""
        storm = TimeExcluded(
            ticket_id=ID,
            occurred_at=at(1, 14),
            actor=PersonId("ann"),
            approver=PersonId("bob"),
            start_at=at(1, 8),
            end_at=at(1, 9),
            reason="storm",
        )
        history = [opened(at(1, 7)), storm, resolved(at(1, 12))]
        clock = only(judged(history, at(1, 14)))
        assert (clock.state, clock.due_us) == ("met", micros(at(1, 12)))
        assert (clock.raw_state, clock.raw_due_us) == ("breached", micros(at(1, 11)))
        assert OracleLine(
            micros(at(1, 8)), micros(at(1, 9)), "excluded", "storm", "", "", "ann"
        ) in (clock.ledger)


class TestRetarget:
    """What a change of priority does (S7): 9:00 under 8 h, at 11:00 under 4 h."""

    @pytest.mark.parametrize(
        ("retarget", "due"),
        [
            ("from_start", at(1, 11)),
            ("from_change", at(1, 13)),
            ("share", at(1, 12)),  # a quarter is used, three quarters of 4 h are left
            ("keep", at(1, 15)),
        ],
    )
    def test_goal_counts_as_the_agreement_says(self, retarget: str, due: datetime) -> None:
        """Four ways, four due instants."""
        goals = {"P1": 8 * HOUR, "P2": 4 * HOUR}
        history = [opened(at(1, 7)), changed(at(1, 9), "P2")]
        assert only(judged(history, at(1, 10), goals=goals, retarget=retarget)).due_us == micros(
            due
        )

    def test_broken_promise_is_not_mended_by_a_milder_goal(self) -> None:
        """Due at 10:00 under 1 h; 8 h come at 10:15."""
        goals = {"P1": HOUR, "P2": 8 * HOUR}
        clock = only(judged([opened(at(1, 7)), changed(at(1, 8, 15), "P2")], at(1, 9), goals=goals))
        assert (clock.state, clock.priority) == ("breached", "P1")

    def test_goal_that_comes_late_is_broken_when_it_comes(self) -> None:
        """1 h from 9:00 was over at 10:00, before the goal came at 12:00."""
        goals = {"P1": HOUR, "P2": 8 * HOUR}
        history = [opened(at(1, 7), "P2"), changed(at(1, 10), "P1")]
        assert only(judged(history, at(1, 11), goals=goals)).breached_us == micros(at(1, 10))

    def test_clock_is_cancelled_when_the_last_priority_has_no_goal(self) -> None:
        """At the change, and no clock at all where no priority ever had one."""
        history = [opened(at(1, 7)), changed(at(1, 8), "P9")]
        clock = only(judged(history, at(1, 9), goals={"P1": HOUR * 4}))
        assert (clock.state, clock.cancelled_us) == ("cancelled", micros(at(1, 8)))
        assert judged([opened(at(1, 7), "P9")], at(1, 9), goals={"P1": HOUR}).clocks == ()

    def test_override_ends_by_itself(self) -> None:
        """P2 by hand from 10:00 to 11:00; then P1 judges again."""
        override = PriorityOverridden(
            ticket_id=ID, occurred_at=at(1, 8), priority="P2", reason="asked", expires_at=at(1, 9)
        )
        goals = {"P1": 4 * HOUR, "P2": 8 * HOUR}
        history = [opened(at(1, 7)), override]
        assert only(judged(history, at(1, 8, 30), goals=goals)).due_us == micros(at(1, 15))
        assert only(judged(history, at(1, 9), goals=goals)).due_us == micros(at(1, 11))


class TestReopen:
    """Resolved at 10:00, reopened at 12:00, under 4 h from 9:00 (S8)."""

    HISTORY = (opened(at(1, 7)), resolved(at(1, 8)), reopened(at(1, 10)))

    @pytest.mark.parametrize(
        ("reopen", "dues"),
        [
            ("exclude_closed", [at(1, 13)]),
            ("include_closed", [at(1, 11)]),
            ("new_cycle", [at(1, 11), at(1, 14)]),
            ("ignore", [at(1, 11)]),
        ],
    )
    def test_reopening_does_what_the_agreement_says(
        self, reopen: str, dues: list[datetime]
    ) -> None:
        """Four ways."""
        result = judged(list(self.HISTORY), at(1, 11), reopen=reopen)
        assert [clock.due_us for clock in result.clocks] == [micros(due) for due in dues]

    def test_closing_a_resolved_ticket_does_not_move_its_stop(self) -> None:
        """Resolved then closed is one stretch; its reopening undoes the resolution."""
        closed = TicketClosed(ticket_id=ID, occurred_at=at(1, 9), state="closed")
        history = [*self.HISTORY, closed]
        assert only(judged(history, at(1, 11))).due_us == micros(at(1, 13))


class TestLimits:
    """Pauses that are too long, too many, or without evidence (S9)."""

    def test_clock_runs_when_the_longest_pause_is_over(self) -> None:
        """Held for two hours, of which one may pause."""
        limit = PauseLimit(reason="awaiting_requester", longest=HOUR)
        history = [opened(at(1, 7)), held(at(1, 8)), resumed(at(1, 10))]
        clock = only(judged(history, at(1, 11), pause_limits=[limit]))
        assert clock.due_us == micros(at(1, 12))
        assert [line.reason for line in clock.ledger] == [
            "",
            "awaiting_requester",
            "over its limit: awaiting_requester",
            "",
        ]

    def test_clock_runs_when_the_budget_is_used_up(self) -> None:
        """Two pauses of an hour each, a budget of 90 minutes."""
        limit = PauseLimit(reason="*", budget=1.5 * HOUR)
        history = [
            opened(at(1, 7)),
            *(held(at(1, 8)), resumed(at(1, 9))),
            *(held(at(1, 10)), resumed(at(1, 11))),
        ]
        clock = only(judged(history, at(1, 11), pause_limits=[limit]))
        assert clock.due_us == micros(at(1, 12, 30))

    def test_hold_without_evidence_does_not_pause(self) -> None:
        """With evidence it does."""
        limit = PauseLimit(reason="*", needs_evidence=True)
        with_it = [opened(at(1, 7)), held(at(1, 8), evidence="mail")]
        without = [opened(at(1, 7)), held(at(1, 8))]
        assert only(judged(with_it, at(1, 9), pause_limits=[limit])).state == "paused"
        assert only(judged(without, at(1, 9), pause_limits=[limit])).state == "running"


class TestStory:
    """Cycles and what is believed when."""

    def test_next_reply_begins_with_a_contact_after_the_answer(self) -> None:
        """One cycle for each time that the requester waits again."""
        answer = AnswerSent(ticket_id=ID, occurred_at=at(1, 8))
        contact = ContactReceived(ticket_id=ID, occurred_at=at(1, 9))
        again = AnswerSent(ticket_id=ID, occurred_at=at(1, 10))
        history = [opened(at(1, 7)), answer, contact, again]
        clock = only(judged(history, at(1, 11), metric="next_reply"))
        assert (clock.started_us, clock.stopped_us) == (micros(at(1, 9)), micros(at(1, 10)))

    def test_late_event_is_not_known_before_it_was_recorded(self) -> None:
        """What was believed at noon, seen from the next day."""
        late = attrs.evolve(resolved(at(1, 8)), recorded_at=at(2, 8))
        agreement = ServiceLevelAgreement(
            agreement_id=AgreementId("a"), calendar=OFFICE, targets=[target()]
        )
        history = [opened(at(1, 7)), late]
        believed = oracle_evaluate(history, agreement, at(2, 9), at(1, 12))
        assert only(believed).state == "breached"
        assert only(oracle_evaluate(history, agreement, at(2, 9))).state == "met"

    def test_commitment_is_judged_by_its_own_deadline(self) -> None:
        """Kept at 11:00, promised for 10:30."""
        made = CommitmentMade(
            ticket_id=ID, occurred_at=at(1, 8), commitment_id="c", due_at=at(1, 8, 30)
        )
        kept = CommitmentKept(ticket_id=ID, occurred_at=at(1, 9), commitment_id="c")
        history = [opened(at(1, 7)), made, kept]
        agreement = ServiceLevelAgreement(
            agreement_id=AgreementId("a"),
            calendar=OFFICE,
            targets=[ServiceLevelTarget(metric="commitment")],
        )
        clock = only(oracle_evaluate(history, agreement, at(1, 10)))
        assert (clock.subject, clock.state) == ("c", "breached")
        assert clock.breached_us == micros(at(1, 8, 30))

    def test_breach_reason_is_the_one_told_last(self) -> None:
        """It never changes the verdict."""
        told = [
            BreachExplained(ticket_id=ID, occurred_at=at(1, 13, n), clock="resolution", reason=why)
            for n, why in ((0, "staff"), (15, "vendor"))
        ]
        clock = only(judged([opened(at(1, 7)), *told], at(1, 14)))
        assert (clock.state, clock.breach_reason) == ("breached", "vendor")

    def test_holder_cuts_the_ledger(self) -> None:
        """Who held the ticket is on every line."""
        moved = TicketAssigned(ticket_id=ID, occurred_at=at(1, 8), group=GroupId("network"))
        clock = only(judged([opened(at(1, 7)), moved], at(1, 9)))
        assert [line.group for line in clock.ledger] == ["", "network"]


class TestRefusals:
    """What the oracle cannot answer, and says so."""

    def test_instant_between_two_steps_is_refused(self) -> None:
        """Seven minutes past is not on a grid of a quarter of an hour."""
        with pytest.raises(InvalidValue, match="between two steps"):
            judged([opened(at(1, 7, 7))], at(1, 8))

    def test_goal_beyond_the_window_is_refused(self) -> None:
        """A thousand working hours take half a year."""
        with pytest.raises(OutsideWindow):
            judged([opened(at(1, 7))], at(1, 8), goals=1000 * HOUR)

    def test_history_without_opening_is_refused(self) -> None:
        """There is nothing to judge."""
        with pytest.raises(NotFound):
            judged([held(at(1, 7))], at(1, 8))

    def test_events_of_two_tickets_are_refused(self) -> None:
        """A history is that of one ticket."""
        other = attrs.evolve(held(at(1, 8)), ticket_id=TicketId("INC-2"))
        with pytest.raises(InvalidValue, match="another ticket"):
            judged([opened(at(1, 7)), other], at(1, 8))


class TestDifferences:
    """The comparison says in words what differs."""

    HISTORY = (opened(at(1, 7)), resolved(at(1, 8)))
    AGREEMENT = ServiceLevelAgreement(
        agreement_id=AgreementId("a"), calendar=OFFICE, targets=[target(warn_at_ratios=(0.2,))]
    )

    def test_differences_are_none_when_both_agree(self) -> None:
        """The evaluator and the oracle on a plain ticket."""
        evaluation = evaluate(self.HISTORY, self.AGREEMENT, as_of=at(1, 9))
        assert (
            differences(evaluation, oracle_evaluate(self.HISTORY, self.AGREEMENT, at(1, 9))) == ()
        )

    @pytest.mark.parametrize(
        "change",
        [
            {name: value}
            for name, value in {
                "priority": "P7",
                "goal": WallTime(HOUR),
                "state": "breached",
                "raw_state": "running",
                "started_us": 0,
                "allowance_us": 1,
                "due_us": None,
                "projected_due_us": 1,
                "raw_due_us": 1,
                "stopped_us": None,
                "cancelled_us": 1,
                "breached_us": 1,
                "warnings_us": (),
                "breach_reason": "x",
                "breach_owner": "x",
                "elapsed_us": 0,
                "wall_us": 0,
                "ledger": (),
                "subject": "x",
            }.items()
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_every_field_is_compared(self, change: dict[str, object]) -> None:
        """A change of any field alone is one sentence that names it."""
        evaluation = evaluate(self.HISTORY, self.AGREEMENT, as_of=at(1, 9))
        oracle = oracle_evaluate(self.HISTORY, self.AGREEMENT, at(1, 9))
        wrong = attrs.evolve(only(oracle), **change)  # type: ignore[arg-type]
        (sentence,) = differences(evaluation, attrs.evolve(oracle, clocks=(wrong,)))
        assert sentence.startswith(f"resolution #1: {next(iter(change))} ")

    def test_missing_clock_and_other_priority_are_named(self) -> None:
        """The ticket's own fields are compared, too."""
        evaluation = evaluate(self.HISTORY, self.AGREEMENT, as_of=at(1, 9))
        found = differences(evaluation, OracleResult(priority="P7", clocks=()))
        assert len(found) == 2


# -- the field's published cases, as far as they lie on a grid of minutes


def cases(kind: str) -> list[Record]:
    """Return the published cases of a kind that follow no quirk of their source."""
    data = load("cases.json")
    found = [] if data is None else [record(each) for each in items(record(data)["cases"])]
    return [each for each in found if each["kind"] == kind and not each.get("quirk")]


def walked(
    history: list[TicketEvent], agreement: ServiceLevelAgreement, as_of: datetime
) -> OracleResult:
    """Return the oracle's answer on the coarsest grid that has all instants on it."""
    for minutes in (60, 30, 15, 5, 1):
        try:
            return oracle_evaluate(history, agreement, as_of, step=timedelta(minutes=minutes))
        except InvalidValue:
            continue
        except OutsideWindow:
            break
    pytest.skip("not on a grid of minutes, or longer than ten weeks")


def holds(pauses: list[tuple[datetime, datetime]]) -> Iterator[TicketEvent]:
    """Yield holds and their ends."""
    for start, end in pauses:
        yield held(start)
        yield resumed(end)


def agreement_of(calendar: Calendar, **goals: timedelta) -> ServiceLevelAgreement:
    """Return a promise for the assignment and one for the resolution."""
    assigned = ClockRules(
        start=field("event").is_("TicketOpened"), stop=field("event").is_("TicketAssigned")
    )
    targets = [target(name=name, goals=goal) for name, goal in goals.items()]
    return ServiceLevelAgreement(
        agreement_id=AgreementId("a"),
        calendar=calendar,
        targets=[
            attrs.evolve(each, rules=assigned) if each.name == "intervention" else each
            for each in targets
        ],
    )


@pytest.mark.skipif(load("cases.json") is None, reason=ABSENT)
@pytest.mark.parametrize("case", cases("due"), ids=lambda case: str(case["id"]))
def test_due_equals_the_published_one_when_walked(case: Record) -> None:
    """Start, goal and pauses as events give the published due instant."""
    given = record(case["input"])
    if "boundary" in given or "boundary" in case or given["goal_seconds"] == 0:
        # By law C5 nothing is used up at once, at whatever hour.
        pytest.skip("its source moves the due instant on to the next opening")
    start = instant(given["start"])
    spans = [
        (instant(low), instant(high)) for low, high in map(items, items(given.get("pauses", [])))
    ]
    if any(one[1] > two[0] for one, two in pairwise(spans)) or any(a < start for a, _ in spans):
        pytest.skip("pauses that overlap, or begin before the opening, are no history")
    goal = timedelta(seconds=number(given["goal_seconds"]))
    agreement = agreement_of(calendar_of(record(case["calendar"])), resolution=goal)
    due = instant(record(case["expected"])["due"])
    as_of = max([start, *(end for _, end in spans)])
    clock = only(walked([opened(start), *holds(spans)], agreement, as_of))
    assert clock.due_us == micros(due)


@pytest.mark.skipif(load("cases.json") is None, reason=ABSENT)
@pytest.mark.parametrize("case", cases("two_clocks"), ids=lambda case: str(case["id"]))
def test_elapsed_equals_the_published_one_when_walked(case: Record) -> None:
    """Both clocks of a ticket count what the source says."""
    given, expected = record(case["input"]), record(case["expected"])
    names = [name for name in ("intervention", "resolution") if f"{name}_elapsed_s" in expected]
    goals = {name: timedelta(seconds=number(expected[f"{name}_goal_s"])) for name in names}
    taken = TicketAssigned(ticket_id=ID, occurred_at=instant(given["assigned"]))
    history = [opened(instant(given["created"])), taken, resolved(instant(given["resolved"]))]
    agreement = agreement_of(calendar_of(record(case["calendar"])), **goals)
    as_of = max(event.occurred_at for event in history)
    for clock in walked(history, agreement, as_of).clocks:
        assert clock.elapsed_us == number(expected[f"{clock.name}_elapsed_s"]) * 1_000_000


def test_wall_time_counts_nights() -> None:
    """Four hours by the clock on the wall, whatever the calendar."""
    clock = only(judged([opened(at(1, 14))], at(1, 15), goals=WallTime(4 * HOUR)))
    assert clock.due_us == micros(at(1, 18))
    assert only(judged([opened(at(1, 14))], at(1, 15), ALWAYS)).due_us == micros(at(1, 18))
