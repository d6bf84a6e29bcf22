"""Priority as a matrix of impact and urgency: complete, monotone, able to say why.

Priority is always derived in the domain, on every path that changes an input (law P2), so nobody
sets it by hand and no import forgets it. A matrix can be learned from a log (law P4): the cells
are what the log mostly does, the exceptions are listed one by one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Final, cast

import attrs

from itsm_core.errors import CodecError, DefinitionError, Fault, InvalidValue, did_you_mean

__all__ = [
    "ITIL_MATRIX",
    "LearnedCell",
    "LearnedMatrix",
    "PriorityException",
    "PriorityMatrix",
    "learn_matrix",
]

Cell = tuple[str, str]
Triple = tuple[str, str, str]


def _texts(values: Iterable[str]) -> tuple[str, ...]:
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

    impacts: tuple[str, ...] = attrs.field(converter=_texts)
    urgencies: tuple[str, ...] = attrs.field(converter=_texts)
    _cells: tuple[Triple, ...] = attrs.field(alias="cells", converter=_triples)
    priorities: tuple[str, ...] = attrs.field(converter=_texts)
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
        known = {"name", "impacts", "urgencies", "priorities", "cells", "reason_not_monotone"}
        for key in data:
            if key not in known:
                raise CodecError("unknown key", "matrix", key, f"use one of {sorted(known)}")
        for key in sorted(known - {"name", "reason_not_monotone"}):
            if key not in data:
                raise CodecError("missing key", f"matrix.{key}", None, "add it")
        return cls(
            impacts=_read_texts(data["impacts"], "matrix.impacts"),
            urgencies=_read_texts(data["urgencies"], "matrix.urgencies"),
            priorities=_read_texts(data["priorities"], "matrix.priorities"),
            cells=_read_cells(data["cells"]),
            name=_read_text(data.get("name", ""), "matrix.name"),
            reason_not_monotone=_read_text(
                data.get("reason_not_monotone", ""), "matrix.reason_not_monotone"
            ),
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
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    remedy = f"use one of {', '.join(map(repr, known))}{near}"
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
        where = _place(impact, urgency)
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
        Fault("duplicate-cell", f"is given {times} times", _place(*cell), "", "give it once")
        for cell, times in seen.items()
        if times > 1
    ]
    faults += [
        Fault("missing-cell", "has no priority", _place(impact, urgency), "", "give it one")
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
            message = f"gives {low!r}, more urgent than {high!r} of the graver {_place(*graver)}"
            remedy = "swap them, or say why in reason_not_monotone"
            faults.append(Fault("not-monotone", message, _place(*lesser), low, remedy))
    return faults


def _place(impact: str, urgency: str) -> str:
    return f"cells[{impact!r}, {urgency!r}]"


# --- learning ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class LearnedCell:
    """Hold what a log says about one impact and urgency.

    `counts` holds each priority seen with how often, the most frequent first.
    """

    impact: str
    urgency: str
    priority: str
    counts: tuple[tuple[str, int], ...]


@attrs.frozen(kw_only=True)
class PriorityException:
    """Name one observation that its cell does not explain; `index` counts from 0."""

    index: int
    impact: str
    urgency: str
    priority: str
    expected: str


@attrs.frozen(kw_only=True)
class LearnedMatrix:
    """Hold what a log does with impact, urgency and priority (law P4).

    `exceptions` are in the order of the log. `unseen` are the pairs of levels that the log never
    shows together: nothing is invented for them, `matrix` wants them filled in.
    """

    impacts: tuple[str, ...]
    urgencies: tuple[str, ...]
    priorities: tuple[str, ...]
    learned: tuple[LearnedCell, ...]
    exceptions: tuple[PriorityException, ...]
    unseen: tuple[Cell, ...]
    observations_count: int

    @property
    def cells(self) -> dict[Cell, str]:
        """Return the priority that most observations of each seen cell have."""
        return {(cell.impact, cell.urgency): cell.priority for cell in self.learned}

    def matrix(
        self,
        *,
        fill: Mapping[Cell, str] = MappingProxyType({}),
        name: str = "",
        reason_not_monotone: str = "",
    ) -> PriorityMatrix:
        """Return the matrix to work with; `fill` decides the cells of `unseen`, and only those.

        Raises:
            DefinitionError: an unseen cell is left open, a seen one is filled, or the log is not
                monotone and no reason is given.
        """
        known = self.cells
        faults = tuple(
            Fault("cell-already-learned", "was seen in the log", _place(*cell), value, "drop it")
            for cell, value in fill.items()
            if cell in known
        )
        if faults:
            raise DefinitionError(f"priority matrix {name!r}", faults)
        return PriorityMatrix(
            impacts=self.impacts,
            urgencies=self.urgencies,
            cells={**known, **fill},
            priorities=self.priorities,
            reason_not_monotone=reason_not_monotone,
            name=name,
        )


def learn_matrix(
    observations: Iterable[Triple],
    *,
    impacts: Iterable[str] | None = None,
    urgencies: Iterable[str] | None = None,
    priorities: Iterable[str] | None = None,
) -> LearnedMatrix:
    """Learn a matrix from (impact, urgency, priority) observations (law P4).

    A cell is what most of its observations say, at a tie the more urgent. Levels are the gravest
    first; where you do not list them they are sorted as text, which is right for names such as
    `1 - High` and wrong for plain words. Leave out what your log marks as missing: an empty name
    is a level like any other. One pass; memory for one integer an observation.

    Raises:
        DefinitionError: a level was seen that your list does not hold.

    >>> learned = learn_matrix([("1", "1", "P1"), ("1", "1", "P1"), ("1", "1", "P2")])
    >>> learned.cells, learned.exceptions[0].index
    ({('1', '1'): 'P1'}, 2)
    """
    seen: dict[Triple, list[int]] = {}
    total = 0
    for index, triple in enumerate(observations):
        total = index + 1
        seen.setdefault(triple, []).append(index)
    levels = _seen_levels(seen, (impacts, urgencies, priorities))
    counts = _counts(seen, levels[2])
    learned = tuple(
        LearnedCell(
            impact=cell[0], urgency=cell[1], priority=counts[cell][0][0], counts=counts[cell]
        )
        for cell in _pairs(levels)
        if cell in counts
    )
    exceptions = [
        PriorityException(index=index, impact=i, urgency=u, priority=p, expected=counts[i, u][0][0])
        for (i, u, p), indices in seen.items()
        if p != counts[i, u][0][0]
        for index in indices
    ]
    return LearnedMatrix(
        impacts=levels[0],
        urgencies=levels[1],
        priorities=levels[2],
        learned=learned,
        exceptions=tuple(sorted(exceptions, key=lambda exception: exception.index)),
        unseen=tuple(cell for cell in _pairs(levels) if cell not in counts),
        observations_count=total,
    )


def _pairs(levels: tuple[tuple[str, ...], ...]) -> list[Cell]:
    return [(impact, urgency) for impact in levels[0] for urgency in levels[1]]


def _seen_levels(
    seen: Iterable[Triple], given: tuple[Iterable[str] | None, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return the levels as given, or those seen; refuse what was seen but not given."""
    levels: list[tuple[str, ...]] = []
    faults: list[Fault] = []
    triples = list(seen)
    for place, (where, names) in enumerate(
        zip(("impacts", "urgencies", "priorities"), given, strict=True)
    ):
        found = sorted({triple[place] for triple in triples})
        listed = tuple(found) if names is None else _texts(names)
        levels.append(listed)
        faults += [
            Fault(
                "unknown-level", f"the log holds {name!r}", where, name, "list it, or leave it out"
            )
            for name in found
            if name not in listed
        ]
    if faults:
        raise DefinitionError("levels of the log", tuple(faults))
    return tuple(levels)


def _counts(
    seen: Mapping[Triple, list[int]], priorities: tuple[str, ...]
) -> dict[Cell, tuple[tuple[str, int], ...]]:
    """Return how often each cell has each priority, the most frequent and urgent first."""
    rank = {priority: place for place, priority in enumerate(priorities)}
    cells: dict[Cell, list[tuple[str, int]]] = {}
    for (impact, urgency, priority), indices in seen.items():
        cells.setdefault((impact, urgency), []).append((priority, len(indices)))
    return {
        cell: tuple(sorted(counted, key=lambda pair: (-pair[1], rank[pair[0]])))
        for cell, counted in cells.items()
    }


# --- JSON ----------------------------------------------------------------------------------------


def _read_text(value: object, where: str) -> str:
    if type(value) is not str:
        raise CodecError("not a text", where, value, "write it in quotes")
    return value


def _read_list(value: object, where: str) -> list[object]:
    if type(value) is not list:
        raise CodecError("not a list", where, value, "write it in brackets")
    return cast("list[object]", value)


def _read_texts(value: object, where: str) -> tuple[str, ...]:
    items = _read_list(value, where)
    return tuple(_read_text(item, f"{where}[{place}]") for place, item in enumerate(items))


def _read_cells(value: object) -> tuple[Triple, ...]:
    cells: list[Triple] = []
    for place, item in enumerate(_read_list(value, "matrix.cells")):
        where = f"matrix.cells[{place}]"
        texts = _read_texts(item, where)
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
