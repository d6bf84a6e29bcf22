"""Where the keys of a policy stand."""

from __future__ import annotations

import pytest

from itsm_core.documents import Place
from itsm_core.policy import PolicySource, Severity, read_policy
from tests.unit.policy.mistakes import TEXT


@pytest.fixture
def source() -> PolicySource:
    """Return the source of a small policy."""
    return read_policy(TEXT, format="toml", name="desk.toml").source


@pytest.mark.parametrize("path", ["agreements[0].resolution.goals.P1", None])
def test_source_places_a_value_when_asked_by_text_or_by_keys(
    source: PolicySource, path: str | None
) -> None:
    """Both ways of writing a path lead to one place."""
    keys = ("agreements", 0, "resolution", "goals", "P1")
    assert source.place(path or keys) == Place(10, 16)
    assert source.key_place(path or keys) == Place(10, 11)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("agreements[0].resolution.rules.start", Place(9, 13)),
        ("calendars.office.holidays", Place(2, 12)),
        ("nothing.of.this", Place(1, 1)),
    ],
)
def test_source_places_the_nearest_above_when_the_text_lacks_it(
    source: PolicySource, path: str, place: Place
) -> None:
    """What is missing is looked for where it would stand."""
    assert source.place(path) == place


def test_source_gives_the_plain_value_when_asked(source: PolicySource) -> None:
    """Rules that look at the text need what it says."""
    assert source.value_at("agreements[0].id") == "gold"
    assert source.value_at("agreements[9].id") is None
    assert source.has("agreements[0].id")
    assert not source.has("agreements[9].id")


def test_source_makes_a_finding_when_told_where(source: PolicySource) -> None:
    """File, line and column are filled in."""
    made = source.finding("x", "y", "calendars.office.zone", severity=Severity.NOTE)
    assert (made.location, made.severity) == ("desk.toml:3:8", Severity.NOTE)
