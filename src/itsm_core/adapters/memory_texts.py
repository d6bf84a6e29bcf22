"""Texts in memory, with an index: a `TextStore` for tests and small desks; gone with the process.

What it names as candidates is what `TicketIndex` finds by words alone, whatever the age.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Self

from itsm_core.errors import NotFound, StoreUnavailable
from itsm_core.ids import TicketId
from itsm_core.linking import Analyzer, Task, TicketIndex, TicketText
from itsm_core.ports import checked_name, checked_number, checked_texts, checked_tickets

__all__ = ["MemoryTexts"]

_ANY_AGE: Final = Task(name="any age", decay=0.0, window_days=0.0)


class MemoryTexts:
    """Keep texts in memory, and find those that share terms with another.

    Threads may share one. It is empty when made; fill it from wherever the texts are kept.

    Raises:
        InvalidValue: no analyzer is given for texts without a language.

    >>> from itsm_core.adapters.memory_texts import MemoryTexts
    >>> from itsm_core.linking import TicketText
    >>> texts = MemoryTexts()
    >>> texts.put(
    ...     [
    ...         TicketText(ticket_id="INC-1", at=0, title="Printer on floor 3 jams"),
    ...         TicketText(ticket_id="INC-2", at=0, title="No mail since this morning"),
    ...     ]
    ... )
    >>> asked = TicketText(ticket_id="INC-3", at=0, title="The printer jams again")
    >>> texts.candidates(asked, limit=5), texts.get("INC-1").title
    (('INC-1',), 'Printer on floor 3 jams')
    """

    def __init__(self, *, analyzers: Mapping[str, Analyzer] | None = None) -> None:
        self._index = TicketIndex(analyzers=analyzers)
        self._texts: dict[TicketId, TicketText] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything; closing twice is no error."""
        with self._lock:
            self._is_closed = True
            self._texts.clear()

    def put(self, texts: Iterable[TicketText]) -> None:
        """Keep texts, all or, on any error, none; one of the same id is replaced.

        Raises:
            InvalidValue: an id cannot be stored, or a text is no valid Unicode.
            StoreUnavailable: it is closed.
        """
        given = {text.ticket_id: text for text in checked_texts(texts)}
        with self._lock:
            self._check_open()
            for text in given.values():
                self._index.update(_words(text))
            self._texts.update(given)

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Forget texts; return how many there were: an unknown one is no error.

        Raises:
            InvalidValue: what is given is one text, or holds what is no id.
            StoreUnavailable: it is closed.
        """
        wanted = frozenset(checked_tickets(tickets))
        with self._lock:
            self._check_open()
            found = wanted & self._texts.keys()
            for ticket_id in found:
                self._index.remove(ticket_id)
                del self._texts[ticket_id]
            return len(found)

    def get(self, ticket_id: TicketId) -> TicketText:
        """Return one text as it was put.

        Raises:
            InvalidValue: it is no id.
            NotFound: it is not there.
            StoreUnavailable: it is closed.
        """
        checked_name("the id of a text", ticket_id)
        with self._lock:
            self._check_open()
            found = self._texts.get(ticket_id)
        if found is None:
            raise NotFound("text", ticket_id, "put it first")
        return found

    def texts(self) -> Iterator[TicketText]:
        """Return all texts, as of now, in order of time, equal times in order of ids.

        Raises:
            StoreUnavailable: it is closed.
        """
        with self._lock:
            self._check_open()
            found = list(self._texts.values())
        return iter(sorted(found, key=lambda each: (each.at_us, each.ticket_id)))

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Return the ids of at most `limit` texts that share terms, the best first, not its own.

        Equal ones come in order of their ids.

        Raises:
            InvalidValue: the limit is no whole number above 0.
            StoreUnavailable: it is closed.
        """
        wanted = checked_number("how many candidates", limit, least=1)
        with self._lock:
            self._check_open()
            index = self._index
            found = index.candidates(index.query(text), _ANY_AGE, limit=wanted)
            return tuple(index.ticket_id(number) for number, _ in found)

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailable("texts in memory", "are closed", "open new ones")


def _words(text: TicketText) -> TicketText:
    """Return what is looked for in a text: its words; kinds and facts are the linker's."""
    return TicketText(
        ticket_id=text.ticket_id,
        at=text.at_us,
        title=text.title,
        body=text.body,
        log=text.log,
        language=text.language,
    )
