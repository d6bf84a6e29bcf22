"""Change valid documents at random and read them: a typed refusal, or the identity (law R7).

Every reader of JSON that the package has gets documents whose characters are flipped, cut and
doubled, whose values are swapped, moved and replaced, and which are spliced with each other. Each
is refused by an `ItsmError`, or read into a value that is written back as an equal document.
Policy files get the same changes to their text. Document N of seed S is always the same.

    python -m benchmarks.fuzz_codec [--documents 1000000] [--policies 20000] [--seed 1]
    python -m benchmarks.fuzz_codec --replay 1:4711

The exit code is 1 if anything differs; each such document is printed with what replays it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import attrs

from benchmarks import tzdb
from itsm_core.errors import ItsmError
from itsm_core.policy import bundled_policies, load_policy, policy_path, policy_to_json
from itsm_core.readers import read_json
from tests.golden.hostile import leaves, replaced
from tests.golden.hostile_entries import ENTRIES, Entry

__all__ = ["FuzzResult", "fuzz", "main", "mutated", "outcome"]

_SHOWN: Final = 5
_WEIGHTS: Final[Mapping[str, int]] = {"event": 40, "command": 40, "actor": 4}
"""How often a reader's turn comes, others once: what comes from outside all day is read quickly,
definitions take their time to check."""

_ODD_CHARACTERS: Final = (
    '"\\{}[],:0123456789-+.eEtrufalsn \n\t\0\x7f\u00e9\u0661\ufeff\U0001f692_xZT'
)
_ODD_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 2, 1.0, 0.5, 1e300, 2**31, 2**63 - 1, 2**63, -(2**63), 10**40),
    *(
        "",
        " ",
        "0",
        "1",
        "true",
        "null",
        "x" * 300,
        "\ud800",
        "\0",
        "NaN",
        "TicketOpened",
        "__class__",
    ),
    *(
        "2026-01-05T09:00:00.000000Z",
        "2026-02-30T00:00:00.000000Z",
        "P1",
        "Europe/Berlin",
        "always",
    ),
    *([], {}, [[]], [None], {"": None}, {"kind": "always"}, {"type": "TicketOpened"}, ["a", "b"]),
)


@attrs.frozen(kw_only=True)
class FuzzResult:
    """Hold the outcome of a run: `problems` maps what replays a document to what is wrong."""

    documents: int
    accepted: Mapping[str, int]
    refused: Mapping[str, int]
    seconds: float
    problems: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Case:
    """Hold one changed document and who reads it."""

    entry: Entry
    text: str


# --- changes -------------------------------------------------------------------------------------


def mutated(rng: random.Random, text: str, other: str) -> str:
    """Return a JSON text with one to three random changes; `other` is a valid text to take from."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if rng.random() < 0.5:
            text = _with_other_characters(rng, text, other)
            continue
        try:
            document, donor = json.loads(text), json.loads(other)
        except (ValueError, RecursionError):  # an earlier change was to the characters
            text = _with_other_characters(rng, text, other)
            continue
        text = json.dumps(_with_other_values(rng, document, donor), ensure_ascii=rng.random() < 0.5)
    return text


def _with_other_characters(rng: random.Random, text: str, other: str) -> str:
    at = rng.randrange(len(text) + 1)
    to = min(len(text), at + rng.choice((1, 1, 2, 5, 40)))
    change = rng.randrange(5)
    if change == 0:
        return text[:at] + rng.choice(_ODD_CHARACTERS) + text[at + 1 :]
    if change == 1:
        return text[:at] + rng.choice(_ODD_CHARACTERS) + text[at:]
    if change == 2:
        return text[:at] + text[to:]
    if change == 3:
        return text[:to] + text[at:to] + text[to:]
    return text[:at] + other[rng.randrange(len(other) + 1) :]


def _with_other_values(rng: random.Random, document: object, donor: object) -> object:
    places = list(leaves(document))
    path, value = rng.choice(places)
    change = rng.randrange(6)
    if change == 0:
        return replaced(document, path, rng.choice(_ODD_VALUES))
    if change == 1:
        return replaced(document, path, rng.choice(list(leaves(donor)))[1])
    if change == 2:
        return replaced(document, path, rng.choice(places)[1])
    if change == 3:
        return replaced(document, path, rng.choice(([value], {"value": value}, str(value))))
    parents = [(path, value) for path, value in places if isinstance(value, dict | list) and value]
    path, value = rng.choice(parents or [((), {"": document})])
    return replaced(document, path, _with_other_members(rng, value))


def _with_other_members(rng: random.Random, value: object) -> object:
    """Drop, repeat or rename one member of a list or an object."""
    if isinstance(value, list):
        at = rng.randrange(len(value))
        return rng.choice((value[:at] + value[at + 1 :], [*value, value[at]], value[::-1]))
    members = cast("dict[str, Any]", value)
    key = rng.choice(list(members))
    rest = {name: each for name, each in members.items() if name != key}
    new = rng.choice((None, key.upper(), f"{key} ", "x", key[:-1], "type"))
    return rest if new is None else {**rest, new: members[key]}


def case_of(seed: str) -> Case:
    """Return the document of a seed such as "1:4711"."""
    rng = random.Random(seed)
    (entry,) = rng.choices(ENTRIES, _CHANCES)
    sample, other = rng.choice(entry.samples), rng.choice(entry.samples)
    return Case(entry=entry, text=mutated(rng, _TEXTS[sample.name], _TEXTS[other.name]))


_PAYLOADS: Final = ("event", "command", "actor")
_CHANCES: Final = [_WEIGHTS.get(entry.name, 1) for entry in ENTRIES]
_TEXTS: Final[Mapping[str, str]] = {
    sample.name: sample.text for entry in ENTRIES for sample in entry.samples
}


# --- what must hold ------------------------------------------------------------------------------


def outcome(case: Case) -> tuple[bool, str]:
    """Return whether a document was accepted, and what is wrong with that, if anything is."""
    try:
        value = case.entry.read(case.text)
    except ItsmError:
        return False, ""
    except Exception as error:  # noqa: BLE001 - whatever else it raises is what we look for
        return False, f"raises {type(error).__name__}: {str(error)[:200]}"
    written, given = case.entry.write(value), read_json(case.text)
    if _canonical(written) == _canonical(given):
        return True, ""
    again = case.entry.read(json.dumps(written))
    if again != value or _canonical(case.entry.write(again)) != _canonical(written):
        return True, f"accepted, but written it is read as {again!r}"[:300]
    if case.entry.name in _PAYLOADS and not _is_older(given, written):
        return True, f"accepted, but written as {_canonical(written)}"[:600]
    return True, ""


def _canonical(document: object) -> str:
    return json.dumps(document, sort_keys=True)


def _is_older(given: object, written: object) -> bool:
    """Return whether a payload of an older version was brought to the present form."""
    old, new = cast("dict[str, Any]", given), cast("dict[str, Any]", written)
    kept = {key: value for key, value in old.items() if key != "version"}
    same = _canonical(kept) == _canonical({key: new.get(key) for key in kept})
    return bool(same and old["version"] < new["version"])


def _policy_outcome(text: str, file: Path) -> tuple[bool, str]:
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    accepted = False
    try:
        policy = load_policy(file)
        accepted = True
        policy_to_json(policy)  # refuses to write what would not be read as an equal policy
    except ItsmError as error:
        return accepted, f"accepted, but not written: {error}"[:300] if accepted else ""
    except Exception as error:  # noqa: BLE001 - as above
        return accepted, f"raises {type(error).__name__}: {str(error)[:200]}"
    return True, ""


def _policy_of(seed: str) -> str:
    """Return the changed policy file of a seed such as "1:policy:4711"."""
    rng = random.Random(seed)
    names = bundled_policies()
    text, other = (policy_path(rng.choice(names)).read_text(encoding="utf-8") for _ in range(2))
    for _ in range(rng.choice((1, 1, 2, 3))):
        text = _with_other_characters(rng, text, other)
    return text


# --- runs ----------------------------------------------------------------------------------------


def fuzz(*, documents: int, policies: int = 0, seed: int = 1) -> FuzzResult:
    """Read so many changed documents, and policy files, and return what came of it."""
    began = time.process_time()
    accepted, refused = Counter[str](), Counter[str]()
    problems: dict[str, str] = {}

    def note(name: str, replay: str, found: tuple[bool, str]) -> None:
        (accepted if found[0] else refused)[name] += 1
        if found[1]:
            problems[replay] = found[1]

    for number in range(documents):
        replay = f"{seed}:{number}"
        case = case_of(replay)
        note(case.entry.name, replay, outcome(case))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(policies):
            replay = f"{seed}:policy:{number}"
            found = _policy_outcome(_policy_of(replay), Path(folder) / "policy.toml")
            note("policy in TOML", replay, found)
    return FuzzResult(
        documents=documents + policies,
        accepted=accepted,
        refused=refused,
        seconds=time.process_time() - began,
        problems=problems,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="fuzz_codec", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--documents", type=int, default=1_000_000, help="documents (1,000,000)")
    parser.add_argument("--policies", type=int, default=20_000, help="policy files (20,000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", help="show one document, such as 1:4711 or 1:policy:4711")
    chosen = parser.parse_args(arguments)
    tzdb.pin()
    if chosen.replay:
        return _replay(chosen.replay)
    result = fuzz(documents=chosen.documents, policies=chosen.policies, seed=chosen.seed)
    for name, problem in list(result.problems.items())[:_SHOWN]:
        print(f"\ndocument {name} (see it with --replay {name}): {problem}")
    for name in sorted(result.accepted.keys() | result.refused.keys()):
        accepted, refused = result.accepted.get(name, 0), result.refused.get(name, 0)
        print(f"  {name:<20} {accepted:>9,} read and written alike, {refused:>9,} refused")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{result.documents:,} documents, seed {chosen.seed}, {result.seconds:.0f} s CPU, "
        f"at most {peak} MB in all: {len(result.problems)} problems"
    )
    return 1 if result.problems else 0


def _replay(name: str) -> int:
    if ":policy:" in name:
        text = _policy_of(name)
        with tempfile.TemporaryDirectory() as folder:
            found = _policy_outcome(text, Path(folder) / "policy.toml")
    else:
        case = case_of(name)
        text, found = case.text, outcome(case)
    print(text, *found, sep="\n")
    return 1 if found[1] else 0


if __name__ == "__main__":
    sys.exit(main())
