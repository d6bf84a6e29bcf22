"""M1, M2: whatever a log tells, a metric looks neither into the future nor at the order of telling.

Random tickets that wander between groups, wait, are solved, come back and are cancelled.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

import attrs
import pytest

from itsm_core.events import CommitmentKept, CommitmentMade, TicketCancelled, TicketEvent
from itsm_core.metrics import (
    METRICS,
    By,
    CaseLog,
    Result,
    ShareWithin,
    Until,
    Window,
    measure,
    measure_all,
)
from itsm_core.money import Money, Rates
from tests.unit.metrics._definitions.stories import (
    MONDAY,
    Teller,
    answered,
    assigned,
    at,
    closed,
    held,
    reopened,
    resolved,
    resumed,
    story,
    worked,
)

SEEDS = range(12)
RATES = Rates(hourly=Money(95, "EUR"))
History = tuple[TicketEvent, ...]


def cancelled(hours: float) -> Teller:
    """Tell that it is not wanted any more."""
    return lambda name: TicketCancelled(ticket_id=name, occurred_at=at(hours), state="cancelled")


def promised(hours: float) -> Teller:
    """Tell of a promise for the next day."""
    return lambda name: CommitmentMade(
        ticket_id=name, occurred_at=at(hours), commitment_id="c", due_at=at(hours + 24)
    )


def kept(hours: float) -> Teller:
    """Tell that it was done."""
    return lambda name: CommitmentKept(ticket_id=name, occurred_at=at(hours), commitment_id="c")


MOVES = (answered, worked, held, resumed, resolved, resolved, reopened, closed, promised, kept)


def tickets(rng: random.Random, number: int = 40) -> list[History]:
    """Return the histories of tickets over a fortnight."""
    told: list[History] = []
    for name in range(number):
        opened = rng.randrange(0, 250)
        moves: list[Teller] = []
        at_hour = float(opened)
        for _ in range(rng.randrange(8)):
            at_hour += rng.choice((0, 0.5, 3, 20, 70))
            if rng.random() < 0.3:
                moves.append(assigned(at_hour, rng.choice("abc"), rng.choice("xyz")))
            else:
                moves.append(rng.choice((*MOVES, cancelled))(at_hour))
        told.append(
            story(
                f"T{name}",
                *moves,
                opened=opened,
                group=rng.choice("abc"),
                priority=rng.choice(("P1", "P3")),
                channel=rng.choice(("phone", "mail")),
            )
        )
    return told


def figures(results: Mapping[str, Result]) -> dict[str, object]:
    """Return what was found, without what was asked."""
    return {name: (r.population, r.honest, r.dashboard, r.parts) for name, r in results.items()}


def values(result: Result) -> dict[str, float | None]:
    """Return every number of a result by its place."""
    told = {"honest": result.honest.value, "dashboard": result.dashboard.value}
    for part in result.parts:
        told |= {
            f"{part.name}.honest": part.honest.value,
            f"{part.name}.shown": part.dashboard.value,
        }
    return told


def window(seed: int) -> Window:
    """Return a window within the fortnight, seen some time after its start."""
    rng = random.Random(-seed - 1)
    start = rng.randrange(0, 100)
    end = start + rng.randrange(1, 200)
    seen = rng.choice((end, end + 100, start + (end - start) / 2))
    return Window(start_at=at(start), end_at=at(end), seen_at=at(seen))


@pytest.mark.parametrize("by", ["", "group", "person", "priority"])
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_known_of_what_happens_later(seed: int, by: By) -> None:
    """M1: without the events after the look, and the tickets opened since, it is the same."""
    told, asked = tickets(random.Random(seed)), window(seed)
    past = [tuple(e for e in each if e.occurred_us <= asked.seen_us) for each in told]
    metrics = {
        name: attrs.evolve(metric, by=by)
        for name, metric in METRICS.items()
        if not name.startswith("contact")
    }
    whole, known = (
        measure_all(CaseLog.of(each), asked, rates=RATES, metrics=metrics)
        for each in (told, [each for each in past if each])
    )
    assert figures(whole) == figures(known)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_telling_changes_nothing(seed: int) -> None:
    """M1: tickets and events shuffled; sums of floats may differ in their last digits."""
    rng = random.Random(seed)
    told = tickets(rng)
    mixed = [rng.sample(each, len(each)) for each in rng.sample(told, len(told))]
    one, other = (CaseLog.of(each) for each in (told, mixed))
    for name, metric in METRICS.items():
        if name.startswith("contact"):
            continue
        first, second = (
            measure(log, metric.split_by("group"), window(seed), rates=RATES)
            for log in (one, other)
        )
        assert first.population == second.population
        assert values(first) == pytest.approx(values(second))


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_together_are_the_population(seed: int) -> None:
    """M1: whoever waits belongs to one part, also who waits still."""
    log = CaseLog.of(tickets(random.Random(seed)))
    for by in ("group", "person", "priority", "channel"):
        for until in Until:
            share = ShareWithin(until=until, within=timedelta(hours=24))
            metric = attrs.evolve(METRICS["resolved-within-24h"], measure=share, by=by)
            result = measure(log, metric, window(seed))
            assert sum(part.honest.cases for part in result.parts) == result.population.cases
            assert result.population.open + result.population.ended == result.population.cases


@pytest.mark.parametrize("seed", SEEDS)
def test_honest_share_is_the_plain_one_when_nobody_is_censored(seed: int) -> None:
    """M2: seen when everybody is old enough, by counting on one's fingers."""
    told = tickets(random.Random(seed))
    asked = Window(start_at=MONDAY, end_at=at(250), seen_at=at(100_000))
    result = measure(CaseLog.of(told), METRICS["resolved-within-24h"], asked)
    hits = trials = 0
    for case in CaseLog.of(told):
        if not case.left_out(asked.seen_us):
            end = case.standing_us(asked.seen_us)
            trials += 1
            hits += end is not None and end - case.opened_us <= 24 * 3_600_000_000
    assert result.honest.value == pytest.approx(hits / trials)
    assert result.population.cases == trials
