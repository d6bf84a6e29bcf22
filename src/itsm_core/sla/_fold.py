"""From events to cycles: when each clock of a ticket started, paused and ended (law S1).

One pass over the history. After each event every target's rules are asked, in the order of law S6:
reopen, stop, cancel, reset, start, resume, pause. What comes out are instants and labels; no
business time is counted here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Final, Literal

from itsm_core.events import (
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    TicketEvent,
    TimeExcluded,
    opened_first,
)
from itsm_core.overrides import effective_priorities
from itsm_core.sla._agreement import RESOLVED, ServiceLevelTarget
from itsm_core.sla._facts import DONE, Facts, opening_of
from itsm_core.sla._program import BITS, CANCEL, PAUSE, RESET, RESUME, START, STOP, Program
from itsm_core.sla._values import LedgerEntry

End = Literal["", "stopped", "cancelled"]

_ENDINGS: Final = STOP | CANCEL | RESET
_RESTS: Final = PAUSE | RESUME
_FEW: Final = 8  # pauses that are quicker looked through than searched
_start_of: Final = attrgetter("start_us")
_PRIORITIES: Final = frozenset({"PriorityChanged", "PriorityOverridden", "PriorityOverrideEnded"})
_NOTED: Final = _PRIORITIES | {
    "TicketOpened",
    "TicketAssigned",
    "TimeExcluded",
    "BreachExplained",
    "CommitmentMade",
    "CommitmentKept",
    "CommitmentWithdrawn",
}


class Cycle:
    """Hold one cycle of a clock: from when to when, how it ended, and when it was reopened."""

    __slots__ = ("end_us", "ended", "gaps", "number", "place", "rule", "start_us")

    def __init__(self, start_us: int, number: int) -> None:
        """Begin to run; `number` counts from 1."""
        self.start_us = start_us
        self.number = number
        self.end_us: int | None = None
        self.ended: End = ""
        self.rule = 0  # the flag of the rule that ended it
        self.place = -1  # of the event that ended it
        self.gaps: list[tuple[int, int]] = []  # between an end and the reopening that undid it

    def cancelled_at(self, at: int) -> Cycle:
        """Return the cycle as if it had been cancelled, with what came before."""
        cycle = Cycle(self.start_us, self.number)
        cycle.end_us, cycle.ended, cycle.gaps = at, "cancelled", self.gaps
        return cycle


class Pause:
    """Hold a stretch of a ticket's life in which a target's pause condition held."""

    __slots__ = ("end_us", "has_evidence", "hold", "is_closed", "label", "start_us")

    def __init__(self, start_us: int, hold: str, label: str, has_evidence: bool) -> None:
        """Begin; `label` is the hold reason, or the category where there is none."""
        self.start_us = start_us
        self.hold = hold
        self.label = label
        self.has_evidence = has_evidence
        self.is_closed = False  # the closed time that a reopening undid
        self.end_us: int | None = None

    @classmethod
    def closed(cls, start: int, end: int) -> Pause:
        """Return the closed time that a reopening undid, for which no evidence is asked."""
        pause = cls(start, "", RESOLVED, has_evidence=True)
        pause.end_us, pause.is_closed = end, True
        return pause


class Track:
    """Hold what one target's rules made of a history: its cycles, and its pauses through all."""

    __slots__ = ("_levels", "_place", "cycles", "live", "paused", "pauses", "target")

    def __init__(self, target: ServiceLevelTarget, place: int, levels: int) -> None:
        """Start before the first event, when every condition is false."""
        self.target = target
        self._place = place
        self._levels = levels
        self.live: Cycle | None = None
        self.cycles: list[Cycle] = []
        self.paused: Pause | None = None
        self.pauses: list[Pause] = []

    def take(self, now: int, fresh: int, story: Story, event: TicketEvent, place: int) -> None:
        """Apply the rules that hold after an event, in their order; `fresh` take effect now."""
        live = self.live
        if live is not None and now & _ENDINGS:
            if now & STOP:
                self._end(live, "stopped", STOP, event, place)
            elif now & CANCEL:
                self._end(live, "cancelled", CANCEL, event, place)
            elif fresh & RESET:
                self._end(live, "cancelled", RESET, event, place)
                self._start(story, event)
        if fresh & START and self.live is None:
            self._start(story, event)
            # What holds already at the start ends the cycle at the next event, whatever it is.
            story.pending |= (now & self._levels & (STOP | CANCEL)) << self._place * BITS
        if now & _RESTS or self.paused is not None:
            self._rest(now, story.facts, event.occurred_us)

    def _start(self, story: Story, event: TicketEvent) -> None:
        anchor, at = self.target.anchor, event.occurred_us
        if anchor == "registered":
            at = max(at, event.recorded_us)
        elif anchor == "opened":
            at = story.opened_us
        self.live = Cycle(at, len(self.cycles) + 1)
        self.cycles.append(self.live)

    def _end(self, cycle: Cycle, how: End, rule: int, event: TicketEvent, place: int) -> None:
        cycle.end_us, cycle.ended = event.occurred_us, how
        cycle.rule, cycle.place = rule, place
        self.live = None

    def _rest(self, now: int, facts: Facts, at: int) -> None:
        """Begin, go on with or end a pause; another hold reason is another pause."""
        paused = self.paused
        if self.target.rules.resume is None:
            rests = bool(now & PAUSE)
        else:
            rests = not now & RESUME and (paused is not None or bool(now & PAUSE))
        if paused is not None:
            if rests and paused.hold == facts.hold_reason:
                return
            paused.end_us = at
            self.paused = None
        if rests:
            hold = facts.hold_reason
            self.paused = Pause(at, hold, hold or facts.category, bool(facts.evidence))
            self.pauses.append(self.paused)

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

    def reopen(self, now: int, story: Story, event: TicketEvent, done: int) -> None:
        """Undo the end that the ticket's own end brought, if it no longer holds (law S8)."""
        at = event.occurred_us
        last = self.cycles[-1] if self.cycles and self.live is None else None
        policy = self.target.reopen
        if last is None or last.place != done or now & last.rule or policy == "ignore":
            return
        if policy == "new_cycle":
            self._start(story, event)
            return
        end = last.end_us
        if policy == "exclude_closed" and end is not None and end < at:
            last.gaps.append((end, at))
        last.end_us, last.ended, last.rule, last.place = None, "", 0, -1
        self.live = last


class Story:
    """Hold what a history means for the clocks of its ticket."""

    __slots__ = (
        "commitments",
        "exclusions",
        "explanations",
        "facts",
        "holders",
        "is_repriced",
        "now_us",
        "opened_us",
        "pending",
        "priorities",
        "strips",
        "ticket_id",
        "tracks",
    )

    def __init__(self, events: Sequence[TicketEvent], program: Program, now: int) -> None:
        """Fold events that are in order and have happened; see `evaluate` for what is refused."""
        opening = opening_of(events)
        self.ticket_id = opening.ticket_id
        self.opened_us = opening.occurred_us
        self.facts = Facts(opening)
        self.holders: list[tuple[int, str, str]] = [
            (self.opened_us, opening.group, opening.assignee)
        ]
        self.exclusions: list[TimeExcluded] = []
        self.explanations: list[BreachExplained] = []
        self.commitments: list[tuple[Cycle, CommitmentMade]] = []
        self.is_repriced = False
        self.strips: dict[int, list[LedgerEntry]] = {}  # by calendar, made when asked for
        self.now_us = now
        self.pending = 0  # flags of tracks that the next event must look at
        self.tracks = [
            Track(target, place, program.lasting(place))
            for place, target in enumerate(program.targets)
        ]
        if events[0] is not opening:
            events = opened_first(events)
        self._fold(events, program)
        self.priorities = [(self.opened_us, opening.priority)]
        if self.is_repriced:
            self.priorities = effective_priorities(events, now)

    @property
    def until_us(self) -> int:
        """Return up to when some cycle runs: how far a ledger can reach."""
        cycles = [cycle for track in self.tracks for cycle in track.cycles]
        cycles += [cycle for cycle, _ in self.commitments]
        return max(self.now_us if cycle.end_us is None else cycle.end_us for cycle in cycles)

    def _fold(self, events: Sequence[TicketEvent], program: Program) -> None:
        facts, tracks = self.facts, self.tracks
        take, flags_of, moves_of = facts.take, program.flags, program.moves
        was_done, done, hold, before = False, -1, "", 0
        for place, event in enumerate(events):
            name = take(event)
            if name in _NOTED:
                if place and name == "TicketOpened":
                    continue
                self._note(name, event)
            flags = flags_of(facts)
            asked, self.pending = self.pending, 0
            if facts.hold_reason != hold:
                asked |= program.pausing
                hold = facts.hold_reason
            is_done = facts.category in DONE
            if was_done is not is_done:
                was_done = is_done
                if is_done:
                    done = place
                else:
                    asked = -1
                    for track, target in zip(tracks, range(len(tracks)), strict=True):
                        track.reopen(program.of(flags, target), self, event, done)
            for target, now, fresh in moves_of(before, flags, asked):
                tracks[target].take(now, fresh, self, event, place)
            before = flags

    def _note(self, name: str, event: TicketEvent) -> None:
        """Keep what is not about one target."""
        facts, at = self.facts, event.occurred_us
        if name == "TicketAssigned":
            if self.holders[-1][0] == at and len(self.holders) > 1:
                self.holders.pop()  # who held it for no time did not hold it
            if self.holders[-1][1:] != (facts.group, facts.assignee):
                self.holders.append((at, facts.group, facts.assignee))
        elif name in _PRIORITIES:
            self.is_repriced = True
        elif isinstance(event, TimeExcluded):
            self.exclusions.append(event)
        elif isinstance(event, BreachExplained):
            self.explanations.append(event)
        elif isinstance(event, CommitmentMade):
            self.commitments.append((Cycle(at, len(self.commitments) + 1), event))
        elif isinstance(event, CommitmentKept | CommitmentWithdrawn):
            self._settle(event, at)

    def _settle(self, event: CommitmentKept | CommitmentWithdrawn, at: int) -> None:
        for cycle, made in self.commitments:
            if made.commitment_id == event.commitment_id and cycle.end_us is None:
                cycle.end_us = at
                cycle.ended = "stopped" if isinstance(event, CommitmentKept) else "cancelled"
