"""`itsm-core verify-log`: exit codes, heads that are kept, and where a fault is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from itsm_core.adapters.chain import LogHead
from itsm_core.adapters.erasure import Erasure
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.cli import main
from itsm_core.ids import PersonId
from itsm_core.ports import ANY
from itsm_core.testing.contract import AT
from itsm_core.testing.event_samples import one_of_each, sample


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log of a few events."""
    path = tmp_path / "desk.db"
    with SqliteStore(path) as store:
        store.append("a", sample("a", 1, 2, 3), expected_version=ANY)
    return path


def edit(path: Path, statement: str) -> None:
    """Change the file past the store."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_log_is_sound_when_untouched(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code 0, the head to keep, and what cannot be known without one."""
    assert main(["verify-log", str(log)]) == 0
    told = capsys.readouterr().out
    assert "3 events" in told
    assert "no head was kept" in told
    assert "the log is sound" in told
    head = LogHead.parse(told.partition("head: ")[2].strip())
    with SqliteStore(log) as store:
        assert store.head() == head


def test_fault_is_shown_when_an_event_was_edited(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code 1, and which event; no head of a log like this is offered."""
    edit(log, "UPDATE events SET stream = 'b' WHERE position = 2")
    assert main(["verify-log", str(log)]) == 1
    told = capsys.readouterr().out
    assert "event 2" in told
    assert "NOT as it was written" in told
    assert "head:" not in told


def test_cut_end_is_shown_when_a_head_was_kept(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first run keeps the head, the second misses the events."""
    heads = tmp_path / "heads.txt"
    assert main(["verify-log", str(log), "--heads", str(heads), "--keep"]) == 0
    edit(log, "DELETE FROM events WHERE position > 1")
    assert main(["verify-log", str(log), "--heads", str(heads)]) == 1
    assert "events 2 to 3 are missing at the end" in capsys.readouterr().out
    assert main(["verify-log", str(log)]) == 0


def test_head_is_added_once_when_kept_again(log: Path, tmp_path: Path) -> None:
    """A line a state of the log, whatever else stands in the file."""
    heads = tmp_path / "heads.txt"
    heads.write_text("# kept by the auditor\n\n")
    for _ in range(2):
        assert main(["verify-log", str(log), "--heads", str(heads), "--keep"]) == 0
    with SqliteStore(log) as store:
        store.append("a", sample("a", 4), expected_version=ANY)
    assert main(["verify-log", str(log), "--heads", str(heads), "--keep"]) == 0
    lines = heads.read_text().splitlines()
    assert [LogHead.parse(line).count for line in lines[2:]] == [3, 4]


def test_erasures_are_counted_when_there_were_any(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever checks a log sees what was taken from it."""
    with SqliteStore(log) as store:
        store.append("b", one_of_each(), expected_version=ANY)
        store.erase(Erasure(person=PersonId("ö"), at=AT, author="office", reason="7"))
    assert main(["verify-log", str(log)]) == 0
    assert "1 erasures that took" in capsys.readouterr().out


def test_many_faults_are_counted_when_they_fill_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first twenty, and how many more."""
    path = tmp_path / "desk.db"
    with SqliteStore(path) as store:
        store.append("a", sample("a", *range(50)), expected_version=ANY)
    edit(path, "UPDATE events SET stream = 'b'")
    assert main(["verify-log", str(path)]) == 1
    assert "and 30 more faults" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.db"], "unable to open"),
        (["desk.db", "--keep"], "--keep needs a file"),
        (["desk.db", "--heads", "missing.txt"], "--heads cannot be read"),
        (["desk.db", "--heads", "desk.db"], "--heads cannot be read"),
        (["desk.db", "--heads", "words.txt"], "no head of a log"),
        (["desk.db", "--heads", "none/heads.txt", "--keep"], "--heads cannot be written"),
    ],
)
def test_input_is_refused_when_it_cannot_be_used(
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """Code 2 and one message: not to be taken for a log that was tampered with."""
    monkeypatch.chdir(log.parent)
    Path("words.txt").write_text("what is this\n")
    assert main(["verify-log", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_head_gets_a_line_of_its_own_when_the_file_ends_within_one(
    log: Path, tmp_path: Path
) -> None:
    """Editors leave the last line open, or begin with a byte order mark; both are read again."""
    heads = tmp_path / "heads.txt"
    heads.write_bytes(b"\xef\xbb\xbf# kept in the safe")
    asked = ["verify-log", str(log), "--heads", str(heads)]
    assert main([*asked, "--keep"]) == 0
    assert heads.read_text(encoding="utf-8-sig").count("\n") == 2
    assert main(asked) == 0


def test_name_of_heads_is_refused_when_it_is_too_long(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --keep as without it."""
    assert main(["verify-log", str(log), "--heads", "h" * 300, "--keep"]) == 2
    assert "--heads cannot be read" in capsys.readouterr().err
