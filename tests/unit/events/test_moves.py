"""Events that move a ticket; migration gives places other names and moves nothing (law L4)."""

from __future__ import annotations

from datetime import UTC, datetime

from itsm_core.events import TicketMigrated, TicketPutOnHold
from itsm_core.ids import TicketId
from itsm_core.lifecycle import StateCategory, Ticket, evolve

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_category_and_last_move_stay_when_migrated() -> None:
    """A migration neither resolves nor pauses anything."""
    held = evolve(
        Ticket(ticket_id=ID, opened_at=NINE),
        TicketPutOnHold(ticket_id=ID, occurred_at=NINE, state="on_hold", reason="parts"),
    )
    moved = TicketMigrated(
        ticket_id=ID,
        occurred_at=NINE,
        lifecycle="task",
        lifecycle_version=3,
        state="waiting",
        hold_reason="spares",
    )
    after = evolve(held, moved)
    assert (after.lifecycle, after.lifecycle_version) == ("task", 3)
    assert (after.state, after.hold_reason) == ("waiting", "spares")
    assert (after.category, after.last_move) == (StateCategory.ON_HOLD, "TicketPutOnHold")
