"""Learning a desk's own weights, against examples whose answer is known."""

from __future__ import annotations

import math
import random

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking import RankingExample, ranking_example, train_model
from itsm_core.linking._features import FEATURES
from itsm_core.linking._training import _solved
from tests.unit.linking.texts import index_of, text

TITLE, AGE = FEATURES.index("title"), FEATURES.index("age")


def row(rng: random.Random) -> tuple[float, ...]:
    """Return random measurements."""
    return tuple(rng.random() for _ in FEATURES)


def examples(number: int, seed: int = 1) -> list[RankingExample]:
    """Return lists from which the match was drawn with odds exp(4 title - 2 age)."""
    rng = random.Random(seed)
    found = []
    for _ in range(number):
        rows = [row(rng) for _ in range(12)]
        shares = [math.exp(4.0 * each[TITLE] - 2.0 * each[AGE]) for each in rows]
        (match,) = rng.choices(rows, shares)
        others = tuple(each for each in rows if each is not match)
        found.append(RankingExample(matches=(match,), others=others))
    return found


def test_training_finds_the_weights_behind_the_choices() -> None:
    """Their ratio is that with which the matches were drawn; the rest is near 0."""
    trained = train_model(examples(1_500), name="desk-1", ridge=0.1)
    weights = trained.model.weights
    assert trained.decay / weights["title"] == pytest.approx(0.5, abs=0.12)
    others = [abs(weights[name]) for name in FEATURES[:-1] if name != "title"]
    assert max(others) < 0.15 * weights["title"]
    assert (trained.model.name, trained.examples) == ("desk-1", 1_500)


def test_training_gives_the_share_of_matches_as_mean_probability() -> None:
    """The bias is such that the sum is a log-odds: one of twelve matches here."""
    told = examples(400)
    trained = train_model(told, name="desk-1")
    vector = trained.model.vector(trained.decay)
    rows = [each for example in told for each in (*example.matches, *example.others)]
    sums = [trained.model.bias + sum(w * x for w, x in zip(vector, r, strict=True)) for r in rows]
    mean = sum(1 / (1 + math.exp(-each)) for each in sums) / len(sums)
    assert mean == pytest.approx(1 / 12, abs=1e-4)


def test_training_shrinks_weights_when_the_ridge_is_wide() -> None:
    """More ridge, less trust in few examples: title and age count more alike with the rest."""
    told = examples(60)
    narrow, wide = (train_model(told, name="m", ridge=ridge).model.weights for ridge in (0.01, 500))
    spread = [max(map(abs, w.values())) for w in (narrow, wide)]
    assert spread[0] != pytest.approx(spread[1])


def test_training_is_the_same_twice() -> None:
    """No chance in it."""
    assert train_model(examples(50), name="m") == train_model(examples(50), name="m")


def test_training_is_refused_with_too_few_examples() -> None:
    """Nineteen with a match; those without do not count."""
    nobody = RankingExample(matches=(), others=((0.0,) * len(FEATURES),))
    with pytest.raises(InvalidValue, match="too few"):
        train_model([*examples(19), *[nobody] * 50], name="m")


@pytest.mark.parametrize("ridge", [0.0, -1.0, math.inf])
def test_training_is_refused_without_a_ridge(ridge: float) -> None:
    """Without one, weights could grow without end."""
    with pytest.raises(InvalidValue, match="ridge"):
        train_model(examples(30), name="m", ridge=ridge)


def test_example_parts_matches_from_others_and_leaves_copies_out() -> None:
    """What was measured, in two heaps."""
    index = index_of(*(text(name, "mail") for name in "ABCD"))
    found = ranking_example(index, text("Q", "mail"), [TicketId("A")], without=[TicketId("B")])
    assert (len(found.matches), len(found.others)) == (1, 2)


def test_elimination_solves_a_system_worked_out_by_hand() -> None:
    """2x + y = 5, x + 3y = 10: x = 1, y = 3; the pivot may lie below."""
    assert _solved([[2.0, 1.0], [1.0, 3.0]], [5.0, 10.0]) == pytest.approx([1.0, 3.0])
    assert _solved([[0.0, 1.0], [2.0, 0.0]], [3.0, 4.0]) == pytest.approx([2.0, 3.0])
