"""The checker's first half: what happened to a ticket, and when each of its clocks ran.

Plain replay, one list after the other, nothing shared with the evaluator: the facts after each
event, the cycles by the rules of a target, its pauses. No business time is counted here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeVar

import attrs

from itsm_core import events
from itsm_core.conditions import AllOf, AnyOf, Condition, Not, Predicate
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.sla._agreement import ServiceLevelTarget
from itsm_core.sla._rules import FACTS

_Event = TypeVar("_Event", bound=events.TicketEvent)
_EVENT_FACTS: Final = frozenset({"event", "automatic", "by_requester"})
_DONE: Final = ("resolved", "closed", "cancelled")
_CATEGORY: Final[tuple[tuple[type[events.TicketEvent], str], ...]] = (
    (events.TicketOpened, "new"),
    (events.WorkStarted, "active"),
    (events.TicketResumed, "active"),
    (events.TicketReopened, "active"),
    (events.TicketPutOnHold, "on_hold"),
    (events.TicketResolved, "resolved"),
    (events.TicketClosed, "closed"),
    (events.TicketCancelled, "cancelled"),
)

Facts = dict[str, str | bool | int]


@attrs.frozen
class Step:
    """Hold an event, when it took effect, and the facts after it."""

    at: int
    event: events.TicketEvent
    facts: Facts


@attrs.frozen
class Case:
    """Hold a ticket's life: its steps, and since when it had which priority."""

    steps: list[Step]
    priorities: list[tuple[int, str]]
    as_of: int

    def priority_at(self, at: int) -> str:
        """Return the priority in force at an instant."""
        return next((text for since, text in reversed(self.priorities) if since <= at), "")

    def told(self, kind: type[_Event]) -> list[_Event]:
        """Return the events of one class."""
        return [step.event for step in self.steps if isinstance(step.event, kind)]


def replayed(told: list[events.TicketEvent], as_of: int) -> Case:
    """Return the life that events in order tell, those before the opening as part of it.

    Raises:
        NotFound: no event opens a ticket.
        InvalidValue: events of several tickets.
    """
    opening = next((each for each in told if isinstance(each, events.TicketOpened)), None)
    if opening is None:
        raise NotFound("opening of ticket", told[0].ticket_id if told else "")
    others = [event for event in told if not isinstance(event, events.TicketOpened)]
    case = Case([], [], as_of)
    facts: Facts = {"reopen_count": 0, "answered": False}
    derived, by_hand, until = "", None, None
    for event in (opening, *others):
        if event.ticket_id != opening.ticket_id:
            raise InvalidValue("event of another ticket", event.ticket_id, "pass those of one")
        at = max(event.occurred_us, opening.occurred_us)
        if until is not None and until <= at:
            facts = _expired(case, facts, until, derived)
            by_hand, until = None, None
        if isinstance(event, events.TicketOpened | events.PriorityChanged):
            derived = event.priority
        elif isinstance(event, events.PriorityOverridden):
            is_over = event.expires_us is not None and event.expires_us <= at
            by_hand, until = (None, None) if is_over else (event.priority, event.expires_us)
        elif isinstance(event, events.PriorityOverrideEnded):
            by_hand, until = None, None
        priority = derived if by_hand is None else by_hand
        case.priorities.append((at, priority))
        facts = {**facts, **_told(event, facts, opening), "priority": priority}
        case.steps.append(Step(at, event, facts))
    if until is not None and until <= as_of:
        _expired(case, facts, until, derived)
    return case


def _expired(case: Case, facts: Facts, at: int, derived: str) -> Facts:
    """Take the end of an override by time alone as a step of its own; return the facts after it."""
    end = events.PriorityOverrideEnded(
        ticket_id=case.steps[0].event.ticket_id, occurred_at=at, automatic=True
    )
    facts = {**facts, **_told(end, facts, case.steps[0].event), "priority": derived}
    case.priorities.append((at, derived))
    case.steps.append(Step(at, end, facts))
    return facts


def _told(event: events.TicketEvent, before: Facts, opening: events.TicketEvent) -> Facts:
    """Return the facts that an event changes; a class of one's own says what its base says."""
    is_human, kind = not event.automatic, type(event)
    kind = next((base for base in kind.__mro__ if base in events.EVENT_TYPES), kind)
    facts: Facts = {"event": kind.__name__, "automatic": event.automatic}
    requester = opening.requester if isinstance(opening, events.TicketOpened) else ""
    is_known = bool(event.actor and requester)
    from_outside = is_human and isinstance(event, events.TicketOpened | events.ContactReceived)
    facts["by_requester"] = event.actor == requester if is_known else from_outside
    for each, category in _CATEGORY:
        if isinstance(event, each):
            facts |= {"category": category, "hold_reason": "", "evidence": ""}
    match event:
        case events.TicketOpened():
            facts |= {"service": event.service, "category_name": event.category}
            facts |= {"configuration_item_id": event.configuration_item_id}
            facts |= {"impact": event.impact, "urgency": event.urgency}
            facts |= {"channel": event.channel, "ticket_type": event.ticket_type}
            facts |= {"group": event.group, "assignee": event.assignee}
            facts |= {"requester": event.requester, "awaiting_answer": True}
        case events.TicketReclassified():
            facts |= {"service": event.service, "category_name": event.category}
            facts |= {"configuration_item_id": event.configuration_item_id}
        case events.PriorityChanged():
            facts["impact"] = event.impact or before["impact"]
            facts["urgency"] = event.urgency or before["urgency"]
        case events.TicketAssigned():
            facts |= {"group": event.group, "assignee": event.assignee}
        case events.TicketPutOnHold():
            facts |= {"hold_reason": event.reason, "evidence": event.evidence}
        case events.TicketReopened():
            facts["reopen_count"] = int(before["reopen_count"]) + 1
        case events.AnswerSent() | events.TicketResolved() if is_human:
            facts |= {"answered": True, "awaiting_answer": False}
        case events.ContactReceived() if is_human:
            facts["awaiting_answer"] = True
        case _:
            pass
    assignee = facts.get("assignee", before.get("assignee"))
    facts["requester_is_assignee"] = bool(assignee) and assignee == requester
    return facts


# --- when the clock ran --------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _condition(rule: Predicate) -> Condition:
    return Condition(schema=FACTS, rule=rule)


def _holds(rule: Predicate | None, facts: Facts) -> bool:
    return rule is not None and _condition(rule).holds(facts)


def _is_pulse(rule: Predicate) -> bool:
    if isinstance(rule, AllOf | AnyOf):
        return any(_is_pulse(part) for part in rule.parts)
    return _is_pulse(rule.part) if isinstance(rule, Not) else rule.field in _EVENT_FACTS


def _begins(rule: Predicate | None, steps: list[Step], n: int) -> bool:
    """Tell whether a start or a reset takes effect at a step: a level must become true there."""
    if rule is None or not _holds(rule, steps[n].facts):
        return False
    return _is_pulse(rule) or n == 0 or not _holds(rule, steps[n - 1].facts)


@attrs.define
class Cycle:
    """Hold when a clock started and ended; `gaps` lie between an end and the reopening after it."""

    start: int
    subject: str = ""
    due: int = 0  # of a commitment
    stopped: int | None = None
    cancelled: int | None = None
    ended_at: int = -1  # the place of the step that ended it
    ended_by: Predicate | None = None
    gaps: list[tuple[int, int]] = attrs.field(factory=list)

    @property
    def end(self) -> int | None:
        """Return when it stopped or was cancelled."""
        return self.cancelled if self.stopped is None else self.stopped


def cycles_of(case: Case, target: ServiceLevelTarget) -> list[Cycle]:
    """Return the cycles of a target, by the order of law S6."""
    rules, steps, found = target.rules, case.steps, list[Cycle]()
    live: Cycle | None = None
    done_at = -1
    for n, step in enumerate(steps):
        is_done = step.facts["category"] in _DONE
        was_done = n > 0 and steps[n - 1].facts["category"] in _DONE
        if was_done and not is_done and live is None and found and found[-1].ended_at == done_at:
            last = found[-1]
            if target.reopen == "new_cycle" and not _holds(last.ended_by, step.facts):
                live = _started(case, step, target, found)
            elif target.reopen != "ignore" and not _holds(last.ended_by, step.facts):
                if target.reopen == "exclude_closed" and last.end is not None:
                    last.gaps.append((last.end, step.at))
                last.stopped = last.cancelled = last.ended_by = None
                last.ended_at, live = -1, last
        if is_done and not was_done:
            done_at = n
        if live is not None and _holds(rules.stop, step.facts):
            live.stopped, live.ended_by, live.ended_at, live = step.at, rules.stop, n, None
        elif live is not None and _holds(rules.cancel, step.facts):
            live.cancelled, live.ended_by, live.ended_at, live = step.at, rules.cancel, n, None
        elif live is not None and _begins(rules.reset, steps, n):
            live.cancelled, live = step.at, _started(case, step, target, found)
        if live is None and _begins(rules.start, steps, n):
            live = _started(case, step, target, found)
    return [cycle for cycle in found if cycle.start <= case.as_of]


def _started(case: Case, step: Step, target: ServiceLevelTarget, found: list[Cycle]) -> Cycle:
    at = case.steps[0].at if target.anchor == "opened" else step.at
    found.append(Cycle(max(at, step.event.recorded_us) if target.anchor == "registered" else at))
    return found[-1]


def commitments_of(case: Case) -> list[Cycle]:
    """Return a cycle for each commitment made (law D4)."""
    found: list[Cycle] = []
    for step in case.steps:
        if isinstance(step.event, events.CommitmentMade):
            found.append(Cycle(step.at, step.event.commitment_id, step.event.due_us))
        for cycle in found:
            if cycle.end is None:
                match step.event:
                    case events.CommitmentKept(commitment_id=cycle.subject):
                        cycle.stopped = step.at
                    case events.CommitmentWithdrawn(commitment_id=cycle.subject):
                        cycle.cancelled = step.at
                    case _:
                        pass
    return found


@attrs.frozen
class Pause:
    """Hold a stretch in which a pause condition held; an `end` of None is not known yet."""

    start: int
    end: int | None
    label: str
    has_evidence: bool


def pauses_of(case: Case, target: ServiceLevelTarget) -> list[Pause]:
    """Return when a target's pause condition held; another hold reason is another pause."""
    found: list[Pause] = []
    is_paused, reason = False, ""
    for step in case.steps:
        was_paused, before = is_paused, reason
        is_paused, reason = _holds(target.pause, step.facts), str(step.facts["hold_reason"])
        if target.rules.resume is not None:
            is_paused = (was_paused or is_paused) and not _holds(target.rules.resume, step.facts)
        if was_paused and not (is_paused and reason == before):
            found[-1] = attrs.evolve(found[-1], end=step.at)
        if is_paused and not (was_paused and reason == before):
            label = reason or str(step.facts["category"])
            found.append(Pause(step.at, None, label, bool(step.facts["evidence"])))
    return found
