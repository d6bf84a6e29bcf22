"""Learning a matrix from a log, with every exception listed (law P4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

from itsm_core.errors import DefinitionError, Fault
from itsm_core.priority._matrix import Cell, PriorityMatrix, Triple, place_of, texts_of


@attrs.frozen(kw_only=True)
class LearnedCell:
    """Hold what a log says about one impact and urgency.

    `counts` holds each priority seen with how often, the most frequent first.

    >>> from itsm_core.priority import learn_matrix
    >>> log = [("high", "low", "P3"), ("high", "low", "P2"), ("high", "low", "P3")]
    >>> (cell,) = learn_matrix(log).learned
    >>> cell.priority, cell.counts
    ('P3', (('P3', 2), ('P2', 1)))
    """

    impact: str
    urgency: str
    priority: str
    counts: tuple[tuple[str, int], ...]


@attrs.frozen(kw_only=True)
class PriorityException:
    """Name one observation that its cell does not explain; `index` counts from 0.

    >>> from itsm_core.priority import learn_matrix
    >>> log = [("high", "low", "P3"), ("high", "low", "P2"), ("high", "low", "P3")]
    >>> (odd,) = learn_matrix(log).exceptions
    >>> odd.index, odd.priority, odd.expected
    (1, 'P2', 'P3')
    """

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

    >>> from itsm_core.priority import learn_matrix
    >>> log = [("1", "1", "P1"), ("1", "2", "P2"), ("2", "1", "P2")]
    >>> learned = learn_matrix(log)
    >>> learned.unseen
    (('2', '2'),)
    >>> learned.matrix(fill={("2", "2"): "P2"}).priority("2", "2")
    'P2'
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
            Fault("cell-already-learned", "was seen in the log", place_of(*cell), value, "drop it")
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
        listed = tuple(found) if names is None else texts_of(names)
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
