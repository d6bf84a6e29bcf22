"""Escalation on a real store: every step takes effect once, also after downtime and repetition."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.errors import InvalidValue
from itsm_core.escalation import (
    FIRE_ALL,
    Breached,
    CatchUp,
    EscalateToGroup,
    EscalationRule,
    Ladder,
    Notify,
    RaisePriority,
    ShareUsed,
    recorded,
)
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import Batch
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, micros, minutes
from itsm_core.workers import EscalationHandler, Escalations, TimerWorker

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(
            metric="resolution",
            goals={"*": WorkingTime(hours(4))},
            pause_on=("awaiting_requester",),
        ),
    ),
)
LADDER = Ladder(
    name="desk",
    rules=(
        EscalationRule(
            name="half",
            trigger=ShareUsed(clock="resolution", ratio=0.5),
            actions=[Notify(target="group", name="first line")],
        ),
        EscalationRule(
            name="second line",
            trigger=ShareUsed(clock="resolution", ratio=0.75),
            actions=[EscalateToGroup(tier="2"), Notify(target="group", name="second line")],
        ),
        EscalationRule(
            name="late",
            trigger=Breached(clock="resolution"),
            actions=[RaisePriority(levels=1), Notify(target="role", name="manager")],
        ),
    ),
)


class Desk:
    """A SQLite store with one ticket, a clock that is moved by hand, and workers."""

    def __init__(self, path: Path, catch_up: CatchUp = FIRE_ALL) -> None:
        self.store = SqliteStore(path)
        self.clock = ManualClock(AT)
        self.catch_up = catch_up
        self.handler = self.handler_with({"2": "second line"})
        self.worker = self.another()
        self.tell(TicketOpened(ticket_id=TICKET, occurred_at=AT, priority="P2", group=GroupId("1")))

    def handler_with(self, tiers: dict[str, str]) -> EscalationHandler:
        """Return a handler that knows these tiers."""
        return EscalationHandler(
            store=self.store, rules=self._rules, priorities=("P1", "P2", "P3"), tiers=tiers
        )

    def _rules(self, _: Ticket) -> Escalations:
        return Escalations(ladder=LADDER, agreement=AGREEMENT, catch_up=self.catch_up)

    def another(self) -> TimerWorker:
        """Return one more worker on the same store."""
        return TimerWorker(store=self.store, handle=self.handler, clock=self.clock)

    @property
    def history(self) -> tuple[TicketEvent, ...]:
        """Return the facts of the ticket."""
        return tuple(each.event for each in self.store.read(TICKET))

    def tell(self, event: TicketEvent) -> None:
        """Append an event as a desk does: with the timer that the ticket then needs."""
        history = self.history
        timers = self.handler.timers((*history, event), event.occurred_at)
        batch = Batch(
            stream=TICKET, events=(event,), expected_version=len(history), schedule=timers
        )
        self.store.append_many([batch])

    def run_until(self, at: datetime, every: timedelta | None = None) -> None:
        """Let the worker do what is due, each time that something is, or only so often."""
        while True:
            following = self.store.next_due_at()
            if following is None or following > at:
                break
            step = following if every is None else max(following, self.clock.now() + every)
            self.clock.set(min(max(step, self.clock.now()), at))
            if not self.worker.run_once().claimed:
                break
        self.clock.set(at)
        self.worker.run_once()

    @property
    def taken(self) -> list[tuple[str, timedelta]]:
        """Return the rules whose steps were taken, with the time since the opening."""
        return [
            (each.rule, timedelta(microseconds=each.occurred_us - micros(AT)))
            for each in self.history
            if isinstance(each, EscalationStepTaken)
        ]

    @property
    def sent(self) -> list[str]:
        """Return the ids of the messages in the outbox."""
        return [each.message.message_id for each in self.store.unsent()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Return a desk on a new file."""
    return Desk(tmp_path / "desk.db")


def test_steps_are_taken_at_their_instants_when_the_worker_runs(desk: Desk) -> None:
    """Half at two hours, three quarters at three, the breach a microsecond after four."""
    desk.run_until(AT + hours(6))
    late = hours(4) + timedelta(microseconds=1)
    assert desk.taken == [
        ("half", hours(2)),
        ("second line", hours(3)),
        ("second line", hours(3)),
        ("late", late),
        ("late", late),
    ]
    assert [e.group for e in desk.history if isinstance(e, TicketAssigned)] == ["second line"]
    assert [e.priority for e in desk.history if isinstance(e, PriorityOverridden)] == ["P1"]


def test_messages_are_those_of_the_steps_when_they_are_taken(desk: Desk) -> None:
    """One message a step, under its key, in the transaction of its event (R2)."""
    desk.run_until(AT + hours(6))
    assert desk.sent == [e.key for e in desk.history if isinstance(e, EscalationStepTaken)]
    (first, *_) = desk.store.unsent()
    said = json.loads(first.message.data)
    assert (said["target"], said["why"]) == (
        "group first line",
        "50 % of the resolution time is used",
    )


def test_every_step_is_taken_once_when_the_worker_was_down(desk: Desk) -> None:
    """Nothing is lost and nothing doubled by a night without a worker."""
    desk.run_until(AT + hours(6), every=hours(5))
    again = desk.another()
    again.run_once()
    keys = desk.sent
    assert len(keys) == len(set(keys)) == 5
    assert [rule for rule, _ in desk.taken] == ["half", *["second line"] * 2, *["late"] * 2]


def test_lower_messages_are_recorded_as_collapsed_when_caught_up(tmp_path: Path) -> None:
    """After downtime the manager alone is told; the assignment is made all the same (E3)."""
    desk = Desk(tmp_path / "desk.db", catch_up=CatchUp())
    desk.clock.set(AT + hours(6))
    while desk.worker.run_once().claimed:
        pass
    passed = [e for e in desk.history if isinstance(e, EscalationStepPassed)]
    assert [(e.rule, e.outcome) for e in passed] == [
        ("half", "collapsed"),
        ("second line", "collapsed"),
    ]
    actions = [e.action for e in desk.history if isinstance(e, EscalationStepTaken)]
    assert actions == ["assign to tier 2", "raise the priority by one level", "notify role manager"]
    assert len(desk.sent) == 3


def test_nothing_is_done_inside_a_pause_when_the_timer_of_before_rings(desk: Desk) -> None:
    """The old timer finds nothing to do; after the pause the steps come by as much later."""
    reason = "awaiting_requester"
    desk.run_until(AT + hours(1))
    desk.tell(
        TicketPutOnHold(ticket_id=TICKET, occurred_at=AT + hours(1), state="x", reason=reason)
    )
    desk.run_until(AT + hours(10))
    assert desk.taken == []
    desk.tell(TicketResumed(ticket_id=TICKET, occurred_at=AT + hours(10), state="in_progress"))
    desk.run_until(AT + hours(11) + minutes(30))
    assert desk.taken == [("half", hours(11))]


def test_nothing_is_done_after_the_solution_when_timers_still_wait(desk: Desk) -> None:
    """What is solved in time escalates nothing."""
    desk.tell(TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(1), state="resolved"))
    desk.run_until(AT + hours(10))
    assert desk.taken == []
    assert desk.store.waiting() == ()


def test_steps_stay_the_same_when_the_clock_is_put_back(desk: Desk) -> None:
    """A clock that goes back by a day neither repeats nor loses a step."""
    desk.run_until(AT + hours(2))
    desk.clock.set(AT - hours(24))
    worker = desk.another()
    worker.run_once()
    desk.clock.set(AT + hours(6))
    while worker.run_once().claimed:
        pass
    assert [rule for rule, _ in desk.taken] == [
        "half",
        "second line",
        "second line",
        "late",
        "late",
    ]


def test_two_workers_take_each_step_once_when_they_run_at_once(desk: Desk) -> None:
    """Both hold the same decision; the store takes one of them."""
    desk.clock.set(AT + hours(6))
    (batch,) = desk.handler(desk.store.waiting()[0], desk.clock.now())
    desk.worker.run_once()
    before = desk.history
    assert desk.store.append_many([batch])[0].repeated
    assert desk.history == before


def test_everything_is_recorded_when_due_is_asked_again(desk: Desk) -> None:
    """The keys of the records are those of the messages."""
    desk.run_until(AT + hours(6))
    assert recorded(desk.history) == frozenset(desk.sent)


def test_step_is_refused_when_its_tier_is_unknown(desk: Desk) -> None:
    """A ladder that leads nowhere is told, not swallowed."""
    handler = desk.handler_with({})
    with pytest.raises(InvalidValue, match="no group is known for a tier"):
        handler(desk.store.waiting()[0], AT + hours(6))
