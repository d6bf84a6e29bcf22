"""Actions: each reads as words, and refuses what cannot be carried out (E1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itsm_core import escalation as e
from itsm_core.errors import DefinitionError
from itsm_core.escalation._actions import ACTIONS
from itsm_core.ids import GroupId


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (e.EscalateToGroup(group=GroupId("second line")), "assign to second line"),
        (e.EscalateToGroup(tier="2"), "assign to tier 2"),
        (e.EscalateToRole(role="service owner"), "escalate to the service owner"),
        (e.Notify(target="assignee"), "notify the assignee"),
        (e.Notify(target="group", name="network"), "notify group network"),
        (e.Notify(target="roster", name="nights"), "notify who is on call in nights"),
        (e.RaisePriority(to="P1"), "raise the priority to P1"),
        (e.RaisePriority(levels=1), "raise the priority by one level"),
        (e.RaisePriority(levels=2), "raise the priority by 2 levels"),
        (
            e.ProposeMajorIncident(),
            "propose a major incident to the major incident manager",
        ),
    ],
    ids=str,
)
def test_action_reads_as_words_when_it_is_printed(action: e.Action, words: str) -> None:
    """A plan says these words."""
    assert str(action) == words


@pytest.mark.parametrize(
    ("kind", "fields", "code", "where"),
    [
        (e.EscalateToGroup, {}, "no-target", "group"),
        (e.EscalateToGroup, {"group": "a", "tier": "2"}, "no-target", "group"),
        (e.EscalateToGroup, {"group": 5}, "wrong-type", "group"),
        (e.EscalateToGroup, {"tier": 2}, "wrong-type", "tier"),
        (e.EscalateToRole, {"role": ""}, "empty", "role"),
        (e.Notify, {"target": "everybody"}, "unknown-name", "target"),
        (e.Notify, {"target": "group"}, "empty", "name"),
        (e.Notify, {"target": "assignee", "name": "ana"}, "no-target", "name"),
        (e.Notify, {"target": "requester", "name": "rob"}, "no-target", "name"),
        (
            e.Notify,
            {"target": "assignee", "respect_quiet_hours": 1},
            "wrong-type",
            "respect_quiet_hours",
        ),
        (e.RaisePriority, {}, "no-target", "to"),
        (e.RaisePriority, {"to": "P1", "levels": 1}, "no-target", "to"),
        (e.RaisePriority, {"to": 1}, "wrong-type", "to"),
        (e.RaisePriority, {"levels": -1}, "wrong-value", "levels"),
        (e.RaisePriority, {"levels": 101}, "wrong-value", "levels"),
        (e.ProposeMajorIncident, {"role": ""}, "empty", "role"),
    ],
    ids=range(16),
)
def test_action_is_refused_when_it_cannot_be_carried_out(
    kind: Callable[..., object], fields: dict[str, Any], code: str, where: str
) -> None:
    """Nobody to tell, two places to go, a priority that is lowered."""
    with pytest.raises(DefinitionError) as caught:
        kind(**fields)
    fault = caught.value.faults[0]
    assert (fault.code, fault.where) == (code, where)


@pytest.mark.parametrize(
    ("kind", "fields", "message", "value"),
    [
        (e.EscalateToGroup, {}, "names no group and no tier", ""),
        (e.EscalateToGroup, {"group": "a", "tier": "2"}, "names both group and tier", "a"),
        (
            e.Notify,
            {"target": "assignee", "name": "ana"},
            "the assignee of the ticket has no name here",
            "ana",
        ),
        (e.RaisePriority, {}, "names neither to nor levels", ""),
        (e.RaisePriority, {"to": "P1", "levels": 1}, "names both to and levels", "P1"),
    ],
    ids=range(5),
)
def test_one_target_is_asked_for_when_there_is_none_or_are_two(
    kind: Callable[..., object], fields: dict[str, Any], message: str, value: str
) -> None:
    """One fault alone, which says which of the two it is."""
    with pytest.raises(DefinitionError) as caught:
        kind(**fields)
    assert [(each.message, each.value) for each in caught.value.faults] == [(message, value)]


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        (e.EscalateToGroup, {}, "action escalate_to_group"),
        (e.EscalateToRole, {"role": ""}, "action escalate_to_role"),
        (e.Notify, {"target": "group"}, "action notify"),
        (e.RaisePriority, {}, "action raise_priority"),
        (e.ProposeMajorIncident, {"role": ""}, "action propose_major_incident"),
    ],
)
def test_refusal_names_the_action_when_it_has_a_fault(
    kind: Callable[..., object], fields: dict[str, Any], name: str
) -> None:
    """By the name that it has in a policy file."""
    with pytest.raises(DefinitionError, match=f"^{name}: "):
        kind(**fields)


def test_priority_is_raised_by_up_to_a_hundred_levels_when_asked() -> None:
    """More than any matrix has."""
    assert e.RaisePriority(levels=100).levels == 100


@pytest.mark.parametrize("target", ["person", "group", "role", "roster", "assignee", "requester"])
def test_every_kind_of_target_can_be_told_when_it_is_named(target: e.TargetKind) -> None:
    """Those of the ticket have no name; quiet hours are kept unless told otherwise."""
    name = "" if target in {"assignee", "requester"} else "x"
    made = e.Notify(target=target, name=name)
    assert (made.target, made.name, made.respect_quiet_hours) == (target, name, True)


def test_every_action_is_in_the_union_when_listed() -> None:
    """An action that the union lacks could not be checked or written."""
    assert set(ACTIONS) == set(e.Action.__args__)
