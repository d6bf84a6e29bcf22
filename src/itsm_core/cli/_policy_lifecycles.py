"""Lifecycles of a policy in words and as plain values: states, holds, approvals, who may."""

from __future__ import annotations

from collections.abc import Iterator

from itsm_core.lifecycle import SHIPPED, Lifecycle, Transition
from itsm_core.policy import Policy

__all__ = ["lifecycle_lines", "lifecycle_values", "lifecycles_of"]

_APPROVE = "approve"


def lifecycles_of(policy: Policy) -> tuple[Lifecycle, ...]:
    """Return the lifecycle of new tickets, those that the file defines, and those of its timers."""
    known = {each.name: each for each in SHIPPED} | dict(policy.lifecycles)
    names = dict.fromkeys((policy.lifecycle, *policy.lifecycles, *policy.timed))
    return tuple(known[name] for name in names)


def lifecycle_lines(policy: Policy, lifecycle: Lifecycle) -> Iterator[str]:
    """Yield a lifecycle in words: a line for its states and holds, and one for each move."""
    own = "" if lifecycle.name in policy.lifecycles else ", shipped"
    new = ", of new tickets" if lifecycle.name == policy.lifecycle else ""
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
        "is_for_new_tickets": lifecycle.name == policy.lifecycle,
    }
