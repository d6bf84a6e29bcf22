"""One row a ticket: what its dates tell of its life, which is less than its history.

A list of tickets shows each as it is today, with the dates of a few steps. Between them nothing is
made up: who holds the ticket is known from its first step after the opening, not before, and a wait
that is over does not show. Title, category and priority are taken as they are today.
"""

from __future__ import annotations

from typing import Final

from itsm_core.errors import LogError
from itsm_core.interop._dates import DateReader, Moment
from itsm_core.interop._mapping import MappedState
from itsm_core.interop._rows import Row
from itsm_core.lifecycle import StateCategory

__all__ = ["milestones"]

_RESOLVED: Final = StateCategory.RESOLVED
_CLOSED: Final = StateCategory.CLOSED


def milestones(rows: list[Row], dates: DateReader) -> list[Row]:
    """Return a ticket's row as up to three: opened, resolved, and as it is today.

    A resolve date counts only if the ticket is resolved or closed today: on any other it is what
    is left of one that did not last.

    Raises:
        LogError: the ticket has more than one row.
    """
    row = rows[0]
    cells = row.cells
    if len(rows) > 1:
        what = "the ticket stands on more than one row"
        remedy = 'file.rows = "tickets" means one each; if each row is an update, use "snapshots"'
        raise LogError(what, f"{dates.path}:{rows[1].line}", cells.ticket, remedy)
    # An opening has no instant but its own; this is when it was known.
    known = [dates.read(cells.opened_at, row.line, "opened_at")]
    if cells.recorded_at:
        known.append(dates.read(cells.recorded_at, row.line, "recorded_at"))
    unheld = cells._replace(group="", assignee="")
    opened = row._replace(at=max(known, key=_instant), state=None, cells=unheld)
    category = row.state.category if row.state is not None else None
    done = [opened]
    if cells.resolved_at and category in {_RESOLVED, _CLOSED}:
        resolver = cells._replace(actor=cells.resolved_by or cells.actor)
        at = dates.read(cells.resolved_at, row.line, "resolved_at")
        state = row.state if category is _RESOLVED else _resolved(dates)
        done.append(row._replace(at=at, state=state, cells=resolver))
        if category is _RESOLVED:
            return done
    if cells.closed_at and category is _CLOSED:
        row = row._replace(at=dates.read(cells.closed_at, row.line, "closed_at"))
    return [*done, row]


def _resolved(dates: DateReader) -> MappedState:
    """Return the state in which a ticket is resolved, as the lifecycle calls it."""
    states = dates.mapping.lifecycle.states
    name = next(state.name for state in states if state.category is _RESOLVED)
    return MappedState(name, _RESOLVED)


def _instant(moment: Moment) -> int:
    return moment.utc_us
