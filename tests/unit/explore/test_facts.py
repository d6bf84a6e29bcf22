"""Names of facts, and the tests that rules make of fields."""

from __future__ import annotations

import pytest

from itsm_core.conditions import all_of, field
from itsm_core.errors import DefinitionError
from itsm_core.explore._facts import clock_facts, field_tests, schema_of
from itsm_core.lifecycle import INCIDENT


def test_facts_begin_with_the_clock_when_its_name_is_usable() -> None:
    """Signs that no field's name has become underscores."""
    assert clock_facts(["response", "first line", "2nd"]) == {
        "response": "response",
        "first_line": "first line",
        "clock_2nd": "2nd",
    }


def test_facts_are_refused_when_two_clocks_would_share_them() -> None:
    """Nobody could say which clock is meant."""
    with pytest.raises(DefinitionError, match="rename one clock"):
        clock_facts(["first line", "first-line"])


def test_schema_knows_states_by_their_names() -> None:
    """A misspelt state is refused with the question, not answered with no."""
    schema = schema_of(INCIDENT, {"response": "response"})
    assert schema.fields["state"].choices == tuple(each.name for each in INCIDENT.states)
    assert "breached" in schema.fields["response_state"].choices


def test_tests_are_found_when_they_are_nested() -> None:
    """Below all, any and not; no rule has none."""
    rule = all_of(field("a").is_(1) | ~field("b").is_(2), field("c").is_(3))
    assert [test.field for test in field_tests(rule, None)] == ["a", "b", "c"]
