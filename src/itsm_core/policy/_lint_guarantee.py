"""A guarantee that leaves nothing of what is promised, or speaks of channels that there are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from itsm_core.errors import did_you_mean
from itsm_core.policy._lint_rules import Subject

if TYPE_CHECKING:
    from itsm_core.contacts import Channel, Guarantee
    from itsm_core.policy._findings import Finding

__all__ = ["guarantee_findings"]


def guarantee_findings(subject: Subject) -> Iterator[Finding]:
    """Yield exceptions for misspelt channels, and a guarantee by which no clock ever runs."""
    policy = subject.policy
    rule = policy.guarantee
    if rule is None:
        return
    for name in rule.channels:
        near = "" if name in policy.channels else did_you_mean(name, policy.channels)
        if near:
            yield subject.tell(
                "guarantee-channel",
                f"no channel of this file is named {name!r}{near}",
                ("guarantee", "channels", name),
                value=name,
                remedy=f"use one of {', '.join(policy.channels)}, or leave it, if there is one",
                at_key=True,
            )
    is_promised = any(each.kind == "sla" for each in policy.agreements)
    if is_promised and not any(each.kind == "sla" for each in policy.promised):
        yield subject.tell(
            "guarantee-empty",
            "no ticket earns a clock, whichever way it comes",
            ("guarantee",),
            remedy='let some channel earn "reported" or "registered"',
            at_key=True,
        )
    elif rule.official != rule.unofficial and not _has_other(policy.channels, rule):
        yield subject.tell(
            "guarantee-empty",
            f"no channel of this file is official: every ticket earns {rule.unofficial!r}",
            ("guarantee",),
            value=rule.unofficial,
            remedy="add the official channels as [channels.NAME]",
            at_key=True,
        )


def _has_other(channels: Mapping[str, Channel], rule: Guarantee) -> bool:
    """Return whether a ticket may earn something else than one of an unofficial channel."""
    if any(each.official for each in channels.values()):
        return True
    words = {*rule.channels.values()}
    if rule.emergency is not None:
        words.add("reported")
    return not words <= {rule.unofficial}
