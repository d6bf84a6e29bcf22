"""The ticket of `policy explain`: options are refused together, and nothing is guessed."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import pytest

from itsm_core.cli._policy_arguments import SKETCH
from itsm_core.cli._policy_ticket import opening_of, read_instant
from itsm_core.errors import DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.policy import load_policy

DEMO = load_policy("demo")


def options(**given: str) -> argparse.Namespace:
    """Return the options of a command line."""
    return argparse.Namespace(**{**dict.fromkeys((*SKETCH, "at", "zone"), ""), **given})


def faults(**given: str) -> list[tuple[str, str]]:
    """Return the options that are refused, with the code of why."""
    with pytest.raises(DefinitionError) as refused:
        opening_of(options(**given), DEMO)
    return [(each.where, each.code) for each in refused.value.faults]


def test_ticket_is_none_when_nothing_is_said_of_it() -> None:
    """Then the policy itself is explained."""
    assert opening_of(options(), DEMO) is None


def test_ticket_is_what_the_options_say_when_they_agree() -> None:
    """On the wall clock of the zone."""
    found = opening_of(options(priority="P2", at="2026-03-27T16:50", zone="Europe/Berlin"), DEMO)
    assert found is not None
    assert found[0] == {"priority": "P2"}
    assert found[1] == datetime(2026, 3, 27, 15, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-03-29T02:30", "such as 2026-03-29 03:30+02:00"),
        ("2026-10-25T02:30", "2026-10-25 02:30+02:00 or 2026-10-25 02:30+01:00"),
    ],
)
def test_instant_is_refused_when_the_clock_shows_it_never_or_twice(at: str, words: str) -> None:
    """`policy test` refuses the same."""
    with pytest.raises(InvalidValue, match="the clock in Europe/Berlin") as refused:
        read_instant("--at", at, "Europe/Berlin")
    assert words in refused.value.remedy


def test_instant_is_refused_when_nothing_names_its_zone() -> None:
    """The remedy names only options that the command has."""
    with pytest.raises(NaiveDatetime) as refused:
        read_instant("--as-of", "2026-03-27T16:50", "")
    assert "--zone" not in refused.value.remedy
    with pytest.raises(NaiveDatetime, match="--zone Europe/Berlin"):
        read_instant("--at", "2026-03-27T16:50", "")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"priority": "P2"}, [("--at", "invalid-value")]),
        ({"zone": "Europe/Berlin"}, [("--zone", "invalid-value")]),
        ({"at": "2026-03-27T16:50Z", "impact": "high"}, [("--urgency", "missing-key")]),
        ({"at": "2026-03-27T16:50Z", "urgency": "high"}, [("--impact", "missing-key")]),
        (
            {"priority": "P2", "impact": "high", "urgency": "low", "at": "2026-03-27T16:50Z"},
            [("--priority", "wrong-value")],
        ),
        (
            {"impact": "hihg", "zone": "Europe/Berln", "at": "2026-03-27T16:50"},
            [
                ("--zone", "unknown-zone"),
                ("--urgency", "missing-key"),
                ("--impact", "unknown-name"),
            ],
        ),
    ],
)
def test_ticket_is_refused_with_every_fault_when_options_cannot_be_used(
    given: dict[str, str], told: list[tuple[str, str]]
) -> None:
    """One run tells all."""
    assert faults(**given) == told
