"""The graph of a lifecycle: shortest stories, dead ends, loops and holds that never end (L3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.lifecycle import _guards
from itsm_core.lifecycle._findings import Finding

if TYPE_CHECKING:
    from itsm_core.lifecycle._values import Lifecycle, State, Transition

OPEN: Final = "open"
APPROVE: Final = "approve"
MERGE: Final = "merge"
_REQUESTER: Final = frozenset({"requester"})
_AT_REST: Final = frozenset({"resolved", "closed", "cancelled"})


@attrs.frozen
class Move:
    """One move between two known, different states."""

    trigger: str
    source: str
    target: str
    transition: Transition


@attrs.frozen(slots=False, eq=False)
class Graph:
    """Hold the states and moves of a lifecycle that may yet turn out to be wrong."""

    lifecycle: Lifecycle

    @cached_property
    def states(self) -> dict[str, State]:
        """Return the states by name; of two with one name the first."""
        return {state.name: state for state in reversed(self.lifecycle.states)}

    @cached_property
    def moves(self) -> list[Move]:
        """Return every move between two known, different states."""
        return [
            Move(each.trigger, source, each.target, each)
            for each in self.lifecycle.transitions
            for source in each.sources
            if source in self.states
            and each.target in self.states
            and source != each.target
            # It takes another ticket to merge into: no way out that can be counted on.
            and each.trigger != MERGE
        ]

    @cached_property
    def stories(self) -> dict[str, tuple[str, ...]]:
        """Return the shortest story that leads to each reachable state."""
        starts = [each.target for each in self.lifecycle.transitions if each.trigger == OPEN]
        stories: dict[str, tuple[str, ...]] = {
            name: (f"open -> {name}",) for name in starts if name in self.states
        }
        queue = deque(stories)
        while queue:
            at = queue.popleft()
            for move in self.moves:
                if move.source == at and move.target not in stories:
                    stories[move.target] = (*stories[at], f"{move.trigger} -> {move.target}")
                    queue.append(move.target)
        return stories

    def leaving(self, name: str) -> list[Move]:
        """Return the moves out of a state."""
        return [move for move in self.moves if move.source == name]

    def leading_to(self, goals: Iterable[str]) -> set[str]:
        """Return the goals and every state from which one of them can be reached."""
        reached = set(goals)
        queue = deque(reached)
        while queue:
            at = queue.popleft()
            for move in self.moves:
                if move.target == at and move.source not in reached:
                    reached.add(move.source)
                    queue.append(move.source)
        return reached

    def arrival(self, name: str) -> str:
        """Return the trigger by which the shortest story arrives in a state."""
        story = self.stories.get(name, ())
        return story[-1].split(" -> ")[0] if story else ""

    def finding(
        self, code: str, message: str, state: str, trigger: str, *, remedy: str, where: str = ""
    ) -> Finding:
        """Return a finding about a state, with the shortest story that leads there."""
        story = self.stories.get(state, ())
        shown = f" ({', '.join(story)})" if story else ""
        return Finding(
            code=code,
            message=f"{message}{shown}",
            where=where or f"state {state!r}",
            value=state,
            remedy=remedy,
            state=state,
            trigger=trigger,
            story=story,
        )


def graph_faults(graph: Graph) -> Iterator[Finding]:
    """Yield what is wrong with where tickets can go."""
    states = graph.lifecycle.states
    ending = {state.name for state in states if state.category.is_terminal}
    holds = {state.name for state in states if state.category.value == "on_hold"}
    if not ending:
        remedy = "add a state of category 'closed' or 'cancelled'"
        yield Finding("no-terminal-state", "no state is terminal", "states", "", remedy)
    can_end = graph.leading_to(ending)
    can_leave_hold = graph.leading_to({state.name for state in states} - holds)
    for name in dict.fromkeys(state.name for state in states):
        leaving, came = graph.leaving(name), graph.arrival(name)
        if name not in graph.stories:
            remedy = "add a transition that leads there, or drop the state"
            first = leaving[0].trigger if leaving else ""
            message = "no story leads there"
            yield graph.finding("unreachable-state", message, name, first, remedy=remedy)
        if name in holds and name not in can_leave_hold:
            message, remedy = "work waits for ever", "add a transition 'resume'"
            yield graph.finding("hold-without-exit", message, name, came, remedy=remedy)
        elif not leaving and name not in ending:
            remedy = "add a way out, or make its category 'closed' or 'cancelled'"
            message = "is a dead end without being terminal"
            yield graph.finding("dead-end", message, name, came, remedy=remedy)
        elif ending and name not in can_end:
            remedy = "add a transition that leads on to a terminal state"
            message = "no terminal state can be reached from here"
            yield graph.finding("no-way-to-end", message, name, came, remedy=remedy)
        elif ending and name not in ending:
            yield from _shut_faults(graph, name, leaving, is_hold=name in holds)


def _shut_faults(
    graph: Graph, name: str, leaving: list[Move], *, is_hold: bool
) -> Iterator[Finding]:
    """Refuse a state that has ways out, all of which may be shut: a pause without an end."""
    came = graph.arrival(name)
    exits = ", ".join(dict.fromkeys(move.trigger for move in leaving))
    if is_hold and all(move.transition.roles for move in leaving):
        who = frozenset(role for move in leaving for role in move.transition.roles)
        if who <= _REQUESTER:
            message = f"only the requester ends this hold (by {exits}): a clock can pause for ever"
            remedy = "let the desk or the system end it too"
            yield graph.finding("endless-pause", message, name, came, remedy=remedy)
    shut = _guards.all_shut(graph, [move.transition for move in leaving], is_hold=is_hold)
    if not shut:
        return
    remedy = "let one way out go without a guard, or let the guards cover every ticket"
    if is_hold:
        message = f"every way out ({exits}) is shut when {shut}: a clock can pause for ever"
        yield graph.finding("endless-pause", message, name, came, remedy=remedy)
    else:
        message = f"is a dead end when {shut}: then every way out ({exits}) is shut"
        yield graph.finding("guarded-dead-end", message, name, came, remedy=remedy)


def reopen_faults(graph: Graph) -> Iterator[Finding]:
    """Refuse a ticket that can come back from rest again and again without a bound."""
    for move in graph.moves:
        came = graph.states[move.source].category.value
        goes = graph.states[move.target].category.value
        if came not in _AT_REST or goes != "active":
            continue
        if move.target not in graph.leading_to({move.source}):
            continue  # it never comes to rest there again
        if _guards.bounds_reopening(move.transition):
            continue
        message = f"{move.trigger!r} leads back to {move.target!r} without a bound"
        remedy = "guard it: field('reopen_count').is_below(10), or any other number"
        yield graph.finding("unbounded-reopen", message, move.source, move.trigger, remedy=remedy)
