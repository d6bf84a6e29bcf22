"""Typed ids: plain strings at run time, told apart by the type checker."""

from __future__ import annotations

from typing import Final, NewType

__all__ = [
    "AgreementId",
    "EventId",
    "GroupId",
    "PersonId",
    "ServiceId",
    "TicketId",
    "has_hidden",
    "same_form",
]

TicketId = NewType("TicketId", str)
"""Identify a ticket; also the name of its event stream."""

PersonId = NewType("PersonId", str)
"""Identify a requester, an analyst or a manager; never a name."""

GroupId = NewType("GroupId", str)
"""Identify a group of people who share a queue: a line, a team, a supplier."""

ServiceId = NewType("ServiceId", str)
"""Identify a service in the catalogue."""

AgreementId = NewType("AgreementId", str)
"""Identify a service level agreement, whatever its version."""

EventId = NewType("EventId", str)
"""Identify one event; the same id twice is the same event told twice (law S14)."""

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of what nobody sees: controls, zero widths and marks of direction, halves of
surrogate pairs, breaks of lines and paragraphs."""


def has_hidden(text: str) -> bool:
    """Return whether a text holds what nobody sees: two ids that look alike would not be equal.

    >>> has_hidden("ann"), has_hidden("ann" + chr(0x200B))
    (False, True)
    """
    if text.isascii():
        return not text.isprintable()
    from unicodedata import category  # deferred: ids are plain nearly always

    return any(category(each) in _HIDDEN for each in text)


def same_form(person: str) -> PersonId:
    """Return an id in the one form in which people are compared (law L7).

    Without blanks around it and without what nobody sees, composed as Unicode's NFC has it: "ana ",
    "ana" and "ana" with a zero-width space are one person, and so are the two ways to write "René".
    Capitals are told apart.

    >>> same_form("  ann ")
    'ann'
    """
    if person.isascii() and person.isprintable():
        return PersonId(person.strip())
    from unicodedata import category, normalize  # deferred as above

    seen = "".join(each for each in person if category(each) not in _HIDDEN)
    return PersonId(normalize("NFC", seen).strip())
