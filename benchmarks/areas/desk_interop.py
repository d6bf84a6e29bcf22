"""Evidence for the exchange with other systems: part of the area `desk`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from jsonschema import Draft202012Validator

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.interop import (
    FORMS,
    GOLDEN,
    ROWS,
    UCI,
    counts_of,
    exports,
    round_trip,
    simulated,
    uci,
)
from itsm_core.adapters.codec import encode_event
from itsm_core.interop import event_schema, write_ocel
from itsm_core.testing.event_samples import one_of_each
from tests.golden.ocel_rules import faults_of

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
_UNITS: Final = ("schemas", "json_stream", "xml_stream")
_NOT_THERE: Final = "not beside the repository"


def points(quick: bool) -> Iterator[Point]:
    """Yield the points of interop; `quick` takes a part of the UCI log."""
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]


def _round_trips(quick: bool) -> Iterator[Point]:
    desks = [simulated(seed, 500 if quick else 2_000) for seed in ((1,) if quick else (1, 2, 3))]
    for form in FORMS:
        found = [round_trip(form, desk) for desk in desks]
        events, lost = sum(each.events for each in found), sum(each.lost for each in found)
        name = f"simulated desks, {form} out and in: {events:,} events"
        yield Point(name, "0 lost", f"{lost} lost", events > 1_000 and not lost)
    if not UCI.exists():
        yield Point("UCI log, out and in", "0 lost", _NOT_THERE, ok=False)
        return
    histories = uci(ROWS if quick else None)
    for form in FORMS:
        each = round_trip(form, histories)
        told = (
            f"{each.lost} lost; {each.size / 1e6:.0f} MB, {each.write_seconds:.1f} s out, "
            f"{each.read_seconds:.1f} s in (CPU)"
        )
        name = f"UCI log, {form} out and in: {each.events:,} events"
        yield Point(name, "0 lost", told, not each.lost)


def _rules(quick: bool) -> Iterator[Point]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.json"
        write_ocel(path, simulated(4, 200 if quick else 2_000))
        faults = faults_of(json.loads(path.read_text(encoding="utf-8")))
    told = faults[0][:60] if faults else "none"
    yield Point("OCEL 2.0: faults by the published schema and text", "none", told, not faults)
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    name = f"OCEL and XES opened in {golden['made_with']}: events, objects, relations, cases"
    if not UCI.exists():
        yield Point(name, "as counted from the events", _NOT_THERE, ok=False)
        return
    expected = {"exports": counts_of(exports()), "uci": counts_of(uci(ROWS))}
    differing = [
        f"{log}, {form}: {key}"
        for log, forms in golden["logs"].items()
        for form, found in forms.items()
        for key, value in found.items()
        if value != expected[log][key]
    ]
    told = ", ".join(differing)[:60] or f"the same for {expected['uci']['events']:,} events"
    yield Point(name, "as counted from the events", told, not differing)


def _schemas(_quick: bool) -> Iterator[Point]:
    validator = Draft202012Validator(event_schema())
    events = one_of_each()
    passed = sum(validator.is_valid(json.loads(encode_event(event))) for event in events)
    told = f"{passed} of {len(events)}"
    yield Point(
        "JSON Schema: one event of every type passes", "all", told, passed == len(events) > 0
    )


def _imports(quick: bool) -> Iterator[Point]:
    code, closing = run_pytest("tests/golden/test_exports.py", "tests/golden/test_ocel_rules.py")
    name = "ServiceNow, Jira, Zendesk: sample exports give the events written by hand"
    yield Point(name, "all tests pass", closing, code == 0)
    if not quick:
        code, closing = run_pytest(*(f"tests/unit/interop/test_{unit}.py" for unit in _UNITS))
        name = "golden payloads pass the schema, hostile ones fail; hostile JSON, XML: bounded"
        yield Point(name, "all tests pass", closing, code == 0)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(ROOT / "examples/35_import_and_export.py")],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    told = "runs" if done.returncode == 0 else done.stderr.strip()[-100:]
    yield Point("example: import, judge, export, read again", "runs", told, done.returncode == 0)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("round trips", _round_trips),
    ("rules of OCEL", _rules),
    ("schemas", _schemas),
    ("imports and tests", _imports),
)
