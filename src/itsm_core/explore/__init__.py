"""Ask a lifecycle: what can happen to a ticket, with the shortest story that shows it.

A `World` is a lifecycle with its people and, where time matters, an agreement. `can` asks whether
a ticket can ever be in a situation, `can_always` whether there is always a way to one,
`can_for_ever` whether one can go on without an end. A question is a condition over `world.schema`.
Every story is made by the real `decide`, `evolve` and `evaluate`; nothing is modelled twice.

>>> from itsm_core.conditions import field
>>> from itsm_core.lifecycle import INCIDENT
>>> world = World(lifecycle=INCIDENT)
>>> unanswered = field("state").is_("closed") & field("answered").is_(False)
>>> print(can(world, unanswered))
yes: can it be that state is closed and answered is false?
  Mon 05 Jan 09:00  requester: open (high, high): new, P1
  Mon 05 Jan 09:00  analyst: resolve: new -> resolved
  Mon 05 Jan 09:00  requester: close: resolved -> closed
... situations looked at
"""

from itsm_core.explore._answer import Answer, Outcome, Step
from itsm_core.explore._ask import can, can_always, can_for_ever
from itsm_core.explore._world import World, people_of

__all__ = [
    "Answer",
    "Outcome",
    "Step",
    "World",
    "can",
    "can_always",
    "can_for_ever",
    "people_of",
]
