"""Rosters with gaps, ladders that lead nowhere, channels that nobody answers."""

from __future__ import annotations

import pytest

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, found, line_of, told

ROSTER = """
[[rosters.first.layers]]
name = "weeks"
people = ["ana", "ben"]
zone = "Europe/Berlin"
start_on = "2026-01-05"
hand_off = "09:00"
"""
AWAY = """
[[rosters.first.absences]]
person = "ben"
start = 2026-01-12T09:00:00+01:00
end = 2026-01-19T09:00:00+01:00
"""
DESK = OFFICE + STANDARD


def ladder(*rules: str) -> str:
    """Return a ladder of rules, each with a name of its own."""
    return "".join(
        f'\n[[ladders.usual.rules]]\nname = "rule {n}"\n{rule}\n' for n, rule in enumerate(rules)
    )


def rule(trigger: str, actions: str, more: str = "") -> str:
    """Return the text of a rule."""
    return f"trigger = {{ {trigger} }}\nactions = [{{ {actions} }}]\n{more}"


BREACHED = 'kind = "breached", clock = "resolution"'
TO_LEAD = 'kind = "escalate_to_role", role = "lead"'
TO_ROSTER = 'kind = "notify", target = "roster", name = "first"'


def test_gap_is_told_when_nobody_stands_in() -> None:
    """Ben is away in his week, 12 to 19 January; in winter Berlin is an hour before UTC."""
    text = DESK + ROSTER + AWAY
    finding = told(text, "rotation-gap")
    assert finding.line == line_of(text, "[[rosters.first.layers]]")
    assert "from Mon 2026-01-12 08:00 UTC to Mon 2026-01-19 08:00 UTC" in finding.message


def test_gap_is_not_told_when_somebody_stands_in() -> None:
    """A substitute closes it."""
    assert codes(DESK + ROSTER + AWAY + 'substitute = "ana"\n') == []


def test_gap_is_not_told_when_the_hours_are_restricted() -> None:
    """Who is on call from 9 to 17 leaves no gap at night."""
    assert codes(DESK + ROSTER + 'restriction = "Mo-Fr 09:00-17:00"\n') == []


def test_gap_is_not_told_when_the_roster_has_ended() -> None:
    """What comes after its last day is another roster."""
    assert codes(DESK + ROSTER + 'end_on = "2026-02-02"\n') == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_roster_is_looked_at_without_harm_when_its_days_are_extreme(day: str) -> None:
    """A slip of typing in a year must not end in a traceback."""
    text = DESK + ROSTER.replace("2026-01-05", day) + ladder(rule(BREACHED, TO_ROSTER))
    assert codes(text) == []


def test_lonely_rotation_is_told_when_one_person_has_all_turns() -> None:
    """Nobody is on call for ever."""
    text = DESK + ROSTER.replace('["ana", "ben"]', '["ana"]')
    assert told(text, "rotation-of-one").line == line_of(text, "[[rosters.first.layers]]")


def test_priority_is_told_when_a_rule_waits_for_none_that_there_is() -> None:
    """The matrix has no P0."""
    text = DESK + ladder(rule('kind = "priority_reached", priorities = ["P0", "P1"]', TO_LEAD))
    assert told(text, "unreachable-rule").value == "P0"


def test_condition_is_told_when_it_excludes_itself() -> None:
    """No priority is P1 and P2."""
    when = (
        'when = { all = [{ field = "priority", operator = "is", value = "P1" }, '
        '{ field = "priority", operator = "is", value = "P2" }] }'
    )
    text = DESK + ladder(rule(BREACHED, TO_LEAD, when))
    assert told(text, "unreachable-rule").line == line_of(text, "when =")


def test_rule_is_told_when_one_above_has_done_the_same() -> None:
    """With P1 the first rule has told the lead; the second adds nothing, the third does."""
    when = 'when = { field = "priority", operator = "is", value = "P1" }'
    other = 'kind = "escalate_to_role", role = "director"'
    text = DESK + ladder(rule(BREACHED, TO_LEAD), rule(BREACHED, TO_LEAD, when))
    assert told(text, "unreachable-rule").value == "rule 1"
    assert codes(DESK + ladder(rule(BREACHED, TO_LEAD), rule(BREACHED, other, when))) == []


def test_priority_is_told_when_it_is_raised_to_none_that_there_is() -> None:
    """To raise to P0 needs a P0."""
    text = DESK + ladder(rule(BREACHED, 'kind = "raise_priority", to = "P0"'))
    assert told(text, "unknown-recipient").value == "P0"


def test_group_is_told_when_it_is_nearly_another_one_of_the_file() -> None:
    """Groups are defined elsewhere, so that only a slip of typing is told."""
    phone = '[channels.phone]\nroute = "second line"\nhours = "office"\n'
    slip = rule(BREACHED, 'kind = "escalate_to_group", group = "secnd line"')
    assert told(DESK + phone + ladder(slip), "unknown-recipient").value == "secnd line"
    other = rule(BREACHED, 'kind = "escalate_to_group", group = "network"')
    assert codes(DESK + phone + ladder(other)) == []


def test_unstaffed_hours_are_told_when_the_clock_counts_without_anybody() -> None:
    """The office opens at 9, the roster is there from 12: three hours on each of five days."""
    roster = ROSTER + 'restriction = "Mo-Fr 12:00-17:00"\n'
    finding = told(DESK + roster + ladder(rule(BREACHED, TO_ROSTER)), "unstaffed-hours")
    assert finding.message.startswith("in 15 hours of a week")


def test_unstaffed_hours_are_not_told_when_the_roster_covers_the_calendar() -> None:
    """Round the clock is enough for any calendar."""
    assert codes(DESK + ROSTER + ladder(rule(BREACHED, TO_ROSTER))) == []


def test_channel_is_told_when_it_leads_to_nobody() -> None:
    """And when an official one has no hours."""
    text = DESK + "[channels.phone]\nofficial = true\n"
    assert [(each.code, each.line) for each in found(text)] == [
        ("channel-without-hours", line_of(text, "[channels.phone]")),
        ("channel-without-route", line_of(text, "[channels.phone]")),
    ]


def test_channels_are_told_when_none_is_official() -> None:
    """A guarantee belongs to an official channel (law D2)."""
    text = DESK + '[channels.inbox]\nofficial = false\nroute = "first line"\n'
    assert told(text, "no-official-channel").line == line_of(text, "[channels.inbox]")
