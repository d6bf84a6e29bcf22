"""Types of ticket without a lifecycle, and with two."""

from __future__ import annotations

import pytest

from tests.unit.policy.lint_desk import OFFICE, STANDARD, codes, line_of, told

TYPES = 'lifecycle = { incident = "incident", complaint = "complaint" }\n'
WHEN = STANDARD.replace('id = "standard"', 'id = "standard"\nwhen = { ticket_type = ["XX"] }')


def asking(kind: str) -> str:
    """Return a file whose agreement asks for a type."""
    return TYPES + OFFICE + WHEN.replace("XX", kind)


@pytest.mark.parametrize("kind", ["incident", "complaint", "comp*", "*"])
def test_type_is_not_told_when_it_has_a_lifecycle(kind: str) -> None:
    """Patterns are fine as long as they take one of the types."""
    assert codes(asking(kind)) == []


@pytest.mark.parametrize(("kind", "near"), [("complain", "complaint"), ("wish*", "")])
def test_type_is_told_when_no_lifecycle_is_for_it(kind: str, near: str) -> None:
    """No such ticket can be opened; the nearest type is suggested."""
    text = asking(kind)
    finding = told(text, "type-without-lifecycle")
    assert (finding.value, finding.line) == (kind, line_of(text, f'"{kind}"'))
    assert finding.suggestion == near


def test_type_is_not_told_when_a_star_takes_every_other_one() -> None:
    """Then any word is a type."""
    assert codes(asking("wish").replace('complaint = "complaint"', '"*" = "incident"')) == []


def test_type_of_a_condition_is_told_when_no_ticket_can_have_it() -> None:
    """A condition over facts asks for it as well as `when` does."""
    rule = 'applies_to = { field = "ticket_type", operator = "is", value = "complain" }'
    text = TYPES + OFFICE + STANDARD.replace('id = "standard"', f'id = "standard"\n{rule}')
    assert told(text, "impossible-value").suggestion == "complaint"


def test_type_is_told_when_it_is_written_twice_for_two_lifecycles() -> None:
    """Capitals, blanks and underscores make no other type of it."""
    text = (
        TYPES.replace("complaint =", '"Inci dent" = "task", in_cident = "incident", complaint =')
        + OFFICE
        + STANDARD
    )
    finding = told(text, "type-twice")
    assert (finding.value, finding.path) == ("Inci dent", "lifecycle.Inci dent")


def test_promise_is_judged_by_the_lifecycles_of_its_types_when_it_asks_for_some() -> None:
    """Nobody answers an errand, so that only an agreement that takes errands is told."""
    errand = """
[lifecycles.errand]
states = { new = "new", done = "closed" }
transitions = [
    { trigger = "open", target = "new" },
    { trigger = "close", sources = ["new"], target = "done" },
]
"""
    types = 'lifecycle = { incident = "incident", errand = "errand" }\n'
    response = WHEN.replace("[agreements.resolution]", "[agreements.response]")
    for kind, expected in (("incident", []), ("err*", ["promise-without-transition"])):
        assert codes(types + OFFICE + errand + response.replace("XX", kind)) == expected
    every = STANDARD.replace("[agreements.resolution]", "[agreements.response]")
    assert codes(types + OFFICE + errand + every) == ["promise-without-transition"]
