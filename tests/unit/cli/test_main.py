"""The command line: exit codes, and where things are said."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from itsm_core import cli
from itsm_core.cli import main
from tests.unit.interop.sample import write_log, write_mapping


def replay(folder: Path, *more: str) -> int:
    """Run replay on the hand-made log."""
    log, mapping = write_log(folder), write_mapping(folder)
    return main(["replay", str(log), "--mapping", str(mapping), "--policy", "uci", *more])


def test_main_prints_help_when_no_command_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """A stranger learns what there is."""
    assert main([]) == 0
    assert "replay" in capsys.readouterr().out


def test_main_explains_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain CODE` prints the explanation."""
    assert main(["explain", "log-error"]) == 0
    assert capsys.readouterr().out.startswith("log-error: ")


def test_main_returns_two_when_the_input_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """A typed error is one message on the error stream, without a traceback."""
    assert main(["explain", "log-eror"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("itsm-core: no such error code")
    assert "itsm-core explain invalid-value" in said.err


def test_main_returns_one_when_something_unforeseen_happens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What we did not foresee shows everything it knows."""

    def fail(_chosen: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_run", fail)
    assert main([]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_main_returns_130_when_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is no fault."""

    def interrupt(_chosen: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", interrupt)
    assert main([]) == 130
    assert "nothing was written" in capsys.readouterr().err


def test_main_refuses_when_arguments_are_wrong() -> None:
    """Argparse ends the process with 2."""
    with pytest.raises(SystemExit) as ended:
        main(["replay"])
    assert ended.value.code == 2


def test_replay_prints_quality_first_when_it_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reader knows how good the data is before any verdict."""
    assert replay(tmp_path) == 0
    out = capsys.readouterr().out
    assert 0 <= out.index("Data quality of log.csv") < out.index("promise")


def test_replay_writes_files_when_asked(tmp_path: Path) -> None:
    """Page, figures and store are there, and nothing else."""
    out = tmp_path / "out"
    out.mkdir()
    names = {"--report": "a.html", "--json": "a.json", "--store": "a.db"}
    options = [word for option, name in names.items() for word in (option, str(out / name))]
    assert replay(tmp_path, *options) == 0
    assert sorted(path.name for path in out.iterdir()) == ["a.db", "a.html", "a.json"]
    assert "future knowledge" in (out / "a.html").read_text(encoding="utf-8")


def test_replay_judges_earlier_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of 4 January noon only T1 exists."""
    assert replay(tmp_path, "--as-of", "2016-01-04T12:00:00+01:00") == 0
    assert "1 ticket from" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--as-of", "yesterday", "not an instant"),
        ("--as-of", "2016-01-04T12:00", "without a time zone"),
        ("--report", "none/a.html", "cannot be written"),
        ("--policy", "none.toml", "does not exist"),
        ("--mapping", "none", "no bundled mapping"),
    ],
)
def test_replay_returns_two_when_an_argument_is_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    option: str,
    value: str,
    words: str,
) -> None:
    """Each is refused in one message."""
    assert replay(tmp_path, option, value) == 2
    assert words in capsys.readouterr().err


def test_replay_refuses_when_the_store_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store is never written over."""
    store = tmp_path / "a.db"
    store.write_text("mine")
    assert replay(tmp_path, "--store", str(store)) == 2
    assert store.read_text() == "mine"
    assert "never written over" in capsys.readouterr().err


def test_demo_writes_one_page_when_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small desk is simulated, kept, judged and shown."""
    page = tmp_path / "demo.html"
    store = tmp_path / "demo.db"
    options = ["--tickets", "200", "--report", str(page), "--store", str(store)]
    assert main(["demo", *options]) == 0
    assert "Promises kept" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.db", "demo.html"]


def test_demo_returns_two_when_too_few_tickets_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written."""
    assert main(["demo", "--tickets", "3", "--report", str(tmp_path / "a.html")]) == 2
    assert "too few tickets" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_main_is_done_when_its_reader_has_gone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`itsm-core ... | head` is no error."""
    closed: list[tuple[int, int]] = []

    def gone(_chosen: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "gone")

    monkeypatch.setattr(cli, "_run", gone)
    monkeypatch.setattr("os.dup2", lambda new, old: closed.append((new, old)))
    assert main([]) == 0
    assert len(closed) == 1
