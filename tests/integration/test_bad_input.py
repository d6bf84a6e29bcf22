"""Bad input from the command line: a typed message with the remedy, code 2, nothing written."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.interop.sample import HEADER, MAPPING, ROWS

LOG = "\n".join((HEADER, *ROWS)) + "\n"
POLICY = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"

[[agreements]]
id = "a"
calendar = "office"

[agreements.resolution]
goals = { P1 = "4h", P3 = "8h" }
"""


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run replay in a folder as a user does."""
    log = next(path.name for path in folder.iterdir() if path.name.startswith("log"))
    command = [sys.executable, "-W", "error", "-m", "itsm_core", "replay", log]
    options = ["--mapping", "mapping.toml", "--policy", "policy.toml"]
    outputs = ["--report", "out.html", "--json", "out.json", "--store", "out.db"]
    return subprocess.run(
        [*command, *options, *outputs],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def prepare(folder: Path, **files: str | bytes) -> None:
    """Write a sound log, mapping and policy, some of them replaced."""
    contents: dict[str, str | bytes] = {"log": LOG, "mapping": MAPPING, "policy": POLICY, **files}
    names = {"log": "log.csv", "mapping": "mapping.toml", "policy": "policy.toml"}
    for key, content in contents.items():
        packed = key == "log" and isinstance(content, bytes) and content[:1] == b"\x1f"
        path = folder / (names[key] + (".gz" if packed else ""))
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_replay_writes_everything_when_the_input_is_sound(tmp_path: Path) -> None:
    """The cases below differ from this one in one place each."""
    prepare(tmp_path)
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"out.html", "out.json", "out.db"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("kind", "files", "words"),
    [
        ("empty file", {"log": b""}, ("log.csv", "the file is empty")),
        (
            "missing column",
            {"log": LOG.replace("Changed", "Changd", 1)},
            ("log.csv:1", "'Changed'", "did you mean 'Changd'", "columns present"),
        ),
        (
            "wrong date",
            {"log": LOG.replace("05.01.2016 08:00", "2016-01-05 08:00", 1)},
            ("log.csv:5", "'Changed'", "'2016-01-05 08:00'", "%d.%m.%Y %H:%M"),
        ),
        (
            "truncated gzip",
            {"log": gzip.compress(LOG.encode())[:-30]},
            ("log.csv.gz", "ends before its data does"),
        ),
        (
            "unknown state",
            {"log": LOG.replace("Arbeit", "Arbeet", 1)},
            ("log.csv:3", "did you mean 'Arbeit'"),
        ),
        (
            "unknown zone",
            {"mapping": MAPPING.replace("Europe/Berlin", "Europe/Berlinn")},
            ("mapping mapping.toml: zone", "did you mean 'Europe/Berlin'"),
        ),
        (
            "no zone",
            {"mapping": MAPPING.replace('zone = "Europe/Berlin"', "")},
            ("zone", "never guessed"),
        ),
        (
            "zone of a calendar",
            {"policy": POLICY.replace("Europe/Berlin", "Europe/Berlinn")},
            ("calendars.office", "did you mean 'Europe/Berlin'"),
        ),
        (
            "overlapping hours",
            {"policy": POLICY.replace("09:00-17:00", "09:00-13:00, 12:00-17:00")},
            ("calendars.office.hours", "overlap"),
        ),
        (
            "calendar that never opens",
            {"policy": POLICY.replace('"office"\n\n[agr', '"never"\n\n[agr')},
            ("no such open time", "check"),
        ),
        (
            "no TOML",
            {"policy": "agreements = ["},
            ("policy.toml", "a list is not closed", "close it with ]"),
        ),
        (
            "bare day",
            {"policy": POLICY.replace("8h", "1 day")},
            ("agreements[0].resolution.goals.P3", "2 working days"),
        ),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_replay_refuses_and_writes_nothing_when_the_input_is_bad(
    tmp_path: Path, kind: str, files: dict[str, str | bytes], words: tuple[str, ...]
) -> None:
    """One readable message with place, value and remedy; exit code 2."""
    prepare(tmp_path, **files)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run(tmp_path)
    assert done.returncode == 2, kind
    assert "Traceback" not in done.stderr
    assert [word for word in words if word not in done.stderr] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == before
