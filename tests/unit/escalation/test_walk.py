"""The walk along a ladder: its bound. Its laws: tests/properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    CommitmentMissed,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    plan,
)
from itsm_core.escalation import _walk as walk
from itsm_core.events import (
    CommitmentMade,
    EscalationAcknowledged,
    EscalationStepTaken,
    TicketOpened,
)
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_walk_ends_when_there_are_too_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound, so that no history makes an endless plan."""
    monkeypatch.setattr(walk, "MOST_STEPS", 5)
    ticket = TicketId("INC-1")
    promises = [
        CommitmentMade(
            ticket_id=ticket,
            occurred_at=AT,
            commitment_id=f"c{number}",
            due_at=AT + HOUR,
        )
        for number in range(20)
    ]
    ladder = Ladder(
        name="desk",
        rules=(
            EscalationRule(
                name="missed",
                trigger=CommitmentMissed(),
                actions=[EscalateToRole(role="manager")],
            ),
        ),
    )
    history = (TicketOpened(ticket_id=ticket, occurred_at=AT), *promises)
    assert len(plan(history, ladder, as_of=AT)) == 5


def test_acknowledgement_counts_when_it_comes_at_the_instant_of_a_step_that_was_told() -> None:
    """A quick answer, or a clock that was put back: who answers has been told.

    Without the record, what happens at an instant comes before what is due at it.
    """
    ladder = Ladder(
        name="l",
        rules=[
            EscalationRule(
                name="half",
                trigger=ShareUsed(clock="resolution", ratio=0.5),
                actions=[Notify(target="group", name="a")],
                repeat_every=minutes(30),
                repeat_times=2,
            )
        ],
    )
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(4))}),),
    )
    opened = TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=AT)
    first, *_ = plan((opened,), ladder, agreement, as_of=AT)
    told = EscalationStepTaken(
        ticket_id=opened.ticket_id,
        occurred_at=first.at,
        sequence=1,
        key=first.key,
        rule="half",
        action="notify",
        due_at=first.at,
    )
    answer = EscalationAcknowledged(
        ticket_id=opened.ticket_id, occurred_at=first.at, sequence=2, actor=PersonId("ana")
    )
    assert plan((opened, told, answer), ladder, agreement, as_of=first.at) == ()
    assert len(plan((opened, answer), ladder, agreement, as_of=first.at)) == 2
