"""The list of command classes is complete."""

from __future__ import annotations

import attrs
import pytest

from itsm_core import commands
from itsm_core.commands import COMMAND_TYPES, Command


def test_every_command_is_listed_once_when_collected() -> None:
    """What is missing here can come in from nowhere."""
    found = {
        kind
        for kind in vars(commands).values()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    }
    assert (set(COMMAND_TYPES), len(COMMAND_TYPES)) == (found, len(found))


NOT_EMPTY: dict[str, dict[str, object]] = {
    "OpenTicket": {"ticket_type": "incident"},
    "ExplainBreach": {"cycle": 0},
    "SendNudge": {"number": 1},
    "OfferKnowledge": {"place": 1},
    "AskQuestion": {"is_required": True},
    "GiveFeedback": {"best": 5},
}


@pytest.mark.parametrize("kind", COMMAND_TYPES, ids=lambda kind: kind.__name__)
def test_field_is_empty_when_nobody_tells_it(kind: type[Command]) -> None:
    """What is left out means nothing, but for the few that are listed."""
    listed = NOT_EMPTY.get(kind.__name__, {})
    for field in attrs.fields(kind):
        if field.default is not attrs.NOTHING:
            empty = None if field.name.endswith("_us") else ""
            assert field.default == listed.get(field.name, empty)
