"""A schema with a field of every kind, and values that fit it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

import attrs

from itsm_core.conditions import Condition, Kind, Predicate, Schema

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)

SCHEMA = Schema(
    name="ticket",
    fields={
        "priority": Kind.TEXT.of("P1", "P2", "P3"),
        "source": Kind.TEXT.of("mail", "phone").optional(),
        "title": Kind.TEXT,
        "hold_reason": Kind.TEXT.optional(),
        "vip": Kind.BOOL,
        "flagged": Kind.BOOL.optional(),
        "cost": Kind.NUMBER,
        "score": Kind.NUMBER.optional(),
        "opened": Kind.INSTANT,
        "resolved": Kind.INSTANT.optional(),
        "effort": Kind.DURATION,
        "tags": Kind.TEXTS,
        "watchers": Kind.TEXTS.optional(),
        "flags": Kind.TEXTS.of("red", "blue").optional(),
    },
)


class Source(Enum):
    """Name a channel, as an Enum that is no text itself."""

    MAIL = "mail"


@attrs.frozen(kw_only=True)
class Ticket:
    """Hold what the schema declares, as an object."""

    priority: object = "P1"
    source: object = "mail"
    title: object = "printer on fire"
    hold_reason: object = None
    vip: object = True
    flagged: object = None
    cost: object = 3
    score: object = None
    opened: object = AT
    resolved: object = None
    effort: object = timedelta(hours=8)
    tags: object = frozenset({"print", "hardware"})
    watchers: object = None
    flags: object = None


VALUES = attrs.asdict(Ticket(), recurse=False)
HALF = Decimal("0.5")


def rule(predicate: Predicate) -> Condition:
    """Return the predicate, checked against the schema."""
    return Condition(schema=SCHEMA, rule=predicate)


def holds(predicate: Predicate, **changes: object) -> bool:
    """Return the answer on the sample values with changes, the same on every way."""
    condition = rule(predicate)
    values = {**VALUES, **changes}
    answers = {condition.holds(values), condition.holds(Ticket(**values))}
    answers.add(condition.explain(values).result)
    assert len(answers) == 1
    return answers.pop()
