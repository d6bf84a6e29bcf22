"""What the names of a log mean in a lifecycle."""

from __future__ import annotations

from typing import Any, cast

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.lifecycle import INCIDENT, LogNames, conformance, discover
from itsm_core.lifecycle._net import compiled


@pytest.mark.parametrize(
    "names",
    [
        {"states": {"x": "new"}, "triggers": {"x": "open"}},
        {"states": {"x": "new"}, "ignored": ("x",)},
        {"triggers": {"x": "open"}, "ignored": ("x",)},
    ],
)
def test_names_are_refused_when_one_has_two_meanings(names: dict[str, Any]) -> None:
    """Which of the two would count is nobody's guess."""
    with pytest.raises(InvalidValue, match="two meanings: 'x'"):
        LogNames(**names)


def test_names_are_refused_when_they_are_no_mapping() -> None:
    """A list of names says nothing about what they mean."""
    with pytest.raises(InvalidValue, match="not a mapping of names"):
        LogNames(states=cast("Any", 7))


def test_ignored_names_are_refused_when_they_are_one_text() -> None:
    """A text would be a set of letters."""
    with pytest.raises(InvalidValue, match="names must be a list"):
        LogNames(ignored="abc")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (LogNames(states={"Done": "resolvd"}), "did you mean 'resolved'"),
        (LogNames(triggers={"Done": "resolv"}), "did you mean 'resolve'"),
    ],
)
def test_mapping_is_refused_when_the_lifecycle_does_not_have_the_target(
    names: LogNames, message: str
) -> None:
    """The refusal offers the closest name."""
    with pytest.raises(InvalidValue, match=message):
        conformance(INCIDENT, [], names=names)


def test_mapping_is_refused_when_it_is_a_plain_dictionary() -> None:
    """Whether its values are states or triggers is for the caller to say."""
    with pytest.raises(InvalidValue, match="not LogNames"):
        conformance(INCIDENT, [], names=cast("Any", {"New": "new"}))


def test_ending_is_refused_when_the_lifecycle_does_not_have_it() -> None:
    """An ending is a state."""
    with pytest.raises(InvalidValue, match="an ending that the lifecycle does not have"):
        conformance(INCIDENT, [], endings=["gone"])


def test_lifecycle_is_refused_when_it_is_something_else() -> None:
    """The mistake is named where it is made."""
    with pytest.raises(InvalidValue, match="not a lifecycle"):
        conformance(cast("Any", "incident"), [])


def test_tables_lead_where_the_lifecycle_does_when_compiled() -> None:
    """From new, incident work starts, waits, is resolved or cancelled; closed is final."""
    net = compiled(INCIDENT, None, None)
    expected = ("in_progress", "on_hold", "resolved", "cancelled")
    assert net.start.expected == ("new",)
    assert net.tables["new"].expected == expected
    assert net.tables["closed"].expected == ()
    assert net.tables["closed"].is_final
    assert not net.tables["resolved"].is_final


def test_proposal_has_no_trigger_when_compiled() -> None:
    """A log of states names no triggers, so none can be mapped on its proposal but the opening."""
    proposal = discover([("A", "new", 0), ("A", "closed", 1)])
    with pytest.raises(InvalidValue, match="a trigger that the lifecycle does not have"):
        compiled(proposal, LogNames(triggers={"x": "to closed"}), None)
