"""The ports of time, of names and of promises."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from itsm_core.lifecycle import LifecycleNames, Ticket
    from itsm_core.priority import PriorityRules
    from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement

__all__ = ["Catalogue", "Clock", "IdSource", "LifelongCatalogue"]


class Clock(Protocol):
    """Tell the time.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.ports import Clock
    >>> def greeting(clock: Clock) -> str:
    ...     return "good morning" if clock.now().hour < 12 else "good afternoon"
    >>> greeting(ManualClock(datetime(2026, 5, 12, 9, tzinfo=UTC)))
    'good morning'
    """

    def now(self) -> datetime:
        """Return the present instant, aware."""
        ...


class IdSource(Protocol):
    """Make up names that nobody has used before.

    >>> from itsm_core.adapters.clocks import CountingIds
    >>> from itsm_core.ports import IdSource
    >>> def two_names(ids: IdSource) -> tuple[str, str]:
    ...     return ids.new_id(), ids.new_id()
    >>> two_names(CountingIds("INC-"))
    ('INC-1', 'INC-2')
    """

    def new_id(self) -> str:
        """Return an id that this source has not returned and will not return again."""
        ...


class Catalogue(Protocol):
    """Know what the desk has promised; `itsm_core.policy.Policy` is one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.clocks import ManualClock
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.commands import Actor, OpenTicket
    >>> from itsm_core.desk import ServiceDesk
    >>> from itsm_core.priority import ITIL_MATRIX
    >>> class NoPromises:
    ...     lifecycle, matrix = "incident", ITIL_MATRIX
    ...
    ...     def agreement_for(self, ticket):
    ...         return None
    >>> clock = ManualClock(datetime(2026, 5, 12, 9, tzinfo=UTC))
    >>> desk = ServiceDesk(store=MemoryStore(), catalogue=NoPromises(), clock=clock)
    >>> wish = OpenTicket(ticket_id="INC-1", impact="high", urgency="high")
    >>> desk.handle(wish, Actor(person_id="ana", roles={"analyst"})).ticket.priority
    'P1'
    """

    @property
    def lifecycle(self) -> LifecycleNames:
        """Return the name of the lifecycle that new tickets follow, or a name by type of ticket.

        `{"complaint": "complaint", "*": "incident"}`: a type that is not named has that of "*";
        without it such a ticket is refused.
        """
        ...

    @property
    def matrix(self) -> PriorityRules:
        """Return the matrix, or the policy, that priorities are derived with."""
        ...

    def agreement_for(self, ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return the agreement that the ticket earns as it stands, or None.

        A desk asks after everything that happens to a ticket: what held before stays judged by
        what was promised then. While a ticket is resolved, closed or cancelled it is not asked.
        """
        ...


@runtime_checkable
class LifelongCatalogue(Catalogue, Protocol):
    """Choose agreements over the life of a ticket, with versions and reasons (laws S11, S13).

    Of such a catalogue a desk asks `catalogue`, not `agreement_for`; `itsm_core.policy.Policy` is
    one.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.ports import LifelongCatalogue
    >>> def promises(of: LifelongCatalogue) -> list[str]:
    ...     return [each.agreement_id for each in of.catalogue.agreements]
    >>> promises(load_policy("demo"))
    ['operations', 'berlin', 'lisbon', 'sao-paulo']
    """

    @property
    def catalogue(self) -> AgreementCatalogue:
        """Return every agreement, ready to be chosen from."""
        ...
