"""An index of tickets' words that grows by one ticket at a time, in pure Python (law K1).

What it answers depends on what it holds, never on the order in which it came: a ticket that was
added and removed leaves no trace, and one that was added late is found all the same.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import attrs

from itsm_core.errors import AlreadyExists, CodecError, InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.linking._ages import EDGES_US, STEP, window_us
from itsm_core.linking._analyzers import ENGLISH, Analyzer
from itsm_core.linking._fields import TITLE, TicketFields, analyzed
from itsm_core.linking._postings import IMPACTS, Postings, exact, impact
from itsm_core.linking._snapshot import Content, packed, unpacked
from itsm_core.linking._values import AGREEMENT_FIELDS, Task, TicketText

__all__ = ["Query", "TicketIndex"]

_MOST_TERMS: Final = 30
"""More words of a text find hardly more: its weightiest say what it is about."""
_MOST_POSTINGS: Final = 12_000
"""Terms beyond this many postings in all are passed over: they are the common ones of a long text.
Asking takes no longer in a large index, and the measured recall is the same."""
_COMMON_SHARE: Final = 0.15
_COMMON_LEAST: Final = 50
"""A term in more than 15 % of the tickets (and in more than 50) tells nothing apart."""
_GONE: Final = 255
"""The kind of a number whose ticket was removed."""
_LEAST_ROOM: Final = 1_000
"""Gaps are closed when there are more of them than tickets, and tickets and gaps are more than
this: on average that costs some microseconds a removal, however many there are."""
_SCORE_PER_LOG_ODDS: Final = 4.5
"""How much score stands for one unit of log-odds while candidates are chosen."""
_LOOK: Final = 4
"""Looking at a posting takes as long as looking at so many tickets one after the other."""
_SAMPLE: Final = 4
"""Tickets of the rarest terms, as a multiple of those wanted, that bound the best from below."""


@attrs.frozen(kw_only=True)
class Query:
    """Hold a text as an index sees it: its terms by number, and what each would weigh.

    `fields` gives the field bits of each term the index knows; `weighed` the terms that are looked
    up, the weightiest first, each with what one step of impact adds; `unknown_title_weight` the
    rarity of those in the title that no ticket has; `own_score` what the text would score against
    itself.
    """

    text: TicketText
    fields: Mapping[int, int]
    weighed: tuple[tuple[float, int], ...]
    names: Mapping[int, str]
    unknown_title_weight: float
    own_score: float


class TicketIndex:
    """Find tickets by words, in time order, among up to 16 million of them.

    `analyzers` has the analyzer of each language; that under "" is for texts that name none, or
    one without an analyzer. A ticket costs some 1,000 bytes; its text is not kept. Adding takes a
    fifth of a millisecond, asking some milliseconds among 30,000.

    Raises:
        InvalidValue: no analyzer is given under "".

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import TicketIndex, TicketText
    >>> index = TicketIndex()
    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> index.add(TicketText(ticket_id="INC-1", at=noon, title="Mail is slow"))
    >>> len(index), "INC-1" in index
    (1, True)
    """

    def __init__(
        self,
        *,
        analyzers: Mapping[str, Analyzer] | None = None,
        fields: TicketFields | None = None,
    ) -> None:
        self.analyzers: Final[Mapping[str, Analyzer]] = dict(analyzers or {"": ENGLISH})
        if "" not in self.analyzers:
            raise InvalidValue(
                "an index needs an analyzer for texts without a language",
                sorted(self.analyzers),
                "give one under ''",
            )
        self.fields: Final = fields or TicketFields()
        self._postings = Postings()
        self._numbers: dict[TicketId, int] = {}
        self._ids: list[TicketId] = []
        self._times = array("q")
        self._peaks = array("q")
        """The latest instant up to each number: where a window begins, whatever came late."""
        self._late: list[int] = []
        """Numbers of tickets that came after younger ones."""
        self._kinds = array("B")
        self._kind_names: list[str] = []
        self._facts: list[tuple[str, ...]] = []
        self._fact_sets: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._values: tuple[Counter[str], ...] = tuple(Counter() for _ in AGREEMENT_FIELDS)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, ticket_id: object) -> bool:
        return ticket_id in self._numbers

    def __iter__(self) -> Iterator[TicketId]:
        return iter(self._numbers)

    # --- writing ---------------------------------------------------------------------------------

    def add(self, text: TicketText) -> None:
        """Add a ticket; it is found from now on.

        Raises:
            AlreadyExists: its id is in the index; `update` replaces it.
            InvalidValue: the index is full, or holds 255 kinds already.
        """
        if text.ticket_id in self._numbers:
            raise AlreadyExists("indexed text", text.ticket_id)
        self._place(text, analyzed(text, self.fields, self._analyzer(text)))

    def update(self, text: TicketText) -> None:
        """Replace what is known of a ticket, or add it; if that fails, nothing is changed.

        Raises:
            InvalidValue: the index is full, or holds 255 kinds already.
        """
        found = analyzed(text, self.fields, self._analyzer(text))
        self._kind(text.kind)
        if text.ticket_id in self._numbers:
            self.remove(text.ticket_id)
        self._place(text, found)

    def remove(self, ticket_id: TicketId) -> None:
        """Take a ticket out, as if it had never been added.

        Raises:
            NotFound: it is not in the index.
        """
        number = self.number(ticket_id)
        del self._numbers[ticket_id]
        self._postings.drop(number)
        for values, value in zip(self._values, self._facts[number], strict=True):
            if value:
                values[value] -= 1
                if not values[value]:
                    del values[value]
        self._kinds[number] = _GONE
        self._facts[number] = ()
        self._ids[number] = TicketId("")
        if len(self._times) > max(_LEAST_ROOM, 2 * len(self)):
            self._tidy()

    def _tidy(self) -> None:
        """Close the gaps that removed tickets have left, or asking would count them for ever."""
        kept = sorted(self._numbers.values())
        self._postings.renumber(kept)
        known = [(self._ids[n], self._times[n], self._kinds[n], self._facts[n]) for n in kept]
        self._numbers, self._ids, self._facts, self._late = {}, [], [], []
        self._times, self._peaks, self._kinds = array("q"), array("q"), array("B")
        self._values = tuple(Counter() for _ in AGREEMENT_FIELDS)
        for number, each in enumerate(known):
            self._note(number, *each)

    def _analyzer(self, text: TicketText) -> Analyzer:
        return self.analyzers.get(text.language) or self.analyzers[""]

    def _place(self, text: TicketText, found: Mapping[str, tuple[int, float]]) -> None:
        kind = self._kind(text.kind)
        number = self._postings.append(found)
        facts = tuple(getattr(text, name) for name in AGREEMENT_FIELDS)
        self._note(number, text.ticket_id, text.at_us, kind, facts)

    def _note(
        self, number: int, ticket_id: TicketId, at_us: int, kind: int, facts: tuple[str, ...]
    ) -> None:
        """Keep what is known of a ticket besides its words."""
        self._numbers[ticket_id] = number
        self._ids.append(ticket_id)
        self._times.append(at_us)
        peak = self._peaks[-1] if number else at_us
        self._peaks.append(max(peak, at_us))
        if at_us < peak:
            self._late.append(number)
        self._kinds.append(kind)
        self._facts.append(self._fact_sets.setdefault(facts, facts))
        for values, value in zip(self._values, facts, strict=True):
            if value:
                values[value] += 1

    def _kind(self, name: str) -> int:
        if name not in self._kind_names:
            if len(self._kind_names) >= _GONE:
                raise InvalidValue("an index holds at most 255 kinds", name, "use fewer kinds")
            self._kind_names.append(name)
        return self._kind_names.index(name)

    # --- snapshots -------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return the index as bytes; equal content gives equal bytes, whatever its past.

        They hold terms and ids, no text: but a rare term may be a name. Keep them as you keep
        tickets.
        """
        order = sorted(self._numbers.values(), key=lambda n: (self._times[n], self._ids[n]))
        names = {number: term for term, number in self._postings.numbers.items()}
        counts = self._postings.counts
        terms = tuple(sorted(term for number, term in names.items() if counts[number]))
        places = {self._postings.numbers[term]: place for place, term in enumerate(terms)}
        kinds = tuple(sorted({self.kind(number) for number in order}))
        facts = tuple(sorted({self._facts[number] for number in order}))
        ends, entries, impacts = array("Q"), array("I"), array("B")
        for number in order:
            found = sorted((places[e >> 3], e & 7, e >> 3) for e in self.profile(number))
            entries.extend([place << 3 | bits for place, bits, _ in found])
            impacts.extend([self._postings.impact_of(term, number) for *_, term in found])
            ends.append(len(entries))
        return packed(
            Content(
                analyzers={language: each.name for language, each in self.analyzers.items()},
                fields=self.fields,
                kinds=kinds,
                tickets=tuple(self._ids[number] for number in order),
                facts=facts,
                terms=terms,
                times=array("q", [self._times[number] for number in order]),
                kind_places=array("B", [kinds.index(self.kind(n)) for n in order]),
                fact_places=array("I", [bisect_left(facts, self._facts[n]) for n in order]),
                ends=ends,
                entries=entries,
                impacts=impacts,
            )
        )

    @classmethod
    def restored(
        cls, blob: bytes, *, analyzers: Mapping[str, Analyzer] | None = None
    ) -> TicketIndex:
        """Return the index of a snapshot; it answers as the one that was written.

        Give it the analyzers that it was made with: by others, no new text would meet the old.

        Raises:
            CodecError: the bytes are no snapshot, of another version, damaged, or were made with
                other analyzers.
        """
        content = unpacked(blob)
        index = cls(analyzers=analyzers, fields=content.fields)
        given = {language: each.name for language, each in index.analyzers.items()}
        if given != content.analyzers:
            raise CodecError(
                "the snapshot was made with other analyzers",
                "index snapshot",
                dict(content.analyzers),
                f"pass those, not {given}, or index the texts again",
            )
        terms = [index._postings.intern(term) for term in content.terms]
        index._kind_names = list(content.kinds)
        start = 0
        for place, end in enumerate(content.ends):
            pairs = zip(content.entries[start:end], content.impacts[start:end], strict=True)
            rows = ((terms[entry >> 3], entry & 7, weight) for entry, weight in pairs)
            number = index._postings.append_entries(rows)
            index._note(
                number,
                TicketId(content.tickets[place]),
                content.times[place],
                content.kind_places[place],
                content.facts[content.fact_places[place]],
            )
            start = end
        return index

    # --- reading ---------------------------------------------------------------------------------

    def number(self, ticket_id: TicketId) -> int:
        """Return the number under which the index keeps a ticket, until something is removed.

        Raises:
            NotFound: it is not in the index.
        """
        found = self._numbers.get(ticket_id)
        if found is None:
            raise NotFound("indexed text", ticket_id, "add it first")
        return found

    def ticket_id(self, number: int) -> TicketId:
        """Return the ticket of a number."""
        return self._ids[number]

    def at_us(self, number: int) -> int:
        """Return when a ticket occurred, in microseconds since 1970."""
        return self._times[number]

    def kind(self, number: int) -> str:
        """Return a ticket's kind."""
        return self._kind_names[self._kinds[number]]

    def facts(self, number: int) -> tuple[str, ...]:
        """Return a ticket's facts, in the order of `AGREEMENT_FIELDS`."""
        return self._facts[number]

    def profile(self, number: int) -> list[int]:
        """Return a ticket's terms: the number of each times 8, plus the bits of its fields."""
        return self._postings.profile(number)

    def terms_of(self, number: int) -> tuple[array[int], array[int]]:
        """Return the numbers of the terms of a ticket's title, and of all its others."""
        return self._postings.terms_of(number)

    def score(self, query: Query, number: int) -> float:
        """Return the BM25F score of one ticket, as `candidates` gives it."""
        impacts = self._postings.impact_of
        return sum([unit * impacts(term, number) for unit, term in query.weighed])

    def value_ratio(self, field: int, value: str) -> float:
        """Return the share, 0 to 1, of the tickets with a field whose field has this value."""
        values = self._values[field]
        total = values.total()
        return values[value] / total if total else 0.0

    @property
    def term_counts(self) -> Sequence[int]:
        """Return in how many tickets each term occurs, by its number; to be read only."""
        return self._postings.counts

    def query(self, text: TicketText) -> Query:
        """Return a text as this index sees it; the text need not be in the index."""
        found = analyzed(text, self.fields, self._analyzer(text))
        own = self._numbers.get(text.ticket_id)
        # As it was when it was indexed: its text may have been changed since.
        own_terms = frozenset(() if own is None else chain(*self.terms_of(own)))
        numbers, counts = self._postings.numbers, self._postings.counts
        total = len(self)
        log_total = math.log(total + 1.0)
        common = max(_COMMON_LEAST, _COMMON_SHARE * total)
        weights = [
            sum(r.query_weight for b, r in self.fields.rules if b & bits) for bits in range(8)
        ]
        fields: dict[int, int] = {}
        names: dict[int, str] = {}
        unknown_title = 0.0
        weighed: list[tuple[float, str, int, int]] = []
        for term, (bits, frequency) in found.items():
            known = numbers.get(term)
            count = 0 if known is None else counts[known] - (known in own_terms)
            if known is None or not count:
                unknown_title += exact(log_total - math.log(0.5)) if bits & TITLE else 0.0
                continue
            fields[known], names[known] = bits, term
            if count <= common:
                unit = exact(weights[bits] * (log_total - math.log(count + 0.5)) / IMPACTS)
                weighed.append((-unit, term, known, impact(frequency)))
        chosen = _affordable(sorted(weighed), counts)
        return Query(
            text=text,
            fields=fields,
            weighed=tuple((-unit, known) for unit, _, known, _ in chosen),
            names=names,
            unknown_title_weight=unknown_title,
            own_score=sum([-unit * share for unit, _, _, share in chosen]),
        )

    def candidates(self, query: Query, task: Task, *, limit: int) -> list[tuple[int, float]]:
        """Return the numbers of the tickets that come nearest by words and age, with their scores.

        A score is the BM25F score of the words alone, without age. Tickets without a shared term
        are none; neither is the query's own ticket. Equal ones: the lower id first.
        """
        at_us = query.text.at_us
        span_us = window_us(task)
        first = bisect_left(self._peaks, at_us - span_us)
        if first >= len(self._times) or not query.weighed:
            return []
        base = self._ages(at_us, task.decay * _SCORE_PER_LOG_ODDS, first)
        totals = base[:]
        self._postings.add_up(totals, query.weighed, first)
        # A removed ticket has no postings, so its kind is never looked at.
        allowed = bytearray(not task.kinds or name in task.kinds for name in self._kind_names)
        kinds, times, ids = self._kinds, self._times, self._ids
        low, high = at_us - span_us, at_us + span_us
        own = self._numbers.get(query.text.ticket_id)

        def fitting(numbers: Iterable[int]) -> list[int]:
            sharing = [n for n in numbers if totals[n] != base[n] and n != own]
            if not task.kinds and not task.window_days:
                return sharing
            return [n for n in sharing if allowed[kinds[n]] and low <= times[n] <= high]

        near = self._best(totals, query, (first, limit), fitting)
        near.sort(key=lambda n: (-totals[n], ids[n]))
        return [(n, totals[n] - base[n]) for n in near[:limit]]

    def fits(self, number: int, at_us: int, task: Task) -> bool:
        """Return whether a ticket is of the task's kinds, and in its window around an instant."""
        if task.kinds and self.kind(number) not in task.kinds:
            return False
        return abs(self._times[number] - at_us) <= window_us(task)

    def _best(
        self,
        totals: list[float],
        query: Query,
        bounds: tuple[int, int],
        fitting: Callable[[Iterable[int]], list[int]],
    ) -> list[int]:
        """Return the numbers that reach the `limit`-th best total; more where some are equal."""
        first, limit = bounds
        counts = self._postings.counts
        rarest = sorted((counts[term], term) for _, term in query.weighed)
        terms = [term for _, term in rarest]
        some = self._postings.some_of(terms, first, _SAMPLE * limit)
        sample = [totals[n] for n in fitting(some)]
        if len(sample) < limit:
            return fitting(self._postings.some_of(terms, first, len(totals) + 1))
        # The best of a sample bound the best of all from below, and one pass finds what is above:
        # over the postings where they are few, over all tickets where those are fewer.
        floor = sorted(sample)[-limit]
        if _LOOK * sum([count for count, _ in rarest]) < len(totals):
            some = self._postings.some_of(terms, first, len(totals) + 1)
            above = fitting([n for n in some if totals[n] >= floor])
        else:
            above = fitting([n for n, total in enumerate(totals) if total >= floor])
        if len(above) > limit:
            floor = sorted([totals[n] for n in above])[-limit]
        return [n for n in above if totals[n] >= floor]

    def _ages(self, at_us: int, decay: float, first: int) -> list[float]:
        """Return what age takes from each ticket's score; minus infinity before number `first`."""
        size, peaks = len(self._times), self._peaks
        if not decay:
            return [-math.inf] * first + [0.0] * (size - first)
        cost = exact(decay * STEP)
        middle = bisect_left(peaks, at_us)
        older: list[list[float]] = []
        upper = middle
        for step, edge in enumerate(EDGES_US):
            lower = max(first, bisect_left(peaks, at_us - edge + 1))
            if lower < upper:
                older.append([-step * cost] * (upper - lower))
                upper = lower
            if lower == first:
                break
        found = [-math.inf] * first
        for part in reversed(older):
            found += part
        lower = max(middle, first)
        for step, edge in enumerate(EDGES_US):
            if lower >= size:
                break
            upper = bisect_left(peaks, at_us + edge)
            found += [-step * cost] * max(0, upper - lower)
            lower = max(lower, upper)
        for number in self._late:
            if number >= first:
                step = bisect_right(EDGES_US, abs(at_us - self._times[number]))
                found[number] = -step * cost
        return found


def _affordable(
    weighed: list[tuple[float, str, int, int]], counts: Sequence[int]
) -> list[tuple[float, str, int, int]]:
    """Return the weightiest terms whose postings can be read in time, at least one."""
    found: list[tuple[float, str, int, int]] = []
    postings = 0
    for each in weighed:
        if postings + counts[each[2]] <= _MOST_POSTINGS or not found:
            postings += counts[each[2]]
            found.append(each)
            if len(found) == _MOST_TERMS:
                break
    return found
