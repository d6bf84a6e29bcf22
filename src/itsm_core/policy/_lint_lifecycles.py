"""Lifecycles in which a promise cannot be kept, work gets stuck, or a trigger is misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, cast

from itsm_core.commands import COMMAND_TYPES
from itsm_core.conditions import Condition, Predicate, all_of, field, find_overlap
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.lifecycle import ANY_TYPE, SHIPPED, Lifecycle
from itsm_core.lifecycle._by_type import name_for, names_in, types_of
from itsm_core.lifecycle._values import STAYING
from itsm_core.policy._build_lifecycles import SETTERS
from itsm_core.policy._inline import written
from itsm_core.policy._lint_rules import Subject
from itsm_core.sla import FACTS, METRICS

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding, Path
    from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

__all__ = ["lifecycle_findings"]

_TRIGGERS: Final = tuple(kind.trigger for kind in COMMAND_TYPES if kind.trigger)
_NEAR: Final = 0.8
"""How alike two triggers are of which one is a slip of the other: "asign", not "unassign"."""

_ANSWERED: Final = frozenset({"response", "next_reply", "update"})
"""Metrics that an answer keeps."""

_FINISHED: Final = frozenset({"resolution", "requester_wait", "agent_work"})
"""Metrics that a state of category resolved or closed keeps."""


def lifecycle_findings(subject: Subject) -> Iterator[Finding]:
    """Yield promises that no lifecycle keeps, and what is doubtful in the file's own ones."""
    for agreement in subject.policy.agreements:
        followed = _followed(subject, agreement)
        for target in agreement.targets:
            yield from _unkept(subject, agreement, target, followed)
            yield from _idle_pauses(subject, agreement, target)
    for name, lifecycle in subject.policy.lifecycles.items():
        path: Path = ("lifecycles", name, "transitions")
        yield from _near_triggers(subject, path, lifecycle)
        yield from _never_filled(subject, path, lifecycle)


def _known(subject: Subject) -> dict[str, Lifecycle]:
    return {each.name: each for each in SHIPPED} | dict(subject.policy.lifecycles)


def _followed(subject: Subject, agreement: ServiceLevelAgreement) -> list[Lifecycle]:
    """Return the lifecycles that tickets of an agreement follow, as far as the file says."""
    names, known = subject.policy.lifecycle, _known(subject)
    if isinstance(names, str):
        return [known[names]]
    asked = subject.policy.conditions.get((agreement.agreement_id, agreement.version), ())
    types = [each for each in asked if each.field == "ticket_type"]
    wanted = [value for each in types if not each.has_pattern for value in each.values]
    wanted += [kind for kind in types_of(names) if all(each.takes(kind) for each in types)]
    if all(each.has_pattern for each in types):
        wanted.append(ANY_TYPE)
    if agreement.applies_to is not None:
        rule = Condition(schema=FACTS, rule=agreement.applies_to)
        wanted = [kind for kind in wanted if _can_hold(rule, kind, types_of(names))]
    found = dict.fromkeys(name_for(names, kind) for kind in wanted)
    return [known[name] for name in found if name is not None]


def _can_hold(rule: Condition, kind: str, named: tuple[str, ...]) -> bool:
    """Return whether a condition can hold for a type of ticket; "*" is any that is not named."""
    fact = field("ticket_type")
    try:
        if kind != ANY_TYPE:
            test: Predicate = fact.is_(kind)
        else:
            test = ~fact.is_in(*named) if named else all_of()
        return find_overlap(rule, Condition(schema=FACTS, rule=test)) is not None
    except (DefinitionError, InvalidValue):  # too much to look at: nothing is proved
        return True


def _unkept(
    subject: Subject,
    agreement: ServiceLevelAgreement,
    target: ServiceLevelTarget,
    followed: list[Lifecycle],
) -> Iterator[Finding]:
    """Yield a target that nothing in the lifecycle of its tickets can keep."""
    if target.rules != METRICS.get(target.metric):
        return
    for each in followed:
        if target.metric in _ANSWERED and "answer" not in each.triggers:
            lacks = "no transition 'answer'"
            sources = [name for name, category in each.categories.items() if category.is_open]
            form = subject.source.format
            told = written(form, "trigger", "answer"), written(form, "sources", sources)
            remedy = f"add a transition with {told[0]} and {told[1]}"
        elif target.metric in _FINISHED and not _ends_well(each):
            lacks = "no state of category resolved or closed"
            remedy = 'give a state the category "resolved" or "closed"'
        else:
            continue
        yield subject.tell(
            "promise-without-transition",
            f"{target.name} of {agreement.agreement_id!r} is never kept: "
            f"lifecycle {each.name!r} has {lacks}",
            subject.target_path(agreement, target),
            value=each.name,
            remedy=f"{remedy}, or remove the promise",
            at_key=True,
        )


def _ends_well(lifecycle: Lifecycle) -> bool:
    return any(each.value in ("resolved", "closed") for each in lifecycle.categories.values())


def _idle_pauses(
    subject: Subject, agreement: ServiceLevelAgreement, target: ServiceLevelTarget
) -> Iterator[Finding]:
    """Yield the reasons of `pause_on` that no lifecycle of the file's tickets has."""
    path = (*subject.target_path(agreement, target), "pause_on")
    reasons = _reasons(subject)
    given = subject.written(path)
    for n, reason in enumerate(cast("list[object]", given) if isinstance(given, list) else ()):
        if reason not in reasons:
            yield subject.tell(
                "pause-never",
                f"no ticket of this file waits for {reason!r}: the clock never pauses for it",
                (*path, n),
                value=str(reason),
                remedy=f"use one of {', '.join(reasons)}" if reasons else "remove pause_on",
            )


def _reasons(subject: Subject) -> tuple[str, ...]:
    """Return the hold reasons of every lifecycle that the file names."""
    policy, known = subject.policy, _known(subject)
    names = [*names_in(policy.lifecycle), *policy.lifecycles, *policy.timed]
    found = (reason for name in names if name in known for reason in known[name].hold_reasons)
    return tuple(dict.fromkeys(found))


def _near_triggers(subject: Subject, path: Path, lifecycle: Lifecycle) -> Iterator[Finding]:
    """Yield triggers of one's own that are nearly one of a command, which then means nothing."""
    for n, each in enumerate(lifecycle.transitions):
        trigger = each.trigger
        if trigger in _TRIGGERS:
            continue
        known = [name for name in _TRIGGERS if (name in STAYING) is not bool(each.target)]
        near = get_close_matches(trigger.lower(), known, n=1, cutoff=_NEAR)
        if near and not (trigger != near[0] and trigger.endswith(near[0])):
            yield subject.tell(
                "near-trigger",
                f"{trigger!r} is a trigger of your own; did you mean {near[0]!r}, "
                "the one of a command?",
                (*path, n, "trigger"),
                value=trigger,
                remedy=f"write {near[0]!r}, or leave it if your own is meant",
                suggestion=near[0],
            )


def _never_filled(subject: Subject, path: Path, lifecycle: Lifecycle) -> Iterator[Finding]:
    """Yield required fields that only the opening of a ticket fills."""
    opening = lifecycle.transitions_of("open")
    at_opening = {name for each in opening for name in each.required}
    for n, each in enumerate(lifecycle.transitions):
        for number, name in enumerate(each.required):
            setters = SETTERS.get(name, ())
            if not setters or name in at_opening or each.trigger in ("open", *setters):
                continue
            if any(trigger in lifecycle.triggers for trigger in setters):
                continue
            yield subject.tell(
                "required-at-opening",
                f"{each.trigger!r} requires {name}, which nothing fills once a ticket is open: "
                "one opened without it is stuck",
                (*path, n, "required", number),
                value=name,
                remedy=f"add a transition {setters[0]!r}, or require it at 'open'",
            )
