"""Evidence for the area `linking`: what is found, how fast, how well grouped, and what it costs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from benchmarks.areas import Point, guarded, run_pytest
from benchmarks.linking import (
    DATA,
    Recall,
    Report,
    bytes_a_ticket,
    clustered_by_peers,
    clustering,
    embedded_ranks,
    enlarged,
    grouped,
    knowledge,
    load,
    newer_half,
    older_half,
    ranks,
    recall,
    speed,
    tf_idf_ranks,
)
from itsm_core.adapters.memory_texts import MemoryTexts
from itsm_core.adapters.sqlite_texts import SqliteTexts
from itsm_core.ports import TextStore
from itsm_core.testing.certify import certify
from itsm_core.testing.text_contract import DurableTextStoreContract, TextStoreContract

__all__ = ["points"]

Measure = Callable[[bool], Iterable[Point]]

ROOT: Final = Path(__file__).parents[2]
_DEV: Final = 703
_LEAST: Final = {1: 0.43, 5: 0.65, 10: 0.74, 20: 0.79}
_LEAST_MRR: Final = 0.53


def points(quick: bool) -> Iterator[Point]:
    """Yield every point of the area; `quick` asks fewer questions and leaves the peers out."""
    if not DATA.exists():
        yield Point("linking", "measured", "the data is not beside the repository", ok=False)
        return
    for name, measure in _MEASUREMENTS:
        yield from guarded(name, "can be measured", lambda run=measure: run(quick))  # type: ignore[misc]
    if find_spec("benchmarks.areas.linking_candidates") is not None:
        from benchmarks.areas import linking_candidates

        yield from linking_candidates.points(quick)


def _titanium() -> tuple[Report, ...]:
    return load("titanium")


def _retrieval(quick: bool) -> Iterator[Point]:
    found = recall(ranks(_titanium(), skip=_DEV, every=3 if quick else 1))
    part = ", every third query" if quick else ""
    wanted = "/".join(f"{least:.2f}" for least in _LEAST.values())
    yield Point(
        f"Titanium test half, R@1/5/10/20{part}",
        f">= {wanted}, MRR >= {_LEAST_MRR}",
        str(found),
        _reaches(found) if not quick else found.at[10] >= _LEAST[10] - 0.05,
    )
    if not quick:
        peer = recall(tf_idf_ranks(_titanium(), skip=_DEV))
        name = "TF-IDF of scikit-learn on the same queries"
        yield Point(name, "R@10 lower than ours", str(peer), peer.at[10] < found.at[10])
    other = recall(ranks(load("gitbugs_seamonkey")))
    name = "SeaMonkey, nothing tuned on it, R@1/5/10/20"
    yield Point(name, "R@10 >= 0.95", str(other), other.at[10] >= 0.95)


def _reaches(found: Recall) -> bool:
    return found.mrr >= _LEAST_MRR and all(found.at[cut] >= least for cut, least in _LEAST.items())


def _embeddings(quick: bool) -> Iterator[Point]:
    if quick:
        return
    found = embedded_ranks(_titanium(), skip=_DEV)
    told = "no model on this machine" if found is None else str(recall(found))
    ok = found is not None and recall(found).at[10] >= 0.80
    yield Point("with embeddings, Titanium test half", "R@10 >= 0.80", told, ok)


def _speed(quick: bool) -> Iterator[Point]:
    texts = [each.text for each in _titanium()]
    found = speed(texts, asked=100 if quick else 300)
    size = f"at {len(texts):,} tickets"
    yield Point("add one ticket", "<= 0.3 ms", f"{found.add_ms:.2f} ms", found.add_ms <= 0.3)
    told = f"{found.ask_ms:.1f} ms (95 % within {found.ask_ms_p95:.1f})"
    yield Point(f"ask with ranking, exact, {size}", "<= 5 ms", told, found.ask_ms <= 5.0)
    if quick:
        return
    size_bytes = bytes_a_ticket(texts)
    name = "memory of the index"
    yield Point(name, "<= 1,024 bytes a ticket", f"{size_bytes:,.0f}", size_bytes <= 1_024)
    large = speed(list(enlarged(_titanium(), 100_000)))
    yield Point(
        "ask with ranking, at 100,000 tickets",
        "<= 15 ms exact or <= 5 ms windowed",
        f"{large.ask_ms:.1f} ms exact, {large.windowed_ms:.1f} ms within two years",
        large.ask_ms <= 15.0 or large.windowed_ms <= 5.0,
    )


def _groups(quick: bool) -> Iterator[Point]:
    closed = newer_half(_titanium())
    truth: dict[str, str] = {each.text.ticket_id: each.group or "" for each in closed}
    ours = clustering(grouped(closed), truth)
    name = f"closed set of {len(closed):,}, incremental: B-cubed F1/pair F1"
    ok = ours.b_cubed_f1 >= 0.76 and ours.pair_f1 >= 0.45
    yield Point(name, ">= 0.76/0.45", str(ours), ok)
    if quick:
        return
    for peer, found in clustered_by_peers(closed, older_half(_titanium())).items():
        theirs = clustering(found, truth)
        better = ours.b_cubed_f1 > theirs.b_cubed_f1 and ours.pair_f1 > theirs.pair_f1
        yield Point(f"TF-IDF and {peer}, all at once", "both lower", str(theirs), better)


def _knowledge(quick: bool) -> Iterator[Point]:
    if quick:
        return
    alone, helped = (knowledge(_titanium(), linked=linked) for linked in (False, True))
    yield Point(
        "known errors by symptom alone, and with linked incidents' words",
        "R@1 and MRR rise",
        f"{alone}; {helped}",
        helped.at[1] > alone.at[1] and helped.mrr > alone.mrr,
    )


def _laws(_quick: bool) -> Iterator[Point]:
    code, closing = run_pytest("tests/properties/test_linking_laws.py")
    yield Point("laws of linking on random streams", "all hold", closing, code == 0)


class _InMemory(TextStoreContract):
    """Every rule of a store of texts, on the one in memory."""

    def open_store(self) -> TextStore:
        return MemoryTexts()


class _InFile(DurableTextStoreContract):
    """Every rule, durable ones included, on a SQLite file."""

    def setup_method(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        super().teardown_method()
        self.folder.cleanup()

    def open_store(self) -> TextStore:
        return SqliteTexts(Path(self.folder.name) / "texts.db")


def _contract(quick: bool) -> Iterator[Point]:
    for name, suite in (("in memory", _InMemory), ("SQLite FTS5", _InFile)):
        found = certify(suite)
        told = f"{len(found.passed)} rules kept, {len(found.broken)} broken"
        yield Point(f"contract of text stores: {name}", "all kept", told, found.is_certified)
    if quick:
        return
    code, closing = run_pytest("tests/unit/testing/test_text_contract.py")
    yield Point("24 text stores that are broken on purpose", "all caught", closing, code == 0)


def _example(_quick: bool) -> Iterator[Point]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(ROOT / "examples" / "26_similar_tickets.py")],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    told = "runs" if done.returncode == 0 else done.stderr.strip()[-100:]
    yield Point("example: similar tickets at intake", "runs", told, done.returncode == 0)


_MEASUREMENTS: Final[tuple[tuple[str, Measure], ...]] = (
    ("retrieval", _retrieval),
    ("speed", _speed),
    ("groups", _groups),
    ("knowledge", _knowledge),
    ("embeddings", _embeddings),
    ("laws", _laws),
    ("contract", _contract),
    ("example", _example),
)
