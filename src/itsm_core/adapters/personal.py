"""Say which fields of an event may tell of a person: what an erasure and a redaction take (law R8).

Two kinds: fields that name a person, found by their type or listed as `NAMED`; and free texts, in
which anybody may have written anything. Everything else (states, priorities, reasons from a list,
instants) is what clocks and folds read, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_type_hints

import attrs

from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.ids import PersonId

__all__ = ["FREE_TEXTS", "NAMED", "personal_in", "persons_in", "texts_in"]

NAMED: Final[Mapping[str, frozenset[str]]] = {
    "BreachExplained": frozenset({"owner"}),
    "EscalationStepTaken": frozenset({"target"}),
}
"""Fields that may name a person or a group, by event type; those of type `PersonId` are found."""

FREE_TEXTS: Final[Mapping[str, frozenset[str]]] = {
    "TicketOpened": frozenset({"title"}),
    "ContactRecorded": frozenset({"about"}),
    "AgreementAssigned": frozenset({"reason"}),
    "PriorityChanged": frozenset({"reason"}),
    "PriorityOverridden": frozenset({"reason"}),
    "PriorityOverrideEnded": frozenset({"reason"}),
    "ApprovalGiven": frozenset({"note"}),
    "TimeExcluded": frozenset({"reason"}),
    "CommitmentMade": frozenset({"text"}),
    "CommitmentHandedOver": frozenset({"reason"}),
    "CommitmentWithdrawn": frozenset({"reason"}),
    "TicketUnlinked": frozenset({"reason"}),
    "TicketPutOnHold": frozenset({"evidence"}),
    "TicketReopened": frozenset({"reason"}),
    "TicketMerged": frozenset({"reason"}),
    "TicketSplit": frozenset({"reason"}),
    "TicketCancelled": frozenset({"reason"}),
    "BreachExplained": frozenset({"note"}),
    "EscalationAskedFor": frozenset({"reason"}),
    "EscalationAcknowledged": frozenset({"note"}),
    "EscalationStepTaken": frozenset({"why"}),
    "QuestionAsked": frozenset({"text"}),
    "QuestionAnswered": frozenset({"answer"}),
    "FeedbackGiven": frozenset({"note"}),
    "ReasonRecorded": frozenset({"reason"}),
    "MajorIncidentProposed": frozenset({"reason"}),
    "MajorIncidentAccepted": frozenset({"reason"}),
    "MajorIncidentRejected": frozenset({"reason"}),
    "MajorIncidentDemoted": frozenset({"reason"}),
}
"""Fields in which people write what they like, by event type."""


def _typed(kind: type[TicketEvent]) -> frozenset[str]:
    hints = get_type_hints(kind)
    return frozenset(field.name for field in attrs.fields(kind) if hints[field.name] is PersonId)


_PERSONS: Final[Mapping[str, frozenset[str]]] = {
    kind.__name__: _typed(kind) | NAMED.get(kind.__name__, frozenset()) for kind in EVENT_TYPES
}
_PERSONAL: Final[Mapping[str, tuple[str, ...]]] = {
    kind.__name__: tuple(
        field.name
        for field in attrs.fields(kind)
        if field.name in _PERSONS[kind.__name__] | FREE_TEXTS.get(kind.__name__, frozenset())
    )
    for kind in EVENT_TYPES
}


def persons_in(tag: str) -> frozenset[str]:
    """Return the fields of an event type that name a person; of an unknown one, none.

    >>> from itsm_core.adapters.personal import persons_in
    >>> sorted(persons_in("CommitmentMade"))
    ['actor', 'beneficiary', 'owner']
    """
    return _PERSONS.get(tag, frozenset())


def texts_in(tag: str) -> frozenset[str]:
    """Return the fields of an event type that hold free text.

    >>> from itsm_core.adapters.personal import texts_in
    >>> sorted(texts_in("CommitmentMade"))
    ['text']
    """
    return FREE_TEXTS.get(tag, frozenset())


def personal_in(tag: str) -> tuple[str, ...]:
    """Return both, in the order in which the class declares them.

    >>> from itsm_core.adapters.personal import personal_in
    >>> personal_in("TicketOpened")
    ('actor', 'title', 'requester', 'assignee')
    """
    return _PERSONAL.get(tag, ())
