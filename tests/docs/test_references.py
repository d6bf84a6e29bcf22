"""What pages name without a link: terms, included lines, files, tasks, modules, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.docs.test_links import PAGES, ROOT

_ROLE = re.compile(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`")
_INCLUDE = re.compile(r"^```\{literalinclude\} (\S+)\n((?::.*\n)*)", re.MULTILINE)
_OPTION = re.compile(r"^:(start-at|end-at): (.+)$", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FILE = re.compile(
    r"(?:benchmarks|changelog\.d|docs|examples|requirements|src|tests|tools)/[\w./-]*"
)
_TASK = re.compile(r"make ([a-z][a-z-]*)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(")
_FENCE = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_API = re.compile(r"\((?:[\w./-]*/)?reference/api/([\w.]+)\.md\)")

WRITTEN_LATER = {"docs/reference/api"}
"""Made by a task; named on pages all the same."""


@cache
def terms() -> frozenset[str]:
    """Return the words that the glossary explains, in small letters."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = text.split(":::{glossary}\n", 1)[1]
    return frozenset(line.lower() for line in re.findall(r"^(\S.*)$", words, re.MULTILINE))


@cache
def tasks() -> frozenset[str]:
    """Return the tasks that the Makefile has."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def unexplained(text: str) -> Iterator[str]:
    """Yield each term that a page refers to and the glossary lacks."""
    for word in _ROLE.findall(text):
        if word.strip().lower() not in terms():
            yield f"term {word!r}: not in the glossary"


def not_included(page: Path, text: str) -> Iterator[str]:
    """Yield each included file, and each line of it, that is not there."""
    for name, options in _INCLUDE.findall(text):
        source = page.parent / name
        if not source.is_file():
            yield f"include {name}: no such file"
            continue
        included = source.read_text(encoding="utf-8")
        for option, words in _OPTION.findall(options):
            if words not in included:
                yield f"include {name}: no line with {words!r} for {option}"


def not_there(text: str) -> Iterator[str]:
    """Yield each file, task and module of this repository that a page names and it lacks."""
    for span in _SPAN.findall(_FENCE.sub("", text)):
        path = _FILE.match(span)
        is_path = path is not None and path[0] == span and span not in WRITTEN_LATER
        if is_path and not (ROOT / span).exists():
            yield f"file {span}: not in the repository"
        task = _TASK.match(span)
        if task is not None and task[1] not in tasks():
            yield f"task {span!r}: not in the Makefile"
    for module in _API.findall(text):
        place = ROOT / "src" / Path(*module.split("."))
        if module != "index" and not (place.is_dir() or place.with_suffix(".py").is_file()):
            yield f"module {module}: not in the package"


def undescribed(text: str) -> Iterator[str]:
    """Yield each picture without words for those who cannot see it."""
    for words in _PICTURE.findall(_FENCE.sub("", text)):
        if len(words) < 10:
            yield f"picture {words!r}: say what it shows"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_things_exist_when_a_page_names_them(page: Path) -> None:
    """A reader who looks for what a page names finds it."""
    text = page.read_text(encoding="utf-8")
    faults = [*unexplained(text), *not_included(page, text), *not_there(text), *undescribed(text)]
    assert faults == []


def test_missing_things_are_named_when_a_page_names_them(tmp_path: Path) -> None:
    """The check is able to fail, in each of its parts."""
    text = (
        "{term}`clocks <Clok>` {term}`clock` `tests/none.py` `tests` `make nothing` `make test`\n"
        "![](gallery/week.svg) [x](../reference/api/itsm_core.none.md)\n\n"
        "```{literalinclude} none.py\n:language: python\n```\n\n"
        "```{literalinclude} there.py\n:start-at: class Missing\n```\n\n"
        "```text\n`tests/in-a-block.py`\n```\n"
    )
    (tmp_path / "there.py").write_text("print(1)\n")
    page = tmp_path / "page.md"
    faults = [*unexplained(text), *not_included(page, text), *not_there(text), *undescribed(text)]
    assert faults == [
        "term 'Clok': not in the glossary",
        "include none.py: no such file",
        "include there.py: no line with 'class Missing' for start-at",
        "file tests/none.py: not in the repository",
        "task 'make nothing': not in the Makefile",
        "module itsm_core.none: not in the package",
        "picture '': say what it shows",
    ]
