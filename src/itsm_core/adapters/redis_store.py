"""A store in Redis or Valkey: every write is one Lua script, hence atomic and in one order.

It needs the extra `itsm_core[redis]`. All of a store lies in the server's memory; how much of it
survives the server is the server's setting, which is checked: see `durable`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, NoReturn, Protocol, Self, cast
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from itsm_core.adapters import _engine
from itsm_core.adapters import _redis_scripts as scripts
from itsm_core.adapters.codec import decode_event, fingerprint
from itsm_core.adapters.records import decode_message, place_of
from itsm_core.errors import (
    AlreadyExists,
    CodecError,
    Conflict,
    InvalidValue,
    KeyReused,
    LeaseLost,
    NotFound,
    StoreUnavailable,
)
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    AppendResult,
    Batch,
    Definition,
    ExpectedVersion,
    OutboxRecord,
    StoredEvent,
    Timer,
    TimerClaim,
    checked_intent,
    checked_keys,
    checked_lease,
    checked_name,
    checked_number,
    checked_sent,
    checked_timers,
)
from itsm_core.spans import instant

__all__ = ["RedisStore"]

_SCHEMA_VERSION: Final = "1"
_BEYOND: Final = 1 << 52  # more entries than a list holds, and small enough for Redis to add to

_DAMAGED: Final = (
    "was a key edited or evicted? restore a backup, and set maxmemory-policy noeviction"
)
_REMEDY: Final = (
    "check that the server runs, takes writes, and that address and password are right; append "
    "again with the same key: that tells whether it was written"
)


class _Client(Protocol):
    """Hold the commands that are used here, in the types that they have with bytes."""

    def ping(self) -> bool: ...
    def get(self, name: str) -> bytes | None: ...
    def set(self, name: str, value: str, *, nx: bool) -> bool | None: ...
    def config_get(self, *names: str) -> dict[str, str]: ...
    def hget(self, name: str, key: str) -> bytes | None: ...
    def llen(self, name: str) -> int: ...
    def lrange(self, name: str, start: int, end: int) -> list[bytes]: ...
    def zrange(self, name: str, start: int, end: int) -> list[bytes]: ...
    def zrangebylex(
        self,
        name: str,
        low: str,
        high: str,
        start: int,
        num: int,
    ) -> list[bytes]: ...
    def register_script(self, script: str) -> Callable[..., object]: ...
    def close(self) -> None: ...


class _Factory(Protocol):
    """Hold how a client is made."""

    def from_url(
        self, url: str, *, socket_timeout: float, socket_connect_timeout: float, retry: Retry
    ) -> _Client: ...


class RedisStore:
    """Keep everything in Redis or Valkey: events, outbox, timers and definitions.

    It is an `EventStore`, an `Outbox`, a `TimerStore` and a `DefinitionStore` of
    `itsm_core.ports`. Safe with threads and with processes. The server must not evict keys.

    Args:
        url: `redis://host:port/0`, `rediss://` for TLS, `unix://` for a socket.
        prefix: what the names of its keys begin with. The braces keep a store in one slot of a
            cluster.
        durable: True demands `appendonly yes` and `appendfsync always` of the server, so that what
            was acknowledged survives its end. False takes what the server is set to: with its
            defaults, the last seconds or minutes are lost when it dies.
        timeout_seconds: over 0 and up to 3600, how long to wait for an answer.

    Raises:
        InvalidValue: the URL, the prefix or the time is not usable.
        StoreUnavailable: no connection, a wrong password, the server is not durable, or another
            version of this library has made the store.

    >>> from itsm_core.adapters.redis_store import RedisStore
    >>> RedisStore("redis://:secret@127.0.0.1:1/0")  # nobody listens there
    Traceback (most recent call last):
    itsm_core.errors.StoreUnavailable: store redis at 127.0.0.1:1: ...
    >>> RedisStore("http://127.0.0.1")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no URL of Redis ...
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "{itsm}:",
        durable: bool = True,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._prefix: Final = checked_name("a prefix", prefix)
        _check_seconds(timeout_seconds)
        self._closed = False
        try:
            self._client: Final = cast("_Factory", redis.Redis).from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                # A command whose answer was lost may have been carried out: twice is for the
                # caller to decide, who has the key.
                retry=Retry(NoBackoff(), 0),
            )
        except (ValueError, TypeError, AttributeError) as error:
            # The URL is not shown: it may hold a password.
            remedy = "write it as redis://:password@host:6379/0"
            raise InvalidValue(f"no URL of Redis ({error})", "the URL", remedy) from error
        self._name: Final = _shown(url)
        try:
            self._check_server(durable=durable)
            self._check_version()
        except BaseException:
            self.close()
            raise

    # --- facts -------------------------------------------------------------------------------

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Write events at the end of a stream, all or nothing (law R1)."""
        batch = Batch(
            stream=stream, events=events, expected_version=expected_version, key=key, intent=intent
        )
        return self.append_many((batch,))[0]

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Append several batches in their order as one: all of them or, on any error, none."""
        return self._written(_engine.prepare(batches), None)

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Return what the append with this key wrote, or None if there was none."""
        checked_name("the name of a stream", stream)
        checked_name("a key", key)
        checked_intent(intent)
        with self._used() as client:
            found = client.hget(self._key(f"keys:{stream}"), key)
        if found is None:
            return None
        if intent is not None and found[:64].decode() != fingerprint((), intent).hex():
            raise KeyReused(stream, key)
        return self._result("1" + found[64:].decode())

    def read(self, stream: str, *, after: int = 0) -> tuple[StoredEvent, ...]:
        """Return the events of a stream beyond version `after`; none if it does not exist."""
        checked_name("the name of a stream", stream)
        checked_number("after", after, least=0)
        with self._used() as client:
            rows = client.lrange(self._key(f"stream:{stream}"), min(after, _BEYOND), -1)
        found: list[StoredEvent] = []
        for version, row in enumerate(rows, after + 1):
            position, _, payload = row.partition(b"|")
            found.append(self._stored(stream, version, position, payload))
        return tuple(found)

    def read_all(self, *, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Return at most `limit` events beyond position `after`, over all streams."""
        first = min(checked_number("after", after, least=0), _BEYOND)
        last = first + min(checked_number("limit", limit, least=1), _BEYOND) - 1
        with self._used() as client:
            rows = client.lrange(self._key("log"), first, last)
        found: list[StoredEvent] = []
        for position, row in enumerate(rows, first + 1):
            size, version, rest = row.split(b"|", 2)
            stream, payload = rest[: int(size)], rest[int(size) :]
            found.append(
                self._stored(stream.decode(), int(version), str(position).encode(), payload)
            )
        return tuple(found)

    def version(self, stream: str) -> int:
        """Return the version of a stream's last event, 0 if it does not exist."""
        checked_name("the name of a stream", stream)
        with self._used() as client:
            return client.llen(self._key(f"stream:{stream}"))

    # --- outbox ------------------------------------------------------------------------------

    def unsent(self, *, limit: int = 1000) -> tuple[OutboxRecord, ...]:
        """Return at most `limit` messages that are not marked as sent, by number."""
        count = min(checked_number("limit", limit, least=1), _BEYOND)
        with self._used() as client:
            rows = client.zrange(self._key("unsent"), 0, count - 1)
        try:
            return tuple(
                OutboxRecord(number=int(row[:16]), message=decode_message(row[16:].decode()))
                for row in rows
            )
        except CodecError as error:
            raise self._unavailable(f"a message cannot be read: {error}", _DAMAGED) from error

    def mark_sent(self, numbers: Iterable[int]) -> int:
        """Take messages off the unsent ones; return how many were on it."""
        wanted = checked_sent(numbers)
        return cast("int", self._run(scripts.SENT, *(str(number) for number in wanted)))

    # --- timers ------------------------------------------------------------------------------

    def schedule(self, timers: Iterable[Timer]) -> int:
        """Let timers wait; return how many are new or changed."""
        return cast(
            "int",
            self._run(scripts.SCHEDULE, scripts.as_json(scripts.timers_of(checked_timers(timers)))),
        )

    def cancel(self, keys: Iterable[str]) -> int:
        """Let timers wait no more; return how many did."""
        return cast("int", self._run(scripts.CANCEL, scripts.as_json(checked_keys(keys))))

    def claim_due(
        self, *, as_of: datetime, lease: timedelta, limit: int = 100
    ) -> tuple[TimerClaim, ...]:
        """Lend what is due at `as_of` and not lent, at most `limit`, what waits longest first."""
        now, until = checked_lease(as_of, lease, limit)
        count = str(min(limit, _BEYOND))
        found = self._run(scripts.CLAIM, scripts.text_of(now), scripts.text_of(until), count)
        return tuple(
            TimerClaim(
                timer=one,
                token=int(cast("int", values["token"])),
                attempt=int(cast("int", values["attempt"])),
                leased_until_us=until,
            )
            for one, values in self._listed(found)
        )

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Mark a timer done and append its effect: both or, on any error, neither (law R2)."""
        _engine.checked_claim(claim)
        return self._written(_engine.prepare_effects(batches), claim)

    def release(self, claim: TimerClaim, *, retry_at: datetime | None = None) -> None:
        """Give a timer back undone, to be claimed from `retry_at` on, or at once if it is None."""
        key = _engine.checked_claim(claim).timer.key
        retry = scripts.text_of(_engine.retry_micros(claim, retry_at))
        if not self._run(scripts.RELEASE, key, str(claim.token), retry):
            raise LeaseLost(key)

    def waiting(self, *, stream: str | None = None, limit: int = 1000) -> tuple[Timer, ...]:
        """Return timers that are not done, lent ones included, the first due first.

        It looks at all that wait, whatever the limit is.
        """
        if stream is not None:
            checked_name("the stream of a timer", stream)
        checked_number("limit", limit, least=1)
        found = [
            one
            for one, _ in self._listed(self._run(scripts.LISTED))
            if stream in (None, one.stream)
        ]
        return tuple(sorted(found, key=lambda one: (one.due_us, one.key))[:limit])

    def next_due_at(self) -> datetime | None:
        """Return when `claim_due` will have something: a due instant or the end of a lease."""
        with self._used() as client:
            rows = client.zrangebylex(self._key("due"), "-", "+", start=0, num=1)
        return instant(int(rows[0][:19]) - scripts.SHIFT) if rows else None

    # --- definitions -------------------------------------------------------------------------

    def publish(self, definitions: Iterable[Definition]) -> int:
        """Keep definitions, all or, on any error, none; return how many are new."""
        items = [
            {
                "place": place_of(one.kind, one.name, one.version).hex(),
                "family": place_of(one.kind, one.name).hex(),
                "kind": one.kind,
                "shown": f"{one.name} {one.version}",
                "version": one.version,
                "document": one.document,
            }
            for one in _engine.checked_definitions(definitions)
        ]
        answer = cast("list[bytes]", self._run(scripts.PUBLISH, scripts.as_json(items)))
        if answer[0] == b"exists":
            raise AlreadyExists(answer[1].decode(), answer[2].decode())
        return int(answer[1])

    def definition(self, kind: str, name: str, version: str) -> Definition:
        """Return one version; `NotFound` if it was never published."""
        _engine.check_definition_names(kind, name, version)
        place = place_of(kind, name, version).hex()
        with self._used() as client:
            found = client.hget(self._key("definitions"), place)
        if found is None:
            raise NotFound(kind, f"{name} {version}", "publish it first")
        return Definition(kind=kind, name=name, version=version, document=found.decode())

    def definition_versions(self, kind: str, name: str) -> tuple[str, ...]:
        """Return the versions in the order in which they were published."""
        _engine.check_definition_names(kind, name)
        place = self._key(f"versions:{place_of(kind, name).hex()}")
        with self._used() as client:
            rows = client.lrange(place, 0, -1)
        return tuple(row.decode() for row in rows)

    # --- the end -----------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connections; closing twice is harmless."""
        self._closed = True
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<RedisStore: {self._name}>"

    # --- inside ------------------------------------------------------------------------------

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _unavailable(self, what: str, remedy: str) -> StoreUnavailable:
        return StoreUnavailable(self._name, what, remedy)

    @contextmanager
    def _used(self) -> Generator[_Client]:
        """Lend the client, and let no error of the driver out (law R4)."""
        if self._closed:
            raise self._unavailable("is closed", "open it again")
        try:
            yield self._client
        except RedisError as error:
            said = str(error).rstrip(".") or type(error).__name__
            raise self._unavailable(said, _REMEDY) from error

    def _run(self, script: str, *values: str) -> object:
        with self._used() as client:
            return client.register_script(script)(args=[self._prefix, *values])

    def _check_server(self, *, durable: bool) -> None:
        with self._used() as client:
            client.ping()
            if not durable:
                return
            found = client.config_get("appendonly", "appendfsync")
        settings = {_as_text(name): _as_text(value) for name, value in found.items()}
        if settings != {"appendonly": "yes", "appendfsync": "always"}:
            shown = ", ".join(f"{name} {value}" for name, value in sorted(settings.items()))
            raise self._unavailable(
                f"is not durable ({shown})",
                "set 'appendonly yes' and 'appendfsync always', or say durable=False",
            )

    def _check_version(self) -> None:
        """Refuse what another version has made; say of an empty store which one makes it.

        A store without the key is from before there was one, when all were of version 1.
        """
        name = self._key("schema_version")
        with self._used() as client:
            found = client.get(name)
            if found is None:  # it is read first: a replica that has it can be opened to read
                client.set(name, _SCHEMA_VERSION, nx=True)
                found = client.get(name) or b""
        if found != _SCHEMA_VERSION.encode():
            raise self._unavailable(
                f"has schema version {found[:20]!r}, this itsm_core knows {_SCHEMA_VERSION}",
                "open it with the version of itsm_core that made it, and copy its events over",
            )

    def _written(
        self, prepared: Sequence[_engine.Prepared], claim: TimerClaim | None
    ) -> tuple[AppendResult, ...]:
        lent = (
            "" if claim is None else scripts.as_json({"key": claim.timer.key, "token": claim.token})
        )
        answer = cast(
            "list[bytes]",
            self._run(
                scripts.WRITE, lent, scripts.as_json([scripts.batch_of(one) for one in prepared])
            ),
        )
        if answer[0] != b"ok":
            _refuse(answer, claim)
        results = cast("list[bytes]", answer[1])
        return tuple(self._result(one.decode()) for one in results)

    def _result(self, text: str) -> AppendResult:
        repeated, first, last, position = text.split("|")
        return AppendResult(
            first_version=int(first),
            last_version=int(last),
            position=int(position),
            repeated=repeated == "1",
        )

    def _stored(self, stream: str, version: int, position: bytes, payload: bytes) -> StoredEvent:
        try:
            event = decode_event(payload)
        except CodecError as error:
            what = f"the event at position {position.decode()} cannot be read: {error}"
            raise self._unavailable(what, _DAMAGED) from error
        return StoredEvent(stream=stream, version=version, position=int(position), event=event)

    def _listed(self, answer: object) -> list[tuple[Timer, dict[str, object]]]:
        rows = cast("list[bytes]", answer)
        found: list[tuple[Timer, dict[str, object]]] = []
        for key, text in zip(rows[::2], rows[1::2], strict=True):
            values = cast("dict[str, object]", json.loads(text))
            due = int(cast("str", values["due"])) - scripts.SHIFT
            stream, data = cast("str", values["stream"]), cast("str", values["data"])
            found.append((Timer(key=key.decode(), stream=stream, due_at=due, data=data), values))
        return found


def _refuse(answer: list[bytes], claim: TimerClaim | None) -> NoReturn:
    """Raise what a script has refused."""
    kind, *values = (one.decode() for one in answer)
    match kind:
        case "conflict":
            raise Conflict(values[0], values[1], int(values[2]))
        case "key":
            raise KeyReused(values[0], values[1])
        case "message":
            raise AlreadyExists("message", values[0])
        case _:
            raise LeaseLost("" if claim is None else claim.timer.key)


def _check_seconds(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        raise InvalidValue("timeout_seconds is not usable", value, "use more than 0, up to 3600")


def _shown(url: str) -> str:
    """Return where a URL leads, without the password that it may hold."""
    parts = urlsplit(url)
    host = parts.hostname or ("" if parts.path.strip("/") else "localhost")  # where redis:// goes
    return f"redis at {host}:{parts.port or 6379}" if host else parts.path


def _as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
