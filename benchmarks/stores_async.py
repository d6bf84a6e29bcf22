"""What must hold of asynchronous stores, of both desks, and of the examples on real servers.

`benchmarks.areas.stores` yields these points with its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from itsm_core.adapters.async_threads import ThreadedStore, in_threads
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.testing.async_contract import AsyncContract
from itsm_core.testing.certify import certify
from itsm_core.testing.contract import Contract
from itsm_core.testing.store_contract import DurableFullStoreContract, FullStoreContract

__all__ = ["points"]

_LEAST_RULES: Final = 150
_QUICK_RULES: Final = "rule_01 or rule_31 or rule_32 or rule_33 or rule_219 or rule_40"
_EXAMPLES: Final = {
    "a JSON-lines file, every length of it": "20_json",
    "Redis": "21_desk",
    "FastAPI on PostgreSQL": "22_fastapi",
    "Django's ORM on SQLite and PostgreSQL": "23_django",
}


class MemoryInThreads(AsyncContract, FullStoreContract):
    """Every rule, on a store in memory whose calls wait in threads."""

    async def open_async(self) -> ThreadedStore:
        """Return an empty store."""
        return in_threads(MemoryStore())


class SqliteInThreads(AsyncContract, DurableFullStoreContract):
    """Every rule, on a file, the calls in threads."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    async def open_async(self) -> ThreadedStore:
        """Open the one file of this test."""
        return in_threads(SqliteStore(Path(self.folder.name) / "desk.db"))


def points(quick: bool) -> Iterator[Point]:
    """Yield every point; `quick` certifies in memory only and asks PostgreSQL fewer rules."""
    for suite in (MemoryInThreads,) if quick else (MemoryInThreads, SqliteInThreads):
        name = f"contract of an awaited store: {suite.__name__}"
        yield from guarded(name, "every rule", lambda of=suite: _certified(of))  # type: ignore[misc]
    rules = ("-k", _QUICK_RULES) if quick else ()
    yield _pytest(
        "contract of an awaited store: PostgreSQL, asyncpg and psycopg",
        *rules,
        "tests/contracts/test_async_sqlalchemy.py",
    )
    yield _pytest(
        "both desks give equal answers, 20 x 60 random calls", "tests/unit/desk/test_async.py"
    )
    if not quick:
        for name, part in _EXAMPLES.items():
            yield _pytest(f"example: {name}", "-k", part, "tests/integration/test_examples.py")


def _certified(suite: type[Contract]) -> Iterator[Point]:
    found = certify(suite)
    kept, broken = len(found.passed), ", ".join(found.broken)
    yield Point(
        f"contract of an awaited store: {suite.__name__}",
        f"at least {_LEAST_RULES} rules, none broken",
        f"{kept} rules kept, {broken or 'none'} broken",
        ok=found.is_certified and kept >= _LEAST_RULES,
    )


def _pytest(name: str, *arguments: str) -> Point:
    code, closing = run_pytest(*arguments)
    # A run in which everything is skipped ends well, too.
    return Point(name, "all pass", closing, ok=code == 0 and " passed" in closing)
