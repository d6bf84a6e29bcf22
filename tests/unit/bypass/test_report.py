"""The report: rates with intervals, in the order of names, and what stands out (D3, M2)."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.bypass import Bypass, BypassReport, Request, Way
from itsm_core.errors import InvalidValue
from itsm_core.ids import GroupId, PersonId, TicketId

NETWORK, WORKPLACE = GroupId("network"), GroupId("workplace")
BEN, BEA, ZOE = PersonId("ben"), PersonId("bea"), PersonId("zoe")


def request(number: int, *, who: PersonId = BEN, team: GroupId = NETWORK) -> Request:
    """Return a judged ticket, by one of five requesters."""
    return Request(
        ticket_id=TicketId(f"INC-{number}"),
        at_us=number,
        requester=PersonId(f"r{number % 5}"),
        channel="direct" if number % 10 == 0 else "portal",
        specialists=((who, team),),
    )


def bypass(each: Request, way: Way = "self_assigned") -> Bypass:
    """Return that a ticket went past the desk."""
    ((who, team),) = each.specialists
    return Bypass(
        ticket_id=each.ticket_id,
        at_us=each.at_us,
        ways=(way,),
        requester=each.requester,
        specialist=who,
        team=team,
        channel=each.channel,
    )


MANY = [request(number) for number in range(100)]
OTHER = [request(number, who=ZOE, team=WORKPLACE) for number in range(100, 140)]
FEW = [request(number, who=BEA) for number in range(140, 143)]
REPORT = BypassReport(
    bypasses=(
        *(bypass(each) for each in MANY[:3]),
        *(bypass(each, "no_contact") for each in OTHER[:20]),
        bypass(FEW[0], "passed_down"),
    ),
    requests=(*MANY, *OTHER, *FEW),
)


def test_rate_is_of_all_requests() -> None:
    """Twenty-four of a hundred and forty-three."""
    assert (REPORT.rate.successes, REPORT.rate.trials) == (24, 143)


def test_ways_are_counted_in_their_order() -> None:
    """What says most first, and only what there is."""
    assert list(REPORT.ways.items()) == [
        ("passed_down", 1),
        ("no_contact", 20),
        ("self_assigned", 3),
    ]


def test_rates_are_in_the_order_of_names_and_not_of_the_figures() -> None:
    """A table of people is no ranking; few cases say so."""
    told = REPORT.rates("specialist")
    assert [(each.name, each.rate.successes, each.rate.trials) for each in told] == [
        ("bea", 1, 3),
        ("ben", 3, 100),
        ("zoe", 20, 40),
    ]
    assert [each.is_small for each in told] == [True, False, False]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("requester", ["r0", "r1", "r2", "r3", "r4"]),
        ("team", ["network", "workplace"]),
        ("channel", ["direct", "portal"]),
    ],
)
def test_every_request_is_counted_once_under_each_name(by: str, names: list[str]) -> None:
    """The parts are the whole."""
    told = REPORT.rates(by)  # type: ignore[arg-type]
    assert [each.name for each in told] == names
    assert sum(each.rate.trials for each in told) == 143
    assert sum(each.rate.successes for each in told) == 24


def test_rate_has_the_interval_of_wilson() -> None:
    """20 of 40 is 35.2 % to 64.8 %: a published table of score intervals."""
    zoe = REPORT.rates("specialist")[2]
    assert zoe.interval.low == pytest.approx(0.352, abs=5e-4)
    assert zoe.interval.high == pytest.approx(0.648, abs=5e-4)
    assert str(zoe) == "zoe: 20 of 40, 35% to 65%"
    assert str(REPORT.rates("specialist")[0]).endswith("few cases")


def test_only_who_is_far_above_all_is_notable() -> None:
    """One of three is no finding; twenty of forty is."""
    assert [each.name for each in REPORT.notable("specialist")] == ["zoe"]
    assert [each.name for each in REPORT.notable("team")] == ["workplace"]
    assert REPORT.notable("requester") == ()


def test_measure_is_refused_when_it_is_none() -> None:
    """With the nearest word."""
    with pytest.raises(InvalidValue, match="did you mean 'team'"):
        REPORT.rates("teams")  # type: ignore[arg-type]


def test_specialist_is_counted_once_when_he_acted_in_two_groups() -> None:
    """On one ticket."""
    both = Request(
        ticket_id=TicketId("INC-1"),
        at_us=0,
        requester=ZOE,
        channel="",
        specialists=((BEN, NETWORK), (BEN, WORKPLACE)),
    )
    told = BypassReport(bypasses=(), requests=(both,))
    assert [each.rate.trials for each in told.rates("specialist")] == [1]
    assert [each.name for each in told.rates("team")] == ["network", "workplace"]
    assert str(told.rates("channel")[0]).startswith("not known: 0 of 1")


def test_report_reads_as_words() -> None:
    """The rate, the ways, what stands out: teams and channels, no people."""
    lines = REPORT.explain().splitlines()
    assert lines[0] == "24 of 143 tickets went past the desk, 11.5% to 23.8%"
    assert lines[1:4] == ["  passed down: 1", "  no contact: 20", "  self assigned: 3"]
    assert lines[4] == "team workplace: 20 of 40, 35% to 65%"
    assert lines[5].startswith("no records of contacts were given")
    assert "no records" not in attrs.evolve(REPORT, contact_count=1).explain()
    assert "zoe" not in REPORT.explain()


def test_report_tells_of_emergencies_and_strangers_when_there_are_any() -> None:
    """What was not counted is told."""
    told = BypassReport(
        bypasses=(), requests=(MANY[0],), excused=(bypass(MANY[0]),), unknown=(PersonId("max"),)
    )
    assert "emergencies registered afterwards, not counted: 1" in told.explain()
    assert "not in the desk map: max" in told.explain()


def test_report_is_empty_when_there_are_no_requests() -> None:
    """Nothing is known, and no rate is made up."""
    empty = BypassReport(bypasses=(), requests=())
    assert empty.rate.ratio is None
    assert empty.rates("team") == ()
    assert empty.notable("team") == ()
    assert empty.explain() == "0 of 0 tickets went past the desk, 0.0% to 100.0%"
