"""The engine against the minute oracle, on a few thousand seeded questions in every run (C11).

The same comparison, 200,000 questions long, is the task `make fuzz-calendars`.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_calendars import QUESTIONS, compare, fuzz
from itsm_core.testing import strategies as own
from itsm_core.testing.schedules import all_zones

NEAR = datetime(2026, 3, 29, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(4))
def test_engine_equals_oracle_on_seeded_cases(seed: int) -> None:
    """A thousand questions a seed, over odd schedules and both clock changes."""
    result = fuzz(cases=1000, seed=20_000 + seed)
    assert result.differences == ()
    assert result.cases >= 1000


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_engine_equals_oracle_on_drawn_cases(data: st.DataObject) -> None:
    """The same with drawn schedules, so that a failure shrinks to a small one."""
    schedule = data.draw(own.schedules(NEAR))
    engine = schedule.calendar()
    oracle = schedule.oracle(NEAR - timedelta(days=20), NEAR + timedelta(days=20))
    at = data.draw(own.edge_instants(schedule, NEAR))
    to = data.draw(own.edge_instants(schedule, NEAR))
    duration = data.draw(own.durations(timedelta(hours=30)))
    for question in QUESTIONS:
        assert not compare(question, engine, oracle, at, to, d=duration).differs


def test_fuzz_reaches_every_zone_and_question() -> None:
    """The zones are dealt out in turn, so a long run covers all of them."""
    names = all_zones()
    assert len(names) > 400
    assert {"Pacific/Apia", "America/St_Johns", "Africa/Casablanca"} <= set(names)
    assert random.Random(1).choice(names) in names
