"""S3 for random tickets: every verdict is accepted, every single-field change is rejected.

That includes the raw verdict that stands beside the adjusted one (S10).
"""

from __future__ import annotations

import random

import attrs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmarks.mutate_verdicts import every_mutation, mutate
from itsm_core.errors import ItsmError
from itsm_core.sla import Evaluation, Verdict, evaluate, evaluate_regimes, verify
from itsm_core.spans import micros
from itsm_core.testing.sla_cases import SlaCase, random_agreement, random_case

EXAMPLES = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 1 << 32)


def judged(case: SlaCase) -> Evaluation:
    """Return the evaluation of a case; one in which no ticket was opened yet does not count."""
    try:
        return evaluate(case.history, case.agreement, as_of=case.as_of, known_at=case.known_at)
    except ItsmError:
        assume(False)
        raise


class TestS3Checker:
    """S3: the checker accepts what the evaluator says, and rejects any single changed field."""

    @EXAMPLES
    @given(seed=seeds)
    def test_every_verdict_is_accepted_when_judged_at_random(self, seed: int) -> None:
        """Two programs that share no arithmetic agree on every field and every line."""
        case = random_case(random.Random(seed))
        answer = verify(judged(case), case.history, case.agreement)
        assert answer.accepted, f"{answer.explain()}\n{case.code()}"

    @EXAMPLES
    @given(seed=seeds, pick=st.randoms(use_true_random=False))
    def test_every_change_is_rejected_when_made_at_random(
        self, seed: int, pick: random.Random
    ) -> None:
        """One field of a verdict, a clock or a ledger's line."""
        case = random_case(random.Random(seed))
        verdict = judged(case).verdict()
        mutation = pick.choice(list(every_mutation(verdict)))
        assert mutation.verdict != verdict, mutation.place
        assert not verify(mutation.verdict, case.history, case.agreement).accepted, mutation.place

    @EXAMPLES
    @given(seed=seeds)
    def test_every_verdict_is_identical_when_it_went_through_json(self, seed: int) -> None:
        """Whoever reads the text checks the very same claims (law R7)."""
        verdict = judged(random_case(random.Random(seed))).verdict()
        assert Verdict.loads(verdict.dumps()) == verdict

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=seeds)
    def test_every_verdict_is_accepted_when_the_agreement_changed_once(self, seed: int) -> None:
        """The second agreement has its own goals and rules, on the calendar of the first."""
        rng = random.Random(seed)
        case, (other, _) = random_case(rng), random_agreement(rng)
        first = min(event.occurred_us for event in case.history)
        calendar = case.agreement.calendar
        before, after = (
            attrs.evolve(
                agreement,
                calendar=calendar,
                targets=tuple(attrs.evolve(target, calendar=None) for target in agreement.targets),
            )
            for agreement in (case.agreement, other)
        )
        change = rng.randint(first, max(first, micros(case.as_of)))
        regimes = ((first - 1, before), (change + 1, after))
        try:
            evaluation = evaluate_regimes(case.history, regimes, as_of=case.as_of)
        except ItsmError:
            assume(False)
            raise
        answer = verify(evaluation, case.history, regimes)
        assert answer.accepted, answer.explain()

    def test_a_run_of_the_benchmark_is_clean_when_it_is_short(self) -> None:
        """`make mutate-verdicts` runs ten thousand of them."""
        result = mutate(count=200, seed=7)
        assert (result.refused_wrongly, result.accepted_wrongly) == ((), ())
        assert result.rejected == result.mutations == 200
