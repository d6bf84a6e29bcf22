"""Ladders that name a clock or a roster which the file does not have are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.policy.mistakes import TEXT, finding, findings, policy

ROSTER = """
[[rosters.first.layers]]
name = "weeks"
people = ["ana", "ben"]
zone = "Europe/Berlin"
start_on = 2026-01-05
hand_off = "09:00"
"""
LADDER = """
[[ladders.usual.rules]]
name = "late"
trigger = { kind = "share_used", clock = "resolution", ratio = 0.75 }
actions = [{ kind = "notify", target = "roster", name = "first" }]
"""
START = datetime(2026, 3, 3, tzinfo=UTC)


def test_ladder_is_built_when_clock_and_roster_are_there() -> None:
    """The file has both."""
    made = policy(TEXT + ROSTER + LADDER)
    assert [rule.name for rule in made.ladders["usual"].rules] == ["late"]


@pytest.mark.parametrize(
    ("before", "after", "line", "code", "suggestion"),
    [
        ('clock = "resolution"', 'clock = "resolutoin"', 21, "unreachable-rule", "resolution"),
        ('name = "first"', 'name = "frist"', 22, "unknown-recipient", "first"),
    ],
)
def test_ladder_is_refused_when_a_name_stands_for_nothing(
    before: str, after: str, line: int, code: str, suggestion: str
) -> None:
    """A rule that waits for ever, or tells nobody, is no rule."""
    found = finding(TEXT + ROSTER + LADDER.replace(before, after))
    assert (found.line, found.code, found.suggestion) == (line, code, suggestion)


AWAY = """
[[rosters.{roster}.absences]]
person = "{person}"
substitute = "{substitute}"
start = "2026-03-0{first}T00:00Z"
end = "2026-03-0{last}T00:00Z"
"""


def away(roster: str, person: str, substitute: str, first: int, last: int) -> str:
    """Return an absence in a roster's table."""
    given = {"roster": roster, "person": person, "substitute": substitute}
    return AWAY.format(first=first, last=last, **given)


def test_policy_is_refused_when_substitutes_of_two_rosters_lead_back() -> None:
    """Ana stands in for ben in one, ben for ana in the other: at the absence that closes it."""
    second = ROSTER.replace("first", "second")
    text = TEXT + ROSTER + away("first", "ana", "ben", 2, 6) + second
    assert (
        policy(text + away("second", "ben", "ana", 6, 8)).coverage.stand_in("ana", START) == "ben"
    )
    found = finding(text + away("second", "ben", "ana", 4, 8))
    assert (found.code, found.path) == (
        "absence-circle",
        "rosters.second.absences[0].substitute",
    )
    assert "ben -> ana -> ben" in found.message
    assert found.remedy == "name somebody who is there at that time"


def test_ladder_remedy_is_a_definition_when_there_is_no_roster() -> None:
    """There is none to choose from."""
    assert finding(TEXT + LADDER).remedy == "define [rosters.first]"


def test_ladder_is_not_blamed_when_the_roster_or_agreement_is_faulty() -> None:
    """What was refused is known by its name, and told once."""
    text = TEXT.replace('"4h"', '"4 hours"') + ROSTER.replace("09:00", "9 uhr 5") + LADDER
    assert {each.code for each in findings(text)} == {"invalid-value"}


@pytest.mark.parametrize(
    ("ratio", "suggestion"),
    [("75", "0.75"), ("75.0", "0.75"), ('"75 %"', "0.75"), ("200", "2.0"), ("-1", ""), ("0", "")],
)
def test_share_is_refused_when_it_is_a_percentage(ratio: str, suggestion: str) -> None:
    """75 would be 7,500 per cent of the goal."""
    found = findings(TEXT + ROSTER + LADDER.replace("0.75", ratio))[0]
    assert (found.line, found.suggestion) == (21, suggestion)


@pytest.mark.parametrize(("ratio", "share"), [("1", 1.0), ("2", 2.0), ("1.5", 1.5)])
def test_share_may_be_whole_when_it_is_the_goal_or_more(ratio: str, share: float) -> None:
    """1 is the due instant; above it the goal counts again."""
    made = policy(TEXT + ROSTER + LADDER.replace("0.75", ratio))
    (rule,) = made.ladders["usual"].rules
    assert getattr(rule.trigger, "ratio", None) == share
