"""Commands: frozen intents with a trigger."""

from __future__ import annotations

import pickle

import attrs
import pytest

from itsm_core import commands
from itsm_core.commands import Actor, Command, HoldTicket, OpenTicket
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import INCIDENT

KINDS = [
    kind
    for kind in vars(commands).values()
    if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
]


def test_every_command_is_exported_when_listed() -> None:
    """`__all__` holds every command."""
    assert {kind.__name__ for kind in KINDS} <= set(commands.__all__)


def test_triggers_are_distinct_when_collected() -> None:
    """A trigger names one command; the command for own triggers has none itself."""
    triggers = [kind.trigger for kind in KINDS if kind is not commands.TriggerTransition]
    assert (len(set(triggers)), "" in triggers) == (len(triggers), False)


def test_incident_lifecycle_knows_every_trigger_when_compared() -> None:
    """No command of the library is unknown to the shipped lifecycle."""
    assert {kind.trigger for kind in KINDS} - {""} == set(INCIDENT.triggers)


def test_command_is_refused_when_a_field_has_no_name() -> None:
    """Fields are given by name, so that two texts are never mixed up."""
    with pytest.raises(TypeError):
        HoldTicket(TicketId("INC-1"), "awaiting_supplier")  # type: ignore[call-arg]


def test_command_cannot_be_changed_when_made() -> None:
    """Commands are values."""
    command = HoldTicket(ticket_id=TicketId("INC-1"), reason="awaiting_supplier")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        command.reason = "awaiting_requester"  # type: ignore[misc]


def test_actor_takes_any_iterable_when_roles_are_given() -> None:
    """Roles are a set, however they are written."""
    actor = Actor(person_id=PersonId("ann"), roles=["lead", "analyst", "lead"])
    assert actor.roles == frozenset({"analyst", "lead"})


def test_command_survives_when_pickled() -> None:
    """Commands travel between processes."""
    command = OpenTicket(ticket_id=TicketId("INC-1"), impact="high", urgency="low")
    assert pickle.loads(pickle.dumps(command)) == command
