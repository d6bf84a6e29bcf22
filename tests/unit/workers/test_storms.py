"""Storms on timers: told once, by the ticket that makes one, whoever rings (laws E1, R2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS, WeeklyHours, WorkingTime
from itsm_core.escalation import (
    Coverage,
    EscalationRule,
    Ladder,
    Notify,
    ProposeMajorIncident,
    ShareUsed,
    Storm,
)
from itsm_core.events import AnswerSent, EscalationStepTaken, MajorIncidentProposed, TicketOpened
from itsm_core.ids import AgreementId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import ANY, NO_STREAM, Timer
from itsm_core.rosters import Responder, Roster
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, micros, minutes
from itsm_core.workers import EscalationHandler, Escalations, PlannedStore, TimerWorker
from itsm_core.workers._storms import StormLog

pytestmark = pytest.mark.usefixtures("form")

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
STORM = EscalationRule(
    name="outage",
    trigger=Storm(tickets=3, within=hours(1), same="service"),
    actions=[ProposeMajorIncident(), Notify(target="person", name="lea")],
)
HALF = EscalationRule(
    name="half",
    trigger=ShareUsed(clock="resolution", ratio=0.5),
    actions=[Notify(target="assignee")],
)
LADDER = Ladder(name="desk", rules=(HALF, STORM))
CALM = Ladder(name="calm", rules=(HALF,))
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(4))}),),
)


def ladder_of(ticket: Ticket) -> Ladder | None:
    """Return one ladder for all, but none without a group, and a calm one for the lab."""
    return {"": None, "lab": CALM}.get(ticket.group, LADDER)


def rules(ticket: Ticket) -> Escalations | None:
    """Return the same with what was promised."""
    ladder = ladder_of(ticket)
    return None if ladder is None else Escalations(ladder=ladder, agreement=GOLD)


class Desk:
    """A store that plans with each ticket, and workers that share it."""

    def __init__(self, *, workers: int = 1, coverage: Coverage | None = None) -> None:
        self.store, self.clock = MemoryStore(), ManualClock(AT)
        self.coverage = coverage or Coverage()
        self.planned = PlannedStore(self.store, self.handler())
        self.workers = [
            TimerWorker(store=self.store, handle=self.handler(), clock=self.clock, batch=1)
            for _ in range(workers)
        ]

    def handler(self) -> EscalationHandler:
        """Return a handler that knows nothing yet, as after a new start."""
        return EscalationHandler(store=self.store, rules=rules, coverage=self.coverage)

    def open(self, *after: float, group: str = "first line") -> None:
        """Open a ticket about mail at each of these minutes after nine."""
        for minute in after:
            opened = TicketOpened(
                ticket_id=TicketId(f"INC-{minute:g}"),
                occurred_at=AT + minutes(minute),
                group=GroupId(group),
                assignee=PersonId("ana"),
                service=ServiceId("mail"),
            )
            self.planned.append(opened.ticket_id, [opened], expected_version=NO_STREAM)

    def run(self, after: timedelta) -> list[str]:
        """Let the workers do in turn what is due, and return what was told: ticket and rule."""
        self.clock.set(AT + after)
        while sum(worker.run_once().claimed for worker in self.workers):
            pass
        sent = [json.loads(record.message.data) for record in self.store.unsent()]
        return [f"{each['ticket_id']} {each['rule']} {each['target']}".rstrip() for each in sent]


def test_storm_is_told_once_when_its_tickets_are_opened() -> None:
    """With the third one: proposed on it, and lea hears of it; the other rules go on."""
    desk = Desk()
    desk.open(0, 10)
    assert desk.run(minutes(15)) == []
    desk.open(20, 30)
    assert desk.run(minutes(30)) == ["INC-20 outage", "INC-20 outage person lea"]
    told = [type(each.event) for each in desk.store.read("INC-20")]
    assert told == [TicketOpened, EscalationStepTaken, MajorIncidentProposed, EscalationStepTaken]
    later = desk.run(hours(2))
    assert later[2:] == ["INC-0 half person ana"]
    assert desk.run(hours(20))[3:] == [
        "INC-10 half person ana",
        "INC-20 half person ana",
        "INC-30 half person ana",
    ]


def test_storm_is_told_once_when_two_workers_start_in_the_morning() -> None:
    """After a night of downtime each of them reads the log for itself, and finds the same."""
    desk = Desk(workers=2)
    desk.open(0, 1, 2, 3, 4)
    told = desk.run(hours(1))
    assert told == ["INC-2 outage", "INC-2 outage person lea"]
    again = desk.handler()(Timer(key="escalation:again", stream="INC-2", due_at=AT), AT + hours(1))
    assert [batch.messages for batch in again] == [()]


def test_message_waits_when_its_reader_is_asleep() -> None:
    """The proposal is made at once; lea hears of it at noon, when she is awake, and once."""
    quiet = Responder(person="lea", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 08:00-12:00"))
    desk = Desk(coverage=Coverage(rosters=(Roster(name="desk", responders=(quiet,)),)))
    desk.open(0, 1, 2)
    assert desk.run(minutes(5)) == ["INC-2 outage"]
    woken = [each for each in desk.run(hours(3)) if "lea" in each]
    assert woken == ["INC-2 outage person lea"]
    assert [each for each in desk.run(hours(99)) if "lea" in each] == woken


def test_tickets_count_when_their_ladder_has_the_rule() -> None:
    """Those of the lab, and those that nothing escalates, are no part of a storm."""
    desk = Desk()
    desk.open(0, 1, group="lab")
    desk.open(2, 3, group="")
    desk.open(4, 5)
    assert desk.run(minutes(9)) == []
    desk.open(6)
    assert desk.run(minutes(9)) == ["INC-6 outage", "INC-6 outage person lea"]


def test_late_message_is_for_whoever_is_to_be_told_now() -> None:
    """Lea was there at nine, and sleeps at half past ten: it is held until she wakes."""
    quiet = Responder(person="lea", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 10:00-12:00"))
    coverage = Coverage(rosters=(Roster(name="desk", responders=(quiet,)),))
    desk = Desk(coverage=coverage)
    desk.open(0, 1, 2)
    log = StormLog(ladder_of, coverage)
    log.take(desk.store.read_all())
    log.take(desk.store.read_all())  # as another thread that read the same page
    history = [each.event for each in desk.store.read("INC-2")]
    opened = micros(AT + minutes(2))
    assert [each.outcome for each in log.due(history, opened)] == ["act", "act"]
    assert [each.outcome for each in log.due(history, opened - 1)] == ["held", "held"]
    proposal, message = log.due(history, opened + 90 * 60_000_000)
    assert (proposal.outcome, message.outcome) == ("act", "held")
    assert message.again_us == micros(AT + hours(3))
    (_, late) = log.due(history, opened + 5 * 60_000_000)
    assert (late.outcome, late.current.target) == ("act", "person lea")


def test_ticket_rings_at_once_when_it_is_opened_and_not_with_every_event() -> None:
    """One look for the storm; after that its next step is what matters."""
    desk = Desk()
    desk.open(0)
    assert [timer.due_at for timer in desk.store.waiting()] == [AT]
    desk.run(minutes(1))
    answer = AnswerSent(
        ticket_id=TicketId("INC-0"), occurred_at=AT + minutes(5), actor=PersonId("ana")
    )
    desk.planned.append("INC-0", [answer], expected_version=ANY)
    assert {timer.due_at for timer in desk.store.waiting()} == {AT + hours(2)}


def test_storm_is_told_when_the_ladder_could_not_be_looked_up_at_first() -> None:
    """The opening is seen again with the next page, and is counted once."""
    answers: list[Ladder | OSError] = [LADDER, OSError("away"), LADDER, LADDER]

    def lookup(_: Ticket) -> Ladder:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    desk = Desk()
    desk.open(0, 1, 2)
    log, page = StormLog(lookup, Coverage()), desk.store.read_all()
    with pytest.raises(OSError, match="away"):
        log.take(page)
    assert log.position == page[0].position
    log.take(page)
    at = {minute: [e.event for e in desk.store.read(f"INC-{minute}")] for minute in (1, 2)}
    told = {minute: len(log.due(history, micros(AT))) for minute, history in at.items()}
    assert told == {1: 0, 2: 2}
