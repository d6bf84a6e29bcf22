"""Try every shipped store with calls that nobody thought of, on its real server (laws R1, R2).

The state machine of `itsm_core.testing.store_machine` compares each store with the model, and
histories of four threads are checked for an order in which they could have happened.

    python -m benchmarks.stores_try [--examples 300] [--histories 1000]

The exit code is 1 if a store differs from the model or a history is impossible.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.stores_flood import STORES, opened
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.redis_store import RedisStore
from itsm_core.adapters.sqlalchemy_store import SqlAlchemyStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.ports import EventStore
from itsm_core.testing.contract import Store
from itsm_core.testing.linearizability import is_linearizable, stream_history
from itsm_core.testing.store_machine import StoreMachine
from tests.servers import run_mariadb, run_postgresql, run_redis

__all__ = ["agree", "main", "openers"]


def openers(stack: ExitStack) -> dict[str, Callable[[int], Store]]:
    """Start the servers; return how the store of the n-th run is opened on each."""
    folder = Path(stack.enter_context(TemporaryDirectory()))
    postgresql = sa.create_engine(stack.enter_context(run_postgresql()).url)
    mariadb = sa.create_engine(stack.enter_context(run_mariadb()).url)
    for engine in (postgresql, mariadb):
        stack.callback(engine.dispose)
    cache = stack.enter_context(run_redis(appendfsync="everysec"))

    def on_redis(number: int) -> Store:
        return RedisStore(cache.url, prefix=f"{{run {number}}}:", durable=False)

    return {
        "SQLite": lambda number: SqliteStore(folder / f"{number}.db", synchronous="normal"),
        "PostgreSQL": lambda number: SqlAlchemyStore(postgresql, prefix=f"s{number}_"),
        "PostgreSQL lock": lambda number: SqlAlchemyStore(
            postgresql, prefix=f"l{number}_", ordering="lock"
        ),
        "MariaDB": lambda number: SqlAlchemyStore(mariadb, prefix=f"m{number}_"),
        "Redis": on_redis,
    }


def agree(open_store: Callable[[int], Store], examples: int) -> None:
    """Run the machine; what differs from the model is raised as an AssertionError."""
    numbers = count()

    class Machine(StoreMachine):
        """Run on a place of its own, which is closed and opened in between."""

        durable = True

        def __init__(self) -> None:
            super().__init__()
            self.number = next(numbers)

        def open_store(self) -> Store:
            """Open the place of this run."""
            return open_store(self.number)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # to shrink a story on a server takes very long
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="stores_try", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--examples", type=int, default=300, help="runs of 40 calls each (300)")
    parser.add_argument("--histories", type=int, default=1_000, help="on each store (1,000)")
    chosen = parser.parse_args(arguments)
    is_sound = True
    with ExitStack() as stack:
        for name, open_store in openers(stack).items():
            began = time.monotonic()
            try:
                agree(open_store, chosen.examples)
            except AssertionError as error:
                is_sound = False
                print(f"{name}: differs from the model: {error}", flush=True)
            else:
                told = f"{chosen.examples} runs, {time.monotonic() - began:.0f} s"
                print(f"{name}: agrees with the model, {told}", flush=True)
    with MemoryStore() as memory:
        is_sound &= _are_possible("memory", memory, chosen.histories)
    for name in STORES:
        with opened(name) as store:
            is_sound &= _are_possible(name, store, chosen.histories)
    return 0 if is_sound else 1


def _are_possible(name: str, store: EventStore, wanted: int) -> bool:
    """Check histories of four threads, each on a stream of its own."""
    wrong = sum(
        not is_linearizable(stream_history(store, f"s{seed}", workers=4, calls=8, seed=seed))
        for seed in range(wanted)
    )
    print(f"{name}: {wrong} of {wanted:,} histories are impossible", flush=True)
    return not wrong


if __name__ == "__main__":
    raise SystemExit(main())
