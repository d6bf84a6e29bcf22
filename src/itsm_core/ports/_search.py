"""The port of search: texts kept somewhere that can be asked which of them are alike (law K4).

A backend keeps texts and names candidates, by whatever it is good at. Ranking, evidence,
probability and groups are the linker's: they stay the same whichever backend is used, and two
backends may be asked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from itsm_core.ids import TicketId
from itsm_core.linking import CandidateSource, SemanticView, Similarities, TicketText

__all__ = ["CandidateSource", "SemanticView", "Similarities", "TextStore"]


class TextStore(Protocol):
    """Keep texts durably, and name those that are alike; a `CandidateSource` with a memory.

    An index in memory is made of one by adding all its texts, or taken from a snapshot.
    """

    def put(self, texts: Iterable[TicketText]) -> None:
        """Keep texts, all or, on any error, none; one of the same id is replaced.

        Raises:
            InvalidValue: an id cannot be stored.
            StoreUnavailable: the store cannot be written.
        """
        ...

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Forget texts, all or none; return how many there were: an unknown one is no error.

        Raises:
            StoreUnavailable: the store cannot be written.
        """
        ...

    def get(self, ticket_id: TicketId) -> TicketText:
        """Return one text as it was put.

        Raises:
            NotFound: it is not there.
            StoreUnavailable: the store cannot be read.
        """
        ...

    def texts(self) -> Iterator[TicketText]:
        """Return all texts in order of time, equal times in order of ids.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        ...

    def candidates(self, text: TicketText, /, *, limit: int) -> Collection[TicketId]:
        """Return the ids of at most `limit` texts that share terms, the best first, not its own.

        Raises:
            StoreUnavailable: the store cannot be read.
        """
        ...
