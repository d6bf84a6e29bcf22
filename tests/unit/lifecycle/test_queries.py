"""What may be done now, and why not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import attrs
import pytest

from itsm_core.commands import Actor
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, allowed

NEW = Ticket(ticket_id=TicketId("INC-1"), opened_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
ANN = Actor(roles={"analyst"})
ROB = Actor(roles={"requester"})


def test_every_way_out_is_listed_when_some_are_refused() -> None:
    """L2: each outgoing transition is there, allowed or refused with its reasons."""
    found = {each.trigger: each.is_allowed for each in allowed(INCIDENT, NEW, ROB)}
    assert found == {
        "assign": False,
        "prioritise": False,
        "reclassify": False,
        "override": False,
        "end_override": False,
        "answer": False,
        "contact": True,
        "start": False,
        "hold": False,
        "resolve": False,
        "cancel": True,
    }


def test_reason_names_the_roles_when_refused() -> None:
    """A refused transition says what is missing."""
    start = next(each for each in allowed(INCIDENT, NEW, ROB) if each.trigger == "start")
    (reason,) = start.reasons
    assert str(reason) == (
        "actor.roles: 'start' needs a role that the actor does not have "
        "(needs one of analyst, lead; the actor has requester)"
    )


@pytest.mark.parametrize(
    ("trigger", "target", "needs"),
    [
        ("start", "in_progress", ()),
        ("hold", "on_hold", ("reason",)),
        ("resolve", "resolved", ("resolution_code",)),
        ("contact", "new", ()),
    ],
)
def test_target_and_needed_fields_are_told_when_allowed(
    trigger: str, target: str, needs: tuple[str, ...]
) -> None:
    """A form can be drawn from the answer."""
    (found,) = (each for each in allowed(INCIDENT, NEW, ANN) if each.trigger == trigger)
    assert (found.target, found.needs, found.is_allowed) == (target, needs, True)


def test_field_is_not_needed_when_the_ticket_has_it() -> None:
    """Only what the command must bring is asked for."""
    moves = [
        attrs.evolve(each, required=("category_name",)) if each.trigger == "start" else each
        for each in INCIDENT.transitions
    ]
    strict = attrs.evolve(INCIDENT, transitions=moves)
    known = attrs.evolve(NEW, category_name="mail")
    needs = [
        each.needs
        for ticket in (NEW, known)
        for each in allowed(strict, ticket, ANN)
        if each.trigger == "start"
    ]
    assert needs == [("category_name",), ()]


def test_opening_is_the_only_way_when_there_is_no_ticket() -> None:
    """Before a ticket exists, it can be opened."""
    (found,) = allowed(INCIDENT, None, ROB)
    assert (found.trigger, found.target, found.is_allowed) == ("open", "new", True)


def test_nothing_is_listed_when_the_state_is_foreign() -> None:
    """An imported state has no way out; decide says why."""
    assert allowed(INCIDENT, attrs.evolve(NEW, state="-100"), ANN) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, NEW, ANN), "not a Lifecycle: None"),
        ((INCIDENT, "INC-1", ANN), "not a Ticket: 'INC-1'"),
        ((INCIDENT, NEW, None), "not an Actor: None"),
    ],
)
def test_question_is_refused_when_an_argument_is_of_another_type(
    arguments: tuple[object, ...], message: str
) -> None:
    """What the types forbid, callers without a type checker still do."""
    with pytest.raises(InvalidValue, match=message):
        allowed(*cast("Any", arguments))
