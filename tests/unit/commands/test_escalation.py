"""The commands about escalation: what they are called and what they carry."""

from __future__ import annotations

import attrs
import pytest

from itsm_core import commands
from itsm_core.commands import Command
from itsm_core.ids import TicketId

FIELDS: dict[type[Command], tuple[str, tuple[str, ...]]] = {
    commands.AcknowledgeEscalation: ("acknowledge", ("note",)),
    commands.AskForEscalation: ("ask_escalation", ("reason",)),
    commands.HandOverTicket: ("hand_over", ("person", "to", "reason")),
    commands.SuggestMajorIncident: ("suggest_major", ("reason",)),
    commands.AcceptMajorIncident: ("accept_major", ("reason",)),
    commands.RejectMajorIncident: ("reject_major", ("reason",)),
    commands.DemoteMajorIncident: ("demote_major", ("reason",)),
}


@pytest.mark.parametrize("kind", FIELDS)
def test_command_has_its_trigger_and_empty_fields_when_made(kind: type[Command]) -> None:
    """What is missing is for `decide` to say, with all the other reasons."""
    trigger, names = FIELDS[kind]
    command = kind(ticket_id=TicketId("INC-1"))
    assert command.trigger == trigger
    assert tuple(field.name for field in attrs.fields(kind)) == ("ticket_id", *names)
    assert {getattr(command, name) for name in names} == {""}
