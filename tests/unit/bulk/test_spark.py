"""Spark has the scalar engine's verdicts, row for row; it is started once, and stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pyarrow as pa
import pytest

from benchmarks.bulk_judge import COMMON, NOW, desk_batches, expected, generated, rows, table
from benchmarks.bulk_spark import plain
from itsm_core.bulk import ColumnJudge, NotInColumns
from itsm_core.bulk._frames import ArrowTable
from itsm_core.bulk.spark import (
    candidates_by_service,
    count_verdicts,
    judge_tickets,
    read_counts,
)
from itsm_core.calendars import WorkingDays
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.ids import AgreementId
from itsm_core.linking import CandidateRules
from itsm_core.metrics import KaplanMeier, Rate
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from tests.docs.pages import HOW_TO, run_page
from tests.spark_session import Frame, Session, spark
from tests.unit.bulk.cases import OFFICE, incidents
from tests.unit.bulk.test_partitions import JUNE
from tests.unit.bulk.test_partitions import expected as expected_candidates

__all__ = ["spark"]

DAYS = ServiceLevelAgreement(
    agreement_id=AgreementId("days"),
    calendar=OFFICE,
    targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingDays(2)}),),
)


def in_spark(session: Session, events: ArrowTable) -> Frame:
    """Return a table as a DataFrame, its rows in another order."""
    given = cast("pa.Table", plain(events))
    return session.createDataFrame(given.sort_by([("kind", "ascending"), ("actor", "ascending")]))


def told(frame: Frame) -> list[tuple[object, ...]]:
    """Return verdicts as sorted rows."""
    return sorted(rows(cast("ArrowTable", frame.toArrow())), key=repr)


def test_verdicts_are_the_scalar_engines_when_spread_over_partitions(spark: Session) -> None:
    """Random histories under a random agreement, under the common one, and in working days."""
    ((own, histories, as_of),) = generated(60, 5, a_case=60)
    given = in_spark(spark, table(histories))
    for agreement in (own, COMMON, DAYS):
        found = told(judge_tickets(given, agreement, as_of=as_of))
        assert found == sorted(expected(histories, agreement, as_of), key=repr)
        assert found


def test_figures_are_those_of_the_clocks_when_verdicts_are_counted(spark: Session) -> None:
    """Counts by a column of one's own, of two halves put together, give each clock's figures."""
    (events,) = desk_batches(300, batch=300)
    verdicts = judge_tickets(spark.createDataFrame(plain(events)), COMMON, as_of=NOW).selectExpr(
        "*", "ticket_id % 2 = 0 as is_even"
    )
    even, odd = (
        count_verdicts(verdicts.where(which), by=["is_even"])
        for which in ("is_even", "not is_even")
    )
    counts = read_counts(even.unionByName(odd))
    assert {name for _, name in counts} == {"response", "resolution"}
    assert len(counts) == 4
    scalar = rows(ColumnJudge(COMMON).judge(events, as_of=NOW))
    for (is_even, name), found in counts.items():
        halves = [row for row in scalar if (cast("int", row[0]) % 2 == 0) == is_even]
        mine = [row for row in halves if row[1] == name]
        kept, missed = (sum(row[2] == state for row in mine) for state in ("met", "breached"))
        assert found.kept == Rate(successes=kept, trials=kept + missed)
        minutes = [-(-cast("int", row[10]) // 60_000_000) for row in mine]
        curve = KaplanMeier.of(
            [timedelta(minutes=each) / timedelta(hours=1) for each in minutes],
            [row[7] is not None for row in mine],
        )
        assert found.elapsed_hours == curve


def test_candidates_are_those_of_each_service_when_spread_over_partitions(spark: Session) -> None:
    """The same rows as `find_in_histories` asked service by service."""
    found = candidates_by_service(in_spark(spark, table(incidents())), as_of=JUNE)
    own = cast("pa.Table", found.toArrow()).to_pylist()
    wanted = expected_candidates(CandidateRules())
    assert sorted(own, key=str) == sorted(wanted, key=str)


def test_page_gives_what_it_shows_when_run(
    spark: Session, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The how-to page runs on the session of the tests: a Java machine holds only one."""
    run_page(HOW_TO / "judge-with-spark.md", monkeypatch)


def test_tables_are_refused_when_a_column_does_not_fit(spark: Session) -> None:
    """Before anything runs: a column that lacks, one that nobody reads, one of another type."""
    (events,) = desk_batches(2, batch=2)
    given = spark.createDataFrame(plain(events))
    cases = {
        "lacks a column: 'kind'": given.drop("kind"),
        "not read: .*'colour'": given.selectExpr("*", "'red' as colour"),
        "occurred_at is a column of another type: 'timestamp_ntz'": given.selectExpr(
            "ticket_id", "kind", "cast(occurred_at as timestamp_ntz) as occurred_at"
        ),
        "ticket_id is a column of another type: 'int'.* string or bigint": given.selectExpr(
            "cast(ticket_id as int) as ticket_id", "kind", "occurred_at"
        ),
    }
    for words, wrong in cases.items():
        with pytest.raises(InvalidValue, match=words):
            judge_tickets(wrong, COMMON, as_of=NOW)
        with pytest.raises(InvalidValue, match=words):
            candidates_by_service(wrong, as_of=NOW)
    with pytest.raises(NotInColumns, match="2 working days"):
        judge_tickets(given, DAYS, as_of=NOW, fallback="refuse")
    for ask in (candidates_by_service, lambda t, as_of: judge_tickets(t, COMMON, as_of=as_of)):
        with pytest.raises(NaiveDatetime):
            ask(given, as_of=NOW.replace(tzinfo=None))


def test_counts_are_refused_when_they_would_not_add_up(spark: Session) -> None:
    """Steps that differ, columns that lack or are counted anyway, a step without time."""
    (events,) = desk_batches(2, batch=2)
    verdicts = judge_tickets(spark.createDataFrame(plain(events)), COMMON, as_of=NOW)
    minutes, hours = count_verdicts(verdicts), count_verdicts(verdicts, step=timedelta(hours=1))
    with pytest.raises(InvalidValue, match="do not add up"):
        read_counts(minutes.unionByName(hours))
    with pytest.raises(InvalidValue, match="verdicts lacks a column: 'team'"):
        count_verdicts(verdicts, by=["team"])
    with pytest.raises(InvalidValue, match="counted anyway"):
        count_verdicts(verdicts, by=["clock"])
    with pytest.raises(InvalidValue, match="a step without time"):
        count_verdicts(verdicts, step=timedelta(0))
    with pytest.raises(InvalidValue, match="counts lacks a column"):
        read_counts(verdicts)


def test_columns_are_counted_by_when_their_names_have_signs(spark: Session) -> None:
    """A dot is no part of a struct; Spark looks columns up before it counts."""
    names = ["team.name", "a `sign`"]
    given = spark.createDataFrame(
        pa.table(
            {
                **{name: ["one"] for name in names},
                "clock": ["response"],
                "state": ["met"],
                "stopped_at": pa.array([0], pa.timestamp("us", "UTC")),
                "elapsed": pa.array([60_000_000], pa.duration("us")),
            }
        )
    )
    counts = count_verdicts(given, by=names)
    assert counts.columns[:2] == names
    (key,) = read_counts(counts)
    assert key == ("one", "one", "response")


def test_columns_to_count_by_are_refused_when_one_text() -> None:
    """The text 'team' would be the columns t, e, a and m; seen before Spark is asked."""
    with pytest.raises(InvalidValue, match=r"must be a list of texts: 'team'.*write \['team'\]"):
        count_verdicts(cast("Frame", pa.table({})), by="team")


def test_what_is_no_table_of_spark_is_refused() -> None:
    """A table in memory goes to `ColumnJudge`."""
    with pytest.raises(InvalidValue, match=r"no DataFrame of Spark.*ColumnJudge"):
        judge_tickets(cast("Frame", pa.table({})), COMMON, as_of=NOW)
