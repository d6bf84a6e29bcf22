"""List every public name of itsm_core with its signature, so that no change of it goes unseen.

`python -m tools.api_snapshot` prints the list, `--write` stores it where the test compares it
(`make api`). The source is read, not imported: the list is the same on every Python.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = ROOT / "docs" / "reference" / "api-snapshot.txt"

# Dunder methods that a user meets as an operator or a protocol; the others are plumbing.
_OPERATORS = frozenset(
    {
        "__add__",
        "__and__",
        "__bool__",
        "__call__",
        "__contains__",
        "__enter__",
        "__eq__",
        "__exit__",
        "__float__",
        "__ge__",
        "__getitem__",
        "__gt__",
        "__hash__",
        "__int__",
        "__invert__",
        "__iter__",
        "__le__",
        "__len__",
        "__lt__",
        "__ne__",
        "__neg__",
        "__or__",
        "__sub__",
        "__xor__",
    }
)


def public_modules(module: griffe.Module) -> Iterator[griffe.Module]:
    """Yield a module and its public submodules; a part that starts with `_` is private."""
    yield module
    for name, child in sorted(module.members.items()):
        if isinstance(child, griffe.Module) and not name.startswith("_"):
            yield from public_modules(child)


def snapshot(source: Path = ROOT / "src") -> str:
    """Return the list, one name a line, modules and names sorted, ending in a newline."""
    package = griffe.load("itsm_core", search_paths=[str(source)])
    if not isinstance(package, griffe.Module):
        message = f"no package itsm_core in {source}"
        raise TypeError(message)
    lines: list[str] = []
    for module in public_modules(package):
        lines.append(f"# {module.path}")
        for name in sorted(_public_names(module)):
            lines.extend(_described(name, module.members[name]))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _public_names(module: griffe.Module) -> list[str]:
    if module.exports is not None:
        return [str(name) for name in module.exports if str(name) in module.members]
    return [
        name
        for name, member in module.members.items()
        if not name.startswith("_") and not member.is_alias and not member.is_module
    ]


def _described(name: str, member: griffe.Object | griffe.Alias) -> Iterator[str]:
    if isinstance(member, griffe.Alias):
        # A re-export is described where the name is defined, if that place is public.
        if not any(part.startswith("_") for part in member.target_path.split(".")):
            yield f"{name} = {member.target_path}"
            return
        member = member.final_target
    if isinstance(member, griffe.Class):
        yield from _class_lines(name, member)
    else:
        yield _one_line(name, member)


def _class_lines(name: str, cls: griffe.Class) -> Iterator[str]:
    bases = ", ".join(str(base) for base in cls.bases)
    yield f"class {name}({bases})" if bases else f"class {name}"
    for key in sorted(cls.members):
        member = cls.members[key]
        if isinstance(member, griffe.Alias) or member.is_module:
            continue
        if not key.startswith("_") or key in _OPERATORS:
            yield "    " + _one_line(key, member)


def _one_line(name: str, member: griffe.Object | griffe.Alias) -> str:
    if isinstance(member, griffe.Function):
        marks = [f"@{mark} " for mark in ("classmethod", "staticmethod") if mark in member.labels]
        keyword = "async def" if "async" in member.labels else "def"
        return f"{''.join(marks)}{keyword} {member.signature(name=name)}"
    if isinstance(member, griffe.Attribute):
        mark = "@property " if "property" in member.labels else ""
        annotation = f": {member.annotation}" if member.annotation is not None else ""
        shown = member.value is not None and member.annotation is not None and not mark
        return f"{mark}{name}{annotation}" + (f" = {member.value}" if shown else "")
    return f"{member.kind.value} {name}"


def main() -> None:
    """Print the list, or store it with --write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"store it in {SNAPSHOT.name}")
    if parser.parse_args().write:
        SNAPSHOT.write_text(snapshot(), encoding="utf-8")
    else:
        print(snapshot(), end="")


if __name__ == "__main__":
    main()
