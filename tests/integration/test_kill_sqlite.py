"""Writers are killed with SIGKILL: every acknowledged event is there, no batch in part (law R6).

This proves safety against the end of a process, not against power loss.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import ANY, StoredEvent
from itsm_core.testing.event_store_contract import sample

ROUNDS, WRITERS, EVENTS_PER_BATCH = 10, 2, 3

# Appends batches for ever and says so after each one. The other half of the writers imports two
# streams at once. Keys and event ids begin with the writer's name.
WRITER = f"""
import sys
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import ANY, Batch
from itsm_core.testing.event_store_contract import sample

path, name, bulk = sys.argv[1], sys.argv[2], sys.argv[3] == "bulk"
store = SqliteStore(path, busy_seconds=60)
for number in range(1_000_000):
    def batch(stream):
        numbers = range(number * {EVENTS_PER_BATCH}, (number + 1) * {EVENTS_PER_BATCH})
        return Batch(
            stream=stream, events=sample(stream, *numbers), expected_version=ANY, key=str(number)
        )
    streams = (name + "-a", name + "-b") if bulk else (name + "-a",)
    store.append_many([batch(stream) for stream in streams])
    print(*(f"{{stream}} {{number}}" for stream in streams), sep="\\n", flush=True)
"""


def killed_round(path: Path, round_number: int, chance: random.Random) -> set[tuple[str, int]]:
    """Start the writers, kill each in the middle of its work; return what they acknowledged."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"r{round_number}w{writer}", kind],
            stdout=subprocess.PIPE,
            text=True,
        )
        for writer, kind in zip(range(WRITERS), ("single", "bulk"), strict=True)
    ]
    acknowledged: set[tuple[str, int]] = set()
    for writer in writers:
        with writer:
            assert writer.stdout is not None
            said = writer.stdout.readline()  # it is at work now
            time.sleep(chance.uniform(0, 0.03))
            os.kill(writer.pid, signal.SIGKILL)
            # Read on from the same object: it holds lines beyond the first, which `communicate`
            # would leave there.
            said += writer.stdout.read()
        assert writer.returncode == -signal.SIGKILL
        acknowledged |= acknowledgements(said)
    return acknowledged


def acknowledgements(said: str) -> set[tuple[str, int]]:
    """Return what a writer said it had written; each stream must be counted without a gap."""
    # A line without its end was cut off by the kill; it is no acknowledgement.
    whole = [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]
    counted: dict[str, list[int]] = {}
    for stream, number in whole:
        counted.setdefault(stream, []).append(int(number))
    assert counted, "a writer was killed before it had acknowledged anything"
    for stream, numbers in counted.items():
        assert numbers == list(range(len(numbers))), stream
    return {(stream, number) for stream, numbers in counted.items() for number in numbers}


def check_batches(stream: str, stored: tuple[StoredEvent, ...]) -> set[tuple[str, int]]:
    """Check versions and batches of one stream; return the batches that it holds."""
    assert [one.version for one in stored] == list(range(1, len(stored) + 1))
    numbers = [int(one.event.event_id.partition("#")[2]) for one in stored]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) % EVENTS_PER_BATCH == 0
    return {(stream, number // EVENTS_PER_BATCH) for number in numbers}


def test_acknowledgements_are_refused_when_one_is_missing() -> None:
    """The check is able to fail: a line that the test itself lost is not overlooked."""
    with pytest.raises(AssertionError, match="r0w0-a"):
        acknowledgements("r0w0-a 0\nr0w0-a 2\n")


def test_acknowledgements_end_with_the_last_whole_line_when_cut_off() -> None:
    """What the kill cut off was not acknowledged."""
    assert acknowledgements("a 0\nb 0\na 1\nb") == {("a", 0), ("a", 1), ("b", 0)}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_acknowledged_events_are_whole_and_there_when_writers_are_killed(tmp_path: Path) -> None:
    """Law R6: after 20 kills nothing acknowledged is lost, nothing is there in part, no gap."""
    path = tmp_path / "desk.db"
    chance = random.Random(6)
    acknowledged: set[tuple[str, int]] = set()
    for round_number in range(ROUNDS):
        acknowledged |= killed_round(path, round_number, chance)

    with SqliteStore(path) as store:
        everything = store.read_all(limit=10_000_000)
        assert [one.position for one in everything] == list(range(1, len(everything) + 1))
        names = sorted({one.stream for one in everything})
        found: set[tuple[str, int]] = set()
        for stream in names:
            found |= check_batches(stream, store.read(stream))
        assert acknowledged <= found
        # Two streams of one call are there together or not at all.
        for _, pair in groupby((name for name in names if "w1-" in name), lambda name: name[:-1]):
            first, second = pair
            assert store.version(first) == store.version(second)
        # What was acknowledged is known by its key as well, and is not written again.
        stream, number = max(acknowledged)
        numbers = range(number * EVENTS_PER_BATCH, (number + 1) * EVENTS_PER_BATCH)
        again = store.append(
            stream, sample(stream, *numbers), expected_version=ANY, key=str(number)
        )
        assert again.repeated
    assert len(acknowledged) >= ROUNDS * WRITERS
