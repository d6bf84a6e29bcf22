"""What `policy diff` tells of a log: whose verdict changes, and every figure as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

from itsm_core.cli import main
from tests.unit.interop.sample import write_log, write_mapping

POLICY = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"

[[agreements]]
id = "standard"
calendar = "office"

[agreements.resolution]
goals = { P1 = "17h", P3 = "40h" }
"""
STRICT = POLICY.replace('"17h"', '"16h"')


def diff(folder: Path, new: str, *more: str) -> int:
    """Compare a policy with another on the hand-made log of two tickets."""
    for name, text in (("old.toml", POLICY), ("new.toml", new)):
        (folder / name).write_text(text, encoding="utf-8")
    log, mapping = write_log(folder), write_mapping(folder)
    files = [str(folder / "old.toml"), str(folder / "new.toml")]
    return main(["policy", "diff", *files, "--log", str(log), "--mapping", str(mapping), *more])


def test_ticket_is_told_when_its_verdict_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """T1 took from Monday 9:00 to Wednesday 10:00: 17 hours of work, due at that very instant.

    With a goal of 16 hours it would have been due on Tuesday at 17:00, and is late.
    """
    assert diff(tmp_path, STRICT) == 0
    told = capsys.readouterr().out
    assert "1 of 2 tickets would be judged otherwise\n  1 verdict; 1 due date moved\n" in told
    assert "resolution of P1: kept 1 -> 0, broken 0 -> 1" in told
    due = "due Wed 2016-01-06 10:00 CET -> Tue 2016-01-05 17:00 CET"
    assert f"T1 resolution: state met -> breached, {due}" in told
    assert "(goal of P1: 17 h working time -> 16 h working time)" in told


def test_due_dates_are_counted_apart_when_no_verdict_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an hour more T1 is kept as before, and due an hour later."""
    assert diff(tmp_path, POLICY.replace('"17h"', '"18h"')) == 0
    assert "  0 verdicts; 1 due date moved\n" in capsys.readouterr().out


def test_ticket_is_told_when_it_loses_its_agreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither ticket is about mail."""
    new = POLICY.replace("calendar =", 'when = { service = ["mail"] }\ncalendar =')
    assert diff(tmp_path, new) == 0
    assert "2 go from standard to no agreement" in capsys.readouterr().out


def test_nothing_is_told_when_the_policies_say_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it says so, for definitions and for tickets."""
    assert diff(tmp_path, POLICY) == 0
    told = capsys.readouterr().out
    assert "nothing differs" in told
    assert "0 of 2 tickets would be judged otherwise" in told


def test_every_change_is_in_the_json_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changes of definition, and of tickets with both values and why."""
    diff(tmp_path, STRICT, "--format", "json")
    told = cast("dict[str, dict[str, object]]", json.loads(capsys.readouterr().out))
    log = told["log"]
    assert (log["tickets"], log["tickets_changed"]) == (2, 1)
    assert (log["verdicts_changed"], log["due_dates_moved"]) == (1, 1)
    (change,) = cast("list[dict[str, object]]", log["changes"])
    assert (change["ticket_id"], change["clock"]) == ("T1", "resolution")
    assert len(told["changes"]) == 1


def test_tickets_are_judged_as_of_the_instant_when_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On Tuesday noon nothing was late under either; the due instants differ."""
    diff(tmp_path, STRICT, "--as-of", "2016-01-05T11:00Z")
    told = capsys.readouterr().out
    assert "T1 resolution: due " in told
    assert "state" not in told


@pytest.mark.parametrize(("option", "given"), [("--mapping", "uci"), ("--as-of", "2016-01-05")])
def test_option_is_refused_by_its_name_when_there_is_no_log(
    capsys: pytest.CaptureFixture[str], option: str, given: str
) -> None:
    """What was written, not an empty text."""
    assert main(["policy", "diff", "demo", "demo", option, given]) == 2
    assert f"{option} without --log: {given!r}; add --log" in capsys.readouterr().err
