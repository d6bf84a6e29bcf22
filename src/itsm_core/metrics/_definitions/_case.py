"""What one ticket's history says to whoever counts: who held it when, when it was done, and again.

A case is read from events alone, each ticket once. What happened after an instant is left out by
whoever asks, so that one case answers for every `seen_at`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    AnswerSent,
    CommitmentMade,
    ContactReceived,
    ContactRedirected,
    EscalationAskedFor,
    EscalationStepTaken,
    MajorIncidentProposed,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
    in_order,
    known_kind,
    opened_first,
)
from itsm_core.ids import TicketId
from itsm_core.lifecycle import StateCategory
from itsm_core.overrides import effective_priorities

__all__ = ["Case", "Phase", "Stint", "case_of"]


class Stint(NamedTuple):
    """Hold who had a ticket, and what it was about, from an instant on."""

    since_us: int
    group: str
    person: str
    service: str
    category: str


class Phase(NamedTuple):
    """Hold what kind of state a ticket was in from an instant on."""

    since_us: int
    category: StateCategory


@attrs.frozen(kw_only=True)
class Case:
    """Hold what a ticket's history says; instants are microseconds since 1970 UTC.

    `done_us` are the instants at which it came to be resolved, or closed straight away, `undone_us`
    those at which work began again: they take turns, the first is done. Whether somebody said
    "reopened" is not asked: a state of work after a state of rest is enough. `answers_us` and
    `escalations_us` are sorted, `contacts` are those of humans, with their channels.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketAssigned, TicketOpened, TicketResolved
    >>> from itsm_core.metrics import CaseLog
    >>> nine, ten, two = (datetime(2026, 1, 5, hour, tzinfo=UTC) for hour in (9, 10, 14))
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=nine, group="mail")
    >>> given = TicketAssigned(ticket_id="INC-1", occurred_at=ten, group="network")
    >>> done = TicketResolved(ticket_id="INC-1", occurred_at=two, state="resolved")
    >>> (case,) = CaseLog.of([[opened, given, done]])
    >>> [stint.group for stint in case.stints], (case.done_us[0] - case.opened_us) / 3.6e9
    (['mail', 'network'], 5.0)
    """

    ticket_id: TicketId
    opened: TicketOpened
    opened_us: int
    history: tuple[TicketEvent, ...] = attrs.field(repr=False)
    label: str
    stints: tuple[Stint, ...]
    phases: tuple[Phase, ...]
    done_us: tuple[int, ...]
    undone_us: tuple[int, ...]
    answers_us: tuple[int, ...]
    contacts: tuple[tuple[int, str], ...]
    escalations_us: tuple[int, ...]
    merged_us: int | None
    has_promises: bool
    was_cancelled: bool

    def stint_at(self, at_us: int) -> Stint:
        """Return who had it at an instant; before the opening, who had it first."""
        place = bisect_right(self.stints, at_us, key=_since)
        return self.stints[max(0, place - 1)]

    def phase_at(self, at_us: int) -> StateCategory:
        """Return the kind of state at an instant; before the opening, the first one."""
        last = self.phases[-1]
        if last.since_us <= at_us:
            return last.category
        place = bisect_right(self.phases, at_us, key=_since)
        return self.phases[max(0, place - 1)].category

    def priority_at(self, at_us: int) -> str:
        """Return the priority in force at an instant (law P3)."""
        found = effective_priorities(self.history, max(at_us, self.opened_us))
        return found[-1][1] if found else self.opened.priority

    def left_out(self, seen_us: int) -> str:
        """Return why nobody waits for it at an instant: "merged" or "cancelled"; mostly ""."""
        if not self.was_cancelled or self.phase_at(seen_us) is not StateCategory.CANCELLED:
            return ""
        if self.standing_us(seen_us) is not None:
            return ""
        is_merged = self.merged_us is not None and self.merged_us <= seen_us
        return "merged" if is_merged else "cancelled"

    def standing_us(self, seen_us: int) -> int | None:
        """Return when the solution was given that stands at an instant, None if none does."""
        done = bisect_right(self.done_us, seen_us)
        undone = bisect_right(self.undone_us, seen_us)
        return self.done_us[done - 1] if done > undone else None


def _since(part: Stint | Phase) -> int:
    return part.since_us


_ENTERS: Final[dict[type, StateCategory]] = {
    WorkStarted: StateCategory.ACTIVE,
    TicketPutOnHold: StateCategory.ON_HOLD,
    TicketResumed: StateCategory.ACTIVE,
    TicketReopened: StateCategory.ACTIVE,
    TicketResolved: StateCategory.RESOLVED,
    TicketClosed: StateCategory.CLOSED,
    TicketCancelled: StateCategory.CANCELLED,
}
_DONE: Final = frozenset({StateCategory.RESOLVED, StateCategory.CLOSED})
_ESCALATES: Final = (EscalationAskedFor, EscalationStepTaken, MajorIncidentProposed)


def case_of(history: Iterable[TicketEvent], label: str = "") -> Case:
    """Return what the history of one ticket says; its events may be told in any order.

    Raises:
        InvalidValue: there are no events, or none opens the ticket.
    """
    events = tuple(opened_first(in_order(history)))
    opened = events[0] if events else None
    if not isinstance(opened, TicketOpened):
        name = events[0].ticket_id if events else "no events at all"
        remedy = "pass the whole history of each ticket, or leave the ticket out"
        raise InvalidValue("a history without its opening", name, remedy)
    return _Reader(opened, label).read(events)


@attrs.define
class _Reader:
    """Follow one ticket through its events."""

    opened: TicketOpened
    label: str
    category: StateCategory = StateCategory.NEW
    stints: list[Stint] = attrs.field(factory=list)
    phases: list[Phase] = attrs.field(factory=list)
    done: list[int] = attrs.field(factory=list)
    undone: list[int] = attrs.field(factory=list)
    answers: list[int] = attrs.field(factory=list)
    contacts: list[tuple[int, str]] = attrs.field(factory=list)
    escalations: list[int] = attrs.field(factory=list)
    merged_us: int | None = None
    has_promises: bool = False

    def read(self, events: Sequence[TicketEvent]) -> Case:
        """Return the case."""
        told = self.opened
        at = told.occurred_us
        self.stints.append(Stint(at, told.group, told.assignee, told.service, told.category))
        self.phases.append(Phase(at, StateCategory.NEW))
        for event in events[1:]:
            kind = type(event)
            category = _ENTERS.get(kind)
            if category is None and kind not in _PLAIN:
                known = known_kind(kind)
                category = None if known is None else _ENTERS.get(known)
            if category is None:
                self._note(event)
            else:
                self._enter(event.occurred_us, category)
        return Case(
            ticket_id=told.ticket_id,
            opened=told,
            opened_us=told.occurred_us,
            history=tuple(events),
            label=self.label,
            stints=tuple(self.stints),
            phases=tuple(self.phases),
            done_us=tuple(self.done),
            undone_us=tuple(self.undone),
            answers_us=tuple(self.answers),
            contacts=tuple(self.contacts),
            escalations_us=tuple(self.escalations),
            merged_us=self.merged_us,
            has_promises=self.has_promises,
            was_cancelled=any(each.category is StateCategory.CANCELLED for each in self.phases),
        )

    def _enter(self, at: int, category: StateCategory) -> None:
        """Take in a move; one from rest to work is a return, whatever it is called."""
        before, self.category = self.category, category
        if before is category:
            return
        if self.phases[-1].since_us == at:
            self.phases.pop()
        self.phases.append(Phase(at, category))
        is_done = len(self.done) > len(self.undone)
        if category in _DONE and not is_done:
            self.done.append(at)
        elif category.is_open and is_done:
            self.undone.append(at)

    def _note(self, event: TicketEvent) -> None:
        """Take in what moves nothing."""
        at = event.occurred_us
        match event:
            case TicketAssigned():
                self._hold(at, group=event.group, person=event.assignee)
            case TicketReclassified():
                self._hold(at, service=event.service, category=event.category)
            case AnswerSent():
                if not event.automatic:
                    self.answers.append(at)
            case ContactReceived() | ContactRedirected():
                if not event.automatic:
                    self.contacts.append((at, event.channel))
            case TicketMerged():
                self.merged_us = at if self.merged_us is None else self.merged_us
            case CommitmentMade():
                self.has_promises = True
            case _ if isinstance(event, _ESCALATES):
                self.escalations.append(at)
            case _:
                pass

    def _hold(self, at: int, **changes: str) -> None:
        before = self.stints[-1]
        after = before._replace(since_us=at, **changes)
        if after[1:] == before[1:]:
            return
        if before.since_us == at:
            self.stints.pop()
        self.stints.append(after)


_PLAIN: Final = frozenset(
    {TicketAssigned, TicketReclassified, AnswerSent, ContactReceived, ContactRedirected}
)
"""Classes that are known to move nothing: the busiest ones, which need no look at their bases."""
