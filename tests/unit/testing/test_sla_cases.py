"""Random cases: the same for the same seed, all on the grid, with all that can go wrong."""

from __future__ import annotations

import random
from collections import Counter

from itsm_core.errors import NotFound
from itsm_core.sla import evaluate
from itsm_core.spans import micros
from itsm_core.testing.sla_cases import SlaCase, random_agreement, random_case
from itsm_core.testing.sla_histories import STEP


def case(number: int) -> SlaCase:
    """Return a case of a fixed run."""
    return random_case(random.Random(f"unit:{number}"))


def test_case_is_the_same_for_the_same_seed() -> None:
    """A failure is replayed by its seed."""
    assert case(1) == case(1)
    assert case(1).code() == case(1).code()
    assert case(1) != case(2)


def test_instants_lie_on_the_grid() -> None:
    """So that the oracle is exact."""
    step = STEP // (STEP.resolution)
    for number in range(50):
        one = case(number)
        instants = [micros(one.as_of)]
        instants += [at for event in one.history for at in (event.occurred_us, event.recorded_us)]
        assert {at % step for at in instants} == {0}


def test_schedules_belong_to_the_calendars() -> None:
    """The oracle builds its own rows from them."""
    for number in range(30):
        agreement, schedules = random_agreement(random.Random(number))
        for target in agreement.targets:
            calendar = agreement.calendar_of(target)
            assert schedules[calendar.content_hash].calendar() == calendar


def test_cases_reach_every_state_and_anchor() -> None:
    """A fuzzer that only sees running clocks proves nothing."""
    seen: Counter[str] = Counter()
    for number in range(400):
        one = case(number)
        seen.update(target.anchor for target in one.agreement.targets)
        seen.update(target.retarget for target in one.agreement.targets)
        seen.update(target.reopen for target in one.agreement.targets)
        seen.update(target.metric for target in one.agreement.targets)
        try:
            evaluation = evaluate(
                one.history, one.agreement, as_of=one.as_of, known_at=one.known_at
            )
        except NotFound:
            continue
        seen.update(clock.state.value for clock in evaluation)
        seen.update(line.kind.value for clock in evaluation for line in clock.ledger)
        seen.update("several cycles" for clock in evaluation if clock.cycle > 1)
        seen.update("raw differs" for clock in evaluation if clock.raw_due_us != clock.due_us)
    expected = (
        *("running", "paused", "met", "breached", "cancelled"),
        *("counted", "outside hours", "holiday", "excluded", "several cycles", "raw differs"),
        *("occurred", "registered", "opened", "from_start", "from_change", "share", "keep"),
        *("exclude_closed", "include_closed", "new_cycle", "ignore"),
        *("response", "next_reply", "update", "resolution", "requester_wait", "agent_work"),
        *("ola", "uc", "commitment"),
    )
    assert {name: seen[name] for name in expected if seen[name] < 3} == {}
