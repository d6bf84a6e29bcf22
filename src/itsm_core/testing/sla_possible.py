"""Rules of clocks that no ticket can ever make true: found by trying every kind of ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from itsm_core.conditions import Condition, Kind, Predicate
from itsm_core.events import EVENT_TYPES
from itsm_core.sla import FACTS, ServiceLevelAgreement
from itsm_core.testing.sla_histories import leaves_of

__all__ = ["impossible_rules"]

_COMBINATIONS: Final = 20_000


def impossible_rules(agreement: ServiceLevelAgreement) -> Iterator[str]:
    """Yield a sentence for each rule that no ticket can ever make true.

    >>> from itsm_core import ServiceLevelTarget, hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.conditions import field
    >>> from itsm_core.sla import ClockRules
    >>> never = field("category").is_("new") & field("category").is_("closed")
    >>> rules = ClockRules(start=field("event").is_("TicketOpened"), stop=never)
    >>> goal = ServiceLevelTarget(metric="resolution", name="fix", goals=hours(4), rules=rules)
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[goal])
    >>> print(next(impossible_rules(gold)))
    fix: it can never stop: no ticket is ever such that category is new and category is closed
    """
    for target in agreement.targets:
        if target.metric == "commitment":
            continue
        for name, rule in (("start", target.rules.start), ("stop", target.rules.stop)):
            if _never_holds(rule):
                condition = Condition(schema=FACTS, rule=rule)
                yield f"{target.name}: it can never {name}: no ticket is ever such that {condition}"


def _never_holds(rule: Predicate) -> bool:
    """Tell whether no combination of facts makes a rule true; too many are taken as possible."""
    examples = {name: tuple(values) for name, values in _examples(rule).items()}
    count = 1
    for values in examples.values():
        count *= len(values)
    if count > _COMBINATIONS:
        return False
    condition = Condition(schema=FACTS, rule=rule)
    return not any(
        condition.holds(facts)
        for values in product(*examples.values())
        for facts in [dict(zip(examples, values, strict=True))]
        if _is_possible(facts)
    )


def _examples(rule: Predicate) -> dict[str, set[object]]:
    """Return, for each fact that a rule names, one example of every value it can tell apart."""
    found: dict[str, set[object]] = {}
    for test in leaves_of(rule):
        kind, choices = FACTS.fields[test.field].kind, FACTS.fields[test.field].choices
        values = found.setdefault(test.field, set())
        if test.field == "event":
            values |= {each.__name__ for each in EVENT_TYPES}
        elif choices:
            values |= set(choices)
        elif kind is Kind.BOOL:
            values |= {True, False}
        elif kind is Kind.NUMBER:
            values |= set(range(100))
        else:
            values |= {None, "another", *test.values}
    return found


def _is_possible(facts: Mapping[str, object]) -> bool:
    """Tell whether a ticket can have these facts together."""
    reason, category = facts.get("hold_reason"), facts.get("category", "on_hold")
    if reason is not None and category != "on_hold":
        return False
    moved = {"TicketResolved": "resolved", "TicketClosed": "closed", "TicketPutOnHold": "on_hold"}
    moved |= {"TicketCancelled": "cancelled", "TicketReopened": "active", "WorkStarted": "active"}
    moved |= {"TicketResumed": "active"}
    event = facts.get("event", "")
    return category == moved.get(str(event), category) or "category" not in facts
