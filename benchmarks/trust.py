"""How well the package explains itself: docstrings, types, links; and what longer runs said."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

import attrs
import coverage
from coverage.exceptions import NoDataError

import itsm_core

__all__ = [
    "PublicName",
    "RoomScore",
    "branch_coverage",
    "broken_links",
    "changed_since_coverage",
    "gate_minutes",
    "mutation_scores",
    "public_names",
    "type_completeness",
]

_ROOT: Final = Path(__file__).parents[1]
_LAST_ROW: Final = 9
_TIMES: Final = re.compile(
    r"(.*_)?(ages?|delay|durations?|grace|interval|lag|lease|patience|period|span|time|timeout|wait)"
)
_NUMBER: Final = re.compile(r"\b(int|float)\b")
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|(?<=\{doc\}`)[^`<]*<?([^`>]+)>?(?=`)")
_FENCE: Final = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
_TARGET: Final = re.compile(r"^\(([\w.-]+)\)=$", re.MULTILINE)
_UNIT: Final = re.compile(r"\b((micro|milli)?(second|minute|hour|day|week|month|year)|unit)s?\b")
_GATE: Final = re.compile(r"`\.ci/run` took (\d+(?:\.\d+)?) minutes")


# -- public names ---------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class PublicName:
    """Hold what the docstring of a public class or function says.

    `is_shown` is whether a page's code or an example that tests run names it; `raises` whether its
    own code raises an error; `unclear_units` are parameters and fields that by their names are a
    number of some time (`patience`, `mean_wait`), where no word is said of a unit.
    """

    name: str
    has_docstring: bool
    has_example: bool
    is_shown: bool
    raises: bool
    tells_errors: bool
    unclear_units: tuple[str, ...]


def public_names() -> tuple[PublicName, ...]:
    """Return every class and function that a public module lists in `__all__`, each once."""
    shown = _shown_words()
    found: dict[int, PublicName] = {}
    for module in _modules():
        for name in cast("list[str]", getattr(module, "__all__", [])):
            value = cast("object", getattr(module, name))
            is_ours = str(getattr(value, "__module__", "")).startswith("itsm_core")
            if is_ours and (inspect.isclass(value) or inspect.isfunction(value)):
                found.setdefault(id(value), _described(name, value, shown))
    return tuple(found.values())


def _modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(itsm_core.__path__, "itsm_core."):
        if not any(part.startswith("_") for part in each.name.split(".")):
            yield importlib.import_module(each.name)


def _described(name: str, value: object, shown: frozenset[str]) -> PublicName:
    text = inspect.getdoc(value) if value.__doc__ else ""
    docs = [text or ""]
    if inspect.isclass(value):
        docs += [
            str(getattr(part, "__doc__", "") or "")
            for key, part in vars(value).items()
            if not key.startswith("_") and (inspect.isfunction(part) or isinstance(part, property))
        ]
    return PublicName(
        name=f"{getattr(value, '__module__', '')}.{name}",
        has_docstring=bool(value.__doc__),
        has_example=any(">>> " in each for each in docs),
        is_shown=name in shown,
        raises=_raises(value),
        tells_errors="Raises:" in docs[0],
        unclear_units=tuple(_unclear(name, value)),
    )


def _shown_words() -> frozenset[str]:
    """Return every name in the code of pages and examples that the tests run."""
    texts = [path.read_text(encoding="utf-8") for path in (_ROOT / "examples").rglob("*.py")]
    for page in [_ROOT / "README.md", *(_ROOT / "docs").rglob("*.md")]:
        if "reference/api" not in page.as_posix():
            blocks = re.findall(
                r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
            )
            texts += blocks
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def _raises(value: object) -> bool:
    """Tell whether a function's own code raises something that it makes."""
    if not inspect.isfunction(value):
        return False
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    except (OSError, SyntaxError):
        return False
    return any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(tree))


def _unclear(name: str, value: object) -> Iterator[str]:
    """Yield parameters and fields that are a number of some time where no unit is named.

    What a class says of units holds for its methods, too.
    """
    if _UNIT.search(value.__doc__ or ""):
        return
    if inspect.isfunction(value):
        for each in inspect.signature(value).parameters.values():
            if _is_time(each.name, each.annotation):
                yield f"{name}({each.name})"
    elif inspect.isclass(value):
        fields = cast("dict[str, object]", inspect.get_annotations(value))
        yield from (f"{name}.{key}" for key, kind in fields.items() if _is_time(key, kind))
        for key, part in vars(value).items():
            method = cast("object", getattr(part, "__func__", part))
            is_made = key == "__init__" and not attrs.has(value)
            if inspect.isfunction(method) and (is_made or not key.startswith("_")):
                yield from _unclear(f"{name}.{key}", method)


def _is_time(name: str, annotation: object) -> bool:
    kind = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    is_public = not name.startswith("_")
    return is_public and bool(_TIMES.fullmatch(name) and _NUMBER.search(kind))


# -- types ----------------------------------------------------------------------------------------


def type_completeness() -> tuple[int, int]:
    """Return how many exported symbols have a known type, and how many there are."""
    scripts = Path(sys.executable).parent
    # With --verifytypes the package is looked for in the environment of the first `python`.
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [
            str(scripts / "basedpyright"),
            "--verifytypes",
            "itsm_core",
            "--ignoreexternal",
            "--outputjson",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
        env=environment,
    )
    counts = json.loads(done.stdout)["typeCompleteness"]["exportedSymbolCounts"]
    return int(counts["withKnownType"]), sum(int(number) for number in counts.values())


# -- links ----------------------------------------------------------------------------------------


def broken_links(root: Path) -> tuple[int, tuple[str, ...]]:
    """Return how many links inside the pages were looked at, and those that lead nowhere."""
    pages = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
    number, broken = 0, []
    for page in pages:
        if not page.exists() or "reference/api" in page.as_posix():
            continue  # the pages of the modules are made when the documentation is built
        text = _FENCE.sub("", page.read_text(encoding="utf-8"))
        for inline, _ in _LINK.findall(text):
            if not inline or re.match(r"[a-z]+:", inline):
                continue
            number += 1
            if not _leads_somewhere(page, inline):
                broken.append(f"{page.relative_to(root)}: {inline}")
    return number, tuple(broken)


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page if not path else (page.parent / path)
    if path and "reference/api/" in target.as_posix():
        # Built with the documentation: a page a module.
        return target.suffix == ".md" and target.stem in {"index", *_documented()}
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors(target)


@lru_cache(maxsize=1)
def _documented() -> frozenset[str]:
    package = Path(itsm_core.__path__[0])
    places = [path.relative_to(package.parent).with_suffix("") for path in package.rglob("*.py")]
    parts = [place.parent.parts if place.name == "__init__" else place.parts for place in places]
    return frozenset(".".join(each) for each in parts if not any(p.startswith("_") for p in each))


@lru_cache(maxsize=1024)
def _anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page: its headings as the builder names them, and its targets."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    names: set[str] = set(_TARGET.findall(text))
    counts: dict[str, int] = {}
    for heading in _HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        again = counts.get(slug, 0)
        counts[slug] = again + 1
        names.add(f"{slug}-{again}" if again else slug)
    return frozenset(names)


# -- what longer runs wrote down ------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class RoomScore:
    """Hold a room's mutation score: how many mutants there are, the share noticed, and words.

    `low` is the low end of the interval of a sample, the share itself where all were tried;
    `is_stale` is whether the room's code or tests have changed since.
    """

    mutants: int
    share: float
    low: float
    is_stale: bool
    text: str


def mutation_scores(root: Path) -> dict[str, RoomScore]:
    """Return the scores that `make mutate` wrote down, by room; of rows 1 to 9 alone."""
    path = root / "docs" / "explanation" / "mutation.json"
    if not path.exists():
        return {}
    rooms = json.loads(path.read_text(encoding="utf-8"))["rooms"]
    within = _rooms_to(root, _LAST_ROW)
    return {name: _score(root, name, each) for name, each in rooms.items() if name in within}


def _score(root: Path, name: str, room: dict[str, Any]) -> RoomScore:
    from tools.mutate import source_digest

    is_stale = source_digest(name, root) != room["source_sha256"]
    said = "; code or tests changed since" if is_stale else ""
    return RoomScore(
        mutants=int(room["mutants"]),
        share=float(room["score"]),
        low=float(room["low"]),
        is_stale=is_stale,
        text=f"{room['score']:.1%}{_sampled(room)}{said}",
    )


def _sampled(room: dict[str, object]) -> str:
    if room["sampled"] == room["mutants"]:
        return f" of all {room['mutants']:,} mutants"
    return f" ({room['low']:.1%} to {room['high']:.1%}), {room['sampled']:,} of {room['mutants']:,}"


def _rooms_to(root: Path, row: int) -> frozenset[str]:
    """Return the rooms of rows 1 to `row`, from the table of the architecture."""
    table = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", table, re.MULTILINE)
    return frozenset(
        name
        for number, names in rows
        if 1 <= int(number) <= row
        for name in re.findall(r"`(\w+)`", names)
    )


def branch_coverage(root: Path) -> dict[str, float]:
    """Return the share of lines and branches that the last gate reached, by room of rows 1 to 9.

    Nothing without the data that `make pytest` leaves behind.
    """
    if not (root / ".coverage").exists():
        return {}
    data = coverage.Coverage(data_file=root / ".coverage", config_file=root / "pyproject.toml")
    data.load()
    shares: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        for room in _rooms_to(root, _LAST_ROW):
            out = Path(place) / f"{room}.json"
            files = [str(path) for path in _files_of(root, room)]
            try:
                data.json_report(files, outfile=str(out))
            except NoDataError:
                shares[room] = 0.0
                continue
            totals = json.loads(out.read_text(encoding="utf-8"))["totals"]
            reached = totals["covered_lines"] + totals["covered_branches"]
            there = totals["num_statements"] + totals["num_branches"]
            shares[room] = reached / max(there, 1)
    return shares


def changed_since_coverage(root: Path) -> tuple[str, ...]:
    """Return the rooms of rows 1 to 9 with a file newer than the data that `make pytest` left."""
    data = root / ".coverage"
    if not data.exists():
        return ()
    measured = data.stat().st_mtime
    return tuple(
        room
        for room in sorted(_rooms_to(root, _LAST_ROW))
        if any(path.stat().st_mtime > measured for path in _files_of(root, room))
    )


def _files_of(root: Path, room: str) -> list[Path]:
    place = root / "src" / "itsm_core" / room
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def gate_minutes(root: Path) -> float | None:
    """Return how long the gate took, as the page on the checks says; None if it does not."""
    page = root / "docs" / "how-to" / "run-the-checks.md"
    found = _GATE.search(page.read_text(encoding="utf-8"))
    return None if found is None else float(found[1])
