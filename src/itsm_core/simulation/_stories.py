"""What happens to a ticket: one method a story, each a walk through working time."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import attrs

from itsm_core.calendars import Calendar
from itsm_core.events import TicketEvent
from itsm_core.ids import PersonId, TicketId
from itsm_core.priority import ITIL_MATRIX
from itsm_core.simulation._draws import Draws, Urn
from itsm_core.simulation._tale import Tale
from itsm_core.simulation._world import (
    BYPASSER,
    FAILING,
    FAILURE_WORDINGS,
    NETWORK,
    OPERATIONS,
    ROTATION,
    SERVICE_URN,
    SERVICES,
    SPECIALIST,
    Absence,
    Person,
    Service,
    Site,
    World,
)
from itsm_core.spans import hours, minutes, seconds

__all__ = ["Kind", "Plan", "Storyteller"]


class Kind(Enum):
    """Name the kinds of story."""

    REGULAR = "regular"
    WALK_UP = "walk-up"
    BYPASS = "bypass"
    WEEKLY_FAILURE = "weekly failure"
    OUTAGE = "outage"


@attrs.frozen(kw_only=True)
class Plan:
    """Say when a story begins, when the desk registers it, in which city, and its kind."""

    at: datetime
    registered_at: datetime
    site: Site
    kind: Kind = Kind.REGULAR


_IMPACTS = Urn((("low", 0.66), ("medium", 0.27), ("high", 0.07)))
_URGENCIES = Urn((("low", 0.44), ("medium", 0.42), ("high", 0.14)))
_CHANNELS: Urn[str] = Urn((("portal", 0.42), ("mail", 0.26), ("call", 0.23), ("chat", 0.09)))
_CHANNELS_CLOSED: Urn[str] = Urn((("portal", 0.62), ("mail", 0.38)))
_CODES = Urn((("solved", 0.72), ("solved by requester", 0.10), ("workaround", 0.18)))

# Medians in minutes of working time, the most urgent priority first, and the share that the
# first line answers as soon as it picks a ticket up. They are round figures for
# a desk that keeps most of its promises and breaks enough of them to talk about.
_PICK_UP = (3.0, 9.0, 34.0, 75.0)
_ANSWERS_AT_ONCE = (0.97, 0.94, 0.88, 0.84)
_FIRST_LINE_WORK = (25.0, 38.0, 60.0, 80.0)
_SECOND_PICK_UP = (5.0, 22.0, 95.0, 230.0)
_SECOND_LINE_WORK = (60.0, 110.0, 260.0, 470.0)


class Storyteller:
    """Tell stories, one ticket after another, and keep the truth about them."""

    def __init__(self, draws: Draws, world: World) -> None:
        self._draws = draws
        self._world = world
        self._calendars = {site.name: site.calendar for site in world.sites}
        self._people: dict[PersonId, Person] = {
            person.person_id: person for team in world.teams.values() for person in team
        }
        self._outage_over = world.end_at
        self.idle_while_away: list[TicketId] = []
        self.auto_replied: list[TicketId] = []
        self.bounced: list[TicketId] = []

    def tell(self, ticket_id: TicketId, plan: Plan) -> list[TicketEvent]:
        """Return the events of one ticket, in order, possibly beyond the end of the world."""
        tale = Tale(ticket_id, plan.at, plan.registered_at)
        if plan.kind is Kind.WEEKLY_FAILURE:
            self._weekly_failure(tale, plan.site)
        elif plan.kind is Kind.BYPASS:
            self._bypass(tale, plan.site)
        elif plan.kind is Kind.OUTAGE:
            self._outage(tale, plan.site)
        else:
            self._regular(tale, plan)
        return tale.events

    # --- the stories ---------------------------------------------------------------------------

    def _regular(self, tale: Tale, plan: Plan) -> None:
        """Open, pick up, solve on the first line or pass on, resolve, perhaps again, close."""
        draws, site = self._draws, plan.site
        service = draws.weighted(SERVICE_URN)
        is_open = site.calendar.is_open(tale.now)
        channel = draws.weighted(_CHANNELS if is_open else _CHANNELS_CLOSED)
        if plan.kind is Kind.WALK_UP:
            channel = "walk-up"
        requester = self._requester(site)
        analyst = self._world.somebody(draws, site.desk, tale.now)
        spoken = channel in {"call", "walk-up"}
        tale.open(
            service,
            title=draws.pick(service.titles).format(n=2 + draws.below(11)),
            requester=requester,
            registrar=analyst.person_id if spoken else requester,
            channel=channel,
            impact=draws.weighted(_IMPACTS),
            urgency=draws.weighted(_URGENCIES),
            group=site.desk,
        )
        if channel == "mail":
            tale.answer(tale.now + seconds(20), automatic=True)
        if not spoken and draws.chance(0.025):
            tale.cancel(tale.now + draws.minutes(25, 0.8), "no longer needed")
            return
        if _rank(tale) == 0 and not is_open:
            self._call_out(tale)
        else:
            self._pick_up(tale, site, analyst, spoken=spoken)
            self._solve(tale, site, service)
        self._finish(tale, site)

    def _weekly_failure(self, tale: Tale, site: Site) -> None:
        """Let whoever is on call restart the transfer at night, in words of their own (K2)."""
        draws = self._draws
        person = self._world.on_call_at(tale.now)
        tale.open(
            SERVICES[5] if draws.chance(0.12) else FAILING,
            title=FAILURE_WORDINGS[ROTATION.index(person)],
            requester=PersonId(f"requester-berlin-{400 + draws.below(3)}"),
            registrar=person,
            channel="call",
            impact="medium",
            urgency="high",
            group=OPERATIONS,
            configuration_item_id="" if draws.chance(0.35) else "WI-EXP01",
        )
        tale.assign(tale.now, OPERATIONS, person, person)
        tale.start(tale.now + draws.minutes(9, 0.4))
        tale.answer(tale.now + draws.minutes(16, 0.3))
        tale.now += minutes(20) + draws.minutes(45, 0.4)
        tale.resolve(tale.now, "workaround")
        self._close(tale, site)

    def _bypass(self, tale: Tale, site: Site) -> None:
        """Let one requester go straight to one specialist, past the desk (law D3)."""
        draws = self._draws
        service = SERVICES[5]
        tale.open(
            service,
            title=draws.pick(service.titles).format(n=2 + draws.below(11)),
            requester=BYPASSER,
            registrar=SPECIALIST,
            channel="direct",
            impact="low" if draws.chance(0.7) else "medium",
            urgency="medium",
            group=self._people[SPECIALIST].group,
        )
        tale.assign(tale.now, self._people[SPECIALIST].group, SPECIALIST, SPECIALIST)
        tale.start(tale.now)
        tale.answer(tale.now + draws.minutes(6, 0.5))
        tale.now += minutes(15)
        self._work(tale, draws.minutes(70, 0.8))
        self._finish(tale, site)

    def _outage(self, tale: Tale, site: Site) -> None:
        """Let many report one outage within an hour; the network team solves it once."""
        draws = self._draws
        service = SERVICES[4]
        requester = self._requester(site)
        tale.open(
            service,
            title=draws.pick(service.titles).format(n=2 + draws.below(11)),
            requester=requester,
            registrar=requester,
            channel="portal" if draws.chance(0.7) else "chat",
            impact="high" if draws.chance(0.3) else "medium",
            urgency="high",
            group=site.desk,
        )
        if self._outage_over == self._world.end_at:
            self._outage_over = tale.now + hours(2.5) + draws.minutes(40, 0.3)
        analyst = self._world.somebody(draws, site.desk, tale.now)
        picked = site.calendar.add(tale.now, draws.minutes(17, 0.6))
        tale.assign(picked, site.desk, analyst.person_id, analyst.person_id)
        tale.start(picked)
        tale.answer(picked + draws.minutes(3, 0.5))
        member = self._world.somebody(draws, NETWORK, picked)
        passed_on = picked + minutes(6) + draws.minutes(12, 0.5)
        tale.assign(passed_on, NETWORK, member.person_id, analyst.person_id)
        tale.now = max(passed_on, self._outage_over) + draws.minutes(25, 0.7)
        self._finish(tale, site)

    # --- their parts ---------------------------------------------------------------------------

    def _call_out(self, tale: Tale) -> None:
        """Wake the person on call for a most urgent ticket outside opening hours."""
        person = self._world.on_call_at(tale.now)
        picked = tale.now + self._draws.minutes(14, 0.5)
        tale.assign(picked, OPERATIONS, person, person)
        tale.start(picked)
        tale.answer(picked + self._draws.minutes(5, 0.5))
        tale.now = picked + minutes(20) + self._draws.minutes(80, 0.6)

    def _pick_up(self, tale: Tale, site: Site, analyst: Person, *, spoken: bool) -> None:
        """Let the first line take the ticket and, mostly at once, answer."""
        draws = self._draws
        if spoken:
            picked = tale.now + draws.minutes(1.5, 0.4)
        else:
            picked = site.calendar.add(tale.now, draws.minutes(_PICK_UP[_rank(tale)], 0.95))
            analyst = self._world.somebody(draws, site.desk, picked)
        tale.assign(picked, site.desk, analyst.person_id, analyst.person_id)
        tale.start(picked)
        tale.now = picked
        if spoken or draws.chance(_ANSWERS_AT_ONCE[_rank(tale)]):
            tale.now = picked + draws.minutes(3, 0.6)
            tale.answer(tale.now)
        if draws.chance(0.04):
            urgency = draws.weighted(_URGENCIES)
            tale.prioritise(tale.now, tale.impact, urgency, "urgency checked with the requester")

    def _solve(self, tale: Tale, site: Site, service: Service) -> None:
        """Work on the first line, then, if it takes a specialist, on the second."""
        draws = self._draws
        if draws.chance(service.first_line_ratio):
            if draws.chance(0.16):
                self._ask_requester(tale, site)
            self._work(tale, draws.minutes(_FIRST_LINE_WORK[_rank(tale)], 1.0))
            return
        self._work(tale, draws.minutes(14, 0.6))
        desk, first = tale.group, tale.assignee
        self._pass_on(tale, service)
        if draws.chance(0.11):
            self.bounced.append(tale.ticket_id)
            self._work(tale, draws.minutes(25, 0.6))
            tale.assign(tale.now, desk, first, tale.assignee)
            self._work(tale, draws.minutes(60, 0.8))
            self._pass_on(tale, service)
        if draws.chance(0.24):
            self._ask_requester(tale, site)
        duration = draws.minutes(_SECOND_LINE_WORK[_rank(tale)], 0.9)
        if service.supplier and draws.chance(0.30):
            self._work(tale, duration / 2)
            self._ask_supplier(tale, service)
            duration /= 2
        self._work(tale, duration)

    def _pass_on(self, tale: Tale, service: Service) -> None:
        """Escalate functionally: to the group, where a specialist takes the ticket later."""
        draws, group = self._draws, service.second_line
        tale.assign(tale.now, group, PersonId(""), tale.assignee)
        member = self._world.somebody(draws, group, tale.now)
        wait = draws.minutes(_SECOND_PICK_UP[_rank(tale)], 0.85)
        if group != OPERATIONS and _rank(tale) >= 2 and draws.chance(0.045):
            wait += draws.minutes(5400, 0.8)  # at the bottom of a queue that nobody reads
        tale.now = self._calendar(member).add(tale.now, wait)
        tale.assign(tale.now, group, member.person_id, member.person_id)

    def _ask_requester(self, tale: Tale, site: Site) -> None:
        """Put on hold until the requester answers; an absent one's mailbox does so at once."""
        draws, asked = self._draws, tale.now
        tale.answer(asked)
        tale.hold(asked, "awaiting_requester")
        if draws.chance(0.22):
            tale.contact(asked + seconds(7), automatic=True)
            self.auto_replied.append(tale.ticket_id)
        tale.now = site.calendar.add(asked + minutes(2), draws.minutes(210, 1.25))
        tale.contact(tale.now)
        tale.resume(tale.now, tale.requester)

    def _ask_supplier(self, tale: Tale, service: Service) -> None:
        """Hand over to the supplier, wait, and take the ticket back."""
        group, assignee = tale.group, tale.assignee
        tale.hold(tale.now, "awaiting_supplier")
        tale.assign(tale.now, service.supplier, PersonId(""), assignee)
        calendar = self._calendars[self._people[assignee].site]
        tale.now = calendar.add(tale.now, self._draws.minutes(840, 0.9))
        tale.assign(tale.now, group, assignee, assignee)
        tale.resume(tale.now, assignee)

    def _work(self, tale: Tale, duration: timedelta) -> None:
        """Spend working time of the holder; an illness leaves the ticket idle first."""
        holder = self._people[tale.assignee]
        calendar = self._calendar(holder)
        done = calendar.add(tale.now, duration)
        absence = self._world.absence_of(holder.person_id, tale.now, done)
        if absence is None:
            tale.now = done
        else:
            self._owner_away(tale, holder, absence, duration)

    def _owner_away(
        self, tale: Tale, holder: Person, absence: Absence, duration: timedelta
    ) -> None:
        """Let the ticket lie until somebody notices or the owner is back, then go on."""
        calendar = self._calendar(holder)
        left_at = max(tale.now, absence.start_at)
        left = duration - calendar.between(tale.now, left_at)
        noticed = calendar.add(left_at, self._draws.minutes(760, 0.6))
        self.idle_while_away.append(tale.ticket_id)
        if noticed >= absence.end_at:
            tale.now = calendar.add(absence.end_at, left)
            return
        tale.contact(noticed)
        noticed += minutes(4)
        colleague = self._world.somebody(self._draws, holder.group, noticed, but=holder.person_id)
        tale.assign(noticed, holder.group, colleague.person_id, colleague.person_id)
        tale.now = self._calendar(colleague).add(noticed, left)

    def _finish(self, tale: Tale, site: Site) -> None:
        """Answer, resolve, reopen now and then, and close in the end."""
        draws = self._draws
        self._answer_and_resolve(tale)
        while draws.chance(0.055):
            back = site.calendar.add(tale.now, draws.minutes(240, 0.9))
            if back - tale.now > hours(60):
                break  # past the auto-close: the requester would open a new ticket
            tale.contact(back)
            tale.reopen(back, "it happens again")
            tale.now = back
            self._work(tale, draws.minutes(90, 0.9))
            self._answer_and_resolve(tale)
        self._close(tale, site)

    def _answer_and_resolve(self, tale: Tale) -> None:
        tale.answer(tale.now)
        tale.resolve(tale.now + minutes(1), self._draws.weighted(_CODES))
        tale.now += minutes(1)

    def _close(self, tale: Tale, site: Site) -> None:
        """Close about three working days after the last solution."""
        tale.close(site.calendar.add(tale.now, hours(27)))

    # --- look-ups ------------------------------------------------------------------------------

    def _calendar(self, person: Person) -> Calendar:
        return self._calendars[person.site]

    def _requester(self, site: Site) -> PersonId:
        """Return a requester of the city; a few ask for help far more often than most."""
        number = 1 + int(140 * self._draws.between(0.0, 1.0) ** 1.6)
        return PersonId(f"requester-{site.desk.removeprefix('service-desk-')}-{number:03d}")


def _rank(tale: Tale) -> int:
    """Return the place of the ticket's priority, 0 for the most urgent."""
    return min(ITIL_MATRIX.priorities.index(tale.priority), len(_PICK_UP) - 1)
