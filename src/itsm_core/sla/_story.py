"""A ticket's story: the script of its history with the instants put in, ready to be judged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from operator import attrgetter
from typing import Final

from itsm_core.events import (
    EVENT_TYPES,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    PriorityOverridden,
    TicketAssigned,
    TicketEvent,
    TicketReopened,
    TimeExcluded,
    opened_first,
)
from itsm_core.ids import TicketId
from itsm_core.overrides import effective_priorities, with_expiries
from itsm_core.sla._agreement import RESOLVED, ServiceLevelTarget
from itsm_core.sla._facts import opening_of
from itsm_core.sla._fold import LASTS, CycleScript, End, PauseScript
from itsm_core.sla._program import Program
from itsm_core.sla._values import LedgerEntry

_WITHOUT_EXPIRY: Final = frozenset(EVENT_TYPES) - {PriorityOverridden}
_FEW: Final = 8  # pauses that are quicker looked through than searched
_start_of: Final = attrgetter("start_us")
_occurred: Final = attrgetter("occurred_us")


class Cycle:
    """Hold one cycle of a clock: from when to when, how it ended, and when it was closed before."""

    __slots__ = ("end_us", "ended", "gaps", "start_us")

    def __init__(
        self, start_us: int, end_us: int | None, ended: End, gaps: Sequence[tuple[int, int]] = ()
    ) -> None:
        """Take the instants; `gaps` are closed times that a reopening undid."""
        self.start_us: int = start_us
        self.end_us: int | None = end_us
        self.ended: End = ended
        self.gaps: Sequence[tuple[int, int]] = gaps

    def cancelled_at(self, at: int) -> Cycle:
        """Return the cycle as if it had been cancelled, with what came before."""
        return Cycle(self.start_us, at, "cancelled", self.gaps)


class Pause:
    """Hold a stretch of a ticket's life in which a target's pause condition held.

    `label` is the hold reason, or the category where there is none. `is_closed` marks the closed
    time that a reopening undid, for which no evidence is asked.
    """

    __slots__ = ("end_us", "has_evidence", "is_closed", "label", "start_us")

    def __init__(
        self, start_us: int, end_us: int | None, label: str, *, has_evidence: bool, is_closed: bool
    ) -> None:
        """Take what is known of it; without an end it lasts."""
        self.start_us = start_us
        self.end_us = end_us
        self.label = label
        self.has_evidence = has_evidence
        self.is_closed = is_closed

    @classmethod
    def closed(cls, start: int, end: int) -> Pause:
        """Return the closed time between an end and the reopening that undid it."""
        return cls(start, end, RESOLVED, has_evidence=True, is_closed=True)


class Track:
    """Hold the cycles of one target's clock, and its pauses through all the ticket's life."""

    __slots__ = ("cycles", "pauses", "target")

    def __init__(
        self, target: ServiceLevelTarget, cycles: list[Cycle], pauses: list[Pause]
    ) -> None:
        """Take cycles and pauses in order."""
        self.target = target
        self.cycles = cycles
        self.pauses = pauses

    def pauses_in(self, start: int, end: int) -> Sequence[Pause]:
        """Return the pauses that touch a span, in order; they are disjoint."""
        pauses = self.pauses
        if not pauses or pauses[0].start_us > end:
            return ()
        last = pauses[-1]
        if last.end_us is not None and last.end_us < start:
            return ()
        if len(pauses) < _FEW:
            return pauses
        first = max(bisect_left(pauses, start, key=_start_of) - 1, 0)
        return pauses[first : bisect_right(pauses, end, key=_start_of)]


# Without slots, so that what only some questions need is worked out when they are asked.
class Story:
    """Hold what a history means for the clocks of its ticket."""

    def __init__(self, events: Sequence[TicketEvent], program: Program, now: int) -> None:
        """Read events that are in order and have happened; see `evaluate` for what is refused."""
        opening = opening_of(events)
        if events[0] is not opening:
            events = opened_first(events)
        sign = program.sign(events)
        if sign is None and not _WITHOUT_EXPIRY.issuperset(map(type, events)):
            events = with_expiries(events, now)
        self.ticket_id: TicketId = opening.ticket_id
        self.opened_us: int = opening.occurred_us
        self.now_us: int = now
        self._events = events
        self.priorities: list[tuple[int, str]] = [(self.opened_us, opening.priority)]
        self.holders: list[tuple[int, str, str]] = [
            (self.opened_us, opening.group, opening.assignee)
        ]
        self.exclusions: list[TimeExcluded] = []
        self.explanations: list[BreachExplained] = []
        self.commitments: list[tuple[Cycle, CommitmentMade]] = []
        self.strips: dict[int, list[LedgerEntry]] = {}  # by calendar, made when asked for
        script = program.script(sign, events, opening)
        at = list(map(_occurred, events))
        self.tracks: list[Track] = [
            Track(
                target,
                [self._cycle(target, cycle, at) for cycle in cycles],
                [_pause(pause, at) for pause in pauses],
            )
            for target, (cycles, pauses) in zip(program.targets, script.tracks, strict=True)
        ]
        is_repriced = False
        for number in script.noted:
            is_repriced = self._note(events[number]) or is_repriced
        if is_repriced:
            self.priorities = effective_priorities(events, now)

    def _cycle(self, target: ServiceLevelTarget, script: CycleScript, at: list[int]) -> Cycle:
        number, end, ended, gaps = script
        start = at[number]
        if target.anchor == "registered":
            start = max(start, self._events[number].recorded_us)
        elif target.anchor == "opened":
            start = self.opened_us
        closed = [(at[low], at[high]) for low, high in gaps if at[low] < at[high]] if gaps else ()
        return Cycle(start, None if end == LASTS else at[end], ended, closed)

    def _note(self, event: TicketEvent) -> bool:
        """Keep what is not about one target; tell whether it is about the priority."""
        if isinstance(event, TicketAssigned):
            self._hand_over(event)
        elif isinstance(event, TimeExcluded):
            self.exclusions.append(event)
        elif isinstance(event, BreachExplained):
            self.explanations.append(event)
        elif isinstance(event, CommitmentMade):
            self.commitments.append((Cycle(event.occurred_us, None, ""), event))
        elif isinstance(event, CommitmentKept | CommitmentWithdrawn):
            for cycle, made in self.commitments:
                if made.commitment_id == event.commitment_id and cycle.end_us is None:
                    cycle.end_us = event.occurred_us
                    cycle.ended = "stopped" if isinstance(event, CommitmentKept) else "cancelled"
        else:
            return True
        return False

    def _hand_over(self, event: TicketAssigned) -> None:
        at, holders = event.occurred_us, self.holders
        if holders[-1][0] == at and len(holders) > 1:
            holders.pop()  # who held it for no time did not hold it
        if holders[-1][1:] != (event.group, event.assignee):
            holders.append((at, event.group, event.assignee))

    def __getstate__(self) -> dict[str, object]:
        # Strips are found by the identity of a calendar, which does not survive pickling.
        return {**self.__dict__, "strips": {}}

    def as_of(self, now: int) -> Story:
        """Return the story as it is told later, for cycles that had ended before."""
        if now == self.now_us:
            return self
        story = copy(self)
        story.now_us = now
        return story

    @property
    def was_reopened(self) -> bool:
        """Tell whether the ticket was ever reopened."""
        return any(isinstance(event, TicketReopened) for event in self._events)

    @cached_property
    def until_us(self) -> int:
        """Return up to when some cycle runs: how far a ledger can reach."""
        cycles = [cycle for track in self.tracks for cycle in track.cycles]
        cycles += [cycle for cycle, _ in self.commitments]
        return max(self.now_us if cycle.end_us is None else cycle.end_us for cycle in cycles)


def _pause(script: PauseScript, at: list[int]) -> Pause:
    start, end, label, has_evidence = script
    end_us = None if end == LASTS else at[end]
    return Pause(at[start], end_us, label, has_evidence=has_evidence, is_closed=False)
