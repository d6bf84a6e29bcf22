"""The facts that a question may look at, and the tests that rules make of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from itsm_core.conditions import AllOf, AnyOf, FieldTest, Kind, Not, Predicate, Schema
from itsm_core.errors import DefinitionError, Fault
from itsm_core.lifecycle import TICKET_SCHEMA, StateCategory
from itsm_core.sla import ClockState

if TYPE_CHECKING:
    from itsm_core.conditions import FieldType
    from itsm_core.lifecycle import Lifecycle

CLOCK_FACTS: Final[dict[str, FieldType | Kind]] = {
    "state": Kind.TEXT.of(*(each.value for each in ClockState)),
    "cycles": Kind.NUMBER,
    "met_in_time": Kind.BOOL,
    "is_broken": Kind.BOOL,
    "was_broken": Kind.BOOL,
    "is_exceeded": Kind.BOOL,
}
"""What is known of each clock; a fact is named after the clock, such as `response_state`."""

OWN_FACTS: Final[dict[str, FieldType | Kind]] = {
    "category": Kind.TEXT.of(*(each.value for each in StateCategory)),
    "answered": Kind.BOOL,
    "has_solution": Kind.BOOL,
    "answers": Kind.NUMBER,
    "contacts": Kind.NUMBER,
    "trigger": Kind.TEXT,
    "actor": Kind.TEXT.optional(),
    "by_program": Kind.BOOL,
    "resolved_by": Kind.TEXT.optional(),
    "closed_by": Kind.TEXT.optional(),
    "closed_by_resolver": Kind.BOOL,
    "approved_by_own": Kind.BOOL,
    "neighbours_open": Kind.NUMBER,
    "neighbours_resolved": Kind.NUMBER,
    "neighbours_ended": Kind.NUMBER,
}
"""What is known beside the ticket's own fields: how it came to where it is."""

TICKET_FACTS: Final = {
    name: kind for name, kind in TICKET_SCHEMA.fields.items() if kind.kind is not Kind.INSTANT
}
"""The fields of a ticket without its instants: a question about when is one about a clock."""

INSTANTS: Final = {"first_response_us": "answered", "resolved_us": "has_solution"}
"""Instants of a ticket of which guards may ask whether they are there, and the facts of that."""


def clock_facts(names: Iterable[str]) -> dict[str, str]:
    """Return the beginnings of the facts of clocks, and the clocks that they are about.

    Raises:
        DefinitionError: two clocks would have the same facts.
    """
    found: dict[str, str] = {}
    for name in names:
        beginning = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if not beginning[0].isalpha():
            beginning = f"clock_{beginning}"
        if beginning in found:
            message = f"{name!r} and {found[beginning]!r} give the same facts {beginning}_..."
            fault = Fault("same-facts", message, "agreement.targets", name, "rename one clock")
            raise DefinitionError("world", (fault,))
        found[beginning] = name
    return found


def schema_of(lifecycle: Lifecycle, clocks: dict[str, str]) -> Schema:
    """Return the schema of questions about a lifecycle and its clocks."""
    fields = {
        **TICKET_FACTS,
        **OWN_FACTS,
        "state": Kind.TEXT.of(*(state.name for state in lifecycle.states)),
    }
    for beginning in clocks:
        fields |= {f"{beginning}_{name}": kind for name, kind in CLOCK_FACTS.items()}
    return Schema(name="situation", fields=fields)


def field_tests(*rules: Predicate | None) -> Iterator[FieldTest]:
    """Yield every test of a field that rules make."""
    for rule in rules:
        match rule:
            case FieldTest():
                yield rule
            case Not(part=part):
                yield from field_tests(part)
            case AllOf(parts=parts) | AnyOf(parts=parts):
                yield from field_tests(*parts)
            case None:
                pass
