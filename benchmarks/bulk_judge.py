"""Compare verdicts over columns with `sla.evaluate`, and time both.

    python -m benchmarks.bulk_judge [--tickets 100000] [--seed 1]

The exit code is 1 if any verdict differs.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, cast

import attrs
import numpy as np
import pyarrow as pa

from benchmarks import tzdb
from benchmarks.bulk import OFFICE
from itsm_core.bulk import ColumnJudge
from itsm_core.bulk._frames import KINDS, TEXTS, ArrowTable, frame_of, table_of
from itsm_core.calendars import WallTime
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ids import AgreementId, EventId, TicketId
from itsm_core.interop import load_mapping, read_log
from itsm_core.policy import load_policy
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.spans import instant, micros
from itsm_core.testing.sla_cases import random_agreement
from itsm_core.testing.sla_histories import mix_of, random_history, random_start

__all__ = ["COMMON", "Row", "differences", "expected", "generated", "main", "told"]

Row = tuple[object, ...]
COMMON: Final = ServiceLevelAgreement(
    agreement_id=AgreementId("office"),
    calendar=OFFICE,
    targets=(
        ServiceLevelTarget(
            metric="response", goals={"P1": WallTime(timedelta(hours=1)), "*": timedelta(hours=4)}
        ),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": timedelta(hours=8), "P2": timedelta(hours=24), "*": timedelta(hours=80)},
            pause_on=frozenset({"awaiting_requester", "awaiting_supplier"}),
        ),
    ),
)
NOW: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
_LOG: Final = (
    Path(__file__).parents[2] / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
)
_OPEN = ("TicketOpened", "TicketAssigned", "AnswerSent")
_WAYS: Final = (
    (*_OPEN, "TicketPutOnHold", "TicketResumed", "TicketResolved"),
    (*_OPEN, "TicketAssigned", "TicketResolved", "TicketClosed"),
    (*_OPEN, "WorkStarted", "TicketResolved", "TicketClosed"),
    (*_OPEN, "TicketResolved", "TicketReopened", "TicketResolved"),
    (*_OPEN, "ContactReceived", "AnswerSent", "TicketResolved"),
    (*_OPEN, "PriorityChanged", "WorkStarted", "TicketResolved"),
)
_SHARES: Final = (0.25, 0.3, 0.2, 0.08, 0.165, 0.005)
_FIELDS: Final = ("started", "due", "projected_due", "stopped", "cancelled", "breached")


class _Rows(Protocol):
    def to_pylist(self) -> list[dict[str, object]]: ...


def told(history: Iterable[TicketEvent], number: int) -> list[TicketEvent]:
    """Return what rows can tell of a history: its known kinds, without ids and when recorded."""
    return [
        attrs.evolve(
            event,
            ticket_id=TicketId(f"T{number}"),
            recorded_at=None,
            event_id=EventId(""),
            sequence=0,
        )
        for event in history
        if type(event).__name__ in KINDS
    ]


def table(histories: Iterable[Sequence[TicketEvent]]) -> ArrowTable:
    """Return histories as a table of events."""
    events = [event for history in histories for event in history]
    columns: dict[str, object] = {
        "ticket_id": pa.array([event.ticket_id for event in events], pa.string()),
        "occurred_at": pa.array([event.occurred_us for event in events], pa.int64()).cast(
            pa.timestamp("us", "UTC")
        ),
        "kind": pa.array([type(event).__name__ for event in events]).dictionary_encode(),
        "automatic": pa.array([event.automatic for event in events], pa.bool_()),
    }
    for name in TEXTS:
        words = [str(getattr(event, name, "")) or None for event in events]
        columns[name] = pa.array(words, pa.string())
    return cast("ArrowTable", pa.table(columns))


def expected(
    histories: Iterable[Sequence[TicketEvent]], agreement: ServiceLevelAgreement, as_of: datetime
) -> Iterator[Row]:
    """Yield the scalar engine's verdicts as rows."""
    for history in histories:
        if all(event.occurred_us > micros(as_of) for event in history):
            continue
        for clock in evaluate(history, agreement, as_of=as_of):
            left = clock.remaining
            yield (
                clock.ticket_id,
                clock.name,
                clock.state.value,
                clock.cycle,
                *(getattr(clock, f"{name}_us") for name in _FIELDS),
                clock.elapsed_us,
                None if left is None else left // timedelta.resolution,
            )


def rows(found: ArrowTable) -> list[Row]:
    """Return verdicts over columns as the same rows."""
    result: list[Row] = []
    for row in cast("_Rows", found).to_pylist():
        times = (cast("datetime | None", row[f"{name}_at"]) for name in _FIELDS)
        spans = (cast("timedelta | None", row[name]) for name in ("elapsed", "remaining"))
        result.append(
            (
                row["ticket_id"],
                row["clock"],
                row["state"],
                row["cycle"],
                *(None if each is None else micros(each) for each in times),
                *(None if each is None else each // timedelta.resolution for each in spans),
            )
        )
    return result


def generated(
    tickets: int, seed: int, *, a_case: int = 50
) -> Iterator[tuple[ServiceLevelAgreement, list[list[TicketEvent]], datetime]]:
    """Yield random agreements, each with histories and an instant."""
    rng = random.Random(seed)
    for begin in range(0, tickets, a_case):
        agreement, _ = random_agreement(rng)
        mix, zone = mix_of(agreement), agreement.calendar.zone
        start = random_start(rng, zone)
        count = min(a_case, tickets - begin)
        histories = [told(random_history(rng, mix, start), n) for n in range(count)]
        opened = micros(start)
        last = max(event.occurred_us for history in histories for event in history)
        yield agreement, histories, instant(rng.randint(opened, max(last, opened) + 10**12))


def differences(tickets: int, seed: int = 1) -> tuple[int, int, int]:
    """Return how many random cases differ, of how many, and how many of them are for columns.

    Histories are judged under the random agreement they were made for, and under the common one.
    """
    wrong = cases = alone = 0
    for own, histories, as_of in generated(tickets, seed):
        given = table(histories)
        for agreement in (own, COMMON):
            judge = ColumnJudge(agreement)
            found = rows(judge.judge(given, as_of=as_of))
            wrong += found != list(expected(histories, agreement, as_of))
            cases += 1
            alone += not judge.reasons_against
    return wrong, cases, alone


def uci_differences(limit: int | None = None) -> tuple[int, int] | None:
    """Return how many verdicts of the UCI log differ, and of how many tickets; None without it.

    Tickets are judged under their own agreement, and all under the common one: twice in all.
    """
    if not _LOG.exists():
        return None
    policy = load_policy("servicenow_uci")
    log = read_log(_LOG, load_mapping("servicenow_uci"))
    groups: dict[str, tuple[ServiceLevelAgreement, list[list[TicketEvent]]]] = {}
    for number, history in enumerate(log.histories.values()):
        if limit is not None and number >= limit:
            break
        agreement = policy.agreement_for(cast("TicketOpened", history[0]))
        if agreement is not None:
            told_of = groups.setdefault(agreement.content_hash, (agreement, []))[1]
            told_of.append(told(history, number))
    wrong = tickets = 0
    every = [history for _, histories in groups.values() for history in histories]
    for agreement, histories in (*groups.values(), (COMMON, every)):
        found = rows(ColumnJudge(agreement).judge(table(histories), as_of=log.last_at))
        own = list(expected(histories, agreement, log.last_at))
        wrong += abs(len(found) - len(own))
        wrong += sum(one != other for one, other in zip(found, own, strict=False))
        tickets += len(histories)
    return wrong, tickets


def desk_batches(tickets: int, *, batch: int = 100_000, seed: int = 1) -> Iterator[ArrowTable]:
    """Yield tables of made-up tickets of six events each: the usual ways of a desk.

    Opened, assigned, answered, then on hold and resumed, or assigned again, or reopened; resolved,
    some of them closed; a few have a change of priority, which columns leave to the scalar engine.
    """
    rng = np.random.default_rng(seed)
    first, last = micros(datetime(2023, 1, 2, tzinfo=UTC)), micros(NOW)
    kinds = list(KINDS)
    code = {name: number for number, name in enumerate(kinds)}
    ways = np.array([[code[name] for name in way] for way in _WAYS])
    for begin in range(0, tickets, batch):
        count = min(batch, tickets - begin)
        way = rng.choice(len(_WAYS), count, p=_SHARES)
        gaps = rng.lognormal(22.5, 1.5, (count, 6)).astype(np.int64).clip(1, 10**13)
        gaps[:, 0] = rng.integers(first, last, count)
        kind = ways[way].ravel()
        blank = np.zeros(count * 6, np.int32)
        priority = np.where(
            kind == code["TicketOpened"], np.repeat(rng.integers(1, 4, count), 6), blank
        )
        priority = np.where(kind == code["PriorityChanged"], 1, priority).astype(np.int32)
        reason = np.where(
            kind == code["TicketPutOnHold"], np.repeat(rng.integers(1, 4, count), 6), 0
        )
        reasons = ("", "awaiting_requester", "awaiting_supplier", "awaiting_change")
        words: dict[str, tuple[np.ndarray[tuple[int], np.dtype[np.int32]], Sequence[str]]] = {
            "kind": (kind.astype(np.int32), kinds),
            "priority": (priority, ("", "P1", "P2", "P3")),
            "reason": (reason.astype(np.int32), reasons),
        }
        columns: dict[str, object] = {
            "ticket_id": pa.array(np.repeat(np.arange(begin, begin + count), 6)),
            "occurred_at": pa.array(np.cumsum(gaps, axis=1).ravel().view("M8[us]")).cast(
                pa.timestamp("us", "UTC")
            ),
        }
        for name, (codes, known) in words.items():
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(known))
        yield cast("ArrowTable", pa.table(columns))


@attrs.frozen(kw_only=True)
class JudgeSpeed:
    """Hold tickets a second of processor time, over columns and one by one, and differences."""

    columns: float
    scalar: float
    is_same: bool


def judge_speed(tickets: int) -> JudgeSpeed:
    """Measure the common agreement, both ways in one process; the scalar way on a sample."""
    (given,) = desk_batches(tickets, batch=tickets)
    judge = ColumnJudge(COMMON)
    judge.judge(given, as_of=NOW)
    began = time.process_time()
    found = judge.judge(given, as_of=NOW)
    columns = time.process_time() - began
    few = min(tickets, 2_000)
    frame = frame_of(table_of(given), micros(NOW))
    numbers = np.arange(few)
    histories = [frame.events(n, name) for n, name in enumerate(frame.names(numbers))]
    for history in histories:
        evaluate(history, COMMON, as_of=NOW)
    began = time.process_time()
    for history in histories:
        for clock in evaluate(history, COMMON, as_of=NOW):
            _ = (clock.due_us, clock.elapsed_us, clock.remaining, clock.breached_us)
    scalar = time.process_time() - began
    own = list(expected(histories, COMMON, NOW))
    seen = [(str(row[0]), *row[1:]) for row in rows(_head(found, len(own)))]
    return JudgeSpeed(columns=tickets / columns, scalar=few / scalar, is_same=seen == own)


def _head(found: ArrowTable, count: int) -> ArrowTable:
    return cast("ArrowTable", cast("pa.Table", found).slice(0, count))


def streamed(tickets: int) -> tuple[int, int, float]:
    """Judge a stream; return verdicts, the peak of memory in bytes, and seconds."""
    began, verdicts = time.perf_counter(), 0
    for found in ColumnJudge(COMMON).stream(desk_batches(tickets), as_of=NOW):
        verdicts += cast("pa.Table", found).num_rows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return verdicts, peak, time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare generated histories, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="bulk_judge", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    wrong, cases, alone = differences(chosen.tickets, chosen.seed)
    print(
        f"{chosen.tickets} generated histories in {cases} cases ({alone} of them for "
        f"columns): {wrong} cases differ"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
