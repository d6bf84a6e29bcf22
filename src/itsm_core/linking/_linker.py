"""Suggestions: the tickets that belong with one, best first, each with its evidence (law K1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from operator import mul
from typing import Final, NamedTuple

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking._calibration import UNCALIBRATED, Calibration
from itsm_core.linking._features import FEATURES, Pairing
from itsm_core.linking._fields import BODY, LOG, TITLE
from itsm_core.linking._index import Query, TicketIndex
from itsm_core.linking._model import DEFAULT_MODEL, DUPLICATES, Agreement, LinkModel
from itsm_core.linking._sources import CandidateSource, SemanticView
from itsm_core.linking._values import AGREEMENT_FIELDS, Evidence, Suggestion, Task, TicketText

__all__ = ["Linker", "Related"]

Related = Callable[[str, str], float | None]
"""Return what it adds, in nats, that two different configuration items are related; None: they
are not, or nothing is known. Give a dependency graph's view here: a host and what runs on it."""

_CANDIDATES: Final = 100
"""Of a hundred candidates the ranking finds what there is; more cost time and bring little."""
_MOST_TERMS: Final = 8
"""Terms shown for one piece of evidence: as many as a person reads."""
_ITEM: Final = AGREEMENT_FIELDS.index("configuration_item_id")

_SHOWN: Final = {
    "score": "text",
    "score_share": "text",
    "title": "title",
    "title_found": "title",
    "title_answered": "title",
    "coverage": "text",
    "rarest": "rarest term",
    "age": "age",
}
"""Under which heading of the evidence each measurement is shown."""


class _Scored(NamedTuple):
    """A candidate with all that weighs; the sum is its log-odds."""

    number: int
    measured: tuple[float, ...]
    facts: tuple[tuple[str, float, str], ...]
    views: tuple[float, ...]
    log_odds: float


class Linker:
    """Rank the tickets of an index by the probability that they are about the same as a text.

    `task` says what is looked for. `agreements` weigh facts, at most one for each field; `related`
    knows configuration items that belong together. `prior` is the desk's own belief, in log-odds,
    on top of the task's. `sources` name further candidates, `views` add evidence of meaning.

    It keeps nothing but what it was given: two linkers may share one index.

    Raises:
        InvalidValue: two agreements are about one field, or the prior is not finite.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Linker, TicketIndex, TicketText
    >>> at, index = datetime(2026, 1, 5, 9, tzinfo=UTC), TicketIndex()
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="VPN drops every hour"))
    >>> index.add(TicketText(ticket_id="INC-2", at=at, title="Printer jams"))
    >>> new = TicketText(ticket_id="INC-9", at=at + timedelta(days=1), title="VPN drops again")
    >>> for each in Linker(index).similar(new):
    ...     print(each.ticket_id, "by", ", ".join(each.terms))
    INC-1 by drop, vpn
    """

    def __init__(
        self,
        index: TicketIndex,
        *,
        task: Task = DUPLICATES,
        model: LinkModel = DEFAULT_MODEL,
        agreements: Iterable[Agreement] = (),
        related: Related | None = None,
        prior: float = 0.0,
        calibration: Calibration = UNCALIBRATED,
        sources: Iterable[CandidateSource] = (),
        views: Iterable[SemanticView] = (),
    ) -> None:
        self.index: Final = index
        self.task: Final = task
        self.model: Final = model
        self.calibration: Final = calibration
        self.agreements: Final = tuple(agreements)
        self._fields = [AGREEMENT_FIELDS.index(each.field) for each in self.agreements]
        if len(set(self._fields)) != len(self._fields):
            named = [each.field for each in self.agreements]
            raise InvalidValue("two agreements are about one field", named, "keep one of them")
        if not math.isfinite(prior):
            raise InvalidValue("a prior is no number", prior, "use log-odds, such as 0 or 3")
        self._related = related
        self._sources = tuple(sources)
        self._views = tuple(views)
        self._vector = model.vector(task.decay)
        self._start = calibration.offset + calibration.slope * (model.bias + task.prior + prior)

    # --- questions -------------------------------------------------------------------------------

    def similar(
        self, text: TicketText, *, limit: int = 5, least: float = 0.0
    ) -> tuple[Suggestion, ...]:
        """Return the tickets likeliest to be about the same, the best first.

        Equal ones come in order of their ids. `least` is the probability below which nothing is
        suggested. The text's own ticket is never suggested; the text need not be in the index.

        Raises:
            InvalidValue: the limit is no whole number above 0, the least is no probability, or
                `related` or a view gave what is no number.
        """
        if type(limit) is not int or limit < 1:
            raise InvalidValue("how many to suggest", limit, "use a number such as 5")
        if type(least) not in (int, float) or not 0 <= least <= 1:
            raise InvalidValue("the least probability", least, "use 0 to 1, such as 0.3")
        query = self.index.query(text)
        pairing = Pairing(self.index, query)
        found = self._scored(pairing, query, self._candidates(query))
        best = [self._suggestion(pairing, each) for each in found[:limit]]
        return tuple(each for each in best if each.probability >= least)

    def compare(self, text: TicketText, ticket_id: TicketId) -> Suggestion:
        """Return what speaks for and against a text and one ticket being about the same.

        Raises:
            NotFound: the ticket is not in the index.
        """
        query = self.index.query(text)
        pairing, number = Pairing(self.index, query), self.index.number(ticket_id)
        (scored,) = self._scored(pairing, query, [(number, self.index.score(query, number))])
        return self._suggestion(pairing, scored)

    def log_odds(self, text: TicketText, tickets: Iterable[TicketId] = ()) -> dict[TicketId, float]:
        """Return the log-odds of the candidates, and of the named tickets, without evidence.

        What grouping asks: a tenth of the time of suggestions with their words.

        Raises:
            NotFound: a named ticket is not in the index.
        """
        query = self.index.query(text)
        pairing = Pairing(self.index, query)
        wanted = dict(self._candidates(query))
        for ticket_id in tickets:
            number = self.index.number(ticket_id)
            if number not in wanted:
                wanted[number] = self.index.score(query, number)
        scored = self._scored(pairing, query, wanted.items())
        return {self.index.ticket_id(each.number): each.log_odds for each in scored}

    # --- the sum ---------------------------------------------------------------------------------

    def _candidates(self, query: Query) -> list[tuple[int, float]]:
        index = self.index
        found = index.candidates(query, self.task, limit=_CANDIDATES)
        if not self._sources:
            return found
        known = {number for number, _ in found}
        own = query.text.ticket_id
        for source in self._sources:
            for ticket_id in source.candidates(query.text, limit=_CANDIDATES):
                if ticket_id in index and ticket_id != own:
                    number = index.number(ticket_id)
                    if number not in known and index.fits(number, query.text.at_us, self.task):
                        known.add(number)
                        found.append((number, index.score(query, number)))
        return found

    def _scored(
        self, pairing: Pairing, query: Query, candidates: Iterable[tuple[int, float]]
    ) -> list[_Scored]:
        vector, ids = self._vector, self.index.ticket_id
        start, slope, told = self._start, self.calibration.slope, list(candidates)
        facts = self._facts(query)
        views = self._viewed(query, [ids(number) for number, _ in told])
        found: list[_Scored] = []
        for (number, score), seen in zip(told, views, strict=True):
            measured = pairing.measure(number, score)
            agreed = facts(number) if self.agreements else ()
            total = sum(map(mul, vector, measured)) + sum(seen)
            if agreed:
                total += sum([weight for _, weight, _ in agreed])
            found.append(_Scored(number, measured, agreed, seen, start + slope * total))
        found.sort(key=lambda each: (-each.log_odds, ids(each.number)))
        return found

    def _facts(self, query: Query) -> Callable[[int], tuple[tuple[str, float, str], ...]]:
        """Return a function that weighs a ticket's facts against the text's."""
        index, text = self.index, query.text
        asked = [
            (field, each, value, index.value_ratio(field, value))
            for field, each in zip(self._fields, self.agreements, strict=True)
            if (value := getattr(text, each.field))
        ]

        def weigh(number: int) -> tuple[tuple[str, float, str], ...]:
            found: list[tuple[str, float, str]] = []
            facts = index.facts(number)
            for field, agreement, value, share in asked:
                theirs = facts[field]
                if not theirs:
                    continue
                if theirs == value:
                    told = f"both {value}, {share:.1%} of all"
                    found.append((agreement.field, agreement.same(share), told))
                    continue
                weight = agreement.different(share)
                told = f"{value} and {theirs}"
                if field == _ITEM and self._related is not None:
                    near = self._related(value, theirs)
                    if near is not None:
                        _check_finite("how two items are related", near, (value, theirs))
                        weight, told = near, f"{told}, related"
                found.append((agreement.field, weight, told))
            return tuple(found)

        return weigh

    def _viewed(self, query: Query, tickets: Sequence[TicketId]) -> list[tuple[float, ...]]:
        if not self._views:
            return [()] * len(tickets)
        return list(zip(*(_seen(view, query.text, tickets) for view in self._views), strict=True))

    def _suggestion(self, pairing: Pairing, scored: _Scored) -> Suggestion:
        slope = self.calibration.slope
        profile = self.index.profile(scored.number)
        titles = pairing.shared_terms(profile, TITLE)
        every = pairing.shared_terms(profile, TITLE | BODY | LOG)
        shown = {"title": titles, "text": every, "rarest term": every[:1], "age": []}
        sums = dict.fromkeys(shown, 0.0)
        for name, weight, value in zip(FEATURES, self._vector, scored.measured, strict=True):
            sums[_SHOWN[name]] += slope * weight * value
        days = pairing.days(scored.number)
        found = [Evidence(name="prior", contribution=self._start, detail="before any evidence")]
        for name, terms in shown.items():
            words = tuple(term for _, term in terms[:_MOST_TERMS])
            detail = f"{days:,.1f} days apart" if name == "age" else ", ".join(words)
            found.append(Evidence(name=name, contribution=sums[name], detail=detail, terms=words))
        for name, weight, detail in scored.facts:
            found.append(Evidence(name=name, contribution=slope * weight, detail=detail))
        for view, weight in zip(self._views, scored.views, strict=True):
            found.append(Evidence(name=view.name, contribution=slope * weight, detail="meaning"))
        return Suggestion(
            ticket_id=self.index.ticket_id(scored.number),
            kind=self.index.kind(scored.number),
            evidence=tuple(found),
            is_calibrated=self.calibration.is_calibrated,
        )


def _seen(view: SemanticView, text: TicketText, tickets: Sequence[TicketId]) -> list[float]:
    """Return what a view adds for each ticket; what a foreign engine gave is looked at first."""
    found = view.source.similarities(text, tickets)
    if len(found) != len(tickets):
        what = f"view {view.name!r} gave another number of similarities than there are tickets"
        raise InvalidValue(what, (len(found), len(tickets)), "return one for each, None if unknown")
    for near in found:
        if near is not None:
            _check_finite(f"a similarity of view {view.name!r}", near, text.ticket_id)
    return [0.0 if near is None else view.weight * (near - view.neutral) for near in found]


def _check_finite(what: str, number: float, about: object) -> None:
    if not math.isfinite(number):
        raise InvalidValue(f"{what} is no number ({about})", number, "return a finite one, or None")
