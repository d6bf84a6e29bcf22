"""The mistakes, with the law that has to find each and what its story has to say."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from itsm_core.testing import LawBroken
from tests.golden.user_mistakes import agreements, calendars, people, stores

__all__ = ["MISTAKES", "Found", "Mistake", "found"]


class Mistake(NamedTuple):
    """Hold one mistake: the test that must fail, its law, and words that the message must have."""

    test: Callable[..., None]
    law: str
    says: str

    @property
    def name(self) -> str:
        """Return the mistake in a few words."""
        return self.test.__name__


class Found(NamedTuple):
    """Say whether a mistake was found, by what, and in how many seconds."""

    error: LawBroken | None
    seconds: float


def found(mistake: Mistake) -> Found:
    """Run the test that must fail."""
    began = time.perf_counter()
    try:
        mistake.test()
    except LawBroken as error:
        return Found(error, time.perf_counter() - began)
    return Found(None, time.perf_counter() - began)


MISTAKES: Final = (
    Mistake(calendars.closed_all_week, "Y2", "open for 3 minutes a week"),
    Mistake(calendars.night_counted_twice, "Y1", "overlap"),
    Mistake(calendars.holidays_of_other_years, "Y3", "only in 2024 to 2025"),
    Mistake(calendars.time_on_the_wall, "C11", "The clocks change at"),
    Mistake(calendars.minutes_rounded_down, "C11", "reversed it is"),
    Mistake(calendars.days_of_eight_hours, "C11", "the calendar says"),
    Mistake(agreements.gravest_is_slower, "Y4", "later than P2"),
    Mistake(agreements.answer_after_solution, "Y5", "after resolution"),
    Mistake(agreements.clock_never_stops, "Y6", "it can never stop"),
    Mistake(agreements.warning_at_the_end, "Y1", "not between 0 and 1"),
    Mistake(agreements.pause_for_unknown_reason, "Y7", "pauses for 'pending_customer'"),
    Mistake(agreements.matrix_turned_round, "Y1", "high"),
    Mistake(agreements.modifier_lowers_the_gravest, "P1", "the milder"),
    Mistake(agreements.pause_without_exit, "Y1", "waiting"),
    Mistake(agreements.role_that_nobody_has, "Y9", "is for manger"),
    Mistake(agreements.four_eyes_and_one_manager, "Y10", "nobody can close or cancel"),
    Mistake(agreements.two_ways_at_once, "Y1", "close"),
    Mistake(people.clock_misspelt, "Y13", "the clocks are resolution"),
    Mistake(people.ladder_tells_nobody, "Y14", "tells anybody anything"),
    Mistake(people.roster_of_last_year, "Y14", "nobody is on call in nights"),
    Mistake(people.manager_before_the_lead, "Y16", "before 'lead'"),
    Mistake(people.quiet_all_day, "Y15", "after the quiet hours of ana"),
    Mistake(people.sun_sets_at_the_clock_change, "Y11", "Mon 09 Mar 2026 07:00"),
    Mistake(people.holiday_without_a_stand_in, "Y11", "nobody is on call from"),
    Mistake(people.override_of_the_wrong_week, "Y12", "changes nothing"),
    Mistake(stores.lost_update, "R5", "Conflict expected"),
    Mistake(stores.feed_in_another_order, "R5", "read_all"),
    Mistake(stores.append_twice_by_key, "R5", "key"),
    Mistake(stores.half_a_batch, "R5", "append_many"),
)
