"""From events to a script: when each clock started, paused and ended, by the number of the event.

One pass over the history (law S1). After each event every target's rules are asked, in the order
of law S6: reopen, stop, cancel, reset, start, resume, pause. No instants appear here: what happens
depends on which events came, in which order, and not on how long it took between them. So
histories of one kind share one script, and `Program` remembers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.sla._facts import DONE, Facts
from itsm_core.sla._program import ALL, BITS, CANCEL, PAUSE, RESET, RESUME, START, STOP, Program

End = Literal["", "stopped", "cancelled"]

LASTS: Final = -1
"""Stands for the number of an event that has not come."""

_ENDINGS: Final = STOP | CANCEL | RESET
_RESTS: Final = PAUSE | RESUME
NOTED: Final = frozenset(
    {
        "TicketAssigned",
        "PriorityChanged",
        "PriorityOverridden",
        "TimeExcluded",
        "BreachExplained",
        "CommitmentMade",
        "CommitmentKept",
        "CommitmentWithdrawn",
    }
)
"""The events that mean something beside what the rules make of them.

The end of an override alone means nothing: the priorities of what began are looked at as a whole.
"""


class CycleScript(NamedTuple):
    """Tell by which events a cycle began and ended, and which ends were undone by which."""

    start: int
    end: int
    ended: End
    gaps: tuple[tuple[int, int], ...]


class PauseScript(NamedTuple):
    """Tell by which events a pause began and ended, and for what."""

    start: int
    end: int
    label: str
    has_evidence: bool


class Script(NamedTuple):
    """Hold the cycles and pauses of every target, and the numbers of the events of `NOTED`."""

    tracks: tuple[tuple[tuple[CycleScript, ...], tuple[PauseScript, ...]], ...]
    noted: tuple[int, ...]


def fold(events: Sequence[TicketEvent], opening: TicketOpened, program: Program) -> Script:
    """Return what the rules of a program make of events in order, the opening first."""
    return _Fold(opening, program).script(events)


class _Cycle:
    """Follow one cycle."""

    __slots__ = ("end", "ended", "gaps", "rule", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = LASTS
        self.ended: End = ""
        self.rule = 0  # the flag of the rule that ended it
        self.gaps: list[tuple[int, int]] = []


class _Pause:
    """Follow one pause."""

    __slots__ = ("end", "has_evidence", "hold", "label", "start")

    def __init__(self, start: int, facts: Facts) -> None:
        self.start = start
        self.end = LASTS
        self.hold = facts.hold_reason
        self.label = facts.hold_reason or facts.category
        self.has_evidence = bool(facts.evidence)


class _Track:
    """Follow what one target's rules make of the events."""

    __slots__ = (
        "_can_resume",
        "_levels",
        "_reopen",
        "_shift",
        "cycles",
        "live",
        "paused",
        "pauses",
    )

    def __init__(self, place: int, program: Program) -> None:
        target = program.targets[place]
        self._reopen = target.reopen
        self._can_resume = target.rules.resume is not None
        self._shift = place * BITS
        self._levels = ~program.of(program.pulses, place) & ALL
        self.live: _Cycle | None = None
        self.cycles: list[_Cycle] = []
        self.paused: _Pause | None = None
        self.pauses: list[_Pause] = []

    def take(self, now: int, fresh: int, number: int, facts: Facts) -> int:
        """Apply the rules that hold after an event, in their order; `fresh` take effect now.

        Return the flags to look at after the next event, whatever it is: a condition that holds
        already where a cycle starts ends it then.
        """
        live, pending = self.live, 0
        if live is not None and now & _ENDINGS:
            if now & STOP:
                self._end(live, "stopped", STOP, number)
            elif now & CANCEL:
                self._end(live, "cancelled", CANCEL, number)
            elif fresh & RESET:
                self._end(live, "cancelled", RESET, number)
                self._start(number)
        if fresh & START and self.live is None:
            self._start(number)
            pending = (now & self._levels & (STOP | CANCEL)) << self._shift
        if now & _RESTS or self.paused is not None:
            self._rest(now, number, facts)
        return pending

    def _start(self, number: int) -> None:
        self.live = _Cycle(number)
        self.cycles.append(self.live)

    def _end(self, cycle: _Cycle, how: End, rule: int, number: int) -> None:
        cycle.end, cycle.ended, cycle.rule = number, how, rule
        self.live = None

    def _rest(self, now: int, number: int, facts: Facts) -> None:
        """Begin, go on with or end a pause; another hold reason is another pause."""
        paused = self.paused
        if self._can_resume:
            rests = not now & RESUME and (paused is not None or bool(now & PAUSE))
        else:
            rests = bool(now & PAUSE)
        if paused is not None:
            if rests and paused.hold == facts.hold_reason:
                return
            paused.end = number
            self.paused = None
        if rests:
            self.paused = _Pause(number, facts)
            self.pauses.append(self.paused)

    def reopen(self, now: int, number: int, done: int) -> None:
        """Undo the end that the ticket's own end brought, if it no longer holds (law S8).

        `done` is the number of the event that made the ticket done.
        """
        last = self.cycles[-1] if self.cycles and self.live is None else None
        if last is None or last.end != done or now & last.rule or self._reopen == "ignore":
            return
        if self._reopen == "new_cycle":
            self._start(number)
            return
        if self._reopen == "exclude_closed":
            last.gaps.append((last.end, number))
        last.end, last.ended, last.rule = LASTS, "", 0
        self.live = last

    def script(self) -> tuple[tuple[CycleScript, ...], tuple[PauseScript, ...]]:
        return (
            tuple(CycleScript(c.start, c.end, c.ended, tuple(c.gaps)) for c in self.cycles),
            tuple(PauseScript(p.start, p.end, p.label, p.has_evidence) for p in self.pauses),
        )


class _Fold:
    """Follow one history."""

    def __init__(self, opening: TicketOpened, program: Program) -> None:
        self._facts = Facts(opening)
        self._program = program
        self._tracks = [_Track(place, program) for place in range(len(program.targets))]

    def script(self, events: Sequence[TicketEvent]) -> Script:
        facts, program, tracks = self._facts, self._program, self._tracks
        was_done, done, hold, before, pending = False, LASTS, "", 0, 0
        noted: list[int] = []
        for number, event in enumerate(events):
            name = facts.take(event)
            if name in NOTED:
                noted.append(number)
            elif number and name == "TicketOpened":
                continue  # a ticket opens once
            flags = program.flags(facts)
            asked, pending = pending, 0
            if facts.hold_reason != hold:
                asked |= program.rests
                hold = facts.hold_reason
            is_done = facts.category in DONE
            if is_done and not was_done:
                done = number
            elif was_done and not is_done:
                asked = -1
                for place, track in enumerate(tracks):
                    track.reopen(program.of(flags, place), number, done)
            was_done = is_done
            for place, now, fresh in program.moves(before, flags, asked):
                pending |= tracks[place].take(now, fresh, number, facts)
            before = flags
        return Script(tuple(track.script() for track in tracks), tuple(noted))
