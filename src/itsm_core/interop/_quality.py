"""What is wrong with a log, counted before anything is judged by it."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pendulum

from itsm_core.calendars import load_zone, wall_time
from itsm_core.interop._dates import DateReader
from itsm_core.interop._mapping import LogMapping
from itsm_core.interop._priorities import PriorityQuality
from itsm_core.interop._rows import Row
from itsm_core.interop._table import LogTable
from itsm_core.lifecycle import StateCategory
from itsm_core.spans import in_pendulum, instant, micros

__all__ = ["DataQuality", "QualityCounter"]

_FAR_US = 50 * 365 * 24 * 3_600 * 1_000_000
"""No desk's log is older than half a century; 1900 and 3000 stand for something else."""

_MOST_LINES = 10

_SETTLED = frozenset({StateCategory.RESOLVED, StateCategory.CLOSED, StateCategory.CANCELLED})
_DATES = ("resolved_at", "closed_at")
_OFTEN_EMPTY = frozenset({"hold_reason", "answer", "contact"})
"""Roles of which an empty cell says something; nothing is missing there."""

_COUNTED_BY_SEQUENCE = ("tickets_counter_complete", "tickets_counter_repeated", "counter_gaps")


@attrs.define
class QualityCounter:
    """Count over one ticket after another, then make the report."""

    mapping: LogMapping
    dates: DateReader
    first_us: int | None = None
    last_us: int | None = None
    going_backwards: int = 0
    equal_time: int = 0
    late_start: int = 0
    complete: int = 0
    repeated: int = 0
    gaps: int = 0
    automatic: int = 0
    back_filled: Counter[str] = attrs.field(factory=Counter)
    middle_us: int = 0
    implausible: dict[str, list[int]] = attrs.field(factory=dict[str, list[int]])

    def add(self, rows: list[Row]) -> None:
        """Count one ticket's rows, in their declared order."""
        read = self.dates.read
        times = [row.at.utc_us for row in rows]
        opened = read(rows[0].cells.opened_at, rows[0].line, "opened_at").utc_us
        self._count_implausible(rows, opened, times)
        plausible = [at for at in (opened, *times) if self._is_near(at)]
        if plausible:
            low, high = min(plausible), max(plausible)
            self.first_us = low if self.first_us is None else min(self.first_us, low)
            self.last_us = high if self.last_us is None else max(self.last_us, high)
        self.going_backwards += any(after < before for before, after in pairwise(times))
        self.equal_time += sum(after == before for before, after in pairwise(times))
        if "sequence" in self.mapping.columns and self.mapping.rows != "changes":
            self._count_sequence([row.sequence for row in rows])
        if self.mapping.automatic_actors:
            programs = self.mapping.automatic_actors
            self.automatic += sum(row.cells.actor in programs for row in rows)
        first = rows[0].state
        self.late_start += first is not None and first.category is not StateCategory.NEW
        if self.mapping.back_filled:
            self._count_back_filled(rows, times)

    def begin(self, table: LogTable) -> None:
        """Learn when the log is from, so that a date far from it can be told."""
        times = sorted(row.at.utc_us for rows in table.tickets.values() for row in rows)
        self.middle_us = times[len(times) // 2]

    def _is_near(self, at_us: int) -> bool:
        return abs(at_us - self.middle_us) <= _FAR_US

    def _count_implausible(self, rows: list[Row], opened: int, times: list[int]) -> None:
        """Remember the lines of dates that stand for "unknown", or are slips of the hand."""
        if opened < 0:
            self._note("opened before 1970", rows[0].line)
        elif not self._is_near(opened):
            self._note("opened more than 50 years from the middle of the log", rows[0].line)
        elif opened > max(times):
            self._note("opened after the last update", rows[0].line)
        for row, at in zip(rows, times, strict=True):
            if not self._is_near(at):
                self._note("updated more than 50 years from the middle of the log", row.line)

    def _note(self, what: str, line: int) -> None:
        self.implausible.setdefault(what, []).append(line)

    def _count_sequence(self, numbers: list[int]) -> None:
        steps = [after - before for before, after in pairwise(numbers)]
        self.gaps += sum(step > 1 for step in steps)
        self.repeated += 0 in steps
        self.complete += numbers[0] == 0 and all(step == 1 for step in steps)

    def _count_back_filled(self, rows: list[Row], times: list[int]) -> None:
        """Count rows that tell a date after their own time, or a result before there was one."""
        columns, first = self.mapping.columns, rows[0].extra
        constant = all(row.extra == first for row in rows)
        early = _rows_before_the_end(rows)
        for n, column in enumerate(self.mapping.back_filled):
            role = next((role for role in _DATES if columns.get(role) == column), None)
            if role is None:
                self.back_filled[column] += sum(row.extra[n] != "" for row in rows[:early])
            elif not constant:
                self.back_filled[column] += sum(
                    row.extra[n] != ""
                    and self.dates.read(row.extra[n], row.line, role).utc_us > row.at.utc_us
                    for row in rows
                )
            elif first[n]:
                told = self.dates.read(first[n], rows[0].line, role).utc_us
                self.back_filled[column] += sum(map(told.__gt__, times))

    def report(self, table: LogTable, held_rows: int, priorities: PriorityQuality) -> DataQuality:
        """Return what was counted; `held_rows` took effect later than they say."""
        mapping = self.mapping
        return DataQuality(
            path=table.path,
            mapping=mapping.name,
            zone=mapping.zone,
            zone_assumed=mapping.zone_assumed,
            first_response="answer" if "answer" in mapping.columns else mapping.first_response,
            row_kind=mapping.rows,
            rows=table.rows,
            columns=len(table.columns),
            mapped_columns=tuple(
                name for role, name in mapping.columns.items() if role not in _OFTEN_EMPTY
            ),
            tickets=len(table.tickets),
            first_us=self.first_us or 0,
            last_us=self.last_us or 0,
            missing=table.missing,
            states=table.states,
            ignored_states=tuple(
                (state, rows) for state, rows in table.states if state in mapping.ignored_states
            ),
            tickets_going_backwards=self.going_backwards,
            rows_at_held_time=held_rows,
            rows_equal_time=self.equal_time,
            tickets_late_start=self.late_start,
            tickets_counter_complete=self.complete,
            tickets_counter_repeated=self.repeated,
            counter_gaps=self.gaps,
            back_filled=tuple((name, self.back_filled[name]) for name in mapping.back_filled),
            dates_in_gap=self.dates.in_gap,
            dates_ambiguous=self.dates.ambiguous,
            rows_automatic=self.automatic,
            # Of changes the order is ours, by their instants: no counter of the log's.
            sequence_column=""
            if mapping.rows == "changes"
            else mapping.columns.get("sequence", ""),
            priorities=priorities,
            implausible=tuple(
                (what, len(lines), tuple(sorted(lines)[:_MOST_LINES]))
                for what, lines in self.implausible.items()
            ),
        )


@attrs.frozen(kw_only=True)
class DataQuality:
    """Hold what a reader must know of a log before believing what is said about its tickets.

    Counts are of rows unless their name says tickets. `back_filled` holds, for each declared
    column, the rows on which it tells something that nobody could have known then. `implausible`
    holds what is wrong with dates, how often, and the first lines of the file where it is so;
    dates more than 50 years from the middle of the log are not counted into its span, of which
    `first_us` and `last_us` are the ends, in microseconds since 1970 (UTC).

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.interop import load_mapping, read_log
    >>> text = '''{"audits": [{"ticket_id": 7, "id": 1, "created_at": "2026-01-05T08:00:00Z",
    ... "author_id": 5, "events": [{"type": "Create", "field_name": "status", "value": "new"}]}]}'''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "audits.json")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     quality = read_log(path, load_mapping("zendesk_audits")).quality
    >>> for what, how_much, _ in quality.findings()[:2]:
    ...     print(f"{what}: {how_much}")
    time zone: UTC
    span of the log: 2026-01-05 08:00 to 2026-01-05 08:00 (UTC)
    """

    path: str
    mapping: str
    zone: str
    zone_assumed: str
    first_response: str
    rows: int
    columns: int
    mapped_columns: tuple[str, ...]
    tickets: int
    first_us: int
    last_us: int
    missing: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    ignored_states: tuple[tuple[str, int], ...]
    tickets_going_backwards: int
    rows_at_held_time: int
    rows_equal_time: int
    tickets_late_start: int
    tickets_counter_complete: int
    tickets_counter_repeated: int
    counter_gaps: int
    back_filled: tuple[tuple[str, int], ...]
    dates_in_gap: int
    dates_ambiguous: int
    rows_automatic: int
    sequence_column: str
    priorities: PriorityQuality
    implausible: tuple[tuple[str, int, tuple[int, ...]], ...] = ()
    row_kind: str = "snapshots"

    @property
    def first_at(self) -> pendulum.DateTime:
        """Return the earliest instant in the log, in UTC."""
        return in_pendulum(instant(self.first_us))

    @property
    def last_at(self) -> pendulum.DateTime:
        """Return the latest instant in the log, in UTC: it knows nothing after it."""
        return in_pendulum(instant(self.last_us))

    def findings(self) -> tuple[tuple[str, str, str], ...]:
        """Return (what, how much, what was done about it), the weightiest first."""
        return (
            *self._time_findings(),
            *self.priorities.findings(),
            *self._row_findings(),
            *self._counter_findings(),
            *self._missing_findings(),
        )

    def _time_findings(self) -> list[tuple[str, str, str]]:
        zone = f"ASSUMED: {self.zone_assumed}" if self.zone_assumed else "named by the mapping"
        place = load_zone(self.zone)
        first, last = (_local(at, place) for at in (self.first_at, self.last_at))
        back = self.tickets_going_backwards
        order = "the declared sequence" if self.sequence_column else "the order of the file"
        found = [
            ("time zone", self.zone, zone),
            (
                "span of the log",
                f"{first} to {last} ({self.zone})",
                "nothing is known after its end",
            ),
            ("first response", self.first_response, _RESPONSE_NOTES[self.first_response]),
            (
                "times going backwards",
                f"{_many(back, 'ticket')}, {_many(self.rows_at_held_time, 'row')}",
                f"{order} is trusted; the time reached so far is kept",
            ),
            (
                "equal timestamps",
                f"{_many(self.rows_equal_time, 'row')} ({_share(self.rows_equal_time, self.rows)})",
                f"same instant as the row before; {order} orders them",
            ),
        ]
        found += [
            (
                "implausible dates",
                f"{number:,} {what}, line{'' if number == 1 else 's'} {_lines(number, lines)}",
                "judged as they stand; correct the log, or map what stands for unknown as missing",
            )
            for what, number, lines in self.implausible
        ]
        if self.dates_in_gap or self.dates_ambiguous:
            found.append(
                (
                    "clock changes",
                    f"{self.dates_in_gap:,} in a gap, {self.dates_ambiguous:,} ambiguous",
                    "distinct readings; moved on by the gap, or the first of the two",
                )
            )
        return found

    def _row_findings(self) -> list[tuple[str, str, str]]:
        found = [
            ("unknown states", f"{_many(rows, 'row')} {state!r}", "the ticket's state is kept")
            for state, rows in self.ignored_states
        ]
        if self.row_kind == "tickets":
            note = "earlier holders and priorities, waits that are over and answers are not told"
            found.append(("one row a ticket", f"{self.tickets:,} in all", note))
        else:
            found.append(
                (
                    "late start",
                    f"{_many(self.tickets_late_start, 'ticket')}",
                    "first row is past new: what happened before it is dated by that row",
                )
            )
        if self.rows_automatic:
            note = "declared by the mapping; they answer nothing"
            found.append(("automatic authors", f"{_many(self.rows_automatic, 'row')}", note))
        found += [
            (
                f"back-filled {column}",
                f"{_many(rows, 'row')} ({_share(rows, self.rows)})",
                "future knowledge on early rows: not used to judge",
            )
            for column, rows in self.back_filled
            if rows
        ]
        return found

    def _counter_findings(self) -> list[tuple[str, str, str]]:
        """Return what a counter tells; without one, that nobody can see what is missing."""
        if self.row_kind == "tickets":
            return []
        if self.row_kind == "changes":
            note = "changes of one instant are taken together; missing ones cannot be seen"
            return [("order of changes", "by their instants", note)]
        if not self.sequence_column:
            note = "rows are taken in the order of the file; rows that are missing cannot be seen"
            return [("order of rows", "no sequence column", note)]
        complete = f"{self.tickets_counter_complete:,} of {_many(self.tickets, 'ticket')} complete"
        return [
            (
                "gaps in the counter",
                f"{_many(self.counter_gaps, 'gap')}; {complete}",
                "updates that the log does not show; what they changed appears at the next row",
            ),
            (
                "repeated counter",
                f"{_many(self.tickets_counter_repeated, 'ticket')}",
                "ordered by their line in the file",
            ),
        ]

    def _missing_findings(self) -> list[tuple[str, str, str]]:
        return [
            (f"missing {column}", f"{_many(rows, 'row')} ({_share(rows, self.rows)})", "left empty")
            for column, rows in sorted(self.missing, key=_by_rows)
            if rows and column in self.mapped_columns
        ]

    def to_json(self) -> dict[str, object]:
        """Return every count as plain JSON values."""
        told: dict[str, object] = attrs.asdict(self, recurse=False)
        del told["first_us"], told["last_us"]
        if not self.sequence_column:
            # Zero gaps would claim that somebody has looked.
            told |= dict.fromkeys(_COUNTED_BY_SEQUENCE)
        return {
            **told,
            "mapped_columns": list(self.mapped_columns),
            "missing": dict(self.missing),
            "states": dict(self.states),
            "ignored_states": dict(self.ignored_states),
            "back_filled": dict(self.back_filled),
            "implausible": [
                {"what": what, "number": number, "first_lines": list(lines)}
                for what, number, lines in self.implausible
            ],
            "first_at": self.first_at.isoformat(),
            "last_at": self.last_at.isoformat(),
            "priorities": self.priorities.to_json(),
        }


_RESPONSE_NOTES = {
    "leaves_new": "no column tells it: the first snapshot outside new counts, unless automatic",
    "first_assignee": "no column tells it: the first snapshot with an owner, unless automatic",
    "answer": "the log tells each answer",
    "never": "the log does not tell it: only a resolution stops a response clock",
}


def _rows_before_the_end(rows: list[Row]) -> int:
    """Return how many rows come before the first resolved, closed or cancelled one."""
    for n, row in enumerate(rows):
        if row.state is not None and row.state.category in _SETTLED:
            return n
    return len(rows)


def _local(at: pendulum.DateTime, zone: ZoneInfo) -> str:
    return f"{wall_time(micros(at), zone):%Y-%m-%d %H:%M}"


def _lines(number: int, lines: tuple[int, ...]) -> str:
    more = f" and {number - len(lines):,} more" if number > len(lines) else ""
    return ", ".join(map(str, lines)) + more


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _by_rows(pair: tuple[str, int]) -> tuple[int, str]:
    return (-pair[1], pair[0])
