"""A ranking with ties (law M2)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.errors import InvalidValue
from itsm_core.metrics import BetaPrior, Rate, scorecard

COUNTS = st.integers(1, 600).flatmap(
    lambda n: st.integers(0, n).map(lambda k: Rate(successes=k, trials=n))
)
PRIORS = st.builds(BetaPrior, a=st.floats(0.01, 1e5), b=st.floats(0.01, 1e5))


def desk(seed: int, people: int = 200) -> dict[str, Rate]:
    """Return agents with few tickets and with many, each with a true share of their own."""
    rng = random.Random(seed)
    rates: dict[str, Rate] = {}
    for number in range(people):
        trials = int(rng.paretovariate(0.6))
        share = rng.betavariate(6.1, 1.7)
        hits = sum(rng.random() < share for _ in range(min(trials, 2_000)))
        rates[f"agent {number}"] = Rate(successes=hits, trials=min(trials, 2_000))
    return rates


@given(others=st.dictionaries(st.sampled_from("abcdefgh"), COUNTS, max_size=8), prior=PRIORS)
def test_one_of_one_never_outranks_many_of_many_whoever_else_is_there(
    others: dict[str, Rate], prior: BetaPrior
) -> None:
    """Whatever the prior and the others: not by rank, and not by place in the list."""
    asked = {"novice": Rate(successes=1, trials=1), "expert": Rate(successes=523, trials=543)}
    lines = scorecard({**others, **asked}, prior=prior, small=1)
    rank = {line.name: line.rank for line in lines}
    names = [line.name for line in lines]
    assert (rank["novice"] or 0) >= (rank["expert"] or 0) > 0
    assert names.index("novice") > names.index("expert")


@given(rates=st.dictionaries(st.sampled_from("abcdefgh"), COUNTS, min_size=1), prior=PRIORS)
def test_two_tie_when_their_intervals_overlap(rates: dict[str, Rate], prior: BetaPrior) -> None:
    """Overlap gives one rank; of two ranks the better lies wholly above."""
    lines = scorecard(rates, prior=prior, small=1)
    ranked = [(line, line.rank) for line in lines if line.rank is not None]
    assert len(ranked) == len(lines)
    for one, rank in ranked:
        for other, other_rank in ranked:
            if one.interval.overlaps(other.interval):
                assert rank == other_rank
            if rank < other_rank:
                assert one.interval.is_above(other.interval)


def test_beginner_has_no_rank_and_joins_nobody_when_too_small_to_tell() -> None:
    """One ticket overlaps everybody's interval; it must not tie the first with the last."""
    rates = {
        "novice": Rate(successes=1, trials=1),
        "low": Rate(successes=300, trials=400),
        "high": Rate(successes=523, trials=543),
    }
    lines = scorecard(rates)
    assert [(line.name, line.rank, line.is_tied) for line in lines] == [
        ("high", 1, False),
        ("low", 2, False),
        ("novice", None, False),
    ]
    assert {line.rank for line in scorecard(rates, small=1)} == {1}


def test_ranks_leave_room_for_ties_when_counted() -> None:
    """Two tie for the first place; the next is third."""
    rates = {
        "a": Rate(successes=95, trials=100),
        "b": Rate(successes=93, trials=100),
        "c": Rate(successes=20, trials=100),
    }
    lines = scorecard(rates)
    assert [(line.name, line.rank, line.is_tied) for line in lines] == [
        ("a", 1, True),
        ("b", 1, True),
        ("c", 3, False),
    ]


def test_shrunk_figure_is_nearer_to_the_truth_when_simulated() -> None:
    """Over two hundred agents of known skill the squared error is less than half."""
    rng = random.Random(29)
    truth = {f"agent {n}": rng.betavariate(6.1, 1.7) for n in range(200)}
    rates = {}
    for name, share in truth.items():
        trials = rng.choice((1, 2, 3, 5, 40))
        rates[name] = Rate(
            successes=sum(rng.random() < share for _ in range(trials)), trials=trials
        )
    lines = scorecard(rates)
    raw = sum(((line.rate.ratio or 0) - truth[line.name]) ** 2 for line in lines)
    shrunk = sum((line.shrunk - truth[line.name]) ** 2 for line in lines)
    assert shrunk < raw / 2


def test_raw_best_are_small_groups_when_a_desk_is_large() -> None:
    """Everybody at 100 % has next to no tickets, and is said to be too small to tell."""
    lines = scorecard(desk(31))
    perfect = [line for line in lines if line.rate.ratio == 1]
    assert perfect
    assert sum(line.is_small for line in perfect) > 0.8 * len(perfect)


def test_nobody_has_a_line_when_they_had_no_cases() -> None:
    """Not last: absent."""
    prior = BetaPrior(a=1, b=1)
    lines = scorecard(
        {"a": Rate(successes=1, trials=2), "b": Rate(successes=0, trials=0)}, prior=prior
    )
    assert [line.name for line in lines] == ["a"]


def test_scorecard_is_refused_when_there_is_nothing_to_rank() -> None:
    """Nobody, or nobody with cases."""
    with pytest.raises(InvalidValue, match="nothing to rank"):
        scorecard({"a": Rate(successes=0, trials=0)})
