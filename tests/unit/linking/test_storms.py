"""Storms: seen early, told once, quiet on a usual day (law K2)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.escalation import ProposeMajorIncident
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.linking import StormDetector, StormProposal, TicketText
from itsm_core.spans import minutes

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
OUTAGE_AT = MONDAY + timedelta(days=63, hours=10)


def ticket(
    number: str, at: datetime, service: str = "mail", who: str = "", kind: str = "incident"
) -> TicketText:
    """Return a ticket; its reporter is somebody of its own unless named."""
    return TicketText(
        ticket_id=TicketId(number),
        at=at,
        kind=kind,
        service=ServiceId(service),
        requester=PersonId(who or f"caller of {number}"),
    )


def usual(days: int = 63) -> Iterator[TicketText]:
    """Yield nine weeks in which five services get about two tickets each working day."""
    rng = random.Random(7)
    for day in range(days):
        if day % 7 < 5:
            starts = sorted(rng.uniform(8, 18) for _ in range(10))
            for place, hour in enumerate(starts):
                service = ("mail", "erp", "print", "vpn", "web")[rng.randrange(5)]
                at = MONDAY + timedelta(days=day, hours=hour)
                yield ticket(f"D{day}-{place}", at, service)


def trained(**settings: object) -> StormDetector:
    """Return a detector that has seen the nine weeks, and proposed nothing in them."""
    found = StormDetector(**settings)  # type: ignore[arg-type]
    assert [each for each in map(found.observe, usual()) if each] == []
    return found


def outage(number: int = 8, apart: float = 3.0, **given: str) -> list[TicketText]:
    """Return tickets about one service, some minutes apart."""
    return [ticket(f"O{n}", OUTAGE_AT + minutes(apart * n), **given) for n in range(number)]


def proposed(detector: StormDetector, tickets: list[TicketText]) -> list[StormProposal]:
    """Return what a detector makes of tickets."""
    return [found for each in tickets if (found := detector.observe(each)) is not None]


def test_storm_is_proposed_once_when_tickets_pour_in() -> None:
    """At the fourth or fifth of eight, with its members; the others are the same storm."""
    (found,) = proposed(trained(), outage())
    assert found.members in {("O0", "O1", "O2", "O3"), ("O0", "O1", "O2", "O3", "O4")}
    assert found.service == "mail"
    assert found.expected < 0.2
    assert found.chance < 1e-4
    assert found.reporters == len(found.members)


def test_storm_is_proposed_anew_when_it_was_over() -> None:
    """A day later the service fails again: another storm, with another key."""
    detector = trained()
    first = proposed(detector, outage())
    again = [ticket(f"P{n}", OUTAGE_AT + timedelta(days=1) + minutes(3 * n)) for n in range(8)]
    second = proposed(detector, again)
    assert len(first) == len(second) == 1
    assert first[0].key != second[0].key


def test_nothing_is_proposed_when_different_services_have_tickets() -> None:
    """Five services, one ticket each within minutes, are a Monday."""
    tickets = [
        ticket(f"O{n}", OUTAGE_AT + minutes(n), name)
        for n, name in enumerate(("mail", "erp", "print", "vpn", "web"))
    ]
    assert proposed(trained(), tickets) == []


def test_nothing_is_proposed_when_one_person_repeats_in_other_words() -> None:
    """One reporter and no common wording: somebody works off a list."""
    assert proposed(trained(), outage(who="ann")) == []


def test_storm_is_proposed_when_one_reporter_tells_the_same() -> None:
    """A monitor speaks for many if it says the same thing: half in one group is coherent."""
    detector = trained()
    found = [
        storm
        for each in outage(who="monitor")
        if (storm := detector.observe(each, group="G1")) is not None
    ]
    assert len(found) == 1
    assert found[0].same_text == len(found[0].members)
    assert "in like words" in found[0].explain()


def test_nothing_is_proposed_when_they_are_requests() -> None:
    """Forty orders after an announcement are no outage."""
    assert proposed(trained(), outage(kind="service_request")) == []


def test_nothing_is_proposed_when_still_learning() -> None:
    """Without a history nobody knows what is usual."""
    assert proposed(StormDetector(), outage()) == []
    assert len(proposed(StormDetector(learning=timedelta(0)), outage())) == 1


def test_outage_teaches_nothing_when_it_lasts() -> None:
    """After a storm of 300 the next one is seen as early as the first."""
    detector = trained()
    first = proposed(detector, outage(300, 0.5))
    week_later = [ticket(f"Q{n}", OUTAGE_AT + timedelta(days=7) + minutes(3 * n)) for n in range(8)]
    second = proposed(detector, week_later)
    assert len(first) == 1
    assert len(second) == 1
    assert len(second[0].members) <= 6


def test_more_is_needed_when_fewer_false_alarms_are_bearable() -> None:
    """The knob says what it does: one false alarm in a thousand years takes longer to convince."""
    (usual_one,) = proposed(trained(), outage(apart=6))
    (careful,) = proposed(trained(false_alarms_per_year=0.001), outage(apart=6))
    assert len(careful.members) > len(usual_one.members)


def test_same_stream_gives_the_same_proposals_when_read_again() -> None:
    """Deterministic, key and all."""
    assert proposed(trained(), outage()) == proposed(trained(), outage())


def test_step_proposes_a_major_incident_when_taken_to_escalation() -> None:
    """It is a step like any other, about the ticket that made it a storm, under one key."""
    (found,) = proposed(trained(), outage())
    step = found.step("duty manager")
    assert step.action == ProposeMajorIncident(role="duty manager")
    assert (step.ticket_id, step.key) == (found.members[-1], "storm:mail:O0")
    assert step.at_us == found.at_us
    assert "tickets about mail within" in step.why
    assert step.note == ", ".join(found.members)


def test_ticket_is_refused_when_it_comes_out_of_order() -> None:
    """The past cannot be counted after the fact."""
    detector = StormDetector()
    detector.observe(ticket("A", OUTAGE_AT))
    with pytest.raises(InvalidValue, match="from before the last one"):
        detector.observe(ticket("B", MONDAY))


@pytest.mark.parametrize(
    "settings", [{"false_alarms_per_year": 0}, {"learning": timedelta(days=-1)}]
)
def test_detector_is_refused_when_it_cannot_be(settings: dict[str, object]) -> None:
    """No false alarm at all is not to be had."""
    with pytest.raises(InvalidValue):
        StormDetector(**settings)  # type: ignore[arg-type]


def busy(
    rng: random.Random, start: datetime, end: datetime, each_minute: float
) -> list[TicketText]:
    """Return tickets of one service day and night, told to the minute."""
    found = []
    for minute in range((end - start) // timedelta(minutes=1)):
        at = start + minutes(minute)
        number = sum(rng.random() < each_minute / 4 for _ in range(4))
        found += [ticket(f"T{at:%m%d%H%M}-{n}", at) for n in range(number)]
    return found


def test_second_storm_is_proposed_when_a_busy_service_never_falls_silent() -> None:
    """Thirty an hour are usual there: back at thirty, the first storm is over."""
    rng, day = random.Random(3), timedelta(days=1)
    detector = StormDetector(learning=7 * day)
    assert proposed(detector, busy(rng, MONDAY, MONDAY + 7 * day, 0.5)) == []
    for start in (MONDAY + 7 * day, MONDAY + 8 * day):
        outage_ends = start + minutes(20)
        assert len(proposed(detector, busy(rng, start, outage_ends, 3.5))) == 1
        assert proposed(detector, busy(rng, outage_ends, start + day, 0.5)) == []


def test_instants_told_to_the_minute_are_no_storm_when_the_service_is_busy() -> None:
    """Four in one minute, where one each minute is usual: they did not come at one instant."""
    detector = StormDetector(learning=timedelta(days=2))
    usual_ones = [ticket(f"U{n}", MONDAY + minutes(n)) for n in range(4_000)]
    assert proposed(detector, usual_ones) == []
    at_once = [ticket(f"V{n}", MONDAY + minutes(4_000)) for n in range(4)]
    assert proposed(detector, at_once) == []


def test_new_service_is_no_storm_for_ever_when_it_starts_busy() -> None:
    """Twelve an hour from the first hour on: told once, usual a week later, then watched."""
    detector = StormDetector(learning=timedelta(0))
    usual_ones = [ticket(f"U{n}", MONDAY + minutes(5 * n)) for n in range(3_200)]
    assert len(proposed(detector, usual_ones)) == 1
    later = [ticket(f"V{n}", MONDAY + minutes(16_000 + n / 10)) for n in range(200)]
    assert len(proposed(detector, later)) == 1


def test_first_and_last_hours_of_all_years_are_no_error_when_a_zone_lacks_them() -> None:
    """Exports write them for "unknown" and "never"."""
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert StormDetector(zone="America/New_York").observe(ticket("A", first)) is None
    assert StormDetector(zone="Asia/Tokyo").observe(ticket("A", last)) is None


def test_one_reporter_is_one_person_when_told() -> None:
    """Not one people."""
    detector = trained()
    told = [detector.observe(each, group="G1") for each in outage(who="monitor")]
    (found,) = [each for each in told if each]
    assert " by 1 person, " in found.explain()
