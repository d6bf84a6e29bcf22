"""The matrix of impact and urgency: complete, monotone, able to say why (laws P1, P2)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core import readers
from itsm_core.errors import CodecError, DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.priority import _json

if TYPE_CHECKING:
    from itsm_core.priority._policy import PriorityPolicy

Cell = tuple[str, str]
Triple = tuple[str, str, str]


def texts_of(values: Iterable[str]) -> tuple[str, ...]:
    """Return names of levels as a tuple; one text is no list of them."""
    if isinstance(values, str):
        raise InvalidValue("levels must be a list of names", values, f"write ({values!r},)")
    found = _series(values, "levels must be a list of names", "write ('high', 'low')")
    if not all(isinstance(name, str) for name in found):
        raise InvalidValue("levels must be named by texts", values, "write ('high', 'low')")
    return cast("tuple[str, ...]", found)


def _series(values: object, what: str, remedy: str) -> tuple[object, ...]:
    try:
        return tuple(cast("Iterable[object]", values))
    except TypeError as error:
        raise InvalidValue(what, values, remedy) from error


def _triples(cells: Mapping[Cell, str] | Iterable[Triple]) -> tuple[Triple, ...]:
    """Return cells in one order, whichever way they were written down."""
    what, remedy = "cells must be texts", "write {('high', 'low'): 'P2'}"
    found: Iterable[object] = _series(cells, what, remedy)
    if isinstance(cells, Mapping):
        pairs = cast("Mapping[object, object]", cells)
        found = [(*_series(where, what, remedy), priority) for where, priority in pairs.items()]
    triples = [_series(one, what, remedy) for one in found]
    for one in triples:
        if len(one) != 3 or not all(isinstance(text, str) for text in one):
            raise InvalidValue(what, one, remedy)
    return tuple(sorted(cast("list[Triple]", triples)))


@attrs.frozen(kw_only=True, slots=False, repr=False)
class PriorityMatrix:
    """Map impact x urgency to priority (law P1).

    Levels are names of your own, any number of them, the most severe first; so are
    `priorities`, the most urgent first, of which the cells need not use all. Every pair of levels
    has a cell, and a graver impact or urgency never gives a less urgent priority, unless
    `reason_not_monotone` says why it may. Names are compared as they are written.

    Raises:
        InvalidValue: a part is of another type than it should be.
        DefinitionError: levels are missing or doubled, a cell is missing, doubled or of unknown
            levels, or the matrix is not monotone and does not say why; every fault is listed.

    >>> ITIL_MATRIX.priority("high", "medium")
    'P2'
    """

    impacts: tuple[str, ...] = attrs.field(converter=texts_of)
    urgencies: tuple[str, ...] = attrs.field(converter=texts_of)
    _cells: tuple[Triple, ...] = attrs.field(alias="cells", converter=_triples)
    priorities: tuple[str, ...] = attrs.field(converter=texts_of)
    reason_not_monotone: str = ""
    name: str = ""

    def __attrs_post_init__(self) -> None:
        faults = [*_level_faults(self), *_cell_faults(self, self._cells)]
        if not faults and not self.reason_not_monotone.strip():
            faults = _order_faults(self)
        if faults:
            raise DefinitionError(f"priority matrix {self.name!r}", tuple(faults))

    @cached_property
    def _table(self) -> dict[Cell, str]:
        return {(impact, urgency): priority for impact, urgency, priority in self._cells}

    @property
    def cells(self) -> Mapping[Cell, str]:
        """Return a read-only view of the priority of each (impact, urgency)."""
        return MappingProxyType(self._table)

    def priority(self, impact: str, urgency: str) -> str:
        """Return the priority of one cell.

        Raises:
            InvalidValue: the matrix has no such impact or urgency.
        """
        try:
            return self._table[impact, urgency]
        except (KeyError, TypeError):  # TypeError: a list, which cannot even be looked up
            pass
        if impact not in self.impacts:
            raise _unknown_level("impact", impact, self.impacts)
        raise _unknown_level("urgency", urgency, self.urgencies)

    def explain(self, impact: str, urgency: str) -> str:
        """Return in one sentence which cell gave the priority (law P2).

        >>> print(ITIL_MATRIX.explain("high", "medium"))
        priority 'P2': impact 'high' (1 of 3) meets urgency 'medium' (2 of 3) in matrix 'itil-3x3'

        Raises:
            InvalidValue: the matrix has no such impact or urgency.
        """
        priority = self.priority(impact, urgency)
        row, column = self.impacts.index(impact) + 1, self.urgencies.index(urgency) + 1
        named = f" in matrix {self.name!r}" if self.name else ""
        return (
            f"priority {priority!r}: impact {impact!r} ({row} of {len(self.impacts)}) meets "
            f"urgency {urgency!r} ({column} of {len(self.urgencies)}){named}"
        )

    @cached_property
    def policy(self) -> PriorityPolicy:
        """Return the policy that is this matrix alone, without a modifier."""
        from itsm_core.priority._policy import PriorityPolicy  # deferred: it is made of matrices

        return PriorityPolicy(matrix=self)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex: equal matrices have equal hashes."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return the matrix as plain JSON values; `from_json` gives an equal matrix back."""
        return {
            "name": self.name,
            "impacts": list(self.impacts),
            "urgencies": list(self.urgencies),
            "priorities": list(self.priorities),
            "cells": [list(cell) for cell in self._cells],
            "reason_not_monotone": self.reason_not_monotone,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> PriorityMatrix:
        """Return the matrix that `to_json` wrote down; unknown keys and other types are refused.

        Raises:
            CodecError: the data is not what `to_json` writes.
            DefinitionError: the data is well formed, the matrix is not.
        """
        needed = ("cells", "impacts", "priorities", "urgencies")
        record = _json.record(data, "matrix", needed, ("name", "reason_not_monotone"))
        reason = record.get("reason_not_monotone", "")
        return cls(
            impacts=readers.texts(record["impacts"], "matrix.impacts"),
            urgencies=readers.texts(record["urgencies"], "matrix.urgencies"),
            priorities=readers.texts(record["priorities"], "matrix.priorities"),
            cells=_read_cells(record["cells"]),
            name=readers.text(record.get("name", ""), "matrix.name"),
            reason_not_monotone=readers.text(reason, "matrix.reason_not_monotone"),
        )

    def __repr__(self) -> str:
        parts = [f"impacts={self.impacts!r}", f"urgencies={self.urgencies!r}"]
        parts += [f"cells={self._table!r}", f"priorities={self.priorities!r}"]
        if self.reason_not_monotone:
            parts.append(f"reason_not_monotone={self.reason_not_monotone!r}")
        if self.name:
            parts.append(f"name={self.name!r}")
        return f"PriorityMatrix({', '.join(parts)})"


def _unknown_level(what: str, value: object, known: tuple[str, ...]) -> InvalidValue:
    remedy = f"use one of {', '.join(map(repr, known))}{did_you_mean(value, known)}"
    return InvalidValue(f"the matrix has no such {what}", value, remedy)


# --- what a matrix must be ---------------------------------------------------------------------


def _level_faults(matrix: PriorityMatrix) -> list[Fault]:
    """Return what is wrong with the three lists of names."""
    faults: list[Fault] = []
    for where in ("impacts", "urgencies", "priorities"):
        names: tuple[str, ...] = getattr(matrix, where)
        if not names:
            faults.append(Fault("no-levels", "is empty", where, "()", "name at least one level"))
        for name, times in Counter(names).items():
            if not name.strip():
                faults.append(Fault("empty-level", "has an empty name", where, name, "name it"))
            if times > 1:
                message = f"names {name!r} {times} times"
                faults.append(Fault("duplicate-level", message, where, name, "name it once"))
    return faults


def _cell_faults(matrix: PriorityMatrix, cells: tuple[Triple, ...]) -> list[Fault]:
    """Return which cells are unknown, doubled or missing."""
    faults: list[Fault] = []
    seen: Counter[Cell] = Counter()
    for impact, urgency, priority in cells:
        where = place_of(impact, urgency)
        seen[impact, urgency] += 1
        for what, value, known in (
            ("impact", impact, matrix.impacts),
            ("urgency", urgency, matrix.urgencies),
            ("priority", priority, matrix.priorities),
        ):
            if value not in known:
                remedy = f"use one of {', '.join(map(repr, known))}{did_you_mean(value, known)}"
                message = f"unknown {what} {value!r}"
                faults.append(Fault(f"unknown-{what}", message, where, value, remedy))
    faults += [
        Fault("duplicate-cell", f"is given {times} times", place_of(*cell), "", "give it once")
        for cell, times in seen.items()
        if times > 1
    ]
    faults += [
        Fault("missing-cell", "has no priority", place_of(impact, urgency), "", "give it one")
        for impact in matrix.impacts
        for urgency in matrix.urgencies
        if (impact, urgency) not in seen
    ]
    return faults


def _order_faults(matrix: PriorityMatrix) -> list[Fault]:
    """Return each neighbour that is more urgent although its level is lower."""
    rank = {priority: place for place, priority in enumerate(matrix.priorities)}
    rows = [((i, u), (j, u)) for i, j in pairwise(matrix.impacts) for u in matrix.urgencies]
    rows += [((i, u), (i, v)) for u, v in pairwise(matrix.urgencies) for i in matrix.impacts]
    faults: list[Fault] = []
    for graver, lesser in rows:
        high, low = matrix.cells[graver], matrix.cells[lesser]
        if rank[low] < rank[high]:
            message = f"gives {low!r}, more urgent than {high!r} of the graver {place_of(*graver)}"
            remedy = "swap them, or say why in reason_not_monotone"
            faults.append(Fault("not-monotone", message, place_of(*lesser), low, remedy))
    return faults


def place_of(impact: str, urgency: str) -> str:
    """Return how a fault names a cell."""
    return f"cells[{impact!r}, {urgency!r}]"


# --- JSON ----------------------------------------------------------------------------------------


def _read_cells(value: object) -> tuple[Triple, ...]:
    cells: list[Triple] = []
    for where, item in readers.items(value, "matrix.cells"):
        texts = readers.texts(item, where)
        if len(texts) != 3:
            raise CodecError("not three texts", where, item, "write impact, urgency, priority")
        cells.append((texts[0], texts[1], texts[2]))
    return tuple(cells)


ITIL_MATRIX: Final = PriorityMatrix(
    name="itil-3x3",
    impacts=("high", "medium", "low"),
    urgencies=("high", "medium", "low"),
    priorities=("P1", "P2", "P3", "P4"),
    cells={
        ("high", "high"): "P1",
        ("high", "medium"): "P2",
        ("high", "low"): "P3",
        ("medium", "high"): "P2",
        ("medium", "medium"): "P3",
        ("medium", "low"): "P4",
        ("low", "high"): "P3",
        ("low", "medium"): "P4",
        ("low", "low"): "P4",
    },
)
"""The usual three by three sample, with four priorities; write your own for your own desk."""
