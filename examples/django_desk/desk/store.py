"""The store: Django's transactions, and rows that Django's ORM looks up and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import DatabaseError, connections, transaction
from django.db.models import Max, Min
from django.db.models.functions import Collate
from django.db.models.query import QuerySet

from itsm_core.adapters.codec import decode_event
from itsm_core.adapters.transactional import (
    WAITING,
    Known,
    Rows,
    TimerRow,
    TransactionalStore,
    decode_message,
    place_of,
)
from itsm_core.errors import CodecError, StoreUnavailable
from itsm_core.ports import Batch, Definition, OutboxRecord, StoredEvent

from . import models

_RESULT = TypeVar("_RESULT")


class DjangoStore(TransactionalStore):
    """Keep events, messages, timers and definitions with your models, in their transactions.

    Inside `transaction.atomic()` a command is committed with what else the block saves, or undone
    with it. Writers take turns until they commit: keep such blocks short.

    Django opens a connection for every thread and closes it after a request; a thread of your own
    calls `connections.close_all()` before it ends.
    """

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._closed = False

    def close(self) -> None:
        """Refuse further calls; the connections are Django's."""
        self._closed = True

    def _write(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        self._check_open()
        try:
            with transaction.atomic(using=self._using):
                # SQLite has begun as a writer; elsewhere this row is what writers wait for.
                models.Head.objects.using(self._using).select_for_update().get(id=1)
                return action(_DjangoRows(self._using))
        except (DatabaseError, models.Head.DoesNotExist) as error:
            raise self._unavailable(error) from error

    def _read(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        self._check_open()
        try:
            return action(_DjangoRows(self._using))
        except (DatabaseError, CodecError) as error:  # or a row was edited
            raise self._unavailable(error) from error

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable(repr(self), "is closed", "make a new one")

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        remedy = "run `manage.py migrate`, check the server, append again with the same key"
        return StoreUnavailable(repr(self), str(error).strip() or type(error).__name__, remedy)

    def __repr__(self) -> str:
        return f"<DjangoStore: {self._using}>"


class _DjangoRows:
    """Look up and write in the transaction that is open; the protocol is `Rows`."""

    def __init__(self, using: str) -> None:
        self._using = using
        # Names sort by their bytes everywhere, whatever the language of the database.
        self._bytewise = "C" if connections[using].vendor == "postgresql" else "BINARY"

    def lock(self, streams: Sequence[str]) -> None:
        """Do nothing: the writer's turn is for all streams."""

    # --- facts -------------------------------------------------------------------------------

    def known(self, stream: str, key: str) -> Known | None:
        row = models.Key.objects.using(self._using).filter(place=_place(stream, key)).first()
        if row is None:
            return None
        return Known(bytes.fromhex(row.digest), row.first_version, row.last_version, row.position)

    def remember(self, stream: str, key: str, known: Known) -> None:
        models.Key.objects.using(self._using).create(
            place=_place(stream, key),
            digest=known.digest.hex(),
            first_version=known.first_version,
            last_version=known.last_version,
            position=known.position,
        )

    def version(self, stream: str) -> int:
        rows = models.Event.objects.using(self._using).filter(stream=stream)
        return rows.aggregate(last=Max("version"))["last"] or 0

    def last_position(self) -> int:
        rows = models.Event.objects.using(self._using)
        return rows.aggregate(last=Max("position"))["last"] or 0

    def add_events(self, batch: Batch, payloads: Sequence[str], after: int) -> int:
        last = self.last_position()
        models.Event.objects.using(self._using).bulk_create(
            models.Event(position=last + n, stream=batch.stream, version=after + n, payload=payload)
            for n, payload in enumerate(payloads, 1)
        )
        return last + len(payloads)

    def stream(self, stream: str, after: int) -> tuple[StoredEvent, ...]:
        rows = models.Event.objects.using(self._using).filter(stream=stream, version__gt=after)
        return _stored(rows.order_by("version"))

    def all(self, after: int, limit: int) -> tuple[StoredEvent, ...]:
        rows = models.Event.objects.using(self._using).filter(position__gt=after)
        return _stored(rows.order_by("position")[:limit])

    # --- outbox ------------------------------------------------------------------------------

    def message(self, place: bytes) -> str | None:
        row = models.Message.objects.using(self._using).filter(place=place.hex()).first()
        return None if row is None else row.text

    def add_message(self, place: bytes, text: str) -> bool:
        if self.message(place) is not None:
            return False
        rows = models.Message.objects.using(self._using)
        number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
        rows.create(number=number, place=place.hex(), text=text)
        return True

    def unsent(self, limit: int) -> tuple[OutboxRecord, ...]:
        rows = models.Message.objects.using(self._using).filter(sent=False)
        return tuple(
            OutboxRecord(number=row.number, message=decode_message(row.text))
            for row in rows.order_by("number")[:limit]
        )

    def mark_sent(self, number: int) -> bool:
        rows = models.Message.objects.using(self._using).filter(number=number, sent=False)
        return rows.update(sent=True) == 1

    # --- timers ------------------------------------------------------------------------------

    def timer(self, key: str) -> TimerRow | None:
        row = models.Timer.objects.using(self._using).filter(key=key).first()
        return None if row is None else _timer(row)

    def put_timer(self, row: TimerRow) -> None:
        values = row._asdict()
        models.Timer.objects.using(self._using).update_or_create(
            key=values.pop("key"), defaults=values
        )

    def due(self, now: int, limit: int) -> Sequence[TimerRow]:
        rows = models.Timer.objects.using(self._using).filter(state=WAITING, available_us__lte=now)
        ordered = rows.order_by("available_us", Collate("key", self._bytewise))
        return [_timer(row) for row in ordered[:limit]]

    def waiting(self, stream: str | None, limit: int) -> Sequence[TimerRow]:
        rows = models.Timer.objects.using(self._using).filter(state=WAITING)
        if stream is not None:
            rows = rows.filter(stream=stream)
        ordered = rows.order_by("due_us", Collate("key", self._bytewise))
        return [_timer(row) for row in ordered[:limit]]

    def first_available(self) -> int | None:
        rows = models.Timer.objects.using(self._using).filter(state=WAITING)
        first: int | None = rows.aggregate(first=Min("available_us"))["first"]
        return first

    # --- definitions -------------------------------------------------------------------------

    def document(self, kind: str, name: str, version: str) -> str | None:
        rows = models.Definition.objects.using(self._using)
        row = rows.filter(place=_place(kind, name, version)).first()
        return None if row is None else row.document

    def add_definition(self, definition: Definition) -> None:
        kind, name, version = definition.kind, definition.name, definition.version
        models.Definition.objects.using(self._using).create(
            place=_place(kind, name, version),
            family=_place(kind, name),
            version=version,
            document=definition.document,
        )

    def versions(self, kind: str, name: str) -> tuple[str, ...]:
        rows = models.Definition.objects.using(self._using).filter(family=_place(kind, name))
        return tuple(row.version for row in rows.order_by("number"))


def _place(*names: str) -> str:
    return place_of(*names).hex()


def _stored(rows: QuerySet[models.Event]) -> tuple[StoredEvent, ...]:
    return tuple(
        StoredEvent(
            stream=row.stream,
            version=row.version,
            position=row.position,
            event=decode_event(row.payload),
        )
        for row in rows
    )


def _timer(row: models.Timer) -> TimerRow:
    return TimerRow(
        row.key,
        row.stream,
        row.due_us,
        row.data,
        row.state,
        row.available_us,
        row.token,
        row.attempt,
    )
