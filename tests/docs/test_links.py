"""Every relative link of README and docs leads to a file that exists, and to a heading in it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "docs" / "reference" / "api"
"""Written by the docs build, which checks them itself."""

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if GENERATED not in page.parents),
]
_FENCE = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+).+?\1", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def links(text: str) -> list[str]:
    """Return the targets of a page's links that stay in the repository, code left out."""
    prose = _CODE.sub("code", _FENCE.sub("", text))
    targets = [first or second for first, second in _LINK.findall(prose)]
    return [target for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


def anchors(text: str) -> set[str]:
    """Return what GitHub and the docs build make of a page's headings, as parts of an address."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = next((n for n in range(1, 1000) if f"{slug}-{n}" not in found), 0)
        found.add(f"{slug}-{again}" if slug in found else slug)
    return found


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere, each with the reason."""
    faults = []
    for link in links(page.read_text(encoding="utf-8")):
        name, _, anchor = unquote(link).partition("#")
        target = (page.parent / name) if name else page
        if target.resolve().is_relative_to(GENERATED):
            continue
        if name.startswith("/"):
            faults.append(f"{link}: not relative")
        elif not target.exists():
            faults.append(f"{link}: no such file")
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            faults.append(f"{link}: no such heading")
    return faults


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_when_followed(page: Path) -> None:
    """A reader who follows a link arrives."""
    assert broken(page) == []


def test_links_are_named_when_they_lead_nowhere(tmp_path: Path) -> None:
    """The check is able to fail: missing file, missing heading, absolute path."""
    page, other = tmp_path / "page.md", tmp_path / "other.md"
    other.write_text("# Ends & `starts`\n\n## Twice\n\n## Twice\n")
    page.write_text(
        "[a](none.md) [b](other.md#nothing) [c](/etc) [d](#gone)\n\n[e]: missing.md\n\n"
        "[f](other.md#ends--starts) [g](other.md#twice-1) [h](https://example.org/none.md)\n"
        "[i](other.md)\n\n`[j](in-code.md)`\n\n```text\n[k](in-a-block.md)\n```\n"
    )
    assert broken(page) == [
        "none.md: no such file",
        "other.md#nothing: no such heading",
        "/etc: not relative",
        "#gone: no such heading",
        "missing.md: no such file",
    ]


# --- the page of laws ---------------------------------------------------------------------------

LAWS = ROOT / "docs" / "explanation" / "laws.md"
_LAW = re.compile(r"^### ([TCPLSRKDM]\d+)$\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)


def proofs() -> list[tuple[str, str]]:
    """Return each law of the page with each test file that it names."""
    text = LAWS.read_text(encoding="utf-8")
    return [
        (law, name)
        for law, body in _LAW.findall(text)
        for name in re.findall(r"`((?:tests|src|benchmarks)/[^`]+)`", body) or ["no test named"]
    ]


@pytest.mark.parametrize(("law", "name"), proofs(), ids=lambda value: value)
def test_law_is_named_in_the_file_that_proves_it_when_read(law: str, name: str) -> None:
    """The page of laws names test files that exist and that name the law themselves."""
    assert re.search(rf"\b{law}\b|\bS1-S8\b", (ROOT / name).read_text(encoding="utf-8"))
