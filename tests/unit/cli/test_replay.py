"""`replay` as a function: what it keeps, and that it leaves the collector as it was."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.cli._replay import Replay, hourly_of, keep, replay, without_collection
from itsm_core.errors import InvalidValue
from itsm_core.interop import load_mapping, read_log
from itsm_core.linking import Money
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


def test_replay_writes_the_report_in_every_form_when_asked(tmp_path: Path) -> None:
    """The same report four times; its figures are under a key of their own in the JSON."""
    made = Replay(
        log=write_log(tmp_path),
        mapping=str(write_mapping(tmp_path)),
        policy="servicenow_uci",
        report=tmp_path / "a.html",
        json=tmp_path / "a.json",
        markdown=tmp_path / "a.md",
        openmetrics=tmp_path / "a.txt",
        hourly="95 EUR",
    )
    replay(made)
    figures = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["report"]

    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("# ")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8").endswith("# EOF\n")
    assert {each["section"] for each in figures["answers"]} >= {"promises", "problems", "figures"}
    assert "resolution-median" in {each["metric"]["name"] for each in figures["figures"]}
    assert figures["findings"]


def test_replay_measures_nothing_when_no_page_will_tell_it(tmp_path: Path) -> None:
    """Who only wants the summary does not wait for the rest."""
    asked = Replay(log=tmp_path, mapping="", policy="")

    assert asked.pages == ()


def test_hourly_is_an_amount_and_a_currency() -> None:
    """Exact, as money is."""
    assert hourly_of(" 95.50 EUR ") == Money("95.50", "EUR")


@pytest.mark.parametrize("text", ["95", "", "EUR"])
def test_hourly_is_refused_when_the_currency_is_missing(text: str) -> None:
    """Nobody guesses it."""
    with pytest.raises(InvalidValue, match="write amount and currency"):
        hourly_of(text)
