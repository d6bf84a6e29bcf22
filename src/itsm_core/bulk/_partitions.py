"""What a worker of a cluster does with the batches of its partition: Arrow in, Arrow out.

Nothing here knows of Spark: any engine that hands over batches with the rows of a ticket together
may call these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from itertools import groupby
from typing import Final, Protocol, cast

import numpy as np

from itsm_core.bulk._frames import ArrowTable, PlainTable, frame_of, pyarrow, whole_tickets
from itsm_core.bulk._judge import ColumnJudge, Fallback
from itsm_core.calendars import Calendar
from itsm_core.events import TicketOpened, in_order
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.linking import (
    CandidateRules,
    Occurrence,
    ProblemCandidate,
    RecurrenceWatch,
    TicketText,
    find_candidates,
    occurrence_of,
    text_of,
)
from itsm_core.linking._values import INCIDENT
from itsm_core.sla import ServiceLevelAgreement
from itsm_core.spans import instant, micros

AT_ONCE: Final = 250_000
"""Rows that are judged together: enough that what each call costs does not matter."""

OCCURRENCE_COLUMNS: Final = {
    "ticket_id": "string",
    "service": "string",
    "at_us": "int64",
    "start_us": "int64",
    "worked_us": "int64",
    "item": "string",
    "person": "string",
    "title": "string",
    "category": "string",
    "group": "string",
    "requester": "string",
    "assignee": "string",
    "service_then": "string",
    "item_then": "string",
}
"""An incident in one row: what `occurrence_of` and `text_of` read of its history."""

CANDIDATE_COLUMNS: Final = {
    "service": "string",
    "candidate_id": "string",
    "subject": "string",
    "sources": "list",
    "tickets": "list",
    "terms": "list",
    "confidence": "float64",
    "chance": "float64",
    "days": "int64",
    "people": "int64",
    "first_at": "instant",
    "last_at": "instant",
    "rhythm": "string",
    "trend": "string",
    "hours": "float64",
    "hours_a_month": "float64",
}
"""A problem candidate in one row."""

Row = Mapping[str, object]


class Batch(Protocol):
    """What of pyarrow's record batches is used here."""

    num_rows: int

    def to_pylist(self) -> list[dict[str, object]]: ...


class _Arrow(Protocol):
    Table: _Tables

    def table(self, columns: dict[str, object]) -> _Made: ...
    def array(self, values: object, kind: object) -> object: ...
    def timestamp(self, unit: str, tz: str) -> object: ...
    def list_(self, kind: object) -> object: ...
    def string(self) -> object: ...


class _Tables(Protocol):
    def from_batches(self, batches: Sequence[object]) -> ArrowTable: ...


class _Made(Protocol):
    column_names: list[str]

    def column(self, name: str) -> _Column: ...
    def set_column(self, place: int, name: str, values: object) -> _Made: ...
    def to_batches(self) -> list[Batch]: ...


class _Column(Protocol):
    type: object

    def cast(self, kind: object) -> object: ...


def _arrow() -> _Arrow:
    return cast("_Arrow", import_module("pyarrow"))


def verdict_batches(
    batches: Iterable[Batch], agreement: ServiceLevelAgreement, as_of: datetime, fallback: Fallback
) -> Iterator[Batch]:
    """Yield the verdicts of a partition, texts plain: Spark reads no dictionaries."""
    judge = ColumnJudge(agreement, fallback=fallback)
    for found in judge.stream(_larger(batches), as_of=as_of):
        table = cast("_Made", found)
        for place, name in enumerate(table.column_names):
            values = table.column(name)
            if name in ("clock", "state") or (name == "ticket_id" and str(values.type) != "int64"):
                table = table.set_column(place, name, values.cast(_arrow().string()))
        yield from table.to_batches()


def occurrence_batches(
    batches: Iterable[Batch], as_of: datetime, calendar: Calendar | None
) -> Iterator[Batch]:
    """Yield the incidents of a partition, a row each, in `OCCURRENCE_COLUMNS`.

    Raises:
        InvalidValue: a ticket has events, but does not begin with the one that opens it.
    """
    now = micros(as_of)
    for table in whole_tickets(pyarrow().table(each) for each in _larger(batches)):
        rows = list(_occurrences(table, now, calendar))
        yield from _made(rows, OCCURRENCE_COLUMNS)


def _occurrences(table: PlainTable, now: int, calendar: Calendar | None) -> Iterator[Row]:
    frame = frame_of(table, now)
    numbers = np.arange(len(frame.first) - 1)
    for ticket, name in zip(numbers.tolist(), frame.names(numbers), strict=True):
        events = in_order(frame.events(ticket, name))
        opening = events[0]
        if isinstance(opening, TicketOpened) and opening.ticket_type != INCIDENT:
            continue
        told, text = occurrence_of(events, calendar=calendar), text_of(events)
        yield {
            "ticket_id": told.ticket_id,
            "service": told.service,
            "at_us": told.at_us,
            "start_us": told.start_us,
            "worked_us": told.worked_us,
            "item": told.configuration_item_id,
            "person": told.person,
            "title": text.title,
            "category": text.category,
            "group": text.group,
            "requester": text.requester,
            "assignee": text.assignee,
            "service_then": text.service,
            "item_then": text.configuration_item_id,
        }


def candidate_batches(
    batches: Iterable[Batch], as_of: datetime, rules: CandidateRules
) -> Iterator[Batch]:
    """Yield the candidates of a partition's services, the rows of each service being together."""
    rows: Iterator[Row] = (row for batch in batches for row in batch.to_pylist())
    for service, mine in groupby(rows, key=lambda row: str(row["service"])):
        found = _candidates(sorted(mine, key=_when), as_of, rules)
        yield from _made([_told(service, each) for each in found], CANDIDATE_COLUMNS)


def _when(row: Row) -> tuple[int, str]:
    return cast("int", row["at_us"]), str(row["ticket_id"])


def _candidates(
    rows: Sequence[Row], as_of: datetime, rules: CandidateRules
) -> tuple[ProblemCandidate, ...]:
    watch = RecurrenceWatch()
    watch.observe(*(_text(row) for row in rows if row["title"]))
    return find_candidates(
        [_occurrence(row) for row in rows], watch.groups, as_of=as_of, rules=rules
    )


def _occurrence(row: Row) -> Occurrence:
    return Occurrence(
        ticket_id=TicketId(str(row["ticket_id"])),
        at=cast("int", row["at_us"]),
        service=ServiceId(str(row["service"])),
        configuration_item_id=str(row["item"]),
        person=PersonId(str(row["person"])),
        worked_us=cast("int", row["worked_us"]),
        start=cast("int", row["start_us"]),
    )


def _text(row: Row) -> TicketText:
    return TicketText(
        ticket_id=TicketId(str(row["ticket_id"])),
        at=cast("int", row["at_us"]),
        title=str(row["title"]),
        service=ServiceId(str(row["service_then"])),
        configuration_item_id=str(row["item_then"]),
        category=str(row["category"]),
        group=GroupId(str(row["group"])),
        requester=PersonId(str(row["requester"])),
        assignee=PersonId(str(row["assignee"])),
    )


def _told(service: str, found: ProblemCandidate) -> Row:
    return {
        "service": service,
        "candidate_id": found.candidate_id,
        "subject": found.subject,
        "sources": list(found.sources),
        "tickets": list(found.members),
        "terms": list(found.terms),
        "confidence": found.confidence,
        "chance": None if found.slot is None else found.slot.chance,
        "days": found.spread.days,
        "people": found.spread.people,
        "first_at": instant(found.occurrences[0].at_us),
        "last_at": instant(found.occurrences[-1].at_us),
        "rhythm": None if found.rhythm is None else found.rhythm.words,
        "trend": found.trend.words,
        "hours": float(found.cost.hours),
        "hours_a_month": float(found.cost.hours_a_month),
    }


def _made(rows: Sequence[Row], columns: Mapping[str, str]) -> Iterator[Batch]:
    arrow = _arrow()
    kinds = {"list": arrow.list_(arrow.string()), "instant": arrow.timestamp("us", "UTC")}
    told: dict[str, object] = {
        name: arrow.array([row[name] for row in rows], kinds.get(kind, kind))
        for name, kind in columns.items()
    }
    yield from arrow.table(told).to_batches()


def _larger(batches: Iterable[Batch]) -> Iterator[ArrowTable]:
    """Yield batches put together, so that no table but the last is small."""
    arrow, held, rows = _arrow(), list[Batch](), 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= AT_ONCE:
            yield arrow.Table.from_batches(held)
            held, rows = [], 0
    if rows:
        yield arrow.Table.from_batches(held)
