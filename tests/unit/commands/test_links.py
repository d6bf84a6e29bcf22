"""Commands that concern several tickets name the other one."""

from __future__ import annotations

from typing import Any

import pytest

from itsm_core.commands import LinkTicket, MergeTicket, OpenFollowUp, SplitTicket, UnlinkTicket
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId

ID = TicketId("INC-1")


@pytest.mark.parametrize("nothing", ["", "  ", None, 7])
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (LinkTicket, "other"),
        (UnlinkTicket, "other"),
        (MergeTicket, "into"),
        (SplitTicket, "into"),
        (OpenFollowUp, "into"),
    ],
)
def test_command_is_refused_when_the_other_ticket_is_none(
    kind: Any,
    field: str,
    nothing: object,
) -> None:
    """An id that is empty, blank or no text names nothing."""
    link = {"link": "child_of"} if field == "other" else {}
    with pytest.raises(InvalidValue, match="not the id of a ticket"):
        kind(ticket_id=ID, **link, **{field: nothing})
