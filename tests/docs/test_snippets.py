"""Every Python snippet of README and docs is run, and every call of `itsm-core` on a console."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

from itsm_core.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "reference" / "api"
COMMAND = "$ itsm-core "
"""What a console block must begin with to be run; others are for the reader alone."""


def run_console(example: Example) -> str | None:
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


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if GENERATED not in page.parents],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_snippets_give_what_the_page_shows_when_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snippets of one page run in order, in one namespace and an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "96")  # the terminal that the pages show
    console = CodeBlockParser(language="console", evaluator=run_console)
    snippets = Sybil(parsers=[PythonCodeBlockParser(), console, SkipParser()], path=str(ROOT))
    for example in snippets.parse(page).examples():
        example.evaluate()


@pytest.mark.parametrize(
    ("expected", "fits"),
    [
        ("a\nb\nc\n", True),
        ("a\n...\nc\n", True),
        ("...\n", True),
        ("a\n", False),
        ("a\n...\nb", False),
    ],
)
def test_console_output_is_compared_line_by_line_when_checked(expected: str, fits: bool) -> None:
    """Dots stand for lines; everything else must be there as shown."""
    assert matches(expected, "a\nb\nc\n") is fits
