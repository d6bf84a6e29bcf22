"""The actor, and what all commands have in common."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId


def _roles(value: Iterable[str]) -> frozenset[str]:
    if isinstance(value, str):
        remedy = f"write {{{value!r}}}, with braces"
        raise InvalidValue("a text is not a set of roles", value, remedy)
    try:
        roles = frozenset(value)
    except TypeError as error:
        raise InvalidValue("not a set of roles", value, "write {'analyst'}") from error
    if not all(isinstance(role, str) for role in roles):
        raise InvalidValue("roles are named by texts", value, "write {'analyst'}")
    return roles


def check_ticket_id(_: object, __: object, value: TicketId) -> None:
    """Refuse what names no ticket."""
    if not isinstance(value, str) or not value.strip():
        remedy = "name the ticket that the command is about, such as 'INC-1'"
        raise InvalidValue("not the id of a ticket", value, remedy)


def check_name(_: object, __: object, value: str) -> None:
    """Refuse a name that is no text."""
    if not isinstance(value, str):
        raise InvalidValue("the name of a trigger is text", value, "name one of the lifecycle's")


@attrs.frozen(kw_only=True)
class Actor:
    """Say who wants something, in which roles; `automatic` is a program, not a person.

    Raises:
        InvalidValue: `roles` is one text instead of a set of them, or no set of texts.
    """

    person_id: PersonId = PersonId("")
    roles: frozenset[str] = attrs.field(default=frozenset(), converter=_roles)
    automatic: bool = False


@attrs.frozen(kw_only=True)
class Command:
    """Base of all commands; `trigger` is the name that lifecycles use for it.

    A command is the door by which people and programs come in, so the ticket's id is looked at
    here. Events are made by the million and by trusted code; they are not checked again.

    Raises:
        InvalidValue: `ticket_id` is empty, blank or no text.
    """

    trigger: ClassVar[str] = ""

    ticket_id: TicketId = attrs.field(validator=check_ticket_id)
