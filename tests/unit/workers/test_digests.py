"""Digests on timers: what waits for one reader is told together, and each message once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue, LeaseLost
from itsm_core.escalation import (
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    PriorityReached,
)
from itsm_core.events import EscalationStepTaken, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import NO_STREAM
from itsm_core.spans import minutes
from itsm_core.workers import (
    DigestHandler,
    EscalationHandler,
    Escalations,
    PlannedStore,
    TimerSwitch,
    TimerWorker,
)

AT = datetime(2026, 1, 5, 9, 7, tzinfo=UTC)
LADDER = Ladder(
    name="storm",
    rules=(
        EscalationRule(
            name="at once",
            trigger=PriorityReached(priorities="P1"),
            actions=[
                Notify(target="person", name="ana"),
                EscalateToRole(role="manager"),
                EscalateToGroup(group="second line"),
            ],
        ),
    ),
)


def rules(_: Ticket) -> Escalations:
    """Escalate every ticket along one ladder."""
    return Escalations(ladder=LADDER)


class Desk:
    """So many tickets at seven minutes past nine, and windows of a quarter of an hour."""

    def __init__(self, tickets: int, *, most: int = 2) -> None:
        self.store, self.clock = MemoryStore(), ManualClock(AT)
        escalation = EscalationHandler(store=self.store, rules=rules, digest_every=minutes(15))
        self.digest = DigestHandler(store=self.store, most=most)
        planned = PlannedStore(self.store, escalation)
        for number in range(tickets):
            ticket = TicketId(f"INC-{number}")
            opened = TicketOpened(ticket_id=ticket, occurred_at=AT, priority="P1")
            planned.append(ticket, [opened], expected_version=NO_STREAM)
        switch = TimerSwitch({"escalation:": escalation, "digest:": self.digest})
        self.worker = TimerWorker(store=self.store, handle=switch, clock=self.clock)

    def run(self, at: datetime) -> list[tuple[str, str]]:
        """Let the worker do what is due, and return the messages: kind and first line."""
        self.clock.set(at)
        while self.worker.run_once().claimed:
            pass
        sent = [record.message for record in self.store.unsent()]
        return [
            (m.type.rpartition(".")[2], json.loads(m.data)["text"].split("\n")[0]) for m in sent
        ]


def test_messages_wait_for_the_end_of_their_window() -> None:
    """What is no message to people is told at once."""
    desk = Desk(1)
    assert desk.run(AT + minutes(7)) == [
        ("step", "Mon 09:07: assign to second line, because its priority is P1")
    ]
    assert [timer.due_at for timer in desk.store.waiting()] == [AT + minutes(8)] * 2


def test_messages_are_sent_one_by_one_when_they_are_few() -> None:
    """Two of one reader are read."""
    desk = Desk(2)
    desk.run(AT)
    assert [kind for kind, _ in desk.run(AT + minutes(8))] == ["step"] * 6


def test_messages_of_one_reader_are_one_when_they_are_many() -> None:
    """Five tickets, two readers: two lists of five lines, each key in one of them."""
    desk = Desk(5)
    desk.run(AT)
    told = [text for kind, text in desk.run(AT + minutes(8)) if kind == "digest"]
    assert sorted(told) == ["5 messages for person ana", "5 messages for role manager"]
    assert desk.store.waiting() == ()
    keys = [
        key
        for record in desk.store.unsent()
        if record.message.type.endswith("digest")
        for key in json.loads(record.message.data)["keys"]
    ]
    assert len(keys) == len(set(keys)) == 10
    taken = [each.event for each in desk.store.read_all()]
    assert set(keys) < {each.key for each in taken if isinstance(each, EscalationStepTaken)}


def test_nothing_is_said_twice_when_two_workers_ring_at_once() -> None:
    """The one that is second lost its timer to the first: it writes nothing."""
    desk = Desk(5)
    desk.run(AT)
    at = AT + minutes(8)
    claims = desk.store.claim_due(as_of=at, lease=timedelta(minutes=1))
    first, second, *_ = [each for each in claims if each.timer.stream == "digest:person ana"]
    batches = [tuple(desk.digest(claim.timer, at)) for claim in (first, second)]
    desk.store.complete(first, batches=batches[0])
    with pytest.raises(LeaseLost):
        desk.store.complete(second, batches=batches[1])
    digests = [r for r in desk.store.unsent() if r.message.type.endswith("digest")]
    assert len(digests) == 1


@pytest.mark.parametrize("most", [0, -1, 1.5, True])
def test_bound_is_refused_when_it_is_no_count(most: int) -> None:
    """A digest of nothing is no digest."""
    with pytest.raises(InvalidValue, match="how many messages"):
        DigestHandler(store=MemoryStore(), most=most)


def test_window_is_refused_when_it_has_no_length() -> None:
    """Nothing could be gathered in it."""
    with pytest.raises(InvalidValue, match="window"):
        EscalationHandler(store=MemoryStore(), rules=rules, digest_every=timedelta(0))
