"""Commands: frozen intents with a trigger."""

from __future__ import annotations

import datetime as dt
import pickle
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

import attrs
import pytest

from itsm_core import commands, ids
from itsm_core.commands import Actor, Command, HoldTicket, OpenTicket
from itsm_core.errors import InvalidValue
from itsm_core.feedback import with_feedback
from itsm_core.ids import AgreementId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.knowledge import with_intake
from itsm_core.lifecycle import INCIDENT

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
AHEAD = {"start_at": NINE, "end_at": NINE + timedelta(hours=1), "due_at": NINE}
KINDS = [
    kind
    for kind in vars(commands).values()
    if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
]


def test_every_command_is_exported_when_listed() -> None:
    """`__all__` holds every command."""
    assert {kind.__name__ for kind in KINDS} <= set(commands.__all__)


def test_triggers_are_distinct_when_collected() -> None:
    """A trigger names one command; the one for own triggers and migration have none."""
    without = {commands.TriggerTransition, commands.MigrateTicket}
    triggers = [kind.trigger for kind in KINDS if kind not in without]
    assert (len(set(triggers)), "" in triggers) == (len(triggers), False)


def test_incident_lifecycle_knows_every_trigger_when_compared() -> None:
    """No command is unknown to the shipped lifecycle, approving aside: incidents need no leave.

    Knowledge and feedback are for desks that ask for them: `with_intake`, `with_feedback`.
    """
    known = set(with_feedback(with_intake(INCIDENT)).triggers)
    assert {kind.trigger for kind in KINDS} - {"", "approve"} == known
    assert {
        "offer_knowledge",
        "use_knowledge",
        "ask_question",
        "answer_question",
        "ask_feedback",
        "give_feedback",
    } == known - set(INCIDENT.triggers)


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


def test_actor_is_refused_when_roles_are_one_text() -> None:
    """A text is a set of letters to Python: the error shows the set that was meant."""
    with pytest.raises(InvalidValue, match=r"'analyst'; write \{'analyst'\}, with braces"):
        Actor(roles="analyst")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("nothing", ["", " \t", None], ids=["empty", "blank", "none"])
def test_command_is_refused_when_it_names_no_ticket(
    kind: type[Command], nothing: str | None
) -> None:
    """What is asked for is asked of a ticket; an id that is empty or blank is no id."""
    needed = {
        field.alias: AHEAD.get(field.alias or "", "high")
        for field in attrs.fields(kind)
        if field.default is attrs.NOTHING and field.name != "ticket_id"
    }
    with pytest.raises(InvalidValue, match="name the ticket"):
        kind(ticket_id=nothing, **needed)  # type: ignore[arg-type]


def test_command_survives_when_pickled() -> None:
    """Commands travel between processes."""
    command = OpenTicket(ticket_id=TicketId("INC-1"), impact="high", urgency="low")
    assert pickle.loads(pickle.dumps(command)) == command


@pytest.mark.parametrize("name", [None, 5, ["park"]])
def test_own_trigger_is_refused_when_its_name_is_no_text(name: object) -> None:
    """A trigger is looked up by its name."""
    with pytest.raises(InvalidValue, match="the name of a trigger is text"):
        commands.TriggerTransition(ticket_id=TicketId("INC-1"), name=cast("str", name))


def test_actor_is_nobody_and_no_program_when_nothing_is_told() -> None:
    """A role, or a machine, has to be claimed."""
    assert Actor() == Actor(person_id=PersonId(""), roles=(), automatic=False)


@pytest.mark.parametrize("roles", [None, 5, [["analyst"]], [5], ["analyst", 5]])
def test_actor_is_refused_when_roles_are_no_set_of_texts(roles: object) -> None:
    """Neither None nor a number is a set of roles, nor is anything else than a text a role."""
    with pytest.raises(InvalidValue, match="roles"):
        Actor(roles=cast("set[str]", roles))


@pytest.mark.parametrize("spelling", ["ana ", " ana", "ana\u00a0"])
def test_person_has_one_form_when_blanks_are_around(spelling: str) -> None:
    """L7: one person cannot count twice by a slip of the keyboard."""
    actor = Actor(person_id=PersonId(spelling))
    command = OpenTicket(
        ticket_id=TicketId("INC-1"), impact="low", urgency="low", requester=PersonId(spelling)
    )
    assert (actor.person_id, command.requester) == ("ana", "ana")


def test_person_has_one_form_when_an_accent_is_written_in_two_ways() -> None:
    """Unicode's NFC: an e with an accent is an e and its accent."""
    assert Actor(person_id=PersonId("rene\u0301")).person_id == "ren\u00e9"


@pytest.mark.parametrize("person", ["ana\x00", "a\u200bna", "ana\u202e", 7, None])
def test_actor_is_refused_when_the_person_holds_what_nobody_sees(person: str) -> None:
    """Two ids that look alike would be two people."""
    with pytest.raises(InvalidValue, match="not the id of a person"):
        Actor(person_id=PersonId(person))


@pytest.mark.parametrize("ticket_id", ["INC-1\x00", "INC\u200b-1", "INC-1\n"])
def test_command_is_refused_when_the_ticket_holds_what_nobody_sees(ticket_id: str) -> None:
    """No store could tell which ticket is meant, and one of them cannot hold NUL."""
    with pytest.raises(InvalidValue, match="not the id of a ticket"):
        Command(ticket_id=TicketId(ticket_id))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("odd", [7, None, ["x"]], ids=repr)
def test_command_is_refused_when_a_text_is_something_else(kind: type, odd: object) -> None:
    """What a command holds becomes a fact; each of its texts is looked at."""
    texts = {"str", "TicketId", "PersonId", "GroupId", "ServiceId", "AgreementId"}
    for field in (each for each in attrs.fields(kind) if str(each.type) in texts):
        values = {
            each.alias: AHEAD.get(each.alias, 1 if str(each.type) == "int" else "x")
            for each in attrs.fields(kind)
            if each.default is attrs.NOTHING
        }
        with pytest.raises(InvalidValue, match=r"text|not the id"):
            kind(**{**values, field.alias: odd})


TYPES = (str, int, TicketId, PersonId, GroupId, ServiceId, AgreementId)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("is_text", [True, False], ids=["name", "type"])
def test_own_command_is_refused_when_a_field_is_something_else(kind: Any, is_text: bool) -> None:
    """A class of somebody's own is looked at as well, whichever way its annotations are kept."""
    declared = attrs.field(type=kind.__name__ if is_text else kind)
    made: Any = attrs.make_class("Own", {"own": declared}, bases=(Command,), kw_only=True)
    good, odd = (3, "x") if kind is int else ("x", 3)
    assert made(ticket_id="INC-1", own=good).own == good
    with pytest.raises(InvalidValue, match="own of Own is"):
        made(ticket_id="INC-1", own=odd)


class Channel(StrEnum):
    """Name a channel, as an Enum that is a text."""

    MAIL = "mail"


def test_command_takes_a_text_when_it_is_a_member_of_an_enum() -> None:
    """What is a text to Python is one here."""
    assert commands.SendAnswer(ticket_id=TicketId("INC-1"), channel=Channel.MAIL).channel == "mail"


@pytest.mark.parametrize("odd", ["2", 2.0, True, None], ids=repr)
def test_command_is_refused_when_a_number_is_something_else(odd: int) -> None:
    """A version that is text would be equal to no version."""
    with pytest.raises(InvalidValue, match="lifecycle_version of MigrateTicket is a whole number"):
        commands.MigrateTicket(
            ticket_id=TicketId("INC-1"), lifecycle="incident", lifecycle_version=odd
        )


@pytest.mark.parametrize("odd", ["no", 0, None], ids=repr)
def test_actor_is_refused_when_it_is_neither_program_nor_person(odd: bool) -> None:
    """A text such as no would be a program."""
    with pytest.raises(InvalidValue, match="a program, or a person"):
        Actor(automatic=odd)


@pytest.mark.parametrize(
    "command",
    [
        commands.OverridePriority(ticket_id=TicketId("INC-1"), priority="P1", expires_at=NINE),
        commands.OverridePriority(ticket_id=TicketId("INC-1"), priority="P1"),
        commands.ExcludeTime(
            ticket_id=TicketId("INC-1"), start_at=NINE, end_at=NINE + timedelta(hours=1)
        ),
        commands.MakeCommitment(ticket_id=TicketId("INC-1"), commitment_id="c", due_at=NINE),
    ],
    ids=["expiring override", "open override", "exclusion", "commitment"],
)
def test_repr_evaluates_when_a_command_has_instants(command: Command) -> None:
    """What a failing test prints can be pasted, instants and all."""
    assert eval(repr(command), {**vars(commands), **vars(ids), "datetime": dt}) == command
