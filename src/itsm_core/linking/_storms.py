"""Storms: many tickets of one outage, seen at the fourth or fifth of them (law K2).

A storm is tickets of one service that come faster than its hour of the week explains. How sure
one must be follows from how many false alarms a year the desk can bear.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Final

import attrs

from itsm_core.calendars import load_zone
from itsm_core.errors import InvalidValue
from itsm_core.escalation import ProposeMajorIncident, Step
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.linking._baseline import HOUR_US, Baseline
from itsm_core.linking._statistics import poisson_at_least
from itsm_core.linking._values import TicketText

__all__ = ["StormDetector", "StormProposal"]

_FEWEST: Final = 4
"""Three tickets at once happen every week; a detector that calls them storms is switched off."""

_MOST_PLACES: Final = 25
"""Of the latest tickets, from how many a storm may be said to have begun."""

_WINDOW_US: Final = HOUR_US
_OUTAGE_US: Final = 24 * HOUR_US
_SHORTEST_US: Final = 60_000_000
"""Many logs tell instants to the minute: what is written at one instant came within one."""
_YEAR_US: Final = 31_557_600_000_000
_SHARES: Final = {4: 0.03, 5: 0.93, 6: 0.02}
"""How the false alarms are spent on the number of tickets seen. Most go to five: four in a few
minutes are convincing anyway, and whoever waits for six is late."""

_SHARE_BEYOND: Final = 0.02
"""What is left for seven and more, all together: each is tested only if the fewer did not do."""


@attrs.frozen(kw_only=True)
class StormProposal:
    """Propose a major incident: tickets of one service that its usual traffic does not explain.

    `members` are in order of time, the last is the one that made it a storm; `expected` is how
    many would usually come in `span_us`, `chance` how likely as many are without an outage.
    `same_text` members share one group of wording. Terms and ids only, no texts.

    `start_us` and `at_us` are in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import StormDetector, TicketText
    >>> at, detector = datetime(2026, 1, 5, 9, tzinfo=UTC), StormDetector(learning=timedelta(0))
    >>> for number in range(6):
    ...     name, person, at = f"INC-{number}", f"person {number}", at + timedelta(minutes=1)
    ...     told = TicketText(ticket_id=name, at=at, service="mail", requester=person)
    ...     found = detector.observe(told)
    ...     if found:
    ...         print(found.explain())
    4 tickets about mail within 4 min by 4 people; usual there and then: 0.0037, by chance once
    in 1.21e+08 times
    """

    service: ServiceId
    members: tuple[TicketId, ...]
    start_us: int
    at_us: int
    expected: float
    chance: float
    reporters: int
    same_text: int

    @property
    def key(self) -> str:
        """Return a name that stays the same however often the stream is read again."""
        return f"storm:{self.service}:{self.members[0]}"

    def explain(self) -> str:
        """Return one sentence: how many, in what time, against what."""
        span = timedelta(microseconds=self.at_us - self.start_us) // timedelta(minutes=1)
        alike = f", {self.same_text} in like words" if self.same_text > 1 else ""
        people = "1 person" if self.reporters == 1 else f"{self.reporters} people"
        return (
            f"{len(self.members)} tickets about {self.service or 'no service'} within "
            f"{span + 1} min by {people}{alike}; usual there and then: "
            f"{self.expected:.2g}, by chance once in {1 / max(self.chance, 1e-99):,.3g} times"
        )

    def step(self, role: str = "major incident manager") -> Step:
        """Return the proposal as a step of an escalation, about the ticket that made it a storm.

        It is taken like any other: a `StepTaken` with its key, once however often it is proposed.
        The role accepts or rejects it; nothing here declares a major incident.
        """
        return Step(
            at_us=self.at_us,
            key=self.key,
            ticket_id=self.members[-1],
            rule="storm",
            level=1,
            subject=f"storm.service.{self.service}",
            occurrence=1,
            action=ProposeMajorIncident(role=role),
            target=f"role {role}",
            why=self.explain(),
            note=", ".join(self.members),
            reached_us=self.at_us,
        )


@attrs.define
class _Recent:
    """Hold what came about one service within the last hour, and whether it storms."""

    at_us: deque[int] = attrs.field(factory=deque)
    told: deque[tuple[TicketId, PersonId, str]] = attrs.field(factory=deque)
    raging: bool = False
    raging_since_us: int = 0

    def forget(self, before_us: int) -> None:
        """Drop what is older."""
        while self.at_us and self.at_us[0] <= before_us:
            self.at_us.popleft()
            self.told.popleft()


@attrs.define(kw_only=True)
class StormDetector:
    """Watch a stream of tickets, one after another, and propose a major incident when they storm.

    `false_alarms_per_year` is the bound that the desk can bear, over all its services; it sets how
    unusual a storm must be, by the traffic that the desk really has. `learning` is how long the
    detector only listens: feed it the history first. Hours of the week are those of `zone`.

    A storm needs coherence: half of its tickets in one group of wording, or three different
    reporters. A monitor that repeats itself has neither, if its alerts are worded differently.

    Mutable; equal streams give equal proposals, and of tickets of one instant the order is part of
    the stream: sort them by id. About 10 microseconds a ticket, more on a service so busy that its
    usual hour has many.

    Raises:
        InvalidValue: the false alarms are not above 0 and at most 1,000, or the time to learn is
            negative.
        UnknownZone: the tz database does not know the zone.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.linking import StormDetector, TicketText
    >>> def told(number, at):
    ...     person = f"person {number}"
    ...     return TicketText(ticket_id=f"INC-{number}", at=at, service="mail", requester=person)
    >>> monday, detector = datetime(2026, 1, 5, 9, tzinfo=UTC), StormDetector()
    >>> usual = [detector.observe(told(day, monday + timedelta(days=day))) for day in range(28)]
    >>> outage = monday + timedelta(days=28)
    >>> found = [detector.observe(told(28 + n, outage + timedelta(minutes=n))) for n in range(6)]
    >>> [each and len(each.members) for each in found]
    [None, None, None, 4, None, None]
    """

    false_alarms_per_year: float = 0.7
    learning: timedelta = timedelta(days=14)
    zone: str = "UTC"
    _baseline: Baseline = attrs.field(init=False)
    _recent: dict[ServiceId, _Recent] = attrs.field(init=False, factory=dict)
    _quiet_until_us: int = attrs.field(init=False, default=0)
    _last_us: int | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        if not 0 < self.false_alarms_per_year <= 1000:
            remedy = "say how many a year are bearable, such as 0.5"
            raise InvalidValue("false alarms a year", self.false_alarms_per_year, remedy)
        if self.learning < timedelta(0):
            raise InvalidValue("a time to learn", self.learning, "use timedelta(days=14)")
        self._baseline = Baseline(zone=load_zone(self.zone))

    def observe(self, ticket: TicketText, *, group: str = "") -> StormProposal | None:
        """Take in the next ticket; return the proposal if it makes a storm, once for each storm.

        `group` is the group of wording that it belongs to, if one is known.

        Raises:
            InvalidValue: the ticket is earlier than the one before.
        """
        at_us = ticket.at_us
        if self._last_us is None:
            self._quiet_until_us = at_us + self.learning // timedelta(microseconds=1)
        elif at_us < self._last_us:
            remedy = "pass tickets in order of time"
            raise InvalidValue("a ticket from before the last one", ticket.ticket_id, remedy)
        self._last_us = at_us
        if ticket.kind != "incident":
            return None
        recent = self._recent.setdefault(ticket.service, _Recent())
        recent.forget(at_us - _WINDOW_US)
        recent.raging = recent.raging and not self._is_over(ticket.service, recent, at_us)
        recent.at_us.append(at_us)
        recent.told.append((ticket.ticket_id, ticket.requester, group))
        found = None
        if not recent.raging and len(recent.at_us) >= _FEWEST and at_us >= self._quiet_until_us:
            found = self._look(ticket.service, recent)
        if found is not None:
            recent.raging, recent.raging_since_us = True, at_us
        # An outage must not teach the baseline that outages are usual; what goes on for longer than
        # a day is the new usual, or a service that starts busy would storm for ever.
        if not recent.raging or at_us - recent.raging_since_us > _OUTAGE_US:
            self._baseline.add(ticket.service, at_us)
        return found

    def _is_over(self, service: ServiceId, recent: _Recent, at_us: int) -> bool:
        """Return whether fewer than four are left, or no more than is usual in a whole hour of it.

        A busy service never has fewer: without its usual traffic its first storm would never end.
        """
        left = len(recent.at_us)
        if left < _FEWEST:
            return True
        if at_us - recent.raging_since_us < _WINDOW_US:
            return False
        return left <= self._baseline.expected(service, at_us - _WINDOW_US, at_us)

    def _look(self, service: ServiceId, recent: _Recent) -> StormProposal | None:
        """Return the storm that is least likely by chance, of the tickets up to now."""
        now_us, number = recent.at_us[-1], len(recent.at_us)
        a_year = self._baseline.per_microsecond(now_us) * _YEAR_US
        allowed = self.false_alarms_per_year / max(1.0, a_year)
        counts = range(_FEWEST, min(number, _MOST_PLACES) + 1)
        best: tuple[float, int, float] | None = None
        for count in counts:
            start_us = min(recent.at_us[-count], now_us - _SHORTEST_US)
            expected = self._baseline.expected(service, start_us, now_us)
            # The last ticket is why one looks at all: the chance is that of the others.
            chance = poisson_at_least(count - 1, expected)
            if chance < allowed * _share(count) and (best is None or chance < best[0]):
                best = chance, count, expected
        return None if best is None else _proposal(service, recent, *best)


def _share(count: int) -> float:
    return _SHARES.get(count, _SHARE_BEYOND / (_MOST_PLACES - max(_SHARES)))


def _proposal(
    service: ServiceId, recent: _Recent, chance: float, count: int, expected: float
) -> StormProposal | None:
    told = list(recent.told)[-count:]
    groups = [group for _, _, group in told if group]
    alike = max((groups.count(group) for group in set(groups)), default=0)
    reporters = len({reporter or ticket_id for ticket_id, reporter, _ in told})
    if 2 * alike < count and reporters < 3:
        return None
    return StormProposal(
        service=service,
        members=tuple(ticket_id for ticket_id, _, _ in told),
        start_us=recent.at_us[-count],
        at_us=recent.at_us[-1],
        expected=expected,
        chance=chance,
        reporters=reporters,
        same_text=alike,
    )
