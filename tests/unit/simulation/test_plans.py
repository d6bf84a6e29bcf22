"""Plans: every ticket has one, and the hidden stories are among them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from itsm_core.simulation._draws import Draws
from itsm_core.simulation._plans import plans
from itsm_core.simulation._stories import Kind
from itsm_core.simulation._world import make_world

START = datetime(2026, 1, 5, tzinfo=UTC)
END = START + timedelta(weeks=26)
FOUND = plans(Draws(Random(3)), make_world(Draws(Random(3)), START, END), 2000)


def test_plans_are_as_many_as_asked_for_in_order_of_registering() -> None:
    """Ids are given in the order in which the desk learns of things."""
    registered = [plan.registered_at for plan in FOUND]
    assert len(FOUND) == 2000
    assert registered == sorted(registered)


def test_no_plan_is_registered_before_it_happened_or_after_the_end() -> None:
    """Every plan becomes a ticket of the period."""
    assert all(plan.at <= plan.registered_at < END for plan in FOUND)


def test_failure_comes_once_a_week_in_the_night_to_thursday() -> None:
    """Twenty-six weeks, twenty-six failures, local time."""
    failures = [plan for plan in FOUND if plan.kind is Kind.WEEKLY_FAILURE]
    local = [plan.at.astimezone(plan.site.tzinfo) for plan in failures]
    assert len(failures) == 26
    assert {at.weekday() for at in local} == {3}
    assert all(1 <= at.hour <= 3 for at in local)


def test_every_story_is_there() -> None:
    """What is to be found has to be hidden first."""
    assert set(Counter(plan.kind for plan in FOUND)) == set(Kind)
