"""Every field of a definition: how it is refused, and what it means when nothing is said."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import timedelta

import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours, WorkingTime
from itsm_core.conditions import Condition
from itsm_core.errors import DefinitionError
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    FACTS,
    Leg,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)

FOUR = timedelta(hours=4)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
RESPONSE = ServiceLevelTarget(metric="response", goals={"P1": FOUR})
RESOLUTION = ServiceLevelTarget(metric="resolution", goals={"P1": FOUR, "P2": 2 * FOUR})


def agreement(**more: object) -> ServiceLevelAgreement:
    """Return an agreement with something special."""
    fields: dict[str, object] = {
        "agreement_id": AgreementId("gold"),
        "calendar": OFFICE,
        "targets": (RESPONSE, RESOLUTION),
    }
    return ServiceLevelAgreement(**(fields | more))  # type: ignore[arg-type]


def target(**more: object) -> ServiceLevelTarget:
    """Return a target with something special."""
    return ServiceLevelTarget(metric="response", goals={"P1": FOUR}, **more)  # type: ignore[arg-type]


def places(make: Callable[[], object]) -> list[tuple[str, str, str]]:
    """Return the code, the place and the value of each fault of a refused definition."""
    with pytest.raises(DefinitionError) as caught:
        make()
    assert all(each.remedy for each in caught.value.faults)
    return [(each.code, each.where, each.value) for each in caught.value.faults]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"reason": " ", "budget": FOUR}, ("empty", "reason", "' '")),
        ({"reason": 7, "budget": FOUR}, ("wrong-type", "reason", "7")),
        ({"needs_evidence": "yes"}, ("wrong-type", "needs_evidence", "'yes'")),
        ({}, ("no-limit", "pause limit", "parts")),
        ({"longest": "8 h"}, ("not-a-goal", "longest", "'8 h'")),
        ({"longest": ALWAYS}, ("not-a-goal", "longest", "ALWAYS")),
        ({"budget": 8}, ("wrong-type", "budget", "8")),
        ({"budget": -FOUR}, ("negative-budget", "budget", repr(-FOUR))),
    ],
)
def test_fault_of_a_pause_limit_has_its_code_its_place_and_the_value(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """What programs show beside the field."""
    fields: dict[str, object] = {"reason": "parts"}
    assert places(lambda: PauseLimit(**(fields | change))) == [expected]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metric": "slow"}, ("unknown-metric", "metric", "'slow'")),
        ({"rules": "mine"}, ("wrong-type", "rules", "'mine'")),
        ({"rules": None}, ("wrong-type", "rules", "None")),
        ({"calendar": "office"}, ("wrong-type", "calendar", "'office'")),
        ({"name": 5}, ("wrong-type", "name", "5")),
        ({"pause_on": 5}, ("wrong-type", "pause_on", "5")),
        ({"pause_on": ["parts", ""]}, ("empty", "pause_on[0]", "''")),
        ({"pause_limits": ["parts"]}, ("wrong-type", "pause_limits[0]", "'parts'")),
        ({"goals": {5: FOUR}}, ("wrong-type", "goals[5]'s priority", "5")),
        ({"goals": {" ": FOUR}}, ("empty", "goals[ ]'s priority", "' '")),
        ({"warn_at_ratios": 0.5}, ("wrong-type", "warn_at_ratios", "0.5")),
        ({"warn_at_ratios": ["half"]}, ("wrong-type", "warn_at_ratios[0]", "'half'")),
        ({"warn_at_ratios": [True]}, ("wrong-type", "warn_at_ratios[0]", "True")),
        ({"warn_at_ratios": [0]}, ("warning-ratio", "warn_at_ratios", "0")),
        ({"warn_at_ratios": [1]}, ("warning-ratio", "warn_at_ratios", "1")),
        ({"metric": "uc"}, ("no-rules", "rules", "")),
    ],
)
def test_fault_of_a_field_of_a_target_has_its_code_its_place_and_the_value(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """Each field has its own."""
    fields: dict[str, object] = {"metric": "response", "goals": {"P1": FOUR}}
    assert places(lambda: ServiceLevelTarget(**(fields | change))) == [expected]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"agreement_id": ""}, ("empty", "agreement_id", "''")),
        ({"version": "1"}, ("wrong-type", "version", "'1'")),
        ({"title": 5}, ("wrong-type", "title", "5")),
        ({"calendar": None}, ("wrong-type", "calendar", "None")),
        ({"targets": ["fast"]}, ("wrong-type", "targets[0]", "'fast'")),
        ({"precedence": "high"}, ("wrong-type", "precedence", "'high'")),
        ({"version_rule": "newest"}, ("unknown-version-rule", "version_rule", "'newest'")),
        ({"breach_reasons": ["vendor", 5]}, ("wrong-type", "breach_reasons[1]", "5")),
        ({"legs": ["net"]}, ("wrong-type", "legs[0]", "'net'")),
    ],
)
def test_fault_of_a_field_of_an_agreement_has_its_code_its_place_and_the_value(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """Each field has its own."""
    assert places(lambda: agreement(**change)) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"clock": ""}, ("empty", "clock", "''")),
        ({"leg_clock": 5}, ("wrong-type", "leg_clock", "5")),
        ({"agreement": "net"}, ("wrong-type", "agreement", "'net'")),
    ],
)
def test_fault_of_a_leg_has_its_code_its_place_and_the_value(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """A leg is told by two names and an agreement."""
    fields: dict[str, object] = {"clock": "response", "agreement": agreement(), "leg_clock": "ola"}
    assert places(lambda: Leg(**(fields | change))) == [expected]  # type: ignore[arg-type]


def test_every_target_that_is_promised_twice_is_named_once() -> None:
    """In the order of the alphabet."""
    targets = (RESPONSE, RESOLUTION, RESPONSE, RESOLUTION)
    assert places(lambda: agreement(targets=targets)) == [
        ("target-twice", "targets", "resolution"),
        ("target-twice", "targets", "response"),
    ]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (PauseLimit, ("parts", FOUR)),
        (ServiceLevelTarget, ("response", "response", FOUR)),
        (Leg, ("response", None, "ola")),
        (ServiceLevelAgreement, ("gold", 1, "", OFFICE, (RESPONSE,))),
    ],
)
def test_definition_is_refused_when_a_field_is_not_named(
    kind: type, values: tuple[object, ...]
) -> None:
    """Another order of the fields must never give them another meaning."""
    with pytest.raises(TypeError, match="positional"):
        kind(*values)


def test_targets_are_equal_and_hash_alike_when_they_promise_the_same() -> None:
    """Goals are a mapping, which has no hash of its own."""
    again = ServiceLevelTarget(metric="response", goals={"P1": FOUR})
    assert (again, hash(again)) == (RESPONSE, hash(RESPONSE))


def test_goal_of_a_listed_priority_goes_before_that_of_any_other() -> None:
    """`*` is for what is not listed; without it nothing is promised."""
    target = ServiceLevelTarget(metric="response", goals={"*": 2 * FOUR, "P1": FOUR})
    assert target.goal_for("P1") == WorkingTime(FOUR)
    assert target.goal_for("P2") == WorkingTime(2 * FOUR)
    assert RESPONSE.goal_for("P2") is None


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (None, "category is on_hold"),
        ({"b", "a"}, "hold_reason in (a, b)"),
        ({"a"}, "hold_reason in (a)"),
        ((), None),
    ],
)
def test_pause_is_that_of_the_reasons_in_place_of_the_metric_s(
    reasons: set[str] | None, expected: str | None
) -> None:
    """No reason at all is no pause; nothing said is what the metric says."""
    made = ServiceLevelTarget(metric="agent_work", goals=FOUR, pause_on=reasons).pause
    assert (None if made is None else str(Condition(schema=FACTS, rule=made))) == expected


def test_agreement_pickles_when_it_has_been_used() -> None:
    """What is made of it once holds closures, and is made again."""
    made = agreement()
    assert (made.plan is made.plan, made.content_hash) == (True, made.content_hash)
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert "plan" not in vars(again)
    assert vars(again)["content_hash"] == made.content_hash


def test_target_of_a_name_is_found_or_none() -> None:
    """By the name, which two targets of one metric have each for itself."""
    second = ServiceLevelTarget(metric="response", name="second", goals=FOUR)
    made = agreement(targets=(RESPONSE, second))
    assert [made.target(name) for name in ("second", "response", "third")] == [
        second,
        RESPONSE,
        None,
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: target(pause_limits=["parts"]), "'parts' is not a PauseLimit"),
        (lambda: target(pause_limits=5), "5 is not a list of PauseLimits"),
        (lambda: target(pause_on=5), "5 is not a list of hold reasons"),
        (lambda: target(warn_at_ratios=0.5), "0.5 is not a list of shares"),
        (lambda: agreement(targets=["fast"]), "'fast' is not a ServiceLevelTarget"),
        (lambda: agreement(legs=["net"]), "'net' is not a Leg"),
        (lambda: agreement(breach_reasons=5), "5 is not a list of texts"),
    ],
)
def test_list_of_something_else_is_told_with_what_it_should_hold(
    make: Callable[[], object], message: str
) -> None:
    """By the name of the class, or in words."""
    with pytest.raises(DefinitionError) as caught:
        make()
    assert [each.message for each in caught.value.faults] == [message]
