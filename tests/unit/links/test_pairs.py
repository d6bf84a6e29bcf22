"""Linking and unlinking: both ends, no cycles, no second parent (law L6)."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.commands import LinkTicket, MergeTicket, UnlinkTicket
from itsm_core.ids import TicketId
from itsm_core.lifecycle import SHIPPED, Link
from itsm_core.links import LINK_TYPES, Lacking, LinkRules, LinkType, decide_linked
from tests.unit.links.sample import ANN, BOB, NINE, A, B, C, D, Desk, E


def test_both_ends_hold_the_link_when_it_is_made_from_either() -> None:
    """A child knows its parent, and the parent its child."""
    one, other = Desk(A, B), Desk(A, B)
    one.link(B, "child_of", A)
    other.link(A, "parent_of", B)
    for desk in (one, other):
        assert (desk.links(A), desk.links(B)) == ({("parent_of", "B")}, {("child_of", "A")})


def test_nothing_happens_when_they_are_linked_so_already() -> None:
    """Deciding twice yields nothing, from either end."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    assert desk.do(LinkTicket(ticket_id=B, link="child_of", other=A)).events == {}
    assert desk.do(LinkTicket(ticket_id=A, link="parent_of", other=B)).events == {}


@pytest.mark.parametrize("link", ["child_of", "duplicate_of", "caused_by", "problem"])
def test_link_is_refused_when_it_would_close_a_circle(link: str) -> None:
    """A cannot follow C, which follows B, which follows A; the circle is shown."""
    desk = Desk(A, B, C)
    desk.link(B, link, A)
    desk.link(C, link, B)
    found = desk.ask(LinkTicket(ticket_id=A, link=link, other=C))
    assert f"it would follow itself by {link}: A -> C -> B -> A" in str(found)
    kind = next(each for each in LINK_TYPES if each.name == link)
    turned = LinkTicket(ticket_id=C, link=kind.reverse, other=A)
    assert desk.refusal(turned) == [("link-cycle", "other")]


def test_circle_of_two_is_refused_when_it_is_tried() -> None:
    """The shortest one."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    assert desk.refusal(LinkTicket(ticket_id=A, link="child_of", other=B)) == [
        ("link-cycle", "other")
    ]


def test_circle_is_found_when_there_are_several_ways_up() -> None:
    """An incident may have several causes: all of them are looked at."""
    desk = Desk(A, B, C, D)
    desk.link(B, "caused_by", A)
    desk.link(C, "caused_by", A)
    desk.link(D, "caused_by", B)
    desk.link(D, "caused_by", C)
    assert desk.refusal(LinkTicket(ticket_id=A, link="caused_by", other=D)) == [
        ("link-cycle", "other")
    ]
    desk.link(C, "caused_by", B)  # no circle


def test_link_is_made_when_two_ways_up_meet_again() -> None:
    """A problem may be behind both causes of an incident: that is no circle."""
    desk = Desk(A, B, C, D, E)
    for one, other in ((B, A), (C, A), (D, B), (D, C)):
        desk.link(one, "caused_by", other)
    desk.link(E, "caused_by", D)
    assert desk.links(E) == {("caused_by", "D")}


def test_link_is_completed_when_an_import_knew_one_end() -> None:
    """What the other end holds already is not told again."""
    desk = Desk(A, B)
    told = desk.tickets[B]
    assert told is not None
    desk.tickets[B] = attrs.evolve(told, links=(Link("child_of", A),))
    step = desk.do(LinkTicket(ticket_id=A, link="parent_of", other=B))
    assert list(step.events) == [A]
    assert (desk.links(A), desk.links(B)) == ({("parent_of", "B")}, {("child_of", "A")})


def test_circle_is_allowed_when_the_type_does_not_mind() -> None:
    """Related tickets are related to each other."""
    desk = Desk(A, B, C)
    for one, other in ((A, B), (B, C), (C, A)):
        desk.link(one, "related_to", other)
    assert desk.links(A) == {("related_to", "B"), ("related_to", "C")}


def test_link_is_refused_when_a_ticket_would_get_a_second_parent() -> None:
    """One parent; the remedy names it. From the parent's end as well."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    refused = [("already-linked", "link")]
    assert desk.refusal(LinkTicket(ticket_id=B, link="child_of", other=C)) == refused
    assert desk.refusal(LinkTicket(ticket_id=C, link="parent_of", other=B)) == refused
    desk.link(A, "parent_of", C)  # a parent has any number of children


def test_link_is_refused_when_tickets_would_stand_too_deep() -> None:
    """A bound on how far is walked."""
    names = tuple(TicketId(f"T{number}") for number in range(6))
    desk, rules = Desk(*names), LinkRules(deepest=3)
    for lower, upper in zip(names[1:4], names, strict=False):
        desk.do(LinkTicket(ticket_id=lower, link="child_of", other=upper), rules=rules)
    command = LinkTicket(ticket_id=names[4], link="child_of", other=names[3])
    assert desk.refusal(command, rules=rules) == [("link-too-deep", "link")]


def test_link_is_refused_when_it_cannot_be_meant() -> None:
    """An unknown name, itself, nobody, a merge by hand; with every reason at once."""
    desk = Desk(A, B)
    unknown = desk.ask(LinkTicket(ticket_id=A, link="chlid_of", other=B))
    assert "did you mean 'child_of'" in str(unknown)
    assert desk.refusal(LinkTicket(ticket_id=A, link="child_of", other=A)) == [
        ("same-ticket", "other")
    ]
    assert desk.refusal(LinkTicket(ticket_id=A, link="child_of", other=C)) == [
        ("ticket-missing", "other")
    ]
    assert desk.refusal(LinkTicket(ticket_id=A, link="merged_into", other=B), BOB) == [
        ("reserved-link", "link"),
        ("missing-role", "actor.roles"),
    ]
    assert desk.refusal(LinkTicket(ticket_id=A, link="", other=B)) == [("missing-field", "link")]
    assert desk.refusal(LinkTicket(ticket_id=C, link="child_of", other=A)) == [
        ("ticket-missing", "ticket_id")
    ]


def test_link_is_refused_when_the_other_was_merged() -> None:
    """The remedy names the ticket that goes on."""
    desk = Desk(A, B, C)
    desk.do(MergeTicket(ticket_id=B, into=A))
    found = desk.ask(LinkTicket(ticket_id=C, link="child_of", other=B))
    assert "link A instead" in str(found)


@pytest.mark.parametrize("link", ["child_of", "parent_of", "related_to"])
def test_link_is_refused_from_either_side_when_one_was_merged(link: str) -> None:
    """Who asks makes no difference; what was linked before is still no second link."""
    desk = Desk(A, B, C)
    desk.link(B, "related_to", C)
    desk.do(MergeTicket(ticket_id=B, into=A))
    from_it = LinkTicket(ticket_id=B, link=link, other=A if link == "related_to" else C)
    assert ("ticket-merged", "ticket_id") in desk.refusal(from_it)
    to_it = LinkTicket(ticket_id=A, link=link, other=B)
    assert ("ticket-merged", "other") in desk.refusal(to_it)
    assert desk.do(LinkTicket(ticket_id=B, link="related_to", other=C)).events == {}


def test_both_ends_are_gone_when_unlinked_from_either() -> None:
    """And the tickets can be linked otherwise."""
    for one, other, name in ((A, B, "parent_of"), (B, A, "child_of")):
        desk = Desk(A, B)
        desk.link(B, "child_of", A)
        desk.do(UnlinkTicket(ticket_id=one, link=name, other=other, reason="wrong"))
        assert (desk.links(A), desk.links(B)) == (set(), set())
        desk.link(A, "child_of", B)


def test_unlink_is_refused_when_there_is_no_such_link() -> None:
    """The remedy lists the links that there are; a merge is not undone by hand."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    found = desk.ask(UnlinkTicket(ticket_id=B, link="child_of", other=C))
    assert "its links are: child_of A" in str(found)
    desk.do(MergeTicket(ticket_id=C, into=A))
    undo = UnlinkTicket(ticket_id=C, link="merged_into", other=A)
    assert desk.refusal(undo) == [("reserved-link", "link")]


def test_one_end_is_unlinked_when_the_other_never_knew() -> None:
    """An import may know one end, or a ticket that is not there."""
    desk = Desk(A, B)
    desk.link(B, "child_of", A)
    desk.tickets[A] = None
    assert list(desk.do(UnlinkTicket(ticket_id=B, link="child_of", other=A)).events) == [B]


def test_refusal_shows_what_was_asked_for_when_a_link_cannot_be_made() -> None:
    """The name of the link, the other ticket, or the ticket itself; every reason at once."""
    desk = Desk(A, B, C, D)
    desk.link(B, "child_of", A)
    desk.do(MergeTicket(ticket_id=D, into=A))

    def told(one: TicketId, link: str, other: TicketId) -> list[tuple[str, str]]:
        return desk.values(LinkTicket(ticket_id=one, link=link, other=other))

    assert told(A, "chlid_of", B) == [("unknown-link", "chlid_of")]
    assert told(A, "merged_into", B) == [("reserved-link", "merged_into")]
    assert told(A, "child_of", A) == [("same-ticket", "A")]
    assert told(A, "child_of", E) == [("ticket-missing", "E")]
    assert told(B, "child_of", E) == [("ticket-missing", "E"), ("already-linked", "A")]
    assert told(C, "child_of", D) == [("ticket-merged", "D")]
    assert ("ticket-merged", "D") in told(D, "child_of", C)
    assert told(B, "child_of", C) == [("already-linked", "A")]
    assert told(A, "child_of", B) == [("link-cycle", "B")]
    gone = UnlinkTicket(ticket_id=A, link="child_of", other=C)
    assert desk.values(gone) == [("not-linked", "child_of")]
    assert desk.refusal(gone) == [("not-linked", "link")]
    assert desk.refusal(LinkTicket(ticket_id=A, link="chlid_of", other=B)) == [
        ("unknown-link", "link")
    ]


def test_links_by_hand_are_proposed_when_a_name_is_unknown() -> None:
    """Not those that only a command of their own makes."""
    remedy = str(Desk(A, B).ask(LinkTicket(ticket_id=A, link="x", other=B)))
    assert "use one of duplicate_of, duplicated_by, child_of" in remedy
    assert "merged" not in remedy


def test_unlink_tells_of_no_links_when_there_are_none() -> None:
    """None, in words."""
    found = Desk(A, B).ask(UnlinkTicket(ticket_id=A, link="child_of", other=B))
    assert "its links are: none" in str(found)


def test_link_is_made_when_tickets_stand_as_deep_as_allowed() -> None:
    """Three above each other where three are walked, the fourth is refused with its link."""
    names = tuple(TicketId(f"T{number}") for number in range(5))
    desk, rules = Desk(*names), LinkRules(deepest=3)
    for lower, upper in zip(names[1:4], names, strict=False):
        desk.do(LinkTicket(ticket_id=lower, link="child_of", other=upper), rules=rules)
    command = LinkTicket(ticket_id=names[4], link="child_of", other=names[3])
    assert desk.values(command, rules=rules) == [("link-too-deep", "child_of")]


def test_type_of_ones_own_works_when_it_is_added() -> None:
    """Links are data."""
    rules = LinkRules(types=(*LINK_TYPES, LinkType(name="blocks", reverse="blocked_by")))
    desk = Desk(A, B)
    desk.do(LinkTicket(ticket_id=A, link="blocked_by", other=B), rules=rules)
    assert desk.links(B) == {("blocks", "A")}


def test_tickets_of_a_level_are_asked_for_at_once_when_circles_are_looked_for() -> None:
    """A store is asked once for both causes, not twice."""
    desk = Desk(A, B, C, D)
    desk.link(A, "caused_by", B)
    desk.link(A, "caused_by", C)
    known = {A: desk.tickets[A], D: desk.tickets[D]}
    command = LinkTicket(ticket_id=D, link="caused_by", other=A)
    found = decide_linked(SHIPPED, known, command, actor=ANN, at=NINE)
    assert found == Lacking(tickets=(B, C))


def test_link_is_made_when_an_import_brought_a_circle_higher_up() -> None:
    """The circle is not through this link, and is walked round once."""
    desk = Desk(A, B, C, D)
    for one, other in ((A, B), (B, D), (D, B)):
        ticket = desk.tickets[one]
        assert ticket is not None
        desk.tickets[one] = attrs.evolve(ticket, links=(Link("child_of", other),))
    desk.link(C, "child_of", A)
    assert desk.links(C) == {("child_of", A)}


def test_unlink_tells_every_reason_when_the_link_is_unknown_or_the_ticket() -> None:
    """As when linking: the name, and what the lifecycle has against it."""
    desk = Desk(A, B)
    unknown = UnlinkTicket(ticket_id=A, link="chlid_of", other=B)
    assert desk.refusal(unknown, BOB) == [
        ("unknown-link", "link"),
        ("missing-role", "actor.roles"),
    ]
    nobody = UnlinkTicket(ticket_id=C, link="child_of", other=B)
    assert desk.refusal(nobody) == [("ticket-missing", "ticket_id")]
