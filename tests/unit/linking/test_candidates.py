"""Candidates: what recurs, in which order, and what is left out (law K2)."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import localcontext

import attrs
import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking import (
    CandidateRules,
    ChangeRecord,
    Evidence,
    Group,
    Link,
    Money,
    Occurrence,
    Rates,
    find_candidates,
)
from tests.unit.linking.desk import AS_OF, HOUR_US, MONDAY, WEEKS, background, failure, occurrence


def group(occurrences: list[Occurrence], log_odds: float = 3.0, terms: str = "pump leak") -> Group:
    """Return a group of occurrences, each linked to the one before."""
    ids = [each.ticket_id for each in occurrences]
    evidence = (Evidence(name="title", contribution=log_odds, terms=tuple(terms.split())),)
    links = tuple(
        Link(ticket_id=later, other=earlier, log_odds=log_odds, evidence=evidence)
        for earlier, later in itertools.pairwise(ids)
    )
    return Group(group_id=ids[0], members=tuple(ids), links=links)


def leaks(*days: float) -> list[Occurrence]:
    """Return occurrences on these days, on two hours of their own each."""
    return [
        occurrence(f"L{n}", MONDAY + timedelta(days=day, hours=8 + n), item="PUMP", hours=2)
        for n, day in enumerate(days)
    ]


def found(
    occurrences: list[Occurrence], *groups: Group, **given: object
) -> list[tuple[TicketId, ...]]:
    """Return the members of each candidate."""
    everything = [*background(), *occurrences]
    candidates = find_candidates(everything, groups, as_of=AS_OF, **given)  # type: ignore[arg-type]
    return [each.members for each in candidates]


def test_failure_is_a_candidate_when_it_keeps_a_timetable() -> None:
    """Without any like words: evidence, spread, rhythm and cost are with it."""
    (candidate,) = find_candidates([*background(), *failure()], as_of=AS_OF)
    assert candidate.members == tuple(each.ticket_id for each in failure())
    assert candidate.sources == ("timetable",)
    assert candidate.candidate_id == "F00"
    assert candidate.confidence > 0.999
    assert candidate.expected_by_chance < 1
    assert candidate.is_hidden
    assert candidate.rhythm is not None
    assert candidate.services == (("export", WEEKS),)
    assert candidate.configuration_items == (("JOB-1", 8),)
    assert candidate.subject == "JOB-1 · export"


def test_group_is_a_candidate_when_its_links_are_likely() -> None:
    """Three in like words, on three days, at like distances."""
    three = leaks(1, 9, 17)
    (candidate,) = find_candidates([*background(), *three], [group(three)], as_of=AS_OF)
    assert candidate.sources == ("wording",)
    assert candidate.terms == ("leak", "pump")
    assert candidate.subject == "PUMP · mail · leak, pump"
    assert candidate.expected_monthly is None


@pytest.mark.parametrize("days", [(1, 9), (1, 1, 1)])
def test_group_is_none_when_there_are_too_few_or_on_one_day(days: tuple[float, ...]) -> None:
    """Two are a coincidence; three on one day are one outage."""
    few = leaks(*days)
    assert found(few, group(few)) == []


def test_group_is_none_when_its_links_are_doubtful() -> None:
    """At log-odds of -2 two right links of two are not to be believed."""
    three = leaks(1, 9, 17)
    assert found(three, group(three, log_odds=-2)) == []
    sure = CandidateRules(confidence_ratio=0.0)
    assert found(three, group(three, log_odds=-2), rules=sure) == [("L0", "L1", "L2")]


def test_like_distances_decide_when_links_are_halfway() -> None:
    """At even odds a weekly failure is believed, and one that scatters is not."""
    weekly, scattered = leaks(1, 8, 15), leaks(1, 1.5, 80)
    assert found(weekly, group(weekly, log_odds=0.5)) == [("L0", "L1", "L2")]
    assert found(scattered, group(scattered, log_odds=0.5)) == []


def test_old_incidents_are_left_out_when_the_window_is_short() -> None:
    """Within four weeks there are two."""
    three = leaks(1, 60, 68, 75)
    rules = CandidateRules(window=timedelta(days=28))
    assert found(three, group(three), rules=rules) == [("L1", "L2", "L3")]
    assert found(leaks(1, 60, 68), group(leaks(1, 60, 68)), rules=rules) == []


def test_later_incidents_are_unknown_when_asked_as_of_earlier() -> None:
    """What is not yet happened cannot be a candidate."""
    three = leaks(1, 9, 17)
    early = MONDAY + timedelta(days=12)
    assert find_candidates([*background(), *three], [group(three)], as_of=early) == ()


def test_group_and_timetable_are_one_when_they_share_incidents() -> None:
    """The same failure is found twice and told once, with both sources and the terms."""
    weekly = failure()
    (candidate,) = find_candidates(
        [*background(), *weekly], [group(weekly[:5], terms="queue")], as_of=AS_OF
    )
    assert candidate.sources == ("wording", "timetable")
    assert candidate.terms == ("queue",)
    assert len(candidate.members) == WEEKS


def test_candidate_is_left_out_when_a_problem_has_half_of_it() -> None:
    """Somebody works on it already; two of twelve are an accident."""
    ids = [each.ticket_id for each in failure()]
    assert found(failure(), known=ids[:6]) == []
    assert len(found(failure(), known=ids[:2])) == 1


def test_dearest_comes_first_when_there_are_rates() -> None:
    """Two hours each, three times, is less a month than one hour, twelve times."""
    three = leaks(1, 9, 17)
    rules = CandidateRules(rates=Rates(hourly=Money(50, "EUR")))
    order = found([*failure(), *three], group(three), rules=rules)
    assert [members[0] for members in order] == ["F00", "L0"]
    dear = [occurrence(e.ticket_id, e.at, item="PUMP", hours=40) for e in three]
    order = found([*failure(), *dear], group(dear), rules=rules)
    assert [members[0] for members in order] == ["L0", "F00"]


def test_expected_cost_is_price_times_confidence_when_there_are_rates() -> None:
    """Money, not an opaque score."""
    rules = CandidateRules(rates=Rates(hourly=Money(50, "EUR")))
    (candidate,) = find_candidates([*background(), *failure()], as_of=AS_OF, rules=rules)
    assert candidate.cost.monthly is not None
    assert candidate.expected_monthly is not None
    ratio = candidate.expected_monthly.amount / candidate.cost.monthly.amount
    assert float(ratio) == pytest.approx(candidate.confidence)


def test_change_is_suspected_when_it_went_before() -> None:
    """The release of the day before the first one."""
    change = ChangeRecord(
        change_id=TicketId("CHG-1"),
        at=failure()[0].at - timedelta(days=1),
        configuration_item_id="JOB-1",
    )
    (candidate,) = find_candidates([*background(), *failure()], as_of=AS_OF, changes=[change])
    assert candidate.change is not None
    assert candidate.change.change == change


def test_candidate_is_seen_when_one_person_had_most_of_it() -> None:
    """Found, and not hidden."""
    same = [occurrence(e.ticket_id, e.at, service="export", person="ann") for e in failure()]
    (candidate,) = find_candidates([*background(), *same], as_of=AS_OF)
    assert not candidate.is_hidden


def test_answer_is_the_same_when_incidents_come_in_another_order() -> None:
    """A set of facts, not a sequence."""
    everything = [*background(), *failure()]
    assert find_candidates(everything, as_of=AS_OF) == find_candidates(
        everything[::-1], as_of=AS_OF
    )


def test_nothing_is_found_when_nothing_happened() -> None:
    """An empty desk has no problems."""
    assert find_candidates([], as_of=AS_OF) == ()
    assert found([]) == []


@pytest.mark.parametrize(
    "given",
    [
        {"fewest": 2},
        {"fewest": 3.5},
        {"confidence_ratio": 1.5},
        {"window": timedelta(0)},
        {"window": 180},
    ],
)
def test_rules_are_refused_when_they_cannot_be(given: dict[str, object]) -> None:
    """Two are a coincidence."""
    with pytest.raises(InvalidValue):
        CandidateRules(**given)  # type: ignore[arg-type]


def test_subject_names_no_item_that_few_are_about() -> None:
    """A timetable of a service hits one PC after the other: none of them is the subject."""
    told = [attrs.evolve(each, configuration_item_id=f"PC{n}") for n, each in enumerate(failure())]
    (candidate,) = find_candidates([*background(), *told], as_of=AS_OF)
    assert candidate.configuration_items[0] == ("PC0", 1)
    assert (candidate.usual_item, candidate.usual_service) == ("", "export")
    assert candidate.subject == "export"


def test_set_of_incidents_is_refused_when_it_is_one_text() -> None:
    """Its letters would be taken for incidents, and nothing would be known."""
    with pytest.raises(InvalidValue, match=r"write \{'F00'\}"):
        find_candidates(failure(), as_of=AS_OF, known="F00")  # type: ignore[arg-type]


def test_order_is_by_hours_when_the_caller_counts_with_one_digit() -> None:
    """4.4 hours a month before 4.1, whatever precision other sums are made with."""
    long = [attrs.evolve(each, at=each.at_us, worked_us=6 * HOUR_US) for each in leaks(1, 9, 17)]
    with localcontext() as context:
        context.prec = 1
        first, second = found([*long, *failure()], group(long))
    assert (first[0], second[0]) == ("L0", "F00")


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
        (datetime(9999, 10, 8, 20, tzinfo=UTC), "Asia/Tokyo"),
    ],
)
def test_candidate_is_found_when_the_years_end_or_begin(start: datetime, zone: str) -> None:
    """The first and last hours of all years have no wall time in every zone (law T5)."""
    seen = [occurrence(f"Y{n:02}", start + timedelta(weeks=n)) for n in range(13)]
    rules = CandidateRules(zone=zone)
    (candidate,) = find_candidates(seen, as_of=seen[-1].at, rules=rules)
    assert len(candidate.members) >= 12  # the one without a wall time may be at another hour
