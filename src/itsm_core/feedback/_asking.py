"""Let a lifecycle record that a requester was asked what they think, and what they said."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.lifecycle import Lifecycle, Transition

__all__ = ["with_feedback"]


def with_feedback(
    lifecycle: Lifecycle,
    *,
    staff: Iterable[str] = ("analyst", "lead"),
    requester: str = "requester",
    system: str = "system",
) -> Lifecycle:
    """Return the next version of a lifecycle, in which requesters are asked what they think.

    They are asked by `staff` or `system` once the ticket is resolved or closed; they may say it
    at any time, asked or not. Nobody else says it for them.

    Raises:
        InvalidValue: the lifecycle records feedback already.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, GiveFeedback
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.feedback import with_feedback
    >>> from itsm_core.lifecycle import INCIDENT, decide, fold
    >>> asking = with_feedback(INCIDENT)
    >>> at, rob = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="rob", roles={"requester"})
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, lifecycle_version=asking.version)
    >>> ticket = fold([opened])
    >>> (said,) = decide(asking, ticket, GiveFeedback(ticket_id="INC-1", score=4), actor=rob, at=at)
    >>> said.score, said.best
    (4, 5)
    >>> with_feedback(asking)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a lifecycle that records feedback already: 'incident'; use
    the lifecycle as it is
    """
    if "give_feedback" in lifecycle.triggers:
        remedy = "use the lifecycle as it is"
        raise InvalidValue("a lifecycle that records feedback already", lifecycle.name, remedy)
    done = tuple(each.name for each in lifecycle.states if not each.category.is_open)
    every = tuple(each.name for each in lifecycle.states)
    added = (
        Transition(trigger="ask_feedback", sources=done, roles=(*staff, system)),
        Transition(trigger="give_feedback", sources=every, roles=(requester,)),
    )
    transitions = (*lifecycle.transitions, *added)
    return attrs.evolve(lifecycle, version=lifecycle.version + 1, transitions=transitions)
