"""What a transition asks of the ticket and of the people: guard, approvals, separation (L2, L7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, assert_never

from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Predicate
from itsm_core.errors import Fault, shown
from itsm_core.ids import PersonId, same_form
from itsm_core.lifecycle._fields import TICKET_SCHEMA
from itsm_core.lifecycle._graph import APPROVE

if TYPE_CHECKING:
    from itsm_core.commands import Actor
    from itsm_core.lifecycle._ticket import Ticket
    from itsm_core.lifecycle._values import Lifecycle, Transition

_NOTHING: Final[tuple[Fault, ...]] = ()


@lru_cache(maxsize=1_024)
def _condition(part: Predicate) -> Condition:
    return Condition(schema=TICKET_SCHEMA, rule=part)


def guard_faults(transition: Transition, ticket: Ticket) -> tuple[Fault, ...]:
    """Return why a guard does not hold: each part of it that is false, with what was seen."""
    guard = transition.condition
    if guard is None or guard.holds(ticket):
        return _NOTHING
    rule = guard.rule
    parts = rule.parts if isinstance(rule, AllOf) and rule.parts else (rule,)
    return tuple(
        _false(transition.trigger, part, ticket)
        for part in parts
        if not _condition(part).holds(ticket)
    )


def _false(trigger: str, part: Predicate, ticket: Ticket) -> Fault:
    names = tuple(dict.fromkeys(fields_of(part)))
    seen = {name: getattr(ticket, name, None) for name in names}
    told = ", ".join(
        f"{name} is {'missing' if value is None or value == '' else shown(value)}"
        for name, value in seen.items()
    )
    text = _condition(part)
    message = f"{trigger!r} is possible only if {text}" + (f"; {told}" if told else "")
    values = ", ".join("" if value is None else str(value)[:120] for value in seen.values())
    return Fault("guard-false", message, ", ".join(names), values, f"make it so: {text}")


def fields_of(rule: Predicate) -> Iterator[str]:
    """Yield the fields that a rule looks at, as often as it does."""
    match rule:
        case FieldTest(field=name):
            yield name
        case Not(part=part):
            yield from fields_of(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from fields_of(part)
        case _:
            assert_never(rule)


def separation_faults(transition: Transition, ticket: Ticket, actor: Actor) -> tuple[Fault, ...]:
    """Return why this person may not, although the role would do (law L7)."""
    is_approval = transition.trigger == APPROVE
    if not is_approval and not transition.separate_from:
        return _NOTHING
    trigger, person = transition.trigger, actor.person_id
    faults: list[Fault] = []
    if is_approval and actor.automatic:
        message = "a program cannot approve"
        remedy = "let a person approve"
        faults.append(Fault("automatic-approver", message, "actor.automatic", "True", remedy))
    if not person and actor.automatic and not is_approval:
        return _NOTHING  # a program is nobody whom a ticket could name
    if not person:
        faults.append(_nobody(trigger))
    for field in transition.separate_from:
        named = _named(ticket, field)
        if not named and _is_unknown(field, ticket):
            message = f"{trigger!r} is not for the ticket's {field}, and nobody knows who that is"
            remedy = _NAMING[field]
            faults.append(Fault("person-not-known", message, field, "", remedy))
        elif named and named == person:
            message = f"{trigger!r} is not for the ticket's {field}, {person!r}"
            remedy = f"let somebody else than the {field} do it"
            faults.append(Fault("same-person", message, "actor.person_id", person, remedy))
    return tuple(faults)


_NAMING: Final = {
    "requester": "cancel it, and open it for the person who asks",
    "resolver": "reopen it, and let it be resolved by an actor with a person_id",
}
"""What to do where nobody knows who somebody of a ticket is; that nobody holds it is no secret."""


def _named(ticket: Ticket, field: str) -> PersonId:
    value: object = getattr(ticket, field)
    return same_form(value) if isinstance(value, str) else PersonId("")


def _is_unknown(field: str, ticket: Ticket) -> bool:
    """Return whether an empty field hides somebody: then it might be whoever asks (law L7)."""
    return field == "requester" or (field == "resolver" and ticket.resolved_us is not None)


def _nobody(trigger: str) -> Fault:
    message = f"{trigger!r} must know who acts"
    return Fault("missing-person", message, "actor.person_id", "", "fill the actor's person_id")


def author_faults(
    lifecycle: Lifecycle, transition: Transition, ticket: Ticket, actor: Actor
) -> tuple[Fault, ...]:
    """Return why this actor may not offer the solution (law L7).

    It is nobody's, although later steps are not for its author; or it is by somebody who let the
    ticket go on, although whoever approves does not do the work.
    """
    person = actor.person_id
    if (person and person not in ticket.endorsers) or not _solves(lifecycle, transition):
        return _NOTHING
    if lifecycle.categories.get(ticket.state) is lifecycle.categories[transition.target]:
        return _NOTHING  # the solution stands
    if person:
        if not bars_assignee(lifecycle):
            return _NOTHING
        return (_approver(person, "actor.person_id", "let somebody else do it"),)
    if not is_named(lifecycle, transition):
        return _NOTHING
    if transition.separate_from and not actor.automatic:
        return _NOTHING  # that is told already
    return (_nobody(transition.trigger),)


def is_named(lifecycle: Lifecycle, transition: Transition) -> bool:
    """Return whether a transition offers a solution whose author must be known later (law L7)."""
    return _solves(lifecycle, transition) and any(
        "resolver" in each.separate_from for each in lifecycle.transitions
    )


def is_authored(lifecycle: Lifecycle, transition: Transition) -> bool:
    """Return whether it matters who offers the solution of a transition; see `author_faults`."""
    return _solves(lifecycle, transition) and (
        is_named(lifecycle, transition) or bars_assignee(lifecycle)
    )


def _solves(lifecycle: Lifecycle, transition: Transition) -> bool:
    goes = lifecycle.categories.get(transition.target)
    return goes is not None and goes.value == "resolved"


def _approver(person: str, where: str, remedy: str) -> Fault:
    message = f"{person!r} approved a step of the ticket, and whoever approves does not do the work"
    return Fault("approver-at-work", message, where, person, remedy)


def bars_assignee(lifecycle: Lifecycle) -> bool:
    """Return whether the assignee of a ticket may approve no step of it."""
    return any("assignee" in each.separate_from for each in lifecycle.transitions_of(APPROVE))


def holder_faults(
    lifecycle: Lifecycle, ticket: Ticket, field: str, person: PersonId
) -> tuple[Fault, ...]:
    """Return why somebody may not get a ticket: they let it go on themselves (law L7)."""
    if person not in ticket.endorsers or not bars_assignee(lifecycle):
        return _NOTHING
    return (_approver(person, field, "give it to somebody who has not approved it"),)


def approval_faults(
    lifecycle: Lifecycle, transition: Transition, ticket: Ticket
) -> tuple[Fault, ...]:
    """Return how many people still have to approve; who must be another does not count (L7)."""
    wanted = transition.approvals
    if not wanted:
        return _NOTHING
    barred = {
        _named(ticket, field)
        for each in lifecycle.choices(APPROVE, ticket.state)
        for field in each.separate_from
    }
    counted = {person for each in ticket.approvers if (person := same_form(each))} - barred
    missing = wanted - len(counted)
    if missing <= 0:
        return _NOTHING
    roles = sorted(
        {role for each in lifecycle.choices(APPROVE, ticket.state) for role in each.roles}
    )
    noun = "approval" if wanted == 1 else "approvals"
    message = f"{transition.trigger!r} needs {wanted} {noun}, {len(counted)} count"
    who = f" ({' or '.join(roles)})" if roles else ""
    remedy = f"{missing} more {'person' if missing == 1 else 'people'}{who} must approve"
    value = ", ".join(ticket.approvers)
    return (Fault("missing-approval", message, "approvers", value, remedy),)
