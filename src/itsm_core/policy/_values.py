"""A policy as a value: calendars, matrix, agreements, and which ticket earns which."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.conditions import Condition as Rule
from itsm_core.conditions import all_of
from itsm_core.conditions import field as fact
from itsm_core.contacts import Channel
from itsm_core.errors import DefinitionError, Fault, NotFound, did_you_mean
from itsm_core.escalation import Coverage, Ladder
from itsm_core.events import TicketOpened
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import Lifecycle, Ticket, TimedRules
from itsm_core.priority import PriorityRules
from itsm_core.rosters import Roster
from itsm_core.sla import FACTS, AgreementCatalogue, ServiceLevelAgreement
from itsm_core.sla._selection import is_valid

__all__ = ["FIELDS", "Condition", "Policy"]

FIELDS: Final = (
    "category",
    "channel",
    "group",
    "priority",
    "requester",
    "service",
    "ticket_type",
)
"""What a condition may ask of a ticket."""


_FACT_NAMES: Final = {"category": "category_name"}
"""What a field is called among the facts, where that is another name."""


@attrs.frozen
class Condition:
    """Ask whether a field of the ticket is one of some values.

    A value may hold `*` for any text and `?` for one character; case counts.
    """

    field: str
    values: tuple[str, ...]

    @property
    def has_pattern(self) -> bool:
        """Return whether a value stands for more than itself."""
        return any(letter in value for value in self.values for letter in "*?[")

    def holds(self, ticket: Ticket | TicketOpened) -> bool:
        """Return whether the ticket has one of the values."""
        value = _field(ticket, self.field)
        return any(fnmatchcase(value, pattern) for pattern in self.values)


def _field(ticket: Ticket | TicketOpened, name: str) -> str:
    if name == "category":
        return ticket.category if isinstance(ticket, TicketOpened) else ticket.category_name
    return str(getattr(ticket, name))


@attrs.frozen(kw_only=True, slots=False)
class Policy:
    """Hold what a desk has promised, and by which rules it works.

    `matrix` is the priority matrix, or the `PriorityPolicy` that modifies it. `lifecycle` names
    the one that new tickets follow; `lifecycles` are those that the policy itself defines.
    `conditions` are the `when` of agreements by id and version, in which a value may be a pattern.
    `timed` are rules by the lifecycle that they are for.
    """

    name: str
    title: str = ""
    calendars: Mapping[str, Calendar]
    matrix: PriorityRules
    agreements: tuple[ServiceLevelAgreement, ...]
    conditions: Mapping[tuple[AgreementId, int], tuple[Condition, ...]] = attrs.field(
        factory=dict[tuple[AgreementId, int], tuple[Condition, ...]]
    )
    lifecycle: str = "incident"
    lifecycles: Mapping[str, Lifecycle] = attrs.field(factory=dict[str, Lifecycle])
    timed: Mapping[str, TimedRules] = attrs.field(factory=dict[str, TimedRules])
    rosters: Mapping[str, Roster] = attrs.field(factory=dict[str, Roster])
    ladders: Mapping[str, Ladder] = attrs.field(factory=dict[str, Ladder])
    channels: Mapping[str, Channel] = attrs.field(factory=dict[str, Channel])

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return the agreement that a ticket earns, or None: nothing was promised for it.

        Of the agreements with requesters (kind `sla`) that were in force when the ticket was
        opened and whose conditions all hold, that of the highest precedence; of equals the first
        in the file. Conditions see the ticket as it stands; `catalogue` judges over its whole
        life, and refuses equals. An agreement that somebody chose by hand goes before all others,
        in the version that was in force at the opening, whatever it asks for.
        """
        by_hand = self._chosen(ticket)
        if by_hand is not None:
            return by_hand
        chosen: ServiceLevelAgreement | None = None
        facts: Mapping[str, object] | None = None
        at_us = ticket.occurred_us if isinstance(ticket, TicketOpened) else ticket.opened_us
        for agreement in self.agreements:
            if agreement.kind != "sla" or not is_valid(agreement, at_us):
                continue
            if chosen is not None and agreement.precedence <= chosen.precedence:
                continue
            asked = self.conditions.get((agreement.agreement_id, agreement.version), ())
            if not all(condition.holds(ticket) for condition in asked):
                continue
            if agreement.applies_to is not None:
                facts = facts or _facts(ticket)
                if not self._applications[agreement.content_hash].holds(facts):
                    continue
            chosen = agreement
        return chosen

    def _chosen(self, ticket: Ticket | TicketOpened) -> ServiceLevelAgreement | None:
        """Return the agreement that somebody chose by hand, if this policy promises it."""
        if isinstance(ticket, TicketOpened) or not ticket.agreement_id:
            return None
        return next(
            (
                each
                for each in self.agreements
                if each.agreement_id == ticket.agreement_id
                and each.kind == "sla"
                and is_valid(each, ticket.opened_us)
            ),
            None,
        )

    @cached_property
    def _applications(self) -> dict[str, Rule]:
        return {
            each.content_hash: Rule(schema=FACTS, rule=each.applies_to)
            for each in self.agreements
            if each.applies_to is not None
        }

    @cached_property
    def coverage(self) -> Coverage:
        """Return who is reached when by the rosters; the absences of each hold in all of them."""
        return Coverage(rosters=tuple(self.rosters.values()))

    @cached_property
    def catalogue(self) -> AgreementCatalogue:
        """Return the agreements for selection over the life of a ticket (laws S11, S13).

        `when` becomes part of each agreement's `applies_to`, so that its hash is another than
        that of the agreement alone.

        Raises:
            DefinitionError: a `when` asks by pattern, which no condition can; write `applies_to`.
        """
        faults = tuple(
            Fault(
                "pattern",
                f"agreement {agreement_id!r} version {version} asks {each.field} by a pattern",
                f"conditions[{agreement_id}].{each.field}",
                ", ".join(each.values),
                "write the values out, or use applies_to",
            )
            for (agreement_id, version), asked in self.conditions.items()
            for each in asked
            if each.has_pattern
        )
        if faults:
            raise DefinitionError(f"catalogue of policy {self.name!r}", faults)
        return AgreementCatalogue(agreements=tuple(map(self._with_conditions, self.agreements)))

    def _with_conditions(self, agreement: ServiceLevelAgreement) -> ServiceLevelAgreement:
        asked = self.conditions.get((agreement.agreement_id, agreement.version), ())
        if not asked:
            return agreement
        tests = [
            fact(_FACT_NAMES.get(each.field, each.field)).is_in(*each.values) for each in asked
        ]
        own = [] if agreement.applies_to is None else [agreement.applies_to]
        return attrs.evolve(agreement, applies_to=all_of(*tests, *own))

    def agreement(self, agreement_id: AgreementId | str) -> ServiceLevelAgreement:
        """Return the agreement of this id.

        Raises:
            NotFound: the policy has none; the nearest id is suggested.
        """
        for agreement in self.agreements:
            if agreement.agreement_id == agreement_id:
                return agreement
        known = [str(agreement.agreement_id) for agreement in self.agreements]
        remedy = f"policy {self.name!r} has {', '.join(known) or 'none'}"
        raise NotFound("agreement", agreement_id, remedy + did_you_mean(agreement_id, known))


def _facts(ticket: Ticket | TicketOpened) -> Mapping[str, object]:
    """Return the facts of a ticket as it stands, for the `applies_to` of agreements."""
    is_new = isinstance(ticket, TicketOpened)
    return {
        "category": "new" if isinstance(ticket, TicketOpened) else ticket.category.value,
        "category_name": _field(ticket, "category"),
        "hold_reason": "" if isinstance(ticket, TicketOpened) else ticket.hold_reason,
        "reopen_count": 0 if isinstance(ticket, TicketOpened) else ticket.reopen_count,
        "answered": not isinstance(ticket, TicketOpened) and ticket.first_response_us is not None,
        "awaiting_answer": is_new,
        "requester_is_assignee": bool(ticket.requester) and ticket.requester == ticket.assignee,
        **{name: str(getattr(ticket, name)) for name in _SAME_NAME},
    }


_SAME_NAME: Final = (
    "assignee",
    "channel",
    "configuration_item_id",
    "group",
    "impact",
    "priority",
    "requester",
    "service",
    "ticket_type",
    "urgency",
)
