"""Commands about what was promised: instants are aware, spans are not empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.commands import ExcludeTime, MakeCommitment
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.ids import TicketId

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_span_is_kept_in_microseconds_when_excluded() -> None:
    """2026-01-05T09:00Z is 1767603600 s after 1970."""
    command = ExcludeTime(ticket_id=ID, start_at=NINE, end_at=NINE + timedelta(microseconds=1))
    assert (command.start_us, command.end_us) == (1_767_603_600_000_000, 1_767_603_600_000_001)


def test_command_is_refused_when_an_instant_has_no_zone() -> None:
    """T1."""
    naive = NINE.replace(tzinfo=None)
    with pytest.raises(NaiveDatetime):
        MakeCommitment(ticket_id=ID, commitment_id="c", due_at=naive)
    with pytest.raises(NaiveDatetime):
        ExcludeTime(ticket_id=ID, start_at=naive, end_at=NINE)


def test_exclusion_is_refused_when_it_ends_as_it_begins() -> None:
    """T3: an empty span does not exist."""
    with pytest.raises(InvalidValue, match="an empty span does not exist"):
        ExcludeTime(ticket_id=ID, start_at=NINE, end_at=NINE)
