"""The plan of a ladder on clocks alone, without a walk: each rung is found for itself (law E2).

Most ladders are of this kind: each rule acts once, at a point of a clock. Then no step depends on
another, and what the walk would do can be written down rung by rung, in half the time. A property
test compares the two on random histories.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from itsm_core.escalation._actions import Notify
from itsm_core.escalation._rules import Ladder
from itsm_core.escalation._steps import Step
from itsm_core.escalation._world import Life, World, reached_us
from itsm_core.events import EscalationAcknowledged
from itsm_core.ids import TicketId

_new: Final = object.__new__
_BY_PLACE: Final = attrgetter("at_us", "level")


def straight_steps(world: World, ladder: Ladder, ticket_id: TicketId) -> list[Step] | None:
    """Return every step up to the world's end, in the order of a walk.

    None where only a walk can tell: a step waits for another, for somebody's acknowledgement or
    for whom it is for.
    """
    rungs = ladder.rungs
    if rungs is None or EscalationAcknowledged in world.kinds:
        return None
    found: list[Step] = []
    until_us = world.until_us
    for rung in rungs:
        start, trigger = f"{ticket_id}:{rung.version}:", rung.trigger
        acted: tuple[str, ...] = ()
        for life in world.lives_of(trigger.clock):
            subject = life.subject
            begun_us = max(reached_us(trigger, life), life.low_us)
            at_us = _first(life, begun_us) if life.blocked else begun_us
            if at_us >= life.high_us or subject in acted:
                continue  # it has acted in an earlier epoch
            acted = (*acted, subject)
            if at_us > until_us:
                continue
            for number, action, known in rung.actions:
                target = note = ""
                if type(action) is Notify:
                    at, target, note = world.reach(action, at_us)
                    if at > at_us:
                        return None
                # One copy of a dictionary: a plan is little else than steps.
                step = _new(Step)
                fields = step.__dict__
                fields.update(known)
                fields["at_us"] = at_us
                fields["key"] = f"{start}{subject}:1:{number}"
                fields["ticket_id"] = ticket_id
                fields["subject"] = subject
                fields["target"] = target
                fields["note"] = note
                fields["reached_us"] = begun_us
                found.append(step)
    # Sorting is stable: rungs, actions and causes come in their order already.
    found.sort(key=_BY_PLACE)
    return found


def _first(life: Life, at_us: int) -> int:
    """Return the first instant from one on at which nothing blocks a clock."""
    for start, end in life.blocked:
        if start <= at_us < end:
            at_us = end
    return at_us
