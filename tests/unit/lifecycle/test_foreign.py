"""Logs of other systems: what is read, what is refused (law T1, law L8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import TicketAssigned, TicketOpened, TicketResolved
from itsm_core.ids import TicketId
from itsm_core.lifecycle import INCIDENT, conformance
from itsm_core.lifecycle._foreign import told

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def judge(*events: object) -> object:
    """Check events of any shape against the shipped incident lifecycle."""
    return conformance(INCIDENT, cast("Any", events))


def test_told_gives_state_and_instant_when_events_move_the_ticket() -> None:
    """An event without a state moves nothing and is left out; 9:00 UTC is 1,767,603,600 s."""
    ticket = TicketId("INC-1")
    log = told(
        [
            TicketOpened(ticket_id=ticket, occurred_at=NINE),
            TicketAssigned(ticket_id=ticket, occurred_at=NINE),
            TicketResolved(ticket_id=ticket, occurred_at=NINE, state="resolved"),
        ]
    )
    at_us = 1_767_603_600_000_000
    assert list(log) == [("INC-1", "new", at_us), ("INC-1", "resolved", at_us)]


def test_told_is_empty_when_the_log_is() -> None:
    """A log without events is a log."""
    assert list(told(())) == []


@pytest.mark.parametrize("log", ["text", b"bytes", 7, None])
def test_log_is_refused_when_it_is_no_series_of_events(log: object) -> None:
    """A text is iterable, but not a log."""
    with pytest.raises(InvalidValue, match="a log is a series of events"):
        told(cast("Any", log))


@pytest.mark.parametrize(
    "event",
    [("A", "new"), ("A", "new", 1, 2), 7, "ab", ("A", ["new"], 1), (["A"], "new", 1), (1, {}, 1)],
)
def test_event_is_refused_when_it_has_another_shape(event: object) -> None:
    """The message says the shape that was expected."""
    with pytest.raises(InvalidValue, match=r"\(case id, name, instant\)"):
        judge(event)


def test_event_is_refused_when_the_first_instant_has_no_zone() -> None:
    """A naive datetime is refused, never guessed."""
    with pytest.raises(NaiveDatetime):
        judge(("A", "new", NINE.replace(tzinfo=None)))


def test_event_is_refused_when_a_later_instant_has_no_zone() -> None:
    """The check costs nothing on the fast path, and still sees every event."""
    with pytest.raises(NaiveDatetime):
        judge(("A", "new", NINE), ("A", "resolved", NINE.replace(tzinfo=None)))


def test_event_is_refused_when_numbers_and_datetimes_are_mixed() -> None:
    """Nobody can say which came first."""
    with pytest.raises(InvalidValue, match="either all datetimes or all whole microseconds"):
        judge(("A", "new", NINE), ("A", "resolved", 5))


def test_event_is_refused_when_the_log_changes_its_kind() -> None:
    """What the first item is decides how all of them are read."""
    with pytest.raises(InvalidValue, match="not a TicketEvent"):
        judge(TicketOpened(ticket_id=TicketId("A"), occurred_at=NINE), ("A", "closed", NINE))


def test_error_of_the_log_itself_is_kept_when_it_breaks() -> None:
    """A fault in the caller's reader is not called a fault of the event before it."""

    def broken() -> Iterator[tuple[str, str, int]]:
        yield "A", "new", 1
        message = "line 2 cannot be read"
        raise ValueError(message)

    with pytest.raises(ValueError, match="line 2 cannot be read") as caught:
        conformance(INCIDENT, broken())
    assert not isinstance(caught.value, InvalidValue)
