"""What a worker makes of batches is what the engine makes of whole histories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import cast

import pyarrow as pa
import pytest

from benchmarks.bulk_judge import COMMON, NOW, desk_batches, rows, table
from itsm_core.bulk import ColumnJudge
from itsm_core.bulk._frames import ArrowTable
from itsm_core.bulk._partitions import (
    Batch,
    Row,
    candidate_batches,
    occurrence_batches,
    verdict_batches,
)
from itsm_core.errors import InvalidValue
from itsm_core.events import AnswerSent, TicketEvent
from itsm_core.ids import TicketId
from itsm_core.linking import CandidateRules, ProblemCandidate, find_in_histories, occurrence_of
from itsm_core.money import Money, Rates
from tests.unit.bulk.cases import OFFICE, incidents

History = Sequence[TicketEvent]
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def batches(given: ArrowTable, size: int) -> Iterator[Batch]:
    """Yield a table in batches of a size."""
    yield from cast("list[Batch]", cast("pa.Table", given).to_batches(max_chunksize=size))


def by_service(histories: Sequence[History]) -> dict[str, list[History]]:
    """Return histories by their service."""
    found: dict[str, list[History]] = {}
    for history in histories:
        found.setdefault(occurrence_of(history).service, []).append(history)
    return found


def row_of(service: str, candidate: ProblemCandidate) -> Row:
    """Return what a row must say of a candidate."""
    return {
        "service": service,
        "candidate_id": candidate.candidate_id,
        "subject": candidate.subject,
        "sources": list(candidate.sources),
        "tickets": list(candidate.members),
        "terms": list(candidate.terms),
        "confidence": candidate.confidence,
        "chance": candidate.slot.chance if candidate.slot else None,
        "days": candidate.spread.days,
        "people": candidate.spread.people,
        "first_at": candidate.occurrences[0].at,
        "last_at": candidate.occurrences[-1].at,
        "rhythm": candidate.rhythm.words if candidate.rhythm else None,
        "trend": candidate.trend.words,
        "hours": float(candidate.cost.hours),
        "hours_a_month": float(candidate.cost.hours_a_month),
    }


def expected(rules: CandidateRules) -> list[Row]:
    """Return what `find_in_histories` finds, asked for one service at a time."""
    return [
        row_of(service, candidate)
        for service, mine in sorted(by_service(incidents()).items())
        for candidate in find_in_histories(mine, None, as_of=JUNE, rules=rules)
    ]


@pytest.mark.parametrize("at_once", [7, 100_000])
def test_verdicts_are_those_of_the_judge_when_batches_cut_tickets(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches are put together first, and texts are plain."""
    monkeypatch.setattr("itsm_core.bulk._partitions.AT_ONCE", at_once)
    (given,) = desk_batches(40, batch=40)
    found = list(verdict_batches(batches(given, 5), COMMON, NOW, "scalar"))
    together = pa.Table.from_batches(found)
    assert rows(together) == rows(ColumnJudge(COMMON).judge(given, as_of=NOW))
    kinds = [str(kind) for kind in together.schema.types[:4]]
    assert kinds == ["int64", "string", "string", "int64"]


def test_verdicts_keep_ids_that_are_texts_when_given() -> None:
    """Ids come back as they went in, only plain."""
    given = table(incidents())
    found = pa.Table.from_batches(list(verdict_batches(batches(given, 64), COMMON, NOW, "scalar")))
    assert str(found.schema.field("ticket_id").type) == "string"
    assert rows(found) == rows(ColumnJudge(COMMON).judge(given, as_of=NOW))


@pytest.mark.parametrize(
    "rules",
    [
        CandidateRules(),
        CandidateRules(rates=Rates(hourly=Money("60", "EUR"), working=OFFICE)),
    ],
    ids=["hours", "money"],
)
def test_candidates_are_those_of_each_service_when_found_in_batches(rules: CandidateRules) -> None:
    """A timetable on one service, like words on another; requests and noise are none."""
    calendar = rules.rates.working if rules.rates else None
    told = pa.Table.from_batches(
        list(occurrence_batches(batches(table(incidents()), 10), JUNE, calendar))
    ).sort_by("service")
    found = list(candidate_batches(batches(told, 9), JUNE, rules))
    assert [row for batch in found for row in batch.to_pylist()] == expected(rules)
    assert {str(row["service"]) for row in expected(rules)} == {"erp", "print"}


def test_nothing_comes_of_nothing_when_a_partition_is_empty() -> None:
    """Spark has empty partitions, too."""
    assert list(verdict_batches(iter([]), COMMON, NOW, "scalar")) == []
    assert list(occurrence_batches(iter([]), NOW, None)) == []
    assert list(candidate_batches(iter([]), NOW, CandidateRules())) == []


def test_incidents_are_refused_when_nothing_opens_them() -> None:
    """As `occurrence_of` does."""
    answer = AnswerSent(ticket_id=TicketId("T"), occurred_at=JUNE)
    with pytest.raises(InvalidValue, match="must begin with TicketOpened"):
        list(occurrence_batches(batches(table([[answer]]), 9), NOW.replace(year=2027), None))
