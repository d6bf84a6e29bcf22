"""Which lifecycle a new ticket follows, and which timed rules a lifecycle has: one, or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from itsm_core.commands import OpenTicket
from itsm_core.errors import CommandRefused, Fault, did_you_mean
from itsm_core.lifecycle._timed import TimedRules

ANY_TYPE: Final = "*"
"""Stands for every type of ticket that is not named."""

LifecycleNames: TypeAlias = str | Mapping[str, str]
"""The name of the lifecycle of every new ticket, or a name for each type; "*" is every other."""

TimedByLifecycle: TypeAlias = TimedRules | Mapping[str, TimedRules]
"""The timed rules of every ticket, or those of each lifecycle by its name."""

_MOST_NAMED: Final = 20


def lifecycle_named(names: LifecycleNames, command: OpenTicket) -> str | CommandRefused:
    """Return the name of the lifecycle that a ticket would be opened with, or a refusal.

    One name is for every type. Of several, that of the ticket's type holds, or that of "*"; a type
    without either is refused with the types that there are. Case counts.

    >>> from itsm_core.commands import OpenTicket
    >>> from itsm_core.lifecycle import lifecycle_named
    >>> names = {"incident": "incident", "request": "service_request"}
    >>> wish = OpenTicket(ticket_id="T-1", ticket_type="request", impact="low", urgency="low")
    >>> lifecycle_named(names, wish)
    'service_request'
    >>> other = OpenTicket(ticket_id="T-2", ticket_type="requests", impact="low", urgency="low")
    >>> print(lifecycle_named(names, other))
    OpenTicket on ticket T-2 refused: ticket_type: no lifecycle is for tickets of type
        'requests' (known types: incident, request; did you mean 'request'?)
    """
    kind, known = command.ticket_type, types_of(names)
    found = name_for(names, kind)
    if found is not None:
        return found
    listed = ", ".join(known[:_MOST_NAMED]) or "none"
    more = len(known) - _MOST_NAMED
    listed += f" and {more} more" if more > 0 else ""
    near = did_you_mean(kind, known)
    message = f"no lifecycle is for tickets of type {kind!r}"
    remedy = f"known types: {listed}{near}"
    fault = Fault("unknown-ticket-type", message, "ticket_type", kind, remedy)
    return CommandRefused(type(command).__name__, command.ticket_id, (fault,))


def name_for(names: LifecycleNames, ticket_type: str) -> str | None:
    """Return the name of the lifecycle of a type of ticket, or None."""
    return names if isinstance(names, str) else names.get(ticket_type, names.get(ANY_TYPE))


def types_of(names: LifecycleNames) -> tuple[str, ...]:
    """Return the types that are named; none where one lifecycle is for all of them."""
    return () if isinstance(names, str) else tuple(each for each in names if each != ANY_TYPE)


def names_in(names: LifecycleNames) -> tuple[str, ...]:
    """Return the names of the lifecycles that new tickets follow, each once."""
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names.values()))


def timed_of(timed: TimedByLifecycle | None, lifecycle: str) -> TimedRules | None:
    """Return the timed rules that hold for tickets of a lifecycle; None if there are none.

    >>> from datetime import timedelta
    >>> from itsm_core.calendars import ALWAYS, WallTime
    >>> from itsm_core.lifecycle import TimedRules, timed_of
    >>> incidents = TimedRules(calendar=ALWAYS, close_after=WallTime(timedelta(days=3)))
    >>> print(timed_of({"incident": incidents}, "incident").close_after)
    72 h elapsed time
    >>> timed_of({"incident": incidents}, "task") is None
    True
    """
    return timed.get(lifecycle) if isinstance(timed, Mapping) else timed
