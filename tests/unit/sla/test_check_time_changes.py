"""The checker on promises that come back, overrides that expire, classes of one's own."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.events import AnswerSent, TicketEvent
from itsm_core.sla import ClockVerdict, ServiceLevelTarget
from itsm_core.sla._check_regimes import recomputed
from itsm_core.spans import micros
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


def judged(promise: ServiceLevelTarget, *events: TicketEvent) -> ClockVerdict:
    """Return the checker's only clock at 22:00."""
    (clock,) = recomputed(events, ((0, agreed(promise)),), micros(at(22)), None).clocks
    return clock


@pytest.mark.parametrize(
    ("policy", "events", "priority", "due", "breached"),
    [
        ("from_start", (changed(10, "P9"), changed(12, "P2")), "P2", 17, 17),
        ("from_change", (changed(10, "P9"), changed(12, "P2")), "P2", 20, 20),
        ("share", (changed(10, "P9"), changed(12, "P2")), "P2", 14, 14),
        ("keep", (changed(10, "P9"), changed(12, "P2")), "P1", 13, 13),
        ("keep", (changed(10, "P9"), changed(14, "P2")), "P1", 13, 14),
        ("from_start", (changed(10, "P9"), changed(14, "P1")), "P1", 13, 14),
        ("from_start", (changed(13, "P9"), changed(15, "P2")), "P2", 17, 17),
        ("from_start", (changed(13.5, "P9"), changed(15, "P2")), "P1", 13, 13),
    ],
)
def test_promise_that_was_withdrawn_comes_back_as_a_new_one(
    policy: str, events: tuple[TicketEvent, ...], priority: str, due: float, breached: float
) -> None:
    """Four hours from 09:00, withdrawn and promised again; asked at 22:00 (S7)."""
    clock = judged(target(goals=GOALS, retarget=policy), opened(), *events)
    found = (clock.priority, clock.due_us, clock.breached_us)
    assert found == (priority, micros(at(due)), micros(at(breached)))


def test_override_that_expires_is_an_event_of_its_own() -> None:
    """A clock that stops when the priority is P1 again: at 11:00, though nothing is told then."""
    promise = target(**ruled(field("event").is_("PriorityOverridden"), field("priority").is_("P1")))
    assert judged(promise, opened(), overridden(10, "P2", 11)).stopped_us == micros(at(11))


def test_override_that_was_replaced_does_not_expire() -> None:
    """P3 by hand since 10:30, for good."""
    promise = target(**ruled(field("event").is_("PriorityOverridden"), field("priority").is_("P1")))
    events = (overridden(10, "P2", 11), overridden(10.5, "P3"))
    assert judged(promise, opened(), *events).stopped_us is None


def test_event_class_of_one_s_own_says_what_its_base_says() -> None:
    """An answer by mail is an answer."""

    @attrs.frozen(kw_only=True, repr=False)
    class MailAnswered(AnswerSent):
        mailbox: str = ""

    promise = target(**ruled(field("event").is_("AnswerSent"), CONTACTS))
    clock = judged(promise, opened(), MailAnswered(ticket_id=ID, occurred_at=at(10)))
    assert clock.started_us == micros(at(10))
