"""The expected results of public ITSM systems about escalation, each through a ladder (E1, E2).

Levels before and after a due instant are planned by `OffsetFromDue`. The cases about behaviour
that concern no clock, but whom to tell and when, are those that `test_field_cases_sla` leaves to
escalation; nothing of the file is left out.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    Breached,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    ShareUsed,
    Step,
    due,
    plan,
)
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ids import PersonId
from itsm_core.sla import ServiceLevelTarget
from tests.golden.field import (
    ABSENT,
    Record,
    calendar_of,
    instant,
    items,
    load,
    number,
    record,
    seconds,
    text,
)
from tests.golden.field_behaviour import duration
from tests.golden.field_sla import outcome_of
from tests.golden.field_story import promise, story
from tests.golden.test_field_cases_sla import LATER, LISTED, PARTS_LATER


def _cases() -> dict[str, Record]:
    data = load("cases.json")
    cases = [] if data is None else map(record, items(record(data)["cases"]))
    return {text(case["id"]): case for case in cases}


CASES = _cases()
OFFSETS = sorted(name for name, case in CASES.items() if case["kind"] == "offset_from_due")
BEHAVIOURS = sorted(name for name, case in CASES.items() if case["kind"] == "behaviour")


def case_of(name: str) -> Record:
    """Return a case of the file; skip where the file is absent."""
    if not CASES:
        pytest.skip(ABSENT)
    return CASES[name]


def only(steps: tuple[Step, ...]) -> Step:
    """Return the one step of a plan."""
    (step,) = steps
    return step


@pytest.mark.parametrize("name", OFFSETS)
def test_level_is_planned_when_the_source_says(name: str) -> None:
    """Ten levels up to eight hours before a due instant, and up to ten after it, in working time.

    The goal is four times the offset, so that the clock runs when a level before due is reached.
    """
    case = CASES[name]
    calendar, at = calendar_of(record(case["calendar"])), instant(record(case["input"])["due"])
    offset = seconds(record(case["input"])["offset_business_seconds"])
    start = calendar.subtract(at, 4 * abs(offset))
    target = ServiceLevelTarget(metric="resolution", goals=WorkingTime(4 * abs(offset)))
    assert calendar.add(start, 4 * abs(offset)) == at
    rule = EscalationRule(
        name="level",
        trigger=OffsetFromDue(clock="resolution", offset=offset),
        actions=[Notify(target="role", name="manager")],
    )
    ladder = Ladder(name="levels", rules=(rule,))
    step = only(plan(story(start), ladder, promise(calendar, target), as_of=start))
    assert step.at == instant(record(case["expected"])["instant"])


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_behaviour_is_the_published_one_when_its_case_is_told(name: str) -> None:
    """By the clocks, or listed with the law; what they leave open is answered below."""
    outcome = outcome_of(CASES[name], tuple(CASES.values()))
    expected = "listed" if name in LISTED else "later" if name in LATER else "passes"
    assert outcome.status == expected, str(outcome)


def test_next_level_comes_after_the_reminders_when_nobody_answers() -> None:
    """Each reminder is waited for as long as the one before, the last one, too."""
    case = case_of("snow-05")
    (given,) = map(record, items(record(case["input"])["events"]))
    times, every = number(given["reminders"]), timedelta(minutes=number(given["every_min"]))
    after = timedelta(minutes=number(record(case["expected"])["escalate_after_min"]))
    ladder = Ladder(
        name="reminders",
        rules=(
            EscalationRule(
                name="first",
                trigger=ShareUsed(clock="resolution", ratio=0.01),
                actions=[Notify(target="assignee")],
                repeat_every=every,
                repeat_times=times,
                acknowledge_within=every * (times + 1),
            ),
            EscalationRule(
                name="next",
                trigger=Breached(clock="resolution"),
                actions=[Notify(target="role", name="manager")],
            ),
        ),
    )
    start = instant("2026-01-05T09:00:00Z")
    target = ServiceLevelTarget(metric="resolution", goals=timedelta(hours=100))
    steps = plan(story(start), ladder, promise(ALWAYS, target), as_of=start)
    first, *_, last = steps
    assert [step.rule for step in steps] == ["first"] * (times + 1) + ["next"]
    assert last.at - first.at == after


def test_breach_is_told_to_whom_the_rule_names_and_to_nobody_else() -> None:
    """The assignee and a role; no other agent hears of it."""
    case = case_of("chatwoot-14")
    created, goal, _ = map(record, items(record(case["input"])["events"]))
    now = instant("2026-01-05T09:00:00Z")
    opened = story(now - duration(text(created["t"]).removeprefix("-")))[0]
    assert isinstance(opened, TicketOpened)
    history: list[TicketEvent] = [attrs.evolve(opened, assignee=PersonId("assignee"))]
    target = ServiceLevelTarget(
        metric="response", goals=duration(text(goal["first_response_goal"]))
    )
    rule = EscalationRule(
        name="missed",
        trigger=Breached(clock="response"),
        actions=[Notify(target="assignee"), Notify(target="role", name="account admins")],
    )
    found = due(history, Ladder(name="l", rules=(rule,)), promise(ALWAYS, target), until=now)
    expected = record(case["expected"])
    told = {each.current.target.partition(" ")[2] for each in found}
    assert told == {text(each) for each in items(expected["notified"])}
    assert not told & {text(each) for each in items(expected["not_notified"])}
    assert {each.outcome for each in found} == {"act"}


def test_no_case_is_left_to_a_later_step_when_the_data_is_there() -> None:
    """What the clocks leave to escalation is answered here."""
    if not CASES:
        pytest.skip(ABSENT)
    assert {*LATER, *PARTS_LATER} == {"snow-05", "chatwoot-14"}
    assert (len(OFFSETS), len(BEHAVIOURS)) == (10, 17)
