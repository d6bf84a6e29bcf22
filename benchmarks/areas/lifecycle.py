"""Evidence for the area `lifecycle`: sound, explained, strict about what comes in, quick enough.

What other modules bring is imported where it is measured: one that is not there, or that breaks,
is a point that falls short, and hides no other.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, cast

from benchmarks.areas import Point, guarded, run_pytest
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused, ItsmError
from itsm_core.lifecycle import INCIDENT, SHIPPED, Lifecycle, Ticket, decide, evolve

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = ROOT.parent / "shared"
_NOT_THERE: Final = "not beside the repository"


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` asks fewer questions and takes fewer passes."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


# --- the lifecycles ------------------------------------------------------------------------------


def _values(_quick: bool) -> Iterator[Point]:
    """Write each shipped lifecycle down and read it back."""
    changed = [each.name for each in SHIPPED if _written(_again(each)) != _written(each)]
    equal = sum(_again(each) == each for each in SHIPPED)
    yield Point(
        "shipped lifecycles through JSON and back",
        "equal, byte for byte",
        f"{equal} of {len(SHIPPED)}" + "".join(f", {name} differs" for name in changed),
        equal == len(SHIPPED) >= 9 and not changed,
    )


def _written(lifecycle: Lifecycle) -> str:
    return json.dumps(lifecycle.to_json())


def _again(lifecycle: Lifecycle) -> Lifecycle:
    return Lifecycle.from_json(json.loads(_written(lifecycle)))


def _questions(quick: bool) -> Iterator[Point]:
    """Ask roles x states x commands x presence of fields, and put every refusal right."""
    from itsm_core.testing.lifecycle_oracle import expected_reasons
    from tests.properties.test_lifecycle_oracle import questions, reasons, without

    step = 10 if quick else 1
    count = refusals = removed = 0
    differ: list[str] = []
    stuck: list[str] = []
    for lifecycle in SHIPPED:
        document = lifecycle.to_json()
        for question in islice(questions(lifecycle), 0, None, step):
            count += 1
            told = reasons(lifecycle, question)
            if told != expected_reasons(document, question):
                differ.append(f"{lifecycle.name}: {question}")
            if not told or not lifecycle.choices(question.trigger, question.state):
                continue
            refusals += 1
            removed += len(told)
            if reasons(lifecycle, without(lifecycle, question, told)):
                stuck.append(f"{lifecycle.name}: {question}")
    share = "every tenth question" if quick else "every question"
    yield Point(
        f"reasons against an independent oracle, {share}",
        "0 differ",
        f"{len(differ)} of {count:,} in {len(SHIPPED)} lifecycles{_first(differ)}",
        not differ and count > 50_000 // step,
    )
    yield Point(
        "refusals whose every listed reason is removed",
        "all are legal then",
        f"{refusals - len(stuck):,} of {refusals:,} ({removed:,} reasons){_first(stuck)}",
        not stuck and refusals > 10_000 // step,
    )


def _first(found: list[str]) -> str:
    return f"; the first: {found[0]}" if found else ""


def _sequences(quick: bool) -> Iterator[Point]:
    from itsm_core.testing.lifecycle_sequences import check_sequences

    chosen = SHIPPED[:1] if quick else SHIPPED
    reports = [check_sequences(each, 8) for each in chosen]
    broken = [str(each) for report in reports for each in report.violations]
    kinds = sum(report.kinds for report in reports)
    yield Point(
        f"all sequences of commands to depth 8, {_named(chosen)}",
        "0 invariants broken",
        f"{len(broken)} ({min(report.sequences for report in reports):.1e} sequences or more each, "
        f"{kinds:,} kinds of tickets){_first(broken)}",
        not broken and kinds > 500 * len(chosen),
    )


def _named(chosen: Sequence[Lifecycle]) -> str:
    return f"{len(chosen)} lifecycles" if len(chosen) > 1 else chosen[0].name


def _defects(_quick: bool) -> Iterator[Point]:
    from tests.golden.planted_defects import DEFECTS, finding

    refused = 0
    missed: list[str] = []
    for plant in DEFECTS:
        for lifecycle in SHIPPED:
            _, _, code, state, trigger = plant(lifecycle)
            found = finding(plant, lifecycle)
            if found is not None and (found.state, found.trigger) == (state, trigger):
                refused += 1
            else:
                missed.append(f"{code} in {lifecycle.name}")
    planted = len(DEFECTS) * len(SHIPPED)
    yield Point(
        f"planted defects, {len(DEFECTS)} classes in {len(SHIPPED)} lifecycles",
        "all refused, state and transition named",
        f"{refused} of {planted}{_first(missed)}",
        refused == planted and len(DEFECTS) >= 10,
    )


def _model_checker(_quick: bool) -> Iterator[Point]:
    """Ask what users ask; each story is decided again, step by step, by `decide` alone."""
    from itsm_core.explore import World, can, can_always

    world = World(lifecycle=INCIDENT)
    closed = field("state").is_("closed")
    silent = field("priority").is_("P1") & closed & field("answered").is_(False)
    told = can(world, silent)
    again = _replayed([(step.command, step.actor, step.at) for step in told.story])
    yield Point(
        '"can a P1 be closed without a response?"',
        "yes, by a story that decide repeats",
        f"{told.outcome}, {len(told.story)} steps, {told.explored:,} situations",
        told.is_yes and again is not None and again.state == "closed",
    )
    ends = field("state").is_in("closed", "cancelled")
    always = can_always(world, ends)
    worn = can(world, closed & field("reopen_count").is_above(10))
    yield Point(
        '"can every ticket end?" and "can one be reopened more than ten times?"',
        "yes; no, after a complete search",
        f"{always.outcome} ({always.explored:,} situations); {worn.outcome} ({worn.explored:,})",
        always.is_yes and always.complete and worn.is_no and worn.complete,
    )


def _replayed(steps: Iterable[tuple[object, object, object]]) -> Ticket | None:
    """Return the ticket that a story leads to; None if a step of it is refused."""
    ticket: Ticket | None = None
    for command, actor, at in steps:
        if command is None:
            continue
        decision = decide(INCIDENT, ticket, command, actor=actor, at=at)  # type: ignore[arg-type]
        if isinstance(decision, CommandRefused):
            return None
        for event in decision:
            ticket = evolve(ticket, event)
    return ticket


# --- what comes from outside ---------------------------------------------------------------------


def _mistakes(_quick: bool) -> Iterator[Point]:
    from benchmarks.policy_mistakes import score

    found = score()
    yield Point(
        f"mistakes seeded in policy files, {found.total}: told in the exact line",
        ">= 28 of 30",
        f"{found.located} of {found.total}",
        found.total >= 30 and found.located * 30 >= 28 * found.total,
    )
    yield Point(
        "the same, with the right suggestion",
        ">= 25 of 30",
        f"{found.suggested} of {found.total}",
        found.total >= 30 and found.suggested * 30 >= 25 * found.total,
    )
    yield Point(
        "findings on the shipped policies",
        "0",
        str(found.findings_on_shipped),
        found.findings_on_shipped == 0,
    )


def _hostile(quick: bool) -> Iterator[Point]:
    """Hand every hostile payload to every reader."""
    from tests.golden.hostile import CLASSES
    from tests.golden.hostile_entries import ENTRIES

    tried = 0
    accepted: list[str] = []
    raised: list[str] = []
    for entry in ENTRIES:
        for kind in CLASSES:
            if kind.name in entry.tolerates:
                continue
            payloads = (text for sample in entry.samples for text in kind.make(sample))
            for payload in islice(payloads, 2 if quick else None):
                tried += 1
                try:
                    entry.read(payload)
                except ItsmError:
                    continue
                except Exception as error:  # noqa: BLE001 - what must not happen is counted
                    raised.append(f"{kind.name} to {entry.name}: {type(error).__name__}")
                else:
                    accepted.append(f"{kind.name} by {entry.name}")
    yield Point(
        f"hostile payloads, {len(CLASSES)} classes against {len(ENTRIES)} readers",
        "0 accepted, only typed errors",
        f"{len(accepted)} of {tried:,} accepted, {len(raised)} other errors"
        f"{_first(accepted + raised)}",
        not accepted and not raised and len(CLASSES) >= 40,
    )
    if quick:
        return
    code, closing = run_pytest("tests/golden/test_hostile.py")
    yield Point("their tests, memory within 64 MB among them", "pass", closing, code == 0)


def _mutated(quick: bool) -> Iterator[Point]:
    from benchmarks.fuzz_codec import fuzz

    wanted = 4_000 if quick else 1_000_000
    result = fuzz(documents=wanted, policies=20 if quick else 20_000)
    accepted = sum(result.accepted.values())
    yield Point(
        f"{result.documents:,} mutated documents",
        "typed refusal, or the identity",
        f"{len(result.problems)} problems ({accepted:,} read and written alike)"
        f"{_first(list(map(str, result.problems.items())))}",
        not result.problems and result.documents >= wanted and accepted > 0,
    )


def _golden(_quick: bool) -> Iterator[Point]:
    from tests.golden.test_payloads import EVERY, PRESENT

    code, closing = run_pytest("tests/golden/test_payloads.py")
    missing = sorted(set(PRESENT) - set(EVERY))
    yield Point(
        "golden payloads, every version of every event, command and actor",
        "all there, to the byte",
        f"{len(EVERY)} of {len(EVERY) + len(missing)}; {closing}",
        code == 0 and not missing and "skipped" not in closing,
    )


# --- the field -----------------------------------------------------------------------------------


def _known_bugs(_quick: bool) -> Iterator[Point]:
    """Count the bugs of other systems that have a test of their name."""
    file = SHARED / "field" / "known_bugs.json"
    if not file.exists():
        yield Point("known bugs of areas A and B", "each has a test", _NOT_THERE, ok=False)
        return
    bugs = cast("list[Mapping[str, str]]", json.loads(file.read_text(encoding="utf-8")))
    refs = [(bug["area"], bug["ref"]) for bug in bugs if bug["area"] in ("A", "B")]
    modules = sorted((ROOT / "tests" / "golden").glob("test_known_bugs_*.py"))
    tests = {
        name: module
        for module in modules
        for name in re.findall(r"^def (test_\w+)\(", module.read_text("utf-8"), re.MULTILINE)
    }
    named: dict[str, list[Path]] = {}
    for _, ref in refs:
        stem = "test_" + re.sub(r"[^a-z0-9]+", "_", ref.lower()) + "_"
        named[ref] = [module for name, module in tests.items() if name.startswith(stem)]
    missing = [ref for ref, found in named.items() if not found]
    holding = sorted({str(module) for found in named.values() for module in found})
    code, closing = run_pytest(*holding) if holding else (1, "no test")
    areas = ", ".join(
        f"{count} of {area}" for area, count in sorted(Counter(a for a, _ in refs).items())
    )
    yield Point(
        f"known bugs of other systems: {areas}",
        "each has a test of its name, all pass",
        f"{len(refs) - len(missing)} of {len(refs)}; {closing}"
        + (f"; without: {', '.join(missing)}" if missing else ""),
        not missing and code == 0,
    )


def _conformance(quick: bool) -> Iterator[Point]:
    """Compare with the verdicts of pm4py, which the golden file holds case for case."""
    from benchmarks import conformance as bench

    found = bench.differences(with_uci=not quick)
    made = {name: each for name, each in found.items() if name != "uci"}
    cases = sum(each.cases for each in made.values())
    wrong = sum(each.verdicts + each.counts for each in made.values())
    undefined = sum(each.undefined for each in made.values())
    yield Point(
        f"conformance of {cases:,} generated cases against pm4py",
        "0 verdicts or counts differ",
        f"{wrong} ({undefined:,} whose counts pm4py leaves to chance)",
        wrong == 0 and cases >= 100_000,
    )
    if not quick:
        uci = found.get("uci")
        yield Point(
            "conformance of the UCI log against pm4py",
            "0 verdicts or counts differ",
            _NOT_THERE if uci is None else f"{uci.verdicts + uci.counts} of {uci.cases:,}",
            uci is not None and uci.verdicts + uci.counts == 0 and uci.cases == 24_918,
        )
    events = bench.told(bench.generated(20_000, 7, triggers=False))
    rate = bench.events_per_second(events, cases_end="with_next_case", passes=4 if quick else 8)
    yield Point(
        "conformance, two of three cases spoiled",
        ">= 1,000,000 events a second",
        f"{rate:,.0f} ({rate / bench.PEER_EVENTS_PER_SECOND:.0f}x pm4py)",
        rate >= 1_000_000,
    )


# --- quick enough --------------------------------------------------------------------------------


def _speed(quick: bool) -> Iterator[Point]:
    from benchmarks.lifecycle import measure_apart

    found = measure_apart(quick=quick)
    mixed = f"; {found.decide_mixed:,.0f} where commands take turns"
    for name, rate, target, more in (
        ("decide: a role, two required fields, a guard", found.decide, 1_000_000, mixed),
        ("decide and the new ticket", found.decide_evolve, 300_000, ""),
        ("allowed with all reasons", found.allowed, 500_000, ""),
    ):
        yield Point(
            name,
            f">= {target:,} a second",
            f"{rate:,.0f} ({found.limit / rate:.1f}x the time of a table by hand{more})",
            rate >= target,
        )


def _tests(quick: bool) -> Iterator[Point]:
    if quick:
        return
    code, closing = run_pytest(
        "tests/unit/lifecycle", "tests/properties/test_lifecycle_laws.py", "tests/unit/links"
    )
    yield Point("laws L1 to L8, links and migration as tests", "pass", closing, code == 0)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("speed", _speed),
    ("values", _values),
    ("questions", _questions),
    ("sequences", _sequences),
    ("planted defects", _defects),
    ("model checker", _model_checker),
    ("policy mistakes", _mistakes),
    ("hostile payloads", _hostile),
    ("mutated documents", _mutated),
    ("golden payloads", _golden),
    ("known bugs", _known_bugs),
    ("conformance", _conformance),
    ("tests", _tests),
)
