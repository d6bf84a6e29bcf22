"""Instants moved by open time, chunk by chunk: what `add` and `subtract` share."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from itsm_core.bulk._table import CHUNK, Ints, Scratch
from itsm_core.bulk._tables import Tables
from itsm_core.calendars import Boundary
from itsm_core.spans import instant, micros


class Mover:
    """Move instants by open time, chunk by chunk."""

    __slots__ = ("_boundary", "_is_forward", "_scratch", "_tables", "_work")

    def __init__(self, tables: Tables, boundary: Boundary, *, is_forward: bool) -> None:
        self._tables, self._boundary, self._is_forward = tables, boundary, is_forward
        self._scratch, self._work = Scratch(CHUNK), np.empty(CHUNK, np.int64)

    def move(self, at: Ints, amounts: Ints, out: Ints, row: int | Ints) -> None:
        """Put into `out` where the instants get; `row` is the number of the first, or all of them.

        A missing instant or amount is no question: it is left out, for its answer may not exist.
        """
        if self._is_forward and amounts.min() > 0:
            self._forward(at, amounts, out, row)
        else:
            np.copyto(out, at)
            onward = amounts > 0 if self._is_forward else amounts < 0
            back = amounts < 0 if self._is_forward else amounts > 0
            for moving, step in ((onward, self._forward), (back, self._backward)):
                if moving.any():
                    place = np.empty(int(moving.sum()), np.int64)
                    number = _numbers(row, np.flatnonzero(moving))
                    step(at[moving], np.abs(amounts[moving]), place, number)
                    out[moving] = place
        if self._boundary == "next_open":
            self._snap(amounts, out, row)

    def _forward(self, at: Ints, amounts: Ints, out: Ints, row: int | Ints) -> None:
        table, cut = self._tables.table, self._scratch.cut(len(at))
        wanted = self._work[: len(at)]
        table.readings(at, wanted, cut)
        np.add(wanted, amounts, out=wanted)
        if wanted.max() > table.last:
            place = int(wanted.argmax())
            due = self._tables.calendar.add_micros(int(at[place]), int(amounts[place]))
            self._tables.take(due, _number(row, place))
            return self._forward(at, amounts, out, row)
        table.earliest(wanted, out, cut)
        return None

    def _backward(self, at: Ints, amounts: Ints, out: Ints, row: int | Ints) -> None:
        table = self._tables.table
        wanted = np.empty(len(at), np.int64)
        table.readings(at, wanted, self._scratch.cut(len(at)))
        np.subtract(wanted, amounts, out=wanted)
        if wanted.min() < table.origin:
            place = int(wanted.argmin())
            amount = timedelta(0, 0, int(amounts[place]))
            found = self._tables.calendar.subtract(instant(int(at[place])), amount)
            self._tables.take(micros(found), _number(row, place))
            return self._backward(at, amounts, out, row)
        out[:] = table.latest(wanted)
        return None

    def _snap(self, amounts: Ints, out: Ints, row: int | Ints) -> None:
        """Move results outside open time on, the way each question points."""
        onward = amounts >= 0 if self._is_forward else amounts < 0
        while True:
            table, calendar = self._tables.table, self._tables.calendar
            later, earlier = table.next_open(out), table.previous_close(out)
            beyond, before = onward & (later >= table.high), ~onward & (earlier <= table.low)
            if beyond.any():
                at = instant(int(out[beyond].max()))
                found = calendar.next_open(at)
            elif before.any():
                at = instant(int(out[before].min()))
                found = calendar.previous_close(at)
            else:
                break
            if found.year in table.years:
                break  # on the very edge of the table, which it therefore has
            self._tables.take(micros(found), _number(row, int(np.argmax(out == micros(at)))))
        np.copyto(out, np.where(onward, later, earlier))


def _number(row: int | Ints, place: int) -> int:
    """Return the number of a row: of a whole chunk that begins at `row`, or of some rows."""
    return row + place if isinstance(row, int) else int(row[place])


def _numbers(row: int | Ints, places: Ints) -> Ints:
    return row + places if isinstance(row, int) else row[places]
