"""Sphinx configuration. The reference is written from the package, one page a public module."""

from __future__ import annotations

import ast
import tomllib
from functools import cache
from pathlib import Path

import griffe
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"
LONGEST_VALUE = 100
"""Longer values are tables, which are read in the source."""

STILL_FUNCTIONS = ("contextlib.", "functools.", "typing.")
"""Whose decorators leave a function what it is."""

LOGGER = logging.getLogger(__name__)

with (HERE.parent / "pyproject.toml").open("rb") as _file:
    release = tomllib.load(_file)["project"]["version"]

project = "itsm_core"
author = "itsm_core contributors"
copyright = f"2026, {author}"
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["decisions/template.md"]
html_theme = "furo"
html_title = f"itsm_core {release}"
html_copy_source = False
nitpicky = False
# A name may be documented in its module and, re-exported, in the package above it.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True


def _public_modules() -> dict[str, str]:
    """Return the dotted name and the first docstring line of every public module, from source."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        if any(part.startswith("_") for part in parts):
            continue
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found[".".join(parts)] = docstring.partition("\n")[0]
    return found


def _write(path: Path, text: str) -> None:
    """Write a page unless it holds the text already: an untouched page is not built again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


@cache
def _package() -> griffe.Module:
    """Return the package as it is written, not imported."""
    package = griffe.load("itsm_core", search_paths=[str(SOURCE)])
    if not isinstance(package, griffe.Module):
        raise TypeError(f"no package itsm_core in {SOURCE}")
    return package


class _Name:
    """Hold a public name of a module: what it stands for, and the module that describes it."""

    def __init__(self, module: str, name: str, member: griffe.Object | griffe.Alias) -> None:
        home = member.target_path.rpartition(".")[0] if isinstance(member, griffe.Alias) else module
        private = any(part.startswith("_") for part in home.split("."))
        self.name = name
        self.home = module if private else home
        self.item = member.final_target if isinstance(member, griffe.Alias) else member


def _names(module: str) -> list[_Name]:
    """Return the public names of a module, sorted."""
    _, _, path = module.partition(".")
    found = _package()[path] if path else _package()
    return [
        _Name(module, name, found.members[name]) for name in sorted(map(str, found.exports or ()))
    ]


def _is_value(item: griffe.Object) -> bool:
    """Return whether a name stands for a value: a constant, or what a decorator made of a function.

    autodoc finds its words only in the module in which they are written, which is private.
    """
    if not isinstance(item, griffe.Function):
        return isinstance(item, griffe.Attribute)
    return any(not each.callable_path.startswith(STILL_FUNCTIONS) for each in item.decorators)


def _value(module: str, name: str, item: griffe.Object) -> str:
    """Return a directive that describes one value: its type, itself if short, its words."""
    lines = [f".. py:data:: {name}", f"   :module: {module}"]
    if isinstance(item, griffe.Attribute):
        if item.annotation is not None and str(item.annotation) not in ("Final", "TypeAlias"):
            lines.append(f"   :type: {item.annotation}")
        value = " ".join(str(item.value).split())
        if len(value) <= LONGEST_VALUE:
            lines.append(f"   :value: {value}")
    words = item.docstring.value if item.docstring else ""
    lines += ["", *(f"   {line}".rstrip() for line in words.splitlines()), ""]
    return "\n".join(lines)


def _page(module: str) -> str:
    """Return the page of one module; what is re-exported is described where it comes from."""
    elsewhere = [each for each in _names(module) if each.home != module]
    values = [each for each in _names(module) if each.home == module and _is_value(each.item)]
    left_out = ", ".join(each.name for each in (*elsewhere, *values))
    options = f"   :exclude-members: {left_out}\n" if left_out else ""
    page = f"# {module}\n\n```{{eval-rst}}\n.. automodule:: {module}\n{options}```\n"
    if values:
        described = "\n".join(_value(module, each.name, each.item) for each in values)
        page += f"\n## Values and types\n\n```{{eval-rst}}\n{described}```\n"
    if elsewhere:
        rows = "".join(f"| `{each.name}` | [{each.home}]({each.home}.md) |\n" for each in elsewhere)
        page += f"\n## Also here\n\n| name | described in |\n|---|---|\n{rows}"
    return page


def _write_reference() -> None:
    """Write docs/reference/api, one page a module, and drop the pages of modules that went."""
    folder = HERE / "reference" / "api"
    folder.mkdir(exist_ok=True)
    modules = _public_modules()
    for page in folder.glob("*.md"):
        if page.stem not in {*modules, "index"}:
            page.unlink()
    for name in modules:
        _write(folder / f"{name}.md", _page(name))
    rows = "".join(f"| [{name}]({name}.md) | {line} |\n" for name, line in modules.items())
    entries = "\n".join(modules)
    _write(
        folder / "index.md",
        "# Modules\n\n| module | what it is |\n|---|---|\n"
        f"{rows}\n```{{toctree}}\n:hidden:\n\n{entries}\n```\n",
    )


def _check_reference(_: Sphinx, env: BuildEnvironment) -> None:
    """Warn of public names without page or words; `make docs` takes warnings for errors."""
    described = env.domains["py"].data["objects"]
    for module in _public_modules():
        for each in _names(module):
            if f"{each.home}.{each.name}" not in described:
                LOGGER.warning("%s.%s is public and on no page", module, each.name)
            if each.home == module and _is_value(each.item) and not each.item.docstring:
                LOGGER.warning("%s.%s is public and has no words", module, each.name)


def setup(app: Sphinx) -> None:
    """Check the reference once all pages are read."""
    app.connect("env-check-consistency", _check_reference)


_write_reference()
