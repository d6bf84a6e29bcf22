"""The inputs of a priority, and what a desk knows of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import attrs
import pytest

from itsm_core.errors import CodecError, InvalidValue
from itsm_core.priority import PRIORITY_FACTS, PriorityDirectory, PriorityFacts

FACTS = PriorityFacts(
    impact="low",
    urgency="low",
    service="mail",
    requester="boss",
    configuration_item_id="srv-1",
)
KNOWN = PriorityDirectory(
    service_criticality={"mail": "high", "chat": "low"},
    configuration_item_criticality={"srv-1": "medium"},
    vips={"boss"},
)


def test_every_fact_is_declared_when_compared() -> None:
    """A condition reaches every input and nothing else."""
    assert {field.name for field in attrs.fields(PriorityFacts)} == set(PRIORITY_FACTS.fields)


def test_facts_fit_their_declaration_when_checked() -> None:
    """What the defaults leave open is legal."""
    assert PRIORITY_FACTS.faults_in(FACTS) == ()


@pytest.mark.parametrize("age", [timedelta(microseconds=-1), 5, None])
def test_facts_are_refused_when_the_age_is_none(age: object) -> None:
    """Nothing is younger than new, and a bare number has no unit."""
    with pytest.raises(InvalidValue, match="an age is a duration"):
        PriorityFacts(impact="low", urgency="low", age=cast("timedelta", age))


def test_facts_are_completed_when_the_directory_knows_more() -> None:
    """Criticality and VIP are looked up by what the ticket tells."""
    found = KNOWN.completed(FACTS)
    assert (found.service_criticality, found.configuration_item_criticality, found.vip) == (
        "high",
        "medium",
        True,
    )


def test_facts_stay_when_the_caller_states_them() -> None:
    """What was stated beats what is written down."""
    stated = attrs.evolve(FACTS, service_criticality="none")
    assert KNOWN.completed(stated).service_criticality == "none"


def test_facts_stay_open_when_the_directory_does_not_know() -> None:
    """An unknown service has no criticality, an unknown person is no VIP."""
    found = KNOWN.completed(PriorityFacts(impact="low", urgency="low", service="fax"))
    assert (found.service_criticality, found.configuration_item_criticality) == ("", "")
    assert not found.vip


def test_facts_are_the_same_when_the_directory_is_empty() -> None:
    """Nothing known, nothing changed."""
    assert PriorityDirectory().completed(FACTS) is FACTS


def test_directory_is_equal_when_written_in_another_order() -> None:
    """The order of a table means nothing."""
    other = PriorityDirectory(
        service_criticality={"chat": "low", "mail": "high"},
        configuration_item_criticality={"srv-1": "medium"},
        vips=["boss", "boss"],
    )
    assert (other, hash(other)) == (KNOWN, hash(KNOWN))


def test_directory_is_the_same_when_it_went_through_json() -> None:
    """R7: the identity both ways."""
    assert PriorityDirectory.from_json(KNOWN.to_json()) == KNOWN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vips": "boss"}, "directory.vips: not a list"),
        ({"service_criticality": []}, "directory.service_criticality: not an object"),
        ({"service_criticality": {"mail": 1}}, "service_criticality.mail: not a text"),
        ({"people": []}, "unknown key"),
    ],
)
def test_json_is_refused_when_it_is_no_directory(change: dict[str, object], message: str) -> None:
    """R7: exact types, and the place in the message."""
    with pytest.raises(CodecError, match=message):
        PriorityDirectory.from_json({**KNOWN.to_json(), **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vips": "boss"}, "a text is not a set"),
        ({"vips": 5}, "not a set of people"),
        ({"vips": [5]}, "people are named by texts"),
        ({"service_criticality": 5}, "a mapping of names"),
        ({"service_criticality": {"mail": 5}}, "texts to texts"),
    ],
)
def test_directory_is_refused_when_a_part_is_of_another_type(
    change: dict[str, object], message: str
) -> None:
    """What the types forbid, callers without a type checker still do."""
    with pytest.raises(InvalidValue, match=message):
        PriorityDirectory(**cast("Any", change))


def test_facts_are_unknown_when_only_the_levels_are_told() -> None:
    """An empty text is an input that nobody stated."""
    told = PriorityFacts(impact="low", urgency="low")
    assert attrs.astuple(told) == ("low", "low", "", "", "", "", "", "", False, timedelta(0))
