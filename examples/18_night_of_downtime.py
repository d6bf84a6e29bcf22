"""Sleep through a night of downtime: what the catch-up did, what it left out, and the records."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from itsm_core import hours, minutes
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    Breached,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    plan,
)
from itsm_core.events import EscalationStepPassed, EscalationStepTaken, TicketOpened
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import NO_STREAM, Batch
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.workers import EscalationHandler, Escalations, TimerWorker

EVENING = datetime(2026, 1, 5, 20, tzinfo=UTC)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(4))}),),
)
LADDER = Ladder(
    name="gold",
    rules=(
        EscalationRule(
            name="half",
            trigger=ShareUsed(clock="resolution", ratio=0.5),
            actions=[Notify(target="group", name="first line")],
            repeat_every=minutes(30),
            repeat_times=1,
        ),
        EscalationRule(
            name="second line",
            trigger=ShareUsed(clock="resolution", ratio=0.75),
            actions=[
                EscalateToGroup(group="second line"),
                Notify(target="group", name="second line"),
            ],
        ),
        EscalationRule(
            name="late",
            trigger=Breached(clock="resolution"),
            actions=[EscalateToRole(role="duty manager")],
        ),
    ),
)


def rules(_: Ticket) -> Escalations:
    """Escalate every ticket along one ladder; after downtime to the highest message alone."""
    return Escalations(ladder=LADDER, agreement=GOLD)


def main() -> None:
    """Open a ticket in the evening, stop the worker for the night, start it in the morning."""
    opened = TicketOpened(
        ticket_id=TicketId("INC-1"), occurred_at=EVENING, priority="P1", group=GroupId("first line")
    )
    print("planned in the evening:")
    for step in plan((opened,), LADDER, GOLD, as_of=EVENING):
        print(f"  {step}")

    with TemporaryDirectory() as folder:
        store, clock = SqliteStore(Path(folder) / "desk.db"), ManualClock(EVENING)
        handler = EscalationHandler(store=store, rules=rules)
        worker = TimerWorker(store=store, handle=handler, clock=clock)
        timers = handler.timers((opened,), EVENING)
        store.append_many(
            [Batch(stream="INC-1", events=[opened], expected_version=NO_STREAM, schedule=timers)]
        )

        clock.set(EVENING + hours(2))
        worker.run_once()  # the last thing that it does before it dies
        clock.set(EVENING + hours(11))
        while worker.run_once().claimed:  # and again in the morning
            pass

        print("what happened:")
        history = [each.event for each in store.read("INC-1")]
        for event in history:
            if isinstance(event, EscalationStepTaken):
                print(f"  {event.occurred_at:%H:%M} {event.action} (due {event.due_at:%H:%M})")
            elif isinstance(event, EscalationStepPassed):
                print(f"  {event.occurred_at:%H:%M} {event.rule}: {event.outcome}")
        taken = [event.action for event in history if isinstance(event, EscalationStepTaken)]
        assert taken == [
            "notify group first line",
            "assign to second line",
            "escalate to the duty manager",
        ]
        passed = [event.outcome for event in history if isinstance(event, EscalationStepPassed)]
        assert passed == ["collapsed", "collapsed"]
        assert len(store.unsent()) == 3
        assert worker.run_once().claimed == 0  # asking again adds nothing
        assert history[-1].occurred_at == EVENING + timedelta(hours=11)
        store.close()


if __name__ == "__main__":
    main()
