"""Plant bypasses, and honest work that looks like them, on a simulated desk (law D3).

What is planted shows in the events as it would on a real desk: some specialists admit that they
were asked directly, some write "call", some never leave a trace. The truth is kept apart.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs

from itsm_core.bypass import DeskMap, Membership
from itsm_core.contacts import Contact
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.simulation._draws import Draws, Urn
from itsm_core.simulation._tale import SYSTEM, Tale
from itsm_core.simulation._telephone import Telephone, desk_map
from itsm_core.simulation._world import (
    OPERATIONS,
    SERVICE_URN,
    Person,
    Service,
    Site,
)
from itsm_core.spans import hours, micros, minutes, seconds

if TYPE_CHECKING:
    from itsm_core.simulation import SimulatedDesk

__all__ = ["Behaviour", "Lookalike", "PlantedDesk", "plant_bypasses"]

Behaviour: TypeAlias = Literal[
    "direct", "disguised", "queue grab", "passed down", "mailbox", "afterwards", "hidden"
]
"""What people do: admit a direct contact; call it a call; take a ticket out of the first line's
queue; let a manager hand it down; write to a team's own mailbox, which a robot empties; work first
and have the first line register it; the same with all instants made up, which nothing in the log
can show."""

Lookalike: TypeAlias = Literal[
    "helper", "follow-up", "routed", "alarm", "own", "emergency", "moved", "unrecorded helper"
]
"""Honest work that looks alike: a specialist who helps out at the telephone; a ticket that follows
up an earlier one; one that a rule assigned; an alarm; a specialist's own; an emergency that was
registered afterwards; a specialist lent to the first line; a helper whose call the telephone system
lost."""

_BEHAVIOURS: Final[tuple[tuple[Behaviour, float], ...]] = (
    ("direct", 0.27),
    ("disguised", 0.23),
    ("queue grab", 0.15),
    ("passed down", 0.10),
    ("mailbox", 0.10),
    ("afterwards", 0.15),
)
_LOOKALIKES: Final[Urn[Lookalike]] = Urn(
    (
        ("helper", 0.30),
        ("follow-up", 0.12),
        ("routed", 0.22),
        ("alarm", 0.10),
        ("own", 0.08),
        ("emergency", 0.08),
        ("moved", 0.10),
    )
)
_PRONE: Final = 9
"""Requesters who bypass again and again, in each city; anybody may do it once."""
_SALT: Final = 1_000_003
"""Keeps the draws of the plant apart from those of the desk it is planted on."""


@attrs.frozen(kw_only=True)
class PlantedDesk:
    """Hold a simulated desk with planted bypasses, what the detectors may see, and the truth.

    `histories`, `contacts` and `desk_map` are what a real desk has. `truth` says which tickets went
    past the desk and how, `lookalikes` which only look like it; give them to whoever measures, and
    to nobody else. `base` is the desk without what was planted.

    >>> from itsm_core.bypass import find_bypasses
    >>> from itsm_core.simulation import plant_bypasses, simulate
    >>> desk = plant_bypasses(simulate(seed=1, tickets=200, weeks=8), ratio=0.2)
    >>> report = find_bypasses(desk.histories.values(), desk.desk_map, contacts=desk.contacts)
    >>> found = {each.ticket_id for each in report.bypasses}
    >>> len(desk.truth), len(found & desk.truth.keys()), len(found & desk.lookalikes.keys())
    (40, 40, 0)
    """

    base: SimulatedDesk = attrs.field(repr=False)
    histories: Mapping[TicketId, tuple[TicketEvent, ...]] = attrs.field(repr=False)
    contacts: tuple[Contact, ...] = attrs.field(repr=False)
    desk_map: DeskMap = attrs.field(repr=False)
    truth: Mapping[TicketId, Behaviour] = attrs.field(repr=False)
    lookalikes: Mapping[TicketId, Lookalike] = attrs.field(repr=False)


def plant_bypasses(
    base: SimulatedDesk,
    *,
    ratio: float = 0.05,
    lookalike_ratio: float = 0.06,
    hidden_ratio: float = 0.02,
    lost_ratio: float = 0.03,
    campaign_at: datetime | None = None,
    campaign_effect: float = 0.0,
) -> PlantedDesk:
    """Return a desk of `simulate` with bypasses and look-alikes planted among its tickets.

    `ratio` and `lookalike_ratio` are shares of its tickets; `hidden_ratio` is the share of the
    bypasses that leave no trace, `lost_ratio` the share of the helpers' calls that the telephone
    system lost: what makes a detector miss, and what makes it suspect the innocent. With
    `ratio=0, lost_ratio=0` it is a clean desk. From `campaign_at` on, a share `campaign_effect` of
    the bypasses no longer happens. The bypass story of `simulate` itself is left out. Equal desks
    and shares give equal plants.

    Raises:
        InvalidValue: a share is not from 0 to 1.
        NaiveDatetime: `campaign_at` has no time zone.

    >>> from itsm_core.simulation import plant_bypasses, simulate
    >>> desk = plant_bypasses(simulate(seed=1, tickets=200, weeks=8), ratio=0.2)
    >>> len(desk.truth), desk.truth["INC0203"]
    (40, 'direct')
    """
    for name, share in (
        ("ratio", ratio),
        ("lookalike_ratio", lookalike_ratio),
        ("hidden_ratio", hidden_ratio),
        ("lost_ratio", lost_ratio),
        ("campaign_effect", campaign_effect),
    ):
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise InvalidValue(f"{name} is no share", share, "use 0 to 1, such as 0.05")
    tickets = len(base.histories)
    start_us = None if campaign_at is None else micros(campaign_at)
    planter = _Planter(base, Draws(Random(base.seed * _SALT + 7)), lost_ratio)
    for _ in range(round(tickets * ratio)):
        at, site = planter.when()
        stopped = planter.draws.chance(campaign_effect)
        if stopped and start_us is not None and micros(at) >= start_us:
            continue
        planter.bypass(at, site, hidden=planter.draws.chance(hidden_ratio))
    for _ in range(round(tickets * lookalike_ratio)):
        planter.lookalike(*planter.when())
    return planter.desk()


class _Planter:
    """Write the planted tickets, and the records of the telephone."""

    def __init__(self, base: SimulatedDesk, draws: Draws, lost_ratio: float) -> None:
        self.draws = draws
        self._base = base
        self._lost_ratio = lost_ratio
        hidden = frozenset(base.story.bypass)
        self._histories = {
            ticket_id: history
            for ticket_id, history in base.histories.items()
            if ticket_id not in hidden
        }
        self._teams: dict[GroupId, list[Person]] = {}
        for person in base.people:
            self._teams.setdefault(person.group, []).append(person)
        self._second = [
            person
            for group, team in self._teams.items()
            for person in team
            if not group.startswith("service-desk-") and group != OPERATIONS
        ]
        self._calendars = {site.name: site.calendar for site in base.sites}
        self._earlier = tuple(self._histories)
        self._telephone = Telephone(draws)
        self._telephone.listen(self._histories.values())
        self._truth: dict[TicketId, Behaviour] = {}
        self._lookalikes: dict[TicketId, Lookalike] = {}
        self._behaviours = Urn(_BEHAVIOURS)
        self._moved: list[Membership] = []
        self._number = len(base.histories)
        self._width = max(4, len(str(self._number)))

    # --- what a real desk has --------------------------------------------------------------------

    def desk(self) -> PlantedDesk:
        return PlantedDesk(
            base=self._base,
            histories=self._histories,
            contacts=self._telephone.contacts(),
            desk_map=desk_map(self._base, self._moved),
            truth=self._truth,
            lookalikes=self._lookalikes,
        )

    # --- bypasses --------------------------------------------------------------------------------

    def when(self) -> tuple[datetime, Site]:
        """Draw a working instant and a city."""
        site = self.draws.pick(self._base.sites)
        end = self._base.as_of - timedelta(days=2)
        whole = site.calendar.between(self._base.start_at, end)
        share = timedelta(seconds=int(whole.total_seconds() * self.draws.between(0.0, 0.999)))
        return site.calendar.add(self._base.start_at, share), site

    def bypass(self, at: datetime, site: Site, *, hidden: bool) -> None:
        """Plant one bypass."""
        draws = self.draws
        kind: Behaviour = "hidden" if hidden else draws.weighted(self._behaviours)
        tell: dict[Behaviour, Callable[[datetime, Site, Person], Tale]] = {
            "direct": self._direct,
            "disguised": self._disguised,
            "queue grab": self._queue_grab,
            "passed down": self._passed_down,
            "mailbox": self._mailbox,
            "afterwards": self._afterwards,
            "hidden": self._hidden,
        }
        tale = tell[kind](at, site, draws.pick(self._second))
        self._truth[tale.ticket_id] = kind
        self._keep(tale)

    def _direct(self, at: datetime, site: Site, who: Person) -> Tale:
        late = self.draws.minutes(150, 0.9) if self.draws.chance(0.6) else timedelta(0)
        tale = self._tale(at, at + late)
        self._open(tale, site, who, registrar=who.person_id, channel="direct", group=who.group)
        return self._solve(tale, who)

    def _disguised(self, at: datetime, site: Site, who: Person) -> Tale:
        late = self.draws.minutes(200, 0.9) if self.draws.chance(0.5) else timedelta(0)
        tale = self._tale(at, at + late)
        channel = "call" if self.draws.chance(0.8) else "walk-up"
        self._open(tale, site, who, registrar=who.person_id, channel=channel, group=who.group)
        return self._solve(tale, who)

    def _queue_grab(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        requester = self._prone(site)
        self._open(
            tale, site, who, registrar=requester, channel="portal", group=site.desk, by=requester
        )
        tale.now += minutes(1) + self.draws.minutes(4, 0.5)
        return self._solve(tale, who)

    def _passed_down(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        manager = PersonId(f"manager-{site.desk.removeprefix('service-desk-')}-1")
        inbox = self.draws.chance(0.5)
        requester = self._prone(site)
        self._open(
            tale,
            site,
            who,
            registrar=manager if inbox else requester,
            channel="manager's inbox" if inbox else "mail",
            group=who.group if inbox else site.desk,
            by=requester,
        )
        tale.now += self.draws.minutes(6, 0.7)
        tale.assign(tale.now, who.group, who.person_id, manager)
        return self._solve(tale, who)

    def _mailbox(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        asker = self._prone(site)
        self._open(
            tale,
            site,
            who,
            registrar=SYSTEM,
            channel="team mailbox",
            group=GroupId(""),
            by=asker,
            automatic=True,
        )
        tale.route(tale.now + seconds(1), who.group)
        tale.now += self.draws.minutes(20, 0.8)
        return self._solve(tale, who)

    def _afterwards(self, at: datetime, site: Site, who: Person) -> Tale:
        registered = at + minutes(20) + self.draws.minutes(160, 0.7)
        tale = self._tale(at, registered)
        analyst = self.draws.pick(self._teams[site.desk])
        channel = "call" if self.draws.chance(0.7) else "mail"
        self._open(tale, site, who, registrar=analyst.person_id, channel=channel, group=site.desk)
        tale.assignee = who.person_id  # who works before anything is written down holds nothing
        tale.start(tale.now + self.draws.minutes(4, 0.4))
        tale.answer(tale.now + self.draws.minutes(9, 0.4))
        tale.assignee = PersonId("")
        tale.assign(registered, who.group, who.person_id, analyst.person_id)
        tale.now = registered + self.draws.minutes(6, 0.5)
        return self._finish(tale, who)

    def _hidden(self, at: datetime, site: Site, who: Person) -> Tale:
        registered = at + minutes(20) + self.draws.minutes(160, 0.7)
        tale = self._tale(registered, registered)
        analyst = self.draws.pick(self._teams[site.desk])
        self._open(tale, site, who, registrar=analyst.person_id, channel="mail", group=site.desk)
        tale.assign(registered, who.group, who.person_id, analyst.person_id)
        return self._solve(tale, who)

    # --- what looks like it ----------------------------------------------------------------------

    def lookalike(self, at: datetime, site: Site) -> None:
        """Plant honest work that looks like a bypass."""
        draws = self.draws
        kind = draws.weighted(_LOOKALIKES)
        if kind == "helper" and draws.chance(self._lost_ratio):
            kind = "unrecorded helper"
        tell: dict[Lookalike, Callable[[datetime, Site, Person], Tale]] = {
            "helper": self._helper,
            "unrecorded helper": self._helper,
            "follow-up": self._follow_up,
            "routed": self._routed,
            "alarm": self._alarm,
            "own": self._own,
            "emergency": self._emergency,
            "moved": self._lent,
        }
        tale = tell[kind](at, site, draws.pick(self._second))
        self._lookalikes[tale.ticket_id] = kind
        self._keep(tale)
        opening = tale.events[0]
        if kind == "helper" and isinstance(opening, TicketOpened):
            self._telephone.record(opening, opening.actor)

    def _helper(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        requester = self._anybody(site)
        self._open(
            tale,
            site,
            who,
            registrar=who.person_id,
            channel="call",
            group=site.desk,
            by=requester,
        )
        return self._solve(tale, who)

    def _follow_up(self, at: datetime, site: Site, who: Person) -> Tale:
        earlier = self.draws.pick(self._earlier)
        tale = self._tale(at, at)
        asker, me = self._anybody(site), who.person_id
        self._open(tale, site, who, registrar=me, channel="portal", group=who.group, by=asker)
        tale.link(at, "follow_up_of", earlier, me)
        return self._solve(tale, who)

    def _routed(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        requester = self._anybody(site)
        self._open(
            tale, site, who, registrar=requester, channel="portal", group=site.desk, by=requester
        )
        tale.route(tale.now + seconds(2), who.group)
        tale.now += self.draws.minutes(30, 0.8)
        return self._solve(tale, who)

    def _alarm(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        self._open(
            tale,
            site,
            who,
            registrar=SYSTEM,
            channel="monitoring",
            group=who.group,
            by=SYSTEM,
            automatic=True,
        )
        tale.now += self.draws.minutes(8, 0.5)
        return self._solve(tale, who)

    def _own(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at)
        self._open(
            tale,
            site,
            who,
            registrar=who.person_id,
            channel="portal",
            group=who.group,
            by=who.person_id,
        )
        return self._solve(tale, who)

    def _emergency(self, at: datetime, site: Site, who: Person) -> Tale:
        tale = self._tale(at, at + minutes(30) + self.draws.minutes(60, 0.5))
        requester = self._anybody(site)
        self._open(
            tale,
            site,
            who,
            registrar=who.person_id,
            channel="call",
            group=who.group,
            by=requester,
            urgent=True,
        )
        return self._solve(tale, who)

    def _lent(self, at: datetime, site: Site, who: Person) -> Tale:
        self._moved.append(
            Membership(
                person_id=who.person_id,
                group=site.desk,
                start_at=at - hours(4),
                end_at=at + hours(4),
            )
        )
        return self._helper(at, site, who)

    # --- parts -----------------------------------------------------------------------------------

    def _tale(self, at: datetime, registered_at: datetime) -> Tale:
        self._number += 1
        return Tale(TicketId(f"INC{self._number:0{self._width}d}"), at, registered_at)

    def _open(
        self,
        tale: Tale,
        site: Site,
        who: Person,
        *,
        registrar: PersonId,
        channel: str,
        group: GroupId,
        by: PersonId | None = None,
        urgent: bool = False,
        automatic: bool = False,
    ) -> None:
        service = self._service(who)
        tale.open(
            service,
            title=self.draws.pick(service.titles).format(n=2 + self.draws.below(11)),
            requester=self._prone(site) if by is None else by,
            registrar=registrar,
            channel=channel,
            impact="high" if urgent else "low" if self.draws.chance(0.7) else "medium",
            urgency="high" if urgent else "medium",
            group=group,
            automatic=automatic,
        )

    def _solve(self, tale: Tale, who: Person) -> Tale:
        """Let the specialist take it, if nobody has given it to him, and work on it."""
        tale.assign(tale.now, who.group, who.person_id, who.person_id)
        tale.start(tale.now)
        if self.draws.chance(0.8):
            tale.answer(tale.now + self.draws.minutes(6, 0.5))
        tale.now += minutes(15)
        return self._finish(tale, who)

    def _finish(self, tale: Tale, who: Person) -> Tale:
        calendar = self._calendars[who.site]
        tale.now = calendar.add(tale.now, self.draws.minutes(70, 0.8))
        tale.answer(tale.now)
        tale.now += minutes(1)
        tale.resolve(tale.now, "solved")
        tale.close(calendar.add(tale.now, hours(27)))
        return tale

    def _keep(self, tale: Tale) -> None:
        end_us = micros(self._base.as_of)
        known = tuple(event for event in tale.events if event.recorded_us < end_us)
        if known:
            self._histories[tale.ticket_id] = known
        else:
            self._truth.pop(tale.ticket_id, None)
            self._lookalikes.pop(tale.ticket_id, None)

    def _service(self, who: Person) -> Service:
        while True:
            service = self.draws.weighted(SERVICE_URN)
            if service.second_line == who.group:
                return service

    def _anybody(self, site: Site) -> PersonId:
        return PersonId(_named(site, 1 + self.draws.below(140)))

    def _prone(self, site: Site) -> PersonId:
        """Return who bypasses: mostly one of a few, now and then anybody."""
        if self.draws.chance(0.35):
            return self._anybody(site)
        return PersonId(_named(site, 101 + self.draws.below(_PRONE)))


def _named(site: Site, number: int) -> str:
    return f"requester-{site.desk.removeprefix('service-desk-')}-{number:03d}"
