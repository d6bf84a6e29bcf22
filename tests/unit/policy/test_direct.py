"""Rosters, ladders, channels and timed rules, written as the values they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from itsm_core.calendars import WorkingDays
from itsm_core.escalation import Breached, Notify, ShareUsed, Trigger
from itsm_core.policy import load_policy
from itsm_core.policy._direct import kinds_of, tag_of
from tests.unit.policy.mistakes import TEXT, findings, policy

ROSTER = """
[[rosters.night.layers]]
name = "weeks"
people = ["ana", ["ben", "chi"]]
zone = "Europe/Berlin"
start_on = 2026-01-05
hand_off = 09:00:00
every = [5, 2]
unit = "days"
restriction = "Mo-Fr 18:00-22:00"
[[rosters.night.swaps]]
giver = "ana"
taker = "ben"
start = 2026-01-06T00:00:00Z
end = "2026-01-07T00:00:00+00:00"
"""
LADDER = """
[[ladders.gold.rules]]
name = "early"
trigger = { kind = "offset_from_due", clock = "resolution", offset = "-30m" }
actions = [{ kind = "notify", target = "assignee" }]
"""


def test_roster_is_read_when_people_and_turns_have_both_forms() -> None:
    """One or several, dates and times of TOML or as texts."""
    roster = policy(TEXT + ROSTER).rosters["night"]
    (layer,) = roster.layers
    assert roster.name == "night"
    assert (layer.people, layer.every) == ((("ana",), ("ben", "chi")), (5, 2))
    assert (layer.start_on, layer.hand_off) == (date(2026, 1, 5), time(9))
    assert roster.swaps[0].start_at == datetime(2026, 1, 6, tzinfo=UTC)


def test_ladder_is_read_when_triggers_and_actions_have_kinds() -> None:
    """A negative duration is before the due instant."""
    ladder = policy(TEXT + LADDER).ladders["gold"]
    assert ladder.rules[0].trigger.offset == timedelta(minutes=-30)  # type: ignore[union-attr]
    assert ladder.rules[0].actions == (Notify(target="assignee"),)


def test_sample_has_every_section_when_loaded() -> None:
    """The co-managed desk shows them all."""
    msp = load_policy("msp")
    assert msp.timed["co-managed"].close_after == WorkingDays(5)
    assert msp.rosters["network"].layers[0].people == (("ana",), ("ben",), ("chi",))
    assert msp.ladders["gold"].rules[1].trigger == Breached(clock="resolution")
    assert not msp.channels["monitoring"].official


@pytest.mark.parametrize(
    ("before", "after", "line", "suggestion"),
    [
        ("unit =", "unti =", 19, "unit"),
        ('unit = "days"', 'unit = "dais"', 19, "days"),
        ('zone = "Europe/Berlin"\nstart', 'zone = "Europe/Berln"\nstart', 15, "Europe/Berlin"),
        ("hand_off = 09:00:00", 'hand_off = "9 am"', 17, "09:00"),
        ("every = [5, 2]", 'every = "week"', 18, 'unit = "weeks"'),
        ("every = [5, 2]", 'every = "daily"', 18, 'unit = "days"'),
        ("every = [5, 2]", 'every = "5"', 18, "5"),
        (
            'restriction = "Mo-Fr 18:00-22:00"',
            'restriction = "Mo-Fr 6-10pm"',
            20,
            "Mo-Fr 18:00-22:00",
        ),
        ('giver = "ana"', 'giver = "ben"', 23, ""),
        ("T00:00:00Z", "T00:00:00", 24, "2026-01-06T00:00:00Z"),
    ],
)
def test_roster_is_refused_at_its_line_when_wrong(
    before: str, after: str, line: int, suggestion: str
) -> None:
    """Types, names and what the domain refuses, each at its key or at the table it is about."""
    assert before in TEXT + ROSTER
    found = findings((TEXT + ROSTER).replace(before, after, 1))[0]
    assert (found.line, found.suggestion) == (line, suggestion)


@pytest.mark.parametrize(
    ("before", "after", "line", "suggestion"),
    [
        ("offset_from_due", "offset_form_due", 14, "offset_from_due"),
        ('kind = "notify", ', "", 15, ""),
        ("clock =", "clok =", 14, "clock"),
        ("[{ kind", "{ kind", 15, ""),
    ],
)
def test_ladder_is_refused_when_a_kind_or_key_is_wrong(
    before: str, after: str, line: int, suggestion: str
) -> None:
    """Kinds are an allow-list of words."""
    text = (TEXT + LADDER).replace(before, after, 1)
    text = text.replace("}]\n", "}\n") if after == "{ kind" else text
    found = findings(text)[0]
    assert (found.line, found.suggestion) == (line, suggestion)


def test_kinds_are_the_names_of_the_classes_when_written() -> None:
    """`ShareUsed` is `share_used`, as the ladder's own JSON has it."""
    assert tag_of(ShareUsed) == "share_used"
    assert kinds_of(Trigger)["share_used"] is ShareUsed
