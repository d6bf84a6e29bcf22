"""The chain of a SQLite log: how a file gets one, and how its rows are read for a check."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from itsm_core.adapters._chain_links import SALT_LENGTH
from itsm_core.adapters._sqlite_values import octets, text, whole
from itsm_core.adapters.chain import (
    BEGINNING,
    ChainedErasure,
    ChainedEvent,
    LogCheck,
    LogHead,
    check_chain,
    commitment,
    event_link,
    intact,
)
from itsm_core.adapters.codec import without
from itsm_core.adapters.personal import personal_in

__all__ = [
    "INSERT",
    "chain_old_events",
    "chained_erasures",
    "chained_events",
    "check_log",
    "head_of",
    "sealed",
]

_AT_ONCE: Final = 1_000

INSERT: Final = (
    "INSERT INTO events (position, stream, version, payload, personal, seal, link)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def sealed(pieces: Sequence[str]) -> tuple[bytes, bytes]:
    """Return new proofs for personal parts, packed, and the commitments to them."""
    if not pieces:
        return b"", b""
    random = os.urandom(SALT_LENGTH * len(pieces))
    seal = found = b""
    for place, piece in enumerate(pieces):
        salt = random[place * SALT_LENGTH : (place + 1) * SALT_LENGTH]
        seal += intact(salt)
        found += commitment(salt, piece)
    return seal, found


def chain_old_events(connection: sqlite3.Connection) -> None:
    """Take the personal parts out of the events of a file of schema version 2, and chain them."""
    query = "SELECT position, stream, version, payload FROM events_of_2 ORDER BY position"
    rows = connection.execute(query)
    link = BEGINNING
    while page := cast("list[tuple[int, str, int, str]]", rows.fetchmany(_AT_ONCE)):
        new: list[tuple[int, str, int, str, str, bytes, bytes]] = []
        for position, stream, version, payload in page:
            pieces = _old_pieces(payload)
            kept = without(payload, pieces)
            seal, commitments = sealed(pieces)
            link = event_link(
                link, position, stream, version, payload=kept, commitments=commitments
            )
            new.append((position, stream, version, kept, "\n".join(pieces), seal, link))
        connection.executemany(INSERT, new)


def _old_pieces(payload: str) -> list[str]:
    """Return the personal parts of a payload; what cannot be read is none of ours, and stays."""
    try:
        document: object = json.loads(payload)
    except (ValueError, RecursionError):  # damage is for whoever reads the event to say
        return []
    if not isinstance(document, dict):
        return []
    given = cast("dict[str, object]", document)
    found: list[str] = []
    for name in personal_in(str(given.get("type"))):
        value = given.get(name)
        piece = f'"{name}":{json.dumps(value, ensure_ascii=False)}'
        if value and isinstance(value, str) and f",{piece}" in payload:
            found.append(piece)
    return found


def head_of(connection: sqlite3.Connection) -> LogHead:
    """Return where the log and the record of erasures end."""
    event = connection.execute("SELECT position, link FROM events ORDER BY position DESC LIMIT 1")
    count, link = cast("tuple[object, object]", event.fetchone() or (0, BEGINNING))
    erasure = connection.execute("SELECT number, link FROM erasures ORDER BY number DESC LIMIT 1")
    number, last = cast("tuple[object, object]", erasure.fetchone() or (0, BEGINNING))
    return LogHead(
        count=whole(count), link=octets(link), erasures=whole(number), erasure_link=octets(last)
    )


def check_log(connection: sqlite3.Connection, heads: Iterable[LogHead]) -> LogCheck:
    """Check the log of a file, all of it as it is at one instant."""
    connection.execute("BEGIN")
    try:
        return check_chain(chained_events(connection), chained_erasures(connection), heads)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def chained_events(connection: sqlite3.Connection) -> Iterator[ChainedEvent]:
    """Return the events of a file by position, as a check takes them."""
    rows = connection.execute(
        "SELECT position, stream, version, payload, personal, seal, link FROM events"
        " ORDER BY position"
    )
    for row in cast("Iterator[tuple[object, ...]]", rows):
        position, stream, version, payload, personal, seal, link = row
        parts = text(personal)
        yield ChainedEvent(
            whole(position),
            text(stream),
            whole(version),
            text(payload),
            tuple(parts.split("\n")) if parts else (),
            octets(seal),
            octets(link),
        )


def chained_erasures(connection: sqlite3.Connection) -> Iterator[ChainedErasure]:
    """Return the record of erasures of a file by number."""
    rows = connection.execute(
        "SELECT number, at, author, reason, digest, link FROM erasures ORDER BY number"
    )
    for row in cast("Iterator[tuple[object, ...]]", rows):
        number, at, author, reason, digest, link = row
        yield ChainedErasure(
            whole(number), whole(at), text(author), text(reason), octets(digest), octets(link)
        )
