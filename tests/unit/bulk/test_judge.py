"""`ColumnJudge` has the verdicts of `sla.evaluate`, row by row, and names what it cannot judge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.bulk_judge import COMMON, NOW, desk_batches, expected, generated, rows, table
from itsm_core.bulk import ColumnJudge, NotInColumns
from itsm_core.bulk._frames import ArrowTable, frame_of, table_of
from itsm_core.bulk._judge import Fallback, _row_codes
from itsm_core.calendars import NEVER, WorkingDays
from itsm_core.errors import CalendarExhausted, InvalidValue, NotFound
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import micros
from tests.unit.bulk.cases import OFFICE

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def opened(ticket: str, priority: str = "P2") -> TicketEvent:
    """Return an opening on Monday at 10:00 in Berlin."""
    return TicketOpened(ticket_id=TicketId(ticket), occurred_at=MONDAY, priority=priority)


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_the_scalar_engines_when_cases_are_generated(seed: int) -> None:
    """Random agreements, random histories with ties and reopenings, judged at a random instant."""
    for agreement, histories, as_of in generated(200, seed, a_case=20):
        for each in (agreement, COMMON):
            found = ColumnJudge(each).judge(table(histories), as_of=as_of)
            assert rows(found) == list(expected(histories, each, as_of))


@pytest.mark.parametrize("kind", [pa.string_view(), pa.large_string()])
def test_verdicts_are_the_same_when_texts_come_as_polars_hands_them_over(kind: object) -> None:
    """Views of texts, which pyarrow takes no rows out of; a ticket for columns, one for itself."""
    changed = PriorityChanged(ticket_id=TicketId("INC-2"), occurred_at=MONDAY + HOUR, priority="P1")
    plain = cast("pa.Table", table([[opened("INC-1")], [opened("INC-2"), changed]]))
    columns = {
        name: plain[name].cast(kind) if pa.types.is_string(plain[name].type) else plain[name]
        for name in plain.column_names
    }
    assert pa.types.is_string(plain["ticket_id"].type)
    judge = ColumnJudge(COMMON)
    found = judge.judge(cast("ArrowTable", pa.table(columns)), as_of=NOW)
    assert rows(found) == rows(judge.judge(cast("ArrowTable", plain), as_of=NOW))


def test_a_stream_has_the_same_verdicts_when_batches_cut_tickets() -> None:
    """Batches that end within a ticket are put together again; one ticket may fill several."""
    (whole,) = desk_batches(40, batch=40)
    judge = ColumnJudge(COMMON)
    at_once = rows(judge.judge(whole, as_of=NOW))
    cut = [cast("pa.Table", whole).slice(n, 4) for n in range(0, 240, 4)]
    parts = judge.stream(cast("list[ArrowTable]", cut), as_of=NOW)
    assert [row for part in parts for row in rows(part)] == at_once
    assert len(at_once) == 80


def test_a_stream_has_the_same_verdicts_when_batches_have_their_columns_their_own_way() -> None:
    """In another order, without values and so without a type, or without the column."""
    (whole,) = desk_batches(4, batch=4)
    plain = cast("pa.Table", whole)
    plain = plain.append_column("automatic", pa.nulls(24, pa.bool_()))
    plain = plain.append_column("evidence", pa.nulls(24, pa.string()).dictionary_encode())
    untyped = plain
    for name in ("automatic", "evidence"):
        untyped = untyped.drop_columns([name]).append_column(name, pa.nulls(24))
    turned, bare = plain.select(plain.column_names[::-1]), plain.drop_columns(["evidence"])
    ways = (plain, turned, untyped, bare, turned, untyped, untyped, plain)
    cut = [each.slice(3 * place, 3) for place, each in enumerate(ways)]
    judge = ColumnJudge(COMMON)
    parts = judge.stream(cast("list[ArrowTable]", cut), as_of=NOW)
    at_once = rows(judge.judge(whole, as_of=NOW))
    assert [row for part in parts for row in rows(part)] == at_once
    assert len(at_once) == 8


def test_a_stream_is_refused_by_column_when_its_type_changes() -> None:
    """Rows of one ticket cannot be put together of numbers and texts."""
    (whole,) = desk_batches(2, batch=2)
    first = cast("pa.Table", whole)
    place = first.column_names.index("ticket_id")
    texts = first.set_column(place, "ticket_id", first["ticket_id"].cast(pa.string()))
    cut = cast("list[ArrowTable]", [first.slice(0, 3), texts.slice(3)])
    says = r"ticket_id is a column of another type than in the batch before \(int64\).*'string'"
    with pytest.raises(InvalidValue, match=says):
        list(ColumnJudge(COMMON).stream(cut, as_of=NOW))


def test_a_pause_moves_the_due_instant_when_somebody_waits() -> None:
    """By hand: 24 working hours from Monday 10:00, three of them on hold, are due on Thursday.

    A day has eight hours: 2.5 + 4.5 on Monday, so 17 are left; eight each on Tuesday and
    Wednesday; one on Thursday, and three more for the hold: 09:00 to 12:30 and half an hour.
    """
    name = TicketId("T")
    history = [
        opened("T"),
        TicketPutOnHold(
            ticket_id=name, occurred_at=MONDAY + HOUR, state="hold", reason="awaiting_requester"
        ),
        TicketResumed(ticket_id=name, occurred_at=MONDAY + 5 * HOUR, state="work"),
    ]
    found = ColumnJudge(COMMON).judge(table([history]), as_of=MONDAY + 6 * HOUR)
    row = next(row for row in rows(found) if row[1] == "resolution")
    assert row[2] == "running"
    assert row[5] == micros(datetime(2026, 1, 8, 13, tzinfo=UTC))  # 14:00 in Berlin


def test_tickets_that_columns_cannot_tell_are_judged_all_the_same() -> None:
    """A priority that changes, and two like events of one instant, go to the scalar engine."""
    changed = [
        opened("A"),
        PriorityChanged(ticket_id=TicketId("A"), occurred_at=MONDAY + HOUR, priority="P1"),
    ]
    twice = [
        opened("B"),
        *(
            TicketAssigned(ticket_id=TicketId("B"), occurred_at=MONDAY, group=GroupId(group))
            for group in ("net", "mail")
        ),
    ]
    plain = [opened("C"), AnswerSent(ticket_id=TicketId("C"), occurred_at=MONDAY + HOUR)]
    histories, as_of = [changed, twice, plain], MONDAY + 3 * HOUR
    found = ColumnJudge(COMMON).judge(table(histories), as_of=as_of)
    assert rows(found) == list(expected(histories, COMMON, as_of))
    for history in (changed, twice):
        with pytest.raises(NotInColumns, match="is not for columns"):
            ColumnJudge(COMMON, fallback="refuse").judge(table([history]), as_of=as_of)


def test_a_reopening_takes_the_closed_time_out_when_a_pause_lies_elsewhere() -> None:
    """Time between a resolution and its reopening does not count (law S8)."""
    name = TicketId("T")
    history = [
        opened("T"),
        TicketResolved(ticket_id=name, occurred_at=MONDAY + HOUR, state="resolved"),
        TicketReopened(ticket_id=name, occurred_at=MONDAY + 30 * HOUR, state="work"),
    ]
    as_of = MONDAY + 60 * HOUR
    found = ColumnJudge(COMMON).judge(table([history]), as_of=as_of)
    assert rows(found) == list(expected([history], COMMON, as_of))


def test_an_agreement_is_refused_by_name_when_columns_cannot_express_it() -> None:
    """Every reason is told; with the scalar fallback the verdicts come all the same."""
    days = ServiceLevelAgreement(
        agreement_id=AgreementId("days"),
        calendar=OFFICE,
        targets=(
            ServiceLevelTarget(metric="resolution", goals={"*": WorkingDays(2)}),
            ServiceLevelTarget(metric="commitment"),
            ServiceLevelTarget(
                metric="response", goals={"*": HOUR}, anchor="registered", name="late"
            ),
        ),
    )
    with pytest.raises(NotInColumns, match=r"2 working days.*commitments.*registration"):
        ColumnJudge(days, fallback="refuse")
    histories = [[opened("T")]]
    found = ColumnJudge(days).judge(table(histories), as_of=MONDAY + HOUR)
    assert rows(found) == list(expected(histories, days, MONDAY + HOUR))


def test_what_the_scalar_engine_refuses_is_refused_when_columns_ask() -> None:
    """A ticket without an opening, and a calendar without open time."""
    answer = [AnswerSent(ticket_id=TicketId("T"), occurred_at=MONDAY)]
    with pytest.raises(NotFound, match="opening of ticket"):
        ColumnJudge(COMMON).judge(table([answer]), as_of=NOW)
    never = ServiceLevelAgreement(
        agreement_id=AgreementId("never"),
        calendar=NEVER,
        targets=(ServiceLevelTarget(metric="response", goals={"*": HOUR}),),
    )
    with pytest.raises(CalendarExhausted):
        ColumnJudge(never).judge(table([[opened("T")]]), as_of=NOW)


def test_there_are_no_verdicts_when_nothing_is_opened_yet() -> None:
    """Before the opening a ticket has no clocks; an empty table has none."""
    found = ColumnJudge(COMMON).judge(table([[opened("T")]]), as_of=MONDAY - HOUR)
    assert rows(found) == []
    assert rows(ColumnJudge(COMMON).judge(table([]), as_of=NOW)) == []


def test_kinds_of_history_are_told_apart_when_their_sums_are_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If the sums that find kinds were all the same, verdicts would still be right."""

    def zeros(values: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> object:
        return np.zeros_like(values)

    monkeypatch.setattr("itsm_core.bulk._judge._mixed", zeros)
    (given,) = desk_batches(30, batch=30)
    frame = frame_of(table_of(given), micros(NOW))
    histories = [frame.events(n, name) for n, name in enumerate(frame.names(np.arange(30)))]
    found = rows(ColumnJudge(COMMON).judge(given, as_of=NOW))
    assert [(str(row[0]), *row[1:]) for row in found] == list(expected(histories, COMMON, NOW))


def test_what_was_learned_is_forgotten_when_there_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kinds of history that are remembered are bounded."""
    monkeypatch.setattr("itsm_core.bulk._judge._MOST_REMEMBERED", 2)
    (given,) = desk_batches(200, batch=200)
    assert rows(ColumnJudge(COMMON).judge(given, as_of=NOW))[0][1] == "response"


def test_many_different_texts_are_told_apart_when_their_product_is_too_large() -> None:
    """Numbers of rows are made of those of texts; where they would not fit they are made anew."""
    names = ("service", "group", "channel", "requester", "assignee", "actor")
    (given,) = desk_batches(2_000, batch=2_000)
    plain = cast("pa.Table", given)
    for place, name in enumerate(names):
        texts = pa.array([f"{name} {n * (place + 1) % 11_999}" for n in range(12_000)])
        plain = plain.append_column(name, texts)
    frame = frame_of(table_of(cast("ArrowTable", plain)), micros(NOW))
    codes = _row_codes(frame, frozenset(names))
    assert codes.min() >= 0
    assert len(np.unique(codes)) == len(codes)


def test_wrong_arguments_are_named_when_the_fallback_is_unknown() -> None:
    """There are two."""
    with pytest.raises(InvalidValue, match="unknown fallback"):
        ColumnJudge(COMMON, fallback=cast("Fallback", "guess"))


def test_refusal_says_what_is_out_of_reach_when_a_table_reaches_over_a_century() -> None:
    """No priority changed, and the order is clear: the message must not say that one did."""
    old = TicketOpened(
        ticket_id=TicketId("INC-0"), occurred_at=MONDAY - timedelta(days=36_600), priority="P2"
    )
    tickets = table([[old], [opened("INC-1")]])
    with pytest.raises(NotInColumns, match="over more than 100 years"):
        ColumnJudge(COMMON, fallback="refuse").judge(tickets, as_of=NOW)


def test_what_is_no_agreement_is_refused_by_its_type() -> None:
    """Such as its id."""
    with pytest.raises(InvalidValue, match="not an agreement: 'str'"):
        ColumnJudge("gold")  # type: ignore[arg-type]
