"""Slots: a service or item that fails at one hour of the week, whatever it is called (law K2)."""

from __future__ import annotations

import random
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from itsm_core.linking import Occurrence, Slot
from itsm_core.linking._rhythm import Profile
from itsm_core.linking._statistics import binomial_at_least
from itsm_core.linking._timetable import _uncertain, distinct, find_slots
from itsm_core.spans import micros
from tests.unit.linking.desk import AS_OF, MONDAY, WEEKS, background, failure, occurrence


def slots(occurrences: list[Occurrence]) -> tuple[Slot, ...]:
    """Return the slots of a desk over its twelve weeks."""
    profile = Profile.of([each.at_us for each in occurrences], "week", ZoneInfo("UTC"))
    return find_slots(occurrences, profile, since_us=micros(MONDAY), until_us=micros(AS_OF))


def test_failure_is_found_when_only_its_hour_and_service_are_alike() -> None:
    """All twelve, by the service; eight of them also by the item."""
    found = slots([*background(), *failure()])
    assert {(slot.field, slot.value) for slot in found} == {
        ("service", "export"),
        ("configuration_item_id", "JOB-1"),
    }
    by_service = next(slot for slot in found if slot.field == "service")
    assert by_service.members == tuple(each.ticket_id for each in failure())
    assert (by_service.weeks, by_service.of_weeks) == (WEEKS, WEEKS)
    assert by_service.chance < 1e-9
    assert by_service.expected < 0.5


def test_slot_is_found_when_three_weeks_are_all_there_is() -> None:
    """At the third or fourth occurrence, on a service that is otherwise quiet at night."""
    occurrences = [*background(), *failure(4)]
    profile = Profile.of([each.at_us for each in occurrences], "week", ZoneInfo("UTC"))
    until_us = micros(MONDAY + timedelta(weeks=4))
    found = find_slots(occurrences, profile, since_us=micros(MONDAY), until_us=until_us)
    assert [slot.weeks for slot in found if slot.field == "service"] == [4]


def test_nothing_is_found_when_tickets_come_at_random() -> None:
    """Twenty desks of 500 tickets on 20 items and 5 services: at most one false slot in all."""
    total = 0
    for seed in range(20):
        rng = random.Random(seed)
        occurrences = [
            occurrence(
                f"T{n}",
                MONDAY + timedelta(minutes=rng.randrange(WEEKS * 10_080)),
                service=f"S{rng.randrange(5)}",
                item=f"I{int(20 * rng.random() ** 2)}",
            )
            for n in range(500)
        ]
        total += len(slots(occurrences))
    assert total <= 1


def test_nothing_is_found_when_a_busy_hour_is_merely_busy() -> None:
    """All of the desk comes on Mondays at nine: that one service does, too, is no news."""
    occurrences = [
        occurrence(
            f"T{week}-{n}",
            MONDAY + timedelta(weeks=week, hours=9, minutes=n),
            service=f"S{n % 5}",
        )
        for week in range(WEEKS)
        for n in range(20)
    ]
    assert slots(occurrences) == ()


def test_slot_is_found_when_it_runs_past_sunday() -> None:
    """Half of them before midnight on Sunday, half after: one slot."""
    night = [
        occurrence(
            f"N{week:02d}",
            MONDAY + timedelta(weeks=week, minutes=12 if week % 2 else -12),
            service="export",
        )
        for week in range(1, WEEKS)
    ]
    (found,) = slots([*background(), *night])
    assert len(found.members) == WEEKS - 1


def test_one_failure_is_one_when_item_and_service_both_show_it() -> None:
    """Two slots that share a ticket are told as one, with all tickets of both."""
    (together,) = distinct(slots([*background(), *failure()]))
    assert set(together) == {each.ticket_id for each in failure()}


def test_two_failures_are_two_when_they_share_nothing() -> None:
    """Another service on Saturdays."""
    other = [
        occurrence(f"S{week:02d}", MONDAY + timedelta(weeks=week, days=5, hours=23), service="tape")
        for week in range(WEEKS)
    ]
    found = list(distinct(slots([*background(), *failure(), *other])))
    assert sorted(len(each) for each in found) == [WEEKS, WEEKS]


def test_nothing_is_found_when_there_is_no_time() -> None:
    """An empty period, and an empty desk."""
    profile = Profile.of([], "week", ZoneInfo("UTC"))
    assert find_slots([], profile, since_us=0, until_us=0) == ()
    assert find_slots([], profile, since_us=0, until_us=1) == ()


def test_nothing_is_found_when_a_small_desk_of_three_services_keeps_office_hours() -> None:
    """Of many hours some have few tickets by luck: that makes the others there no failure."""
    total = 0
    for seed in range(10):
        rng = random.Random(seed)
        days = [timedelta(weeks=w, days=d) for w in range(WEEKS) for d in range(5)]
        occurrences = [
            occurrence(
                f"T{n}",
                MONDAY + rng.choice(days) + timedelta(hours=rng.uniform(8, 18)),
                service=f"S{rng.randrange(3)}",
            )
            for n in range(200)
        ]
        total += len(slots(occurrences))
    assert total <= 1


def test_chance_is_that_of_the_count_when_much_is_known() -> None:
    """With a million others the Gamma is a point: the binomial tail remains."""
    known = binomial_at_least(6, 20, 0.1)
    assert _uncertain(6, 20, 0.1 / 1_000_000, 1_000_000) == pytest.approx(known, rel=1e-3)


def test_chance_is_that_of_the_negative_binomial_when_little_is_known() -> None:
    """Counts of rare things with a Gamma rate: scipy.stats.nbinom.sf(4, 6, 1 / 1.25)."""
    assert _uncertain(5, 1_000, 0.25 / 1_000, 5) == pytest.approx(0.032793, rel=0.02)


def test_last_occurrence_counts_when_it_is_at_the_very_end() -> None:
    """What happened up to an instant includes what happened at it: the end of a log is an event."""
    occurrences = [*background(), *failure()]
    profile = Profile.of([each.at_us for each in occurrences], "week", ZoneInfo("UTC"))
    until_us = failure()[-1].at_us
    found = find_slots(occurrences, profile, since_us=micros(MONDAY), until_us=until_us)
    by_service = next(slot for slot in found if slot.field == "service")
    assert by_service.members == tuple(each.ticket_id for each in failure())
