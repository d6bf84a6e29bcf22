"""Staffing, and when not to believe it (law M3)."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Demand, agents_needed, rostered, staffed

DESK = Demand(calls=100, period_seconds=1800, handle_seconds=180)


def codes(demand: Demand, agents: int) -> list[str]:
    """Return what is doubtful."""
    return [fault.code for fault in staffed(demand, agents, target_seconds=20).warnings]


def test_load_is_calls_times_handling_when_asked() -> None:
    """100 calls of 3 minutes in half an hour keep ten busy."""
    assert DESK.load == pytest.approx(10)


def test_staffing_is_silent_when_its_assumptions_hold() -> None:
    """Even arrivals, nobody gives up, enough agents."""
    assert codes(attrs.evolve(DESK, arrivals=(18, 16, 15, 17, 18, 16)), 14) == []


@pytest.mark.parametrize("agents", [9, 10])
def test_staffing_warns_when_agents_cannot_carry_the_load(agents: int) -> None:
    """Ten erlangs are not carried by ten."""
    assert codes(DESK, agents) == ["load-reaches-agents"]
    patient = attrs.evolve(DESK, patience_seconds=60)
    assert codes(patient, agents) == ["load-reaches-agents"]
    (fault,) = staffed(patient, agents, target_seconds=20).warnings
    assert "only because callers give up" in fault.remedy


def test_staffing_warns_when_callers_gave_up_and_the_formula_ignores_it() -> None:
    """With patience given, Erlang A takes care of it."""
    told = attrs.evolve(DESK, abandoned_ratio=0.04)
    assert codes(told, 14) == ["abandonment-ignored"]
    assert codes(attrs.evolve(told, patience_seconds=60), 14) == []


def test_staffing_warns_when_calls_come_in_a_rush() -> None:
    """A hundred calls, most of them in five minutes, are not one period."""
    assert codes(attrs.evolve(DESK, arrivals=(5, 5, 5, 70, 10, 5)), 14) == ["arrivals-not-steady"]
    assert codes(attrs.evolve(DESK, arrivals=(0, 0)), 14) == []


def test_fewest_agents_suffice_and_one_less_does_not_when_needed() -> None:
    """By the definition, over loads and with patience."""
    for calls in (1, 37, 400):
        for patience in (None, 90.0):
            demand = attrs.evolve(DESK, calls=calls, patience_seconds=patience)
            found = agents_needed(demand, target_seconds=20, answered_ratio=0.8)
            assert found.waiting.served_within_ratio >= 0.8
            if found.agents > 1:
                less = staffed(demand, found.agents - 1, target_seconds=20)
                assert less.waiting.served_within_ratio < 0.8


def test_patience_saves_agents_when_callers_give_up() -> None:
    """Erlang C asks for more than are needed where callers give up."""
    wanted = {"target_seconds": 20, "answered_ratio": 0.8}
    patient = agents_needed(attrs.evolve(DESK, patience_seconds=60), **wanted)
    assert (patient.model, patient.agents < agents_needed(DESK, **wanted).agents) == (
        "Erlang A",
        True,
    )


def test_roster_is_not_one_too_many_when_it_divides_evenly() -> None:
    """14 / 0.7 is 20, though floats make it a little more."""
    assert rostered(14, shrinkage_ratio=0.3) == 20
    assert rostered(14, shrinkage_ratio=0) == 14
    assert rostered(15, shrinkage_ratio=0.3) == 22


def test_staffing_is_refused_when_its_demand_is_impossible() -> None:
    """No calls, a share in percent, all of them away, more agents than there are."""
    with pytest.raises(InvalidValue, match="calls"):
        Demand(calls=0, period_seconds=1, handle_seconds=1)
    with pytest.raises(InvalidValue, match=r"0\.95"):
        agents_needed(DESK, target_seconds=20, answered_ratio=80)
    with pytest.raises(InvalidValue, match="shrinkage"):
        rostered(1, shrinkage_ratio=1)
    huge = attrs.evolve(DESK, calls=1e9)
    with pytest.raises(InvalidValue, match="more agents"):
        agents_needed(huge, target_seconds=20, answered_ratio=0.8)
