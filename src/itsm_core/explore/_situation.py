"""One situation: a ticket, its history, the instant, what is remembered, and the facts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cached_property
from typing import Final, cast

import attrs

from itsm_core.commands import Actor
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    TicketClosed,
    TicketEvent,
    TicketReopened,
    TicketResolved,
)
from itsm_core.explore._facts import TICKET_FACTS
from itsm_core.explore._focus import Focus
from itsm_core.lifecycle import StateCategory, Ticket
from itsm_core.sla import ClockState, Evaluation, SlaClock, evaluate, facts_after
from itsm_core.spans import instant

_PERSONS: Final = ("actor", "assignee", "closed_by", "requester", "resolved_by", "resolver")
_WEEK: Final = timedelta(days=7) // timedelta.resolution
WAIT: Final = "wait"
"""The trigger of time that goes by."""

PROGRAM: Final = "a program"
"""How a program is named that resolves or closes."""


@attrs.frozen
class Memory:
    """Hold what the way to a situation leaves behind and no ticket holds."""

    answers: int = 0
    contacts: int = 0
    resolved_by: str = ""
    closed_by: str = ""
    trigger: str = ""
    actor: str = ""
    by_program: bool = False
    broken: frozenset[str] = frozenset()

    def after(self, trigger: str, actor: Actor, events: Iterable[TicketEvent]) -> Memory:
        """Return what is remembered after one more command."""
        answers, contacts = self.answers, self.contacts
        resolved_by, closed_by = self.resolved_by, self.closed_by
        name = actor.person_id or PROGRAM
        for event in events:
            match event:
                case AnswerSent(automatic=False):
                    answers += 1
                case ContactReceived(automatic=False):
                    contacts += 1
                case TicketResolved():
                    resolved_by = name
                case TicketReopened():
                    resolved_by = closed_by = ""
                case TicketClosed():
                    closed_by = name
                case _:
                    pass
        return Memory(
            answers,
            contacts,
            resolved_by,
            closed_by,
            trigger,
            actor.person_id,
            actor.automatic,
            self.broken,
        )


# Without slots, so that facts are worked out once.
@attrs.frozen(slots=False, eq=False)
class Situation:
    """Hold one ticket at one instant, with all that led there.

    `history` is that of the ticket alone; `others` are those that it is linked to.
    """

    focus: Focus
    ticket: Ticket
    history: tuple[TicketEvent, ...]
    now_us: int
    memory: Memory
    others: tuple[Ticket, ...] = ()

    @property
    def broken(self) -> frozenset[str]:
        """Return the names of the clocks that were ever broken.

        Only time breaks a promise: what several commands of one instant do between them is over
        before it was ever the case.
        """
        if self.memory.trigger != WAIT:
            return self.memory.broken
        now = {clock.name for clock in self.clocks if clock.state is ClockState.BREACHED}
        return self.memory.broken | now

    @cached_property
    def evaluation(self) -> Evaluation | None:
        """Return the judgement of the clocks that matter; None if none do."""
        agreement = self.focus.agreement
        if agreement is None:
            return None
        return evaluate(self.history, agreement, as_of=instant(self.now_us))

    @property
    def clocks(self) -> tuple[SlaClock, ...]:
        """Return every cycle of every clock that matters."""
        return () if self.evaluation is None else self.evaluation.clocks

    def fact(self, name: str) -> object:
        """Return one fact by its name."""
        reader = _READERS.get(name)
        if reader is not None:
            return reader(self)
        for beginning, clock in self.focus.clocks.items():
            of_clock = _CLOCK_READERS.get(name.removeprefix(f"{beginning}_"))
            if of_clock is not None and name.startswith(f"{beginning}_"):
                return of_clock(self, clock)
        return getattr(self.ticket, name)

    def facts(self, names: Iterable[str]) -> dict[str, object]:
        """Return facts by their names, for a condition to look at."""
        return {name: self.fact(name) for name in names}

    def key(self, without: str = "") -> tuple[object, ...]:
        """Return what tells this situation from others; of equal keys one has to be looked at."""
        ticket, focus = self.ticket, self.focus
        known: list[object] = [ticket.state, ticket.hold_reason]
        names = self._aliases()
        for name in focus.facts:
            if name == without:
                continue
            value = self.fact(name)
            if type(value) is int:
                value = focus.capped(name, value)
            elif names and name in _PERSONS:
                value = names.get(str(value), value)
            elif isinstance(value, frozenset):
                people = cast("frozenset[str]", value)
                value = frozenset(names.get(person, person) for person in people)
            known.append(value)
        if focus.matters("priority") and ticket.override is not None:
            known.append((ticket.derived_priority, ticket.override.priority))
        if self.evaluation is not None:
            known += self._clock_key(self.evaluation)
        if self.others:
            known.append((frozenset(ticket.links), ticket.merged_into))
            known += sorted(
                (self._other_key(each, names, without) for each in self.others), key=repr
            )
        return tuple(known)

    def counts(self) -> tuple[int, ...]:
        """Return the reopenings of the ticket and, in the order of the key, of the others."""
        if not self.others:
            return (self.ticket.reopen_count,)
        without = self.focus.falling
        names = self._aliases()
        others = sorted(
            self.others,
            key=lambda each: (repr(self._other_key(each, names, without)), each.reopen_count),
        )
        return (self.ticket.reopen_count, *(each.reopen_count for each in others))

    def _other_key(self, other: Ticket, names: dict[str, str], without: str) -> tuple[object, ...]:
        """Return what tells a ticket from others that the first one is linked to."""
        known: list[object] = [other.state, other.hold_reason, other.merged_into, other.links]
        for name in self.focus.facts:
            if name in TICKET_FACTS and name != without:
                value = getattr(other, name)
                known.append(self.focus.capped(name, value) if type(value) is int else value)
        approvers = other.approvers if "approvers" in self.focus.facts else ()
        known.append(tuple(sorted(names.get(person, person) for person in approvers)))
        endorsers = other.endorsers if "endorsers" in self.focus.facts else ()
        known.append(tuple(sorted(names.get(person, person) for person in endorsers)))
        if "answered" in self.focus.facts:
            known.append(other.first_response_us is None)
        return tuple(known)

    def _aliases(self) -> dict[str, str]:
        """Return names for people who could change places, by what they did and nothing else."""
        if not self.focus.alike:
            return {}
        slots = [str(self.fact(name)) for name in _PERSONS if name in self.focus.facts]
        groups = [
            set[str](getattr(self.ticket, name))
            for name in ("approvers", "endorsers")
            if name in self.focus.facts
        ]
        names: dict[str, str] = {}
        for people in self.focus.alike:
            seen = {
                person: [
                    *(person == slot for slot in slots),
                    *(person in group for group in groups),
                ]
                for person in people
            }
            ranked = sorted(people, key=seen.__getitem__, reverse=True)
            names |= dict(zip(ranked, people, strict=True))
        return names

    def _clock_key(self, evaluation: Evaluation) -> list[object]:
        """Return what tells clocks apart: how much of the goal is used, to the microsecond."""
        focus, now = self.focus, self.now_us
        known: list[object] = []
        for beginning, name in focus.clocks.items():
            cycles = evaluation.cycles(name)
            if not cycles:
                continue
            last = cycles[-1]
            # What is used beyond the longest goal is late under any priority; how late is not told.
            most = max(_longest_us(last), last.allowance_us) + 1
            known += (last.state.value, min(last.elapsed_us, most), last.allowance_us)
            known += (last.priority, last.is_live)
            if last.stops.limit_us is not None:
                known.append(last.stops.limit_us - now)
            if last.target.reopen == "include_closed" and not last.is_live:
                known.append(min(now - last.ended_us, _WEEK))
            if any(limit.budget is not None for limit in last.target.pause_limits):
                known.append(min(last.wall_us - last.elapsed_us, _WEEK))
            if f"{beginning}_met_in_time" in focus.facts:
                known.append(all(each.state is ClockState.MET for each in cycles[:-1]))
            if f"{beginning}_is_exceeded" in focus.facts:
                known.append(min(sum(each.elapsed_us for each in cycles), most))
        if focus.clock_facts:
            *_, (_, _, facts) = facts_after(evaluation.events)
            known += (getattr(facts, name) for name in focus.clock_facts)
        if focus.asks_phase:
            # To the second: what is late by a microsecond, again and again, never comes round.
            known.append(now % _WEEK // 1_000_000)
        return known


def _longest_us(clock: SlaClock) -> int:
    durations = [getattr(goal, "duration", None) for goal in clock.target.goals.values()]
    return max(
        (each // timedelta.resolution for each in durations if isinstance(each, timedelta)),
        default=0,
    )


_Reader = Callable[[Situation], object]
_ClockReader = Callable[[Situation, str], object]


def _cycles(situation: Situation, clock: str) -> tuple[SlaClock, ...]:
    return tuple(each for each in situation.clocks if each.name == clock)


def _state(situation: Situation, clock: str) -> str:
    cycles = _cycles(situation, clock)
    return cycles[-1].state.value if cycles else ClockState.NOT_STARTED.value


def _is_exceeded(situation: Situation, clock: str) -> bool:
    cycles = _cycles(situation, clock)
    return bool(cycles) and sum(each.elapsed_us for each in cycles) > cycles[-1].allowance_us


_CLOCK_READERS: Final[dict[str, _ClockReader]] = {
    "state": _state,
    "cycles": lambda situation, clock: len(_cycles(situation, clock)),
    "met_in_time": lambda situation, clock: (
        bool(_cycles(situation, clock))
        and all(each.state is ClockState.MET for each in _cycles(situation, clock))
    ),
    "is_broken": lambda situation, clock: any(
        each.state is ClockState.BREACHED for each in _cycles(situation, clock)
    ),
    "was_broken": lambda situation, clock: clock in situation.broken,
    "is_exceeded": _is_exceeded,
}

_READERS: Final[dict[str, _Reader]] = {
    "category": lambda situation: situation.ticket.category.value,
    "answered": lambda situation: situation.ticket.first_response_us is not None,
    "has_solution": lambda situation: situation.ticket.resolved_us is not None,
    "answers": lambda situation: situation.memory.answers,
    "contacts": lambda situation: situation.memory.contacts,
    "trigger": lambda situation: situation.memory.trigger,
    "actor": lambda situation: situation.memory.actor,
    "by_program": lambda situation: situation.memory.by_program,
    "resolved_by": lambda situation: situation.memory.resolved_by,
    "closed_by": lambda situation: situation.memory.closed_by,
    "closed_by_resolver": lambda situation: (
        situation.memory.closed_by not in ("", PROGRAM)
        and situation.memory.closed_by == situation.memory.resolved_by
    ),
    "approved_by_own": lambda situation: bool(
        {situation.ticket.requester, situation.ticket.assignee} & set(situation.ticket.approvers)
    ),
    "neighbours_open": lambda situation: sum(each.category.is_open for each in situation.others),
    "neighbours_resolved": lambda situation: sum(
        each.category is StateCategory.RESOLVED for each in situation.others
    ),
    "neighbours_ended": lambda situation: sum(
        each.category.is_terminal for each in situation.others
    ),
    "approvers": lambda situation: frozenset(situation.ticket.approvers),
    "endorsers": lambda situation: frozenset(situation.ticket.endorsers),
}
