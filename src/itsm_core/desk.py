"""The service desk: the only imperative part, and the only one that meets the clock and the store.

It does one thing in one order: load, fold, decide, append. What is true is decided in
`itsm_core.lifecycle` and judged in `itsm_core.sla`; nothing is kept here between two calls, so one
desk serves many threads, and any number of desks may share a store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused, Conflict, NotFound
from itsm_core.events import TicketEvent
from itsm_core.ids import EventId, TicketId
from itsm_core.lifecycle import INCIDENT, Allowed, Lifecycle, Ticket, allowed, decide, evolve, fold
from itsm_core.ports import (
    AppendResult,
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
    """

    def __init__(
        self,
        *,
        store: EventStore,
        catalogue: Catalogue,
        clock: Clock,
        ids: IdSource | None = None,
        lifecycles: Iterable[Lifecycle] = (INCIDENT,),
    ) -> None:
        self._store: Final = store
        self._catalogue: Final = catalogue
        self._clock: Final = clock
        self._ids: Final = ids
        self._lifecycles: Final = {(each.name, each.version): each for each in lifecycles}

    def handle(self, command: Command, actor: Actor, key: str | None = None) -> Handled:
        """Carry out a command, all of it or nothing.

        If somebody else writes to the ticket between reading and writing, the command is decided
        once more on the fresh ticket; a second conflict is raised.

        A `key` makes the call repeatable, after a lost answer for instance: the same command with
        the same key is carried out once. It is kept for a command that changed nothing as well,
        not for a refused one: that is decided anew.

        The command happens now, but never before the last event of its ticket, even if the clock
        was put back: the history stays in the order in which it was written.

        Raises:
            CommandRefused: the answer is no, with every reason (law L2); nothing was written.
            Conflict: others wrote to the ticket twice in a row; try again.
            KeyReused: the key came with another command or another person.
            NotFound: the ticket follows a lifecycle that this desk was not given.
            StoreUnavailable: the store cannot answer.
        """
        intent = None if key is None else _intent(command, actor)
        attempt = 1
        while True:
            try:
                return self._tried(command, actor, key, intent)
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
        self, command: Command, actor: Actor, key: str | None, intent: str | None
    ) -> Handled:
        """Load, fold, decide, append, once."""
        stored = self._store.read(command.ticket_id)
        if key is not None:
            # Asked after reading: a key that is still unknown was not in what has been read.
            known = self._store.recall(command.ticket_id, key, intent=intent)
            if known is not None:
                return self._repeated(command.ticket_id, known)
        history = _events(stored)
        ticket = fold(history) if history else None
        decision = decide(
            self._lifecycle_of(ticket),
            ticket,
            command,
            actor=actor,
            at=self._now(history),
            matrix=self._catalogue.matrix,
        )
        if isinstance(decision, CommandRefused):
            raise decision
        events = self._named(command.ticket_id, len(history), decision)
        if events or key is not None:
            result = self._store.append(
                command.ticket_id, events, expected_version=len(history), key=key, intent=intent
            )
            if result.repeated:  # the same call, at the same time, was a little faster
                return self._repeated(command.ticket_id, result)
        for event in events:
            ticket = evolve(ticket, event)
        if ticket is None:
            raise NotFound("ticket", command.ticket_id, "open it first, or check its id")
        return Handled(ticket=self._standing(ticket), events=events)

    def _repeated(self, ticket_id: TicketId, known: AppendResult) -> Handled:
        """Return what the first call with the same key led to."""
        history = self.history(ticket_id)
        events = history[known.first_version - 1 : known.last_version]
        return Handled(ticket=self._standing(fold(history)), events=events, repeated=True)

    def _standing(self, ticket: Ticket) -> Ticket:
        """Return a ticket as it stands now; the clock is asked only where time alone can matter."""
        return ticket if ticket.override is None else ticket.as_of(self._clock.now())

    def _now(self, history: tuple[TicketEvent, ...]) -> datetime:
        latest = max((event.occurred_us for event in history), default=None)
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


def _intent(command: Command, actor: Actor) -> str:
    """Return what a key stands for: who wants what. Roles may change between two tries."""
    wish = [type(command).__name__, attrs.asdict(command), actor.person_id, actor.automatic]
    return json.dumps(wish, sort_keys=True, separators=(",", ":"))
