"""Laws of priority, tried on a matrix or a whole policy of yours (P1, Y8)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import chain, product, zip_longest
from typing import Final

import attrs

from itsm_core.conditions import FieldTest
from itsm_core.priority import PriorityFacts, PriorityMatrix, PriorityModifier, PriorityPolicy
from itsm_core.priority._modifiers import rank_after
from itsm_core.testing.laws._law import Law, broken, chosen, first_broken, law, shrunk
from itsm_core.testing.sla_histories import leaves_of

__all__ = ["MATRIX_LAWS", "MatrixCase", "check_matrix"]

_MOST_CIRCUMSTANCES: Final = 256
_TEXTS: Final = (
    "service",
    "category",
    "requester",
    "configuration_item_id",
    "service_criticality",
    "configuration_item_criticality",
)


@attrs.frozen(kw_only=True)
class MatrixCase:
    """Hold a policy of priorities, and the circumstances of the tickets that it is tried on.

    >>> from itsm_core.priority import ITIL_MATRIX
    >>> MatrixCase(policy=ITIL_MATRIX.policy, circumstances=()).policy.matrix.name
    'itil-3x3'
    """

    policy: PriorityPolicy
    circumstances: tuple[PriorityFacts, ...]


@law("P1")
def graver_input_is_never_less_urgent(case: MatrixCase) -> Iterator[str]:
    """A graver impact or urgency never gives a less urgent priority, whatever the modifiers do."""
    matrix = case.policy.matrix
    if matrix.reason_not_monotone.strip():
        return
    ranks = {name: n for n, name in enumerate((case.policy.major, *matrix.priorities))}
    for known in case.circumstances:
        for impact, urgency in product(range(len(matrix.impacts)), range(len(matrix.urgencies))):
            milder = _at(case.policy, known, impact, urgency)
            for graver_at in ((impact - 1, urgency), (impact, urgency - 1)):
                if min(graver_at) < 0:
                    continue
                graver = _at(case.policy, known, *graver_at)
                if ranks[graver] > ranks[milder]:
                    yield (
                        f"{_cell(matrix, *graver_at)} gives {graver}, "
                        f"the milder {_cell(matrix, impact, urgency)} gives {milder}"
                    )


@law("Y8")
def every_priority_is_reached(case: MatrixCase) -> Iterator[str]:
    """Every priority comes from some cell or modifier: no goal is for nobody."""
    policy = case.policy
    levels, first = policy.priorities, 1 if policy.major else 0
    reached = {levels.index(priority) for priority in policy.matrix.cells.values()}
    for each in policy.modifiers:  # in their order, each once, as they are applied
        reached |= {rank_after(each.effect, rank, levels, first) for rank in reached}
    for priority in policy.matrix.priorities:
        if levels.index(priority) not in reached:
            yield f"no cell and no modifier gives {priority!r}"


MATRIX_LAWS: Final[tuple[Law[MatrixCase], ...]] = (
    graver_input_is_never_less_urgent,
    every_priority_is_reached,
)
"""Every law of priorities; each has its number and its sentence."""


def check_matrix(matrix: PriorityMatrix | PriorityPolicy, *, without: Collection[str] = ()) -> None:
    """Try the laws of priority on a matrix of yours, or on a policy with all its modifiers.

    Every cell is asked under every circumstance that a modifier tells apart, up to 256 of them:
    first those of each modifier alone, then those of all together.

    Raises:
        LawBroken: naming the law, the cells, and how their priorities come about.
        InvalidValue: `without` names no law.

    >>> from itsm_core.priority import ITIL_MATRIX
    >>> check_matrix(ITIL_MATRIX)
    """
    policy = matrix.policy if isinstance(matrix, PriorityMatrix) else matrix
    case = MatrixCase(policy=policy, circumstances=_circumstances(policy))
    found = first_broken(chosen(MATRIX_LAWS, without), case)
    if found is not None:
        small = shrunk(found, case, _smaller)
        broken(
            found,
            small,
            subject=f"priority policy {policy.name or policy.matrix.name!r}",
            story=_story(small),
            ledger=_ledger(small),
        )


def _at(policy: PriorityPolicy, known: PriorityFacts, impact: int, urgency: int) -> str:
    matrix = policy.matrix
    return policy.priority(
        attrs.evolve(known, impact=matrix.impacts[impact], urgency=matrix.urgencies[urgency])
    )


def _cell(matrix: PriorityMatrix, impact: int, urgency: int) -> str:
    return f"(impact {matrix.impacts[impact]}, urgency {matrix.urgencies[urgency]})"


def _circumstances(policy: PriorityPolicy) -> tuple[PriorityFacts, ...]:
    """Return facts in which each condition of a modifier holds and does not hold.

    Modifiers take turns, so that one with many names leaves room for the others.
    """
    nothing = next(_told_apart(policy.matrix, ()))
    alone = (_told_apart(policy.matrix, (each,)) for each in policy.modifiers)
    turns = chain.from_iterable(zip_longest(*alone, fillvalue=nothing))
    together = _told_apart(policy.matrix, policy.modifiers)
    found: dict[PriorityFacts, None] = {nothing: None}
    for facts in chain(turns, together):
        found.setdefault(facts)
        if len(found) == _MOST_CIRCUMSTANCES:
            break
    return tuple(found)


def _told_apart(
    matrix: PriorityMatrix, modifiers: Iterable[PriorityModifier]
) -> Iterator[PriorityFacts]:
    """Yield the facts that modifiers tell apart, those first in which most of them is named."""
    texts: dict[str, set[str]] = {name: {""} for name in _TEXTS}
    ages, vips = {timedelta(0)}, {False}
    for modifier in modifiers:
        for test in leaves_of(modifier.when.rule):
            _note(test, texts, ages, vips)
    for named, vip, age in product(
        product(*(sorted(texts[name], reverse=True) for name in _TEXTS)),
        sorted(vips, reverse=True),
        sorted(ages, reverse=True),
    ):
        told = dict(zip(_TEXTS, named, strict=True))
        yield PriorityFacts(
            impact=matrix.impacts[0], urgency=matrix.urgencies[0], vip=vip, age=age, **told
        )


def _note(
    test: FieldTest, texts: dict[str, set[str]], ages: set[timedelta], vips: set[bool]
) -> None:
    if test.field == "vip":
        vips.add(True)
    for value in test.values:
        if test.field in texts and isinstance(value, str):
            texts[test.field].add(value)
        if isinstance(value, timedelta):
            ages |= {value, value + timedelta.resolution}


def _smaller(case: MatrixCase) -> Iterator[MatrixCase]:
    """Yield the case with one circumstance only, and with one modifier less."""
    if len(case.circumstances) > 1:
        for known in case.circumstances:
            yield attrs.evolve(case, circumstances=(known,))
    modifiers = case.policy.modifiers
    for place in range(len(modifiers)):
        rest = modifiers[:place] + modifiers[place + 1 :]
        yield attrs.evolve(case, policy=attrs.evolve(case.policy, modifiers=rest))


def _story(case: MatrixCase) -> Iterator[str]:
    matrix = case.policy.matrix
    yield (
        f"The matrix has impacts {', '.join(matrix.impacts)} and urgencies "
        f"{', '.join(matrix.urgencies)}, the gravest first."
    )
    names = ", ".join(each.name for each in case.policy.modifiers)
    yield f"Modifiers that matter: {names}." if names else "No modifier matters."


def _ledger(case: MatrixCase) -> Iterator[str]:
    """Yield the whole table under the first circumstance."""
    matrix, known = case.policy.matrix, case.circumstances[0]
    for impact, name in enumerate(matrix.impacts):
        row = [
            f"{urgency} {_at(case.policy, known, impact, n)}"
            for n, urgency in enumerate(matrix.urgencies)
        ]
        yield f"impact {name}: {', '.join(row)}"
