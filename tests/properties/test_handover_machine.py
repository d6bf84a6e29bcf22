"""E5 and D4 on a whole desk: after a handover nothing is without an owner, whatever came before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.commitments import commitments_of, handover, tally
from itsm_core.escalation import Breached, Coverage, EscalationRule, Ladder, Notify, Silence, plan
from itsm_core.events import (
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    EscalationAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    in_order,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.rosters import Absence, Roster
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.spans import hours

AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
PEOPLE: Final = tuple(map(PersonId, ("ana", "ben", "chi")))
LEAD: Final = PersonId("lea")
TICKETS: Final = tuple(TicketId(f"INC-{number}") for number in range(1, 4))
GOLD: Final = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(metric="response", goals={"*": WorkingTime(hours(1))}),
        ServiceLevelTarget(
            metric="resolution",
            goals={"*": WorkingTime(hours(8))},
            pause_on=("awaiting_requester",),
        ),
    ),
)
LADDER: Final = Ladder(
    name="desk",
    rules=(
        EscalationRule(
            name="late",
            trigger=Breached(clock="resolution"),
            actions=[Notify(target="assignee")],
            acknowledged_for=hours(2),
        ),
        EscalationRule(
            name="silent", trigger=Silence(after=hours(2)), actions=[Notify(target="assignee")]
        ),
    ),
)
people = st.sampled_from(PEOPLE)
tickets = st.sampled_from(TICKETS)


class Handovers(RuleBasedStateMachine):
    """Work on three tickets, and let people fall ill at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = AT
        self.histories: dict[TicketId, tuple[TicketEvent, ...]] = {}
        self.absences: tuple[Absence, ...] = ()
        self.promised = 0

    @initialize(groups=st.tuples(*[st.sampled_from(("", "first line"))] * 3), holder=people)
    def open(self, groups: tuple[str, ...], holder: PersonId) -> None:
        """Open all tickets; one without a group has somebody."""
        for ticket, group in zip(TICKETS, groups, strict=True):
            self.histories[ticket] = (
                TicketOpened(
                    ticket_id=ticket, occurred_at=AT, group=GroupId(group), assignee=holder
                ),
            )

    def tell(self, event: TicketEvent) -> None:
        """Write an event."""
        history = self.histories[event.ticket_id]
        self.histories[event.ticket_id] = (*history, attrs.evolve(event, sequence=len(history)))

    @rule(minutes=st.integers(min_value=1, max_value=300))
    def wait(self, minutes: int) -> None:
        """Let time pass."""
        self.now += timedelta(minutes=minutes)

    @rule(ticket=tickets, person=people)
    def assign(self, ticket: TicketId, person: PersonId) -> None:
        """Give a ticket to somebody."""
        group = fold(self.histories[ticket]).group
        self.tell(
            TicketAssigned(ticket_id=ticket, occurred_at=self.now, group=group, assignee=person)
        )

    @rule(ticket=tickets, kind=st.sampled_from(("hold", "resume", "resolve", "reopen", "close")))
    def move(self, ticket: TicketId, kind: str) -> None:
        """Move a ticket, as dirty histories do."""
        made = {
            "hold": TicketPutOnHold(
                ticket_id=ticket, occurred_at=self.now, state="h", reason="awaiting_requester"
            ),
            "resume": TicketResumed(ticket_id=ticket, occurred_at=self.now, state="a"),
            "resolve": TicketResolved(ticket_id=ticket, occurred_at=self.now, state="r"),
            "reopen": TicketReopened(ticket_id=ticket, occurred_at=self.now, state="a"),
            "close": TicketClosed(ticket_id=ticket, occurred_at=self.now, state="c"),
        }
        self.tell(made[kind])

    @rule(ticket=tickets, person=people)
    def acknowledge(self, ticket: TicketId, person: PersonId) -> None:
        """Take up what a ladder told, if it told anything."""
        self.tell(EscalationAcknowledged(ticket_id=ticket, occurred_at=self.now, actor=person))

    @rule(ticket=tickets, person=people, length=st.integers(min_value=1, max_value=9))
    def promise(self, ticket: TicketId, person: PersonId, length: int) -> None:
        """Promise something to the requester."""
        self.promised += 1
        self.tell(
            CommitmentMade(
                ticket_id=ticket,
                occurred_at=self.now,
                commitment_id=f"c{self.promised}",
                owner=person,
                due_at=self.now + hours(length),
            )
        )

    @precondition(lambda self: self.promised > 0)
    @rule(ticket=tickets, number=st.integers(min_value=1, max_value=20), is_kept=st.booleans())
    def end(self, ticket: TicketId, number: int, is_kept: bool) -> None:
        """Keep or withdraw a promise, perhaps one that nobody made here."""
        kind = CommitmentKept if is_kept else CommitmentWithdrawn
        name = f"c{1 + number % self.promised}"
        self.tell(kind(ticket_id=ticket, occurred_at=self.now, commitment_id=name))

    @rule(person=people, substitute=st.sampled_from(("", *PEOPLE)), length=st.integers(1, 48))
    def fall_ill(self, person: PersonId, substitute: str, length: int) -> None:
        """Be away from now on, with a substitute who may be away, too; never in a circle."""
        away = {each.person for each in self.absences if each.end_at > self.now}
        if person in away or (substitute and substitute in {person, *away}):
            return
        if any(each.substitute == person for each in self.absences):
            return  # whoever stands in for somebody would close a circle
        one = Absence(
            person=person,
            substitute=substitute,
            start=self.now,
            end=self.now + timedelta(hours=length),
        )
        self.absences = (*self.absences, one)

    @property
    def coverage(self) -> Coverage:
        """Return who is away."""
        return Coverage(rosters=(Roster(name="desk", layers=(), absences=self.absences),))

    @rule(person=people)
    def hand_over(self, person: PersonId) -> None:
        """Hand over everything of a person, and look at what is left."""
        coverage, before = self.coverage, dict(self.histories)
        moves = handover(before.values(), person, coverage, at=self.now, fallback=LEAD)
        for ticket, events in moves.items():
            self.histories[ticket] = (*before[ticket], *events)
        assert handover(self.histories.values(), person, coverage, at=self.now, fallback=LEAD) == {}
        for ticket, history in self.histories.items():
            self.nothing_is_without_an_owner(history, person, coverage)
            later = self.now + timedelta(days=2)
            assert clocks(history, later) == clocks(before[ticket], later)

    def nothing_is_without_an_owner(
        self, history: tuple[TicketEvent, ...], person: PersonId, coverage: Coverage
    ) -> None:
        """Check ticket, promises and planned steps."""
        standing = fold(history)
        if not standing.category.is_terminal:
            assert standing.assignee != person
            assert standing.assignee or standing.group
        for each in commitments_of(history, self.now):
            assert each.owner
            assert not (each.is_pending and each.owner == person)
        for step in plan(history, LADDER, GOLD, coverage, as_of=self.now):
            assert step.target not in ("", "nobody")
            # Somebody who is there may stand in for somebody else; who is away hears of nothing.
            if coverage.stand_in_us(person, step.at_us) != person:
                assert step.target != f"person {person}"

    @invariant()
    def promises_add_up(self) -> None:
        """D4: kept, broken, withdrawn, handed over and open are as many as were made."""
        made = [
            each
            for history in self.histories.values()
            for each in commitments_of(history, self.now)
        ]
        for owner in (None, *PEOPLE, LEAD):
            told = tally(made, owner)
            parts = (told.kept, told.broken, told.withdrawn, told.handed_over, told.open)
            assert sum(parts) == told.made
        assert tally(made).made == self.promised


def clocks(history: tuple[TicketEvent, ...], at: datetime) -> list[object]:
    """Return what every clock says at an instant."""
    return [
        (each.name, each.cycle, each.state, each.due_us, each.elapsed_us)
        for each in evaluate(in_order(history), GOLD, as_of=at)
    ]


TestHandovers = Handovers.TestCase
TestHandovers.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
