"""`lint`: everything that is legal in a policy and probably not meant, each at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itsm_core.policy._lint_agreements import agreement_findings
from itsm_core.policy._lint_calendars import (
    calendar_findings,
    priority_findings,
    unused_findings,
)
from itsm_core.policy._lint_conditions import condition_findings
from itsm_core.policy._lint_goals import goal_findings
from itsm_core.policy._lint_guarantee import guarantee_findings
from itsm_core.policy._lint_lifecycles import lifecycle_findings
from itsm_core.policy._lint_people import people_findings
from itsm_core.policy._lint_roles import role_findings
from itsm_core.policy._lint_rules import Subject
from itsm_core.policy._lint_selection import selection_findings
from itsm_core.policy._lint_types import type_findings

if TYPE_CHECKING:
    from itsm_core.policy._findings import Finding
    from itsm_core.policy._source import PolicySource
    from itsm_core.policy._values import Policy

__all__ = ["lint"]

_LOOKS = (
    calendar_findings,
    priority_findings,
    selection_findings,
    goal_findings,
    agreement_findings,
    lifecycle_findings,
    condition_findings,
    people_findings,
    guarantee_findings,
    role_findings,
    type_findings,
    unused_findings,
)


def lint(policy: Policy, source: PolicySource) -> tuple[Finding, ...]:
    """Return what is legal and probably not meant, in the order of the file.

    `source` is what the policy was read from; see `read_policy`. An empty result means that no
    rule of `RULES` was broken, not that the policy is what you want: for that write expectations.

    >>> from itsm_core.policy import read_policy
    >>> reading = read_policy("servicenow_uci")
    >>> lint(reading.policy, reading.source)
    ()
    """
    subject = Subject(policy, source)
    found = [finding for look in _LOOKS for finding in look(subject)]
    return tuple(sorted(found, key=lambda each: (each.line, each.column, each.code)))
