"""Who waits: open tickets by what they wait for, and those that nobody has touched for longest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from functools import partial
from typing import Final

from itsm_core.metrics._untold import Untold
from itsm_core.report._model import Waiter, Waiting
from itsm_core.report.judged import Judged, OpenTicket
from itsm_core.spans import micros

__all__ = ["OTHER", "held_by", "untouched", "waiting", "waits_for"]

_MOST_KINDS: Final = 8
OTHER: Final = "(other)"
_KNOWN: Final = {
    "awaiting_requester": "the requester",
    "awaiting_supplier": "a supplier",
    "awaiting_change": "a change",
    "awaiting_problem": "the solution of a problem",
}
_NOBODY: Final = "an owner"
_WORK: Final = "the owner’s work"
_UNTOLD: Final = "work (the log names no owner)"


def waits_for(ticket: OpenTicket, untold: Collection[Untold] = ()) -> str:
    """Return what has to come before an open ticket can go on, in a few words.

    Where the log tells of no owner at all, that a ticket has none says nothing.
    """
    if ticket.is_on_hold or ticket.hold_reason:
        reason = ticket.hold_reason
        named = reason.removeprefix("awaiting_").replace("_", " ")
        return _KNOWN.get(reason, named) or "on hold, for no stated reason"
    if ticket.assignee:
        return _WORK
    return _UNTOLD if "owners" in untold else _NOBODY


def waiting(judged: Judged, untold: Collection[Untold] = ()) -> tuple[Waiting, ...]:
    """Return the open tickets by what they wait for, the most first; of many kinds the last as one.

    The time is that since the ticket came into its present state, elapsed and not by any calendar:
    whoever waits at night waits, too.
    """
    return _grouped(judged, partial(waits_for, untold=untold))


def held_by(judged: Judged) -> tuple[Waiting, ...]:
    """Return the open tickets by the group that has them, counted as `waiting` counts them."""
    return _grouped(judged, _group)


def _group(ticket: OpenTicket) -> str:
    return ticket.group or "no group"


def _grouped(judged: Judged, kind: Callable[[OpenTicket], str]) -> tuple[Waiting, ...]:
    kinds: dict[str, list[int]] = {}
    as_of_us = micros(judged.as_of)
    for ticket in judged.backlog:
        kinds.setdefault(kind(ticket), []).append(max(0, as_of_us - ticket.since_us))
    ordered = sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0]))
    rest = [wait for _, waits in ordered[_MOST_KINDS:] for wait in waits]
    named = [*ordered[:_MOST_KINDS], *([(OTHER, rest)] if rest else [])]
    return tuple(_counted(name, sorted(waits)) for name, waits in named)


def _counted(name: str, waits: list[int]) -> Waiting:
    # The lower of two in the middle: half of them have waited at least as long.
    half = waits[len(waits) // 2 if len(waits) % 2 else len(waits) // 2 - 1]
    return Waiting(
        name=name,
        tickets=len(waits),
        half=timedelta(microseconds=half),
        longest=timedelta(microseconds=waits[-1]),
    )


def untouched(judged: Judged, most: int, untold: Collection[Untold] = ()) -> Iterable[Waiter]:
    """Yield the open tickets that no human has touched for longest; ties by id."""
    as_of_us = micros(judged.as_of)
    longest = sorted(judged.backlog, key=lambda ticket: (ticket.touched_us, ticket.ticket_id))
    for ticket in longest[:most]:
        yield Waiter(
            ticket_id=ticket.ticket_id,
            title=ticket.title,
            priority=ticket.priority,
            group=ticket.group,
            assignee=ticket.assignee,
            waits_for=waits_for(ticket, untold),
            age=timedelta(microseconds=max(0, as_of_us - ticket.opened_us)),
            untouched=timedelta(microseconds=max(0, as_of_us - ticket.touched_us)),
        )
