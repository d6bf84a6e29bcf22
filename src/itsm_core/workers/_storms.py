"""Storms on timers: who opens the ticket that makes one finds it in the log of all (law E1).

What counts is the order of the log, which is the same for every worker and at every time: so two
workers, or one that was down for a night, find the same storms.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Final, Protocol

from itsm_core.escalation import Coverage, DueStep, Ladder, Notify, Step, StormWatch, recorded
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Ticket, fold
from itsm_core.ports import EventStore

__all__ = ["StormLog"]

_AT_ONCE: Final = 1_000


class _Ladders(Protocol):
    """Say which ladder a ticket has; None where nothing escalates."""

    def __call__(self, ticket: Ticket, /) -> Ladder | None:
        """Return the ladder of a ticket as it is opened."""
        ...


class StormLog:
    """Read the openings of all tickets in the order of the log, and say which began a storm.

    What was read is kept, so that each event is read once; the first question reads all there is.
    """

    def __init__(self, store: EventStore, ladders: _Ladders, coverage: Coverage) -> None:
        self._store: Final = store
        self._ladders: Final = ladders
        self._coverage: Final = coverage
        self._watch: Final = StormWatch(coverage)
        self._begun: Final[dict[TicketId, tuple[Step, ...]]] = {}
        self._position = 0
        self._lock: Final = Lock()

    def due(self, history: Sequence[TicketEvent], now_us: int) -> tuple[DueStep, ...]:
        """Return the steps of storms that a ticket began and of which it has no record yet.

        `held` are those whose time has not come, or whose reader is not to be disturbed by now.

        Raises:
            StoreUnavailable: the store cannot answer.
        """
        ticket, done = fold(history), recorded(history)
        steps = self._steps(ticket.ticket_id)
        return tuple(self._judged(each, ticket, now_us) for each in steps if each.key not in done)

    def _judged(self, step: Step, ticket: Ticket, now_us: int) -> DueStep:
        if step.at_us > now_us:
            return DueStep(step=step, outcome="held", again_us=step.at_us)
        if step.at_us == now_us or not isinstance(step.action, Notify):
            return DueStep(step=step, outcome="act")
        holder, group, asker = ticket.assignee, ticket.group, ticket.requester
        reached = self._coverage.reach(step.action, now_us, holder=holder, group=group, asker=asker)
        if reached.at_us > now_us:
            return DueStep(step=step, outcome="held", again_us=reached.at_us)
        return DueStep(step=step, outcome="act", reached=reached)

    def _steps(self, ticket_id: TicketId) -> tuple[Step, ...]:
        """Read on to the end of the log, and return what a ticket's opening began."""
        with self._lock:
            while found := self._store.read_all(after=self._position, limit=_AT_ONCE):
                for event in (each.event for each in found):
                    if isinstance(event, TicketOpened):
                        self._see(event)
                self._position = found[-1].position
            return self._begun.get(ticket_id, ())

    def _see(self, opening: TicketOpened) -> None:
        ladder = self._ladders(fold((opening,)))
        if ladder is not None and ladder.has_storms:
            steps = self._watch.steps(opening, ladder)
            if steps:
                self._begun[opening.ticket_id] = steps
