"""A ticket's history told slowly, for the oracle: facts, priorities, holders, cycles, pauses.

Nothing here counts time. Every question is answered by reading the whole list of moments again,
and conditions are answered node by node (`Condition.explain`), never by a compiled closure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal

import attrs

from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Predicate
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.events import (
    EVENT_TYPES,
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
    in_order,
)
from itsm_core.sla import FACTS, ServiceLevelTarget

__all__ = ["Cycle", "Holder", "Moment", "Pause", "Story", "told_story"]

Ending = Literal["", "stopped", "cancelled", "reset"]

_PULSE: Final = frozenset({"event", "automatic", "by_requester"})
_DONE: Final = ("resolved", "closed", "cancelled")
_CATEGORY_BY_CLASS: Final[tuple[tuple[type[TicketEvent], str], ...]] = (
    (WorkStarted, "active"),
    (TicketResumed, "active"),
    (TicketReopened, "active"),
    (TicketPutOnHold, "on_hold"),
    (TicketResolved, "resolved"),
    (TicketClosed, "closed"),
    (TicketCancelled, "cancelled"),
)


@attrs.frozen
class Moment:
    """Hold an event, the instant at which it takes effect, and the facts after it.

    `at_us` is in microseconds since 1970 UTC.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.spans import micros
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> solved = TicketResolved(ticket_id="INC-1", occurred_at=nine, state="resolved")
    >>> [moment.is_done for moment in told_story([opened, solved], micros(nine)).moments]
    [False, True]
    """

    at_us: int
    event: TicketEvent
    facts: Mapping[str, object]
    evidence: str  # of the hold that is in force, empty if there is none

    @property
    def is_done(self) -> bool:
        """Return whether nobody works on the ticket any more."""
        return self.facts["category"] in _DONE


@attrs.frozen
class Holder:
    """Hold who has the ticket from an instant on, in microseconds since 1970 UTC.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.spans import micros
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, group="desk")
    >>> given = TicketAssigned(ticket_id="INC-1", occurred_at=nine, group="network", assignee="ann")
    >>> [(who.group, who.assignee) for who in told_story([opened, given], micros(nine)).holders()]
    [('desk', ''), ('network', 'ann')]
    """

    since_us: int
    group: str
    assignee: str


@attrs.frozen
class Pause:
    """Hold a pause as the ticket shows it, before any limit; without an end it still lasts.

    Both ends are in microseconds since 1970 UTC.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.spans import micros
    >>> nine, told = datetime(2026, 1, 5, 9, tzinfo=UTC), {"ticket_id": "INC-1", "state": "on_hold"}
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> held = TicketPutOnHold(occurred_at=nine, reason="supplier", **told)
    >>> target = ServiceLevelTarget(metric="resolution", goals=hours(4), pause_on={"supplier"})
    >>> [
    ...     (each.label, each.end_us)
    ...     for each in told_story([opened, held], micros(nine)).pauses(target)
    ... ]
    [('supplier', None)]
    """

    start_us: int
    end_us: int | None
    label: str
    evidence: str


@attrs.define
class Cycle:
    """Hold one cycle of a clock: from when to when, how it ended, and the gaps of reopenings.

    Instants are in microseconds since 1970 UTC; without an end it still runs.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.spans import micros
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine)
    >>> solved = TicketResolved(ticket_id="INC-1", occurred_at=nine, state="resolved")
    >>> target = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> [cycle.ending for cycle in told_story([opened, solved], micros(nine)).cycles(target)]
    ['stopped']
    """

    start_us: int
    end_us: int | None = None
    ending: Ending = ""
    ended_by: int = -1  # the place of the moment that ended it
    gaps: list[tuple[int, int]] = attrs.field(factory=list)
    subject: str = ""
    deadline_us: int | None = None


@attrs.frozen(kw_only=True)
class Story:
    """Hold the moments of one ticket up to an instant, in order.

    `as_of_us` and what it tells of instants are in microseconds since 1970 UTC.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.spans import instant, micros
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> story = told_story([TicketOpened(ticket_id="INC-1", occurred_at=nine)], micros(nine))
    >>> instant(story.opened_us).isoformat()
    '2026-01-05T09:00:00+00:00'
    """

    moments: tuple[Moment, ...]
    as_of_us: int

    @property
    def opened_us(self) -> int:
        """Return when the ticket was opened."""
        return self.moments[0].at_us

    def events(self) -> Iterable[TicketEvent]:
        """Return what happened, in order."""
        return (moment.event for moment in self.moments)

    def priorities(self) -> list[tuple[int, str]]:
        """Return since when which priority held; an override may end by itself in between."""
        instants = {moment.at_us for moment in self.moments}
        for event in self.events():
            if isinstance(event, PriorityOverridden) and event.expires_us is not None:
                instants.add(event.expires_us)
        spans: list[tuple[int, str]] = []
        for at in sorted(instants):
            if self.opened_us <= at <= self.as_of_us:
                priority = _priority([each for each in self.moments if each.at_us <= at], at)
                if not spans or spans[-1][1] != priority:
                    spans.append((at, priority))
        return spans

    def holders(self) -> list[Holder]:
        """Return since when who held the ticket."""
        return [
            Holder(each.at_us, str(each.facts["group"] or ""), str(each.facts["assignee"] or ""))
            for each in self.moments
            if isinstance(each.event, TicketOpened | TicketAssigned)
        ]

    def pauses(self, target: ServiceLevelTarget) -> list[Pause]:
        """Return the pauses that a target's rules ask for, whether or not a cycle is live."""
        pauses: list[Pause] = []
        rule, resume = target.pause, target.rules.resume
        lasts, hold = False, None
        for moment in self.moments:
            # With a rule to resume, what began lasts until that holds; nothing begins meanwhile.
            asked = (holds(rule, moment) or (lasts and resume is not None)) and not holds(
                resume, moment
            )
            if (lasts and not asked) or (lasts and moment.facts["hold_reason"] != hold):
                lasts = _end(pauses, moment.at_us)
            if asked and not lasts:
                lasts, hold = True, moment.facts["hold_reason"]
                label = str(hold or moment.facts["category"])
                pauses.append(Pause(moment.at_us, None, label, moment.evidence))
        return pauses

    def cycles(self, target: ServiceLevelTarget) -> list[Cycle]:
        """Return the cycles of a target, as its rules make them; goals come later."""
        if target.metric == "commitment":
            return self._commitments()
        machine = _Machine(target=target, story=self)
        for place in range(len(self.moments)):
            machine.step(place)
        return machine.cycles

    def _commitments(self) -> list[Cycle]:
        cycles: list[Cycle] = []
        for moment in self.moments:
            match moment.event:
                case CommitmentMade(commitment_id=subject, due_us=due):
                    cycles.append(Cycle(moment.at_us, subject=subject, deadline_us=due))
                case CommitmentKept(commitment_id=subject):
                    _end_all(cycles, subject, moment.at_us, "stopped")
                case CommitmentWithdrawn(commitment_id=subject):
                    _end_all(cycles, subject, moment.at_us, "cancelled")
                case _:
                    pass
        return cycles


def _end(pauses: list[Pause], at: int) -> bool:
    pauses[-1] = attrs.evolve(pauses[-1], end_us=at)
    return False


def _end_all(cycles: list[Cycle], subject: str, at: int, ending: Ending) -> None:
    for cycle in cycles:
        if cycle.subject == subject and cycle.end_us is None:
            cycle.end_us, cycle.ending = at, ending


@attrs.define(kw_only=True)
class _Machine:
    """Walk over the moments and ask the rules of one target, in the order of law S6."""

    target: ServiceLevelTarget
    story: Story
    cycles: list[Cycle] = attrs.field(factory=list)
    live: Cycle | None = None
    done_at: int = -1  # the place of the moment that made the ticket done

    def step(self, place: int) -> None:
        """Reopen, stop, cancel, reset, start."""
        moment, rules = self.story.moments[place], self.target.rules
        was_done = place > 0 and self.story.moments[place - 1].is_done
        if was_done and not moment.is_done:
            self._reopen(moment)
        if moment.is_done and not was_done:
            self.done_at = place
        if self.live is not None and holds(rules.stop, moment):
            self._finish(moment.at_us, "stopped", place)
        if self.live is not None and holds(rules.cancel, moment):
            self._finish(moment.at_us, "cancelled", place)
        if self.live is not None and self._fires(rules.reset, place):
            self._finish(moment.at_us, "reset", place)
            self._begin(moment)
        if self.live is None and self._fires(rules.start, place):
            self._begin(moment)

    def _reopen(self, moment: Moment) -> None:
        last = self.cycles[-1] if self.cycles else None
        if last is None or last.end_us is None or last.ended_by != self.done_at:
            return
        ending = self.target.rules.stop if last.ending == "stopped" else self.target.rules.cancel
        if last.ending == "reset" or holds(ending, moment) or self.target.reopen == "ignore":
            return
        if self.target.reopen == "new_cycle":
            self._begin(moment)
            return
        if self.target.reopen == "exclude_closed":
            last.gaps.append((last.end_us, moment.at_us))
        last.end_us, last.ending, self.live = None, "", last

    def _fires(self, rule: Predicate | None, place: int) -> bool:
        now = holds(rule, self.story.moments[place])
        if rule is None or _names(rule) & _PULSE or place == 0:
            return now
        return now and not holds(rule, self.story.moments[place - 1])

    def _begin(self, moment: Moment) -> None:
        at = moment.at_us
        if self.target.anchor == "registered":
            at = max(at, moment.event.recorded_us)
        elif self.target.anchor == "opened":
            at = self.story.opened_us
        self.live = Cycle(at)
        self.cycles.append(self.live)

    def _finish(self, at: int, ending: Ending, place: int) -> None:
        if self.live is not None:
            self.live.end_us, self.live.ending, self.live.ended_by = at, ending, place
            self.live = None


@lru_cache(maxsize=1024)
def _condition(rule: Predicate) -> Condition:
    return Condition(schema=FACTS, rule=rule)


def holds(rule: Predicate | None, moment: Moment) -> bool:
    """Return whether a rule holds after a moment; none never does."""
    return rule is not None and _condition(rule).explain(moment.facts).result


@lru_cache(maxsize=1024)
def _names(rule: Predicate) -> frozenset[str]:
    """Return the fields that a rule names."""
    match rule:
        case FieldTest():
            return frozenset({rule.field})
        case Not():
            return _names(rule.part)
        case AllOf() | AnyOf():
            return frozenset(name for part in rule.parts for name in _names(part))


def _priority(moments: Sequence[Moment], at: int) -> str:
    """Return the priority after these moments, at an instant not before the last of them."""
    derived, override = "", None
    for event in (moment.event for moment in moments):
        match event:
            case TicketOpened() if event is moments[0].event:
                derived = event.priority
            case PriorityChanged():
                derived = event.priority
            case PriorityOverridden():
                override = event
            case PriorityOverrideEnded():
                override = None
            case _:
                pass
    if override is not None and (override.expires_us is None or override.expires_us > at):
        return override.priority
    return derived


def told_story(
    history: Iterable[TicketEvent], as_of_us: int, known_at_us: int | None = None
) -> Story:
    """Return what had happened by `as_of_us`, as far as it was known at `known_at_us`.

    Both are in microseconds since 1970 UTC; without the second all is known.

    Raises:
        NotFound: nothing opens a ticket.
        InvalidValue: events of two tickets.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.spans import micros
    >>> nine, eleven = (datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (9, 11))
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, priority="P2")
    >>> raised = PriorityChanged(ticket_id="INC-1", occurred_at=eleven, priority="P1")
    >>> story = told_story([raised, opened], micros(eleven))
    >>> [priority for _, priority in story.priorities()]
    ['P2', 'P1']
    """
    told = history if known_at_us is None else (e for e in history if e.recorded_us <= known_at_us)
    events = [event for event in in_order(told) if event.occurred_us <= as_of_us]
    opening = next((event for event in events if isinstance(event, TicketOpened)), None)
    if opening is None:
        raise NotFound("opening of ticket", "", "the oracle knows no TicketOpened up to then")
    moments: list[Moment] = []
    clamped: list[tuple[int, TicketEvent]] = [(opening.occurred_us, opening)]
    for event in events:
        if event.ticket_id != opening.ticket_id:
            remedy = "pass the history of one ticket"
            raise InvalidValue("event of another ticket", event.ticket_id, remedy)
        if event is not opening:
            clamped.append((max(event.occurred_us, opening.occurred_us), event))
    for at, event in _with_expiries(clamped, as_of_us):
        evidence = moments[-1].evidence if moments else ""
        if isinstance(event, tuple(kind for kind, _ in _CATEGORY_BY_CLASS)):
            evidence = event.evidence if isinstance(event, TicketPutOnHold) else ""
        facts = _facts(opening, moments, event)
        moment = Moment(at, event, facts, evidence)
        priority = _priority([*moments, moment], at)
        moments.append(attrs.evolve(moment, facts={**facts, "priority": priority or None}))
    return Story(moments=tuple(moments), as_of_us=as_of_us)


def _with_expiries(
    told: Sequence[tuple[int, TicketEvent]], as_of_us: int
) -> list[tuple[int, TicketEvent]]:
    """Return the events with those overrides' ends among them that come by time alone.

    Such an end comes before what was told of its instant.
    """
    ends: list[tuple[int, TicketEvent]] = []
    for place, (at, event) in enumerate(told):
        if not isinstance(event, PriorityOverridden) or event.expires_us is None:
            continue
        expiry = event.expires_us
        is_replaced = any(
            since < expiry and isinstance(later, PriorityOverridden | PriorityOverrideEnded)
            for since, later in told[place + 1 :]
        )
        if at < expiry <= as_of_us and not is_replaced:
            end = PriorityOverrideEnded(
                ticket_id=event.ticket_id, occurred_at=expiry, automatic=True
            )
            ends.append((expiry, end))
    return sorted([*ends, *told], key=lambda pair: pair[0])


def _facts(
    opening: TicketOpened, moments: Sequence[Moment], event: TicketEvent
) -> dict[str, object]:
    """Return the facts after an event, its priority aside; missing is None."""
    facts = dict(moments[-1].facts) if moments else _first_facts(opening)
    bases = [base for base in type(event).__mro__ if base in EVENT_TYPES]
    facts["event"] = (bases or [type(event)])[0].__name__
    facts["automatic"] = event.automatic
    facts["by_requester"] = event.actor != "" and event.actor == opening.requester
    if isinstance(event, TicketOpened | ContactReceived) and not event.automatic:
        unknown = "" in (event.actor, opening.requester)
        facts["by_requester"] = unknown or event.actor == opening.requester
    for kind, category in _CATEGORY_BY_CLASS:
        if isinstance(event, kind):
            facts["category"] = category
            facts["hold_reason"] = None
    match event:
        case TicketPutOnHold():
            facts["hold_reason"] = event.reason or None
        case PriorityChanged():
            facts["impact"], facts["urgency"] = event.impact or None, event.urgency or None
        case TicketReclassified():
            facts["service"] = event.service or None
            facts["category_name"] = event.category or None
            facts["configuration_item_id"] = event.configuration_item_id or None
        case TicketAssigned():
            facts["group"], facts["assignee"] = event.group or None, event.assignee or None
        case TicketReopened():
            facts["reopen_count"] = sum(isinstance(e.event, TicketReopened) for e in moments) + 1
        case ContactReceived(automatic=False):
            facts["awaiting_answer"] = True
        case AnswerSent(automatic=False) | TicketResolved(automatic=False):
            facts["answered"], facts["awaiting_answer"] = True, False
        case _:
            pass
    known = facts["requester"], facts["assignee"]
    facts["requester_is_assignee"] = known[0] is not None and known[0] == known[1]
    return facts


def _first_facts(opening: TicketOpened) -> dict[str, object]:
    return {
        "category": "new",
        "hold_reason": None,
        "impact": opening.impact or None,
        "urgency": opening.urgency or None,
        "service": opening.service or None,
        "category_name": opening.category or None,
        "configuration_item_id": opening.configuration_item_id or None,
        "channel": opening.channel or None,
        "ticket_type": opening.ticket_type or None,
        "requester": opening.requester or None,
        "group": opening.group or None,
        "assignee": opening.assignee or None,
        "answered": False,
        "awaiting_answer": True,
        "reopen_count": 0,
    }
