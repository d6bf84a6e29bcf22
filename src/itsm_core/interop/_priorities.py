"""Where a log's priorities come from, and where they do not fit the matrix (law P2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.interop._mapping import LogMapping
from itsm_core.interop._rows import combinations
from itsm_core.interop._table import LogTable
from itsm_core.priority import PriorityMatrix

__all__ = ["PriorityQuality", "PriorityReader"]

_MOST_NAMED: Final = 6
"""A wrong column has thousands of values; the first few tell which column it is."""

Counts = tuple[tuple[str, int], ...]


@attrs.frozen(kw_only=True)
class PriorityQuality:
    """Hold how the log's priorities fit the policy's matrix.

    `source` is "column", "matrix" (derived from impact and urgency) or "" (the log tells none).
    `rows_compared` have impact, urgency and a priority of their own; `disagreements` are those
    of them where the matrix says otherwise. `unknown` counts tickets by a priority that the matrix
    does not have, `without_cell` rows by an impact or urgency that it does not have.

    >>> from itsm_core.interop import PriorityQuality
    >>> found = PriorityQuality(
    ...     source="column",
    ...     column="priority",
    ...     is_checked=True,
    ...     rows_compared=50,
    ...     disagreements=(("'P2' where it gives 'P1'", 3),),
    ... )
    >>> for what, how_much, note in found.findings():
    ...     print(f"{what}: {how_much}; {note}")
    priority: column 'priority'; the matrix agrees on 47 of 50 comparable rows
    priority differs from the matrix: 3 rows; 'P2' where it gives 'P1' (3); the log's own is used
    """

    source: str
    column: str = ""
    is_checked: bool = False
    rows_compared: int = 0
    disagreements: Counts = ()
    unknown: Counts = ()
    without_cell: Counts = ()

    def findings(self) -> tuple[tuple[str, str, str], ...]:
        """Return (what, how much, what was done about it)."""
        found = [self._source()]
        if self.unknown:
            note = "no goal can be theirs: map them under [values.priority], or extend the matrix"
            found.append(("priority not in the policy's matrix", _named(self.unknown), note))
        if self.disagreements:
            rows = sum(number for _, number in self.disagreements)
            used = "the log's own is used" if self.source == "column" else "the matrix is used"
            told = f"{_named(self.disagreements)}; {used}"
            found.append(
                (
                    "priority differs from the matrix",
                    f"{rows:,} row{'' if rows == 1 else 's'}",
                    told,
                )
            )
        if self.without_cell and self.source == "matrix":
            note = "no priority can be derived: map them under [values], or extend the matrix"
            found.append(("not in the policy's matrix", _named(self.without_cell), note))
        return tuple(found)

    def _source(self) -> tuple[str, str, str]:
        if not self.source:
            note = "neither a priority nor impact and urgency are mapped: no goal can be found"
            return ("priority", "none", note)
        compared = "not compared with the policy's matrix"
        if self.is_checked and self.rows_compared:
            agreed = self.rows_compared - sum(number for _, number in self.disagreements)
            compared = f"the matrix agrees on {agreed:,} of {self.rows_compared:,} comparable rows"
        if self.source == "column":
            return ("priority", f"column {self.column!r}", compared)
        note = "by the policy's matrix"
        if self.column:
            note += f"; column {self.column!r} is only compared: {compared}"
        return ("priority", "derived from impact and urgency", note)

    def to_json(self) -> dict[str, object]:
        """Return every count as plain JSON values."""
        return {
            "source": self.source,
            "rows_compared": self.rows_compared,
            "disagreements": dict(self.disagreements),
            "tickets_with_unknown_priority": dict(self.unknown),
            "rows_without_cell": dict(self.without_cell),
        }


@attrs.define
class PriorityReader:
    """Derive priorities, and compare the log's own with the matrix.

    Raises:
        InvalidValue: the mapping derives priorities and there is no matrix.
    """

    mapping: LogMapping
    matrix: PriorityMatrix | None

    def __attrs_post_init__(self) -> None:
        if self.is_derived and self.matrix is None:
            remedy = "pass matrix=policy.matrix, or set events.priority = 'column'"
            what = "the mapping derives priorities from impact and urgency, but no matrix was given"
            raise InvalidValue(what, self.mapping.name, remedy)

    @property
    def is_derived(self) -> bool:
        """Return whether the log's own priority is no input."""
        return self.mapping.priority == "matrix"

    def derive(self, impact: str, urgency: str) -> str:
        """Return the priority of a cell, `""` where the matrix has none; the values are ours."""
        return "" if self.matrix is None else self.matrix.cells.get((impact, urgency), "")

    def quality(self, table: LogTable) -> PriorityQuality:
        """Return how a whole log fits; each distinct combination is looked at once."""
        columns = self.mapping.columns
        own = columns.get("priority", "")
        source = "matrix" if self.is_derived else "column" if own else ""
        if self.matrix is None:
            return PriorityQuality(source=source, column=own)
        combined = combinations(table.tickets.values(), ("impact", "urgency", "priority"))
        differ: Counter[str] = Counter()
        lost: Counter[str] = Counter()
        compared = 0
        both = "impact" in columns and "urgency" in columns
        for (raw_impact, raw_urgency, raw_priority), number in combined.items() if both else ():
            impact, urgency = self._ours("impact", raw_impact), self._ours("urgency", raw_urgency)
            derived, priority = (
                self.derive(impact, urgency),
                self._ours("priority", raw_priority),
            )
            if derived and priority:
                compared += number
                if derived != priority:
                    differ[f"{priority!r} where it gives {derived!r}"] += number
            elif not derived:
                lost.update(self._lost(impact, urgency, number))
        return PriorityQuality(
            source=source,
            column=own,
            is_checked=True,
            rows_compared=compared,
            disagreements=tuple(differ.most_common()),
            unknown=() if self.is_derived else self._unknown(table, self.matrix.priorities),
            without_cell=tuple(lost.most_common()),
        )

    def _ours(self, role: str, value: str) -> str:
        return self.mapping.values.get(role, {}).get(value, value)

    def _lost(self, impact: str, urgency: str, number: int) -> dict[str, int]:
        """Return which of two inputs the matrix does not have, for `number` rows."""
        matrix = self.matrix
        if matrix is None:
            return {}
        pairs = (("impact", impact, matrix.impacts), ("urgency", urgency, matrix.urgencies))
        return {f"{role} {value!r}": number for role, value, known in pairs if value not in known}

    def _unknown(self, table: LogTable, known: Iterable[str]) -> Counts:
        """Return each priority outside the matrix with the tickets that ever had it."""
        found: Counter[str] = Counter()
        good = {"", *known}
        for rows in table.tickets.values():
            held = {self._ours("priority", value) for value in {r.cells.priority for r in rows}}
            found.update(held - good)
        return tuple((repr(value), number) for value, number in found.most_common())


def _named(counts: Counts) -> str:
    """Return "'Prio1' (12), 'Prio2' (3) and 5 more"."""
    shown = ", ".join(f"{name} ({number:,})" for name, number in counts[:_MOST_NAMED])
    more = len(counts) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
