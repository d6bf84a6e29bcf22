"""A service desk that does not exist: seeded, typical, and with the truth attached.

`simulate` tells the story of a desk in three cities over half a year as ticket events, valid
under the incident lifecycle. Beside the ordinary tickets there are stories that real desks have
and seldom see in their figures: a failure that comes back every week while the rotation shows it
to each of eight people once in eight weeks, a requester who goes straight to one specialist,
tickets that lie still because their owner is ill, work that is registered late. `Story` says
which tickets they are, so that whatever claims to find them can be measured.

Equal arguments give equal events on every Python and platform, as long as the tz database and
the public holidays of the period are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import attrs

from itsm_core.errors import InstantOutOfRange, InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ids import PersonId, TicketId
from itsm_core.simulation._bypasses import Behaviour, Lookalike, PlantedDesk, plant_bypasses
from itsm_core.simulation._draws import Draws
from itsm_core.simulation._plans import plans
from itsm_core.simulation._stories import Kind, Plan, Storyteller
from itsm_core.simulation._telephone import desk_map
from itsm_core.simulation._world import (
    BYPASSER,
    SPECIALIST,
    Absence,
    OnCallWeek,
    Person,
    Site,
    make_world,
)
from itsm_core.spans import in_pendulum, micros, utc

__all__ = [
    "Absence",
    "Behaviour",
    "Lookalike",
    "OnCallWeek",
    "Person",
    "PlantedDesk",
    "SimulatedDesk",
    "Site",
    "Story",
    "desk_map",
    "plant_bypasses",
    "simulate",
]

FIRST_DAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday, so that weeks of the rotation and weeks of the report are the same."""

FEWEST_TICKETS: Final = 200
"""Below this the stories would crowd out the ordinary tickets they hide among."""

MOST_TICKETS: Final = 1_000_000
"""A ticket takes about five kilobytes of memory, and all of them are held."""

FEWEST_WEEKS: Final = 8
"""One turn of the rotation: before it is over nobody can see the failure twice."""


MOST_WEEKS: Final = 520
"""Ten years of one rotation are enough for any test."""

FIRST_YEAR, LAST_YEAR = 1970, 2100
"""Between these the public holidays of the three cities are published or can be computed."""


@attrs.frozen(kw_only=True)
class Story:
    """Hold the truth about a simulated desk: the ids of the tickets of each story.

    `weekly_failure` is one failure, once a week, in eight wordings; `bypass` went from
    `bypasser` straight to `specialist`; `outage` is one outage told by many; `idle_while_away`
    waited for an owner who was ill; `registered_late` reached the desk after work had begun;
    `auto_replied` got an automatic answer while on hold; `bounced` went to the second line, back
    and there again. One ticket can be in several. Some of it may lie after `as_of`.

    >>> from itsm_core.simulation import simulate
    >>> story = simulate(seed=1, tickets=200, weeks=8).story
    >>> len(story.weekly_failure), story.bypasser, story.specialist
    (8, 'requester-berlin-007', 'applications-2')
    """

    weekly_failure: tuple[TicketId, ...]
    bypass: tuple[TicketId, ...]
    bypasser: PersonId
    specialist: PersonId
    outage: tuple[TicketId, ...]
    idle_while_away: tuple[TicketId, ...]
    registered_late: tuple[TicketId, ...]
    auto_replied: tuple[TicketId, ...]
    bounced: tuple[TicketId, ...]


@attrs.frozen(kw_only=True)
class SimulatedDesk:
    """Hold the histories of all tickets as known at `as_of`, who worked when, and the truth.

    `histories` is sorted by ticket id, each history as `in_order` would have it; do not change
    it. `as_of` and the instants of rotation and absences are in UTC.

    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(seed=1, tickets=200, weeks=8)
    >>> [site.name for site in desk.sites], len(desk.people), len(desk.histories)
    (['Berlin', 'Lisbon', 'São Paulo'], 29, 200)
    """

    seed: int
    start_at: datetime
    as_of: datetime
    histories: Mapping[TicketId, tuple[TicketEvent, ...]] = attrs.field(repr=False)
    sites: tuple[Site, ...] = attrs.field(repr=False)
    people: tuple[Person, ...] = attrs.field(repr=False)
    on_call: tuple[OnCallWeek, ...] = attrs.field(repr=False)
    absences: tuple[Absence, ...] = attrs.field(repr=False)
    story: Story = attrs.field(repr=False)


def simulate(
    *, seed: int = 1, tickets: int = 2000, start: datetime = FIRST_DAY, weeks: int = 26
) -> SimulatedDesk:
    """Return a desk with this many tickets over `weeks` weeks from `start`.

    The last tickets are still open at the end, `as_of`, as on any real desk. About 15
    microseconds of work an event; a ticket has about nine.

    Raises:
        InvalidValue: fewer than 200 tickets or 8 weeks, too little for the stories in it; or more
            than 1,000,000 tickets or 520 weeks.
        NaiveDatetime: `start` has no time zone.
        InstantOutOfRange: `start` lies outside the years 1970 to 2100.

    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(seed=1, tickets=200, weeks=8)
    >>> for event in desk.histories["INC0001"][:3]:
    ...     print(f"{event.occurred_at:%a %H:%M} {type(event).__name__}")
    Mon 09:11 TicketOpened
    Mon 09:11 AnswerSent
    Mon 09:57 TicketAssigned
    >>> simulate(tickets=20)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: too few tickets to simulate: 20; ask for 200
    """
    if tickets < FEWEST_TICKETS:
        raise InvalidValue("too few tickets to simulate", tickets, f"ask for {FEWEST_TICKETS}")
    if tickets > MOST_TICKETS:
        remedy = f"ask for {MOST_TICKETS:,} or fewer"
        raise InvalidValue("too many tickets to simulate", tickets, remedy)
    if weeks < FEWEST_WEEKS:
        raise InvalidValue("too few weeks to simulate", weeks, f"ask for {FEWEST_WEEKS}")
    if weeks > MOST_WEEKS:
        raise InvalidValue("too many weeks to simulate", weeks, f"ask for {MOST_WEEKS} or fewer")
    begin = utc(start)
    if not FIRST_YEAR <= begin.year <= LAST_YEAR:
        remedy = f"start between {FIRST_YEAR} and {LAST_YEAR}, for which holidays are known"
        raise InstantOutOfRange("a start without public holidays", start, remedy)
    end = begin + timedelta(weeks=weeks)
    draws = Draws(Random(seed))
    world = make_world(draws, begin, end)
    teller = Storyteller(draws, world)
    histories: dict[TicketId, tuple[TicketEvent, ...]] = {}
    planned: dict[TicketId, Plan] = {}
    width = max(4, len(str(tickets)))
    end_us = micros(end)
    for number, plan in enumerate(plans(draws, world, tickets), 1):
        ticket_id = TicketId(f"INC{number:0{width}d}")
        events = teller.tell(ticket_id, plan)
        histories[ticket_id] = tuple(event for event in events if event.recorded_us < end_us)
        planned[ticket_id] = plan
    return SimulatedDesk(
        seed=seed,
        start_at=in_pendulum(begin),
        as_of=in_pendulum(end),
        histories=histories,
        sites=world.sites,
        people=tuple(person for team in world.teams.values() for person in team),
        on_call=world.on_call,
        absences=world.absences,
        story=_story(planned, teller),
    )


def _story(planned: Mapping[TicketId, Plan], teller: Storyteller) -> Story:
    """Return which tickets belong to which story."""

    def of(kind: Kind) -> tuple[TicketId, ...]:
        return tuple(ticket_id for ticket_id, plan in planned.items() if plan.kind is kind)

    return Story(
        weekly_failure=of(Kind.WEEKLY_FAILURE),
        bypass=of(Kind.BYPASS),
        bypasser=BYPASSER,
        specialist=SPECIALIST,
        outage=of(Kind.OUTAGE),
        idle_while_away=tuple(dict.fromkeys(teller.idle_while_away)),
        registered_late=tuple(
            ticket_id for ticket_id, plan in planned.items() if plan.registered_at > plan.at
        ),
        auto_replied=tuple(dict.fromkeys(teller.auto_replied)),
        bounced=tuple(teller.bounced),
    )
