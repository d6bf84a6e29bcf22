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
    ("kind", "fields", "code"),
    [
        (e.EscalateToGroup, {}, "no-target"),
        (e.EscalateToGroup, {"group": "a", "tier": "2"}, "no-target"),
        (e.EscalateToRole, {"role": ""}, "empty"),
        (e.Notify, {"target": "everybody"}, "unknown-name"),
        (e.Notify, {"target": "group"}, "empty"),
        (e.Notify, {"target": "assignee", "name": "ana"}, "no-target"),
        (e.Notify, {"target": "assignee", "respect_quiet_hours": 1}, "wrong-type"),
        (e.RaisePriority, {}, "no-target"),
        (e.RaisePriority, {"to": "P1", "levels": 1}, "no-target"),
        (e.RaisePriority, {"levels": -1}, "wrong-value"),
        (e.ProposeMajorIncident, {"role": ""}, "empty"),
    ],
    ids=range(11),
)
def test_action_is_refused_when_it_cannot_be_carried_out(
    kind: Callable[..., object], fields: dict[str, Any], code: str
) -> None:
    """Nobody to tell, two places to go, a priority that is lowered."""
    with pytest.raises(DefinitionError) as caught:
        kind(**fields)
    assert caught.value.faults[0].code == code


def test_every_action_is_in_the_union_when_listed() -> None:
    """An action that the union lacks could not be checked or written."""
    assert set(ACTIONS) == set(e.Action.__args__)
