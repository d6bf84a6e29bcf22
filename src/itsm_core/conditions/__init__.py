"""Conditions as data: predicates over declared fields, total, bounded, able to say why (law S6).

`Schema` declares which fields there are and of which kind. `field` builds tests, `&`, `|` and `~`
join them, and `Condition` checks the whole against the schema once: an unknown field, an operator
or a constant that does not fit is refused there and never met in a running desk. There are no
loops, regular expressions, arithmetic or calls, and everything has a limit (`BUDGET`).

>>> ticket = Schema(
...     name="ticket",
...     fields={
...         "priority": Kind.TEXT.of("P1", "P2", "P3"),
...         "hold_reason": Kind.TEXT.optional(),
...         "vip": Kind.BOOL,
...     },
... )
>>> rule = field("priority").is_("P1") & ~field("vip").is_(True)
>>> quiet = Condition(schema=ticket, rule=rule | field("hold_reason").is_("vendor"))
>>> print(quiet)
(priority is P1 and not (vip is true)) or hold_reason is vendor
>>> quiet.holds({"priority": "P1", "vip": True, "hold_reason": None})
False
>>> print(quiet.explain({"priority": "P1", "vip": True, "hold_reason": None}))
no: any of
  no: all of
    yes: priority is P1 (seen: P1)
    no: not
      yes: vip is true (seen: true)
  no: hold_reason is vendor (seen: missing)
"""

from itsm_core.conditions._condition import Condition
from itsm_core.conditions._explain import Explanation
from itsm_core.conditions._overlap import find_overlap
from itsm_core.conditions._schema import FieldType, Kind, Schema
from itsm_core.conditions._values import (
    BUDGET,
    AllOf,
    AnyOf,
    Budget,
    Field,
    FieldTest,
    Not,
    Operator,
    Predicate,
    all_of,
    any_of,
    field,
)

__all__ = [
    "BUDGET",
    "AllOf",
    "AnyOf",
    "Budget",
    "Condition",
    "Explanation",
    "Field",
    "FieldTest",
    "FieldType",
    "Kind",
    "Not",
    "Operator",
    "Predicate",
    "Schema",
    "all_of",
    "any_of",
    "field",
    "find_overlap",
]
