"""Before and after: what a campaign did, by an interval that knows that people repeat (D3)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.bypass import Bypass, BypassReport, CampaignEffect, Request, campaign_effect
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.spans import micros

START = datetime(2026, 1, 5, tzinfo=UTC)
MIDDLE = START + timedelta(days=100)


def report(rows: list[tuple[float, str, bool]]) -> BypassReport:
    """Return a report of tickets by day and requester, and whether they went past the desk."""
    requests, bypasses = [], []
    for number, (day, requester, past) in enumerate(rows):
        at_us = micros(START + timedelta(days=day))
        key, who = TicketId(f"INC-{number}"), PersonId(requester)
        requests.append(Request(ticket_id=key, at_us=at_us, requester=who, channel=""))
        if past:
            bypasses.append(
                Bypass(
                    ticket_id=key,
                    at_us=at_us,
                    ways=("no_contact",),
                    requester=who,
                    specialist=PersonId("ben"),
                    team=GroupId("network"),
                    channel="",
                )
            )
    return BypassReport(bypasses=tuple(bypasses), requests=tuple(requests))


def plain(before: tuple[int, int], after: tuple[int, int]) -> BypassReport:
    """Return a report in which every ticket has a requester of its own."""
    rows = [(day, f"b{n}", n < before[0]) for day in (10.0,) for n in range(before[1])]
    rows += [(day, f"a{n}", n < after[0]) for day in (150.0,) for n in range(after[1])]
    return report(rows)


def test_difference_is_that_of_newcombe_when_nobody_asks_twice() -> None:
    """56 of 70 and 48 of 80 differ by 5.24 to 33.39 points: Newcombe (1998), method 10."""
    told = campaign_effect(plain((48, 80), (56, 70)), at=MIDDLE)
    assert told.difference.low == pytest.approx(0.0524, abs=1e-4)
    assert told.difference.high == pytest.approx(0.3339, abs=1e-4)
    assert (told.before_weight, told.after_weight) == pytest.approx((1, 1), abs=0.02)
    assert told.verdict == "rose"


def test_fall_is_told_when_the_interval_is_below_nothing() -> None:
    """The same turned round."""
    told = campaign_effect(plain((56, 70), (48, 80)), at=MIDDLE)
    assert told.verdict == "fell"
    assert told.explain().splitlines() == [
        "bypasses went from 80.0% to 60.0% (56 of 70 and 48 of 80 tickets): fell",
        "the difference is between -33.4 and -5.2 percentage points",
        "what else changed on that day is not known to this comparison",
    ]


def test_chance_is_told_as_chance_when_the_interval_holds_nothing() -> None:
    """Ten of a hundred, then eight."""
    told = campaign_effect(plain((10, 100), (8, 100)), at=MIDDLE)
    assert told.verdict == "not told apart from chance"


def test_interval_is_wider_when_few_people_bring_all_the_bypasses() -> None:
    """Two requesters with twenty tickets each, all past the desk, are no forty trials."""
    rows = [(10.0, f"r{n % 10}", n % 10 < 2) for n in range(200)]
    rows += [(150.0, f"r{n % 10}", n % 10 < 1) for n in range(200)]
    told = campaign_effect(report(rows), at=MIDDLE)
    assert told.before_weight > 10
    assert told.verdict == "not told apart from chance"
    assert told.is_small
    assert "fewer than 20 requesters on one side: ask again later" in told.explain()
    alone = campaign_effect(plain((40, 200), (20, 200)), at=MIDDLE)
    assert alone.verdict == "fell"


def test_interval_covers_no_change_when_people_differ() -> None:
    """Forty requesters of very different habits, no campaign: 0 is inside in nineteen of twenty.

    An interval that takes tickets for independent would be wrong twice as often.
    """
    rng = random.Random(20260105)
    inside = 0
    for _ in range(100):
        habits = [0.6 if rng.random() < 0.15 else 0.02 for _ in range(80)]
        rows = [
            (day + rng.random(), f"{side}{who % 40}", rng.random() < habits[who])
            for side, day, people in (("b", 10, range(40)), ("a", 150, range(40, 80)))
            for who in people
            for _ in range(1 + rng.randrange(15))
        ]
        inside += campaign_effect(report(rows), at=MIDDLE).difference.contains(0.0)
    assert inside >= 90


def test_sides_are_bounded_when_asked() -> None:
    """From since, without the weeks of settling, up to until; half-open."""
    rows = [(day, f"r{day}", False) for day in range(0, 200, 10)]
    told = campaign_effect(
        report([(float(day), who, past) for day, who, past in rows]),
        at=MIDDLE,
        since=START + timedelta(days=50),
        settle_until=START + timedelta(days=120),
        until=START + timedelta(days=170),
    )
    assert (told.before.trials, told.after.trials) == (5, 5)
    assert told.at == MIDDLE


def test_weight_is_one_when_nothing_or_everything_went_past() -> None:
    """No variance, nothing to correct; one requester alone tells none either."""
    told = campaign_effect(plain((0, 50), (50, 50)), at=MIDDLE)
    assert (told.before_weight, told.after_weight) == (1.0, 1.0)
    single = report([(10.0, "rob", n == 1) for n in range(9)] + [(150.0, "rob", False)])
    assert campaign_effect(single, at=MIDDLE).before_weight == 1.0


def effect(**more: object) -> CampaignEffect:
    """Return the effect of a campaign in a small report."""
    return campaign_effect(plain((5, 50), (4, 50)), **({"at": MIDDLE} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    [
        {"since": MIDDLE + timedelta(days=1)},
        {"settle_until": MIDDLE - timedelta(days=1)},
        {"until": MIDDLE - timedelta(days=1)},
        {"settle_until": MIDDLE + timedelta(days=2), "until": MIDDLE + timedelta(days=1)},
        {"at": START},
        {"at": START + timedelta(days=500)},
        {"level": 1.0},
    ],
)
def test_comparison_is_refused_when_it_compares_nothing(more: dict[str, object]) -> None:
    """Instants out of order, a side without tickets, no level."""
    with pytest.raises(InvalidValue):
        effect(**more)


def test_comparison_is_refused_when_an_instant_is_naive() -> None:
    """Never guessed (law T1)."""
    with pytest.raises(NaiveDatetime):
        effect(at=datetime(2026, 3, 1))  # noqa: DTZ001
