"""Digests on timers: what waits for one reader is told together, and each message once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import CodecError, InvalidValue, LeaseLost
from itsm_core.escalation import (
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    PriorityReached,
)
from itsm_core.events import EscalationStepTaken, TicketOpened
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import NO_STREAM, Timer
from itsm_core.rosters import Absence, Responder, Roster, Rotation
from itsm_core.spans import hours, minutes
from itsm_core.workers import (
    DigestHandler,
    EscalationHandler,
    Escalations,
    PlannedStore,
    TimerSwitch,
    TimerWorker,
)
from itsm_core.workers._digests import Gathered

pytestmark = pytest.mark.usefixtures("form")

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


def test_message_goes_at_once_when_its_reader_could_not_read_it_at_the_end() -> None:
    """Ana sleeps from ten past nine on, ben is on call from then on, and the network closes."""
    turns = Rotation(
        name="turns",
        people=("ana", "ben"),
        zone="UTC",
        start_on="2026-01-04",
        hand_off="09:10",
        unit="days",
    )
    quiet = Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 09:10-12:00"))
    coverage = Coverage(
        rosters=(Roster(name="nights", layers=(turns,), responders=(quiet,)),),
        hours={"network": BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 09:00-09:10"))},
    )
    actions = [
        Notify(target="person", name="ana"),
        Notify(target="assignee"),
        Notify(target="roster", name="nights"),
        Notify(target="group", name="network"),
        Notify(target="group", name="payroll"),
        Notify(target="role", name="manager"),
    ]
    rule = attrs.evolve(LADDER.rules[0], actions=actions)
    escalations = Escalations(ladder=Ladder(name="l", rules=(rule,)))
    store, ticket = MemoryStore(), TicketId("INC-1")
    handler = EscalationHandler(
        store=store, rules=lambda _: escalations, coverage=coverage, digest_every=minutes(15)
    )
    opened = TicketOpened(ticket_id=ticket, occurred_at=AT, priority="P1", assignee=PersonId("zoe"))
    store.append(ticket, [opened], expected_version=NO_STREAM)
    (batch,) = handler(Timer(key="escalation:x", stream=ticket, due_at=AT), AT)
    now = [json.loads(each.data)["target"] for each in batch.messages]
    assert now == ["person ana", "person ana", "group network"]
    assert [each.stream for each in batch.schedule if each.key.startswith("digest:")] == [
        "digest:person zoe",
        "digest:group payroll",
        "digest:role manager",
    ]


def test_message_that_is_found_late_waits_when_its_reader_is_asleep() -> None:
    """The worker was down until ten; ana sleeps until noon, the group opens at one.

    Who is on call is called; each message is said once.
    """
    quiet = Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 09:30-12:00"))
    alone = Rotation(name="a", people=("ana", "ana"), zone="UTC", start_on="2026-01-04")
    coverage = Coverage(
        rosters=(Roster(name="nights", layers=(alone,), responders=(quiet,)),),
        hours={
            "mail": BusinessCalendar(
                zone="UTC", hours=WeeklyHours.parse("Mo 09:00-09:20, 13:00-14:00")
            )
        },
    )
    rule = attrs.evolve(
        LADDER.rules[0],
        actions=[
            Notify(target="person", name="ana"),
            Notify(target="group", name="mail"),
            Notify(target="roster", name="nights"),
        ],
    )
    escalations = Escalations(ladder=Ladder(name="l", rules=(rule,)))
    store, clock = MemoryStore(), ManualClock(AT)
    escalation = EscalationHandler(
        store=store, rules=lambda _: escalations, coverage=coverage, digest_every=minutes(15)
    )
    digest = DigestHandler(store=store, coverage=coverage)
    opened = TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=AT, priority="P1")
    PlannedStore(store, escalation).append("INC-1", [opened], expected_version=NO_STREAM)
    switch = TimerSwitch({"escalation:": escalation, "digest:": digest})
    worker = TimerWorker(store=store, handle=switch, clock=clock)

    def told() -> list[tuple[str, str]]:
        while worker.run_once().claimed:
            pass
        sent = [record.message for record in store.unsent()]
        return [(f"{each.occurred_at:%H:%M}", json.loads(each.data)["action"]) for each in sent]

    assert told() == []
    for minute in (53, 173, 233, 900):
        clock.set(AT + minutes(minute))
        told()
    assert told() == [
        ("10:00", "notify who is on call in nights"),
        ("12:00", "notify person ana"),
        ("13:00", "notify group mail"),
    ]
    assert store.waiting() == ()


def test_message_that_is_found_late_goes_to_whoever_is_there_now() -> None:
    """Down from nine to six: chi stands in for ana then, and ben has the call (E3, E5)."""
    away = Absence(person="ana", substitute="chi", start=AT + hours(1), end=AT + hours(24))
    turns = Rotation(
        name="t",
        people=("dan", "ben"),
        zone="UTC",
        start_on="2026-01-05",
        hand_off="09:00",
        unit="hours",
        every=6,
    )
    coverage = Coverage(rosters=(Roster(name="nights", layers=(turns,), absences=(away,)),))
    actions = [Notify(target="person", name="ana"), Notify(target="roster", name="nights")]
    ladder = Ladder(name="l", rules=(attrs.evolve(LADDER.rules[0], actions=actions),))
    store, clock = MemoryStore(), ManualClock(AT)
    escalation = EscalationHandler(
        store=store,
        rules=lambda _: Escalations(ladder=ladder),
        coverage=coverage,
        digest_every=minutes(15),
    )
    planned = PlannedStore(store, escalation)
    for ticket in (TicketId("INC-1"), TicketId("INC-2")):
        opened = TicketOpened(ticket_id=ticket, occurred_at=AT, priority="P1")
        planned.append(ticket, [opened], expected_version=NO_STREAM)
    digest = DigestHandler(store=store, coverage=coverage, most=1)
    switch = TimerSwitch({"escalation:": escalation, "digest:": digest})
    worker = TimerWorker(store=store, handle=switch, clock=clock)
    worker.run_once()
    assert sorted({each.stream for each in store.waiting()}) == [
        "digest:person ana",
        "digest:person dan",
    ]
    clock.set(AT + hours(9))
    worker.run_once()
    told = [json.loads(record.message.data) for record in store.unsent()]
    assert sorted(each["target"] for each in told) == ["person ben", "person chi"]
    texts = sorted(each["text"] for each in told)
    assert texts[0].startswith("2 messages for person ben")
    assert texts[0].endswith("; now for ben (on call in nights)")
    assert texts[1].endswith("; now for chi (for ana, who is away)")


def test_message_is_read_when_it_was_gathered_before_rosters_were_written_down() -> None:
    """A timer of an older version has no roster."""
    timer = Timer(
        key="digest:a:1",
        stream="digest:person ana",
        due_at=AT,
        data='{"key":"a","waits":true,"data":{}}',
    )
    assert Gathered.of(timer) == Gathered(key="a", waits=True, data={}, roster="")


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


@pytest.mark.parametrize(
    "data",
    [
        "{}",
        "[]",
        "not JSON",
        '{"key":"a","data":{}}',
        '{"key":1,"waits":true,"data":{}}',
        '{"key":"a","waits":"no","data":{}}',
        '{"key":"a","waits":true,"data":[]}',
        '{"key":"a","waits":true,"data":{},"roster":1}',
        '{"key":"a","waits":true,"data":{},"group":""}',
    ],
)
def test_message_is_refused_when_its_timer_holds_something_else(data: str) -> None:
    """R7: a timer of another version of the library says so, and is set aside by name."""
    timer = Timer(key="digest:a:1", stream="person ana", due_at=AT, data=data)
    with pytest.raises(CodecError):
        Gathered.of(timer)
