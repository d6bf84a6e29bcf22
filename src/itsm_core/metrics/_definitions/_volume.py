"""Volume: what came in, when it happened and not when it was typed in (laws D2, M3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from itsm_core.metrics._definitions._ask import Answer, Ask, key_of, sorted_parts
from itsm_core.metrics._definitions._contacts import contact_part
from itsm_core.metrics._definitions._measures import Volume
from itsm_core.metrics._definitions._result import Figure, Part, Population
from itsm_core.metrics._proportions import poisson_interval

__all__ = ["measure_volume"]

_OF_TICKETS: Final = frozenset({"category", "label", "priority"})
"""What a contact has of its ticket; without a ticket it has none of it."""


def measure_volume(measure: Volume, ask: Ask) -> Answer:
    """Return how much came in, with the interval of the rate behind the count."""
    honest: dict[str, int] = {}
    shown: dict[str, int] = {}
    for name, is_true, is_shown in _tickets(ask) if measure.of == "tickets" else _contacts(ask):
        honest[name] = honest.get(name, 0) + is_true
        shown[name] = shown.get(name, 0) + is_shown
    count = sum(honest.values())
    what = "tickets opened" if measure.of == "tickets" else "contacts of people"
    parts = [
        Part(name=name, honest=_counted(number), dashboard=_told(shown[name]))
        for name, number in honest.items()
    ]
    return Answer(
        population=Population(
            rule=ask.rule(f"{what} in the window"), cases=count, ended=count, open=0
        ),
        honest=_counted(count),
        dashboard=_told(sum(shown.values())),
        parts=sorted_parts(parts) if ask.metric.by else (),
    )


def _counted(number: int) -> Figure:
    interval = poisson_interval(number)
    return Figure(value=number, unit="count", cases=number, interval=interval)


def _told(number: int) -> Figure:
    return Figure(value=number, unit="count", cases=number)


def _tickets(ask: Ask) -> Iterator[tuple[str, bool, bool]]:
    """Yield each ticket: whether it happened in the window, whether it was registered in it."""
    window, by = ask.window, ask.metric.by
    for case in ask.cases():
        happened, told = window.has(case.opened_us), window.has(case.opened.recorded_us)
        if happened or told:
            yield key_of(case, case.opened_us, by), happened, told


def _contacts(ask: Ask) -> Iterator[tuple[str, bool, bool]]:
    """Yield each contact of a human, and whether it is one that a dashboard sees: a new ticket.

    Contact records are counted where the log has them, and else what tickets tell of contacts. By
    channel is by the channel of the contact, not of the ticket.
    """
    if ask.log.contacts:
        yield from _records(ask)
        return
    window, by = ask.window, ask.metric.by
    for case in ask.cases():
        opened = case.opened
        first = (case.opened_us, opened.channel)
        contacts: Sequence[tuple[int, str]] = case.contacts
        if not opened.automatic and first not in contacts:
            contacts = (first, *contacts)
        for at_us, channel in contacts:
            if window.has(at_us):
                name = channel if by == "channel" else key_of(case, at_us, by)
                yield name, True, (at_us, channel) == first


def _records(ask: Ask) -> Iterator[tuple[str, bool, bool]]:
    is_any = ask.metric.where is None
    by = ask.metric.by
    tickets = {case.ticket_id: case for case in ask.cases()}
    met: set[str] = set()
    for each in ask.log.contacts:
        if each.automatic or not ask.window.has(each.offered_us):
            continue
        ticket = each.registered_as
        if is_any or ticket in tickets:
            is_first = ticket in tickets and ticket not in met  # it opened the ticket
            met.add(ticket)
            case = tickets.get(ticket) if by in _OF_TICKETS else None
            name = contact_part(each, by) if case is None else key_of(case, each.offered_us, by)
            yield name, True, is_first
