"""The inverted index itself: term to tickets with impacts, ticket to terms, as flat arrays.

One posting is a 32-bit number: the ticket's number times 256, plus its impact (1 to 255, the
saturated frequency). One entry of a ticket is the term's number times 8, plus the bits of the
fields. Plain arrays and one list to add up in are what makes it quick without a compiled part.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from itsm_core.errors import InvalidValue

__all__ = ["IMPACTS", "Postings", "exact", "impact"]

IMPACTS: Final = 255
"""The impact of a term that could not occur more; a finer scale finds nothing better."""

_SHIFT: Final = 8
_FIELD_BITS: Final = 3
_MOST_TICKETS: Final = 1 << 24
_SATURATION: Final = 1.6
"""k1 of BM25: how soon more of the same word counts no more."""


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

    __slots__ = ("_ends", "_firsts", "_lists", "_numbers", "_terms", "counts")

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._firsts = array("I")
        """The only posting of a term that has one: most terms never get a second."""
        self._lists: list[array[int] | None] = []
        self._terms = array("I")
        self._ends = array("Q", [0])
        self.counts = array("I")
        """In how many tickets each term occurs, by its number."""

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
        counts, lists, firsts, terms = self.counts, self._lists, self._firsts, self._terms
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
            terms.append(term << _FIELD_BITS | bits)
        self._ends.append(len(terms))
        return number

    def drop(self, number: int) -> None:
        """Take a ticket's postings out, as if it had never been added; its number stays unused."""
        for entry in self.profile(number):
            term = entry >> _FIELD_BITS
            held = self._lists[term]
            if held is not None:
                del held[bisect_left(held, number << _SHIFT)]
            self.counts[term] -= 1
        start, end = self._ends[number], self._ends[number + 1]
        self._terms[start:end] = array("I", bytes(4 * (end - start)))

    def profile(self, number: int) -> array[int]:
        """Return a ticket's entries: the number of each term times 8, plus its fields' bits."""
        return self._terms[self._ends[number] : self._ends[number + 1]]

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
