"""Every Python snippet of README and docs is run, and every call of `itsm-core` on a console."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import HOW_TO, ROOT, matches, run_page

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "reference" / "api"
ELSEWHERE = [HOW_TO / "judge-with-spark.md"]
"""Run by tests/unit/bulk/test_spark.py, on the session that is started there."""


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if GENERATED not in page.parents and page not in ELSEWHERE],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_snippets_give_what_the_page_shows_when_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snippets of one page run in order, in one namespace and an empty folder."""
    monkeypatch.chdir(tmp_path)
    run_page(page, monkeypatch)


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
