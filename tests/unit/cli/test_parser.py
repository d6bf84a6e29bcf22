"""An unknown option: told with the usage of its own command, and what was meant."""

from __future__ import annotations

import pytest

from itsm_core.cli import main
from itsm_core.cli._parser import Parser


@pytest.mark.parametrize(
    ("words", "usage", "told"),
    [
        (
            ("replay", "a.csv", "--mapping", "m", "--policy", "p", "--raport", "x"),
            "usage: itsm-core replay ",
            "unrecognized arguments: --raport x; did you mean '--report'?",
        ),
        (
            ("policy", "check", "uci", "--strickt=1"),
            "usage: itsm-core policy check ",
            "unrecognized arguments: --strickt=1; did you mean '--strict'?",
        ),
        (("schema", "events", "more"), "usage: itsm-core schema ", "arguments: more\n"),
    ],
)
def test_unknown_argument_is_told_by_its_command_when_there_is_one(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], usage: str, told: str
) -> None:
    """The usage of the whole knows no option of a command."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(usage)
    assert told in said


def test_names_are_handed_on_when_the_command_takes_some() -> None:
    """Those behind options, which argparse leaves over; an option is none."""
    parser = Parser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--by")
    chosen, rest = parser.parse_known_args(["a", "--by", "x", "b"])
    assert (chosen.names, chosen.by, rest) == (["a"], "x", ["b"])
    with pytest.raises(SystemExit):
        parser.parse_known_args(["a", "--bye", "x"])
