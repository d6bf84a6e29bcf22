"""Compare `evaluate` with the oracle of service levels on random tickets (`make fuzz-sla`).

Every ticket is odd on purpose: told late, twice and out of order, put on hold and reopened, with
its priority changed, under agreements of random rules, in zones around their clock changes. Case
N of seed S is the same on every machine with the same tz database.

    python -m benchmarks.fuzz_sla [--cases 50000] [--seed 1] [--processes 2]
    python -m benchmarks.fuzz_sla --replay 1:4711

The exit code is 1 if anything differs; each difference is printed with the seed that replays it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import attrs

from benchmarks import tzdb
from itsm_core.errors import NotFound
from itsm_core.sla import evaluate
from itsm_core.testing.oracle import OutsideWindow
from itsm_core.testing.sla_cases import SlaCase, random_case
from itsm_core.testing.sla_oracle import differences, oracle_evaluate

__all__ = ["SlaFuzzResult", "case_of", "compare", "fuzz", "main"]

_SHOWN: Final = 5
_CHUNK: Final = 200


@attrs.frozen(kw_only=True)
class SlaFuzzResult:
    """Hold the outcome of a run; `differing` maps the seed of a case to what differs."""

    cases: int
    clocks: int
    skipped: int
    states: Mapping[str, int]
    seconds: float
    differing: Mapping[str, tuple[str, ...]]


def case_of(seed: str) -> SlaCase:
    """Return the case of a seed such as "1:4711": number 4711 of run 1."""
    return random_case(random.Random(seed))


def compare(case: SlaCase) -> tuple[tuple[str, ...], Counter[str]]:
    """Return what differs between the two on one case, and how many clocks are in which state.

    Raises:
        OutsideWindow: a goal needs more time than the oracle's window has.
    """
    states: Counter[str] = Counter()
    try:
        expected = oracle_evaluate(
            case.history, case.agreement, case.as_of, case.known_at, schedules=case.schedules
        )
    except NotFound:
        expected = None
    try:
        got = evaluate(case.history, case.agreement, as_of=case.as_of, known_at=case.known_at)
    except NotFound:
        return (() if expected is None else ("evaluate finds no opening",)), states
    except Exception as error:  # noqa: BLE001 - whatever it raises is a difference to show
        return (f"evaluate raises {type(error).__name__}: {error}",), states
    if expected is None:
        return ("evaluate finds an opening where the oracle has none",), states
    states.update(clock.state for clock in expected.clocks)
    return differences(got, expected), states


def _chunk(seed: int, numbers: range) -> SlaFuzzResult:
    began = time.process_time()
    skipped, states = 0, Counter[str]()
    differing: dict[str, tuple[str, ...]] = {}
    for number in numbers:
        name = f"{seed}:{number}"
        try:
            found, counted = compare(case_of(name))
        except OutsideWindow:
            skipped += 1
            continue
        states += counted
        if found:
            differing[name] = found
    return SlaFuzzResult(
        cases=len(numbers) - skipped,
        clocks=sum(states.values()),
        skipped=skipped,
        states=states,
        seconds=time.process_time() - began,
        differing=differing,
    )


def fuzz(*, cases: int, seed: int = 1, processes: int = 1) -> SlaFuzzResult:
    """Judge `cases` tickets both ways and return what differed."""
    chunks = [range(low, min(low + _CHUNK, cases)) for low in range(0, cases, _CHUNK)]
    results: list[SlaFuzzResult] = []
    for result in _results(seed, chunks, processes):
        results.append(result)
        done = sum(each.cases + each.skipped for each in results)
        if sys.stderr.isatty():
            differing = sum(len(each.differing) for each in results)
            print(f"\r{done:>9,} of {cases:,}, {differing} differ", end="", file=sys.stderr)
    states: Counter[str] = Counter()
    for each in results:
        states.update(each.states)
    return SlaFuzzResult(
        cases=sum(each.cases for each in results),
        clocks=sum(each.clocks for each in results),
        skipped=sum(each.skipped for each in results),
        states=states,
        seconds=sum(each.seconds for each in results),
        differing={name: found for each in results for name, found in each.differing.items()},
    )


def _results(seed: int, chunks: Sequence[range], processes: int) -> Iterator[SlaFuzzResult]:
    if processes <= 1:
        yield from (_chunk(seed, numbers) for numbers in chunks)
        return
    with ProcessPoolExecutor(processes, initializer=tzdb.pin) as pool:
        yield from pool.map(_chunk, [seed] * len(chunks), chunks)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison that the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="fuzz_sla", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--cases", type=int, default=50_000, help="tickets (50,000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay", help="show one case, such as 1:4711, and what differs")
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    if chosen.replay:
        case = case_of(chosen.replay)
        found, _ = compare(case)
        print(case.code(), *found, sep="\n")
        return 1 if found else 0
    result = fuzz(cases=chosen.cases, seed=chosen.seed, processes=chosen.processes)
    for name, found in list(result.differing.items())[:_SHOWN]:
        print(f"\ncase {name} (replay it with --replay {name}):", *found, sep="\n  ")
    shown = ", ".join(f"{count:,} {state}" for state, count in sorted(result.states.items()))
    print(
        f"{result.cases:,} cases, {result.clocks:,} clocks ({shown}), {result.skipped} skipped, "
        f"seed {chosen.seed}, tz database {tzdb.version()}, {result.seconds:.0f} s CPU: "
        f"{len(result.differing)} differences"
    )
    return 1 if result.differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
