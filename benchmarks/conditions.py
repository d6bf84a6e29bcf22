"""Speed of conditions: five tests on an object and on a dict, beside the same rule by hand.

CPU time (`process_time`), best of several passes, the passes of all runs alternating: compare the
ratios, not the absolute figures, which depend on the machine. Every run asks the same tickets, of
which a share decides at the first test and a share only at the last; `all five read` asks tickets
that no test decides before the last. The rule by hand checks nothing and knows no missing value.

    python -m benchmarks.conditions [--profile]
"""

from __future__ import annotations

import cProfile
import gc
import math
import pstats
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from itsm_core.conditions import Condition, Kind, Schema, any_of, field

__all__ = ["TARGET_US", "Figures", "measure"]

TARGET_US: Final = 1.0
"""A condition of five tests takes less, in microseconds of CPU time."""

_TICKETS: Final = 500
_ROUNDS: Final = 20


@attrs.frozen(kw_only=True)
class Ticket:
    """Hold what the rule looks at."""

    priority: str
    hold_reason: str
    vip: bool
    reopen_count: int
    opened_us: int


@attrs.frozen(kw_only=True)
class Figures:
    """Hold what was measured: microseconds of CPU time for one question, and ratios to by hand."""

    object_us: float
    object_worst_us: float
    dict_us: float
    dict_worst_us: float
    by_hand_us: float
    by_hand_worst_us: float
    explain_us: float

    @property
    def worst_ratio(self) -> float:
        """Return how many times longer than by hand five tests take that are all read."""
        return self.object_worst_us / self.by_hand_worst_us


SCHEMA: Final = Schema(
    name="ticket",
    fields={
        "priority": Kind.TEXT.of("P1", "P2", "P3", "P4"),
        "hold_reason": Kind.TEXT.optional(),
        "vip": Kind.BOOL,
        "reopen_count": Kind.NUMBER,
        "opened_us": Kind.INSTANT,
    },
)


def condition() -> Condition:
    """Return the rule of five tests: text, optional text, bool, number, instant."""
    from datetime import UTC, datetime

    rule = field("priority").is_in("P1", "P2") & any_of(
        field("hold_reason").is_("supplier"),
        field("vip").is_(True),
        field("reopen_count").is_at_least(3),
        field("opened_us").is_below(datetime(2020, 1, 1, tzinfo=UTC)),
    )
    return Condition(schema=SCHEMA, rule=rule)


_START_US: Final = 1_577_836_800_000_000  # 2020-01-01 UTC


def by_hand(ticket: Ticket) -> bool:
    """Answer the same without a check: what a programmer would write into the code."""
    return ticket.priority in ("P1", "P2") and (
        ticket.hold_reason == "supplier"
        or ticket.vip is True
        or ticket.reopen_count >= 3
        or ticket.opened_us < _START_US
    )


def tickets(seed: int = 3) -> list[Ticket]:
    """Return tickets on which the rule is decided at any of its tests."""
    rng = random.Random(seed)
    return [
        Ticket(
            priority=rng.choice(("P1", "P2", "P3", "P4")),
            hold_reason=rng.choice(("", "", "supplier", "requester")),
            vip=rng.random() < 0.1,
            reopen_count=rng.choice((0, 0, 1, 2, 3)),
            opened_us=_START_US + rng.randint(-(10**14), 10**15),
        )
        for _ in range(_TICKETS)
    ]


def undecided() -> list[Ticket]:
    """Return tickets for which all five tests are read."""
    return [
        Ticket(
            priority="P1" if place % 2 else "P2",
            hold_reason="requester",
            vip=False,
            reopen_count=place % 3,
            opened_us=_START_US + place,
        )
        for place in range(_TICKETS)
    ]


def _best(runs: Mapping[str, tuple[Callable[..., object], Sequence[object]]]) -> dict[str, float]:
    """Return the microseconds a question of each run, without the cost of the loop."""
    best = dict.fromkeys((*runs, "loop"), math.inf)
    all_runs = {**runs, "loop": (None, next(iter(runs.values()))[1])}
    gc.disable()
    try:
        for _ in range(_ROUNDS):
            for name, (ask, asked) in all_runs.items():
                began = time.process_time()
                for _ in range(4):
                    if ask is None:
                        for _value in asked:
                            pass
                    else:
                        for value in asked:
                            ask(value)
                best[name] = min(best[name], time.process_time() - began)
    finally:
        gc.enable()
    return {name: (best[name] - best["loop"]) / (4 * _TICKETS) * 1e6 for name in runs}


def measure() -> Figures:
    """Return the figures, after checking that every way gives the same answers."""
    rule = condition()
    mixed, worst = tickets(), undecided()
    dicts, worst_dicts = [attrs.asdict(each) for each in mixed], [attrs.asdict(t) for t in worst]
    for ticket, values in zip((*mixed, *worst), (*dicts, *worst_dicts), strict=True):
        answers = {rule.holds(ticket), rule.holds(values), by_hand(ticket)}
        assert answers == {rule.explain(ticket).result}
    best = _best(
        {
            "object": (rule.holds, mixed),
            "object_worst": (rule.holds, worst),
            "dict": (rule.holds, dicts),
            "dict_worst": (rule.holds, worst_dicts),
            "by_hand": (by_hand, mixed),
            "by_hand_worst": (by_hand, worst),
            "explain": (rule.explain, mixed),
        }
    )
    return Figures(**{f"{name}_us": figure for name, figure in best.items()})


def main() -> int:
    """Print the figures; the result is 1 if the target is missed."""
    if "--profile" in sys.argv[1:]:
        rule, asked = condition(), undecided() * 100
        profile = cProfile.Profile()
        profile.runcall(lambda: [rule.holds(ticket) for ticket in asked])
        pstats.Stats(profile).sort_stats("tottime").print_stats(12)
        return 0
    figures = measure()
    print(f"condition: {condition()}")
    for name, figure in attrs.asdict(figures).items():
        print(f"{name:<18} {figure:7.3f}")
    print(f"all five read, against by hand: {figures.worst_ratio:.1f} times")
    worst = max(figures.object_worst_us, figures.dict_worst_us)
    print(f"target: under {TARGET_US} microsecond: {'met' if worst < TARGET_US else 'MISSED'}")
    return int(worst >= TARGET_US)


if __name__ == "__main__":
    raise SystemExit(main())
