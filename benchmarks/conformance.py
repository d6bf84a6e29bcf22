"""Conformance: speed, and equal verdicts with pm4py's token-based replay.

pm4py is no dependency: with what it needs it weighs 550 MB. `--golden` needs it on the path and
writes what it says of 100,000 generated cases and of the UCI log into
`tests/golden/conformance_pm4py.json`, which the tests and `differences()` read.

    python -m benchmarks.conformance              # speed here, differences to the golden file
    python -m benchmarks.conformance --golden     # make the golden file anew (some minutes)

pm4py takes one final marking, a lifecycle may have several endings: each case is replayed once an
ending and its best counts. Of several tokens that a name could take, pm4py takes the first of a
set, so any: `possible_missing` follows each choice, and where the choice changes the result pm4py
defines none. Those cases are `?` in the file, and not compared but for their verdict.
"""

from __future__ import annotations

import argparse
import base64
import csv
import gzip
import importlib
import json
import random
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import attrs

from itsm_core.conditions import field
from itsm_core.lifecycle import (
    Lifecycle,
    LogNames,
    State,
    StateCategory,
    Transition,
    conformance,
    conformance_of_cases,
)
from itsm_core.lifecycle._conformance import CasesEnd

__all__ = ["Differences", "Speed", "differences", "events_per_second", "measure"]

_ROOT: Final = Path(__file__).parents[1]
GOLDEN: Final = _ROOT / "tests" / "golden" / "conformance_pm4py.json"
UCI: Final = _ROOT.parent / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"

CASES: Final = 50_000
"""Generated cases of each of the two kinds, states and triggers."""

PEER_EVENTS_PER_SECOND: Final = 38_000
"""pm4py 2.7.23, token-based replay, as measured when the target was set."""

Trace = tuple[str, ...]
Event = tuple[str, str, int]

_OPEN: Final = ("new", "in_progress", "on_hold")
DESK: Final = Lifecycle(
    name="desk",
    states=(
        State(name="new", category=StateCategory.NEW),
        State(name="in_progress", category=StateCategory.ACTIVE),
        State(name="on_hold", category=StateCategory.ON_HOLD),
        State(name="resolved", category=StateCategory.RESOLVED),
        State(name="closed", category=StateCategory.CLOSED),
        State(name="cancelled", category=StateCategory.CANCELLED),
    ),
    hold_reasons=("any",),
    transitions=(
        Transition(trigger="open", target="new"),
        Transition(trigger="start", sources=("new",), target="in_progress"),
        Transition(trigger="hold", sources=("new", "in_progress"), target="on_hold"),
        Transition(trigger="resume", sources=("on_hold",), target="in_progress"),
        Transition(trigger="resolve", sources=_OPEN, target="resolved"),
        Transition(
            trigger="reopen",
            sources=("resolved",),
            target="in_progress",
            guard=field("reopen_count").is_below(1_000),
        ),
        Transition(trigger="close", sources=("resolved",), target="closed"),
        Transition(trigger="cancel", sources=_OPEN, target="cancelled"),
    ),
)
"""The lifecycle of the golden file. Written out here, because the shipped ones may change."""

ENDINGS: Final = ("closed", "cancelled")
TRIGGERS: Final = LogNames(triggers={each.trigger: each.trigger for each in DESK.transitions})
UCI_STATES: Final = {
    "New": "new",
    "Active": "in_progress",
    "Awaiting User Info": "on_hold",
    "Awaiting Vendor": "on_hold",
    "Awaiting Problem": "on_hold",
    "Awaiting Evidence": "on_hold",
    "Resolved": "resolved",
    "Closed": "closed",
}
UCI_NAMES: Final = LogNames(states=UCI_STATES, ignored=("-100",))


# --- cases ---------------------------------------------------------------------------------------


def generated(count: int, seed: int, *, triggers: bool) -> list[Trace]:
    """Return traces that follow the lifecycle and, two in three, are then spoiled a little.

    Only `Random.random` is used, whose stream is the same on every version of Python.
    """
    stream = random.Random(seed)
    return [_trace(stream, triggers=triggers) for _ in range(count)]


def _trace(stream: random.Random, *, triggers: bool) -> Trace:
    moves = [(each.trigger, s, each.target) for each in DESK.transitions for s in each.sources]
    state, told = "new", ["open" if triggers else "new"]
    while state not in ENDINGS and len(told) < 30:
        exits = [move for move in moves if move[1] == state]
        # Cancelling is rare, so that cases grow to the length that real ones have.
        if stream.random() < 0.9:
            exits = [move for move in exits if move[0] != "cancel"]
        trigger, _, state = exits[_pick(stream, len(exits))]
        told.append(trigger if triggers else state)
    names = [each.trigger for each in DESK.transitions] if triggers else list(DESK.categories)
    for _ in range(_pick(stream, 4) if stream.random() < 0.9 else 0):
        _spoil(stream, told, names)
    if triggers:
        return tuple(told)
    return tuple(name for place, name in enumerate(told) if not place or told[place - 1] != name)


def _pick(stream: random.Random, count: int) -> int:
    return int(stream.random() * count)


def _spoil(stream: random.Random, told: list[str], names: Sequence[str]) -> None:
    place = _pick(stream, len(told))
    kind = _pick(stream, 4)
    if kind == 0 and len(told) > 1:
        del told[place]
    elif kind == 1:
        told.insert(place, names[_pick(stream, len(names))])
    elif kind == 2:
        other = _pick(stream, len(told))
        told[place], told[other] = told[other], told[place]
    elif len(told) > 1:
        del told[max(place, 1) :]


def told(traces: Iterable[Trace]) -> list[Event]:
    """Return the events of traces, one case after the other; the instant is the event's number."""
    events: list[Event] = []
    for number, trace in enumerate(traces):
        case_id = f"C{number}"
        events += [(case_id, name, len(events) + place) for place, name in enumerate(trace)]
    return events


def mixed(events: Sequence[Event], open_cases: int = 500) -> list[Event]:
    """Return the events as a desk tells them: about `open_cases` cases under way at a time."""
    lanes: list[list[Event]] = [[] for _ in range(open_cases)]
    for event in events:
        lanes[int(event[0][1:]) % open_cases].append(event)
    longest = max(map(len, lanes))
    turns = (lane[turn] for turn in range(longest) for lane in lanes if turn < len(lane))
    return [(case_id, name, turn) for turn, (case_id, name, _) in enumerate(turns)]


def uci_events() -> list[tuple[str, str, datetime]]:
    """Return case, state and instant of every row of the UCI log, in the order of the file."""
    with gzip.open(UCI, "rt", encoding="utf-8", newline="") as file:
        return [
            (
                row["number"],
                row["incident_state"],
                datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC),
            )
            for row in csv.DictReader(file)
        ]


def uci_traces(events: Iterable[tuple[str, str, datetime]]) -> list[Trace]:
    """Return the UCI log as traces of mapped states, a state told again left out."""
    traces: dict[str, list[str]] = {}
    for case_id, name, _ in events:
        trace = traces.setdefault(case_id, [])
        if name in UCI_STATES and trace[-1:] != [UCI_STATES[name]]:
            trace.append(UCI_STATES[name])
    return [tuple(trace) for trace in traces.values() if trace]


# --- what pm4py says -----------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Differences:
    """Hold how many cases were compared, how many differ, and how many pm4py leaves undefined."""

    cases: int
    verdicts: int
    counts: int
    undefined: int


def differences(*, with_uci: bool = True) -> Mapping[str, Differences]:
    """Return our differences to the golden file, for each of its logs that is at hand.

    A verdict is whether a case fits; counts are produced, consumed, missing, remaining tokens.
    """
    golden = cast("Mapping[str, Mapping[str, Any]]", json.loads(GOLDEN.read_text("utf-8"))["logs"])
    found: dict[str, Differences] = {}
    for name, said in golden.items():
        if name == "uci":
            if with_uci and UCI.exists():
                found[name] = _compared(said, uci_traces(uci_events()), None)
            continue
        triggers = name == "triggers"
        traces = generated(said["cases"], said["seed"], triggers=triggers)
        found[name] = _compared(said, traces, TRIGGERS if triggers else None)
    return found


def _compared(
    said: Mapping[str, Any], traces: Sequence[Trace], names: LogNames | None
) -> Differences:
    missing = zlib.decompress(base64.b64decode(said["missing"])).decode()
    ours = list(conformance_of_cases(DESK, told(traces), names=names, cases_end="with_next_case"))
    if not len(ours) == len(missing) == len(traces) == said["cases"]:
        message = f"{len(ours)} cases of ours, {len(missing)} in the golden file: make it anew"
        raise ValueError(message)
    verdicts = counts = 0
    for case, theirs, trace in zip(ours, missing, traces, strict=True):
        verdicts += case.fits != (theirs == "0")
        lent = case.missing if theirs == "?" else int(theirs, 36)
        tokens = len(trace) + 1
        expected = (tokens, tokens, lent, lent)
        counts += expected != (case.produced, case.consumed, case.missing, case.remaining)
    return Differences(
        cases=len(ours), verdicts=verdicts, counts=counts, undefined=missing.count("?")
    )


def make_golden() -> None:
    """Write the golden file with the pm4py on the path."""
    pm4py = importlib.import_module("pm4py")
    logs: dict[str, object] = {}
    for name, seed in (("states", 4), ("triggers", 5)):
        traces = generated(CASES, seed, triggers=name == "triggers")
        logs[name] = {"seed": seed, **_said(traces, triggers=name == "triggers")}
    if UCI.exists():
        logs["uci"] = _said(uci_traces(uci_events()), triggers=False)
    note = (
        "Generated by `python -m benchmarks.conformance --golden`. `missing` holds one digit "
        "(base 36) a case, compressed by zlib, in base64: its missing tokens, `?` where pm4py's "
        "result depends on which of several tokens it happens to take. Produced = consumed = "
        "moves + 1 and remaining = missing were checked for every case when the file was made."
    )
    golden = {"made_with": f"pm4py {pm4py.__version__}", "note": note, "logs": logs}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


def possible_missing(trace: Trace, *, triggers: bool) -> set[int]:
    """Return every number of missing tokens that a replay can come to, whatever token it takes."""
    moves = _labelled(triggers=triggers)
    found: set[tuple[Trace, int]] = {(("",), 0)}
    for name in trace:
        after: set[tuple[Trace, int]] = set()
        for marking, lent in found:
            fires = [move for move in moves if move[0] == name and move[1] in marking]
            if not fires:
                goes = next(target for label, _, target in moves if label == name)
                after.add((tuple(sorted((*marking, goes))), lent + 1))
            for _, source, target in fires:
                left = list(marking)
                left[left.index(source)] = target
                after.add((tuple(sorted(left)), lent))
        found = after
    return {lent + (not any(each in ENDINGS for each in marking)) for marking, lent in found}


def _labelled(*, triggers: bool) -> list[tuple[str, str, str]]:
    return [
        (each.trigger if triggers else each.target, source, each.target)
        for each in DESK.transitions
        for source in each.sources or ("",)
    ]


def _said(traces: Sequence[Trace], *, triggers: bool) -> dict[str, object]:
    variants = sorted(set(traces))
    began = time.process_time()
    found = _replayed(_event_log(variants), variants, triggers=triggers)
    seconds = time.process_time() - began
    agreed: dict[Trace, str] = {}
    for variant, lent in zip(variants, found, strict=True):
        possible = possible_missing(variant, triggers=triggers)
        assert lent in possible, (variant, lent, possible)
        agreed[variant] = _digit(lent) if len(possible) == 1 else "?"
    missing = "".join(agreed[trace] for trace in traces)
    events = sum(map(len, variants)) * len(ENDINGS)
    print(f"pm4py: {events / seconds:,.0f} events/s, {len(variants)} variants", file=sys.stderr)
    packed = base64.b64encode(zlib.compress(missing.encode(), 9)).decode()
    return {"cases": len(traces), "fitting": missing.count("0"), "missing": packed}


def _digit(number: int) -> str:
    return "0123456789abcdefghijklmnopqrstuvwxyz"[number]


def _event_log(variants: Iterable[Trace]) -> object:
    kinds = importlib.import_module("pm4py.objects.log.obj")
    log = kinds.EventLog()
    for number, variant in enumerate(variants):
        trace = kinds.Trace(attributes={"concept:name": str(number)})
        for name in variant:
            trace.append(kinds.Event({"concept:name": name}))
        log.append(trace)
    return cast("object", log)


def _replayed(log: object, variants: Sequence[Trace], *, triggers: bool) -> list[int]:
    """Return the missing tokens of each variant; the best ending counts."""
    best: list[int] = [sys.maxsize] * len(variants)
    for ending in ENDINGS:
        for place, case in enumerate(_pm4py(log, ending, triggers=triggers)):
            tokens, lent = len(variants[place]) + 1, case["missing_tokens"]
            counts = (case["produced_tokens"], case["consumed_tokens"], case["remaining_tokens"])
            assert counts == (tokens, tokens, lent), (variants[place], case)
            assert case["trace_is_fit"] == (lent == 0), (variants[place], case)
            best[place] = min(best[place], lent)
    return best


def _pm4py(log: object, ending: str, *, triggers: bool) -> Sequence[Mapping[str, Any]]:
    kinds = importlib.import_module("pm4py.objects.petri_net.obj")
    arcs = importlib.import_module("pm4py.objects.petri_net.utils.petri_utils")
    replay = importlib.import_module("pm4py.algo.conformance.tokenreplay.algorithm")
    net = kinds.PetriNet("desk")
    places = {name: kinds.PetriNet.Place(name or "start") for name in ("", *DESK.categories)}
    for place in places.values():
        net.places.add(place)
    for number, (label, source, target) in enumerate(_labelled(triggers=triggers)):
        transition = kinds.PetriNet.Transition(f"{number}", label)
        net.transitions.add(transition)
        arcs.add_arc_from_to(places[source], transition, net)
        arcs.add_arc_from_to(transition, places[target], net)
    initial, final = kinds.Marking({places[""]: 1}), kinds.Marking({places[ending]: 1})
    options = {"consider_remaining_in_fitness": True, "show_progress_bar": False}
    return cast(
        "Sequence[Mapping[str, Any]]", replay.apply(log, net, initial, final, parameters=options)
    )


# --- speed ---------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Speed:
    """Hold one measurement: its log, its events, events a second of CPU time, peak bytes."""

    log: str
    events: int
    events_per_second: float
    peak_bytes: int


def events_per_second(
    events: Sequence[tuple[str, str, datetime | int]],
    *,
    names: LogNames | None = None,
    cases_end: CasesEnd = "with_log",
    passes: int = 5,
) -> float:
    """Return the events a second of CPU time on one core, the best of several passes."""
    best = float("inf")
    for _ in range(passes):
        began = time.process_time()
        conformance(DESK, events, names=names, cases_end=cases_end)
        best = min(best, time.process_time() - began)
    return len(events) / best


def peak_bytes(
    events: Sequence[tuple[str, str, datetime | int]], *, cases_end: CasesEnd = "with_log"
) -> int:
    """Return the most memory that a check held at a time, the log itself left out."""
    tracemalloc.start()
    try:
        conformance(DESK, iter(events), cases_end=cases_end)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def measure(cases: int = CASES) -> Iterator[Speed]:
    """Yield the speed on sound cases, on spoiled ones, and on the UCI log where it is at hand."""
    traces = generated(2 * cases, 7, triggers=False)
    states = {(s, each.target) for each in DESK.transitions for s in each.sources or ("",)}
    sound = [
        trace
        for trace in traces
        if trace[-1] in ENDINGS and all(m in states for m in zip(("", *trace), trace, strict=False))
    ]
    spoiled = traces[:cases]
    del traces
    # One log at a time: what else lies in memory costs the garbage collector time in ours.
    logs: list[tuple[str, Callable[[], list[Event]], CasesEnd]] = [
        ("sound cases, mixed, held to the log's end", lambda: mixed(told(sound)), "with_log"),
        ("sound cases, mixed, forgotten when final", lambda: mixed(told(sound)), "in_final_state"),
        ("sound cases, one after the other", lambda: told(sound), "with_next_case"),
        ("two of three spoiled, mixed, held", lambda: mixed(told(spoiled)), "with_log"),
        ("two of three spoiled, one after the other", lambda: told(spoiled), "with_next_case"),
    ]
    for name, make, cases_end in logs:
        events = make()
        yield Speed(
            log=name,
            events=len(events),
            events_per_second=events_per_second(events, cases_end=cases_end),
            peak_bytes=peak_bytes(events, cases_end=cases_end),
        )
    if UCI.exists():
        rows = uci_events()
        speed = events_per_second(rows, names=UCI_NAMES, cases_end="with_next_case")
        yield Speed(log="UCI log", events=len(rows), events_per_second=speed, peak_bytes=0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if a verdict or a count differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--golden", action="store_true", help="make the golden file anew")
    if parser.parse_args(arguments).golden:
        make_golden()
    for speed in measure():
        ratio = speed.events_per_second / PEER_EVENTS_PER_SECOND
        print(
            f"{speed.log:44} {speed.events:9,} events {speed.events_per_second:12,.0f}/s "
            f"{ratio:5.0f} x pm4py {speed.peak_bytes:12,} bytes"
        )
    found = differences()
    for name, each in found.items():
        print(
            f"{name:10} {each.cases:7,} cases: {each.verdicts} verdicts differ, {each.counts} "
            f"counts differ, {each.undefined} undefined in pm4py"
        )
    return int(any(each.verdicts or each.counts for each in found.values()))


if __name__ == "__main__":
    sys.exit(main())
