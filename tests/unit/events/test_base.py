"""What every event has, whatever its class; see `test_order` for two of them."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import attrs
import pytest

from itsm_core.events import AnswerSent, ApprovalGiven, TicketEvent, history_hash, known_kind
from itsm_core.ids import TicketId

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@attrs.frozen(kw_only=True, repr=False)
class PhoneAnswer(AnswerSent):
    """An answer that somebody else's program tells apart."""


class Stray(TicketEvent):
    """An event of no known kind."""


def test_kind_is_the_nearest_base_when_a_class_is_somebodys_own() -> None:
    """What is not known is none."""
    assert (known_kind(PhoneAnswer), known_kind(AnswerSent)) == (AnswerSent, AnswerSent)
    assert known_kind(Stray) is None


def test_hash_tells_a_class_of_ones_own_apart_when_the_fields_are_equal() -> None:
    """Its module counts; in which file of the room a known class is kept does not."""
    plain = AnswerSent(ticket_id=TicketId("INC-1"), occurred_at=NINE)
    own = PhoneAnswer(ticket_id=TicketId("INC-1"), occurred_at=NINE)
    assert history_hash([plain]) != history_hash([own])


def test_hash_is_the_recorded_one_when_a_known_history_is_hashed() -> None:
    """Recorded while every class stood in one file: moving a class changes no hash."""
    event = ApprovalGiven(ticket_id=TicketId("INC-1"), occurred_at=0, note="x")
    content = ("itsm_core.events", "ApprovalGiven", "'INC-1'", "0", "None", "''", "False", "''")
    text = repr((*content, "0", "'x'"))
    assert history_hash([event]) == sha256(text.encode()).hexdigest()


def test_events_are_compared_with_events_only_when_sorted() -> None:
    """Anything else has no place among them."""
    event = AnswerSent(ticket_id=TicketId("INC-1"), occurred_at=NINE)
    with pytest.raises(TypeError):
        assert event < 3  # type: ignore[operator]
