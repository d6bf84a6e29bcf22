"""The walk along a ladder: that it is whole. Its laws: tests/properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    CommitmentMissed,
    EscalateToRole,
    EscalationRequested,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    plan,
)
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


def test_no_step_is_lost_when_there_are_thousands() -> None:
    """A hundred repeats about each of a hundred and ten promises: 101 times 110."""
    ticket = TicketId("INC-1")
    promises = [
        CommitmentMade(
            ticket_id=ticket,
            occurred_at=AT,
            commitment_id=f"c{number}",
            due_at=AT + HOUR,
        )
        for number in range(110)
    ]
    ladder = Ladder(
        name="desk",
        rules=(
            EscalationRule(
                name="missed",
                trigger=CommitmentMissed(),
                actions=[EscalateToRole(role="manager")],
                repeat_every=minutes(1),
                repeat_times=100,
            ),
        ),
    )
    history = (TicketOpened(ticket_id=ticket, occurred_at=AT), *promises)
    assert len(plan(history, ladder, as_of=AT)) == 11_110


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


def test_next_rule_acts_when_nobody_acknowledges_the_one_before() -> None:
    """The second of three rules, not the last: each waits for an answer to the one before it."""
    ticket = TicketId("INC-1")
    promise = CommitmentMade(ticket_id=ticket, occurred_at=AT, commitment_id="c1", due_at=AT + HOUR)
    ladder = Ladder(
        name="desk",
        rules=[
            EscalationRule(
                name=name,
                trigger=trigger,
                actions=[EscalateToRole(role=name)],
                acknowledge_within=minutes(15),
            )
            for name, trigger in (
                ("lead", CommitmentMissed()),
                ("manager", EscalationRequested(times=8)),
                ("director", EscalationRequested(times=9)),
            )
        ],
    )
    steps = plan((TicketOpened(ticket_id=ticket, occurred_at=AT), promise), ladder, as_of=AT)
    assert [(step.rule, step.level, step.at - steps[0].at) for step in steps] == [
        ("lead", 1, minutes(0)),
        ("manager", 2, minutes(15)),
        ("director", 3, minutes(30)),
    ]
    assert steps[2].why == "nobody acknowledged 'manager' within 15 min"
