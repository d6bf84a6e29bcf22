"""Merging: the merged ticket ends, its clocks too; what is said to it later goes on (law L6)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import attrs
import pytest

from itsm_core.commands import (
    CancelTicket,
    CloseTicket,
    HoldTicket,
    MergeTicket,
    ReceiveContact,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused
from itsm_core.ids import TicketId
from itsm_core.lifecycle import INCIDENT, TASK, decide
from itsm_core.links import LinkRules
from tests.unit.links.sample import ANN, BOB, NINE, A, B, C, Desk, resolve


def test_merged_ticket_ends_when_it_is_merged() -> None:
    """A terminal state, so that its clocks are cancelled; both ends know of it."""
    desk = Desk(A, B)
    step = desk.do(MergeTicket(ticket_id=B, into=A, reason="the same outage"))
    assert [type(each).__name__ for each in step.events[B]] == ["TicketMerged", "TicketCancelled"]
    assert getattr(step.events[B][1], "reason", "") == "the same outage"
    assert desk.states() == {"A": "new", "B": "cancelled"}
    assert (desk.links(A), desk.links(B)) == ({("merged_from", "B")}, {("merged_into", "A")})


def test_end_says_where_it_goes_on_when_no_reason_is_given() -> None:
    """A history is read by people."""
    step = Desk(A, B).do(MergeTicket(ticket_id=B, into=A))
    assert getattr(step.events[B][1], "reason", "") == "merged into A"


def test_nothing_happens_when_it_is_merged_so_already() -> None:
    """Deciding twice yields nothing."""
    desk = Desk(A, B)
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.do(MergeTicket(ticket_id=B, into=A)).events == {}


def test_merge_is_refused_when_it_leads_nowhere() -> None:
    """Into itself, into nobody, into what is merged, closed or cancelled."""
    desk = Desk(A, B, C)
    assert desk.refusal(MergeTicket(ticket_id=A, into=A)) == [("same-ticket", "into")]
    missing = desk.refusal(MergeTicket(ticket_id=A, into=TicketId("Z")), BOB)
    assert missing == [("ticket-missing", "into"), ("missing-role", "actor.roles")]
    desk.do(CancelTicket(ticket_id=C, reason="x"))
    assert desk.refusal(MergeTicket(ticket_id=A, into=C)) == [("survivor-finished", "into")]
    desk.do(resolve(B))
    desk.do(CloseTicket(ticket_id=B))
    assert desk.refusal(MergeTicket(ticket_id=A, into=B)) == [("survivor-finished", "into")]


def test_cycle_is_refused_when_two_are_merged_into_each_other() -> None:
    """The survivor cannot end in what was merged into it."""
    desk = Desk(A, B, C)
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert ("ticket-merged", "into") in desk.refusal(MergeTicket(ticket_id=A, into=B))
    found = desk.ask(MergeTicket(ticket_id=C, into=B))
    assert "merge into A instead" in str(found)


def test_second_merge_is_refused_when_it_leads_elsewhere() -> None:
    """A ticket goes on in one ticket."""
    desk = Desk(A, B, C)
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.refusal(MergeTicket(ticket_id=B, into=C)) == [("illegal-transition", "state")]


def test_resolved_ticket_is_not_merged_when_tried() -> None:
    """It has its solution."""
    desk = Desk(A, B)
    desk.do(resolve(B))
    assert desk.refusal(MergeTicket(ticket_id=B, into=A)) == [("illegal-transition", "state")]


def test_merge_is_refused_when_it_comes_as_a_bare_trigger() -> None:
    """Without a survivor there is no merge."""
    desk = Desk(A)
    assert desk.refusal(TriggerTransition(ticket_id=A, name="merge")) == [
        ("wrong-command", "command")
    ]


def test_contact_goes_to_the_survivor_when_the_ticket_was_merged() -> None:
    """It ends the survivor's wait as if it had come there, and leaves a trace on the merged one."""
    desk = Desk(A, B)
    desk.do(MergeTicket(ticket_id=B, into=A))
    desk.do(StartWork(ticket_id=A))
    desk.do(HoldTicket(ticket_id=A, reason="awaiting_requester"))
    step = desk.do(ReceiveContact(ticket_id=B, channel="mail"), BOB, at=NINE + timedelta(hours=1))
    told = {name: [type(each).__name__ for each in events] for name, events in step.events.items()}
    assert told == {"B": ["ContactRedirected"], "A": ["ContactReceived", "TicketResumed"]}
    assert desk.states() == {"A": "in_progress", "B": "cancelled"}


def test_contact_goes_on_when_the_survivor_was_merged_too() -> None:
    """The whole way, in one step."""
    desk = Desk(A, B, C)
    desk.do(MergeTicket(ticket_id=C, into=B))
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert list(desk.do(ReceiveContact(ticket_id=C), BOB).events) == [C, A]


@pytest.mark.parametrize("is_circle", [True, False])
def test_contact_is_refused_when_nothing_goes_on(is_circle: bool) -> None:
    """Histories of an import may run in a circle, or lead to a ticket that is not there."""
    desk = Desk(A, B)
    for one, other in ((A, B), (B, A)):
        ticket = desk.tickets[one]
        assert ticket is not None
        desk.tickets[one] = attrs.evolve(ticket, merged_into=other)
    if not is_circle:
        desk.tickets[B] = None
    assert desk.refusal(ReceiveContact(ticket_id=A), BOB) == [("no-survivor", "ticket_id")]


def test_contact_is_refused_when_the_chain_is_longer_than_the_bound() -> None:
    """A step walks no further than it may."""
    names = [TicketId(f"T{number}") for number in range(6)]
    desk = Desk(*names)
    for one, other in pairwise(names):
        desk.do(MergeTicket(ticket_id=one, into=other))
    assert len(desk.do(ReceiveContact(ticket_id=names[0]), BOB).events) == 2
    assert desk.refusal(ReceiveContact(ticket_id=names[0]), BOB, rules=LinkRules(deepest=3)) == [
        ("no-survivor", "ticket_id")
    ]


def test_children_hear_of_it_when_their_parent_is_merged() -> None:
    """A merge is an end like any other."""
    desk = Desk(A, B, C)
    desk.link(C, "child_of", B)
    step = desk.do(MergeTicket(ticket_id=B, into=A))
    assert [(each.ticket_id, each.news) for each in step.informs] == [("C", "cancelled")]


def test_part_of_one_ticket_is_all_that_decide_gives_when_asked_alone() -> None:
    """`decide` knows one ticket; the step is for `decide_linked`."""
    desk = Desk(A, lifecycle=TASK)
    found = decide(TASK, desk.tickets[A], MergeTicket(ticket_id=A, into=A), actor=ANN, at=NINE)
    assert not isinstance(found, CommandRefused)
    assert [type(each).__name__ for each in found] == ["TicketMerged", "TicketCancelled"]
    assert INCIDENT.transition("merge", "resolved") is None
