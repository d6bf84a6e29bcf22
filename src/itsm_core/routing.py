"""Who gets a ticket: explicit rules first, then whoever is likelier to solve it in time (law E6).

Pure, and without chance inside: `draw` is a number of the caller's own making, so that a seed
replays every decision. Each answer shows all candidates, with what speaks against them.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, cast

import attrs

from itsm_core.calendars import Calendar
from itsm_core.conditions import Condition, Predicate
from itsm_core.errors import DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.ids import GroupId
from itsm_core.rosters import _fields as check
from itsm_core.sla import FACTS
from itsm_core.spans import as_micros, instant, micros

__all__ = [
    "Experience",
    "Outcome",
    "Route",
    "RouteCandidate",
    "Routing",
    "RoutingRule",
    "Side",
    "Work",
]

_MOST_SIDES: Final = 10_000
_MOST_WEIGHT: Final = 1_000_000
"""Beyond that no desk has the tickets to tell its groups apart."""


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else cast("tuple[str, ...]", check.many(value))


def _kinds(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return kinds from coarse to fine; one text is one, an empty one is none."""
    names = _names(value)
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
        remedy = "write 'mail', or from coarse to fine ('P3', 'mail')"
        raise InvalidValue("not a kind of work", value, remedy)
    return () if names == ("",) else names


def _group(value: str) -> GroupId:
    return cast("GroupId", value)  # the checks say if it is none


def _sides(value: Iterable[Side]) -> tuple[Side, ...]:
    return cast("tuple[Side, ...]", check.many(value))


def _rules(value: Iterable[RoutingRule]) -> tuple[RoutingRule, ...]:
    return cast("tuple[RoutingRule, ...]", check.many(value))


@attrs.frozen(kw_only=True)
class Side:
    """Hold one group that can take work: a line, a supplier, one side of a co-managed desk.

    No `languages` are all of them. Without `hours` it works at any time, without `capacity`
    it takes any number of open tickets.

    >>> Side(group="first line", languages=("de",)).group
    'first line'
    """

    group: GroupId = attrs.field(converter=_group)
    tier: str = ""
    skills: tuple[str, ...] = attrs.field(converter=_names, default=())
    languages: tuple[str, ...] = attrs.field(converter=_names, default=())
    hours: Calendar | None = None
    capacity: int | None = None

    def __attrs_post_init__(self) -> None:
        check.refuse(f"side {self.group!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("group", self.group)
        yield from check.text_faults("tier", self.tier, optional=True)
        yield from check.texts_faults("skills", self.skills)
        yield from check.texts_faults("languages", self.languages)
        if self.hours is not None:
            remedy = "use BusinessCalendar(...) or leave it out"
            yield from check.kind_faults("hours", self.hours, Calendar, "a calendar", remedy)
        if self.capacity is not None:
            yield from check.number_faults("capacity", self.capacity, 1, 1_000_000)


@attrs.frozen(kw_only=True)
class RoutingRule:
    """Send what a condition over `sla.FACTS` holds of to one group, whatever history says.

    >>> from itsm_core.conditions import field
    >>> RoutingRule(name="mail", when=field("service").is_("mail"), group="second line").group
    'second line'
    """

    name: str
    when: Predicate
    group: GroupId = attrs.field(converter=_group)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"routing rule {self.name!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        yield from check.text_faults("group", self.group)
        try:
            Condition(schema=FACTS, rule=self.when)
        except DefinitionError as error:
            yield from error.faults


@attrs.frozen(kw_only=True)
class Work:
    """Hold what is to be routed: when, what kind of thing it is, and what it takes.

    `kind` is what experience is kept by, such as a category or a service; several are taken from
    coarse to fine, each within the one before: `("P3", "web form", "printers")`. `loads` are the
    open tickets of groups now.

    >>> Work(at=0, kind="mail", language="de").language
    'de'
    """

    at_us: int = attrs.field(alias="at", converter=as_micros)
    kind: tuple[str, ...] = attrs.field(converter=_kinds, default=())
    skills: tuple[str, ...] = attrs.field(converter=_names, default=())
    language: str = ""
    tier: str = ""
    loads: Mapping[str, int] = attrs.field(factory=dict[str, int], hash=False)


@attrs.frozen(kw_only=True)
class Outcome:
    """Record what became of a ticket: who had it first, of what kind, and was it solved in time.

    `kind` is what was known when it came in, as in `Work`; what was found out later is no help to
    whoever has to choose.

    >>> Outcome(group="first line", kind="mail", is_in_time=True, ended_at=0).is_in_time
    True
    """

    group: str
    kind: tuple[str, ...] = attrs.field(converter=_kinds)
    is_in_time: bool
    ended_us: int = attrs.field(alias="ended_at", converter=as_micros)


@attrs.frozen(kw_only=True)
class Experience:
    """Hold how often each group solved what in time, and how sure one can be of it.

    A rate is shrunk: that of a group and kind towards the group's rate with the coarser kind, in
    the end towards the group's own, that one towards what is usual, by `weight` tickets each. So
    one lucky ticket does not make a specialist.

    Keys are `()` for all, `(group,)`, and `(group, kind, finer kind, ...)`; see `keys`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.routing import Experience, Outcome
    >>> at = datetime(2026, 5, 12, tzinfo=UTC)
    >>> told = [
    ...     Outcome(group="network", kind="vpn", is_in_time=n != 0, ended_at=at) for n in range(20)
    ... ]
    >>> known = Experience.of(told, before=at.replace(hour=1))
    >>> known.known("network", "vpn"), round(known.rate("network", "vpn"), 2)
    (20, 0.93)
    >>> known.known("mail team", "vpn"), round(known.rate("mail team", "vpn"), 2)
    (0, 0.8)
    """

    trials: Mapping[tuple[str, ...], int] = attrs.field(hash=False)
    hits: Mapping[tuple[str, ...], int] = attrs.field(hash=False)
    weight: float = 10.0

    @classmethod
    def of(
        cls, outcomes: Iterable[Outcome], *, before: datetime, weight: float = 10.0
    ) -> Experience:
        """Return what was known at an instant: outcomes that ended before it.

        Raises:
            NaiveDatetime: the instant has no time zone.
            InvalidValue: the weight is not above 0 and at most a million.
        """
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not 0 < weight <= _MOST_WEIGHT:
            raise InvalidValue("not a weight to shrink by", weight, "use a number such as 10")
        now_us = micros(before)
        trials: Counter[tuple[str, ...]] = Counter()
        hits: Counter[tuple[str, ...]] = Counter()
        for each in outcomes:
            if each.ended_us >= now_us:
                continue
            for key in cls.keys(each.group, each.kind):
                trials[key] += 1
                hits[key] += each.is_in_time
        return cls(trials=MappingProxyType(trials), hits=MappingProxyType(hits), weight=weight)

    @staticmethod
    def keys(group: str, kind: str | tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        """Return under what a ticket counts, the coarsest first."""
        names = _kinds(kind)
        finer = (names[:number] for number in range(1, len(names) + 1))
        return ((), (group,), *((group, *each) for each in finer))

    def rate(self, group: str, kind: str | tuple[str, ...]) -> float:
        """Return the expected share of tickets of a kind that a group solves in time, 0 to 1.

        Half, as long as nothing is known at all.
        """
        rate = 0.5
        for key in self.keys(group, kind):
            rate = self._shrunk(key, rate)
        return rate

    def known(self, group: str, kind: str | tuple[str, ...]) -> int:
        """Return how many tickets of the finest kind a group has had."""
        return self.trials.get(self.keys(group, kind)[-1], 0)

    def _shrunk(self, key: tuple[str, ...], towards: float) -> float:
        number = self.trials.get(key, 0)
        return (self.hits.get(key, 0) + self.weight * towards) / (number + self.weight)


@attrs.frozen(kw_only=True)
class RouteCandidate:
    """Hold one group that was looked at: how likely it is in time, and what speaks against it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.routing import Experience, Routing, Side, Work
    >>> now = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> desk = Routing(sides=[Side(group="first line"), Side(group="partner", languages=["en"])])
    >>> for each in desk.route(
    ...     Work(at=now, language="de"), Experience.of([], before=now)
    ... ).candidates:
    ...     print(each)
    first line: 50% in time (0 of this kind), 0 open
    partner: 50% in time (0 of this kind), 0 open; not: does not speak de
    """

    group: GroupId
    rate: float
    trials: int
    load: int
    against: tuple[str, ...] = ()

    @property
    def is_eligible(self) -> bool:
        """Tell whether nothing speaks against it."""
        return not self.against

    def __str__(self) -> str:
        known = f"{self.rate:.0%} in time ({self.trials} of this kind)"
        against = f"; not: {', '.join(self.against)}" if self.against else ""
        return f"{self.group}: {known}, {self.load} open{against}"


@attrs.frozen(kw_only=True)
class Route:
    """Hold where a ticket goes and why, with every candidate, the best first.

    `group` is empty where nobody can take it. `is_explored`: it went to whom little is known of,
    so that something becomes known.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.routing import Experience, Outcome, Routing, Side, Work
    >>> now = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> late = Outcome(group="partner", kind="mail", is_in_time=False, ended_at=now.replace(day=11))
    >>> desk = Routing(sides=[Side(group="first line"), Side(group="partner")])
    >>> route = desk.route(Work(at=now, kind="mail"), Experience.of([late], before=now))
    >>> print(route.explain())
    first line: likeliest to be in time, 45%
      first line: 45% in time (0 of this kind), 0 open
      partner: 38% in time (1 of this kind), 0 open
    """

    group: GroupId
    why: str
    candidates: tuple[RouteCandidate, ...]
    is_explored: bool = False

    def explain(self) -> str:
        """Return the choice and every candidate in words, a line each."""
        head = f"{self.group or 'nobody'}: {self.why}"
        return "\n".join((head, *(f"  {each}" for each in self.candidates)))


@attrs.frozen(kw_only=True)
class Routing:
    """Hold the sides of a desk, the rules that send work to them, and how much is explored.

    Of all work that no rule sends anywhere, `explore_ratio` goes to the side that can take it and
    is known least; without that, whoever was unlucky at the start would never be tried again.

    Raises:
        DefinitionError: two sides have one group, a rule leads to none of them, or a part is of
            another type; every fault is listed.

    >>> Routing(sides=[Side(group="first line"), Side(group="partner")]).explore_ratio
    0.05
    """

    sides: tuple[Side, ...] = attrs.field(converter=_sides)
    rules: tuple[RoutingRule, ...] = attrs.field(converter=_rules, default=())
    explore_ratio: float = 0.05

    def __attrs_post_init__(self) -> None:
        check.refuse("routing", self._faults())

    def _faults(self) -> Iterator[Fault]:
        kinds = [
            *check.kinds_faults("sides", self.sides, Side, "side"),
            *check.kinds_faults("rules", self.rules, RoutingRule, "rule"),
        ]
        yield from kinds
        given = cast("object", self.explore_ratio)
        if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
            message = "is not a share from 0 to 1"
            yield Fault("wrong-value", message, "explore_ratio", str(given), "write e.g. 0.05")
        if kinds:
            return
        if not self.sides:
            yield Fault("empty", "has no sides", "sides", "()", "add a Side")
        if len(self.sides) > _MOST_SIDES:
            yield Fault("too-many", f"more than {_MOST_SIDES:,}", "sides", "", "split it")
        groups = [side.group for side in self.sides]
        for number, group in enumerate(groups):
            if group in groups[:number]:
                yield Fault("twice", "is there already", f"sides[{number}]", group, "keep one")
        for number, rule in enumerate(self.rules):
            if rule.group not in groups:
                remedy = f"known: {', '.join(groups)}{did_you_mean(rule.group, groups)}"
                yield Fault("unknown-group", "is no side", f"rules[{number}]", rule.group, remedy)

    def route(
        self, work: Work, experience: Experience, *, facts: object = None, draw: float = 1.0
    ) -> Route:
        """Return who gets the work, and why.

        The first rule that holds of `facts` wins, whoever is likelier; its side is taken also if
        something speaks against it, which the reasons say. `facts` is a `sla.Facts` or a mapping
        with the same fields; without it no rule is asked. Otherwise the side that is likeliest to
        be in time, the less busy of two that are equal, then by name. With a `draw` below
        `explore_ratio` it is the eligible side that has had the least work of this kind.

        Raises:
            InvalidValue: `draw` is not from 0 up to 1.
        """
        if isinstance(draw, bool) or not isinstance(draw, int | float) or not 0 <= draw <= 1:
            remedy = "pass random.Random(seed).random(), or leave it out to explore nothing"
            raise InvalidValue("a draw is not from 0 to 1", draw, remedy)
        found = [self._candidate(side, work, experience) for side in self.sides]
        candidates = tuple(sorted(found, key=_rank))
        if facts is not None:
            for rule in self.rules:
                if Condition(schema=FACTS, rule=rule.when).holds(facts):
                    return Route(group=rule.group, why=f"rule {rule.name!r}", candidates=candidates)
        eligible = [each for each in candidates if each.is_eligible]
        if not eligible:
            why = "something speaks against everybody"
            return Route(group=GroupId(""), why=why, candidates=candidates)
        if draw < self.explore_ratio and len(eligible) > 1:
            least = min(eligible, key=lambda each: (each.trials, each.group))
            why = f"little is known of it: {least.trials} of this kind"
            return Route(group=least.group, why=why, candidates=candidates, is_explored=True)
        best = eligible[0]
        why = f"likeliest to be in time, {best.rate:.0%}" if len(eligible) > 1 else "the only one"
        return Route(group=best.group, why=why, candidates=candidates)

    def _candidate(self, side: Side, work: Work, experience: Experience) -> RouteCandidate:
        load = work.loads.get(side.group, 0)
        return RouteCandidate(
            group=side.group,
            rate=experience.rate(side.group, work.kind),
            trials=experience.known(side.group, work.kind),
            load=load,
            against=tuple(_against(side, work, load)),
        )


def _against(side: Side, work: Work, load: int) -> Iterator[str]:
    lacking = [skill for skill in work.skills if skill not in side.skills]
    if lacking:
        yield f"lacks {', '.join(lacking)}"
    if work.language and side.languages and work.language not in side.languages:
        yield f"does not speak {work.language}"
    if work.tier and side.tier != work.tier:
        yield f"is {side.tier or 'no tier'}, not {work.tier}"
    if side.hours is not None and not side.hours.is_open(instant(work.at_us)):
        yield "is closed"
    if side.capacity is not None and load >= side.capacity:
        yield f"is full ({load} of {side.capacity})"


def _rank(each: RouteCandidate) -> tuple[bool, float, int, str]:
    return (not each.is_eligible, -each.rate, each.load, each.group)
