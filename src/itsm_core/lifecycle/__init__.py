"""Lifecycles as data; a ticket that says why not.

`SHIPPED` are the lifecycles that come along, `INCIDENT` and its like; `Lifecycle` is the value to
write your own. `decide` turns a
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

from itsm_core.lifecycle._by_type import (
    ANY_TYPE,
    LifecycleNames,
    TimedByLifecycle,
    lifecycle_named,
    timed_of,
)
from itsm_core.lifecycle._conformance import conformance, conformance_of_cases
from itsm_core.lifecycle._decide import Decision, decide
from itsm_core.lifecycle._discovery import (
    ProposedLifecycle,
    ProposedMove,
    ProposedState,
    discover,
)
from itsm_core.lifecycle._evolve import evolve, fold
from itsm_core.lifecycle._fields import TICKET_SCHEMA
from itsm_core.lifecycle._findings import Finding
from itsm_core.lifecycle._fitness import (
    CaseConformance,
    Conformance,
    Deviation,
    DeviationKind,
)
from itsm_core.lifecycle._incident import INCIDENT
from itsm_core.lifecycle._migration import Migration, decide_migration
from itsm_core.lifecycle._net import LogNames
from itsm_core.lifecycle._queries import Allowed, allowed
from itsm_core.lifecycle._shipped import SHIPPED
from itsm_core.lifecycle._shipped._change import EMERGENCY_CHANGE, NORMAL_CHANGE, STANDARD_CHANGE
from itsm_core.lifecycle._shipped._complaint import COMPLAINT
from itsm_core.lifecycle._shipped._known_error import KNOWN_ERROR
from itsm_core.lifecycle._shipped._problem import PROBLEM
from itsm_core.lifecycle._shipped._request import SERVICE_REQUEST
from itsm_core.lifecycle._shipped._task import TASK
from itsm_core.lifecycle._ticket import Link, Ticket
from itsm_core.lifecycle._timed import TIMER, Nudge, Silence, TimedRules
from itsm_core.lifecycle._timed_due import TimedStep, next_timed, timed_due
from itsm_core.lifecycle._values import Lifecycle, State, StateCategory, Transition

__all__ = [
    "ANY_TYPE",
    "COMPLAINT",
    "EMERGENCY_CHANGE",
    "INCIDENT",
    "KNOWN_ERROR",
    "NORMAL_CHANGE",
    "PROBLEM",
    "SERVICE_REQUEST",
    "SHIPPED",
    "STANDARD_CHANGE",
    "TASK",
    "TICKET_SCHEMA",
    "TIMER",
    "Allowed",
    "CaseConformance",
    "Conformance",
    "Decision",
    "Deviation",
    "DeviationKind",
    "Finding",
    "Lifecycle",
    "LifecycleNames",
    "Link",
    "LogNames",
    "Migration",
    "Nudge",
    "ProposedLifecycle",
    "ProposedMove",
    "ProposedState",
    "Silence",
    "State",
    "StateCategory",
    "Ticket",
    "TimedByLifecycle",
    "TimedRules",
    "TimedStep",
    "Transition",
    "allowed",
    "conformance",
    "conformance_of_cases",
    "decide",
    "decide_migration",
    "discover",
    "evolve",
    "fold",
    "lifecycle_named",
    "next_timed",
    "timed_due",
    "timed_of",
]
