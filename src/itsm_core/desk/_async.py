"""The service desk on an event loop, and every decision of both desks.

`itsm_core.desk._sync` runs this very code on a store that never lets it wait.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.commands import Actor, Command, MigrateTicket, OpenTicket
from itsm_core.errors import CommandRefused, Conflict, Fault, NotFound
from itsm_core.events import TicketEvent
from itsm_core.ids import EventId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    TIMER,
    Allowed,
    Lifecycle,
    Migration,
    Ticket,
    TimedByLifecycle,
    TimedRules,
    TimedStep,
    decide,
    decide_migration,
    evolve,
    fold,
    lifecycle_named,
    timed_due,
    timed_of,
)
from itsm_core.links import LINK_RULES, Lacking, LinkRules, allowed_linked, decide_linked
from itsm_core.ports import (
    AppendResult,
    AsyncEventStore,
    Batch,
    Catalogue,
    Clock,
    IdSource,
    StoredEvent,
    checked_number,
)
from itsm_core.spans import instant, micros

if TYPE_CHECKING:
    from itsm_core.sla import Evaluation

__all__ = ["AsyncServiceDesk", "Handled"]

_ATTEMPTS: Final = 2
"""A second try meets a ticket that is one command further. Who loses twice in a row meets a crowd,
and is told so instead of waiting for his luck."""


@attrs.frozen(kw_only=True)
class Handled:
    """Say what a command led to: the ticket after it and the events that it caused.

    No events: the command asked for what was so already. `repeated`: the key was known; the
    events are those of the first time, the ticket is as it stands now.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.commands import Actor, OpenTicket
    >>> from itsm_core.desk import ServiceDesk
    >>> from itsm_core.policy import load_policy
    >>> clock = ManualClock(datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> desk = ServiceDesk(store=MemoryStore(), catalogue=load_policy("demo"), clock=clock)
    >>> wish = OpenTicket(ticket_id="INC-1", impact="high", urgency="low")
    >>> ana = Actor(person_id="ana", roles={"analyst"})
    >>> first, again = desk.handle(wish, ana, "mail-7"), desk.handle(wish, ana, "mail-7")
    >>> [type(event).__name__ for event in first.events], first.repeated
    (['TicketOpened'], False)
    >>> again.events == first.events, again.repeated
    (True, True)
    """

    ticket: Ticket
    events: tuple[TicketEvent, ...]
    repeated: bool = False
    linked: Mapping[TicketId, tuple[TicketEvent, ...]] = attrs.field(
        factory=dict[TicketId, tuple[TicketEvent, ...]], hash=False
    )
    """What happened to other tickets in the same step, by ticket; not told of a repeated call."""


class AsyncServiceDesk:
    """Handle commands on tickets and answer questions about them, without blocking an event loop.

    It decides as `ServiceDesk` does, because it is the same code. A call that is cancelled was
    carried out whole or not at all; send it again with its key.

    Args:
        store: where the facts are kept; `itsm_core.adapters.async_threads.in_threads` makes one
            of any store. The other arguments are those of `ServiceDesk`.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.async_threads import in_threads
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.commands import Actor, OpenTicket
    >>> from itsm_core.desk import AsyncServiceDesk
    >>> from itsm_core.policy import load_policy
    >>> policy, clock = load_policy("demo"), ManualClock(datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> wish = OpenTicket(ticket_id="INC-1", impact="high", urgency="high")
    >>> async def priority() -> str:
    ...     async with in_threads(MemoryStore()) as store:
    ...         desk = AsyncServiceDesk(store=store, catalogue=policy, clock=clock)
    ...         handled = await desk.handle(wish, Actor(person_id="ana", roles={"lead"}))
    ...         return handled.ticket.priority
    >>> asyncio.run(priority())
    'P1'
    """

    def __init__(
        self,
        *,
        store: AsyncEventStore,
        catalogue: Catalogue,
        clock: Clock,
        ids: IdSource | None = None,
        lifecycles: Iterable[Lifecycle] = (INCIDENT,),
        links: LinkRules = LINK_RULES,
        timed: TimedByLifecycle | None = None,
        migrations: Iterable[Migration] = (),
    ) -> None:
        self._store: Final = store
        self._catalogue: Final = catalogue
        self._clock: Final = clock
        self._ids: Final = ids
        self._lifecycles: Final = {(each.name, each.version): each for each in lifecycles}
        self._links: Final = links
        self._timed: Final = timed
        self._migrations: Final = tuple(migrations)

    async def handle(
        self,
        command: Command,
        actor: Actor,
        key: str | None = None,
        *,
        ask: Collection[str] = (),
        expected_version: int | None = None,
    ) -> Handled:
        """Carry out a command, all of it or nothing, on every ticket that it concerns.

        The same answers, retries and errors as `ServiceDesk.handle` has.
        """
        if expected_version is not None:
            checked_number("an expected version", expected_version, least=0)
        intent = None if key is None else _intent(command, actor, ask)
        attempt = 1
        while True:
            try:
                return await self._tried(
                    command,
                    actor,
                    frozenset(ask),
                    key=key,
                    intent=intent,
                    expected_version=expected_version,
                )
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1

    async def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket as it stands; `NotFound` if there is none."""
        return self._standing(fold(await self.history(ticket_id)))

    async def history(self, ticket_id: str) -> tuple[TicketEvent, ...]:
        """Return every event of a ticket in the order written; `NotFound` if there is none."""
        events = _events(await self._store.read(ticket_id))
        if not events:
            raise NotFound("ticket", ticket_id, "open it first, or check its id")
        return events

    async def allowed(self, ticket_id: str, actor: Actor) -> tuple[Allowed, ...]:
        """Return what the actor may do with a ticket now, and why not the rest.

        The same errors as `ServiceDesk.allowed` has.
        """
        own, history = TicketId(ticket_id), await self.history(ticket_id)
        histories, ticket = {own: history}, fold(history)
        self._lifecycle_of(ticket)
        tickets: dict[TicketId, Ticket | None] = {own: ticket}
        while True:
            found = allowed_linked(
                self._lifecycles.values(),
                tickets,
                own,
                actor=actor,
                at=self._now(*histories.values()),
                rules=self._links,
                matrix=self._catalogue.matrix,
                timed=self._timed,
            )
            if not isinstance(found, Lacking):
                return found
            await self._load(found, histories, tickets)

    async def run_timed(self, ticket_id: str, since: datetime) -> tuple[Handled, ...]:
        """Do what time alone does to a ticket (law L5), as far as it came due after `since`.

        The same steps and errors as `ServiceDesk.run_timed` has.
        """
        done: list[Handled] = []
        if self._timed is None:
            return ()
        lost = 0
        while True:
            history = await self.history(ticket_id)
            rules = timed_of(self._timed, fold(history).lifecycle)
            step = None if rules is None else await self._standing_step(history, rules, since)
            if step is None:
                return tuple(done)
            try:
                # A step is true of the history that it was found in, and of no other.
                handled = await self.handle(
                    step.command, TIMER, step.key, expected_version=len(history)
                )
            except Conflict:
                lost += 1
                if lost == _ATTEMPTS:
                    raise
            else:
                lost = 0
                done.append(handled)

    async def _standing_step(
        self, history: tuple[TicketEvent, ...], rules: TimedRules, since: datetime
    ) -> TimedStep | None:
        """Return the step that is due now, not overtaken and not yet done, if there is one."""
        for step in timed_due(history, rules, since, self._clock.now()):
            if step.is_overtaken:
                continue
            if await self._store.recall(history[0].ticket_id, step.key) is None:
                return step
        return None

    async def evaluate(self, ticket_id: str, as_of: datetime | None = None) -> Evaluation:
        """Judge a ticket's clocks by what was promised when, at `as_of` or now.

        The same errors as `ServiceDesk.evaluate` has. Judging computes and does not wait: a
        ticket with thousands of events holds the loop up for milliseconds.
        """
        # Deferred: handling commands needs no calendars.
        from itsm_core.desk._judging import judged

        history = await self.history(ticket_id)
        return judged(history, self._catalogue, self._clock.now() if as_of is None else as_of)

    async def _tried(
        self,
        command: Command,
        actor: Actor,
        ask: frozenset[str],
        *,
        key: str | None,
        intent: str | None,
        expected_version: int | None,
    ) -> Handled:
        """Load, fold, decide, append, once."""
        own = command.ticket_id
        histories = {own: _events(await self._store.read(own))}
        if key is not None:
            # Asked after reading: a key that is still unknown was not in what has been read.
            known = await self._store.recall(own, key, intent=intent)
            if known is not None:
                return await self._repeated(own, known)
        history = histories[own]
        if expected_version not in (None, len(history)):
            raise Conflict(own, str(expected_version), len(history))
        ticket = fold(history) if history else None
        decided, versions = await self._decided(command, actor, ask, ticket, histories)
        named = {
            each: self._named(each, len(histories[each]), events)
            for each, events in decided.items()
        }
        events = named.get(own, ())
        if named or key is not None:
            mine = Batch(
                stream=own, events=events, expected_version=len(history), key=key, intent=intent
            )
            # What was only looked at goes along without events, so that it is checked as well.
            others = [each for each in versions if each != own] if named else []
            result = await self._append(
                mine,
                *(
                    Batch(stream=each, events=named.get(each, ()), expected_version=versions[each])
                    for each in others
                ),
            )
            if result.repeated:  # the same call, at the same time, was a little faster
                return await self._repeated(own, result)
        for event in events:
            ticket = evolve(ticket, event)
        if ticket is None:
            raise NotFound("ticket", own, "open it first, or check its id")
        linked = {each: told for each, told in named.items() if each != own}
        return Handled(ticket=self._standing(ticket), events=events, linked=linked)

    async def _append(self, mine: Batch, *others: Batch) -> AppendResult:
        """Write a step, all of it or nothing; return what became of the first part."""
        if others:
            return (await self._store.append_many((mine, *others)))[0]
        return await self._store.append(
            mine.stream,
            mine.events,
            expected_version=mine.expected_version,
            key=mine.key,
            intent=mine.intent,
        )

    async def _decided(
        self,
        command: Command,
        actor: Actor,
        ask: frozenset[str],
        ticket: Ticket | None,
        histories: dict[TicketId, tuple[TicketEvent, ...]],
    ) -> tuple[Mapping[TicketId, tuple[TicketEvent, ...]], Mapping[TicketId, int]]:
        """Return what happens to which tickets, and the versions on which that rests.

        Raises:
            CommandRefused: the answer is no.
        """
        own = command.ticket_id
        if ticket is None or isinstance(command, OpenTicket | MigrateTicket):
            events = self._alone(command, actor, ticket, self._now(histories[own]))
            return ({own: events} if events else {}), {own: len(histories[own])}
        self._lifecycle_of(ticket)
        tickets: dict[TicketId, Ticket | None] = {own: ticket}
        while True:
            step = decide_linked(
                self._lifecycles.values(),
                tickets,
                command,
                actor=actor,
                at=self._now(*histories.values()),
                rules=self._links,
                ask=ask,
                matrix=self._catalogue.matrix,
                timed=self._timed,
            )
            if isinstance(step, CommandRefused):
                raise step
            if not isinstance(step, Lacking):
                return step.events, step.versions
            await self._load(step, histories, tickets)

    async def _load(
        self,
        lacking: Lacking,
        histories: dict[TicketId, tuple[TicketEvent, ...]],
        tickets: dict[TicketId, Ticket | None],
    ) -> None:
        """Look up the tickets without which a decision cannot be made."""
        for each in lacking.tickets:
            histories[each] = found = _events(await self._store.read(each))
            tickets[each] = fold(found) if found else None

    def _alone(
        self, command: Command, actor: Actor, ticket: Ticket | None, at: datetime
    ) -> tuple[TicketEvent, ...]:
        """Decide what concerns no other ticket: opening, migrating, and what has no ticket."""
        if ticket is not None and isinstance(command, MigrateTicket):
            migration = self._migration_of(ticket, command)
            decision = decide_migration(migration, ticket, command, actor=actor, at=at)
        else:
            lifecycle = self._opened_with(command) if ticket is None else self._lifecycle_of(ticket)
            matrix = self._catalogue.matrix
            decision = decide(lifecycle, ticket, command, actor=actor, at=at, matrix=matrix)
        if isinstance(decision, CommandRefused):
            raise decision
        return decision

    def _migration_of(self, ticket: Ticket, command: MigrateTicket) -> Migration:
        """Return the way to where the command leads, from where the ticket is or already there."""
        goal = (command.lifecycle, command.lifecycle_version)
        pinned = (ticket.lifecycle, ticket.lifecycle_version)
        ways = [
            each
            for each in self._migrations
            if (each.lifecycle_to.name, each.lifecycle_to.version) == goal
        ]
        for each in ways:
            if (each.lifecycle_from.name, each.lifecycle_from.version) == pinned:
                return each
        if pinned == goal and ways:
            return ways[0]
        which = f"{pinned[0]} version {pinned[1]} to {goal[0]} version {goal[1]}"
        raise NotFound("migration", which, "pass it to ServiceDesk in migrations=")

    async def _repeated(self, ticket_id: TicketId, known: AppendResult) -> Handled:
        """Return what the first call with the same key led to."""
        history = await self.history(ticket_id)
        events = history[known.first_version - 1 : known.last_version]
        return Handled(ticket=self._standing(fold(history)), events=events, repeated=True)

    def _standing(self, ticket: Ticket) -> Ticket:
        """Return a ticket as it stands now; the clock is asked only where time alone can matter."""
        return ticket if ticket.override is None else ticket.as_of(self._clock.now())

    def _now(self, *histories: tuple[TicketEvent, ...]) -> datetime:
        times = (event.occurred_us for history in histories for event in history)
        latest = max(times, default=None)
        now = self._clock.now()
        return now if latest is None or micros(now) >= latest else instant(latest)

    def _named(
        self, ticket_id: TicketId, version: int, events: tuple[TicketEvent, ...]
    ) -> tuple[TicketEvent, ...]:
        """Give each event the id by which it is known from now on (law S14)."""
        return tuple(
            attrs.evolve(
                event,
                event_id=EventId(self._ids.new_id() if self._ids else f"{ticket_id}#{number}"),
            )
            for number, event in enumerate(events, version + 1)
        )

    def _opened_with(self, command: Command) -> Lifecycle:
        """Return the newest version of the lifecycle that the ticket of a command would get.

        Raises:
            CommandRefused: the catalogue has none for tickets of this type, or the command is for
                a ticket that there is: without one no lifecycle has a word in it.
        """
        if not isinstance(command, OpenTicket):
            own = command.ticket_id
            message = f"ticket {own!r} does not exist"
            fault = Fault("ticket-missing", message, "ticket_id", own, "open it first")
            raise CommandRefused(type(command).__name__, own, (fault,))
        found = lifecycle_named(self._catalogue.lifecycle, command)
        if isinstance(found, CommandRefused):
            raise found
        newest = max((each for known, each in self._lifecycles if known == found), default=0)
        return self._given(found, newest)

    def _lifecycle_of(self, ticket: Ticket) -> Lifecycle:
        """Return the lifecycle that a ticket has pinned (law L4)."""
        return self._given(ticket.lifecycle, ticket.lifecycle_version)

    def _given(self, name: str, version: int) -> Lifecycle:
        lifecycle = self._lifecycles.get((name, version))
        if lifecycle is None:
            which = f"{name} version {version}" if version else name
            raise NotFound("lifecycle", which, "pass it to ServiceDesk in lifecycles=")
        return lifecycle


def _events(stored: tuple[StoredEvent, ...]) -> tuple[TicketEvent, ...]:
    return tuple(one.event for one in stored)


def _intent(command: Command, actor: Actor, ask: Collection[str]) -> str:
    """Return what a key stands for: who wants what. Roles may change between two tries."""
    wish: list[object] = [
        type(command).__name__,
        attrs.asdict(command),
        actor.person_id,
        actor.automatic,
    ]
    if ask:
        wish.append(sorted(ask))
    return json.dumps(wish, sort_keys=True, separators=(",", ":"))
