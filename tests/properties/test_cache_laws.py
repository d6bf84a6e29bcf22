"""Law R3: what is kept beside the events is a cache; deleted and made again, it is the same.

Timers are the index of what is due (law S1). Here they are lost and planned anew from the events.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS
from itsm_core.escalation import (
    FIRE_ALL,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    ShareUsed,
)
from itsm_core.events import CommitmentMade, TicketOpened
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.ports import NO_STREAM, Timer
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes
from itsm_core.workers import (
    EscalationHandler,
    Escalations,
    PlannedStore,
    ReminderHandler,
    TimerSwitch,
    TimerWorker,
)

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals=hours(4)),),
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
            name="late",
            trigger=OffsetFromDue(clock="resolution", offset=hours(1)),
            actions=[Notify(target="group", name="second line")],
        ),
    ),
)
TICKETS = [TicketId(f"INC-{n}") for n in range(3)]


class Desk:
    """Three tickets an hour apart, each with a promise to call back three hours later."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), ManualClock(NINE)
        gold = Escalations(ladder=LADDER, agreement=GOLD, catch_up=FIRE_ALL)
        escalation = EscalationHandler(store=self.store, rules=lambda _: gold)
        reminder = ReminderHandler(store=self.store, before=(hours(2), minutes(30)))
        self.planned = PlannedStore(self.store, escalation, reminder)
        switch = TimerSwitch({"escalation:": escalation, "reminder:": reminder})
        self.worker = TimerWorker(store=self.store, handle=switch, clock=self.clock)
        for number, ticket in enumerate(TICKETS):
            at = NINE + hours(number)
            self.work(at)
            opened = TicketOpened(
                ticket_id=ticket, occurred_at=at, priority="P1", group=GroupId("first line")
            )
            made = CommitmentMade(
                ticket_id=ticket,
                occurred_at=at,
                sequence=1,
                commitment_id="call",
                owner=PersonId("ana"),
                due_at=at + hours(3),
            )
            self.planned.append(ticket, [opened, made], expected_version=NO_STREAM)

    def work(self, until: datetime) -> None:
        """Let the worker do what comes due, each at its instant."""
        while (due_at := self.store.next_due_at()) is not None and due_at <= until:
            self.clock.set(max(due_at, self.clock.now()))
            self.worker.run_once()
        self.clock.set(until)

    def waiting(self) -> list[Timer]:
        """Return the index of what is due."""
        return sorted(self.store.waiting(), key=lambda timer: timer.key)

    def lose(self) -> None:
        """Delete every timer that waits."""
        self.store.cancel([timer.key for timer in self.store.waiting()])
        assert self.waiting() == []

    def told(self) -> list[tuple[datetime, str, str]]:
        """Return who was told what, and when."""
        messages = [record.message for record in self.store.unsent()]
        return sorted((m.occurred_at, m.message_id, json.loads(m.data)["target"]) for m in messages)


def test_timers_are_the_same_when_they_are_lost_and_planned_anew() -> None:
    """Key, stream and due instant of each, from the events alone."""
    desk = Desk()
    before = desk.waiting()
    # A look and two reminders for each; it is eleven, the first two of ten and eleven have rung.
    assert len(before) == 9 - 2
    desk.lose()
    assert desk.planned.replan(TICKETS, as_of=desk.clock.now()) == 3
    assert desk.waiting() == before


@pytest.mark.parametrize("lost_after", [timedelta(0), minutes(1), hours(1.5), hours(2)])
def test_everybody_is_told_the_same_when_timers_were_lost_on_the_way(lost_after: timedelta) -> None:
    """As on a desk that lost none: nothing twice, nothing late, nothing left out."""
    sound, robbed = Desk(), Desk()
    end = NINE + hours(12)
    sound.work(end)
    robbed.work(NINE + hours(2) + lost_after)
    robbed.lose()
    robbed.planned.replan(TICKETS, as_of=robbed.clock.now())
    robbed.work(end)
    assert len(sound.told()) == 3 * (2 + 2)
    assert robbed.told() == sound.told()
