"""What a foreign search engine has to do for linking: name candidates, or say how near they are.

PostgreSQL's full text, OpenSearch, a table of embeddings: each knows its own way to find. Ranking,
evidence and probability stay here (law K4).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Protocol

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking._values import TicketText

__all__ = ["CandidateSource", "SemanticView", "Similarities"]


class CandidateSource(Protocol):
    """Find tickets that may be about the same; the linker ranks them.

    What the index does not hold is passed over. Order does not matter; the source decides on
    windows and kinds itself, the linker applies the task's anyway.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import Linker, TicketIndex, TicketText
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> index = TicketIndex()
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="Outlook hangs", requester="rob"))
    >>> class SameCaller:
    ...     def candidates(self, text, /, *, limit):
    ...         return ["INC-1"] if text.requester == "rob" else []
    >>> new = TicketText(ticket_id="INC-2", at=at, title="Mail is slow", requester="rob")
    >>> Linker(index).similar(new)
    ()
    >>> [each.ticket_id for each in Linker(index, sources=[SameCaller()]).similar(new)]
    ['INC-1']
    """

    def candidates(self, text: TicketText, /, *, limit: int) -> Collection[TicketId]:
        """Return the ids of at most `limit` tickets, without the text's own."""
        ...


class Similarities(Protocol):
    """Say how near in meaning tickets are to a text, from -1 to 1, such as a cosine.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import Linker, SemanticView, TicketIndex, TicketText
    >>> class Cosines:
    ...     def similarities(self, text, tickets, /):
    ...         return [0.9 if each == "INC-1" else None for each in tickets]
    >>> at, index = datetime(2026, 1, 5, 9, tzinfo=UTC), TicketIndex()
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="Outlook hangs"))
    >>> view = SemanticView(name="meaning", source=Cosines(), weight=4.0, neutral=0.5)
    >>> new = TicketText(ticket_id="INC-2", at=at, title="Mail is slow")
    >>> found = Linker(index, views=[view]).compare(new, "INC-1")
    >>> [round(each.contribution, 2) for each in found.evidence if each.name == "meaning"]
    [1.6]
    """

    def similarities(
        self, text: TicketText, tickets: Sequence[TicketId], /
    ) -> Sequence[float | None]:
        """Return one number for each ticket, in order; None where nothing is known."""
        ...


@attrs.frozen(kw_only=True)
class SemanticView:
    """Count nearness in meaning as evidence: `weight` nats for each 1.0 above `neutral`.

    `neutral` is the similarity that says nothing either way, typical of candidates for the same
    text. What is not known counts as neutral.

    Raises:
        InvalidValue: a number is not finite, or the name is empty.

    >>> from itsm_core.linking import SemanticView
    >>> class Cosines:
    ...     def similarities(self, text, tickets, /):
    ...         return [0.9 for each in tickets]
    >>> view = SemanticView(name="meaning", source=Cosines(), weight=4.0, neutral=0.5)
    >>> (near,) = view.source.similarities("Mail is slow", ["INC-1"])
    >>> round(view.weight * (near - view.neutral), 2)
    1.6
    >>> SemanticView(name="meaning", source=Cosines(), weight=float("nan"), neutral=0.5)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a view's numbers are not finite: (nan, 0.5); measure them
    """

    name: str
    source: Similarities
    weight: float
    neutral: float

    def __attrs_post_init__(self) -> None:
        if not self.name:
            raise InvalidValue("a view's name is empty", self.name, "give it one")
        if not (math.isfinite(self.weight) and math.isfinite(self.neutral)):
            raise InvalidValue(
                "a view's numbers are not finite", (self.weight, self.neutral), "measure them"
            )
