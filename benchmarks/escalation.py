"""Escalation: plans a second, who is on call, due timers, and routing on a real log.

CPU time (`process_time`), best of several passes: compare within one run only. Routing is judged by
replay: tickets come in the order of their opening, a choice knows only what had ended before, and
counts where it is the group that the log shows. That is no experiment: where groups differ in what
they get, the figure says so as little as the log does.

    python -m benchmarks.escalation [--quick]
"""

from __future__ import annotations

import argparse
import csv
import gzip
import heapq
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
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

__all__ = ["RoutingFigures", "on_call_rate", "plan_rate", "route_log", "timer_seconds"]

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
    return 1 / _best(lambda: plan(history, ladder, agreement, as_of=now), 1_000, 3 if quick else 9)


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
    return len(asked) / _best(ask, 1, 3 if quick else 9)


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
class RoutingFigures:
    """Hold tickets and those in time: as the log has it, by majority and by shrunk rates."""

    log: tuple[int, int]
    majority: tuple[int, int]
    routed: tuple[int, int]

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
    kind: str
    is_in_time: bool


def _cases() -> list[_Case]:
    """Return incidents with a first group and an end, in the order of their opening."""
    rows: dict[str, list[Mapping[str, str]]] = {}
    with gzip.open(UCI_LOG, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["number"], []).append(row)
    found: list[_Case] = []
    for told in rows.values():
        group = next(
            (row["assignment_group"] for row in told if row["assignment_group"] != "?"), ""
        )
        last = told[-1]
        if group and last["closed_at"] != "?":
            found.append(
                _Case(
                    _instant(last["opened_at"]),
                    _instant(last["closed_at"]),
                    group,
                    last["category"],
                    last["made_sla"] == "true",
                )
            )
    return sorted(found, key=lambda case: (case.opened, case.group))


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def route_log() -> RoutingFigures:
    """Return what replaying the log says."""
    cases = _cases()
    trials: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    known: dict[str, Counter[str]] = {}
    waiting: list[tuple[datetime, int]] = []
    sums: dict[str, list[int]] = {"log": [0, 0], "majority": [0, 0], "routed": [0, 0]}
    experience = Experience(trials=trials, hits=hits)
    for number, case in enumerate(cases):
        while waiting and waiting[0][0] < case.opened:
            ended = cases[heapq.heappop(waiting)[1]]
            for key in ((ended.group, ended.kind), (ended.group, "*"), ("*", "*")):
                trials[key] += 1
                hits[key] += ended.is_in_time
            known.setdefault(ended.kind, Counter())[ended.group] += 1
        heapq.heappush(waiting, (case.ended, number))
        able = [group for group, count in known.get(case.kind, Counter()).items() if count >= 20]
        if len(able) < 2:
            continue
        _count(sums["log"], case)
        if known[case.kind].most_common(1)[0][0] == case.group:
            _count(sums["majority"], case)
        routing = Routing(sides=[Side(group=GroupId(group)) for group in able])
        if routing.route(Work(at=case.opened, kind=case.kind), experience).group == case.group:
            _count(sums["routed"], case)
    return RoutingFigures(**{name: (each[0], each[1]) for name, each in sums.items()})


def _count(sums: list[int], case: _Case) -> None:
    sums[0] += 1
    sums[1] += case.is_in_time


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    print(f"plans of six levels: {plan_rate(quick=quick):,.0f} a second")
    print(f"who is on call: {on_call_rate(quick=quick):,.0f} a second")
    print(f"100 due timers among 100,000: {timer_seconds(quick=quick) * 1_000:.1f} ms")
    if UCI_LOG.exists():
        figures = route_log()
        for name in ("log", "majority", "routed"):
            found: tuple[int, int] = getattr(figures, name)
            low, high = figures.interval(found)
            print(f"{name}: {found[1]} of {found[0]} in time ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
