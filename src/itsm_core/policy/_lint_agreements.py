"""What agreements and catalogues remark about themselves, brought to its place in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.policy._lint_rules import Subject

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding

__all__ = ["agreement_findings"]

_OF_TARGETS: Final = {"limit-unused": "pause_limits", "resume-unused": "rules"}
_OF_LEGS: Final = ("leg-kind", "leg-without-goal", "legs-seldom-fit")


def agreement_findings(subject: Subject) -> Iterator[Finding]:
    """Yield the remarks about pauses and legs of every agreement, and reasons nobody pauses on."""
    yield from _idle_reasons(subject)
    for agreement in subject.policy.agreements:
        path = subject.agreement_path(agreement)
        for target in agreement.targets:
            alone = attrs.evolve(agreement, targets=(target,), legs=())
            for remark in alone.check():
                if remark.code in _OF_TARGETS:
                    place = (*subject.target_path(agreement, target), _OF_TARGETS[remark.code])
                    yield subject.tell(remark.code, remark.message, place, remedy=remark.remedy)
        if agreement.legs:
            for remark in agreement.check():
                if remark.code in _OF_LEGS:
                    place = (*path, "legs")
                    yield subject.tell(remark.code, remark.message, place, remedy=remark.remedy)


def _idle_reasons(subject: Subject) -> Iterator[Finding]:
    """Yield the hold reasons of the file's own lifecycles that no agreement speaks of."""
    told = [json.dumps(each.to_json()) for each in subject.policy.agreements]
    for name, lifecycle in subject.policy.lifecycles.items():
        for n, reason in enumerate(lifecycle.hold_reasons):
            if any(json.dumps(reason) in text for text in told):
                continue
            yield subject.tell(
                "hold-reason-counts",
                f"no clock pauses for {reason!r}: time on hold for it counts everywhere",
                ("lifecycles", name, "hold_reasons", n),
                value=reason,
                remedy="add it to pause_on where the desk cannot go on, or leave it",
            )
