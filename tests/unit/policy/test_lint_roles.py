"""Roles that are misspelt: nobody has them."""

from __future__ import annotations

import pytest

from itsm_core.policy._lint_roles import _is_slip
from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, line_of, told

DESK = (
    'lifecycle = "errand"\n'
    + OFFICE
    + """
[lifecycles.errand]
states = { new = "new", working = "active", done = "closed" }

[[lifecycles.errand.transitions]]
trigger = "open"
target = "new"

[[lifecycles.errand.transitions]]
trigger = "start"
sources = ["new"]
target = "working"
roles = ["errand_manager", "lead"]

[[lifecycles.errand.transitions]]
trigger = "close"
sources = ["new", "working"]
target = "done"
roles = ["errand_manager", "system"]
"""
    + STANDARD
)
LADDER = """
[[ladders.usual.rules]]
name = "late"
trigger = { kind = "breached", clock = "resolution" }
actions = [{ ACTION }]
"""


def test_role_is_not_told_when_each_is_a_word_of_its_own() -> None:
    """Named once is no fault."""
    assert codes(DESK) == []


@pytest.mark.parametrize(
    "slip", ["errand_manger", "errand-manager", "Errand_Manager", "errnad_manager"]
)
def test_role_is_told_when_it_is_named_once_and_nearly_another(slip: str) -> None:
    """At its place, with the one that is named elsewhere."""
    more = (
        '[[lifecycles.errand.transitions]]\ntrigger = "end it"\nsources = ["new"]\n'
        f'target = "done"\nroles = ["{slip}"]\n'
    )
    text = DESK.replace(STANDARD, more + STANDARD)
    finding = told(text, "role-alone")
    assert (finding.value, finding.suggestion) == (slip, "errand_manager")
    assert finding.line == line_of(text, f'"{slip}"')


def test_role_is_told_at_its_own_place_when_the_list_is_not_in_order() -> None:
    """A transition and an override sort their roles; the place is the one in the text."""
    slip = 'roles = ["zebra keeper", "errand_manger"]'
    text = DESK.replace('roles = ["errand_manager", "system"]', slip)
    text = text.replace('["errand_manager", "lead"]', '["errand_manager", "system"]')
    more = (
        '[[lifecycles.errand.transitions]]\ntrigger = "end it"\nsources = ["new"]\n'
        'target = "done"\nroles = ["errand_manager"]\n'
    )
    text = text.replace(STANDARD, more + STANDARD)
    finding = told(text, "role-alone")
    assert finding.path == "lifecycles.errand.transitions[2].roles[1]"
    assert (finding.line, finding.column) == (line_of(text, slip), slip.index('"errand') + 1)
    rule = OFFICE + STANDARD + '[priority]\noverrides = { roles = ["zebra keeper", "analist"] }\n'
    assert told(rule, "role-alone").path == "priority.overrides.roles[1]"


@pytest.mark.parametrize(
    "action",
    [
        'kind = "escalate_to_role", role = "laed"',
        'kind = "notify", target = "role", name = "leads"',
        'kind = "propose_major_incident", role = "Lead"',
    ],
)
def test_role_of_a_ladder_is_told_when_it_is_nearly_one_of_the_lifecycle(action: str) -> None:
    """Of two that are named once, the second is told."""
    finding = told(DESK + LADDER.replace("ACTION", action), "role-alone")
    assert finding.suggestion == "lead"


@pytest.mark.parametrize(
    "action",
    [
        'kind = "escalate_to_role", role = "head"',
        'kind = "notify", target = "group", name = "leads"',
        'kind = "propose_major_incident"',
        'kind = "escalate_to_group", group = "leads"',
    ],
)
def test_ladder_is_not_told_when_it_names_something_else(action: str) -> None:
    """Another word, a group, and the role that is meant where none is written."""
    assert codes(DESK + LADDER.replace("ACTION", action)) == []


def test_role_of_an_override_is_told_when_it_is_nearly_one_that_is_shipped() -> None:
    """Incidents are resolved by analysts."""
    text = OFFICE + STANDARD + '[priority]\noverrides = { roles = ["analist"] }\n'
    assert told(text, "role-alone").suggestion == "analyst"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lead", "lead"),
        ("level 1", "level 2"),
        ("lead", "head"),
        ("owner", "co-owner"),
        ("problem_manager", "program_manager"),
        ("agent", "approver"),
        ("change coordinator", "change manager"),
        ("ab", "abc"),
        ("lead", "dela"),
    ],
)
def test_roles_are_two_when_they_are_different_words(one: str, other: str) -> None:
    """A short word with another letter, other figures, another word."""
    assert not _is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("team lead", "teamlead"),
        ("requestor", "requester"),
        ("service-owner", "service ownre"),
        ("coordinator", "cordinatorr"),
        ("LEAD", "lead"),
    ],
)
def test_roles_are_one_when_a_letter_slipped(one: str, other: str) -> None:
    """Missing, doubled, exchanged, capital."""
    assert _is_slip(one, other)
