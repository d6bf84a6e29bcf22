"""Problem candidates: what keeps coming back, with its evidence and its price (law K2).

Two kinds of recurrence are looked for: incidents that are told in like words (groups), and
incidents that keep a timetable on one service or item, in whatever words. Both count only if chance
does not explain them.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import load_zone
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking._causes import ChangeRecord, SuspectedChange, suspected_change
from itsm_core.linking._impact import DependencyGraph
from itsm_core.linking._occurrences import Occurrence, by_ticket
from itsm_core.linking._regularity import regularity
from itsm_core.linking._rhythm import (
    CYCLES,
    Profile,
    Rhythm,
    Trend,
    rhythm_of,
    trend_of,
    wall_time,
)
from itsm_core.linking._spread import EXACT, Cost, Shift, Spread, cost_of, spread_of
from itsm_core.linking._statistics import benjamini_hochberg, poisson_binomial_at_least
from itsm_core.linking._timetable import Slot, distinct, find_slots
from itsm_core.linking._values import Group, probability_of
from itsm_core.money import Money, Rates
from itsm_core.spans import micros

__all__ = ["CandidateRules", "ProblemCandidate", "Source", "find_candidates"]

Source: TypeAlias = Literal["wording", "timetable"]
"""How a candidate was found: told in like words, or keeping a timetable."""

_MOST_TERMS: Final = 8
_MOST_PLACES: Final = 3
_NEARLY: Final = 1e-9
_DOUBT: Final = 0.8
"""Nats against any group of like words: near-identical texts are often not the same problem."""

_OF_REGULARITY: Final = 1.4
"""Weight of like distances; chosen with the doubt on simulated desks, like the watch's settings."""
_BELIEVED: Final = 0.05
"""The share of rhythms and trends in one answer that may be false."""


@attrs.frozen(kw_only=True)
class CandidateRules:
    """Say what makes a candidate, and what work costs.

    At least `fewest` incidents on as many different days of `zone` within `window`, and at least
    `confidence_ratio` that they recur: that two of their links, or of their weeks, are right.

    Raises:
        InvalidValue: fewer than three incidents, a window or a ratio that cannot be.
        UnknownZone: the tz database does not know the zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import CandidateRules, Occurrence, find_candidates
    >>> from itsm_core.money import Money, Rates
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> seen = [
    ...     Occurrence(ticket_id=f"INC-{at:%m%d}", at=at, service="export", worked_us=3_600_000_000)
    ...     for at in each_week
    ... ]
    >>> rules = CandidateRules(rates=Rates(hourly=Money("80", "EUR")))
    >>> (found,) = find_candidates(seen, as_of=night + timedelta(weeks=12), rules=rules)
    >>> print(found.cost.so_far, "so far,", found.cost.yearly, "a year")
    960.00 EUR so far, 3,826.43 EUR a year
    >>> CandidateRules(fewest=2)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: occurrences of a candidate: 2; use 3 or more: two are a
    coincidence
    """

    window: timedelta = timedelta(days=180)
    fewest: int = 3
    confidence_ratio: float = 0.5
    rates: Rates | None = None
    shifts: tuple[Shift, ...] = ()
    zone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        if type(self.fewest) is not int or self.fewest < 3:
            remedy = "use 3 or more: two are a coincidence"
            raise InvalidValue("occurrences of a candidate", self.fewest, remedy)
        if not 0 <= self.confidence_ratio <= 1:
            raise InvalidValue("a confidence", self.confidence_ratio, "use a ratio from 0 to 1")
        if not isinstance(self.window, timedelta) or self.window <= timedelta(0):
            raise InvalidValue("a window without time", self.window, "use timedelta(days=180)")
        load_zone(self.zone)


@attrs.frozen(kw_only=True)
class ProblemCandidate:
    """Hold a failure that seems to recur, with everything a problem manager would ask.

    `candidate_id` is the id of its first incident. `chances` are, for each occurrence, how likely
    it belongs here; their sum is less than their number by `expected_by_chance`. `confidence` is
    the chance that it recurs at all. `terms` are words that the incidents share, never their texts.

    `as_of_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Occurrence, find_candidates
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> each_week = [night + timedelta(weeks=week) for week in range(12)]
    >>> seen = [Occurrence(ticket_id=f"INC-{at:%m%d}", at=at, service="export") for at in each_week]
    >>> (found,) = find_candidates(seen, as_of=night + timedelta(weeks=12))
    >>> found.usual_service, found.members[:2], found.is_hidden
    ('export', ('INC-0108', 'INC-0115'), True)
    >>> round(found.cost.a_month, 1), found.rhythm.words
    (4.0, 'Thursdays about 02:10')
    """

    candidate_id: TicketId
    sources: tuple[Source, ...]
    occurrences: tuple[Occurrence, ...]
    chances: tuple[float, ...]
    terms: tuple[str, ...]
    confidence: float
    spread: Spread
    rhythm: Rhythm | None
    trend: Trend
    cost: Cost
    slot: Slot | None = None
    change: SuspectedChange | None = None
    as_of_us: int = attrs.field(repr=False)

    @property
    def members(self) -> tuple[TicketId, ...]:
        """Return the incidents in order of time."""
        return tuple(each.ticket_id for each in self.occurrences)

    @property
    def expected_by_chance(self) -> float:
        """Return how many of the occurrences may be here by chance alone."""
        return len(self.chances) - sum(self.chances)

    @property
    def services(self) -> tuple[tuple[str, int], ...]:
        """Return the services concerned and how often, the most frequent first, at most three."""
        return _most(each.service for each in self.occurrences)

    @property
    def configuration_items(self) -> tuple[tuple[str, int], ...]:
        """Return the items concerned and how often, the most frequent first, at most three."""
        return _most(each.configuration_item_id for each in self.occurrences)

    @property
    def is_hidden(self) -> bool:
        """Return whether no one person saw more than half of it."""
        return 2 * self.spread.most_by_one <= len(self.occurrences)

    @property
    def expected_monthly(self) -> Money | None:
        """Return what a month is expected to cost: the price times the confidence."""
        monthly = self.cost.monthly
        return None if monthly is None else monthly * Decimal(f"{self.confidence:.6g}")

    @property
    def subject(self) -> str:
        """Return what it is about in a few words: item, service, shared terms.

        An item or a service is named if at least half of the incidents are about it.
        """
        words = ", ".join(self.terms[:4])
        parts = dict.fromkeys((self.usual_item, self.usual_service, words))
        return " · ".join(part for part in parts if part) or "no name"

    @property
    def usual_item(self) -> str:
        """Return the item that at least half of the incidents are about; empty if none is."""
        return _usual(self.configuration_items, len(self.occurrences))

    @property
    def usual_service(self) -> str:
        """Return the service that at least half of the incidents are about; empty if none is."""
        return _usual(self.services, len(self.occurrences))


def _most(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_PLACES])


def _usual(counted: Sequence[tuple[str, int]], number: int) -> str:
    return next((name for name, times in counted[:1] if 2 * times >= number), "")


@attrs.define
class _Bundle:
    """Gather incidents that seem to be one failure, each with the chance that it is."""

    chances: dict[TicketId, float]
    sources: set[Source]
    terms: tuple[str, ...] = ()
    slot: Slot | None = None

    def takes(self, other: _Bundle) -> bool:
        """Return whether at least half of the smaller one is in both."""
        both = len(self.chances.keys() & other.chances.keys())
        return 2 * both >= min(len(self.chances), len(other.chances))

    def take(self, other: _Bundle) -> None:
        for ticket_id, chance in other.chances.items():
            self.chances[ticket_id] = max(chance, self.chances.get(ticket_id, 0.0))
        self.sources |= other.sources
        self.terms = self.terms or other.terms
        self.slot = self.slot or other.slot


def find_candidates(
    occurrences: Iterable[Occurrence],
    groups: Iterable[Group] = (),
    *,
    as_of: datetime,
    rules: CandidateRules | None = None,
    changes: Iterable[ChangeRecord] = (),
    graph: DependencyGraph | None = None,
    known: Collection[TicketId] = (),
) -> tuple[ProblemCandidate, ...]:
    """Return the problem candidates as of an instant, those that cost most first.

    `occurrences` are all incidents of the desk, not only suspicious ones: what is usual follows
    from them. `groups` are those of a grouper. `known` are incidents that an open problem has
    already: a candidate of which they are half is none. The order is by expected monthly cost,
    confidence times price; without rates, by hours; ties by id.

    Raises:
        InvalidValue: a ticket occurs twice, or `known` is one text.
        NaiveDatetime: `as_of` has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import Occurrence, find_candidates
    >>> night = datetime(2026, 1, 8, 2, 10, tzinfo=UTC)
    >>> seen = [
    ...     Occurrence(
    ...         ticket_id=f"INC-{week:02}",
    ...         at=night + timedelta(weeks=week),
    ...         service="export",
    ...         person=("ann", "bob", "eva", "mei")[week % 4],
    ...         worked_us=3_600_000_000,
    ...     )
    ...     for week in range(12)
    ... ]
    >>> (found,) = find_candidates(seen, as_of=night + timedelta(weeks=12))
    >>> found.subject, found.slot.weeks, found.spread.words
    ('export', 12, '4 people saw it, nobody more than 3 times')
    """
    if isinstance(known, str):
        raise InvalidValue("a text is not a set of incidents", known, f"write {{{known!r}}}")
    rules = rules or CandidateRules()
    until_us = micros(as_of)
    facts = {
        ticket_id: each
        for ticket_id, each in by_ticket(occurrences).items()
        if each.at_us <= until_us
    }
    desk = _Desk(
        facts=facts,
        rules=rules,
        since_us=until_us - rules.window // timedelta.resolution,
        until_us=until_us,
        zone=load_zone(rules.zone),
    )
    bundles = _together([*desk.by_timetable(), *desk.by_wording(groups)])
    taken = frozenset(known)
    changed = tuple(changes)
    found = [
        desk.candidate(bundle, changed, graph)
        for bundle in bundles
        if desk.is_recurring(bundle)
        and 2 * len(taken & bundle.chances.keys()) < len(bundle.chances)
    ]
    return tuple(sorted(_believed(found), key=_order))


def _order(candidate: ProblemCandidate) -> tuple[Decimal, TicketId]:
    monthly = candidate.expected_monthly
    if monthly is not None:
        return monthly.amount.copy_negate(), candidate.candidate_id
    confidence = Decimal(f"{candidate.confidence:.6g}")
    hours = EXACT.multiply(candidate.cost.hours_a_month, confidence)
    return hours.copy_negate(), candidate.candidate_id


def _together(bundles: Sequence[_Bundle]) -> list[_Bundle]:
    """Return the bundles with those that are the same failure made one, the earlier one first."""
    found: list[_Bundle] = []
    for bundle in bundles:
        same = next((each for each in found if each.takes(bundle)), None)
        if same is None:
            found.append(bundle)
        else:
            same.take(bundle)
    return found


def _believed(candidates: list[ProblemCandidate]) -> Iterator[ProblemCandidate]:
    """Yield candidates with only those rhythms that stand once all were looked at."""
    adjusted = benjamini_hochberg(
        [1.0 if c.rhythm is None else c.rhythm.chance for c in candidates]
    )
    trends = benjamini_hochberg([candidate.trend.chance for candidate in candidates])
    for candidate, rhythm, trend in zip(candidates, adjusted, trends, strict=True):
        yield attrs.evolve(
            candidate,
            rhythm=candidate.rhythm if rhythm <= _BELIEVED else None,
            trend=attrs.evolve(candidate.trend, chance=trend),
        )


@attrs.frozen(kw_only=True)
class _Desk:
    """Hold what all candidates of one answer are judged by."""

    facts: Mapping[TicketId, Occurrence]
    rules: CandidateRules
    since_us: int
    until_us: int
    zone: ZoneInfo
    profiles: tuple[Profile, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        instants = [each.at_us for each in self.facts.values()]
        profiles = tuple(Profile.of(instants, cycle, self.zone) for cycle in CYCLES)
        object.__setattr__(self, "profiles", profiles)

    def is_inside(self, ticket_id: TicketId) -> bool:
        """Return whether an incident is known and lies within the window."""
        each = self.facts.get(ticket_id)
        return each is not None and each.at_us > self.since_us

    def by_timetable(self) -> Iterator[_Bundle]:
        """Yield what keeps an hour of the week."""
        week = next(each for each in self.profiles if each.cycle == "week")
        first_us = min((each.at_us for each in self.facts.values()), default=self.until_us)
        slots = find_slots(
            tuple(self.facts.values()),
            week,
            since_us=max(self.since_us, first_us),
            until_us=self.until_us,
        )
        for together in distinct(slots):
            expected = {id(slot): slot.expected / len(slot.members) for slot in together.values()}
            chances = {t: max(0.0, 1 - expected[id(slot)]) for t, slot in together.items()}
            slot = next(iter(together.values()))
            yield _Bundle(chances=chances, sources={"timetable"}, slot=slot)

    def by_wording(self, groups: Iterable[Group]) -> Iterator[_Bundle]:
        """Yield the groups within the window."""
        for group in groups:
            inside = [ticket_id for ticket_id in group.members if self.is_inside(ticket_id)]
            if len(inside) < self.rules.fewest:
                continue
            best = dict.fromkeys(inside, 0.0)
            terms: Counter[str] = Counter()
            for link in group.links:
                for ticket_id in (link.ticket_id, link.other):
                    if ticket_id in best:
                        best[ticket_id] = max(best[ticket_id], link.probability)
                terms.update({term for each in link.evidence for term in each.terms})
            words = sorted(terms.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_TERMS]
            yield _Bundle(chances=best, sources={"wording"}, terms=tuple(term for term, _ in words))

    def is_recurring(self, bundle: _Bundle) -> bool:
        """Return whether it came on enough days, and chance does not explain it."""
        if len(bundle.chances) < self.rules.fewest:
            return False
        days = {wall_time(self.facts[t].at_us, self.zone).date() for t in bundle.chances}
        enough = len(days) >= self.rules.fewest
        return enough and self.confidence(bundle) >= self.rules.confidence_ratio

    def confidence(self, bundle: _Bundle) -> float:
        """Return the chance that it recurs: that two of its links are right.

        What was linked by words is believed more if it comes at like distances, and less if not; a
        timetable has told that already. One incident needs no link.
        """
        links = sorted(bundle.chances.values(), reverse=True)[1:]
        chance = poisson_binomial_at_least(2, links)
        if bundle.slot is not None:
            return chance
        instants = sorted(self.facts[ticket_id].at_us for ticket_id in bundle.chances)
        window_days = self.rules.window / timedelta(days=1)
        bounded = min(max(chance, _NEARLY), 1 - _NEARLY)
        log_odds = math.log(bounded / (1 - bounded))
        return probability_of(
            log_odds - _DOUBT + _OF_REGULARITY * regularity(instants, window_days)
        )

    def candidate(
        self, bundle: _Bundle, changes: Sequence[ChangeRecord], graph: DependencyGraph | None
    ) -> ProblemCandidate:
        """Return a bundle with all that is to be said about it."""
        facts = sorted(
            (self.facts[ticket_id] for ticket_id in bundle.chances),
            key=lambda each: (each.at_us, each.ticket_id),
        )
        instants = [each.at_us for each in facts]
        return ProblemCandidate(
            candidate_id=facts[0].ticket_id,
            sources=tuple(sorted(bundle.sources, reverse=True)),
            occurrences=tuple(facts),
            chances=tuple(bundle.chances[each.ticket_id] for each in facts),
            terms=bundle.terms,
            confidence=self.confidence(bundle),
            spread=spread_of(facts, self.zone, self.rules.shifts),
            rhythm=rhythm_of(instants, self.profiles),
            trend=trend_of(instants, self.until_us),
            cost=cost_of(facts, self.until_us, self.rules.rates),
            slot=bundle.slot,
            change=suspected_change(facts, changes, graph),
            as_of_us=self.until_us,
        )
