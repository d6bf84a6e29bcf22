"""Merging: the merged ticket ends, its clocks too; what is said to it later goes on (law L6)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import attrs
import pytest

from itsm_core.commands import (
    Actor,
    CancelTicket,
    CloseTicket,
    HoldTicket,
    LinkTicket,
    MergeTicket,
    ReceiveContact,
    StartWork,
    TriggerTransition,
)
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketUnlinked
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, SHIPPED, TASK, Link, StateCategory, decide
from itsm_core.links import (
    LINK_RULES,
    LINK_TYPES,
    Effect,
    Lacking,
    LinkRules,
    LinkType,
    Propagation,
    decide_linked,
)
from tests.unit.links.sample import ANN, BOB, NINE, A, B, C, D, Desk, E, resolve


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
    may = desk.refusal(MergeTicket(ticket_id=A, into=TicketId("Z")))
    assert may == [("ticket-missing", "into")]
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
    assert "nothing is left to be done" in str(desk.ask(MergeTicket(ticket_id=A, into=B)))
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


def test_contact_is_refused_when_the_merges_end_in_a_circle_further_on() -> None:
    """The ticket itself is not in the circle, and the search ends all the same."""
    desk = Desk(A, B, C)
    for one, other in ((A, B), (B, A), (C, A)):
        ticket = desk.tickets[one]
        assert ticket is not None
        desk.tickets[one] = attrs.evolve(ticket, merged_into=other)
    assert desk.refusal(ReceiveContact(ticket_id=C), BOB) == [("no-survivor", "ticket_id")]


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


def test_contact_is_refused_when_the_survivor_does_not_take_it_from_this_person() -> None:
    """The survivor's own roles hold, and it leaves no trace on the merged ticket."""
    desk = Desk(A, B)
    desk.do(MergeTicket(ticket_id=B, into=A))
    stranger = Actor(person_id=PersonId("eve"), roles={"stranger"})
    found = desk.refusal(ReceiveContact(ticket_id=B), stranger)
    assert found == [("missing-role", "A: actor.roles")]


def test_followers_follow_the_survivor_when_their_link_may_run_in_circles() -> None:
    """A type of one's own without the rule against circles is asked for none."""
    rules = LinkRules(
        types=(*LINK_TYPES, LinkType(name="watches", reverse="watched_by")),
        propagations=[Propagation(link="watches", on=StateCategory.RESOLVED, effect=Effect.INFORM)],
    )
    desk = Desk(A, B, C)
    desk.do(LinkTicket(ticket_id=C, link="watches", other=B), rules=rules)
    desk.do(LinkTicket(ticket_id=A, link="watches", other=C), rules=rules)
    desk.do(MergeTicket(ticket_id=B, into=A), rules=rules)
    assert desk.links(C) == {("watches", A), ("watched_by", A)}


def chain(length: int) -> tuple[Desk, list[TicketId]]:
    """Return tickets that were merged one into the next."""
    names = [TicketId(f"T{number}") for number in range(length)]
    desk = Desk(*names)
    for one, other in pairwise(names):
        desk.do(MergeTicket(ticket_id=one, into=other))
    return desk, names


def test_contact_gets_to_the_end_when_the_chain_is_longer_than_a_walk() -> None:
    """Whoever writes to an old number is heard; `deepest` bounds walks among open tickets."""
    desk, names = chain(30)
    assert LINK_RULES.deepest < len(names)
    assert list(desk.do(ReceiveContact(ticket_id=names[0]), BOB).events) == [names[0], names[-1]]


def test_contact_is_refused_when_the_chain_has_more_tickets_than_a_step_may_read() -> None:
    """The bound of every step, and its remedy."""
    desk, names = chain(6)
    found = desk.refusal(ReceiveContact(ticket_id=names[0]), BOB, rules=LinkRules(most_tickets=4))
    assert found == [("too-many-tickets", "links")]


def test_followers_follow_the_survivor_when_their_ticket_is_merged() -> None:
    """Children, duplicates and incidents of a problem; both ends say so, and why."""
    desk = Desk(A, B, C, D)
    desk.link(C, "child_of", B)
    desk.link(D, "duplicate_of", B)
    step = desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.links(C) == {("child_of", A)}
    assert desk.links(D) == {("duplicate_of", A)}
    assert desk.links(A) == {("merged_from", B), ("parent_of", C), ("duplicated_by", D)}
    assert desk.links(B) == {("merged_into", A)}
    (gone,) = [each for each in step.events[C] if isinstance(each, TicketUnlinked)]
    assert (gone.other, gone.reason) == (B, "B was merged into A")
    assert step.informs == ()
    desk.do(resolve(A))
    assert desk.states() == {"A": "resolved", "B": "cancelled", "C": "resolved", "D": "resolved"}


def test_children_go_on_blocking_when_their_parent_is_merged_away() -> None:
    """L6: a block cannot be got round by a merge."""
    rules = LinkRules(blocks=LINK_RULES.blocks)
    desk = Desk(A, B, C)
    desk.link(C, "child_of", B)
    assert desk.refusal(resolve(B), rules=rules) == [("open-followers", "links")]
    desk.do(MergeTicket(ticket_id=B, into=A), rules=rules)
    assert desk.refusal(resolve(A), rules=rules) == [("open-followers", "links")]


def test_followers_stay_when_they_are_over_or_nothing_comes_of_the_link() -> None:
    """What is closed belongs to what happened; a related ticket follows nobody."""
    desk = Desk(A, B, C, D)
    desk.link(C, "child_of", B)
    desk.link(D, "related_to", B)
    desk.do(CancelTicket(ticket_id=C, reason="x"))
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.links(C) == {("child_of", B)}
    assert desk.links(D) == {("related_to", B)}


def test_every_follower_is_looked_at_when_an_earlier_one_stays() -> None:
    """One is over, one does not exist; the one after them goes along."""
    desk = Desk(A, B, C, D, E)
    for each in (C, D, E):
        desk.link(each, "child_of", B)
    desk.do(CancelTicket(ticket_id=C, reason="x"))
    desk.tickets[D] = None
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.links(E) == {("child_of", A)}


def test_followers_are_not_looked_up_when_the_merge_is_refused_anyway() -> None:
    """Without the role nothing of it happens: there is nothing to read for it."""
    desk = Desk(A, B, C)
    desk.link(C, "child_of", B)
    known = {A: desk.tickets[A], B: desk.tickets[B]}
    found = decide_linked(SHIPPED, known, MergeTicket(ticket_id=B, into=A), actor=BOB, at=NINE)
    assert isinstance(found, CommandRefused)
    assert [each.code for each in found.reasons] == ["missing-role"]


def test_followers_by_a_reserved_link_hear_of_the_end_when_their_ticket_is_merged() -> None:
    """Such a link is not moved by a merge; what its rules say of a cancelled ticket holds."""
    rules = LinkRules(
        types=(*LINK_TYPES, LinkType(name="watches", reverse="watched_by", by_hand=False)),
        propagations=[
            Propagation(link="watches", on=StateCategory.CANCELLED, effect=Effect.INFORM)
        ],
    )
    desk = Desk(A, B, C)
    for one, link in ((B, Link("watched_by", C)), (C, Link("watches", B))):
        ticket = desk.tickets[one]
        assert ticket is not None
        desk.tickets[one] = attrs.evolve(ticket, links=(link,))
    step = desk.do(MergeTicket(ticket_id=B, into=A), rules=rules)
    assert [(each.ticket_id, each.other, each.news) for each in step.informs] == [
        (C, B, "cancelled")
    ]
    assert desk.links(C) == {("watches", B)}


def test_followers_are_asked_for_at_once_when_their_ticket_is_merged() -> None:
    """A store is asked once for both children, not twice."""
    desk = Desk(A, B, C, D)
    desk.link(C, "child_of", B)
    desk.link(D, "child_of", B)
    known = {A: desk.tickets[A], B: desk.tickets[B]}
    found = decide_linked(SHIPPED, known, MergeTicket(ticket_id=B, into=A), actor=ANN, at=NINE)
    assert found == Lacking(tickets=(C, D))


def test_merge_is_not_too_deep_when_the_survivor_stands_below_no_longer() -> None:
    """What stood above its old parent is not above it any more, and not above its new child."""
    rules = LinkRules(blocks=LINK_RULES.blocks, deepest=2)
    desk = Desk(A, B, C, D)
    for one, other in ((B, D), (C, B), (A, B)):
        desk.do(LinkTicket(ticket_id=one, link="child_of", other=other), rules=rules)
    desk.do(MergeTicket(ticket_id=B, into=A), rules=rules)
    assert desk.links(C) == {("child_of", A)}


def test_survivor_follows_nobody_when_its_own_leader_is_merged_into_it() -> None:
    """No ticket follows itself; its siblings follow it from now on."""
    desk = Desk(A, B, C)
    desk.link(A, "child_of", B)
    desk.link(C, "child_of", B)
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.links(A) == {("merged_from", B), ("parent_of", C)}
    assert desk.links(C) == {("child_of", A)}


def test_merge_is_refused_when_a_follower_would_follow_itself() -> None:
    """A is a grandchild of B: its parent C cannot become its child."""
    desk = Desk(A, B, C)
    desk.link(A, "child_of", C)
    desk.link(C, "child_of", B)
    assert desk.refusal(MergeTicket(ticket_id=B, into=A)) == [("link-cycle", "other")]


def test_follower_that_the_store_does_not_have_is_passed_over_when_merging() -> None:
    """A history that was imported may name anything."""
    desk = Desk(A, B, C)
    desk.link(C, "child_of", B)
    desk.tickets[C] = None
    desk.do(MergeTicket(ticket_id=B, into=A))
    assert desk.links(A) == {("merged_from", B)}


def test_nothing_happens_when_the_same_merge_comes_after_the_survivor_is_over() -> None:
    """It has taken effect; what became of the survivor since changes nothing about it."""
    desk = Desk(A, B)
    merge = MergeTicket(ticket_id=B, into=A)
    desk.do(merge)
    desk.do(resolve(A))
    desk.do(CloseTicket(ticket_id=A))
    assert desk.do(merge).events == {}
    assert desk.refusal(merge, BOB) == [("missing-role", "actor.roles")]


def test_part_of_one_ticket_is_all_that_decide_gives_when_asked_alone() -> None:
    """`decide` knows one ticket; the step is for `decide_linked`."""
    desk = Desk(A, lifecycle=TASK)
    found = decide(TASK, desk.tickets[A], MergeTicket(ticket_id=A, into=A), actor=ANN, at=NINE)
    assert not isinstance(found, CommandRefused)
    assert [type(each).__name__ for each in found] == ["TicketMerged", "TicketCancelled"]
    assert INCIDENT.transition("merge", "resolved") is None
