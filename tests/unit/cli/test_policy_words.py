"""A policy in words, and what it makes of one ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from itsm_core.cli._policy_words import explained, in_zone, told_for, zone_of
from itsm_core.policy import Policy, load_policy, read_policy
from tests.unit.policy.expect_desk import POLICY
from tests.unit.policy.test_changes import MODIFIERS

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)
OTHERS = """
[[agreements]]
id = "erp"
calendar = "office"
precedence = 5
applies_to = { field = "service", operator = "is", value = "erp" }
resolution.goals = { "*" = "2h" }

[[agreements]]
id = "network"
kind = "ola"
calendar = "office"
ola.rules = { held_by = ["network"] }
ola.goals = { "*" = "1h" }

[[agreements]]
id = "next-year"
calendar = "office"
valid_from = "2027-01-01"
precedence = 9
resolution.goals = { "*" = "1h" }
"""


def policy_of(text: str) -> Policy:
    """Return a policy, which must be sound."""
    policy = read_policy(text, format="toml", name="desk").policy
    assert policy is not None
    return policy


def candidates(sketch: dict[str, str]) -> list[str]:
    """Return what is said of each agreement."""
    told = told_for(policy_of(POLICY + OTHERS), sketch, NOON, zone="")
    return [line.strip() for line in told.lines if line.startswith("  ") and ". " in line[:5]]


def test_each_agreement_says_why_when_it_does_not_hold() -> None:
    """A condition, a kind, a time, a precedence: the reason that kept it from holding."""
    assert candidates({"service": "erp"}) == [
        "1. mail does not fit: service is 'erp', not mail",
        "2. standard fits, but erp has precedence 5",
        "3. erp holds: it takes tickets whose service is erp",
        "4. network is no promise to requesters, but an ola",
        "5. next-year does not fit: not in force then",
    ]


def test_order_is_the_reason_when_nothing_else_decides() -> None:
    """Mail is taken by the agreement that stands above."""
    found = candidates({"service": "mail"})
    assert found[:3] == [
        "1. mail holds: it takes tickets whose service is mail",
        "2. standard fits, but mail stands above it",
        "3. erp does not fit: not in force then, or not service is erp",
    ]


def test_ticket_has_no_clock_when_nothing_is_promised() -> None:
    """No agreement is an answer; so is no goal."""
    lonely = POLICY.replace('id = "standard"', 'id = "standard"\nwhen = { service = ["erp"] }')
    told = told_for(policy_of(lonely), {"service": "print"}, NOON, zone="")
    assert "agreement none: nothing is promised" in told.lines
    assert told.to_json()["agreement"] is None
    partly = POLICY.replace('goals = { P1 = "4h", P2', "goals = { P2")
    told = told_for(policy_of(partly), {"priority": "P1"}, NOON, zone="")
    assert "resolution: no goal for P1, no clock" in told.lines


def test_instants_are_in_the_zone_when_one_is_named() -> None:
    """12:00 UTC is 14:00 in Berlin after the last Sunday of March."""
    told = told_for(policy_of(POLICY), {"priority": "P1"}, NOON, zone="Europe/Berlin")
    assert told.lines[0] == "opened Mon 2026-03-30 14:00 CEST"
    assert any(
        line.startswith("response: 30 min working time, due Mon 2026-03-30 14:30 CEST")
        for line in told.lines
    )


def test_modifiers_are_told_when_there_are_some() -> None:
    """In the order in which they are asked."""
    lines = explained(policy_of(POLICY + MODIFIERS)).lines
    told = [line.strip() for line in lines if line.strip().startswith("then ")]
    assert len(told) == 2
    assert told[0].startswith("then 'vip': ")


def test_agreement_says_kind_precedence_and_time_when_they_are_not_the_usual() -> None:
    """A precedence of 0, requesters, and for ever need no words."""
    text = explained(policy_of(POLICY + OTHERS)).text
    assert "  2. standard version 1\n" in text
    assert "  3. erp version 1, precedence 5\n" in text
    assert "  4. network version 1, an ola\n" in text
    assert "  5. next-year version 1, precedence 9, from 2027-01-01\n" in text


def test_people_are_told_when_the_policy_has_some() -> None:
    """Rosters layer by layer, ladders rule by rule, channels."""
    text = explained(load_policy("msp")).text
    assert "Rosters\n  network: weeks: ana, ben, chi; every week, Mo 09:00 Europe/Lisbon" in text
    assert "Ladders\n  gold: tell the group: " in text
    assert "  phone (official) -> service desk, hours operations" in text
    assert "Rosters" not in explained(policy_of(POLICY)).text


ROSTER = """
[rosters.nights]
layers = [
    { name = "weeks", people = ["ana", "ben"], zone = "Europe/Lisbon", start_on = 2026-01-05 },
]
swaps = [{ giver = "ben", taker = "ana", start = "2026-01-14T00:00Z", end = "2026-01-15T00:00Z" }]
overrides = [{ people = ["zoe"], start = "2026-01-16T08:00Z", end = "2026-01-16T09:00Z" }]
absences = [
    { person = "ana", substitute = "ben", start = "2026-02-01T00:00Z", end = "2026-02-03T12:00Z" },
]
responders = [
    { person = "ana", zone = "Europe/Lisbon", quiet = "Mo-Su 22:00-07:00" },
    { person = "ben", zone = "Europe/Lisbon" },
]
"""


def test_changes_of_a_roster_are_told_when_it_has_some() -> None:
    """What people changed by hand, and when they are to be left alone, is what one looks for."""
    text = explained(policy_of(POLICY + ROSTER)).text
    gone = "ana away until Tue 2026-02-03 13:00 CET (leave), ben instead"
    assert text.rpartition("Rosters\n")[2].splitlines()[1:] == [
        "  nights: Wed 2026-01-14 01:00 CET - Thu 2026-01-15 01:00 CET: swap: ana for ben",
        "  nights: Fri 2026-01-16 09:00 CET - Fri 2026-01-16 10:00 CET: override: zoe",
        f"  nights: from Sun 2026-02-01 01:00 CET: {gone}",
        "  nights: ana: quiet Mo-Su 22:00-07:00 Europe/Lisbon",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("due 2026-07-01T12:00:30+00:00", "due Wed 2026-07-01 14:00:30 CEST"),
        ("T1-2026-13-01T12:00Z", "T1-2026-13-01T12:00Z"),
    ],
)
def test_instants_are_told_on_the_wall_clock_when_a_text_has_them(text: str, told: str) -> None:
    """Seconds only where there are some; what only looks like an instant stays."""
    assert in_zone(text, "Europe/Berlin") == told


def test_zone_is_utc_when_calendars_have_several() -> None:
    """None of them speaks for all; one speaks for itself."""
    assert zone_of(policy_of(POLICY)) == "Europe/Berlin"
    other = '\n[calendars.far]\nzone = "Asia/Tokyo"\nhours = "Mo-Fr 09:00-17:00"\n'
    assert zone_of(policy_of(POLICY + other)) == "UTC"


LADDERS = """
[[ladders.usual.rules]]
name = "half"
trigger = { kind = "share_used", clock = "response", ratio = 0.5 }
actions = [
    { kind = "notify", target = "assignee" },
    { kind = "notify", target = "roster", name = "nights" },
]
repeat_every = "1m"
repeat_times = 20

[[ladders.other.rules]]
name = "asked"
trigger = { kind = "escalation_requested", times = 1 }
actions = [{ kind = "escalate_to_role", role = "lead" }]
"""


def test_steps_of_each_ladder_are_told_when_a_ticket_is_explained() -> None:
    """Half of thirty minutes after noon; by name only who is on call. As data there are all."""
    told = told_for(policy_of(POLICY + ROSTER + LADDERS), {"priority": "P1"}, NOON, zone="")
    at = told.lines.index("ladder usual, if nothing else happens")
    why = "because 50 % of the response time is used"
    assert told.lines[at + 1 : at + 3] == (
        f"  Mon 2026-03-30 12:15 UTC: notify the assignee, {why}",
        f"  Mon 2026-03-30 12:15 UTC: notify ana, {why} (on call in nights)",
    )
    assert told.lines[at + 31 :] == (
        "  and 12 more",
        "ladder other, if nothing else happens: no step",
    )
    ladders = told.to_json()["ladders"]
    assert isinstance(ladders, dict)
    assert [len(steps) for steps in ladders.values()] == [42, 0]
    assert ladders["usual"][1] == {
        "at": "2026-03-30T12:15:00+00:00",
        "rule": "half",
        "does": "notify ana",
        "why": "50 % of the response time is used",
    }


@pytest.mark.parametrize("name", ["demo", "msp", "servicenow_uci"])
def test_shipped_policy_is_told_when_asked(name: str) -> None:
    """Every agreement with what it takes and promises, and every own calendar."""
    policy = load_policy(name)
    text = explained(policy).text
    for agreement in policy.agreements:
        assert f"{agreement.agreement_id} version {agreement.version}" in text
    for calendar in policy.calendars:
        assert calendar in ("always", "never") or f"  {calendar}: " in text


def test_start_has_its_time_when_it_is_no_midnight_of_the_calendar() -> None:
    """Half past eight in Berlin, whatever zone wrote it."""
    late = OTHERS.replace('"2027-01-01"', '"2027-01-01T07:30:00Z"')
    assert "from 2027-01-01 08:30 CET\n" in explained(policy_of(POLICY + late)).text


def test_lifecycle_of_new_tickets_is_told_when_it_is_a_shipped_one() -> None:
    """States, holds and moves stand in words and as plain values."""
    told = explained(policy_of(POLICY))
    assert "  incident version 1, shipped, of new tickets\n" in told.text
    (values,) = cast("list[dict[str, object]]", told.values["lifecycles"])
    assert (values["name"], values["is_shipped"]) == ("incident", True)


GUARANTEE = """
[channels.phone]
route = "desk"
[guarantee]
channels = { inbox = "never" }
emergency = { field = "priority", operator = "is", value = "P1" }
"""


def test_guarantee_is_told_when_the_file_has_one() -> None:
    """Official channels, exceptions, every other one, and emergencies."""
    told = explained(policy_of(POLICY + GUARANTEE))
    lines = list(told.lines)
    assert lines[lines.index("Guarantee") + 1 :] == [
        "  official channels: clocks count from the report",
        "  inbox: no clock counts",
        "  every other channel: clocks count from the registration",
        "  whatever the channel, if priority is P1: clocks count from the report",
    ]
    assert told.to_json()["guarantee"] == [line.strip() for line in lines[-4:]]
    assert "Guarantee" not in explained(policy_of(POLICY)).lines


def test_agreement_says_what_the_channel_earns_when_there_is_a_guarantee() -> None:
    """What a contact in passing earned counts from its registration."""
    sketch = {"service": "mail", "channel": "corridor", "priority": "P3"}
    told = told_for(policy_of(POLICY + GUARANTEE), sketch, NOON, zone="")
    assert "agreement mail/registered" in told.lines
    weighed = [line.strip() for line in told.lines if line.startswith("  ") and ". " in line[:5]]
    assert weighed[0].startswith("1. mail does not fit: not in force then, or not ")
    assert weighed[1].startswith("2. mail/registered holds: it takes tickets whose service is mail")
    assert weighed[3] == "4. standard/registered fits, but mail/registered stands above it"
