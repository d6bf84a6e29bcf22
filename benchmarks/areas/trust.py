"""Evidence for the area `trust`: laws that users run, documentation, types, a newcomer's minute."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded
from benchmarks.trust import (
    branch_coverage,
    broken_links,
    changed_since_coverage,
    gate_minutes,
    mutation_scores,
    public_names,
    type_completeness,
)
from benchmarks.user_mistakes import MISTAKES, found
from itsm_core.testing import CaseBroken, LawBroken, check_hard_cases, hard_cases
from tools.mutate import KERNEL, OTHERS

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
_GATE_MINUTES: Final = 25
_FIRST_TICKET_SECONDS: Final = 60
_LEAST_HARD_CASES: Final = 60
_FIRST_SCRIPT: Final = "README.md"


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` measures the same, and asks fewer questions.

    What takes longest, a clean environment and the types, runs beside the others.
    """
    with ThreadPoolExecutor(2) as pool, tempfile.TemporaryDirectory() as place:
        newcomer = pool.submit(_first_ticket, Path(place))
        types = pool.submit(type_completeness)
        for name, measure in _MEASUREMENTS:
            yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]
        yield from guarded("types", "can be measured", lambda: _types(types))
        yield from guarded("newcomer", "can be measured", lambda: _newcomer(newcomer))


# -- laws -----------------------------------------------------------------------------------------


def _mistakes(_quick: bool) -> Iterator[Point]:
    runs = [(mistake, found(mistake)) for mistake in MISTAKES]
    right = [
        mistake
        for mistake, (error, seconds) in runs
        if error is not None
        and seconds < 10
        and error.law.partition(",")[0] == mistake.law
        and mistake.says in str(error)
    ]
    slowest = max(seconds for _, (_, seconds) in runs)
    yield Point(
        "mistakes of users, each found by the shipped laws",
        "20 or more, all found, each in under 10 s",
        f"{len(right)} of {len(runs)}, the slowest in {slowest:.2f} s",
        len(right) == len(runs) >= 20,
    )
    told = [error for _, (error, _) in runs if error is not None]
    stories = [error for error in told if 2 <= len(error.story) <= 3 and error.ledger]
    again = [error for error in told if _finds_again(error.example)]
    yield Point(
        "each is told in two or three lines with a ledger, its example runs",
        "all",
        f"{len(stories)} stories, {len(again)} examples of {len(runs)}",
        len(stories) == len(again) == len(runs),
    )


def _finds_again(example: str) -> bool:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(example, {})  # noqa: S102 - the code of a report, which we made ourselves
    except LawBroken:
        return True  # a definition that is refused again
    return bool(said.getvalue().strip())


def _mended(quick: bool) -> Iterator[Point]:
    chosen = [each for each in MISTAKES if each.law != "R5"] if quick else list(MISTAKES)
    alarms: list[str] = []
    for mistake in chosen:
        try:
            mistake.test(mended=True)
        except LawBroken as error:
            alarms.append(f"{mistake.name}: {error.law}")
    yield Point(
        "the same, mended",
        "nothing is found",
        f"{len(alarms)} of {len(chosen)} {', '.join(alarms)}".strip(),
        not alarms,
    )


def _hard_cases(_quick: bool) -> Iterator[Point]:
    cases = hard_cases()
    wrong = 0
    try:
        check_hard_cases()
    except CaseBroken as error:
        wrong = 1
        print(error)
    reasons = sum(bool(case.reason and case.law) for case in cases)
    yield Point(
        "corpus of hard cases, each with law and reason",
        f"{_LEAST_HARD_CASES} or more, all pass",
        f"{len(cases)} ({reasons} with law and reason), {'one fails' if wrong else 'all pass'}",
        len(cases) >= _LEAST_HARD_CASES and reasons == len(cases) and not wrong,
    )


# -- documentation --------------------------------------------------------------------------------


def _docstrings(_quick: bool) -> Iterator[Point]:
    names = public_names()
    documented = sum(each.has_docstring for each in names)
    examples = sum(each.has_example for each in names)
    shown = sum(each.has_example or each.is_shown for each in names)
    errors = [each for each in names if each.raises and not each.tells_errors]
    yield Point(
        "public classes and functions with a docstring",
        "all",
        f"{documented:,} of {len(names):,}",
        documented == len(names),
    )
    yield Point(
        "public classes and functions with a runnable example in their docstring",
        "all",
        f"{examples:,} of {len(names):,} ({examples / len(names):.0%}); "
        f"{shown:,} ({shown / len(names):.0%}) there or in a page or example that runs",
        examples == len(names),
    )
    yield Point(
        "public functions that raise, and name the error in their docstring",
        "all",
        f"{sum(each.raises for each in names) - len(errors)} of "
        f"{sum(each.raises for each in names)}",
        not errors,
    )
    unclear = [name for each in names for name in each.unclear_units]
    yield Point(
        "public parameters and fields, numbers of time by their names, without a word on the unit",
        "0",
        f"{len(unclear)} {', '.join(unclear[:3])}".strip(),
        not unclear,
    )


def _links(quick: bool) -> Iterator[Point]:
    links, broken = broken_links(ROOT)
    yield Point(
        "internal links and anchors of the documentation",
        "0 broken",
        f"{len(broken)} of {links:,} {'; '.join(broken[:3])}".strip(),
        links > 100 and not broken,
    )
    if not quick:
        with tempfile.TemporaryDirectory() as place:
            command = ["-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", place]
            done = subprocess.run(
                [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
            )
        said = done.stderr.strip().splitlines()
        yield Point(
            "documentation built strictly",
            "no warning",
            f"{len(said)} lines of warnings" if said else "none",
            done.returncode == 0,
        )


# -- types, and a newcomer ------------------------------------------------------------------------


def _types(measured: Future[tuple[int, int]]) -> Iterator[Point]:
    known, total = measured.result()
    yield Point(
        "public symbols whose type is known (basedpyright --verifytypes)",
        "100 %",
        f"{known:,} of {total:,} ({known / max(total, 1):.2%})",
        known == total > 1_000,
    )


def _first_ticket(place: Path) -> float:
    """Return the seconds from an empty environment to the first judged ticket of the README."""
    wheels = place / "wheels"
    _run(
        sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--no-build-isolation",
        "--wheel-dir", str(wheels), str(ROOT),
    )  # fmt: skip
    (wheel,) = wheels.glob("*.whl")
    text = (ROOT / _FIRST_SCRIPT).read_text(encoding="utf-8")
    script = text.partition("```python\n")[2].partition("```")[0]
    (place / "first.py").write_text(f"{script}\nprint(resolution.explain())\n", encoding="utf-8")
    began = time.perf_counter()
    _run(sys.executable, "-m", "venv", str(place / "venv"))
    python = str(place / "venv" / "bin" / "python")
    _run(python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", str(wheel))
    said = _run(python, str(place / "first.py"))
    seconds = time.perf_counter() - began
    if "breached" not in said:
        raise RuntimeError(f"the first ticket was not judged: {said[:200]}")
    return seconds


def _run(*command: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd="/"
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _newcomer(measured: Future[float]) -> Iterator[Point]:
    seconds = measured.result()
    yield Point(
        "a newcomer: new environment, wheel installed, README's first ticket judged",
        f"under {_FIRST_TICKET_SECONDS} s",
        f"{seconds:.0f} s",
        seconds < _FIRST_TICKET_SECONDS,
    )


# -- what longer runs have written down -----------------------------------------------------------


def _mutation(_quick: bool) -> Iterator[Point]:
    scores = mutation_scores(ROOT)
    for room in KERNEL:
        score = scores.get(room)
        yield Point(
            f"mutation score of {room}",
            "95 %, of a sample the low end of its interval",
            "not run" if score is None else score.text,
            score is not None and score.low >= 0.95 and not score.is_stale,
        )
    current = {name: each for name, each in scores.items() if not each.is_stale}
    mutants = sum(each.mutants for each in current.values())
    low = sum(each.low * each.mutants for each in current.values()) / max(mutants, 1)
    missing = [room for room in (*KERNEL, *OTHERS) if room not in current]
    yield Point(
        "mutation score over rows 1 to 9",
        "90 %, of a sample the low end of its interval",
        f"{low:.1%} of {', '.join(sorted(current)) or 'none'}"
        f"{'; not run, or changed since: ' if missing else ''}{', '.join(missing)}",
        low >= 0.9 and not missing,
    )


def _coverage(_quick: bool) -> Iterator[Point]:
    rooms = branch_coverage(ROOT)
    short = {room: share for room, share in rooms.items() if share < 1}
    changed = changed_since_coverage(ROOT)
    said = ", ".join(f"{room} {share:.1%}" for room, share in sorted(short.items()))
    if changed:
        said = f"{said}; changed since it was measured: {', '.join(changed)}".removeprefix("; ")
    yield Point(
        "branch coverage of rows 1 to 9",
        "100 %",
        said or ("all" if rooms else "no coverage data: run `make pytest` first"),
        bool(rooms) and not short and not changed,
    )


def _gate(_quick: bool) -> Iterator[Point]:
    minutes = gate_minutes(ROOT)
    yield Point(
        "the gate (.ci/run), by the last time that was written down",
        f"within {_GATE_MINUTES} minutes",
        "not written down" if minutes is None else f"{minutes:g} minutes",
        minutes is not None and minutes <= _GATE_MINUTES,
    )


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("mistakes", _mistakes),
    ("mended", _mended),
    ("hard cases", _hard_cases),
    ("docstrings", _docstrings),
    ("links", _links),
    ("mutation", _mutation),
    ("coverage", _coverage),
    ("gate", _gate),
)
