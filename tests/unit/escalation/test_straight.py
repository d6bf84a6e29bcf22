"""The plan without a walk, against the walk: on every ladder that has no step behind another."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.conditions import field
from itsm_core.escalation import (
    Breached,
    EscalateToGroup,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    Reopened,
    ShareUsed,
    plan,
)
from itsm_core.escalation._straight import straight_steps
from itsm_core.escalation._walk import Walk
from itsm_core.escalation._world import World
from itsm_core.events import (
    CommitmentMade,
    EscalationAcknowledged,
    PriorityOverridden,
    TicketOpened,
    in_order,
)
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, micros
from itsm_core.testing.escalation_cases import EscalationCase, random_case


def straight_ladder(rng: random.Random) -> Ladder:
    """Return a ladder of points of clocks, several actions each."""
    rules = []
    for number in range(rng.randrange(1, 7)):
        clock = rng.choice(("response", "next_reply", "resolution", "resolution"))
        trigger = rng.choice(
            (
                ShareUsed(clock=clock, ratio=rng.choice((0.25, 0.5, 0.75, 1.0, 1.5))),
                OffsetFromDue(clock=clock, offset=timedelta(minutes=rng.randrange(-300, 300))),
                Breached(clock=clock),
            )
        )
        actions = [
            rng.choice(
                (
                    Notify(target="assignee"),
                    Notify(target="roster", name="office"),
                    EscalateToGroup(group="second line"),
                )
            )
            for _ in range(rng.choice((1, 1, 2)))
        ]
        rules.append(EscalationRule(name=f"rule {number}", trigger=trigger, actions=actions))
    return Ladder(name="straight", rules={rule.trigger: rule for rule in rules}.values())


def worlds(case: EscalationCase, ladder: Ladder) -> tuple[object, object]:
    """Return the steps of a case both ways: None where only a walk can tell."""
    events = in_order(case.history)
    known = (events, case.agreement, case.coverage, micros(case.until))
    ticket = events[0].ticket_id
    walked = [step for step, _ in Walk(World(*known), ladder, ticket).run().values()]
    return straight_steps(World(*known), ladder, ticket), walked


def test_steps_are_those_of_a_walk_when_cases_are_random() -> None:
    """E2: the same steps in the same order, to the last word; or a walk is asked for."""
    straight = steps = 0
    for seed in range(1_500):
        rng = random.Random(seed)
        case = random_case(rng)
        found, walked = worlds(case, straight_ladder(rng))
        if found is None:
            continue
        assert found == walked, f"seed {seed}"
        straight += 1
        steps += len(walked) if isinstance(walked, list) else 0
    assert straight > 400
    assert steps > 1_000


def test_each_promise_is_told_once_when_an_override_ends_after_both() -> None:
    """Two promises are late at ten and eleven; the priority falls back at two, and says nothing."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    ticket = TicketId("INC-1")
    late = EscalationRule(
        name="late", trigger=Breached(clock="commitment"), actions=[EscalateToGroup(group="2nd")]
    )
    gold = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="commitment"),),
    )
    history = (
        TicketOpened(ticket_id=ticket, occurred_at=at, priority="P2"),
        *(
            CommitmentMade(
                ticket_id=ticket, occurred_at=at, commitment_id=f"c{n}", due_at=at + hours(n)
            )
            for n in (1, 2)
        ),
        PriorityOverridden(
            ticket_id=ticket, occurred_at=at, priority="P1", reason="VIP", expires_at=at + hours(5)
        ),
    )
    steps = plan(history, Ladder(name="l", rules=[late]), gold, as_of=at)
    assert [(step.subject, step.at.hour) for step in steps] == [
        ("commitment.c1", 10),
        ("commitment.c2", 11),
    ]
    assert plan(history, Ladder(name="l", rules=[late]), gold, as_of=at + hours(3)) == ()


RULE = EscalationRule(
    name="r", trigger=Breached(clock="resolution"), actions=[Notify(target="assignee")]
)


@pytest.mark.parametrize(
    "rule",
    [
        attrs.evolve(RULE, repeat_every=timedelta(hours=1), repeat_times=1),
        attrs.evolve(RULE, acknowledge_within=timedelta(hours=1)),
        attrs.evolve(RULE, trigger=Reopened()),
        attrs.evolve(RULE, when=field("priority").is_("P1")),
    ],
    ids=["repeated", "acknowledged", "no clock", "conditional"],
)
def test_walk_is_asked_for_when_a_step_may_depend_on_another(rule: EscalationRule) -> None:
    """Repeats, acknowledgements, conditions and everything that is no clock."""
    assert Ladder(name="l", rules=[RULE]).rungs is not None
    assert Ladder(name="l", rules=[rule]).rungs is None


def test_walk_is_asked_for_when_somebody_has_acknowledged() -> None:
    """An acknowledgement holds back what comes after it."""
    rng = random.Random(1)
    case = random_case(rng)
    acknowledged = EscalationAcknowledged(
        ticket_id=case.history[0].ticket_id, occurred_at=case.until, actor=PersonId("ana")
    )
    case = attrs.evolve(case, history=(*case.history, acknowledged))
    assert worlds(case, straight_ladder(rng))[0] is None
