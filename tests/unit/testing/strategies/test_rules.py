"""Strategies of rules: what they draw holds what they promise."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from itsm_core.conditions import Condition, Kind, Predicate, Schema
from itsm_core.priority import PriorityMatrix
from itsm_core.testing import strategies as own

FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = Schema(
    name="all", fields={kind.value: kind.optional() for kind in Kind} | {"level": Kind.TEXT.of("a")}
)


def ranks(matrix: PriorityMatrix) -> list[list[int]]:
    """Return the place of each cell's priority, row by row."""
    return [
        [matrix.priorities.index(matrix.priority(impact, urgency)) for urgency in matrix.urgencies]
        for impact in matrix.impacts
    ]


@FEW
@given(matrix=own.matrices(monotone=True))
def test_matrix_is_monotone_when_asked_for(matrix: PriorityMatrix) -> None:
    """A graver impact or urgency never gives a less urgent priority, and no excuse is needed."""
    rows = ranks(matrix)
    assert all(row == sorted(row) for row in rows)
    assert all(list(column) == sorted(column) for column in zip(*rows, strict=True))
    assert matrix.reason_not_monotone == ""


@FEW
@given(matrix=own.matrices(monotone=False))
def test_matrix_says_why_when_it_need_not_be_monotone(matrix: PriorityMatrix) -> None:
    """Without a reason it would be refused wherever a milder cell is more urgent."""
    assert matrix.reason_not_monotone == "the desk says so"


@FEW
@given(rule=own.predicates(KINDS))
def test_predicate_fits_its_schema_when_drawn(rule: Predicate) -> None:
    """Every operator and constant is one that the field takes."""
    assert Condition(schema=KINDS, rule=rule).rule == rule
