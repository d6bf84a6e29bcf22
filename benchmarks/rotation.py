"""Half-year desks with failures that an eight-week rotation hides: those of the data folder, and
others of the same kind, seeded, so that nothing is fitted to the one that is published.

A failure comes about weekly, two days more or less, and is worded by whoever is on call; one item
in five is wrong. The background is real tickets that nobody linked.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

import attrs

from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import Occurrence, TicketText

__all__ = ["DATA", "Kind", "Row", "made", "published"]

Kind = Literal["alert", "real", "none"]

DATA: Final = Path(__file__).parents[2] / "shared" / "data" / "linking"

_START: Final = datetime(2025, 1, 6, tzinfo=UTC)
_DAYS: Final = 182
_BACKGROUND: Final = 2_000
_FAILURES: Final = 15
_ITEMS: Final = 60
_PEOPLE: Final = 8
_WRONG_ITEM: Final = 0.2
_TIMES: Final = 8

_ALERTS: Final = (
    (
        "Backup of {host} failed with code {code}",
        "{host}: backup window exceeded, started it again",
        "backup job on {host} red, error {code}, repeated by hand",
        "no backup of {host} last night",
    ),
    (
        "{host} memory above 98 percent, worker restarted",
        "out of memory on {host}, killed {job}",
        "{job} on {host} crashed, heap exhausted",
        "monitoring: {host} swap full, {job} restarted",
    ),
    (
        "Replication lag {job} behind by hours",
        "replica {job} out of sync, resynchronised",
        "{job} standby not following, lag alarm",
        "sync of {job} broken again, rebuilt it",
    ),
    (
        "File transfer {job} missing since midnight",
        "partner says no files from {job}",
        "{job} sftp login refused, key reloaded",
        "transfer {job} error {code}, sent manually",
    ),
    (
        "Licence server {host} gives no tokens",
        "{host}: licences exhausted, released stale sessions",
        "users cannot start CAD, {host} daemon restarted",
        "token shortage at {host}",
    ),
    (
        "DNS forwarder {host} does not answer",
        "names not resolved via {host}, service bounced",
        "{host} resolver timeout, restarted named",
        "lookup failures, {host} again",
    ),
    (
        "Import {job} stopped at record with error {code}",
        "{job} import red, bad record skipped",
        "interface import {job} incomplete, error {code}",
        "{job} did not load, started again without the bad line",
    ),
)


@attrs.frozen(kw_only=True)
class Row:
    """Hold one ticket of a stream: what linking reads, what happened, which failure it is."""

    text: TicketText
    occurrence: Occurrence
    problem: str


def _row(
    number: str, at: datetime, words: tuple[str, str], facts: tuple[str, str, float], problem: str
) -> Row:
    item, person, hours = facts
    return Row(
        text=TicketText(
            ticket_id=TicketId(number),
            at=at,
            title=words[0],
            body=words[1],
            configuration_item_id=item,
            assignee=PersonId(person),
        ),
        occurrence=Occurrence(
            ticket_id=TicketId(number),
            at=at,
            configuration_item_id=item,
            person=PersonId(person),
            worked_us=round(hours * 3_600_000_000),
        ),
        problem=problem,
    )


def published(kind: Kind) -> list[Row]:
    """Return the stream of this kind in the data folder.

    Raises:
        FileNotFoundError: the folder is not beside the repository.
    """
    rows: list[Row] = []
    for each in _lines(DATA / f"sim_rota_{kind}_0.jsonl.gz"):
        hours = each["hours"]
        rows.append(
            _row(
                str(each["id"]),
                datetime.fromisoformat(str(each["created"])),
                (str(each["summary"]), str(each["description"])),
                (str(each["ci"]), str(each["analyst"]), float(str(hours))),
                str(each["problem"] or ""),
            )
        )
    return rows


def _lines(path: Path) -> Iterator[Mapping[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield cast("Mapping[str, object]", json.loads(line))


@cache
def _corpus() -> tuple[tuple[tuple[str, str], ...], tuple[tuple[tuple[str, str], ...], ...]]:
    """Return the words of tickets that nobody linked, and those of real groups of four and more."""
    alone: list[tuple[str, str]] = []
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in _lines(DATA / "titanium.jsonl.gz"):
        words = str(each["summary"]), str(each["description"] or "")
        if each["group"] is not None:
            groups.setdefault(str(each["group"]), []).append(words)
        elif each["type"] == "Bug" and not each["clones"]:
            alone.append(words)
    return tuple(alone), tuple(tuple(group) for group in groups.values() if len(group) >= 4)


def made(kind: Kind, seed: int) -> list[Row]:
    """Return another stream of this kind; equal seeds give equal streams."""
    rng = random.Random(f"{kind}-{seed}")
    alone, groups = _corpus()
    weights = [1 / (place + 1) for place in range(_ITEMS)]
    names = [f"CI{place:02d}" for place in range(_ITEMS)]
    told: list[tuple[datetime, tuple[str, str], str, str]] = []
    for words in rng.sample(alone, _BACKGROUND):
        at = _START + timedelta(days=rng.uniform(0, _DAYS))
        told.append((at, words, rng.choices(names, weights)[0], ""))
    if kind != "none":
        chosen = rng.sample(groups, _FAILURES)
        for number in range(_FAILURES):
            item = rng.choices(names, weights)[0]
            wordings = list(_alert(rng)) if kind == "alert" else list(chosen[number][:_TIMES])
            at = _START + timedelta(days=rng.uniform(0, _DAYS - 8 * len(wordings)))
            for words in wordings:
                wrong = rng.random() < _WRONG_ITEM
                told.append((at, words, rng.choice(names) if wrong else item, f"P{number:02d}"))
                at += timedelta(days=7 + rng.uniform(-2, 2))
    told.sort(key=lambda each: each[0])
    return [
        _row(
            f"INC{number:05d}",
            at,
            words,
            (item, f"A{(at - _START) // timedelta(days=7) % _PEOPLE}", rng.uniform(0.5, 3)),
            problem,
        )
        for number, (at, words, item, problem) in enumerate(told)
    ]


def _alert(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the wordings of one failure: one family of sentences, its own names in them."""
    family = rng.choice(_ALERTS)
    names = {
        "host": f"srv{rng.randrange(10, 400):03d}",
        "job": f"{rng.choice(('NX', 'QP', 'TR'))}{rng.randrange(10_000):04d}",
    }
    for _ in range(_TIMES):
        code = f"E{rng.randrange(100, 110)}"
        first, second = rng.choice(family), rng.choice(family)
        yield first.format(code=code, **names), second.format(code=code, **names)
