"""A ticket with a checklist, a complaint with both sides heard, and what the desk learned of it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from itsm_core import hours
from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingDays
from itsm_core.commands import (
    Actor,
    AskFeedback,
    AssignTicket,
    Command,
    GiveFeedback,
    KeepCommitment,
    LinkTicket,
    OpenTicket,
    ResolveTicket,
    StartWork,
    TriggerTransition,
    UseKnowledge,
)
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused
from itsm_core.feedback import (
    IMPROVEMENT,
    complaint_of,
    effect_of_shares,
    follow_up,
    improvement_commands,
    improvement_of,
    review_sheet,
    satisfaction_of,
    with_feedback,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.knowledge import Checklist, Intake, Question, questions_of, usage_of, with_intake
from itsm_core.lifecycle import COMPLAINT, INCIDENT
from itsm_core.linking import KnowledgeBase, TicketText
from itsm_core.metrics import Rate
from itsm_core.priority import ITIL_MATRIX

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
INC, CMP, IMP = TicketId("INC-1"), TicketId("CMP-1"), TicketId("IMP-1")
ANA = Actor(person_id=PersonId("ana"), roles={"analyst"})
ROB = Actor(person_id=PersonId("rob"), roles={"requester"})
MEI = Actor(person_id=PersonId("mei"), roles={"complaint_manager"})
LEA = Actor(person_id=PersonId("lea"), roles={"lead"})
CLOCK = Actor(roles={"system"}, automatic=True)

VPN = Checklist(
    checklist_id="CL-VPN",
    symptom="VPN connection drops",
    questions=(
        Question(name="device", text="Which device is it?", choices=("laptop", "telephone")),
        Question(name="since when", text="Since when does it drop?"),
        Question(name="place", text="Where are you?", is_required=False),
    ),
)
# New tickets are asked, and do not leave first line before the answers are there.
DESK_INCIDENT = with_feedback(with_intake(INCIDENT, guarded=("assign",)))


class Promises:
    """A catalogue that promises nothing, and says which lifecycle each type of ticket gets."""

    def __init__(self) -> None:
        self.lifecycle = {kind: kind for kind in ("incident", "complaint", "improvement")}
        self.matrix = ITIL_MATRIX

    def agreement_for(self, _ticket: object) -> None:
        """Return no agreement."""


def knowledge() -> KnowledgeBase:
    """Return what is known: one article, one checklist."""
    base = KnowledgeBase()
    base.add(
        TicketText(
            ticket_id=TicketId("KB-7"),
            at=NINE - timedelta(days=90),
            kind="article",
            title="VPN connection drops every hour",
            body="Renew the certificate: the client loses its session when it has expired.",
        )
    )
    base.add(VPN.entry(NINE - timedelta(days=90)))
    return base


class House:
    """One desk for tickets, complaints and improvements, each by rules of its own."""

    def __init__(self) -> None:
        self.clock = ManualClock(NINE)
        self.desk = ServiceDesk(
            store=MemoryStore(),
            catalogue=Promises(),
            clock=self.clock,
            lifecycles=(INCIDENT, DESK_INCIDENT, COMPLAINT, IMPROVEMENT),
        )

    def at(self, days: float, *commands: Command, by: Actor = ANA) -> None:
        """Carry out commands so many days after the beginning."""
        self.clock.set(NINE + timedelta(days=days))
        for command in commands:
            self.desk.handle(command, by)

    def refused(self, command: Command, by: Actor) -> str:
        """Return the code and the value of the first reason against a command, now."""
        try:
            self.desk.handle(command, by)
        except CommandRefused as refused:
            reason = refused.reasons[0]
            return f"{reason.code}: {reason.value}"
        return "not refused"


def ticket_story(house: House) -> None:
    """Offer what is known, ask what is missing, work by an article, ask what Rob thinks."""
    opening = OpenTicket(
        ticket_id=INC,
        title="VPN drops all the time",
        requester=PersonId("rob"),
        impact="medium",
        urgency="medium",
        group=GroupId("first line"),
        assignee=PersonId("ana"),
    )
    house.at(0, opening)
    advice = Intake(source=knowledge(), checklists=(VPN,)).advise(house.desk.ticket(INC))
    print(advice)
    house.at(0, *advice.commands)
    print(house.refused(AssignTicket(ticket_id=INC, group=GroupId("network")), ANA))
    answers = (VPN.answer(INC, "device", "laptop"), VPN.answer(INC, "since when", "Friday"))
    house.at(0, *answers, by=ROB)
    for asked in questions_of(house.desk.history(INC), house.clock.now()):
        print(asked)
    house.at(0, StartWork(ticket_id=INC), UseKnowledge(ticket_id=INC, entry_id="KB-7"))
    house.at(3, ResolveTicket(ticket_id=INC, resolution_code="fixed"))
    house.at(3, AskFeedback(ticket_id=INC, survey="closing"), by=CLOCK)
    house.at(4, GiveFeedback(ticket_id=INC, score=2, note="three days, one certificate"), by=ROB)


def say(name: str, words: str, ticket: TicketId = CMP) -> TriggerTransition:
    """Return a trigger with its words."""
    return TriggerTransition(ticket_id=ticket, name=name, reason=words)


def complaint_story(house: House) -> None:
    """Rob complains. Nobody decides past a hearing, and the decision is followed up."""
    opening = OpenTicket(
        ticket_id=CMP,
        ticket_type="complaint",
        title="three days without VPN",
        requester=PersonId("rob"),
        impact="low",
        urgency="medium",
    )
    house.at(7, opening, by=ROB)
    house.at(7, LinkTicket(ticket_id=CMP, link="related_to", other=INC), by=LEA)
    heard = say("hear_complainant", "Nobody called back for three days.")
    house.at(7, StartWork(ticket_id=CMP), heard, by=MEI)
    print(house.refused(say("uphold", "I believe him"), MEI))
    heard = say("hear_other_side", "I was ill, and nobody saw my queue.")
    house.at(8, heard, say("uphold", "The queue had no substitute."), by=MEI)
    now, ticket = house.clock.now(), house.desk.ticket(CMP)
    house.at(8, follow_up(ticket, WorkingDays(5, at=time(16)), OFFICE, at=now), by=MEI)
    house.at(15, KeepCommitment(ticket_id=CMP, commitment_id="follow-up-1"), by=MEI)
    found = complaint_of(house.desk.history(CMP), house.clock.now())
    for hearing in found.hearings:
        print(f"{hearing.heard_at:%d %b}, the {hearing.side}: {hearing.statement}")
    print(f"{found.state}, counts: {found.counts}, lacks: {found.lacks or 'nothing'}")


def improvement_story(house: House) -> None:
    """What was learned goes into the register: a date, a review, somebody else's judgement."""
    due, review = NINE + timedelta(days=20), NINE + timedelta(days=80)
    plan = improvement_commands(
        IMP, "a substitute for every queue", owner="ana", due_at=due, review_at=review
    )
    house.at(16, *plan, StartWork(ticket_id=IMP), by=LEA)
    done = say("done", "entered in the rota", IMP)
    house.at(19, done, KeepCommitment(ticket_id=IMP, commitment_id="measure"))
    before, after = Rate(successes=31, trials=240), Rate(successes=12, trials=250)
    effect = effect_of_shares(before, after, wanted="less")
    reviewed = KeepCommitment(ticket_id=IMP, commitment_id="review")
    house.at(79, say("confirm", str(effect), IMP), reviewed, by=LEA)
    found = improvement_of(house.desk.history(IMP), house.clock.now())
    print(found)
    print(f"  {found.finding}")


def figures(house: House) -> None:
    """Figures of one ticket say nothing, and say so."""
    histories = [house.desk.history(each) for each in (INC, CMP, IMP)]
    start, end = NINE - timedelta(days=4), NINE + timedelta(days=86)
    now = house.clock.now() + hours(1)
    print(satisfaction_of(histories, start=start, end=end, as_of=now))
    for entry in usage_of(histories, now):
        print(entry)
    print(review_sheet(histories, "ana", start=start, end=end, as_of=now).explain())


def main() -> None:
    """Tell the story of one ticket, one complaint and one improvement."""
    house = House()
    ticket_story(house)
    complaint_story(house)
    improvement_story(house)
    figures(house)


if __name__ == "__main__":
    main()
