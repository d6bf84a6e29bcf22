"""Profiles: names for how long tests look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from itsm_core.errors import InvalidValue
from itsm_core.testing import profiles


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Put the settings of this run back."""
    settings.register_profile("before", settings())
    yield
    settings.load_profile("before")


def test_profiles_look_longer_when_listed() -> None:
    """From fast to thorough the examples grow."""
    assert [each.name for each in profiles.PROFILES] == ["fast", "balanced", "thorough"]
    counts = [each.examples for each in profiles.PROFILES]
    assert counts == sorted(counts)


def test_profile_is_in_force_when_loaded() -> None:
    """Hypothesis tries as many examples, without a deadline."""
    assert profiles.load_profile("fast").examples == 20
    assert (settings().max_examples, settings().deadline) == (20, None)


def test_profile_keeps_other_settings_when_loaded() -> None:
    """What a project has set stays, such as that nothing is random."""
    settings.register_profile("theirs", derandomize=True, database=None)
    settings.load_profile("theirs")
    profiles.load_profile("thorough")
    assert settings().derandomize


def test_profile_is_refused_when_unknown() -> None:
    """The nearest name is suggested."""
    with pytest.raises(InvalidValue, match="did you mean 'thorough'"):
        profiles.profile("through")
