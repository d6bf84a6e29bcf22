"""Speed of lifecycles: commands decided, tickets moved, buttons listed, refusals with reasons.

CPU time (`process_time`), the best of many short passes in fresh processes, with the limit measured
beside: compare the ratios, not the absolute figures, which depend on the machine. A command needs
a role, two required fields (one of its own, one on the ticket) and a guard. The limit is the least
that a state machine can do, written by hand: a table by state and trigger, one guard called, a new
object with slots. It checks no role, no field and no instant, records nothing, and cannot say why.

    python -m benchmarks.lifecycle [--quick] [--profile NAME]
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import json
import math
import pstats
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import attrs

from itsm_core.commands import Actor, CancelTicket, Command, ResolveTicket, StartWork
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    Lifecycle,
    StateCategory,
    Ticket,
    allowed,
    decide,
    evolve,
)

__all__ = ["Figures", "measure", "measure_apart"]

_ROOT: Final = Path(__file__).parents[1]
_TICKETS: Final = 12
_TIMES: Final = 60
"""How often a pass asks about each ticket: the figures are those of a warm cache."""
_NINE: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


@attrs.frozen(kw_only=True)
class Figures:
    """Hold what was measured: calls a second of CPU time."""

    decide: float
    """`decide`: role, two required fields, guard; the events."""
    decide_mixed: float
    """The same, where three kinds of command take turns."""
    decide_evolve: float
    """`decide` and the new ticket."""
    allowed: float
    """`allowed` with all reasons: missing roles, a false guard with the value seen."""
    refused: float
    """`decide` where role, field and guard are all wrong: the refusal with its reasons."""
    limit: float
    """By hand: a table, one guard, a new object."""


def desk() -> Lifecycle:
    """Return the shipped incident with a resolve that asks for more."""
    moves = (
        attrs.evolve(
            each,
            required=("resolution_code", "group"),
            guard=field("reassignment_count").is_below(20),
        )
        if each.trigger == "resolve"
        else each
        for each in INCIDENT.transitions
    )
    return attrs.evolve(INCIDENT, name="desk", transitions=tuple(moves))


def tickets(*, state: str = "in_progress", group: str = "first") -> list[Ticket]:
    """Return tickets that differ in what is asked: folded ones, as a store gives them."""
    categories = {each.name: each.category for each in INCIDENT.states}
    return [
        Ticket(
            ticket_id=TicketId(f"INC-{number}"),
            lifecycle="desk",
            state=state,
            category=categories[state],
            group=GroupId(group),
            requester=PersonId(f"p{number % 50}"),
            opened_at=_NINE + timedelta(minutes=number),
            reassignment_count=number % 5,
            version=number % 9 + 1,
        )
        for number in range(_TICKETS)
    ]


Asked = tuple[Ticket, Command, Actor, datetime]


def _resolving(tickets: Sequence[Ticket], roles: frozenset[str], code: str) -> list[Asked]:
    return [
        (
            ticket,
            ResolveTicket(ticket_id=ticket.ticket_id, resolution_code=code),
            Actor(person_id=PersonId(f"a{number % 20}"), roles=frozenset(roles)),
            _NINE + timedelta(days=1, seconds=number, microseconds=number * 7),
        )
        for number, ticket in enumerate(tickets)
    ]


def _mixed(asked: Sequence[Asked]) -> list[Asked]:
    """Return questions in which three classes of command take turns."""
    mixed: list[Asked] = []
    for number, (ticket, command, actor, at) in enumerate(asked):
        if number % 3 == 0:
            mixed.append((ticket, command, actor, at))
        elif number % 3 == 1:
            cancel = CancelTicket(ticket_id=ticket.ticket_id, reason="done elsewhere")
            mixed.append((ticket, cancel, actor, at))
        else:
            new = attrs.evolve(ticket, state="new", category=StateCategory.NEW)
            mixed.append((new, StartWork(ticket_id=ticket.ticket_id), actor, at))
    return mixed


# --- by hand -------------------------------------------------------------------------------------


class _Hand:
    """A ticket by hand: three fields, no history."""

    __slots__ = ("count", "state", "ticket_id")

    def __init__(self, ticket_id: str, state: str, count: int) -> None:
        self.ticket_id = ticket_id
        self.state = state
        self.count = count


_TABLE: Final[Mapping[tuple[str, str], tuple[str, Callable[[_Hand], bool]]]] = {
    ("in_progress", "resolve"): ("resolved", lambda ticket: ticket.count < 20),
    ("in_progress", "cancel"): ("cancelled", lambda ticket: ticket.count < 20),
    ("new", "start"): ("in_progress", lambda ticket: ticket.count < 20),
}


def by_hand(ticket: _Hand, trigger: str) -> _Hand | None:
    """Return the moved ticket, or None: the least that a state machine can do."""
    target, guard = _TABLE[ticket.state, trigger]
    return _Hand(ticket.ticket_id, target, ticket.count) if guard(ticket) else None


# --- measurement ---------------------------------------------------------------------------------

Run = Callable[[], None]


def _deciding(lifecycle: Lifecycle, asked: Sequence[Asked]) -> Run:
    often = [*asked] * _TIMES

    def run() -> None:
        for ticket, command, actor, at in often:
            decide(lifecycle, ticket, command, actor=actor, at=at)

    return run


def _moving(lifecycle: Lifecycle, asked: Sequence[Asked]) -> Run:
    often = [*asked] * _TIMES

    def run() -> None:
        for ticket, command, actor, at in often:
            (event,) = decide(lifecycle, ticket, command, actor=actor, at=at)  # type: ignore[misc]
            evolve(ticket, event)

    return run


def _listing(lifecycle: Lifecycle, asked: Sequence[Asked]) -> Run:
    often = [*asked] * _TIMES

    def run() -> None:
        for ticket, _command, actor, _at in often:
            allowed(lifecycle, ticket, actor)

    return run


def _by_hand(asked: Sequence[Asked]) -> Run:
    hands = [
        (_Hand(ticket.ticket_id, ticket.state, ticket.reassignment_count), command.trigger)
        for ticket, command, *_ in asked
    ] * _TIMES

    def run() -> None:
        for ticket, trigger in hands:
            by_hand(ticket, trigger)

    return run


def _loop(asked: Sequence[Asked]) -> Run:
    often = [*asked] * _TIMES

    def run() -> None:
        for _ticket, _command, _actor, _at in often:
            pass

    return run


def _checked(asked: Sequence[Asked], codes: Sequence[str]) -> Sequence[Asked]:
    """Return questions to `decide`, after asking each: it must give these reasons, or an event."""
    lifecycle = desk()
    for ticket, command, actor, at in asked:
        decision = decide(lifecycle, ticket, command, actor=actor, at=at)
        if isinstance(decision, CommandRefused):
            assert [reason.code for reason in decision.reasons] == codes
        else:
            assert not codes
            assert evolve(ticket, decision[0]).version == ticket.version + 1
    return asked


def _listed(asked: Sequence[Asked]) -> Sequence[Asked]:
    """Return questions to `allowed`, after asking each: some are refused by role or guard."""
    lifecycle = desk()
    for ticket, _, actor, _at in asked:
        told = {each.trigger: each.reasons for each in allowed(lifecycle, ticket, actor)}
        assert [reason.code for reason in told["resolve"]] == ["missing-role", "guard-false"]
        assert not told["cancel"]
    return asked


def _run_of(name: str) -> Run:
    """Return what is measured under a name."""
    analyst, requester = frozenset({"analyst"}), frozenset({"requester"})
    lifecycle, plain = desk(), tickets()
    worn = [attrs.evolve(each, reassignment_count=20 + n % 3) for n, each in enumerate(plain)]
    match name:
        case "decide":
            return _deciding(lifecycle, _checked(_resolving(plain, analyst, "fixed"), []))
        case "decide_mixed":
            return _deciding(lifecycle, _checked(_mixed(_resolving(plain, analyst, "fixed")), []))
        case "decide_evolve":
            return _moving(lifecycle, _checked(_resolving(plain, analyst, "fixed"), []))
        case "allowed":
            return _listing(lifecycle, _listed(_resolving(worn, requester, "")))
        case "refused":
            bare = [attrs.evolve(each, group=GroupId("")) for each in worn]
            codes = ["missing-role", "guard-false", "missing-field", "missing-field"]
            return _deciding(lifecycle, _checked(_resolving(bare, requester, ""), codes))
        case _:
            raise ValueError(name)


def measure(name: str, *, quick: bool = False) -> tuple[float, float]:
    """Return the calls a second of one run, and those by hand beside it, without the loop.

    One run a process: an interpreter that has seen several classes in one place is slower there.
    """
    asked = _resolving(tickets(), frozenset({"analyst"}), "fixed")
    runs = {"run": _run_of(name), "limit": _by_hand(asked), "loop": _loop(asked)}
    best = dict.fromkeys(runs, math.inf)
    gc.collect()
    gc.disable()
    try:
        for _ in range(80 if quick else 400):
            for each, run in runs.items():
                began = time.process_time()
                run()
                best[each] = min(best[each], time.process_time() - began)
    finally:
        gc.enable()
    calls = _TICKETS * _TIMES
    return calls / (best["run"] - best["loop"]), calls / (best["limit"] - best["loop"])


def measure_apart(*, quick: bool = False) -> Figures:
    """Return the best figures of several fresh processes: where memory lies decides a tenth."""
    names = [each.name for each in attrs.fields(Figures) if each.name != "limit"]
    best = dict.fromkeys((*names, "limit"), 0.0)
    for name in (*names, *names[:1] * 2) if quick else names * 4:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.lifecycle", "--json", name, *["--quick"] * quick],
            capture_output=True,
            text=True,
            check=True,
            cwd=_ROOT,
        )
        rate, limit = json.loads(done.stdout)
        best[name], best["limit"] = max(best[name], rate), max(best["limit"], limit)
    return Figures(**best)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer passes")
    parser.add_argument("--json", metavar="NAME", help="measure one run in this process")
    parser.add_argument("--profile", metavar="NAME", help="show where the time of a run goes")
    chosen = parser.parse_args(arguments)
    if chosen.profile:
        run = _run_of(chosen.profile)
        profile = cProfile.Profile()
        profile.runcall(lambda: [run() for _ in range(20)])
        pstats.Stats(profile).sort_stats("tottime").print_stats(14)
    elif chosen.json:
        print(json.dumps(measure(chosen.json, quick=chosen.quick)))
    else:
        figures = measure_apart(quick=chosen.quick)
        for name, rate in attrs.asdict(figures).items():
            print(f"{name:<14} {rate:12,.0f}/s {figures.limit / rate:6.1f} x the time by hand")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
