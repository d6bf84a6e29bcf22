"""The service desk: the only imperative part, and the only one that meets the clock and the store.

It does one thing in one order: load, fold, decide, append. A command that touches linked tickets
is decided and written with all of them as one step (law L6). What is true is decided in
`itsm_core.lifecycle` and judged in `itsm_core.sla`; nothing is kept here between two calls, so one
desk serves many threads, and any number of desks may share a store.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.commands import Actor, Command, MigrateTicket, OpenTicket
from itsm_core.errors import CommandRefused, Conflict, NotFound
from itsm_core.events import TicketEvent
from itsm_core.ids import EventId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    TIMER,
    Allowed,
    Lifecycle,
    Migration,
    Ticket,
    TimedRules,
    allowed,
    decide,
    decide_migration,
    evolve,
    fold,
    timed_due,
)
from itsm_core.links import LINK_RULES, Lacking, LinkRules, decide_linked
from itsm_core.ports import (
    AppendResult,
    Batch,
    Catalogue,
    Clock,
    EventStore,
    IdSource,
    StoredEvent,
)
from itsm_core.spans import instant, micros

if TYPE_CHECKING:
    from itsm_core.sla import Evaluation

__all__ = ["Handled", "ServiceDesk"]

_ATTEMPTS: Final = 2
"""A second try meets a ticket that is one command further. Who loses twice in a row meets a crowd,
and is told so instead of waiting for his luck."""


@attrs.frozen(kw_only=True)
class Handled:
    """Say what a command led to: the ticket after it and the events that it caused.

    No events: the command asked for what was so already. `repeated`: the key was known; the
    events are those of the first time, the ticket is as it stands now.
    """

    ticket: Ticket
    events: tuple[TicketEvent, ...]
    repeated: bool = False
    linked: Mapping[TicketId, tuple[TicketEvent, ...]] = attrs.field(
        factory=dict[TicketId, tuple[TicketEvent, ...]], hash=False
    )
    """What happened to other tickets in the same step, by ticket; not told of a repeated call."""


class ServiceDesk:
    """Handle commands on tickets and answer questions about them.

    Args:
        store: where the facts are kept.
        catalogue: what was promised; a `Policy` is one.
        clock: asked once for every try to handle a command.
        ids: names the events. Without one an event is named after its place, `INC-1#3`, which is
            as unique as the ticket's id is.
        lifecycles: those that tickets in the store follow, all versions of them. New tickets get
            the newest version of the one that the catalogue names.
        links: how tickets belong together and what follows from it.
        timed: until when a ticket at rest may be reopened; without it there is no window.
        migrations: the ways from one lifecycle, or version of it, to another.
    """

    def __init__(
        self,
        *,
        store: EventStore,
        catalogue: Catalogue,
        clock: Clock,
        ids: IdSource | None = None,
        lifecycles: Iterable[Lifecycle] = (INCIDENT,),
        links: LinkRules = LINK_RULES,
        timed: TimedRules | None = None,
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

    def handle(
        self, command: Command, actor: Actor, key: str | None = None, *, ask: Collection[str] = ()
    ) -> Handled:
        """Carry out a command, all of it or nothing, on every ticket that it concerns.

        If somebody else writes to one of them between reading and writing, the command is decided
        once more on the fresh tickets; a second conflict is raised. `ask` names the links whose
        propagations happen on demand: `{"problem"}` resolves the incidents of a problem with it.

        A `key` makes the call repeatable, after a lost answer for instance: the same command with
        the same key is carried out once. It is kept for a command that changed nothing as well,
        not for a refused one: that is decided anew.

        The command happens now, but never before the last event of its tickets, even if the clock
        was put back: the history stays in the order in which it was written.

        Raises:
            CommandRefused: the answer is no, with every reason (law L2); nothing was written.
            Conflict: others wrote to the ticket twice in a row; try again.
            KeyReused: the key came with another command or another person.
            NotFound: the ticket follows a lifecycle, or wants a migration, that this desk was not
                given.
            StoreUnavailable: the store cannot answer.
        """
        intent = None if key is None else _intent(command, actor, ask)
        attempt = 1
        while True:
            try:
                return self._tried(command, actor, frozenset(ask), key=key, intent=intent)
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
                attempt += 1

    def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket as it stands.

        An override of its priority that has ended by itself stands no more (law P3).

        Raises:
            NotFound: there is none.
        """
        return self._standing(fold(self.history(ticket_id)))

    def history(self, ticket_id: str) -> tuple[TicketEvent, ...]:
        """Return every event of a ticket, in the order in which they were written.

        Raises:
            NotFound: there is no such ticket.
        """
        events = _events(self._store.read(ticket_id))
        if not events:
            raise NotFound("ticket", ticket_id, "open it first, or check its id")
        return events

    def allowed(self, ticket_id: str, actor: Actor) -> tuple[Allowed, ...]:
        """Return what the actor may do with a ticket now, and why not the rest.

        Raises:
            NotFound: there is no such ticket, or this desk was not given its lifecycle.
        """
        ticket = self.ticket(ticket_id)
        return allowed(self._lifecycle_of(ticket), ticket, actor)

    def run_timed(self, ticket_id: str, since: datetime) -> tuple[Handled, ...]:
        """Do what time alone does to a ticket (law L5), as far as it came due after `since`.

        Call it at `next_timed`, or whenever; each step is done once, by `TIMER`. After downtime,
        what was overtaken meanwhile is not made up for. A step changes what is due after it, so
        they are found one by one.

        Raises:
            NotFound: there is no such ticket.
            NaiveDatetime: `since` has no time zone.
            CommandRefused: the lifecycle does not let the timer do it; see `TimedRules.faults_in`.
        """
        done: list[Handled] = []
        if self._timed is None:
            return ()
        while True:
            steps = timed_due(self.history(ticket_id), self._timed, since, self._clock.now())
            for step in steps:
                if not step.is_overtaken and self._store.recall(ticket_id, step.key) is None:
                    done.append(self.handle(step.command, TIMER, step.key))
                    break
            else:
                return tuple(done)

    def evaluate(self, ticket_id: str, as_of: datetime | None = None) -> Evaluation:
        """Judge a ticket's clocks under its agreement, at `as_of` or now.

        Events after `as_of` are not there yet: the answer is the one of that instant.

        Raises:
            NotFound: there is no such ticket, or no agreement promises it anything.
            NaiveDatetime: `as_of` has no time zone.
        """
        from itsm_core.sla import evaluate  # deferred: handling commands needs no calendars

        history = self.history(ticket_id)
        asked = self._clock.now() if as_of is None else as_of
        agreement = self._catalogue.agreement_for(fold(history).as_of(asked))
        if agreement is None:
            raise NotFound(
                "agreement for ticket", ticket_id, "nothing was promised; add one to the catalogue"
            )
        return evaluate(history, agreement, as_of=asked)

    def _tried(
        self,
        command: Command,
        actor: Actor,
        ask: frozenset[str],
        *,
        key: str | None,
        intent: str | None,
    ) -> Handled:
        """Load, fold, decide, append, once."""
        own = command.ticket_id
        histories = {own: _events(self._store.read(own))}
        if key is not None:
            # Asked after reading: a key that is still unknown was not in what has been read.
            known = self._store.recall(own, key, intent=intent)
            if known is not None:
                return self._repeated(own, known)
        history = histories[own]
        ticket = fold(history) if history else None
        decided, versions = self._decided(command, actor, ask, ticket, histories)
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
            result = self._append(
                mine,
                *(
                    Batch(stream=each, events=named.get(each, ()), expected_version=versions[each])
                    for each in others
                ),
            )
            if result.repeated:  # the same call, at the same time, was a little faster
                return self._repeated(own, result)
        for event in events:
            ticket = evolve(ticket, event)
        if ticket is None:
            raise NotFound("ticket", own, "open it first, or check its id")
        linked = {each: told for each, told in named.items() if each != own}
        return Handled(ticket=self._standing(ticket), events=events, linked=linked)

    def _append(self, mine: Batch, *others: Batch) -> AppendResult:
        """Write a step, all of it or nothing; return what became of the first part."""
        if others:
            return self._store.append_many((mine, *others))[0]
        return self._store.append(
            mine.stream,
            mine.events,
            expected_version=mine.expected_version,
            key=mine.key,
            intent=mine.intent,
        )

    def _decided(
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
            for each in step.tickets:
                histories[each] = found = _events(self._store.read(each))
                tickets[each] = fold(found) if found else None

    def _alone(
        self, command: Command, actor: Actor, ticket: Ticket | None, at: datetime
    ) -> tuple[TicketEvent, ...]:
        """Decide what concerns no other ticket: opening, migrating, and what has no ticket."""
        if ticket is not None and isinstance(command, MigrateTicket):
            migration = self._migration_of(ticket, command)
            decision = decide_migration(migration, ticket, command, actor=actor, at=at)
        else:
            lifecycle, matrix = self._lifecycle_of(ticket), self._catalogue.matrix
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

    def _repeated(self, ticket_id: TicketId, known: AppendResult) -> Handled:
        """Return what the first call with the same key led to."""
        history = self.history(ticket_id)
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

    def _lifecycle_of(self, ticket: Ticket | None) -> Lifecycle:
        """Return the lifecycle that a ticket has pinned (law L4), or that a new one gets."""
        if ticket is None:
            name = self._catalogue.lifecycle
            version = max((each for known, each in self._lifecycles if known == name), default=0)
        else:
            name, version = ticket.lifecycle, ticket.lifecycle_version
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
