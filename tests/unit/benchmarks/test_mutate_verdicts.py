"""The benchmark of the checker: what it changes, and what it reports."""

from __future__ import annotations

import random

import pytest

from benchmarks import mutate_verdicts
from benchmarks.mutate_verdicts import every_mutation, main, mutate
from itsm_core.sla import Verification, evaluate
from itsm_core.testing.sla_cases import random_case


def test_every_mutation_is_another_verdict_when_made() -> None:
    """A change that changes nothing would be counted as one that the checker missed."""
    cases = (random_case(random.Random(seed)) for seed in range(20))
    verdicts = (
        evaluate(case.history, case.agreement, as_of=case.as_of).verdict() for case in cases
    )
    verdict = next(each for each in verdicts if any(len(clock.ledger) > 3 for clock in each.clocks))
    mutations = list(every_mutation(verdict))
    places = {mutation.place for mutation in mutations}
    assert len(mutations) > 100
    assert len(places) > 50
    assert all(mutation.verdict != verdict for mutation in mutations)


def test_result_is_the_same_when_the_seed_is() -> None:
    """Case N of seed S is the same on every machine."""
    first, second = mutate(count=30, seed=5), mutate(count=30, seed=5)
    assert (first.lines, first.verdicts) == (second.lines, second.verdicts)


def test_exit_code_is_0_when_nothing_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    """With the counts and the seed in one line."""
    assert main(["--count", "20", "--seed", "9"]) == 0
    told = capsys.readouterr().out
    assert "20 mutations, 20 rejected, 0 accepted wrongly" in told
    assert "seed 9" in told


@pytest.mark.parametrize("accepted", [True, False])
def test_exit_code_is_1_when_the_checker_is_broken(
    accepted: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that accepts everything, and one that is asked for 20 and refuses the first 40."""
    asked: list[object] = []

    def broken(*_: object) -> Verification:
        asked.append(None)
        refuses = not accepted and len(asked) <= 40
        return Verification(accepted=not refuses, discrepancies=())

    monkeypatch.setattr(mutate_verdicts, "verify", broken)
    assert main(["--count", "20", "--seed", "2"]) == 1
    assert "accepted wrongly" in capsys.readouterr().out
