"""The list of event classes: complete, and in an order that means something."""

from __future__ import annotations

import attrs

from itsm_core import events
from itsm_core.events import EVENT_TYPES, TicketEvent


def test_every_class_is_listed_and_exported_when_collected() -> None:
    """A class that is missing here is read by no codec."""
    prefix = f"{events.__name__}."
    made = {each for each in TicketEvent.__subclasses__() if each.__module__.startswith(prefix)}
    assert made == set(EVENT_TYPES)
    assert {each.__name__ for each in EVENT_TYPES} <= set(events.__all__)


def test_order_of_one_instant_is_that_of_causes_when_ranked() -> None:
    """S6: opening first, a pause over before the stop, a merge told before the end it causes."""
    place = {kind.__name__: rank for rank, kind in enumerate(EVENT_TYPES)}
    assert place["TicketOpened"] == 0
    assert place["TicketResumed"] < place["TicketResolved"] < place["TicketClosed"]
    assert place["TicketMerged"] < place["TicketCancelled"]
    assert place["CommitmentMade"] < place["CommitmentKept"]


def test_fields_are_flat_when_listed() -> None:
    """A payload is one flat object: texts, whole numbers, truth values, instants."""
    kinds = {str(field.type) for kind in EVENT_TYPES for field in attrs.fields(kind)}
    allowed = {"str", "int", "bool", "int | None"} | {
        f"{name}Id" for name in ("Agreement", "Event", "Group", "Person", "Service", "Ticket")
    }
    assert kinds <= allowed
