"""What can happen next: every command that `decide` lets pass, and time that goes by."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from itsm_core.commands import Actor, Command, MergeTicket
from itsm_core.conditions import Condition
from itsm_core.errors import CommandRefused
from itsm_core.explore._answer import Step
from itsm_core.explore._commands import Alphabet, Wish, people_for
from itsm_core.explore._focus import Focus, focus_of
from itsm_core.explore._next import Next, evolved, linked, told, with_neighbours
from itsm_core.explore._situation import WAIT, Memory, Situation
from itsm_core.explore._world import World
from itsm_core.lifecycle import Ticket, decide
from itsm_core.sla import SlaClock, next_event
from itsm_core.spans import END_OF_TIME, instant


# Without slots, so that commands are made once.
@attrs.frozen(slots=False, eq=False)
class Stories:
    """Tell all stories of one ticket in a world, as far as they matter to a question.

    `everybody` lets each person try each command, where it is asked who can do what.
    """

    world: World
    question: Condition
    everybody: bool
    focus: Focus
    alphabet: Alphabet
    _wishes: dict[str, tuple[tuple[str, Wish], ...]] = attrs.field(
        factory=dict[str, tuple[tuple[str, Wish], ...]]
    )

    @classmethod
    def of(cls, world: World, question: Condition, *, everybody: bool = False) -> Stories:
        """Return the stories that matter to a question."""
        focus = focus_of(world, question)
        return cls(world, question, everybody, focus, Alphabet(world, focus))

    def begin(self) -> Iterator[Next]:
        """Yield every way of opening the ticket."""
        at = self.world.opening_us
        for wish in self.alphabet.openings():
            for people in people_for(self.world, wish, everybody=self.everybody):
                ways = (self._decided(None, wish.command, each, "open", at) for each in people)
                found = next((way for way in ways if way is not None), None)
                if found is not None:
                    yield with_neighbours(self.world, found)

    def after(self, situation: Situation) -> Iterator[Next]:
        """Yield what may come next; what is refused, or records nothing, does not."""
        state = situation.ticket.state
        if state not in self._wishes:
            self._wishes[state] = tuple(self.alphabet.from_state(state))
        for trigger, wish in self._wishes[state]:
            for people in people_for(self.world, wish, everybody=self.everybody):
                ways = (
                    self._decided(situation, wish.command, each, trigger, situation.now_us)
                    for each in people
                )
                found = next((way for way in ways if way is not None), None)
                if found is not None:
                    yield found
        for other in situation.others:
            yield from self._elsewhere(situation, other)
        yield from self._waits(situation)

    def _elsewhere(self, situation: Situation, other: Ticket) -> Iterator[Next]:
        """Yield what may be done to a ticket that the first one is linked to."""
        if other.state not in self._wishes:
            self._wishes[other.state] = tuple(self.alphabet.from_state(other.state))
        for trigger, wish in self._wishes[other.state]:
            command = attrs.evolve(wish.command, ticket_id=other.ticket_id)
            if isinstance(command, MergeTicket):
                command = attrs.evolve(command, into=situation.ticket.ticket_id)
            for people in people_for(self.world, wish, everybody=self.everybody):
                ways = (linked(self.world, situation, command, each, trigger) for each in people)
                found = next((way for way in ways if way is not None), None)
                if found is not None:
                    yield found

    def _decided(
        self,
        before: Situation | None,
        command: Command,
        actor: Actor,
        trigger: str,
        at_us: int,
    ) -> Next | None:
        if before is not None and before.others:
            return linked(self.world, before, command, actor, trigger)
        ticket = None if before is None else before.ticket
        decision = decide(
            self.world.lifecycle,
            ticket,
            command,
            actor=actor,
            at=instant(at_us),
            matrix=self.world.matrix,
        )
        if isinstance(decision, CommandRefused) or not decision:
            return None
        memory, history = Memory(), decision
        if before is not None:
            memory = attrs.evolve(before.memory, broken=before.broken)
            history = (*before.history, *decision)
        memory = memory.after(trigger, actor, decision)
        situation = Situation(self.focus, evolved(ticket, decision), history, at_us, memory)
        return Next(
            situation=situation,
            what=told(command, actor, trigger),
            command=command,
            actor=actor,
            events=decision,
        )

    def _waits(self, situation: Situation) -> Iterator[Next]:
        """Yield the instants until which nothing may happen: where a clock changes, and a while."""
        now = situation.now_us
        known: dict[int, str] = {}
        for clock in situation.clocks:
            if clock.is_live and clock.due_us is not None:
                known.setdefault(clock.due_us, f"until {clock.name} is due")
                known.setdefault(clock.due_us + 1, f"until {clock.name} is overdue")
        if situation.evaluation is not None:
            coming = next_event(situation.evaluation)
            if coming is not None:
                known.setdefault(coming.at_us, f"until {_told(coming.clock)}")
        long_wait = self.world.long_wait
        later = now + long_wait // long_wait.resolution
        known.setdefault(later, f"for {self.world.long_wait_text}")
        memory = attrs.evolve(
            situation.memory, trigger=WAIT, actor="", by_program=False, broken=situation.broken
        )
        ticket, history = situation.ticket, situation.history
        for at_us, until in sorted(known.items()):
            if now < at_us < END_OF_TIME:
                others = situation.others
                waited = Situation(self.focus, ticket, history, at_us, memory, others)
                yield Next(situation=waited, what=f"nobody does anything {until}")


def _told(clock: SlaClock | None) -> str:
    return "time changes a clock" if clock is None else f"time changes {clock.name}"


def step_of(before: Situation | None, found: Next) -> Step:
    """Return a step of a story in words: what was done, and what became of it."""
    after = found.situation
    return Step(
        at_us=after.now_us,
        what=found.what,
        command=found.command,
        actor=found.actor,
        events=found.events,
        changes=tuple(_changes(before, after)),
    )


def _changes(before: Situation | None, after: Situation) -> Iterator[str]:
    ticket = after.ticket
    was = None if before is None else before.ticket
    if was is None:
        yield ticket.state
        if ticket.priority:
            yield ticket.priority
    elif (was.state, was.hold_reason) != (ticket.state, ticket.hold_reason):
        held = f" ({ticket.hold_reason})" if ticket.hold_reason else ""
        yield f"{was.state} -> {ticket.state}{held}"
    if was is not None and was.priority != ticket.priority:
        yield f"{was.priority} -> {ticket.priority}"
    was_others = () if before is None else before.others
    for old, new in zip(was_others, after.others, strict=False):
        if old.state != new.state:
            yield f"{new.ticket_id}: {old.state} -> {new.state}"
    for beginning in after.focus.clocks:
        name = f"{beginning}_state"
        now, then = after.fact(name), None if before is None else before.fact(name)
        if now != then:
            yield f"{after.focus.clocks[beginning]} {now}"
