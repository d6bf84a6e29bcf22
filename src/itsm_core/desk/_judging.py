"""Which agreement of a desk's catalogue held for a ticket when, and the verdict under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import attrs

from itsm_core.errors import NotFound
from itsm_core.events import TicketEvent, TicketOpened, in_order, opened_first
from itsm_core.lifecycle import Ticket, evolve, fold
from itsm_core.ports import Catalogue, LifelongCatalogue
from itsm_core.sla import Evaluation, Regime, ServiceLevelAgreement
from itsm_core.sla._catalogue import judged_under
from itsm_core.spans import instant, micros

__all__ = ["judged"]

Ask = Callable[[Ticket], ServiceLevelAgreement | None]


def judged(history: tuple[TicketEvent, ...], catalogue: Catalogue, as_of: datetime) -> Evaluation:
    """Judge a ticket by what was promised to its requester at each time of its life.

    Raises:
        NotFound: nothing was promised up to `as_of`, or the ticket was opened later.
        AmbiguousAgreement: two agreements hold at once, and nothing says which.
        NaiveDatetime: `as_of` has no time zone.
    """
    turns: tuple[int, ...] = ()
    regimes: tuple[Regime, ...]
    if isinstance(catalogue, LifelongCatalogue):
        known = catalogue.catalogue
        regimes = known.regimes(history, as_of, kinds=("sla",)).get("sla", ())
        turns = known.turns_after(as_of)
    else:
        regimes = tuple(_asked(history, catalogue.agreement_for, micros(as_of)))
    if all(each.agreement is None for each in regimes):
        what, remedy = "agreement for ticket", "nothing was promised; add one to the catalogue"
        raise NotFound(what, history[0].ticket_id, remedy)
    evaluation = judged_under(history, regimes, as_of)
    return attrs.evolve(evaluation, turning_us=turns) if turns else evaluation


def _asked(history: Sequence[TicketEvent], ask: Ask, as_of_us: int) -> Iterator[Regime]:
    """Yield what a catalogue answers for the ticket as it stood, whenever that is another answer.

    Raises:
        NotFound: no event up to `as_of_us` opens the ticket.
    """
    held: ServiceLevelAgreement | None = None
    is_first = True
    for at, ticket in _standing(history, as_of_us):
        if not is_first and not ticket.category.is_open:
            continue  # what comes meanwhile takes effect at the reopening
        found = ask(ticket)
        if is_first or (found is not held and found != held):
            yield Regime(at, found, "the catalogue says so of the ticket as it stood")
            held = found
        is_first = False


def _standing(history: Sequence[TicketEvent], as_of_us: int) -> Iterator[tuple[int, Ticket]]:
    """Yield the ticket after each instant at which something changed, by itself included."""
    told = opened_first(in_order(each for each in history if each.occurred_us <= as_of_us))
    ticket: Ticket | None = None
    at = 0
    for event in told:
        if ticket is None:
            if not isinstance(event, TicketOpened):
                break
            ticket, at = fold((event,)), event.occurred_us
            continue
        if event.occurred_us > at:
            yield at, ticket
            yield from _expired(ticket, at, event.occurred_us)
            at = event.occurred_us
        ticket = evolve(ticket, event)
    if ticket is None:
        name = history[0].ticket_id if history else ""
        remedy = "no TicketOpened up to the instant asked for"
        raise NotFound("opening of ticket", name, remedy)
    yield at, ticket
    yield from _expired(ticket, at, as_of_us + 1)


def _expired(ticket: Ticket, since: int, until: int) -> Iterator[tuple[int, Ticket]]:
    """Yield the ticket without its override, if that ends by itself meanwhile (law P3)."""
    ends = None if ticket.override is None else ticket.override.expires_us
    if ends is not None and since < ends < until:
        yield ends, ticket.as_of(instant(ends))
