"""Every Python snippet of README and docs is run: a page that is wrong fails here."""

from __future__ import annotations

from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "reference" / "api"


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
    snippets = Sybil(parsers=[PythonCodeBlockParser(), SkipParser()], path=str(ROOT))
    for example in snippets.parse(page).examples():
        example.evaluate()
