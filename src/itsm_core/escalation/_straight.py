"""The plan of a ladder on clocks alone, without a walk: each rung is found for itself (law E2).

Most ladders are of this kind: each rule acts once, at a point of a clock. Then no step depends on
another, and what the walk would do can be written down rung by rung, in half the time. A property
test compares the two on random histories.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Final

from itsm_core.escalation._actions import Notify
from itsm_core.escalation._rules import Ladder, OnClock
from itsm_core.escalation._steps import Step
from itsm_core.escalation._walk import MOST_STEPS
from itsm_core.escalation._world import World, reached_us
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
    if rungs is None or EscalationAcknowledged in map(type, world.events):
        return None
    found: list[Step] = []
    for rung in rungs:
        start = f"{ticket_id}:{rung.version}:"
        for subject, at_us, begun_us in _points(world, rung.trigger):
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
    if len(found) > MOST_STEPS:
        return None
    # Sorting is stable: rungs, actions and causes come in their order already.
    found.sort(key=_BY_PLACE)
    return found


def _points(world: World, trigger: OnClock) -> Iterator[tuple[str, int, int]]:
    """Yield for each cycle of a trigger's clock when it acts, and when it was reached."""
    last = ""
    for life in world.lives_of(trigger.clock):
        subject, _, low, high, blocked, _ = life
        if subject == last:
            continue  # it has acted in an earlier epoch
        reached = reached_us(trigger, life)
        reached = max(reached, low)
        if reached >= high:
            continue
        at = reached
        for start, end in blocked:
            if start <= at < end:
                at = end
        if at >= high:
            continue
        last = subject
        if at <= world.until_us:
            yield subject, at, reached
