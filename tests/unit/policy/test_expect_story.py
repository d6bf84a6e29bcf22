"""Tickets from sketches: their priority, their lifecycle, and what happens to them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import TicketOpened
from itsm_core.policy import Policy, facts_of, open_sketch, read_policy
from tests.unit.policy.expect_desk import POLICY, case, differences
from tests.unit.policy.test_lint_agreements import LIFECYCLE

NOON = datetime(2026, 3, 30, 12, tzinfo=UTC)
VIP = """
[priority]
directory = { vips = ["ada"] }

[[priority.modifiers]]
name = "vip"
when = { field = "vip", operator = "is", value = true }
raise = 1
"""


def policy_of(text: str) -> Policy:
    """Return a policy, which must be sound."""
    policy = read_policy(text, format="toml").policy
    assert policy is not None
    return policy


def test_cell_is_the_first_that_gives_the_priority_when_only_that_is_told() -> None:
    """Going through the rows of the matrix, the gravest first."""
    facts = facts_of(policy_of(POLICY), {"priority": "P3"})
    assert (facts.impact, facts.urgency) == ("high", "low")


def test_cell_leads_to_the_priority_through_the_modifiers_when_there_are_some() -> None:
    """Ada's tickets go up by one: her P2 comes of a cell with P3."""
    facts = facts_of(policy_of(POLICY + VIP), {"priority": "P2", "requester": "ada"})
    assert (facts.impact, facts.urgency) == ("high", "low")


def test_cell_is_the_least_grave_when_nothing_is_told() -> None:
    """What a portal without the question would enter."""
    facts = facts_of(policy_of(POLICY), {})
    assert (facts.impact, facts.urgency) == ("low", "low")


@pytest.mark.parametrize("sketch", [{"priority": "P7"}, {"impact": "huge"}])
def test_sketch_is_refused_when_the_matrix_lacks_it(sketch: dict[str, str]) -> None:
    """A story about a priority that there is not proves nothing."""
    with pytest.raises(InvalidValue):
        facts_of(policy_of(POLICY), sketch)


def test_ticket_is_opened_as_sketched_when_told() -> None:
    """Every key of the sketch is on the ticket."""
    sketch = {
        "impact": "high",
        "urgency": "high",
        "service": "mail",
        "category": "outage",
        "channel": "phone",
        "group": "first line",
        "requester": "ada",
        "configuration_item_id": "ci-1",
        "title": "no mail",
    }
    (event,) = open_sketch(policy_of(POLICY), sketch, NOON)
    assert isinstance(event, TicketOpened)
    assert {key: str(getattr(event, key)) for key in sketch} == sketch
    assert (event.priority, event.ticket_type, event.lifecycle) == ("P1", "incident", "incident")


BY_TYPE = 'lifecycle = { fault = "problem", wish = "desk" }\n'


@pytest.mark.parametrize(
    ("lifecycle", "given", "expected"),
    [
        ('lifecycle = "desk"\n', "problem", ("problem", "desk")),
        ('lifecycle = "desk"\n', "", ("desk", "desk")),
        (BY_TYPE, "wish", ("wish", "desk")),
        (BY_TYPE, "", ("fault", "problem")),
        (BY_TYPE.replace("wish", '"*"'), "any", ("any", "desk")),
        (BY_TYPE.replace("wish", '"*"'), "", ("incident", "desk")),
    ],
)
def test_lifecycle_is_the_one_that_a_desk_takes_when_a_sketch_is_opened(
    lifecycle: str, given: str, expected: tuple[str, str]
) -> None:
    """One for every type, or each its own; a sketch may leave the type open."""
    policy = policy_of(lifecycle + POLICY + LIFECYCLE)
    (event,) = open_sketch(policy, {"ticket_type": given}, NOON)
    assert isinstance(event, TicketOpened)
    assert (event.ticket_type, event.lifecycle) == expected


def test_sketch_is_refused_when_no_lifecycle_is_for_its_type() -> None:
    """As the desk would refuse it."""
    policy = policy_of(BY_TYPE + POLICY + LIFECYCLE)
    with pytest.raises(CommandRefused, match="known types: fault, wish"):
        open_sketch(policy, {"ticket_type": "incident"}, NOON)


def test_every_doing_happens_when_told_in_a_story(tmp_path: Path) -> None:
    """One long story; the last reopening makes the clock run again."""
    steps = [
        'do = "assign", group = "first line", assignee = "ben"',
        'do = "reclassify", service = "erp"',
        'do = "prioritise", impact = "high", urgency = "high"',
        'do = "override", priority = "P2"',
        'do = "end override"',
        'do = "start"',
        'do = "hold", reason = "awaiting_supplier", evidence = "a letter"',
        'do = "resume"',
        'do = "contact"',
        'do = "answer"',
        'do = "answer", automatic = true',
        'do = "resolve", resolution_code = "replaced"',
        'do = "reopen", reason = "again"',
    ]
    events = ", ".join(
        f'{{ at = "2026-03-30 09:{n:02}", {step} }}' for n, step in enumerate(steps, 1)
    )
    text = case(
        events=f"[{events}]",
        expect=(
            '{ priority = "P1", response = { state = "met" }, resolution = { state = "running" } }'
        ),
    )
    assert differences(tmp_path, text) == []


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ('do = "cancel"', "cancelled"),
        ('do = "resolve" }, { at = "2026-03-30 09:05", do = "close"', "met"),
    ],
)
def test_ticket_ends_when_the_story_says_so(tmp_path: Path, last: str, state: str) -> None:
    """Withdrawn, or resolved and closed."""
    text = case(
        events=f'[{{ at = "2026-03-30 09:02", {last} }}]',
        expect=f'{{ resolution = {{ state = "{state}" }} }}',
    )
    assert differences(tmp_path, text) == []


def test_trigger_of_ones_own_fires_when_the_lifecycle_has_it(tmp_path: Path) -> None:
    """A desk's own word for a move."""
    own = LIFECYCLE.replace('trigger = "start"', 'trigger = "pick up"')
    policy = 'lifecycle = "desk"\n' + POLICY.replace("awaiting_requester", "customer") + own
    text = case(
        events=(
            '[{ at = "2026-03-30 09:02", do = "trigger", name = "pick up" }, '
            '{ at = "2026-03-30 09:03", do = "close" }]'
        ),
        expect='{ resolution = { state = "met" } }',
    )
    assert differences(tmp_path, text, policy) == []
