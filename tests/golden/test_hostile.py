"""Hostile payloads against every reader of the package: none accepted, typed errors, little memory.

The classes are `hostile.CLASSES`, the readers `hostile_entries.ENTRIES` (law R7).
"""

from __future__ import annotations

import ast
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from itsm_core.errors import ItsmError
from tests.golden.hostile import CLASSES, HostileClass
from tests.golden.hostile_entries import ENTRIES, Entry

MEGABYTE: Final = 1 << 20
MOST_MEMORY: Final = 64 * MEGABYTE
LONGEST_MESSAGE: Final = 10_000
FLOOD: Final = "[" * (100 * MEGABYTE)

ONLY_OF_TEXTS: Final = frozenset(
    {"key given twice", "minus zero", "byte order mark", "other encodings", "oversize"}
)
"""What is gone once `json.loads` has read a text, so that nobody can see it any more."""

READERS: Final = frozenset({"from_json", "loads", "read_json", "read_policy", "load_policy"})
READER_BEGINNINGS: Final = ("decode_",)
READER_ENDS: Final = ("_from_json",)

NOT_FROM_OUTSIDE: Final = {
    "conditions/_json.py:from_json": "called by Condition.from_json, which has its entry",
    "conditions/_json.py:loads": "called by Condition.loads, which has its entry",
    "calendars/_holidays.py:source_from_json": "called by calendar_from_json, which has its entry",
    "rosters/_json.py:loads": "called by Roster.loads, Channels.loads and Ladder.loads",
    "adapters/records.py:decode_message": "a store's row: it must be what it wrote",
    "priority/_modifiers.py:_effect_from_json": "called by PriorityModifier.from_json",
}


def applied(entry: Entry, kind: HostileClass) -> Iterator[str | bytes]:
    """Yield the texts that a class makes of the documents of a reader."""
    for sample in entry.samples:
        yield from kind.make(sample)


PAIRS: Final = [
    pytest.param(entry, kind, id=f"{entry.name}-{kind.name}")
    for entry in ENTRIES
    for kind in CLASSES
    if kind.name not in entry.tolerates and next(applied(entry, kind), None) is not None
]


def verdict_on(entry: Entry, given: Any, *, loose: bool = False) -> str:
    """Return "accepted", or the message of the typed refusal; any other error is a failure."""
    try:
        if loose and entry.takes is not None:
            entry.takes(given)
        else:
            entry.read(given)
    except ItsmError as error:
        return str(error)
    return "accepted"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_document_is_read_and_written_alike_when_it_is_valid(entry: Entry) -> None:
    """Without this, refusing everything would pass the tests below."""
    for sample in entry.samples:
        value = entry.read(sample.text)
        assert entry.read(json.dumps(entry.write(value))) == value


@pytest.mark.parametrize(("entry", "kind"), PAIRS)
def test_no_payload_is_accepted_when_it_is_hostile(entry: Entry, kind: HostileClass) -> None:
    """Refused, by an error of ours, with a message that fits on a screen or two."""
    for payload in applied(entry, kind):
        message = verdict_on(entry, payload)
        assert message != "accepted", payload[:2000]
        assert len(message) < LONGEST_MESSAGE


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.takes], ids=lambda entry: entry.name)
def test_no_values_are_accepted_when_python_has_read_a_hostile_text(entry: Entry) -> None:
    """Who hands over what `json.loads` made is no less safe, as far as it can still be seen."""
    for kind in CLASSES:
        if kind.name in ONLY_OF_TEXTS:
            continue
        for payload in applied(entry, kind):
            try:
                data = json.loads(payload)
            except (ValueError, RecursionError):
                continue
            assert verdict_on(entry, data, loose=True) != "accepted", (kind.name, payload[:2000])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_memory_is_bounded_when_payloads_are_hostile(entry: Entry) -> None:
    """The worst of each class, and 100 MB that are refused before anything is made of them."""
    sample = entry.samples[0]
    worst = [
        payload
        for kind in CLASSES
        if kind.name in ("deep nesting", "too many values", "oversize", "huge integer")
        for payload in kind.make(sample)
    ]
    for payload in (*worst, FLOOD, FLOOD.encode()):
        tracemalloc.start()
        message = verdict_on(entry, payload)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert message != "accepted"
        assert peak < MOST_MEMORY


def test_classes_are_forty_or_more_when_counted() -> None:
    """Each has a name of its own and says why it is hostile."""
    assert len({kind.name for kind in CLASSES}) == len(CLASSES) >= 40
    assert all(kind.why for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.name)
def test_class_makes_payloads_when_applied_to_all_readers(kind: HostileClass) -> None:
    """A class that never applies proves nothing."""
    assert any(next(applied(entry, kind), None) is not None for entry in ENTRIES)


def test_every_reader_has_its_entry_when_the_source_is_searched(root: Path) -> None:
    """Whatever reads JSON from outside is run against every class."""
    package = root / "src" / "itsm_core"
    found = {
        f"{path.relative_to(package).as_posix()}:{node.name}"
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and is_reader(node.name)
    }
    covered = {name for entry in ENTRIES for name in entry.covers}
    assert found - NOT_FROM_OUTSIDE.keys() == covered


def is_reader(name: str) -> bool:
    """Return whether a function is named as readers of JSON are."""
    return (
        name in READERS or name.startswith(READER_BEGINNINGS) or name.endswith(READER_ENDS)
    ) and not name.startswith("_decode")
