"""Token replay by us and by pm4py: equal verdicts, equal tokens (law L8).

What pm4py said is in `conformance_pm4py.json`, made by `python -m benchmarks.conformance --golden`;
pm4py itself is too heavy to be a dependency of the tests.
"""

from __future__ import annotations

import pytest

from benchmarks.conformance import UCI, differences, possible_missing


@pytest.mark.slow
def test_replay_equals_pm4py_when_a_hundred_thousand_cases_are_generated() -> None:
    """No verdict differs, and no count where pm4py's own does not depend on a set's order."""
    for name, found in differences(with_uci=False).items():
        assert (name, found.cases, found.verdicts, found.counts) == (name, 50_000, 0, 0)
        assert found.undefined < 1_000


@pytest.mark.slow
def test_replay_equals_pm4py_when_the_log_is_a_real_desk() -> None:
    """24,918 incidents of one desk; pm4py defines a result for each of them."""
    if not UCI.exists():
        pytest.skip("the UCI log is not beside the repository")
    found = differences()["uci"]
    assert (found.cases, found.verdicts, found.counts, found.undefined) == (24_918, 0, 0, 0)


def test_possible_missing_has_two_answers_when_two_tokens_could_be_taken() -> None:
    """A token lies in new and one in resolved; in_progress takes either, closed only the latter."""
    assert possible_missing(("new", "resolved", "closed"), triggers=False) == {0}
    trace = ("resolved", "new", "in_progress", "closed")
    assert possible_missing(trace, triggers=False) == {1, 2}
