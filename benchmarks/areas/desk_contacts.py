"""Evidence for the area `desk`: contacts, ticket numbers, what goes past the desk (D1 to D3)."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from itsm_core.bypass import BypassReport, BypassRules, campaign_effect, find_bypasses
from itsm_core.contacts import Asked, HistoryShelf, TicketNumbers, contacts_of, find_tickets
from itsm_core.events import TicketOpened
from itsm_core.simulation import PlantedDesk, desk_map, plant_bypasses, simulate

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

SHARED: Final = Path(__file__).parents[3] / "shared"
_NOT_THERE: Final = "not beside the repository"
_RULES: Final = BypassRules(emergencies=frozenset({"P1"}))
_RATIOS: Final = (0.02, 0.05, 0.10)


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of contacts and bypasses; `quick` plants on fewer and smaller desks."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _seen(desk: PlantedDesk) -> BypassReport:
    """Return what the detectors make of what a real desk has; the truth stays where it is."""
    return find_bypasses(
        desk.histories.values(), desk.desk_map, contacts=desk.contacts, rules=_RULES
    )


def _detection(quick: bool) -> Iterator[Point]:
    seeds, tickets, weeks = (5, 700, 14) if quick else (20, 2000, 26)
    planted = hits = found = 0
    worst: list[tuple[float, float]] = []
    kinds: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for seed in range(1, seeds + 1):
        base = simulate(seed=seed, tickets=tickets, weeks=weeks)
        truth, seen = set[str](), set[str]()
        for ratio in _RATIOS:
            desk = plant_bypasses(base, ratio=ratio)
            told = {each.ticket_id for each in _seen(desk).bypasses}
            kinds.update(desk.truth.values())
            caught.update(kind for key, kind in desk.truth.items() if key in told)
            # The same tickets have the same ids at every rate: the rate tells them apart.
            truth |= {f"{ratio} {key}" for key in desk.truth}
            seen |= {f"{ratio} {key}" for key in told}
        planted, hits, found = (
            planted + len(truth),
            hits + len(truth & seen),
            found + len(seen),
        )
        worst.append((len(truth & seen) / len(truth), len(truth & seen) / len(seen)))
    recall, precision = hits / planted, hits / found
    where = f"{seeds} desks of {tickets:,} tickets, {planted:,} planted at 2, 5 and 10 %"
    yield Point(
        f"recall of bypasses, {where}",
        "95 %",
        f"{recall:.1%}; worst desk {min(one for one, _ in worst):.1%}",
        recall >= 0.95,
    )
    yield Point(
        f"precision of bypasses, {where}",
        "90 %",
        f"{precision:.1%}; worst desk {min(other for _, other in worst):.1%}",
        precision >= 0.90,
    )
    each = ", ".join(f"{kind} {caught[kind]}/{kinds[kind]}" for kind in sorted(kinds))
    traced = [kind for kind in kinds if kind != "hidden"]
    least = min(caught[kind] / kinds[kind] for kind in traced)
    yield Point("recall of each behaviour that leaves a trace", "90 % each", each, least >= 0.90)


def _clean(quick: bool) -> Iterator[Point]:
    seeds, tickets, weeks = (5, 700, 14) if quick else (20, 2000, 26)
    accused = looked = own = missed = 0
    for seed in range(1, seeds + 1):
        base = simulate(seed=seed, tickets=tickets, weeks=weeks)
        desk = plant_bypasses(base, ratio=0, lost_ratio=0)
        accused += len(_seen(desk).bypasses)
        looked += len(desk.lookalikes)
        told = {
            each.ticket_id
            for each in find_bypasses(base.histories.values(), desk_map(base)).bypasses
        }
        own += len(base.story.bypass)
        missed += len(told ^ set(base.story.bypass))
    yield Point(
        f"bypasses on {seeds} clean desks with {looked:,} look-alikes",
        "none",
        str(accused),
        accused == 0 and looked >= seeds * 20,
    )
    yield Point(
        f"the desk's own story, {own} tickets of one requester, without records of contacts",
        "exactly those",
        f"{missed} missed or too many",
        missed == 0 and own > 0,
    )


def _campaigns(quick: bool) -> Iterator[Point]:
    seeds = 8 if quick else 60
    inside = told = 0
    for seed in range(1, seeds + 1):
        base = simulate(seed=seed, tickets=500, weeks=12)
        middle = base.start_at + timedelta(weeks=6)
        same = campaign_effect(_seen(plant_bypasses(base, ratio=0.15)), at=middle)
        inside += same.difference.contains(0.0)
        worked = plant_bypasses(base, ratio=0.15, campaign_at=middle, campaign_effect=0.8)
        told += campaign_effect(_seen(worked), at=middle).verdict == "fell"
    yield Point(
        f"before and after without a campaign, {seeds} desks: no change is inside the interval",
        "90 % or more (95 % nominal, repeats of people allowed for)",
        f"{inside} of {seeds}",
        inside >= 0.9 * seeds,
    )
    yield Point(
        f"a campaign that ends four of five bypasses, {seeds} desks",
        "seen in 90 %",
        f"{told} of {seeds}",
        told >= 0.9 * seeds,
    )


def _numbers(quick: bool) -> Iterator[Point]:
    numbers = TicketNumbers(prefix="INC", digits=4)
    last = 1_000 if quick else 10_000
    tried = passed = 0
    for number in range(1, last):
        text = numbers.format(number)
        digits = [place for place, mark in enumerate(text) if mark.isdigit()]
        wrong = {
            text[:place] + mark + text[place + 1 :] for place in digits for mark in "0123456789"
        }
        for one, other in pairwise(digits):
            marks = list(text)
            marks[one], marks[other] = marks[other], marks[one]
            wrong.add("".join(marks))
        wrong.discard(text)
        tried += len(wrong)
        passed += sum(numbers.is_valid(each) for each in wrong)
    yield Point(
        f"every wrong digit and swap of neighbours in {last - 1:,} ticket numbers",
        "none passes",
        f"{passed} of {tried:,}",
        passed == 0 and tried > 50 * (last - 1),
    )


def _found(quick: bool) -> Iterator[Point]:
    desk = simulate(seed=1, tickets=1_000 if quick else 5_000)
    shelf = HistoryShelf(desk.histories.values())
    openings = [h[0] for h in desk.histories.values() if isinstance(h[0], TicketOpened)]
    rng = random.Random(1)
    asked = rng.sample(openings, 200)
    first = five = 0
    began = time.process_time()
    for opening in asked:
        # What somebody remembers: who he is, and two of the words.
        words = opening.title.split()
        some = " ".join(rng.sample(words, min(2, len(words))))
        known = Asked(requester=opening.requester, words=some)
        ids = [each.ticket_id for each in find_tickets(known, shelf, as_of=desk.as_of)]
        first += ids[:1] == [opening.ticket_id]
        five += opening.ticket_id in ids
    each = (time.process_time() - began) / len(asked) * 1e3
    yield Point(
        f"a ticket of {len(shelf):,} by its requester and two of its words",
        "among five in 90 %, under 5 ms of CPU",
        f"first {first / len(asked):.0%}, among five {five / len(asked):.0%}, {each:.2f} ms",
        five >= 0.9 * len(asked) and each < 5,
    )


def _records(quick: bool) -> Iterator[Point]:
    desk = plant_bypasses(simulate(seed=1, tickets=1_000 if quick else 5_000))
    events = [each.event() for each in desk.contacts]
    read = contacts_of(events)
    without = sum(not each.registered_as for each in read)
    lost = sum(each.is_abandoned for each in read)
    yield Point(
        "contacts told as events and read again, with and without tickets",
        "equal; some without a ticket, some abandoned",
        f"{len(read):,} read, {without:,} without a ticket, {lost:,} abandoned",
        read == desk.contacts and 0 < lost < without,
    )


def _published(_quick: bool) -> Iterator[Point]:
    there = (SHARED / "field/known_bugs.json").exists()
    code, closing = run_pytest("tests/golden/test_known_bugs_contacts.py")
    yield Point(
        "known bugs of area G",
        "each has a test, all pass",
        closing if there else _NOT_THERE,
        code == 0 and there and "skipped" not in closing,
    )


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("detection of bypasses", _detection),
    ("clean desks", _clean),
    ("campaigns", _campaigns),
    ("ticket numbers", _numbers),
    ("finding tickets", _found),
    ("contacts", _records),
    ("known bugs of area G", _published),
)
