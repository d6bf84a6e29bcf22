"""Strategies of rules: conditions, matrices and policies of priority, lifecycles, tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Never, cast

import attrs
from hypothesis import strategies as st

from itsm_core.commands import Actor, Command, OpenTicket
from itsm_core.conditions import (
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    FieldType,
    Kind,
    Not,
    Operator,
    Predicate,
    Schema,
    field,
)
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
from itsm_core.money import Money
from itsm_core.priority import (
    PRIORITY_FACTS,
    AtLeast,
    Effect,
    Lower,
    PriorityMatrix,
    PriorityModifier,
    PriorityOverride,
    PriorityPolicy,
    Raise,
    Set,
)
from itsm_core.sla import FACTS
from itsm_core.testing.lifecycle_alphabet import Letter, letters_of
from itsm_core.testing.strategies._time import durations, odd_instants

ODD_TEXTS: Final = ("P1", "mail", 'it\'s "odd"', "Ümläut", "漢字", "P10", "p1", "on_hold")
"""Texts as people name things; two differ in case alone, one begins as another does."""

# -- conditions

_EQUAL: Final = (Operator.IS, Operator.IS_NOT)
_LISTS: Final = (Operator.IN, Operator.NOT_IN)
_ORDER: Final = (Operator.BELOW, Operator.AT_MOST, Operator.ABOVE, Operator.AT_LEAST)
_COMPARED: Final = {
    Kind.TEXT: (*_EQUAL, *_LISTS, Operator.CONTAINS),
    Kind.NUMBER: (*_EQUAL, *_LISTS, *_ORDER),
    Kind.BOOL: _EQUAL,
    Kind.INSTANT: (*_EQUAL, *_LISTS, *_ORDER),
    Kind.DURATION: (*_EQUAL, *_LISTS, *_ORDER),
    Kind.TEXTS: (Operator.CONTAINS,),
}


def field_types() -> st.SearchStrategy[FieldType]:
    """Return types of fields of every kind, optional or not, with choices or without."""
    plain = st.builds(FieldType, kind=st.sampled_from(tuple(Kind)), is_optional=st.booleans())
    chosen = st.builds(
        FieldType,
        kind=st.sampled_from((Kind.TEXT, Kind.TEXTS)),
        is_optional=st.booleans(),
        choices=st.lists(st.sampled_from(ODD_TEXTS), min_size=1, max_size=3, unique=True),
    )
    return plain | chosen


def schemas() -> st.SearchStrategy[Schema]:
    """Return schemas of up to six fields of any kind."""
    names = st.sampled_from(("priority", "vip", "age", "group", "tags", "since", "count"))
    fields = st.dictionaries(names, field_types(), min_size=1, max_size=6)
    return st.builds(Schema, name=st.just("ticket"), fields=fields)


def _constants(spec: FieldType) -> st.SearchStrategy[object]:
    match spec.kind:
        case Kind.TEXT | Kind.TEXTS:
            return st.sampled_from(spec.choices or ODD_TEXTS)
        case Kind.NUMBER:
            odd = (Decimal("0.5"), Decimal("-1.25"), 10**12)
            return st.integers(-2, 20) | st.sampled_from(odd)
        case Kind.BOOL:
            return st.booleans()
        case Kind.INSTANT:
            return odd_instants()
        case Kind.DURATION:
            return durations()


@st.composite
def field_tests(draw: st.DrawFn, schema: Schema = FACTS) -> FieldTest:
    """Return tests of single fields of a schema, with every operator that fits them."""
    name = draw(st.sampled_from(tuple(schema.fields)))
    spec = schema.fields[name]
    presence = (Operator.IS_MISSING, Operator.IS_PRESENT) if spec.is_optional else ()
    operator = draw(st.sampled_from((*_COMPARED[spec.kind], *presence)))
    if operator in presence:
        return FieldTest(field=name, operator=operator)
    values = _constants(spec)
    most = 3 if operator in _LISTS else 1
    found = draw(st.lists(values, min_size=1, max_size=most, unique=True))
    return FieldTest(field=name, operator=operator, values=found)


def predicates(schema: Schema = FACTS) -> st.SearchStrategy[Predicate]:
    """Return predicates that fit a schema, by default the facts of tickets."""

    def joined(part: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
        parts = st.lists(part, max_size=3)
        both = st.builds(AllOf, parts=parts) | st.builds(AnyOf, parts=parts)
        return both | st.builds(Not, part=part)

    return st.recursive(field_tests(schema), joined, max_leaves=5)


def conditions(schema: Schema | None = None) -> st.SearchStrategy[Condition]:
    """Return conditions on a schema; without one, on the facts of tickets or on any schema."""

    def on(schema: Schema) -> st.SearchStrategy[Condition]:
        return st.builds(Condition, schema=st.just(schema), rule=predicates(schema))

    return (st.just(FACTS) | schemas()).flatmap(on) if schema is None else on(schema)


# -- priorities

_LEVELS: Final = ("extreme", "high", "medium", "low", "none")


@st.composite
def matrices(draw: st.DrawFn, *, monotone: bool | None = None) -> PriorityMatrix:
    """Return matrices of one to five levels; unless `monotone` says, one in four is not monotone.

    What is not monotone gives a reason.
    """
    odd = draw(st.integers(0, 3)) == 3 if monotone is None else not monotone
    impacts = _LEVELS[: draw(st.integers(1, 5))]
    urgencies = _LEVELS[: draw(st.integers(1, 5))]
    last = draw(st.integers(0, 5))
    ranks: dict[tuple[int, int], int] = {}
    for row in range(len(impacts)):
        for column in range(len(urgencies)):
            before = (ranks.get((row - 1, column), 0), ranks.get((row, column - 1), 0))
            ranks[row, column] = draw(st.integers(0 if odd else max(before), last))
    return PriorityMatrix(
        impacts=impacts,
        urgencies=urgencies,
        priorities=[f"P{number + 1}" for number in range(last + 1)],
        cells={
            (impacts[row], urgencies[column]): f"P{rank + 1}"
            for (row, column), rank in ranks.items()
        },
        reason_not_monotone="the desk says so" if odd else "",
    )


def effects(
    priorities: Sequence[str] = ("P1", "P2", "P3"), *, kind: type[Effect] | None = None
) -> st.SearchStrategy[Effect]:
    """Return what a modifier may do to a priority, naming one of `priorities`; or of one `kind`."""
    steps, names = st.integers(1, 4), st.sampled_from(tuple(priorities))
    every: dict[type[Effect], st.SearchStrategy[Effect]] = {
        Raise: steps.map(Raise),
        Lower: steps.map(Lower),
        AtLeast: names.map(AtLeast),
        Set: names.map(Set),
    }
    return st.one_of(tuple(every.values())) if kind is None else every[kind]


@st.composite
def modifiers(
    draw: st.DrawFn,
    priorities: Sequence[str] = ("P1", "P2", "P3"),
    *,
    name: str = "vip",
    facts: Schema = PRIORITY_FACTS,
) -> PriorityModifier:
    """Return modifiers on any condition over the facts of a priority."""
    when = draw(predicates(facts))
    return PriorityModifier(name=name, when=when, effect=draw(effects(priorities)))


@st.composite
def policies(draw: st.DrawFn) -> PriorityPolicy:
    """Return a matrix with up to three modifiers, and a level above it now and then."""
    matrix = draw(matrices())
    major = draw(st.sampled_from(("", "P0")))
    names = ((major,) if major else ()) + matrix.priorities
    # A rule that asks for a level which the matrix does not have is refused.
    levels = {"impact": matrix.impacts, "urgency": matrix.urgencies}
    known = {name: Kind.TEXT.of(*levels[name]) for name in levels}
    facts = Schema(name="priority facts", fields={**PRIORITY_FACTS.fields, **known})
    number = draw(st.integers(0, 3))
    return PriorityPolicy(
        matrix=matrix,
        modifiers=[draw(modifiers(names, name=f"rule {n}", facts=facts)) for n in range(number)],
        major=major,
    )


@st.composite
def priority_overrides(draw: st.DrawFn) -> PriorityOverride:
    """Return overrides by hand, with an expiry or without; some expire as they begin."""
    since = draw(odd_instants())
    lengths = st.sampled_from((None, timedelta(hours=8), timedelta(0), timedelta(days=2)))
    length = draw(lengths)
    return PriorityOverride(
        priority=draw(st.sampled_from(("P1", "P2"))),
        author=draw(st.sampled_from((PersonId("ann"), PersonId("")))),
        reason=draw(st.sampled_from(("it's the boss", ""))),
        approver=draw(st.sampled_from((PersonId(""), PersonId("lea"), PersonId("ann")))),
        since_at=since,
        expires_at=None if length is None else since + length,
    )


def amounts() -> st.SearchStrategy[Money]:
    """Return amounts of money to the cent, of either sign."""
    cents = st.integers(-(10**9), 10**9).map(lambda number: Decimal(number) / 100)
    return st.builds(Money, cents, st.sampled_from(("EUR", "USD", "INR")))


# -- lifecycles and tickets


@st.composite
def lifecycles(draw: st.DrawFn) -> Lifecycle:
    """Return lifecycles that are sound: those shipped, and small ones made up.

    A made-up one has one or two working states; it may hold, resolve, reopen, cancel, ask for
    approvals and know roles, or not.
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
    """Return tickets as the stories of a lifecycle leave them."""
    return stories(lifecycle).map(_folded)


def _folded(events: tuple[TicketEvent, ...]) -> Ticket:
    ticket = evolve(None, events[0])
    for event in events[1:]:
        ticket = evolve(ticket, event)
    return ticket


def actors() -> st.SearchStrategy[Actor]:
    """Return people and programs with the roles of the shipped lifecycles, or with none."""
    roles = st.sets(st.sampled_from(("analyst", "lead", "requester", "system")), max_size=3)
    names = st.sampled_from(("", "ann", "bob"))
    return st.builds(Actor, person_id=names.map(PersonId), roles=roles, automatic=st.booleans())


def commands(kind: type[Command] = Command) -> st.SearchStrategy[Command]:
    """Return commands of every class, or of one, on one ticket, their fields filled or empty."""
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
