"""Weights, tasks and agreements."""

from __future__ import annotations

import math

import pytest

from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.linking import (
    DEFAULT_MODEL,
    DUPLICATES,
    KNOWLEDGE,
    RECURRENCE,
    STORM,
    Agreement,
    LinkModel,
)
from itsm_core.linking._features import FEATURES


def test_default_model_weighs_every_measurement_as_speaking_for_a_link() -> None:
    """To share more never makes two tickets less alike."""
    assert set(DEFAULT_MODEL.weights) == set(FEATURES[:-1])
    assert all(weight > 0 for weight in DEFAULT_MODEL.weights.values())
    assert DEFAULT_MODEL.bias < 0


def test_vector_has_the_decay_of_the_task_as_the_weight_of_age() -> None:
    """A weight that is not given is 0."""
    model = LinkModel(name="m", weights={"title": 2.0}, bias=-1.0)
    assert model.vector(0.5) == (0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, -0.5)


def test_decay_depends_on_the_task() -> None:
    """Strong for storms and duplicates, weak for recurrences, none for known errors."""
    decays = [task.decay for task in (STORM, DUPLICATES, RECURRENCE, KNOWLEDGE)]
    assert decays == sorted(decays, reverse=True)
    assert decays[-1] == 0.0 < decays[-2]


def test_model_is_refused_with_every_wrong_weight_at_once() -> None:
    """A name that is not measured, a number that is none, and what was meant."""
    with pytest.raises(DefinitionError) as caught:
        LinkModel(name="m", weights={"titel": 1.0, "score": math.nan}, bias=1e9)
    assert len(caught.value.faults) == 3
    assert "did you mean 'title'" in str(caught.value)


@pytest.mark.parametrize(
    ("share", "same", "different"),
    [(0.01, math.log(80), math.log(0.2 / 0.99)), (0.5, math.log(1.6), math.log(0.4))],
)
def test_agreement_weighs_as_fellegi_and_sunter_do(
    share: float, same: float, different: float
) -> None:
    """ln(m / u) and ln((1 - m) / (1 - u)), worked out by hand for m = 0.8."""
    agreement = Agreement(field="configuration_item_id", agreement_ratio=0.8)
    assert agreement.same(share) == pytest.approx(same)
    assert agreement.different(share) == pytest.approx(different)


def test_rare_value_in_common_says_more() -> None:
    """One of a thousand against one of two."""
    agreement = Agreement(field="service")
    assert agreement.same(0.001) > agreement.same(0.5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_agreement_is_finite_when_all_or_none_have_the_value(share: float) -> None:
    """No count of tickets makes a fact certain."""
    agreement = Agreement(field="service")
    assert math.isfinite(agreement.same(share) + agreement.different(share))


@pytest.mark.parametrize("given", [{"field": "ci"}, {"agreement_ratio": 0.0},
                                   {"agreement_ratio": 1.0}])  # fmt: skip
def test_agreement_is_refused_when_it_could_not_be_weighed(given: dict[str, object]) -> None:
    """An unknown field, a share at its bounds."""
    with pytest.raises(InvalidValue):
        Agreement(**{"field": "service", **given})  # type: ignore[arg-type]
