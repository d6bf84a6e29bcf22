"""The tables of a document, read key by key: every fault is told, all of them at once.

A `Table` hands out values by key and type. What is missing, of another type or unknown becomes a
`Fault` with the key's path, the value and the remedy; reading goes on, so that one run shows all.
Nothing is converted: a text is not a number, and `1` is not `true` (law R7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, TypeVar, cast

import attrs

from itsm_core.documents._files import read_text
from itsm_core.documents._parsing import parse_document
from itsm_core.documents._places import path_text, short
from itsm_core.errors import (
    DefinitionError,
    Fault,
    ItsmError,
    did_you_mean,
    shown,
)

__all__ = ["Faults", "Table", "read_document"]

_LONGEST_NAME: Final = 80
"""Of a name that nobody knows, and of a key: enough to find it in the file."""

_MOST_NAMED: Final = 50
"""A remedy that lists more names than this is read by nobody."""

_MOST_TOLD: Final = 200
"""So many faults are one mistake, such as the wrong file; a message must not be a megabyte."""

_KINDS: Final[Mapping[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
    datetime: "a date with a time",
    date: "a date",
    time: "a time",
}

_T = TypeVar("_T")
_Made = TypeVar("_Made")


@attrs.define
class Faults:
    """Gather what is wrong with one document.

    >>> from itsm_core.documents import Faults
    >>> faults = Faults("our mapping")
    >>> faults.add("missing-key", "is missing", "zone", remedy="name an IANA zone")
    >>> faults.refuse()
    Traceback (most recent call last):
    itsm_core.errors.DefinitionError: our mapping: zone: is missing (name an IANA zone)
    """

    subject: str
    found: list[Fault] = attrs.field(factory=list)

    def add(
        self, code: str, message: str, where: str, *, value: object = None, remedy: str = ""
    ) -> None:
        """Note one fault; `where` is the path of the key, such as `agreements[0].goals.P1`."""
        text = value[:120] if isinstance(value, str) else "" if value is None else shown(value)
        self.found.append(Fault(code, message, where, text, remedy))

    def add_error(self, error: ItsmError, where: str) -> None:
        """Note what a value's constructor refused, under the key that asked for it."""
        if isinstance(error, DefinitionError):
            for fault in error.faults:
                inner = f"{where}.{fault.where}" if fault.where else where
                self.found.append(attrs.evolve(fault, where=inner))
        else:
            self.found.append(Fault(error.code, str(error), where))

    def attempt(self, where: str, make: Callable[[], _Made]) -> _Made | None:
        """Return what `make` builds, or None once its refusal is noted under `where`."""
        try:
            return make()
        except ItsmError as error:
            self.add_error(error, where)
            return None

    def refuse(self) -> None:
        """Raise everything that was noted; do nothing if nothing was.

        Raises:
            DefinitionError: with every fault; of more than 200 the rest is counted.
        """
        told, more = self.found[:_MOST_TOLD], len(self.found) - _MOST_TOLD
        if more > 0:
            remedy = "correct those above first"
            told.append(Fault("more-faults", f"{more:,} more faults", remedy=remedy))
        if told:
            raise DefinitionError(self.subject, tuple(told))


@attrs.define
class Table:
    """Read one table of a document, key by key; `finish` reports the keys nobody asked for.

    >>> from itsm_core.documents import Faults, Table
    >>> table = Table({"zone": "UTC", "weeks": "4", "colour": "red"}, "", Faults("our mapping"))
    >>> table.text("zone"), table.whole("weeks", 8)
    ('UTC', 8)
    >>> table.finish()
    >>> for fault in table.faults.found:
    ...     print(f"{fault.where}: {fault.message}")
    weeks: must be a whole number, not a text ('4')
    colour: is not a key of this table
    """

    values: Mapping[str, object]
    path: str
    faults: Faults
    asked: set[str] = attrs.field(factory=set)

    def at(self, key: str) -> str:
        """Return the path of a key of this table."""
        name = short(key)
        return f"{self.path}.{name}" if self.path else name

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def _get(self, key: str, kind: type[_T], *, required: bool) -> _T | None:
        self.asked.add(key)
        if key not in self.values:
            if required:
                wanted = _KINDS[kind]
                near = did_you_mean(key, set(self.values) - self.asked).lstrip("; ")
                remedy = f"add {key} = ..., {wanted}" + (f" ({near})" if near else "")
                self.faults.add("missing-key", "is missing", self.at(key), remedy=remedy)
            return None
        value = self.values[key]
        # A bool is an int and a datetime a date to Python; to a reader they are not.
        if type(value) is not kind:
            self._wrong(key, value, _KINDS[kind])
            return None
        return value

    def _list(self, key: str, *, required: bool = False) -> list[object] | None:
        return cast("list[object] | None", self._get(key, list, required=required))

    def _wrong(self, key: str, value: object, wanted: str) -> None:
        got = _KINDS.get(type(value), type(value).__name__)
        self.faults.add(
            "wrong-type",
            f"must be {wanted}, not {got} ({shown(value, 60)})",
            self.at(key),
            value=value,
            remedy=f"write {wanted}",
        )

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default the key is required, and a blank text a fault."""
        value = self._get(key, str, required=default is None)
        if value is not None and default is None and not value.strip():
            self._blank(key, value)
        return (default or "") if value is None else value

    def _blank(self, key: str, value: str) -> None:
        """Note a required text that says nothing: to drop what hangs on it would be silent."""
        remedy = f"write what {short(key)} is between the quotes"
        self.faults.add("empty", "must not be empty", self.at(key), value=value, remedy=remedy)

    def whole(self, key: str, default: int) -> int:
        """Return a whole number."""
        value = self._get(key, int, required=False)
        return default if value is None else value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._get(key, bool, required=False)
        return default if value is None else value

    def choice(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """Return one of the known texts, the first of them where the given one is unknown."""
        names = list(known)
        value = self.text(key, default)
        if value in names:
            return value
        if value:
            self.unknown(self.at(key), value, names)
        return names[0]

    def unknown(self, where: str, value: str, known: Iterable[str]) -> None:
        """Note a name that is none of the known ones, with the nearest of them."""
        names = list(known)
        self.faults.add(
            "unknown-name",
            f"{shown(value, _LONGEST_NAME)} is not known{did_you_mean(value, names)}",
            where,
            value=value,
            remedy=f"use one of: {_listed(names)}" if names else "define it first",
        )

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._list(key, required=default is None)
        if value is None:
            return default or ()
        wrong = [(n, item) for n, item in enumerate(value) if not isinstance(item, str)]
        for n, item in wrong:
            self._wrong(f"{key}[{n}]", item, "a text")
        return tuple(item for item in value if isinstance(item, str))

    def ratios(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """Return a list of numbers above 0 and below 1."""
        value = self._list(key)
        if value is None:
            return default
        good: list[float] = []
        for n, item in enumerate(value):
            if isinstance(item, float) and 0 < item < 1:
                good.append(item)
            else:
                self._wrong(f"{key}[{n}]", item, "a number between 0 and 1, such as 0.75")
        return tuple(good)

    def dates(self, key: str) -> tuple[date, ...]:
        """Return a list of dates, written as TOML dates or as texts like "2026-12-24"."""
        value = self._list(key) or []
        good: list[date] = []
        for n, item in enumerate(value):
            if isinstance(item, date) and not isinstance(item, datetime):
                good.append(item)
            elif not isinstance(item, str):
                self._wrong(f"{key}[{n}]", item, "a date")
            elif (day := self.date_of(item, f"{key}[{n}]")) is not None:
                good.append(day)
        return tuple(good)

    def date_of(self, text: str, key: str) -> date | None:
        """Return the date that a text writes; None once it is noted that it writes none."""
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.faults.add(
                "wrong-value",
                f"{shown(text, _LONGEST_NAME)} is not a date",
                self.at(key),
                value=text,
                remedy="write year, month and day as in 2026-12-24",
            )
            return None

    def table(self, key: str, *, required: bool = False) -> Table:
        """Return the table under a key, an empty one where there is none."""
        value = cast("dict[str, object] | None", self._get(key, dict, required=required))
        return Table(value or {}, self.at(key), self.faults)

    def named_tables(self) -> Iterator[tuple[str, Table]]:
        """Return every key of this table with the table under it."""
        for key in self.values:
            yield key, self.table(key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return a list of tables, as TOML's `[[key]]` writes it."""
        value = self._list(key) or []
        made: list[Table] = []
        for n, item in enumerate(value):
            if isinstance(item, dict):
                values = cast("dict[str, object]", item)
                made.append(Table(values, self.at(f"{key}[{n}]"), self.faults))
            else:
                self._wrong(f"{key}[{n}]", item, "a table")
        return tuple(made)

    def text_items(self) -> tuple[tuple[str, str], ...]:
        """Return every key with its text, for tables whose keys are the writer's own."""
        return tuple((key, self.text(key, "")) for key in self.values)

    def finish(self) -> None:
        """Note every key that nothing has asked for: a typing slip must not pass in silence."""
        for key in self.values:
            if key not in self.asked:
                self.faults.add(
                    "unknown-key",
                    f"is not a key of this table{did_you_mean(key, self.asked)}",
                    self.at(key),
                    value=key,
                    remedy=f"known keys: {_listed(sorted(self.asked))}; remove or rename it",
                )


def _listed(names: Sequence[str]) -> str:
    """Return names for a remedy; what is too much is counted."""
    more = len(names) - _MOST_NAMED
    return ", ".join(map(short, names[:_MOST_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def read_document(path: Path, subject: str) -> Table:
    """Return the top table of a TOML file; `subject` ("policy") begins the messages.

    Raises:
        CodecError: the file cannot be read, is not UTF-8 or is larger than a megabyte.
        DefinitionError: it is not TOML; the message holds line and column. Or it is nested too
            deep, or holds a number of thousands of digits.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.documents import read_document
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ours.toml")
    ...     _ = path.write_text("file = { delimiter = ';' }", encoding="utf-8")
    ...     table = read_document(path, "mapping")
    >>> table.table("file").text("delimiter")
    ';'
    """
    name = f"{subject} {path}"
    parsed = parse_document(read_text(path, subject), "toml")
    if parsed.faults:
        faults = tuple(
            Fault(
                wrong.code,
                f"{wrong.message} (at line {wrong.place.line}, column {wrong.place.column})",
                path_text(wrong.path),
                wrong.value,
                wrong.remedy,
            )
            for wrong in parsed.faults
        )
        raise DefinitionError(name, faults)
    return Table(parsed.values or {}, "", Faults(name))
