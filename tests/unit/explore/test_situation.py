"""One situation: what is remembered, which facts there are, what tells it from others."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs

from itsm_core.commands import Actor
from itsm_core.conditions import Condition, Predicate, field
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    TicketClosed,
    TicketReopened,
    TicketResolved,
)
from itsm_core.explore import World
from itsm_core.explore._focus import focus_of
from itsm_core.explore._situation import PROGRAM, Memory, Situation
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Ticket
from tests.unit.explore.worlds import DESK, in_state

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
NOW = int(NINE.timestamp()) * 1_000_000
ID = TicketId("T")
ANN = Actor(person_id=PersonId("ann"), roles={"analyst"})
BOT = Actor(roles={"system"}, automatic=True)


def situation(rule: Predicate, world: World = DESK, **fields: object) -> Situation:
    """Return a situation of one ticket, with nothing that led there."""
    focus = focus_of(world, Condition(schema=world.schema, rule=rule))
    ticket = attrs.evolve(Ticket(ticket_id=ID, opened_at=NINE), **fields)  # type: ignore[arg-type]
    return Situation(focus, ticket, (), NOW, Memory())


def test_memory_counts_humans_when_answers_and_contacts_come() -> None:
    """A program neither answers nor gets in touch (law L5)."""
    told = (
        AnswerSent(ticket_id=ID, occurred_at=NINE),
        ContactReceived(ticket_id=ID, occurred_at=NINE),
        ContactReceived(ticket_id=ID, occurred_at=NINE, automatic=True),
    )
    found = Memory().after("contact", ANN, told)
    assert (found.answers, found.contacts) == (1, 1)


def test_memory_names_who_resolved_and_closed_until_it_is_reopened() -> None:
    """A reopening undoes both."""
    done = Memory().after(
        "resolve", ANN, (TicketResolved(ticket_id=ID, occurred_at=NINE, state="r"),)
    )
    ended = done.after("close", BOT, (TicketClosed(ticket_id=ID, occurred_at=NINE, state="c"),))
    assert (ended.resolved_by, ended.closed_by) == ("ann", PROGRAM)
    back = ended.after("reopen", ANN, (TicketReopened(ticket_id=ID, occurred_at=NINE, state="a"),))
    assert (back.resolved_by, back.closed_by) == ("", "")


def test_facts_tell_who_closed_what_they_resolved() -> None:
    """Programs are nobody of whom one could say so."""
    found = situation(field("closed_by_resolver").is_(True))
    same = attrs.evolve(found, memory=Memory(resolved_by="ann", closed_by="ann"))
    program = attrs.evolve(found, memory=Memory(resolved_by=PROGRAM, closed_by=PROGRAM))
    assert same.fact("closed_by_resolver") is True
    assert program.fact("closed_by_resolver") is False


def test_facts_tell_approvals_by_the_tickets_own_people() -> None:
    """The requester and the assignee are."""
    own = situation(in_state("closed"), approvers=("rob",), requester="rob")
    other = situation(in_state("closed"), approvers=("zoe",), requester="rob")
    assert own.fact("approved_by_own") is True
    assert other.fact("approved_by_own") is False


def test_key_is_the_same_when_only_what_nobody_looks_at_differs() -> None:
    """A title changes no future."""
    plain = situation(in_state("closed"))
    titled = situation(in_state("closed"), title="no network", version=7)
    assert plain.key() == titled.key()


def test_key_differs_when_something_that_is_asked_does() -> None:
    """What the question reads tells situations apart."""
    rule = field("title").is_("no network")
    assert situation(rule).key() != situation(rule, title="no network").key()


def test_key_takes_people_for_each_other_when_they_could_change_places() -> None:
    """Who is the assignee matters, which of two alike does not."""
    two = tuple(Actor(person_id=PersonId(name), roles={"analyst"}) for name in ("ann", "bob"))
    world = attrs.evolve(DESK, people=two)
    rule = field("assignee").is_present()
    assert (
        situation(rule, world, assignee="ann").key() == situation(rule, world, assignee="bob").key()
    )
    assert situation(rule, world, assignee="ann").key() != situation(rule, world).key()
    both = situation(rule, world, assignee="ann")
    named = field("assignee").is_("ann")
    assert both.key() != situation(named, world, assignee="bob").key()


def test_counts_hold_the_reopenings_of_all_tickets() -> None:
    """Of which fewer can do all that more can."""
    found = situation(in_state("closed"), reopen_count=2)
    other = attrs.evolve(found.ticket, reopen_count=1)
    assert attrs.evolve(found, others=(other,)).counts() == (2, 1)


def test_neighbours_are_counted_by_what_became_of_them() -> None:
    """Open, resolved, ended."""
    found = situation(field("neighbours_open").is_(1))
    other = found.ticket
    assert attrs.evolve(found, others=(other, other)).fact("neighbours_open") == 2
    assert attrs.evolve(found, others=(other,)).fact("neighbours_ended") == 0
    assert found.fact("neighbours_resolved") == 0
