"""What an escalation does: hand over, go up, tell, raise, propose (law E1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, cast

import attrs

from itsm_core.errors import Fault
from itsm_core.ids import GroupId
from itsm_core.rosters import _fields as check

TargetKind = Literal["person", "group", "role", "roster", "assignee", "requester"]
"""Whom a message is for; `roster` is whoever is on call there."""

TARGET_KINDS: Final[tuple[TargetKind, ...]] = (
    "person",
    "group",
    "role",
    "roster",
    "assignee",
    "requester",
)
_OF_THE_TICKET: Final = frozenset({"assignee", "requester"})


def _group(value: str) -> GroupId:
    return cast("GroupId", value)  # the checks say if it is none


@attrs.frozen(kw_only=True)
class EscalateToGroup:
    """Escalate functionally: the ticket goes to a group or a tier that can do more.

    >>> print(EscalateToGroup(group="network"))
    assign to network
    """

    group: GroupId = attrs.field(converter=_group, default=GroupId(""))
    tier: str = ""

    def __attrs_post_init__(self) -> None:
        check.refuse("action escalate_to_group", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("group", self.group, optional=True)
        yield from check.text_faults("tier", self.tier, optional=True)
        if bool(self.group) == bool(self.tier):
            message = "names both group and tier" if self.group else "names no group and no tier"
            yield Fault("no-target", message, "group", str(self.group), "name one of the two")

    def __str__(self) -> str:
        return f"assign to {self.group}" if self.group else f"assign to tier {self.tier}"


@attrs.frozen(kw_only=True)
class EscalateToRole:
    """Escalate hierarchically: a role takes the responsibility, the ticket stays where it is.

    >>> print(EscalateToRole(role="team lead"))
    escalate to the team lead
    """

    role: str

    def __attrs_post_init__(self) -> None:
        check.refuse("action escalate_to_role", check.text_faults("role", self.role))

    def __str__(self) -> str:
        return f"escalate to the {self.role}"


@attrs.frozen(kw_only=True)
class Notify:
    """Tell somebody. `name` says which person, group, role or roster; assignee and requester of the
    ticket have no name. `respect_quiet_hours` lets the message wait for the end of theirs.

    >>> print(Notify(target="roster", name="nights"))
    notify who is on call in nights
    """

    target: TargetKind
    name: str = ""
    respect_quiet_hours: bool = True

    def __attrs_post_init__(self) -> None:
        check.refuse("action notify", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.choice_faults("target", self.target, TARGET_KINDS)
        if self.target in _OF_THE_TICKET:
            if self.name:
                message = f"the {self.target} of the ticket has no name here"
                yield Fault("no-target", message, "name", str(self.name), "leave the name out")
        else:
            yield from check.text_faults("name", self.name)
        remedy = "write True or False"
        flag = self.respect_quiet_hours
        yield from check.kind_faults("respect_quiet_hours", flag, bool, "true or false", remedy)

    def __str__(self) -> str:
        if self.target == "roster":
            return f"notify who is on call in {self.name}"
        return f"notify {f'{self.target} {self.name}' if self.name else f'the {self.target}'}"


@attrs.frozen(kw_only=True)
class RaisePriority:
    """Raise the priority: `to` a level, or by `levels`; never lower it.

    >>> print(RaisePriority(levels=1))
    raise the priority by one level
    """

    to: str = ""
    levels: int = 0

    def __attrs_post_init__(self) -> None:
        check.refuse("action raise_priority", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("to", self.to, optional=True)
        numbers = list(check.number_faults("levels", self.levels, 0, 100))
        yield from numbers
        if not numbers and bool(self.to) == bool(self.levels):
            message = "names both to and levels" if self.to else "names neither to nor levels"
            yield Fault("no-target", message, "to", str(self.to), "write to='P1', or levels=1")

    def __str__(self) -> str:
        by = "one level" if self.levels == 1 else f"{self.levels} levels"
        return f"raise the priority {f'to {self.to}' if self.to else f'by {by}'}"


@attrs.frozen(kw_only=True)
class ProposeMajorIncident:
    """Propose a major incident to a role, who accepts it or rejects it with a reason.

    >>> print(ProposeMajorIncident(role="duty manager"))
    propose a major incident to the duty manager
    """

    role: str = "major incident manager"

    def __attrs_post_init__(self) -> None:
        check.refuse("action propose_major_incident", check.text_faults("role", self.role))

    def __str__(self) -> str:
        return f"propose a major incident to the {self.role}"


Action = EscalateToGroup | EscalateToRole | Notify | RaisePriority | ProposeMajorIncident
"""Everything that an escalation can do."""

ACTIONS: Final = (EscalateToGroup, EscalateToRole, Notify, RaisePriority, ProposeMajorIncident)
