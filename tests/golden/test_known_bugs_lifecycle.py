"""Bugs and requests that other systems had about the life of a ticket, each as a test of ours.

A test is named after the reference it answers, provokes what went wrong there, and shows that it
does not here: auto-replies, closing and reminding on a calendar, parents and children, merging.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import ALWAYS, BusinessCalendar, PlainDates, WeeklyHours, WorkingDays
from itsm_core.commands import (
    Actor,
    CloseTicket,
    HoldTicket,
    LinkTicket,
    MergeTicket,
    OpenFollowUp,
    OpenTicket,
    ReceiveContact,
    ReopenTicket,
    ResolveTicket,
    SendAnswer,
    SendNudge,
    StartWork,
)
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.lifecycle import (
    SHIPPED,
    Nudge,
    Silence,
    StateCategory,
    Ticket,
    TimedRules,
    next_timed,
    timed_due,
)
from itsm_core.links import LINK_RULES, Block, LinkRules
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ClockState, ServiceLevelAgreement, ServiceLevelTarget
from tests.golden.field import ABSENT, items, load, record, text
from tests.golden.small_desk import FRIDAY, HOUR, NEXT_MONDAY, TUESDAY, WEDNESDAY, at

ONE, TWO, THREE = TicketId("INC-1"), TicketId("INC-2"), TicketId("INC-3")
ANN = Actor(person_id=PersonId("ann"), roles={"analyst", "lead"})
BOB = Actor(person_id=PersonId("bob"), roles={"requester"})
AUTO_REPLY = Actor(person_id=PersonId("bob"), roles={"requester"}, automatic=True)
# Closed on the second Monday, the 12th of January.
OFFICE = BusinessCalendar(
    zone="UTC",
    hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"),
    holidays=PlainDates({at(NEXT_MONDAY).date(): "Founders"}),
)
DAY = 24
RULES = TimedRules(
    calendar=OFFICE,
    reopen_within=WorkingDays(3),
    close_after=WorkingDays(3),
    nudges=[
        Nudge(reason="awaiting_requester", after=WorkingDays(1), every=WorkingDays(1), at_most=4)
    ],
    silences=[Silence(reason="awaiting_requester", after=WorkingDays(5))],
)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[
        ServiceLevelTarget(metric="response", goals=HOUR),
        ServiceLevelTarget(metric="resolution", goals=8 * HOUR),
    ],
)


class Promises:
    """Promise every ticket the same."""

    lifecycle = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX

    def agreement_for(self, _: Ticket, /) -> ServiceLevelAgreement:
        """Return it."""
        return GOLD


class Desk:
    """A real desk with a store, and a clock that is set by the hour."""

    def __init__(self, links: LinkRules = LINK_RULES) -> None:
        self.clock = ManualClock(at(9))
        self.desk = ServiceDesk(
            store=MemoryStore(),
            catalogue=Promises(),
            clock=self.clock,
            lifecycles=SHIPPED,
            timed=RULES,
            links=links,
        )

    def open(self, *names: TicketId) -> None:
        """Open tickets of the requester bob."""
        for name in names:
            command = OpenTicket(
                ticket_id=name, requester=PersonId("bob"), impact="high", urgency="low"
            )
            self.desk.handle(command, BOB)

    def hour(self, hour: float) -> None:
        """Set the clock."""
        self.clock.set(at(hour))

    def state(self, name: TicketId = ONE) -> str:
        """Return the state of a ticket."""
        return self.desk.ticket(name).state

    def link(self, one: TicketId, name: str, other: TicketId) -> None:
        """Link two tickets."""
        self.desk.handle(LinkTicket(ticket_id=one, link=name, other=other), ANN)

    def resolve(self, name: TicketId = ONE) -> None:
        """Resolve a ticket."""
        self.desk.handle(ResolveTicket(ticket_id=name, resolution_code="fixed"), ANN)

    def poll(self, since: float, until: float, name: TicketId = ONE) -> list[datetime]:
        """Do what came due, by the timer; return when it was due."""
        self.hour(until)
        steps = timed_due(self.desk.history(name), RULES, at(since), at(until))
        self.desk.run_timed(name, at(since))
        return [step.at for step in steps if not step.is_overtaken]


def waiting() -> Desk:
    """Return a desk whose ticket waits for the requester since Thursday 10:00."""
    desk = Desk()
    desk.open(ONE)
    desk.hour(3 * DAY + 10)
    desk.desk.handle(StartWork(ticket_id=ONE), ANN)
    desk.desk.handle(HoldTicket(ticket_id=ONE, reason="awaiting_requester"), ANN)
    return desk


# --- what a program says ------------------------------------------------------------------------


def test_zammad_zammad_5113_auto_reply_reopens_and_resumes_nothing() -> None:
    """An out-of-office reply is recorded; a resolved ticket stays resolved, a wait goes on (L5)."""
    desk = waiting()
    desk.desk.handle(ReceiveContact(ticket_id=ONE, channel="mail"), AUTO_REPLY)
    assert desk.state() == "on_hold"
    desk.resolve()
    handled = desk.desk.handle(ReceiveContact(ticket_id=ONE, channel="mail"), AUTO_REPLY)
    assert [type(each).__name__ for each in handled.events] == ["ContactReceived"]
    assert desk.state() == "resolved"
    again = waiting()
    again.desk.handle(ReceiveContact(ticket_id=ONE, channel="mail"), BOB)
    assert again.state() == "in_progress"


def test_znuny_znuny_138_auto_reply_closes_nothing_and_is_no_answer() -> None:
    """It neither ends the ticket, nor stops reminders, nor counts as the awaited answer (L5)."""
    desk = waiting()
    before = next_timed(desk.desk.history(ONE), RULES, at(3 * DAY + 11))
    desk.desk.handle(ReceiveContact(ticket_id=ONE), AUTO_REPLY)
    assert next_timed(desk.desk.history(ONE), RULES, at(3 * DAY + 11)) == before
    assert (desk.state(), desk.desk.ticket(ONE).first_response_us) == ("on_hold", None)


# --- time ---------------------------------------------------------------------------------------


def test_glpi_project_glpi_6527_tickets_close_after_business_days() -> None:
    """Three working days from Thursday 10:00, over a weekend and a holiday: Wednesday 10:00."""
    desk = Desk()
    desk.open(ONE)
    desk.hour(3 * DAY + 10)
    desk.resolve()
    due = at(NEXT_MONDAY + WEDNESDAY + 10)
    assert desk.poll(3 * DAY, NEXT_MONDAY + WEDNESDAY + 9.9) == []
    assert desk.state() == "resolved"
    assert desk.poll(NEXT_MONDAY + WEDNESDAY + 9.9, NEXT_MONDAY + WEDNESDAY + 11) == [due]
    assert desk.state() == "closed"
    last = desk.desk.history(ONE)[-1]
    assert (last.automatic, last.actor) == (True, "")


def test_glpi_project_glpi_24489_tickets_close_within_the_hours_of_the_calendar() -> None:
    """Resolved on Friday at 22:00, after hours: counted from the next opening, closed in hours."""
    desk = Desk()
    desk.open(ONE)
    desk.hour(FRIDAY + 22)
    desk.resolve()
    step = next_timed(desk.desk.history(ONE), RULES, at(FRIDAY + 22))
    assert step is not None
    # Monday is a holiday: counted from Tuesday 9:00; Wednesday, Thursday, Friday.
    assert (step.at, OFFICE.snap(step.at)) == (at(NEXT_MONDAY + FRIDAY + 9), step.at)


def test_glpi_project_glpi_14492_reminders_come_on_working_days_only() -> None:
    """From Thursday: Friday, then Tuesday, for the weekend and the holiday lie between."""
    desk = waiting()
    steps = timed_due(desk.desk.history(ONE), RULES, at(0), at(2 * NEXT_MONDAY))
    reminders = [each.at for each in steps if isinstance(each.command, SendNudge)]
    assert reminders == [
        at(FRIDAY + 10),
        at(NEXT_MONDAY + TUESDAY + 10),
        at(NEXT_MONDAY + WEDNESDAY + 10),
        at(NEXT_MONDAY + 3 * DAY + 10),
    ]


def test_glpi_project_glpi_15569_ticket_is_bumped_on_working_days_only() -> None:
    """Whoever polls on the weekend finds nothing, and nothing is made up for."""
    desk = waiting()
    assert desk.poll(3 * DAY, FRIDAY + 17) == [at(FRIDAY + 10)]
    assert desk.poll(FRIDAY + 17, NEXT_MONDAY + 17) == []
    assert [type(each).__name__ for each in desk.desk.history(ONE)].count("NudgeSent") == 1


def test_freescout_help_desk_freescout_5042_silence_ends_a_wait_for_the_customer() -> None:
    """Five working days after the desk's last word, if the requester says nothing (L5)."""
    desk = waiting()
    desk.hour(FRIDAY + 12)
    desk.desk.handle(SendAnswer(ticket_id=ONE), ANN)
    # From Friday 12:00: Tuesday to Friday are four, the fifth is the Monday after.
    due = at(2 * NEXT_MONDAY + 12)
    assert desk.poll(3 * DAY, 2 * NEXT_MONDAY + 12)[-1] == due
    ticket = desk.desk.ticket(ONE)
    assert (ticket.state, ticket.resolution_code) == ("resolved", "no_answer")
    spoken = waiting()
    spoken.hour(FRIDAY + 12)
    spoken.desk.handle(ReceiveContact(ticket_id=ONE), BOB)
    spoken.poll(3 * DAY, 2 * NEXT_MONDAY + 12)
    assert spoken.state() == "in_progress"


def test_zammad_zammad_4161_tickets_reopen_within_a_window_only() -> None:
    """Afterwards a follow-up is due, a new ticket linked to the old, in one step (L5)."""
    desk = Desk()
    desk.open(ONE)
    desk.hour(3 * DAY + 10)
    desk.resolve()
    reopen = ReopenTicket(ticket_id=ONE, reason="still broken")
    desk.hour(NEXT_MONDAY + WEDNESDAY + 10.01)
    with pytest.raises(CommandRefused, match="open a follow-up") as caught:
        desk.desk.handle(reopen, BOB)
    assert [each.code for each in caught.value.reasons] == ["reopen-window-over"]
    desk.desk.handle(OpenFollowUp(ticket_id=ONE, into=TWO), BOB)
    assert desk.desk.ticket(TWO).links == (("follow_up_of", ONE),)
    assert desk.desk.ticket(ONE).links == (("followed_by", TWO),)
    in_time = Desk()
    in_time.open(ONE)
    in_time.hour(3 * DAY + 10)
    in_time.resolve()
    in_time.hour(NEXT_MONDAY + WEDNESDAY + 10)
    in_time.desk.handle(reopen, BOB)
    assert in_time.state() == "in_progress"


# --- parents, children, duplicates --------------------------------------------------------------


def test_glpi_project_glpi_5206_children_are_done_with_their_parent() -> None:
    """Resolved with it and closed with it, by rules that are data per link type (L6)."""
    desk = Desk()
    desk.open(ONE, TWO, THREE)
    desk.link(TWO, "child_of", ONE)
    desk.link(THREE, "child_of", ONE)
    desk.resolve()
    assert (desk.state(TWO), desk.state(THREE)) == ("resolved", "resolved")
    desk.desk.handle(CloseTicket(ticket_id=ONE), ANN)
    assert (desk.state(TWO), desk.state(THREE)) == ("closed", "closed")


def test_glpi_project_glpi_5234_parent_is_not_closed_over_open_children() -> None:
    """Whether they were there before or linked later; where they do not follow, they block."""
    desk = Desk()
    desk.open(ONE, TWO)
    desk.resolve()
    desk.link(TWO, "child_of", ONE)
    with pytest.raises(CommandRefused, match="INC-1 cannot be closed while INC-2"):
        desk.desk.handle(CloseTicket(ticket_id=ONE), ANN)
    assert desk.state() == "resolved"
    block = Block(link="child_of", on=StateCategory.RESOLVED)
    waits = Desk(LinkRules(blocks=[block]))
    waits.open(ONE, TWO)
    waits.link(TWO, "child_of", ONE)
    with pytest.raises(CommandRefused, match="INC-1 cannot be resolved while INC-2"):
        waits.resolve()
    waits.resolve(TWO)
    waits.resolve()


def test_glpi_project_glpi_6992_merged_ticket_does_not_stay_new() -> None:
    """Its state is terminal, and what is said to it later goes to the survivor (L6)."""
    desk = Desk()
    desk.open(ONE, TWO)
    desk.desk.handle(MergeTicket(ticket_id=TWO, into=ONE), ANN)
    assert desk.desk.ticket(TWO).category.is_terminal
    handled = desk.desk.handle(ReceiveContact(ticket_id=TWO), BOB)
    assert [type(each).__name__ for each in handled.linked[ONE]] == ["ContactReceived"]


def test_zammad_zammad_904_merged_ticket_has_no_clock_that_could_escalate() -> None:
    """A real merge: every clock of the merged ticket is cancelled, the survivor's run on (L6)."""
    desk = Desk()
    desk.open(ONE, TWO)
    desk.hour(9.5)
    desk.desk.handle(MergeTicket(ticket_id=TWO, into=ONE), ANN)
    desk.desk.handle(ReceiveContact(ticket_id=TWO), BOB)
    merged = desk.desk.evaluate(TWO, at(FRIDAY))
    assert {clock.state for clock in merged} == {ClockState.CANCELLED}
    survivor = desk.desk.evaluate(ONE, at(9.75))
    assert {clock.state for clock in survivor} == {ClockState.RUNNING}


def test_pluginsglpi_escalade_414_closed_ticket_is_not_pulled_back() -> None:
    """A duplicate that is closed stays closed when its original is resolved (L6)."""
    desk = Desk()
    desk.open(ONE, TWO)
    desk.link(TWO, "duplicate_of", ONE)
    desk.resolve(TWO)
    desk.desk.handle(CloseTicket(ticket_id=TWO), ANN)
    version = desk.desk.ticket(TWO).version
    desk.resolve()
    after = desk.desk.ticket(TWO)
    assert (after.state, after.version) == ("closed", version)


def test_pluginsglpi_escalade_320_related_tickets_are_not_solved_along() -> None:
    """Duplicates are, what is merely related is never touched (L6)."""
    desk = Desk()
    desk.open(ONE, TWO, THREE)
    desk.link(TWO, "related_to", ONE)
    desk.link(THREE, "duplicate_of", ONE)
    desk.resolve()
    assert (desk.state(TWO), desk.state(THREE)) == ("new", "resolved")


# --- completeness -------------------------------------------------------------------------------


def slug(ref: str) -> str:
    """Return a reference as the beginning of a test's name."""
    return "test_" + re.sub(r"[^a-z0-9]+", "_", ref.lower()) + "_"


def test_every_known_bug_of_lifecycles_has_a_test_when_the_list_is_there() -> None:
    """Area A: each reference names a test of this module."""
    data = load("known_bugs.json")
    if data is None:
        pytest.skip(ABSENT)
    bugs = [record(entry) for entry in items(data)]
    refs = [text(bug["ref"]) for bug in bugs if bug["area"] == "A"]
    source = Path(__file__).read_text(encoding="utf-8")
    names = re.findall(r"^def (test_\w+)\(", source, re.MULTILINE)
    missing = [ref for ref in refs if not any(name.startswith(slug(ref)) for name in names)]
    assert (len(refs), missing) == (13, [])
