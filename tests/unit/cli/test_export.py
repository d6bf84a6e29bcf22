"""`itsm-core export` and `itsm-core schema`: what is read, what is written, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.cli import main
from itsm_core.interop import load_mapping, read_log, read_ocel, read_xes
from itsm_core.ports import ANY
from tests.unit.interop.histories import by_ticket, opened
from tests.unit.interop.sample import write_log, write_mapping

EVENTS = [opened("INC-1", title="=1+1"), opened("INC-2")]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Return a store with two tickets."""
    path = tmp_path / "desk.db"
    with SqliteStore(path) as store:
        for event in EVENTS:
            store.append(event.ticket_id, [event], expected_version=ANY)
    return path


def export(log: Path, *more: str | Path) -> int:
    """Run the command."""
    return main(["export", str(log), *map(str, more)])


def test_foreign_log_is_exported_when_it_is_mapped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every form at once; what is in them is what was read."""
    log, mapping = write_log(tmp_path), write_mapping(tmp_path)
    ocel, xes = tmp_path / "a.json", tmp_path / "a.xes"
    csv, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    forms = ("--ocel", ocel, "--xes", xes, "--csv", csv, "--cloud-events", lines)
    assert export(log, "--mapping", mapping, *forms, "--source", "/desk") == 0
    histories = read_log(log, load_mapping(mapping)).histories
    assert read_ocel(ocel) == read_xes(xes) == histories
    number = sum(map(len, histories.values()))
    assert len(csv.read_bytes().splitlines()) == number + 1
    assert len(lines.read_bytes().splitlines()) == number
    told = capsys.readouterr().out
    assert f"{number} events of {len(histories)} tickets" in told
    assert f"written: {ocel}" in told


def test_store_is_exported_when_no_mapping_is_given(kept: Path, tmp_path: Path) -> None:
    """A SQLite store is told by its first bytes."""
    assert export(kept, "--ocel", tmp_path / "a.json") == 0
    assert read_ocel(tmp_path / "a.json") == by_ticket(EVENTS)


def test_form_is_turned_into_another_when_exported_again(kept: Path, tmp_path: Path) -> None:
    """OCEL to XES and back: no event is lost on the way."""
    first, second, third = (tmp_path / name for name in ("a.json", "b.xes", "c.jsonocel"))
    assert export(kept, "--ocel", first) == export(first, "--xes", second) == 0
    assert export(second, "--ocel", third) == 0
    assert third.read_bytes() == first.read_bytes()


def test_priorities_are_derived_when_a_policy_is_given(tmp_path: Path) -> None:
    """A log without a priority of its own needs a matrix."""
    from tests.unit.interop.sample import MAPPING

    text = MAPPING.replace('priority = "Prio"', 'impact = "Prio"\nurgency = "Group"')
    text = text.replace("[values.priority]", "[values.impact]")
    mapping, log = write_mapping(tmp_path, text), write_log(tmp_path)
    out = tmp_path / "a.json"
    assert export(log, "--mapping", mapping, "--ocel", out) == 2
    assert export(log, "--mapping", mapping, "--policy", "uci", "--ocel", out) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "nothing to write of the log: '"),
        (["--cloud-events", "a.jsonl"], "--cloud-events without --source: 'a.jsonl'"),
        (["--ocel", "none/a.json"], "--ocel cannot be written"),
        (["--ocel", "desk.db"], "--ocel is the log"),
        (["--ocel", "a.json", "--xes", "a.json"], "two outputs have one name"),
    ],
)
def test_export_is_refused_when_an_argument_is_wrong(
    kept: Path,
    more: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is written then."""
    monkeypatch.chdir(kept.parent)
    assert export(kept, *more) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in kept.parent.iterdir()] == ["desk.db"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("log.csv", "a,b\n", "it is not said how the log is to be read"),
        ("log.json", "{}", "holds no records"),
        ("log.xes", "<!DOCTYPE log><log/>", "document type definition"),
        (None, "", "the log cannot be read"),
    ],
)
def test_export_is_refused_when_the_log_is_none(
    tmp_path: Path, name: str | None, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message, and code 2."""
    log = tmp_path / (name or "none.csv")
    if name is not None:
        log.write_text(text, encoding="utf-8")
    assert export(log, "--csv", tmp_path / "out.csv") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("of", ["events", "commands"])
def test_schema_is_printed_when_asked_for(of: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, and nothing else."""
    assert main(["schema", of]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == f"itsm_core {of[:-1]}"
