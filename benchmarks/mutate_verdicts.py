"""Change one field of a verdict and see whether the checker notices (`make mutate-verdicts`, S3).

Random tickets are judged under random agreements; the checker has to accept each verdict as it is
and to refuse it with any single field changed: of the verdict, of a clock, of a line of a ledger.
Half of the changed verdicts are sealed anew, so that only what they claim can give them away.
Sealed anew for another instant, a verdict can be true: where it equals the one that is made for
that instant, it is accepted rightly and does not count. Case N of seed S is the same on every
machine with the same tz database.

    python -m benchmarks.mutate_verdicts [--count 10000] [--seed 1]

The exit code is 1 if a sound verdict is refused or a changed one accepted.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any, Final, TypeVar

import attrs

from benchmarks import tzdb
from itsm_core.errors import ItsmError
from itsm_core.sla import ClockVerdict, LedgerEntry, Verdict, evaluate, verify
from itsm_core.spans import instant
from itsm_core.testing.sla_cases import SlaCase, random_case

__all__ = ["Mutation", "MutationResult", "every_mutation", "main", "mutate"]

_A_VERDICT: Final = 20
_SHOWN: Final = 5
_Part = TypeVar("_Part", Verdict, ClockVerdict, LedgerEntry)


@attrs.frozen(kw_only=True)
class Mutation:
    """Hold a verdict of which one field was changed, and which."""

    place: str
    verdict: Verdict


@attrs.frozen(kw_only=True)
class MutationResult:
    """Hold what a run found; the texts are those of the cases that are wrong."""

    verdicts: int
    lines: int
    mutations: int
    rejected: int
    true_elsewhere: int
    refused_wrongly: tuple[str, ...]
    accepted_wrongly: tuple[str, ...]
    seconds: float


def every_mutation(verdict: Verdict) -> Iterator[Mutation]:
    """Yield the verdict with each of its fields changed in each of some ways, one at a time."""
    for place, changed in _changed(verdict, ""):
        yield Mutation(place=place, verdict=changed)


def _changed(part: _Part, where: str) -> Iterator[tuple[str, _Part]]:
    for field in attrs.fields(type(part)):
        for note, value in _others(field.name, getattr(part, field.name)):
            place = f"{where}{field.name}{note}"
            yield place, attrs.evolve(part, **{field.alias: value})


def _others(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any field's value
    """Yield other values of the same kind, each with a note on what was done."""
    if isinstance(value, tuple):
        change = _warned if name == "warnings_us" else _inside
        for n in range(len(value)):
            for note, other in change(value[n], n):
                yield note, (*value[:n], other, *value[n + 1 :])
        yield from _rearranged(value)
    elif isinstance(value, Enum):
        yield from ((f" {other.value}", other) for other in type(value) if other is not value)
    elif isinstance(value, str):
        yield from _rewritten(name, value)
    elif isinstance(value, bool):
        yield " negated", not value
    elif value is None:
        yield " given", 0
        yield " given", 1_800_000_000_000_000
    else:
        steps = (1, -1, 3_600_000_000) if name.endswith("_us") else (1, -1)
        yield from ((f" {step:+}", value + step) for step in steps)
        if name in _OPTIONAL:
            yield " none", None


def _inside(part: _Part, n: int) -> Iterator[tuple[str, object]]:
    yield from _changed(part, f"[{n}].")


def _warned(warning: tuple[float, int], n: int) -> Iterator[tuple[str, object]]:
    ratio, at = warning
    yield f"[{n}] share", (ratio / 2, at)
    yield f"[{n}] +1", (ratio, at + 1)
    yield f"[{n}] -1", (ratio, at - 1)


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _rewritten(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name == "goal":
        goal: dict[str, Any] = json.loads(value)
        for key, told in goal.items():
            for note, other in _others(f"{name}.{key}", told):
                yield f".{key}{note}", _canonical({**goal, key: other})
        return
    yield " longer", f"{value}0"
    if value:
        yield " empty", ""
        yield " other", f"{'0' if value[0] != '0' else '1'}{value[1:]}"


_OPTIONAL: Final = frozenset(
    {
        "known_at_us",
        "due_us",
        "projected_due_us",
        "stopped_us",
        "cancelled_us",
        "breached_us",
        "raw_due_us",
    }
)


def _rearranged(parts: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for n in range(len(parts)):
        yield f"[{n}] dropped", (*parts[:n], *parts[n + 1 :])
        yield f"[{n}] twice", (*parts[: n + 1], *parts[n:])
        if n and parts[n - 1] != parts[n]:
            yield f"[{n}] swapped", (*parts[: n - 1], parts[n], parts[n - 1], *parts[n + 1 :])


def _judged(case: SlaCase) -> Verdict | None:
    try:
        evaluation = evaluate(
            case.history, case.agreement, as_of=case.as_of, known_at=case.known_at
        )
    except ItsmError:
        return None  # no ticket yet at that instant
    return Verdict.of(evaluation)


def _judged_as(case: SlaCase, claim: Verdict) -> Verdict | None:
    """Return the verdict at the instants that a claim names."""
    known = None if claim.known_at_us is None else instant(claim.known_at_us)
    return _judged(attrs.evolve(case, as_of=instant(claim.as_of_us), known_at=known))


def _sealed(verdict: Verdict) -> Verdict:
    try:
        return verdict.sealed()
    except ItsmError:
        return verdict  # it cannot even be written


def mutate(
    *, count: int, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> MutationResult:
    """Judge random tickets until `count` changed verdicts have been checked."""
    began = time.process_time()
    verdicts = lines = mutations = rejected = true_elsewhere = number = 0
    refused: list[str] = []
    accepted: list[str] = []
    while mutations < count:
        name, number = f"{seed}:{number}", number + 1
        rng = random.Random(name)
        case = random_case(rng)
        verdict = _judged(case)
        if verdict is None:
            continue
        verdicts += 1
        lines += sum(len(clock.ledger) for clock in verdict.clocks)
        answer = verify(verdict, case.history, case.agreement)
        if not answer.accepted:
            refused.append(f"case {name}: {answer.explain()}")
            continue
        everything = list(every_mutation(verdict))
        for mutation in rng.sample(everything, min(_A_VERDICT, len(everything), count - mutations)):
            changed, is_sealed = mutation.verdict, rng.random() < 0.5
            if is_sealed and mutation.place != "seal":
                changed = _sealed(changed)
            mutations += 1
            if not verify(changed, case.history, case.agreement).accepted:
                rejected += 1
            elif is_sealed and _judged_as(case, changed) == changed:
                true_elsewhere += 1
                mutations -= 1
            else:
                accepted.append(f"case {name}: {mutation.place}")
        if progress is not None:
            progress(mutations, count)
    return MutationResult(
        verdicts=verdicts,
        lines=lines,
        mutations=mutations,
        rejected=rejected,
        true_elsewhere=true_elsewhere,
        refused_wrongly=tuple(refused),
        accepted_wrongly=tuple(accepted),
        seconds=time.process_time() - began,
    )


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and done % 100 < _A_VERDICT:
        print(f"\r{done:>9,} of {total:,}", end="", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="mutate_verdicts", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--count", type=int, default=10_000, help="changed verdicts (10,000)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    result = mutate(count=chosen.count, seed=chosen.seed, progress=_show_progress)
    for text in (*result.refused_wrongly[:_SHOWN], *result.accepted_wrongly[:_SHOWN]):
        print(text)
    print(
        f"{result.verdicts:,} verdicts with {result.lines:,} lines, "
        f"{len(result.refused_wrongly)} refused wrongly; {result.mutations:,} mutations, "
        f"{result.rejected:,} rejected, {len(result.accepted_wrongly)} accepted wrongly "
        f"({result.true_elsewhere:,} more were true of another instant; seed {chosen.seed}, "
        f"tz database {tzdb.version()}, {result.seconds:.0f} s CPU)"
    )
    return 1 if result.refused_wrongly or result.accepted_wrongly else 0


if __name__ == "__main__":
    raise SystemExit(main())
