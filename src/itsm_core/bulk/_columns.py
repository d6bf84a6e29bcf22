"""Columns as people have them, to whole microseconds and back.

Instants may be numpy's `datetime64`, which has no zone and is read as UTC, `int64` microseconds
since 1970, an Arrow timestamp column with a zone, or whatever gives one through the Arrow
interface. Inside, all are `int64` microseconds, a missing value being numpy's own: the least one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Final, Literal, Protocol, TypeAlias, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from itsm_core.bulk._table import Flags, Ints
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.spans import micros

Kind = Literal["instant", "duration"]
Form = Literal["numpy", "int64", "arrow", "scalar"]

MISSING: Final = np.iinfo(np.int64).min
"""What stands for a missing value, as in numpy's own datetimes."""

_INSTANTS: Final = "use datetime64, int64 microseconds, or an Arrow timestamp column with a zone"
_DURATIONS: Final = "use timedelta64, int64 microseconds, or an Arrow duration column"


class ArrowColumn(Protocol):
    """Hold values in Arrow's layout: pyarrow's arrays, pandas' and polars' series."""

    def __len__(self) -> int:
        """Return the number of values."""
        ...


Instants: TypeAlias = NDArray[np.datetime64] | Ints | ArrowColumn
Durations: TypeAlias = NDArray[np.timedelta64] | Ints | ArrowColumn


class _Type(Protocol):
    unit: str
    tz: str | None


class _Array(Protocol):
    """What of pyarrow's arrays is used here."""

    type: _Type
    null_count: int

    def cast(self, target: object) -> _Array: ...
    def fill_null(self, value: int) -> _Array: ...
    def to_numpy(self, *, zero_copy_only: bool = True) -> Ints: ...


class _Types(Protocol):
    def is_timestamp(self, kind: object) -> bool: ...
    def is_duration(self, kind: object) -> bool: ...
    def is_int64(self, kind: object) -> bool: ...


class _Arrow(Protocol):
    """What of pyarrow is used here."""

    types: _Types
    ArrowInvalid: type[Exception]
    ChunkedArray: type

    def array(self, values: object, kind: object = None, mask: object = None) -> _Array: ...
    def chunked_array(self, values: object) -> _Array: ...
    def timestamp(self, unit: str, tz: str | None) -> object: ...
    def duration(self, unit: str) -> object: ...
    def int64(self) -> object: ...


@attrs.frozen
class Column:
    """Hold one column in whole microseconds, and what its values were written as."""

    values: Ints
    form: Form
    zone: str | None = None
    is_number: bool = False
    is_chunked: bool = False

    @property
    def may_miss(self) -> bool:
        """Tell whether the least number stands for a missing value."""
        return self.form in ("numpy", "arrow")


def arrow() -> _Arrow:
    """Return pyarrow, imported when the first Arrow column comes."""
    return cast("_Arrow", import_module("pyarrow"))


def column(value: object, kind: Kind, name: str) -> Column:
    """Return a column of instants or durations in microseconds; `name` is the argument's.

    Raises:
        NaiveDatetime: an instant, or a whole Arrow column, has no zone.
        InvalidValue: it is no such column, or not a whole number of microseconds.
    """
    if isinstance(value, datetime) and kind == "instant":
        return Column(np.array([micros(value)], np.int64), "scalar")
    if isinstance(value, timedelta) and kind == "duration":
        amount = timedelta.__floordiv__(value, timedelta.resolution)
        return Column(np.array([amount], np.int64), "scalar")
    if isinstance(value, np.ndarray):
        return _of_numpy(cast("NDArray[np.generic]", value), kind, name)
    if hasattr(value, "__arrow_c_array__") or hasattr(value, "__arrow_c_stream__"):
        return _of_arrow(value, kind, name)
    raise _refused(value, kind, name)


def _refused(value: object, kind: Kind, name: str) -> InvalidValue:
    remedy = _INSTANTS if kind == "instant" else _DURATIONS
    return InvalidValue(f"{name} is no column of {kind}s", type(value).__name__, remedy)


def _of_numpy(value: NDArray[np.generic], kind: Kind, name: str) -> Column:
    if isinstance(value, np.ma.MaskedArray):
        remedy = f"fill it: {name}.filled(np.datetime64('NaT')) (durations: np.timedelta64('NaT'))"
        raise InvalidValue(f"{name} is a masked array, whose mask would be lost", "mask", remedy)
    if value.ndim != 1:
        raise InvalidValue(f"{name} has {value.ndim} dimensions", value.shape, "pass one column")
    if value.dtype == np.int64:
        return Column(value.view(np.int64), "int64")
    letter = "M" if kind == "instant" else "m"
    if value.dtype.kind != letter or value.dtype == np.dtype(f"{letter}8"):
        remedy = _INSTANTS if kind == "instant" else _DURATIONS
        raise InvalidValue(f"{name} is no column of {kind}s", str(value.dtype), remedy)
    exact = value.astype(f"{letter}8[us]", copy=False)
    if exact.dtype != value.dtype:
        back = exact.astype(value.dtype).view(np.int64) != value.view(np.int64)
        if back.any():
            row = int(back.argmax())
            what = f"{name}[{row}] is no whole number of microseconds of the years 1 to 9999"
            raise InvalidValue(what, value[row], f"round it: {name}.astype('{letter}8[us]')")
    return Column(exact.view(np.int64), "numpy")


def _of_arrow(value: object, kind: Kind, name: str) -> Column:
    pyarrow = arrow()
    is_stream = hasattr(value, "__arrow_c_stream__")
    found = pyarrow.chunked_array(value) if is_stream else pyarrow.array(value)
    is_number, zone = pyarrow.types.is_int64(found.type), None
    if kind == "instant" and pyarrow.types.is_timestamp(found.type):
        zone = found.type.tz
        if zone is None:
            remedy = "give it the zone it was written in, e.g. pyarrow.timestamp('us', 'UTC')"
            raise NaiveDatetime(f"{name}: a timestamp column without a zone", found.type, remedy)
        target = pyarrow.timestamp("us", zone)
    elif kind == "duration" and pyarrow.types.is_duration(found.type):
        target = pyarrow.duration("us")
    elif is_number:
        target = pyarrow.int64()
    else:
        remedy = _INSTANTS if kind == "instant" else _DURATIONS
        raise InvalidValue(f"{name} is no column of {kind}s", str(found.type), remedy)
    try:
        exact = found.cast(target).cast(pyarrow.int64())
    except pyarrow.ArrowInvalid as error:
        what = f"{name} is no whole number of microseconds of the years 1 to 9999 ({error})"
        raise InvalidValue(what, str(found.type), "round it to microseconds") from error
    if exact.null_count:
        exact = exact.fill_null(int(MISSING))
    values = np.asarray(
        exact.to_numpy() if is_stream else exact.to_numpy(zero_copy_only=False), np.int64
    )
    return Column(values, "arrow", zone=zone, is_number=is_number, is_chunked=is_stream)


def shape_of(first: Column, second: Column) -> tuple[int, Column]:
    """Return how many rows two columns have together, and the one that gives the answer its form.

    Raises:
        InvalidValue: their lengths differ, or neither is a column.
    """
    leading = second if first.form == "scalar" else first
    if leading.form == "scalar":
        remedy = "ask the calendar itself, or pass a column"
        raise InvalidValue("two single values are no columns", "", remedy)
    rows = len(leading.values)
    for each in (first, second):
        if each.form != "scalar" and len(each.values) != rows:
            lengths = (len(first.values), len(second.values))
            raise InvalidValue("columns of different lengths", lengths, "pass rows that belong")
    return rows, leading


def check_holds(leading: Column, *columns: tuple[Column, str]) -> None:
    """Refuse a missing value where the answer is `int64`, in which it would be a number.

    Raises:
        InvalidValue: so it is; the row is named.
    """
    if leading.form != "int64":
        return
    for each, name in columns:
        if each.may_miss and (each.values == MISSING).any():
            row = int((each.values == MISSING).argmax())
            remedy = "leave these rows out, or give both columns as datetime64 or Arrow"
            raise InvalidValue(
                "int64 has no missing value for the answer", f"{name}[{row}]", remedy
            )


def instants_as(leading: Column, values: Ints) -> Instants:
    """Return instants in the form of the question, in microseconds."""
    return _as(leading, values, lambda arrow: arrow.timestamp("us", leading.zone), "M8[us]")


def durations_as(leading: Column, values: Ints) -> Durations:
    """Return durations in the form of the question, in microseconds."""
    return _as(leading, values, lambda arrow: arrow.duration("us"), "m8[us]")


def _as(
    leading: Column, values: Ints, kind: Callable[[_Arrow], object], dtype: str
) -> Ints | ArrowColumn:
    if leading.form == "int64":
        return values
    if leading.form == "numpy":
        return cast("Ints", values.view(dtype))
    pyarrow = arrow()
    told = pyarrow.int64() if leading.is_number else kind(pyarrow)
    return _arrowed(leading, pyarrow.array(values, pyarrow.int64(), values == MISSING).cast(told))


def flags_as(leading: Column, flags: Flags) -> Flags | ArrowColumn:
    """Return truth values in the form of the question.

    Raises:
        InvalidValue: numpy has no missing truth value, and an instant is missing.
    """
    missing = leading.values == MISSING if leading.may_miss else None
    if leading.form != "arrow":
        if missing is not None and missing.any():
            what, remedy = "numpy has no missing truth value", "leave these rows out, or ask Arrow"
            raise InvalidValue(what, f"row {int(missing.argmax())}", remedy)
        return flags
    return _arrowed(leading, arrow().array(flags, None, missing))


def _arrowed(leading: Column, found: _Array) -> ArrowColumn:
    chunked = arrow().chunked_array([found]) if leading.is_chunked else found
    return cast("ArrowColumn", chunked)
