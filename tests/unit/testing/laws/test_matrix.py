"""`check_matrix`: a matrix alone, and a policy whose modifiers turn it round."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.conditions import Predicate, field
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    Effect,
    Lower,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
    Raise,
    Set,
)
from itsm_core.testing.laws import LawBroken, check_matrix
from itsm_core.testing.laws._matrix import _circumstances

HOUR = timedelta(hours=1)
FIVE = attrs.evolve(ITIL_MATRIX, cells=ITIL_MATRIX.cells, priorities=("P1", "P2", "P3", "P4", "P5"))


def policy(
    *rules: tuple[Predicate, Effect], matrix: PriorityMatrix = ITIL_MATRIX
) -> PriorityPolicy:
    """Return a policy with a modifier for each rule."""
    modifiers = [
        PriorityModifier(name=f"m{n}", when=when, effect=effect)
        for n, (when, effect) in enumerate(rules, 1)
    ]
    return PriorityPolicy(matrix=matrix, modifiers=modifiers, major="P0")


@pytest.mark.parametrize(
    "lawful",
    [
        ITIL_MATRIX,
        policy((field("vip").is_(True), Raise(1))),
        policy((field("age").is_at_least(4 * HOUR), AtLeast("P2"))),
        policy((field("service").is_("mail"), Set("P0"))),
        policy((field("vip").is_(True), Lower(1)), matrix=FIVE),
        policy((field("service").is_("phone"), Set("P5")), matrix=FIVE),
    ],
    ids=["matrix", "vip", "age", "major", "shifted", "set"],
)
def test_lawful_priorities_are_accepted(lawful: PriorityMatrix | PriorityPolicy) -> None:
    """Modifiers that do the same to every cell keep the order."""
    check_matrix(lawful)


def test_modifier_is_found_when_it_lowers_only_what_is_grave() -> None:
    """The other modifier does not matter, and is left out of the example."""
    wrong = policy(
        (field("vip").is_(True), Raise(1)),
        (field("urgency").is_("high") & field("service").is_("mail"), Lower(2)),
    )
    with pytest.raises(LawBroken) as caught:
        check_matrix(wrong)
    error = caught.value
    assert error.law == "P1"
    assert "gives P3, the milder" in error.violations[0]
    assert error.story[1] == "Modifiers that matter: m2."
    assert error.ledger[0] == "impact high: high P3, medium P2, low P3"


def test_order_is_free_when_the_matrix_says_why() -> None:
    """What is declared is meant."""
    told = attrs.evolve(
        ITIL_MATRIX,
        cells={**ITIL_MATRIX.cells, ("high", "low"): "P1", ("high", "high"): "P3"},
        reason_not_monotone="the board wants it",
    )
    check_matrix(told)


def test_priority_is_found_when_nothing_gives_it() -> None:
    """Its goals are for nobody."""
    with pytest.raises(LawBroken, match="no cell and no modifier gives 'P5'") as caught:
        check_matrix(FIVE)
    assert caught.value.story[1] == "No modifier matters."
    check_matrix(FIVE, without=["every_priority_is_reached"])


@pytest.mark.parametrize(
    "effects", [(Raise(1),), (AtLeast("P2"), Raise(3)), (Set("P3"), Lower(1)), (Raise(1), Raise(1))]
)
def test_priority_is_found_when_no_shift_leads_there(effects: tuple[Effect, ...]) -> None:
    """A modifier that raises or lowers does not lead anywhere."""
    rules = [(field("service").is_(f"s{n}"), effect) for n, effect in enumerate(effects)]
    six = attrs.evolve(FIVE, priorities=(*FIVE.priorities, "P6"))
    with pytest.raises(LawBroken, match="gives 'P6'"):
        check_matrix(policy(*rules, matrix=six))


def test_modifier_is_tried_when_another_tells_many_names_apart() -> None:
    """Each has its turn, though a thousand circumstances of the first come before the second's."""
    names = ("category", "requester", "configuration_item_id", "service_criticality")
    many: Predicate = field("vip").is_(True)
    for name in names:
        many |= field(name).is_in("a", "b", "c", "d", "e")
    last = field("urgency").is_("high") & field("service").is_("z")
    with pytest.raises(LawBroken, match="the milder"):
        check_matrix(policy((many, Raise(1)), (last, Lower(2))))


def test_circumstances_are_bounded() -> None:
    """Not more than 256, however many names the conditions tell apart."""
    names = ("service", "category", "requester", "service_criticality")
    many = policy(*((field(name).is_in("a", "b", "c", "d"), Raise(1)) for name in names))
    assert len(_circumstances(many)) == 256
