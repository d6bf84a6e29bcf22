"""Escalation on timers: each step takes effect once, also after downtime (laws E2, E3, R2).

A ticket has one timer that matters: when to look at it again. Whoever appends to a ticket
schedules `timers` with it; the handler does what is due and schedules the next look in the same
transaction. A timer of an older version finds nothing to do, which costs little and harms nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.escalation import (
    COLLAPSE,
    NOBODY,
    Agreements,
    CatchUp,
    Coverage,
    DueStep,
    EscalateToGroup,
    EscalateToRole,
    Ladder,
    Notify,
    ProposeMajorIncident,
    RaisePriority,
    Step,
    due,
    next_look,
    recorded,
)
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    MajorIncidentProposed,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
)
from itsm_core.ids import EventId, GroupId
from itsm_core.lifecycle import Ticket, fold
from itsm_core.ports import (
    AsyncEventStore,
    Batch,
    EventStore,
    OutboxMessage,
    StoredEvent,
    Timer,
)
from itsm_core.spans import instant, micros
from itsm_core.workers._digests import DIGEST_PREFIX, Gathered
from itsm_core.workers._storms import PAGE, StormLog

__all__ = ["AsyncEscalationHandler", "EscalationHandler", "Escalations"]

_STORE = TypeVar("_STORE")

_KNOWN_MAJOR: Final = frozenset({"proposed", "accepted"})
_MICRO: Final = timedelta(microseconds=1)
PREFIX: Final = "escalation:"
"""How the keys of these timers begin; let a worker with several handlers tell them by it."""


@attrs.frozen(kw_only=True)
class Escalations:
    """Hold what escalates one ticket: its ladder, what was promised, and how late is too late.

    >>> from itsm_core.escalation import EscalationRule, Ladder, Notify, PriorityReached
    >>> from itsm_core.workers import Escalations
    >>> told = [Notify(target="person", name="ana")]
    >>> rule = EscalationRule(name="now", trigger=PriorityReached(priorities="P1"), actions=told)
    >>> gold = Escalations(ladder=Ladder(name="gold", rules=[rule]))
    >>> gold.ladder.name, gold.catch_up.mode  # after downtime, the highest level alone
    ('gold', 'collapse')
    """

    ladder: Ladder
    agreement: Agreements | None = None
    catch_up: CatchUp = COLLAPSE


class _Rules(Protocol):
    """Say what escalates a ticket; None where nothing does."""

    def __call__(self, ticket: Ticket, /) -> Escalations | None:
        """Return the ladder and the agreement of a ticket."""
        ...


class _Escalating(Generic[_STORE]):
    """Decide what is due on a ticket; how its history is read is the subclass's to say."""

    def __init__(
        self,
        *,
        store: _STORE,
        rules: _Rules,
        coverage: Coverage = NOBODY,
        priorities: Sequence[str] = (),
        tiers: Mapping[str, str] | None = None,
        source: str = "/desk",
        digest_every: timedelta | None = None,
    ) -> None:
        if digest_every is not None and digest_every <= timedelta(0):
            remedy = "write minutes(15), or leave it out"
            raise InvalidValue("not a window to gather messages in", digest_every, remedy)
        self._digest_us: Final = None if digest_every is None else digest_every // _MICRO
        self._store: Final = store
        self._rules: Final = rules
        self._coverage: Final = coverage
        self._priorities: Final = tuple(priorities)
        self._tiers: Final = dict(tiers or {})
        self._source: Final = source
        self._storms: Final = StormLog(self._ladder, coverage)

    def _ladder(self, ticket: Ticket) -> Ladder | None:
        escalations = self._rules(ticket)
        return None if escalations is None else escalations.ladder

    def timers(self, history: Sequence[TicketEvent], as_of: datetime) -> tuple[Timer, ...]:
        """Return the timer that a ticket needs after these events; none if nothing is to come.

        Pass the whole history, what is about to be appended included, and schedule the timer in
        the batch that appends it.

        Raises:
            InvalidValue: the history has no opening.
        """
        ticket, now = fold(history), self._now(history, as_of)
        escalations = self._rules(ticket)
        if escalations is None:
            return ()
        if escalations.ladder.has_storms and _is_just_opened(history):
            return self._timer(history, micros(now))  # the handler schedules what comes next
        return self._next(history, escalations, now, ())

    def _next(
        self,
        history: Sequence[TicketEvent],
        escalations: Escalations,
        now: datetime,
        stormy: Sequence[DueStep],
    ) -> tuple[Timer, ...]:
        """Return the timer for the next look at a ticket; `stormy` are its steps of storms."""
        ladder, agreement = escalations.ladder, escalations.agreement
        found = next_look(history, ladder, agreement, self._coverage, as_of=now)
        done = recorded(history)
        times = [each.again_us or micros(now) for each in stormy if each.key not in done]
        if found is not None:
            times.append(micros(found))
        return self._timer(history, min(times)) if times else ()

    def _timer(self, history: Sequence[TicketEvent], at_us: int) -> tuple[Timer, ...]:
        stream = history[0].ticket_id
        key = f"{PREFIX}{stream}:{len(history)}:{at_us}"
        return (Timer(key=key, stream=stream, due_at=at_us),)

    def _opened(self, history: tuple[TicketEvent, ...]) -> Escalations | None:
        """Return what escalates a ticket; None where it is none, or nothing does."""
        if not history or not isinstance(history[0], TicketOpened):
            return None
        return self._rules(fold(history))

    def _batch(
        self,
        timer: Timer,
        history: tuple[TicketEvent, ...],
        escalations: Escalations,
        stormy: Sequence[DueStep],
        now: datetime,
    ) -> Batch:
        """Return what is due on a ticket, and when to look again."""
        steps = due(
            history,
            escalations.ladder,
            escalations.agreement,
            self._coverage,
            until=now,
            catch_up=escalations.catch_up,
        )
        told, acting = self._effects(history, (*steps, *stormy), micros(now))
        following = self._next((*history, *told), escalations, now, stormy)
        schedule = [each for each in following if each.key != timer.key]
        gathered = {each.key: self._gathered(each, micros(now)) for each in acting}
        waiting = [each for each in gathered.values() if each is not None]
        messages = [
            self._message(each, micros(now)) for each in acting if gathered[each.key] is None
        ]
        return Batch(
            stream=timer.stream,
            events=told,
            expected_version=len(history),
            key=timer.key,
            intent=timer.key,
            messages=messages,
            schedule=(*schedule, *waiting),
        )

    def _now(self, history: Sequence[TicketEvent], as_of: datetime) -> datetime:
        """Return the instant of a look: a clock may be behind, but what happened has happened."""
        return instant(max(micros(as_of), *(each.occurred_us for each in history)))

    def _effects(
        self, history: tuple[TicketEvent, ...], steps: Sequence[DueStep], now_us: int
    ) -> tuple[tuple[TicketEvent, ...], tuple[Step, ...]]:
        """Return the events of the steps, named after their places, and the steps taken."""
        ticket = fold(history)
        holder = (ticket.group, ticket.assignee)
        told: list[TicketEvent] = []
        acting: list[Step] = []
        for each in steps:
            if each.outcome == "held":
                continue
            made = self._passed(each, now_us)
            if each.outcome == "act":
                step: Step | None = each.current
                if each.step.at_us < now_us and (ticket.group, ticket.assignee) != holder:
                    step = self._moved_on(each.current, ticket, now_us)
                if step is None:
                    continue
                made = self._taken(ticket, step, now_us)
                acting.append(step)
            for event in made:
                place = len(history) + len(told) + 1
                name = EventId(f"{ticket.ticket_id}#{place}")
                # As `decide` does it: the version before it, so that both count alike.
                told.append(attrs.evolve(event, event_id=name, sequence=place - 1))
            ticket = fold((*history, *told))
        return tuple(told), tuple(acting)

    def _moved_on(self, step: Step, ticket: Ticket, now_us: int) -> Step | None:
        """Return a late step for whoever has the ticket after the steps before it.

        None where they are not to be disturbed: then it is as if it had been held.
        """
        if not isinstance(step.action, Notify):
            return step
        holder, group, asker = ticket.assignee, ticket.group, ticket.requester
        found = self._coverage.reach(step.action, now_us, holder=holder, group=group, asker=asker)
        if found.at_us > now_us:
            return None
        return attrs.evolve(step, target=found.target, note=found.note)

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
        elif isinstance(action, ProposeMajorIncident) and ticket.major not in _KNOWN_MAJOR:
            proposed = MajorIncidentProposed(
                ticket_id=step.ticket_id, occurred_at=now_us, automatic=True, reason=step.why
            )
            return (taken, proposed)
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

    def _gathered(self, step: Step, now_us: int) -> Timer | None:
        """Return the timer with which a message waits for the end of its reader's window.

        None where it goes at once: what is no message, and what they could not read by then,
        because their quiet hours have begun or they are on call no longer.
        """
        window = self._digest_us
        if window is None or not _is_read(step):
            return None
        end = (now_us // window + 1) * window
        if not self._can_wait(step, end):
            return None
        action = step.action
        roster = action.name if isinstance(action, Notify) and action.target == "roster" else ""
        waits = isinstance(action, Notify) and not roster and action.respect_quiet_hours
        gathered = Gathered(key=step.key, waits=waits, data=self._data(step), roster=roster)
        return gathered.timer(f"{DIGEST_PREFIX}{_reader(step)}", end)

    def _can_wait(self, step: Step, end_us: int) -> bool:
        """Tell whether the reader of a message can be told as well at the end of a window."""
        action = step.action
        if not isinstance(action, Notify):
            return True
        kind, _, name = step.target.partition(" ")
        if kind == "person" and action.target != "roster":
            action = attrs.evolve(action, target="person", name=name)
        elif kind == "group":
            action = attrs.evolve(action, target="group", name=name)
        found = self._coverage.reach(action, end_us, holder="", group="", asker="")
        return found.at_us <= end_us and found.target in (step.target, "nobody")

    def _message(self, step: Step, now_us: int) -> OutboxMessage:
        return OutboxMessage(
            message_id=step.key,
            source=self._source,
            type="itsm.escalation.step",
            occurred_at=now_us,
            subject=step.ticket_id,
            data=json.dumps(self._data(step)),
        )

    def _data(self, step: Step) -> dict[str, object]:
        return {
            "ticket_id": step.ticket_id,
            "rule": step.rule,
            "level": step.level,
            "occurrence": step.occurrence,
            "action": str(step.action),
            "target": step.target,
            "why": step.why,
            "note": step.note,
            "text": step.text(),
        }


class EscalationHandler(_Escalating[EventStore]):
    """Do what is due on a ticket when its timer rings; a `TimerHandler`.

    A step taken is an `EscalationStepTaken`, with what it does to the ticket (another group,
    another priority) and a message in the outbox under the step's key: all of it in one append.
    Steps that are passed over are recorded, too. A message that is found late goes to whoever holds
    the ticket, or is on call, by now. Where a ladder has a rule about storms, each of its tickets
    rings once when it is opened, and whichever makes a storm tells it; for that the openings of the
    whole log are read, once.

    Args:
        store: where the tickets are.
        rules: what escalates a ticket; where a ladder has storms, asked of every ticket of the log
            as it was opened.
        coverage: who is reached when.
        priorities: all priorities, the highest first; `RaisePriority` needs them.
        tiers: which group a tier is; `EscalateToGroup(tier=...)` needs them.
        source: names this desk in the messages.
        digest_every: keep messages to people back until the end of such a window, for a
            `DigestHandler` to send them together; None sends each at once.

    Raises:
        InvalidValue: `digest_every` is no positive time.

    >>> import json
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.escalation import EscalationRule, Ladder, Notify, PriorityReached
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.workers import EscalationHandler, Escalations, PlannedStore, TimerWorker
    >>> told = [Notify(target="person", name="ana")]
    >>> rule = EscalationRule(name="now", trigger=PriorityReached(priorities="P1"), actions=told)
    >>> store, ladder = MemoryStore(), Ladder(name="gold", rules=[rule])
    >>> handler = EscalationHandler(store=store, rules=lambda ticket: Escalations(ladder=ladder))
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=0, priority="P1")
    >>> _ = PlannedStore(store, handler).append("INC-1", [opened], expected_version=0)
    >>> clock = ManualClock(opened.occurred_at)
    >>> TimerWorker(store=store, handle=handler, clock=clock).run_once().done
    1
    >>> [json.loads(each.message.data)["target"] for each in store.unsent()]
    ['person ana']
    """

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return what is due on the timer's ticket, and when to look again.

        Raises:
            InvalidValue: an action needs a tier, or a priority, that this handler was not given.
            StoreUnavailable: the store cannot answer.
        """
        history = _events(self._store.read(timer.stream))
        escalations = self._opened(history)
        if escalations is None:
            return ()
        now = self._now(history, max(as_of, timer.due_at))
        stormy: tuple[DueStep, ...] = ()
        if escalations.ladder.has_storms:
            while page := self._store.read_all(after=self._storms.position, limit=PAGE):
                self._storms.take(page)
            stormy = self._storms.due(history, micros(now))
        return (self._batch(timer, history, escalations, stormy, now),)


class AsyncEscalationHandler(_Escalating[AsyncEventStore]):
    """Do what is due on a ticket without holding an event loop up; an `AsyncTimerHandler`.

    It decides as `EscalationHandler` does, because it is the same code, and takes the same
    arguments, but for a store that is awaited.

    >>> import asyncio
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.escalation import EscalationRule, Ladder, Notify, PriorityReached
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.workers import AsyncEscalationHandler, Escalations
    >>> told = [Notify(target="person", name="ana")]
    >>> rule = EscalationRule(name="now", trigger=PriorityReached(priorities="P1"), actions=told)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=0, priority="P1")
    >>> store, gold = MemoryStore(), Escalations(ladder=Ladder(name="gold", rules=[rule]))
    >>> _ = store.append("INC-1", [opened], expected_version=0)
    >>> handler = AsyncEscalationHandler(store=in_threads(store), rules=lambda ticket: gold)
    >>> (timer,) = handler.timers([opened], opened.occurred_at)
    >>> (batch,) = asyncio.run(handler(timer, timer.due_at))
    >>> [event.target for event in batch.events]
    ['person ana']
    """

    async def __call__(self, timer: Timer, as_of: datetime, /) -> Iterable[Batch]:
        """Return what is due on the timer's ticket, and when to look again.

        The same errors as `EscalationHandler` has.
        """
        history = _events(await self._store.read(timer.stream))
        escalations = self._opened(history)
        if escalations is None:
            return ()
        now = self._now(history, max(as_of, timer.due_at))
        stormy: tuple[DueStep, ...] = ()
        if escalations.ladder.has_storms:
            while page := await self._store.read_all(after=self._storms.position, limit=PAGE):
                self._storms.take(page)
            stormy = self._storms.due(history, micros(now))
        return (self._batch(timer, history, escalations, stormy, now),)


def _events(stored: Iterable[StoredEvent]) -> tuple[TicketEvent, ...]:
    return tuple(each.event for each in stored)


def _is_just_opened(history: Sequence[TicketEvent]) -> bool:
    """Tell whether nothing was learned of a ticket after its opening."""
    known = max(each.recorded_us for each in history if isinstance(each, TicketOpened))
    return all(each.recorded_us <= known for each in history)


def _is_read(step: Step) -> bool:
    """Tell whether a step is a message to people; what else steps do is no matter of reading."""
    return isinstance(step.action, Notify | EscalateToRole)


def _reader(step: Step) -> str:
    action = step.action
    return f"role {action.role}" if isinstance(action, EscalateToRole) else step.target
