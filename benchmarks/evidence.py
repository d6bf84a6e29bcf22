"""Print what must hold in an area, target by target, with what this machine measured.

    python -m benchmarks.evidence calendars          # full; also writes the section in the docs
    QUICK=1 python -m benchmarks.evidence calendars  # reduced, within 50 s, writes nothing

The exit code is 1 if a point falls short, 2 if there is no such area.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final, cast

from benchmarks import tzdb
from benchmarks.areas import Point

__all__ = ["main", "section", "with_section"]

EVIDENCE: Final = Path(__file__).parents[1] / "docs" / "explanation" / "evidence.md"
_HEAD: Final = """# Evidence

What must hold, the target, and what the last full run of `make evidence AREA=...` measured. The
sections are generated; figures are comparable within one run only.
"""
_NAME: Final = re.compile(r"[a-z][a-z_]*\Z")
_WIDTHS: Final = (66, 38, 44)


def _points_of(area: str) -> Callable[[bool], Iterator[Point]] | None:
    """Return the area's function, or None where no module has its name."""
    name = f"benchmarks.areas.{area}"
    if not _NAME.match(area) or find_spec(name) is None:
        return None
    return cast("Callable[[bool], Iterator[Point]]", import_module(name).points)


def machine() -> str:
    """Return the processor, its cores, Python and the tz database in one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = re.findall(
            r"^model name\s*:\s*(.+)$", info.read_text(encoding="utf-8"), re.MULTILINE
        )
        model = names[0].strip() if names else model
    return (
        f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"tz database {tzdb.version()}"
    )


def section(area: str, points: Sequence[Point], *, on: datetime) -> str:
    """Return the area's section as Markdown, between marks by which it is found again."""
    rows = "\n".join(
        f"| {_cell(p.name)} | {_cell(p.target)} | {_cell(p.measured)} | {_verdict(p)} |"
        for p in points
    )
    return (
        f"<!-- {area}: begin -->\n## {area}\n\n{on:%Y-%m-%d}, {machine()}\n\n"
        f"| point | target | measured | verdict |\n|---|---|---|---|\n{rows}\n"
        f"<!-- {area}: end -->\n"
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _verdict(point: Point) -> str:
    return "holds" if point.ok else "FALLS SHORT"


def with_section(document: str, area: str, new: str) -> str:
    """Return the document with the area's section replaced, or added at the end."""
    marks = re.compile(rf"<!-- {area}: begin -->.*?<!-- {area}: end -->\n", re.DOTALL)
    if marks.search(document):
        return marks.sub(lambda _: new, document, count=1)
    return f"{(document or _HEAD).rstrip()}\n\n{new}"


def _write(area: str, points: Sequence[Point]) -> None:
    document = EVIDENCE.read_text(encoding="utf-8") if EVIDENCE.exists() else ""
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    new = section(area, points, on=datetime.now(UTC))
    EVIDENCE.write_text(with_section(document, area, new), encoding="utf-8")


def _line(cells: Sequence[str], verdict: str) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return "  ".join((*padded, verdict))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one area, print its table, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="evidence", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("area")
    parser.add_argument("--quick", action="store_true", help="a reduced run (or QUICK=1)")
    chosen = parser.parse_args(arguments)
    quick = chosen.quick or os.environ.get("QUICK", "") not in ("", "0")
    tzdb.pin()
    measure = _points_of(chosen.area)
    if measure is None:
        print(f"no area {chosen.area!r} in benchmarks/areas", file=sys.stderr)
        return 2
    began = time.perf_counter()
    print(f"{chosen.area}, {'quick' if quick else 'full'} run on {machine()}")
    print(_line(("point", "target", "measured"), "verdict"))
    points: list[Point] = []
    for point in measure(quick):
        points.append(point)
        cells = (point.name, point.target, _cell(point.measured))
        print(_line(cells, _verdict(point)), flush=True)
    short = sum(not point.ok for point in points)
    print(
        f"{len(points) - short} of {len(points)} points hold, {time.perf_counter() - began:.0f} s"
    )
    if not quick:
        _write(chosen.area, points)
    return 1 if short or not points else 0


if __name__ == "__main__":
    raise SystemExit(main())
