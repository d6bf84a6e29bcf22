"""A table of events as columns of numbers, put in order, and single events made of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

import attrs
import numpy as np

from itsm_core.bulk._columns import MISSING, column
from itsm_core.bulk._table import Ints
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    EVENT_TYPES,
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import TicketId

KINDS: Final[Mapping[str, type[TicketEvent]]] = {
    kind.__name__: kind
    for kind in (
        TicketOpened,
        TicketAssigned,
        PriorityChanged,
        TicketReclassified,
        AnswerSent,
        ContactReceived,
        WorkStarted,
        TicketMoved,
        TicketPutOnHold,
        TicketResumed,
        TicketResolved,
        TicketReopened,
        TicketClosed,
        TicketCancelled,
    )
}
"""The events that a row can tell, by the name of their class."""

TEXTS: Final = (
    "priority",
    "impact",
    "urgency",
    "reason",
    "evidence",
    "group",
    "assignee",
    "service",
    "category",
    "configuration_item_id",
    "channel",
    "ticket_type",
    "requester",
    "actor",
    "state",
    "title",
)
"""The columns of text that a table may have beside those that it must have."""

_NEEDED: Final = ("ticket_id", "occurred_at", "kind")
_FLAG: Final = "automatic"
_RANKS: Final = {kind.__name__: place for place, kind in enumerate(EVENT_TYPES)}
_FIELDS: Final = {
    name: frozenset(field.alias or field.name for field in attrs.fields(kind))
    for name, kind in KINDS.items()
}


class Texts(Protocol):
    """What of pyarrow's arrays is used here."""

    type: object
    indices: Texts
    dictionary: Texts
    chunks: list[Texts]
    null_count: int

    def __len__(self) -> int: ...
    def combine_chunks(self) -> Texts: ...
    def unify_dictionaries(self) -> Texts: ...
    def dictionary_encode(self) -> Texts: ...
    def cast(self, kind: object) -> Texts: ...
    def fill_null(self, value: object) -> Texts: ...
    def is_null(self) -> Texts: ...
    def to_numpy(self, *, zero_copy_only: bool = True) -> Ints: ...
    def to_pylist(self) -> list[object]: ...
    def take(self, rows: object) -> Texts: ...


class ArrowTable(Protocol):
    """Hold columns in Arrow's layout: a table or record batch of pyarrow, a frame of polars."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the columns over."""
        ...


class PlainTable(Protocol):
    """What of pyarrow's tables is used here."""

    column_names: list[str]
    num_rows: int

    def column(self, name: str) -> Texts: ...
    def slice(self, offset: int, length: int | None = None) -> PlainTable: ...
    def set_column(self, place: int, name: str, values: object) -> PlainTable: ...


class _Arrow(Protocol):
    types: _Types

    def table(self, values: object) -> PlainTable: ...
    def concat_tables(
        self, tables: list[PlainTable], *, promote_options: str = "none"
    ) -> PlainTable: ...
    def string(self) -> object: ...
    def large_string(self) -> object: ...


class _Types(Protocol):
    def is_dictionary(self, kind: object) -> bool: ...
    def is_null(self, kind: object) -> bool: ...
    def is_boolean(self, kind: object) -> bool: ...
    def is_string(self, kind: object) -> bool: ...
    def is_large_string(self, kind: object) -> bool: ...
    def is_string_view(self, kind: object) -> bool: ...


def pyarrow() -> _Arrow:
    """Return pyarrow, imported when the first table comes."""
    return cast("_Arrow", import_module("pyarrow"))


@attrs.frozen(kw_only=True)
class Frame:
    """Hold the events of whole tickets by number: in order, those after `as_of` left out.

    `first` has the row at which each ticket begins, and at last the number of rows; `told` the
    place of each row in the table. `unclear` are tickets whose order only the events' content
    tells.
    """

    table: PlainTable
    first: Ints
    told: Ints
    at: Ints
    codes: Mapping[str, Ints]
    words: Mapping[str, list[str]]
    unclear: Ints
    automatic: Ints

    def events(self, ticket: int, name: TicketId) -> list[TicketEvent]:
        """Return the events of a ticket, made of its rows."""
        return [self._event(row, name) for row in range(self.first[ticket], self.first[ticket + 1])]

    def _event(self, row: int, name: TicketId) -> TicketEvent:
        kind = self.words["kind"][int(self.codes["kind"][row])]
        known = _FIELDS[kind]
        given: dict[str, str] = {"state": ""} if "state" in known else {}
        if kind == "TicketPutOnHold":
            given["reason"] = ""
        if kind == "PriorityChanged":
            given["priority"] = ""
        for field, codes in self.codes.items():
            if field in known and (word := self.words[field][int(codes[row])]):
                given[field] = word
        if "state" in known and not given["state"]:
            given["state"] = kind
        return _made(
            kind,
            ticket_id=name,
            at=int(self.at[row]),
            automatic=bool(self.automatic[row]),
            given=given,
        )

    def names(self, tickets: Ints) -> list[TicketId]:
        """Return the ids of tickets as texts."""
        rows = self.told[self.first[tickets]]
        return [
            TicketId(str(each)) for each in self.table.column("ticket_id").take(rows).to_pylist()
        ]


def _made(
    kind: str, *, ticket_id: TicketId, at: int, automatic: bool, given: Mapping[str, str]
) -> TicketEvent:
    make = cast("_Maker", KINDS[kind])
    return make(ticket_id=ticket_id, occurred_at=at, automatic=automatic, **given)


class _Maker(Protocol):
    def __call__(
        self, *, ticket_id: TicketId, occurred_at: int, automatic: bool, **given: str
    ) -> TicketEvent: ...


def table_of(value: object) -> PlainTable:
    """Return a table of events, checked for its columns.

    Raises:
        InvalidValue: it is no table, a column is missing, or one is not known.
    """
    if not hasattr(value, "__arrow_c_stream__") and not hasattr(value, "__arrow_c_array__"):
        remedy = "pass a table or record batch of pyarrow, or a frame of polars or pandas"
        raise InvalidValue("no table of events", type(value).__name__, remedy)
    arrow = pyarrow()
    table = arrow.table(value)
    check_names(table.column_names)
    ids = table.column("ticket_id")
    if arrow.types.is_string_view(ids.type):  # as polars hands texts over; pyarrow takes none out
        place = table.column_names.index("ticket_id")
        table = table.set_column(place, "ticket_id", ids.cast(arrow.large_string()))
    return table


def check_names(names: Sequence[str]) -> None:
    """Refuse the columns of a table of events that lacks one, or has one that nobody reads.

    Raises:
        InvalidValue: so it is.
    """
    for name in _NEEDED:
        if name not in names:
            raise InvalidValue("a table of events lacks a column", name, f"it has {list(names)}")
    unknown = sorted(set(names) - {*_NEEDED, *TEXTS, _FLAG})
    if unknown:
        remedy = f"leave it out, or call it one of {', '.join((*TEXTS, _FLAG))}"
        raise InvalidValue("a table of events has a column that is not read", unknown, remedy)


def frame_of(table: PlainTable, as_of_us: int) -> Frame:
    """Return a table's events as numbers, each ticket's in order, up to an instant.

    Raises:
        InvalidValue: a ticket's rows are not together, a kind is not known, or a value is missing.
    """
    at = column(table.column("occurred_at"), "instant", "occurred_at").values
    if (at == MISSING).any():
        row = int((at == MISSING).argmax())
        raise InvalidValue("an event without an instant", f"row {row}", "leave it out")
    tickets = _runs(_ids(table.column("ticket_id")))
    codes: dict[str, Ints] = {}
    words: dict[str, list[str]] = {}
    for name in ("kind", *(each for each in TEXTS if each in table.column_names)):
        codes[name], words[name] = _texts(table.column(name), name)
    unknown = sorted(set(words["kind"]) - {*KINDS, ""})
    if unknown or (codes["kind"] == 0).any():
        remedy = f"judge these tickets with sla.evaluate; rows tell {', '.join(KINDS)}"
        raise InvalidValue("kinds of events that rows cannot tell", unknown or "missing", remedy)
    told = np.flatnonzero(at <= as_of_us)
    flags = _flags(table)
    ranks = np.array([_RANKS.get(word, 0) for word in words["kind"]], np.int64)[codes["kind"]]
    told, unclear = _ordered(told, tickets, at, ranks)
    own = tickets[told]
    first = np.flatnonzero(np.append(True, own[1:] != own[:-1])) if own.size else own
    return Frame(
        table=table,
        first=np.append(first, len(told)),
        told=told,
        at=at[told],
        codes={name: each[told] for name, each in codes.items()},
        words=words,
        unclear=np.searchsorted(own[first], unclear),
        automatic=flags[told],
    )


def _ordered(told: Ints, tickets: Ints, at: Ints, ranks: Ints) -> tuple[Ints, Ints]:
    """Return rows in the order of events (law S14), and the tickets in which two are alike."""
    own, when = tickets[told], at[told]
    same = own[1:] == own[:-1]
    untidy = np.unique(own[1:][same & (when[1:] <= when[:-1])])
    if not untidy.size:
        return told, untidy
    places = np.flatnonzero(np.isin(own, untidy))
    rows = told[places]
    rows = rows[np.lexsort((ranks[rows], at[rows], tickets[rows]))]
    told = told.copy()
    told[places] = rows
    alike = (np.diff(tickets[rows]) == 0) & (np.diff(at[rows]) == 0) & (np.diff(ranks[rows]) == 0)
    return told, np.unique(tickets[rows][1:][alike])


def _ids(ids: Texts, before: int = 0) -> Ints:
    """Return the tickets of rows as numbers; rows are counted without the `before` first ones.

    Raises:
        InvalidValue: a row has no ticket, or it is no column of texts or int64.
    """
    missing = ids.is_null().to_numpy(zero_copy_only=False)
    if missing.any():  # in numpy, one that is missing makes floats of all
        row = int(missing.argmax()) - before
        remedy = "leave the event out or give it its ticket"
        raise InvalidValue("an event without a ticket", f"row {row}", remedy)
    if str(ids.type) == "int64":
        return np.asarray(ids.to_numpy())
    return _texts(ids, "ticket_id")[0]


def _runs(ids: Ints) -> Ints:
    """Return the number of each row's ticket, counted from 0.

    Raises:
        InvalidValue: rows of one ticket are not together.
    """
    if not ids.size:
        return ids
    change = np.append(True, ids[1:] != ids[:-1])
    begun = ids[change]
    is_sorted = bool((begun[1:] > begun[:-1]).all())
    if not is_sorted and np.unique(begun).size != begun.size:
        remedy = "sort the table by ticket_id; the order of a ticket's own rows does not matter"
        raise InvalidValue("rows of one ticket are not together", "", remedy)
    found: Ints = np.cumsum(change) - 1
    return found


def _texts(values: Texts, name: str) -> tuple[Ints, list[str]]:
    """Return texts as numbers and what they stand for, 0 being a missing or empty one."""
    arrow = pyarrow()
    if not len(values) or arrow.types.is_null(values.type):
        return np.zeros(len(values), np.int64), [""]
    if arrow.types.is_dictionary(values.type):
        # pyarrow cannot unify dictionaries that hold a null among their words.
        if any(chunk.dictionary.null_count for chunk in values.chunks):
            values = values.cast(arrow.string()).dictionary_encode()
        values = values.unify_dictionaries().combine_chunks()
    elif any(
        check(values.type)
        for check in (
            arrow.types.is_string,
            arrow.types.is_large_string,
            arrow.types.is_string_view,
        )
    ):
        values = values.cast(arrow.string()).combine_chunks().dictionary_encode()
    else:
        remedy = "use texts, as they are or dictionary encoded"
        raise InvalidValue(f"{name} is no column of texts", str(values.type), remedy)
    codes = np.asarray(values.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64) + 1
    words = ["", *("" if each is None else str(each) for each in values.dictionary.to_pylist())]
    places = {word: place for place, word in reversed(list(enumerate(words)))}
    if len(places) < len(words):  # an empty text is a missing one
        codes = np.array([places[word] for word in words], np.int64)[codes]
    return codes, words


def _flags(table: PlainTable) -> Ints:
    if _FLAG not in table.column_names or pyarrow().types.is_null(table.column(_FLAG).type):
        return np.zeros(table.num_rows, np.int64)
    values = table.column(_FLAG)
    if not pyarrow().types.is_boolean(values.type):
        raise InvalidValue("automatic is no column of truth values", str(values.type), "use bool")
    return np.asarray(values.fill_null(False).to_numpy(), np.int64)


def whole_tickets(batches: Iterator[PlainTable]) -> Iterator[PlainTable]:
    """Yield tables that hold whole tickets, of batches that may cut the last one in two.

    Raises:
        InvalidValue: a row has no ticket, or a column another type than in the batch before.
    """
    held: PlainTable | None = None
    for batch in batches:
        table = batch if held is None else _joined(held, batch)
        ids = _ids(table.column("ticket_id"), 0 if held is None else held.num_rows)
        cuts = np.flatnonzero(ids[1:] != ids[:-1])
        if not cuts.size:
            held = table
            continue
        end = int(cuts[-1]) + 1
        yield table.slice(0, end)
        held = table.slice(end)
    if held is not None:
        yield held


def _joined(held: PlainTable, batch: PlainTable) -> PlainTable:
    """Put a batch under the rows that are held: by name, and without values any type fits."""
    arrow = pyarrow()
    for name in (each for each in batch.column_names if each in held.column_names):
        kinds = held.column(name).type, batch.column(name).type
        if kinds[0] != kinds[1] and not any(arrow.types.is_null(kind) for kind in kinds):
            what = f"{name} is a column of another type than in the batch before ({kinds[0]})"
            raise InvalidValue(what, str(kinds[1]), "cast it to one type in all batches")
    return arrow.concat_tables([held, batch], promote_options="default")
