"""The oracle of escalation says what one can count on one's fingers."""

from __future__ import annotations

import random
from datetime import timedelta

import attrs

from itsm_core.escalation import Breached, Coverage, EscalateToRole, EscalationRule, Ladder
from itsm_core.events import TicketOpened
from itsm_core.testing.escalation_cases import random_case
from itsm_core.testing.escalation_oracle import oracle_steps


def test_oracle_takes_the_breach_and_its_repeat_when_nothing_else_happens() -> None:
    """A microsecond after due, and half an hour later again."""
    case = random_case(random.Random(1))
    opening = case.history[0]
    assert isinstance(opening, TicketOpened)
    rule = EscalationRule(
        name="late",
        trigger=Breached(clock="response"),
        actions=[EscalateToRole(role="manager")],
        repeat_every=timedelta(minutes=30),
        repeat_times=1,
    )
    case = attrs.evolve(
        case,
        history=(opening,),
        ladder=Ladder(name="one", rules=(rule,)),
        coverage=Coverage(),
    )
    first, second = oracle_steps(case)
    assert second.at_us - first.at_us == 30 * 60 * 1_000_000
    assert (first.subject, first.occurrence, second.occurrence) == ("response.1", 1, 2)
    assert first.at_us % (60 * 1_000_000) == 1
