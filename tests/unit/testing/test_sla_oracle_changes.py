"""Promises that come back, overrides that expire, classes of one's own: one answer of three.

The evaluator, the oracle and the checker were written apart; here each is asked by itself.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.events import AnswerSent, TicketEvent
from itsm_core.sla import ClockVerdict, ServiceLevelTarget, SlaClock, evaluate
from itsm_core.sla._check_regimes import recomputed
from itsm_core.spans import micros
from itsm_core.testing.sla_oracle import OracleClock, oracle_evaluate
from tests.unit.sla.ticket import (
    CONTACTS,
    HOUR,
    ID,
    agreed,
    at,
    changed,
    opened,
    overridden,
    ruled,
    target,
)

GOALS = {"P1": 4 * HOUR, "P2": 8 * HOUR}


Clock = SlaClock | OracleClock | ClockVerdict
Judge = Callable[..., Clock]


def by_evaluator(promise: ServiceLevelTarget, *events: TicketEvent) -> Clock:
    """Return the only clock at 22:00."""
    (clock,) = evaluate(events, agreed(promise), as_of=at(22))
    return clock


def by_oracle(promise: ServiceLevelTarget, *events: TicketEvent) -> Clock:
    """Return the only clock at 22:00."""
    (clock,) = oracle_evaluate(events, agreed(promise), at(22)).clocks
    return clock


def by_checker(promise: ServiceLevelTarget, *events: TicketEvent) -> Clock:
    """Return the only clock at 22:00."""
    (clock,) = recomputed(events, ((0, agreed(promise)),), micros(at(22)), None).clocks
    return clock


@pytest.fixture(params=[by_evaluator, by_oracle, by_checker])
def judged(request: pytest.FixtureRequest) -> Judge:
    """Return one of the three programs."""
    judge: Judge = request.param
    return judge


@pytest.mark.parametrize(
    ("policy", "events", "priority", "instants"),
    [
        ("from_start", (changed(10, "P9"), changed(12, "P2")), "P2", (17, 17)),
        ("from_change", (changed(10, "P9"), changed(12, "P2")), "P2", (20, 20)),
        ("share", (changed(10, "P9"), changed(12, "P2")), "P2", (14, 14)),
        ("keep", (changed(10, "P9"), changed(12, "P2")), "P1", (13, 13)),
        ("keep", (changed(10, "P9"), changed(14, "P2")), "P1", (13, 14)),
        ("from_start", (changed(10, "P9"), changed(14, "P1")), "P1", (13, 14)),
        ("from_start", (changed(13, "P9"), changed(15, "P2")), "P2", (17, 17)),
        ("from_start", (changed(13.5, "P9"), changed(15, "P2")), "P1", (13, 13)),
    ],
)
def test_promise_that_was_withdrawn_comes_back_as_a_new_one(
    judged: Judge,
    policy: str,
    events: tuple[TicketEvent, ...],
    priority: str,
    instants: tuple[float, float],
) -> None:
    """Four hours from 09:00, withdrawn and promised again: due and broken when, at 22:00 (S7)."""
    clock = judged(target(goals=GOALS, retarget=policy), opened(), *events)
    due, breached = (micros(at(hour)) for hour in instants)
    assert (clock.priority, clock.due_us, clock.breached_us) == (priority, due, breached)


def test_override_that_expires_is_an_event_of_its_own(judged: Judge) -> None:
    """A clock that stops when the priority is P1 again: at 11:00, though nothing is told then."""
    promise = target(**ruled(field("event").is_("PriorityOverridden"), field("priority").is_("P1")))
    assert judged(promise, opened(), overridden(10, "P2", 11)).stopped_us == micros(at(11))


def test_override_that_was_replaced_does_not_expire(judged: Judge) -> None:
    """P3 by hand since 10:30, for good."""
    promise = target(**ruled(field("event").is_("PriorityOverridden"), field("priority").is_("P1")))
    events = (overridden(10, "P2", 11), overridden(10.5, "P3"))
    assert judged(promise, opened(), *events).stopped_us is None


def test_event_class_of_one_s_own_says_what_its_base_says(judged: Judge) -> None:
    """An answer by mail is an answer."""

    @attrs.frozen(kw_only=True, repr=False)
    class MailAnswered(AnswerSent):
        mailbox: str = ""

    promise = target(**ruled(field("event").is_("AnswerSent"), CONTACTS))
    clock = judged(promise, opened(), MailAnswered(ticket_id=ID, occurred_at=at(10)))
    assert clock.started_us == micros(at(10))
