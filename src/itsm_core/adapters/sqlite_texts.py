"""Texts in a SQLite file with full-text search (FTS5): a `TextStore` that needs no server.

It names candidates by SQLite's own BM25 over the same terms as the index in memory. Adding one
text takes less than half a millisecond in a batch, asking some ten milliseconds among 30,000.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Self, cast

import attrs

from itsm_core.adapters._sqlite_file import (
    CORRUPT,
    check_seconds,
    file_name,
    translated,
    unavailable,
)
from itsm_core.errors import InvalidValue, NotFound, StoreUnavailable
from itsm_core.ids import TicketId
from itsm_core.linking import ENGLISH, Analyzer, TicketText
from itsm_core.ports import checked_name, checked_number, checked_texts, checked_tickets

__all__ = ["SqliteTexts"]

_APPLICATION_ID: Final = 0x49545358  # "ITSX"
_SCHEMA_VERSION: Final = 2
_MOST_TERMS: Final = 20
"""FTS5 reads every row of each term: more of them cost time and find little."""
_MOST_ROWS: Final = 6_000
"""Common terms beyond this many rows in all are passed over."""
_MOST_CHARACTERS: Final = 8_000
"""So much of a field is searched; it is kept whole."""
_MOST_FOUND: Final = 1 << 31
_COMMON_SHARE: Final = 0.15
_COMMON_LEAST: Final = 50
_COLUMNS: Final = (
    "ticket_id",
    "at_us",
    "title",
    "body",
    "log",
    "kind",
    "language",
    "service",
    "configuration_item_id",
    "category",
    "group_id",
    "requester",
    "assignee",
)
_NAMES: Final = tuple("group" if column == "group_id" else column for column in _COLUMNS)
_SCHEMA: Final = (
    f"""CREATE TABLE texts (
        number INTEGER PRIMARY KEY,
        {", ".join(f"{c} {'INTEGER' if c == 'at_us' else 'TEXT'} NOT NULL" for c in _COLUMNS)},
        UNIQUE (ticket_id)
    ) STRICT""",
    "CREATE INDEX texts_in_time ON texts (at_us, ticket_id)",
    # The terms come from our analyzer, parted by blanks: their marks belong to them. SQLite's own
    # table of Unicode is of 2012; this tokenizer takes all letters beyond ASCII as they are.
    """CREATE VIRTUAL TABLE terms USING fts5 (
        title, body, log, tokenize = "ascii tokenchars '._:-@$#+='"
    )""",
    # SQLite counts the texts of a term by reading through all of them (fts5vocab).
    """CREATE TABLE term_counts (
        term TEXT PRIMARY KEY, texts INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_SCHEMA_VERSION}",
)
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM texts"  # noqa: S608 - names of ours
_INSERT: Final = (
    f"INSERT INTO texts ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of ours
    f"VALUES ({', '.join('?' * len(_COLUMNS))})"
)


_TOKEN: Final = re.compile(r"[0-9a-z._:\-@$#+\x80-\U0010ffff]+")
"""What the tokenizer leaves in one piece."""


def _token(term: str) -> str:
    """Return a term as one token, whatever an analyzer of one's own puts into it."""
    return term if _TOKEN.fullmatch(term) else "=" + term.encode().hex()


class SqliteTexts:
    """Keep texts in a file, and find those that share terms with another.

    Use one object from as many threads as you like; another process may read and write the same
    file. `":memory:"` is for tests. Close it, or use it in a `with` block.

    Raises:
        InvalidValue: the file's name or `busy_seconds` cannot be used.
        StoreUnavailable: the file is somebody else's, of a later version, made with another
            analyzer, damaged or not writable; or this SQLite has no FTS5.

    >>> from itsm_core.adapters.sqlite_texts import SqliteTexts
    >>> from itsm_core.linking import TicketText
    >>> texts = SqliteTexts(":memory:")
    >>> texts.put(
    ...     [
    ...         TicketText(ticket_id="INC-1", at=0, title="Printer on floor 3 jams"),
    ...         TicketText(ticket_id="INC-2", at=0, title="No mail since this morning"),
    ...     ]
    ... )
    >>> asked = TicketText(ticket_id="INC-3", at=0, title="The printer jams again")
    >>> list(texts.candidates(asked, limit=5)), texts.drop(["INC-2", "INC-9"])
    (['INC-1'], 1)
    >>> texts.close()
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        analyzers: Mapping[str, Analyzer] | None = None,
        busy_seconds: float = 5.0,
    ) -> None:
        check_seconds(busy_seconds)
        self._path = file_name(path)
        self._analyzers = dict(analyzers or {"": ENGLISH})
        if "" not in self._analyzers:
            raise InvalidValue(
                "texts without a language need an analyzer", sorted(self._analyzers), "give ''"
            )
        self._lock = threading.Lock()
        with translated(self._path):
            self._connection = sqlite3.connect(
                self._path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
            )
            try:
                self._bring_up_to_date()
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice is no error."""
        with self._lock:
            self._connection.close()

    def _bring_up_to_date(self) -> None:
        with _Transaction(self._connection):
            application = self._number("PRAGMA application_id")
            version = self._number("PRAGMA user_version")
            tables = self._number("SELECT count(*) FROM sqlite_schema")
            made_with = "; ".join(f"{k}={v.name}" for k, v in sorted(self._analyzers.items()))
            if not (application or version or tables):
                for statement in _SCHEMA:
                    self._connection.execute(statement)
                self._connection.execute(
                    "INSERT INTO settings VALUES ('analyzers', ?)", (made_with,)
                )
                return
            if application != _APPLICATION_ID or version != _SCHEMA_VERSION:
                raise self._unavailable(
                    "is no file of texts, or one of another version",
                    "name a file that SqliteTexts has made, or a new one",
                )
            row = self._connection.execute(
                "SELECT value FROM settings WHERE name = 'analyzers'"
            ).fetchone()
            if row is None or row[0] != made_with:
                told = None if row is None else row[0]
                raise self._unavailable(
                    f"was made with the analyzers {told!r}, not {made_with!r}",
                    "open it with those, or put its texts into a new file",
                )

    def _number(self, query: str) -> int:
        return int(cast("tuple[int]", self._connection.execute(query).fetchone())[0])

    def _unavailable(self, what: str, remedy: str) -> StoreUnavailable:
        return unavailable(self._path, what, remedy)

    # --- writing ---------------------------------------------------------------------------------

    def put(self, texts: Iterable[TicketText]) -> None:
        """Keep texts, all or, on any error, none; one of the same id is replaced.

        Raises:
            InvalidValue: an id cannot be stored, or a text is no valid Unicode.
            StoreUnavailable: the file is locked for too long, full or damaged.
        """
        given = [(text, self._row(text), self._terms(text)) for text in checked_texts(texts)]
        with self._lock, translated(self._path), _Transaction(self._connection):
            for text, row, terms in given:
                self._drop(text.ticket_id)
                number = self._connection.execute(_INSERT, row).lastrowid
                self._connection.execute(
                    "INSERT INTO terms (rowid, title, body, log) VALUES (?, ?, ?, ?)",
                    (number, *(" ".join(tokens) for tokens in terms)),
                )
                self._count(terms, 1)

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Forget texts, all or none; return how many there were.

        Raises:
            InvalidValue: what is given is one text, or holds what is no id.
            StoreUnavailable: the file is locked for too long, full or damaged.
        """
        wanted = checked_tickets(tickets)
        with self._lock, translated(self._path), _Transaction(self._connection):
            return sum([self._drop(each) for each in wanted])

    def _drop(self, ticket_id: TicketId) -> bool:
        found = self._connection.execute(
            "DELETE FROM texts WHERE ticket_id = ? RETURNING number, language, title, body, log",
            (ticket_id,),
        ).fetchall()
        for number, language, *parts in found:
            self._connection.execute("DELETE FROM terms WHERE rowid = ?", (number,))
            self._count(self._tokens(language, parts), -1)
        return bool(found)

    def _count(self, terms: Iterable[Iterable[str]], step: int) -> None:
        """Count a text for each of its terms, or take it off; a term of no text is forgotten."""
        given = [(term, step) for term in sorted({term for part in terms for term in part})]
        self._connection.executemany(
            "INSERT INTO term_counts VALUES (?, ?) "
            "ON CONFLICT (term) DO UPDATE SET texts = texts + excluded.texts",
            given,
        )
        if step < 0:
            self._connection.executemany(
                "DELETE FROM term_counts WHERE term = ? AND texts < 1", [term[:1] for term in given]
            )

    @staticmethod
    def _row(text: TicketText) -> tuple[object, ...]:
        return tuple(getattr(text, name) for name in _NAMES)

    def _terms(self, text: TicketText) -> list[list[str]]:
        return self._tokens(text.language, (text.title, text.body, text.log))

    def _tokens(self, language: str, parts: Iterable[str]) -> list[list[str]]:
        analyzer = self._analyzers.get(language) or self._analyzers[""]
        return [[*map(_token, analyzer.terms(part[:_MOST_CHARACTERS]))] for part in parts]

    # --- reading ---------------------------------------------------------------------------------

    def get(self, ticket_id: TicketId) -> TicketText:
        """Return one text as it was put.

        Raises:
            InvalidValue: it is no id.
            NotFound: it is not there.
            StoreUnavailable: the file cannot be read.
        """
        checked_name("the id of a text", ticket_id)
        with self._lock, translated(self._path):
            row = self._connection.execute(
                f"{_SELECT} WHERE ticket_id = ?", (ticket_id,)
            ).fetchone()
        if row is None:
            raise NotFound("text", ticket_id, "put it first")
        return self._text(row)

    def texts(self) -> Iterator[TicketText]:
        """Return all texts in order of time, equal times in order of ids.

        Raises:
            StoreUnavailable: the file cannot be read.
        """
        with self._lock, translated(self._path):
            rows = self._connection.execute(f"{_SELECT} ORDER BY at_us, ticket_id").fetchall()
        return iter([self._text(row) for row in rows])

    def _text(self, row: tuple[object, ...]) -> TicketText:
        values = dict(zip(_NAMES, row, strict=True))
        at_us = values.pop("at_us")
        if type(at_us) is not int:
            raise self._unavailable(f"holds {at_us!r} as an instant", CORRUPT)
        try:
            return TicketText(at=at_us, **values)  # type: ignore[arg-type]
        except InvalidValue as error:
            raise self._unavailable(f"holds a text that is none ({error})", CORRUPT) from error

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Return the ids of at most `limit` texts that share terms, the best first.

        Its own is not among them. Equal ones come in order of their ids.

        Raises:
            InvalidValue: the limit is no whole number above 0.
            StoreUnavailable: the file cannot be read.
        """
        wanted = min(checked_number("how many candidates", limit, least=1), _MOST_FOUND)
        terms = sorted({term for part in self._terms(text) for term in part})
        with self._lock, translated(self._path):
            chosen = self._rarest(terms)
            if not chosen:
                return ()
            # A token has no quotation mark, so nothing in a text can end the string.
            query = " OR ".join(f'"{term}"' for term in chosen)
            rows = self._connection.execute(
                "SELECT texts.ticket_id FROM terms JOIN texts ON texts.number = terms.rowid "
                "WHERE terms MATCH ? AND texts.ticket_id <> ? "
                "ORDER BY bm25(terms, 6.0, 1.0, 0.5), texts.ticket_id LIMIT ?",
                (query, text.ticket_id, wanted),
            ).fetchall()
        return tuple(TicketId(ticket_id) for (ticket_id,) in rows)

    def _rarest(self, terms: list[str]) -> list[str]:
        """Return the terms that some texts have and few do, the rarest first."""
        total = self._number("SELECT count(*) FROM texts")
        common = max(_COMMON_LEAST, _COMMON_SHARE * total)
        counts: list[tuple[int, str]] = []
        for term in terms:
            row = self._connection.execute(
                "SELECT texts FROM term_counts WHERE term = ?", (term,)
            ).fetchone()
            if row is not None and row[0] <= common:
                counts.append((row[0], term))
        chosen: list[str] = []
        rows = 0
        for count, term in sorted(counts)[:_MOST_TERMS]:
            rows += count
            if chosen and rows > _MOST_ROWS:
                break
            chosen.append(term)
        return chosen


@attrs.frozen
class _Transaction:
    """Write all or nothing."""

    connection: sqlite3.Connection

    def __enter__(self) -> None:
        self.connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self.connection.execute("COMMIT")
        finally:
            # A commit fails if a reader does not end in time, or the disk is full: what it leaves
            # open would refuse every later call, and keep others out.
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
