"""The port of search: texts kept somewhere that can be asked which of them are alike (law K4).

A backend keeps texts and names candidates, by whatever it is good at. Ranking, evidence,
probability and groups are the linker's: they stay the same whichever backend is used, and two
backends may be asked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, Protocol

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking import CandidateSource, SemanticView, Similarities, TicketText
from itsm_core.ports._checks import checked_name, series

__all__ = [
    "CandidateSource",
    "SemanticView",
    "Similarities",
    "TextStore",
    "checked_texts",
    "checked_tickets",
]

_WORDS: Final = ("title", "body", "log")


class TextStore(Protocol):
    """Keep texts durably, and name those that are alike; a `CandidateSource` with a memory.

    An index in memory is made of one by adding all its texts, or taken from a snapshot. What it
    must do is written as tests: `itsm_core.testing.text_contract`.

    >>> from itsm_core.adapters.memory_texts import MemoryTexts
    >>> from itsm_core.linking import TicketText
    >>> from itsm_core.ports import TextStore
    >>> def seen_before(store: TextStore, title: str) -> list[str]:
    ...     asked = TicketText(ticket_id="INC-9", at=0, title=title)
    ...     return list(store.candidates(asked, limit=3))
    >>> texts = MemoryTexts()
    >>> texts.put(
    ...     [
    ...         TicketText(ticket_id="INC-1", at=0, title="Printer on floor 3 jams"),
    ...         TicketText(ticket_id="INC-2", at=0, title="No mail since this morning"),
    ...     ]
    ... )
    >>> seen_before(texts, "the printer jams again")
    ['INC-1']
    """

    def put(self, texts: Iterable[TicketText]) -> None:
        """Keep texts, all or, on any error, none; one of the same id is replaced.

        Of two with one id the last is kept.

        Raises:
            InvalidValue: an id or a text cannot be stored.
            StoreUnavailable: the store cannot be written.
        """
        ...

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Forget texts, all or none; return how many there were: an unknown one is no error.

        Raises:
            InvalidValue: what is given is one text, or holds what is no id.
            StoreUnavailable: the store cannot be written.
        """
        ...

    def get(self, ticket_id: TicketId) -> TicketText:
        """Return one text as it was put, to the microsecond and the last sign.

        Ids are compared sign by sign: letter case, blanks and forms of Unicode all count.

        Raises:
            InvalidValue: it is no id.
            NotFound: it is not there.
            StoreUnavailable: the store cannot be read.
        """
        ...

    def texts(self) -> Iterator[TicketText]:
        """Return all texts in order of time, equal times in order of ids.

        Whoever changes the store meanwhile disturbs no reading: what was there throughout comes
        once.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        ...

    def candidates(self, text: TicketText, /, *, limit: int) -> Collection[TicketId]:
        """Return the ids of at most `limit` texts that share terms, the best first, not its own.

        The same question to the same texts has the same answer.

        Raises:
            InvalidValue: the limit is no whole number above 0.
            StoreUnavailable: the store cannot be read.
        """
        ...

    def close(self) -> None:
        """Give back what the store holds; closing twice is no error, asking afterwards is."""
        ...


def checked_texts(texts: Iterable[TicketText]) -> tuple[TicketText, ...]:
    """Return texts that every store can hold, read once.

    Raises:
        InvalidValue: it is no series, or holds what is no text, an id that cannot be stored, or
            half of a surrogate pair.

    >>> from itsm_core.linking import TicketText
    >>> from itsm_core.ports import checked_texts
    >>> (text,) = checked_texts([TicketText(ticket_id="INC-1", at=0, title="No mail")])
    >>> text.title
    'No mail'
    >>> checked_texts(["No mail"])
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: this is no TicketText: 'No mail'; pass a list of TicketText
    """
    found: list[TicketText] = []
    for text in series(texts, "no series of texts"):
        if not isinstance(text, TicketText):
            raise InvalidValue("this is no TicketText", text, "pass a list of TicketText")
        checked_name("the id of a text", text.ticket_id)
        for name in _WORDS:
            _check_unicode(text, name)
        found.append(text)
    return tuple(found)


def _check_unicode(text: TicketText, name: str) -> None:
    value: str = getattr(text, name)
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        what = f"the {name} of {text.ticket_id} is not valid Unicode"
        raise InvalidValue(what, value, "leave half of a surrogate pair out") from error


def checked_tickets(tickets: Iterable[TicketId]) -> tuple[TicketId, ...]:
    """Return ids of texts, read once.

    Raises:
        InvalidValue: it is no series, a single text, or holds what cannot be an id.

    >>> from itsm_core.ports import checked_tickets
    >>> checked_tickets({"INC-1"})
    ('INC-1',)
    >>> checked_tickets("INC-1")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: one text is no series of ids: 'INC-1'; pass a list of ids
    """
    if isinstance(tickets, str):
        raise InvalidValue("one text is no series of ids", tickets, "pass a list of ids")
    found = series(tickets, "no series of ids")
    return tuple(TicketId(checked_name("the id of a text", each)) for each in found)
