"""A policy as a value: calendars, matrix, agreements, and which ticket earns which."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.errors import NotFound, did_you_mean
from itsm_core.events import TicketOpened
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import PriorityMatrix
from itsm_core.sla import ServiceLevelAgreement

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


@attrs.frozen
class Condition:
    """Ask whether a field of the ticket is one of some values.

    A value may hold `*` for any text and `?` for one character; case counts.
    """

    field: str
    values: tuple[str, ...]

    def holds(self, ticket: Ticket | TicketOpened) -> bool:
        """Return whether the ticket has one of the values."""
        value = _field(ticket, self.field)
        return any(fnmatchcase(value, pattern) for pattern in self.values)


def _field(ticket: Ticket | TicketOpened, name: str) -> str:
    if name == "category":
        return ticket.category if isinstance(ticket, TicketOpened) else ticket.category_name
    return str(getattr(ticket, name))


@attrs.frozen(kw_only=True)
class Policy:
    """Hold what a desk has promised.

    Agreements stand in the order of the file: the first whose conditions all hold is the one
    that a ticket earns. An agreement without conditions takes every ticket that reaches it.
    """

    name: str
    title: str = ""
    calendars: Mapping[str, Calendar]
    matrix: PriorityMatrix
    agreements: tuple[ServiceLevelAgreement, ...]
    conditions: Mapping[str, tuple[Condition, ...]] = attrs.field(
        factory=dict[str, tuple[Condition, ...]]
    )
    lifecycle: str = "incident"

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return the agreement that a ticket earns, or None: nothing was promised for it."""
        for agreement in self.agreements:
            asked = self.conditions.get(agreement.agreement_id, ())
            if all(condition.holds(ticket) for condition in asked):
                return agreement
        return None

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
