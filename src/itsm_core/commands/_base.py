"""The actor, and what all commands have in common."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, TypeAlias

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId, has_hidden, same_form


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
    if not isinstance(value, str) or not value.strip() or has_hidden(value):
        remedy = "name the ticket that the command is about, such as 'INC-1'"
        raise InvalidValue("not the id of a ticket", value, remedy)


def as_person(value: PersonId) -> PersonId:
    """Return the id of a person in the one form in which people are compared (law L7).

    Blanks around it are dropped, for they are slips; what nobody sees is refused, for it is none.
    """
    if not isinstance(value, str) or has_hidden(value):
        remedy = "write it without control and zero-width characters, such as 'ana'; '' is nobody"
        raise InvalidValue("not the id of a person", value, remedy)
    return same_form(value)


def check_name(_: object, __: object, value: str) -> None:
    """Refuse a name that is no text."""
    if not isinstance(value, str):
        raise InvalidValue("the name of a trigger is text", value, "name one of the lifecycle's")


def _check_flag(_: object, __: object, value: bool) -> None:
    if type(value) is not bool:
        raise InvalidValue("a program, or a person?", value, "write automatic=True or False")


@attrs.frozen(kw_only=True)
class Actor:
    """Say who wants something, in which roles; `automatic` is a program, not a person.

    `person_id` is kept in one form: without blanks around it, composed as Unicode's NFC has it.

    Raises:
        InvalidValue: `roles` is one text instead of a set of them, or no set of texts; `person_id`
            is no text, or holds what nobody sees; `automatic` is neither true nor false.

    >>> Actor(person_id="ann", roles={"analyst"}).roles
    frozenset({'analyst'})
    """

    person_id: PersonId = attrs.field(default=PersonId(""), converter=as_person)
    roles: frozenset[str] = attrs.field(default=frozenset(), converter=_roles)
    automatic: bool = attrs.field(default=False, validator=_check_flag)


@attrs.frozen(kw_only=True)
class Command:
    """Base of all commands; `trigger` is the name that lifecycles use for it.

    A command is the door by which people and programs come in, so the ticket's id is looked at
    here. Events are made by the million and by trusted code; they are not checked again.

    Raises:
        InvalidValue: `ticket_id` is empty, blank, no text, or holds what nobody sees; a field holds
            something else than it declares.

    >>> from itsm_core.commands import StartWork
    >>> StartWork(ticket_id="INC-1").trigger
    'start'
    >>> StartWork(ticket_id=" ")
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: not the id of a ticket: ' '; name the ticket ...
    """

    trigger: ClassVar[str] = ""

    ticket_id: TicketId = attrs.field(validator=check_ticket_id)

    def __attrs_post_init__(self) -> None:
        texts, numbers = _fields_of(type(self))
        for name in texts:
            value: object = getattr(self, name)
            if not isinstance(value, str):
                what = f"{name} of {type(self).__name__} is text"
                raise InvalidValue(what, value, "write it in quotes; '' is nothing")
        for name in numbers:
            if type(getattr(self, name)) is not int:
                what = f"{name} of {type(self).__name__} is a whole number"
                raise InvalidValue(what, getattr(self, name), "write it without quotes or fraction")


_TEXTS: Final = frozenset({"str", "TicketId", "PersonId", "GroupId", "ServiceId", "AgreementId"})


_Names: TypeAlias = tuple[str, ...]
_KNOWN: Final[dict[type[Command], tuple[_Names, _Names]]] = {}


def _fields_of(kind: type[Command]) -> tuple[_Names, _Names]:
    """Return which fields of a class of commands are text, and which numbers; worked out once."""
    found = _KNOWN.get(kind)
    if found is None:
        # A type is its name where annotations are texts, and has one where they are not.
        types = [(f.name, getattr(f.type, "__name__", f.type)) for f in attrs.fields(kind)]
        texts = tuple(name for name, declared in types if declared in _TEXTS)
        numbers = tuple(name for name, declared in types if declared == "int")
        found = _KNOWN[kind] = (texts, numbers)
    return found
