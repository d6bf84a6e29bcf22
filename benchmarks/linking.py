"""Measure linking on labelled tickets: how much is found, how fast, how well it groups.

    python -m benchmarks.linking          # everything, against TF-IDF of scikit-learn

The data is read beside the repository (`../shared/data/linking`, its README has the protocol):
candidates are earlier tickets only; copies that a person cloned are neither hit nor miss.
"""

from __future__ import annotations

import gzip
import json
import random
import time
import tracemalloc
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from benchmarks.embeddings import model_files
from itsm_core.ids import TicketId
from itsm_core.linking import (
    DUPLICATES,
    MEANING_MODEL,
    IncidentGrouper,
    KnowledgeBase,
    Linker,
    TicketIndex,
    TicketText,
)

if TYPE_CHECKING:
    from itsm_core.adapters.embeddings import EmbeddedTexts, Encoder

__all__ = [
    "DATA",
    "Clustering",
    "Recall",
    "Report",
    "Speed",
    "bytes_a_ticket",
    "clustered_by_peers",
    "clustering",
    "embedded_ranks",
    "enlarged",
    "grouped",
    "knowledge",
    "load",
    "newer_half",
    "older_half",
    "ranks",
    "recall",
    "speed",
    "tf_idf_ranks",
]

DATA: Final = Path(__file__).parents[2] / "shared" / "data" / "linking"
_BUILD: Final = Path(__file__).parents[1] / "build"
_CUTS: Final = (1, 5, 10, 20)
_NOT_FOUND: Final = 1_000_000_000
Method = Callable[[Sequence["Report"], float], dict[str, str]]
CLOSED: Final = attrs.evolve(DUPLICATES, name="closed set", prior=4.0)
"""A set in which nearly every ticket has a duplicate: the prior says so. It and the threshold were
chosen on the older half."""
CLOSED_THRESHOLD: Final = 0.4


@attrs.frozen
class Report:
    """Hold a ticket of the data with what people know of it."""

    text: TicketText
    group: str | None
    clones: frozenset[str]


@attrs.frozen
class Recall:
    """Hold the shares of queries with a hit among the first 1, 5, 10, 20; the mean of 1 / rank."""

    at: Mapping[int, float]
    mrr: float
    queries: int

    def __str__(self) -> str:
        told = "/".join(f"{self.at[cut]:.3f}" for cut in _CUTS)
        return f"{told}, MRR {self.mrr:.3f} ({self.queries})"


@attrs.frozen
class Clustering:
    """Hold how well groups agree with the true ones."""

    b_cubed_f1: float
    pair_f1: float

    def __str__(self) -> str:
        return f"{self.b_cubed_f1:.3f}/{self.pair_f1:.3f}"


@attrs.frozen
class Speed:
    """Hold CPU milliseconds a ticket: to add one, to ask with ranking (mean, 95th percentile)."""

    add_ms: float
    ask_ms: float
    ask_ms_p95: float
    windowed_ms: float


@cache
def load(name: str) -> tuple[Report, ...]:
    """Return the reports of a data set in order of time."""
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return tuple(
        Report(
            TicketText(
                ticket_id=row["id"],
                at=datetime.fromisoformat(row["created"]),
                title=row["summary"] or "",
                body=row["description"] or "",
            ),
            row["group"],
            frozenset(row.get("clones") or ()),
        )
        for row in rows
    )


def _queries(reports: Sequence[Report]) -> Iterator[tuple[int, Report, frozenset[TicketId]]]:
    """Yield the place of each report with an earlier one of its group, and those that count."""
    seen: defaultdict[str, list[Report]] = defaultdict(list)
    number = 0
    for report in reports:
        if report.group is None:
            continue
        earlier = seen[report.group]
        if earlier:
            hits = frozenset(
                each.text.ticket_id
                for each in earlier
                if each.text.ticket_id not in report.clones
                and report.text.ticket_id not in each.clones
            )
            yield number, report, hits
            number += 1
        earlier.append(report)


def ranks(
    reports: Sequence[Report],
    *,
    skip: int = 0,
    every: int = 1,
    vectors: EmbeddedTexts | None = None,
) -> list[int]:
    """Return the rank of the best hit of each query from number `skip`; a huge one for none.

    With `vectors`, nearness in meaning names candidates and counts as evidence too.
    """
    wanted = {
        each.text.ticket_id: hits
        for n, each, hits in _queries(reports)
        if n >= skip and n % every == 0
    }
    index = TicketIndex()
    linker = Linker(index)
    if vectors is not None:
        views = [vectors.view()]
        linker = Linker(index, model=MEANING_MODEL, sources=[vectors], views=views)
    found: list[int] = []
    for report in reports:
        text = report.text
        hits = wanted.get(text.ticket_id, frozenset())
        if hits:
            found.append(_rank(linker.log_odds(text), hits, report, reports))
        index.add(text)
        if vectors is not None:
            vectors.add(text)
    return found


def _rank(
    scored: Mapping[TicketId, float],
    hits: frozenset[TicketId],
    report: Report,
    reports: Sequence[Report],
) -> int:
    clones = _clones(tuple(reports))
    rank = 0
    for ticket_id in scored:
        if ticket_id in hits:
            return rank + 1
        own = report.text.ticket_id
        rank += ticket_id not in report.clones and own not in clones.get(ticket_id, ())
    return _NOT_FOUND


@cache
def _clones(reports: tuple[Report, ...]) -> dict[str, frozenset[str]]:
    return {each.text.ticket_id: each.clones for each in reports if each.clones}


def recall(found: Sequence[int]) -> Recall:
    """Return the measures of a list of ranks."""
    number = max(len(found), 1)
    return Recall(
        {cut: sum(rank <= cut for rank in found) / number for cut in _CUTS},
        sum(1 / rank for rank in found) / number,
        len(found),
    )


def embedded_ranks(reports: Sequence[Report], *, skip: int = 0) -> list[int] | None:
    """Return the ranks with embeddings of a model on this machine; None if there is none.

    See `model_files` for where it is looked for. Encoding takes some ten minutes; the vectors are
    kept in `build/` for the next run.
    """
    files = model_files()
    if files is None:
        return None
    from itsm_core.adapters.embeddings import EmbeddedTexts, OnnxEncoder

    # Vectors are kept by the encoder's name: another model must have another one.
    digest = sha256(files[0].read_bytes()).hexdigest()[:16]
    encoder = OnnxEncoder(*files, name=digest)
    return ranks(reports, skip=skip, vectors=EmbeddedTexts(_Cached(encoder, reports)))


class _Cached:
    """Encode texts of a data set once, and keep the vectors in a file."""

    def __init__(self, encoder: Encoder, reports: Sequence[Report]) -> None:
        from itsm_core.adapters.embeddings import written

        texts = [written(each.text) for each in reports]
        digest = sha256("\0".join((encoder.name, *texts)).encode()).hexdigest()[:16]
        path = _BUILD / f"vectors-{digest}.bin"
        self.name = encoder.name
        self._places = {text: place for place, text in enumerate(texts)}
        if path.exists():
            self._vectors = array("f", path.read_bytes())
        else:
            self._vectors = array("f", (v for row in encoder.encode(texts) for v in row))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(self._vectors.tobytes())
        self._size = len(self._vectors) // len(texts)

    def encode(self, texts: Sequence[str], /) -> list[array[float]]:
        """Return the vector of each text."""
        places = [self._places[text] * self._size for text in texts]
        return [self._vectors[place : place + self._size] for place in places]


def tf_idf_ranks(reports: Sequence[Report], *, skip: int = 0) -> list[int]:
    """Return the ranks that TF-IDF of scikit-learn gives, with knowledge of all words at once."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [f"{each.text.title}\n{each.text.body[:8_000]}" for each in reports]
    matrix = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts).tocsr()
    place = {each.text.ticket_id: n for n, each in enumerate(reports)}
    clones, found = _clones(tuple(reports)), []
    for number, report, hits in _queries(reports):
        if number < skip or not hits:
            continue
        row = place[report.text.ticket_id]
        scores = (matrix[:row] @ matrix[row].T).toarray().ravel()
        own = report.text.ticket_id
        for ticket_id in (*report.clones, *(t for t, ids in clones.items() if own in ids)):
            if place.get(TicketId(ticket_id), row) < row:
                scores[place[TicketId(ticket_id)]] = -1.0
        best = max(scores[place[each]] for each in hits)
        found.append(1 + int((scores > best).sum()))
    return found


# --- groups --------------------------------------------------------------------------------------


def newer_half(reports: Sequence[Report]) -> list[Report]:
    """Return the closed set: reports of the groups that began in the newer half."""
    older = {each.group for each in reports[: len(reports) // 2]}
    return [each for each in reports if each.group is not None and each.group not in older]


def older_half(reports: Sequence[Report]) -> list[Report]:
    """Return the reports of the groups that began in the older half: what peers are tuned on."""
    older = {each.group for each in reports[: len(reports) // 2]}
    return [each for each in reports if each.group is not None and each.group in older]


def grouped(reports: Iterable[Report]) -> dict[str, str]:
    """Return each report's group as the incremental grouper gives it."""
    grouper = IncidentGrouper(Linker(TicketIndex(), task=CLOSED), threshold=CLOSED_THRESHOLD)
    told = list(reports)
    for report in told:
        grouper.observe(report.text)
    return {each.text.ticket_id: grouper.group_of(each.text.ticket_id).group_id for each in told}


def clustered_by_peers(
    reports: Sequence[Report], tuned_on: Sequence[Report]
) -> dict[str, dict[str, str]]:
    """Return the groups that scikit-learn finds with all reports at hand, tuned on others."""
    found: dict[str, dict[str, str]] = {}
    methods: tuple[tuple[str, Method, tuple[float, ...]], ...] = (
        ("agglomerative", _agglomerative, (0.6, 0.65, 0.7, 0.75, 0.8, 0.85)),
        ("HDBSCAN", _hdbscan, (2, 3)),
    )
    truth: dict[str, str] = {each.text.ticket_id: each.group or "" for each in tuned_on}
    for name, method, choices in methods:
        measured = {}
        for choice in choices:
            quality = clustering(method(tuned_on, choice), truth)
            measured[choice] = quality.b_cubed_f1 + quality.pair_f1
        found[name] = method(reports, max(choices, key=measured.__getitem__))
    return found


def _vectors(reports: Sequence[Report]) -> object:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [f"{each.text.title}\n{each.text.title}\n{each.text.body[:8_000]}" for each in reports]
    return TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)


def _labelled(reports: Sequence[Report], labels: Iterable[int]) -> dict[str, str]:
    """Name clusters; what a method calls noise (-1) is a cluster of its own."""
    return {
        each.text.ticket_id: each.text.ticket_id if label < 0 else str(label)
        for each, label in zip(reports, labels, strict=True)
    }


def _agglomerative(reports: Sequence[Report], distance: float) -> dict[str, str]:
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import pairwise_distances

    apart = pairwise_distances(_vectors(reports), metric="cosine")
    parameters: dict[str, Any] = {"n_clusters": None, "distance_threshold": distance}
    method = AgglomerativeClustering(metric="precomputed", linkage="average", **parameters)
    return _labelled(reports, method.fit_predict(apart))


def _hdbscan(reports: Sequence[Report], samples: float) -> dict[str, str]:
    from sklearn.cluster import HDBSCAN
    from sklearn.metrics import pairwise_distances

    apart = pairwise_distances(_vectors(reports), metric="cosine").astype(float)
    parameters: dict[str, Any] = {"min_samples": int(samples) - 1, "copy": True}
    method = HDBSCAN(
        min_cluster_size=2, metric="precomputed", cluster_selection_method="leaf", **parameters
    )
    return _labelled(reports, method.fit_predict(apart))


def clustering(found: Mapping[str, str], truth: Mapping[str, str]) -> Clustering:
    """Return B-cubed F1 and pair F1 of groups against the true ones."""
    mine: defaultdict[str, set[str]] = defaultdict(set)
    true: defaultdict[str, set[str]] = defaultdict(set)
    for ticket_id in found:
        mine[found[ticket_id]].add(ticket_id)
        true[truth[ticket_id]].add(ticket_id)
    precision = share = 0.0
    for ticket_id in found:
        ours, theirs = mine[found[ticket_id]], true[truth[ticket_id]]
        precision += len(ours & theirs) / len(ours)
        share += len(ours & theirs) / len(theirs)
    both = Counter((found[each], truth[each]) for each in found)
    pairs = [sum(n * (n - 1) for n in map(len, groups.values())) for groups in (mine, true)]
    hits = sum(n * (n - 1) for n in both.values())
    return Clustering(
        2 * precision * share / ((precision + share) * len(found)), 2 * hits / max(sum(pairs), 1)
    )


# --- knowledge -----------------------------------------------------------------------------------


def knowledge(reports: Sequence[Report], *, linked: bool) -> Recall:
    """Return how often the known error of a group is found for the group's next report.

    Each group's first report stands for a known error that says the symptom in its title alone;
    with `linked`, each later report is linked to it once its own query is answered.
    """
    base = KnowledgeBase()
    found: list[int] = []
    hits = {each.text.ticket_id for _, each, hits in _queries(reports) if hits}
    seen: set[str] = set()
    for report in reports:
        if report.group is None:
            continue
        text = report.text
        entry = TicketId(f"KE-{report.group}")
        if report.group not in seen:
            seen.add(report.group)
            base.add(
                attrs.evolve(text, ticket_id=entry, kind="known_error", at=text.at_us, body="")
            )
            continue
        if text.ticket_id in hits:
            names = [each.suggestion.ticket_id for each in base.match(text, limit=20)]
            found.append(names.index(entry) + 1 if entry in names else _NOT_FOUND)
        if linked:
            base.link(entry, text)
    return recall(found)


# --- speed ---------------------------------------------------------------------------------------


def enlarged(reports: Sequence[Report], number: int) -> Iterator[TicketText]:
    """Yield as many texts as wanted: the reports, then titles and bodies of them newly combined.

    Times go on where the reports end, at their pace.
    """
    rng = random.Random(1)
    whole = reports[-1].text.at - reports[0].text.at + timedelta(days=1)
    made = (
        attrs.evolve(
            report.text,
            ticket_id=TicketId(f"{report.text.ticket_id}-{lap}"),
            at=report.text.at + lap * whole,
            body=report.text.body if not lap else rng.choice(reports).text.body,
        )
        for lap in range(number // len(reports) + 1)
        for report in reports
    )
    yield from islice(made, number)


def speed(texts: Sequence[TicketText], *, asked: int = 300) -> Speed:
    """Return what adding and asking cost, in CPU time, with and without the window of two years."""
    index = TicketIndex()
    began = time.process_time()
    for text in texts:
        index.add(text)
    add_ms = (time.process_time() - began) / len(texts) * 1_000
    rng = random.Random(2)
    chosen = rng.sample(texts, asked)
    everything = Linker(index, task=DUPLICATES)
    spent = sorted(_spent(everything, text) for text in chosen)
    windowed = Linker(index, task=attrs.evolve(DUPLICATES, window_days=730.0))
    recent = [attrs.evolve(text, at=texts[-1].at_us) for text in chosen]
    total = sum(_spent(windowed, text) for text in recent)
    return Speed(
        add_ms,
        sum(spent) / asked * 1_000,
        spent[int(0.95 * asked)] * 1_000,
        total / asked * 1_000,
    )


def _spent(linker: Linker, text: TicketText) -> float:
    began = time.process_time()
    linker.similar(text, limit=5)
    return time.process_time() - began


def bytes_a_ticket(texts: Sequence[TicketText]) -> float:
    """Return the memory of an index, ids and vocabulary included, for each of its tickets."""
    blob = _snapshot(texts)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        index = TicketIndex.restored(blob)
        return (tracemalloc.get_traced_memory()[0] - before) / len(index)
    finally:
        tracemalloc.stop()


def _snapshot(texts: Sequence[TicketText]) -> bytes:
    index = TicketIndex()
    for text in texts:
        index.add(text)
    return index.snapshot()
