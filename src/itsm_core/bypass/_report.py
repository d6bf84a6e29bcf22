"""What was found: each bypass with its evidence, and how often, with intervals (laws D3, M2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

import attrs

from itsm_core.errors import InvalidValue, did_you_mean
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.metrics import Interval, Rate
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["Bypass", "BypassRate", "BypassReport", "Measured", "Request", "Way"]

Way: TypeAlias = Literal[
    "passed_down", "direct_contact", "no_contact", "afterwards", "self_assigned"
]
"""How a ticket went past the desk, what says most first: somebody not of the first line gave it to
a specialist; it came by a channel that is not official; whoever worked on it registered it himself,
and no contact is on file; it was registered after the work had begun; a specialist took it out of a
queue before anybody had looked at it."""

Measured: TypeAlias = Literal["requester", "specialist", "team", "channel"]
_MEASURED: Final = get_args(Measured)

_BY_CHANCE: Final = 0.05
"""The chance that anybody at all is called notable who is not."""

_FEW: Final = 10
"""Below so many cases a rate is called small: one more or less would move it by a tenth."""


@attrs.frozen(kw_only=True)
class Request:
    """Hold one ticket that was judged: who asked, by which channel, which specialists acted.

    `at_us` is when it was opened, in microseconds since 1970 (UTC).

    >>> from itsm_core.bypass import Request
    >>> asked = Request(
    ...     ticket_id="INC-1",
    ...     at_us=0,
    ...     requester="rob",
    ...     channel="portal",
    ...     specialists=(("ben", "network"), ("bea", "network")),
    ... )
    >>> asked.names("specialist"), asked.names("team")
    (('ben', 'bea'), ('network',))
    """

    ticket_id: TicketId
    at_us: int
    requester: PersonId
    channel: str
    specialists: tuple[tuple[PersonId, GroupId], ...] = ()

    def names(self, by: Measured) -> tuple[str, ...]:
        """Return under which names it is counted."""
        if by == "requester":
            return (self.requester,)
        if by == "channel":
            return (self.channel,)
        place = ("specialist", "team").index(by)
        return tuple(dict.fromkeys(each[place] for each in self.specialists))


@attrs.frozen(kw_only=True)
class Bypass:
    """Hold one ticket that went past the desk, and what says so.

    `at` is when a specialist first acted, `at_us` the same in microseconds since 1970 (UTC). `ways`
    are all that apply, `way` the one that says most. `passed_by` is who gave it to the specialist,
    if somebody did. `evidence` are facts of the log in words; none of them is a guess.

    >>> from itsm_core.bypass import Bypass
    >>> found = Bypass(
    ...     ticket_id="INC-1",
    ...     at_us=0,
    ...     ways=("direct_contact", "no_contact"),
    ...     requester="rob",
    ...     specialist="ben",
    ...     team="network",
    ...     channel="direct",
    ...     evidence=("it came by 'direct', which is no official channel",),
    ... )
    >>> print(found.explain())
    INC-1: direct contact, 1970-01-01 00:00:00 UTC
      it came by 'direct', which is no official channel
    """

    ticket_id: TicketId
    at_us: int
    ways: tuple[Way, ...]
    requester: PersonId
    specialist: PersonId
    team: GroupId
    channel: str
    passed_by: PersonId = PersonId("")
    evidence: tuple[str, ...] = ()

    @property
    def at(self) -> pendulum.DateTime:
        """Return when a specialist first acted on it, in UTC."""
        return in_pendulum(instant(self.at_us))

    @property
    def way(self) -> Way:
        """Return the way that says most."""
        return self.ways[0]

    def explain(self) -> str:
        """Return the finding and its evidence in words, a line each."""
        head = f"{self.ticket_id}: {self.way.replace('_', ' ')}, {self.at.to_datetime_string()} UTC"
        return "\n".join((head, *(f"  {line}" for line in self.evidence)))

    def name(self, by: Measured) -> str:
        """Return under which name it is counted."""
        return {
            "requester": self.requester,
            "specialist": self.specialist,
            "team": self.team,
            "channel": self.channel,
        }[by]


@attrs.frozen(kw_only=True)
class BypassRate:
    """Hold how often it happened under one name, with Wilson's interval of 95 %.

    Of a person it counts the tickets that they asked for, or that they had or acted on.

    >>> from itsm_core.bypass import BypassRate
    >>> from itsm_core.metrics import Rate
    >>> rate = Rate(successes=3, trials=4)
    >>> print(BypassRate(name="network", rate=rate, interval=rate.interval(), is_small=True))
    network: 3 of 4, 30% to 95%, few cases
    """

    name: str
    rate: Rate
    interval: Interval
    is_small: bool

    def __str__(self) -> str:
        low, high = self.interval.low or 0.0, self.interval.high or 0.0
        few = ", few cases" if self.is_small else ""
        count = f"{self.rate.successes} of {self.rate.trials}"
        return f"{self.name or 'not known'}: {count}, {low:.0%} to {high:.0%}{few}"


@attrs.frozen(kw_only=True)
class BypassReport:
    """Hold every bypass of a log and the tickets that they were found among.

    `requests` are the tickets of human requesters that were judged; `excused` are emergencies that
    were worked first and registered afterwards; `unknown` are people who acted on tickets and are
    nowhere in the desk map, nor ask for anything: look whether somebody is missing there.
    `contact_count` is how many records of contacts there were to go by.

    >>> from itsm_core.bypass import Bypass, BypassReport, Request
    >>> asked = tuple(
    ...     Request(ticket_id=f"INC-{n}", at_us=0, requester="rob", channel="portal")
    ...     for n in range(4)
    ... )
    >>> taken = Bypass(
    ...     ticket_id="INC-0",
    ...     at_us=0,
    ...     ways=("self_assigned",),
    ...     requester="rob",
    ...     specialist="ben",
    ...     team="network",
    ...     channel="portal",
    ... )
    >>> report = BypassReport(bypasses=(taken,), requests=asked)
    >>> report.ways, str(report.rates("requester")[0])
    ({'self_assigned': 1}, 'rob: 1 of 4, 5% to 70%, few cases')
    """

    bypasses: tuple[Bypass, ...]
    requests: tuple[Request, ...] = attrs.field(repr=False)
    excused: tuple[Bypass, ...] = ()
    unknown: tuple[PersonId, ...] = ()
    contact_count: int = 0

    @property
    def rate(self) -> Rate:
        """Return how many of the requests went past the desk."""
        return Rate(successes=len(self.bypasses), trials=len(self.requests))

    @property
    def ways(self) -> dict[Way, int]:
        """Return how many went which way, by the one that says most."""
        counted = Counter(each.way for each in self.bypasses)
        return {way: counted[way] for way in get_args(Way) if counted[way]}

    def rates(self, by: Measured) -> tuple[BypassRate, ...]:
        """Return how often it happened by requester, specialist, team or channel, by name.

        They are in the order of their names on purpose: a ranking of people by a handful of tickets
        ranks luck. `notable` says which of them stand out.

        Raises:
            InvalidValue: it is not measured by that.
        """
        if by not in _MEASURED:
            remedy = f"use one of {', '.join(_MEASURED)}{did_you_mean(by, _MEASURED)}"
            raise InvalidValue("bypass is not measured by this", by, remedy)
        trials = Counter(name for each in self.requests for name in each.names(by))
        hits = Counter(each.name(by) for each in self.bypasses)
        return tuple(
            _rated(name, hits[name], max(trials[name], hits[name]))
            for name in sorted(trials.keys() | hits.keys())
        )

    def notable(self, by: Measured) -> tuple[BypassRate, ...]:
        """Return those who stand out: their exact interval lies above the rate of all.

        The intervals hold for all names together (Bonferroni, 95 %): of three hundred requesters
        one in twenty would else stand out by chance.

        Raises:
            InvalidValue: it is not measured by that.
        """
        whole, told = self.rate.ratio or 0.0, self.rates(by)
        level = 1 - _BY_CHANCE / max(1, len(told))
        return tuple(
            each
            for each in told
            if (each.rate.interval(level=level, exact=True).low or 0.0) > whole
        )

    def explain(self) -> str:
        """Return the report in words: the rate, the ways, and what stands out."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        interval = self.rate.interval()
        low, high = interval.low or 0.0, interval.high or 0.0
        count = f"{self.rate.successes} of {self.rate.trials}"
        yield f"{count} tickets went past the desk, {low:.1%} to {high:.1%}"
        for way, number in self.ways.items():
            yield f"  {way.replace('_', ' ')}: {number}"
        if self.excused:
            yield f"  emergencies registered afterwards, not counted: {len(self.excused)}"
        for by in ("team", "channel"):
            for each in self.notable(by):
                yield f"{by} {each}"
        if self.ways.get("no_contact") and not self.contact_count:
            yield "no records of contacts were given: a 'no contact' may be a helper on the phone"
        if self.unknown:
            yield f"not in the desk map: {', '.join(self.unknown[:5])}"


def _rated(name: str, hits: int, trials: int) -> BypassRate:
    rate = Rate(successes=hits, trials=trials)
    return BypassRate(name=name, rate=rate, interval=rate.interval(), is_small=trials < _FEW)
