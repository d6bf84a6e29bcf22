"""A policy as a value: calendars, matrix, agreements, and which ticket earns which."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import attrs

from itsm_core.calendars import Calendar
from itsm_core.contacts import Channel, Channels, Guarantee
from itsm_core.contacts._guarantee import REGISTERED
from itsm_core.errors import NotFound, did_you_mean
from itsm_core.escalation import Coverage, Ladder
from itsm_core.events import TicketOpened
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import Lifecycle, LifecycleNames, Ticket, TimedRules
from itsm_core.policy._catalogue import Condition, PolicyCatalogue
from itsm_core.priority import PriorityRules
from itsm_core.rosters import Roster
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


@attrs.frozen(kw_only=True, slots=False)
class Policy:
    """Hold what a desk has promised, and by which rules it works.

    `matrix` is the priority matrix, or the `PriorityPolicy` that modifies it. `lifecycle` names
    the one that new tickets follow, or one for each type of ticket, "*" being every other type;
    `lifecycles` are those that the policy itself defines.
    `conditions` are the `when` of agreements by id and version, in which a value may be a pattern.
    `timed` are rules by the lifecycle that they are for. With a `guarantee` the channel of a ticket
    says from when on its clocks count, or that none does; `promised` has what that leaves.

    >>> from itsm_core.policy import load_policy
    >>> len(load_policy("servicenow_uci").agreements)
    1
    """

    name: str
    title: str = ""
    calendars: Mapping[str, Calendar]
    matrix: PriorityRules
    agreements: tuple[ServiceLevelAgreement, ...]
    conditions: Mapping[tuple[AgreementId, int], tuple[Condition, ...]] = attrs.field(
        factory=dict[tuple[AgreementId, int], tuple[Condition, ...]]
    )
    lifecycle: LifecycleNames = "incident"
    lifecycles: Mapping[str, Lifecycle] = attrs.field(factory=dict[str, Lifecycle])
    timed: Mapping[str, TimedRules] = attrs.field(factory=dict[str, TimedRules])
    rosters: Mapping[str, Roster] = attrs.field(factory=dict[str, Roster])
    ladders: Mapping[str, Ladder] = attrs.field(factory=dict[str, Ladder])
    channels: Mapping[str, Channel] = attrs.field(factory=dict[str, Channel])
    guarantee: Guarantee | None = None

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return the agreement that a ticket earns, or None: nothing was promised for it.

        Of the agreements with requesters (kind `sla`) that were in force when the ticket was
        opened and whose conditions all hold, that of the highest precedence; of equals the first
        in the file. An agreement that somebody chose by hand goes before all others, in the
        version that was in force at the opening, whatever it asks for.

        Conditions see the ticket as it stands, of an opening as it was then; what held when over
        the life of a ticket, by the version rule of its agreement, is for `catalogue.regimes`.
        """
        if isinstance(ticket, TicketOpened):
            return self.catalogue.standing(_facts(ticket), ticket.occurred_us)
        return self.catalogue.standing(_facts(ticket), ticket.opened_us, ticket.agreement_id)

    @cached_property
    def coverage(self) -> Coverage:
        """Return who is reached when by the rosters; the absences of each hold in all of them."""
        return Coverage(rosters=tuple(self.rosters.values()))

    @cached_property
    def promised(self) -> tuple[ServiceLevelAgreement, ...]:
        """Return the agreements as the guarantee has them; without one they are the file's own.

        An agreement with requesters becomes up to two: one for what counts from its report, and
        "<id>/registered" for what counts from its registration only (law D2).
        """
        rule = self.guarantee
        if rule is None:
            return self.agreements
        channels = Channels(channels=tuple(self.channels.values()))
        return tuple(
            each
            for agreement in self.agreements
            for each in (
                rule.agreements(agreement, channels) if agreement.kind == "sla" else (agreement,)
            )
        )

    def asked_of(self, agreement: ServiceLevelAgreement) -> tuple[Condition, ...]:
        """Return the `when` of an agreement, or of the one that the guarantee made it of."""
        own = str(agreement.agreement_id)
        is_made = self.guarantee is not None and own.endswith(REGISTERED)
        if is_made and all(each.agreement_id != own for each in self.agreements):
            own = own.removesuffix(REGISTERED)
        return self.conditions.get((AgreementId(own), agreement.version), ())

    @cached_property
    def catalogue(self) -> PolicyCatalogue:
        """Return what was promised, for selection over the life of a ticket (laws S11, S13).

        Whoever judges by this policy chooses by it: the desk, `evaluate_all`, `plan` and `diff`.

        Raises:
            DefinitionError: two versions of an agreement are in force at once, or one asks for
                what is true of a single event only.
        """
        asked = {
            (each.agreement_id, each.version): conditions
            for each in self.promised
            if (conditions := self.asked_of(each))
        }
        return PolicyCatalogue(agreements=self.promised, conditions=asked)

    def agreement(self, agreement_id: AgreementId | str) -> ServiceLevelAgreement:
        """Return the agreement of this id, as the guarantee has it if there is one.

        Raises:
            NotFound: the policy has none; the nearest id is suggested.
        """
        everything = (*self.promised, *self.agreements)
        for agreement in everything:
            if agreement.agreement_id == agreement_id:
                return agreement
        known = list(dict.fromkeys(str(agreement.agreement_id) for agreement in everything))
        remedy = f"policy {self.name!r} has {', '.join(known) or 'none'}"
        raise NotFound("agreement", agreement_id, remedy + did_you_mean(agreement_id, known))


def _facts(ticket: Ticket | TicketOpened) -> Mapping[str, object]:
    """Return the facts of a ticket as it stands, for what agreements ask."""
    is_new = isinstance(ticket, TicketOpened)
    return {
        "category": "new" if isinstance(ticket, TicketOpened) else ticket.category.value,
        "category_name": ticket.category
        if isinstance(ticket, TicketOpened)
        else ticket.category_name,
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
