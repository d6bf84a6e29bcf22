"""`replay` as a function: what it keeps, and that it leaves the collector as it was."""

from __future__ import annotations

import gc
from pathlib import Path

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.cli._replay import Replay, keep, replay, without_collection
from itsm_core.interop import load_mapping, read_log
from tests.unit.interop.sample import write_log, write_mapping


def test_replay_runs_when_called_with_values(tmp_path: Path) -> None:
    """The command line is a thin layer over this."""
    page = tmp_path / "a.html"
    replay(
        Replay(
            log=write_log(tmp_path),
            mapping=str(write_mapping(tmp_path)),
            policy="servicenow_uci",
            report=page,
        )
    )
    assert page.stat().st_size > 0


def test_keep_stores_every_history_when_given_a_new_file(tmp_path: Path) -> None:
    """What is read back is what was imported."""
    log = read_log(write_log(tmp_path), load_mapping(write_mapping(tmp_path)))
    keep(tmp_path / "a.db", log.histories)
    with SqliteStore(tmp_path / "a.db") as store:
        for ticket, history in log.histories.items():
            assert tuple(item.event for item in store.read(ticket)) == history


def test_collection_is_on_again_when_the_work_is_done() -> None:
    """The cycle collector is switched off for the work only."""
    with without_collection():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_collection_stays_off_when_it_was_off() -> None:
    """Somebody else's choice is left alone."""
    gc.disable()
    try:
        with without_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
