"""What follows when a ticket moves: by link and status, one level, never backwards (law L6)."""

from __future__ import annotations

import pytest

from itsm_core.commands import (
    CancelTicket,
    CloseTicket,
    HoldTicket,
    LinkTicket,
    StartWork,
    TriggerTransition,
)
from itsm_core.events import TicketInformed
from itsm_core.lifecycle import PROBLEM, SHIPPED, StateCategory
from itsm_core.links import (
    LINK_TYPES,
    Block,
    Effect,
    Lacking,
    LinkRules,
    LinkType,
    Propagation,
    decide_linked,
)
from tests.unit.links.sample import ANN, BOB, NINE, A, B, C, D, Desk, resolve

DONE = StateCategory.RESOLVED


def family() -> Desk:
    """Return A with the children B and C, and D as a child of B."""
    desk = Desk(A, B, C, D)
    desk.link(B, "child_of", A)
    desk.link(C, "child_of", A)
    desk.link(D, "child_of", B)
    return desk


def test_children_are_resolved_with_their_parent_when_it_is_resolved() -> None:
    """Parent resolved -> children resolved, with the parent's code, all in one step."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(A, "parent_of", C)
    step = desk.do(resolve(A))
    assert desk.states() == dict.fromkeys("ABC", "resolved")
    assert list(step.events) == [A, B, C]
    child = desk.tickets[C]
    assert child is not None
    assert child.resolution_code == "fixed"


def test_step_is_refused_when_a_grandchild_stays_open() -> None:
    """One level: B would follow A, but its own child D is still open."""
    assert family().refusal(resolve(A)) == [("open-followers", "B: links")]


def test_grandchildren_follow_when_the_rule_says_two_levels() -> None:
    """One level unless `levels` says more."""
    rule = Propagation(link="child_of", on=DONE, effect=Effect.RESOLVE, levels=2)
    desk = family()
    desk.do(resolve(A), rules=LinkRules(propagations=[rule]))
    assert desk.states() == dict.fromkeys("ABCD", "resolved")


@pytest.mark.parametrize("is_closed", [True, False])
def test_grandchildren_stay_when_the_one_between_is_over(is_closed: bool) -> None:
    """Through a ticket that is closed or cancelled nothing goes on to those below."""
    rule = Propagation(link="child_of", on=DONE, effect=Effect.RESOLVE, levels=2)
    rules, desk = LinkRules(propagations=[rule]), Desk(A, B, C)
    desk.link(B, "child_of", A)
    if is_closed:
        desk.do(resolve(B))
        desk.do(CloseTicket(ticket_id=B))
    else:
        desk.do(CancelTicket(ticket_id=B, reason="x"))
    desk.link(C, "child_of", B)
    desk.do(resolve(A), rules=rules)
    assert desk.states() == {
        "A": "resolved",
        "B": "closed" if is_closed else "cancelled",
        "C": "new",
    }


def test_open_children_block_when_they_do_not_follow() -> None:
    """Without a propagation, a parent waits for its children; the reason names them."""
    rules = LinkRules(blocks=[Block(link="child_of", on=DONE)])
    desk = family()
    found = desk.ask(resolve(A), rules=rules)
    assert str(found) == (
        "ResolveTicket on ticket A refused: links: A cannot be resolved while B, C (child_of it) "
        "is open (finish them first, or unlink what does not belong to it)"
    )
    desk.do(resolve(C), rules=rules)
    assert desk.refusal(resolve(A), rules=rules) == [("open-followers", "links")]
    desk.do(resolve(D), rules=rules)
    desk.do(resolve(B), rules=rules)
    desk.do(resolve(A), rules=rules)


def test_every_block_is_asked_when_an_earlier_one_has_nothing_to_say() -> None:
    """One about another end, one whose followers are done, then one with an open duplicate."""
    rules = LinkRules(
        blocks=[
            Block(link="child_of", on=StateCategory.CLOSED),
            Block(link="child_of", on=DONE),
            Block(link="duplicate_of", on=DONE),
        ]
    )
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "duplicate_of", A)
    desk.do(resolve(B), rules=rules)
    assert desk.refusal(resolve(A), rules=rules) == [("open-followers", "links")]
    assert desk.values(resolve(A), rules=rules) == [("open-followers", "C")]


def test_every_propagation_is_followed_when_an_earlier_one_is_about_something_else() -> None:
    """Another category first; then both kinds of followers are told."""
    rules = LinkRules(
        propagations=[
            Propagation(link="child_of", on=StateCategory.CLOSED, effect=Effect.CLOSE),
            Propagation(link="problem", on=DONE, effect=Effect.RESOLVE, is_asked=True),
            Propagation(link="child_of", on=DONE, effect=Effect.INFORM),
            Propagation(link="duplicate_of", on=DONE, effect=Effect.INFORM),
        ]
    )
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "duplicate_of", A)
    step = desk.do(resolve(A), rules=rules)
    assert [(each.ticket_id, each.link) for each in step.informs] == [
        (B, "child_of"),
        (C, "duplicate_of"),
    ]


def test_five_open_children_are_all_named_when_they_block() -> None:
    """A sixth is counted; the value holds them all."""
    names = tuple(type(A)(f"X{number}") for number in range(6))
    desk = Desk(A, *names)
    rules = LinkRules(blocks=[Block(link="child_of", on=DONE)])
    for name in names[:5]:
        desk.link(name, "child_of", A)
    assert "while X0, X1, X2, X3, X4 (child_of it)" in str(desk.ask(resolve(A), rules=rules))
    desk.link(names[5], "child_of", A)
    assert "X4 and 1 more (child_of it)" in str(desk.ask(resolve(A), rules=rules))
    assert desk.values(resolve(A), rules=rules) == [("open-followers", "X0, X1, X2, X3, X4, X5")]


def test_follower_that_the_store_does_not_have_is_passed_over_when_others_follow() -> None:
    """The next one takes part all the same."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "child_of", A)
    desk.tickets[B] = None
    desk.do(resolve(A))
    assert desk.states() == {"A": "resolved", "C": "resolved"}


def test_many_open_children_are_counted_when_they_block() -> None:
    """Five names and a number."""
    names = tuple(type(A)(f"X{number}") for number in range(8))
    desk = Desk(A, *names)
    for name in names:
        desk.link(name, "child_of", A)
    found = desk.ask(resolve(A), rules=LinkRules(blocks=[Block(link="child_of", on=DONE)]))
    assert "X0, X1, X2, X3, X4 and 3 more" in str(found)


def test_closed_child_stays_closed_when_its_parent_is_resolved() -> None:
    """Never reopens, never downgrades."""
    desk = Desk(A, B)
    desk.do(resolve(B))
    desk.do(CloseTicket(ticket_id=B))
    desk.link(B, "child_of", A)
    step = desk.do(resolve(A))
    assert (desk.states()["B"], B in step.events) == ("closed", False)


def test_children_are_closed_with_their_parent_when_they_are_resolved() -> None:
    """Parent closed -> children closed."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    desk.do(resolve(A))
    desk.do(CloseTicket(ticket_id=A))
    assert desk.states() == {"A": "closed", "B": "closed"}


def test_close_is_refused_when_a_child_was_linked_later_and_is_open() -> None:
    """A parent that is done already takes no open child to its end."""
    desk = Desk(A, B)
    desk.do(resolve(A))
    desk.link(B, "child_of", A)
    assert desk.refusal(CloseTicket(ticket_id=A)) == [("open-followers", "links")]


def test_related_ticket_is_left_alone_when_another_is_resolved() -> None:
    """Merely related."""
    desk = Desk(A, B)
    desk.link(B, "related_to", A)
    assert list(desk.do(resolve(A)).events) == [A]


def test_duplicates_follow_their_original_when_it_is_resolved() -> None:
    """And the original does not follow its duplicate."""
    desk = Desk(A, B)
    desk.link(B, "duplicate_of", A)
    desk.do(resolve(A))
    assert desk.states() == {"A": "resolved", "B": "resolved"}
    other = Desk(A, B)
    other.link(B, "duplicate_of", A)
    other.do(resolve(B))
    assert other.states() == {"A": "new", "B": "resolved"}


def problem() -> Desk:
    """Return the problem A with the incidents B and C."""
    desk = Desk(B, C)
    desk.open(A, PROBLEM)
    desk.do(StartWork(ticket_id=A))
    desk.link(B, "problem", A)
    desk.link(C, "problem", A)
    return desk


def test_incidents_are_informed_when_their_problem_is_resolved() -> None:
    """K3: told, not touched, unless asked."""
    desk = problem()
    step = desk.do(resolve(A))
    assert [(each.ticket_id, each.link, each.other, each.news) for each in step.informs] == [
        ("B", "problem", "A", "resolved"),
        ("C", "problem", "A", "resolved"),
    ]
    assert desk.states() == {"A": "resolved", "B": "new", "C": "new"}


def test_incidents_are_resolved_when_asked_for() -> None:
    """Told and resolved in one step."""
    desk = problem()
    step = desk.do(resolve(A), ask={"problem"})
    assert desk.states() == dict.fromkeys("ABC", "resolved")
    assert len(step.informs) == 2


def test_cancelled_incident_hears_nothing_when_its_problem_is_resolved() -> None:
    """What is over is over."""
    desk = problem()
    desk.do(CancelTicket(ticket_id=B, reason="gone"))
    assert [each.ticket_id for each in desk.do(resolve(A)).informs] == ["C"]


def test_reasons_of_the_followers_are_told_when_they_may_not() -> None:
    """All reasons, each with the ticket that it is about; nothing happens."""
    desk = problem()
    manager = type(ANN)(person_id=ANN.person_id, roles={"problem_manager"})
    assert desk.refusal(resolve(A), manager, ask={"problem"}) == [
        ("missing-role", "B: actor.roles"),
        ("missing-role", "C: actor.roles"),
    ]
    assert desk.refusal(resolve(A), BOB) == [("missing-role", "actor.roles")]


def test_code_of_the_rule_is_used_when_the_command_has_none() -> None:
    """A risk that is accepted resolves as well, and brings no code."""
    rule = Propagation(
        link="child_of", on=DONE, effect=Effect.RESOLVE, resolution_code="with_parent"
    )
    desk = Desk(B)
    desk.open(A, PROBLEM)
    desk.do(StartWork(ticket_id=A))
    desk.link(B, "child_of", A)
    accept = TriggerTransition(ticket_id=A, name="accept_risk", reason="cheap")
    desk.do(accept, rules=LinkRules(propagations=[rule]))
    child = desk.tickets[B]
    assert child is not None
    assert child.resolution_code == "with_parent"


@pytest.mark.parametrize(
    ("effect", "end"),
    [
        (Effect.CLOSE, CloseTicket(ticket_id=A)),
        (Effect.CANCEL, CancelTicket(ticket_id=A, reason="x")),
    ],
)
def test_step_is_refused_when_a_follower_would_leave_its_own_child_behind(
    effect: Effect, end: CloseTicket | CancelTicket
) -> None:
    """What goes along is asked who it blocks on, however it goes along."""
    is_close = effect is Effect.CLOSE
    on = StateCategory.CLOSED if is_close else StateCategory.CANCELLED
    rules = LinkRules(
        propagations=[Propagation(link="child_of", on=on, effect=effect)],
        blocks=[Block(link="child_of", on=on)],
    )
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "child_of", B)
    if is_close:
        for each in (B, A):
            desk.do(resolve(each), rules=rules)
    assert desk.refusal(end, rules=rules) == [("open-followers", "B: links")]


def test_step_is_done_when_one_that_only_hears_of_it_has_an_open_child() -> None:
    """B is resolved and got a child afterwards: it does not move, so nothing keeps it."""
    desk = Desk(A, B, C)
    desk.link(B, "caused_by", A)
    desk.do(resolve(B))
    desk.link(C, "child_of", B)
    assert [each.ticket_id for each in desk.do(resolve(A)).informs] == [B]


def test_children_are_cancelled_when_a_rule_says_so() -> None:
    """With a reason that says whom they follow; what is resolved is left."""
    rule = Propagation(link="child_of", on=StateCategory.CANCELLED, effect=Effect.CANCEL)
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "child_of", A)
    desk.do(resolve(C))
    step = desk.do(CancelTicket(ticket_id=A, reason="x"), rules=LinkRules(propagations=[rule]))
    assert desk.states() == {"A": "cancelled", "B": "cancelled", "C": "resolved"}
    assert getattr(step.events[B][0], "reason", "") == "follows A"


def test_nothing_follows_when_the_category_stays() -> None:
    """A hold for another reason is no new status."""
    rule = Propagation(link="child_of", on=StateCategory.ON_HOLD, effect=Effect.INFORM)
    desk, rules = Desk(A, B), LinkRules(propagations=[rule])
    desk.link(B, "child_of", A)
    step = desk.do(HoldTicket(ticket_id=A, reason="awaiting_supplier"), rules=rules)
    assert len(step.informs) == 1
    step = desk.do(HoldTicket(ticket_id=A, reason="awaiting_problem"), rules=rules)
    assert step.informs == ()


def test_nobody_is_met_twice_when_links_run_in_a_circle() -> None:
    """A link that may run in circles, or a dirty log, ends anyway."""
    rules = LinkRules(
        types=(*LINK_TYPES, LinkType(name="after", reverse="before")),
        propagations=[Propagation(link="after", on=DONE, effect=Effect.INFORM, levels=9)],
    )
    desk = Desk(A, B, C)
    for one, other in ((A, B), (B, C), (C, A)):
        desk.do(LinkTicket(ticket_id=one, link="after", other=other), rules=rules)
    step = desk.do(resolve(A), rules=rules)
    assert sorted(each.ticket_id for each in step.informs) == ["B", "C"]


def test_follower_hears_once_when_two_ways_lead_to_it() -> None:
    """D has both B and C as its cause, which have A: it is met on one level, twice."""
    rule = Propagation(link="caused_by", on=DONE, effect=Effect.INFORM, levels=2)
    desk = Desk(A, B, C, D)
    for one, other in ((B, A), (C, A), (D, B), (D, C)):
        desk.link(one, "caused_by", other)
    step = desk.do(resolve(A), rules=LinkRules(propagations=[rule]))
    assert [(each.ticket_id, each.other) for each in step.informs] == [(B, A), (C, A), (D, B)]


def test_all_that_may_block_are_asked_for_at_once_when_none_is_known() -> None:
    """A store is asked once for both children, not twice."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    desk.link(C, "child_of", A)
    rules = LinkRules(blocks=[Block(link="child_of", on=DONE)])
    known = {A: desk.tickets[A]}
    found = decide_linked(SHIPPED, known, resolve(A), actor=ANN, at=NINE, rules=rules)
    assert found == Lacking(tickets=(B, C))


def test_follower_is_passed_over_when_the_store_does_not_have_it() -> None:
    """A link of an import may lead nowhere."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    desk.tickets[B] = None
    assert list(desk.do(resolve(A)).events) == [A]


@pytest.mark.parametrize("most", [2, 3])
def test_step_is_refused_when_it_concerns_too_many(most: int) -> None:
    """Refused, not cut short."""
    desk = Desk(A, B, C, D)
    for each in (B, C, D):
        desk.link(each, "child_of", A)
    rule = Propagation(link="child_of", on=DONE, effect=Effect.RESOLVE)
    assert desk.refusal(resolve(A), rules=LinkRules(propagations=[rule], most_tickets=most)) == [
        ("too-many-tickets", "links")
    ]
    desk.do(resolve(A), rules=LinkRules(propagations=[rule], most_tickets=4))


def test_news_carry_who_told_them_when_recorded() -> None:
    """An inform is an event of the actor like any other."""
    desk = problem()
    (told, *_) = desk.do(resolve(A)).informs
    assert isinstance(told, TicketInformed)
    assert (told.actor, told.automatic, told.sequence) == ("ann", False, 2)
