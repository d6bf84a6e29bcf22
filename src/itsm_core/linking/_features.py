"""What two texts have in common, as a few numbers: the measurements that a model weighs.

Each is about 0 for strangers and grows with what they share. They are made of rarities
(ln((n + 1) / (df + ½)), as in BM25), so that a rare word counts more than a usual one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from itsm_core.linking._fields import TITLE
from itsm_core.linking._index import Query, TicketIndex
from itsm_core.linking._postings import exact

__all__ = ["FEATURES", "Pairing"]

FEATURES: Final = (
    "score",
    "score_share",
    "title",
    "title_found",
    "title_answered",
    "coverage",
    "rarest",
    "age",
)
"""The names of the measurements, in order.

`score` is the root of the BM25F score over 30, `score_share` that score as a share of what the
text would score against itself. `title` is the weighed overlap of the titles; `title_found` the
share of the text's title that the other says anywhere, `title_answered` the same from the other
side. `coverage` is the share of the other's words that the text has, `rarest` the rarity of the
rarest shared term over 10, and `age` is ln(1 + days between them).
"""

_SCORE_UNIT: Final = 30.0
_RARITY_UNIT: Final = 10.0
_DAY_US: Final = 86_400_000_000
_LOGARITHMS: Final[dict[int, float]] = {}
"""ln(df + ½) of the counts met so far: a hundred terms share one, and it never changes."""


class Pairing:
    """Measure one text against many tickets of an index."""

    __slots__ = ("_index", "_log_total", "_query", "_title", "_title_terms")

    def __init__(self, index: TicketIndex, query: Query) -> None:
        self._index, self._query = index, query
        self._log_total = exact(math.log(len(index) + 1.0))
        self._title_terms = {term for term, bits in query.fields.items() if bits & TITLE}
        titles = (self.rarity(term) for term in self._title_terms)
        self._title = math.fsum(titles) + query.unknown_title_weight

    def rarity(self, term: int) -> float:
        """Return what a term tells: ln((n + 1) / (df + ½)), in nats."""
        count = self._index.term_counts[term]
        if count not in _LOGARITHMS:
            _LOGARITHMS[count] = exact(math.log(count + 0.5))
        return self._log_total - _LOGARITHMS[count]

    def days(self, number: int) -> float:
        """Return the days between the text and a ticket, whichever came first."""
        return abs(self._query.text.at_us - self._index.at_us(number)) / _DAY_US

    def measure(self, number: int, score: float) -> tuple[float, ...]:
        """Return the measurements in the order of `FEATURES`, given the ticket's BM25F score."""
        titles, others = self._index.terms_of(number)
        try:
            sums = self._sums(titles, others)
        except KeyError:  # a count that nobody has met before
            for term in (*titles, *others):
                self.rarity(term)
            sums = self._sums(titles, others)
        theirs, their_title, both, both_titles, found, answered, rarest = sums
        return (
            math.sqrt(max(score, 0.0) / _SCORE_UNIT),
            _share(score, self._query.own_score),
            _share(both_titles, self._title + their_title - both_titles),
            _share(found, self._title),
            _share(answered, their_title),
            _share(both, theirs),
            rarest / _RARITY_UNIT,
            math.log1p(self.days(number)),
        )

    def _sums(self, titles: Iterable[int], others: Iterable[int]) -> tuple[float, ...]:
        """Return the rarities of their terms, title's, shared ones ..., added up."""
        own, own_title, counts = self._query.fields, self._title_terms, self._index.term_counts
        total, logarithms = self._log_total, _LOGARITHMS
        theirs = both = both_titles = found = answered = rarest = 0.0
        # The innermost loops of asking, some forty turns for each of a hundred candidates: nothing
        # is called in them, and what few terms have in common is asked for last.
        for term in titles:
            weight = total - logarithms[counts[term]]
            theirs += weight
            if term in own:
                answered += weight
                if weight > rarest:  # noqa: PLR1730 - a third of the time of max()
                    rarest = weight
                if term in own_title:
                    both_titles += weight
        their_title, both, found = theirs, answered, both_titles
        for term in others:
            weight = total - logarithms[counts[term]]
            theirs += weight
            if term in own:
                both += weight
                if weight > rarest:  # noqa: PLR1730
                    rarest = weight
                if term in own_title:
                    found += weight
        return theirs, their_title, both, both_titles, found, answered, rarest

    def shared_terms(self, profile: Iterable[int], fields: int) -> list[tuple[float, str]]:
        """Return rarity and name of what both say in any of the fields, the rarest first.

        The field need not be the same: an incident's title says what a known error's body tells.
        """
        own, names = self._query.fields, self._query.names
        found = [
            (self.rarity(entry >> 3), names[entry >> 3])
            for entry in profile
            if entry & fields and own.get(entry >> 3, 0) & fields
        ]
        return sorted(found, key=lambda pair: (-pair[0], pair[1]))


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
