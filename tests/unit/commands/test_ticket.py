"""Commands on one ticket."""

from __future__ import annotations

import pytest

from itsm_core.commands import ApproveTicket, MigrateTicket, SendNudge, TriggerTransition
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId

ID = TicketId("INC-1")


def test_triggers_are_those_that_lifecycles_name_when_read() -> None:
    """Migration has none: no lifecycle says how it is left."""
    assert (ApproveTicket.trigger, SendNudge.trigger, MigrateTicket.trigger) == (
        "approve",
        "nudge",
        "",
    )


@pytest.mark.parametrize("number", [0, -1, True, 1.5])
def test_nudge_is_refused_when_its_number_counts_nothing(number: int) -> None:
    """The first is number 1."""
    assert SendNudge(ticket_id=ID, number=1).number == 1
    with pytest.raises(InvalidValue, match="count from 1"):
        SendNudge(ticket_id=ID, number=number)


def test_trigger_is_refused_when_it_is_no_text() -> None:
    """A name from a file may be anything."""
    with pytest.raises(InvalidValue):
        TriggerTransition(ticket_id=ID, name=3)  # type: ignore[arg-type]
