"""Evidence for the main job: the facts of the UCI log, and the time from CSV to verdicts."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, cast

from benchmarks.areas import Point
from itsm_core.events import TicketOpened
from itsm_core.interop import NOT_YET_COVERED, ImportedLog, load_mapping, read_log
from itsm_core.policy import load_policy
from itsm_core.report.judged import judge_log
from itsm_core.sla import LedgerKind, evaluate

__all__ = ["points"]

_SHARED: Final = Path(__file__).parents[3] / "shared"
_LOG: Final = _SHARED / "data/uci_incident_event_log/incident_event_log.csv.gz"
_FACTS: Final = _SHARED / "field/uci_log_facts.json"


def points(quick: bool) -> Iterator[Point]:
    """Yield the facts and the time; the quick run checks ledgers of every tenth ticket only."""
    if not _LOG.exists():
        yield Point("UCI log", "read", "not beside the repository", ok=False)
        return
    yield from _facts()
    yield from _speed(10 if quick else 1)


def _facts() -> Iterator[Point]:
    name = "UCI facts from replay --json"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "itsm_core", "replay", str(_LOG)),
                *("--mapping", "servicenow_uci", "--policy", "servicenow_uci"),
                *("--json", str(out)),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONTZPATH": ""},
        )
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()[-1:]
            yield Point(name, "exit code 0", f"exit {done.returncode}: {said}", ok=False)
            return
        told = json.loads(out.read_text(encoding="utf-8"))
    ours = _flat(told["facts"])
    published = _flat(json.loads(_FACTS.read_text(encoding="utf-8"))["facts"])
    covered = {key: value for key, value in published.items() if not _later(key)}
    wrong = [key for key, value in covered.items() if ours.get(key) != value]
    measured = f"{len(covered) - len(wrong)} of {len(covered)} equal"
    if wrong:
        measured += f"; not: {', '.join(wrong)}"
    yield Point(name, f"all {len(covered)} that apply now", measured, not wrong)


def _later(key: str) -> bool:
    return key.startswith(NOT_YET_COVERED)


def _flat(facts: Mapping[str, object], path: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in facts.items():
        if isinstance(value, dict):
            found |= _flat(cast("Mapping[str, object]", value), f"{path}{key}.")
        else:
            found[path + key] = value
    return found


def _speed(step: int) -> Iterator[Point]:
    mapping, policy = load_mapping("servicenow_uci"), load_policy("servicenow_uci")
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        log = read_log(_LOG, mapping)
        read = time.process_time() - began
        lines = _judge_each(log)
        spent = time.process_time() - began
        began = time.process_time()
        judged = judge_log(log.histories, policy, log.last_at)
        summed_up = time.process_time() - began
    finally:
        gc.enable()
    yield Point(
        "UCI log, from CSV to verdicts with every ledger",
        "< 10 s CPU on one core",
        f"{spent:.1f} s ({read:.1f} s to read, {lines:,} ledger lines)",
        spent < 10,
    )
    yield Point(
        "UCI log, from CSV to the summary of a replay",
        "< 10 s CPU on one core",
        f"{read + summed_up:.1f} s",
        read + summed_up < 10,
    )
    clocks, wrong = _unbalanced(log, step)
    yield Point(
        f"UCI ledgers adjacent and summing exactly ({clocks:,} clocks)",
        "0 wrong",
        f"{wrong} wrong",
        wrong == 0 and judged.tickets == len(log.histories),
    )


def _judge_each(log: ImportedLog) -> int:
    """Evaluate every ticket and read every ledger; return how many lines they have."""
    policy = load_policy("servicenow_uci")
    lines = 0
    for history in log.histories.values():
        agreement = policy.agreement_for(cast("TicketOpened", history[0]))
        if agreement is not None:
            for clock in evaluate(history, agreement, as_of=log.last_at):
                lines += len(clock.ledger)
    return lines


def _unbalanced(log: ImportedLog, step: int) -> tuple[int, int]:
    """Return how many clocks were checked, and how many ledgers do not add up."""
    policy = load_policy("servicenow_uci")
    clocks = wrong = 0
    for history in list(log.histories.values())[::step]:
        agreement = policy.agreement_for(cast("TicketOpened", history[0]))
        if agreement is None:
            continue
        for clock in evaluate(history, agreement, as_of=log.last_at):
            clocks += 1
            ledger = clock.ledger
            wall = sum((entry.duration for entry in ledger), timedelta(0))
            counted = sum(
                (entry.duration for entry in ledger if entry.kind is LedgerKind.COUNTED),
                timedelta(0),
            )
            adjacent = all(a.end_us == b.start_us for a, b in pairwise(ledger))
            wrong += not (adjacent and wall == clock.wall_elapsed and counted == clock.elapsed)
    return clocks, wrong
