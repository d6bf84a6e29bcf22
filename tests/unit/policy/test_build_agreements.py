"""Agreements of a file: everything that a target can say, and each fault at its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import WorkingTime
from itsm_core.events import TicketOpened
from itsm_core.ids import ServiceId, TicketId
from itsm_core.policy import load_policy
from itsm_core.sla import held_by
from itsm_core.spans import micros
from tests.unit.policy.mistakes import CALENDAR, TEXT, finding, findings, policy

OLA = """
[[agreements]]
id = "network"
kind = "ola"
calendar = "office"
[agreements.ola]
rules = { held_by = ["network"] }
goals = { "*" = "2h" }
"""
LEG = '\nlegs = [{ clock = "resolution", agreement = "network", leg_clock = "ola" }]'


def opened(service: str, day: str = "2026-01-05") -> TicketOpened:
    """Return the opening of a ticket for a service."""
    at = micros(datetime.fromisoformat(f"{day}T12:00+00:00"))
    return TicketOpened(ticket_id=TicketId("T1"), occurred_at=at, service=ServiceId(service))


def test_target_says_everything_when_the_file_does() -> None:
    """Limits, anchors, retarget and reopen rules, warnings."""
    gold = load_policy("msp").agreement("gold")
    assert gold.version == 1
    gold = next(each for each in load_policy("msp").agreements if each.version == 2)
    response, update, resolution = gold.targets
    assert (response.anchor, response.warn_at_ratios) == ("registered", (0.25, 0.5))
    assert update.goals["P0"] == WorkingTime(timedelta(minutes=30))
    assert (resolution.retarget, resolution.reopen) == ("share", "new_cycle")
    assert resolution.pause_limits[1].needs_evidence
    assert gold.legs[0].agreement.agreement_id == "network"
    assert gold.breach_reasons == ("supplier", "major incident", "staffing")


def test_agreement_holds_by_precedence_and_date_when_there_are_several() -> None:
    """Payments are gold's, of the version in force at the opening (law S13)."""
    msp = load_policy("msp")
    chosen = [
        msp.agreement_for(opened(*asked))
        for asked in (
            ("payments", "2026-06-30"),
            ("payments", "2026-07-02"),
            ("mail", "2026-07-02"),
        )
    ]
    assert [each and (each.agreement_id, each.version) for each in chosen] == [
        ("gold", 1),
        ("gold", 2),
        ("standard", 1),
    ]


def test_catalogue_selects_what_the_file_says_when_asked() -> None:
    """The same agreements, ranked with reasons (law S11)."""
    facts = {"service": "payments", "category": "new"}
    found = load_policy("msp").catalogue.select(facts, datetime(2026, 8, 1, tzinfo=UTC))
    chosen = found["sla"].chosen
    assert chosen is not None
    assert (chosen.agreement_id, chosen.version) == ("gold", 2)


def test_catalogue_asks_when_the_file_says_when() -> None:
    """A list of values takes the tickets that have one of them; a pattern all that it fits."""
    text = TEXT.replace('id = "gold"', 'id = "gold"\nwhen = { category = ["x"] }')
    at = datetime(2026, 8, 1, tzinfo=UTC)
    for catalogue, expected in (
        (policy(text).catalogue, [True, False, False]),
        (policy(text.replace('"x"', '"x*"')).catalogue, [True, True, False]),
    ):
        chosen = [
            catalogue.select({"category_name": name}, at)["sla"].chosen is not None
            for name in ("x", "xx", "y")
        ]
        assert chosen == expected


def test_rules_have_short_forms_when_the_metric_needs_them() -> None:
    """An operational agreement says who holds the ticket."""
    assert policy(TEXT + OLA).agreement("network").targets[0].rules == held_by("network")


def test_targets_have_names_of_their_own_when_the_file_names_them() -> None:
    """Two promises of one metric are told apart."""
    text = TEXT + '[agreements.targets.first-fix]\nmetric = "resolution"\ngoals = { "*" = "8h" }\n'
    names = [(each.name, each.metric) for each in policy(text).agreement("gold").targets]
    assert names == [("resolution", "resolution"), ("first-fix", "resolution")]


def test_leg_rests_on_one_below_when_the_file_has_it_there() -> None:
    """Agreements are made in the order in which one rests on another."""
    gold = policy(TEXT.replace('id = "gold"', 'id = "gold"' + LEG) + OLA).agreement("gold")
    assert gold.legs[0].agreement.agreement_id == "network"


@pytest.mark.parametrize(
    ("before", "after", "line", "code", "suggestion"),
    [
        ('"network", leg', '"netwrk", leg', 8, "unknown-name", "network"),
        ('clock = "resolution",', 'clock = "resolutoin",', 8, "unknown-leg-clock", "resolution"),
        ('{ "*" = "2h" }', '{ "*" = "6h" }', 8, "legs-too-long", ""),
        ('goals = { P1 = "4h" }', 'goals = { P7 = "4h" }', 11, "unknown-name", ""),
        ('{ P1 = "4h" }', '{ P1 = "4h" }\nretarget = "from_strat"', 12, "unknown-name",
         "from_start"),
        ('{ P1 = "4h" }', '{ P1 = "4h" }\nwarn_at = [75]', 12, "warning-ratio", "0.75"),
        ('{ P1 = "4h" }', '{ P1 = "4h" }\npause_limits = [{ reason = "*" }]', 12, "no-limit", ""),
        ('held_by = ["network"]', "held_by = []", 18, "invalid-value", ""),
        ('rules = { held_by = ["network"] }\n', "", 17, "missing-key",
         "rules = { held_by = ['network'] }"),
        ("[agreements.ola]", "[agreements.oal]", 17, "unknown-key", "ola"),
        ('id = "network"', 'id = "network"\nversion = 0', 15, "version-number", ""),
        ('kind = "ola"', 'kind = "ola"\nvalid_from = 2026-01-01T00:00:00', 16, "naive-datetime",
         "2026-01-01T00:00:00Z"),
        ('kind = "ola"', 'kind = "ola"\nvalid_from = "2026-02-01"\nvalid_until = "2026-01-01"', 17,
         "never-valid", ""),
        ('kind = "ola"',
         'kind = "ola"\napplies_to = { field = "servce", operator = "is", value = "x" }', 16,
         "unknown-field", "service"),
        ('id = "network"', 'id = "gold"', 14, "twice", ""),
    ],
)  # fmt: skip
def test_agreement_is_refused_at_its_line_when_wrong(
    before: str, after: str, line: int, code: str, suggestion: str
) -> None:
    """The line is that of the key that is wrong, also for what the domain refuses."""
    text = TEXT.replace('id = "gold"', 'id = "gold"' + LEG) + OLA
    assert before in text
    found = [each for each in findings(text.replace(before, after, 1)) if each.code == code]
    told = [(each.line, each.suggestion) for each in found]
    assert told[:1] == [(line, suggestion)]


def test_legs_are_refused_when_they_go_round() -> None:
    """A promise cannot rest on itself, over however many others."""
    text = TEXT.replace('id = "gold"', 'id = "gold"' + LEG) + OLA.replace(
        'id = "network"',
        'id = "network"\nlegs = [{ clock = "ola", agreement = "gold", leg_clock = "resolution" }]',
    )
    assert {each.code for each in findings(text)} == {"leg-cycle"}


def test_versions_are_refused_when_two_are_in_force_at_once() -> None:
    """Which of them held nobody could say (law S13)."""
    second = TEXT.removeprefix(CALENDAR).replace('id = "gold"', 'id = "gold"\nversion = 2')
    assert {each.code for each in findings(TEXT + second)} == {"versions-overlap"}


def test_agreement_without_a_promise_is_refused_when_read() -> None:
    """The suggestion is a table to begin with."""
    found = finding(TEXT.split("[agreements.resolution]")[0])
    assert (found.line, found.suggestion) == (6, "[agreements.resolution]")
