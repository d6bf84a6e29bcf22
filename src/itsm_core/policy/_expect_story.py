"""A ticket that a policy is tried on: opened from a sketch, led through a story, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

import attrs

from itsm_core.commands import (
    Actor,
    ApproveTicket,
    AssignTicket,
    CancelTicket,
    ChangePriorityInputs,
    CloseTicket,
    Command,
    EndPriorityOverride,
    HoldTicket,
    OpenTicket,
    OverridePriority,
    ReceiveContact,
    ReclassifyTicket,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused, InvalidValue, did_you_mean
from itsm_core.events import TicketEvent
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import SHIPPED, Lifecycle, Ticket, decide, fold, lifecycle_named
from itsm_core.lifecycle._by_type import name_for, types_of
from itsm_core.policy._expect import Case, Step
from itsm_core.policy._values import Policy
from itsm_core.priority import PriorityFacts

__all__ = ["facts_of", "lifecycle_for", "open_sketch", "story_of"]

_TICKET: Final = TicketId("story")
_DESK: Final = PersonId("the desk")
_REQUESTER: Final = PersonId("the requester")
_USUAL: Final = "incident"
_BY_REQUESTER: Final = ("contact", "reopen")
_Fields = Mapping[str, str]

_COMMANDS: Final[Mapping[str, Callable[[_Fields], Command]]] = {
    "approve": lambda told: ApproveTicket(ticket_id=_TICKET, note=told.get("note", "")),
    "answer": lambda _: SendAnswer(ticket_id=_TICKET),
    "assign": lambda told: AssignTicket(
        ticket_id=_TICKET,
        group=GroupId(told.get("group", "")),
        assignee=PersonId(told.get("assignee", "")),
    ),
    "cancel": lambda told: CancelTicket(ticket_id=_TICKET, reason=told.get("reason", "cancelled")),
    "close": lambda _: CloseTicket(ticket_id=_TICKET),
    "contact": lambda _: ReceiveContact(ticket_id=_TICKET),
    "end override": lambda told: EndPriorityOverride(
        ticket_id=_TICKET, reason=told.get("reason", "")
    ),
    "hold": lambda told: HoldTicket(
        ticket_id=_TICKET, reason=told.get("reason", ""), evidence=told.get("evidence", "")
    ),
    "override": lambda told: OverridePriority(
        ticket_id=_TICKET,
        priority=told.get("priority", ""),
        reason=told.get("reason", "as the story tells"),
        approver=PersonId(told.get("approver", "")),
    ),
    "prioritise": lambda told: ChangePriorityInputs(
        ticket_id=_TICKET,
        impact=told.get("impact", ""),
        urgency=told.get("urgency", ""),
        reason=told.get("reason", ""),
    ),
    "reclassify": lambda told: ReclassifyTicket(
        ticket_id=_TICKET,
        service=ServiceId(told.get("service", "")),
        category=told.get("category", ""),
        configuration_item_id=told.get("configuration_item_id", ""),
    ),
    "reopen": lambda told: ReopenTicket(ticket_id=_TICKET, reason=told.get("reason", "reopened")),
    "resolve": lambda told: ResolveTicket(
        ticket_id=_TICKET, resolution_code=told.get("resolution_code", "solved")
    ),
    "resume": lambda _: ResumeTicket(ticket_id=_TICKET),
    "start": lambda _: StartWork(ticket_id=_TICKET),
    "trigger": lambda told: TriggerTransition(
        ticket_id=_TICKET, name=told.get("name", ""), reason=told.get("reason", "")
    ),
}


def facts_of(policy: Policy, fields: Mapping[str, str]) -> PriorityFacts:
    """Return the priority inputs of a sketch; a `priority` stands for a cell that leads to it.

    Without any of them the least grave cell is taken, as a portal without such a question would.

    Raises:
        InvalidValue: the matrix has no such level, or no cell leads to the priority.

    >>> from itsm_core.policy import facts_of, load_policy
    >>> facts = facts_of(load_policy("demo"), {"priority": "P1"})
    >>> facts.impact, facts.urgency
    ('high', 'high')
    >>> facts_of(load_policy("demo"), {"priority": "P0"})
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no impact and urgency give such a ticket this priority: 'P0'; ...
    """
    rules = policy.matrix.policy
    given = PriorityFacts(
        impact=fields.get("impact") or rules.impacts[-1],
        urgency=fields.get("urgency") or rules.urgencies[-1],
        service=fields.get("service", ""),
        category=fields.get("category", ""),
        requester=fields.get("requester", ""),
        configuration_item_id=fields.get("configuration_item_id", ""),
    )
    wanted = fields.get("priority", "")
    if not wanted:
        rules.matrix.priority(given.impact, given.urgency)  # refuses levels that it lacks
        return given
    for impact in rules.impacts:
        for urgency in rules.urgencies:
            facts = attrs.evolve(given, impact=impact, urgency=urgency)
            if rules.priority(facts) == wanted:
                return facts
    known = rules.priorities
    what = "no impact and urgency give such a ticket this priority"
    remedy = f"the policy has {', '.join(known)}{did_you_mean(wanted, known)}"
    raise InvalidValue(what, wanted, remedy)


def lifecycle_for(policy: Policy, command: OpenTicket) -> Lifecycle:
    """Return the lifecycle that a ticket is opened with: the one that a desk would open it with.

    Raises:
        CommandRefused: the policy names no lifecycle for tickets of this type.
    """
    found = lifecycle_named(policy.lifecycle, command)
    if isinstance(found, CommandRefused):
        raise found
    return _known(policy)[found]


def _known(policy: Policy) -> Mapping[str, Lifecycle]:
    return {each.name: each for each in SHIPPED} | dict(policy.lifecycles)


def _usual_type(policy: Policy) -> str:
    """Return the type of a ticket of which a sketch does not say it."""
    names = policy.lifecycle
    if isinstance(names, str):
        return names
    return _USUAL if name_for(names, _USUAL) is not None else types_of(names)[0]


def open_sketch(policy: Policy, fields: Mapping[str, str], at: datetime) -> tuple[TicketEvent, ...]:
    """Return the events that open a ticket that looks like a sketch; see `facts_of`.

    Raises:
        InvalidValue: see `facts_of`.
        CommandRefused: the lifecycle does not let it be opened so, or none is for its type.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.policy import load_policy, open_sketch
    >>> (opened,) = open_sketch(
    ...     load_policy("demo"),
    ...     {"priority": "P2", "service": "mail"},
    ...     datetime(2026, 1, 5, 9, tzinfo=UTC),
    ... )
    >>> opened.priority, opened.service, opened.occurred_at.isoformat()
    ('P2', 'mail', '2026-01-05T09:00:00+00:00')
    """
    facts = facts_of(policy, fields)
    command = OpenTicket(
        ticket_id=_TICKET,
        ticket_type=fields.get("ticket_type") or _usual_type(policy),
        title=fields.get("title", "a ticket"),
        requester=PersonId(fields.get("requester", "") or _REQUESTER),
        channel=fields.get("channel", ""),
        service=ServiceId(facts.service),
        category=facts.category,
        configuration_item_id=facts.configuration_item_id,
        impact=facts.impact,
        urgency=facts.urgency,
        group=GroupId(fields.get("group", "")),
        assignee=PersonId(fields.get("assignee", "")),
    )
    lifecycle = lifecycle_for(policy, command)
    actor = _actor(lifecycle, command.requester)
    return _decided(lifecycle, None, command, actor=actor, at=at, policy=policy)


@attrs.frozen(kw_only=True)
class Story:
    """Hold what came of a story: its events, and the steps that the lifecycle refused."""

    events: tuple[TicketEvent, ...]
    refused: Mapping[str, CommandRefused]
    """The refusals by the path of their step."""


def story_of(policy: Policy, case: Case) -> Story:
    """Return what comes of a story; a step that the lifecycle refuses is left out.

    Raises:
        InvalidValue: see `facts_of`.
        CommandRefused: the ticket cannot be opened.
    """
    events = open_sketch(policy, case.ticket, case.opened_at)
    ticket = fold(events)
    lifecycle = _known(policy)[ticket.lifecycle]
    refused: dict[str, CommandRefused] = {}
    for step in case.steps:
        actor = _acting(lifecycle, step, ticket.requester)
        try:
            command = _COMMANDS[step.do](step.fields)
            more = _decided(lifecycle, ticket, command, actor=actor, at=step.at, policy=policy)
        except CommandRefused as error:
            refused[step.path] = error
            continue
        events = (*events, *more)
        ticket = fold(events)
    return Story(events=events, refused=refused)


def _acting(lifecycle: Lifecycle, step: Step, requester: PersonId) -> Actor:
    """Return who does a step: the person whom it names, in the roles that it names."""
    usual = requester if step.do in _BY_REQUESTER else _DESK
    person = PersonId(step.by) if step.by else usual
    if step.roles is None:
        return _actor(lifecycle, person, automatic=step.automatic)
    return Actor(person_id=person, roles=frozenset(step.roles), automatic=step.automatic)


def _actor(lifecycle: Lifecycle, person: PersonId, *, automatic: bool = False) -> Actor:
    """Return somebody who has every role."""
    roles: Iterable[str] = {role for each in lifecycle.transitions for role in each.roles}
    return Actor(person_id=person, roles=frozenset(roles), automatic=automatic)


def _decided(
    lifecycle: Lifecycle,
    ticket: Ticket | None,
    command: Command,
    *,
    actor: Actor,
    at: datetime,
    policy: Policy,
) -> tuple[TicketEvent, ...]:
    """Return what a command causes.

    Raises:
        CommandRefused: the lifecycle says no, with every reason.
    """
    found = decide(lifecycle, ticket, command, actor=actor, at=at, matrix=policy.matrix)
    if isinstance(found, CommandRefused):
        raise found
    return found
