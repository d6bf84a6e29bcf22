"""The graph of a lifecycle: shortest stories, dead ends, loops and holds that never end (L3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.lifecycle import _guards
from itsm_core.lifecycle._findings import Finding
from itsm_core.lifecycle._possible import Life, Possible

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
    def possible(self) -> Possible:
        """Return what is known of guards and the tickets in each state."""
        return Possible(self)

    @cached_property
    def open_moves(self) -> tuple[list[Move], ...]:
        """Return for each kind of ticket the moves that no guard shuts for good."""
        return tuple(
            [
                move
                for move in self.moves
                if self.possible.can_fire(move.transition, move.source, life)
            ]
            for life in self.possible.lives
        )

    @cached_property
    def stories(self) -> dict[str, tuple[str, ...]]:
        """Return the shortest story that leads to each reachable state, for some ticket."""
        stories: dict[str, tuple[str, ...]] = {}
        for told in self.stories_of:
            for name, story in told.items():
                if len(story) < len(stories.get(name, (*story, ""))):
                    stories[name] = story
        return stories

    @cached_property
    def stories_of(self) -> tuple[dict[str, tuple[str, ...]], ...]:
        """Return for each kind of ticket the shortest story to each state that it can reach."""
        return tuple(self._stories(moves) for moves in self.open_moves)

    def _stories(self, moves: list[Move]) -> dict[str, tuple[str, ...]]:
        starts = [each.target for each in self.lifecycle.transitions if each.trigger == OPEN]
        stories: dict[str, tuple[str, ...]] = {
            name: (f"open -> {name}",) for name in starts if name in self.states
        }
        queue = deque(stories)
        while queue:
            at = queue.popleft()
            for move in moves:
                if move.source == at and move.target not in stories:
                    stories[move.target] = (*stories[at], f"{move.trigger} -> {move.target}")
                    queue.append(move.target)
        return stories

    def leaving(self, name: str) -> list[Move]:
        """Return the moves out of a state."""
        return [move for move in self.moves if move.source == name]

    def leading_to(self, goals: Iterable[str], moves: list[Move] | None = None) -> set[str]:
        """Return the goals and every state from which one of them can be reached, by some moves."""
        reached = set(goals)
        queue = deque(reached)
        while queue:
            at = queue.popleft()
            for move in self.moves if moves is None else moves:
                if move.target == at and move.source not in reached:
                    reached.add(move.source)
                    queue.append(move.source)
        return reached

    def arrival(self, name: str) -> str:
        """Return the trigger by which the shortest story arrives in a state."""
        story = self.stories.get(name, ())
        return story[-1].split(" -> ")[0] if story else ""

    def finding(
        self,
        code: str,
        message: str,
        state: str,
        trigger: str,
        *,
        remedy: str,
        where: str = "",
        story: tuple[str, ...] = (),
    ) -> Finding:
        """Return a finding about a state, with the shortest story that leads there, or a given."""
        story = story or self.stories.get(state, ())
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
    stuck = set[str]()
    for name in dict.fromkeys(state.name for state in states):
        if name not in graph.stories:
            yield _unreachable(graph, name)
        found = list[Finding]()
        if name in holds and name not in can_leave_hold:
            message, remedy = "work waits for ever", "add a transition 'resume'"
            found.append(_at(graph, "hold-without-exit", message, name, remedy))
        elif name not in ending and not graph.leaving(name):
            message = "is a dead end without being terminal"
            remedy = "add a way out, or make its category 'closed' or 'cancelled'"
            found.append(_at(graph, "dead-end", message, name, remedy))
        elif ending and name not in can_end:
            message = "no terminal state can be reached from here"
            remedy = "add a transition that leads on to a terminal state"
            found.append(_at(graph, "no-way-to-end", message, name, remedy))
        elif ending and name not in ending:
            found += _shut_faults(graph, name, is_hold=name in holds)
        stuck |= {name} if found else set()
        yield from found
    if ending:
        yield from _trap_faults(graph, ending, holds, stuck)


def _at(graph: Graph, code: str, message: str, name: str, remedy: str) -> Finding:
    return graph.finding(code, message, name, graph.arrival(name), remedy=remedy)


def _unreachable(graph: Graph, name: str) -> Finding:
    """Return the finding about a state that no ticket reaches, by which way it might."""
    shut = next((move for move in graph.moves if move.target == name), None)
    if shut is None or shut.source not in graph.stories:
        leaving = graph.leaving(name)
        trigger = leaving[0].trigger if leaving else ""
        message = "no story leads there"
        remedy = "add a transition that leads there, or drop the state"
    else:
        trigger = shut.trigger
        message = f"no story leads there: no ticket in {shut.source!r} passes what {trigger!r} asks"
        remedy = "ask for what a ticket can have there, or drop the state"
    return graph.finding("unreachable-state", message, name, trigger, remedy=remedy)


def _for_desk(move: Move) -> bool:
    roles = move.transition.roles
    return not roles or not frozenset(roles) <= _REQUESTER


def _shut_faults(graph: Graph, name: str, *, is_hold: bool) -> Iterator[Finding]:
    """Refuse a state that has ways out, all of which may be shut: a pause without an end."""
    leaving = graph.leaving(name)
    exits = ", ".join(dict.fromkeys(move.trigger for move in leaving))
    by_desk = [move.transition for move in leaving if _for_desk(move)]
    if is_hold and not by_desk:
        message = f"only the requester ends this hold (by {exits}): a clock can pause for ever"
        remedy = "let the desk or the system end it too"
        yield _at(graph, "endless-pause", message, name, remedy)
    remedy = "let one way out go without a guard, or let the guards cover every ticket"
    shut = _guards.all_shut(graph, [move.transition for move in leaving], name)
    if shut and is_hold:
        message = f"every way out ({exits}) is shut when {shut}: a clock can pause for ever"
        yield _at(graph, "endless-pause", message, name, remedy)
    elif shut:
        message = f"is a dead end when {shut}: then every way out ({exits}) is shut"
        yield _at(graph, "guarded-dead-end", message, name, remedy)
    elif is_hold and (shut := _guards.all_shut(graph, by_desk, name)):
        message = f"only the requester ends this hold when {shut}: a clock can pause for ever"
        yield _at(graph, "endless-pause", message, name, remedy)


def _trap_faults(
    graph: Graph, ending: set[str], holds: set[str], stuck: set[str]
) -> Iterator[Finding]:
    """Refuse states that some ticket goes round in without an end, each open at first sight."""
    told = set(stuck)
    kinds = zip(graph.possible.lives, graph.open_moves, graph.stories_of, strict=True)
    for life, moves, stories in kinds:
        when = f" when {_guards.told(life)}" if life else ""
        known = graph.leading_to(stuck, moves)
        can_end = graph.leading_to(ending, moves)
        paused = _paused(graph, life, [move for move in moves if _for_desk(move)], holds)
        for name, story in stories.items():
            if name in told or name in known:
                continue
            trigger = story[-1].split(" -> ")[0]
            if name in paused:
                code = "endless-pause"
                message = f"only the requester ends this hold{when}: a clock can pause for ever"
                if name not in can_end:
                    message = f"nobody ends this hold{when}: a clock can pause for ever"
                remedy = "let the desk or the system lead every ticket out of the hold"
            elif name not in can_end:
                code = "no-way-to-end"
                message = f"no terminal state can be reached from here{when}"
                remedy = "let one way to the end go without a guard, or let them cover every ticket"
            else:
                continue
            told.add(name)
            yield graph.finding(code, message, name, trigger, remedy=remedy, story=story)


def _paused(graph: Graph, life: Life, moves: list[Move], holds: set[str]) -> set[str]:
    """Return the holds that the desk cannot end for some reason of a hold, by some moves."""
    reasons = graph.lifecycle.hold_reasons
    lives = [{**life, "hold_reason": each} for each in dict.fromkeys(reasons)] or [{**life}]
    paused = set(holds)
    while True:
        ended = {
            name
            for name in paused
            if all(
                any(
                    move.source == name
                    and move.target not in paused
                    and graph.possible.can_fire(move.transition, name, each)
                    for move in moves
                )
                for each in lives
            )
        }
        if not ended:
            return paused
        paused -= ended


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
