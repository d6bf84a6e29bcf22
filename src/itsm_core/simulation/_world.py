"""The desk that is simulated: three cities, two lines, two suppliers, one rotation, as data."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from itsm_core.calendars import BusinessCalendar, Calendar, WeeklyHours, public_holidays
from itsm_core.ids import GroupId, PersonId, ServiceId
from itsm_core.simulation._draws import Draws, Urn

__all__ = ["Absence", "OnCallWeek", "Person", "Service", "Site", "sites"]


@attrs.frozen(kw_only=True)
class Site:
    """Describe a city: its zone, the opening hours of its desk, its share of the requests.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.simulation import simulate
    >>> berlin = simulate(tickets=200, weeks=8).sites[0]
    >>> berlin.name, berlin.load_ratio, berlin.calendar.is_open(datetime(2026, 1, 5, 9, tzinfo=UTC))
    ('Berlin', 0.45, True)
    """

    name: str
    zone: str
    calendar: Calendar
    desk: GroupId
    load_ratio: float

    @property
    def tzinfo(self) -> ZoneInfo:
        """Return the time zone of the city."""
        return ZoneInfo(self.zone)


@attrs.frozen(kw_only=True)
class Person:
    """Say in which group and city somebody works; the id names a seat, not a human being.

    >>> from itsm_core.simulation import simulate
    >>> first = simulate(seed=1, tickets=200, weeks=8).people[0]
    >>> first.person_id, first.site
    ('service-desk-berlin-1', 'Berlin')
    """

    person_id: PersonId
    group: GroupId
    site: str


@attrs.frozen(kw_only=True)
class Absence:
    """Record that somebody was away from `start_at` up to, not including, `end_at`.

    >>> from itsm_core.simulation import simulate
    >>> ill = simulate(seed=1, tickets=200, weeks=8).absences[0]
    >>> f"{ill.person_id}: {ill.reason} for {(ill.end_at - ill.start_at).days} days"
    'operations-4: illness for 8 days'
    """

    person_id: PersonId
    start_at: datetime
    end_at: datetime
    reason: str = "illness"


@attrs.frozen(kw_only=True)
class OnCallWeek:
    """Record who was on call from `start_at` up to, not including, `end_at`.

    >>> from itsm_core.simulation import simulate
    >>> week = simulate(seed=1, tickets=200, weeks=8).on_call[0]
    >>> f"{week.person_id} from {week.start_at} to {week.end_at}"
    'operations-1 from 2026-01-05 08:00:00+00:00 to 2026-01-12 08:00:00+00:00'
    """

    person_id: PersonId
    start_at: datetime
    end_at: datetime


@attrs.frozen(kw_only=True)
class Service:
    """Describe a service: who knows it, what breaks, and how often it is the first line's to fix.

    `weight` is its share of the tickets; `first_line_ratio` of these are solved on the first
    line; `supplier` is empty when nobody outside is needed.
    """

    service_id: ServiceId
    category: str
    weight: float
    second_line: GroupId
    first_line_ratio: float
    supplier: GroupId = GroupId("")
    titles: tuple[str, ...]


BERLIN, LISBON, SAO_PAULO = "Berlin", "Lisbon", "São Paulo"
WORKPLACE, NETWORK = GroupId("workplace"), GroupId("network")
APPLICATIONS, OPERATIONS = GroupId("applications"), GroupId("operations")
VENDOR, CARRIER = GroupId("supplier-erp"), GroupId("supplier-carrier")


def sites() -> tuple[Site, ...]:
    """Return the three cities, each with its hours and public holidays."""
    return (
        Site(
            name=BERLIN,
            zone="Europe/Berlin",
            calendar=BusinessCalendar(
                zone="Europe/Berlin",
                hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
                holidays=public_holidays("DE", subdivision="BE"),
                name="Berlin",
            ),
            desk=GroupId("service-desk-berlin"),
            load_ratio=0.45,
        ),
        Site(
            name=LISBON,
            zone="Europe/Lisbon",
            calendar=BusinessCalendar(
                zone="Europe/Lisbon",
                hours=WeeklyHours.parse("Mo-Fr 09:00-13:00, 14:00-18:00"),
                holidays=public_holidays("PT"),
                name="Lisbon",
            ),
            desk=GroupId("service-desk-lisbon"),
            load_ratio=0.30,
        ),
        Site(
            name=SAO_PAULO,
            zone="America/Sao_Paulo",
            calendar=BusinessCalendar(
                zone="America/Sao_Paulo",
                hours=WeeklyHours.parse("Mo-Fr 08:00-12:00, 13:00-17:30"),
                holidays=public_holidays("BR", subdivision="SP"),
                name="São Paulo",
            ),
            desk=GroupId("service-desk-sao-paulo"),
            load_ratio=0.25,
        ),
    )


SERVICES = (
    Service(
        service_id=ServiceId("identity"),
        category="access",
        weight=0.20,
        second_line=WORKPLACE,
        first_line_ratio=0.94,
        titles=(
            "Password expired while travelling",
            "Account locked after {n} attempts",
            "New colleague cannot sign in",
            "Second factor lost with the old phone",
            "No access to shared folder team-{n}",
        ),
    ),
    Service(
        service_id=ServiceId("mail"),
        category="communication",
        weight=0.15,
        second_line=WORKPLACE,
        first_line_ratio=0.78,
        titles=(
            "Mailbox over its limit",
            "Shared calendar shows no entries",
            "Mails to customer bounce since {n} o'clock",
            "Cannot send attachments larger than {n} MB",
            "Meeting invitations arrive an hour off",
        ),
    ),
    Service(
        service_id=ServiceId("laptop"),
        category="workplace",
        weight=0.19,
        second_line=WORKPLACE,
        first_line_ratio=0.62,
        titles=(
            "Laptop does not wake up after sleep",
            "Blue screen after {n} minutes",
            "Docking station: second screen stays dark",
            "Keyboard types double letters",
            "Very slow since the update",
        ),
    ),
    Service(
        service_id=ServiceId("printing"),
        category="workplace",
        weight=0.10,
        second_line=WORKPLACE,
        first_line_ratio=0.81,
        titles=(
            "Printer on floor {n} offline",
            "Prints come out blank",
            "Scan to mail does nothing",
            "Badge not accepted at printer {n}",
        ),
    ),
    Service(
        service_id=ServiceId("remote-access"),
        category="network",
        weight=0.13,
        second_line=NETWORK,
        first_line_ratio=0.55,
        supplier=CARRIER,
        titles=(
            "VPN drops every {n} minutes",
            "VPN connects, but nothing loads",
            "No remote desktop from home",
            "Wi-Fi unusable in meeting room {n}",
        ),
    ),
    Service(
        service_id=ServiceId("erp"),
        category="business application",
        weight=0.13,
        second_line=APPLICATIONS,
        first_line_ratio=0.28,
        supplier=VENDOR,
        titles=(
            "Invoice run stops with error {n}",
            "Posting period closed too early",
            "Supplier {n} cannot be saved",
            "Order screen freezes on save",
            "Totals in report {n} do not add up",
        ),
    ),
    Service(
        service_id=ServiceId("telephony"),
        category="communication",
        weight=0.06,
        second_line=NETWORK,
        first_line_ratio=0.50,
        supplier=CARRIER,
        titles=(
            "No dial tone on extension {n}",
            "Calls end after {n} seconds",
            "Voicemail greets with the wrong name",
        ),
    ),
    Service(
        service_id=ServiceId("warehouse-interface"),
        category="business application",
        weight=0.04,
        second_line=OPERATIONS,
        first_line_ratio=0.15,
        supplier=VENDOR,
        titles=(
            "Delivery note {n} missing in the warehouse",
            "Stock count differs by {n}",
            "Label printer in hall {n} gets no jobs",
        ),
    ),
)

SERVICE_URN: Urn[Service] = Urn([(service, service.weight) for service in SERVICES])

FAILING = SERVICES[-1]
"""The service whose nightly transfer fails once a week (law K2)."""

FAILURE_WORDINGS = (
    "Nightly stock export hung, restarted it",
    "Warehouse interface: job WI-EXP01 not finished",
    "Hall 2 cannot pick, no orders since midnight",
    "Export service stuck, killed process and started again",
    "Alarm warehouse transfer, queue full",
    "Call-out: warehouse has no pick lists",
    "WI batch timeout during database backup",
    "Interface to the warehouse dead again?",
)
"""How each of the eight people on call words the same failure."""

ROTATION = tuple(PersonId(f"operations-{number}") for number in range(1, 9))
BYPASSER = PersonId("requester-berlin-007")
SPECIALIST = PersonId("applications-2")
"""The bypasser goes straight to this specialist of the second line (law D3)."""


def _team(group: str, *cities: str) -> tuple[Person, ...]:
    return tuple(
        Person(person_id=PersonId(f"{group}-{number}"), group=GroupId(group), site=city)
        for number, city in enumerate(cities, 1)
    )


PEOPLE = (
    *_team("service-desk-berlin", BERLIN, BERLIN, BERLIN, BERLIN),
    *_team("service-desk-lisbon", LISBON, LISBON, LISBON),
    *_team("service-desk-sao-paulo", SAO_PAULO, SAO_PAULO, SAO_PAULO),
    *_team("workplace", BERLIN, LISBON, SAO_PAULO, BERLIN),
    *_team("network", BERLIN, LISBON, BERLIN),
    *_team("applications", BERLIN, BERLIN, LISBON, SAO_PAULO),
    *_team("operations", BERLIN, LISBON, BERLIN, BERLIN, LISBON, BERLIN, LISBON, BERLIN),
)


@attrs.frozen(kw_only=True)
class World:
    """Hold everything that a story may look up; nothing in it changes while stories are told."""

    sites: tuple[Site, ...]
    start_at: datetime
    end_at: datetime
    teams: dict[GroupId, tuple[Person, ...]]
    on_call: tuple[OnCallWeek, ...]
    absences: tuple[Absence, ...]

    def on_call_at(self, at: datetime) -> PersonId:
        """Return who is on call; the first and the last week stretch to both ends."""
        for week in self.on_call:
            if at < week.end_at:
                return week.person_id
        return self.on_call[-1].person_id

    def absence_of(self, person: PersonId, start: datetime, end: datetime) -> Absence | None:
        """Return the first absence of `person` that touches `[start, end)`, if any."""
        for absence in self.absences:
            if absence.person_id == person and absence.start_at < end and start < absence.end_at:
                return absence
        return None

    def somebody(
        self, draws: Draws, group: GroupId, at: datetime, *, but: PersonId = PersonId("")
    ) -> Person:
        """Return a member of `group` who is not away at `at`, if there is one, and not `but`."""
        team = [person for person in self.teams[group] if person.person_id != but]
        present = [
            person
            for person in team
            if self.absence_of(person.person_id, at, at + timedelta(seconds=1)) is None
        ]
        return draws.pick(present or team)


def make_world(draws: Draws, start: datetime, end: datetime) -> World:
    """Return the world from `start` to `end`, with its rotation and its spells of illness."""
    cities = sites()
    teams: dict[GroupId, tuple[Person, ...]] = {}
    for person in PEOPLE:
        teams[person.group] = (*teams.get(person.group, ()), person)
    return World(
        sites=cities,
        start_at=start,
        end_at=end,
        teams=teams,
        on_call=_rotation(cities[0], start, end),
        absences=_absences(draws, cities, start, end),
    )


def _rotation(site: Site, start: datetime, end: datetime) -> tuple[OnCallWeek, ...]:
    """Hand over every Monday at 09:00 in the first city, whatever daylight saving does."""
    zone = site.tzinfo
    local = start.astimezone(zone)
    monday = local.replace(hour=9, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    weeks: list[OnCallWeek] = []
    while monday.astimezone(start.tzinfo) < end:
        following = monday + timedelta(days=7)  # wall-clock: the hand-off is at 09:00 again
        weeks.append(
            OnCallWeek(
                person_id=ROTATION[len(weeks) % len(ROTATION)],
                start_at=monday.astimezone(start.tzinfo),
                end_at=following.astimezone(start.tzinfo),
            )
        )
        monday = following
    return tuple(weeks)


def _absences(
    draws: Draws, cities: tuple[Site, ...], start: datetime, end: datetime
) -> tuple[Absence, ...]:
    """Let one analyst after another fall ill, about one a week, for three to nine days."""
    calendars = {site.name: site.calendar for site in cities}
    absences: list[Absence] = []
    at = start + timedelta(days=draws.between(4, 12))
    while at < end:
        person = draws.pick(PEOPLE)
        first = calendars[person.site].next_open(at)
        away = timedelta(days=3 + draws.below(7))
        absences.append(Absence(person_id=person.person_id, start_at=first, end_at=first + away))
        at += timedelta(days=round(draws.between(4, 11)), hours=draws.below(24))
    return tuple(absences)
