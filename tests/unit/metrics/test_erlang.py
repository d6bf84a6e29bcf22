"""Erlang's formulas against a simulation; tables are in tests/golden/test_reference_values.py.

Law M3.
"""

from __future__ import annotations

from math import exp

import pytest

from benchmarks.queues import simulated
from itsm_core.errors import InvalidValue
from itsm_core.metrics import (
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_c_quantile,
    halfin_whitt,
    offered_load,
)


def test_blocking_is_that_of_a_simulation_when_nobody_can_wait() -> None:
    """Within three standard errors."""
    found = simulated(1, load=6, agents=8, can_wait=False)
    assert found.distance("abandoned_ratio", erlang_b(6, 8)) < 3


def test_waiting_is_that_of_a_simulation_when_everybody_waits() -> None:
    """Erlang C: who waits, how long, how many in time, each within three standard errors."""
    told, found = erlang_c(6, 8, target=0.3), simulated(2, load=6, agents=8, target=0.3)
    assert told.mean_wait is not None
    assert found.distance("wait_ratio", told.wait_ratio) < 3
    assert found.distance("mean_wait", told.mean_wait) < 3
    assert found.distance("served_within_ratio", told.served_within_ratio) < 3


@pytest.mark.parametrize(("load", "agents", "patience"), [(6, 8, 0.5), (10, 8, 2.0), (3, 3, 5.0)])
def test_giving_up_is_that_of_a_simulation_when_patience_ends(
    load: float, agents: int, patience: float
) -> None:
    """Erlang A, also in overload: four figures, each within three standard errors."""
    told = erlang_a(load, agents, patience=patience, target=0.2)
    found = simulated(3, load=load, agents=agents, patience=patience, target=0.2)
    assert told.mean_wait is not None
    assert found.distance("wait_ratio", told.wait_ratio) < 3
    assert found.distance("abandoned_ratio", told.abandoned_ratio) < 3
    assert found.distance("mean_wait", told.mean_wait) < 3
    assert found.distance("served_within_ratio", told.served_within_ratio) < 3


def test_impatient_desk_is_the_patient_one_when_patience_is_long() -> None:
    """Erlang A goes over into Erlang C."""
    patient, long = erlang_c(6, 8, target=0.3), erlang_a(6, 8, patience=1e7, target=0.3)
    assert long.wait_ratio == pytest.approx(patient.wait_ratio, rel=1e-5)
    assert long.mean_wait == pytest.approx(patient.mean_wait, rel=1e-5)
    assert long.served_within_ratio == pytest.approx(patient.served_within_ratio, rel=1e-5)


def test_everybody_is_answered_or_gone_when_the_target_is_far() -> None:
    """All who did not give up are answered some time."""
    told = erlang_a(10, 8, patience=2, target=1e6)
    assert told.served_within_ratio == pytest.approx(1 - told.abandoned_ratio)


def test_overload_is_finite_when_it_is_far_beyond_the_agents() -> None:
    """A thousand erlangs for one agent: one is served at a time, all others give up."""
    told = erlang_a(1_000, 1, patience=10)
    assert told.abandoned_ratio == pytest.approx(0.999, abs=1e-9)
    assert told.queue_length == pytest.approx(9_990, rel=1e-6)
    assert told.occupancy_ratio == pytest.approx(1)


def test_nobody_waits_when_agents_are_many() -> None:
    """Chances below what floats hold are zero, and nothing divides by them."""
    assert erlang_b(0.001, 400) == 0
    assert erlang_c(0.001, 400).served_within_ratio == 1
    assert erlang_a(0.001, 400, patience=1).abandoned_ratio == 0


def test_queue_grows_for_ever_when_the_load_is_the_agents() -> None:
    """No long run: everybody waits, and there is no mean."""
    told = erlang_c(8, 8)
    assert (told.wait_ratio, told.mean_wait, told.queue_length) == (1, None, None)
    assert told.served_within_ratio == 0


@pytest.mark.parametrize(
    ("target", "share"), [(7, 0.00427150), (8, 0.27276457), (8.2, 0.39074635), (9, 0.65121082)]
)
def test_share_in_time_is_right_when_an_overloaded_desk_has_a_long_target(
    target: float, share: float
) -> None:
    """150 erlangs on 100 agents: from the equations of a tagged caller, solved step by step.

    The chance of a wait of 8 handling times at once is below the least float, that after a
    thousand others is not.
    """
    found = erlang_a(150, 100, patience=20, target=target).served_within_ratio
    assert found == pytest.approx(share, abs=1e-7)


def test_wait_quantile_is_the_wait_that_so_many_exceed_when_asked_back() -> None:
    """The share that waits longer, by the exponential tail."""
    wait = erlang_c_quantile(6, 8, 0.9, handle_time=3)
    tail = erlang_c(6, 8).wait_ratio * exp(-(8 - 6) * wait / 3)
    assert tail == pytest.approx(0.1)
    assert erlang_c_quantile(1, 8, 0.9) == 0
    assert erlang_c_quantile(0, 8, 0.9) == 0


def test_load_is_found_again_when_its_blocking_is_asked() -> None:
    """One is the other backwards."""
    assert offered_load(erlang_b(7.5, 9), 9) == pytest.approx(7.5)
    assert offered_load(0.9, 1) == pytest.approx(9)  # A / (1 + A)


def test_large_desk_waits_as_the_rule_of_thumb_says_when_staffed_by_it() -> None:
    """Halfin and Whitt's limit: within a hundredth at 10,000 erlangs."""
    assert erlang_c(10_000, 10_100).wait_ratio == pytest.approx(halfin_whitt(1), abs=0.01)


def test_rule_of_thumb_is_nothing_when_agents_are_many() -> None:
    """Forty roots above the load the normal density has no digits left."""
    assert halfin_whitt(40) == 0


def test_formula_is_refused_when_its_desk_is_impossible() -> None:
    """Nobody to answer, a negative load, no patience at all, a quantile of an endless queue."""
    with pytest.raises(InvalidValue, match="agents"):
        erlang_c(1, 0)
    with pytest.raises(InvalidValue, match="load"):
        erlang_b(-1, 2)
    with pytest.raises(InvalidValue, match="patience"):
        erlang_a(1, 2, patience=0)
    with pytest.raises(InvalidValue, match="for ever"):
        erlang_c_quantile(8, 8, 0.9)
    with pytest.raises(InvalidValue, match="too long"):
        erlang_a(1e9, 1, patience=1e9)
    with pytest.raises(InvalidValue, match="more agents"):
        erlang_b(1, 10**12)
    with pytest.raises(InvalidValue, match="beta"):
        halfin_whitt(0)
