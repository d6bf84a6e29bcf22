"""Reminders on timers: once, to whoever owns the promise by then (law D4)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.errors import CodecError
from itsm_core.escalation import Coverage
from itsm_core.events import (
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    TicketEvent,
    TicketOpened,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.ports import ANY, NO_STREAM, Timer
from itsm_core.rosters import Absence, Responder, Roster
from itsm_core.spans import hours, minutes
from itsm_core.workers import PlannedStore, ReminderHandler, TimerWorker

pytestmark = pytest.mark.usefixtures("form")

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
ANA, BEN = PersonId("ana"), PersonId("ben")
OPENED = TicketOpened(ticket_id=ID, occurred_at=AT, requester=PersonId("rob"))
MADE = CommitmentMade(
    ticket_id=ID,
    occurred_at=AT,
    commitment_id="c1",
    text="call back",
    owner=ANA,
    beneficiary=PersonId("rob"),
    due_at=AT + hours(4),
)


class Desk:
    """A store that plans reminders, a clock that is turned by hand, and a worker."""

    def __init__(self, *events: TicketEvent, coverage: Coverage | None = None) -> None:
        self.store, self.clock = MemoryStore(), ManualClock(AT)
        self.handler = ReminderHandler(
            store=self.store,
            before=(hours(2), minutes(30)),
            coverage=coverage or Coverage(),
        )
        self.planned = PlannedStore(self.store, self.handler)
        self.planned.append(ID, [OPENED], expected_version=NO_STREAM)
        for event in events:
            self.planned.append(ID, [event], expected_version=ANY)
        self.worker = TimerWorker(store=self.store, handle=self.handler, clock=self.clock)

    def said(self, after: timedelta) -> list[tuple[str, str]]:
        """Return the reminders that were sent by then: when, and to whom."""
        self.clock.set(AT + after)
        while self.worker.run_once().claimed:
            pass
        sent = [record.message for record in self.store.unsent()]
        return [(f"{each.occurred_at:%H:%M}", json.loads(each.data)["target"]) for each in sent]


def test_owner_is_reminded_once_each_time_when_the_timers_ring() -> None:
    """Two hours and half an hour ahead of one o'clock."""
    desk = Desk(MADE)
    due = [timer.due_at for timer in desk.store.waiting()]
    assert due == [AT + hours(2), AT + hours(3) + minutes(30)]
    assert desk.said(hours(2)) == [("11:00", "ana")]
    assert desk.said(hours(9)) == [("11:00", "ana"), ("18:00", "ana")]
    assert desk.said(hours(99)) == [("11:00", "ana"), ("18:00", "ana")]


def test_reminder_waits_for_the_end_of_quiet_hours_when_it_rings_within() -> None:
    """E2: eleven lies in ana's quiet hours until noon; one o'clock does not. Each comes once."""
    quiet = Responder(person=ANA, zone="UTC", quiet=WeeklyHours.parse("Mo-Su 10:30-12:00"))
    desk = Desk(MADE, coverage=Coverage(rosters=(Roster(name="d", responders=(quiet,)),)))
    assert desk.said(hours(2)) == []
    assert desk.said(hours(2.5)) == []
    assert desk.said(hours(3)) == [("12:00", "ana")]
    assert desk.said(hours(3.5)) == [("12:00", "ana"), ("12:30", "ana")]
    assert desk.said(hours(99)) == [("12:00", "ana"), ("12:30", "ana")]
    assert desk.store.waiting() == ()


def test_waiting_reminder_is_dropped_when_the_promise_is_kept_in_the_quiet() -> None:
    """Nobody wakes up to what is done."""
    quiet = Responder(person=ANA, zone="UTC", quiet=WeeklyHours.parse("Mo-Su 10:30-13:00"))
    desk = Desk(MADE, coverage=Coverage(rosters=(Roster(name="d", responders=(quiet,)),)))
    assert desk.said(hours(2)) == []
    kept = CommitmentKept(ticket_id=ID, occurred_at=AT + hours(2.5), commitment_id="c1")
    desk.planned.append(ID, [kept], expected_version=ANY)
    assert desk.said(hours(9)) == []


def test_nobody_is_reminded_when_the_promise_was_kept_meanwhile() -> None:
    """The timer rings and finds nothing to say."""
    kept = CommitmentKept(ticket_id=ID, occurred_at=AT + hours(1), commitment_id="c1")
    desk = Desk(MADE, kept)
    assert desk.said(hours(9)) == []
    assert desk.store.waiting() == ()


def test_nobody_is_reminded_late_when_the_promise_was_kept_after_the_instant() -> None:
    """Downtime from before the reminder until after the call: it would only confuse."""
    desk = Desk(MADE)
    kept = CommitmentKept(ticket_id=ID, occurred_at=AT + hours(3), actor=ANA, commitment_id="c1")
    desk.planned.append(ID, [kept], expected_version=ANY)
    assert desk.said(hours(9)) == []


def test_new_owner_is_reminded_when_the_promise_was_handed_over() -> None:
    """Whoever inherits the promise inherits its reminders (E5)."""
    given = CommitmentHandedOver(
        ticket_id=ID, occurred_at=AT + hours(1), commitment_id="c1", owner=BEN
    )
    assert Desk(MADE, given).said(hours(2)) == [("11:00", "ben")]


def test_substitute_is_reminded_when_the_owner_is_away() -> None:
    """A message to somebody who is ill reminds nobody."""
    away = Absence(person="ana", substitute="ben", start=AT, end=AT + hours(8))
    coverage = Coverage(rosters=(Roster(name="office", layers=(), absences=(away,)),))
    assert Desk(MADE, coverage=coverage).said(hours(2)) == [("11:00", "ben")]


def test_reminders_count_working_time_when_there_is_a_calendar() -> None:
    """Two hours before ten, where the desk opens at nine, is the afternoon before."""
    calendar = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    handler = ReminderHandler(store=MemoryStore(), before=(hours(2),), calendar=calendar)
    made = CommitmentMade(
        ticket_id=ID, occurred_at=AT, commitment_id="c1", owner=ANA, due_at=AT + hours(25)
    )
    (timer,) = handler.timers((OPENED, made), AT)
    assert timer.due_at == AT + hours(7)


def test_owner_is_reminded_when_a_new_calendar_has_the_instant_in_the_past() -> None:
    """An hour ahead of eight is seven, and five of the day before once the nights do not count."""
    made = attrs.evolve(MADE, due_at=AT + hours(23))
    store, clock = MemoryStore(), ManualClock(AT)
    office = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
    before = ReminderHandler(store=store, before=(hours(1),))
    after = ReminderHandler(store=store, before=(hours(1),), calendar=office)
    PlannedStore(store, before).append(ID, [OPENED, made], expected_version=NO_STREAM)
    clock.set(AT + hours(12))
    PlannedStore(store, after).replan([ID], as_of=clock.now())
    clock.set(AT + hours(22))
    assert TimerWorker(store=store, handle=after, clock=clock).run_once().done == 1
    assert [json.loads(each.message.data)["target"] for each in store.unsent()] == ["ana"]


@pytest.mark.parametrize(
    "data", ["no JSON", "[]", '{"due_us": 0}', '{"due_us": true, "reminder": "x"}']
)
def test_timer_is_refused_when_its_data_is_none_of_ours(data: str) -> None:
    """R7: whoever schedules under our prefix is told so, by an error of ours."""
    desk = Desk(MADE)
    strange = Timer(key="reminder:x", stream=ID, due_at=AT, data=data)
    with pytest.raises(CodecError):
        desk.handler(strange, AT)


def test_nothing_is_planned_when_nothing_was_promised() -> None:
    """And a timer of a ticket that is not there does nothing."""
    store = MemoryStore()
    handler = ReminderHandler(store=store, before=(hours(2),))
    assert handler.timers((OPENED,), AT) == ()
    assert tuple(handler(Timer(key="reminder:x", stream="gone", due_at=AT), AT)) == ()
