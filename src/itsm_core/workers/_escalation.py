"""Escalation on timers: each step takes effect once, also after downtime (laws E2, E3, R2).

A ticket has one timer that matters: when to look at it again. Whoever appends to a ticket
schedules `timers` with it; the handler does what is due and schedules the next look in the same
transaction. A timer of an older version finds nothing to do, which costs little and harms nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.escalation import (
    COLLAPSE,
    NOBODY,
    CatchUp,
    Coverage,
    DueStep,
    EscalateToGroup,
    Ladder,
    RaisePriority,
    Step,
    due,
    next_look,
)
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
)
from itsm_core.ids import EventId, GroupId
from itsm_core.lifecycle import Ticket, fold
from itsm_core.ports import Batch, EventStore, OutboxMessage, Timer
from itsm_core.sla import ServiceLevelAgreement
from itsm_core.spans import instant, micros

__all__ = ["EscalationHandler", "Escalations"]

PREFIX: Final = "escalation:"
"""How the keys of these timers begin; let a worker with several handlers tell them by it."""


@attrs.frozen(kw_only=True)
class Escalations:
    """Hold what escalates one ticket: its ladder, what was promised, and how late is too late."""

    ladder: Ladder
    agreement: ServiceLevelAgreement | None = None
    catch_up: CatchUp = COLLAPSE


class _Rules(Protocol):
    """Say what escalates a ticket; None where nothing does."""

    def __call__(self, ticket: Ticket, /) -> Escalations | None:
        """Return the ladder and the agreement of a ticket."""
        ...


class EscalationHandler:
    """Do what is due on a ticket when its timer rings; a `TimerHandler`.

    A step taken is an `EscalationStepTaken`, with what it does to the ticket (another group,
    another priority) and a message in the outbox under the step's key: all of it in one append.
    Steps that are passed over are recorded, too.

    Args:
        store: where the tickets are.
        rules: what escalates a ticket.
        coverage: who is reached when.
        priorities: all priorities, the highest first; `RaisePriority` needs them.
        tiers: which group a tier is; `EscalateToGroup(tier=...)` needs them.
        source: names this desk in the messages.
    """

    def __init__(
        self,
        *,
        store: EventStore,
        rules: _Rules,
        coverage: Coverage = NOBODY,
        priorities: Sequence[str] = (),
        tiers: Mapping[str, str] | None = None,
        source: str = "/desk",
    ) -> None:
        self._store: Final = store
        self._rules: Final = rules
        self._coverage: Final = coverage
        self._priorities: Final = tuple(priorities)
        self._tiers: Final = dict(tiers or {})
        self._source: Final = source

    def timers(self, history: Sequence[TicketEvent], as_of: datetime) -> tuple[Timer, ...]:
        """Return the timer that a ticket needs after these events; none if nothing is to come.

        Pass the whole history, what is about to be appended included, and schedule the timer in
        the batch that appends it.

        Raises:
            InvalidValue: the history has no opening.
        """
        ticket = fold(history)
        escalations = self._rules(ticket)
        if escalations is None:
            return ()
        found = next_look(
            history,
            escalations.ladder,
            escalations.agreement,
            self._coverage,
            as_of=as_of,
        )
        if found is None:
            return ()
        key = f"{PREFIX}{ticket.ticket_id}:{len(history)}:{micros(found)}"
        return (Timer(key=key, stream=ticket.ticket_id, due_at=found),)

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return what is due on the timer's ticket, and when to look again.

        Raises:
            StoreUnavailable: the store cannot answer.
        """
        history = tuple(each.event for each in self._store.read(timer.stream))
        if not history or not isinstance(history[0], TicketOpened):
            return ()
        escalations = self._rules(fold(history))
        if escalations is None:
            return ()
        # The clock may have been put back: what has happened has happened before now.
        now_us = max(micros(as_of), timer.due_us, *(each.occurred_us for each in history))
        now = instant(now_us)
        steps = due(
            history,
            escalations.ladder,
            escalations.agreement,
            self._coverage,
            until=now,
            catch_up=escalations.catch_up,
        )
        told, messages = self._effects(history, [s for s in steps if s.outcome != "held"], now_us)
        schedule = [each for each in self.timers((*history, *told), now) if each.key != timer.key]
        batch = Batch(
            stream=timer.stream,
            events=told,
            expected_version=len(history),
            key=timer.key,
            intent=timer.key,
            messages=messages,
            schedule=schedule,
        )
        return (batch,)

    def _effects(
        self, history: tuple[TicketEvent, ...], steps: Sequence[DueStep], now_us: int
    ) -> tuple[tuple[TicketEvent, ...], tuple[OutboxMessage, ...]]:
        """Return the events and messages of the steps, the events named after their places."""
        ticket = fold(history)
        told: list[TicketEvent] = []
        for each in steps:
            made = self._passed(each, now_us)
            if each.outcome == "act":
                made = self._taken(ticket, each.step, now_us)
            for event in made:
                place = len(history) + len(told) + 1
                name = EventId(f"{ticket.ticket_id}#{place}")
                told.append(attrs.evolve(event, event_id=name, sequence=place))
            ticket = fold((*history, *told))
        messages = tuple(self._message(s.step, now_us) for s in steps if s.outcome == "act")
        return tuple(told), messages

    def _passed(self, each: DueStep, now_us: int) -> tuple[TicketEvent, ...]:
        step = each.step
        return (
            EscalationStepPassed(
                ticket_id=step.ticket_id,
                occurred_at=now_us,
                automatic=True,
                key=step.key,
                rule=step.rule,
                outcome=each.outcome,
                into=each.into,
                due_at=step.at_us,
            ),
        )

    def _taken(self, ticket: Ticket, step: Step, now_us: int) -> tuple[TicketEvent, ...]:
        taken = EscalationStepTaken(
            ticket_id=step.ticket_id,
            occurred_at=now_us,
            automatic=True,
            key=step.key,
            rule=step.rule,
            action=str(step.action),
            target=step.target,
            why=step.why,
            due_at=step.at_us,
        )
        action = step.action
        if isinstance(action, EscalateToGroup):
            group = GroupId(action.group or self._tier(action.tier))
            if group != ticket.group:
                moved = TicketAssigned(
                    ticket_id=step.ticket_id, occurred_at=now_us, automatic=True, group=group
                )
                return (taken, moved)
        elif isinstance(action, RaisePriority):
            wanted = self._raised(action, ticket.priority)
            if wanted != ticket.priority:
                raised = PriorityOverridden(
                    ticket_id=step.ticket_id,
                    occurred_at=now_us,
                    automatic=True,
                    priority=wanted,
                    reason=step.why,
                )
                return (taken, raised)
        return (taken,)

    def _tier(self, tier: str) -> str:
        if tier not in self._tiers:
            known = ", ".join(self._tiers) or "none"
            raise InvalidValue("no group is known for a tier", tier, f"known: {known}")
        return self._tiers[tier]

    def _raised(self, action: RaisePriority, now: str) -> str:
        """Return the priority after raising it; never a lower one."""
        order = self._priorities
        for name in filter(None, (now, action.to)):
            if name not in order:
                remedy = "pass every priority in priorities=, the highest first"
                raise InvalidValue("not a known priority", name, remedy)
        if not now:
            return action.to or now
        place = order.index(now)
        wanted = order.index(action.to) if action.to else max(place - action.levels, 0)
        return order[min(place, wanted)]

    def _message(self, step: Step, now_us: int) -> OutboxMessage:
        data = {
            "rule": step.rule,
            "level": step.level,
            "occurrence": step.occurrence,
            "action": str(step.action),
            "target": step.target,
            "why": step.why,
            "note": step.note,
            "text": step.text(),
        }
        return OutboxMessage(
            message_id=step.key,
            source=self._source,
            type="itsm.escalation.step",
            occurred_at=now_us,
            subject=step.ticket_id,
            data=json.dumps(data),
        )
