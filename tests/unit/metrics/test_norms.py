"""Norms of work and points for people: what they would have paid, and how they are gamed."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics import (
    POINT_SCHEMES,
    DoneWork,
    Gaming,
    PointScheme,
    gaming,
    payouts,
    work_norms,
)

RESOLUTION, TICKET, NORM, REQUEST = POINT_SCHEMES


def work(
    number: int,
    person: str = "ann",
    kind: str = "mail",
    hours: float = 1.0,
    *,
    reopened: int = 0,
    request: str = "",
) -> DoneWork:
    """Return a ticket that somebody resolved."""
    return DoneWork(
        ticket_id=TicketId(f"T{number}"),
        person=PersonId(person),
        kind=kind,
        hours=hours,
        reopened=reopened,
        request=request,
    )


DESK = [
    *(work(n, "zoe", "password", 0.25 + 0.01 * (n % 5)) for n in range(40)),
    *(work(n, "ann", "network", 6.0 + n % 5) for n in range(40, 80)),
    *(work(n, "ben", ("network", "password")[n % 2], (8.0, 0.27)[n % 2]) for n in range(80, 100)),
]
"""Zoe does forty easy tickets, Ann forty hard ones, Ben ten of each."""


def gains(done: list[DoneWork]) -> dict[tuple[str, str], float | None]:
    """Return what each trick gains under each scheme."""
    return {(each.scheme, each.trick): each.gain_ratio for each in gaming(done, work_norms(done))}


def test_norm_is_the_median_of_its_kind_when_there_are_cases() -> None:
    """Of 0.25 to 0.29 in equal shares it is 0.27; one of a week would not move it."""
    norms = work_norms([*DESK, work(999, kind="password", hours=168.0)])
    assert norms["password"].hours == pytest.approx(0.27)
    assert norms["password"].cases == 51
    assert norms["password"].interval.contains(0.27)
    assert list(norms) == ["network", "password"]


def test_norm_is_that_of_all_when_the_kind_is_small() -> None:
    """Nineteen tickets are no norm; twenty are."""
    for count, small in ((19, True), (20, False)):
        done = [*DESK, *(work(n, kind="rare", hours=90.0) for n in range(count))]
        norm = work_norms(done)["rare"]
        assert (norm.is_small, norm.cases) == (small, count)
        assert (norm.hours == 90) is not small


def test_people_are_listed_by_id_when_paid_out() -> None:
    """Not by what they earned: it is no ranking."""
    told = payouts(DESK, RESOLUTION, work_norms(DESK))
    assert [(each.person, each.points) for each in told] == [("ann", 40), ("ben", 20), ("zoe", 40)]


def test_hard_work_is_paid_like_easy_work_when_each_earns_a_point() -> None:
    """Ann worked 320 hours and Zoe 11; a norm pays about the hours, whoever does which."""
    norms = work_norms(DESK)
    flat = {each.person: each for each in payouts(DESK, TICKET, norms)}
    fair = {each.person: each for each in payouts(DESK, NORM, norms)}
    assert flat[PersonId("ann")].points == flat[PersonId("zoe")].points
    assert flat[PersonId("ann")].hours > 25 * flat[PersonId("zoe")].hours
    for person in ("ann", "zoe"):
        told = fair[PersonId(person)]
        assert told.norm_ratio == pytest.approx(1, abs=0.05)
        assert told.interval.contains(1)


def test_person_is_small_when_few_tickets_are_theirs() -> None:
    """Nineteen tickets say nothing about a person."""
    norms = work_norms(DESK)
    assert [each.is_small for each in payouts(DESK, TICKET, norms)] == [False, False, False]
    fewer = payouts(DESK[:99], TICKET, norms)
    assert [each.is_small for each in fewer] == [False, True, False]


def test_ratio_is_none_when_no_hours_were_spent() -> None:
    """Nothing divided by nothing is no score."""
    norms = work_norms(DESK)
    (told,) = payouts([work(1, kind="mail", hours=0.0)], TICKET, {"mail": norms["password"]})
    assert (told.norm_ratio, told.interval.low) == (None, None)


def test_what_came_back_earns_nothing_when_it_must_stay_resolved() -> None:
    """Each resolution pays three times for a ticket that came back twice."""
    norms = work_norms(DESK)
    done = [work(1, kind="password", reopened=2), work(2, kind="password")]
    assert [payouts(done, scheme, norms)[0].points for scheme in (RESOLUTION, TICKET)] == [4, 1]


def test_parts_earn_as_one_when_requests_are_paid() -> None:
    """By hand: one norm for three parts, two of them Ann's; if one comes back, none earns."""
    norms = work_norms(DESK)
    done = [
        work(1, "ann", "network", request="R1"),
        work(2, "ann", "network", request="R1"),
        work(3, "ben", "network", request="R1"),
    ]
    told = {each.person: each.points for each in payouts(done, REQUEST, norms)}
    hours = norms["network"].hours
    assert told == pytest.approx({"ann": hours * 2 / 3, "ben": hours / 3})
    broken = [*done[:2], work(3, "ben", "network", reopened=1, request="R1")]
    assert [each.points for each in payouts(broken, REQUEST, norms)] == [0, 0]


def test_closing_and_reopening_pays_when_each_resolution_does() -> None:
    """It doubles the points for no work, and costs all of them once work must stay done."""
    gain = gains(DESK)
    assert gain[RESOLUTION.name, "close-and-reopen"] == pytest.approx(1)
    for scheme in (TICKET, NORM, REQUEST):
        assert gain[scheme.name, "close-and-reopen"] == -1


def test_splitting_pays_unless_requests_are_paid() -> None:
    """Two tickets of one request are two points, or two norms; one request is one."""
    gain = gains(DESK)
    for scheme in (RESOLUTION, TICKET, NORM):
        assert gain[scheme.name, "split"] == pytest.approx(1)
    assert gain[REQUEST.name, "split"] == pytest.approx(0)


def test_picking_pays_under_every_scheme_but_less_under_a_norm() -> None:
    """Ann's 320 hours hold all easy tickets of the desk; a norm takes most of it away."""
    gain = gains(DESK)
    flat, fair = gain[TICKET.name, "pick-easy"], gain[REQUEST.name, "pick-easy"]
    assert flat is not None
    assert fair is not None
    assert flat > 0.5
    assert 0 < fair < flat / 2


def test_picking_adds_no_hours_when_counted() -> None:
    """By hand: two people with 3 hours each; best is 1 h for 1 point, then half of 4 h for 1."""
    done = [work(1, "ann", hours=1.0), work(2, "ann", hours=2.0), work(3, "ben", hours=3.0)]
    norms = work_norms(DESK)["password"]
    found = gaming(done, {"mail": norms}, schemes=[TICKET])
    assert [each.gamed_points for each in found if each.trick == "pick-easy"] == [4]


def test_gain_is_unknown_when_nothing_was_earned() -> None:
    """A share of nothing."""
    told = Gaming(scheme="none", trick="split", points=0, gamed_points=0)
    assert told.gain_ratio is None


def test_work_is_refused_when_it_cannot_be_paid() -> None:
    """Negative hours, no work, a kind without a norm, a scheme that pays for something else."""
    with pytest.raises(InvalidValue, match="hours of work"):
        work(1, hours=-1)
    with pytest.raises(InvalidValue, match="reopenings"):
        work(1, reopened=-1)
    with pytest.raises(InvalidValue, match="no work"):
        work_norms([])
    with pytest.raises(InvalidValue, match="without a norm"):
        payouts([work(1)], NORM, {})
    with pytest.raises(InvalidValue, match="earns points"):
        PointScheme(name="odd", earns="hour", by_norm=True)  # type: ignore[arg-type]


def test_work_of_no_time_is_everybodys_when_easy_work_is_picked() -> None:
    """By hand: two of 0 h for 1 point each, and each person's hours hold 1 h for 1 point."""
    done = [work(1, "ann"), work(2, "ann", hours=0.0), work(3, "ben"), work(4, "ben", hours=0.0)]
    found = gaming(done, work_norms(DESK), schemes=[TICKET])
    assert [each.gamed_points for each in found if each.trick == "pick-easy"] == [6]
