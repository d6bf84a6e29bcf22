"""The short way of `decide` gives what the plain rules give, or leaves the answer to them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itsm_core import commands
from itsm_core.calendars import ALWAYS, WallTime
from itsm_core.commands import Actor, Command
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused, Fault, InvalidValue
from itsm_core.events import (
    TicketCancelled,
    TicketClosed,
    TicketMoved,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    SHIPPED,
    Lifecycle,
    State,
    StateCategory,
    Ticket,
    TimedRules,
    Transition,
    decide,
)
from itsm_core.lifecycle._decide import _plainly
from itsm_core.lifecycle._usual import unusual
from itsm_core.priority import ITIL_MATRIX, PriorityOverride

ID = TicketId("T-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1, microseconds=7)
ANN = Actor(person_id=PersonId("ann"), roles=frozenset({"analyst"}))
USUAL: dict[type[Command], dict[str, str]] = {
    commands.StartWork: {},
    commands.ResumeTicket: {},
    commands.ResolveTicket: {"resolution_code": "fixed"},
    commands.ReopenTicket: {"reason": "again"},
    commands.CloseTicket: {},
    commands.CancelTicket: {"reason": "not wanted"},
}
DESK = attrs.evolve(
    INCIDENT,
    name="desk",
    transitions=tuple(
        attrs.evolve(
            each,
            required=("resolution_code", "group", "service"),
            guard=field("reassignment_count").is_below(20),
        )
        if each.trigger == "resolve"
        else each
        for each in INCIDENT.transitions
    ),
)
"""Incidents whose solution asks for a role, fields of command and ticket, and a guard."""
TICKET = Ticket(
    ticket_id=ID,
    lifecycle="desk",
    state="in_progress",
    category=StateCategory.ACTIVE,
    group=GroupId("first"),
    service=ServiceId("mail"),
    opened_at=NINE,
    version=3,
)
RESOLVE = commands.ResolveTicket(ticket_id=ID, resolution_code="fixed")


def plainly(lifecycle: Lifecycle, ticket: Any, command: Any, actor: Any, at: Any) -> Any:
    """Return the events of the plain rules, or their reasons."""
    decision = _plainly(
        lifecycle, ticket, command, actor=actor, at=at, matrix=ITIL_MATRIX, timed=None
    )
    return decision.reasons if isinstance(decision, CommandRefused) else decision


def both(lifecycle: Lifecycle, ticket: Any, command: Any, actor: Any, at: Any) -> Any:
    """Return what `decide` answers once the move is known; it equals the plain rules' answer."""
    plain = plainly(lifecycle, ticket, command, actor, at)
    decision = decide(lifecycle, ticket, command, actor=actor, at=at)
    assert (decision.reasons if isinstance(decision, CommandRefused) else decision) == plain
    return plain


def is_refused(answer: tuple[object, ...]) -> bool:
    """Return whether an answer of `both` holds reasons."""
    return bool(answer) and all(isinstance(each, Fault) for each in answer)


def short(lifecycle: Lifecycle, ticket: Ticket, command: Command, actor: Actor) -> Any:
    """Return what the short way alone gives; None where it leaves the answer to the plain rules."""
    plainly(lifecycle, ticket, command, actor, TEN)
    return lifecycle._memory.moves[type(command)][ticket.state](ticket, command, actor, TEN)


def moves(lifecycle: Lifecycle) -> Iterator[tuple[Ticket, Command, Actor]]:
    """Yield every usual command in every state, by everybody, with and without its text."""
    roles = sorted({role for each in lifecycle.transitions for role in each.roles})
    for (kind, texts), state in product(USUAL.items(), lifecycle.states):
        for role, filled, blank in product(("", *roles), (texts, {}), ("", "x")):
            ticket = Ticket(
                ticket_id=ID,
                lifecycle=lifecycle.name,
                lifecycle_version=lifecycle.version,
                state=state.name,
                category=state.category,
                service=ServiceId(blank),
                assignee=PersonId(blank),
                opened_at=NINE,
            )
            fields: dict[str, Any] = dict(filled)
            actor = Actor(person_id=PersonId("ann"), roles=frozenset({role} - {""}))
            yield ticket, kind(ticket_id=ID, **fields), actor


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_answer_equals_the_plain_rules_when_a_usual_command_is_asked(lifecycle: Lifecycle) -> None:
    """Every usual command in every state of every shipped lifecycle, by every role."""
    events = 0
    for ticket, command, actor in moves(lifecycle):
        answer = both(lifecycle, ticket, command, actor, TEN)
        events += not is_refused(answer)
    assert events > 5


def fork() -> Lifecycle:
    """Return a lifecycle in which the usual commands lead to every class of event."""
    category = StateCategory
    places = ("new", "doing", "testing", "waiting", "done", "closed", "cancelled")
    kinds = (
        category.NEW,
        category.ACTIVE,
        category.ACTIVE,
        category.ON_HOLD,
        category.RESOLVED,
        category.CLOSED,
        category.CANCELLED,
    )
    return Lifecycle(
        name="fork",
        states=tuple(
            State(name=name, category=kind) for name, kind in zip(places, kinds, strict=True)
        ),
        hold_reasons=("any",),
        transitions=(
            Transition(trigger="open", target="new"),
            Transition(trigger="start", sources=("new",), target="doing"),
            Transition(trigger="start", sources=("doing",), target="testing"),
            Transition(trigger="hold", sources=("doing",), target="waiting", required=("reason",)),
            Transition(trigger="resume", sources=("waiting",), target="doing"),
            Transition(trigger="resolve", sources=("doing", "testing"), target="done"),
            Transition(
                trigger="reopen",
                sources=("done",),
                target="doing",
                guard=field("reopen_count").is_below(3),
            ),
            Transition(trigger="close", sources=("done",), target="closed"),
            Transition(trigger="cancel", sources=("new", "doing"), target="cancelled"),
        ),
    )


@pytest.mark.parametrize(
    ("command", "state", "kind"),
    [
        (commands.StartWork, "new", WorkStarted),
        (commands.StartWork, "doing", TicketMoved),
        (commands.ResumeTicket, "waiting", TicketResumed),
        (commands.ResolveTicket, "doing", TicketResolved),
        (commands.ReopenTicket, "done", TicketReopened),
        (commands.CloseTicket, "done", TicketClosed),
        (commands.CancelTicket, "new", TicketCancelled),
    ],
)
def test_event_is_like_one_from_its_constructor_when_the_short_way_makes_it(
    command: type[Command], state: str, kind: Any
) -> None:
    """Same class, equal, same hash and text; it copies, pickles, evolves; and it is frozen."""
    lifecycle = fork()
    ticket = Ticket(
        ticket_id=ID,
        lifecycle="fork",
        state=state,
        category=lifecycle.categories[state],
        opened_at=NINE,
    )
    texts: dict[str, Any] = USUAL[command]
    (event,) = short(lifecycle, ticket, command(ticket_id=ID, **texts), ANN)
    (made,) = plainly(lifecycle, ticket, command(ticket_id=ID, **texts), ANN, TEN)
    assert type(event) is kind
    assert type(made) is kind
    assert event == made
    assert hash(event) == hash(made)
    assert repr(event) == repr(made)
    assert copy.copy(event) == made
    assert copy.deepcopy(event) == made
    assert pickle.loads(pickle.dumps(event)) == made
    assert attrs.evolve(event, automatic=True) == attrs.evolve(made, automatic=True)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.state = "elsewhere"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del event.state


def test_event_is_made_when_role_fields_and_guard_are_in_order() -> None:
    """The short way is gone, not only the long one."""
    assert short(DESK, TICKET, RESOLVE, ANN) == (
        TicketResolved(
            ticket_id=ID,
            occurred_at=TEN,
            actor=PersonId("ann"),
            sequence=3,
            state="resolved",
            resolution_code="fixed",
        ),
    )


OVERRIDE = PriorityOverride(
    priority="P1", author=PersonId("eve"), reason="board", since_at=NINE, expires_at=TEN
)


@pytest.mark.parametrize(
    "change",
    [
        {"ticket_id": TicketId("T-2")},
        {"opened_at": TEN + timedelta(microseconds=1)},
        {"override": OVERRIDE},
        {"reassignment_count": 20},
        {"group": GroupId(" ")},
        {"service": ServiceId("")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_answer_is_left_to_the_plain_rules_when_something_of_the_ticket_is_unusual(
    change: dict[str, Any],
) -> None:
    """Another ticket, too early, an override, a false guard, a field that is blank."""
    ticket = attrs.evolve(TICKET, **change)
    assert short(DESK, TICKET, RESOLVE, ANN) is not None
    assert DESK._memory.moves[type(RESOLVE)]["in_progress"](ticket, RESOLVE, ANN, TEN) is None
    both(DESK, ticket, RESOLVE, ANN, TEN)


@pytest.mark.parametrize(
    ("actor", "command"),
    [
        (Actor(roles=frozenset({"requester"})), RESOLVE),
        (ANN, commands.ResolveTicket(ticket_id=ID, resolution_code=" ")),
    ],
    ids=["role", "text"],
)
def test_answer_is_left_to_the_plain_rules_when_role_or_text_is_missing(
    actor: Actor, command: Command
) -> None:
    """A refusal names its reasons, which the short way does not know."""
    assert short(DESK, TICKET, command, actor) is None
    both(DESK, TICKET, command, actor, TEN)


@pytest.mark.parametrize("change", [{"lifecycle": "incident"}, {"lifecycle_version": 2}])
def test_refusal_stands_when_the_ticket_pins_another_lifecycle(change: dict[str, Any]) -> None:
    """What is known of a move belongs to one version of one lifecycle."""
    both(DESK, TICKET, RESOLVE, ANN, TEN)
    assert is_refused(both(DESK, attrs.evolve(TICKET, **change), RESOLVE, ANN, TEN))


def test_text_is_kept_out_of_the_event_when_it_is_no_text() -> None:
    """A code that is not asked for and no text counts as none."""
    lifecycle = fork()
    ticket = attrs.evolve(TICKET, lifecycle="fork", state="doing")
    odd: Any = commands.ResolveTicket(ticket_id=ID)
    object.__setattr__(odd, "resolution_code", 7)
    (event,) = both(lifecycle, ticket, odd, ANN, TEN)
    assert event.resolution_code == ""


def test_short_way_is_not_gone_when_people_are_told_apart_or_counted() -> None:
    """Approvals and separated duties look at more than a usual move does."""
    moves_of = {
        each.trigger: attrs.evolve(each, separate_from=("assignee",), roles=())
        if each.trigger == "resolve"
        else each
        for each in fork().transitions
        if each.trigger != "start" or each.sources == ("new",)
    }
    states = tuple(each for each in fork().states if each.name != "testing")
    resolving = attrs.evolve(moves_of["resolve"], sources=("doing",))
    lifecycle = Lifecycle(
        name="fork",
        states=states,
        hold_reasons=("any",),
        transitions=(*(t for name, t in moves_of.items() if name != "resolve"), resolving),
    )
    ticket = attrs.evolve(TICKET, lifecycle="fork", state="doing", assignee=PersonId("ann"))
    assert is_refused(both(lifecycle, ticket, RESOLVE, ANN, TEN))
    assert lifecycle._memory.moves[type(RESOLVE)]["doing"] is unusual


def test_short_way_is_not_gone_when_the_event_records_a_text_that_the_command_lacks() -> None:
    """The last step of work solves the ticket: a solution has a code, and `start` carries none."""
    done = Transition(trigger="start", sources=("testing",), target="done")
    lifecycle = attrs.evolve(fork(), transitions=(*fork().transitions, done))
    ticket = attrs.evolve(TICKET, lifecycle="fork", state="testing")
    start = commands.StartWork(ticket_id=ID)
    (event,) = both(lifecycle, ticket, start, ANN, TEN)
    assert isinstance(event, TicketResolved)
    assert lifecycle._memory.moves[commands.StartWork]["testing"] is unusual


def test_window_is_looked_at_when_the_same_reopening_was_decided_without_one() -> None:
    """L5: what is known of a move without a window does not open a window that has closed."""
    rules = TimedRules(calendar=ALWAYS, reopen_within=WallTime(timedelta(minutes=30)))
    ticket = attrs.evolve(
        TICKET, state="resolved", category=StateCategory.RESOLVED, resolved_at=NINE
    )
    reopen = commands.ReopenTicket(ticket_id=ID, reason="again")
    assert short(DESK, ticket, reopen, ANN) is not None
    decision = decide(DESK, ticket, reopen, actor=ANN, at=TEN, timed=rules)
    assert isinstance(decision, CommandRefused)
    early = decide(DESK, ticket, reopen, actor=ANN, at=NINE + timedelta(minutes=29), timed=rules)
    assert not isinstance(early, CommandRefused)


def test_short_way_is_gone_when_rules_of_time_do_not_concern_an_open_ticket() -> None:
    """A desk with rules of time is as quick for tickets in work; other rules are refused."""
    rules: Any = TimedRules(calendar=ALWAYS)
    told = decide(DESK, TICKET, RESOLVE, actor=ANN, at=TEN, timed=rules)
    assert told == decide(DESK, TICKET, RESOLVE, actor=ANN, at=TEN)
    rules = "three days"
    with pytest.raises(InvalidValue, match="not TimedRules"):
        decide(DESK, TICKET, RESOLVE, actor=ANN, at=TEN, timed=rules)


@pytest.mark.parametrize(
    "arguments",
    [
        {"at": datetime(2026, 1, 5, 10)},  # noqa: DTZ001 - what is refused
        {"actor": None},
        {"matrix": None},
    ],
    ids=["naive", "actor", "matrix"],
)
def test_wrong_argument_is_refused_when_the_move_is_known(arguments: dict[str, Any]) -> None:
    """T1: what is known of a move makes nobody less careful about what is asked."""
    assert short(DESK, TICKET, RESOLVE, ANN) is not None
    with pytest.raises(InvalidValue):
        decide(DESK, TICKET, RESOLVE, **{"actor": ANN, "at": TEN, **arguments})


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_instant_is_the_same_when_told_in_another_zone(zone: str) -> None:
    """C11, T2: the zone in which an instant is written changes nothing, pendulum's or not."""
    plain = short(DESK, TICKET, RESOLVE, ANN)
    for at in (TEN.astimezone(ZoneInfo(zone)), pendulum.instance(TEN).in_timezone(zone)):
        assert decide(DESK, TICKET, RESOLVE, actor=ANN, at=at) == plain
