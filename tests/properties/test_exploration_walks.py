"""L3: what happens in a random walk is never denied by the model checker.

The walks are made by `decide` and `evolve` alone, of commands that are put together here and not
by the checker's own alphabet. Whatever is seen on the way is asked for: a no is a lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Final, Never, cast

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.commands import COMMAND_TYPES, Actor, Command, TriggerTransition
from itsm_core.conditions import Predicate, field
from itsm_core.errors import CommandRefused, DefinitionError
from itsm_core.explore import World, can
from itsm_core.ids import TicketId
from itsm_core.lifecycle import (
    COMPLAINT,
    INCIDENT,
    SERVICE_REQUEST,
    TASK,
    Lifecycle,
    State,
    StateCategory,
    Ticket,
    Transition,
    decide,
    evolve,
)
from itsm_core.priority import ITIL_MATRIX
from tests.unit.explore.worlds import PLAIN, STATES

NINE: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
KINDS: Final = {kind.trigger: kind for kind in COMMAND_TYPES if kind.trigger}
TEXTS: Final = ("", "mail", "vip mail", "vip", "phone")
PLACES: Final = {
    "group": ("", "first", "second"),
    "impact": ITIL_MATRIX.impacts,
    "urgency": ITIL_MATRIX.urgencies,
    "priority": ITIL_MATRIX.policy.priorities,
    "resolution_code": ("", "done", "fixed"),
    "ticket_type": ("incident", "request"),
    "into": ("T-2",),
}
PEOPLE: Final = ("requester", "assignee", "approver")
UNTOLD: Final = frozenset({"nudge"})
RECORDS: Final = frozenset(
    {
        "answer",
        "approve",
        "assign",
        "contact",
        "end_override",
        "override",
        "prioritise",
        "reclassify",
    }
)


def tried(rng: Random, world: World, trigger: str) -> Command:
    """Return a command of a trigger, with whatever in its fields."""
    kind = KINDS.get(trigger)
    if kind is None:
        return TriggerTransition(ticket_id=TicketId("T-1"), name=trigger, reason="because")
    values: dict[str, object] = {}
    for each in attrs.fields(kind):
        if each.name == "reason":
            values["reason"] = rng.choice(("because", *world.lifecycle.hold_reasons))
        elif each.name in PEOPLE:
            values[each.name] = rng.choice(("", *world.requesters))
        elif each.name in PLACES:
            values[each.name] = rng.choice(PLACES[each.name])
        elif each.name not in ("ticket_id", "number", "expires_us"):
            values[each.name] = rng.choice(TEXTS)
    return kind(ticket_id=TicketId("T-1"), **cast("dict[str, Never]", values))


@attrs.frozen
class Seen:
    """Hold a ticket on its way, and by whom and what it got there."""

    ticket: Ticket
    trigger: str
    actor: Actor


def walk(rng: Random, world: World, steps: int) -> Iterator[Seen]:
    """Yield what a ticket is after each step of a random walk."""
    lifecycle, ticket = world.lifecycle, None
    moves = [each.trigger for each in lifecycle.transitions if each.target]
    triggers = sorted({*moves, *(RECORDS | UNTOLD) & set(lifecycle.triggers)} - {"open"})
    for _ in range(steps):
        trigger = "open" if ticket is None else rng.choice(triggers)
        command, actor = tried(rng, world, trigger), rng.choice(world.people)
        decision = decide(lifecycle, ticket, command, actor=actor, at=NINE)
        if isinstance(decision, CommandRefused) or not decision:
            continue
        for event in decision:
            ticket = evolve(ticket, event)
        assert ticket is not None
        yield Seen(ticket, trigger, actor)


def questions(seen: Seen) -> list[Predicate]:
    """Return what is the case, fact by fact."""
    ticket = seen.ticket
    found: list[Predicate] = [
        field("state").is_(ticket.state),
        field("reassignment_count").is_at_least(ticket.reassignment_count),
        field("reopen_count").is_(ticket.reopen_count),
        field("approval_count").is_(ticket.approval_count),
        field("trigger").is_(seen.trigger),
        field("by_program").is_(seen.actor.automatic),
        field("answered").is_(ticket.first_response_us is not None),
    ]
    for name in (
        "assignee",
        "category_name",
        "channel",
        "group",
        "hold_reason",
        "impact",
        "priority",
        "requester",
        "resolution_code",
        "resolver",
        "service",
        "ticket_type",
        "title",
    ):
        value = str(getattr(ticket, name))
        found.append(field(name).is_(value) if value else field(name).is_missing())
    for part in ("vip", "mail"):
        held = field("title").contains(part)
        found.append(held if part in ticket.title else ~held)
    return found


GUARDS: Final = (
    field("reassignment_count").is_above(1),
    field("title").contains("vip") & field("title").contains("mail"),
    field("title").contains("vip") & ~field("title").contains("mail"),
    field("ticket_type").is_("request"),
    field("requester").is_missing(),
    field("group").is_present() & field("assignee").is_missing(),
    field("reopen_count").is_at_least(1),
    field("resolver").is_missing(),
    field("first_response_us").is_present(),
    field("service").is_("mail") & field("channel").is_("phone"),
    field("priority").is_("P1") & field("impact").is_not("high"),
    field("approval_count").is_at_least(1),
)
SOURCES: Final = ("new", "busy", "parked", "solved")


def strange(rng: Random) -> Lifecycle | None:
    """Return a lifecycle with an island behind guards; None where it would be out of reach."""
    recorded = rng.sample(sorted(RECORDS - {"answer"}), 4)
    wanted = rng.choice(((), ("title",), ("assignee",), ("group",), ("requester",)))
    try:
        return Lifecycle(
            name="strange",
            states=(
                *(each for each in STATES if each.name != "dropped"),
                State(name="island", category=StateCategory.ACTIVE),
            ),
            hold_reasons=("supplier", "weather"),
            transitions=(
                *PLAIN,
                *(Transition(trigger=each, sources=(*SOURCES, "island")) for each in recorded),
                Transition(
                    trigger="sail",
                    sources=(rng.choice(SOURCES[:2]),),
                    target="island",
                    guard=rng.choice(GUARDS),
                    required=wanted,
                ),
                Transition(trigger="return", sources=("island",), target="busy"),
            ),
        )
    except DefinitionError as error:
        if {each.code for each in error.faults} != {"unreachable-state"}:
            raise
        return None


def ask_of_all(rng: Random, world: World, steps: int) -> None:
    """Ask for what is seen on a walk, two facts at a time."""
    for seen in walk(rng, world, steps):
        one, other = rng.sample(questions(seen), 2)
        answer = can(world, one & other)
        assert not answer.is_no, f"{seen} was denied: {answer}"


@pytest.mark.parametrize(
    "lifecycle", [INCIDENT, SERVICE_REQUEST, TASK, COMPLAINT], ids=lambda each: each.name
)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_nothing_is_denied_that_happens_when_a_shipped_lifecycle_is_walked(
    lifecycle: Lifecycle, seed: int
) -> None:
    """Every fact of every ticket on the way can be."""
    world = World(lifecycle=lifecycle, situations=1_000)
    ask_of_all(Random(seed), world, steps=25)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_nothing_is_denied_that_happens_when_a_random_lifecycle_is_walked(seed: int) -> None:
    """Guards that look at what the checker once left out: an island is found by both or neither."""
    rng = Random(seed)
    lifecycle = strange(rng)
    if lifecycle is not None:
        ask_of_all(rng, World(lifecycle=lifecycle, situations=1_000), steps=40)
