"""The evaluator against the oracle of service levels, on some hundred tickets in every run.

The random agreements and histories hold all that a clock may do, so that agreement shows that a
clock is a pure fold (S1) with a ledger that sums (S2), for every metric (S5), under rules in their
order (S6), through retargeting (S7), reopening (S8), limited pauses (S9) and exclusions (S10), on
two time lines (S14). The same comparison, 50,000 tickets long, is the task `make fuzz-sla`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings

from benchmarks import fuzz_sla
from benchmarks.fuzz_sla import case_of, compare, fuzz
from itsm_core.events import TicketEvent, TicketResumed
from itsm_core.sla import Evaluation, ServiceLevelAgreement, evaluate
from itsm_core.testing.oracle import OutsideWindow
from itsm_core.testing.sla_cases import SlaCase
from itsm_core.testing.strategies import sla_cases


@pytest.mark.parametrize("seed", range(4))
def test_evaluate_equals_oracle_on_seeded_cases(seed: int) -> None:
    """A hundred tickets a seed, under agreements of random rules, around clock changes."""
    result = fuzz(cases=100, seed=30_000 + seed)
    assert result.differing == {}
    assert result.cases + result.skipped == 100
    assert result.clocks >= 50


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(case=sla_cases())
def test_evaluate_equals_oracle_on_drawn_cases(case: SlaCase) -> None:
    """Hypothesis looks for a ticket of its own, and shrinks it."""
    try:
        found, _ = compare(case)
    except OutsideWindow:
        assume(False)
        return
    assert found == ()


def _deaf(
    history: Iterable[TicketEvent],
    agreement: ServiceLevelAgreement,
    *,
    as_of: datetime,
    known_at: datetime | None,
) -> Evaluation:
    """Never hear that work went on after a hold."""
    heard = [event for event in history if not isinstance(event, TicketResumed)]
    return evaluate(heard, agreement, as_of=as_of, known_at=known_at)


def test_wrong_evaluator_is_found_and_replayed_by_its_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report names the seed of the case, and that seed shows the difference again."""
    monkeypatch.setattr(fuzz_sla, "evaluate", _deaf)
    assert fuzz_sla.main(["--cases", "150", "--processes", "1", "--seed", "5"]) == 1
    printed = capsys.readouterr().out
    assert "seed 5" in printed
    seed = printed.partition("--replay ")[2].partition(")")[0]
    assert compare(case_of(seed))[0]
    assert fuzz_sla.main(["--replay", seed]) == 1
    assert "the oracle says" in capsys.readouterr().out


def test_fuzz_in_two_processes_equals_one() -> None:
    """Case N of seed S is the same wherever it runs."""
    one, two = (fuzz(cases=240, seed=6, processes=number) for number in (1, 2))
    assert (one.clocks, one.states, one.differing) == (two.clocks, two.states, two.differing)
