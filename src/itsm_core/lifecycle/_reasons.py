"""Why a command is refused: every reason at once, each with value and remedy (law L2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import Fault, InvalidValue, did_you_mean
from itsm_core.ids import TicketId
from itsm_core.lifecycle._fields import TICKET_FIELDS
from itsm_core.lifecycle._gates import (
    approval_faults,
    author_faults,
    guard_faults,
    holder_faults,
    separation_faults,
)
from itsm_core.lifecycle._graph import OPEN
from itsm_core.lifecycle._noted import noting_faults
from itsm_core.lifecycle._recorded import promise_faults
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._timed import TimedRules, window_faults
from itsm_core.lifecycle._values import Lifecycle, StateCategory, Transition
from itsm_core.priority import (
    ITIL_MATRIX,
    PriorityMatrix,
    PriorityOverride,
    PriorityPolicy,
    PriorityRules,
)
from itsm_core.spans import instant

_CARRIERS: Final[dict[str, type[Command]]] = {
    kind.trigger: kind
    for kind in (
        commands.OpenTicket,
        commands.AssignTicket,
        commands.ChangePriorityInputs,
        commands.ReclassifyTicket,
        commands.OverridePriority,
        commands.EndPriorityOverride,
        commands.SendAnswer,
        commands.ReceiveContact,
        commands.ApproveTicket,
        commands.AssignAgreement,
        commands.ExcludeTime,
        commands.ExplainBreach,
        commands.MakeCommitment,
        commands.KeepCommitment,
        commands.WithdrawCommitment,
        commands.SendNudge,
        commands.LinkTicket,
        commands.UnlinkTicket,
        commands.MergeTicket,
        commands.SplitTicket,
        commands.OpenFollowUp,
        commands.AcknowledgeEscalation,
        commands.AskForEscalation,
        commands.HandOverTicket,
        commands.SuggestMajorIncident,
        commands.AcceptMajorIncident,
        commands.RejectMajorIncident,
        commands.DemoteMajorIncident,
        commands.OfferKnowledge,
        commands.UseKnowledge,
        commands.AskQuestion,
        commands.AnswerQuestion,
        commands.AskFeedback,
        commands.GiveFeedback,
    )
}
"""The commands whose data no other command carries."""

_NO_COMMAND: Final = Command(ticket_id=TicketId("none"))


# Without slots it is made in a third of the time; there is one for each decision.
@attrs.frozen(kw_only=True, slots=False, eq=False)
class Asked:
    """Hold one question to `decide`; `transition` is None where none starts in this state."""

    lifecycle: Lifecycle
    ticket: Ticket | None
    command: Command
    trigger: str
    transition: Transition | None
    actor: Actor
    matrix: PriorityRules
    occurred_us: int
    timed: TimedRules | None = None
    is_repeated: bool = False
    """Whether the transition was fired by this very command already: what let it go is over."""


def check_asked(
    lifecycle: object,
    ticket: object,
    actor: object,
    command: object = _NO_COMMAND,
    *,
    matrix: object = ITIL_MATRIX,
    timed: object = None,
) -> None:
    """Refuse arguments of other types than a question has: an error of the caller, no reason.

    Raises:
        InvalidValue: one of them is.
    """
    if not isinstance(lifecycle, Lifecycle):
        raise InvalidValue("not a Lifecycle", lifecycle, "pass INCIDENT or one of your own")
    if ticket is not None and not isinstance(ticket, Ticket):
        remedy = "fold its history, or pass None where there is none yet"
        raise InvalidValue("not a Ticket", ticket, remedy)
    if not isinstance(actor, Actor):
        raise InvalidValue("not an Actor", actor, "say who asks: Actor(person_id=..., roles=...)")
    if not isinstance(command, Command):
        raise InvalidValue("not a Command", command, "pass one of itsm_core.commands")
    if not isinstance(matrix, PriorityMatrix | PriorityPolicy):
        remedy = "pass ITIL_MATRIX or one of your own"
        raise InvalidValue("not a PriorityMatrix or PriorityPolicy", matrix, remedy)
    if timed is not None and not isinstance(timed, TimedRules):
        raise InvalidValue("not TimedRules", timed, "pass TimedRules(...), or None for none")


def least_reasons_of(asked: Asked, choices: tuple[Transition, ...]) -> tuple[Fault, ...]:
    """Return every reason against a command; where no guard holds, against the nearest choice.

    That is the transition against which the least speaks, of equal ones the first.
    """
    if asked.transition is not None or not choices:
        return reasons_of(asked)
    each_way = [reasons_of(attrs.evolve(asked, transition=choice)) for choice in choices]
    return min(each_way, key=len)


def reasons_of(asked: Asked) -> tuple[Fault, ...]:
    """Return every reason against a command; none means that it is legal."""
    reasons: list[Fault] = []
    _ask_trigger(asked, reasons)
    _ask_place(asked, reasons)
    _ask_role(asked, reasons)
    if asked.transition is not None and asked.ticket is not None:
        reasons += separation_faults(asked.transition, asked.ticket, asked.actor)
        reasons += author_faults(asked.lifecycle, asked.transition, asked.ticket, asked.actor)
        if not asked.is_repeated:
            reasons += guard_faults(asked.transition, asked.ticket)
            reasons += approval_faults(asked.lifecycle, asked.transition, asked.ticket)
    _ask_fields(asked, reasons)
    _ask_hold(asked, reasons)
    _ask_levels(asked, reasons)
    _ask_override(asked, reasons)
    if asked.ticket is not None:
        reasons += promise_faults(asked.ticket, asked.command, asked.actor, asked.occurred_us)
        reasons += noting_faults(asked.ticket, asked.command)
        reasons += _new_holder(asked, asked.ticket)
        reasons += _window(asked, asked.ticket)
    return tuple(reasons)


def _new_holder(asked: Asked, ticket: Ticket) -> tuple[Fault, ...]:
    """Return why the person to whom the command gives the ticket may not have it (law L7)."""
    if asked.transition is None:
        return ()
    match asked.command:
        case commands.AssignTicket(assignee=person) if person != ticket.assignee:
            return holder_faults(asked.lifecycle, ticket, "assignee", person)
        case commands.HandOverTicket(to=person) if asked.command.person == ticket.assignee:
            return holder_faults(asked.lifecycle, ticket, "to", person)
        case _:
            return ()


def _window(asked: Asked, ticket: Ticket) -> tuple[Fault, ...]:
    """Return why a ticket at rest cannot go back into work any more (law L5)."""
    if asked.timed is None or asked.transition is None or asked.is_repeated:
        return ()
    known = asked.lifecycle.categories
    goes = known.get(asked.transition.target)
    if ticket.category.is_open or goes is not StateCategory.ACTIVE:
        return ()
    return window_faults(asked.timed, ticket, asked.occurred_us)


def _ask_trigger(asked: Asked, reasons: list[Fault]) -> None:
    trigger, lifecycle = asked.trigger, asked.lifecycle
    if trigger not in lifecycle.triggers:
        remedy = f"use one of {', '.join(lifecycle.triggers)}"
        remedy += did_you_mean(trigger, lifecycle.triggers)
        message = f"lifecycle {lifecycle.name!r} has no trigger {trigger!r}"
        reasons.append(Fault("unknown-trigger", message, "trigger", trigger, remedy))
    carrier = _CARRIERS.get(trigger)
    if carrier is not None and not isinstance(asked.command, carrier):
        name = type(asked.command).__name__
        message = f"{trigger!r} needs data that {name} does not carry"
        remedy = f"send {carrier.__name__}"
        reasons.append(Fault("wrong-command", message, "command", name, remedy))


def _ask_place(asked: Asked, reasons: list[Fault]) -> None:
    """Add what speaks against this command on this ticket, whoever gives it."""
    lifecycle, ticket, trigger = asked.lifecycle, asked.ticket, asked.trigger
    ticket_id = asked.command.ticket_id
    if ticket is None:
        if trigger != OPEN:
            message = f"ticket {ticket_id!r} does not exist"
            reasons.append(
                Fault("ticket-missing", message, "ticket_id", ticket_id, "open it first")
            )
        return
    reasons += identity_faults(asked.lifecycle, ticket, asked.command, asked.occurred_us)
    if trigger == OPEN:
        message = f"ticket {ticket.ticket_id!r} exists already"
        reasons.append(
            Fault("ticket-exists", message, "ticket_id", ticket.ticket_id, "take a new id")
        )
    elif ticket.state not in lifecycle.categories:
        message = f"lifecycle {lifecycle.name!r} has no state {ticket.state!r}"
        remedy = "map the state when importing, or use a lifecycle that has it"
        reasons.append(Fault("unknown-state", message, "state", ticket.state, remedy))
    elif asked.transition is None and trigger in lifecycle.triggers:
        reasons.append(_illegal(lifecycle, ticket, trigger))


def identity_faults(
    lifecycle: Lifecycle, ticket: Ticket, command: Command, occurred_us: int
) -> Iterator[Fault]:
    """Yield why a command cannot be about this ticket, under this lifecycle, at this instant."""
    ticket_id = command.ticket_id
    if ticket_id != ticket.ticket_id:
        message = f"the command is for {ticket_id!r}, the ticket is {ticket.ticket_id!r}"
        remedy = "load the ticket that the command names"
        yield Fault("other-ticket", message, "ticket_id", ticket_id, remedy)
    if (ticket.lifecycle, ticket.lifecycle_version) != (lifecycle.name, lifecycle.version):
        shown = f"{ticket.lifecycle!r} version {ticket.lifecycle_version}"
        message = f"the ticket pins {shown}, not {lifecycle.name!r} version {lifecycle.version}"
        yield Fault("other-lifecycle", message, "lifecycle", shown, "decide by the pinned one")
    if occurred_us < ticket.opened_us:
        shown = instant(occurred_us).isoformat()
        message = (
            f"{shown} is before the ticket was opened at {instant(ticket.opened_us).isoformat()}"
        )
        yield Fault("before-opening", message, "at", shown, "give a later instant")


def _illegal(lifecycle: Lifecycle, ticket: Ticket, trigger: str) -> Fault:
    """Say from which states the trigger works and what works in this one."""
    starts = [source for each in lifecycle.transitions_of(trigger) for source in each.sources]
    # What stays where it is would only make the list long.
    ways = {name: lifecycle.transition(name, ticket.state) for name in lifecycle.triggers}
    now = [name for name, way in ways.items() if way is not None and way.target]
    held = f" ({ticket.hold_reason})" if ticket.hold_reason else ""
    follow = lifecycle.transition("follow_up", ticket.state) if trigger == "reopen" else None
    remedy = f"it starts in {', '.join(starts)}; ways out of {ticket.state}: "
    remedy += ", ".join(now) or "none"
    if follow is not None:
        remedy += "; or open a follow-up: OpenFollowUp(...)"
    return Fault(
        "illegal-transition",
        f"{trigger!r} is not possible in state {ticket.state!r}{held}",
        "state",
        ticket.state,
        remedy,
    )


def _roles(asked: Asked) -> tuple[str, ...]:
    """Return the roles of which one is needed; nothing where anybody may.

    Where the trigger is not possible in this state, a role of any of its transitions will do:
    then the state is the reason, and only who could never fire it hears of a role as well.
    """
    if asked.transition is not None:
        return asked.transition.roles
    candidates = asked.lifecycle.transitions_of(asked.trigger)
    if any(not each.roles for each in candidates):
        return ()
    return tuple(sorted({role for each in candidates for role in each.roles}))


def role_fault(trigger: str, roles: tuple[str, ...], actor: Actor) -> Fault | None:
    """Return the reason if an actor has none of the roles of which one is needed."""
    if not roles or not actor.roles.isdisjoint(roles):
        return None
    has = ", ".join(sorted(actor.roles)) or "none"
    message = f"{trigger!r} needs a role that the actor does not have"
    remedy = f"needs one of {', '.join(roles)}; the actor has {has}"
    return Fault("missing-role", message, "actor.roles", has, remedy)


def _ask_role(asked: Asked, reasons: list[Fault]) -> None:
    fault = role_fault(asked.trigger, _roles(asked), asked.actor)
    if fault is not None:
        reasons.append(fault)


def _required(asked: Asked) -> tuple[str, ...]:
    """Return the fields that must be filled, by every candidate where no transition is possible."""
    if asked.transition is not None:
        return tuple(dict.fromkeys(asked.transition.required))
    candidates = asked.lifecycle.transitions_of(asked.trigger)
    if not candidates:
        return ()
    common = set(candidates[0].required).intersection(*(each.required for each in candidates))
    return tuple(dict.fromkeys(field for field in candidates[0].required if field in common))


def is_filled(holder: object, field: str) -> bool:
    """Return whether a field is there and more than blanks."""
    value: object = getattr(holder, field, "")
    return isinstance(value, str) and bool(value.strip())


def _ask_fields(asked: Asked, reasons: list[Fault]) -> None:
    command, ticket = asked.command, asked.ticket
    for field in _required(asked):
        if is_filled(command, field):
            continue
        if ticket is not None and field in TICKET_FIELDS and is_filled(ticket, field):
            continue
        reasons.append(_missing(field, asked.trigger))
    if isinstance(command, commands.AssignTicket) and not (
        is_filled(command, "group") or is_filled(command, "assignee")
    ):
        message = "'assign' names neither a group nor a person"
        remedy = "fill group, assignee or both; the group alone puts the ticket into its queue"
        reasons.append(Fault("missing-field", message, "group", "", remedy))


def _missing(field: str, trigger: str) -> Fault:
    return Fault(
        "missing-field", f"{trigger!r} needs {field!r}", field, "", f"fill {field!r} and try again"
    )


def _ask_hold(asked: Asked, reasons: list[Fault]) -> None:
    """Add what is wrong with what a hold waits for; it decides which clocks pause."""
    lifecycle = asked.lifecycle
    aims = (asked.transition,) if asked.transition else lifecycle.transitions_of(asked.trigger)
    if not any(
        aim.target and lifecycle.categories[aim.target] is StateCategory.ON_HOLD for aim in aims
    ):
        return
    reason = getattr(asked.command, "reason", "")
    if not is_filled(asked.command, "reason"):
        if "reason" not in _required(asked):
            reasons.append(_missing("reason", asked.trigger))
    elif reason not in lifecycle.hold_reasons:
        message = f"unknown hold reason {reason!r}"
        remedy = f"use one of {', '.join(lifecycle.hold_reasons)}"
        remedy += did_you_mean(reason, lifecycle.hold_reasons)
        reasons.append(Fault("unknown-hold-reason", message, "reason", reason, remedy))


def _ask_levels(asked: Asked, reasons: list[Fault]) -> None:
    """Add which inputs of the priority the matrix does not know (law P2)."""
    command, matrix = asked.command, asked.matrix
    if not isinstance(command, commands.OpenTicket | commands.ChangePriorityInputs):
        return
    for what, value, known in (
        ("impact", command.impact, matrix.impacts),
        ("urgency", command.urgency, matrix.urgencies),
    ):
        if value not in known:
            reasons.append(_unknown_level(what, value, known))


def _ask_override(asked: Asked, reasons: list[Fault]) -> None:
    """Add what the rule for overrides says; what is known to be missing is not told twice."""
    command, policy = asked.command, asked.matrix.policy
    if not isinstance(command, commands.OverridePriority):
        return
    override = PriorityOverride(
        priority=command.priority,
        author=asked.actor.person_id,
        reason=command.reason,
        approver=command.approver,
        since_at=asked.occurred_us,
        expires_at=command.expires_us,
    )
    missing = {reason.where for reason in reasons if reason.code == "missing-field"}
    faults = policy.overrides.faults_in(override, roles=asked.actor.roles, levels=policy.priorities)
    reasons += [fault for fault in faults if fault.where not in missing]


def _unknown_level(what: str, value: str, known: tuple[str, ...]) -> Fault:
    remedy = f"use one of {', '.join(known)}{did_you_mean(value, known)}"
    return Fault(f"unknown-{what}", f"unknown {what} {value!r}", what, value, remedy)
