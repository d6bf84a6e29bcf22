"""`itsm-core policy`: exit codes, formats, and what is said where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from jsonschema import Draft202012Validator

from itsm_core.cli import main
from tests.unit.policy.expect_desk import FRIDAY, POLICY
from tests.unit.policy.test_sarif import ESSENTIALS

SLOW = POLICY.replace('P1 = "4h", P2 = "8h"', 'P1 = "24h", P2 = "8h"')
"""Legal, and P1 is slower than P2."""

BROKEN = POLICY.replace('zone = "Europe/Berlin"', 'zone = "Europe/Berln"')
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a sound, a doubtful and a broken policy, and expectations."""
    monkeypatch.chdir(tmp_path)
    files = {
        "desk.toml": POLICY,
        "slow.toml": SLOW,
        "broken.toml": BROKEN,
        "desk.expect.toml": f'policy = "desk.toml"\n{FRIDAY}',
        "bad.expect.toml": FRIDAY.replace("10:50", "08:50"),
    }
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path


def as_json(said: Said) -> dict[str, object]:
    """Return what was printed, which must be JSON."""
    return cast("dict[str, object]", json.loads(said.readouterr().out))


# -- check -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["desk.toml"], 0),
        (["desk.toml", "--strict"], 0),
        (["slow.toml"], 0),
        (["slow.toml", "--strict"], 1),
        (["broken.toml"], 1),
        (["desk.toml", "broken.toml"], 1),
        (["none.toml"], 2),
        (["demo", "uci", "msp", "--strict"], 0),
    ],
)
def test_check_ends_as_documented_when_run(arguments: list[str], code: int) -> None:
    """0 clean, 1 errors (warnings too if strict), 2 unreadable."""
    assert main(["policy", "check", *arguments]) == code


def test_check_tells_place_and_remedy_when_something_is_found(capsys: Said) -> None:
    """One line a finding that an editor can follow, and a summary."""
    main(["policy", "check", "slow.toml"])
    finding, summary = capsys.readouterr().out.splitlines()
    assert finding.startswith("slow.toml:22:16: warning: agreements[1].resolution.goals.P1: ")
    assert finding.endswith("[slower-than-less-urgent]")
    assert summary == "1 policy: 1 warning"


def test_check_tells_errors_alone_when_the_file_is_refused(capsys: Said) -> None:
    """What is hardly meant is looked for in what is sound."""
    main(["policy", "check", "broken.toml"])
    finding, summary = capsys.readouterr().out.splitlines()
    assert finding.startswith("broken.toml:3:8: error: calendars.office.zone: ")
    assert "Europe/Berlin" in finding
    assert summary == "1 policy: 1 error"


def test_check_says_so_when_nothing_is_found(capsys: Said) -> None:
    """Silence could be a file that was not read."""
    main(["policy", "check", "desk.toml", "demo"])
    assert capsys.readouterr().out == "2 policies: nothing found\n"


def test_check_gives_json_when_asked(capsys: Said) -> None:
    """Counts, files, and each finding with every field."""
    assert main(["policy", "check", "desk.toml", "broken.toml", "--format", "json"]) == 1
    told = as_json(capsys)
    assert (told["errors"], told["warnings"], told["notes"]) == (1, 0, 0)
    assert told["files"] == ["desk.toml", "broken.toml"]
    (finding,) = cast("list[dict[str, object]]", told["findings"])
    assert (finding["code"], finding["line"], finding["suggestion"]) == (
        "unknown-zone",
        3,
        "Europe/Berlin",
    )


def test_check_gives_sarif_when_asked(capsys: Said) -> None:
    """With the explanation of each code as the help of its rule."""
    main(["policy", "check", "slow.toml", "--format", "sarif"])
    told = as_json(capsys)
    Draft202012Validator(ESSENTIALS).validate(told)
    text = json.dumps(told)
    assert 'P1 = \\"wall 24h\\"' in text
    assert "due later than the next less urgent one" in text


def test_check_tells_the_others_when_a_file_cannot_be_read(capsys: Said) -> None:
    """Code 2, and what is wrong with the others is not hidden."""
    assert main(["policy", "check", "slow.toml", "none.toml", "broken.toml"]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("slow.toml:22:16: warning: ")
    assert lines[1] == "none.toml: error: the file does not exist (check the path) [codec-error]"
    assert lines[2].startswith("broken.toml:3:8: error: ")
    assert lines[3] == "3 policies: 2 errors, 1 warning"


def test_check_tells_the_line_when_a_file_is_not_utf_8(capsys: Said) -> None:
    """An umlaut in the encoding of an old editor."""
    Path("old.toml").write_bytes(b'name = "a"\ntitle = "B\xfcro"\n')
    assert main(["policy", "check", "old.toml"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("old.toml:2:11: error: the file is not UTF-8 at line 2, column 11 (save")


# -- explain ---------------------------------------------------------------------------------------


def test_explain_tells_the_policy_when_no_ticket_is_given(capsys: Said) -> None:
    """Calendars, matrix, agreements."""
    assert main(["policy", "explain", "desk.toml"]) == 0
    told = capsys.readouterr().out
    assert "office: Mo-Fr 09:00-17:00 in Europe/Berlin, no holidays; open 40 h 00 min" in told
    assert "takes tickets whose service is mail" in told


def test_explain_tells_the_ticket_when_one_is_given(capsys: Said) -> None:
    """One hour from ten to five on Friday is over on Monday at ten to ten, in summer time."""
    at = ["--at", "2026-03-27T16:50", "--zone", "Europe/Berlin"]
    assert main(["policy", "explain", "desk.toml", "--priority", "P2", *at]) == 0
    told = capsys.readouterr().out
    assert "response: 1 h working time, due Mon 2026-03-30 09:50 CEST" in told
    assert "mail does not fit: service is '', not mail" in told


def test_explain_gives_json_when_asked(capsys: Said) -> None:
    """Both of them, as plain values."""
    main(["policy", "explain", "desk.toml", "--format", "json"])
    assert as_json(capsys)["priorities"] == ["P1", "P2", "P3", "P4"]
    main(["policy", "explain", "desk.toml", "--at", "2026-03-30T09:00Z", "--format", "json"])
    assert as_json(capsys)["agreement"] == "standard"


@pytest.mark.parametrize(
    "arguments",
    [
        ["desk.toml", "--priority", "P2"],
        ["desk.toml", "--at", "2026-03-27T16:50"],
        ["desk.toml", "--at", "yesterday", "--zone", "Europe/Berlin"],
        ["desk.toml", "--zone", "Europe/Berlin"],
        ["desk.toml", "--priority", "P7", "--at", "2026-03-27T16:50Z"],
        ["desk.toml", "--at", "2026-03-27T16:50", "--zone", "Europe/Berln"],
    ],
)
def test_explain_is_refused_when_an_argument_cannot_be_used(
    arguments: list[str], capsys: Said
) -> None:
    """Code 2, one message, nothing on the output."""
    assert main(["policy", "explain", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("itsm-core: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "broken.toml"],
        ["diff", "broken.toml", "desk.toml"],
        ["diff", "desk.toml", "broken.toml"],
        ["test", "desk.expect.toml", "--policy", "broken.toml"],
    ],
)
def test_findings_are_those_of_check_when_the_policy_has_errors(
    arguments: list[str], capsys: Said
) -> None:
    """The same line with file, line and column; code 2, for nothing else could be done."""
    main(["policy", "check", "broken.toml"])
    finding = capsys.readouterr().out.splitlines()[0]
    assert finding.startswith("broken.toml:3:8: error: ")
    assert main(["policy", *arguments]) == 2
    assert finding in capsys.readouterr().out.splitlines()


def test_test_runs_the_others_when_a_file_cannot_be_read(capsys: Said) -> None:
    """Code 2, and the results of the others."""
    assert main(["policy", "test", "none.expect.toml", "desk.expect.toml"]) == 2
    out = capsys.readouterr().out
    assert "none.expect.toml: error: the file does not exist" in out
    assert out.endswith("1 of 1 expectations met; 1 fault in what was read\n")


# -- test ------------------------------------------------------------------------------------------


def test_test_passes_when_all_is_met(capsys: Said) -> None:
    """The policy is the one that the file names, beside it."""
    assert main(["policy", "test", "desk.expect.toml"]) == 0
    assert capsys.readouterr().out == "1 of 1 expectations met\n"


def test_test_fails_when_something_differs(capsys: Said) -> None:
    """Code 1, the line of the case, the line of the expectation, and why."""
    assert main(["policy", "test", "bad.expect.toml", "--policy", "desk.toml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "bad.expect.toml:4: failed: Friday evening"
    assert lines[1].startswith("  bad.expect.toml:19:22: resolution due: expected Tue 2026-03-31")
    assert lines[2] == "      resolution of ticket story, priority P2: met"
    assert lines[-1] == "0 of 1 expectations met"


def test_test_fails_when_a_file_is_faulty(capsys: Said) -> None:
    """Faults in what is expected count like failures; the other files are run."""
    Path("odd.expect.toml").write_text("[[cases]]\n", encoding="utf-8")
    assert main(["policy", "test", "desk.expect.toml", "odd.expect.toml"]) == 1
    out = capsys.readouterr().out
    assert "odd.expect.toml:1:" in out
    assert out.endswith("1 of 1 expectations met; 3 faults in what was read\n")


def test_test_reports_json_when_asked(capsys: Said) -> None:
    """Cases with their failures, as JUnit's reports have them."""
    names = ["desk.expect.toml", "bad.expect.toml"]
    main(["policy", "test", *names, "--policy", "desk.toml", "--format", "json"])
    told = as_json(capsys)
    assert (told["tests"], told["failures"], told["errors"]) == (2, 1, 0)
    cases = cast("list[dict[str, object]]", told["testcases"])
    assert [case["status"] for case in cases] == ["passed", "failed"]
    (failure,) = cast("list[dict[str, object]]", cases[1]["failures"])
    assert (failure["what"], failure["line"]) == ("resolution due", 19)


def test_test_reports_sarif_when_asked(capsys: Said) -> None:
    """A difference is a finding at the expectation's line."""
    main(["policy", "test", "bad.expect.toml", "--policy", "desk.toml", "--format", "sarif"])
    told = as_json(capsys)
    Draft202012Validator(ESSENTIALS).validate(told)
    assert "expectation-failed" in json.dumps(told)


@pytest.mark.parametrize(
    "arguments",
    [
        ["bad.expect.toml"],
        ["none.expect.toml", "--policy", "desk.toml"],
        ["desk.expect.toml", "--policy", "broken.toml"],
        ["desk.expect.toml", "--policy", "none.toml"],
    ],
)
def test_test_is_refused_when_something_cannot_be_read(arguments: list[str]) -> None:
    """No policy named, no file, a policy with errors: not a failed expectation."""
    assert main(["policy", "test", *arguments]) == 2


# -- diff and schema -------------------------------------------------------------------------------


def test_diff_tells_the_changes_when_run(capsys: Said) -> None:
    """Code 0: a difference is what was asked for."""
    assert main(["policy", "diff", "desk.toml", "slow.toml"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "desk.toml -> slow.toml",
        (
            "  agreement standard version 1: resolution: goal of P1: "
            "4 h working time -> 24 h working time"
        ),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["desk.toml", "broken.toml"],
        ["desk.toml", "slow.toml", "--log", "log.csv"],
        ["desk.toml", "slow.toml", "--mapping", "servicenow_uci"],
        ["desk.toml", "slow.toml", "--as-of", "2026-01-01T00:00Z"],
        ["desk.toml", "slow.toml", "--log", "log.csv", "--mapping", "servicenow_uci"],
    ],
)
def test_diff_is_refused_when_an_argument_cannot_be_used(arguments: list[str]) -> None:
    """A policy with errors, a log without its mapping, a mapping without a log, no log."""
    assert main(["policy", "diff", *arguments]) == 2


def test_schema_is_printed_when_asked(capsys: Said) -> None:
    """A JSON Schema by which editors complete and check."""
    assert main(["policy", "schema"]) == 0
    schema = as_json(capsys)
    Draft202012Validator.check_schema(schema)
    assert "agreements" in cast("dict[str, object]", schema["properties"])


def test_command_is_refused_when_it_is_unknown(capsys: Said) -> None:
    """Argparse lists those that there are."""
    with pytest.raises(SystemExit) as ended:
        main(["policy", "lint", "desk.toml"])
    assert ended.value.code == 2
    assert "check" in capsys.readouterr().err
