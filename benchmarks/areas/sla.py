"""Evidence for the area `sla`: service levels are right, provable, and quick enough."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.sla import UCI_LOG, LogFigures, measure_apart, measure_log_apart
from itsm_core.errors import NotFound
from itsm_core.report import ledger_svg
from itsm_core.sla import evaluate
from itsm_core.testing import laws as shipped
from itsm_core.testing.laws import AgreementCase, Law
from itsm_core.testing.laws._law import violations
from itsm_core.testing.sla_cases import SlaCase, random_case

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ROOT.parent / "shared"
_NOT_THERE: Final = "not beside the repository"

_SUMS: Final = (shipped.ledger_is_adjacent_and_sums,)
_ORDER: Final = (shipped.order_of_arrival_changes_nothing,)
_STEPS: Final = (shipped.future_changes_nothing, shipped.unknown_events_change_nothing)
_REST: Final = (
    shipped.verdict_follows_from_due,
    shipped.nothing_breaks_inside_a_pause,
    shipped.nothing_changes_before_the_next_event,
)
_EXAMPLES: Final = {
    "a support contract": "09_support_contract.py",
    "a follow-the-sun desk": "10_follow_the_sun.py",
    "a supplier leg": "07_supplier_leg.py",
    "a what-if": "08_what_if.py",
    "a test of one's own that finds a planted mistake": "12_test_your_agreement.py",
    "every clock": "11_every_clock.py",
    "one ticket": "06_judge_a_ticket.py",
}


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` asks fewer questions and takes fewer passes."""
    # The quick run judges the log while the other core answers questions of right and wrong.
    with ThreadPoolExecutor(1) as pool:
        yield from _each((("condition", _condition), ("speed", _speed)), quick)
        log = pool.submit(_measured_log, quick=quick)
        if not quick:
            wait([log])
        yield from _each(_RIGHT, quick)
        yield from guarded("UCI log", "can be measured", lambda: _log(log))


def _each(measurements: Iterable[tuple[str, Measure]], quick: bool) -> Iterator[Point]:
    for name, measure in measurements:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


# -- right


def _cases(_quick: bool) -> Iterator[Point]:
    from tests.golden.field_sla import coverage

    found = coverage()
    there = (SHARED / "field/known_bugs.json").exists()
    told = ", ".join(f"{count} {status}" for status, count in found.items()) or _NOT_THERE
    yield Point(
        "published cases of service levels and priority",
        "0 differ without a law",
        told,
        found.get("differs", 1) == 0 and found.get("passes", 0) >= 200,
    )
    bugs = sorted((ROOT / "tests" / "golden").glob("test_known_bugs_*.py"))
    code, closing = run_pytest("tests/golden/test_field_cases_sla.py", *map(str, bugs))
    # Among them is the test that every reference of areas B and C has a test of its name.
    yield Point(
        "their tests, and those of known bugs of areas B and C",
        "each has a test, all pass",
        closing if there else _NOT_THERE,
        code == 0 and there and "skipped" not in closing,
    )


def _oracle(quick: bool) -> Iterator[Point]:
    from benchmarks.fuzz_sla import fuzz

    wanted = 500 if quick else 50_000
    result = fuzz(cases=wanted, seed=1, processes=1 if quick else 2)
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(result.states.items()))
    yield Point(
        f"brute-force oracle, {wanted:,} random histories",
        "0 differences, every state seen",
        f"{len(result.differing)} of {result.cases:,} ({states})",
        not result.differing
        and result.cases + result.skipped >= wanted
        and result.skipped <= wanted // 100
        and len(result.states) >= 5,
    )


def _random_cases(wanted: int, seed: str) -> Iterator[SlaCase]:
    """Yield random cases in which a ticket has been opened."""
    number = found = 0
    while found < wanted:
        case = random_case(random.Random(f"{seed}:{number}"))
        number += 1
        try:
            evaluate(case.history, case.agreement, as_of=case.as_of)
        except NotFound:
            continue
        found += 1
        yield case


def _laws(quick: bool) -> Iterator[Point]:
    """Try the laws on the random histories of the oracle, each with other chances."""
    most, some = (400, 200) if quick else (50_000, 10_000)
    groups: tuple[tuple[str, Sequence[Law[AgreementCase]], int, int], ...] = (
        ("ledgers adjacent, and summing exactly", _SUMS, 1, most),
        ("any order of arrival, some told twice", _ORDER, 1, some),
        ("three evaluations on the way, and what was known then", _STEPS, 3, some),
        ("verdicts from due, no breach in a pause, next event", _REST, 1, some),
    )
    broken: Counter[str] = Counter()
    first: dict[str, str] = {}
    for number, case in enumerate(_random_cases(most, "laws")):
        for name, laws, times, wanted in groups:
            if number >= wanted:
                continue
            found = [said for law in laws for said in _broken(case, law, number, times)]
            if found:
                broken[name] += 1
                first.setdefault(name, f"; the first, number {number}: {found[0]}")
    for name, _, _, wanted in groups:
        yield Point(
            f"{name}, {wanted:,} random histories",
            "0 broken",
            f"{broken[name]} of {wanted:,}{first.get(name, '')}",
            broken[name] == 0,
        )


def _broken(case: SlaCase, law: Law[AgreementCase], number: int, times: int) -> Iterator[str]:
    for turn in range(times):
        trial = AgreementCase(
            agreement=case.agreement,
            history=tuple(case.history),
            as_of=case.as_of,
            seed=f"{number}:{turn}",
        )
        yield from violations(law, trial)


def _told(quick: bool) -> Iterator[Point]:
    """Let every clock of random tickets explain and draw itself."""
    wanted = 100 if quick else 2_000
    lines, drawn, wrong = 0, 0, 0
    for case in _random_cases(wanted, "told"):
        for clock in evaluate(case.history, case.agreement, as_of=case.as_of):
            lines = max(lines, len(clock.explain().splitlines()))
            svg = ledger_svg(clock)
            if bool(svg) is not bool(clock.ledger):
                wrong += 1
            elif svg:
                ET.fromstring(svg)  # noqa: S314 - our own picture
                drawn += 1
    yield Point(
        f"explain(), the longest of {wanted:,} tickets", "<= 12 lines", f"{lines}", 0 < lines <= 12
    )
    yield Point(
        f"ledgers of {wanted:,} tickets drawn as one SVG each",
        "0 fail",
        f"{wrong} of {drawn + wrong:,}",
        wrong == 0 and drawn > 0,
    )


def _verify(quick: bool) -> Iterator[Point]:
    from benchmarks.mutate_verdicts import mutate

    wanted = 500 if quick else 10_000
    result = mutate(count=wanted, seed=1)
    yield Point(
        f"verify accepts the verdicts of {wanted:,} mutations",
        "every one",
        f"{result.verdicts - len(result.refused_wrongly):,} of {result.verdicts:,}",
        not result.refused_wrongly and result.verdicts > 0,
    )
    yield Point(
        f"verify rejects {wanted:,} mutations of a single field",
        "every one",
        f"{result.rejected:,} of {result.mutations:,}",
        not result.accepted_wrongly
        and result.rejected == result.mutations
        and result.mutations >= wanted,
    )


def _properties(quick: bool) -> Iterator[Point]:
    if quick:
        return
    code, closing = run_pytest(
        "tests/properties/test_laws.py", "tests/properties/test_priority_laws.py"
    )
    yield Point("laws S1 to S16 and P1 to P4 as property tests", "pass", closing, code == 0)


def _examples(_quick: bool) -> Iterator[Point]:
    failed: list[str] = []
    for name, file in _EXAMPLES.items():
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-W", "error", str(ROOT / "examples" / file)],
                capture_output=True,
                text=True,
                check=False,
                cwd=folder,
            )
        if done.returncode or not done.stdout or done.stderr:
            said = done.stderr.strip().splitlines()[-1:] or ["says nothing"]
            failed.append(f"{name}: {said[0]}")
    yield Point(
        f"examples of service levels: {len(_EXAMPLES)}",
        "all run and check their own figures",
        "; ".join(failed) or "all run",
        not failed,
    )


_RIGHT: Final[tuple[tuple[str, Measure], ...]] = (
    ("published cases", _cases),
    ("oracle", _oracle),
    ("laws", _laws),
    ("explanations and pictures", _told),
    ("verify", _verify),
    ("property tests", _properties),
    ("examples", _examples),
)


# -- quick enough


def _condition(_quick: bool) -> Iterator[Point]:
    from benchmarks.conditions import TARGET_US, measure

    found = measure()
    worst = max(found.object_worst_us, found.dict_worst_us)
    yield Point(
        "a condition of five leaves, all read",
        f"< {TARGET_US:g} us",
        f"{worst:.2f} us, {found.worst_ratio:.1f}x by hand",
        worst < TARGET_US,
    )


def _speed(quick: bool) -> Iterator[Point]:
    found = measure_apart(quick=quick)
    by_hand = found.by_hand_per_second
    for name, rate, target in (
        ("verdicts alone", found.verdicts_per_second, 30_000),
        ("with every ledger", found.ledgers_per_second, 10_000),
    ):
        yield Point(
            f"tickets of 10 events under 4 clocks, {name}",
            f">= {target:,} a second",
            f"{rate:,.0f} ({by_hand / rate:.1f}x the time by hand)",
            rate >= target,
        )
    told = ", ".join(f"{cost:.1f}" for cost in found.verdict_event_us)
    yield Point(
        "cost of an event, among 1,000 against among 100",
        "<= 1.5x",
        f"{found.growth_ratio:.2f}x (us of 10, 100, 1,000: {told})",
        found.growth_ratio <= 1.5,
    )


def _measured_log(*, quick: bool) -> LogFigures | None:
    return measure_log_apart(quick=quick) if UCI_LOG.exists() else None


def _log(measured: Future[LogFigures | None]) -> Iterator[Point]:
    found = measured.result()
    if found is None:
        yield Point("UCI log", "judged", _NOT_THERE, ok=False)
        return
    yield Point(
        "UCI log under a full policy, with every ledger",
        "< 10 s CPU on one core",
        f"{found.ledger_seconds:.1f} s ({found.verdict_seconds:.1f} s verdicts alone; "
        f"{found.clocks:,} clocks)",
        found.ledger_seconds < 10 and found.tickets == 24_918,
    )
    yield Point(
        "the same from CSV, verdicts alone",
        "< 10 s CPU on one core",
        f"{found.read_seconds + found.verdict_seconds:.1f} s",
        found.read_seconds + found.verdict_seconds < 10,
    )
    yield Point(
        "what-if diff of two policies over the UCI log",
        "< 10 s CPU on one core",
        f"{found.diff_seconds:.1f} s, {found.changes:,} changes",
        found.diff_seconds < 10 and found.changes > 0,
    )
