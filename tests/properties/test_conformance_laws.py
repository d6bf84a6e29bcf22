"""Law L8 on cases that nobody thought of."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.conformance import DESK, ENDINGS, possible_missing
from itsm_core.lifecycle import (
    INCIDENT,
    CaseConformance,
    conformance,
    conformance_of_cases,
    discover,
)

Event = tuple[str, str, int]
STATES = tuple(DESK.categories)
ANY_NAMES = st.sampled_from(("new", "a", "b", "on hold", "resolved", "closed", "cancelled"))

traces = st.lists(st.sampled_from(STATES), min_size=1, max_size=12).map(tuple)


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Return events of a few cases, mixed as they come."""
    cases = st.sampled_from(("A", "B", "C", "D"))
    told = draw(st.lists(st.tuples(cases, ANY_NAMES), min_size=1, max_size=40))
    return [(case_id, name, at) for at, (case_id, name) in enumerate(told)]


def once(trace: tuple[str, ...]) -> tuple[str, ...]:
    """Return the trace without states told again."""
    return tuple(name for at, name in enumerate(trace) if not at or trace[at - 1] != name)


def judged(trace: tuple[str, ...]) -> CaseConformance:
    """Return what comes of one case."""
    events = [("A", name, at) for at, name in enumerate(trace)]
    (case,) = conformance_of_cases(DESK, events)
    return case


class TestConformance:
    """L8. A foreign event log can be checked against a lifecycle: per-case fitness, each
    deviation named.
    """

    @given(traces)
    def test_tokens_are_those_of_a_replay_when_each_choice_is_tried(
        self, trace: tuple[str, ...]
    ) -> None:
        """The slow replay follows every choice of a token; ours is one of its results."""
        assert judged(trace).missing in possible_missing(once(trace), triggers=False)

    @given(traces)
    def test_tokens_balance_when_a_case_is_over(self, trace: tuple[str, ...]) -> None:
        """What was lent is left over, and each move makes as much as it takes."""
        case = judged(trace)
        assert case.produced == case.consumed == len(once(trace)) + 1
        assert case.remaining == case.missing
        assert 0.0 <= case.fitness_ratio <= 1.0

    @given(traces)
    def test_case_fits_when_and_only_when_every_step_is_a_move(
        self, trace: tuple[str, ...]
    ) -> None:
        """By the definition, step by step; the place of each deviation is the step before it."""
        moves = {(s, each.target) for each in DESK.transitions for s in each.sources or ("",)}
        steps = list(pairwise(("", *once(trace))))
        wrong = [step for step in steps if step not in moves]
        case = judged(trace)
        named = [(each.place, each.came) for each in case.deviations if each.came]
        assert named == wrong
        assert case.fits == (not wrong and trace[-1] in ENDINGS)
        assert case.fits == (case.missing == 0)

    @given(logs())
    def test_log_is_the_sum_of_its_cases_when_they_are_mixed(self, log: list[Event]) -> None:
        """Cases do not touch each other, however their events are mixed."""
        together = list(conformance_of_cases(INCIDENT, log))
        apart = {
            case.case_id: case
            for case_id in {event[0] for event in log}
            for case in conformance_of_cases(INCIDENT, [e for e in log if e[0] == case_id])
        }
        assert {case.case_id: case for case in together} == apart
        whole = conformance(INCIDENT, log)
        assert whole.cases == len(apart)
        assert whole.fitting_cases == sum(case.fits for case in together)
        assert whole.missing == sum(case.missing for case in together)
        assert whole.deviation_count == sum(case.deviation_count for case in together)
        assert sum(kind.count for kind in whole.deviations) == whole.deviation_count

    @given(logs())
    def test_result_is_the_same_when_the_log_is_grouped(self, log: list[Event]) -> None:
        """One case at a time in memory gives what all of them at once give."""
        grouped = sorted(log, key=lambda event: event[0])
        one = conformance(INCIDENT, grouped, cases_end="with_next_case")
        assert one == conformance(INCIDENT, grouped)


class TestDiscovery:
    """L8. A lifecycle can be proposed from a log."""

    @given(logs())
    def test_log_fits_its_own_proposal_when_nothing_is_left_out(self, log: list[Event]) -> None:
        """Without a threshold, a log has no deviation from what was read out of it."""
        proposal = discover(log)
        found = conformance(proposal, log)
        assert found.fits
        assert found.fitness_ratio == 1.0
        assert proposal.left_out == ()

    @given(logs())
    def test_log_fits_the_lifecycle_when_it_passed_the_checks(self, log: list[Event]) -> None:
        """Cases may rest where they rested, and begin where the lifecycle opens."""
        proposal = discover(log)
        if proposal.lifecycle is None:
            assert proposal.faults
            return
        endings = [each.source for each in proposal.endings]
        found = conformance(proposal.lifecycle, log, endings=endings)
        begun = {each.target for each in proposal.beginnings}
        assert {each.code for each in found.deviations} <= {"wrong-beginning"}
        assert found.fits == (begun == {proposal.lifecycle.initial})

    @given(logs(), st.floats(0.0, 0.9))
    def test_moves_are_kept_or_listed_when_there_is_a_threshold(
        self, log: list[Event], noise: float
    ) -> None:
        """Nothing disappears in silence, and the counts stay those of the log."""
        whole, kept = discover(log), discover(log, noise_ratio=noise)
        parts = (*kept.beginnings, *kept.moves, *kept.endings, *kept.left_out)
        assert set(parts) == {*whole.beginnings, *whole.moves, *whole.endings}
        assert len(parts) == len(set(parts))
