"""What a transition asks of the ticket and of the people: guard, approvals, separation (L2, L7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Predicate
from itsm_core.errors import Fault, shown
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


def separation_faults(transition: Transition, ticket: Ticket, actor: Actor) -> tuple[Fault, ...]:
    """Return why this person may not, although the role would do (law L7)."""
    is_approval = transition.trigger == APPROVE
    if not is_approval and not transition.separate_from:
        return _NOTHING
    trigger, person = transition.trigger, actor.person_id
    if is_approval and actor.automatic:
        message = "a program cannot approve"
        remedy = "let a person approve"
        return (Fault("automatic-approver", message, "actor.automatic", "True", remedy),)
    if not person.strip():
        if actor.automatic:
            return _NOTHING  # a program is nobody whom a ticket could name
        message = f"{trigger!r} must know who acts"
        remedy = "fill the actor's person_id"
        return (Fault("missing-person", message, "actor.person_id", person, remedy),)
    return tuple(
        Fault(
            "same-person",
            f"{trigger!r} is not for the ticket's {field}, {person!r}",
            "actor.person_id",
            person,
            f"let somebody else than the {field} do it",
        )
        for field in transition.separate_from
        if getattr(ticket, field) == person
    )


def approval_faults(
    lifecycle: Lifecycle, transition: Transition, ticket: Ticket
) -> tuple[Fault, ...]:
    """Return how many people still have to approve; who must be another does not count (L7)."""
    wanted = transition.approvals
    if not wanted:
        return _NOTHING
    barred = {
        getattr(ticket, field)
        for each in lifecycle.choices(APPROVE, ticket.state)
        for field in each.separate_from
    }
    counted = [person for person in ticket.approvers if person not in barred]
    missing = wanted - len(counted)
    if missing <= 0:
        return _NOTHING
    roles = sorted(
        {role for each in lifecycle.choices(APPROVE, ticket.state) for role in each.roles}
    )
    message = f"{transition.trigger!r} needs {wanted} approvals, {len(counted)} count"
    who = f" ({' or '.join(roles)})" if roles else ""
    remedy = f"{missing} more {'person' if missing == 1 else 'people'}{who} must approve"
    value = ", ".join(ticket.approvers)
    return (Fault("missing-approval", message, "approvers", value, remedy),)
