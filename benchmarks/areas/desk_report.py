"""Evidence for the report of the desk: all of a real log in seconds, a page that stands alone."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

import attrs

from benchmarks.areas import Point, guarded, run_pytest
from tests.integration.chromium import find_chromium

__all__ = ["points"]

_ROOT: Final = Path(__file__).parents[2]
_LOG: Final = _ROOT.parent / "shared/data/uci_incident_event_log/incident_event_log.csv.gz"
_MEGABYTE: Final = 1_000_000
_SECTIONS: Final = ("promises", "control", "worst", "waiting", "problems", "figures", "repeats")
_FEWEST_FIGURES: Final = 20


def points(quick: bool) -> Iterator[Point]:
    """Yield the points of the report; the quick run leaves nothing out."""
    del quick
    yield from guarded("report of the UCI log", "can be made", _whole)
    yield from guarded("page in a browser", "can be shown", _shown)
    yield from guarded("hostile texts", "can be tried", _hostile)


@attrs.frozen(kw_only=True)
class _Made:
    """Hold what a run of the command made of the log, and what it took."""

    cpu_seconds: float
    page_bytes: int
    figures: Mapping[str, object]


def _replayed(folder: Path) -> _Made:
    """Run the command as a user would, all four outputs, in a process of its own."""
    names = {
        "--report": "a.html",
        "--json": "a.json",
        "--markdown": "a.md",
        "--openmetrics": "a.txt",
    }
    options = [word for option, name in names.items() for word in (option, str(folder / name))]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "itsm_core", "replay", str(_LOG)),
            *("--mapping", "servicenow_uci", "--policy", "servicenow_uci"),
            *("--hourly", "95 EUR"),
            *options,
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONTZPATH": ""},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-300:]}")
    figures = json.loads((folder / "a.json").read_text(encoding="utf-8"))
    return _Made(
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        page_bytes=(folder / "a.html").stat().st_size,
        figures=cast("Mapping[str, object]", figures["report"]),
    )


def _whole() -> Iterator[Point]:
    if not _LOG.exists():
        yield Point("report of the UCI log", "made", "not beside the repository", ok=False)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = _replayed(Path(folder))
    answers = cast("list[Mapping[str, object]]", made.figures["answers"])
    figures = cast("list[object]", made.figures["figures"])
    sections = tuple(str(each["section"]) for each in answers)
    yield Point(
        "whole UCI log: import, verdicts, all metrics, problems, page and three more files",
        "< 15 s CPU on one core",
        f"{made.cpu_seconds:.1f} s, start of the interpreter included",
        made.cpu_seconds < 15,
    )
    yield Point(
        "page of the UCI log",
        "< 1 MB",
        f"{made.page_bytes / _MEGABYTE:.2f} MB",
        made.page_bytes < _MEGABYTE,
    )
    yield Point(
        "sections of the UCI log's report, and figures in it",
        f"{len(_SECTIONS)} sections, {_FEWEST_FIGURES} figures or more",
        f"{len(sections)}, {len(figures)}",
        sections == _SECTIONS and len(figures) >= _FEWEST_FIGURES,
    )


def _shown() -> Iterator[Point]:
    name = "page in headless Chromium, phone and desktop, light, dark and print"
    target = "no message, no request, AA contrast, no wider than the screen"
    if find_chromium() is None:
        yield Point(name, target, "no Chromium here", ok=False)
        return
    code, closing = run_pytest("tests/integration/test_page_in_chromium.py")
    yield Point(name, target, closing, code == 0 and "skipped" not in closing)


def _hostile() -> Iterator[Point]:
    modules = [f"tests/unit/report/test_{name}.py" for name in ("html", "markdown", "openmetrics")]
    code, closing = run_pytest(*modules, "-k", "hostile or well_formed or megabyte")
    yield Point(
        "hostile texts in HTML, SVG, Markdown and OpenMetrics; the worst page",
        "nothing breaks out, < 1 MB",
        closing,
        code == 0,
    )
