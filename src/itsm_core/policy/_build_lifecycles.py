"""Lifecycles that a policy defines, and the shipped ones that it may name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from itsm_core.documents import KeyPath
from itsm_core.errors import DefinitionError, Fault
from itsm_core.lifecycle import SHIPPED, Finding, Lifecycle, State, StateCategory, Transition
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


def check_lifecycle(ref: Ref, forms: Mapping[str, LifecycleForm], notes: Notes) -> None:
    """Note that the lifecycle of new tickets is neither in the file nor shipped."""
    if ref and ref.text not in forms and ref.text not in SHIPPED_BY_NAME:
        notes.unknown(ref.at, ref.text, (*forms, *SHIPPED_BY_NAME), "lifecycle ")


def reasons_known(chosen: str, own: Mapping[str, Lifecycle]) -> tuple[str, ...]:
    """Return the hold reasons that a clock may pause on, those of new tickets' lifecycle first."""
    first = own.get(chosen) or SHIPPED_BY_NAME.get(chosen)
    every = [*([first] if first else ()), *own.values(), *SHIPPED]
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
        for fault in error.faults:
            notes.add_fault(fault, _transition_at(form, fault) or form.at)
    return None


def _transition_at(form: LifecycleForm, fault: Fault) -> KeyPath | None:
    """Return the transition, or the state, that a fault names otherwise than by its number."""
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
