"""Service levels, problem candidates and counts over tables of Spark: the same verdicts, spread.

Needs the extra `spark` (PySpark 4, with a Java 17 or later), on every machine of a cluster. Each
function takes a DataFrame and returns one; nothing is computed before Spark is asked for rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Final, Protocol, TypeVar, cast

from itsm_core.bulk._counts import ClockCounts
from itsm_core.bulk._frames import TEXTS, check_names
from itsm_core.bulk._judge import ColumnJudge, Fallback
from itsm_core.bulk._partitions import (
    CANDIDATE_COLUMNS,
    OCCURRENCE_COLUMNS,
    Batch,
    candidate_batches,
    occurrence_batches,
    verdict_batches,
)
from itsm_core.errors import InvalidValue
from itsm_core.linking import CandidateRules
from itsm_core.sla import ClockState, ServiceLevelAgreement
from itsm_core.spans import micros

__all__ = [
    "ClockCounts",
    "SparkFrame",
    "candidates_by_service",
    "count_verdicts",
    "judge_tickets",
    "read_counts",
]

_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "ticket_id": ("string", "bigint"),
    "occurred_at": ("timestamp",),
    "automatic": ("boolean",),
    "kind": ("string",),
    **dict.fromkeys(TEXTS, ("string",)),
}
_NAMES: Final = {
    "string": "string",
    "int64": "bigint",
    "float64": "double",
    "instant": "timestamp",
    "list": "array<string>",
}
_VERDICTS: Final = (
    "ticket_id {ids}, clock string, state string, cycle bigint, started_at timestamp, "
    "due_at timestamp, projected_due_at timestamp, stopped_at timestamp, cancelled_at timestamp, "
    "breached_at timestamp, elapsed interval day to second, remaining interval day to second"
)
_COUNTED: Final = ("clock", "state", "is_stopped", "step_us", "steps")
# Not by adding to a timestamp: a day of an interval may have 23 hours there.
_SECONDS: Final = "cast(cast(elapsed as interval second) as decimal(18, 6))"
_ELAPSED_US: Final = f"cast({_SECONDS} * 1000000 as bigint)"
_MINUTE: Final = timedelta(minutes=1)


class SparkFrame(Protocol):
    """Hold a DataFrame of PySpark, classic or Connect.

    A type checker takes whatever has columns; the functions look closer before they begin.

    >>> from itsm_core.bulk.spark import SparkFrame, read_counts
    >>> class Listed:
    ...     columns = ["clock", "clocks"]
    >>> frame: SparkFrame = Listed()
    >>> read_counts(frame)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no DataFrame of Spark: 'Listed'; pass a DataFrame of PySpark; ...
    """

    @property
    def columns(self) -> list[str]:
        """Return the names of the columns."""
        ...


FrameT = TypeVar("FrameT", bound=SparkFrame)
_Work = Callable[[Iterator[Batch]], Iterator[Batch]]


class _Type(Protocol):
    def simpleString(self) -> str: ...  # noqa: N802 - PySpark's name


class _Field(Protocol):
    name: str
    dataType: _Type  # noqa: N815 - PySpark's name


class _Grouped(Protocol):
    def agg(self, *columns: object) -> _Frame: ...


class _Frame(Protocol):
    """What of PySpark's DataFrames is used here."""

    columns: list[str]
    schema: Iterable[_Field]

    def drop(self, name: str) -> _Frame: ...
    def repartition(self, by: str) -> _Frame: ...
    def sortWithinPartitions(self, by: str) -> _Frame: ...  # noqa: N802 - PySpark's name
    def mapInArrow(self, work: _Work, schema: str) -> _Frame: ...  # noqa: N802 - PySpark's name
    def selectExpr(self, *columns: str) -> _Frame: ...  # noqa: N802 - PySpark's name
    def groupBy(self, *columns: str) -> _Grouped: ...  # noqa: N802 - PySpark's name
    def collect(self) -> Sequence[Sequence[object]]: ...


class _Functions(Protocol):
    def expr(self, text: str) -> object: ...


def judge_tickets(
    events: FrameT,
    agreement: ServiceLevelAgreement,
    *,
    as_of: datetime,
    fallback: Fallback = "scalar",
) -> FrameT:
    """Return the verdicts of a table of events as they stand at `as_of`, a row a cycle.

    What `ColumnJudge` says of tickets, and so `sla.evaluate`: rows are events, spread over the
    machines by `ticket_id`, in any order; verdicts come in none. What columns cannot express is
    judged ticket by ticket where it lies, or refused (`fallback`). All machines need the same tz
    database and holiday data (`data_versions()`).

    Raises:
        InvalidValue: a column is missing, not known or of another type; no DataFrame.
        NaiveDatetime: `as_of` has no time zone.
        NotInColumns: with `fallback="refuse"`, the agreement is not for columns.

    `ColumnJudge` tells whether an agreement is for columns before Spark is started. A table that is
    none of Spark's is refused.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.bulk import ColumnJudge
    >>> from itsm_core.bulk.spark import judge_tickets
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> promise = ServiceLevelTarget(metric="resolution", goals={"P1": timedelta(hours=4)})
    >>> agreement = ServiceLevelAgreement(agreement_id="a", calendar=ALWAYS, targets=(promise,))
    >>> ColumnJudge(agreement).reasons_against
    ()
    >>> judge_tickets([], agreement, as_of=datetime(2026, 1, 5, tzinfo=UTC))
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no DataFrame of Spark: 'list'; ...
    """
    ColumnJudge(agreement, fallback=fallback)  # what it refuses is refused here, not on a machine
    micros(as_of)
    frame, ids = _checked(events)
    frame = frame.drop("title")  # no verdict hangs on it: it need not travel

    def judged(batches: Iterator[Batch]) -> Iterator[Batch]:
        return verdict_batches(batches, agreement, as_of, fallback)

    return cast("FrameT", _together(frame, "ticket_id", judged, _VERDICTS.format(ids=ids)))


def candidates_by_service(
    events: FrameT, *, as_of: datetime, rules: CandidateRules | None = None
) -> FrameT:
    """Return the problem candidates of each service by itself, a row a candidate.

    `find_in_histories` is asked for one service at a time, with the incidents that are its own at
    `as_of`: what is usual follows from them, groups are made of their `title` if there is such a
    column, and a failure of two services is seen in each apart. One in a hundred services may show
    a timetable that is chance; `chance * number of services <= 0.01` are those that stand in all.

    A service is worked on by one machine, and its titles take a millisecond or more each: leave
    older events out before. Order by `hours_a_month * confidence` for the dearest first.

    Raises:
        InvalidValue: a column is missing, not known or of another type; no DataFrame.
        NaiveDatetime: `as_of` has no time zone.

    Without Spark, `linking.find_in_histories` answers the same for the tickets of one service.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.bulk.spark import candidates_by_service
    >>> candidates_by_service([], as_of=datetime(2026, 1, 5, tzinfo=UTC))
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: no DataFrame of Spark: 'list'; ...
    """
    chosen = rules or CandidateRules()
    calendar = chosen.rates.working if chosen.rates else None
    micros(as_of)
    frame, _ = _checked(events)

    def seen(batches: Iterator[Batch]) -> Iterator[Batch]:
        return occurrence_batches(batches, as_of, calendar)

    def found(batches: Iterator[Batch]) -> Iterator[Batch]:
        return candidate_batches(batches, as_of, chosen)

    incidents = _together(frame, "ticket_id", seen, _written(OCCURRENCE_COLUMNS))
    return cast("FrameT", _together(incidents, "service", found, _written(CANDIDATE_COLUMNS)))


def count_verdicts(
    verdicts: FrameT, *, by: Sequence[str] = (), step: timedelta = _MINUTE
) -> FrameT:
    """Return exact counts of verdicts, by clock and by columns of yours that you joined.

    A row has the columns of `by`, then `clock`, `state`, `is_stopped`, `step_us`, `steps` (elapsed
    time, rounded up to whole steps) and `clocks`, how many there are. Counts of different tickets
    may be kept, put under each other (`unionByName`) and read together.

    Raises:
        InvalidValue: no verdicts, a column of `by` that is not there or counted anyway, `by` as
            one text, a step below a microsecond.

    >>> from itsm_core.bulk.spark import count_verdicts
    >>> count_verdicts([], by="service")
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: columns to count by must be a list of texts: 'service'; write
    ['service']
    """
    if isinstance(by, str):
        raise InvalidValue("columns to count by must be a list of texts", by, f"write [{by!r}]")
    frame = _frame(verdicts)
    step_us = step // timedelta.resolution
    if step_us < 1:
        raise InvalidValue("a step without time", step, "use timedelta(minutes=1)")
    for name in ("clock", "state", "stopped_at", "elapsed", *by):
        if name not in frame.columns:
            remedy = f"it has {frame.columns}"
            raise InvalidValue("a table of verdicts lacks a column", name, remedy)
    twice = sorted({*by} & {*_COUNTED, "clocks"})
    if twice:
        raise InvalidValue("columns that are counted anyway", twice, "leave them out of `by`")
    names = _quoted(by)
    rows = frame.selectExpr(
        *names,
        "clock",
        "state",
        "stopped_at is not null as is_stopped",
        f"cast({step_us} as bigint) as step_us",
        f"({_ELAPSED_US} + {step_us - 1}) div {step_us} as steps",
    )
    functions = cast("_Functions", import_module("pyspark.sql.functions"))
    counted = rows.groupBy(*names, *_COUNTED).agg(functions.expr("count(*) as clocks"))
    return cast("FrameT", counted)


def read_counts(counts: SparkFrame) -> dict[tuple[object, ...], ClockCounts]:
    """Return what `count_verdicts` counted, by the columns of `by` and the name of the clock.

    Rows of the same clocks are added up: read several tables together with `unionByName`.

    Raises:
        InvalidValue: a column is missing, or tables were counted with different steps.

    What Spark would return, by a stand-in for its table:

    >>> from itsm_core.bulk.spark import read_counts
    >>> class Counted:
    ...     columns = ["clock", "state", "is_stopped", "step_us", "steps", "clocks"]
    ...     mapInArrow = None
    ...
    ...     def selectExpr(self, *names):
    ...         return self
    ...
    ...     def collect(self):
    ...         hour = 3_600_000_000
    ...         return [
    ...             ("response", "met", True, hour, 2, 7),
    ...             ("response", "breached", True, hour, 9, 1),
    ...         ]
    >>> for key, counts in read_counts(Counted()).items():
    ...     print(key, counts.kept.successes, "of", counts.kept.trials, "kept")
    ('response',) 7 of 8 kept
    """
    frame = _frame(counts)
    told = (*_COUNTED, "clocks")
    for name in told:
        if name not in frame.columns:
            raise InvalidValue("a table of counts lacks a column", name, f"it has {frame.columns}")
    by = _quoted([name for name in frame.columns if name not in told])
    sums: dict[tuple[object, ...], Counter[tuple[ClockState, bool, int]]] = {}
    sizes: set[int] = set()
    for row in frame.selectExpr(*by, *told).collect():
        clock, state, is_stopped, step_us, steps, number = row[len(by) :]
        key = (ClockState(str(state)), bool(is_stopped), cast("int", steps))
        sums.setdefault((*row[: len(by)], clock), Counter())[key] += cast("int", number)
        sizes.add(cast("int", step_us))
    if len(sizes) > 1:
        remedy = "count all of them with one step"
        raise InvalidValue("counts that do not add up", f"steps of {sorted(sizes)} us", remedy)
    step = timedelta(microseconds=min(sizes, default=1))
    return {key: ClockCounts(step=step, clocks=dict(each)) for key, each in sums.items()}


def _frame(value: object) -> _Frame:
    if not hasattr(value, "mapInArrow"):
        remedy = "pass a DataFrame of PySpark; ColumnJudge judges tables in memory"
        raise InvalidValue("no DataFrame of Spark", type(value).__name__, remedy)
    return cast("_Frame", value)


def _checked(events: object) -> tuple[_Frame, str]:
    """Return a table of events, checked for its columns, and the type of its ids."""
    frame = _frame(events)
    check_names(frame.columns)
    kinds = {field.name: field.dataType.simpleString() for field in frame.schema}
    for name, kind in kinds.items():
        if kind not in _TYPES[name]:
            remedy = f"cast it to {' or '.join(_TYPES[name])}"
            raise InvalidValue(f"{name} is a column of another type", kind, remedy)
    return frame, kinds["ticket_id"]


def _together(frame: _Frame, name: str, work: _Work, schema: str) -> _Frame:
    """Let each machine work on rows that lie together by a column."""
    return frame.repartition(name).sortWithinPartitions(name).mapInArrow(work, schema)


def _quoted(names: Sequence[str]) -> list[str]:
    """Return names of columns as Spark reads them, whatever signs they have."""
    return [f"`{name.replace('`', '``')}`" for name in names]


def _written(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {_NAMES[kind]}" for name, kind in columns.items())
