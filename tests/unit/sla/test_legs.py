"""Legs under a promise: what cannot fit, and what fits from some starts only (law S12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    Goal,
    WallTime,
    WeeklyHours,
    WorkingDays,
)
from itsm_core.errors import DefinitionError
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    Leg,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)
from tests.unit.sla.legs import EARLY, HOUR, LATE, OFFICE, Goals, part, whole

MINUTE = timedelta(minutes=1)


def opens(days: dict[date, str]) -> Calendar:
    """Return a calendar that is open on some days alone."""
    return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(""), exceptions=days)


def codes(goals: Goals, *parts: ServiceLevelAgreement, calendar: Calendar = OFFICE) -> list[str]:
    """Return the faults of an agreement; none if it is accepted."""
    try:
        whole(goals, *parts, calendar=calendar)
    except DefinitionError as error:
        return [fault.code for fault in error.faults]
    return []


class TestNames:
    """What a leg speaks of must be there."""

    def test_unknown_clocks_are_refused_on_both_sides(self) -> None:
        """With the nearest name."""
        leg = Leg(clock="resolutoin", agreement=part(HOUR), leg_clock="netwrk")
        with pytest.raises(DefinitionError) as caught:
            whole(HOUR, legs=(leg,))
        assert [fault.code for fault in caught.value.faults] == ["unknown-leg-clock"] * 2
        assert "did you mean 'resolution'?" in caught.value.faults[0].remedy
        assert "did you mean 'network'?" in caught.value.faults[1].remedy

    @pytest.mark.parametrize(
        ("legs", "expected"),
        [
            (
                (Leg(clock="repair", agreement=part(HOUR), leg_clock="network"),),
                ("unknown-leg-clock", "legs[0]", "repair"),
            ),
            (
                (Leg(clock="resolution", agreement=part(HOUR), leg_clock="net"),),
                ("unknown-leg-clock", "legs[0]", "net"),
            ),
            (
                (Leg(clock="resolution", agreement=part(HOUR), leg_clock="network"),) * 2,
                ("leg-twice", "legs[1]", "network"),
            ),
            (
                (Leg(clock="resolution", agreement=part(99 * HOUR), leg_clock="network"),),
                ("legs-too-long", "legs of resolution", "any other priority"),
            ),
        ],
    )
    def test_fault_of_a_leg_has_its_code_its_place_and_the_value(
        self, legs: tuple[Leg, ...], expected: tuple[str, str, str]
    ) -> None:
        """The clock that is missing, or the priority that cannot be kept."""
        with pytest.raises(DefinitionError) as caught:
            whole(9 * HOUR, legs=legs)
        assert [(each.code, each.where, each.value) for each in caught.value.faults] == [expected]

    def test_leg_that_is_there_twice_is_refused(self) -> None:
        """Its time would count twice."""
        assert codes(9 * HOUR, part(HOUR), part(HOUR)) == ["leg-twice"]

    def test_commitment_is_no_leg(self) -> None:
        """It brings its own deadline."""
        target = ServiceLevelTarget(metric="commitment")
        promises = ServiceLevelAgreement(
            agreement_id=AgreementId("c"), calendar=ALWAYS, targets=(target,)
        )
        assert codes(HOUR, promises) == ["leg-without-goals"]


class TestSums:
    """Exact where amounts can be compared."""

    @pytest.mark.parametrize(
        ("goal", "legs", "fits"),
        [
            (4 * HOUR, (2 * HOUR, 2 * HOUR), True),
            (4 * HOUR, (2 * HOUR, 2 * HOUR + timedelta(microseconds=1)), False),
            (4 * HOUR, (5 * HOUR,), False),
            (WallTime(4 * HOUR), (WallTime(HOUR), WallTime(3 * HOUR)), True),
            (WallTime(4 * HOUR), (WallTime(2 * HOUR), WallTime(3 * HOUR)), False),
        ],
    )
    def test_sum_of_the_legs_fits_or_not(
        self, goal: timedelta | Goal, legs: tuple[timedelta | Goal, ...], fits: bool
    ) -> None:
        """To the microsecond."""
        parts = [part(each, name=f"leg{n}") for n, each in enumerate(legs)]
        assert (codes(goal, *parts) == []) is fits

    def test_each_priority_is_looked_at(self) -> None:
        """P2 fits, P1 does not, P3 has no promise, P4 no leg."""
        network = part({"P1": 3 * HOUR, "P2": 3 * HOUR, "P3": 99 * HOUR})
        with pytest.raises(DefinitionError) as caught:
            whole({"P1": 2 * HOUR, "P2": 4 * HOUR, "P4": HOUR}, network)
        assert [fault.value for fault in caught.value.faults] == ["P1"]
        assert str(caught.value) == (
            "agreement 'gold': legs of resolution: the legs of resolution cannot fit for P1: "
            "network 3 h working time; the promise is 2 h working time "
            "(shorten a leg, or lengthen the promise)"
        )

    def test_goal_for_any_priority_is_looked_at_on_both_sides(self) -> None:
        """`*` stands for whatever is not listed."""
        assert codes({"*": 2 * HOUR}, part({"P1": 3 * HOUR})) == ["legs-too-long"]
        assert codes({"P1": 2 * HOUR}, part({"*": 3 * HOUR})) == ["legs-too-long"]
        assert codes({"P1": 4 * HOUR, "*": HOUR}, part({"P1": 3 * HOUR})) == []


class TestStarts:
    """Elsewhere: refused only if no start of four weeks is early enough."""

    @pytest.mark.parametrize(
        ("goal", "leg", "calendar", "fits"),
        [
            (2 * HOUR, WallTime(2 * HOUR), OFFICE, True),
            # From one microsecond after 15:00 the night is in between.
            (2 * HOUR, WallTime(18 * HOUR), OFFICE, True),
            # Friday after 15:00: due on Monday at 09:00 and a bit, 66 hours later.
            (2 * HOUR, WallTime(66 * HOUR), OFFICE, True),
            (2 * HOUR, WallTime(66 * HOUR + timedelta(microseconds=1)), OFFICE, False),
            (WallTime(2 * HOUR), 2 * HOUR, OFFICE, True),
            (WallTime(2 * HOUR), 2 * HOUR + timedelta(microseconds=1), OFFICE, False),
            (WorkingDays(1, at="end_of_day"), 8 * HOUR, OFFICE, True),
            (WorkingDays(1, at="end_of_day"), 17 * HOUR, OFFICE, False),
            (HOUR, HOUR, NEVER, False),
        ],
    )
    def test_leg_on_another_kind_of_time_fits_or_not(
        self, goal: timedelta | Goal, leg: timedelta | Goal, calendar: Calendar, fits: bool
    ) -> None:
        """Worked out by hand: the best start is where the due instant jumps over a night."""
        assert (codes(goal, part(leg, calendar)) == []) is fits

    def test_only_start_that_fits_is_found_between_hours(self) -> None:
        """Half past two, wall time till four, then the late shift till six: three and a half."""
        legs = (part(WallTime(1.5 * HOUR), name="a"), part(2 * HOUR, LATE, "b"))
        assert codes(WallTime(3.5 * HOUR), *legs) == []
        assert codes(WallTime(3.5 * HOUR - timedelta(microseconds=1)), *legs) == ["legs-too-long"]

    def test_start_at_a_full_hour_is_found_when_a_leg_counts_days(self) -> None:
        """Who asks before noon gets it at four of the next working day: 28 hours and a bit.

        Nothing opens or closes at eleven, and days cannot be counted back.
        """
        next_day = part(WorkingDays(1, time(16), cut_off=time(12)))
        assert codes(WallTime(29 * HOUR), next_day) == []
        assert codes(WallTime(28 * HOUR), next_day) == ["legs-too-long"]

    def test_sum_is_compared_when_nothing_is_ever_due(self) -> None:
        """Two working hours do not fit into one, on whichever calendar."""
        assert codes(HOUR, part(2 * HOUR, NEVER), calendar=NEVER) == ["legs-too-long"]

    def test_chain_over_two_calendars_waits_in_between(self) -> None:
        """From eight to ten, then from four to six: ten hours on the wall."""
        legs = (part(2 * HOUR, EARLY, "a"), part(2 * HOUR, LATE, "b"))
        assert codes(WallTime(10 * HOUR), *legs) == []
        assert codes(WallTime(9 * HOUR), *legs) == ["legs-too-long"]

    def test_leg_fits_when_its_calendar_has_no_time_before_the_first_opening(self) -> None:
        """Open on Tuesday, 3 November 2026, alone: two hours from nine, then one of the office."""
        fair = BusinessCalendar(
            zone="UTC",
            hours=WeeklyHours.parse(""),
            exceptions={date(2026, 11, 3): "09:00-17:00"},
        )
        legs = (part(2 * HOUR, fair, "fair"), part(HOUR, OFFICE, "office"))
        assert codes(WallTime(3 * HOUR), *legs) == []
        assert codes(WallTime(2.5 * HOUR), *legs) == ["legs-too-long"]

    def test_weeks_begin_with_the_version(self) -> None:
        """A calendar that opens in 2030 only is asked in 2030."""
        start = datetime(2030, 1, 7, tzinfo=UTC)
        assert whole(4 * HOUR, part(WallTime(HOUR)), valid_from=start).check() == ()

    @given(goal=st.integers(1, 40), legs=st.lists(st.integers(1, 20), min_size=1, max_size=3))
    def test_search_agrees_with_the_sum_where_both_can_tell(
        self, goal: int, legs: list[int]
    ) -> None:
        """The same hours, written as another calendar, are found by search."""
        again = OFFICE | OFFICE
        parts = [part(each * HOUR, again, f"leg{n}") for n, each in enumerate(legs)]
        assert (codes(goal * HOUR, *parts) == []) is (sum(legs) <= goal)

    def test_promise_that_is_never_due_takes_any_leg(self) -> None:
        """Nobody can be late for it; a leg that is never done is late for every other."""
        assert codes(HOUR, part(99 * HOUR), calendar=NEVER) == []
        assert codes(WallTime(99 * HOUR), part(HOUR, NEVER)) == ["legs-too-long"]

    def test_legs_of_the_second_target_are_looked_at_when_the_first_has_none(self) -> None:
        """Two hours do not fit into one, wherever the promise stands."""
        targets = (
            ServiceLevelTarget(metric="response", goals=HOUR),
            ServiceLevelTarget(metric="resolution", goals=HOUR),
        )
        with pytest.raises(DefinitionError) as caught:
            whole(HOUR, part(2 * HOUR), targets=targets)
        assert [fault.where for fault in caught.value.faults] == ["legs of resolution"]

    def test_start_at_an_opening_between_hours_is_found_when_it_is_the_only_one(self) -> None:
        """Open for forty minutes, once: who asks later is not served, who asks earlier waits."""
        fair = opens({date(2026, 11, 3): "09:10-09:50"})
        assert codes(WallTime(40 * MINUTE), part(40 * MINUTE, fair)) == []
        assert codes(WallTime(39 * MINUTE), part(40 * MINUTE, fair)) == ["legs-too-long"]

    def test_start_at_the_end_of_the_four_weeks_is_not_looked_at(self) -> None:
        """2 to 30 November 2026, without the last instant (T3)."""
        for day, clock, expected in (
            (29, "23:20-24:00", []),
            (30, "00:00-00:40", ["legs-too-long"]),
        ):
            fair = opens({date(2026, 11, day): clock})
            assert codes(WallTime(40 * MINUTE), part(40 * MINUTE, fair)) == expected

    def test_start_at_a_closing_of_the_promise_is_found(self) -> None:
        """Friday from 09:30 to 09:50: due on Monday, at least 71 h 40 min later."""
        short = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:10-09:50"))
        for minutes, expected in ((0, []), (1, ["legs-too-long"])):
            leg = part(WallTime(71 * HOUR + (40 + minutes) * MINUTE), ALWAYS)
            assert codes(20 * MINUTE, leg, calendar=short) == expected

    def test_start_right_after_an_instant_is_found_when_a_leg_counts_days(self) -> None:
        """After 09:30 the promise is due on the next day from 09:10 on, and a leg that was
        asked for before its cut-off is done by nine; nothing opens or closes at the cut-off.
        """
        short = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:10-09:50"))
        for cut_off, expected in (
            (time(9, 30, 0, 2), []),
            (time(9, 40), []),
            (time(9, 30, 0, 1), ["legs-too-long"]),
        ):
            leg = part(WorkingDays(1, time(9), cut_off=cut_off))
            assert codes(20 * MINUTE, leg, calendar=short) == expected

    def test_start_that_working_time_before_an_opening_needs_is_found_between_hours(self) -> None:
        """Half past two, office hours till four, then the late shift till six."""
        legs = (part(1.5 * HOUR, name="a"), part(2 * HOUR, LATE, "b"))
        assert codes(WallTime(3.5 * HOUR), *legs) == []
        assert codes(WallTime(3.5 * HOUR - timedelta(microseconds=1)), *legs) == ["legs-too-long"]
