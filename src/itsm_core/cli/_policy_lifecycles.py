"""Lifecycles of a policy in words and as plain values: states, holds, approvals, who may."""

from __future__ import annotations

from collections.abc import Iterator

from itsm_core.lifecycle import ANY_TYPE, SHIPPED, Lifecycle, Transition
from itsm_core.lifecycle._by_type import names_in, types_of
from itsm_core.policy import Policy

__all__ = ["lifecycle_lines", "lifecycle_values", "lifecycles_of"]

_APPROVE = "approve"


def lifecycles_of(policy: Policy) -> tuple[Lifecycle, ...]:
    """Return the lifecycles of new tickets, those that the file defines, those of its timers."""
    known = {each.name: each for each in SHIPPED} | dict(policy.lifecycles)
    names = dict.fromkeys((*names_in(policy.lifecycle), *policy.lifecycles, *policy.timed))
    return tuple(known[name] for name in names)


def lifecycle_lines(policy: Policy, lifecycle: Lifecycle) -> Iterator[str]:
    """Yield a lifecycle in words: a line for its states and holds, and one for each move."""
    own = "" if lifecycle.name in policy.lifecycles else ", shipped"
    new = _followers(policy, lifecycle)
    yield f"{lifecycle.name} version {lifecycle.version}{own}{new}"
    states = ", ".join(f"{name} ({kind.value})" for name, kind in lifecycle.categories.items())
    yield f"  states: {states}"
    if lifecycle.hold_reasons:
        yield f"  holds for {', '.join(lifecycle.hold_reasons)}"
    if lifecycle.resume_on_contact:
        yield f"  a contact ends the hold for {', '.join(lifecycle.resume_on_contact)}"
    for each in lifecycle.transitions:
        if each.target or each.trigger == _APPROVE:
            yield f"  {_move(each)}"
    is_own = lifecycle.name in policy.lifecycles
    recording = dict.fromkeys(
        each.trigger + (f" ({' or '.join(each.roles)})" if each.roles and is_own else "")
        for each in lifecycle.transitions
        if not each.target and each.trigger != _APPROVE
    )
    if recording:
        yield f"  recorded without moving: {', '.join(recording)}"


def _followers(policy: Policy, lifecycle: Lifecycle) -> str:
    """Return in words which new tickets follow a lifecycle."""
    names = policy.lifecycle
    if isinstance(names, str):
        return ", of new tickets" if lifecycle.name == names else ""
    types = [kind for kind in types_of(names) if names[kind] == lifecycle.name]
    if names.get(ANY_TYPE) == lifecycle.name:
        types.append("every other type" if types_of(names) else "every type")
    return f", of new tickets of {_listed(types)}" if types else ""


def _types(policy: Policy, lifecycle: Lifecycle) -> list[str]:
    """Return the types that follow a lifecycle, "*" being every other; none if all follow one."""
    names = policy.lifecycle
    if isinstance(names, str):
        return []
    return [kind for kind, name in names.items() if name == lifecycle.name]


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _move(each: Transition) -> str:
    where = " or ".join(each.sources)
    way = f"{where} -> {each.target}" if where and each.target else each.target or f"while {where}"
    parts = [f"by {' or '.join(each.roles)}" if each.roles else "by anybody"]
    if each.separate_from:
        parts.append(f"who is not the {' or the '.join(each.separate_from)}")
    if each.approvals:
        noun = "person" if each.approvals == 1 else "people"
        have = "has" if each.approvals == 1 else "have"
        parts.append(f"once {each.approvals} {noun} {have} approved")
    if each.required:
        parts.append(f"with {', '.join(each.required)}")
    if each.condition is not None:
        parts.append(f"if {each.condition}")
    return f"{each.trigger}: {way}, {', '.join(parts)}"


def lifecycle_values(policy: Policy, lifecycle: Lifecycle) -> dict[str, object]:
    """Return a lifecycle as plain JSON values, as its own JSON has it, and what it is here for."""
    return {
        **lifecycle.to_json(),
        "is_shipped": lifecycle.name not in policy.lifecycles,
        "is_for_new_tickets": lifecycle.name in names_in(policy.lifecycle),
        "ticket_types": _types(policy, lifecycle),
    }
