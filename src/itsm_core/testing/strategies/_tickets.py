"""Strategies of lifecycles, tickets, their stories, and the commands that move them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Final, Never, cast

import attrs
from hypothesis import strategies as st

from itsm_core.commands import Actor, Command, OpenTicket
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.events import TicketEvent
from itsm_core.ids import PersonId
from itsm_core.lifecycle import (
    SHIPPED,
    Lifecycle,
    State,
    StateCategory,
    Ticket,
    Transition,
    decide,
    evolve,
)
from itsm_core.testing.lifecycle_alphabet import Letter, letters_of
from itsm_core.testing.strategies._time import odd_instants


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """Return lifecycles that are sound: those shipped, and small ones made up.

    A made-up one has one or two working states; it may hold, resolve, reopen, cancel, ask for
    approvals and know roles, or not.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.lifecycles())
    ... def test_a_lifecycle_can_be_kept_as_json(lifecycle):
    ...     assert Lifecycle.from_json(lifecycle.to_json()) == lifecycle
    >>> test_a_lifecycle_can_be_kept_as_json()
    """
    if draw(st.booleans()):
        return draw(st.sampled_from(SHIPPED))
    has = {name: draw(st.booleans()) for name in ("hold", "resolve", "cancel", "approve", "roles")}
    working = ("work", "vendor")[: draw(st.integers(1, 2))]
    states = [State(name="new", category=StateCategory.NEW)]
    states += [State(name=name, category=StateCategory.ACTIVE) for name in working]
    if has["hold"]:
        states.append(State(name="waiting", category=StateCategory.ON_HOLD))
    if has["resolve"]:
        states.append(State(name="solved", category=StateCategory.RESOLVED))
    states.append(State(name="closed", category=StateCategory.CLOSED))
    if has["cancel"]:
        states.append(State(name="cancelled", category=StateCategory.CANCELLED))
    moves = _moves(working, has, draw(st.integers(1, 5)))
    return Lifecycle(
        name=draw(st.sampled_from(("small", "it's odd"))),
        version=draw(st.integers(1, 3)),
        states=states,
        hold_reasons=("awaiting_requester", "parts") if has["hold"] else (),
        resume_on_contact=("awaiting_requester",) if has["hold"] and draw(st.booleans()) else (),
        transitions=moves,
    )


def _moves(working: tuple[str, ...], has: dict[str, bool], reopenings: int) -> list[Transition]:
    roles = ("analyst", "lead") if has["roles"] else ()
    still_open = ("new", *working, *(("waiting",) if has["hold"] else ()))
    ended = "solved" if has["resolve"] else "closed"
    every = (*still_open, *(("solved",) if has["resolve"] else ()), "closed")
    moves = [
        Transition(trigger="open", target="new"),
        Transition(trigger="assign", sources=still_open, roles=roles),
        Transition(trigger="answer", sources=still_open, roles=roles),
        Transition(trigger="contact", sources=every),
        Transition(trigger="start", sources=("new",), target="work", roles=roles),
    ]
    if len(working) == 2:
        moves.append(Transition(trigger="hand out", sources=("work",), target="vendor"))
        moves.append(Transition(trigger="take back", sources=("vendor",), target="work"))
    if has["hold"]:
        moves.append(
            Transition(trigger="hold", sources=working, target="waiting", required=("reason",))
        )
        moves.append(Transition(trigger="resume", sources=("waiting",), target="work"))
    approvals = 1 if has["approve"] else 0
    if approvals:
        moves.append(Transition(trigger="approve", sources=working, separate_from=("requester",)))
    finish = "resolve" if has["resolve"] else "close"
    moves.append(
        Transition(trigger=finish, sources=working, target=ended, roles=roles, approvals=approvals)
    )
    if has["resolve"]:
        again = field("reopen_count").is_below(reopenings)
        moves.append(Transition(trigger="reopen", sources=("solved",), target="work", guard=again))
        moves.append(Transition(trigger="close", sources=("solved",), target="closed"))
    if has["cancel"]:
        moves.append(Transition(trigger="cancel", sources=still_open, target="cancelled"))
    return moves


@lru_cache(maxsize=32)
def _letters(lifecycle: Lifecycle) -> Mapping[str, tuple[Letter, ...]]:
    """Return the letters of each trigger, the one that has most to say for itself first."""
    found: dict[str, list[Letter]] = {}
    for letter in letters_of(lifecycle):
        found.setdefault(letter.trigger, []).append(letter)
    return {trigger: tuple(sorted(found[trigger], key=_modesty)) for trigger in found}


def _modesty(letter: Letter) -> tuple[int, int]:
    return -len(letter.actor.roles), -len(letter.filled)


@st.composite
def stories(
    draw: st.DrawFn, lifecycle: Lifecycle | None = None, *, longest: int = 6
) -> tuple[TicketEvent, ...]:
    """Return the events of a ticket that moved by its lifecycle alone, in their order.

    Up to `longest` commands are tried after the opening, each by anybody, and if that is refused by
    somebody with every role; what is refused again leaves no trace. Two may happen at one instant.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.lifecycle import INCIDENT, fold
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.stories(INCIDENT))
    ... def test_the_version_counts_the_events(events):
    ...     assert fold(events).version == len(events)
    >>> test_the_version_counts_the_events()
    """
    rules = draw(lifecycles()) if lifecycle is None else lifecycle
    letters = _letters(rules)
    at, events = draw(odd_instants()), list[TicketEvent]()
    ticket: Ticket | None = None
    triggers = draw(st.lists(st.sampled_from(tuple(letters)), max_size=longest))
    for trigger in (OpenTicket.trigger, *triggers):
        for letter in (draw(st.sampled_from(letters[trigger])), letters[trigger][0]):
            decision = decide(rules, ticket, letter.command, actor=letter.actor, at=at)
            if not isinstance(decision, CommandRefused):
                break
        else:
            continue
        for event in decision:
            events.append(event)
            ticket = evolve(ticket, event)
        at += draw(st.sampled_from((timedelta(0), timedelta(minutes=20), timedelta(days=3))))
    return tuple(events)


def tickets(lifecycle: Lifecycle | None = None) -> st.SearchStrategy[Ticket]:
    """Return tickets as the stories of a lifecycle leave them.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.lifecycle import INCIDENT
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.tickets(INCIDENT))
    ... def test_a_ticket_on_hold_says_why(ticket):
    ...     assert (ticket.state == "on_hold") is bool(ticket.hold_reason)
    >>> test_a_ticket_on_hold_says_why()
    """
    return stories(lifecycle).map(_folded)


def _folded(events: tuple[TicketEvent, ...]) -> Ticket:
    ticket = evolve(None, events[0])
    for event in events[1:]:
        ticket = evolve(ticket, event)
    return ticket


def actors() -> st.SearchStrategy[Actor]:
    """Return people and programs with the roles of the shipped lifecycles, or with none.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.lifecycle import INCIDENT, allowed
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.actors())
    ... def test_a_ticket_begins_with_its_opening(actor):
    ...     assert {way.trigger for way in allowed(INCIDENT, None, actor)} == {"open"}
    >>> test_a_ticket_begins_with_its_opening()
    """
    roles = st.sets(st.sampled_from(("analyst", "lead", "requester", "system")), max_size=3)
    names = st.sampled_from(("", "ann", "bob"))
    return st.builds(Actor, person_id=names.map(PersonId), roles=roles, automatic=st.booleans())


def commands(kind: type[Command] = Command) -> st.SearchStrategy[Command]:
    """Return commands of every class, or of one, on one ticket, their fields filled or empty.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from datetime import UTC, datetime
    >>> from itsm_core.lifecycle import INCIDENT
    >>> nine = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.commands(), own.actors())
    ... def test_whoever_is_refused_is_told_why(command, actor):
    ...     decision = decide(INCIDENT, None, command, actor=actor, at=nine)
    ...     assert not isinstance(decision, CommandRefused) or decision.reasons
    >>> test_whoever_is_refused_is_told_why()
    """
    return st.sampled_from(_commands(kind))


_TO_FILL: Final[Mapping[str, str | int]] = {"lifecycle_version": 1, "score": 4}


def _commands(kind: type[Command]) -> tuple[Command, ...]:
    found = tuple(command for command in _every_command() if isinstance(command, kind))
    if found:
        return found
    # No shipped lifecycle has a word for it: what it needs is filled, the rest is empty.
    needed = [field.name for field in attrs.fields(kind) if field.default is attrs.NOTHING]
    filled = {name: _TO_FILL.get(name, "INC-1") for name in needed}
    return (kind(**cast("dict[str, Never]", filled)),)


@lru_cache(maxsize=1)
def _every_command() -> tuple[Command, ...]:
    every = (each for lifecycle in SHIPPED for each in _letters(lifecycle).values())
    return tuple(dict.fromkeys(letter.command for letters in every for letter in letters))
