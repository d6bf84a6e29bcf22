"""What makes a lifecycle sound, checked at construction, all faults at once (law L3)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core import commands
from itsm_core.errors import Fault, did_you_mean

if TYPE_CHECKING:
    from itsm_core.lifecycle._values import Lifecycle, State, Transition

OPEN: Final = "open"
STAYING: Final = frozenset(
    {"assign", "prioritise", "reclassify", "override", "end_override", "answer", "contact"}
)
"""Triggers that record something without moving the ticket."""

_COMMANDS: Final[tuple[type[commands.Command], ...]] = (
    commands.OpenTicket,
    commands.AssignTicket,
    commands.ChangePriorityInputs,
    commands.ReclassifyTicket,
    commands.OverridePriority,
    commands.EndPriorityOverride,
    commands.SendAnswer,
    commands.ReceiveContact,
    commands.StartWork,
    commands.HoldTicket,
    commands.ResumeTicket,
    commands.ResolveTicket,
    commands.ReopenTicket,
    commands.CloseTicket,
    commands.CancelTicket,
)
TICKET_FIELDS: Final = (
    "assignee",
    "category_name",
    "channel",
    "configuration_item_id",
    "group",
    "impact",
    "requester",
    "service",
    "title",
    "urgency",
)
"""Fields of a ticket that a transition may require."""

_OWN: Final = ("reason",)
_FIELDS: Final = {
    kind.trigger: tuple(f.name for f in attrs.fields(kind) if f.name != "ticket_id")
    for kind in _COMMANDS
}

Edge = tuple[str, str, str]
"""Trigger, source, target of one move between two known states."""


def faults_of(lifecycle: Lifecycle) -> tuple[Fault, ...]:
    """Return everything that is wrong with a lifecycle; what is wrong in itself comes first."""
    faults = [*_name_faults(lifecycle), *_opening_faults(lifecycle)]
    for place, transition in enumerate(lifecycle.transitions):
        where = f"transitions[{place}] {transition.trigger!r}"
        faults += _transition_faults(lifecycle, transition, where)
    faults += _ambiguity_faults(lifecycle)
    faults += _hold_faults(lifecycle)
    faults += _graph_faults(lifecycle)
    return tuple(faults)


def _unknown(what: str, value: str, known: Iterable[str], where: str) -> Fault:
    names = tuple(known)
    remedy = f"use one of {', '.join(map(repr, names)) or 'none'}{did_you_mean(value, names)}"
    return Fault(f"unknown-{what}", f"unknown {what} {value!r}", where, value, remedy)


def _name_faults(lifecycle: Lifecycle) -> Iterator[Fault]:
    if not lifecycle.name.strip():
        yield Fault("empty-name", "is empty", "name", lifecycle.name, "name the lifecycle")
    if lifecycle.version < 1:
        value = str(lifecycle.version)
        yield Fault("bad-version", f"is {value}", "version", value, "count from 1")
    for where, names in (
        ("states", [state.name for state in lifecycle.states]),
        ("hold_reasons", lifecycle.hold_reasons),
    ):
        for name, times in Counter(names).items():
            if not name.strip():
                yield Fault("empty-name", "holds an empty name", where, name, "name it")
            if times > 1:
                message = f"names {name!r} {times} times"
                yield Fault("duplicate-name", message, where, name, "name it once")


def _opening_faults(lifecycle: Lifecycle) -> Iterator[Fault]:
    openings = [each for each in lifecycle.transitions if each.trigger == OPEN]
    if len(openings) != 1:
        message = f"{len(openings)} transitions 'open'"
        remedy = "have exactly one transition 'open', from nothing to the first state"
        yield Fault("not-one-opening", message, "transitions", "open", remedy)
    for opening in openings:
        state = _state(lifecycle, opening.target)
        if state is not None and state.category.value != "new":
            message = f"'open' leads to {state.name!r} of category {state.category.value!r}"
            remedy = "open into a state of category 'new'"
            yield Fault("opening-not-new", message, "transitions", state.name, remedy)


def _transition_faults(lifecycle: Lifecycle, transition: Transition, where: str) -> Iterator[Fault]:
    trigger, target = transition.trigger, transition.target
    names = tuple(state.name for state in lifecycle.states)
    if not trigger.strip():
        yield Fault("empty-name", "has an empty trigger", where, trigger, "name the trigger")
    for source in transition.sources:
        if source not in names:
            yield _unknown("source", source, names, where)
    if trigger in STAYING:
        if target:
            message = f"moves to {target!r}, but {trigger!r} records without moving"
            yield Fault("staying-moves", message, where, target, "leave the target empty")
    elif target not in names:
        yield _unknown("target", target, names, where)
    if (trigger == OPEN) == bool(transition.sources):
        have = "has sources" if transition.sources else "has no source"
        remedy = "'open' has no source, every other trigger has at least one"
        yield Fault("wrong-sources", have, where, trigger, remedy)
    known = (*_FIELDS.get(trigger, _OWN), *TICKET_FIELDS)
    for field in transition.required:
        if field not in known:
            yield _unknown("field", field, sorted(set(known)), where)
    goes = _state(lifecycle, target)
    if goes is not None and goes.category.value == "on_hold" and "reason" not in known:
        message = f"leads to {target!r}, but the command of {trigger!r} carries no reason"
        remedy = "hold by 'hold', or by a trigger of your own"
        yield Fault("hold-without-reason", message, where, target, remedy)
    for source in transition.sources:
        yield from _move_faults(_state(lifecycle, source), goes, where)


def _move_faults(source: State | None, target: State | None, where: str) -> Iterator[Fault]:
    """Refuse moves that no event class stands for; the class decides what clocks do."""
    if source is None or target is None:
        return
    came, goes = source.category, target.category
    move = f"moves from {source.name!r} ({came.value}) to {target.name!r} ({goes.value})"
    if came.is_terminal and goes.value != "active":
        remedy = "the only way out of a terminal state is to reopen, into an active one"
        yield Fault("terminal-exit", move, where, source.name, remedy)
    elif goes.value == "new" and came.value != "new":
        remedy = "a ticket is new once; lead to an active state"
        yield Fault("return-to-new", move, where, target.name, remedy)
    elif came.value == "resolved" and goes.value == "on_hold":
        remedy = "reopen into an active state first, hold then"
        yield Fault("hold-of-resolved", move, where, target.name, remedy)


def _ambiguity_faults(lifecycle: Lifecycle) -> Iterator[Fault]:
    starts = Counter(
        (each.trigger, source) for each in lifecycle.transitions for source in each.sources
    )
    for (trigger, source), times in starts.items():
        if times > 1:
            message = f"{times} transitions {trigger!r} start in {source!r}"
            remedy = "keep one, or give them triggers of their own"
            yield Fault("ambiguous-transition", message, "transitions", trigger, remedy)


def _hold_faults(lifecycle: Lifecycle) -> Iterator[Fault]:
    holds = [state.name for state in lifecycle.states if state.category.value == "on_hold"]
    if holds and not lifecycle.hold_reasons:
        message = f"is empty, but {holds[0]!r} is a state on hold"
        yield Fault(
            "no-hold-reasons", message, "hold_reasons", holds[0], "say what may be waited for"
        )
    for reason in lifecycle.resume_on_contact:
        if reason not in lifecycle.hold_reasons:
            yield _unknown("hold-reason", reason, lifecycle.hold_reasons, "resume_on_contact")
    if not lifecycle.resume_on_contact:
        return
    active = {state.name for state in lifecycle.states if state.category.value == "active"}
    for hold in holds:
        leaving = [each for each in lifecycle.transitions if hold in each.sources]
        if not any(each.trigger == "contact" for each in leaving):
            message = f"a contact resumes, but no 'contact' starts in {hold!r}"
            remedy = f"add {hold!r} to the sources of 'contact'"
            yield Fault("cannot-resume-on-contact", message, "resume_on_contact", hold, remedy)
        if not any(each.trigger == "resume" and each.target in active for each in leaving):
            message = f"a contact resumes, but no 'resume' leads from {hold!r} into work"
            remedy = f"add a transition 'resume' from {hold!r} to an active state"
            yield Fault("cannot-resume-on-contact", message, "resume_on_contact", hold, remedy)


# --- the graph -----------------------------------------------------------------------------------


def _state(lifecycle: Lifecycle, name: str) -> State | None:
    return next((state for state in lifecycle.states if state.name == name), None)


def _edges(lifecycle: Lifecycle) -> list[Edge]:
    """Return every move between two known, different states."""
    known = {state.name for state in lifecycle.states}
    return [
        (each.trigger, source, each.target)
        for each in lifecycle.transitions
        for source in each.sources
        if source in known and each.target in known and source != each.target
    ]


def _stories(lifecycle: Lifecycle, edges: list[Edge]) -> dict[str, str]:
    """Return the shortest story that leads to each reachable state, as text."""
    known = {state.name for state in lifecycle.states}
    starts = [each.target for each in lifecycle.transitions if each.trigger == OPEN]
    stories = {name: f"open -> {name}" for name in starts if name in known}
    queue = deque(stories)
    while queue:
        at = queue.popleft()
        for trigger, source, target in edges:
            if source == at and target not in stories:
                stories[target] = f"{stories[at]}, {trigger} -> {target}"
                queue.append(target)
    return stories


def _leading_to(goals: Iterable[str], edges: list[Edge]) -> set[str]:
    """Return the goals and every state from which one of them can be reached."""
    reached = set(goals)
    queue = deque(reached)
    while queue:
        at = queue.popleft()
        for _, source, target in edges:
            if target == at and source not in reached:
                reached.add(source)
                queue.append(source)
    return reached


def _graph_faults(lifecycle: Lifecycle) -> Iterator[Fault]:
    edges = _edges(lifecycle)
    stories = _stories(lifecycle, edges)
    ending = {state.name for state in lifecycle.states if state.category.is_terminal}
    holds = {state.name for state in lifecycle.states if state.category.value == "on_hold"}
    if not ending:
        remedy = "add a state of category 'closed' or 'cancelled'"
        yield Fault("no-terminal-state", "no state is terminal", "states", "", remedy)
    can_end = _leading_to(ending, edges)
    can_leave_hold = _leading_to({state.name for state in lifecycle.states} - holds, edges)
    leaving = {source for _, source, _ in edges}
    for state in lifecycle.states:
        where, name = f"state {state.name!r}", state.name
        story = f" ({stories[name]})" if name in stories else ""
        if name not in stories:
            remedy = "add a transition that leads there, or drop the state"
            yield Fault("unreachable-state", "no story leads there", where, name, remedy)
        if name in holds and name not in can_leave_hold:
            message = f"work waits for ever{story}"
            yield Fault("hold-without-exit", message, where, name, "add a transition 'resume'")
        elif name not in leaving and name not in ending:
            message = f"is a dead end without being terminal{story}"
            remedy = "add a way out, or make its category 'closed' or 'cancelled'"
            yield Fault("dead-end", message, where, name, remedy)
        elif ending and name not in can_end:
            message = f"no terminal state can be reached from here{story}"
            remedy = "add a transition that leads on to a terminal state"
            yield Fault("no-way-to-end", message, where, name, remedy)
