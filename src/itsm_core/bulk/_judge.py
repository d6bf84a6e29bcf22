"""Service levels over a table of events: verdicts as columns, the same as `sla.evaluate`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib import import_module
from typing import Final, Literal, Protocol, cast

import numpy as np

from itsm_core.bulk._clockwork import COLUMNS, STATES, Clockwork, Verdicts
from itsm_core.bulk._columns import MISSING
from itsm_core.bulk._frames import ArrowTable, Frame, frame_of, table_of, whole_tickets
from itsm_core.bulk._scripts import Clock, NotInColumns, clocks_of, reasons_against, seen
from itsm_core.bulk._table import Ints
from itsm_core.errors import CalendarExhausted, InstantOutOfRange, InvalidValue
from itsm_core.sla import ServiceLevelAgreement, evaluate
from itsm_core.spans import instant, micros

Fallback = Literal["scalar", "refuse"]

_MOST_REMEMBERED: Final = 65_536
_REMEDY: Final = "leave fallback as 'scalar', or judge with sla.evaluate"
_SPREAD: Final = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)

Unsigned = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


class _Arrow(Protocol):
    """What of pyarrow is used here."""

    def table(self, columns: dict[str, object]) -> ArrowTable: ...
    def array(self, values: object, kind: object = None, mask: object = None) -> _Array: ...
    def timestamp(self, unit: str, tz: str) -> object: ...
    def duration(self, unit: str) -> object: ...
    def int64(self) -> object: ...

    DictionaryArray: _Dictionaries


class _Array(Protocol):
    def cast(self, kind: object) -> object: ...


class _Dictionaries(Protocol):
    def from_arrays(self, indices: object, dictionary: object) -> object: ...


class ColumnJudge:
    """Judge tables of events under one agreement, microsecond for microsecond as `sla.evaluate`.

    A table has a row an event: `ticket_id` (texts or int64), `occurred_at` (timestamps with a
    zone), `kind` (the name of the event's class), and what of `priority`, `reason`, `group` and so
    on is known; the rows of a ticket are together. Verdicts are a table with a row a cycle, tickets
    in the order in which they came; tickets that are opened after `as_of` have none.

    What columns cannot express is judged by the scalar engine, ticket by ticket: an agreement with
    goals in working days, limits of pauses, commitments or conditions on persons
    (`reasons_against`, which is empty for the common ones), and tickets whose priority changed or
    whose order only their content tells. With `fallback="refuse"` it is refused by name.

    Raises:
        NotInColumns: with `fallback="refuse"`, the agreement is not for columns.

    >>> import pyarrow as pa
    >>> from itsm_core.bulk import ColumnJudge
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.spans import EPOCH, hours
    >>> promise = ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)})
    >>> judge = ColumnJudge(
    ...     ServiceLevelAgreement(agreement_id="a", calendar=ALWAYS, targets=(promise,))
    ... )
    >>> events = pa.table(
    ...     {
    ...         "ticket_id": ["INC-1", "INC-1", "INC-2"],
    ...         "occurred_at": [EPOCH, EPOCH + hours(3), EPOCH],
    ...         "kind": ["TicketOpened", "TicketResolved", "TicketOpened"],
    ...         "priority": ["P1", "", "P1"],
    ...     }
    ... )
    >>> judge.judge(events, as_of=EPOCH + hours(5)).column("state").to_pylist()
    ['met', 'breached']
    """

    def __init__(self, agreement: ServiceLevelAgreement, *, fallback: Fallback = "scalar") -> None:
        """Read the agreement."""
        if fallback not in ("scalar", "refuse"):
            raise InvalidValue("unknown fallback", fallback, "use 'scalar' or 'refuse'")
        if not isinstance(agreement, ServiceLevelAgreement):  # pyright: ignore[reportUnnecessaryIsInstance]
            remedy = "pass a ServiceLevelAgreement"
            raise InvalidValue("not an agreement", type(agreement).__name__, remedy)
        self.agreement: ServiceLevelAgreement = agreement
        self.fallback: Fallback = fallback
        self.reasons_against: tuple[str, ...] = reasons_against(agreement)
        """What of the agreement columns cannot express, in words."""
        if self.reasons_against and fallback == "refuse":
            what = f"an agreement that is not for columns ({'; '.join(self.reasons_against)})"
            raise NotInColumns(what, agreement.agreement_id, _REMEDY)
        self._names = [target.name for target in agreement.targets]
        self._clockwork = Clockwork(agreement)
        self._seen = seen(agreement)
        self._known: dict[tuple[object, ...], tuple[Clock, ...] | None] = {}

    def judge(self, events: ArrowTable, *, as_of: datetime) -> ArrowTable:
        """Return the verdicts of a table's tickets as they stand at `as_of`.

        Raises:
            NotFound: a ticket has events, but none that opens it.
            InvalidValue: a column is missing, not known or of another type, a row has no ticket,
                or rows of a ticket are not together.
            NotInColumns: with `fallback="refuse"`, a ticket is not for columns.
        """
        now = micros(as_of)
        return self._told(frame_of(table_of(events), now), now)

    def stream(self, batches: Iterable[ArrowTable], *, as_of: datetime) -> Iterator[ArrowTable]:
        """Yield the verdicts of tables that follow each other, so that all need not fit in memory.

        A batch may end within a ticket. A ticket that comes again later is another one: sort.
        Columns may stand in any order, and one that a batch has no values for may be left out.

        Raises:
            InvalidValue: as with `judge`, or a column has another type than in the batch before.
        """
        now = micros(as_of)
        for table in whole_tickets(table_of(batch) for batch in batches):
            yield self._told(frame_of(table, now), now)

    def _told(self, frame: Frame, now: int) -> ArrowTable:
        tickets = np.arange(len(frame.first) - 1)
        apart = np.full(len(tickets), bool(self.reasons_against))
        apart[frame.unclear] = True
        kinds: list[tuple[Clock, ...] | None] = []
        kind_of = tickets
        if tickets.size and not self.reasons_against:
            kinds, kind_of = self._kinds(frame)
            apart |= np.array([kind is None for kind in kinds], np.bool_)[kind_of]
        together = tickets[~apart]
        parts: list[Verdicts] = []
        if together.size:
            told = [kind or () for kind in kinds]
            given = (together, frame.first[together], frame.at)
            try:
                parts.append(self._clockwork.judge(told, kind_of[together], given, now))
            except (CalendarExhausted, InstantOutOfRange) as error:
                if self.fallback == "refuse":
                    first = frame.names(together[:1])[0]
                    what = f"tickets from {first!r} on are not for one table"
                    raise NotInColumns(what, str(error), _REMEDY) from error
                apart[:] = True  # each ticket answers, or refuses, for itself
        if apart.any():
            parts.append(self._scalar(frame, tickets[apart], now))
        return self._table(frame, parts)

    def _kinds(self, frame: Frame) -> tuple[list[tuple[Clock, ...] | None], Ints]:
        """Return what becomes of each kind of history, and of which kind each ticket is."""
        begun, counts = frame.first[:-1], np.diff(frame.first)
        row = _row_codes(frame, self._seen)
        place = np.arange(len(row)) - np.repeat(begun, counts)
        mixed = _mixed(_mixed(row.view(np.uint64)) + _mixed(place.view(np.uint64)))
        _, sample, found = np.unique(
            np.add.reduceat(mixed, begun), return_index=True, return_inverse=True
        )
        kind_of = np.asarray(found, np.int64)
        # Two kinds of one sum are as good as impossible; that this is none is seen, not believed.
        like = np.repeat(begun[sample][kind_of], counts) + place
        differs = row != row[np.minimum(like, len(row) - 1)]
        differs |= np.repeat(counts != counts[sample][kind_of], counts)
        kinds = [self._clocks(frame, int(ticket)) for ticket in sample]
        if differs.any():
            kind_of[np.logical_or.reduceat(differs, begun)] = len(kinds)
            kinds.append(None)
        return kinds, kind_of

    def _clocks(self, frame: Frame, ticket: int) -> tuple[Clock, ...] | None:
        rows = range(frame.first[ticket], frame.first[ticket + 1])
        names = [name for name in frame.codes if name == "kind" or name in self._seen]
        key = tuple(
            (
                str(frame.automatic[row]),
                *(frame.words[name][int(frame.codes[name][row])] for name in names),
            )
            for row in rows
        ) + tuple(names)
        if key not in self._known:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            ids = frame.names(np.array([ticket]))
            self._known[key] = clocks_of(self.agreement, frame.events(ticket, ids[0]))
        return self._known[key]

    def _scalar(self, frame: Frame, tickets: Ints, now: int) -> Verdicts:
        """Judge tickets one by one with the scalar engine."""
        names, as_of = frame.names(tickets), instant(now)
        if self.fallback == "refuse":
            what = "the priority changes, or the order of events is not clear"
            raise NotInColumns(f"ticket {names[0]!r} is not for columns", what, _REMEDY)
        rows: list[tuple[int, ...]] = []
        for ticket, name in zip(tickets.tolist(), names, strict=True):
            for clock in evaluate(frame.events(ticket, name), self.agreement, as_of=as_of):
                left = clock.remaining
                told = (
                    clock.started_us,
                    clock.due_us,
                    clock.projected_due_us,
                    clock.stopped_us,
                    clock.cancelled_us,
                    clock.breached_us,
                    clock.elapsed_us,
                    None if left is None else clock.allowance_us - clock.elapsed_us,
                )
                state = STATES.index(clock.state)
                times = (int(MISSING) if each is None else each for each in told)
                rows.append((ticket, self._names.index(clock.name), clock.cycle, state, *times))
        columns = np.array(rows, np.int64).reshape(-1, 4 + len(COLUMNS)).T
        times_told: dict[str, Ints] = dict(zip(COLUMNS, columns[4:], strict=True))
        ticket_of, place, cycle, states = columns[:4]
        return Verdicts(ticket=ticket_of, clock=place, cycle=cycle, state=states, times=times_told)

    def _table(self, frame: Frame, parts: list[Verdicts]) -> ArrowTable:
        arrow = cast("_Arrow", import_module("pyarrow"))

        def joined(columns: list[Ints]) -> Ints:
            return np.concatenate(columns) if columns else np.empty(0, np.int64)

        ticket = joined([part.ticket for part in parts])
        order = np.argsort(ticket, kind="stable") if len(parts) > 1 else slice(None)
        of_row = frame.told[frame.first[:-1]][ticket[order]]
        told: dict[str, object] = {"ticket_id": frame.table.column("ticket_id").take(of_row)}
        words = {"clock": self._names, "state": [state.value for state in STATES]}
        for name, given in words.items():
            codes = joined([part.clock if name == "clock" else part.state for part in parts])
            told[name] = arrow.DictionaryArray.from_arrays(
                arrow.array(codes[order].astype(np.int32)), arrow.array(given)
            )
        told["cycle"] = arrow.array(joined([part.cycle for part in parts])[order])
        for name in COLUMNS:
            values = joined([part.times[name] for part in parts])[order]
            is_instant = name not in ("elapsed", "remaining")
            kind = arrow.timestamp("us", "UTC") if is_instant else arrow.duration("us")
            column = arrow.array(values, arrow.int64(), values == MISSING).cast(kind)
            told[f"{name}_at" if is_instant else name] = column
        return arrow.table(told)


def _row_codes(frame: Frame, names: frozenset[str]) -> Ints:
    """Return one number a row, the same for rows that the rules cannot tell apart."""
    found = frame.codes["kind"] * 2 + frame.automatic
    reach = len(frame.words["kind"]) * 2
    for name, codes in frame.codes.items():
        if name not in names:
            continue
        size = len(frame.words[name])
        if reach * size > 2**62:
            found = np.asarray(np.unique(found, return_inverse=True)[1], np.int64)
            reach = len(found)
        found = found * size + codes
        reach *= size
    return found


def _mixed(values: Unsigned) -> Unsigned:
    """Spread numbers over 64 bits (the finisher of SplitMix64)."""
    step, first, second = (np.uint64(each) for each in _SPREAD)
    values = values + step
    values = (values ^ (values >> np.uint64(30))) * first
    values = (values ^ (values >> np.uint64(27))) * second
    mixed: Unsigned = values ^ (values >> np.uint64(31))
    return mixed
