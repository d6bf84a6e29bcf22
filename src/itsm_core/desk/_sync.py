"""The service desk of programs that wait for their store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Final

from itsm_core.commands import Actor, Command
from itsm_core.desk._async import AsyncServiceDesk, Handled
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.lifecycle import INCIDENT, Allowed, Lifecycle, Migration, Ticket, TimedByLifecycle
from itsm_core.links import LINK_RULES, LinkRules
from itsm_core.ports import Catalogue, Clock, EventStore, IdSource
from itsm_core.ports._at_once import AtOnce, at_once

if TYPE_CHECKING:
    from itsm_core.sla import Evaluation

__all__ = ["ServiceDesk"]


class ServiceDesk:
    """Handle commands on tickets and answer questions about them.

    Args:
        store: where the facts are kept.
        catalogue: what was promised; a `Policy` is one.
        clock: asked once for every try to handle a command.
        ids: names the events. Without one an event is named after its place, `INC-1#3`, which is
            as unique as the ticket's id is.
        lifecycles: those that tickets in the store follow, all versions of them. New tickets get
            the newest version of the one that the catalogue names for their type; whatever comes
            later keeps to what the ticket was opened with.
        links: how tickets belong together and what follows from it.
        timed: what time alone does, and until when a ticket at rest may be reopened: the rules of
            every ticket, or those of each lifecycle by its name, as in `Policy.timed`. Without
            rules there is no window.
        migrations: the ways from one lifecycle, or version of it, to another.

    Raises:
        InvalidValue: the store is an asynchronous one; `AsyncServiceDesk` is for it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.commands import Actor, OpenTicket
    >>> from itsm_core.desk import ServiceDesk
    >>> from itsm_core.policy import load_policy
    >>> clock = ManualClock(datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> desk = ServiceDesk(store=MemoryStore(), catalogue=load_policy("demo"), clock=clock)
    >>> wish = OpenTicket(
    ...     ticket_id="INC-1", service="warehouse-interface", impact="high", urgency="high"
    ... )
    >>> desk.handle(wish, Actor(person_id="ana", roles={"analyst"})).ticket.priority
    'P1'
    >>> print(desk.evaluate("INC-1")["resolution"].due_at)
    2026-05-12 13:00:00+00:00
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
        timed: TimedByLifecycle | None = None,
        migrations: Iterable[Migration] = (),
    ) -> None:
        if iscoroutinefunction(store.read):
            remedy = "use AsyncServiceDesk, or the store's synchronous form"
            raise InvalidValue("a ServiceDesk cannot await its store", store, remedy)
        self._desk: Final = AsyncServiceDesk(
            store=AtOnce(store),
            catalogue=catalogue,
            clock=clock,
            ids=ids,
            lifecycles=lifecycles,
            links=links,
            timed=timed,
            migrations=migrations,
        )

    def handle(
        self,
        command: Command,
        actor: Actor,
        key: str | None = None,
        *,
        ask: Collection[str] = (),
        expected_version: int | None = None,
    ) -> Handled:
        """Carry out a command, all of it or nothing, on every ticket that it concerns.

        If somebody else writes to one of them between reading and writing, the command is decided
        once more on the fresh tickets; a second conflict is raised. `ask` names the links whose
        propagations happen on demand: `{"problem"}` resolves the incidents of a problem with it.

        A `key` makes the call repeatable, after a lost answer for instance: the same command with
        the same key is carried out once. It is kept for a command that changed nothing as well,
        not for a refused one: that is decided anew.

        `expected_version` is the version at which whoever sends the command has seen the ticket,
        0 if he has seen none: at any other one the command is not decided at all. It does not
        matter to a repeated call.

        The command happens now, but never before the last event of its tickets, even if the clock
        was put back: the history stays in the order in which it was written.

        Raises:
            CommandRefused: the answer is no, with every reason (law L2); nothing was written. So
                is a ticket of a type for which the catalogue names no lifecycle.
            Conflict: others wrote to the ticket twice in a row, try again; or it is at another
                version than `expected_version`, look at it again.
            InvalidValue: `expected_version` is no version.
            KeyReused: the key came with another command or another person.
            NotFound: the ticket follows a lifecycle, or wants a migration, that this desk was not
                given.
            StoreUnavailable: the store cannot answer.
        """
        return at_once(
            self._desk.handle(command, actor, key, ask=ask, expected_version=expected_version)
        )

    def ticket(self, ticket_id: str) -> Ticket:
        """Return a ticket as it stands.

        An override of its priority that has ended by itself stands no more (law P3).

        Raises:
            NotFound: there is none.
        """
        return at_once(self._desk.ticket(ticket_id))

    def history(self, ticket_id: str) -> tuple[TicketEvent, ...]:
        """Return every event of a ticket, in the order in which they were written.

        Raises:
            NotFound: there is no such ticket.
        """
        return at_once(self._desk.history(ticket_id))

    def allowed(self, ticket_id: str, actor: Actor) -> tuple[Allowed, ...]:
        """Return what the actor may do with a ticket now, and why not the rest.

        As `handle` would decide now: windows and overrides that are over are over, and followers
        that are open block what they block.

        Raises:
            NotFound: there is no such ticket, or this desk was not given its lifecycle, or that of
                a ticket that follows it.
        """
        return at_once(self._desk.allowed(ticket_id, actor))

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
        return at_once(self._desk.run_timed(ticket_id, since))

    def evaluate(self, ticket_id: str, as_of: datetime | None = None) -> Evaluation:
        """Judge a ticket's clocks by what was promised when, at `as_of` or now.

        Another agreement, because the ticket was reclassified, is another promise from then on:
        what the earlier one made of its clocks stays (laws S4, S7, S13). It is what `evaluate_all`
        says of the same history and catalogue for agreements with requesters. Events after `as_of`
        are not there yet: the answer is the one of that instant.

        Raises:
            NotFound: there is no such ticket, or no agreement promises it anything.
            AmbiguousAgreement: two agreements of the catalogue hold at once.
            NaiveDatetime: `as_of` has no time zone.
        """
        return at_once(self._desk.evaluate(ticket_id, as_of))
