"""Laws of plans and of what is due, on random tickets, ladders and rosters (laws E2, E3)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import attrs
import pytest

from itsm_core.escalation import FIRE_ALL, CatchUp, DueStep, Step, due, plan
from itsm_core.escalation import _walk as walk
from itsm_core.escalation import _world as world
from itsm_core.events import (
    EscalationStepPassed,
    EscalationStepTaken,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import TicketId
from itsm_core.testing.escalation_cases import EscalationCase, random_case
from itsm_core.testing.escalation_oracle import OracleStep, oracle_steps

CASES: Final = 1_000
ORACLE_CASES: Final = 60
MICRO: Final = timedelta(microseconds=1)

Said = tuple[int, str, str, str]


def cases(number: int = CASES, first: int = 0) -> list[tuple[random.Random, EscalationCase]]:
    """Return random cases, each with its source of chance."""
    sources = [random.Random(seed) for seed in range(first, first + number)]
    return [(rng, random_case(rng)) for rng in sources]


def asked(
    case: EscalationCase,
    since: datetime | None,
    until: datetime,
    *,
    history: tuple[TicketEvent, ...] | None = None,
    catch_up: CatchUp = FIRE_ALL,
) -> tuple[DueStep, ...]:
    """Return what came due, told only what had happened by then."""
    told = case.history if history is None else history
    known = [event for event in told if event.occurred_at <= until]
    given = (case.ladder, case.agreement, case.coverage)
    return due(known, *given, since=since, until=until, catch_up=catch_up)


def said(steps: tuple[DueStep, ...]) -> list[Said]:
    """Return what steps say, in order."""
    return sorted((d.step.at_us, d.key, d.step.target, d.step.why) for d in steps)


def instants(rng: random.Random, case: EscalationCase) -> list[datetime]:
    """Return polling times from before the opening to the end of a case."""
    minutes = int((case.until - case.opened_at) / timedelta(minutes=1))
    inner = {
        case.opened_at + timedelta(minutes=rng.randrange(minutes))
        for _ in range(rng.randrange(1, 9))
    }
    return sorted({case.opened_at - MICRO, case.until, *inner})


def polled(rng: random.Random, case: EscalationCase) -> list[Said]:
    """Return what one gets who asks at random times, each time since the last."""
    times = instants(rng, case)
    found: list[Said] = []
    for since, until in pairwise(times):
        found += said(asked(case, since, until))
    return sorted(found)


class TestPolling:
    """E3: any set of polling times ending at the same instant give the same keys."""

    def test_steps_are_the_same_when_asked_at_any_times(self) -> None:
        """Also when, how and to whom; the asker knows no future."""
        differing = [
            number
            for number, (rng, case) in enumerate(cases())
            if polled(rng, case) != said(asked(case, None, case.until))
        ]
        assert differing == []

    def test_keys_are_distinct_when_a_case_has_many_steps(self) -> None:
        """A key names one step for ever."""
        for _, case in cases(300):
            keys = [each.key for each in asked(case, None, case.until)]
            assert len(keys) == len(set(keys))

    def test_asking_again_adds_nothing_when_steps_are_recorded(self) -> None:
        """After recording, only what is held is left (E3)."""
        for _, case in cases(300):
            for catch_up in (FIRE_ALL, CatchUp(), CatchUp(mode="skip", older_than=timedelta(1))):
                found = asked(case, None, case.until, catch_up=catch_up)
                told = (*case.history, *records(found, case.until))
                again = asked(case, None, case.until, history=told, catch_up=catch_up)
                held = [each for each in found if each.outcome == "held"]
                assert list(again) == held

    def test_records_change_no_step_when_they_are_in_the_history(self) -> None:
        """What was written down about steps moves no other step."""
        for _, case in cases(300):
            found = asked(case, None, case.until)
            some = found[: len(found) // 2]
            told = (*case.history, *(record(each, each.step.at) for each in some))
            left = asked(case, None, case.until, history=told)
            assert [each.key for each in left] == [each.key for each in found[len(some) :]]


def records(found: tuple[DueStep, ...], at: datetime) -> list[TicketEvent]:
    """Return what is written down at an instant: all but what is held."""
    return [record(each, at) for each in found if each.outcome != "held"]


def record(each: DueStep, at: datetime) -> TicketEvent:
    """Return what is written down of a step that is not held."""
    step = each.step
    if each.outcome == "act":
        return EscalationStepTaken(
            ticket_id=step.ticket_id,
            occurred_at=at,
            automatic=True,
            sequence=1_000,  # written after what happened at the same instant
            key=step.key,
            rule=step.rule,
            action=str(step.action),
            due_at=step.at_us,
        )
    return EscalationStepPassed(
        ticket_id=step.ticket_id,
        occurred_at=at,
        automatic=True,
        key=step.key,
        rule=step.rule,
        outcome=each.outcome,
        due_at=step.at_us,
    )


class TestPlan:
    """E2: the plan is what will be due if nothing else happens."""

    def test_plan_is_what_comes_due_when_nothing_happens_until_the_next_event(self) -> None:
        """From a random instant to the next event, plan and due name the same steps."""
        for rng, case in cases():
            times = sorted({event.occurred_at for event in case.history})
            number = rng.randrange(len(times))
            now = times[number]
            until = times[number + 1] - MICRO if number + 1 < len(times) else case.until
            known = [event for event in case.history if event.occurred_at <= now]
            given = (case.ladder, case.agreement, case.coverage)
            planned = plan(known, *given, as_of=now, until=until)
            came = [each.step for each in asked(case, now, until)]
            assert sorted(map(_sort, planned)) == sorted(map(_sort, came))

    def test_plan_is_in_order_and_ahead_when_made_at_any_instant(self) -> None:
        """No step of a plan is past, none comes before the one before it."""
        for rng, case in cases(200):
            now = case.opened_at + timedelta(minutes=rng.randrange(2400))
            steps = plan(case.history, case.ladder, case.agreement, case.coverage, as_of=now)
            times = [step.at_us for step in steps]
            assert times == sorted(times)
            assert all(step.at > now for step in steps)

    def test_nothing_is_planned_for_a_clock_when_it_is_paused(self) -> None:
        """A pause has no known end, so the resolution clock plans nothing in it."""
        for _, case in cases(300):
            now = case.until
            hold = TicketPutOnHold(
                ticket_id=TicketId("INC-1"),
                occurred_at=now,
                state="on_hold",
                reason="awaiting_requester",
                sequence=99,
            )
            history = (*case.history, hold)
            steps = plan(history, case.ladder, case.agreement, case.coverage, as_of=now)
            assert not [step for step in steps if step.subject.startswith("resolution.")]
            assert not [step for step in steps if step.subject.startswith("silence.")]

    def test_nothing_is_planned_for_a_ticket_when_it_is_cancelled(self) -> None:
        """Only promises to people outlive a ticket."""
        for _, case in cases(300):
            end = TicketCancelled(
                ticket_id=TicketId("INC-1"), occurred_at=case.until, state="x", sequence=99
            )
            history = (*case.history, end)
            steps = plan(history, case.ladder, case.agreement, case.coverage, as_of=case.until)
            assert not [step for step in steps if not step.subject.startswith("commitment.")]

    def test_no_step_is_taken_inside_a_hold_when_its_clock_pauses_there(self) -> None:
        """By the events alone: no step about the resolution while the requester is waited for."""
        for _, case in cases(300):
            holds = waiting_spans(case)
            for each in asked(case, None, case.until):
                if each.step.subject.startswith("resolution."):
                    assert not any(low <= each.step.at_us < high for low, high in holds)


def waiting_spans(case: EscalationCase) -> list[tuple[int, int]]:
    """Return when the ticket was on hold for the requester, read off the events by hand."""
    found: list[tuple[int, int]] = []
    since: int | None = None
    moves = (
        TicketPutOnHold,
        TicketResumed,
        TicketResolved,
        TicketReopened,
        TicketCancelled,
        TicketClosed,
    )
    for event in case.history:
        if not isinstance(event, moves):
            continue
        if since is not None:
            found.append((since, event.occurred_us))
            since = None
        if isinstance(event, TicketPutOnHold) and event.reason == "awaiting_requester":
            since = event.occurred_us
    if since is not None:
        found.append((since, 1 << 62))
    return found


def _sort(step: Step) -> tuple[int, str, str]:
    return (step.at_us, step.key, step.target)


def differs(case: EscalationCase) -> bool:
    """Tell whether the oracle says something else about a case."""
    found = [
        OracleStep(
            d.step.at_us,
            d.step.level,
            d.step.subject,
            d.step.occurrence,
            int(d.key.rpartition(":")[2]),
            d.step.target,
        )
        for d in asked(case, None, case.until)
    ]
    return sorted(found, key=attrs.astuple) != sorted(oracle_steps(case), key=attrs.astuple)


class TestOracle:
    """E2: closed form and stepping along the clock agree on every step."""

    def test_steps_are_those_of_the_oracle_when_cases_are_random(self) -> None:
        """Instant, level, subject, occurrence, action and target."""
        found = cases(ORACLE_CASES, first=10_000)
        assert [n for n, (_, case) in enumerate(found) if differs(case)] == []

    def test_cases_have_steps_of_every_trigger_when_there_are_enough(self) -> None:
        """An oracle that is never asked proves nothing."""
        kinds = {
            each.step.subject.partition(".")[0]
            for _, case in cases(400)
            for each in asked(case, None, case.until)
        }
        assert kinds == {
            "absence",
            "asked",
            "bounced",
            "commitment",
            "next_reply",
            "priority",
            "reopened",
            "resolution",
            "response",
            "silence",
        }


def _no_turns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world, "_TURNS", frozenset())


def _no_pauses(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(world.Window, "first", _careless)


def _careless(window: world.Window, at_us: int) -> int | None:
    at = max(at_us, window.low_us)
    return at if at < window.high_us else None


def _deaf(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(walk.Walk, "_acknowledge", lambda *_: None)


def _endless(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(walk.Walk, "_after_holds", lambda _, at: at)


@pytest.mark.parametrize("plant", [_no_turns, _no_pauses, _deaf, _endless])
def test_planted_bug_is_found_when_a_hundred_cases_are_tried(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks can fail: each mistake is seen by the oracle or by polling within 100 seeds.

    Only cases that the mistake touches are given to them: of the others they say what they said.
    """
    tried = [(rng, case, said(asked(case, None, case.until))) for rng, case in cases(100)]
    plant(monkeypatch)
    touched = [
        (rng, case) for rng, case, sound in tried if said(asked(case, None, case.until)) != sound
    ]
    assert any(
        polled(rng, case) != said(asked(case, None, case.until)) or differs(case)
        for rng, case in touched
    )
