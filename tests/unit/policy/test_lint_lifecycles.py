"""Lifecycles in which promises cannot be kept, or triggers mean nothing."""

from __future__ import annotations

import pytest

from itsm_core.policy import read_policy
from tests.unit.policy.lint_desk import OFFICE, codes, found, line_of, told

PROMISES = """
[[agreements]]
id = "standard"
calendar = "office"
[agreements.response]
goals = { "*" = "4h" }
[agreements.resolution]
goals = { "*" = "16h" }
pause_on = ["awaiting_requester"]
"""
LIFECYCLE = """
[lifecycles.errand]
states = { new = "new", working = "active", waiting = "on_hold", done = "closed" }
hold_reasons = ["awaiting_requester"]

[[lifecycles.errand.transitions]]
trigger = "open"
target = "new"

[[lifecycles.errand.transitions]]
trigger = "answer"
sources = ["new", "working", "waiting"]

[[lifecycles.errand.transitions]]
trigger = "assign"
sources = ["new", "working", "waiting"]

[[lifecycles.errand.transitions]]
trigger = "start"
sources = ["new"]
target = "working"

[[lifecycles.errand.transitions]]
trigger = "hold"
sources = ["working"]
target = "waiting"

[[lifecycles.errand.transitions]]
trigger = "resume"
sources = ["waiting"]
target = "working"

[[lifecycles.errand.transitions]]
trigger = "close"
sources = ["working"]
target = "done"
required = ["assignee"]
"""
DESK = 'lifecycle = "errand"\n' + OFFICE + LIFECYCLE + PROMISES
ANSWER = """[[lifecycles.errand.transitions]]
trigger = "answer"
sources = ["new", "working", "waiting"]
"""
ASSIGN = ANSWER.replace("answer", "assign")
IS = 'applies_to = {{ field = "ticket_type", operator = "{}", value = "{}" }}'
MISSING = 'applies_to = { field = "ticket_type", operator = "is_missing" }'


def test_nothing_is_told_when_the_lifecycle_can_do_what_is_promised() -> None:
    """The desk that the others are changed from is sound."""
    assert codes(DESK) == []


def test_response_is_told_when_nobody_can_answer() -> None:
    """Without a transition 'answer' the clock is broken by every ticket."""
    text = DESK.replace(ANSWER, "")
    finding = told(text, "promise-without-transition")
    assert finding.line == line_of(text, "[agreements.response]")
    assert 'sources = ["new", "working", "waiting"]' in finding.remedy


def test_response_is_not_told_when_it_stops_by_a_rule_of_its_own() -> None:
    """Then it may be kept by something else than an answer."""
    rule = (
        'rules = { start = { field = "event", operator = "is", value = "TicketOpened" }, '
        'stop = { field = "category", operator = "is", value = "active" } }\n'
    )
    text = DESK.replace(ANSWER, "").replace(
        'goals = { "*" = "4h" }\n', f'goals = {{ "*" = "4h" }}\n{rule}'
    )
    assert codes(text) == []


def test_resolution_is_told_when_tickets_only_end_cancelled() -> None:
    """What is cancelled was never solved."""
    text = DESK.replace('done = "closed"', 'done = "cancelled"')
    assert told(text, "promise-without-transition").line == line_of(text, "[agreements.resolution]")


def test_promise_is_judged_by_the_type_of_its_tickets_when_it_names_one() -> None:
    """Incidents follow the shipped lifecycle, in which one can answer; errands do not."""
    when = 'id = "standard"\nwhen = { ticket_type = ["incident"] }'
    text = DESK.replace(ANSWER, "").replace('id = "standard"', when)
    by_type = 'lifecycle = { incident = "incident", errand = "errand" }'
    assert codes(text.replace('lifecycle = "errand"', by_type)) == []
    assert "promise-without-transition" in codes(text)


@pytest.mark.parametrize(
    ("names", "asked", "is_told"),
    [
        ('incident = "incident", errand = "errand"', IS.format("is", "incident"), False),
        ('incident = "incident", errand = "errand"', IS.format("is", "errand"), True),
        ('incident = "incident", errand = "errand"', IS.format("is_not", "errand"), False),
        ('incident = "incident", "*" = "errand"', IS.format("is", "incident"), False),
        ('incident = "incident", "*" = "errand"', IS.format("is", "chore"), True),
        ('incident = "incident", "*" = "errand"', MISSING, True),
        ('incident = "incident", "*" = "errand"', 'when = { ticket_type = ["chore*"] }', True),
        ('incident = "incident", "*" = "errand"', 'when = { ticket_type = ["chore"] }', True),
        ('errand = "errand", "*" = "incident"', 'when = { ticket_type = ["chore*"] }', False),
        ('"*" = "errand"', IS.format("is", "incident"), True),
    ],
)
def test_promise_is_judged_by_the_types_for_which_it_can_hold(
    names: str, asked: str, is_told: bool
) -> None:
    """`applies_to` asks for a type as `when` does, and a pattern takes types of no name."""
    text = DESK.replace(ANSWER, "").replace('id = "standard"', f'id = "standard"\n{asked}')
    text = text.replace('lifecycle = "errand"', f"lifecycle = {{ {names} }}")
    assert ("promise-without-transition" in codes(text)) is is_told


def test_promise_is_judged_by_every_lifecycle_when_its_condition_is_too_large() -> None:
    """Nothing is proved where one text is searched for nine parts."""
    part = '{{ field = "group", operator = "contains", value = "g{}" }}'
    asked = f"applies_to = {{ all = [{', '.join(part.format(n) for n in range(9))}] }}"
    text = DESK.replace(ANSWER, "").replace('id = "standard"', f'id = "standard"\n{asked}')
    text = text.replace('lifecycle = "errand"', 'lifecycle = { errand = "errand" }')
    assert "promise-without-transition" in codes(text)


def test_pause_is_told_when_no_ticket_of_the_file_waits_so() -> None:
    """The reason is one of a shipped lifecycle, which nothing here follows."""
    text = DESK.replace('["awaiting_requester"]\n"""', "").replace(
        'pause_on = ["awaiting_requester"]', 'pause_on = ["awaiting_requester", "awaiting_stock"]'
    )
    finding = told(text, "pause-never")
    assert (finding.value, finding.line) == ("awaiting_stock", line_of(text, "awaiting_stock"))


def test_pause_is_not_told_when_a_lifecycle_of_the_file_has_the_reason() -> None:
    """A service request waits for stock, and requests are a type of ticket of the desk."""
    request = PROMISES.replace(
        '"standard"', '"requests"\nwhen = { ticket_type = ["service_request"] }'
    )
    request = request.replace('["awaiting_requester"]', '["awaiting_stock"]')
    by_type = 'lifecycle = { "*" = "incident", service_request = "service_request" }\n'
    assert codes(by_type + OFFICE + request + PROMISES) == []


@pytest.mark.parametrize(
    ("trigger", "slip"),
    [("resume", "resum"), ("close", "clos"), ("close", "Close"), ("start", "strat")],
)
def test_trigger_is_told_when_it_is_nearly_that_of_a_command(trigger: str, slip: str) -> None:
    """The command would find no transition; the note names it."""
    text = DESK.replace(f'trigger = "{trigger}"', f'trigger = "{slip}"')
    finding = told(text, "near-trigger")
    assert (finding.line, finding.suggestion) == (line_of(text, f'"{slip}"'), trigger)


@pytest.mark.parametrize("trigger", ["begin", "unhold", "re_start", "submit"])
def test_trigger_is_not_told_when_it_is_a_word_of_its_own(trigger: str) -> None:
    """A prefix makes another word of it."""
    assert "near-trigger" not in codes(DESK.replace('"start"', f'"{trigger}"'))


def test_field_is_told_when_nothing_fills_it_once_the_ticket_is_open() -> None:
    """There is another way to the end, but a ticket that was opened without is kept from this."""
    text = DESK.replace(ASSIGN, "").replace(
        PROMISES,
        '[[lifecycles.errand.transitions]]\ntrigger = "cancel"\nsources = ["working"]\n'
        f'target = "done"\n{PROMISES}',
    )
    finding = told(text, "required-at-opening")
    assert (finding.value, finding.line) == ("assignee", line_of(text, 'required = ["assignee"]'))


def test_field_is_refused_at_its_line_when_no_ticket_ends_without_it() -> None:
    """Told once, where it is required, and not at each of the states on the way there."""
    text = DESK.replace(ASSIGN, "")
    (finding,) = read_policy(text, format="toml").findings
    assert (finding.code, finding.value) == ("no-way-to-end", "assignee")
    assert finding.line == line_of(text, 'required = ["assignee"]')
    assert "add a transition 'assign'" in finding.remedy


def test_field_is_not_told_when_the_opening_requires_it() -> None:
    """Then no ticket is without."""
    text = DESK.replace(ASSIGN, "").replace(
        'target = "new"', 'target = "new"\nrequired = ["assignee"]'
    )
    assert [each.code for each in found(text)] == []
