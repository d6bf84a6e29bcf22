"""Lifecycles as data; a ticket that says why not.

`INCIDENT` is the shipped lifecycle, `Lifecycle` the value to write your own. `decide` turns a
command into events or into a refusal with every reason, `evolve` folds one event into a new
`Ticket`, `fold` a whole history, `allowed` lists what may be done now. All of it is pure.

>>> from datetime import datetime, UTC
>>> from itsm_core.commands import Actor, OpenTicket, ResolveTicket
>>> from itsm_core.ids import TicketId
>>> at, analyst = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(roles={"analyst"})
>>> opening = OpenTicket(ticket_id=TicketId("INC-1"), impact="high", urgency="medium")
>>> ticket = fold(decide(INCIDENT, None, opening, actor=analyst, at=at))
>>> ticket.state, ticket.priority
('new', 'P2')
>>> print(decide(INCIDENT, ticket, ResolveTicket(ticket_id=ticket.ticket_id), actor=Actor(), at=at))
ResolveTicket on ticket INC-1 refused: ...
"""

from itsm_core.lifecycle._decide import Decision, decide
from itsm_core.lifecycle._evolve import evolve, fold
from itsm_core.lifecycle._incident import INCIDENT
from itsm_core.lifecycle._queries import Allowed, allowed
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle, State, StateCategory, Transition

__all__ = [
    "INCIDENT",
    "Allowed",
    "Decision",
    "Lifecycle",
    "State",
    "StateCategory",
    "Ticket",
    "Transition",
    "allowed",
    "decide",
    "evolve",
    "fold",
]
