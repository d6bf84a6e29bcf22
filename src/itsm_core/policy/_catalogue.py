"""The agreements of a policy, ready to be chosen from: over a life, or at one of its instants.

The desk, `policy test` and `policy diff --log` choose after each event; replay and the report
judge a whole life by the choice at its opening.

A file says which tickets an agreement takes in two ways, `when` and `applies_to`, and of equals
with requesters the first in the file holds. An `AgreementCatalogue` knows neither of both; this
one does, and is asked like any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final, cast

import attrs

from itsm_core.calendars import Finding
from itsm_core.conditions import AllOf, Explanation, FieldTest, Predicate, all_of
from itsm_core.conditions import Condition as Rule
from itsm_core.conditions import field as fact
from itsm_core.events import TicketOpened
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import Ticket
from itsm_core.sla import FACTS, AgreementCatalogue, ServiceLevelAgreement
from itsm_core.sla._advice import catalogue_advice
from itsm_core.sla._agreement import Kind
from itsm_core.sla._pick import Asked, Bench, best_of
from itsm_core.sla._program import fields_of

__all__ = ["Condition", "PolicyCatalogue"]

_FACT_NAMES: Final = {"category": "category_name"}
"""What a field is called among the facts, where that is another name."""

_REQUESTERS: Final[Kind] = "sla"
_BY_ORDER: Final = frozenset[Kind]({_REQUESTERS})
"""Kinds of which the first of equals holds; groups and suppliers need a precedence."""


@attrs.frozen
class Condition:
    """Ask whether a field of the ticket is one of some values.

    A value may hold `*` for any text and `?` for one character; case counts.

    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.policy import Condition
    >>> from itsm_core.spans import EPOCH
    >>> asked = Condition("service", ("mail", "warehouse-*"))
    >>> [asked.takes(name) for name in ("mail", "warehouse-interface", "Mail")]
    [True, True, False]
    >>> asked.holds(TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, service="mail"))
    True
    """

    field: str
    values: tuple[str, ...]

    @property
    def has_pattern(self) -> bool:
        """Return whether a value stands for more than itself."""
        return any(letter in value for value in self.values for letter in "*?[")

    @property
    def fact(self) -> str:
        """Return what the field is called among the facts of service levels."""
        return _FACT_NAMES.get(self.field, self.field)

    def holds(self, ticket: Ticket | TicketOpened) -> bool:
        """Return whether the ticket has one of the values."""
        name = self.field if isinstance(ticket, TicketOpened) else self.fact
        return self.takes(str(getattr(ticket, name)))

    def takes(self, value: str) -> bool:
        """Return whether a value of the field is one of those asked for."""
        return any(fnmatchcase(value, pattern) for pattern in self.values)

    @property
    def test(self) -> FieldTest:
        """Return the condition as a test of facts, in words: a pattern is no value to a test."""
        return fact(self.fact).is_in(*self.values)


Asks = tuple[Condition, ...]


@attrs.frozen
class _Taken:
    """Hold what an agreement asks by patterns, and by a condition: all of it must hold."""

    asked: Asks
    rule: Rule | None

    def holds(self, values: object, /) -> bool:
        """Return whether the facts of a ticket fit."""
        return all(each.takes(_value(values, each.fact)) for each in self.asked) and (
            self.rule is None or self.rule.holds(values)
        )

    def explain(self, values: object, /) -> Explanation:
        """Return the tree of every part with its result."""
        parts = [self._told(each, values) for each in self.asked]
        if self.rule is not None:
            parts.append(self.rule.explain(values))
        if len(parts) == 1:
            return parts[0]
        whole = AllOf(parts=tuple(each.predicate for each in parts))
        result = all(each.result for each in parts)
        return Explanation(predicate=whole, result=result, parts=tuple(parts))

    def _told(self, asked: Condition, values: object) -> Explanation:
        seen = _value(values, asked.fact)
        return Explanation(predicate=asked.test, result=asked.takes(seen), seen=seen or None)

    def __str__(self) -> str:
        own = [] if self.rule is None else [str(self.rule)]
        asked = [f"{each.field} is {' or '.join(each.values)}" for each in self.asked]
        return " and ".join((*asked, *own))


def _value(values: object, name: str) -> str:
    """Return a fact as text; what is missing is the empty one."""
    if isinstance(values, Mapping):
        found = cast("Mapping[str, object]", values).get(name)
    else:
        found = getattr(values, name)
    return "" if found is None else str(found)


# Without slots, so that what is compiled is kept.
@attrs.frozen(kw_only=True, slots=False)
class PolicyCatalogue(AgreementCatalogue):
    """Choose agreements as a policy file has them: by `when`, `applies_to` and their order.

    Of several agreements with requesters (kind `sla`) that apply with the highest precedence the
    first holds; of other kinds that is refused. The agreements are those of the policy itself, so
    that a verdict carries the hash by which anybody finds its agreement again.
    """

    conditions: Mapping[tuple[AgreementId, int], Asks] = attrs.field(
        factory=dict[tuple[AgreementId, int], Asks], hash=False
    )

    def standing(
        self, facts: object, opened_us: int, by_hand: str = ""
    ) -> ServiceLevelAgreement | None:
        """Return the agreement with requesters for facts as they are, or None.

        Versions are those in force at the opening; one chosen by hand goes before all others.
        """
        bench, kind = self._bench, _REQUESTERS
        known = bench.ids_of.get(kind, ())
        versions = {each: bench.version_at(each, opened_us) for each in known}
        chosen = versions.get(by_hand)
        if chosen is not None or not known:
            return chosen
        best = best_of(bench, kind, facts, versions)
        return best[0] if best else None

    def of_kind(self, kind: Kind) -> PolicyCatalogue:
        """Return a catalogue of the agreements of one kind."""
        chosen = tuple(each for each in self.agreements if each.kind == kind)
        return PolicyCatalogue(agreements=chosen, conditions=self.conditions)

    def check(self) -> tuple[Finding, ...]:
        """Return what is legal but probably not meant; the order of a file settles its ties.

        A pattern is taken for any value, so that a tie may be told that its text excludes.
        """
        whole = tuple(attrs.evolve(each, applies_to=self._rule(each)) for each in self.agreements)
        ordered = Bench(whole, self.kinds, first_holds=_BY_ORDER)
        return catalogue_advice(ordered)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of all definitions in their order, with what they ask."""
        told = [
            [each.content_hash, [[one.field, *one.values] for one in self._asked(each)]]
            for each in self.agreements
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _asked(self, agreement: ServiceLevelAgreement) -> Asks:
        return self.conditions.get((agreement.agreement_id, agreement.version), ())

    def _rule(self, agreement: ServiceLevelAgreement) -> Predicate | None:
        """Return both ways of asking as one condition; a pattern, or a missing value, is any."""
        own = [] if agreement.applies_to is None else [agreement.applies_to]
        tests: list[Predicate] = [
            fact(each.fact).is_in(*dict.fromkeys(each.values))
            for each in self._asked(agreement)
            if not each.has_pattern and all(each.values)
        ]
        return all_of(*tests, *own) if tests or own else None

    @cached_property
    def _bench(self) -> Bench:
        asked: dict[tuple[str, int], tuple[Asked, frozenset[str]]] = {}
        for each in self.agreements:
            conditions, rule = self._asked(each), each.applies_to
            if not conditions:
                continue
            own = None if rule is None else Rule(schema=FACTS, rule=rule)
            read = frozenset({one.fact for one in conditions})
            fields = read if rule is None else read | fields_of(rule)
            asked[each.agreement_id, each.version] = (_Taken(conditions, own), fields)
        return Bench(self.agreements, self.kinds, asked=asked, first_holds=_BY_ORDER)
