"""Escalation: plans a second, who is on call, due timers, and routing on a real log.

CPU time (`process_time`), best of several passes: compare within one run only. Routing is judged by
replay: tickets come in the order of their opening, a choice knows only what had ended before, and
counts where it is the group that the log shows. Weighting those tickets by how rarely their like
went there makes choices comparable. It is no experiment all the same: what the log does not show
of a ticket, no weight puts right.

    python -m benchmarks.escalation [--quick]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import heapq
import math
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingTime, public_holidays
from itsm_core.escalation import (
    Breached,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    plan,
)
from itsm_core.events import TicketAssigned, TicketEvent, TicketOpened
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.ports import Timer
from itsm_core.rosters import Roster, Rotation, Unit
from itsm_core.routing import Experience, Routing, Side, Work
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes

__all__ = ["RoutingFigures", "Share", "on_call_rate", "plan_rate", "route_log", "timer_seconds"]

UCI_LOG: Final = (
    Path(__file__).parents[2] / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
)
_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _best(run: Callable[[], object], times: int, passes: int) -> float:
    """Return the fewest seconds of CPU time that one call took, over several passes."""
    best = math.inf
    for _ in range(passes):
        began = time.process_time()
        for _ in range(times):
            run()
        best = min(best, (time.process_time() - began) / times)
    return best


def plan_rate(*, quick: bool) -> float:
    """Return how many tickets a second get a plan from a ladder of six levels on two clocks."""
    calendar = BusinessCalendar(
        zone="Europe/Berlin",
        hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
        holidays=public_holidays("DE"),
    )
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=calendar,
        targets=(
            ServiceLevelTarget(metric="response", goals={"*": WorkingTime(hours(2))}),
            ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(16))}),
        ),
    )
    rules = [
        EscalationRule(
            name=f"{clock} {share}",
            trigger=Breached(clock=clock) if share == 1 else ShareUsed(clock=clock, ratio=share),
            actions=[action],
        )
        for clock in ("response", "resolution")
        for share, action in (
            (0.5, Notify(target="assignee")),
            (0.75, EscalateToGroup(group=GroupId("second line"))),
            (1, EscalateToRole(role="manager")),
        )
    ]
    ladder = Ladder(name="six", rules=rules)
    ticket = TicketId("INC-1")
    history: tuple[TicketEvent, ...] = (
        TicketOpened(ticket_id=ticket, occurred_at=_AT, priority="P2", group=GroupId("first")),
        TicketAssigned(ticket_id=ticket, occurred_at=_AT + minutes(5), assignee=PersonId("ana")),
    )
    now = _AT + minutes(6)
    if len(plan(history, ladder, agreement, as_of=now)) != len(rules):
        raise RuntimeError("the plan has not six steps")
    # Many short passes: the best one is then one in which nobody else needed the machine.
    return 1 / _best(lambda: plan(history, ladder, agreement, as_of=now), 150, 20 if quick else 60)


def on_call_rate(*, quick: bool) -> float:
    """Return how often a second a roster of three layers says who is on call, over ten years."""
    shapes: tuple[tuple[str, str, Unit, str], ...] = (
        ("standby", "Europe/Berlin", "weeks", ""),
        ("day", "Europe/Berlin", "days", "Mo-Fr 08:00-18:00"),
        ("coast", "America/Los_Angeles", "days", "Mo-Fr 08:00-18:00"),
    )
    layers = [
        Rotation(
            name=name,
            people=("ana", "ben", "chi"),
            zone=zone,
            start_on="2016-01-04",
            hand_off="08:00",
            unit=unit,
            restriction=WeeklyHours.parse(text) if text else None,
        )
        for name, zone, unit, text in shapes
    ]
    roster = Roster(name="three", layers=layers)
    start = datetime(2016, 2, 1, tzinfo=UTC)
    asked = [start + timedelta(minutes=n * 5_003 % 5_256_000) for n in range(20_000)]

    def ask() -> None:
        for at in asked:
            roster.on_call(at)

    ask()
    return len(asked) / _best(ask, 1, 6 if quick else 18)


def timer_seconds(*, quick: bool) -> float:
    """Return how long it takes to claim 100 due timers where 100,000 tickets wait, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "desk.db")
        timers = [
            Timer(key=f"escalation:{n}", stream=f"INC-{n}", due_at=_AT + timedelta(seconds=n))
            for n in range(100_000)
        ]
        store.schedule(timers)
        best = math.inf
        for number in range(1, (3 if quick else 9) + 1):
            now = _AT + timedelta(seconds=100 * number - 1)
            began = time.perf_counter()
            claimed = store.claim_due(as_of=now, lease=timedelta(minutes=1), limit=100)
            best = min(best, time.perf_counter() - began)
            if len(claimed) != 100:
                raise RuntimeError(f"{len(claimed)} of 100 due timers were claimed")
            for claim in claimed:
                store.complete(claim)
        store.close()
        return best


# --- routing --------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Share:
    """Hold a share with its interval at 95 %."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.share:.1%} [{self.low:.1%}, {self.high:.1%}]"


@attrs.frozen(kw_only=True)
class RoutingFigures:
    """Hold what replaying a log says of three choices: the log's own, the majority's, the routed.

    `matched`: tickets where the choice is the group that the log shows, and those of them solved in
    time. `values`: the same for all tickets, each weighted by how rarely tickets like it went
    there, so that a choice gains nothing by agreeing with the log on easy tickets alone. `gains`
    are the differences of the routed one's value, on the same tickets.
    """

    tickets: int
    matched: Mapping[str, tuple[int, int]]
    values: Mapping[str, Share]
    gains: Mapping[str, Share]

    @staticmethod
    def interval(figures: tuple[int, int]) -> tuple[float, float]:
        """Return Wilson's interval at 95 % of a share."""
        number, hits = figures
        if not number:
            return 0.0, 1.0
        z, share = 1.959964, hits / number
        centre = (share + z * z / (2 * number)) / (1 + z * z / number)
        spread = z * math.sqrt(share * (1 - share) / number + z * z / (4 * number * number))
        spread /= 1 + z * z / number
        return centre - spread, centre + spread


@attrs.frozen
class _Case:
    opened: datetime
    ended: datetime
    group: str
    category: str
    kind: tuple[str, ...]
    is_in_time: bool


_POLICIES: Final = ("log", "majority", "routed")
_WEIGHT: Final = 5.0  # tickets by which a share of groups is shrunk towards the coarser one
_LEAST_RATIO: Final = 0.02  # no ticket counts for more than fifty
_ABLE: Final = 20  # tickets of a category that a group has closed before it can be chosen
_DRAWS: Final = 2_000


def _cases() -> list[_Case]:
    """Return incidents with a first group and an end, in the order of their opening.

    Who opened a ticket, its priority and its category are those of its first record: what was
    found out later is no help to whoever has to choose.
    """
    rows: dict[str, list[Mapping[str, str]]] = {}
    with gzip.open(UCI_LOG, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["number"], []).append(row)
    found: list[_Case] = []
    for told in rows.values():
        group = next(
            (row["assignment_group"] for row in told if row["assignment_group"] != "?"), ""
        )
        first, last = told[0], told[-1]
        if group and last["closed_at"] != "?":
            found.append(
                _Case(
                    _instant(first["opened_at"]),
                    _instant(last["closed_at"]),
                    group,
                    first["category"],
                    (first["priority"], first["opened_by"], first["category"]),
                    last["made_sla"] == "true",
                )
            )
    return sorted(found, key=lambda case: (case.opened, case.group))


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


class _Known:
    """Keep what is known of the tickets that have ended: rates, and who got what."""

    def __init__(self) -> None:
        self.trials: Counter[tuple[str, ...]] = Counter()
        self.hits: Counter[tuple[str, ...]] = Counter()
        self.experience: Final = Experience(trials=self.trials, hits=self.hits)
        self.groups: dict[str, Counter[str]] = {}
        self.gone: Counter[tuple[str, ...]] = Counter()

    def add(self, case: _Case) -> None:
        for key in Experience.keys(case.group, case.kind):
            self.trials[key] += 1
            self.hits[key] += case.is_in_time
        self.groups.setdefault(case.category, Counter())[case.group] += 1
        for cell in self._cells(case):
            self.gone[cell] += 1
            self.gone[(case.group, *cell)] += 1

    def able(self, case: _Case) -> list[str]:
        counts = self.groups.get(case.category, Counter())
        return [group for group, count in counts.items() if count >= _ABLE]

    def ratio(self, case: _Case, group: str, able: int) -> float:
        """Return how often a ticket like this one went to a group: never nothing."""
        share = 0.5 / able
        for cell in self._cells(case):
            share = (self.gone[(group, *cell)] + _WEIGHT * share) / (self.gone[cell] + _WEIGHT)
        return max(share, _LEAST_RATIO)

    @staticmethod
    def _cells(case: _Case) -> tuple[tuple[str, ...], ...]:
        _, opened_by, category = case.kind
        return (("in", category), ("in", category, opened_by))


@attrs.define
class _Day:
    """Sum up the tickets opened on one day: weights, and weights of those in time, by choice."""

    weights: dict[str, float] = attrs.field(factory=lambda: dict.fromkeys(_POLICIES, 0.0))
    in_time: dict[str, float] = attrs.field(factory=lambda: dict.fromkeys(_POLICIES, 0.0))


def route_log(*, first_half: bool = False) -> RoutingFigures:
    """Return what replaying the log says of the tickets of its second half, or of its first.

    Everything that had ended before a ticket was opened is known to the choice, in either half.
    By what tickets are told apart (priority, who opened them, category) was chosen among five
    forms that were tried on the whole log: a little of the gain is owed to that.
    """
    cases, known = _cases(), _Known()
    waiting: list[tuple[datetime, int]] = []
    matched = {name: [0, 0] for name in _POLICIES}
    days: dict[object, _Day] = {}
    for number, case in enumerate(cases):
        while waiting and waiting[0][0] < case.opened:
            known.add(cases[heapq.heappop(waiting)[1]])
        heapq.heappush(waiting, (case.ended, number))
        able = known.able(case)
        if len(able) < 2 or (number < len(cases) // 2) is not first_half:
            continue
        counts = known.groups[case.category]
        routing = Routing(sides=[Side(group=GroupId(group)) for group in able])
        chosen = {
            "log": case.group,
            "majority": max(able, key=lambda group: (counts[group], group)),
            "routed": routing.route(Work(at=case.opened, kind=case.kind), known.experience).group,
        }
        day = days.setdefault(case.opened.date(), _Day())
        for name, group in chosen.items():
            if group == case.group:
                weight = 1.0 if name == "log" else 1 / known.ratio(case, group, len(able))
                matched[name][0] += 1
                matched[name][1] += case.is_in_time
                day.weights[name] += weight
                day.in_time[name] += weight * case.is_in_time
    return _figures(matched, tuple(days.values()))


def _figures(matched: Mapping[str, list[int]], days: Sequence[_Day]) -> RoutingFigures:
    """Return the figures, with intervals by drawing whole days: tickets of one day are alike."""
    rng = random.Random(6)
    drawn = [_values(rng.choices(days, k=len(days))) for _ in range(_DRAWS)]
    found = _values(days)

    def share(value: float, values: list[float]) -> Share:
        values.sort()
        edge = len(values) // 40
        return Share(share=value, low=values[edge], high=values[-edge - 1])

    return RoutingFigures(
        tickets=matched["log"][0],
        matched={name: (number, hits) for name, (number, hits) in matched.items()},
        values={name: share(found[name], [each[name] for each in drawn]) for name in _POLICIES},
        gains={
            name: share(
                found["routed"] - found[name], [each["routed"] - each[name] for each in drawn]
            )
            for name in ("log", "majority")
        },
    )


def _values(days: Sequence[_Day]) -> dict[str, float]:
    return {
        name: sum(day.in_time[name] for day in days) / sum(day.weights[name] for day in days)
        for name in _POLICIES
    }


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    print(f"plans of six levels: {plan_rate(quick=quick):,.0f} a second")
    print(f"who is on call: {on_call_rate(quick=quick):,.0f} a second")
    print(f"100 due timers among 100,000: {timer_seconds(quick=quick) * 1_000:.1f} ms")
    if UCI_LOG.exists():
        for half in (True, False):
            figures = route_log(first_half=half)
            print(f"{'first' if half else 'second'} half of the log, {figures.tickets:,} tickets:")
            for name, found in figures.matched.items():
                low, high = figures.interval(found)
                share = found[1] / max(found[0], 1)
                print(f"  {name}: {share:.1%} [{low:.1%}, {high:.1%}] of {found[0]:,} that agree")
                print(f"    weighted to all tickets: {figures.values[name]}")
            for name, gain in figures.gains.items():
                print(f"  routed minus {name}: {gain}")


if __name__ == "__main__":
    main()
