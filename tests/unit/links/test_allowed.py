"""What may be done with a ticket, as far as its followers have a say (laws L2 and L6)."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, WallTime
from itsm_core.commands import Actor, CancelTicket
from itsm_core.errors import InvalidValue, NotFound
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, SHIPPED, TASK, Allowed, StateCategory, Ticket, TimedRules
from itsm_core.links import (
    LINK_RULES,
    Block,
    Effect,
    Lacking,
    LinkRules,
    Propagation,
    allowed_linked,
)
from tests.unit.links.sample import ANN, BOB, NINE, A, B, C, Desk, resolve

ALONE = LinkRules(blocks=LINK_RULES.blocks)
"""Children block, and do not follow."""


def ways(
    desk: Desk, name: TicketId, actor: Actor = ANN, rules: LinkRules = LINK_RULES
) -> dict[str, Allowed]:
    """Return what is said of each trigger; what is lacking is looked up."""
    known: dict[TicketId, Ticket | None] = {}
    while True:
        found = allowed_linked(SHIPPED, known, name, actor=actor, at=NINE, rules=rules)
        if not isinstance(found, Lacking):
            return {each.trigger: each for each in found}
        known |= {each: desk.tickets.get(each) for each in found.tickets}


def family() -> Desk:
    """Return a parent, its child, and a ticket apart."""
    desk = Desk(A, B, C)
    desk.link(B, "child_of", A)
    return desk


def test_resolving_is_refused_when_an_open_child_blocks_it() -> None:
    """The same reason as the command gets; the other moves are as they were."""
    desk = family()
    found = ways(desk, A, rules=ALONE)
    assert [(each.code, each.where) for each in found["resolve"].reasons] == desk.refusal(
        resolve(A), rules=ALONE
    )
    assert found["resolve"].needs == ("resolution_code",)
    assert found["start"].is_allowed
    assert found["cancel"].is_allowed
    desk.do(CancelTicket(ticket_id=B, reason="x"))
    assert ways(desk, A, rules=ALONE)["resolve"].is_allowed


def test_resolving_is_allowed_when_the_children_go_along() -> None:
    """What the step would do to them is done before it is asked who blocks."""
    assert ways(family(), A)["resolve"].is_allowed


def test_resolving_is_refused_when_a_child_may_not_go_along() -> None:
    """A follower's reason is placed by its id."""
    desk = Desk(A)
    desk.open(B, TASK)
    desk.link(B, "child_of", A)
    odd = desk.tickets[B]
    assert odd is not None
    desk.tickets[B] = attrs.evolve(odd, state="never heard of")
    reasons = ways(desk, A)["resolve"].reasons
    told = [(each.code, each.where) for each in reasons]
    assert told == [("unknown-state", "B: state"), ("open-followers", "links")]
    assert told == desk.refusal(resolve(A))


def test_resolving_is_refused_when_a_child_may_not_go_along_and_none_blocks() -> None:
    """What follows is asked for its own sake, whether or not anything blocks."""
    rules = LinkRules(
        propagations=[
            Propagation(link="child_of", on=StateCategory.RESOLVED, effect=Effect.RESOLVE)
        ]
    )
    desk = family()
    odd = desk.tickets[B]
    assert odd is not None
    desk.tickets[B] = attrs.evolve(odd, state="never heard of")
    reasons = ways(desk, A, rules=rules)["resolve"].reasons
    assert [(each.code, each.where) for each in reasons] == [("unknown-state", "B: state")]


def test_nobody_is_looked_up_when_no_rule_is_about_where_the_ticket_may_go() -> None:
    """A resolved ticket cannot be put on hold: who would hear of a hold does not matter."""
    rules = LinkRules(
        propagations=[Propagation(link="child_of", on=StateCategory.ON_HOLD, effect=Effect.INFORM)]
    )
    desk = family()
    desk.do(resolve(A), rules=rules)
    found = allowed_linked(SHIPPED, {A: desk.tickets[A]}, A, actor=ANN, at=NINE, rules=rules)
    assert not isinstance(found, Lacking)
    assert {each.trigger for each in found if each.is_allowed} >= {"close", "reopen"}


def test_every_kind_of_end_is_asked_when_a_block_names_it() -> None:
    """Cancelling as well, by a rule of one's own."""
    rules = LinkRules(blocks=[Block(link="child_of", on=StateCategory.CANCELLED)])
    found = ways(family(), A, rules=rules)
    assert [each.code for each in found["cancel"].reasons] == ["open-followers"]
    assert found["resolve"].is_allowed


def test_hold_is_asked_with_a_reason_that_the_lifecycle_knows_when_followers_hear_of_it() -> None:
    """Children that are told of a hold are no reason against it; resuming and closing neither."""
    rules = LinkRules(
        propagations=[
            Propagation(link="child_of", on=on, effect=Effect.INFORM)
            for on in (StateCategory.ON_HOLD, StateCategory.ACTIVE, StateCategory.CLOSED)
        ]
    )
    desk = family()
    found = ways(desk, A, rules=rules)
    assert found["hold"].reasons == ()
    assert found["start"].reasons == ()
    desk.do(resolve(A), rules=rules)
    found = ways(desk, A, rules=rules)
    assert (found["close"].reasons, found["reopen"].reasons) == ((), ())


def test_merging_is_allowed_when_followers_would_hear_of_the_end() -> None:
    """With which ticket is for the command to say: that it is not known yet is no reason."""
    assert ways(family(), A)["merge"].is_allowed
    moves = [
        attrs.evolve(each, required=("into",)) if each.trigger == "merge" else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    found = allowed_linked([lifecycle], family().tickets, A, actor=ANN, at=NINE)
    assert not isinstance(found, Lacking)
    (way,) = [each for each in found if each.trigger == "merge"]
    assert (way.reasons, way.needs) == ((), ("into",))


def test_nothing_is_looked_up_when_nobody_follows() -> None:
    """A ticket without followers costs what `allowed` costs."""
    desk = family()
    tickets = {C: desk.tickets[C], B: desk.tickets[B]}
    for name in (B, C):
        assert not isinstance(allowed_linked(SHIPPED, tickets, name, actor=ANN, at=NINE), Lacking)


def test_refused_move_is_told_once_when_its_role_is_missing() -> None:
    """What is refused anyway is not tried."""
    reasons = ways(family(), A, BOB, ALONE)["resolve"].reasons
    assert [each.code for each in reasons] == ["missing-role"]


def test_window_is_asked_when_there_are_timed_rules() -> None:
    """As in `allowed`."""
    desk = Desk(A)
    desk.do(resolve(A))
    timed = TimedRules(calendar=ALWAYS, reopen_within=WallTime(timedelta(hours=1)))
    found = allowed_linked(
        SHIPPED, desk.tickets, A, actor=BOB, at=NINE + timedelta(hours=2), timed=timed
    )
    assert not isinstance(found, Lacking)
    (reopen,) = [each for each in found if each.trigger == "reopen"]
    assert [each.code for each in reopen.reasons] == ["reopen-window-over"]


def test_field_is_taken_as_filled_when_the_move_needs_it_of_the_ticket() -> None:
    """What is still to be filled is no reason, and does not hide who blocks."""
    moves = [
        attrs.evolve(each, required=(*each.required, "group"))
        if each.trigger == "resolve"
        else each
        for each in INCIDENT.transitions
    ]
    lifecycle = attrs.evolve(INCIDENT, transitions=moves)
    found = allowed_linked([lifecycle], family().tickets, A, actor=ANN, at=NINE, rules=ALONE)
    assert not isinstance(found, Lacking)
    (way,) = [each for each in found if each.trigger == "resolve"]
    assert ([each.code for each in way.reasons], way.needs) == (
        ["open-followers"],
        ("resolution_code", "group"),
    )


def test_ticket_is_asked_for_when_it_is_not_known_yet() -> None:
    """Like any other that the answer depends on."""
    found = allowed_linked(SHIPPED, {}, A, actor=ANN, at=NINE)
    assert found == Lacking(tickets=(A,))


def test_question_is_refused_when_there_is_no_such_ticket_or_lifecycle() -> None:
    """Each with its remedy."""
    with pytest.raises(InvalidValue, match="no such ticket"):
        allowed_linked(SHIPPED, {A: None}, A, actor=ANN, at=NINE)
    ticket = Ticket(ticket_id=A, opened_at=NINE, lifecycle="own", requester=PersonId("bob"))
    with pytest.raises(NotFound, match="lifecycle 'own version 1'"):
        allowed_linked(SHIPPED, {A: ticket}, A, actor=ANN, at=NINE)
