"""Which guards can hold where: what is true of every ticket in a state, and of one for life (L3).

Whatever is not known is taken for possible: a state that is called unreachable here is so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core import commands
from itsm_core.conditions import Condition, Predicate, all_of, field
from itsm_core.conditions._overlap import examples_of, find_example, tests_of
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.lifecycle._fields import TICKET_FIELDS, TICKET_SCHEMA

if TYPE_CHECKING:
    from itsm_core.lifecycle._graph import Graph
    from itsm_core.lifecycle._values import Transition

Life = Mapping[str, object]
"""Values of the fields that never change: one kind of ticket, from its opening to its end."""

COUNTS: Final = frozenset({"approval_count", "reassignment_count", "reopen_count"})
"""Fields of a ticket that count: whole numbers from 0."""

_OWN: Final = ("reason",)
_CARRIED: Final = {
    kind.trigger: tuple(each.name for each in attrs.fields(kind) if each.name != "ticket_id")
    for kind in commands.COMMAND_TYPES
    if kind.trigger
}
_OPENED: Final = frozenset({*TICKET_FIELDS, "opened_us", "priority", "ticket_type"})
_CHANGED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "assign": ("assignee", "group"),
    "end_override": ("priority",),
    "override": ("priority",),
    "prioritise": ("impact", "priority", "urgency"),
    "reclassify": ("category_name", "configuration_item_id", "priority", "service"),
}
_ALWAYS_GIVEN: Final = frozenset({"impact", "urgency"})
"""Nothing can be derived without them, so no ticket is opened without."""

_OF_SOLUTION: Final = ("resolution_code", "resolved_us", "resolver")
_UNSOLVED: Final = frozenset({"active", "new", "on_hold"})
_MOST_LIVES: Final = 200


def carried(trigger: str) -> tuple[str, ...]:
    """Return the fields that the command of a trigger brings along."""
    return _CARRIED.get(trigger, _OWN)


@attrs.frozen(slots=False, eq=False)
class Possible:
    """Tell where the transitions of a lifecycle can fire, whatever the tickets are like."""

    graph: Graph

    @cached_property
    def fixed(self) -> frozenset[str]:
        """Return the fields that hold for life what the opening gave them."""
        triggers = {each.trigger for each in self.graph.lifecycle.transitions}
        changed = {name for by, names in _CHANGED_BY.items() if by in triggers for name in names}
        return _OPENED - changed

    @cached_property
    def given(self) -> frozenset[str]:
        """Return the fields that every ticket has from its opening and keeps."""
        openings = [each for each in self.graph.lifecycle.transitions if each.trigger == "open"]
        names = {name for each in openings for name in each.required}
        names |= {"category_name"} if "category" in names else set()
        return frozenset(names & self.fixed)

    def demand(self, transition: Transition, *, always: bool = False) -> Condition | None:
        """Return what a transition asks of the ticket; None if nothing, or nothing that is known.

        With `always` a required field counts only if nobody can fill it after the opening.
        """
        rules = [] if transition.condition is None else [transition.condition.rule]
        for name in transition.required:
            if name in carried(transition.trigger) or name not in TICKET_FIELDS:
                continue
            if always and (name not in self.fixed or name in _ALWAYS_GIVEN):
                continue
            rules.append(field(name).is_present())
        return _condition(rules)

    def facts_of(self, state: str, *conditions: Condition) -> tuple[Condition, ...]:
        """Return what is true of every ticket in a state, as far as conditions look at it."""
        names = frozenset[str]().union(*map(_fields_of, conditions))
        found = _condition(list(self._facts(state, names)))
        return () if found is None else (found,)

    def _facts(self, state: str, names: frozenset[str]) -> Iterator[Predicate]:
        at = self.graph.states.get(state)
        category = "" if at is None else at.category.value
        reasons = tuple(dict.fromkeys(self.graph.lifecycle.hold_reasons))
        if "hold_reason" in names and category != "on_hold":
            yield field("hold_reason").is_missing()
        elif "hold_reason" in names and reasons:
            yield field("hold_reason").is_in(*reasons)
        if category in _UNSOLVED:
            yield from (field(name).is_missing() for name in _OF_SOLUTION if name in names)
        if category == "resolved" and "resolved_us" in names:
            yield field("resolved_us").is_present()
        triggers = {each.trigger for each in self.graph.lifecycle.transitions}
        if "first_response_us" in names and "answer" not in triggers:
            yield field("first_response_us").is_missing()
        if "unanswered" in names and "ask_question" not in triggers:
            yield field("unanswered").is_missing()
        if "reassignment_count" in names and "assign" not in triggers:
            yield field("reassignment_count").is_(0)
        if "reopen_count" in names and state not in self._after_reopening:
            yield field("reopen_count").is_(0)
        if "approval_count" in names and not self.approvals(state, 1):
            yield field("approval_count").is_(0)
        yield from (field(name).is_present() for name in self.given & names)

    @cached_property
    def _after_reopening(self) -> set[str]:
        """Return the states in which a ticket may be that came back."""
        states, found = self.graph.states, set[str]()
        ahead = [
            move.target
            for move in self.graph.moves
            if states[move.target].category.value == "active"
            and states[move.source].category.value not in _UNSOLVED
        ]
        while ahead:
            at = ahead.pop()
            if at not in found:
                found.add(at)
                ahead += [move.target for move in self.graph.leaving(at)]
        return found

    def approvals(self, state: str, wanted: int) -> int:
        """Return how many people can approve in a state, counted up to those that are wanted."""
        ways = [
            each for each in self.graph.lifecycle.transitions_of("approve") if state in each.sources
        ]
        for given in range(wanted):
            if not any(self._holds(each, state, {"approval_count": given}) for each in ways):
                return given
        return wanted

    def can_fire(self, transition: Transition, source: str, life: Life) -> bool:
        """Return whether a transition can fire from a state for some ticket of one kind."""
        return self._holds(transition, source, life)

    def _holds(self, transition: Transition, source: str, fixed: Life) -> bool:
        demand = self.demand(transition)
        if demand is None:
            return True
        names = _fields_of(demand) - frozenset(fixed)
        facts = _condition(list(self._facts(source, names)))
        return example((demand, facts), fixed) is not None

    @cached_property
    def lives(self) -> tuple[Life, ...]:
        """Return one example of each kind of ticket that guards tell apart for life."""
        asked = [
            demand
            for each in self.graph.lifecycle.transitions
            if (demand := self.demand(each)) is not None
        ]
        told = [each for demand in asked if (each := _about(demand.rule, self.fixed)) is not None]
        try:
            examples = examples_of(told, counts=COUNTS) if told else {}
        except InvalidValue:
            return ({},)  # too many to look at: all of them are taken for possible
        kept = {
            name: tuple(value for value in values if value is not None or name not in self.given)
            for name, values in examples.items()
        }
        while prod(map(len, kept.values())) > _MOST_LIVES:
            del kept[max(kept, key=lambda name: len(kept[name]))]
        return tuple(dict(zip(kept, values, strict=True)) for values in product(*kept.values()))


def example(parts: tuple[Condition | None, ...], fixed: Life) -> Mapping[str, object] | None:
    """Return values for which all parts hold; where that cannot be decided, none in particular."""
    known = tuple(each for each in parts if each is not None)
    try:
        return find_example(known, counts=COUNTS, fixed=fixed) if known else {}
    except InvalidValue:
        return {}


def _condition(rules: list[Predicate]) -> Condition | None:
    if not rules:
        return None
    try:
        return Condition(schema=TICKET_SCHEMA, rule=all_of(*rules))
    except DefinitionError:
        return None  # beyond the budget of one condition


def _about(rule: Predicate, names: frozenset[str]) -> Condition | None:
    """Return the tests that a rule makes of some fields, joined anyhow."""
    return _condition([test for test in tests_of(rule) if test.field in names])


def _fields_of(condition: Condition) -> frozenset[str]:
    return frozenset(test.field for test in tests_of(condition.rule))
