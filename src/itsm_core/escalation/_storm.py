"""Many tickets at once: storms that a rule sees, and one message for hundreds (laws E1, E3)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.escalation._actions import EscalateToRole, Notify
from itsm_core.escalation._coverage import NOBODY, Coverage
from itsm_core.escalation._rules import EscalationRule, Ladder
from itsm_core.escalation._steps import Step
from itsm_core.escalation._triggers import Storm
from itsm_core.escalation._words import reason
from itsm_core.events import TicketOpened
from itsm_core.sla import Facts, facts_after
from itsm_core.spans import micros

_MOST: Final = 5
"""Five messages at once are read; of fifty, none is."""


def storms(
    openings: Iterable[TicketOpened],
    ladder: Ladder,
    coverage: Coverage = NOBODY,
    *,
    since: datetime | None = None,
    until: datetime,
) -> tuple[Step, ...]:
    """Return the steps of a ladder's storm rules after `since`, up to and including `until`.

    A storm begins with the opening that makes it `tickets` within the last `within` of elapsed
    time (an opening exactly so long ago is no longer among them), and ends when there are fewer
    again: however many follow, it is told once. The step is about the ticket that made it a storm,
    whose facts the rule's condition looks at. Tickets without the fact that they would share make
    none. Any polling times give the same keys; no repeats, no acknowledgement.

    Raises:
        InvalidValue: a rule speaks to a roster that `coverage` has not.
        NaiveDatetime: an instant has no time zone.
    """
    until_us = micros(until)
    told = sorted(
        (each for each in openings if each.occurred_us <= until_us),
        key=lambda each: (each.occurred_us, each.ticket_id),
    )
    for name in ladder.rosters:
        coverage[name]
    found: list[Step] = []
    for level, rule in enumerate(ladder.rules):
        if isinstance(rule.trigger, Storm):
            for opening, subject, number in _begun(told, rule.trigger):
                if _holds(rule, opening, ladder, level):
                    found += _steps((ladder, level), opening, subject, str(number), coverage)
    since_us = None if since is None else micros(since)
    due = (s for s in found if s.at_us <= until_us and (since_us is None or s.at_us > since_us))
    return tuple(sorted(due, key=lambda step: (step.at_us, step.key)))


def _begun(told: Iterable[TicketOpened], trigger: Storm) -> Iterator[tuple[TicketOpened, str, int]]:
    within = trigger.within // trigger.within.resolution
    recent: dict[str, deque[int]] = defaultdict(deque)
    raging: set[str] = set()
    for opening in told:
        shared = _shared(opening, trigger.same)
        if shared is None:
            continue
        window, now = recent[shared], opening.occurred_us
        while window and window[0] <= now - within:
            window.popleft()
        if len(window) < trigger.tickets:
            raging.discard(shared)
        window.append(now)
        if len(window) >= trigger.tickets and shared not in raging:
            raging.add(shared)
            yield opening, f"storm.{trigger.same or 'all'}.{shared}.{window[0]}", len(window)


def _shared(opening: TicketOpened, same: str) -> str | None:
    """Return the fact that tickets of one storm share; None where a ticket has none."""
    facts = {
        "": "all",
        "service": opening.service,
        "configuration_item_id": opening.configuration_item_id,
        "category_name": opening.category,
        "group": opening.group,
    }
    return facts[same] or None


def _holds(rule: EscalationRule, opening: TicketOpened, ladder: Ladder, level: int) -> bool:
    condition = ladder.conditions[level]
    if rule.when is None or condition is None:
        return True
    return any(condition.for_class(Facts)(facts) for _, _, facts in facts_after((opening,)))


def _steps(
    place: tuple[Ladder, int], opening: TicketOpened, subject: str, number: str, coverage: Coverage
) -> Iterator[Step]:
    ladder, level = place
    rule, at = ladder.rules[level], opening.occurred_us
    for action_number, action in enumerate(rule.actions, 1):
        reached_us, target, note = at, "", ""
        if isinstance(action, Notify):
            holder, group, asker = opening.assignee, opening.group, opening.requester
            while True:
                reached_us, target, note = coverage.reach(
                    action, at, holder=holder, group=group, asker=asker
                )
                if reached_us <= at:
                    break
                at = reached_us
        yield Step(
            at_us=reached_us,
            key=f"{opening.ticket_id}:{ladder.versions[level]}:{subject}:1:{action_number}",
            ticket_id=opening.ticket_id,
            rule=rule.name,
            level=level + 1,
            subject=subject,
            occurrence=1,
            action=action,
            target=target,
            why=reason(rule.trigger, number),
            note=note,
            reached_us=opening.occurred_us,
        )
        at = opening.occurred_us


# --- one message instead of hundreds -------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Digest:
    """Hold messages for one target that are sent as one; `key` names them together for ever."""

    target: str
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """Return the step's own key, or one made of all keys, whatever their order."""
        if len(self.steps) == 1:
            return self.steps[0].key
        keys = "\n".join(sorted(step.key for step in self.steps))
        return f"digest:{sha256(keys.encode()).hexdigest()}"

    def text(self, zone: str = "UTC") -> str:
        """Return one line a step, with a head where there are several."""
        lines = [f"{step.ticket_id} {step.text(zone)}" for step in self.steps]
        if len(lines) == 1:
            return lines[0]
        return "\n".join((f"{len(lines)} messages for {self.target}", *lines))


def digests(steps: Iterable[Step], *, most: int = _MOST) -> tuple[Digest, ...]:
    """Return messages ready to be sent: those of a target that would get more than `most`, as one.

    Only messages (`Notify`, `EscalateToRole`); what else steps do is no matter of reading. After a
    night of downtime a manager gets one list, and not five hundred calls.

    Raises:
        InvalidValue: `most` is no whole number above 0.
    """
    if type(most) is not int or most < 1:
        raise InvalidValue("how many messages to send one by one", most, "use a number such as 5")
    by_target: dict[str, list[Step]] = {}
    for step in steps:
        if isinstance(step.action, Notify):
            by_target.setdefault(step.target, []).append(step)
        elif isinstance(step.action, EscalateToRole):
            by_target.setdefault(f"role {step.action.role}", []).append(step)
    found: list[Digest] = []
    for target, told in by_target.items():
        ordered = tuple(sorted(told, key=lambda step: (step.at_us, step.key)))
        if len(ordered) > most:
            found.append(Digest(target=target, steps=ordered))
        else:
            found += [Digest(target=target, steps=(step,)) for step in ordered]
    return tuple(found)
