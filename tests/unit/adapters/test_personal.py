"""Which fields tell of a person: every text of every event is declared one way or the other."""

from __future__ import annotations

from typing import get_type_hints

import attrs
import pytest

from itsm_core.adapters.personal import FREE_TEXTS, NAMED, personal_in, persons_in, texts_in
from itsm_core.events import EVENT_TYPES, TicketEvent

FACTS = frozenset(
    {
        *("ticket_id", "event_id", "ticket_type", "lifecycle", "state", "channel", "service"),
        *("category", "configuration_item_id", "impact", "urgency", "priority", "group"),
        *("agreement_id", "clock", "commitment_id", "link", "other", "into", "news"),
        *("registered_as", "resolution_code", "hold_reason", "key", "rule", "action", "outcome"),
        *("entry_id", "kind", "question", "checklist_id", "survey", "trigger"),
    }
)
"""What clocks, folds and reports read, in whichever event it stands."""

REASONS = {"NudgeSent": "reason", "TicketPutOnHold": "reason", "BreachExplained": "reason"}
"""Reasons from a list, on which clocks depend."""


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_every_text_is_a_fact_or_personal_when_listed(kind: type[TicketEvent]) -> None:
    """A new field has to be put into one of the two, or this fails."""
    hints = get_type_hints(kind)
    texts = {
        field.name
        for field in attrs.fields(kind)
        if getattr(hints[field.name], "__supertype__", hints[field.name]) is str
    }
    tag = kind.__name__
    facts = FACTS | ({REASONS[tag]} if tag in REASONS else set())
    assert texts - facts == set(personal_in(tag))


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_actor_is_personal_when_any_event_is_asked(kind: type[TicketEvent]) -> None:
    """Whoever did something can be erased from it."""
    assert "actor" in persons_in(kind.__name__)
    assert not persons_in(kind.__name__) & texts_in(kind.__name__)


def test_listed_fields_exist_when_looked_up() -> None:
    """A typing error in the list would leave a field out in silence."""
    fields = {kind.__name__: {field.name for field in attrs.fields(kind)} for kind in EVENT_TYPES}
    for listed in (NAMED, FREE_TEXTS):
        assert all(names <= fields[tag] for tag, names in listed.items())


def test_nothing_is_personal_when_the_type_is_unknown() -> None:
    """A class of somebody's own is not stored either."""
    assert not personal_in("Other")
    assert not persons_in("Other") | texts_in("Other")
