"""Sphinx configuration. The reference is written from the package, one page a public module."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "src"

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


def _write_reference() -> None:
    """Write docs/reference/api, one page a module, and drop the pages of modules that went."""
    folder = HERE / "reference" / "api"
    folder.mkdir(exist_ok=True)
    modules = _public_modules()
    for page in folder.glob("*.md"):
        if page.stem not in {*modules, "index"}:
            page.unlink()
    for name in modules:
        # The root only re-exports: its names are described where they are defined.
        options = "   :no-members:\n" if name == "itsm_core" else ""
        directive = f"```{{eval-rst}}\n.. automodule:: {name}\n{options}```\n"
        _write(folder / f"{name}.md", f"# {name}\n\n{directive}")
    rows = "".join(f"| [{name}]({name}.md) | {line} |\n" for name, line in modules.items())
    entries = "\n".join(modules)
    _write(
        folder / "index.md",
        "# Modules\n\n| module | what it is |\n|---|---|\n"
        f"{rows}\n```{{toctree}}\n:hidden:\n\n{entries}\n```\n",
    )


_write_reference()
