"""Erase a person from the rows of a SQLite file, and their bytes from the file itself (law R8)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Final, cast

from itsm_core.adapters._sqlite_chain import head_of
from itsm_core.adapters._sqlite_values import octets, text, whole
from itsm_core.adapters.chain import (
    SealedPart,
    commitment,
    erasure_digest,
    erasure_link,
    packed,
    unpacked,
)
from itsm_core.adapters.codec import payload_fields
from itsm_core.adapters.erasure import Erased, Eraser, Erasure, is_erased
from itsm_core.errors import CodecError
from itsm_core.ports import NAME_LENGTH

__all__ = ["erase", "scrub"]

_TEXTUAL: Final = frozenset({"text", "ticket", "state", "names"})
_MOST_LEFT: Final = 100
_ROOM: Final = 100  # for the apostrophes that tell apart keys of timers that become one


def scrub(connection: sqlite3.Connection) -> bool:
    """Write the file anew, without what was deleted; return False if a reader is in the way.

    What is free inside pages and between them is not copied, and the write-ahead log is emptied.
    """
    connection.execute("VACUUM")
    row = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not cast("tuple[int, int, int]", row)[0]


def erase(connection: sqlite3.Connection, erasure: Erasure) -> Erased:
    """Take a person out of every table, inside a transaction of the caller's."""
    head = head_of(connection)
    number = head.erasures + 1
    work = _Work(connection, Eraser(erasure, number), number)
    work.events()
    work.keys()
    work.messages()
    work.timers()
    work.look_for_the_rest()
    done = work.done
    if not (done.parts or done.keys or done.forgotten or done.messages or done.timers):
        return Erased(number=None, left=done.left)
    digest = erasure_digest(work.taken)
    before, reason = head.erasure_link, erasure.reason
    link = erasure_link(before, number, erasure.at_us, erasure.author, reason=reason, digest=digest)
    values = (number, erasure.at_us, erasure.author, reason, digest)
    connection.execute("INSERT INTO erasures VALUES (?, ?, ?, ?, ?, ?)", (*values, link))
    return done


# As with every schedule of other content. A timer that was set aside would wait to the end of time
# otherwise: the record of its failure is of what it was.
_SCHEDULE_ANEW: Final = (
    "UPDATE timers SET key = ?, data = ?, token = token + (state = 0),"
    " available = CASE state WHEN 0 THEN due ELSE available END,"
    " attempt = CASE state WHEN 0 THEN 0 ELSE attempt END WHERE key = ?"
)


class _Work:
    """Go through the tables, one after the other; events first, they say which texts went."""

    def __init__(self, connection: sqlite3.Connection, eraser: Eraser, number: int) -> None:
        self._execute = connection.execute
        self._eraser = eraser
        self._number = number
        self._streams: set[str] = set()
        self._named: set[str] = set()
        self._doubtful: set[str] = set()
        self._left: list[str] = []
        self._keys = self._forgotten = self._messages = self._timers = 0
        self.taken: list[tuple[int, str]] = []

    @property
    def done(self) -> Erased:
        return Erased(
            number=self._number,
            parts=len(self.taken),
            keys=self._keys,
            forgotten=self._forgotten,
            messages=self._messages,
            timers=self._timers,
            left=tuple(self._left[:_MOST_LEFT]),
        )

    def _rows(self, query: str) -> Iterator[tuple[object, ...]]:
        # All at once: the table is written to while the rows are looked at.
        return iter(cast("list[tuple[object, ...]]", self._execute(query).fetchall()))

    def events(self) -> None:
        """Put placeholders where the person was, and keep commitments in the place of salts."""
        rows = self._execute(
            "SELECT position, stream, payload, personal, seal FROM events WHERE personal != ''"
        )
        changed: list[tuple[str, bytes, int]] = []
        for row in cast("Iterator[tuple[object, ...]]", rows):
            position, stream, payload, personal, seal = row
            found = self._event(whole(position), text(stream), text(payload), text(personal), seal)
            if found is not None:
                changed.append((*found, whole(position)))
                self._streams.add(text(stream))
        for values in changed:
            self._execute("UPDATE events SET personal = ?, seal = ? WHERE position = ?", values)

    def _event(
        self, position: int, stream: str, payload: str, personal: str, seal: object
    ) -> tuple[str, bytes] | None:
        tag = payload[9 : payload.find('"', 9)]  # {"type":"TicketOpened"
        pieces, parts = personal.split("\n"), list(unpacked(octets(seal)))
        is_changed = False
        for place, (piece, part) in enumerate(zip(pieces, parts, strict=True)):
            name, _, value = piece.partition(":")
            field, written = name[1:-1], str(json.loads(value))
            instead = self._eraser.instead(tag, stream, field, written)
            if instead is None and not is_erased(written) and self._eraser.mentions(written):
                self._doubt(position, field, written)
            if instead is None or part.erasure:
                continue
            parts[place] = SealedPart(commitment(part.proof, piece), self._number)
            pieces[place] = f"{name}:{json.dumps(instead)}"
            self.taken.append((position, pieces[place]))
            is_changed = True
        return ("\n".join(pieces), packed(parts)) if is_changed else None

    def _doubt(self, position: int, field: str, written: str) -> None:
        """Say once of each id that holds the person's where it was met first."""
        if written not in self._doubtful:
            self._doubtful.add(written)
            self._left.append(f"event {position}: {field} {written!r}, which may be somebody else")

    def keys(self) -> None:
        """Forget keys that name the person, and what the keys of these streams stood for.

        What a key stood for is kept as a hash without a salt: whoever guesses the text, knows it.
        """
        for stream, key in self._rows("SELECT stream, key FROM idempotency_keys"):
            place = (text(stream), text(key))
            if self._eraser.mentions(place[1]):
                self._execute("DELETE FROM idempotency_keys WHERE stream = ? AND key = ?", place)
                self._forgotten += 1
            elif place[0] in self._streams:
                changed = self._execute(
                    "UPDATE idempotency_keys SET digest = x''"
                    " WHERE stream = ? AND key = ? AND digest != x''",
                    place,
                )
                self._keys += changed.rowcount

    def messages(self) -> None:
        """Clean messages, sent or not."""
        for number, message in self._rows("SELECT number, message FROM outbox"):
            cleaned = self._eraser.cleaned_message(text(message))
            if self._eraser.has_number(cleaned):
                self._left.append(f"message {whole(number)}: a number")
            if cleaned != message:
                self._execute("UPDATE outbox SET message = ? WHERE number = ?", (cleaned, number))
                self._messages += 1

    def timers(self) -> None:
        """Clean the keys and the data of timers, done or not."""
        for key, data in self._rows("SELECT key, data FROM timers"):
            new_key = self._eraser.cleaned(text(key), longest=NAME_LENGTH - _ROOM)
            new = new_key, self._eraser.cleaned(text(data))
            if self._eraser.has_number(new[1]):
                self._left.append(f"timer {new[0]}: a number")
            if new == (key, data):
                continue
            while new[0] != key and self._is_timer(new[0]):  # two names of one person
                new = f"{new[0]}'", new[1]
            self._execute(_SCHEDULE_ANEW, (*new, key))
            self._timers += 1

    def _is_timer(self, key: str) -> bool:
        return self._execute("SELECT 1 FROM timers WHERE key = ?", (key,)).fetchone() is not None

    def look_for_the_rest(self) -> None:
        """Say where the person is still named and nothing can be taken."""
        rows = self._execute("SELECT position, stream, payload FROM events")
        for position, stream, payload in cast("Iterator[tuple[object, ...]]", rows):
            # What is written with a backslash is found only when it is read.
            may_name = "\\" in text(payload) or self._eraser.mentions(text(payload))
            named = self._fields(text(payload)) if may_name else []
            if named:
                self._left.append(f"event {position}: {', '.join(named)}")
            if self._eraser.mentions(text(stream)):
                self._named.add(text(stream))
                self._left.append(f"event {position}: the name of its stream")
        for table, noun in (("timers", "a timer"), ("idempotency_keys", "a key")):
            query = f"SELECT DISTINCT stream FROM {table} ORDER BY stream"  # noqa: S608 - ours
            self._left += [
                f"{noun}: the name of its stream, {name!r}"
                for (name,) in self._rows(query)
                if self._eraser.mentions(text(name)) and name not in self._named
            ]
        query = "SELECT kind, name, version, document FROM definitions"
        for kind, name, version, document in self._rows(query):
            if self._eraser.mentions(f"{kind} {name} {version} {document}"):
                self._left.append(f"definition {kind} {name} {version}")

    def _fields(self, payload: str) -> list[str]:
        document = cast("dict[str, object]", json.loads(payload))
        try:
            forms = payload_fields(str(document.get("type")))
        except CodecError:  # none of ours: each of its members may be a text
            forms = dict.fromkeys(document, "text")
        return [
            name
            for name, form in forms.items()
            if form in _TEXTUAL and self._eraser.mentions(str(document.get(name)))
        ]
