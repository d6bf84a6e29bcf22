"""New tickets out of old ones: a part split off, a follow-up; in one step (laws L5 and L6)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.commands import AssignTicket, CloseTicket, Command, OpenFollowUp, SplitTicket
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, fold
from itsm_core.links import Step, decide_linked
from tests.unit.links.sample import ANN, BOB, NINE, A, B, C, Desk, resolve

LATER = NINE + timedelta(hours=3)


def made(desk: Desk, name: TicketId) -> Ticket:
    """Return a ticket that must be there."""
    ticket = desk.tickets[name]
    assert ticket is not None
    return ticket


def test_part_has_clocks_of_its_own_when_it_is_split_off() -> None:
    """Opened now, by the lifecycle of its kind, with what the old one has and what differs."""
    desk = Desk(A)
    desk.do(AssignTicket(ticket_id=A, group=GroupId("first"), assignee=PersonId("ann")))
    desk.do(SplitTicket(ticket_id=A, into=B, title="the printer", urgency="high"), at=LATER)
    part = made(desk, B)
    assert (part.opened_us - made(desk, A).opened_us) == 3 * 3_600_000_000
    assert (part.title, part.requester, part.impact, part.urgency) == (
        "the printer",
        "bob",
        "high",
        "high",
    )
    assert (part.priority, part.group, part.assignee) == ("P1", "first", "ann")
    assert (desk.links(A), desk.links(B)) == ({("split_into", "B")}, {("split_from", "A")})
    assert desk.states() == {"A": "new", "B": "new"}


def test_follow_up_is_opened_and_linked_when_the_old_one_is_closed() -> None:
    """What is left empty is copied; who works on it is found anew."""
    desk = Desk(A)
    desk.do(AssignTicket(ticket_id=A, group=GroupId("first")))
    desk.do(resolve(A))
    desk.do(CloseTicket(ticket_id=A))
    desk.do(OpenFollowUp(ticket_id=A, into=B, channel="phone"), BOB, at=LATER)
    new = made(desk, B)
    assert (new.title, new.channel, new.group, new.state) == ("about A", "phone", "", "new")
    assert (desk.links(A), desk.links(B)) == ({("followed_by", "B")}, {("follow_up_of", "A")})
    assert desk.states()["A"] == "closed"


@pytest.mark.parametrize(
    "command", [SplitTicket(ticket_id=A, into=B), OpenFollowUp(ticket_id=A, into=B)]
)
def test_nothing_happens_when_it_was_done_already(command: Command) -> None:
    """Deciding twice yields nothing; the new ticket is not opened again."""
    desk = Desk(A)
    desk.do(resolve(A))
    desk.do(command)
    assert desk.do(command).events == {}


def test_split_is_refused_when_the_new_id_is_taken_or_the_same() -> None:
    """Every reason at once."""
    desk = Desk(A, B)
    assert desk.refusal(SplitTicket(ticket_id=A, into=B)) == [("ticket-exists", "into")]
    assert desk.refusal(SplitTicket(ticket_id=A, into=A), BOB) == [
        ("missing-role", "actor.roles"),
        ("same-ticket", "into"),
    ]
    assert desk.refusal(SplitTicket(ticket_id=C, into=TicketId("D"))) == [
        ("ticket-missing", "ticket_id")
    ]


def test_refusal_shows_the_new_id_when_it_cannot_be_taken() -> None:
    """The value is what to change."""
    desk = Desk(A, B)
    assert desk.values(SplitTicket(ticket_id=A, into=B)) == [("ticket-exists", "B")]
    assert desk.values(SplitTicket(ticket_id=A, into=A)) == [("same-ticket", "A")]


def test_part_has_all_that_the_old_one_has_when_nothing_else_is_said() -> None:
    """What it is about; a follow-up has the channel of its contact, or else the old one's."""
    desk = Desk(A)
    old = attrs.evolve(
        made(desk, A),
        service=ServiceId("mail"),
        category_name="software",
        configuration_item_id="srv-1",
    )
    desk.tickets[A] = old
    desk.do(SplitTicket(ticket_id=A, into=B))
    part = made(desk, B)
    for name in ("title", "service", "category_name", "configuration_item_id", "impact"):
        assert getattr(part, name) == getattr(old, name), name
    assert (part.channel, part.ticket_type, part.urgency) == ("mail", "incident", "low")
    desk.do(resolve(A))
    desk.do(OpenFollowUp(ticket_id=A, into=C, title="again", impact="low"))
    new = made(desk, C)
    assert (new.channel, new.title, new.impact, new.assignee) == ("mail", "again", "low", "")


def test_follow_up_is_refused_when_the_old_one_is_open() -> None:
    """There is nothing to follow yet; what is wrong with the new one is told as well."""
    desk = Desk(A)
    assert desk.refusal(OpenFollowUp(ticket_id=A, into=B, impact="vast")) == [
        ("illegal-transition", "state"),
        ("unknown-impact", "impact"),
    ]


def test_step_rests_on_the_new_id_being_free_when_a_part_is_split_off() -> None:
    """Version 0 is none: whoever opens that id first makes this step a conflict."""
    found = Desk(A).ask(SplitTicket(ticket_id=A, into=B))
    assert isinstance(found, Step)
    assert found.versions == {A: 1, B: 0}


def test_new_ticket_follows_the_newest_version_when_there_are_several() -> None:
    """The old ticket pins its version, a new one gets the newest."""
    newer = attrs.evolve(INCIDENT, version=2)
    desk = Desk(A)
    step = decide_linked(
        [newer, INCIDENT],
        {A: desk.tickets[A], B: None},
        SplitTicket(ticket_id=A, into=B),
        actor=ANN,
        at=NINE,
    )
    assert isinstance(step, Step)
    assert fold(step.events[B]).lifecycle_version == 2
