"""Messages to the outside: the attributes of CloudEvents 1.0, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import pytest

from itsm_core.errors import InstantOutOfRange, InvalidValue, NaiveDatetime
from itsm_core.ports import OutboxMessage, checked_sent

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_message_has_the_attributes_of_the_specification_when_written() -> None:
    """CloudEvents 1.0: four attributes are required, time is RFC 3339, names are lower case."""
    berlin = timezone(timedelta(hours=1))
    message = OutboxMessage(
        message_id="INC-1/7",
        source="/desks/1",
        type="org.example.ticket.opened",
        subject="INC-1",
        occurred_at=datetime(2026, 1, 5, 10, tzinfo=berlin),
        data='{"priority": "P1"}',
    )
    assert json.loads(json.dumps(message.cloud_event())) == {
        "specversion": "1.0",
        "id": "INC-1/7",
        "source": "/desks/1",
        "type": "org.example.ticket.opened",
        "subject": "INC-1",
        "time": "2026-01-05T09:00:00.000000Z",
        "datacontenttype": "application/json",
        "data": {"priority": "P1"},
    }


def test_message_has_no_subject_when_it_is_empty() -> None:
    """The specification forbids an empty subject; it is left out."""
    message = OutboxMessage(message_id="1", source="s", type="t", occurred_at=AT)
    assert "subject" not in message.cloud_event()
    assert message.occurred_at == AT


@pytest.mark.parametrize("name", ["message_id", "source", "type"])
@pytest.mark.parametrize("value", ["", "a\0b", "x" * 501, None])
def test_message_is_refused_when_a_name_is_unusable(name: str, value: object) -> None:
    """The required attributes are non-empty texts."""
    values: dict[str, str] = {"message_id": "1", "source": "s", "type": "t"}
    with pytest.raises(InvalidValue, match="message"):
        OutboxMessage(**{**values, name: cast("str", value)}, occurred_at=AT)


def test_message_is_refused_when_its_instant_or_data_is_unusable() -> None:
    """Laws T1, T5 and R7."""
    with pytest.raises(NaiveDatetime):
        OutboxMessage(message_id="1", source="s", type="t", occurred_at=datetime(2026, 1, 5))  # noqa: DTZ001
    with pytest.raises(InstantOutOfRange):
        OutboxMessage(message_id="1", source="s", type="t", occurred_at=1 << 62)
    with pytest.raises(InvalidValue, match="not JSON"):
        OutboxMessage(message_id="1", source="s", type="t", occurred_at=AT, data="{")
    with pytest.raises(InvalidValue, match="subject"):
        OutboxMessage(message_id="1", source="s", type="t", occurred_at=AT, subject="x" * 501)


def test_numbers_are_sorted_and_single_when_marked() -> None:
    """One order for all writers: no two wait for each other."""
    assert checked_sent(iter([3, 1, 3])) == (1, 3)
    with pytest.raises(InvalidValue, match="number"):
        checked_sent(cast("list[int]", ["1"]))
