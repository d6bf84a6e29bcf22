"""What was so on a ticket between its events: the facts that rules and triggers look at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from copy import copy
from typing import Final

from itsm_core.events import (
    AnswerSent,
    CommitmentHandedOver,
    ContactReceived,
    EscalationAcknowledged,
    EscalationAskedFor,
    EscalationStepPassed,
    EscalationStepTaken,
    NudgeSent,
    TicketAssigned,
    TicketEvent,
    TicketInformed,
    TicketOpened,
    TicketReopened,
    TicketResumed,
    TimeExcluded,
)
from itsm_core.overrides import with_expiries
from itsm_core.sla import Facts, facts_after
from itsm_core.spans import END_OF_TIME

RECORDS: Final = (EscalationStepTaken, EscalationStepPassed, EscalationAcknowledged)
"""What escalations write themselves: no rule and no trigger ever looks at it."""

DONE: Final = frozenset({"resolved", "closed", "cancelled"})
_NO_SIGN: Final = (
    *RECORDS,
    CommitmentHandedOver,
    EscalationAskedFor,
    NudgeSent,
    TicketInformed,
    TimeExcluded,
)
"""What tells nothing of anybody's being at work on the ticket."""


class Moment:
    """Hold the facts from one instant on, and the counts that triggers ask for."""

    __slots__ = ("asked", "at_us", "bounces", "facts")

    def __init__(self, at_us: int, facts: Facts, bounces: int, asked: int) -> None:
        """Take what holds from `at_us` on."""
        self.at_us = at_us
        self.facts = facts
        self.bounces = bounces
        self.asked = asked


class Timeline:
    """Hold the moments of a ticket: the facts after each instant at which something happened.

    `events` are in order, the opening first. The expiry of an override up to `until_us` is
    something that happens, too.
    """

    def __init__(self, events: Sequence[TicketEvent], until_us: int) -> None:
        """Fold the events once."""
        told = [event for event in events if not isinstance(event, RECORDS)]
        self.moments: list[Moment] = []
        self.signs: dict[str, list[int]] = {"desk": [], "requester": [], "anyone": []}
        self.asks: list[int] = []
        left: set[str] = set()
        bounces = asked = 0
        group = ""
        was_resting = False
        for event, at, facts in facts_after(with_expiries(told, until_us)):
            if isinstance(event, TicketAssigned) and facts.group != group:
                bounces += facts.group in left
            if facts.group != group:
                if group:
                    left.add(group)
                group = facts.group
            if isinstance(event, EscalationAskedFor):
                asked += 1
                self.asks.append(at)
            self._sign(event, at, facts, was_resting=was_resting)
            was_resting = facts.category == "on_hold" or facts.category in DONE
            if self.moments and self.moments[-1].at_us == at:
                self.moments.pop()
            self.moments.append(Moment(at, copy(facts), bounces, asked))
        self._starts = [moment.at_us for moment in self.moments]

    def _sign(self, event: TicketEvent, at: int, facts: Facts, *, was_resting: bool) -> None:
        """Note a sign of life; whoever it comes from, a silence begins anew after a rest."""
        if isinstance(event, TicketOpened) or (
            was_resting and isinstance(event, TicketReopened | TicketResumed)
        ):
            for signs in self.signs.values():
                signs.append(at)
            return
        if event.automatic or isinstance(event, _NO_SIGN):
            return
        by_requester = facts.by_requester or isinstance(event, ContactReceived)
        if not (event.actor or by_requester or isinstance(event, AnswerSent)):
            return  # nobody in particular did it
        self.signs["requester" if by_requester else "desk"].append(at)
        self.signs["anyone"].append(at)

    def at(self, at_us: int) -> Moment:
        """Return the facts at an instant, after what happened at it; the first before any."""
        return self.moments[max(bisect_right(self._starts, at_us) - 1, 0)]

    def spans(self, holds: Callable[[Moment], bool]) -> list[tuple[int, int]]:
        """Return when something holds: adjacent spans joined, the last one open-ended."""
        found: list[tuple[int, int]] = []
        for number, moment in enumerate(self.moments):
            if not holds(moment):
                continue
            last = number + 1 == len(self.moments)
            end = END_OF_TIME if last else self.moments[number + 1].at_us
            if found and found[-1][1] == moment.at_us:
                found[-1] = (found[-1][0], end)
            else:
                found.append((moment.at_us, end))
        return found

    def next_true(self, holds: Callable[[object], bool], at_us: int) -> int | None:
        """Return the first instant from one on at which a condition on the facts holds."""
        place = max(bisect_right(self._starts, at_us) - 1, 0)
        for moment in self.moments[place:]:
            if holds(moment.facts):
                return max(moment.at_us, at_us)
        return None
