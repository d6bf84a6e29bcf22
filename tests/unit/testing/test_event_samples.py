"""The events to try stores and codecs with."""

from __future__ import annotations

from itsm_core.events import EVENT_TYPES
from itsm_core.testing.event_samples import one_of_each, sample


def test_one_of_each_holds_every_type_when_made() -> None:
    """A type that is missing here would be tried on no store."""
    assert {type(one) for one in one_of_each()} == set(EVENT_TYPES)


def test_samples_are_distinct_when_numbered() -> None:
    """Equal ones could not show that two were mixed up."""
    assert len(set(sample("INC-1", 1, 2, 3))) == 3
    assert sample() == sample("INC-1", 1)
