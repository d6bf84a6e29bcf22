"""Every single change of a log of 10,000 events shows, where it was made (law R8)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from itsm_core.adapters._sqlite_chain import chained_events
from itsm_core.adapters.chain import ChainedEvent, LogHead
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketAssigned, TicketEvent, TicketMoved
from itsm_core.ids import PersonId, TicketId
from itsm_core.ports import ANY, Batch
from itsm_core.testing import tampering
from itsm_core.testing.contract import AT
from itsm_core.testing.tampering import tamper_with_everything


def event(number: int) -> TicketEvent:
    """Return an event: two of three name a person."""
    ticket = TicketId(f"INC-{number % 700}")
    if number % 3:
        return TicketAssigned(ticket_id=ticket, occurred_at=AT, assignee=PersonId("ana"))
    return TicketMoved(ticket_id=ticket, occurred_at=AT, state="waiting")


def log(count: int) -> tuple[Sequence[ChainedEvent], LogHead]:
    """Return a log as a store has chained it, and its head."""
    with SqliteStore(":memory:") as store:
        store.append_many(
            Batch(stream=one.ticket_id, events=[one], expected_version=ANY)
            for one in map(event, range(count))
        )
        connection = store._connection
        assert connection is not None
        return tuple(chained_events(connection)), store.head()


@pytest.mark.slow
def test_every_change_shows_where_it_was_made_when_all_are_tried() -> None:
    """Each event, each column, taken out, exchanged, doubled; every length of the rest."""
    report = tamper_with_everything(*log(10_000))
    assert (report.missed, report.misplaced, report.details) == (0, 0, ())
    assert report.kinds["payload"] == report.kinds["taken out"] == report.kinds["cut off"] == 10_000
    assert report.kinds["exchanged with the next"] == 9_999
    assert report.kinds["personal"] == report.kinds["seal"] == 6_666
    assert report.trials == 116_662


def test_change_is_missed_when_the_chain_does_not_cover_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The report can fail: a change that is none does not show."""
    monkeypatch.setitem(tampering._EDITS, "payload", lambda one: one)
    report = tamper_with_everything(*log(12))
    assert report.missed == 12
    assert "payload at event 1 shows at None" in str(report)


def test_log_is_refused_when_it_is_not_sound_to_begin_with() -> None:
    """What is found has to be what was done."""
    events, head = log(3)
    with pytest.raises(InvalidValue, match="not sound"):
        tamper_with_everything(events[1:], head)
    with pytest.raises(InvalidValue, match="not sound"):
        tamper_with_everything(events, LogHead(count=2, link=events[1].link))
