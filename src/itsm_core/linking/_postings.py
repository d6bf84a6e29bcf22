"""The inverted index itself: term to tickets with impacts, ticket to terms, as flat arrays.

One posting is a 32-bit number: the ticket's number times 256, plus its impact (1 to 255, the
saturated frequency). A ticket's terms stand in a row, those of its title first, by the fields in
which they occur: ranking reads whole rows. Plain arrays and one list to add up in are what makes it
quick without a compiled part.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from itsm_core.errors import InvalidValue
from itsm_core.linking._fields import BODY, LOG, TITLE

__all__ = ["IMPACTS", "Postings", "exact", "impact"]

IMPACTS: Final = 255
"""The impact of a term that could not occur more; a finer scale finds nothing better."""

_SHIFT: Final = 8
_FIELD_BITS: Final = 3
_MOST_TICKETS: Final = 1 << 24
_SATURATION: Final = 1.6
"""k1 of BM25: how soon more of the same word counts no more."""


_ROWS: Final = (
    *(TITLE, TITLE | BODY, TITLE | LOG, TITLE | BODY | LOG),
    *(BODY, LOG, BODY | LOG),
)
"""The fields in which a term may occur, those with the title first."""
_TITLE_ROWS: Final = 4

_GRID: Final = float(1 << 24)


def exact(value: float) -> float:
    """Return the nearest multiple of 2 ** -24: sums of such numbers are exact below 2 ** 28.

    Floats add up differently in another order, and an index must not remember in which order its
    tickets came.
    """
    return round(value * _GRID) / _GRID


def impact(frequency: float) -> int:
    """Return the saturated frequency on the scale 1 to 255."""
    return max(1, round(IMPACTS * frequency / (_SATURATION + frequency)))


class Postings:
    """Hold postings and profiles by ticket number; numbers only grow, what is removed is gone."""

    __slots__ = (
        "_ends",
        "_firsts",
        "_lists",
        "_numbers",
        "_sizes",
        "_terms",
        "counts",
    )

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._firsts = array("I")
        """The only posting of a term that has one: most terms never get a second."""
        self._lists: list[array[int] | None] = []
        self._terms = array("I")
        self._sizes = array("H")
        """How many of a ticket's terms are in which fields, in the order of `_ROWS`."""
        self._ends = array("I", [0])
        self.counts: list[int] = []
        """In how many tickets each term occurs, by its number; a list is read twice as fast."""

    def __len__(self) -> int:
        return len(self._ends) - 1

    @property
    def numbers(self) -> dict[str, int]:
        """Return the number of each term ever seen; to be read only."""
        return self._numbers

    def append(self, found: Mapping[str, tuple[int, float]]) -> int:
        """Add a ticket with its terms (fields, weighed frequency); return its number.

        Raises:
            InvalidValue: there are 16 million tickets already.
        """
        intern = self.intern
        return self.append_entries(
            (intern(term), bits, impact(frequency)) for term, (bits, frequency) in found.items()
        )

    def intern(self, term: str) -> int:
        """Return a term's number, a new one for a new term."""
        known = self._numbers.get(term)
        if known is None:
            known = self._numbers[term] = len(self.counts)
            self.counts.append(0)
            self._lists.append(None)
            self._firsts.append(0)
        return known

    def append_entries(self, entries: Iterable[tuple[int, int, int]]) -> int:
        """Add a ticket by the number, fields and impact of each term; return its number.

        Raises:
            InvalidValue: there are 16 million tickets already.
        """
        number = len(self)
        if number >= _MOST_TICKETS:
            raise InvalidValue(
                "an index holds at most 16,777,216 tickets",
                number,
                "restore it from a snapshot, which drops what was removed, or use two",
            )
        counts, lists, firsts = self.counts, self._lists, self._firsts
        rows: dict[int, list[int]] = {bits: [] for bits in _ROWS}
        base = number << _SHIFT
        for term, bits, weight in entries:
            held, count = lists[term], counts[term]
            if held is not None:
                held.append(base | weight)
            elif count:
                lists[term] = array("I", (firsts[term], base | weight))
            else:
                firsts[term] = base | weight
            counts[term] = count + 1
            rows[bits].append(term)
        for row in rows.values():
            self._terms.extend(row)
            self._sizes.append(len(row))
        self._ends.append(len(self._terms))
        return number

    def drop(self, number: int) -> None:
        """Take a ticket's postings out, as if it had never been added; its number stays unused."""
        start, end = self._ends[number], self._ends[number + 1]
        for term in self._terms[start:end]:
            held = self._lists[term]
            if held is not None:
                del held[bisect_left(held, number << _SHIFT)]
            self.counts[term] -= 1
        self._terms[start:end] = array("I", bytes(4 * (end - start)))

    def renumber(self, kept: Sequence[int]) -> None:
        """Give these tickets, in rising order, the numbers from 0 on; numbers of terms stay.

        All others have been dropped before.
        """
        places = array("I", bytes(4 * len(self)))
        for place, number in enumerate(kept):
            places[number] = place << _SHIFT
        for term, held in enumerate(self._lists):
            if held is not None:
                self._lists[term] = array(
                    "I", [places[posting >> _SHIFT] | posting & IMPACTS for posting in held]
                )
            elif self.counts[term]:
                first = self._firsts[term]
                self._firsts[term] = places[first >> _SHIFT] | first & IMPACTS
        terms, sizes, ends = array("I"), array("H"), array("I", [0])
        for number in kept:
            terms += self._terms[self._ends[number] : self._ends[number + 1]]
            sizes += self._sizes_of(number)
            ends.append(len(terms))
        self._terms, self._sizes, self._ends = terms, sizes, ends

    def _sizes_of(self, number: int) -> array[int]:
        return self._sizes[len(_ROWS) * number : len(_ROWS) * (number + 1)]

    def profile(self, number: int) -> list[int]:
        """Return a ticket's entries: the number of each term times 8, plus its fields' bits."""
        found: list[int] = []
        start = self._ends[number]
        for bits, size in zip(_ROWS, self._sizes_of(number), strict=True):
            row = self._terms[start : start + size]
            found += [term << _FIELD_BITS | bits for term in row]
            start += size
        return found

    def terms_of(self, number: int) -> tuple[array[int], array[int]]:
        """Return the terms of a ticket's title, which may be elsewhere as well, and all others."""
        start, end = self._ends[number], self._ends[number + 1]
        first = len(_ROWS) * number
        middle = start + sum(self._sizes[first : first + _TITLE_ROWS])
        return self._terms[start:middle], self._terms[middle:end]

    def of_term(self, term: int) -> Sequence[int]:
        """Return a term's postings, in order of ticket numbers; to be read only."""
        held = self._lists[term]
        if held is not None:
            return held
        return (self._firsts[term],) if self.counts[term] else ()

    def impact_of(self, term: int, number: int) -> int:
        """Return a term's impact in a ticket, 0 where it does not occur."""
        found = self.of_term(term)
        place = bisect_left(found, number << _SHIFT)
        if place < len(found) and found[place] >> _SHIFT == number:
            return found[place] & IMPACTS
        return 0

    def add_up(self, totals: list[float], weighed: Iterable[tuple[float, int]], first: int) -> None:
        """Add each term's unit times its impact to the totals of tickets from number `first`."""
        for unit, term in weighed:
            found = self.of_term(term)
            if first:
                found = found[bisect_left(found, first << _SHIFT) :]
            for posting in found:
                totals[posting >> _SHIFT] += unit * (posting & IMPACTS)

    def some_of(self, terms: Iterable[int], first: int, enough: int) -> set[int]:
        """Return numbers from `first` of tickets with the terms, stopping at `enough`."""
        found: set[int] = set()
        for term in terms:
            held = self.of_term(term)
            place = bisect_left(held, first << _SHIFT) if first else 0
            found.update([posting >> _SHIFT for posting in held[place:]])
            if len(found) >= enough:
                break
        return found
