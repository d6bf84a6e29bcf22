"""The list of event classes: complete, and in an order that means something."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import attrs
import pytest

from itsm_core import events
from itsm_core.events import EVENT_TYPES, TicketEvent


def test_every_class_is_listed_and_exported_when_collected() -> None:
    """A class that is missing here is read by no codec."""
    files = (f"{events.__name__}.{each.name}" for each in iter_modules(events.__path__))
    held = [each for name in files for each in vars(import_module(name)).values()]
    made = {each for each in held if isinstance(each, type) and issubclass(each, TicketEvent)}
    assert made - {TicketEvent} == set(EVENT_TYPES)
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


NOT_EMPTY: dict[str, dict[str, object]] = {
    "TicketOpened": {
        "ticket_type": "incident",
        "lifecycle": "incident",
        "lifecycle_version": 1,
        "state": "new",
    },
    "NudgeSent": {"number": 1},
    "ContactRecorded": {"official": True},
    "KnowledgeOffered": {"place": 1},
    "QuestionAsked": {"is_required": True},
    "FeedbackGiven": {"best": 5},
}
EMPTY = {"int": 0, "bool": False, "int | None": None}


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_field_is_empty_when_nobody_told_it(kind: type[TicketEvent]) -> None:
    """R7: what a payload leaves out means nothing, but for the few that are listed."""
    listed = NOT_EMPTY.get(kind.__name__, {})
    for field in attrs.fields(kind):
        if field.default is not attrs.NOTHING:
            assert field.default == listed.get(field.name, EMPTY.get(str(field.type), ""))
