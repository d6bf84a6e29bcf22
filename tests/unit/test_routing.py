"""Who gets a ticket: rules, what speaks against a side, shrunk rates, and exploring (E6)."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from itsm_core.calendars import NEVER, BusinessCalendar, WeeklyHours
from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.events import TicketOpened
from itsm_core.ids import GroupId, TicketId
from itsm_core.routing import (
    Experience,
    Outcome,
    Routing,
    RoutingRule,
    Side,
    Work,
)
from itsm_core.sla import facts_after
from itsm_core.spans import hours

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
OURS, THEIRS = GroupId("ours"), GroupId("theirs")
BOTH = Routing(sides=(Side(group=OURS), Side(group=THEIRS)))


def outcomes(group: str, hits: int, misses: int, kind: str = "network") -> list[Outcome]:
    """Return so many tickets that a group solved in time, and so many that it did not."""
    ended = AT - hours(1)
    return [
        Outcome(group=group, kind=kind, is_in_time=number < hits, ended_at=ended)
        for number in range(hits + misses)
    ]


def knowing(*given: Outcome, weight: float = 10.0) -> Experience:
    """Return what is known at nine."""
    return Experience.of(given, before=AT, weight=weight)


def work(**given: object) -> Work:
    """Return work on the network at nine."""
    return Work(at=AT, **{"kind": "network", **given})  # type: ignore[arg-type]


def test_likelier_side_gets_the_work_when_both_can_take_it() -> None:
    """Ninety of a hundred against fifty of a hundred."""
    known = knowing(*outcomes(OURS, 50, 50), *outcomes(THEIRS, 90, 10))
    route = BOTH.route(work(), known)
    assert route.group == THEIRS
    assert [each.group for each in route.candidates] == [THEIRS, OURS]


def test_rate_is_shrunk_as_worked_out_by_hand_when_little_is_known() -> None:
    """Everybody 3 of 4, shrunk to 8/14; the group 1 of 1, to (1+10*8/14)/11; the kind likewise."""
    known = knowing(*outcomes(OURS, 1, 0), *outcomes(THEIRS, 2, 1))
    everybody = (3 + 10 * 0.5) / 14
    group = (1 + 10 * everybody) / 11
    assert known.rate(OURS, "network") == pytest.approx((1 + 10 * group) / 11)
    assert known.rate("nobody", "network") == pytest.approx(everybody)
    assert knowing().rate(OURS, "network") == 0.5


def test_one_lucky_ticket_makes_no_specialist_when_another_is_proven() -> None:
    """1 of 1 stays behind 80 of 100, where half is usual; a bare ratio would put it first."""
    usual = outcomes("others", 100, 180)
    known = knowing(*outcomes(OURS, 1, 0), *outcomes(THEIRS, 80, 20), *usual)
    assert BOTH.route(work(), known).group == THEIRS


def test_experience_of_the_kind_counts_most_when_there_is_enough() -> None:
    """Good at mail, poor at networks."""
    known = knowing(
        *outcomes(OURS, 95, 5, "mail"), *outcomes(OURS, 10, 90), *outcomes(THEIRS, 60, 40)
    )
    assert BOTH.route(work(), known).group == THEIRS
    assert BOTH.route(work(kind="mail"), known).group == OURS


@pytest.mark.parametrize("name", ["*", ""])
def test_ticket_counts_once_when_its_kind_or_group_is_a_strange_word(name: str) -> None:
    """One of one: (1 + 10 * 0.5) / 11 of all, and twice again for the group and its kind."""
    first = 6 / 11
    known = knowing(*outcomes(name, 1, 0, kind="*"))
    assert known.known(name, "*") == known.known(name, ()) == 1
    second = (1 + 10 * first) / 11
    assert known.rate(name, ()) == pytest.approx(second)
    assert known.rate(name, "*") == pytest.approx((1 + 10 * second) / 11)


def test_what_ended_later_is_not_known_when_asked_before() -> None:
    """No look into the future: an outcome of this very instant is not known yet."""
    now = Outcome(group=OURS, kind="network", is_in_time=True, ended_at=AT)
    assert knowing(now).trials == {}


def test_less_busy_side_gets_the_work_when_both_are_as_likely() -> None:
    """Then the name decides."""
    assert BOTH.route(work(loads={OURS: 5, THEIRS: 2}), knowing()).group == THEIRS
    assert BOTH.route(work(), knowing()).group == OURS


@pytest.mark.parametrize(
    ("side", "given", "against"),
    [
        (Side(group=THEIRS, skills=("dns",)), {"skills": ("dns", "vpn")}, "lacks vpn"),
        (Side(group=THEIRS, languages=("de",)), {"language": "fr"}, "does not speak fr"),
        (Side(group=THEIRS, tier="1"), {"tier": "2"}, "is 1, not 2"),
        (Side(group=THEIRS, hours=NEVER), {}, "is closed"),
        (Side(group=THEIRS, capacity=3), {"loads": {THEIRS: 3}}, "is full (3 of 3)"),
    ],
)
def test_side_is_passed_over_when_something_speaks_against_it(
    side: Side, given: dict[str, object], against: str
) -> None:
    """However good it was; and the reasons are shown."""
    ours = Side(group=OURS, skills=("dns", "vpn"), tier="2")
    known = knowing(*outcomes(THEIRS, 100, 0), *outcomes(OURS, 1, 99))
    route = Routing(sides=(ours, side)).route(work(**given), known)
    assert (route.group, route.why) == (OURS, "the only one")
    assert against in route.explain()


def test_nobody_gets_the_work_when_something_speaks_against_all() -> None:
    """A legal answer, with its reasons; the caller decides where it waits."""
    night = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 20:00-22:00"))
    route = Routing(sides=(Side(group=OURS, hours=night),)).route(work(), knowing())
    assert route.group == ""
    assert route.explain().startswith("nobody: something speaks against everybody")


def test_explicit_rule_wins_when_it_holds() -> None:
    """Also over the likelier side, also below the draw (E6)."""
    rule = RoutingRule(name="contract", when=field("service").is_("sap"), group=OURS)
    routing = Routing(sides=BOTH.sides, rules=(rule,), explore_ratio=1.0)
    known = knowing(*outcomes(THEIRS, 100, 0))
    opened = TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=AT, service="sap")  # type: ignore[arg-type]
    ((_, _, facts),) = facts_after((opened,))
    assert routing.route(work(), known, facts=facts, draw=0.0).why == "rule 'contract'"
    facts.service = "mail"
    assert routing.route(work(), known, facts=facts).group == THEIRS


def test_little_known_side_gets_a_share_when_exploring() -> None:
    """About a twentieth, by the caller's seed; the same seed gives the same choices."""
    known = knowing(*outcomes(THEIRS, 90, 10), *outcomes(OURS, 0, 3))

    def chosen(seed: int) -> list[str]:
        rng = random.Random(seed)
        return [BOTH.route(work(), known, draw=rng.random()).group for _ in range(2_000)]

    counts = Counter(chosen(1))
    assert 60 <= counts[OURS] <= 140
    assert chosen(1) == chosen(1)
    explored = BOTH.route(work(), known, draw=0.0)
    assert (explored.group, explored.is_explored) == (OURS, True)


def test_exploring_learns_the_better_side_when_the_start_was_unlucky() -> None:
    """Three misses to begin with; the truth is 90 % against 50 %. Without exploring, never."""

    def share_at_the_end(explore_ratio: float) -> float:
        rng, routing = random.Random(5), Routing(sides=BOTH.sides, explore_ratio=explore_ratio)
        told = [*outcomes(OURS, 0, 8), *outcomes(THEIRS, 8, 0)]
        late = 0
        for number in range(1_500):
            group = routing.route(work(), knowing(*told), draw=rng.random()).group
            is_in_time = rng.random() < {OURS: 0.9, THEIRS: 0.5}[group]
            ended = AT - hours(1)
            told.append(Outcome(group=group, kind="network", is_in_time=is_in_time, ended_at=ended))
            late += number >= 1_200 and group == OURS
        return late / 300

    assert share_at_the_end(0.05) > 0.85


@pytest.mark.parametrize("draw", [-0.1, 1.5, True, "0.5"])
def test_draw_is_refused_when_it_is_no_share(draw: object) -> None:
    """It is a number from 0 to 1."""
    with pytest.raises(InvalidValue, match="a draw is not from 0 to 1"):
        BOTH.route(work(), knowing(), draw=draw)  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [0, -1, True, "10", float("inf"), float("nan"), 10**400])
def test_weight_is_refused_when_it_shrinks_nothing(weight: object) -> None:
    """It is a number of tickets above 0, and no number that makes every rate the same."""
    with pytest.raises(InvalidValue, match="not a weight"):
        knowing(weight=weight)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"sides": ()}, "empty"),
        ({"sides": (Side(group=OURS), Side(group=OURS))}, "twice"),
        ({"sides": ("ours",)}, "wrong-type"),
        ({"sides": (Side(group=OURS),), "explore_ratio": 5}, "wrong-value"),
        (
            {
                "sides": (Side(group=OURS),),
                "rules": (RoutingRule(name="x", when=field("group").is_("a"), group=THEIRS),),
            },
            "unknown-group",
        ),
    ],
)
def test_routing_is_refused_when_it_cannot_be_meant(given: dict[str, object], code: str) -> None:
    """Every fault has its code."""
    with pytest.raises(DefinitionError) as raised:
        Routing(**given)  # type: ignore[arg-type]
    assert [fault.code for fault in raised.value.faults] == [code]


def test_parts_are_refused_when_they_cannot_be_meant() -> None:
    """A side without a name, hours that are none; a rule over unknown facts."""
    with pytest.raises(DefinitionError):
        Side(group=GroupId(""), hours="always", capacity=0)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError):
        RoutingRule(name="x", when=field("colour").is_("red"), group=OURS)


class TestKinds:
    """Experience is kept by kinds from coarse to fine."""

    def outcomes(self, group: str, kind: tuple[str, ...], hits: int, misses: int) -> list[Outcome]:
        """Return what a group made of so many tickets of a kind."""
        told = [True] * hits + [False] * misses
        return [
            Outcome(group=group, kind=kind, is_in_time=each, ended_at=AT - hours(1))
            for each in told
        ]

    def test_rate_is_that_of_the_coarser_kind_when_the_fine_one_is_new(self) -> None:
        """Worked out by hand, with the usual weight of 10 tickets a step.

        10 of 10 in time: everybody (10 + 5) / 20 = 0.75, the group (10 + 7.5) / 20 = 0.875, mail
        (10 + 8.75) / 20 = 0.9375, and a subject never seen before the same.
        """
        experience = Experience.of(self.outcomes("a", ("mail", "quota"), 10, 0), before=AT)
        assert experience.rate("a", ("mail",)) == 0.9375
        assert experience.rate("a", ("mail", "rules")) == 0.9375
        assert experience.rate("a", ("mail", "quota")) == (10 + 9.375) / 20
        assert experience.rate("a", ()) == experience.rate("a", "") == 0.875

    def test_fine_kind_decides_when_the_coarse_one_says_the_opposite(self) -> None:
        """B is better with mail, and A with quotas of mail."""
        experience = Experience.of(
            [
                *self.outcomes("a", ("mail", "quota"), 40, 0),
                *self.outcomes("a", ("mail", "rules"), 0, 60),
                *self.outcomes("b", ("mail", "quota"), 0, 40),
                *self.outcomes("b", ("mail", "rules"), 60, 0),
            ],
            before=AT,
        )
        routing = Routing(sides=[Side(group=GroupId("a")), Side(group=GroupId("b"))])
        assert routing.route(Work(at=AT, kind="mail"), experience).group == "b"
        assert routing.route(Work(at=AT, kind=("mail", "quota")), experience).group == "a"
        route = routing.route(Work(at=AT, kind=("mail", "quota")), experience)
        assert [each.trials for each in route.candidates] == [40, 40]

    @pytest.mark.parametrize("kind", [5, ("mail", 5)])
    def test_kind_is_refused_when_it_is_no_text(self, kind: object) -> None:
        """What it is kept by has to be a name."""
        with pytest.raises(InvalidValue, match="not a kind of work"):
            Work(at=AT, kind=kind)  # type: ignore[arg-type]
