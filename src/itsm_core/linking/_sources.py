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
    """

    def candidates(self, text: TicketText, /, *, limit: int) -> Collection[TicketId]:
        """Return the ids of at most `limit` tickets, without the text's own."""
        ...


class Similarities(Protocol):
    """Say how near in meaning tickets are to a text, from -1 to 1, such as a cosine."""

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
