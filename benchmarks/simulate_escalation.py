"""Simulate the timers of escalations for a thousand years, with everything that goes wrong.

    python -m benchmarks.simulate_escalation [--years 1000] [--seed 0]

An episode is a week of one ticket; a seed replays it. The exit code is 1 if an effect was lost or
doubled, came inside a pause or after its end, or if a planted mistake was not found.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Final

from itsm_core.testing.escalation_simulation import EPISODE, PLANTS, SimulationReport, simulate

__all__ = ["main", "planted", "years"]

_YEAR: Final = timedelta(days=365)
_AT_ONCE: Final = 2_000
_SEEDS: Final = 100


def years(number: float, first: int = 0) -> SimulationReport:
    """Return what so many simulated years came to, from the episodes of consecutive seeds."""
    wanted = -(-(_YEAR * number) // EPISODE)
    total = SimulationReport(episodes=0, taken=0, passed=0, faults=Counter(), violations=())
    for begin in range(first, first + wanted, _AT_ONCE):
        part = simulate(range(begin, min(begin + _AT_ONCE, first + wanted)))
        total = SimulationReport(
            episodes=total.episodes + part.episodes,
            taken=total.taken + part.taken,
            passed=total.passed + part.passed,
            faults=total.faults + part.faults,
            violations=total.violations + part.violations,
        )
    return total


def planted() -> dict[str, int | None]:
    """Return for each planted mistake after how many seeds it was found, None if in none of 100."""
    found: dict[str, int | None] = {}
    for plant in PLANTS:
        found[plant] = next(
            (n for n in count(1) if n > _SEEDS or simulate([n], plant=plant).violations), None
        )
        if found[plant] == _SEEDS + 1:
            found[plant] = None
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--years", type=float, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    report = years(chosen.years, chosen.seed)
    print(f"{report} (from seed {chosen.seed}, {time.monotonic() - began:.0f} s)")
    mistakes = planted()
    for plant, seeds in mistakes.items():
        print(f"planted {plant}: {'not found' if seeds is None else f'found after {seeds} seeds'}")
    return 0 if not report.violations and None not in mistakes.values() else 1


if __name__ == "__main__":
    raise SystemExit(main())
