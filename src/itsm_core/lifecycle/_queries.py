"""What may be done with a ticket now, by whom, and why not (law L2)."""

from __future__ import annotations

from typing import Final

import attrs

from itsm_core.commands import Actor
from itsm_core.errors import Fault
from itsm_core.lifecycle._approvals import APPROVE
from itsm_core.lifecycle._fields import TICKET_FIELDS
from itsm_core.lifecycle._gates import approval_faults, guard_faults, separation_faults
from itsm_core.lifecycle._reasons import check_asked, is_filled, role_fault
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle, Transition


@attrs.frozen(kw_only=True)
class Allowed:
    """Hold one transition that starts where the ticket is, and whether the actor may fire it.

    `target` is the state that it leads to, the present one where the ticket stays.
    `needs` are the fields that the command must bring, because the ticket does not have them.
    """

    trigger: str
    target: str
    needs: tuple[str, ...] = ()
    reasons: tuple[Fault, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Return whether nothing speaks against it but the fields still to be filled."""
        return not self.reasons


def allowed(lifecycle: Lifecycle, ticket: Ticket | None, actor: Actor) -> tuple[Allowed, ...]:
    """Return every transition out of the ticket's state, allowed or refused with its reasons.

    In the order in which the lifecycle defines them; where guards choose between transitions of
    one trigger, each is listed with its own reasons. Without a ticket, the answer is about
    opening one. A ticket in a state that the lifecycle does not have gets an empty answer;
    `decide` says why.

    Raises:
        InvalidValue: an argument is of another type than it should be.
    """
    check_asked(lifecycle, ticket, actor)
    state = "" if ticket is None else ticket.state
    key = (lifecycle.content_hash, state, actor.roles)
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[key] = _Known.of(lifecycle, state, actor)
    if known.is_settled or ticket is None:
        return known.answers
    return tuple(
        _judged(lifecycle, transition, ticket, actor) if is_open else answer
        for transition, answer, is_open in known.ways
    )


@attrs.frozen
class _Known:
    """Hold what some roles may do in a state, as far as it does not depend on the ticket."""

    ways: tuple[tuple[Transition, Allowed, bool], ...]
    answers: tuple[Allowed, ...]
    is_settled: bool

    @classmethod
    def of(cls, lifecycle: Lifecycle, state: str, actor: Actor) -> _Known:
        ways = tuple(
            (each, _bare(each, state, actor), _depends(each))
            for trigger in lifecycle.triggers
            for each in lifecycle.choices(trigger, state)
        )
        answers = tuple(answer for _, answer, _ in ways)
        return cls(ways, answers, not any(is_open for *_, is_open in ways))


_MOST_KNOWN: Final = 1_024
"""How many answers are remembered: a desk has far fewer lifecycles, states and sets of roles."""

_KNOWN: Final[dict[tuple[str, str, frozenset[str]], _Known]] = {}


def _depends(transition: Transition) -> bool:
    """Return whether the answer needs a look at the ticket or the person."""
    return bool(
        transition.condition is not None
        or transition.approvals
        or transition.separate_from
        or transition.trigger == APPROVE
        or any(field in TICKET_FIELDS for field in transition.required)
    )


def _bare(transition: Transition, state: str, actor: Actor) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or state,
        needs=transition.required,
        reasons=() if role is None else (role,),
    )


def _judged(lifecycle: Lifecycle, transition: Transition, ticket: Ticket, actor: Actor) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    reasons = [] if role is None else [role]
    reasons += separation_faults(transition, ticket, actor)
    reasons += guard_faults(transition, ticket)
    reasons += approval_faults(lifecycle, transition, ticket)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or ticket.state,
        needs=tuple(
            field
            for field in transition.required
            if field not in TICKET_FIELDS or not is_filled(ticket, field)
        ),
        reasons=tuple(reasons),
    )
