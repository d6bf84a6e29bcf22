"""The options of `itsm-core policy`: there without loading what they need."""

from __future__ import annotations

import argparse
import subprocess
import sys

import pytest

from itsm_core.cli._policy_arguments import SKETCH, add_policy


def parsed(*arguments: str) -> argparse.Namespace:
    """Return what the options come to."""
    parser = argparse.ArgumentParser()
    add_policy(parser)
    return parser.parse_args(arguments)


def test_options_have_their_defaults_when_not_given() -> None:
    """Text, not strict, and every key of a sketch empty."""
    assert vars(parsed("check", "a.toml")) == {
        "policy_command": "check",
        "policies": ["a.toml"],
        "strict": False,
        "format": "text",
    }
    explain = vars(parsed("explain", "a.toml"))
    assert {key: explain[key] for key in SKETCH} == dict.fromkeys(SKETCH, "")


def test_sketch_options_are_written_with_hyphens_when_given() -> None:
    """As all options of the command line are."""
    chosen = parsed("explain", "a.toml", "--configuration-item-id", "ci-1", "--ticket-type", "task")
    assert (chosen.configuration_item_id, chosen.ticket_type) == ("ci-1", "task")


@pytest.mark.parametrize(
    "arguments", [[], ["check"], ["check", "a", "--format", "xml"], ["diff", "a"]]
)
def test_arguments_are_refused_when_something_is_missing_or_unknown(arguments: list[str]) -> None:
    """Argparse ends the process with 2."""
    with pytest.raises(SystemExit) as ended:
        parsed(*arguments)
    assert ended.value.code == 2


def test_policies_are_not_loaded_when_another_command_runs() -> None:
    """Declaring options must not cost every other command the time of loading calendars."""
    code = (
        "import sys; from itsm_core.cli import main; main(['explain', 'tie']);"
        "print([m for m in sys.modules if m.startswith(('itsm_core.policy', 'cattrs'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
