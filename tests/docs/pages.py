"""Run the snippets of a page, as a reader would: in order, in one namespace."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Final

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from itsm_core.cli import main

__all__ = ["HOW_TO", "ROOT", "matches", "run_page"]

ROOT: Final = Path(__file__).resolve().parents[2]
HOW_TO: Final = ROOT / "docs" / "how-to"
COMMAND: Final = "$ itsm-core "
"""What a console block must begin with to be run; others are for the reader alone."""


def run_page(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every snippet of a page in the current folder; the first that is wrong raises."""
    monkeypatch.setenv("COLUMNS", "96")  # the terminal that the pages show
    console = CodeBlockParser(language="console", evaluator=_run_console)
    snippets = Sybil(parsers=[PythonCodeBlockParser(), console, SkipParser()], path=str(ROOT))
    for example in snippets.parse(page).examples():
        example.evaluate()


def _run_console(example: Example) -> str | None:
    """Run the one command of a console block; return what is wrong, if anything is."""
    line, _, expected = str(example.parsed).partition("\n")
    if not line.startswith(COMMAND):
        return None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(shlex.split(line.removeprefix(COMMAND)))
    if code == 0 and matches(expected, out.getvalue()):
        return None
    return f"{line}\nended with {code}\n{out.getvalue()}\nbut the page shows\n{expected}"


def matches(expected: str, got: str) -> bool:
    """Return whether the lines are those shown, `...` standing for any number of lines."""
    lines = [
        r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in expected.splitlines()
    ]
    return re.fullmatch("".join(lines), got) is not None
