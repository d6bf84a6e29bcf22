"""Events that move nothing: what they mean to a ticket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.events import (
    AgreementAssigned,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    ContactRecorded,
    NudgeSent,
)
from itsm_core.ids import AgreementId, TicketId
from itsm_core.lifecycle import Ticket, evolve

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
NEW = Ticket(ticket_id=ID, opened_at=NINE)


def test_commitments_are_followed_when_made_and_ended() -> None:
    """D4: each is open, kept or withdrawn; a log may end what was never made."""
    ticket = NEW
    for event in (
        CommitmentMade(ticket_id=ID, occurred_at=NINE, commitment_id="a", due_at=NINE),
        CommitmentMade(ticket_id=ID, occurred_at=NINE, commitment_id="b", due_at=NINE),
        CommitmentMade(ticket_id=ID, occurred_at=NINE, commitment_id="c", due_at=NINE),
        CommitmentKept(ticket_id=ID, occurred_at=NINE, commitment_id="a"),
        CommitmentWithdrawn(ticket_id=ID, occurred_at=NINE, commitment_id="b"),
        CommitmentKept(ticket_id=ID, occurred_at=NINE, commitment_id="z"),
    ):
        ticket = evolve(ticket, event)
    assert ticket.commitments == {"a": "kept", "b": "withdrawn", "c": "open", "z": "kept"}
    assert NEW.commitments == {}


def test_agreement_is_the_last_chosen_when_several_were() -> None:
    """An empty one ends the choice."""
    gold = AgreementAssigned(ticket_id=ID, occurred_at=NINE, agreement_id=AgreementId("gold"))
    ticket = evolve(NEW, gold)
    assert ticket.agreement_id == "gold"
    assert evolve(ticket, AgreementAssigned(ticket_id=ID, occurred_at=NINE)).agreement_id == ""


def test_nudge_changes_nothing_but_the_version_when_sent() -> None:
    """It is no answer."""
    nudge = NudgeSent(ticket_id=ID, occurred_at=NINE, reason="awaiting_requester")
    after = evolve(NEW, nudge)
    assert (after.version, after.first_response_us, after.state) == (2, None, "new")


def test_instants_of_a_contact_are_shown_when_it_has_them() -> None:
    """T1: each is pendulum's, in UTC, and none is made up."""
    hours = [NINE + timedelta(hours=hour) for hour in range(1, 5)]
    full = ContactRecorded(
        ticket_id=ID,
        occurred_at=NINE,
        channel="phone",
        began_at=hours[0],
        answered_at=hours[1],
        parted_at=hours[2],
        handled_at=hours[3],
    )
    bare = ContactRecorded(ticket_id=ID, occurred_at=NINE, channel="phone")
    assert [full.began_at, full.answered_at, full.parted_at, full.handled_at] == hours
    assert [bare.began_at, bare.answered_at, bare.parted_at, bare.handled_at] == [None] * 4
