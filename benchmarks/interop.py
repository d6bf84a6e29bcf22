"""Interop: logs go out and come back without losing an event, and pm4py reads them.

pm4py is no dependency: with what it needs it weighs 550 MB. `--golden` needs it on the path and
writes what it finds in our files into `tests/golden/ocel_pm4py.json`, which the tests read.

    python -m benchmarks.interop            # no event lost: UCI log, simulated desks
    python -m benchmarks.interop --golden   # make the golden file anew (some minutes)
"""

from __future__ import annotations

import argparse
import gc
import gzip
import importlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, cast, get_type_hints

import attrs

from itsm_core.events import TicketEvent
from itsm_core.ids import AgreementId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.interop import (
    Histories,
    load_mapping,
    read_log,
    read_ocel,
    read_xes,
    write_ocel,
    write_xes,
)
from itsm_core.simulation import simulate

__all__ = ["FORMS", "GOLDEN", "ROWS", "RoundTrip", "counts_of", "exports", "round_trip", "uci"]

_ROOT: Final = Path(__file__).parents[1]
GOLDEN: Final = _ROOT / "tests/golden/ocel_pm4py.json"
EXPORTS: Final = _ROOT / "tests/golden/exports"
UCI: Final = _ROOT.parent / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"

Kept = Mapping[TicketId, tuple[TicketEvent, ...]]

FORMS: Final[Mapping[str, tuple[Callable[[Path, Histories], int], Callable[[Path], Kept]]]] = {
    "OCEL": (write_ocel, read_ocel),
    "XES": (write_xes, read_xes),
}
ROWS: Final = 12_000
"""Of the UCI log in the golden file: some 2,000 tickets."""

_SAMPLES: Final = (
    ("jira_issues.json", "jira_issues"),
    ("servicenow_audit.csv", "servicenow_audit"),
    ("servicenow_incidents.csv", "servicenow_incidents"),
    ("zendesk_audits.json", "zendesk_audits"),
)
_OBJECTS: Final = {
    TicketId: "ticket",
    PersonId: "person",
    GroupId: "group",
    ServiceId: "service",
    AgreementId: "agreement",
}


@attrs.frozen(kw_only=True)
class RoundTrip:
    """Hold what became of histories that were written and read again; seconds are of CPU."""

    events: int
    lost: int
    size: int
    write_seconds: float
    read_seconds: float


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the cycle collector from walking a million values, none of them part of a cycle."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def round_trip(form: str, histories: Kept) -> RoundTrip:
    """Write histories, read them again and count the events that are not as they were."""
    write, read = FORMS[form]
    with tempfile.TemporaryDirectory() as folder, _uncollected():
        path = Path(folder) / "log"
        began = time.process_time()
        number = write(path, histories)
        written = time.process_time()
        found = read(path)
        ended = time.process_time()
        size = path.stat().st_size
    lost = sum(
        told != again
        for ticket, events in histories.items()
        for told, again in zip(events, found.get(ticket, ()), strict=False)
    )
    lost += abs(number - sum(map(len, found.values())))
    lost += [*histories] != [*found]
    return RoundTrip(
        events=number,
        lost=lost,
        size=size,
        write_seconds=written - began,
        read_seconds=ended - written,
    )


def uci(rows: int | None = None) -> Kept:
    """Return the histories of the UCI log, or of its first rows: the last ticket is cut off."""
    with tempfile.TemporaryDirectory() as folder, _uncollected():
        path = UCI
        if rows is not None:
            path = Path(folder) / "begin.csv"
            with gzip.open(UCI, "rt", encoding="utf-8") as log:
                path.write_text("".join(islice(log, rows + 1)), encoding="utf-8")
        return read_log(path, load_mapping("uci")).histories


def simulated(seed: int, tickets: int) -> Kept:
    """Return the histories of a simulated desk."""
    return simulate(seed=seed, tickets=tickets).histories


def exports() -> Kept:
    """Return the histories of the sample exports, which are files of the repository."""
    found: dict[TicketId, tuple[TicketEvent, ...]] = {}
    for file, mapping in _SAMPLES:
        found.update(read_log(EXPORTS / file, load_mapping(mapping)).histories)
    return found


# --- what pm4py finds, and what it should -------------------------------------------------------


def counts_of(histories: Kept) -> dict[str, object]:
    """Return what an event log of these histories must hold, counted from the events alone.

    Relations are pairs of an event and an object: pm4py keeps one of each pair, where the standard
    has one for each qualifier (who opened a ticket often is its requester).
    """
    types: Counter[str] = Counter()
    named: dict[str, set[str]] = {}
    relations = 0
    for event in (event for events in histories.values() for event in events):
        types[type(event).__name__] += 1
        pairs = {*_named(event)}
        relations += len(pairs)
        for name, value in pairs:
            named.setdefault(name, set()).add(value)
    instants = [event.occurred_us for events in histories.values() for event in events]
    return {
        "events": sum(types.values()),
        "types": dict(sorted(types.items())),
        "objects": {name: len(values) for name, values in sorted(named.items())},
        "relations": relations,
        "cases": len(histories),
        "first_us": min(instants),
        "last_us": max(instants),
    }


def _named(event: TicketEvent) -> Iterator[tuple[str, str]]:
    hints = get_type_hints(type(event))
    for field in attrs.fields(type(event)):
        value = getattr(event, field.name)
        kind = _OBJECTS.get(hints[field.name])
        if field.name == "configuration_item_id":
            kind = "configuration_item"
        if kind is not None and value:
            yield kind, value


def _as_ocel(pm4py: Any, path: Path) -> dict[str, object]:  # noqa: ANN401 - has no types
    ocel = pm4py.read_ocel2_json(str(path))
    events, objects, relations = ocel.events, ocel.objects, ocel.relations
    times = events["ocel:timestamp"]
    flat = pm4py.ocel_flattening(ocel, "ticket")
    # A ticket that only a link names has no events of its own.
    return {
        "events": len(events),
        "types": {k: int(v) for k, v in sorted(events["ocel:activity"].value_counts().items())},
        "objects": {k: int(v) for k, v in sorted(objects["ocel:type"].value_counts().items())},
        "relations": len(relations),
        "cases": int(flat["case:concept:name"].nunique()),
        "first_us": _micros(times.min()),
        "last_us": _micros(times.max()),
    }


def _as_xes(pm4py: Any, path: Path) -> dict[str, object]:  # noqa: ANN401 - has no types
    log = pm4py.read_xes(str(path))
    times = log["time:timestamp"]
    return {
        "events": len(log),
        "types": {k: int(v) for k, v in sorted(log["concept:name"].value_counts().items())},
        "cases": int(log["case:concept:name"].nunique()),
        "first_us": _micros(times.min()),
        "last_us": _micros(times.max()),
    }


def _micros(timestamp: Any) -> int:  # noqa: ANN401 - pandas' own
    return int(timestamp.as_unit("ns").value) // 1_000


def make_golden() -> None:
    """Write the golden file with the pm4py on the path."""
    pm4py = cast("Any", importlib.import_module("pm4py"))
    logs: dict[str, dict[str, object]] = {}
    for name, histories in (("exports", exports()), ("uci", uci(ROWS))):
        with tempfile.TemporaryDirectory() as folder:
            ocel, xes = Path(folder) / "log.json", Path(folder) / "log.xes"
            write_ocel(ocel, histories)
            write_xes(xes, histories)
            logs[name] = {"ocel": _as_ocel(pm4py, ocel), "xes": _as_xes(pm4py, xes)}
    note = (
        "Generated by `python -m benchmarks.interop --golden`: what pm4py finds in the files that "
        f"write_ocel and write_xes make of the sample exports, and of the first {ROWS:,} rows of "
        "the UCI log. Compared with counts of the events themselves."
    )
    golden = {"made_with": f"pm4py {pm4py.__version__}", "note": note, "logs": logs}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was lost on the way, or make the golden file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--golden", action="store_true", help="make the golden file anew")
    if parser.parse_args(arguments).golden:
        make_golden()
        return 0
    logs = {"simulated desk": simulated(1, 2_000)} | ({"UCI": uci()} if UCI.exists() else {})
    lost = 0
    for name, histories in logs.items():
        for form in FORMS:
            found = round_trip(form, histories)
            lost += found.lost
            print(
                f"{name}, {form}: {found.events:,} events, {found.lost} lost, "
                f"{found.size / 1e6:.1f} MB, {found.write_seconds:.1f} s out, "
                f"{found.read_seconds:.1f} s in (CPU)"
            )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
