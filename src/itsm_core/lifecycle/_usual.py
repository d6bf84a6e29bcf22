"""Usual moves, worked out ahead: what `decide` is asked most costs it a microsecond.

Most commands start, resume, resolve, reopen, close or cancel a ticket, and most of them are legal.
What such a move asks for is looked up by command, state and the lifecycle that the ticket pins,
then held against ticket and actor. Whatever is unusual, and every refusal, is left to the plain
rules in `_reasons` and `_decide`: they are the law, this is their short way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeAlias

from itsm_core import commands, events
from itsm_core.commands import Actor, Command
from itsm_core.events import TicketEvent
from itsm_core.lifecycle._fields import TICKET_FIELDS
from itsm_core.lifecycle._gates import is_authored
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle, Transition
from itsm_core.spans import EPOCH

UsualMove: TypeAlias = Callable[[Ticket, Command, Actor, datetime], tuple[TicketEvent] | None]
"""Answers a command with its event; None means: ask the plain rules."""

# An attribute may hold anything at all until it has been looked at: private to this package.
Get: TypeAlias = Callable[[object], Any]


_DAY_US: Final = 86_400_000_000
_strip: Final = str.strip


class _Writable:
    """Let the fields of an event be set one by one, which takes a fifth of its constructor's time.

    Nobody sees an event in this form: what is handed out is of the frozen class, and as frozen
    as any other.
    """

    __slots__ = ()
    __init__ = object.__init__
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__


class _WorkStarted(_Writable, events.WorkStarted):
    __slots__ = ()


class _TicketMoved(_Writable, events.TicketMoved):
    __slots__ = ()


class _TicketResumed(_Writable, events.TicketResumed):
    __slots__ = ()


class _TicketResolved(_Writable, events.TicketResolved):
    __slots__ = ()


class _TicketReopened(_Writable, events.TicketReopened):
    __slots__ = ()


class _TicketClosed(_Writable, events.TicketClosed):
    __slots__ = ()


class _TicketCancelled(_Writable, events.TicketCancelled):
    __slots__ = ()


_WRITABLE: Final[Mapping[type[TicketEvent], Callable[[], Any]]] = {
    events.WorkStarted: _WorkStarted,
    events.TicketMoved: _TicketMoved,
    events.TicketResumed: _TicketResumed,
    events.TicketResolved: _TicketResolved,
    events.TicketReopened: _TicketReopened,
    events.TicketClosed: _TicketClosed,
    events.TicketCancelled: _TicketCancelled,
}

_RECORDS: Final[Mapping[type[TicketEvent], str]] = {
    events.TicketResolved: "resolution_code",
    events.TicketReopened: "reason",
    events.TicketCancelled: "reason",
}
"""The events that record a text of their command, and which."""

_CARRIES: Final[Mapping[type[Command], str]] = {
    commands.StartWork: "",
    commands.ResumeTicket: "",
    commands.ResolveTicket: "resolution_code",
    commands.ReopenTicket: "reason",
    commands.CloseTicket: "",
    commands.CancelTicket: "reason",
}
"""The commands of usual moves, and which text they carry."""


def unusual(_ticket: Ticket, _command: Command, _actor: Actor, _at: datetime) -> None:
    """Leave every answer to the plain rules."""


def usual_move(
    lifecycle: Lifecycle, command: type[Command], transition: Transition, kind: type[TicketEvent]
) -> UsualMove:
    """Return how a command of that class fires a transition, `unusual` if there is no short way.

    `kind` is the class of the event that it causes.
    """
    carried, recorded = _CARRIES.get(command), _RECORDS.get(kind, "")
    if carried is None or kind not in _WRITABLE:
        return unusual
    if transition.approvals or transition.separate_from or is_authored(lifecycle, transition):
        return unusual
    on_ticket = tuple(field for field in transition.required if field != recorded)
    if recorded not in ("", carried) or not set(on_ticket).issubset(TICKET_FIELDS):
        return unusual  # a text that this command lacks, or that this event does not record
    reader = _least(tuple(map(attrgetter, on_ticket)))
    return _move(lifecycle, transition, kind, on_ticket=reader, recorded=recorded)


def _writable(kind: type[TicketEvent]) -> Callable[[], Any]:
    return _WRITABLE[kind]


def _move(
    lifecycle: Lifecycle,
    transition: Transition,
    kind: type[TicketEvent],
    *,
    on_ticket: Get | None,
    recorded: str,
) -> UsualMove:
    name, version = lifecycle.name, lifecycle.version
    roles, target, condition = transition.roles, transition.target, transition.condition
    needed = frozenset(roles) if roles else None
    guard = None if condition is None else condition.for_class(Ticket)
    has_reason, has_code = recorded == "reason", recorded == "resolution_code"
    is_text_required = recorded in transition.required
    writable = _writable(kind)

    # In one piece: each call would cost a tenth of it.
    def move(
        ticket: Ticket,
        command: Any,  # noqa: ANN401 - of one class, whose fields are known
        actor: Actor,
        at: datetime,
    ) -> tuple[TicketEvent] | None:
        since = at - EPOCH  # as `spans.micros` has it
        occurred_us = since.days * _DAY_US + (since.seconds * 1_000_000 + since.microseconds)
        if (
            ticket.lifecycle != name
            or ticket.lifecycle_version != version
            or command.ticket_id != ticket.ticket_id
            or occurred_us < ticket.opened_us
            or ticket.override is not None
            or (needed is not None and needed.isdisjoint(actor.roles))
            or (guard is not None and not guard(ticket))
            or (on_ticket is not None and not _strip(on_ticket(ticket)))
        ):
            return None
        event, text = writable(), ""
        if has_code:
            event.resolution_code = text = command.resolution_code
        elif has_reason:
            event.reason = text = command.reason
        if not _strip(text) and is_text_required:
            return None
        event.ticket_id = ticket.ticket_id
        event.occurred_us = occurred_us
        event.told_us = None
        event.actor = actor.person_id
        event.automatic = actor.automatic
        event.event_id = ""
        event.sequence = ticket.version
        event.state = target
        event.__class__ = kind
        return (event,)

    return move


def _least(readers: tuple[Get, ...]) -> Get | None:
    """Return a reader of the first text that is not filled, of the last where all of them are."""
    if len(readers) < 2:
        return readers[0] if readers else None

    def read(ticket: object) -> Any:  # noqa: ANN401 - like any attribute
        text: Any = ""
        for reader in readers:
            text = reader(ticket)
            if not str.strip(text):
                break
        return text

    return read
