"""Expectations as they are run: met, or every difference at its own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.policy.expect_desk import FRIDAY, POLICY, case, differences, results


def test_case_passes_when_everything_is_as_expected(tmp_path: Path) -> None:
    """The due instants are worked out by hand; see the story."""
    (result,) = results(tmp_path, FRIDAY)
    assert result.is_passed
    assert (result.name, result.line) == ("Friday evening", 4)


def test_every_difference_is_told_when_several_things_differ(tmp_path: Path) -> None:
    """One run shows all of them, each with line and column of what was expected."""
    text = FRIDAY.replace('agreement = "standard"', 'agreement = "mail"')
    text = text.replace('priority = "P2"', 'priority = "P1"').replace("10:50", "08:50")
    text = text.replace("cycles = 1", "cycles = 2")
    (result,) = results(tmp_path, text)
    assert [(each.line, each.column, str(each)) for each in result.differences] == [
        (17, 12, "priority: expected P1, got P2"),
        (16, 13, "agreement: expected mail, got standard"),
        (19, 66, "resolution cycles: expected 2, got 1"),
        (
            19,
            22,
            "resolution due: expected Tue 2026-03-31 08:50+02:00, got Tue 2026-03-31 10:50+02:00",
        ),
    ]


def test_clock_explains_itself_when_it_differs(tmp_path: Path) -> None:
    """Who reads the failure wants to know how the due instant came about."""
    (result,) = results(tmp_path, FRIDAY.replace("10:50", "08:50"))
    assert "promised: 8 h working time" in result.differences[0].why
    assert "awaiting_requester" in result.differences[0].why


def test_agreement_is_none_when_nothing_is_promised(tmp_path: Path) -> None:
    """That is a legal answer, and may be expected."""
    policy = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"

[[agreements]]
id = "mail"
calendar = "office"
when = { service = ["mail"] }
resolution.goals = { "*" = "8h" }
"""
    assert differences(tmp_path, case(expect='{ agreement = "none" }'), policy) == []
    text = case(expect='{ resolution = { state = "running" } }')
    assert differences(tmp_path, text, policy) == ["resolution: expected a clock, got no agreement"]


def test_clock_is_unknown_when_the_agreement_lacks_it(tmp_path: Path) -> None:
    """A slip of typing is answered, and is no silent success."""
    text = case(expect='{ resolutoin = { state = "running" } }')
    (difference,) = differences(tmp_path, text)
    assert difference.endswith("response, resolution; did you mean 'resolution'?")


def test_due_is_that_of_the_projection_when_the_clock_is_paused(tmp_path: Path) -> None:
    """P4 has 40 hours from Monday 9:00; held at 10:00, judged at 12:00, two hours are added.

    Forty hours of eight a day end on Friday at 17:00; two more on the Monday after at 11:00,
    which is Easter Monday, without holidays in this policy a day like any other.
    """
    text = case(
        ticket='{ priority = "P4" }',
        events='[{ at = "2026-03-30 10:00", do = "hold", reason = "awaiting_requester" }]',
        as_of='"2026-03-30 12:00"',
        expect='{ resolution = { state = "paused", due = "2026-04-06 11:00" } }',
    )
    assert differences(tmp_path, text) == []


def test_clock_has_not_started_when_nothing_began_it(tmp_path: Path) -> None:
    """Without a goal for the priority there is no cycle, and no due instant."""
    policy = """
[[agreements]]
id = "one"
calendar = "always"
response.goals = { P1 = "1h" }
"""
    text = case(
        ticket='{ priority = "P3" }',
        expect='{ response = { state = "not started", cycles = 0, due = "2026-03-30 10:00" } }',
    )
    assert differences(tmp_path, text, policy) == [
        "response due: expected Mon 2026-03-30 10:00+02:00, got no due instant"
    ]


def test_step_is_a_difference_when_the_lifecycle_refuses_it(tmp_path: Path) -> None:
    """Nobody resumes what is not on hold; the story goes on without the step."""
    text = case(
        events='[{ at = "2026-03-30 09:10", do = "resume" }]', expect='{ agreement = "standard" }'
    )
    (result,) = results(tmp_path, text)
    (difference,) = result.differences
    assert str(difference) == "event 'resume': expected happens, got refused (illegal-transition)"
    assert difference.line == 5
    assert difference.why


def test_story_is_a_difference_when_the_ticket_cannot_be_opened(tmp_path: Path) -> None:
    """The matrix has no such impact."""
    text = case(ticket='{ impact = "huge" }', expect='{ agreement = "standard" }')
    (difference,) = differences(tmp_path, text)
    assert "the matrix has no such impact: 'huge'" in difference


LIFECYCLE = """
[lifecycles.change]
states = { new = "new", asked = "active", waiting = "on_hold", done = "closed" }
hold_reasons = ["awaiting_requester"]
[[lifecycles.change.transitions]]
trigger = "open"
target = "new"
[[lifecycles.change.transitions]]
trigger = "start"
sources = ["new"]
target = "asked"
[[lifecycles.change.transitions]]
trigger = "approve"
sources = ["asked"]
roles = ["lead"]
separate_from = ["requester"]
[[lifecycles.change.transitions]]
trigger = "wait for them"
sources = ["asked"]
target = "waiting"
required = ["reason"]
[[lifecycles.change.transitions]]
trigger = "resume"
sources = ["waiting"]
target = "asked"
[[lifecycles.change.transitions]]
trigger = "close"
sources = ["asked"]
target = "done"
approvals = 2
"""
START = '{ at = "2026-03-30 09:10", do = "start" }'
CLOSE = 'at = "2026-03-30 11:00", do = "close"'


def approval(by: str, roles: str = '["lead"]') -> str:
    """Return the step in which somebody approves."""
    return f'{{ at = "2026-03-30 10:00", do = "approve", by = "{by}", roles = {roles} }}'


def told(folder: Path, *steps: str) -> list[str]:
    """Return what differs in a story of a change that needs two approvals."""
    text = case(events=f"[{', '.join((START, *steps))}]", expect='{ agreement = "standard" }')
    return differences(folder, text, policy='lifecycle = "change"\n' + POLICY + LIFECYCLE)


def test_story_goes_on_when_enough_people_have_approved(tmp_path: Path) -> None:
    """Two leads, then it may be closed."""
    assert told(tmp_path, approval("lea"), approval("leo"), f"{{ {CLOSE} }}") == []


def test_story_may_expect_a_refusal_when_somebody_must_not(tmp_path: Path) -> None:
    """One lead is not enough, an agent is no lead, and the requester must not approve."""
    steps = [
        approval("lea"),
        approval("ann", '["agent"]').replace(" }", ', refused = "missing-role" }'),
        approval("the requester").replace(" }", ', refused = "same-person" }'),
        f'{{ {CLOSE}, refused = "missing-approval" }}',
    ]
    assert told(tmp_path, *steps) == []


def test_refusal_is_a_difference_when_the_step_happens(tmp_path: Path) -> None:
    """Nobody has to approve twice what two have approved."""
    close = f'{{ {CLOSE}, refused = "missing-approval" }}'
    found = told(tmp_path, approval("lea"), approval("leo"), close)
    assert found == ["event 'close': expected refused (missing-approval), got happens"]


def test_refusal_is_a_difference_when_the_reason_is_another(tmp_path: Path) -> None:
    """The code says why, and that is part of what is expected."""
    found = told(tmp_path, f'{{ {CLOSE}, refused = "missing-role" }}')
    assert found == [
        "event 'close': expected refused (missing-role), got refused (missing-approval)"
    ]


def test_hold_by_an_own_trigger_happens_when_it_says_why(tmp_path: Path) -> None:
    """A trigger of the lifecycle's own carries a reason, as `hold` does."""
    step = 'at = "2026-03-30 10:00", do = "trigger", name = "wait for them"'
    assert told(tmp_path, f'{{ {step}, reason = "awaiting_requester" }}') == []
    assert told(tmp_path, f"{{ {step} }}") == [
        "event 'trigger': expected happens, got refused (missing-field)"
    ]


LADDER = (
    POLICY
    + """
[[rosters.office.layers]]
name = "weeks"
people = ["ana"]
zone = "Europe/Berlin"
start_on = 2026-01-05
hand_off = "09:00"

[[ladders.standard.rules]]
name = "half used"
trigger = { kind = "share_used", clock = "resolution", ratio = 0.5 }
actions = [{ kind = "notify", target = "roster", name = "office" }]

[[ladders.standard.rules]]
name = "late"
trigger = { kind = "breached", clock = "resolution" }
actions = [{ kind = "escalate_to_role", role = "lead" }]
"""
)
"""P2 has eight hours: opened on Monday at 9:00 half is used at 13:00, all of it at 17:00."""

PRINTER = '{ priority = "P2", service = "printing" }'


def escalates(folder: Path, as_of: str, wanted: str, **keys: str) -> list[str]:
    """Return how a ticket of Monday at 9:00 differs from the escalation that is wanted."""
    told = {"as_of": f'"2026-03-30 {as_of}"', "expect": f"{{ escalation = {wanted} }}"}
    return differences(folder, case(ticket=PRINTER, **told, **keys), LADDER)


def test_no_step_is_expected_when_none_is_due_yet(tmp_path: Path) -> None:
    """Up to the instant of judging, that instant included: half is used at 13:00."""
    assert escalates(tmp_path, "12:59", '"none"') == []
    assert escalates(tmp_path, "13:00", '"none"') == ["escalation: expected none, got half used"]


def test_rules_are_expected_in_their_order_when_named(tmp_path: Path) -> None:
    """Each once, however often it acts; the first that acts comes first."""
    assert escalates(tmp_path, "17:01", '["half used", "late"]') == []
    assert escalates(tmp_path, "17:01", '["late"]') == [
        "escalation: expected late, got half used, late"
    ]


def test_no_step_is_due_when_the_ticket_waits_or_is_done(tmp_path: Path) -> None:
    """Nothing fires inside a pause or after the end; what came due before it has happened."""
    held = '[{ at = "2026-03-30 12:00", do = "hold", reason = "awaiting_requester" }]'
    assert escalates(tmp_path, "17:01", '"none"', events=held) == []
    done = '[{ at = "2026-03-30 14:00", do = "resolve" }]'
    assert escalates(tmp_path, "17:01", '["half used"]', events=done) == []


def test_steps_are_told_in_words_when_they_were_not_expected(tmp_path: Path) -> None:
    """Whoever reads the failure wants to know what would have happened, when and why."""
    told = case(ticket=PRINTER, as_of='"2026-03-30 13:00"', expect='{ escalation = "none" }')
    (result,) = results(tmp_path, told, LADDER)
    assert result.differences[0].why.startswith("Mon 13:00: notify ana, because ")
    assert (result.differences[0].line, result.differences[0].column) == (7, 25)


def test_escalation_differs_when_nothing_could_escalate(tmp_path: Path) -> None:
    """An expectation that no outcome could fail is none; a slip in a rule's name is answered."""
    text = case(expect='{ escalation = "none" }')
    assert differences(tmp_path, text) == [
        "escalation: expected none, got the policy has no ladder"
    ]
    (told,) = escalates(tmp_path, "17:01", '["lat"]')
    assert told.endswith("no rule 'lat'; the ladders have half used, late; did you mean 'late'?")


@pytest.mark.parametrize(
    ("wanted", "due"),
    [("standard", "2026-03-30 13:00"), ("mail", "2026-03-30 09:15")],
)
def test_agreement_is_that_of_the_time_when_the_ticket_is_reclassified(
    tmp_path: Path, wanted: str, due: str
) -> None:
    """Mail is answered in a quarter of an hour, anything else has a solution in four hours."""
    at = "2026-03-30 10:00" if wanted == "standard" else "2026-03-30 09:01"
    clock = "resolution" if wanted == "standard" else "response"
    text = case(
        ticket='{ priority = "P1", service = "mail" }',
        events='[{ at = "2026-03-30 09:05", do = "reclassify", service = "erp" }]',
        as_of=f'"{at}"',
        expect=f'{{ agreement = "{wanted}", {clock} = {{ due = "{due}" }} }}',
    )
    assert differences(tmp_path, text) == []


def test_ladder_follows_the_agreements_when_the_ticket_is_reclassified(tmp_path: Path) -> None:
    """At 13:00 the four hours of the new agreement are over, of which the old one knew nothing."""
    ladder = """
[[ladders.usual.rules]]
name = "late"
trigger = { kind = "breached", clock = "resolution" }
actions = [{ kind = "escalate_to_role", role = "lead" }]
"""
    text = case(
        ticket='{ priority = "P1", service = "mail" }',
        events='[{ at = "2026-03-30 09:05", do = "reclassify", service = "erp" }]',
        as_of='"2026-03-30 13:01"',
        expect='{ escalation = ["late"] }',
    )
    assert differences(tmp_path, text, POLICY + ladder) == []
    early = text.replace("13:01", "12:59").replace('["late"]', '"none"')
    assert differences(tmp_path, early, POLICY + ladder) == []
