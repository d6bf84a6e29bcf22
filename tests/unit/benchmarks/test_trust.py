"""What the evidence on trust takes for proved, and what not."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

from benchmarks import trust as measures
from benchmarks.areas import Point, trust
from benchmarks.trust import RoomScore, branch_coverage, broken_links, changed_since_coverage
from itsm_core.testing import LawBroken
from tools.mutate import KERNEL, OTHERS, source_digest

ROWS = "| 1 | `spans` | words |\n| 10 | `desk` | words |\n"
GOOD = RoomScore(mutants=100, share=0.97, low=0.96, is_stale=False, text="97 %")


def _scored(monkeypatch: pytest.MonkeyPatch, scores: dict[str, RoomScore]) -> dict[str, Point]:
    monkeypatch.setattr(trust, "mutation_scores", lambda _root: scores)
    return {point.name: point for point in trust._mutation(True)}


def test_mutation_holds_when_every_room_has_a_current_score(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The kernel and the other rooms of rows 1 to 9."""
    points = _scored(monkeypatch, dict.fromkeys((*KERNEL, *OTHERS), GOOD))
    assert [point.name for point in points.values() if not point.ok] == []


def test_mutation_falls_short_when_only_the_kernel_was_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows 1 to 9 hold more rooms, and the point names those that are missing."""
    point = _scored(monkeypatch, dict.fromkeys(KERNEL, GOOD))["mutation score over rows 1 to 9"]
    assert not point.ok
    assert "links, rosters" in point.measured


@pytest.mark.parametrize(
    "score",
    [attrs.evolve(GOOD, is_stale=True), attrs.evolve(GOOD, low=0.89)],
    ids=["stale", "wide"],
)
def test_mutation_falls_short_when_a_score_is_stale_or_too_wide(
    score: RoomScore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a sample the low end counts; a score of other code counts for nothing."""
    points = _scored(monkeypatch, dict.fromkeys((*KERNEL, *OTHERS), score))
    assert [point.name for point in points.values() if point.ok] == []


def _tree(root: Path, digest: str = "") -> Path:
    (root / "docs" / "explanation").mkdir(parents=True)
    (root / "docs" / "architecture.md").write_text(ROWS, encoding="utf-8")
    (root / "src" / "itsm_core").mkdir(parents=True)
    (root / "src" / "itsm_core" / "spans.py").write_text("x = 1\n", encoding="utf-8")
    figures = {"mutants": 90, "sampled": 9, "score": 0.9, "low": 0.6, "high": 0.99}
    rooms = {"spans": {**figures, "source_sha256": digest or source_digest("spans", root)}}
    place = root / "docs" / "explanation" / "mutation.json"
    place.write_text(json.dumps({"rooms": rooms}), encoding="utf-8")
    return root


@pytest.mark.parametrize("digest", ["", "of another day"], ids=["current", "stale"])
def test_score_is_stale_when_its_digest_is_of_other_code(digest: str, tmp_path: Path) -> None:
    """And the words that go with it say so."""
    score = measures.mutation_scores(_tree(tmp_path, digest))["spans"]
    assert (score.low, score.is_stale) == (0.6, bool(digest))
    assert ("changed since" in score.text) == bool(digest)


def test_coverage_falls_short_when_a_source_is_newer_than_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was reached before the change says nothing about the code after it."""
    root = _tree(tmp_path)
    assert branch_coverage(root) == {}
    assert changed_since_coverage(root) == ()
    (root / ".coverage").touch()
    os.utime(root / "src" / "itsm_core" / "spans.py", (0, 0))
    assert changed_since_coverage(root) == ()
    os.utime(root / ".coverage", (0, 0))
    os.utime(root / "src" / "itsm_core" / "spans.py", (9, 9))
    assert changed_since_coverage(root) == ("spans",)
    monkeypatch.setattr(trust, "ROOT", root)
    monkeypatch.setattr(trust, "branch_coverage", lambda _root: {"spans": 1.0})
    (point,) = trust._coverage(True)
    assert not point.ok
    assert point.measured == "changed since it was measured: spans"


def test_link_is_broken_when_it_leads_to_the_page_of_no_module(tmp_path: Path) -> None:
    """The pages of the modules are built later: a link to one needs its module now."""
    (tmp_path / "docs").mkdir()
    names = ("itsm_core", "itsm_core.spans", "index", "no_such_room", "itsm_core.no_such_room")
    links = "".join(f"[page](reference/api/{name}.md)\n" for name in names)
    (tmp_path / "docs" / "page.md").write_text(links, encoding="utf-8")
    number, broken = broken_links(tmp_path)
    assert number == 5
    assert [each.rpartition("/")[2] for each in broken] == [
        "no_such_room.md",
        "itsm_core.no_such_room.md",
    ]


def _queue(patience: float, handle_time: float | None, mean_ratio: float, seed: int) -> None:
    """Reckon."""


class _Store:
    """Keep."""

    lease: int
    lease_seconds: int

    def told(self, timeout: float) -> None:
        """Tell, within so many seconds."""

    @classmethod
    def claimed(cls, age: int) -> None:
        """Claim."""


def test_numbers_of_time_are_unclear_when_no_unit_is_named() -> None:
    """Parameters of functions and of methods, and fields; what names its unit is clear."""
    assert [*measures._unclear("queue", _queue)] == ["queue(patience)", "queue(handle_time)"]
    assert [*measures._unclear("Store", _Store)] == ["Store.lease", "Store.claimed(age)"]


@pytest.mark.parametrize(("lines", "ok"), [(1, False), (2, True), (3, True), (4, False)])
def test_story_counts_when_it_has_two_or_three_lines(
    lines: int, ok: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the target says."""
    error = LawBroken(
        subject="calendar",
        law="Y2",
        sentence="It opens",
        violations=("never",),
        story=("line",) * lines,
        ledger=("day",),
        example="print('never')",
    )
    mistake = SimpleNamespace(name="closed", law="Y2", says="never")
    monkeypatch.setattr(trust, "MISTAKES", [mistake])
    monkeypatch.setattr(trust, "found", lambda _mistake: (error, 0.1))
    _, told = trust._mistakes(True)
    assert told.ok == ok
