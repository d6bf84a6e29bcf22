"""What makes a lifecycle sound, checked at construction, all faults at once (law L3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from itsm_core.errors import Fault, did_you_mean
from itsm_core.lifecycle import _graph
from itsm_core.lifecycle._fields import PERSON_FIELDS, TICKET_FIELDS
from itsm_core.lifecycle._findings import Finding
from itsm_core.lifecycle._graph import Graph, graph_faults, reopen_faults
from itsm_core.lifecycle._guards import ambiguity_faults, guard_faults
from itsm_core.lifecycle._possible import carried

if TYPE_CHECKING:
    from itsm_core.lifecycle._values import Lifecycle, State, Transition

OPEN: Final = _graph.OPEN
APPROVE: Final = _graph.APPROVE
STAYING: Final = frozenset(
    {
        "assign",
        "prioritise",
        "reclassify",
        "override",
        "end_override",
        APPROVE,
        "answer",
        "contact",
        "assign_agreement",
        "exclude_time",
        "explain_breach",
        "commit",
        "keep_commitment",
        "withdraw_commitment",
        "nudge",
        "link",
        "unlink",
        "split",
        "follow_up",
        "acknowledge",
        "ask_escalation",
        "hand_over",
        "suggest_major",
        "accept_major",
        "reject_major",
        "demote_major",
        "offer_knowledge",
        "use_knowledge",
        "ask_question",
        "answer_question",
        "ask_feedback",
        "give_feedback",
    }
)
"""Triggers that record something without moving the ticket."""


def faults_of(lifecycle: Lifecycle) -> tuple[Fault, ...]:
    """Return everything that is wrong with a lifecycle; what is wrong in itself comes first."""
    graph = Graph(lifecycle)
    faults = [*_name_faults(lifecycle), *_opening_faults(lifecycle)]
    for place, transition in enumerate(lifecycle.transitions):
        found = _transition_faults(graph, transition, f"transitions[{place}]")
        faults += [_placed(graph, transition, fault) for fault in found]
    faults += guard_faults(graph)
    faults += ambiguity_faults(graph)
    faults += _hold_faults(lifecycle)
    faults += graph_faults(graph)
    faults += reopen_faults(graph)
    return tuple(faults)


def _placed(graph: Graph, transition: Transition, fault: Fault) -> Finding:
    """Return the fault of a transition with the story that leads to where it starts."""
    known = [source for source in transition.sources if source in graph.states]
    state = fault.value if fault.value in graph.states else next(iter(known), fault.value)
    at = state if state in known else next(iter(known), state)
    return Finding(
        code=fault.code,
        message=fault.message,
        where=fault.where,
        value=fault.value,
        remedy=fault.remedy,
        state=state,
        trigger=transition.trigger,
        story=graph.stories.get(at, ()),
    )


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
        state = next((each for each in lifecycle.states if each.name == opening.target), None)
        if state is not None and state.category.value != "new":
            message = f"'open' leads to {state.name!r} of category {state.category.value!r}"
            remedy = "open into a state of category 'new'"
            yield Fault("opening-not-new", message, "transitions", state.name, remedy)


def _transition_faults(graph: Graph, transition: Transition, place: str) -> Iterator[Fault]:
    trigger, target = transition.trigger, transition.target
    where, names = f"{place} {trigger!r}", tuple(graph.states)[::-1]
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
    known = (*carried(trigger), *TICKET_FIELDS)
    for field in transition.required:
        if field not in known:
            yield _unknown("field", field, sorted(set(known)), where)
    goes = graph.states.get(target)
    yield from _merge_faults(trigger, goes, where)
    if goes is not None and goes.category.value == "on_hold" and "reason" not in known:
        message = f"leads to {target!r}, but the command of {trigger!r} carries no reason"
        remedy = "hold by 'hold', or by a trigger of your own"
        yield Fault("hold-without-reason", message, where, target, remedy)
    for source in transition.sources:
        yield from _move_faults(graph.states.get(source), goes, where)
    yield from _approval_faults(graph, transition, where)


def _merge_faults(trigger: str, target: State | None, where: str) -> Iterator[Fault]:
    """Refuse a merge that would let the clocks of the merged ticket run on (law L6)."""
    if trigger == _graph.MERGE and target is not None and target.category.value != "cancelled":
        message = f"leads to {target.name!r}, which is not cancelled: its clocks would not end"
        remedy = "lead to a state of category 'cancelled'"
        yield Fault("merge-not-cancelled", message, where, target.name, remedy)


def _approval_faults(graph: Graph, transition: Transition, where: str) -> Iterator[Fault]:
    """Refuse approvals that nobody could give, and people who cannot be told apart (law L7)."""
    trigger, wanted = transition.trigger, transition.approvals
    for field in transition.separate_from:
        if field not in PERSON_FIELDS:
            yield _unknown("field", field, PERSON_FIELDS, f"{where}.separate_from")
    conditions = (transition.guard is not None, bool(wanted), bool(transition.separate_from))
    if trigger == OPEN and any(conditions):
        message = "has a guard, approvals or separate_from, but there is no ticket to look at yet"
        remedy = "put them on the transition that follows"
        yield Fault("guarded-opening", message, where, trigger, remedy)
    if wanted < 0:
        message, remedy = f"wants {wanted} approvals", "count people, from 0"
        yield Fault("bad-approvals", message, where, str(wanted), remedy)
    if wanted <= 0:
        return
    for source in transition.sources:
        most = graph.possible.approvals(source, wanted)
        if most < wanted:
            can = f"only {most} can be given" if most else "nobody can approve"
            message = f"wants {wanted} approvals, but {can} in {source!r}"
            remedy = f"add a transition {APPROVE!r} that starts in {source!r}"
            if most:
                remedy = f"let the guard of {APPROVE!r} hold until {wanted} people have approved"
            yield Fault("approvals-without-approve", message, where, source, remedy)


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
