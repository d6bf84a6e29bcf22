"""Lifecycles that a policy defines, and the shipped ones that it may name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

import attrs

from itsm_core.documents import KeyPath
from itsm_core.errors import DefinitionError, Fault, did_you_mean
from itsm_core.lifecycle import (
    SHIPPED,
    Finding,
    Lifecycle,
    LifecycleNames,
    State,
    StateCategory,
    Transition,
)
from itsm_core.lifecycle._by_type import names_in
from itsm_core.lifecycle._values import STAYING
from itsm_core.policy._forms import LifecycleForm, TransitionForm
from itsm_core.policy._leaves import rule_of
from itsm_core.policy._node import Ref
from itsm_core.policy._notes import Notes

SHIPPED_BY_NAME: Final[Mapping[str, Lifecycle]] = {each.name: each for each in SHIPPED}


def build_lifecycles(forms: Mapping[str, LifecycleForm], notes: Notes) -> dict[str, Lifecycle]:
    """Return the lifecycles that the file defines, by name."""
    made: dict[str, Lifecycle] = {}
    for name, form in forms.items():
        lifecycle = _lifecycle(name, form, notes)
        if lifecycle is not None:
            made[name] = lifecycle
    return made


def followed(
    names: Ref | dict[str, Ref], forms: Mapping[str, LifecycleForm], notes: Notes
) -> LifecycleNames:
    """Return the lifecycles of new tickets; one that there is not is noted."""
    refs = [names] if isinstance(names, Ref) else [*names.values()]
    for ref in refs:
        if ref.text not in forms and ref.text not in SHIPPED_BY_NAME:
            notes.unknown(ref.at, ref.text, (*forms, *SHIPPED_BY_NAME), "lifecycle ")
    if isinstance(names, Ref):
        return names.text
    return {kind: ref.text for kind, ref in names.items()}


def reasons_known(chosen: LifecycleNames, own: Mapping[str, Lifecycle]) -> tuple[str, ...]:
    """Return the hold reasons that a clock may pause on, those of new tickets' lifecycles first."""
    named = (own.get(name) or SHIPPED_BY_NAME.get(name) for name in names_in(chosen))
    first = [each for each in named if each is not None]
    every = [*first, *own.values(), *SHIPPED]
    return tuple(dict.fromkeys(reason for each in every for reason in each.hold_reasons))


def _lifecycle(name: str, form: LifecycleForm, notes: Notes) -> Lifecycle | None:
    made = [_transition(each, notes) for each in form.transitions]
    states = tuple(
        State(name=state, category=StateCategory(category))
        for state, category in form.states.items()
    )
    if notes.is_broken(form.at):
        return None
    try:
        return Lifecycle(
            name=name,
            version=form.version,
            states=states,
            hold_reasons=_texts(form.hold_reasons),
            resume_on_contact=_texts(form.resume_on_contact),
            transitions=tuple(each for each in made if each is not None),
        )
    except DefinitionError as error:
        for fault in _causes(error.faults):
            if not _is_targetless(form, fault, notes) and not _is_stuck(form, fault, notes):
                # Of hold reasons the key is meant, not a state that happens to be named.
                told = attrs.evolve(fault, where="", value="") if _is_keyed(fault) else fault
                notes.add_fault(told, _transition_at(form, fault) or form.at)
    return None


SETTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "assignee": ("assign", "hand_over"),
    "group": ("assign", "hand_over"),
    "impact": ("prioritise",),
    "urgency": ("prioritise",),
    "service": ("reclassify",),
    "category_name": ("reclassify",),
    "configuration_item_id": ("reclassify",),
}
"""Fields of a ticket by the triggers that fill them once it is open."""

_MISSING: Final = re.compile(r"from here when (?P<field>\w+) is missing")
_UNKNOWN: Final = frozenset({"unknown-source", "unknown-target"})
_OF_THE_GRAPH: Final = frozenset(
    {
        "approvals-without-approve",
        "dead-end",
        "endless-pause",
        "guarded-dead-end",
        "hold-without-exit",
        "no-terminal-state",
        "no-way-to-end",
        "unbounded-reopen",
        "unreachable-state",
    }
)
"""Faults that a state which is not known under its name brings with it."""


def _causes(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Return the faults that are not mere consequences of a misspelt state."""
    if not any(each.code in _UNKNOWN for each in faults):
        return faults
    return tuple(each for each in faults if each.code not in _OF_THE_GRAPH)


def _is_stuck(form: LifecycleForm, fault: Fault, notes: Notes) -> bool:
    """Return whether a field that stays empty keeps tickets from their end, which is noted.

    It is told once, where the field is required, and not at every state on the way there.
    """
    found = _MISSING.search(fault.message) if fault.code == "no-way-to-end" else None
    if found is None:
        return False
    name = found["field"]
    wanted = [(each, ref) for each in form.transitions for ref in each.required if ref.text == name]
    if not wanted:
        return False
    transition, ref = wanted[0]
    setter = next(iter(SETTERS.get(name, ())), "")
    fill = f"add a transition {setter!r}" if setter else f"fill {name}"
    notes.add(
        fault.code,
        f"no ticket without {name} comes to an end: {transition.trigger.text!r} requires it",
        ref.at,
        value=name,
        remedy=f"{fill}, require it at 'open', or let another way to the end go without it",
    )
    return True


def _is_targetless(form: LifecycleForm, fault: Fault, notes: Notes) -> bool:
    """Return whether a transition leads nowhere, which is noted at its trigger.

    Some triggers record only and have no target; a misspelt one of these is told as such.
    """
    if fault.code != "unknown-target" or fault.value or not isinstance(fault, Finding):
        return False
    number = fault.where.partition("[")[2].partition("]")[0]
    each = form.transitions[int(number)]
    near = did_you_mean(fault.trigger, STAYING)
    states = ", ".join(form.states)
    notes.add(
        fault.code,
        f"{fault.trigger!r} has no target, and only triggers that record may have none{near}",
        each.trigger.at,
        value=fault.trigger,
        remedy=f"correct the trigger, or add target = one of: {states}",
    )
    return True


def _is_keyed(fault: Fault) -> bool:
    return fault.code == "no-hold-reasons"


def _transition_at(form: LifecycleForm, fault: Fault) -> KeyPath | None:
    """Return the transition, or the state, that a fault names otherwise than by its number."""
    if _is_keyed(fault):
        return form.path("hold_reasons") if "hold_reasons" in form.given else form.at
    if fault.code == "unreachable-state" and fault.value in form.states:
        return form.path("states", fault.value)
    if not isinstance(fault, Finding) or not fault.trigger or "[" in fault.where:
        return None
    named = [each for each in form.transitions if each.trigger.text == fault.trigger]
    starting = [each for each in named if fault.state in _texts(each.sources)]
    if not starting and fault.state in form.states:
        return form.path("states", fault.state)
    found = next(iter(starting or named), None)
    return None if found is None else found.trigger.at


def _transition(form: TransitionForm, notes: Notes) -> Transition | None:
    guard = rule_of(form.guard)
    make = partial(
        Transition,
        trigger=form.trigger.text,
        sources=_texts(form.sources),
        target=form.target.text,
        roles=_texts(form.roles),
        required=_texts(form.required),
        guard=guard,
        approvals=form.approvals,
        separate_from=_texts(form.separate_from),
    )
    return notes.attempt(form.at, make)


def _texts(refs: tuple[Ref, ...]) -> tuple[str, ...]:
    return tuple(each.text for each in refs)
