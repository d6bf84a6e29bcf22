"""Conditions that ask for a value which no ticket of the policy can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from itsm_core.conditions import AllOf, AnyOf, FieldTest, Not, Predicate
from itsm_core.errors import did_you_mean
from itsm_core.lifecycle import SHIPPED
from itsm_core.policy._lint_rules import Subject
from itsm_core.policy._lint_types import closed_types
from itsm_core.policy._placing import placed

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding, Path

__all__ = ["condition_findings"]


def condition_findings(subject: Subject) -> Iterator[Finding]:
    """Yield values of conditions that are no level, hold reason or type of ticket of the file."""
    levels = _levels(subject)
    policy = subject.policy
    for name, lifecycle in policy.lifecycles.items():
        own = {**levels, "hold_reason": lifecycle.hold_reasons}
        for n, each in enumerate(lifecycle.transitions):
            if each.guard is not None:
                path: Path = ("lifecycles", name, "transitions", n, "guard")
                yield from _impossible(subject, path, each.guard, own)
    for path, rule in _rules(subject):
        yield from _impossible(subject, path, rule, levels)


def _levels(subject: Subject) -> dict[str, tuple[str, ...]]:
    """Return what the fields can hold whose values the policy itself lists."""
    rules = subject.policy.matrix.policy
    known = (*subject.policy.lifecycles.values(), *SHIPPED)
    reasons = dict.fromkeys(reason for each in known for reason in each.hold_reasons)
    return {
        "impact": rules.impacts,
        "urgency": rules.urgencies,
        "priority": rules.priorities,
        "hold_reason": tuple(reasons),
        "ticket_type": closed_types(subject),
    }


def _rules(subject: Subject) -> Iterator[tuple[Path, Predicate]]:
    """Yield the conditions of agreements, clocks, ladders and emergencies, with their paths."""
    policy = subject.policy
    if policy.guarantee is not None and policy.guarantee.emergency is not None:
        yield ("guarantee", "emergency"), policy.guarantee.emergency
    for agreement in policy.agreements:
        if agreement.applies_to is not None:
            yield (*subject.agreement_path(agreement), "applies_to"), agreement.applies_to
        for target in agreement.targets:
            if target.metric == "commitment":  # it has no rules: each promise brings its own
                continue
            path = (*subject.target_path(agreement, target), "rules")
            for key, rule in attrs.asdict(target.rules, recurse=False).items():
                if rule is not None and subject.source.has((*path, key)):
                    yield (*path, key), rule
    for name, ladder in policy.ladders.items():
        for n, each in enumerate(ladder.rules):
            if each.when is not None:
                yield ("ladders", name, "rules", n, "when"), each.when


def _impossible(
    subject: Subject, path: Path, rule: Predicate, levels: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    for test in _tests(rule):
        known = levels.get(test.field, ())
        for value in test.values:
            if not known or not isinstance(value, str) or value in known:
                continue
            at, _ = placed(subject.source, path, "", value)
            field = test.field.replace("_", " ")
            yield subject.tell(
                "impossible-value",
                f"no ticket has {field} {value!r}{did_you_mean(value, known)}",
                at,
                value=value,
                remedy=f"use one of {', '.join(known)}",
            )


def _tests(rule: Predicate) -> Iterator[FieldTest]:
    match rule:
        case FieldTest():
            yield rule
        case Not(part=part):
            yield from _tests(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _tests(part)
