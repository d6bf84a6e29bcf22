"""What may be done with a ticket now, by whom, and why not (law L2)."""

from __future__ import annotations

import attrs

from itsm_core.commands import Actor
from itsm_core.errors import Fault
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
    return tuple(
        _judged(lifecycle, each, ticket, actor)
        for trigger in lifecycle.triggers
        for each in lifecycle.choices(trigger, state)
    )


def _judged(
    lifecycle: Lifecycle, transition: Transition, ticket: Ticket | None, actor: Actor
) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    reasons = [] if role is None else [role]
    if ticket is not None:
        reasons += separation_faults(transition, ticket, actor)
        reasons += guard_faults(transition, ticket)
        reasons += approval_faults(lifecycle, transition, ticket)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or ("" if ticket is None else ticket.state),
        needs=tuple(
            field
            for field in transition.required
            if ticket is None or field not in TICKET_FIELDS or not is_filled(ticket, field)
        ),
        reasons=tuple(reasons),
    )
