"""Decide what a command makes happen: events, or a refusal with every reason (law L2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias, TypedDict, assert_never

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import _reasons
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle, StateCategory, Transition
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.spans import micros

Decision: TypeAlias = tuple[TicketEvent, ...] | CommandRefused
"""What happened, possibly nothing, or why nothing may happen."""


class _Header(TypedDict):
    """What every event of one decision shares."""

    ticket_id: TicketId
    occurred_at: int
    actor: PersonId
    automatic: bool
    sequence: int


def decide(
    lifecycle: Lifecycle,
    ticket: Ticket | None,
    command: Command,
    *,
    actor: Actor,
    at: datetime,
    matrix: PriorityMatrix = ITIL_MATRIX,
) -> Decision:
    """Return the events that a command causes, or a refusal that holds all its reasons (law L2).

    A refusal is returned, not raised: it is an answer. Nothing is changed; give the events to a
    store and to `evolve`. Deciding the same command again on the ticket that it led to gives no
    event, except for what is a new fact each time: an answer, a contact. Each event carries the
    ticket's version as its `sequence`, so that `in_order` keeps the order of one instant.

    Raises:
        InvalidValue: an argument is of another type than it should be.
        NaiveDatetime: `at` has no time zone.
    """
    _reasons.check_asked(lifecycle, ticket, actor, command, matrix)
    occurred_us = micros(at)
    trigger = command.name if isinstance(command, commands.TriggerTransition) else command.trigger
    transition = lifecycle.transition(trigger, "" if ticket is None else ticket.state)
    repeated = None
    if transition is None and ticket is not None:
        repeated = _repeated(lifecycle, ticket, command, trigger)
    asked = _reasons.Asked(
        lifecycle=lifecycle,
        ticket=ticket,
        command=command,
        trigger=trigger,
        transition=transition or repeated,
        actor=actor,
        matrix=matrix,
        occurred_us=occurred_us,
    )
    reasons = _reasons.reasons_of(asked)
    if reasons:
        return CommandRefused(type(command).__name__, command.ticket_id, reasons)
    header = _Header(
        ticket_id=command.ticket_id,
        occurred_at=occurred_us,
        actor=actor.person_id,
        automatic=actor.automatic,
        sequence=0 if ticket is None else ticket.version,
    )
    if isinstance(command, commands.OpenTicket):
        return _open(lifecycle, command, matrix, header)
    if ticket is None or transition is None:
        return ()
    return _go_on(lifecycle, ticket, command, transition=transition, matrix=matrix, header=header)


def _repeated(
    lifecycle: Lifecycle, ticket: Ticket, command: Command, trigger: str
) -> Transition | None:
    """Return the transition that this very command has fired already, if its move still stands."""
    if ticket.hold_reason and _text(command, "reason") != ticket.hold_reason:
        return None
    known = lifecycle.categories
    for each in lifecycle.transitions_of(trigger):
        if each.target == ticket.state and any(
            _move_class(known[source], known[each.target]).__name__ == ticket.last_move
            for source in each.sources
        ):
            return each
    return None


def _text(command: Command, field: str) -> str:
    """Return a field of a command that not every command has."""
    value: object = getattr(command, field, "")
    return value if isinstance(value, str) else ""


# --- events --------------------------------------------------------------------------------------


def _open(
    lifecycle: Lifecycle, command: commands.OpenTicket, matrix: PriorityMatrix, header: _Header
) -> tuple[TicketEvent, ...]:
    return (
        TicketOpened(
            **header,
            ticket_type=command.ticket_type,
            lifecycle=lifecycle.name,
            lifecycle_version=lifecycle.version,
            state=lifecycle.initial,
            title=command.title,
            requester=command.requester,
            channel=command.channel,
            service=command.service,
            category=command.category,
            configuration_item_id=command.configuration_item_id,
            impact=command.impact,
            urgency=command.urgency,
            priority=matrix.priority(command.impact, command.urgency),
            group=command.group,
            assignee=command.assignee,
        ),
    )


def _go_on(
    lifecycle: Lifecycle,
    ticket: Ticket,
    command: Command,
    *,
    transition: Transition,
    matrix: PriorityMatrix,
    header: _Header,
) -> tuple[TicketEvent, ...]:
    """Return what a command records, or where it moves the ticket."""
    match command:
        case commands.AssignTicket():
            # A person alone takes the ticket within its group.
            group = command.group or ticket.group
            if (group, command.assignee) == (ticket.group, ticket.assignee):
                return ()
            return (TicketAssigned(**header, group=group, assignee=command.assignee),)
        case commands.ChangePriorityInputs(impact=impact, urgency=urgency):
            priority = matrix.priority(impact, urgency)
            if (impact, urgency, priority) == (ticket.impact, ticket.urgency, ticket.priority):
                return ()
            event = PriorityChanged(
                **header, impact=impact, urgency=urgency, priority=priority, reason=command.reason
            )
            return (event,)
        case commands.SendAnswer():
            return (AnswerSent(**header, channel=command.channel),)
        case commands.ReceiveContact():
            return _contact(lifecycle, ticket, command, header)
        case _:
            return _move(lifecycle, ticket, command, transition, header)


def _contact(
    lifecycle: Lifecycle, ticket: Ticket, command: commands.ReceiveContact, header: _Header
) -> tuple[TicketEvent, ...]:
    """Return the contact; one of a human ends the wait for the requester (law L5)."""
    contact = ContactReceived(**header, channel=command.channel)
    resume = lifecycle.transition("resume", ticket.state)
    if header["automatic"] or resume is None:
        return (contact,)
    if ticket.hold_reason not in lifecycle.resume_on_contact:
        return (contact,)
    later = header.copy()
    later["sequence"] += 1
    return (contact, TicketResumed(**later, state=resume.target))


def _move(
    lifecycle: Lifecycle,
    ticket: Ticket,
    command: Command,
    transition: Transition,
    header: _Header,
) -> tuple[TicketEvent, ...]:
    """Return the event whose class says what kind of move this is."""
    target = transition.target
    came, goes = lifecycle.categories[ticket.state], lifecycle.categories[target]
    held_for = _text(command, "reason") if goes is StateCategory.ON_HOLD else ""
    if (target, held_for) == (ticket.state, ticket.hold_reason):
        return ()
    return (_BUILDERS[_move_class(came, goes)](header, target, command),)


_Builder: TypeAlias = Callable[[_Header, str, Command], TicketEvent]

_BUILDERS: Final[dict[type[TicketEvent], _Builder]] = {
    WorkStarted: lambda header, state, _: WorkStarted(**header, state=state),
    TicketMoved: lambda header, state, _: TicketMoved(**header, state=state),
    TicketPutOnHold: lambda header, state, command: TicketPutOnHold(
        **header, state=state, reason=_text(command, "reason")
    ),
    TicketResumed: lambda header, state, _: TicketResumed(**header, state=state),
    TicketResolved: lambda header, state, command: TicketResolved(
        **header, state=state, resolution_code=_text(command, "resolution_code")
    ),
    TicketReopened: lambda header, state, command: TicketReopened(
        **header, state=state, reason=_text(command, "reason")
    ),
    TicketClosed: lambda header, state, _: TicketClosed(**header, state=state),
    TicketCancelled: lambda header, state, command: TicketCancelled(
        **header, state=state, reason=_text(command, "reason")
    ),
}


def _move_class(came: StateCategory, goes: StateCategory) -> type[TicketEvent]:
    """Return the event class of a move between two categories; see `itsm_core.events`."""
    match goes:
        case StateCategory.ON_HOLD:
            return TicketPutOnHold
        case StateCategory.RESOLVED:
            return TicketMoved if came is goes else TicketResolved
        case StateCategory.CLOSED:
            return TicketClosed
        case StateCategory.CANCELLED:
            return TicketCancelled
        case StateCategory.NEW:
            return TicketMoved
        case StateCategory.ACTIVE:
            return _TO_ACTIVE[came]
        case _:
            assert_never(goes)


_TO_ACTIVE: Final[dict[StateCategory, type[TicketEvent]]] = {
    StateCategory.NEW: WorkStarted,
    StateCategory.ACTIVE: TicketMoved,
    StateCategory.ON_HOLD: TicketResumed,
    StateCategory.RESOLVED: TicketReopened,
    StateCategory.CLOSED: TicketReopened,
    StateCategory.CANCELLED: TicketReopened,
}
