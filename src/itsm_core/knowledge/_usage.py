"""Which entries were offered and used, and whether they helped: told by the tickets' later life.

Nobody is asked whether an article was helpful. A use helped if the same group solved the ticket in
good time, needed no other entry after it, and the solution stood. All tickets of an entry are
judged at the same age: to count early failures while waiting for late successes would be to count
wrongly.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    KnowledgeOffered,
    KnowledgeUsed,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketLinked,
    TicketMerged,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    in_order,
)
from itsm_core.ids import TicketId
from itsm_core.metrics import Interval, Rate, difference_interval
from itsm_core.spans import in_pendulum, instant, micros

if TYPE_CHECKING:
    import pendulum

__all__ = ["EntryUsage", "UsageFact", "UsageRules", "usage_of"]

UsageOutcome = Literal[
    "helped", "another entry", "handed on", "came back", "not solved", "ended", "too early"
]
"""What became of a ticket after an entry was used, or only offered."""

_US: Final = timedelta(microseconds=1)


def _length(_: object, attribute: attrs.Attribute[timedelta], value: timedelta) -> None:
    if not isinstance(value, timedelta) or value <= timedelta(0):
        raise InvalidValue(f"{attribute.name} is a length of time", value, "write e.g. hours(24)")


@attrs.frozen(kw_only=True)
class UsageRules:
    """Hold when a ticket counts as solved in good time, and how long a solution has to stand.

    A use is judged once both have gone by since. Below `fewest` judged tickets nothing is said.
    A ticket that was linked by `link` has used the entry that it was linked to, as well.

    Raises:
        InvalidValue: a length of time is not above 0, `fewest` is no whole number from 1 up, the
            level lies outside (0, 1), or the link is no text.

    >>> from itsm_core.knowledge import UsageRules
    >>> from itsm_core.spans import hours
    >>> patient = UsageRules(solved_within=hours(24 * 30), stands_for=hours(24 * 7))
    >>> f"a use is judged {(patient.solved_within + patient.stands_for).days} days after it"
    'a use is judged 37 days after it'
    >>> UsageRules(level=95.0)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: a level lies between 0 and 1: 95.0; write 95 % as 0.95
    """

    solved_within: timedelta = attrs.field(default=timedelta(days=14), validator=_length)
    stands_for: timedelta = attrs.field(default=timedelta(days=14), validator=_length)
    fewest: int = 10
    level: float = 0.95
    link: str = "known_error"

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.link, str):
            raise InvalidValue("a link has a name", self.link, "use 'known_error', or '' for none")
        if type(self.fewest) is not int or self.fewest < 1:
            raise InvalidValue("fewest counts tickets", self.fewest, "use 1 or more")
        if not isinstance(self.level, float) or not 0 < self.level < 1:
            raise InvalidValue("a level lies between 0 and 1", self.level, "write 95 % as 0.95")


_USUAL: Final = UsageRules()


@attrs.frozen(kw_only=True)
class UsageFact:
    """Hold what an entry did on one ticket: since when, used or only offered, and what came of it.

    `ended` is that the ticket was cancelled or merged: it says nothing for or against the entry.

    `since_us` is in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import KnowledgeUsed, TicketOpened, TicketResolved
    >>> from itsm_core.knowledge import usage_of
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> told = [
    ...     TicketOpened(ticket_id="INC-1", occurred_at=at, group="desk"),
    ...     KnowledgeUsed(ticket_id="INC-1", occurred_at=at, entry_id="KB-7"),
    ...     TicketResolved(ticket_id="INC-1", occurred_at=at + day, state="resolved"),
    ... ]
    >>> (fact,) = usage_of([told], at + 40 * day)[0].facts
    >>> f"{fact.entry_id} on {fact.ticket_id}, from {fact.since:%Y-%m-%d} on: {fact.outcome}"
    'KB-7 on INC-1, from 2026-01-05 on: helped'
    """

    ticket_id: TicketId
    entry_id: str
    since_us: int
    is_used: bool
    outcome: UsageOutcome

    @property
    def since(self) -> pendulum.DateTime:
        """Return from when on it is judged, in UTC: its first use, or else its first offer."""
        return in_pendulum(instant(self.since_us))

    @property
    def is_judged(self) -> bool:
        """Tell whether it counts for or against the entry."""
        if self.outcome == "another entry":
            return self.is_used  # an entry that nobody used is not to blame, nor to be praised
        return self.outcome not in ("ended", "too early")


@attrs.frozen(kw_only=True)
class EntryUsage:
    """Count what one entry did; every figure can be read back to `facts`.

    `offered` and `used` count tickets; `found` those on which it was used without an offer.
    `helped` is of the tickets where it was used and that are judged, `passed` the same of those
    where it was offered and nobody used it: a figure to compare with, and no experiment, since
    people choose what they use.

    >>> from itsm_core.knowledge import EntryUsage, UsageRules
    >>> from itsm_core.metrics import Rate
    >>> used, passed = Rate(successes=45, trials=50), Rate(successes=30, trials=60)
    >>> entry = EntryUsage(
    ...     entry_id="KB-7",
    ...     kind="article",
    ...     offered=100,
    ...     used=50,
    ...     found=5,
    ...     helped=used,
    ...     passed=passed,
    ...     too_early=0,
    ...     facts=(),
    ...     rules=UsageRules(),
    ... )
    >>> entry.verdict, entry.uptake
    ('helps', Rate(successes=45, trials=100))
    """

    entry_id: str
    kind: str
    offered: int
    used: int
    found: int
    helped: Rate
    passed: Rate
    too_early: int
    facts: tuple[UsageFact, ...]
    rules: UsageRules = attrs.field(repr=False)

    @property
    def uptake(self) -> Rate:
        """Return how many of the offers were used."""
        return Rate(successes=self.used - self.found, trials=self.offered)

    @property
    def interval(self) -> Interval:
        """Return Wilson's interval of `helped`."""
        return self.helped.interval(level=self.rules.level)

    @property
    def difference(self) -> Interval | None:
        """Return the interval of `helped` minus `passed`; None where either has too few tickets."""
        if min(self.helped.trials, self.passed.trials) < self.rules.fewest:
            return None
        return difference_interval(
            (self.helped.successes, self.helped.trials),
            (self.passed.successes, self.passed.trials),
            level=self.rules.level,
        )

    @property
    def verdict(self) -> Literal["helps", "no difference shown", "worse", "too few"]:
        """Return what the counts allow to say of the entry."""
        found = self.difference
        if found is None:
            return "too few"
        if found.low is not None and found.low > 0:
            return "helps"
        return "worse" if found.high is not None and found.high < 0 else "no difference shown"

    def __str__(self) -> str:
        low, high = self.interval.low or 0.0, self.interval.high or 0.0
        told = f"helped {self.helped.successes} of {self.helped.trials}"
        if self.helped.trials:
            told += f" ({100 * low:.0f} to {100 * high:.0f} %)"
        early = f", {self.too_early} too early to tell" if self.too_early else ""
        return (
            f"{self.entry_id}: offered {self.offered}, used {self.used}, {told}{early}; "
            f"passed over, solved all the same {self.passed.successes} of {self.passed.trials}: "
            f"{self.verdict}"
        )


def usage_of(
    histories: Iterable[Iterable[TicketEvent]],
    as_of: datetime,
    *,
    rules: UsageRules = _USUAL,
) -> tuple[EntryUsage, ...]:
    """Return what each entry did up to an instant, in the order of their ids: no ranking.

    Events after `as_of` are not there yet. Of several uses on one ticket the first counts.

    Raises:
        NaiveDatetime: the instant has no time zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import KnowledgeOffered, KnowledgeUsed, TicketOpened, TicketResolved
    >>> from itsm_core.knowledge import usage_of
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> told = [
    ...     TicketOpened(ticket_id="INC-1", occurred_at=at, group="desk"),
    ...     KnowledgeOffered(ticket_id="INC-1", occurred_at=at, entry_id="KB-7", kind="article"),
    ...     KnowledgeUsed(ticket_id="INC-1", occurred_at=at, entry_id="KB-7"),
    ...     TicketResolved(ticket_id="INC-1", occurred_at=at + day, state="resolved"),
    ... ]
    >>> print(*usage_of([told], at + 10 * day))
    KB-7: offered 1, used 1, helped 0 of 0, 1 too early to tell; passed over, solved all the same
    0 of 0: too few
    >>> print(*usage_of([told], at + 40 * day))
    KB-7: offered 1, used 1, helped 1 of 1 (21 to 100 %); passed over, solved all the same 0 of
    0: too few
    """
    now_us = micros(as_of)
    facts: dict[str, list[UsageFact]] = {}
    kinds: dict[str, str] = {}
    offered: dict[str, set[TicketId]] = {}
    for history in histories:
        known = [each for each in in_order(history) if each.occurred_us <= now_us]
        for event in known:
            if isinstance(event, KnowledgeOffered):
                kinds[event.entry_id] = event.kind
                offered.setdefault(event.entry_id, set()).add(event.ticket_id)
        for fact in _facts(known, now_us, rules):
            facts.setdefault(fact.entry_id, []).append(fact)
    return tuple(
        _usage(name, facts[name], kinds.get(name, ""), offered.get(name, set()), rules)
        for name in sorted(facts)
    )


def _usage(
    name: str, facts: list[UsageFact], kind: str, offered: set[TicketId], rules: UsageRules
) -> EntryUsage:
    used = [each for each in facts if each.is_used]
    return EntryUsage(
        entry_id=name,
        kind=kind,
        offered=len(offered),
        used=len(used),
        found=sum(each.ticket_id not in offered for each in used),
        helped=_rate(used),
        passed=_rate([each for each in facts if not each.is_used]),
        too_early=sum(each.outcome == "too early" for each in used),
        facts=tuple(facts),
        rules=rules,
    )


def _rate(facts: Iterable[UsageFact]) -> Rate:
    judged = [each for each in facts if each.is_judged]
    return Rate(successes=sum(each.outcome == "helped" for each in judged), trials=len(judged))


def _facts(known: list[TicketEvent], now_us: int, rules: UsageRules) -> Iterator[UsageFact]:
    """Yield what each entry did on one ticket, used or only offered."""
    first: dict[tuple[str, bool], int] = {}
    for place, event in enumerate(known):
        used = _used(event, rules)
        if used:
            first.setdefault((used, True), place)
        elif isinstance(event, KnowledgeOffered):
            first.setdefault((event.entry_id, False), place)
    for (name, is_used), place in first.items():
        if not is_used and (name, True) in first:
            continue
        event = known[place]
        yield UsageFact(
            ticket_id=event.ticket_id,
            entry_id=name,
            since_us=event.occurred_us,
            is_used=is_used,
            outcome=_outcome(known, place, name, now_us, rules),
        )


def _used(event: TicketEvent, rules: UsageRules) -> str:
    """Return the entry that an event says was used; empty if none."""
    if isinstance(event, KnowledgeUsed):
        return event.entry_id
    if isinstance(event, TicketLinked) and event.link == rules.link:
        return event.other
    return ""


def _outcome(
    known: list[TicketEvent], place: int, name: str, now_us: int, rules: UsageRules
) -> UsageOutcome:
    """Return what became of a ticket after the event at `place`."""
    since_us = known[place].occurred_us
    solved_us = rules.solved_within // _US
    if now_us < since_us + solved_us + rules.stands_for // _US:
        return "too early"
    group, is_solved = _standing(known[: place + 1])
    if is_solved:  # told when the work was done, as people do
        return _stood(known[place + 1 :], since_us + rules.stands_for // _US)
    for at, event in enumerate(known[place + 1 :], place + 1):
        if event.occurred_us > since_us + solved_us:
            return "not solved"
        if _used(event, rules) not in ("", name):
            return "another entry"
        match event:
            case TicketAssigned(group=new) if group and new and new != group:
                return "handed on"
            case TicketAssigned(group=new):
                group = new or group
            case TicketResolved() | TicketClosed():
                return _stood(known[at + 1 :], event.occurred_us + rules.stands_for // _US)
            case TicketCancelled() | TicketMerged():
                return "ended"
            case _:
                pass
    return "not solved"


def _stood(later: list[TicketEvent], until_us: int) -> UsageOutcome:
    back = any(isinstance(each, TicketReopened) and each.occurred_us < until_us for each in later)
    return "came back" if back else "helped"


def _standing(known: Iterable[TicketEvent]) -> tuple[str, bool]:
    """Return which group has the ticket, and whether it is solved."""
    group, is_solved = "", False
    for event in known:
        if isinstance(event, TicketOpened | TicketAssigned):
            group = event.group or group  # put back to nobody, it is still theirs
        elif isinstance(event, TicketResolved | TicketClosed | TicketReopened):
            is_solved = not isinstance(event, TicketReopened)
    return group, is_solved
