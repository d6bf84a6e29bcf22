"""Kill a relay again and again: every message arrives, in its order, and twice is told from once.

The relay delivers to a file, line by line, and is killed with SIGKILL between, before and after
its marks. A receiver that goes by `source` and `id` has to end with every message once and each
subject in its order (law R2). The control marks a message before it delivers it, as a queue that is
acknowledged on receipt does; it has to lose some, or the run fails.

    python -m benchmarks.kill_relays [--kills 300] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

import attrs

from itsm_core.adapters.clocks import SystemClock
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.events import TicketEvent
from itsm_core.ports import ANY, Batch, OutboxMessage
from itsm_core.testing.contract import AT
from itsm_core.testing.event_samples import sample
from itsm_core.workers import OutboxRelay

__all__ = ["RelayFigures", "kill_relays", "killed", "main"]

_SUBJECTS: Final = 5
_LONGEST_SECONDS: Final = 0.06
_WAY_SECONDS: Final = 0.0004  # there or back: what a network takes, and kills have to meet


@attrs.frozen(kw_only=True)
class RelayFigures:
    """Say what arrived: how many messages never, twice, or before an earlier one of their subject.

    `disordered` looks at what a receiver keeps, that is at the first arrival of each.
    """

    kills: int
    messages: int
    lost: int
    repeated: int
    disordered: int

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.messages:,} messages: {self.lost} lost, "
            f"{self.disordered} out of order ({self.repeated} arrived again, known by their ids)"
        )


def kill_relays(
    kills: int, seed: int, *, messages: int = 2_000, mark_first: bool = False
) -> RelayFigures:
    """Kill a relay until `kills` are reached or nothing is left; let a last one finish."""
    with TemporaryDirectory() as folder:
        database, inbox = Path(folder) / "desk.db", Path(folder) / "inbox"
        # A fresh interpreter of one thread, so that a fork is safe.
        script = "import json, sys; from benchmarks.kill_relays import killed; "
        script += "print(killed(*json.loads(sys.argv[1])))"
        asked = json.dumps([folder, kills, seed, messages, mark_first])
        done = subprocess.run(
            [sys.executable, "-c", script, asked],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=Path(__file__).parents[1],
        )
        _relay(database, inbox, mark_first=mark_first)
        arrived = inbox.read_text(encoding="utf-8").splitlines()
        return _figures(int(done.stdout), database, arrived)


def killed(folder: str, kills: int, seed: int, messages: int, mark_first: bool, /) -> int:
    """Fork relays and kill them; return how many were killed before they were through."""
    database, inbox = Path(folder) / "desk.db", Path(folder) / "inbox"
    chance = random.Random(seed)
    found = 0
    _fill(database, messages)
    while found < kills:
        process = os.fork()
        if process == 0:
            _deliver_and_exit(database, inbox, mark_first=mark_first)
        time.sleep(chance.uniform(0.0, _LONGEST_SECONDS))
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        found += os.WIFSIGNALED(status)
        if os.WIFEXITED(status) and status:
            raise RuntimeError("a relay ended by itself")
        if status == 0:  # nothing was left
            _fill(database, messages)
    return found


def _deliver_and_exit(database: Path, inbox: Path, *, mark_first: bool) -> NoReturn:
    code = 1
    try:
        _relay(database, inbox, mark_first=mark_first)
        code = 0
    finally:
        os._exit(code)


def _fill(database: Path, messages: int) -> None:
    """Write messages with numbers beyond those that are there."""
    with SqliteStore(database, synchronous="normal") as store:
        first = store.version("all")
        store.append_many(
            Batch(
                stream="all",
                events=_one_event(number),
                expected_version=ANY,
                messages=(_message(number),),
            )
            for number in range(first, first + messages)
        )


def _one_event(number: int) -> Sequence[TicketEvent]:
    return sample("all", number)


def _message(number: int) -> OutboxMessage:
    return OutboxMessage(
        message_id=str(number),
        source="/relay",
        type="test",
        subject=str(number % _SUBJECTS),
        occurred_at=AT,
    )


def _relay(database: Path, inbox: Path, mark_first: bool) -> None:
    """Deliver until nothing is left."""
    arrived = os.open(inbox, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with SqliteStore(database, synchronous="normal", busy_seconds=60) as store:

        def deliver(message: OutboxMessage) -> None:
            if mark_first:
                store.mark_sent(one.number for one in store.unsent(limit=1))
            time.sleep(_WAY_SECONDS)
            os.write(arrived, f"{message.message_id}\n".encode())
            time.sleep(_WAY_SECONDS)

        relay = OutboxRelay(store=store, deliver=deliver, clock=SystemClock())
        while relay.run_once().sent:
            pass
    os.close(arrived)


def _figures(kills: int, database: Path, arrived: Iterable[str]) -> RelayFigures:
    kept: dict[str, None] = {}
    repeated = 0
    for name in arrived:
        repeated += name in kept
        kept.setdefault(name)
    with SqliteStore(database) as store:
        wanted = store.version("all")
        unsent = len(store.unsent(limit=wanted + 1))
    last: dict[int, int] = {}
    disordered = 0
    for number in map(int, kept):
        disordered += number < last.get(number % _SUBJECTS, -1)
        last[number % _SUBJECTS] = number
    return RelayFigures(
        kills=kills,
        messages=wanted,
        lost=wanted - len(kept) + unsent,
        repeated=repeated,
        disordered=disordered,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="kill_relays", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kills", type=int, default=300, help="processes to kill (300)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    found = kill_relays(chosen.kills, chosen.seed)
    print(f"killed: {found} (seed {chosen.seed}, {time.monotonic() - began:.0f} s)")
    control = kill_relays(chosen.kills, chosen.seed, mark_first=True)
    print(f"control, marked before it is delivered: {control}")
    return 0 if found.lost == found.disordered == 0 and control.lost else 1


if __name__ == "__main__":
    raise SystemExit(main())
