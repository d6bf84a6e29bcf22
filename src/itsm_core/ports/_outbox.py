"""The port of what is to be told to the outside: written with its events, sent afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from itsm_core.ports._checks import (
    checked_name,
    checked_number,
    checked_text,
    compact_json,
    series,
)
from itsm_core.spans import as_micros, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["Outbox", "OutboxMessage", "OutboxRecord", "checked_sent"]

_SPECVERSION: Final = "1.0"


def _data(value: object) -> str:
    return compact_json("the data of a message", value)


@attrs.frozen(kw_only=True)
class OutboxMessage:
    """Hold one message to the outside, in the terms of CloudEvents 1.0.

    `source` and `message_id` together name the message for ever: who receives it twice throws
    the second away. `data` is JSON text and kept in its compact form. An empty `subject` means
    none.

    Raises:
        InvalidValue: a name is unusable, or `data` is no JSON.
        NaiveDatetime: `occurred_at` has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> message = OutboxMessage(
    ...     message_id="7", source="/desk", type="ticket.opened", occurred_at=at, data="[1, 2]"
    ... )
    >>> message.data, message.cloud_event()["time"]
    ('[1,2]', '2026-01-05T09:00:00.000000Z')
    """

    message_id: str
    source: str
    type: str
    occurred_us: int = attrs.field(alias="occurred_at", converter=as_micros)
    subject: str = ""
    data: str = attrs.field(default="null", converter=_data)

    def __attrs_post_init__(self) -> None:
        checked_name("the id of a message", self.message_id)
        checked_name("the source of a message", self.source)
        checked_name("the type of a message", self.type)
        checked_text("the subject of a message", self.subject, longest=500)
        instant(self.occurred_us)  # a whole number may lie outside the years 1 to 9999

    @property
    def occurred_at(self) -> pendulum.DateTime:
        """Return when it happened, in UTC."""
        return in_pendulum(instant(self.occurred_us))

    def cloud_event(self, *, with_data: bool = True) -> Mapping[str, object]:
        """Return the attributes of CloudEvents 1.0, the data last, ready for `json.dumps`."""
        subject = {"subject": self.subject} if self.subject else {}
        data = {"data": json.loads(self.data)} if with_data else {}
        return {
            "specversion": _SPECVERSION,
            "id": self.message_id,
            "source": self.source,
            "type": self.type,
            **subject,
            "time": f"{instant(self.occurred_us).isoformat(timespec='microseconds')[:-6]}Z",
            "datacontenttype": "application/json",
            **data,
        }


@attrs.frozen(kw_only=True)
class OutboxRecord:
    """Hold a message with the number under which the store keeps it: rising, with gaps.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch, OutboxMessage
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> store = MemoryStore()
    >>> _ = store.append_many([batch])
    >>> [(record.number, record.message.type) for record in store.unsent()]
    [(1, 'ticket.opened')]
    """

    number: int
    message: OutboxMessage


class Outbox(Protocol):
    """Keep messages until they are sent (law R2).

    They get in with `Batch.messages`, in the transaction of their events: a message is there if
    and only if its events are. A message that is there already, by source and id, is not written
    again; with other content it is refused as `AlreadyExists`, and its batch with it.

    A relay reads `unsent`, delivers, and then calls `mark_sent`. Killed in between it delivers
    again: at least once, in the order of each stream. Two relays at once deliver twice; let them
    hold a timer's lease to take turns.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.ports import ANY, Batch, Outbox, OutboxMessage
    >>> def send(outbox: Outbox) -> list[str]:
    ...     found = outbox.unsent()
    ...     outbox.mark_sent(each.number for each in found)
    ...     return [each.message.type for each in found]
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> facts = MemoryStore()
    >>> batch = Batch(stream="INC-1", events=(), expected_version=ANY, messages=[told])
    >>> _ = facts.append_many([batch])
    >>> send(facts), send(facts)
    (['ticket.opened'], [])
    """

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Return at most `limit` messages that are not marked as sent, by number."""
        ...

    def mark_sent(self, numbers: Iterable[int]) -> int:
        """Take messages off the unsent ones; return how many were on it. The rest is ignored."""
        ...


def checked_sent(numbers: Iterable[int]) -> tuple[int, ...]:
    """Return the numbers of messages, read once, each once.

    Raises:
        InvalidValue: it is no series, or something else than a number is in it.

    >>> from itsm_core.ports import checked_sent
    >>> checked_sent([7, 3, 7])
    (3, 7)
    >>> checked_sent(["7"])
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: the number of a message is not usable: '7'; use a whole...
    """
    found = series(numbers, "no series of numbers")
    return tuple(sorted({checked_number("the number of a message", one, least=0) for one in found}))
