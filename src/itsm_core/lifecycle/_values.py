"""Lifecycle as a value: states with a category, hold reasons, transitions with roles and fields."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import cached_property
from hashlib import sha256
from typing import Final, TypeVar, cast

import attrs

from itsm_core import readers
from itsm_core.conditions import AllOf, AnyOf, Condition, FieldTest, Not, Predicate
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.lifecycle import _checks, _diagrams, _json
from itsm_core.lifecycle._fields import TICKET_SCHEMA
from itsm_core.lifecycle._graph import OPEN
from itsm_core.lifecycle._memory import Memory

STAYING: Final = _checks.STAYING

_Part = TypeVar("_Part")


class StateCategory(Enum):
    """Say what a state means to clocks and reports, whatever its name.

    >>> StateCategory.ON_HOLD.is_open, StateCategory.CLOSED.is_terminal
    (True, True)
    """

    NEW = "new"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    __repr__ = Enum.__str__  # the repr of a lifecycle is code

    @property
    def is_open(self) -> bool:
        """Return whether the desk still owes work: new, active or on hold."""
        return self in _OPEN

    @property
    def is_terminal(self) -> bool:
        """Return whether a ticket may rest here for ever: closed or cancelled."""
        return self in _TERMINAL


_OPEN: Final = frozenset({StateCategory.NEW, StateCategory.ACTIVE, StateCategory.ON_HOLD})
_TERMINAL: Final = frozenset({StateCategory.CLOSED, StateCategory.CANCELLED})


@attrs.frozen(kw_only=True)
class State:
    """Name a place in which a ticket can be, and say what kind of place it is.

    >>> State(name="waiting", category=StateCategory.ON_HOLD).name
    'waiting'
    """

    name: str
    category: StateCategory

    def __attrs_post_init__(self) -> None:
        _check_text("the name of a state", self.name)
        _check_category(self.category)


def _check_text(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise InvalidValue(f"{what} is text", value, "write it in quotes")


def _check_category(value: object) -> None:
    if not isinstance(value, StateCategory):
        known = {each.value: f"write {each}" for each in StateCategory}
        remedy = known.get(value, "") if isinstance(value, str) else ""
        choices = ", ".join(each.name for each in StateCategory)
        raise InvalidValue("not a StateCategory", value, remedy or f"use one of {choices}")


def _check_version(value: object) -> None:
    if type(value) is not int:
        raise InvalidValue("the version of a lifecycle is a whole number", value, "count from 1")


def _check_guard(value: object) -> None:
    if value is not None and not isinstance(value, FieldTest | AllOf | AnyOf | Not):
        remedy = "write field(name).is_(value) and its like, or None for no guard"
        raise InvalidValue("a guard is a predicate of itsm_core.conditions", value, remedy)


def _checked(guard: Predicate | None) -> Condition | None:
    if guard is None:
        return None
    try:
        return Condition(schema=TICKET_SCHEMA, rule=guard)
    except DefinitionError:
        return None  # the lifecycle refuses it, with its place and all that is wrong with it


def _items(values: object, what: str, remedy: str) -> tuple[object, ...]:
    try:
        return tuple(cast("Iterable[object]", values))
    except TypeError as error:
        raise InvalidValue(what, values, remedy) from error


def _names(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise InvalidValue("names must be a list", values, f"write ({values!r},)")
    found = _items(values, "names must be a list", "write ('a', 'b'), or () for none")
    for name in found:
        _check_text("a name", name)
    return cast("tuple[str, ...]", found)


def _all_of(kind: type[_Part], values: object, field: str) -> tuple[_Part, ...]:
    """Return a series of one kind of part; anything else in it is refused."""
    what = f"{field} must be a list of {kind.__name__}"
    remedy = f"write ({kind.__name__}(...), ...)"
    found = _items(values, what, remedy)
    for one in found:
        if not isinstance(one, kind):
            raise InvalidValue(what, one, remedy)
    return cast("tuple[_Part, ...]", found)


def _sorted_names(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(_names(values))))


@attrs.frozen(kw_only=True)
class Transition:
    """Let a trigger move a ticket from any of `sources` to `target`.

    The trigger is the one of a command, or a name of your own for `TriggerTransition`. `open` has
    no source. What only records (`assign`, `answer`, `contact`, `approve`, `link` and their like)
    stays where it is: its target is empty. `merge` leads to a cancelled state and counts as no way
    out, since it takes another ticket. One of `roles` is enough; without roles anybody may. A
    field of `required` may be filled by the command or already stand on the ticket.

    `guard` is a condition on the ticket as it stands before the command. Two transitions of one
    trigger may start in one state if their guards can never hold together. `approvals` is how
    many people must have approved in this state; `separate_from` names fields of the ticket
    (`assignee`, `requester`, `resolver`) with whose person the actor must not be one (law L7).
    Who may not approve for that reason does not count, whenever the approval was given.

    >>> Transition(trigger="close", sources=("new",), target="closed", roles=("agent",)).roles
    ('agent',)
    """

    trigger: str
    sources: tuple[str, ...] = attrs.field(default=(), converter=_names)
    target: str = ""
    roles: tuple[str, ...] = attrs.field(default=(), converter=_sorted_names)
    required: tuple[str, ...] = attrs.field(default=(), converter=_names)
    guard: Predicate | None = None
    approvals: int = 0
    separate_from: tuple[str, ...] = attrs.field(default=(), converter=_sorted_names)
    condition: Condition | None = attrs.field(init=False, default=None, eq=False, repr=False)
    """The guard, ready to be asked; None without one, or with one that a lifecycle refuses."""

    def __attrs_post_init__(self) -> None:
        _check_text("a trigger", self.trigger)
        _check_text("a target", self.target)
        _check_guard(self.guard)
        if type(self.approvals) is not int:
            raise InvalidValue("approvals is a whole number", self.approvals, "count people")
        object.__setattr__(self, "condition", _checked(self.guard))


def _states(values: Iterable[State]) -> tuple[State, ...]:
    return _all_of(State, values, "states")


def _transitions(values: Iterable[Transition]) -> tuple[Transition, ...]:
    return _all_of(Transition, values, "transitions")


@attrs.frozen(kw_only=True, slots=False)
class Lifecycle:
    """Hold which states tickets of one kind have and how they get from one to another (law L1).

    `resume_on_contact` lists the hold reasons that end when a human requester gets in touch
    (law L5). A change of meaning needs a new `version`, because tickets pin it (law L4).

    Raises:
        InvalidValue: a part is of another type than it should be.
        DefinitionError: the lifecycle is unsound (law L3); every fault is listed, with the
            shortest story that leads there.

    >>> desk = Lifecycle(
    ...     name="desk",
    ...     states=[
    ...         State(name="new", category=StateCategory.NEW),
    ...         State(name="closed", category=StateCategory.CLOSED),
    ...     ],
    ...     transitions=[
    ...         Transition(trigger="open", target="new"),
    ...         Transition(trigger="close", sources=("new",), target="closed"),
    ...     ],
    ... )
    >>> desk.initial, desk.triggers
    ('new', ('open', 'close'))
    """

    name: str
    version: int = 1
    states: tuple[State, ...] = attrs.field(converter=_states)
    hold_reasons: tuple[str, ...] = attrs.field(default=(), converter=_names)
    resume_on_contact: tuple[str, ...] = attrs.field(default=(), converter=_names)
    transitions: tuple[Transition, ...] = attrs.field(converter=_transitions)
    _memory: Memory = attrs.field(init=False, factory=Memory, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        _check_text("the name of a lifecycle", self.name)
        _check_version(self.version)
        faults = _checks.faults_of(self)
        if faults:
            raise DefinitionError(f"lifecycle {self.name!r}", faults)

    @cached_property
    def categories(self) -> Mapping[str, StateCategory]:
        """Return the category of each state by its name."""
        return {state.name: state.category for state in self.states}

    @cached_property
    def _exits(self) -> dict[tuple[str, str], tuple[Transition, ...]]:
        """Return the transitions of each trigger and source; the source of `open` is empty."""
        exits: dict[tuple[str, str], tuple[Transition, ...]] = {}
        for transition in self.transitions:
            for source in transition.sources or ("",):
                key = (transition.trigger, source)
                exits[key] = (*exits.get(key, ()), transition)
        return exits

    @cached_property
    def initial(self) -> str:
        """Return the state in which a ticket is opened."""
        return self._exits[OPEN, ""][0].target

    @cached_property
    def triggers(self) -> tuple[str, ...]:
        """Return the names of all triggers, in the order in which they were defined."""
        return tuple(dict.fromkeys(transition.trigger for transition in self.transitions))

    def transition(self, trigger: str, state: str) -> Transition | None:
        """Return the transition that a trigger fires in a state; None where there is none.

        The state before a ticket exists is the empty name. Where guards choose between several,
        it is the first of them; `choices` returns them all.
        """
        found = self._exits.get((trigger, state))
        return found[0] if found else None

    def choices(self, trigger: str, state: str) -> tuple[Transition, ...]:
        """Return every transition of a trigger that starts in a state; at most one guard holds."""
        return self._exits.get((trigger, state), ())

    def transitions_of(self, trigger: str) -> tuple[Transition, ...]:
        """Return every transition of one trigger, wherever it starts."""
        return tuple(each for each in self.transitions if each.trigger == trigger)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex: equal lifecycles, equal hashes."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def to_mermaid(self) -> str:
        """Return the moves as a Mermaid state diagram, for Markdown pages and code hosts."""
        return _diagrams.to_mermaid(self)

    def to_dot(self) -> str:
        """Return the moves as Graphviz text; `dot -Tsvg` draws it."""
        return _diagrams.to_dot(self)

    def to_svg(self) -> str:
        """Return the whole lifecycle as one SVG element: a column a state, a row a transition."""
        return _diagrams.to_svg(self)

    def _repr_html_(self) -> str:
        """Show the lifecycle in a notebook; a wide one scrolls."""
        return f"<div style='overflow-x:auto'>{self.to_svg()}</div>"

    def to_json(self) -> dict[str, object]:
        """Return the lifecycle as plain JSON values, from which `from_json` makes an equal one."""
        return {
            "name": self.name,
            "version": self.version,
            "states": [
                {"name": state.name, "category": state.category.value} for state in self.states
            ],
            "hold_reasons": list(self.hold_reasons),
            "resume_on_contact": list(self.resume_on_contact),
            "transitions": [
                {
                    "trigger": each.trigger,
                    "sources": list(each.sources),
                    "target": each.target,
                    "roles": list(each.roles),
                    "required": list(each.required),
                    **_conditions_json(each),
                }
                for each in self.transitions
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Lifecycle:
        """Return the lifecycle that `to_json` wrote down; nothing is guessed or left out.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed, the lifecycle is not sound.
        """
        keys = ("name", "version", "states", "hold_reasons", "resume_on_contact", "transitions")
        record = _json.record(data, "lifecycle", keys)
        return cls(
            name=readers.text(record["name"], "lifecycle.name"),
            version=readers.whole(record["version"], "lifecycle.version"),
            states=tuple(
                _read_state(value, where)
                for where, value in readers.items(record["states"], "lifecycle.states")
            ),
            hold_reasons=readers.texts(record["hold_reasons"], "lifecycle.hold_reasons"),
            resume_on_contact=readers.texts(
                record["resume_on_contact"], "lifecycle.resume_on_contact"
            ),
            transitions=tuple(
                _read_transition(value, where)
                for where, value in readers.items(record["transitions"], "lifecycle.transitions")
            ),
        )


def _conditions_json(transition: Transition) -> dict[str, object]:
    """Return what only some transitions have: written only there, so old hashes stay."""
    written: dict[str, object] = {}
    if transition.condition is not None:
        written["guard"] = transition.condition.to_json()
    if transition.approvals:
        written["approvals"] = transition.approvals
    if transition.separate_from:
        written["separate_from"] = list(transition.separate_from)
    return written


def _read_state(value: object, where: str) -> State:
    record = _json.record(value, where, ("name", "category"))
    category = _json.choice(
        record["category"], f"{where}.category", {each.value: each for each in StateCategory}
    )
    return State(name=readers.text(record["name"], f"{where}.name"), category=category)


def _read_transition(value: object, where: str) -> Transition:
    keys = ("trigger", "sources", "target", "roles", "required")
    record = _json.record(value, where, keys, ("guard", "approvals", "separate_from"))
    return Transition(
        trigger=readers.text(record["trigger"], f"{where}.trigger"),
        sources=readers.texts(record["sources"], f"{where}.sources"),
        target=readers.text(record["target"], f"{where}.target"),
        roles=readers.texts(record["roles"], f"{where}.roles"),
        required=readers.texts(record["required"], f"{where}.required"),
        guard=_read_guard(record["guard"], f"{where}.guard") if "guard" in record else None,
        approvals=readers.whole(record.get("approvals", 0), f"{where}.approvals"),
        separate_from=readers.texts(record.get("separate_from", []), f"{where}.separate_from"),
    )


def _read_guard(value: object, where: str) -> Predicate:
    try:
        return Condition.from_json(value, TICKET_SCHEMA).rule
    except CodecError as error:
        raise attrs.evolve(error, where=f"{where}: {error.where}") from error
    except DefinitionError as error:
        faults = (attrs.evolve(fault, where=f"{where}: {fault.where}") for fault in error.faults)
        raise DefinitionError("lifecycle", tuple(faults)) from error
