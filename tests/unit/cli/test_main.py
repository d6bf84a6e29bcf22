"""The command line: exit codes, and where things are said."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from itsm_core import cli
from itsm_core.cli import main
from itsm_core.policy import policy_path
from tests.unit.interop.sample import MAPPING, ROWS, write_log, write_mapping


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
    names = {
        "--report": "a.html",
        "--json": "a.json",
        "--markdown": "a.md",
        "--openmetrics": "a.txt",
        "--store": "a.db",
    }
    options = [word for option, name in names.items() for word in (option, str(out / name))]
    assert replay(tmp_path, *options, "--hourly", "95 EUR") == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(names.values())
    assert "future knowledge" in (out / "a.html").read_text(encoding="utf-8")


def test_replay_judges_earlier_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of 4 January noon only T1 exists."""
    assert replay(tmp_path, "--as-of", "2016-01-04T12:00:00+01:00") == 0
    out = capsys.readouterr().out
    assert "1 ticket from" in out
    assert "1 later ticket and " in out


def test_replay_warns_when_judged_after_the_end_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is open is judged as if nothing more happened, and that is said; nobody is undecided."""
    told = tmp_path / "a.json"
    assert replay(tmp_path, "--as-of", "2017-01-01T00:00Z", "--json", str(told)) == 0
    out = capsys.readouterr().out
    assert "! The log ends at Mon 11 Jan 2016 10:00 (Europe/Berlin); nothing is known" in out
    assert "stay undecided" not in out
    assert json.loads(told.read_text(encoding="utf-8"))["is_judged_after_end_of_log"] is True


@pytest.mark.parametrize("option", ["--report", "--json", "--store"])
@pytest.mark.parametrize("name", ["log.csv", "mapping.toml", "policy.toml"])
def test_replay_refuses_when_an_output_is_an_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, name: str
) -> None:
    """A slip of the shell's completion must not cost the log."""
    log, mapping = write_log(tmp_path), write_mapping(tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_bytes(policy_path("uci").read_bytes())
    before = {path: path.read_bytes() for path in (log, mapping, policy)}
    link = tmp_path / "link"
    link.symlink_to(tmp_path / name)
    words = ["replay", str(log), "--mapping", str(mapping), "--policy", str(policy)]
    assert main([*words, option, str(link)]) == 2
    assert "it would destroy the" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("link", "log.csv", "mapping.toml", "policy.toml")
    ]


def test_replay_tells_what_drops_out_when_a_priority_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the data quality, beside the result, and in the figures; never in silence."""
    told, page = tmp_path / "a.json", tmp_path / "a.html"
    text = MAPPING.replace('"P3"', '"Prio3"')
    log, mapping = write_log(tmp_path), write_mapping(tmp_path, text)
    words = ["replay", str(log), "--mapping", str(mapping), "--policy", "uci"]
    assert main([*words, "--json", str(told), "--report", str(page)]) == 0
    out = capsys.readouterr().out
    assert "priority not in the policy's matrix  'Prio3' (2)" in out
    assert "! 1 ticket has an agreement but no response or resolution promise" in out
    assert "no goal for &#x27;Prio3&#x27;" in page.read_text(encoding="utf-8")
    figures = json.loads(told.read_text(encoding="utf-8"))
    assert figures["tickets_without_promise"] == [
        {"metric": metric, "priority": "Prio3", "reason": "unknown-priority", "tickets": 1}
        for metric in ("response", "resolution")
    ]


def test_version_is_shown_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """A report of a fault begins with it."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"itsm-core {version('itsm-core')}\n"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--as-of", "yesterday", "not an instant"),
        ("--as-of", "2016-01-04T12:00", "--as-of is without a time zone"),
        ("--as-of", "2016-01-04T12:00", "2016-06-01T00:00Z"),
        ("--as-of", "2015-01-01T00:00Z", "--as-of is before the log begins, at 2016-01-04T08:00Z"),
        (
            "--as-of",
            "3000-01-01T00:00Z",
            "more than 100 years after the log ends, 2016-01-11T09:00Z",
        ),
        ("--as-of", "9999-12-31T23:59:59Z", "name an instant nearer to its end"),
        ("--report", "none/a.html", "cannot be written"),
        ("--hourly", "95", "write amount and currency"),
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


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run replay on the hand-made log in a shell; `line` is what follows it."""
    log, mapping = write_log(folder), write_mapping(folder)
    words = [sys.executable, "-u", "-m", "itsm_core", "replay", str(log)]
    command = shlex.join([*words, "--mapping", str(mapping), "--policy", "uci"])
    return subprocess.run(
        ["/bin/bash", "-c", f"{command} {line}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_replay_writes_its_files_when_its_reader_has_gone(tmp_path: Path) -> None:
    """`itsm-core ... | true` is no error, and the files are there."""
    assert shell(tmp_path, "--json a.json | true").returncode == 0
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["tickets"] == 2


def test_replay_writes_its_files_when_it_has_no_output_stream(tmp_path: Path) -> None:
    """A service manager may close it."""
    ended = shell(tmp_path, "--json a.json >&-")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "a.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_replay_writes_nothing_when_its_result_cannot_be_printed(tmp_path: Path) -> None:
    """A full disk is one message and exit code 2."""
    ended = shell(tmp_path, "--json a.json > /dev/full")
    assert ended.returncode == 2
    assert "cannot be printed: 'No space left on device'" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "a.json").exists()


def test_replay_bounds_what_it_writes_when_a_ticket_is_dated_1900(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A date that stands for "unknown" is told, and makes neither page nor figures huge."""
    rows = [row.replace("04.01.2016 09:00", "01.01.1900 00:00") for row in ROWS]
    write_log(tmp_path, *rows, name="old.csv")
    page, figures = tmp_path / "a.html", tmp_path / "a.json"
    words = ["replay", str(tmp_path / "old.csv"), "--mapping", str(write_mapping(tmp_path))]
    assert main([*words, "--policy", "uci", "--report", str(page), "--json", str(figures)]) == 0
    assert "1 opened before 1970, line 2" in capsys.readouterr().out
    assert page.stat().st_size < 100_000
    worst = json.loads(figures.read_text(encoding="utf-8"))["worst_breaches"][0]
    assert len(worst["ledger"]) == 1_000
    told = sum(line["seconds"] for line in worst["ledger"])
    # From 1900-01-01 to the answer, 2016-01-04 10:00, in Berlin, at UTC+1 on both days.
    whole = datetime(2016, 1, 4, 10, tzinfo=UTC) - datetime(1900, 1, 1, tzinfo=UTC)
    assert told + worst["ledger_rest"]["seconds"] == whole.total_seconds()


def test_demo_returns_two_when_too_many_tickets_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Memory is finite; nothing is written."""
    wanted = ["--tickets", "100000000000", "--report", str(tmp_path / "a.html")]
    assert main(["demo", *wanted]) == 2
    assert "ask for 1,000,000 or fewer" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
