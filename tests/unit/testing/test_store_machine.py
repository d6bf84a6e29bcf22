"""The state machine: shipped stores agree with the model, broken ones are found out (law R5)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import ItsmError
from itsm_core.testing.contract import Store
from itsm_core.testing.store_machine import StoreMachine
from tests.unit.testing import test_store_contract as broken

pytestmark = pytest.mark.slow


class OnMemory(StoreMachine):
    """Run on a store in memory."""

    kind: type[MemoryStore] = MemoryStore

    def open_store(self) -> Store:
        """Return an empty store."""
        return self.kind()


class OnFile(StoreMachine):
    """Run on a file, which is closed and opened in between."""

    durable = True

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()

    def open_store(self) -> Store:
        """Open the file of this run."""
        return SqliteStore(Path(self.folder.name) / "desk.db", synchronous="normal")

    def teardown(self) -> None:
        """Remove it."""
        super().teardown()
        self.folder.cleanup()


def steps(examples: int) -> settings:
    """Return how long to try. A difference is not shrunk: whoever looks for it can do that."""
    return settings(
        max_examples=examples,
        stateful_step_count=40,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


def test_memory_store_agrees_with_the_model_when_called_at_random() -> None:
    """Laws R1, R2: any calls in any order."""
    run_state_machine_as_test(OnMemory, settings=steps(100))


def test_sqlite_store_agrees_with_the_model_when_called_at_random() -> None:
    """Laws R1, R2, R6: and a file that is closed and opened again."""
    run_state_machine_as_test(OnFile, settings=steps(40))


@pytest.mark.parametrize(
    "kind",
    [
        broken.FoldsCase,
        broken.PadsNames,
        broken.SkipsLateCommits,
        broken.SendsFirst,
        broken.ForgetsWhatWasSent,
        broken.SendsTwice,
        broken.MarksNothing,
        broken.SortsMessages,
        broken.DropsOverdue,
        broken.LendsToMany,
        broken.KeepsLeases,
        broken.HasNoFence,
        broken.ActsFirst,
        broken.MarksFirst,
        broken.ForgetsDone,
        broken.ReadsTheClock,
        broken.SchedulesApart,
        broken.WakesLate,
        broken.Overwrites,
        broken.SortsVersions,
        broken.PublishesOneByOne,
    ],
    ids=lambda kind: kind.__name__,
)
def test_machine_finds_a_broken_store_when_it_runs(kind: type[MemoryStore]) -> None:
    """A machine that finds nothing wrong with these would find nothing."""

    class Broken(OnMemory):
        """Run on a store with a planted bug."""

    Broken.kind = kind
    with pytest.raises((AssertionError, ItsmError)):
        run_state_machine_as_test(Broken, settings=steps(400))
