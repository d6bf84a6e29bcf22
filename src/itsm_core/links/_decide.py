"""Decide a command on a ticket among those that it is linked to, as one atomic step (law L6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused, Fault, InvalidValue, did_you_mean
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Lifecycle, Ticket, TimedByLifecycle
from itsm_core.links._branch import branch
from itsm_core.links._follow import follow
from itsm_core.links._merge import merge, redirect
from itsm_core.links._pairs import link, unlink
from itsm_core.links._types import LINK_RULES, LinkRules
from itsm_core.links._work import Lacking, LacksError, Step, TooManyError, Work
from itsm_core.priority import ITIL_MATRIX, PriorityRules


def decide_linked(
    lifecycles: Iterable[Lifecycle],
    tickets: Mapping[TicketId, Ticket | None],
    command: Command,
    *,
    actor: Actor,
    at: datetime,
    rules: LinkRules = LINK_RULES,
    ask: Collection[str] = (),
    matrix: PriorityRules = ITIL_MATRIX,
    timed: TimedByLifecycle | None = None,
) -> Step | Lacking | CommandRefused:
    """Return what a command causes on its ticket and on those linked to it; or why it may not be.

    `tickets` are those known so far, None for an id that no ticket has. If the answer depends on
    more, it is `Lacking`, with their ids. A refusal holds the reasons of every ticket concerned;
    those of another one are placed by its id. `ask` names the links whose propagations happen on
    demand only. `timed` are the rules of every ticket, or those of each lifecycle by its name.

    A ticket is opened by `itsm_core.lifecycle.decide`, and migrated by `decide_migration`: nothing
    is linked to either.

    Raises:
        InvalidValue: an argument is of another type than it should be; `ask` names no link whose
            propagation has to be asked for.
        NaiveDatetime: `at` has no time zone.
        NotFound: a ticket follows a lifecycle that was not passed.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, ResolveTicket
    >>> from itsm_core.events import TicketLinked, TicketOpened
    >>> from itsm_core.lifecycle import SHIPPED, fold
    >>> from itsm_core.links import decide_linked
    >>> at, ann = datetime(2026, 1, 5, 9, tzinfo=UTC), Actor(person_id="ann", roles={"analyst"})
    >>> def ticket(name, link, other):
    ...     told = TicketLinked(ticket_id=name, occurred_at=at, link=link, other=other)
    ...     return fold([TicketOpened(ticket_id=name, occurred_at=at), told])
    >>> tickets = {"INC-1": ticket("INC-1", "duplicated_by", "INC-2")}
    >>> wish = ResolveTicket(ticket_id="INC-1", resolution_code="fixed")
    >>> decide_linked(SHIPPED, tickets, wish, actor=ann, at=at)
    Lacking(tickets=('INC-2',))
    >>> tickets["INC-2"] = ticket("INC-2", "duplicate_of", "INC-1")
    >>> step = decide_linked(SHIPPED, tickets, wish, actor=ann, at=at)
    >>> [(name, events[0].state) for name, events in step.events.items()]
    [('INC-1', 'resolved'), ('INC-2', 'resolved')]
    """
    _check(command, rules, tickets, ask)
    known = {(each.name, each.version): each for each in lifecycles}
    if not known:
        raise InvalidValue("no lifecycle to decide by", lifecycles, "pass SHIPPED or your own")
    work = Work(
        lifecycles=known,
        snapshot=tickets,
        command=command,
        actor=actor,
        at=at,
        rules=rules,
        matrix=matrix,
        timed=timed,
        ask=frozenset(ask),
    )
    try:
        _dispatch(work, command)
    except LacksError as lacking:
        return Lacking(tickets=lacking.tickets)
    except TooManyError:
        work.reasons = [_too_many(command, rules)]
    if work.reasons:
        reasons = tuple(dict.fromkeys(work.reasons))
        return CommandRefused(type(command).__name__, command.ticket_id, reasons)
    return work.step()


def _check(command: object, rules: object, tickets: object, ask: Collection[str]) -> None:
    if not isinstance(command, Command):
        raise InvalidValue("not a Command", command, "pass one of itsm_core.commands")
    if isinstance(command, commands.OpenTicket | commands.MigrateTicket):
        remedy = "use itsm_core.lifecycle.decide, or decide_migration"
        raise InvalidValue("not decided among links", type(command).__name__, remedy)
    if not isinstance(rules, LinkRules):
        raise InvalidValue("not LinkRules", rules, "pass LINK_RULES or your own")
    if not isinstance(tickets, Mapping):
        raise InvalidValue("no mapping of tickets", tickets, "write {ticket.ticket_id: ticket}")
    if isinstance(ask, str):
        raise InvalidValue("a text is not a set of links", ask, f"write {{{ask!r}}}, with braces")
    askable = tuple(dict.fromkeys(each.link for each in rules.propagations if each.is_asked))
    for name in ask:
        if name not in askable:
            remedy = f"ask for {', '.join(askable) or 'nothing'}{did_you_mean(name, askable)}"
            raise InvalidValue("nothing to ask for by this link", name, remedy)


def _dispatch(work: Work, command: Command) -> None:
    match command:
        case commands.LinkTicket():
            link(work, command)
        case commands.UnlinkTicket():
            unlink(work, command)
        case commands.MergeTicket():
            merge(work, command)
        case commands.SplitTicket() | commands.OpenFollowUp():
            branch(work, command)
        case _:
            ticket = work.ticket(command.ticket_id)
            if isinstance(command, commands.ReceiveContact) and ticket and ticket.merged_into:
                redirect(work, command, ticket)
                return
            before = None if ticket is None else ticket.category
            if work.fire(command.ticket_id, command):
                follow(work, command.ticket_id, before)


def _too_many(command: Command, rules: LinkRules) -> Fault:
    message = f"the step concerns more than {rules.most_tickets} tickets"
    remedy = "unlink some, or raise most_tickets in the LinkRules"
    return Fault("too-many-tickets", message, "links", command.ticket_id, remedy)
