"""Say how many small mistakes the tests of a room notice (`make mutate ROOM=spans`).

Every mutant of `tools.mutants`, or a random sample with a pinned seed, is tried by
`tools.mutation_trial` in a temporary copy of the tree. What was found is kept in
docs/explanation/mutation.json, from which docs/explanation/mutation.md is made. Mutants that no
test can tell from the original are listed with a reason in tools/mutants_accepted.toml.

    python -m tools.mutate spans [--count 150] [--minutes 10] [--seed 1] [--again] [--only PART]
    python -m tools.mutate page

`--again` tries only what was alive the last time, after tests were added; `--only` tries the
mutants whose name contains PART and writes no figures; `page` writes the page anew after a reason
was added. The exit code is 1 if a room falls short of its target, 2 if its tests fail before
anything is changed.
"""

from __future__ import annotations

import argparse
import ast
import doctest
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Final

import attrs

from tools.mutants import Mutant, mutants_of, ranked, read
from tools.mutation_report import Found, accepted, found_in, load, store
from tools.mutation_trial import BrokenRun, Outcome, Room, Runner

__all__ = ["KERNEL", "OTHERS", "joined", "main", "room_mutants", "room_named", "source_digest"]

ROOT: Final = Path(__file__).resolve().parents[1]

# The kernel has the higher target; the other rooms of rows 1 to 9 follow.
KERNEL: Final = (
    "spans",
    "priority",
    "conditions",
    "calendars",
    "sla",
    "lifecycle",
    "escalation",
)
OTHERS: Final = ("ids", "readers", "events", "commands", "money", "overrides", "links", "rosters")
_TARGETS: Final = {**dict.fromkeys(KERNEL, 0.95), **dict.fromkeys(OTHERS, 0.90)}

# Proofs of a room outside tests/unit: its laws, its oracle, known bugs of other desks.
_PROOFS: Final[Mapping[str, tuple[str, ...]]] = {
    "conditions": ("tests/properties/test_conditions.py",),
    "priority": (
        "tests/golden/test_known_bugs_priority.py",
        "tests/properties/test_priority_laws.py",
    ),
    "calendars": (
        "tests/golden/test_known_bugs_calendars.py",
        "tests/properties/test_calendar_laws.py",
        "tests/properties/test_calendar_oracle.py",
    ),
    "sla": (
        "tests/golden/test_known_bugs_agreements.py",
        "tests/golden/test_known_bugs_sla.py",
        "tests/properties/test_agreement_laws.py",
        "tests/properties/test_sla_laws.py",
        "tests/properties/test_sla_oracle.py",
        "tests/properties/test_verify_laws.py",
    ),
    "lifecycle": (
        "tests/golden/test_known_bugs_lifecycle.py",
        "tests/properties/test_conformance_laws.py",
        "tests/properties/test_lifecycle_laws.py",
        "tests/properties/test_lifecycle_oracle.py",
        "tests/properties/test_migration_laws.py",
        "tests/properties/test_timed_laws.py",
    ),
    "escalation": (
        "tests/golden/test_known_bugs_escalation.py",
        "tests/properties/test_escalation_laws.py",
    ),
    "links": ("tests/properties/test_link_laws.py",),
    "rosters": (
        "tests/golden/test_known_bugs_rosters.py",
        "tests/properties/test_roster_laws.py",
    ),
}
_LEFT_OUT: Final = shutil.ignore_patterns(
    ".git", ".venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis", "*.db"
)


def room_named(name: str) -> Room:
    """Return where a room of itsm_core and its tests are.

    Raises:
        BrokenRun: there are no tests of a room of this name.
    """
    file, folder = f"tests/unit/test_{name}.py", f"tests/unit/{name}"
    unit = next((place for place in (file, folder) if (ROOT / place).exists()), None)
    if name not in _TARGETS or unit is None:
        message = f"no room {name!r} of rows 1 to 9: choose of {', '.join(_TARGETS)}"
        raise BrokenRun(message)
    return Room(package="itsm_core", name=name, tests=(unit, *_PROOFS.get(name, ())))


def room_mutants(tree: Path, room: Room) -> list[Mutant]:
    """Return every mutant of a room's files."""
    package = tree / "src" / room.package
    return [
        mutant
        for path in room.sources(tree)
        for mutant in mutants_of(read(path), str(path.relative_to(package)))
    ]


def source_digest(name: str, tree: Path = ROOT) -> str:
    """Return a digest of a room's code and tests: docstrings count with their examples alone.

    Figures with another digest are of other code, or of other tests.
    """
    room = room_named(name)
    places = [tree / place for place in room.tests]
    tests = [path for place in places for path in (*place.rglob("*.py"), place) if path.is_file()]
    digest = hashlib.sha256()
    for path in (*room.sources(tree), *sorted(tests)):
        digest.update(f"{path.relative_to(tree)}\n{_without_prose(read(path))}\n".encode())
    return digest.hexdigest()


def _without_prose(source: str) -> str:
    """Return the code of a module, where of each docstring only the examples are left."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        docstring = ast.get_docstring(node, clean=False)
        if docstring is not None:
            examples = doctest.DocTestParser().get_examples(docstring)
            told = [ast.Constant(f"{each.source}{each.want}") for each in examples]
            node.body[:1] = [ast.Expr(each) for each in told]
    return ast.unparse(tree)


def copied(root: Path, into: Path) -> Path:
    """Copy the tree, so that neither the run nor a colleague's work disturbs the other."""
    return Path(shutil.copytree(root, into / "tree", ignore=_LEFT_OUT, symlinks=True))


def tried(
    tree: Path,
    room: Room,
    chosen: Sequence[Mutant],
    say: Callable[[str], None],
    *,
    minutes: float,
) -> list[tuple[Mutant, Outcome]]:
    """Return the outcome of each mutant, saying what survives as soon as it does.

    When the time is over, the mutants that were tried are the sample: they come in random order.
    """
    end = time.monotonic() + 60 * minutes
    runner = Runner(tree, room)
    runner.warm()
    runner.measure(tree.parent / f"{room.name}.log")
    say(f"{room.name}: {runner.tests} tests pass on sound code; {len(chosen)} mutants")
    outcomes: list[tuple[Mutant, Outcome]] = []
    for at, mutant in enumerate(chosen, 1):
        if time.monotonic() > end:
            say(f"{room.name}: time is over after {at - 1} mutants")
            break
        outcome = runner.try_out(mutant)
        outcomes.append((mutant, outcome))
        if outcome not in (Outcome.KILLED, Outcome.NOT_LOADED):
            say(f"{at:5} {outcome.value}: {mutant.place}")
            say(f"      {mutant.before}\n   -> {mutant.after}")
    return outcomes


def _measured(
    name: str, options: argparse.Namespace, before: Found | None, say: Callable[[str], None]
) -> Found:
    """Try a room's mutants, all, a sample, or those that were alive before."""
    room = room_named(name)
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        tree = copied(ROOT, Path(folder))
        every = room_mutants(tree, room)
        digest = source_digest(name, tree)
        if before is not None and before.source_sha256 != digest:
            message = f"the source of {name} is not what was tried before: run it without --again"
            raise BrokenRun(message)
        alive = None if before is None else {each.mutant for each in before.undecided}
        chosen = [
            mutant
            for mutant in ranked(every, options.seed)
            if (alive is None or mutant.id in alive) and options.only in mutant.id
        ]
        outcomes = tried(tree, room, chosen[: options.count], say, minutes=options.minutes)
    found = found_in(
        outcomes,
        mutants=len(every),
        seed=options.seed,
        target=_TARGETS[name],
        source_sha256=digest,
    )
    if before is None:
        return found
    return joined(before, found, {mutant.id for mutant, _ in outcomes})


def joined(before: Found, again: Found, names: Collection[str]) -> Found:
    """Return a room's figures after the mutants of some names have been tried again."""
    left = [each for each in before.undecided if each.mutant not in names]
    return attrs.evolve(
        before,
        killed=before.killed + again.killed,
        timed_out=before.timed_out + again.timed_out,
        undecided=tuple(sorted((*left, *again.undecided), key=lambda each: each.mutant)),
    )


def _run(name: str, options: argparse.Namespace, say: Callable[[str], None]) -> bool:
    """Try one room; return whether it reaches its target."""
    begun = time.monotonic()
    known = load()
    if options.again and name not in known:
        message = f"{name} has no figures yet: run it without --again"
        raise BrokenRun(message)
    found = _measured(name, options, known[name] if options.again else None, say)
    reasons = accepted()
    score, low, high = found.score(reasons)
    say(
        f"{name}: {score:.1%} ({low:.1%} to {high:.1%}); {found.sampled} of "
        f"{found.mutants} mutants, {found.killed} noticed, "
        f"{found.timed_out} timed out, {found.not_loaded} do not load, "
        f"{len(found.survivors(reasons))} alive, {time.monotonic() - begun:.0f} s"
    )
    if not options.only:
        # Read again: another room may have been written in the meantime.
        store({**load(), name: found}, reasons)
    return score >= found.target


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the room that is named, or write the page anew, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__)
    parser.add_argument("room", choices=[*_TARGETS, "page"])
    parser.add_argument("--count", type=int, help="how many mutants; all without it")
    parser.add_argument("--minutes", type=float, default=inf, help="stop trying after that")
    parser.add_argument("--seed", type=int, default=1, help="which random sample")
    parser.add_argument("--only", metavar="PART", default="", help="mutants named with PART")
    parser.add_argument("--again", action="store_true", help="only what was alive the last time")
    options = parser.parse_args(arguments)
    try:
        if options.room == "page":
            store(load(), accepted())
            return 0
        return 0 if _run(options.room, options, lambda text: print(text, flush=True)) else 1
    except BrokenRun as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
