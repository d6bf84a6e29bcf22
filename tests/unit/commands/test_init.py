"""The list of command classes is complete."""

from __future__ import annotations

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
