"""What may come next: commands that are let pass, and instants to which time may go."""

from __future__ import annotations

from itsm_core.conditions import Condition, Predicate, field
from itsm_core.explore import World
from itsm_core.explore._next import Next
from itsm_core.explore._stories import Stories, step_of
from tests.unit.explore.worlds import DESK, RESPONSE, in_state, small

HALF_AN_HOUR = 30 * 60 * 1_000_000
WEEK = 7 * 24 * 3600 * 1_000_000


def stories(world: World, rule: Predicate, *, everybody: bool = False) -> Stories:
    """Return the stories that matter to a question."""
    return Stories.of(world, Condition(schema=world.schema, rule=rule), everybody=everybody)


def opened(told: Stories) -> Next:
    """Return the first opening."""
    return next(told.begin())


def test_commands_are_those_that_decide_lets_pass() -> None:
    """From new, nothing is resumed or closed."""
    told = stories(small(), in_state("done"))
    done = [each.what for each in told.after(opened(told).situation) if each.actor]
    assert done == ["somebody: start"]


def test_time_goes_to_the_due_instant_past_it_and_on() -> None:
    """At the due instant the promise can still be kept."""
    told = stories(small(targets=(RESPONSE,)), field("response_state").is_("met"))
    here = opened(told).situation
    waits = [each.situation.now_us - here.now_us for each in told.after(here) if each.actor is None]
    assert waits == [HALF_AN_HOUR, HALF_AN_HOUR + 1, WEEK]


def test_time_goes_on_when_no_clock_is_asked_for() -> None:
    """Somebody may always do nothing."""
    told = stories(DESK, in_state("closed"))
    waits = [each for each in told.after(opened(told).situation) if each.actor is None]
    assert [each.what for each in waits] == ["nobody does anything for 7 days"]


def test_everybody_tries_when_it_is_asked_who_can() -> None:
    """Otherwise the first who may is enough."""
    one, all_of_them = (
        stories(DESK, in_state("closed")),
        stories(DESK, in_state("closed"), everybody=True),
    )
    starting = [
        [each.what for each in told.after(opened(told).situation) if "start" in each.what]
        for told in (one, all_of_them)
    ]
    assert starting == [["analyst: start"], ["analyst: start", "lead: start"]]


def test_step_tells_what_changed_when_something_did() -> None:
    """State, hold reason, and the clocks that were asked for."""
    told = stories(small(targets=(RESPONSE,)), field("response_state").is_("met"))
    first = opened(told)
    assert step_of(None, first).changes == ("new", "P1", "response running")
    answer = next(each for each in told.after(first.situation) if "answer" in each.what)
    assert step_of(first.situation, answer).changes == ("response met",)
