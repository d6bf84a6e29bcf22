"""Every section of a file, made in the order in which one rests on another."""

from __future__ import annotations

import pytest

from itsm_core.policy import bundled_policies, read_policy
from tests.unit.policy.mistakes import TEXT, finding, policy


@pytest.mark.parametrize("name", bundled_policies())
def test_build_finds_nothing_when_the_policy_is_shipped(name: str) -> None:
    """A sample with a mistake would teach it."""
    assert read_policy(name).findings == ()


def test_build_takes_the_name_of_the_file_when_none_is_given() -> None:
    """A policy has a name in reports."""
    assert read_policy(TEXT, format="toml", name="desk.toml").policy
    assert policy(f'name = "x"\n{TEXT}').name == "x"


def test_build_tells_the_use_when_a_faulty_matrix_still_names_its_levels() -> None:
    """Goals for the levels of a matrix with another fault are no faults."""
    matrix = """
[matrix]
impacts = ["a"]
urgencies = ["b"]
priorities = ["hot", "cold"]
cells = { a = { c = "hot" } }
"""
    found = finding(TEXT.replace("P1", "cold") + matrix)
    assert found.code == "unknown-urgency"


@pytest.mark.parametrize(
    ("section", "code", "suggestion"),
    [
        ('[timed.incidnt]\ncalendar = "office"', "unknown-name", "incident"),
        ('[timed.incident]\ncalendar = "ofice"', "unknown-name", "office"),
        ('[timed.incident]\ncalendar = "office"\nclose_after = "5d"', "invalid-value",
         "5 working days"),
        ('[channels.phone]\nhours = "ofice"', "unknown-name", "office"),
        ("[channels.phone]\nofficial = 1", "wrong-type", "true"),
        ("[channels.phone]\nofical = true", "unknown-key", "official"),
    ],
)  # fmt: skip
def test_build_names_the_line_when_a_section_is_wrong(
    section: str, code: str, suggestion: str
) -> None:
    """Names in the sections are looked up like any other."""
    found = finding(TEXT + section)
    last = TEXT.count("\n") + section.count("\n") + 1
    assert (found.code, found.suggestion) == (code, suggestion)
    assert found.line in (last, last - section.count("\n"))


def test_build_keeps_the_conditions_of_each_version_when_an_agreement_has_two() -> None:
    """The second version may take other tickets than the first."""
    versions = """
[calendars.office]
zone = "UTC"
hours = "Mo-Fr 08:00-18:00"

[[agreements]]
id = "gold"
calendar = "office"
valid_until = "2026-01-01T00:00:00Z"
when = { service = ["mail"] }
response = { goals = { P1 = "1h" } }

[[agreements]]
id = "gold"
version = 2
calendar = "office"
valid_from = "2026-01-01T00:00:00Z"
when = { service = ["erp"] }
response = { goals = { P1 = "1h" } }
"""
    reading = read_policy(versions, format="toml", name="desk.toml")
    assert reading.policy is not None, reading.findings
    conditions = reading.policy.conditions
    assert {key: asked[0].values for key, asked in conditions.items()} == {
        ("gold", 1): ("mail",),
        ("gold", 2): ("erp",),
    }
