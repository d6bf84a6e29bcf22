"""Tickets that belong together: links, what follows from them, merging and splitting (law L6).

`LINK_RULES` are the usual links and what follows from them, all data; `decide_linked` decides a
command on a ticket among its neighbours as one step, to be written as one, and `allowed_linked`
lists what may be done. All of it is pure.

>>> from datetime import datetime, UTC
>>> from itsm_core.commands import Actor, LinkTicket, OpenTicket
>>> from itsm_core.ids import TicketId
>>> from itsm_core.lifecycle import INCIDENT, SHIPPED, decide, fold
>>> at, ann = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ann", roles={"analyst"})
>>> def opened(name):
...     command = OpenTicket(ticket_id=TicketId(name), impact="high", urgency="low")
...     return fold(decide(INCIDENT, None, command, actor=ann, at=at))
>>> tickets = {name: opened(name) for name in ("INC-1", "INC-2")}
>>> command = LinkTicket(ticket_id="INC-2", link="child_of", other="INC-1")
>>> step = decide_linked(SHIPPED, tickets, command, actor=ann, at=at)
>>> [(name, event.link, event.other) for name, (event,) in step.events.items()]
[('INC-2', 'child_of', 'INC-1'), ('INC-1', 'parent_of', 'INC-2')]
"""

from itsm_core.links._allowed import allowed_linked
from itsm_core.links._decide import decide_linked
from itsm_core.links._types import (
    LINK_RULES,
    LINK_TYPES,
    Block,
    Effect,
    LinkRules,
    LinkType,
    Propagation,
)
from itsm_core.links._work import Lacking, Step

__all__ = [
    "LINK_RULES",
    "LINK_TYPES",
    "Block",
    "Effect",
    "Lacking",
    "LinkRules",
    "LinkType",
    "Propagation",
    "Step",
    "allowed_linked",
    "decide_linked",
]
