"""Let a lifecycle record offers, uses, questions and answers, and wait for what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from itsm_core.conditions import field
from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.lifecycle import Lifecycle, Transition

__all__ = ["with_intake"]

_ANSWERED: Final = field("unanswered").is_missing()


def with_intake(
    lifecycle: Lifecycle,
    *,
    staff: Iterable[str] = ("analyst", "lead"),
    requester: str = "requester",
    system: str = "system",
    guarded: Iterable[str] = (),
) -> Lifecycle:
    """Return the next version of a lifecycle, in which knowledge is offered and questions asked.

    Open tickets are offered knowledge and asked questions by `staff` and `system`; whoever made
    the request may answer and use, too. While a required answer is missing, the triggers
    `guarded` are refused, and the refusal names what is missing. `guarded=("assign",)` keeps a
    ticket from second line until its checklist is done: whoever takes it at intake opens it in
    their own name. In an emergency, that something is not known is an answer, and stays on record.

    Raises:
        InvalidValue: the lifecycle records these already, or lacks a guarded trigger.
        DefinitionError: the new lifecycle is unsound, such as one whose opening is guarded.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, AssignTicket
    >>> from itsm_core.events import QuestionAsked, TicketOpened
    >>> from itsm_core.knowledge import with_intake
    >>> from itsm_core.lifecycle import INCIDENT, decide, fold
    >>> asking = with_intake(INCIDENT, guarded=("assign",))
    >>> at, ann = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ann", roles={"analyst"})
    >>> ticket = fold(
    ...     [
    ...         TicketOpened(ticket_id="INC-1", occurred_at=at, lifecycle_version=asking.version),
    ...         QuestionAsked(ticket_id="INC-1", occurred_at=at, question="device"),
    ...     ]
    ... )
    >>> wish = AssignTicket(ticket_id="INC-1", group="network")
    >>> print(decide(asking, ticket, wish, actor=ann, at=at))
    AssignTicket on ticket INC-1 refused: unanswered: 'assign' is possible only if unanswered is
    missing; unanswered is 'device' (make it so: unanswered is missing)
    """
    workers, names = tuple(staff), tuple(guarded)
    if "ask_question" in lifecycle.triggers:
        remedy = "use the lifecycle as it is"
        raise InvalidValue("a lifecycle that asks questions already", lifecycle.name, remedy)
    for name in names:
        if name not in lifecycle.triggers:
            remedy = f"guard one of {', '.join(lifecycle.triggers)}"
            remedy += did_you_mean(name, lifecycle.triggers)
            raise InvalidValue(f"lifecycle {lifecycle.name!r} has no such trigger", name, remedy)
    kept = (_guarded(each) if each.trigger in names else each for each in lifecycle.transitions)
    asked = _records(lifecycle, workers, requester, system)
    return attrs.evolve(lifecycle, version=lifecycle.version + 1, transitions=(*kept, *asked))


def _guarded(transition: Transition) -> Transition:
    guard = transition.guard
    return attrs.evolve(transition, guard=_ANSWERED if guard is None else guard & _ANSWERED)


def _records(
    lifecycle: Lifecycle, staff: tuple[str, ...], requester: str, system: str
) -> tuple[Transition, ...]:
    working = tuple(each.name for each in lifecycle.states if each.category.is_open)
    lasting = tuple(each.name for each in lifecycle.states if not each.category.is_terminal)
    return (
        Transition(
            trigger="offer_knowledge",
            sources=working,
            roles=(*staff, system),
            required=("entry_id",),
        ),
        Transition(
            trigger="use_knowledge",
            sources=lasting,
            roles=(requester, *staff),
            required=("entry_id",),
        ),
        Transition(
            trigger="ask_question", sources=working, roles=(*staff, system), required=("question",)
        ),
        Transition(
            trigger="answer_question",
            sources=working,
            roles=(requester, *staff, system),
            required=("question", "answer"),
        ),
    )
