"""Columns come in as people have them, and answers go out in the same form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

import numpy as np
import pyarrow as pa
import pytest

from itsm_core.bulk import BulkCalendar
from itsm_core.bulk._columns import ArrowColumn, Instants
from itsm_core.bulk._table import Ints
from itsm_core.errors import InvalidValue, NaiveDatetime
from tests.unit.bulk.cases import OFFICE

BULK = BulkCalendar(OFFICE)
NINE = datetime(2026, 1, 5, 8, tzinfo=UTC)  # 09:00 in Berlin
HOURS = timedelta(hours=1)
BERLIN = pa.timestamp("us", "Europe/Berlin")


class _Answer(Protocol):
    type: object

    def to_pylist(self) -> list[object]: ...


def arrow(value: object) -> _Answer:
    """Return an answer that has to be Arrow's."""
    assert isinstance(value, pa.Array | pa.ChunkedArray)
    return cast("_Answer", value)


def test_arrow_gives_arrow_when_values_are_missing() -> None:
    """Timestamps give durations and flags, in microseconds; null stays null."""
    start = pa.array([NINE, None], BERLIN)
    found = arrow(BULK.between(start, NINE + 2 * HOURS))
    assert (found.type, found.to_pylist()) == (pa.duration("us"), [2 * HOURS, None])
    later = arrow(BULK.add(start, pa.array([HOURS, HOURS], pa.duration("ms"))))
    assert later.type == BERLIN
    assert later.to_pylist() == [NINE + HOURS, None]
    assert arrow(BULK.is_open(start)).to_pylist() == [True, None]


def test_arrow_instants_are_in_utc_when_only_the_durations_are_a_column() -> None:
    """One instant with a column of durations: it has no column's zone, and UTC is told."""
    later = arrow(BULK.add(NINE, pa.array([HOURS])))
    assert (later.type, later.to_pylist()) == (pa.timestamp("us", "UTC"), [NINE + HOURS])


def test_a_stream_gives_a_chunked_column_when_it_comes_in_parts() -> None:
    """What pandas and polars hand over comes as a stream of parts."""
    start = pa.chunked_array([pa.array([NINE], BERLIN), pa.array([None, NINE + HOURS], BERLIN)])
    found = BULK.between(cast("ArrowColumn", start), NINE + 2 * HOURS)
    assert isinstance(found, pa.ChunkedArray)
    assert arrow(found).to_pylist() == [2 * HOURS, None, HOURS]


def test_whole_numbers_stay_whole_numbers_when_arrow_holds_them() -> None:
    """Microseconds in, microseconds out, null stays null."""
    start = pa.array([NINE, None], pa.timestamp("us", "UTC")).cast(pa.int64())
    found = arrow(BULK.between(start, start))
    assert (found.type, found.to_pylist()) == (pa.int64(), [0, None])


@pytest.mark.parametrize("unit", ["s", "ms", "ns", "m"])
def test_other_units_are_read_exactly_when_numpy_holds_them(unit: str) -> None:
    """Any unit that is a whole number of microseconds; the answer is in microseconds."""
    start = np.array(["2026-01-05T08:00", "NaT"], f"M8[{unit}]")
    found = BULK.add(start, HOURS)
    assert found.dtype == np.dtype("M8[us]")
    assert found[0].item() == (NINE + HOURS).replace(tzinfo=None)
    assert np.isnat(found[1])


@pytest.mark.parametrize(
    "start",
    [
        np.array([NINE.replace(tzinfo=None), "2026-01-05T08:00:00.000000001"], "M8[ns]"),
        pa.array([0, 1], pa.timestamp("ns", "UTC")),
        np.array([0, 2**62], "M8[s]"),
    ],
)
def test_what_is_no_microsecond_is_refused_when_it_would_be_rounded(start: Instants) -> None:
    """Nothing is rounded in silence, and nothing wraps around (law T2)."""
    with pytest.raises(InvalidValue, match="no whole number of microseconds"):
        BULK.between(start, NINE)


def test_an_arrow_column_without_a_zone_is_refused_when_asked_about() -> None:
    """A zone is never guessed (law T1)."""
    with pytest.raises(NaiveDatetime, match="without a zone"):
        BULK.is_open(pa.array([NINE.replace(tzinfo=None)], pa.timestamp("us")))


@pytest.mark.parametrize(
    "start",
    [
        [NINE],
        "2026-01-05",
        np.array([1.5]),
        np.array([1], "m8[us]"),
        np.array(["NaT"], "M8"),
        pa.array(["2026-01-05"]),
        timedelta(hours=1),
    ],
)
def test_what_is_no_column_of_instants_is_refused_by_name(start: object) -> None:
    """Lists, texts, floats, durations: the message says what would do."""
    with pytest.raises(InvalidValue, match=r"start is no column of instants.*use datetime64"):
        BULK.between(cast("Ints", start), NINE)


def test_what_is_no_column_of_durations_is_refused_by_name() -> None:
    """The same for the second column, and for arrays of more dimensions."""
    with pytest.raises(InvalidValue, match="duration is no column of durations"):
        BULK.add(np.array([0]), cast("Ints", pa.array([1.5])))
    with pytest.raises(InvalidValue, match="duration is no column of durations"):
        BULK.add(np.array([0]), cast("Ints", 1.5))
    with pytest.raises(InvalidValue, match="duration is no column of durations"):
        BULK.add(np.array([0]), cast("Ints", np.array([1.5])))
    with pytest.raises(InvalidValue, match="at has 2 dimensions"):
        BULK.is_open(np.zeros((2, 2), np.int64))


def test_a_missing_instant_is_named_when_numpy_has_no_answer() -> None:
    """A missing truth value is something that numpy does not know."""
    with pytest.raises(InvalidValue, match="no missing truth value: 'row 1'"):
        BULK.is_open(np.array([0, "NaT"], "M8[us]"))


def test_masked_array_is_refused_when_its_mask_would_be_lost() -> None:
    """What is masked is missing, and would be answered as if it were there."""
    start = np.ma.array(np.array(["2026-01-05T08:00"], "M8[us]"), mask=[True])
    with pytest.raises(InvalidValue, match=r"start is a masked array.*start\.filled"):
        BULK.add(start, HOURS)


def test_missing_value_is_refused_when_the_answer_is_whole_numbers() -> None:
    """The least number would be taken for an instant 290,000 years ago."""
    start = np.array([0, 0])
    with pytest.raises(InvalidValue, match=r"int64 has no missing value.*'duration\[1\]'"):
        BULK.add(start, np.array([1, "NaT"], "m8[us]"))
    with pytest.raises(InvalidValue, match=r"'end\[0\]'"):
        BULK.between(start, np.array(["NaT", "2026-01-05"], "M8[us]"))
