"""What may be done with a ticket now, by whom, and why not (law L2)."""

from __future__ import annotations

import attrs

from itsm_core.commands import Actor
from itsm_core.errors import Fault
from itsm_core.lifecycle._checks import TICKET_FIELDS
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

    In the order in which the lifecycle defines them. Without a ticket, the answer is about
    opening one. A ticket in a state that the lifecycle does not have gets an empty answer;
    `decide` says why.

    Raises:
        InvalidValue: an argument is of another type than it should be.
    """
    check_asked(lifecycle, ticket, actor)
    state = "" if ticket is None else ticket.state
    found = (lifecycle.transition(trigger, state) for trigger in lifecycle.triggers)
    return tuple(_judged(each, ticket, actor) for each in found if each is not None)


def _judged(transition: Transition, ticket: Ticket | None, actor: Actor) -> Allowed:
    fault = role_fault(transition.trigger, transition.roles, actor)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or ("" if ticket is None else ticket.state),
        needs=tuple(
            field
            for field in transition.required
            if ticket is None or field not in TICKET_FIELDS or not is_filled(ticket, field)
        ),
        reasons=() if fault is None else (fault,),
    )
