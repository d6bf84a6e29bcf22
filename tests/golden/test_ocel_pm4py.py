"""Our event logs as pm4py reads them: every event, case, object and relation is there.

What pm4py found is in `ocel_pm4py.json`, made by `python -m benchmarks.interop --golden`; pm4py
itself is too heavy to be a dependency of the tests. What it should have found is counted from the
events, not from the files.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.interop import GOLDEN, ROWS, UCI, counts_of, exports, uci

FOUND: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))


def check(name: str, expected: dict[str, object]) -> None:
    """Compare what pm4py found in both files with what there is."""
    found = FOUND["logs"][name]
    assert found["ocel"] == expected
    assert found["xes"] == {key: expected[key] for key in found["xes"]}
    assert found["xes"].keys() >= {"events", "types", "cases", "first_us", "last_us"}


def test_pm4py_found_everything_when_it_read_the_sample_exports() -> None:
    """Tickets of ServiceNow, Jira and Zendesk."""
    check("exports", counts_of(exports()))


@pytest.mark.slow
def test_pm4py_found_everything_when_it_read_a_real_desk() -> None:
    """The first 12,000 rows of the UCI log."""
    if not UCI.exists():
        pytest.skip("the UCI log is not beside the repository")
    check("uci", counts_of(uci(ROWS)))
