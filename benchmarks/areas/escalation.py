"""Evidence for the area `escalation`: plans are right whenever one asks, nobody is forgotten."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.escalation import (
    UCI_LOG,
    on_call_rate,
    plan_rate,
    route_log,
    timer_seconds,
)
from benchmarks.simulate_escalation import planted, years
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.commitments import commitments_of, handover, tally
from itsm_core.escalation import FIRE_ALL, Notify, due, plan
from itsm_core.events import TicketEvent, in_order
from itsm_core.lifecycle import fold
from itsm_core.sla import evaluate
from itsm_core.testing.escalation_cases import EscalationCase, random_case
from itsm_core.testing.escalation_crash import kill_escalations
from itsm_core.testing.escalation_oracle import oracle_steps

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ROOT.parent / "shared"
_FAULTS: Final = 9  # kinds of faults that a simulation meets
_NOT_THERE: Final = "not beside the repository"
_PUBLISHED: Final = {
    "published rotations, offsets and behaviours": (
        "tests/golden/test_field_cases_rosters.py",
        "tests/golden/test_field_cases_escalation.py",
    ),
    "known bugs of area D": (
        "tests/golden/test_known_bugs_rosters.py",
        "tests/golden/test_known_bugs_escalation.py",
    ),
}
_EXAMPLES: Final = {
    "an on-call rotation in three cities": "16_on_call.py",
    "a night of downtime": "18_night_of_downtime.py",
    "a co-managed desk": "19_co_managed_desk.py",
    "a desk that escalates": "25_escalate_by_desk.py",
}


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` asks fewer questions and takes fewer passes."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _published(_quick: bool) -> Iterator[Point]:
    there = (SHARED / "field/known_bugs.json").exists()
    for name, files in _PUBLISHED.items():
        code, closing = run_pytest(*files)
        yield Point(
            name,
            "each has a test, all pass",
            closing if there else _NOT_THERE,
            code == 0 and there and "skipped" not in closing,
        )


def _said(case: EscalationCase, since: object, until: object) -> list[tuple[int, str, str]]:
    known = [event for event in case.history if event.occurred_at <= until]  # type: ignore[operator]
    found = due(
        known,
        case.ladder,
        case.agreement,
        case.coverage,
        since=since,  # type: ignore[arg-type]
        until=until,  # type: ignore[arg-type]
        catch_up=FIRE_ALL,
    )
    return sorted((each.step.at_us, each.key, each.step.target) for each in found)


def _polling(quick: bool) -> Iterator[Point]:
    wanted = 500 if quick else 50_000
    differing = steps = 0
    for seed in range(wanted):
        rng = random.Random(seed)
        case = random_case(rng)
        start = case.opened_at - timedelta(microseconds=1)
        inner = (case.opened_at + timedelta(minutes=rng.randrange(2_400)) for _ in range(5))
        times = sorted({start, case.until, *inner})
        parts = sorted(each for pair in pairwise(times) for each in _said(case, *pair))
        whole = _said(case, None, case.until)
        steps += len(whole)
        differing += parts != whole
    yield Point(
        f"any polling times give the same steps, {wanted:,} random histories",
        "0 differ",
        f"{differing} ({steps:,} steps)",
        differing == 0 and steps >= wanted,
    )


def _oracle(quick: bool) -> Iterator[Point]:
    wanted = 40 if quick else 2_000
    differing = steps = 0
    for seed in range(1_000_000, 1_000_000 + wanted):
        case = random_case(random.Random(seed))
        slow = sorted((s.at_us, s.subject, s.level, s.occurrence) for s in oracle_steps(case))
        found = due(
            case.history,
            case.ladder,
            case.agreement,
            case.coverage,
            until=case.until,
            catch_up=FIRE_ALL,
        )
        quick_ones = sorted(
            (d.step.at_us, d.step.subject, d.step.level, d.step.occurrence) for d in found
        )
        steps += len(slow)
        differing += slow != quick_ones
    yield Point(
        f"an oracle that steps along the clock, {wanted:,} random histories",
        "0 differ",
        f"{differing} ({steps:,} steps)",
        differing == 0 and steps >= wanted,
    )


def _laws(_quick: bool) -> Iterator[Point]:
    code, closing = run_pytest("tests/properties/test_escalation_laws.py", "-k", "planted")
    yield Point("planted bugs of plans, each within 100 seeds", "all found", closing, code == 0)
    code, closing = run_pytest(
        "tests/integration/test_escalate_sqlite.py",
        "tests/unit/escalation/test_late.py",
        "tests/unit/workers/test_storms.py",
    )
    yield Point(
        "steps on SQLite: downtime, pauses, a clock put back; storms; late messages",
        "once each, and to whoever is there now",
        closing,
        code == 0,
    )


def _simulation(quick: bool) -> Iterator[Point]:
    wanted = 2 if quick else 25
    report = years(wanted)
    yield Point(
        f"{wanted} simulated years: wrong clocks, outages, redelivery, late events, crashes",
        "no effect lost, doubled, inside a pause or after its end",
        str(report),
        not report.violations and report.taken >= 150 * wanted and len(report.faults) == _FAULTS,
    )
    for plant, seeds in planted().items():
        told = "not found" if seeds is None else f"after {seeds}"
        yield Point(f"planted bug: {plant}", "found within 100 seeds", told, seeds is not None)


def _kills(quick: bool) -> Iterator[Point]:
    wanted = 20 if quick else 200
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "desk.db"
        make = partial(SqliteStore, path, busy_seconds=60, synchronous="normal")
        report = kill_escalations(make, kills=wanted, tickets=100)
    yield Point(
        f"workers that escalate, killed {wanted} times, SQLite",
        "0 lost, 0 doubled",
        str(report).replace("\n", ";"),
        report.violations == 0 and report.found == report.acknowledged > 0,
    )


def _handover(quick: bool) -> Iterator[Point]:
    code, closing = run_pytest("tests/properties/test_handover_machine.py")
    name = "handover at any time on a whole desk (stateful test)"
    yield Point(name, "nothing without an owner, no clock reset", closing, code == 0)
    wanted = 1_000 if quick else 10_000
    left = reset = moved = unequal = promised = 0
    for seed in range(wanted):
        case = random_case(random.Random(seed))
        at, person = case.until, ("ana", "ben", "chi")[seed % 3]
        moves = handover([case.history], person, case.coverage, at=at, fallback="lea")
        events = [event for told in moves.values() for event in told]
        after = in_order((*case.history, *events))
        moved += bool(events)
        left += _is_left(case, after, person)
        reset += _clocks(case, case.history) != _clocks(case, after)
        made = commitments_of(after, at)
        promised += len(made)
        for owner in (None, "ana", "ben", "chi", "lea"):
            told = tally(made, owner)
            parts = told.kept + told.broken + told.withdrawn + told.handed_over + told.open
            unequal += parts != told.made
    yield Point(
        f"handover, {wanted:,} random histories",
        "no ticket, promise or step without an owner, no clock reset",
        f"{left} left, {reset} reset ({moved:,} handed over)",
        left == reset == 0 and moved * 20 >= wanted,
    )
    yield Point(
        "kept + broken + withdrawn + handed over + open = made",
        "always",
        f"{unequal} differ ({promised:,} promises)",
        unequal == 0 and promised >= wanted // 10,
    )


def _is_left(case: EscalationCase, after: tuple[TicketEvent, ...], person: str) -> bool:
    """Tell whether a ticket, a promise or a step is without an owner, or still theirs."""
    ticket, at = fold(after), case.until
    if not ticket.category.is_terminal and (
        ticket.assignee == person or not (ticket.assignee or ticket.group)
    ):
        return True
    if any(each.is_pending and each.owner == person for each in commitments_of(after, at)):
        return True
    steps = plan(after, case.ladder, case.agreement, case.coverage, as_of=at)
    return any(step.target in ("", "nobody") for step in steps if isinstance(step.action, Notify))


def _clocks(case: EscalationCase, history: Iterable[object]) -> list[object]:
    evaluation = evaluate(history, case.agreement, as_of=case.until + timedelta(days=3))  # type: ignore[arg-type]
    return [
        (each.name, each.cycle, each.state, each.due_us, each.elapsed_us) for each in evaluation
    ]


def _speed(quick: bool) -> Iterator[Point]:
    rate = plan_rate(quick=quick)
    yield Point("plans of six levels", ">= 20,000 a second", f"{rate:,.0f}", rate >= 20_000)
    rate = on_call_rate(quick=quick)
    name = "who is on call, ten years of three layers"
    yield Point(name, ">= 500,000 a second", f"{rate:,.0f}", rate >= 500_000)
    seconds = timer_seconds(quick=quick)
    name = "100 due timers claimed among 100,000, SQLite"
    yield Point(name, "< 50 ms", f"{seconds * 1_000:.1f} ms", seconds < 0.05)


def _routing(_quick: bool) -> Iterator[Point]:
    if not UCI_LOG.exists():
        yield Point("routing on the UCI log", "better than the log", _NOT_THERE, ok=False)
        return
    found = route_log()
    low = found.interval(found.matched["routed"])[0]
    high = max(found.interval(found.matched[name])[1] for name in ("log", "majority"))
    words = ", ".join(
        f"{name} {hits / max(number, 1):.1%} of {number:,}"
        for name, (number, hits) in found.matched.items()
    )
    yield Point(
        "solved in time where the choice is the log's own, UCI log, second half",
        "more than the others, intervals apart",
        f"{words}; {low:.1%} is above {high:.1%}" if low > high else words,
        low > high,
    )
    for name, gain in found.gains.items():
        yield Point(
            f"routed minus {name}, weighted to all {found.tickets:,} tickets",
            "above 0 with 95 % confidence",
            str(gain),
            gain.low > 0,
        )


def _examples(_quick: bool) -> Iterator[Point]:
    for name, file in _EXAMPLES.items():
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-W", "error", str(ROOT / "examples" / file)],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
        told = "runs" if done.returncode == 0 else done.stderr.strip()[-100:]
        yield Point(f"example: {name}", "runs", told, done.returncode == 0)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("published cases", _published),
    ("speed", _speed),
    ("polling", _polling),
    ("oracle", _oracle),
    ("laws", _laws),
    ("simulation", _simulation),
    ("kills", _kills),
    ("handover", _handover),
    ("routing", _routing),
    ("examples", _examples),
)
