"""The harness that kills workers which escalate; with real kills: tests/integration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.errors import InvalidValue
from itsm_core.testing.escalation_crash import kill_escalations


def test_kills_are_refused_when_they_are_no_number_above_zero(tmp_path: Path) -> None:
    """Before any process is started."""
    with pytest.raises(InvalidValue, match="longest_ms is not usable"):
        kill_escalations(
            partial(SqliteStore, tmp_path / "desk.db"), kills=1, tickets=1, longest_ms=0
        )


def test_campaign_is_refused_when_it_kills_nobody(tmp_path: Path) -> None:
    """Nothing would be proved, and no store is opened for it."""
    place = tmp_path / "desk.db"
    with pytest.raises(InvalidValue, match="kills is not usable"):
        kill_escalations(partial(SqliteStore, place), kills=0)
    assert not place.exists()


def test_store_is_refused_when_it_cannot_be_sent_to_a_process(tmp_path: Path) -> None:
    """A function that is made on the spot has no name by which another process could find it."""

    def make() -> Callable[[], SqliteStore]:
        return lambda: SqliteStore(tmp_path / "desk.db")

    with pytest.raises(InvalidValue, match="open_store cannot be sent to another process"):
        kill_escalations(make(), kills=1, tickets=1)
