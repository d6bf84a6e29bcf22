"""What is legal in a policy but probably not meant: the rules, and what they look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.policy._findings import Finding, Path, Severity
from itsm_core.policy._notes import meant_in
from itsm_core.policy._source import PolicySource

if TYPE_CHECKING:
    from itsm_core.policy._values import Policy
    from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

__all__ = ["RULES", "LintRule", "Subject"]


@attrs.frozen
class LintRule:
    """Say how grave it is to break a rule, and the rule itself in one sentence.

    >>> from itsm_core.policy import RULES
    >>> rule = RULES["late-warning"]
    >>> rule.severity.value, rule.text
    ('warning', 'A warning leaves five minutes to act.')
    """

    severity: Severity
    text: str


_W, _N = Severity.WARNING, Severity.NOTE
RULES: Final[Mapping[str, LintRule]] = MappingProxyType(
    {
        # agreements: which tickets they take
        "shadowed-agreement": LintRule(_W, "An agreement is reached by some ticket."),
        "selects-nothing": LintRule(_W, "A condition names what a ticket of this desk can have."),
        "tie": LintRule(_W, "Of two agreements that can meet, one has precedence."),
        "version-gap": LintRule(_W, "A version follows the one before without a gap."),
        # goals and clocks
        "slower-than-less-urgent": LintRule(
            _W, "A more urgent priority is never promised for later than a less urgent one."
        ),
        "response-after-resolution": LintRule(_W, "The answer is due before the solution."),
        "goal-missing": LintRule(_N, "Every priority that a ticket can have has a goal."),
        "late-warning": LintRule(_W, "A warning leaves five minutes to act."),
        "limit-unused": LintRule(_W, "A limit of pauses bounds a pause that there is."),
        "resume-unused": LintRule(_W, "What resumes a clock belongs to what pauses it."),
        "hold-reason-counts": LintRule(_N, "Some clock pauses for each hold reason."),
        "leg-kind": LintRule(_W, "A promise rests on groups and suppliers."),
        "leg-without-goal": LintRule(_W, "A leg has a goal for each priority of its promise."),
        "legs-seldom-fit": LintRule(_W, "Legs end in time from any hour of the week."),
        # calendars
        "hardly-open": LintRule(_W, "A calendar is open for an hour a week or more."),
        "unused-calendar": LintRule(_W, "Every calendar is used."),
        "interval-vanishes": LintRule(_W, "Opening hours exist on every day, clock changes too."),
        "exception-without-effect": LintRule(_W, "An exception changes the hours of its day."),
        "long-night": LintRule(_N, "Hours that run past midnight are a shift, not swapped."),
        "far-exception": LintRule(_N, "An exception is for a year that people plan for."),
        "no-holidays": LintRule(_W, "A source of holidays has some."),
        # priorities and lifecycles
        "priority-unused": LintRule(_N, "Every priority comes of some cell or modifier."),
        "reason-unneeded": LintRule(_N, "Only a matrix that is not monotone says why."),
        "unused-lifecycle": LintRule(_N, "Every lifecycle is used."),
        "promise-without-transition": LintRule(_W, "The lifecycle can do what is promised."),
        "pause-never": LintRule(_W, "A clock pauses for what tickets of this file wait for."),
        "required-at-opening": LintRule(_W, "What a transition requires can still be given then."),
        "near-trigger": LintRule(_N, "A trigger of your own is not nearly that of a command."),
        "type-without-lifecycle": LintRule(_W, "Every type of ticket has a lifecycle."),
        "type-twice": LintRule(_W, "A type of ticket has one lifecycle."),
        "impossible-value": LintRule(_W, "A condition asks for values that a ticket can have."),
        # people
        "rotation-gap": LintRule(_W, "At every hour that a rotation covers, somebody is on call."),
        "rotation-of-one": LintRule(_N, "A rotation has people who take turns."),
        "change-without-effect": LintRule(_W, "A change of a roster changes something."),
        "unknown-person": LintRule(_W, "Who is away is on the roster."),
        "unstaffed-hours": LintRule(_N, "Whenever a promise counts, somebody is on call."),
        "unknown-recipient": LintRule(_W, "Who is told or takes over is defined in this file."),
        "unreachable-rule": LintRule(_W, "Each escalation rule has something of its own to do."),
        "role-alone": LintRule(_W, "A role is written in one way."),
        "channel-without-route": LintRule(_W, "What comes in by a channel goes to a group."),
        "channel-without-hours": LintRule(_W, "An official channel says when it is staffed."),
        "no-official-channel": LintRule(_W, "Some channel is official."),
        "guarantee-channel": LintRule(_W, "An exception is for a channel that there is."),
        "guarantee-empty": LintRule(_W, "A guarantee tells tickets apart, and some earn clocks."),
    }
)
"""Every rule of `policy check` beyond those that refuse a file, by its code."""


@attrs.frozen
class Subject:
    """Hold what rules look at: the policy as values, and its text with the place of each key."""

    policy: Policy
    source: PolicySource

    def tell(
        self,
        code: str,
        message: str,
        path: Path,
        *,
        value: str = "",
        remedy: str = "",
        suggestion: str = "",
        at_key: bool = False,
    ) -> Finding:
        """Return a finding of a rule, at its place, with the rule's own severity and text.

        What the message says was meant is the suggestion, unless another one is given.
        """
        rule = RULES[code]
        return self.source.finding(
            code,
            message,
            path,
            severity=rule.severity,
            value=value,
            rule=rule.text,
            remedy=remedy,
            suggestion=suggestion or meant_in(message),
            at_key=at_key,
        )

    def written(self, path: Path) -> object:
        """Return what the file has at a path as a plain value, None where it has nothing."""
        found: object = self.source.values
        for step in path:
            found = _under(found, step)
        return found

    def tables(self, path: Path) -> Sequence[tuple[Path, Mapping[str, object]]]:
        """Return the tables of a list in the file, each with its own path."""
        found = self.written(path)
        items = cast("list[object]", found) if isinstance(found, list) else []
        return [
            ((*path, n), cast("Mapping[str, object]", item))
            for n, item in enumerate(items)
            if isinstance(item, Mapping)
        ]

    def agreement_path(self, agreement: ServiceLevelAgreement) -> Path:
        """Return where an agreement is defined: its table in the list, by id and version."""
        for path, table in self.tables(("agreements",)):
            version = table.get("version", 1)
            if table.get("id") == agreement.agreement_id and version == agreement.version:
                return path
        return ("agreements",)

    def target_path(self, agreement: ServiceLevelAgreement, target: ServiceLevelTarget) -> Path:
        """Return where a target of an agreement is defined, under its name."""
        path = self.agreement_path(agreement)
        for inner in ((*path, target.name), (*path, "targets", target.name)):
            if isinstance(self.written(inner), Mapping):
                return inner
        return path

    def goal_path(
        self, agreement: ServiceLevelAgreement, target: ServiceLevelTarget, priority: str
    ) -> Path:
        """Return where a goal is written: under the priority, under "*", or in the table."""
        goals = (*self.target_path(agreement, target), "goals")
        for key in (priority, "*"):
            if self.source.has((*goals, key)):
                return (*goals, key)
        return goals


def _under(value: object, step: str | int) -> object:
    """Return what a plain value has under a key, or at a place of a list; None if nothing."""
    if isinstance(value, Mapping) and isinstance(step, str):
        return cast("Mapping[str, object]", value).get(step)
    if isinstance(value, list) and isinstance(step, int):
        items = cast("list[object]", value)
        return items[step] if step < len(items) else None
    return None
