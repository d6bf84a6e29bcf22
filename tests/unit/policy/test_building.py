"""Every section of a file, made in the order in which one rests on another."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.events import TicketOpened
from itsm_core.ids import ServiceId, TicketId
from itsm_core.policy import bundled_policies, read_policy
from tests.unit.policy.mistakes import AGREEMENT, TEXT, finding, policy


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


@pytest.mark.parametrize(
    ("lifecycle", "code", "value", "suggestion"),
    [
        ('{ incident = "incidnet" }', "unknown-name", "incidnet", "incident"),
        ('"incidnet"', "unknown-name", "incidnet", "incident"),
        ('""', "empty", "", ""),
        ('{ incident = " " }', "empty", " ", ""),
        ("{}", "empty", "", ""),
        ("3", "wrong-type", "3", '"3"'),
        ('{ incident = ["incident"] }', "wrong-type", "['incident']", ""),
        ('{ errand = { states = { new = "new" } } }', "wrong-type", "", "[lifecycles.errand]"),
    ],
)
def test_lifecycle_of_new_tickets_is_refused_when_it_names_none(
    lifecycle: str, code: str, value: str, suggestion: str
) -> None:
    """By type or for all of them; a definition in its place is told where it belongs."""
    found = finding(f"lifecycle = {lifecycle}\n{TEXT}")
    assert (found.code, found.value, found.suggestion, found.line) == (code, value, suggestion, 1)


def test_lifecycle_is_by_type_when_the_file_has_a_table() -> None:
    """One of the file, one that is shipped, and one for the rest."""
    made = policy(f'lifecycle = {{ a = "task", "*" = "complaint" }}\n{TEXT}')
    assert made.lifecycle == {"a": "task", "*": "complaint"}
    assert policy(TEXT).lifecycle == "incident"


GUARANTEE = """
[channels.phone]
route = "desk"
[channels.direct]
official = false
[guarantee]
unofficial = "never"
channels = { inbox = "registered" }
emergency = { field = "priority", operator = "is", value = "P1" }
"""


@pytest.mark.parametrize(
    ("channel", "priority", "expected"),
    [
        ("phone", "P3", "gold"),
        ("direct", "P3", None),
        ("", "P3", None),
        ("inbox", "P3", "gold/registered"),
        ("inbox", "P1", "gold"),
        ("direct", "P1", "gold"),
    ],
)
def test_guarantee_chooses_by_the_channel_when_the_file_has_one(
    channel: str, priority: str, expected: str | None
) -> None:
    """Law D2: what the channel earns, and an emergency from its report whichever way it came."""
    made = policy(
        TEXT.replace('id = "gold"', 'id = "gold"\nwhen = { service = ["e*"] }') + GUARANTEE
    )
    opening = TicketOpened(
        ticket_id=TicketId("T1"),
        occurred_at=0,
        channel=channel,
        priority=priority,
        service=ServiceId("erp"),
    )
    found = made.agreement_for(opening)
    assert (found and found.agreement_id) == expected
    other = attrs.evolve(opening, service=ServiceId("mail"))
    assert made.agreement_for(other) is None
    if found is not None:
        anchors = {target.anchor for target in found.targets}
        assert anchors == {"registered" if "/" in found.agreement_id else "occurred"}
        assert made.agreement(found.agreement_id) == found


def test_guarantee_leaves_groups_and_suppliers_alone_when_there_are_any() -> None:
    """What a group owes the desk hangs on no channel."""
    ola = """
[[agreements]]
id = "net"
kind = "ola"
calendar = "office"
[agreements.ola]
rules = { held_by = ["net"] }
goals = { "*" = "4h" }
"""
    made = policy(TEXT + ola + GUARANTEE)
    assert [each.agreement_id for each in made.promised] == ["gold", "gold/registered", "net"]
    assert policy(TEXT + ola).promised == policy(TEXT + ola).agreements


@pytest.mark.parametrize(
    ("wrong", "code", "suggestion"),
    [
        ('official = "report"', "unknown-name", "reported"),
        ('channels = { phone = "nevr" }', "unknown-name", "never"),
        ('channels = { "" = "never" }', "empty", ""),
        ('emergncy = { field = "priority", operator = "is", value = "P1" }', "unknown-key",
         "emergency"),
        ('emergency = { field = "event", operator = "is", value = "TicketOpened" }',
         "applies-to-event", ""),
        ('emergency = { field = "prioritty", operator = "is", value = "P1" }', "unknown-field",
         "priority"),
    ],
)  # fmt: skip
def test_guarantee_is_refused_at_its_line_when_it_is_wrong(
    wrong: str, code: str, suggestion: str
) -> None:
    """Every word, name and key."""
    found = finding(f"{TEXT}[guarantee]\n{wrong}\n")
    assert (found.code, found.suggestion) == (code, suggestion)
    assert found.line in (TEXT.count("\n") + 1, TEXT.count("\n") + 2)


def test_build_refuses_what_no_catalogue_takes_when_agreements_are_sound() -> None:
    """An agreement of the name that the guarantee makes, and a condition about one event."""
    twin = AGREEMENT.replace('"gold"', '"gold/registered"')
    assert finding(TEXT + twin + GUARANTEE).code == "twice"
    rule = 'applies_to = { field = "event", operator = "is", value = "TicketOpened" }'
    text = TEXT.replace('id = "gold"', f'id = "gold"\n{rule}')
    assert finding(text).code == "applies-to-event"
