"""The ports of time, of names and of promises."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from itsm_core.lifecycle import Ticket
    from itsm_core.priority import PriorityRules
    from itsm_core.sla import ServiceLevelAgreement

__all__ = ["Catalogue", "Clock", "IdSource"]


class Clock(Protocol):
    """Tell the time."""

    def now(self) -> datetime:
        """Return the present instant, aware."""
        ...


class IdSource(Protocol):
    """Make up names that nobody has used before."""

    def new_id(self) -> str:
        """Return an id that this source has not returned and will not return again."""
        ...


class Catalogue(Protocol):
    """Know what the desk has promised; `itsm_core.policy.Policy` is one."""

    @property
    def lifecycle(self) -> str:
        """Return the name of the lifecycle that new tickets follow."""
        ...

    @property
    def matrix(self) -> PriorityRules:
        """Return the matrix, or the policy, that priorities are derived with."""
        ...

    def agreement_for(self, ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return the agreement that the ticket earns, or None."""
        ...
