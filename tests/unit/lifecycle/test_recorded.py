"""What is recorded without moving: promises, exclusions, links; and what speaks against (L2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import (
    AgreementAssigned,
    BreachExplained,
    CommitmentMade,
    NudgeSent,
    TicketEvent,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, decide, evolve

ID, OTHER = TicketId("INC-1"), TicketId("INC-2")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEN, NOON = NINE + timedelta(hours=1), NINE + timedelta(hours=3)
LEA = Actor(person_id=PersonId("lea"), roles={"lead", "analyst"})
ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})


def ticket() -> Ticket:
    """Return an incident in work, held by ann."""
    return Ticket(ticket_id=ID, opened_at=NINE, requester=PersonId("bob"), assignee=PersonId("ann"))


def told(on: Ticket, command: Command, actor: Actor = LEA) -> tuple[TicketEvent, ...]:
    """Return the events of a command that is legal."""
    decision = decide(INCIDENT, on, command, actor=actor, at=TEN)
    assert not isinstance(decision, CommandRefused), decision
    return decision


def after(on: Ticket, *wanted: Command) -> Ticket:
    """Return the ticket after legal commands."""
    for command in wanted:
        for event in told(on, command):
            on = evolve(on, event)
    return on


def reasons(on: Ticket, command: Command, actor: Actor = LEA) -> list[tuple[str, str, str]]:
    """Return code, place and value of each reason against a command."""
    decision = decide(INCIDENT, on, command, actor=actor, at=TEN)
    assert isinstance(decision, CommandRefused), decision
    return [(each.code, each.where, each.value) for each in decision.reasons]


# --- agreements and time ------------------------------------------------------------------------


def test_agreement_is_assigned_once_when_it_is_chosen_by_hand() -> None:
    """Told again, it is so already."""
    choose = commands.AssignAgreement(ticket_id=ID, agreement_id=AgreementId("gold"), reason="VIP")
    (event,) = told(ticket(), choose)
    assert isinstance(event, AgreementAssigned)
    chosen = evolve(ticket(), event)
    assert (chosen.agreement_id, told(chosen, choose)) == ("gold", ())
    assert reasons(ticket(), choose, ANN) == [("missing-role", "actor.roles", "analyst")]


def exclude(approver: str = "max", reason: str = "no power") -> commands.ExcludeTime:
    """Return the wish that an hour does not count."""
    return commands.ExcludeTime(
        ticket_id=ID,
        start_at=NINE,
        end_at=TEN,
        reason=reason,
        approver=PersonId(approver),
        clock="resolution",
    )


def test_time_is_excluded_when_a_lead_and_a_second_person_agree() -> None:
    """S10: approved, with author and reason."""
    (event,) = told(ticket(), exclude())
    assert isinstance(event, TimeExcluded)
    assert (event.start_at, event.end_at, event.actor) == (NINE, TEN, "lea")
    assert (event.approver, event.reason, event.clock) == ("max", "no power", "resolution")


@pytest.mark.parametrize("approver", ["lea", "ann"])
def test_exclusion_is_refused_when_its_author_or_the_assignee_approves(approver: str) -> None:
    """Four eyes are those of two people, neither of whom works on the ticket."""
    assert reasons(ticket(), exclude(approver)) == [("same-person", "approver", approver)]
    who = {"lea": "author", "ann": "assignee"}[approver]
    told = str(decide(INCIDENT, ticket(), exclude(approver), actor=LEA, at=TEN))
    assert f"'exclude_time' is approved by the {who}, '{approver}'" in told


def test_exclusion_is_refused_when_the_assignee_asks_or_something_is_missing() -> None:
    """Every reason at once."""
    mine = Actor(person_id=PersonId("ann"), roles={"analyst"})
    assert reasons(ticket(), exclude("", ""), mine) == [
        ("missing-role", "actor.roles", "analyst"),
        ("same-person", "actor.person_id", "ann"),
        ("missing-field", "reason", ""),
        ("missing-field", "approver", ""),
    ]


def test_exclusion_is_no_value_when_it_is_empty_or_backwards() -> None:
    """T3: an empty span does not exist."""
    for end in (NINE, NINE - timedelta(hours=1)):
        with pytest.raises(InvalidValue, match="end it after its start"):
            commands.ExcludeTime(ticket_id=ID, start_at=NINE, end_at=end)


def test_breach_is_explained_when_clock_and_reason_are_named() -> None:
    """Also after the end: that is when it is looked at."""
    explain = commands.ExplainBreach(ticket_id=ID, clock="response", reason="load", owner="first")
    (event,) = told(ticket(), explain)
    assert isinstance(event, BreachExplained)
    assert (event.clock, event.reason, event.owner, event.cycle) == ("response", "load", "first", 0)
    empty = commands.ExplainBreach(ticket_id=ID, clock=" ")
    assert reasons(ticket(), empty) == [
        ("missing-field", "clock", ""),
        ("missing-field", "reason", ""),
    ]


# --- promises -----------------------------------------------------------------------------------


def promise(name: str = "c1", due: datetime = NOON) -> commands.MakeCommitment:
    """Return a promise."""
    return commands.MakeCommitment(ticket_id=ID, commitment_id=name, text="call back", due_at=due)


KEEP = commands.KeepCommitment(ticket_id=ID, commitment_id="c1")
WITHDRAW = commands.WithdrawCommitment(ticket_id=ID, commitment_id="c1", reason="solved")


def test_promise_is_the_actors_to_the_requester_when_nobody_is_named() -> None:
    """D4: owner, beneficiary, deadline."""
    (event,) = told(ticket(), promise())
    assert isinstance(event, CommitmentMade)
    assert (event.owner, event.beneficiary, event.due_at) == ("lea", "bob", NOON)


def test_promise_ends_once_when_it_is_kept_or_withdrawn() -> None:
    """Told again it is so already; the other way it is refused."""
    made = after(ticket(), promise())
    kept, gone = after(made, KEEP), after(made, WITHDRAW)
    assert (kept.commitments, gone.commitments) == ({"c1": "kept"}, {"c1": "withdrawn"})
    assert (told(kept, KEEP), told(gone, WITHDRAW)) == ((), ())
    assert reasons(kept, WITHDRAW) == [("commitment-ended", "commitment_id", "c1")]
    assert reasons(gone, KEEP) == [("commitment-ended", "commitment_id", "c1")]


def test_promise_is_refused_when_its_id_was_used_or_it_is_due_already() -> None:
    """A promise for the past is none; the instant itself is past as well."""
    kept = after(ticket(), promise(), KEEP)
    assert reasons(kept, promise(due=TEN)) == [
        ("commitment-exists", "commitment_id", "c1"),
        ("due-not-ahead", "due_at", "2026-01-05T10:00:00+00:00"),
    ]


def test_unknown_promise_is_refused_when_kept_or_withdrawn() -> None:
    """The remedy lists those that were made; a missing id is told as that."""
    made = after(ticket(), promise("c2"))
    decision = decide(INCIDENT, made, KEEP, actor=LEA, at=TEN)
    assert "made were: 'c2'" in str(decision)
    assert "made were: none" in str(decide(INCIDENT, ticket(), KEEP, actor=LEA, at=TEN))
    assert reasons(made, WITHDRAW) == [("unknown-commitment", "commitment_id", "c1")]
    nameless = commands.KeepCommitment(ticket_id=ID, commitment_id="")
    assert reasons(made, nameless) == [("missing-field", "commitment_id", "")]


# --- waiting and links --------------------------------------------------------------------------


def test_nudge_says_what_is_waited_for_when_sent() -> None:
    """Only on hold."""
    held = after(ticket(), commands.HoldTicket(ticket_id=ID, reason="awaiting_supplier"))
    (event,) = told(held, commands.SendNudge(ticket_id=ID, number=2))
    assert isinstance(event, NudgeSent)
    assert (event.reason, event.number) == ("awaiting_supplier", 2)
    assert reasons(ticket(), commands.SendNudge(ticket_id=ID)) == [
        ("illegal-transition", "state", "new")
    ]


@pytest.mark.parametrize(
    ("command", "link"),
    [
        (commands.LinkTicket(ticket_id=ID, link="child_of", other=OTHER), ("child_of", OTHER)),
        (commands.SplitTicket(ticket_id=ID, into=OTHER), ("split_into", OTHER)),
    ],
)
def test_own_end_is_recorded_once_when_decided_alone(
    command: Command, link: tuple[str, str]
) -> None:
    """The part of this ticket; the whole is for `itsm_core.links`."""
    linked = after(ticket(), command)
    assert (linked.links, told(linked, command)) == ((link,), ())


def test_follow_up_is_linked_once_when_the_ticket_is_done() -> None:
    """Its own end."""
    done = after(ticket(), commands.ResolveTicket(ticket_id=ID, resolution_code="x"))
    command = commands.OpenFollowUp(ticket_id=ID, into=OTHER)
    linked = after(done, command)
    assert (linked.links, told(linked, command)) == ((("followed_by", OTHER),), ())


def test_link_is_gone_when_unlinked() -> None:
    """And unlinking again does nothing."""
    link = commands.LinkTicket(ticket_id=ID, link="child_of", other=OTHER)
    undo = commands.UnlinkTicket(ticket_id=ID, link="child_of", other=OTHER)
    linked = after(ticket(), link)
    assert (after(linked, undo).links, told(ticket(), undo)) == ((), ())
