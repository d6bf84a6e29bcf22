"""Decide what a command makes happen: events, or a refusal with every reason (law L2)."""

# What is known of a lifecycle is kept with it; the modules of the room share it.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    ReasonRecorded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import ServiceId
from itsm_core.lifecycle import _reasons
from itsm_core.lifecycle._escalated import major
from itsm_core.lifecycle._moves import move_class, repeated, text_of, told_of
from itsm_core.lifecycle._noted import noted
from itsm_core.lifecycle._recorded import Header, recorded
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._timed import TimedRules
from itsm_core.lifecycle._usual import unusual, usual_move
from itsm_core.lifecycle._values import Lifecycle, StateCategory, Transition
from itsm_core.priority import (
    ITIL_MATRIX,
    PriorityFacts,
    PriorityMatrix,
    PriorityPolicy,
    PriorityRules,
)
from itsm_core.spans import micros

Decision: TypeAlias = tuple[TicketEvent, ...] | CommandRefused
"""What happened, possibly nothing, or why nothing may happen."""

_MATRICES: Final = frozenset({PriorityMatrix, PriorityPolicy})


def decide(
    lifecycle: Lifecycle,
    ticket: Ticket | None,
    command: Command,
    *,
    actor: Actor,
    at: datetime,
    matrix: PriorityRules = ITIL_MATRIX,
    timed: TimedRules | None = None,
) -> Decision:
    """Return the events that a command causes, or a refusal that holds all its reasons (law L2).

    A refusal is returned, not raised: it is an answer. Nothing is changed; give the events to a
    store and to `evolve`. Deciding the same command again on the ticket that it led to gives no
    event, except for what is a new fact each time: an answer, a contact, a nudge, an excluded span,
    an explanation. If it brings other data than the ticket has, or if another trigger may as well
    have led there, it is refused like any other that comes too late. A command that concerns
    several tickets gives the part of this one; `itsm_core.links.decide_linked` decides them all.
    Each event carries the ticket's version as its `sequence`, so that `in_order` keeps the order of
    one instant.

    `timed` holds until when a ticket at rest may be reopened; without it there is no window.

    Raises:
        InvalidValue: an argument is of another type than it should be.
        NaiveDatetime: `at` has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, OpenTicket
    >>> from itsm_core.lifecycle import TASK
    >>> wish = OpenTicket(ticket_id="TASK-1", impact="high", urgency="low")
    >>> rita = Actor(person_id="rita", roles={"requester"})
    >>> events = decide(TASK, None, wish, actor=rita, at=datetime(2026, 5, 12, tzinfo=UTC))
    >>> [type(event).__name__ for event in events]
    ['TicketOpened']
    """
    try:
        if (
            type(ticket) is Ticket
            and type(actor) is Actor
            and type(at) is datetime
            and (matrix is ITIL_MATRIX or type(matrix) in _MATRICES)
            and (timed is None or (type(timed) is TimedRules and ticket.category.is_open))
        ):
            move = lifecycle._memory.moves[type(command)][ticket.state]  # noqa: SLF001
            told = move(ticket, command, actor, at)
            if told is not None:
                return told
    except (AttributeError, KeyError, TypeError):
        pass  # not asked before, or of a wrong type: the plain rules tell
    return _plainly(lifecycle, ticket, command, actor=actor, at=at, matrix=matrix, timed=timed)


def _plainly(
    lifecycle: Lifecycle,
    ticket: Ticket | None,
    command: Command,
    *,
    actor: Actor,
    at: datetime,
    matrix: PriorityRules,
    timed: TimedRules | None,
) -> Decision:
    """Decide by the plain rules; what they let go the usual way is known from then on."""
    _reasons.check_asked(lifecycle, ticket, actor, command, matrix=matrix, timed=timed)
    occurred_us = micros(at)
    if ticket is not None:
        ticket = ticket.as_of(at)
    trigger = command.name if isinstance(command, commands.TriggerTransition) else command.trigger
    choices = lifecycle.choices(trigger, "" if ticket is None else ticket.state)
    transition = choose(choices, ticket)
    if transition is not None and ticket is not None and len(choices) == 1:
        _learn(lifecycle, ticket, type(command), transition)
    fired = None
    if transition is None and not choices and ticket is not None:
        fired = repeated(lifecycle, ticket, command, trigger)
    asked = _reasons.Asked(
        lifecycle=lifecycle,
        ticket=ticket,
        command=command,
        trigger=trigger,
        transition=transition or fired,
        actor=actor,
        matrix=matrix,
        occurred_us=occurred_us,
        timed=timed,
        is_repeated=fired is not None,
    )
    reasons = _reasons.least_reasons_of(asked, choices)
    if reasons:
        return CommandRefused(type(command).__name__, command.ticket_id, reasons)
    header = _header(command, actor, occurred_us, 0 if ticket is None else ticket.version)
    if isinstance(command, commands.OpenTicket):
        return _open(lifecycle, command, matrix, header)
    if ticket is None or transition is None:
        return ()
    return _go_on(lifecycle, ticket, command, transition=transition, matrix=matrix, header=header)


def _learn(
    lifecycle: Lifecycle, ticket: Ticket, command: type[Command], transition: Transition
) -> None:
    """Work out once what the short way of `decide` will ask, where this is a usual move."""
    known = lifecycle._memory.moves.setdefault(command, {})  # noqa: SLF001
    if ticket.state in known:
        return
    known[ticket.state] = unusual
    goes = lifecycle.categories.get(transition.target)
    if goes is not None and transition.target != ticket.state:
        kind = move_class(lifecycle.categories[ticket.state], goes)
        known[ticket.state] = usual_move(lifecycle, command, transition, kind)


def _header(command: Command, actor: Actor, occurred_us: int, sequence: int) -> Header:
    return {
        "ticket_id": command.ticket_id,
        "occurred_at": occurred_us,
        "actor": actor.person_id,
        "automatic": actor.automatic,
        "sequence": sequence,
    }


def choose(choices: tuple[Transition, ...], ticket: Ticket | None) -> Transition | None:
    """Return the transition whose guard holds, or the only one; None where no guard holds."""
    if len(choices) == 1:
        return choices[0]
    for each in choices:
        if each.condition is None or ticket is None or each.condition.holds(ticket):
            return each
    return None


# --- events --------------------------------------------------------------------------------------


def _open(
    lifecycle: Lifecycle, command: commands.OpenTicket, matrix: PriorityRules, header: Header
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
            priority=_derived(
                matrix,
                command.impact,
                command.urgency,
                about=(command.service, command.category, command.configuration_item_id),
                requester=command.requester,
            ),
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
    matrix: PriorityRules,
    header: Header,
) -> tuple[TicketEvent, ...]:
    """Return what a command records, or where it moves the ticket."""
    match command:
        case commands.AssignTicket():
            # A person alone takes the ticket within its group.
            group = command.group or ticket.group
            if (group, command.assignee) == (ticket.group, ticket.assignee):
                return ()
            return (TicketAssigned(**header, group=group, assignee=command.assignee),)
        case commands.ChangePriorityInputs():
            return _prioritise(ticket, command, matrix, header)
        case commands.ReclassifyTicket():
            return _reclassify(ticket, command, matrix, header)
        case commands.OverridePriority():
            return _override(ticket, command, header)
        case commands.ReceiveContact():
            return _contact(lifecycle, ticket, command, header)
        case commands.MergeTicket():
            return _merge(lifecycle, ticket, command, transition, header)
        case commands.AcceptMajorIncident() | commands.DemoteMajorIncident():
            return major(ticket, command, matrix.policy.major, header)
        case _:
            found = recorded(ticket, command, header)
            if found is None:
                found = noted(ticket, command, header)
            if found is not None:
                return found
            return _move(lifecycle, ticket, command, transition, header)


def _derived(
    rules: PriorityRules,
    impact: str,
    urgency: str,
    *,
    about: tuple[str, str, str],
    requester: str,
    age_us: int = 0,
) -> str:
    """Return the priority that follows from the inputs (law P2)."""
    policy = rules.policy
    if not policy.modifiers:
        return policy.matrix.priority(impact, urgency)
    service, category, item = about
    facts = PriorityFacts(
        impact=impact,
        urgency=urgency,
        service=service,
        category=category,
        configuration_item_id=item,
        requester=requester,
        age=timedelta(0, 0, age_us),
    )
    return policy.priority(facts)


def _prioritise(
    ticket: Ticket, command: commands.ChangePriorityInputs, rules: PriorityRules, header: Header
) -> tuple[TicketEvent, ...]:
    """Return the new inputs and what follows from them, under an override as well."""
    impact, urgency = command.impact, command.urgency
    priority = _derived(
        rules,
        impact,
        urgency,
        about=(ticket.service, ticket.category_name, ticket.configuration_item_id),
        requester=ticket.requester,
        age_us=header["occurred_at"] - ticket.opened_us,
    )
    if (impact, urgency, priority) == (ticket.impact, ticket.urgency, ticket.derived_priority):
        return ()
    event = PriorityChanged(
        **header, impact=impact, urgency=urgency, priority=priority, reason=command.reason
    )
    return (event,)


def _reclassify(
    ticket: Ticket, command: commands.ReclassifyTicket, rules: PriorityRules, header: Header
) -> tuple[TicketEvent, ...]:
    """Return what the ticket is about now, and the priority if that changed with it."""
    was = (ticket.service, ticket.category_name, ticket.configuration_item_id)
    told = (command.service, command.category, command.configuration_item_id)
    service, category, item = now = tuple(new or old for new, old in zip(told, was, strict=True))
    if now == was:
        return ()
    event = TicketReclassified(
        **header, service=ServiceId(service), category=category, configuration_item_id=item
    )
    impact, urgency = ticket.impact, ticket.urgency
    if impact not in rules.impacts or urgency not in rules.urgencies:
        return (event,)  # a log may know no inputs; then nothing can be derived from them
    priority = _derived(
        rules,
        impact,
        urgency,
        about=(service, category, item),
        requester=ticket.requester,
        age_us=header["occurred_at"] - ticket.opened_us,
    )
    if priority == ticket.derived_priority:
        return (event,)
    later = header.copy()
    later["sequence"] += 1
    changed = PriorityChanged(
        **later, impact=impact, urgency=urgency, priority=priority, reason="reclassified"
    )
    return (event, changed)


def _override(
    ticket: Ticket, command: commands.OverridePriority, header: Header
) -> tuple[TicketEvent, ...]:
    """Return the override, unless the very same one stands already."""
    standing = ticket.override
    if standing is not None and (
        (command.priority, command.reason, command.approver, command.expires_us, header["actor"])
        == (
            standing.priority,
            standing.reason,
            standing.approver,
            standing.expires_us,
            standing.author,
        )
    ):
        return ()
    event = PriorityOverridden(
        **header,
        priority=command.priority,
        reason=command.reason,
        approver=command.approver,
        expires_at=command.expires_us,
    )
    return (event,)


def _contact(
    lifecycle: Lifecycle, ticket: Ticket, command: commands.ReceiveContact, header: Header
) -> tuple[TicketEvent, ...]:
    """Return the contact; one of a human ends the wait for the requester (law L5)."""
    contact = ContactReceived(**header, channel=command.channel)
    resume = choose(lifecycle.choices("resume", ticket.state), ticket)
    if header["automatic"] or resume is None:
        return (contact,)
    if resume.condition is not None and not resume.condition.holds(ticket):
        return (contact,)
    if ticket.hold_reason not in lifecycle.resume_on_contact:
        return (contact,)
    later = header.copy()
    later["sequence"] += 1
    return (contact, TicketResumed(**later, state=resume.target))


def _merge(
    lifecycle: Lifecycle,
    ticket: Ticket,
    command: commands.MergeTicket,
    transition: Transition,
    header: Header,
) -> tuple[TicketEvent, ...]:
    """Return where the ticket goes on, and its own end."""
    later = header.copy()
    later["sequence"] += 1
    merged = TicketMerged(**header, into=command.into, reason=command.reason)
    return (merged, *_move(lifecycle, ticket, told_of(command), transition, later))


def _move(
    lifecycle: Lifecycle,
    ticket: Ticket,
    command: Command,
    transition: Transition,
    header: Header,
) -> tuple[TicketEvent, ...]:
    """Return the event whose class says what kind of move this is, and the reason if demanded."""
    target = transition.target
    came, goes = lifecycle.categories[ticket.state], lifecycle.categories[target]
    held_for = text_of(command, "reason") if goes is StateCategory.ON_HOLD else ""
    if (target, held_for) == (ticket.state, ticket.hold_reason):
        evidence = text_of(command, "evidence")
        if not held_for or evidence in ("", ticket.last_text):
            return ()  # new evidence of the same wait is a fact
    kind = move_class(came, goes)
    move = _BUILDERS[kind](header, target, command)
    reason = text_of(command, "reason") if "reason" in transition.required else ""
    if not reason or kind in _WITH_REASON:
        return (move,)
    later = header.copy()
    later["sequence"] += 1
    return (move, ReasonRecorded(**later, trigger=transition.trigger, reason=reason))


_WITH_REASON: Final = frozenset({TicketPutOnHold, TicketReopened, TicketCancelled})
"""The moves that hold their reason themselves."""


_Builder: TypeAlias = Callable[[Header, str, Command], TicketEvent]

_BUILDERS: Final[dict[type[TicketEvent], _Builder]] = {
    WorkStarted: lambda header, state, _: WorkStarted(**header, state=state),
    TicketMoved: lambda header, state, _: TicketMoved(**header, state=state),
    TicketPutOnHold: lambda header, state, command: TicketPutOnHold(
        **header,
        state=state,
        reason=text_of(command, "reason"),
        evidence=text_of(command, "evidence"),
    ),
    TicketResumed: lambda header, state, _: TicketResumed(**header, state=state),
    TicketResolved: lambda header, state, command: TicketResolved(
        **header, state=state, resolution_code=text_of(command, "resolution_code")
    ),
    TicketReopened: lambda header, state, command: TicketReopened(
        **header, state=state, reason=text_of(command, "reason")
    ),
    TicketClosed: lambda header, state, _: TicketClosed(**header, state=state),
    TicketCancelled: lambda header, state, command: TicketCancelled(
        **header, state=state, reason=text_of(command, "reason")
    ),
}
