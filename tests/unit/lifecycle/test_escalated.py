"""What commands about escalation record and how they are refused, with every reason (law L2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused
from itsm_core.events import (
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    EscalationAcknowledged,
    EscalationAskedFor,
    EscalationStepTaken,
    MajorIncidentAccepted,
    MajorIncidentDemoted,
    MajorIncidentProposed,
    MajorIncidentRejected,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, decide, evolve, fold
from itsm_core.priority import ITIL_MATRIX, PriorityPolicy

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
ANA, BEN = PersonId("ana"), PersonId("ben")
ANALYST = Actor(person_id=ANA, roles={"analyst"})
LEAD = Actor(person_id=PersonId("lea"), roles={"lead"})
ASKER = Actor(person_id=PersonId("rob"), roles={"requester"})
POLICY = PriorityPolicy(matrix=ITIL_MATRIX, major="P0")


def ticket(*events: TicketEvent) -> Ticket:
    """Return an open ticket of Ana's after more events."""
    opened = TicketOpened(
        ticket_id=ID, occurred_at=AT, priority="P2", group=GroupId("first"), assignee=ANA
    )
    return fold((opened, *events))


def step(minutes: int = 1) -> TicketEvent:
    """Return that a ladder took a step."""
    at = AT + timedelta(minutes=minutes)
    key = f"k{minutes}"
    return EscalationStepTaken(
        ticket_id=ID, occurred_at=at, key=key, rule="r", action="notify", due_at=at
    )


def promise(name: str, owner: PersonId = ANA) -> TicketEvent:
    """Return that somebody promised something."""
    due = AT + timedelta(hours=3)
    return CommitmentMade(ticket_id=ID, occurred_at=AT, commitment_id=name, owner=owner, due_at=due)


def told(
    before: Ticket, command: Command, actor: Actor = LEAD, policy: PriorityPolicy | None = None
) -> tuple[TicketEvent, ...]:
    """Return the events of a command that is legal."""
    matrix = policy or ITIL_MATRIX
    at = AT + timedelta(hours=1)
    decision = decide(INCIDENT, before, command, actor=actor, at=at, matrix=matrix)
    assert not isinstance(decision, CommandRefused), decision
    return decision


def reasons(before: Ticket, command: Command, actor: Actor = LEAD) -> list[tuple[str, str, str]]:
    """Return the reasons against a command: code, place and value."""
    decision = decide(INCIDENT, before, command, actor=actor, at=AT + timedelta(hours=1))
    assert isinstance(decision, CommandRefused)
    return [(reason.code, reason.where, reason.value) for reason in decision.reasons]


def after(before: Ticket, command: Command, policy: PriorityPolicy | None = None) -> Ticket:
    """Return the ticket after a lead's command."""
    for event in told(before, command, policy=policy):
        before = evolve(before, event)
    return before


ACKNOWLEDGE = commands.AcknowledgeEscalation(ticket_id=ID, note="on it")
SUGGEST = commands.SuggestMajorIncident(ticket_id=ID, reason="payroll is down")
ACCEPT = commands.AcceptMajorIncident(ticket_id=ID, reason="all sites")
REJECT = commands.RejectMajorIncident(ticket_id=ID, reason="one site")
DEMOTE = commands.DemoteMajorIncident(ticket_id=ID, reason="a way around")


class TestAcknowledging:
    """Whoever takes up what a ladder told holds it back (E2)."""

    def test_acknowledgement_is_recorded_when_a_step_was_taken(self) -> None:
        """With who and what they say."""
        (event,) = told(ticket(step()), ACKNOWLEDGE, ANALYST)
        assert isinstance(event, EscalationAcknowledged)
        assert (event.actor, event.note) == (ANA, "on it")

    def test_acknowledgement_says_nothing_new_when_repeated(self) -> None:
        """Deciding twice yields nothing; the next step can be acknowledged again."""
        once = fold_on(ticket(step()), told(ticket(step()), ACKNOWLEDGE, ANALYST))
        assert told(once, ACKNOWLEDGE, ANALYST) == ()
        assert len(told(evolve(once, step(90)), ACKNOWLEDGE, ANALYST)) == 1

    def test_acknowledgement_is_new_when_its_giver_had_given_the_ticket_away(self) -> None:
        """Ana takes it up, gives it to Ben and gets it back: the ladder has forgotten, so she may.

        Whoever never had it has not given it away.
        """
        moves = [
            TicketAssigned(ticket_id=ID, occurred_at=AT + timedelta(minutes=n), assignee=person)
            for n, person in ((3, BEN), (4, ANA))
        ]
        mine, others = (
            ticket(
                step(),
                EscalationAcknowledged(
                    ticket_id=ID, occurred_at=AT + timedelta(minutes=2), actor=person
                ),
                *moves,
            )
            for person in (ANA, LEAD.person_id)
        )
        (said,) = told(mine, commands.AcknowledgeEscalation(ticket_id=ID), ANALYST)
        assert isinstance(said, EscalationAcknowledged)
        assert told(others, commands.AcknowledgeEscalation(ticket_id=ID), LEAD) == ()

    def test_acknowledgement_is_new_when_the_ticket_came_back(self) -> None:
        """A reopening ends what was taken up, as the ladder has it."""
        once = fold_on(ticket(step()), told(ticket(step()), ACKNOWLEDGE, ANALYST))
        at = AT + timedelta(hours=2)
        once = evolve(once, TicketResolved(ticket_id=ID, occurred_at=at, state="resolved"))
        once = evolve(once, TicketReopened(ticket_id=ID, occurred_at=at, state="in_progress"))
        assert len(told(once, ACKNOWLEDGE, ANALYST)) == 1

    def test_every_reason_is_told_when_nobody_acknowledges_nothing(self) -> None:
        """No role, no person, and no step to take up."""
        program = Actor(automatic=True)
        assert reasons(ticket(), ACKNOWLEDGE, program) == [
            ("missing-role", "actor.roles", "none"),
            ("nobody-acknowledges", "actor.person_id", ""),
            ("nothing-escalated", "escalation_count", "0"),
        ]

    @pytest.mark.parametrize(
        "actor",
        [
            Actor(roles={"analyst"}),
            Actor(person_id=ANA, roles={"analyst"}, automatic=True),
        ],
    )
    def test_acknowledgement_is_refused_when_no_person_gives_it(self, actor: Actor) -> None:
        """Neither somebody without a name nor a program with one takes it up."""
        assert reasons(ticket(step()), ACKNOWLEDGE, actor) == [
            ("nobody-acknowledges", "actor.person_id", actor.person_id)
        ]


def fold_on(before: Ticket, events: tuple[TicketEvent, ...]) -> Ticket:
    """Return a ticket after more events."""
    for event in events:
        before = evolve(before, event)
    return before


class TestAsking:
    """The requester may call for escalation (E1)."""

    def test_each_call_is_a_fact_when_it_is_repeated(self) -> None:
        """Rules count the calls."""
        ask = commands.AskForEscalation(ticket_id=ID, reason="payroll runs tonight")
        for before in (ticket(), fold_on(ticket(), told(ticket(), ask, ASKER))):
            (event,) = told(before, ask, ASKER)
            assert isinstance(event, EscalationAskedFor)
            assert event.reason == "payroll runs tonight"

    def test_call_is_refused_when_the_ticket_is_closed_and_nothing_is_said(self) -> None:
        """Both reasons at once."""
        gone = ticket(TicketCancelled(ticket_id=ID, occurred_at=AT, state="cancelled"))
        ask = commands.AskForEscalation(ticket_id=ID)
        assert reasons(gone, ask, ASKER) == [
            ("illegal-transition", "state", "cancelled"),
            ("missing-field", "reason", ""),
        ]


class TestHandingOver:
    """All that one person holds on a ticket goes to another in one step (E5)."""

    OVER = commands.HandOverTicket(ticket_id=ID, person=ANA, to=BEN, reason="ill")

    def test_ticket_and_open_promises_go_when_they_are_theirs(self) -> None:
        """What is kept stays where it was, and so do the promises of others."""
        before = ticket(
            promise("a"),
            promise("b", BEN),
            promise("c"),
            CommitmentKept(ticket_id=ID, occurred_at=AT, commitment_id="c"),
        )
        events = told(before, self.OVER)
        kinds = [type(event) for event in events]
        assert kinds == [TicketAssigned, CommitmentHandedOver]
        now = fold_on(before, events)
        assert (now.assignee, now.group) == (BEN, "first")
        assert dict(now.commitment_owners) == {"a": BEN, "b": BEN, "c": ANA}
        assert [event.sequence for event in events] == [before.version, before.version + 1]

    def test_nothing_is_told_when_they_hold_nothing(self) -> None:
        """Deciding twice yields nothing."""
        assert told(after(ticket(promise("a")), self.OVER), self.OVER) == ()

    def test_promises_go_one_after_the_other_when_there_are_several(self) -> None:
        """Each has a place of its own in the stream, behind the ticket's; nobody else's moves."""
        before = ticket(promise("a"), promise("b"), promise("c", BEN))
        events = told(before, self.OVER)
        assert [event.sequence - before.version for event in events] == [0, 1, 2]
        given = [each for each in events if isinstance(each, CommitmentHandedOver)]
        assert [(each.commitment_id, each.owner, each.reason) for each in given] == [
            ("a", BEN, "ill"),
            ("b", BEN, "ill"),
        ]

    def test_promise_alone_goes_when_the_ticket_is_gone(self) -> None:
        """A promise outlives its ticket; nobody is given a cancelled ticket."""
        gone = ticket(
            promise("a"), TicketCancelled(ticket_id=ID, occurred_at=AT, state="cancelled")
        )
        assert [type(event) for event in told(gone, self.OVER)] == [CommitmentHandedOver]

    def test_handover_is_refused_when_it_goes_to_the_same_person(self) -> None:
        """With the place that is wrong."""
        same = commands.HandOverTicket(ticket_id=ID, person=ANA, to=ANA)
        assert reasons(ticket(), same) == [("handed-to-self", "to", "ana")]

    def test_handover_is_refused_when_it_names_nobody(self) -> None:
        """Both fields at once."""
        empty = commands.HandOverTicket(ticket_id=ID)
        assert reasons(ticket(), empty) == [
            ("missing-field", "person", ""),
            ("missing-field", "to", ""),
        ]


class TestMajorIncidents:
    """A major incident is proposed, accepted, rejected with a reason, demoted (E1)."""

    @pytest.mark.parametrize(
        ("commands_before", "last", "kind", "standing"),
        [
            ((), SUGGEST, MajorIncidentProposed, "proposed"),
            ((SUGGEST,), ACCEPT, MajorIncidentAccepted, "accepted"),
            ((SUGGEST,), REJECT, MajorIncidentRejected, "rejected"),
            ((SUGGEST, ACCEPT), DEMOTE, MajorIncidentDemoted, "demoted"),
            ((SUGGEST, REJECT), SUGGEST, MajorIncidentProposed, "proposed"),
            ((SUGGEST, ACCEPT, DEMOTE), SUGGEST, MajorIncidentProposed, "proposed"),
        ],
    )
    def test_standing_changes_once_when_it_is_legal(
        self,
        commands_before: tuple[Command, ...],
        last: Command,
        kind: type[TicketEvent],
        standing: str,
    ) -> None:
        """The event has the reason; deciding twice yields nothing."""
        before = ticket()
        for command in commands_before:
            before = after(before, command)
        (event,) = told(before, last)
        assert type(event) is kind
        assert getattr(event, "reason", "") == getattr(last, "reason", "")
        now = evolve(before, event)
        assert now.major == standing
        assert told(now, last) == ()

    @pytest.mark.parametrize(
        ("commands_before", "last", "code", "standing", "said"),
        [
            ((), ACCEPT, "not-proposed", "", "is not proposed"),
            ((), REJECT, "not-proposed", "", "is not proposed"),
            ((), DEMOTE, "not-major", "", "is not proposed"),
            ((SUGGEST,), DEMOTE, "not-major", "proposed", "is proposed"),
            ((SUGGEST, REJECT), ACCEPT, "not-proposed", "rejected", "is rejected"),
            ((SUGGEST, ACCEPT), REJECT, "not-proposed", "accepted", "is a major incident"),
            ((SUGGEST, ACCEPT), SUGGEST, "major-already", "accepted", "is a major incident"),
        ],
    )
    def test_command_is_refused_when_the_ticket_stands_otherwise(
        self,
        commands_before: tuple[Command, ...],
        last: Command,
        code: str,
        standing: str,
        said: str,
    ) -> None:
        """The message says how it stands and what can be done."""
        before = ticket()
        for command in commands_before:
            before = after(before, command)
        assert reasons(before, last) == [(code, "major", standing)]
        refusal = decide(INCIDENT, before, last, actor=LEAD, at=AT + timedelta(hours=1))
        assert said in str(refusal)

    def test_every_reason_is_told_when_a_rejection_has_none(self) -> None:
        """Role, reason and standing at once."""
        silent = commands.RejectMajorIncident(ticket_id=ID)
        assert reasons(ticket(), silent, ANALYST) == [
            ("missing-role", "actor.roles", "analyst"),
            ("missing-field", "reason", ""),
            ("not-proposed", "major", ""),
        ]

    def test_level_above_the_matrix_comes_and_goes_when_the_policy_has_one(self) -> None:
        """P1: accepted it is P0, demoted it is what the matrix says."""
        proposed = after(ticket(), SUGGEST)
        events = told(proposed, ACCEPT, policy=POLICY)
        assert [type(event) for event in events] == [MajorIncidentAccepted, PriorityOverridden]
        accepted = fold_on(proposed, events)
        assert accepted.priority == "P0"
        events = told(accepted, DEMOTE, policy=POLICY)
        assert [type(event) for event in events] == [MajorIncidentDemoted, PriorityOverrideEnded]
        assert fold_on(accepted, events).priority == "P2"

    def test_acceptance_gives_its_reason_to_the_level_when_it_has_one(self) -> None:
        """Who reads the override learns why; without a word it is a major incident."""
        proposed = after(ticket(), SUGGEST)
        silent = commands.AcceptMajorIncident(ticket_id=ID)
        for command, said in ((ACCEPT, "all sites"), (silent, "major incident")):
            accepted, raised = told(proposed, command, policy=POLICY)
            assert isinstance(raised, PriorityOverridden)
            assert (raised.priority, raised.reason) == ("P0", said)
            assert raised.sequence == accepted.sequence + 1

    def test_level_is_not_set_again_when_the_ticket_has_it(self) -> None:
        """Whoever raised it before did it."""
        raise_it = commands.OverridePriority(ticket_id=ID, priority="P0", reason="ceo")
        raised = after(after(ticket(), SUGGEST), raise_it, POLICY)
        assert [type(each) for each in told(raised, ACCEPT, policy=POLICY)] == [
            MajorIncidentAccepted
        ]

    def test_level_stays_when_somebody_set_another_one_since(self) -> None:
        """A demotion takes back what the acceptance gave, and nothing else."""
        accepted = after(after(ticket(), SUGGEST), ACCEPT, POLICY)
        other = commands.OverridePriority(ticket_id=ID, priority="P1", reason="ceo")
        again = after(accepted, other, POLICY)
        assert [type(each) for each in told(again, DEMOTE, policy=POLICY)] == [MajorIncidentDemoted]
