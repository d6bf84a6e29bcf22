"""Walk through a ticket's time and take every step of a ladder when it comes due (laws E1, E2).

One program answers both questions: a plan is what the walk does after `as_of` if nothing happens,
what is due is what it did in a span. It jumps from one instant to the next in closed form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Final

from itsm_core.escalation._actions import Notify
from itsm_core.escalation._coverage import Coverage, Reached
from itsm_core.escalation._rules import EscalationRule, Ladder
from itsm_core.escalation._steps import Step
from itsm_core.escalation._words import reason
from itsm_core.escalation._world import Cause, Window, World
from itsm_core.events import (
    EscalationAcknowledged,
    EscalationStepTaken,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
)
from itsm_core.ids import TicketId
from itsm_core.sla import Facts
from itsm_core.spans import END_OF_TIME, Pair

_MICRO: Final = timedelta(microseconds=1)


class Candidate:
    """Hold a step that may come: which action of which rule about what, and when at the soonest."""

    __slots__ = ("action", "cause", "from_us", "level", "occurrence", "reached", "why")

    def __init__(
        self, level: int, cause: Cause, action: int, occurrence: int, *, from_us: int, why: str
    ) -> None:
        """Take the places of rule and action, from 0; without `why` its trigger is waited for."""
        self.level = level
        self.cause = cause
        self.action = action
        self.occurrence = occurrence
        self.from_us = from_us
        self.why = why
        self.reached: Reached | None = None


_Entry = tuple[int, int, int, int, str, int, Candidate]
"""When, level, occurrence (the last first), action, subject, and a number that tells two apart."""


class Walk:
    """Walk through a history along a ladder, up to the end of its world."""

    def __init__(self, world: World, ladder: Ladder, ticket_id: TicketId) -> None:
        """Take what is walked through; `run` does the walking."""
        self._world = world
        self._ladder = ladder
        self._ticket_id = ticket_id
        self._holds: list[Pair] = []
        self._acks = [
            each.occurred_us for each in world.events if isinstance(each, EscalationAcknowledged)
        ]
        self._ends = _ends(world.events, world.coverage) if self._acks else []
        self._answered = _answered(world.events) if self._acks else []
        self._tests: Sequence[Callable[[object], bool] | None] = [
            None if each is None else each.for_class(Facts) for each in ladder.conditions
        ]
        self._waiting: list[_Entry] = []
        self._begun: set[tuple[int, str, int]] = set()
        self._latest: dict[tuple[int, str, int], int] = {}
        self._numbers = count()
        self._words = ladder.words
        self.taken: dict[str, tuple[Step, Candidate]] = {}

    def run(self) -> dict[str, tuple[Step, Candidate]]:
        """Return every step up to the world's end by its key, in the order in which they come.

        It ends: a key is taken once, and there are as many as rules, causes and their repeats give.
        """
        for level, rule in enumerate(self._ladder.rules):
            for cause in self._world.causes(rule.trigger):
                self._offer(level, cause, 1, from_us=self._world.opened_us, why="")
        number = 0
        while self._waiting or number < len(self._acks):
            if number < len(self._acks) and self._is_next(number):
                self._acknowledge(self._acks[number], self._ends[number])
                number += 1
                continue
            first = heappop(self._waiting)
            self._take(first[-1], first[0])
        return self.taken

    def _is_next(self, number: int) -> bool:
        """Tell whether an acknowledgement comes before the first step that waits.

        What happens at an instant comes before what is due at it, unless that was written down
        before: whoever answers at once has been told.
        """
        if not self._waiting:
            return True
        at, candidate = self._waiting[0][0], self._waiting[0][-1]
        if at != self._acks[number]:
            return at > self._acks[number]
        return self._key(candidate) not in self._answered[number]

    def _offer(self, level: int, cause: Cause, occurrence: int, *, from_us: int, why: str) -> None:
        for action in range(len(self._ladder.rules[level].actions)):
            candidate = Candidate(level, cause, action, occurrence, from_us=from_us, why=why)
            self._wait(candidate)

    def _wait(self, candidate: Candidate) -> None:
        """Put a candidate among the waiting, in the order in which they are taken.

        Of two occurrences at one instant the later is taken first, and silences the other.
        """
        at = self._found(candidate)
        if at is not None:
            level, subject = candidate.level, candidate.cause.subject
            place = (at, level, -candidate.occurrence, candidate.action, subject)
            heappush(self._waiting, (*place, next(self._numbers), candidate))

    def _acknowledge(self, at_us: int, end: int) -> None:
        """Hold the ladder back, as the rule says that spoke last before; `end` at the latest."""
        last = max(
            (step for step, _ in self.taken.values()),
            key=lambda step: (step.at_us, step.level),
            default=None,
        )
        if last is None:
            return  # nothing had been said yet
        held = self._ladder.rules[last.level - 1].acknowledged_for
        if held is not None:
            end = min(at_us + held // _MICRO, end)
        self._holds.append((at_us, end))
        waiting, self._waiting = self._waiting, []
        for entry in waiting:
            self._wait(entry[-1])

    # -- when -------------------------------------------------------------------------------------

    def _found(self, candidate: Candidate) -> int | None:
        """Return the first instant at which a candidate can be a step, None if there is none."""
        rule = self._ladder.rules[candidate.level]
        test, action = self._tests[candidate.level], rule.actions[candidate.action]
        at, note, world = candidate.from_us, "", self._world
        while True:
            found = _in_windows(candidate.cause.windows, at, is_early=bool(candidate.why))
            if found is None or found > world.until_us:
                return None
            at = found
            if test is not None:
                later = world.timeline.next_true(test, at)
                if later is None:
                    return None
                if later > at:
                    at = later
                    continue
            if self._holds and (held := self._after_holds(at)) > at:
                at = held
                continue
            if isinstance(action, Notify):
                reached = world.reach(action, at)
                if reached.at_us > at:
                    # Meanwhile somebody else may hold the ticket, or stand in.
                    at, note = world.next_change(at, reached.at_us), reached.note
                    continue
                candidate.reached = reached._replace(note=note) if note else reached
            return at

    def is_held_back(self, at: int) -> bool:
        """Tell whether somebody's acknowledgement holds the ladder back at an instant."""
        return self._after_holds(at) != at

    def holds(self, level: int, at: int) -> bool:
        """Tell whether the condition of a rule holds at an instant."""
        test = self._tests[level]
        return test is None or test(self._world.timeline.at(at).facts)

    def _after_holds(self, at: int) -> int:
        for low, high in self._holds:
            if low <= at < high:
                at = high
        return at

    # -- taking a step ----------------------------------------------------------------------------

    def _take(self, candidate: Candidate, at: int) -> None:
        cause, level, occurrence = candidate.cause, candidate.level, candidate.occurrence
        rule = self._ladder.rules[level]
        place = (level, cause.subject, candidate.action)
        if self._latest.get(place, 0) >= occurrence:
            return  # said already, or a later repeat has been
        self._latest[place] = occurrence
        key = self._key(candidate)
        self.taken[key] = (self._step(candidate, key, at), candidate)
        said = (level, cause.subject, occurrence)
        if said not in self._begun:
            self._begun.add(said)
            self._follow(candidate, rule, at)

    def _follow(self, candidate: Candidate, rule: EscalationRule, at: int) -> None:
        """Let the rule be repeated, and the next one act where nobody acknowledges."""
        cause, level = candidate.cause, candidate.level
        if rule.repeat_every is not None and candidate.occurrence <= rule.repeat_times:
            from_us = at + rule.repeat_every // _MICRO
            occurrence, why = candidate.occurrence + 1, candidate.why
            self._offer(level, cause, occurrence, from_us=from_us, why=why)
        if rule.acknowledge_within is None or level + 1 == len(self._ladder.rules):
            return
        end = at + rule.acknowledge_within // _MICRO
        key = self._key(candidate)
        if not any(
            at < each <= end or (each == at and key in self._answered[number])
            for number, each in enumerate(self._acks)
        ):
            why = f"nobody acknowledged {rule.name!r} within {self._words[level][1]}"
            self._offer(level + 1, cause, 1, from_us=end, why=why)

    def _key(self, candidate: Candidate) -> str:
        """Return what names the step of a candidate for ever."""
        version, subject = self._ladder.versions[candidate.level], candidate.cause.subject
        number = candidate.action + 1
        return f"{self._ticket_id}:{version}:{subject}:{candidate.occurrence}:{number}"

    def _step(self, candidate: Candidate, key: str, at: int) -> Step:
        rule = self._ladder.rules[candidate.level]
        action, reached = rule.actions[candidate.action], candidate.reached
        cause = candidate.cause
        return Step(
            at_us=at,
            key=key,
            ticket_id=self._ticket_id,
            rule=rule.name,
            level=candidate.level + 1,
            subject=cause.subject,
            occurrence=candidate.occurrence,
            action=action,
            target="" if reached is None else reached.target,
            why=candidate.why
            or self._words[candidate.level][0]
            or reason(rule.trigger, cause.what),
            note="" if reached is None else reached.note,
            reached_us=_reached(candidate, at),
        )


def _answered(events: Sequence[TicketEvent]) -> list[frozenset[str]]:
    """Return for each acknowledgement the steps that were written down before it."""
    told: set[str] = set()
    found: list[frozenset[str]] = []
    for event in events:
        if isinstance(event, EscalationStepTaken):
            told.add(event.key)
        elif isinstance(event, EscalationAcknowledged):
            found.append(frozenset(told))
    return found


def _ends(events: Sequence[TicketEvent], coverage: Coverage) -> list[int]:
    """Return until when each acknowledgement stands, unless its rule bounds it.

    Until the ticket is reopened, until whoever gave it, being its holder, gives the ticket away,
    or until they go away themselves: nobody takes up for good what another person has to do now.
    """
    ends: list[int] = []
    standing: list[tuple[int, str]] = []
    holder = ""
    for event in events:
        if isinstance(event, EscalationAcknowledged):
            standing.append((len(ends), event.actor))
            leaves = (low for low, _ in coverage.away(event.actor) if low > event.occurred_us)
            ends.append(min(leaves, default=END_OF_TIME))
        elif isinstance(event, TicketReopened):
            for number, _ in standing:
                ends[number] = min(ends[number], event.occurred_us)
        elif isinstance(event, TicketOpened | TicketAssigned):
            if holder and event.assignee != holder:
                for number, actor in standing:
                    if actor == holder:
                        ends[number] = min(ends[number], event.occurred_us)
            holder = event.assignee
    return ends


def _in_windows(windows: Iterable[Window], at_us: int, *, is_early: bool) -> int | None:
    """Return the first instant from one on in the windows; `is_early` does not wait for triggers.

    Where nobody acknowledged, the next rule acts although its own trigger has not been reached.
    """
    for window in windows:
        found = window.first(at_us if is_early else max(at_us, window.reached_us))
        if found is not None:
            return found
    return None


def _reached(candidate: Candidate, at: int) -> int:
    if candidate.why or candidate.occurrence > 1:
        return candidate.from_us
    # A step is found in a window.
    window = next(each for each in candidate.cause.windows if each.low_us <= at < each.high_us)
    return max(window.reached_us, window.low_us)
