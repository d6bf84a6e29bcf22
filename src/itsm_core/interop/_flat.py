"""Events for other programs: a table for spreadsheets, CloudEvents for whoever listens."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from itsm_core.adapters.codec import encode_event, payload_fields
from itsm_core.documents.cells import Cell, csv_text
from itsm_core.errors import CodecError
from itsm_core.events import EVENT_TYPES
from itsm_core.interop._payloads import VERSION, Histories, kind_of, written
from itsm_core.interop._texts import writing

__all__ = ["write_cloud_events", "write_events_csv"]

_FIRST: Final = ("ticket_id", "type", VERSION)
_ROWS: Final = 2_000
"""Rows that are made into text at a time."""


def write_events_csv(path: str | Path, histories: Histories) -> int:
    """Write a table of events, a row each and a column for every field; return the number.

    No cell becomes a formula in a spreadsheet (`documents.cells`); `read_csv_text` gives the texts
    as they were. Instants are in UTC.

    Raises:
        CodecError: an event is of no class of `EVENT_TYPES`, or of another ticket.
        LogError: the file cannot be written.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.documents.cells import read_csv_text
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.interop import write_events_csv
    >>> from itsm_core.spans import EPOCH
    >>> event = TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, title="=1+1", requester="carl")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.csv")
    ...     print(write_events_csv(path, {"INC-1": (event,)}))
    ...     header, row = read_csv_text(path.read_text(encoding="utf-8"))
    1
    >>> row[:2], row[header.index("title")]
    (('INC-1', 'TicketOpened'), '=1+1')
    """
    kinds: dict[str, str] = dict.fromkeys(_FIRST, "string")
    for kind in EVENT_TYPES:
        for name, form in payload_fields(kind.__name__).items():
            kinds.setdefault(name, kind_of(form))
    header = [*kinds]
    head = csv_text(header, [])
    number = 0
    rows = _rows(histories, header)
    with writing(path) as out:
        out.write(head)
        while block := [*islice(rows, _ROWS)]:
            out.write(csv_text(header, block).removeprefix(head))
            number += len(block)
    return number


def _rows(histories: Histories, header: list[str]) -> Iterator[list[Cell]]:
    for ticket, events in histories.items():
        for tag, values in written(events, ticket):
            values["type"] = tag
            yield [values.get(name) for name in header]


def write_cloud_events(path: str | Path, histories: Histories, *, source: str) -> int:
    """Write one CloudEvent 1.0 a line, the whole event as its data; return the number.

    As messages of the outbox are: `id` is `INC-1#3`, the third event of its ticket, `type` such as
    `itsm_core.TicketOpened`, `subject` the ticket. `source` and `id` name the event for ever, so
    give each desk its own source, such as `/desks/berlin`.

    Raises:
        CodecError: an event is of no class of `EVENT_TYPES`, or of another ticket.
        InvalidValue: the source or a ticket is no name that a message can have.
        LogError: the file cannot be written.

    >>> import json
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.interop import write_cloud_events
    >>> from itsm_core.spans import EPOCH
    >>> event = TicketOpened(ticket_id="INC-1", occurred_at=EPOCH, requester="carl")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.jsonl")
    ...     _ = write_cloud_events(path, {"INC-1": (event,)}, source="/desks/berlin")
    ...     told = json.loads(path.read_text(encoding="utf-8"))
    >>> told["id"], told["type"], told["source"], told["time"]
    ('INC-1#1', 'itsm_core.TicketOpened', '/desks/berlin', '1970-01-01T00:00:00.000000Z')
    """
    # Deferred: the ports would take most of the time that importing this room takes.
    from itsm_core.adapters.records import encode_message
    from itsm_core.ports import OutboxMessage

    number = 0
    with writing(path) as out:
        for ticket, events in histories.items():
            for place, event in enumerate(events, 1):
                data = encode_event(event)
                if event.ticket_id != ticket:
                    remedy = "keep each event under its own ticket"
                    raise CodecError("event of another ticket", ticket, event.ticket_id, remedy)
                message = OutboxMessage(
                    message_id=f"{ticket}#{place}",
                    source=source,
                    type=f"itsm_core.{type(event).__name__}",
                    subject=ticket,
                    occurred_at=event.occurred_us,
                    data=data,
                )
                out.write(f"{encode_message(message)}\n")
                number += 1
    return number
