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
from itsm_core.ports import StoredEvent

__all__ = ["PAGE", "StormLog"]

PAGE: Final = 1_000
"""How many events of the log are read at once."""


class _Ladders(Protocol):
    """Say which ladder a ticket has; None where nothing escalates."""

    def __call__(self, ticket: Ticket, /) -> Ladder | None:
        """Return the ladder of a ticket as it is opened."""
        ...


class StormLog:
    """See the openings of all tickets in the order of the log, and say which began a storm.

    Whoever has a store reads on from `position` to the end and hands the pages to `take`, before
    each question; the first time, that is all there is. What was seen is kept.
    """

    def __init__(self, ladders: _Ladders, coverage: Coverage) -> None:
        self._ladders: Final = ladders
        self._coverage: Final = coverage
        self._watch: Final = StormWatch(coverage)
        self._begun: Final[dict[TicketId, tuple[Step, ...]]] = {}
        self._position = 0
        self._lock: Final = Lock()

    @property
    def position(self) -> int:
        """Return up to where the log was seen."""
        return self._position

    def take(self, page: Sequence[StoredEvent]) -> None:
        """See a page of the log; what another thread or task has seen meanwhile is left out.

        What the ladders raise comes out; that opening and those after it are not seen yet.
        """
        with self._lock:
            for each in page:
                if each.position > self._position:
                    self._see(each)

    def due(self, history: Sequence[TicketEvent], now_us: int) -> tuple[DueStep, ...]:
        """Return the steps of storms that a ticket began and of which it has no record yet.

        `held` are those whose time has not come, or whose reader is not to be disturbed by now.
        """
        ticket, done = fold(history), recorded(history)
        steps = self._begun.get(ticket.ticket_id, ())
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

    def _see(self, stored: StoredEvent) -> None:
        opening = stored.event
        if not isinstance(opening, TicketOpened):
            self._position = stored.position
            return
        ladder = self._ladders(fold((opening,)))
        # Not before the caller has answered: an opening whose ladder is not known is seen again.
        # Not after it is counted either: it would count twice.
        self._position = stored.position
        if ladder is not None and ladder.has_storms:
            steps = self._watch.steps(opening, ladder)
            if steps:
                self._begun[opening.ticket_id] = steps
