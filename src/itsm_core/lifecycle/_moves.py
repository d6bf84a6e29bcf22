"""Which event a move of a ticket is, and whether a command has made it already."""

from __future__ import annotations

from typing import Final, assert_never

import attrs

from itsm_core import commands
from itsm_core.commands import Command
from itsm_core.events import (
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle, StateCategory, Transition


def move_class(came: StateCategory, goes: StateCategory) -> type[TicketEvent]:
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


def repeated(
    lifecycle: Lifecycle, ticket: Ticket, command: Command, trigger: str
) -> Transition | None:
    """Return the transition that this very command has fired already, if its move still stands.

    Events do not say which trigger fired, so that there must have been no other.
    """
    told, is_merge = command, isinstance(command, commands.MergeTicket)
    if isinstance(told, commands.MergeTicket):
        if told.into != ticket.merged_into:
            return None
        told = told_of(told)
    elif ticket.merged_into and ticket.category is StateCategory.CANCELLED:
        return None
    if ticket.hold_reason and text_of(told, "reason") != ticket.hold_reason:
        return None
    recorded_as = _RECORDED_AS.get(ticket.last_move, "")
    said = text_of(told, recorded_as) if recorded_as else ""
    if ticket.last_text and not said and recorded_as != "evidence":
        said = text_of(told, "reason")  # it was demanded, and is recorded beside the move
    if said != ticket.last_text:
        return None
    ways = [each for each in lifecycle.transitions if _led_here(lifecycle, each, ticket)]
    own = [each for each in ways if each.trigger == trigger]
    # Whether it was merged is seen, so that merging and cancelling are told apart.
    others = [each for each in ways if each not in own and (each.trigger == "merge") is is_merge]
    return own[0] if own and not others else None


_RECORDED_AS: Final = {
    "TicketResolved": "resolution_code",
    "TicketReopened": "reason",
    "TicketCancelled": "reason",
    "TicketPutOnHold": "evidence",
}
"""The text of a command that each move records, by the name of its event."""


def _led_here(lifecycle: Lifecycle, transition: Transition, ticket: Ticket) -> bool:
    """Return whether a transition may have been the last move of a ticket."""
    known = lifecycle.categories
    return transition.target == ticket.state and any(
        move_class(known[source], known[transition.target]).__name__ == ticket.last_move
        for source in transition.sources
        if source != transition.target
    )


def told_of(command: commands.MergeTicket) -> commands.MergeTicket:
    """Return what the end of a merged ticket says."""
    return attrs.evolve(command, reason=command.reason or f"merged into {command.into}")


def text_of(command: Command, field: str) -> str:
    """Return a field of a command that not every command has."""
    value: object = getattr(command, field, "")
    return value if isinstance(value, str) else ""
