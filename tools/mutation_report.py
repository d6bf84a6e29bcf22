"""Keep what a run of `make mutate` found, and write the page about it."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any, Final

import attrs

from tools.mutants import Mutant, read
from tools.mutation_trial import BrokenRun, Outcome

__all__ = [
    "Found",
    "Survivor",
    "accepted",
    "found_in",
    "load",
    "page",
    "store",
    "wilson",
]

ROOT: Final = Path(__file__).resolve().parents[1]
ACCEPTED: Final = ROOT / "tools" / "mutants_accepted.toml"
FIGURES: Final = ROOT / "docs" / "explanation" / "mutation.json"
PAGE: Final = ROOT / "docs" / "explanation" / "mutation.md"

_HEAD: Final = """# Mutation testing

A mutant is the code with one small mistake in it: `<` where `<=` stands, a constant one higher, an
error that is not raised. If the tests pass all the same, either they do not look there or the
mistake makes no difference. `make mutate ROOM=spans` tries the mutants of a room and writes this
page; the same figures are in `mutation.json` beside it.

## Figures

The score is the share of mutants that a test noticed, of those that load and are not known to be
equivalent. Where a room has more mutants than were tried, those tried are a random sample with the
seed named, and the interval is the 95 % score interval of the whole room. Where fewer mutants are
alive now than at first, tests were added because of this very sample: then score and interval
flatter the room, and only a sample with another seed says how good its tests are now. Figures are
of the code and the tests of their day: `make evidence AREA=trust` says where these have changed
since.

"""

_HOW: Final = """
## What is changed

One thing at a time: comparisons (`<` to `<=` and to `>=`, `is` to `is not`, `in` to `not in`),
arithmetic and bit operators, `and` and `or`, `not`, conditions, `min` and `max`, `any` and `all`,
numbers (one more; 1 also to 0), booleans, texts without white space, `return`, `raise`, calls made
for their effect, `break` and `continue`.

Left alone: docstrings and prose, annotations, decorators, imports, `__all__`, the types in casts,
what the type checker proves unreachable, and `strict=` of `zip`, which guards what cannot happen.

## How a mutant is tried

The room's tests run once on sound code, which tells which test reaches which line. Each mutant is
then loaded in a forked process, where the tests that reach its line run until one fails: first
those of the module's own file and its doctests, then the other tests of the room, its known bugs
and its laws in `tests/properties`, the quickest first, up to a minute of them. Tests marked slow do
not run: they would notice more. A process that takes three times as long
as sound code and six seconds more is stopped, which counts as noticed. The tests that noticed a
mutant run once on the module as it is, planted in the same way; if they fail there, too, the run
ends without a score. A mutant that does not even load is in neither part of the score: any test at
all would notice it.

A mutant is named by its function and what it changes, not by its line, and samples are drawn by a
digest of the name. A larger sample holds the smaller one. `make mutate ROOM=spans AGAIN=1` tries
only what survived the last time, after tests were added and while the source is the same.

`make test` tries no mutant; it checks that this page has the figures that were stored, and that
every mutant with a reason still exists.
"""

_COLUMNS: Final = (
    "room",
    "mutants",
    "tried",
    "seed",
    "noticed",
    "of these by the time limit",
    "do not load",
    "alive at first",
    "equivalent",
    "alive now",
    "score",
    "interval",
    "target",
)


@attrs.frozen(kw_only=True)
class Survivor:
    """Hold a mutant that no test noticed: its name, its place, the change and why."""

    mutant: str
    place: str
    before: str
    after: str
    why: str

    @classmethod
    def of(cls, mutant: Mutant, outcome: Outcome) -> Survivor:
        """Return what is kept of a mutant that is alive."""
        return cls(
            mutant=mutant.id,
            place=mutant.place,
            before=mutant.before,
            after=mutant.after,
            why=outcome.value,
        )


@attrs.frozen(kw_only=True)
class Found:
    """Hold what became of the mutants of a room that were tried.

    `alive_at_first` counts those that no test noticed when this sample was first tried, before
    tests were added because of it, equivalent ones included.
    """

    target: float
    mutants: int
    sampled: int
    seed: int
    killed: int
    timed_out: int
    not_loaded: int
    alive_at_first: int
    source_sha256: str
    undecided: tuple[Survivor, ...]

    @property
    def is_empty(self) -> bool:
        """Return whether no mutant that loads was tried."""
        return not (self.killed or self.timed_out or self.undecided)

    def survivors(self, reasons: Mapping[str, str]) -> list[Survivor]:
        """Return what no test noticed and no reason excuses."""
        return [each for each in self.undecided if each.mutant not in reasons]

    def score(self, reasons: Mapping[str, str]) -> tuple[float, float, float]:
        """Return the share that was noticed and its interval, a point where all were tried.

        Where nothing counts, the share is 0: tests that were asked nothing noticed nothing.
        """
        noticed = self.killed + self.timed_out
        counted = noticed + len(self.survivors(reasons))
        share = noticed / counted if counted else 0.0
        low, high = (share, share) if self.sampled == self.mutants else wilson(noticed, counted)
        return share, low, high

    def to_json(self, reasons: Mapping[str, str]) -> dict[str, Any]:
        """Return the room's entry of the file of figures."""
        score, low, high = self.score(reasons)
        alive = self.survivors(reasons)
        return {
            **attrs.asdict(self, filter=lambda field, _: field.name != "undecided"),
            "alive": len(alive),
            "equivalent": len(self.undecided) - len(alive),
            "score": round(score, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "survivors": [attrs.asdict(each) for each in alive],
            "equivalents": [attrs.asdict(each) for each in self.undecided if each not in alive],
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Found:
        """Return what `to_json` wrote."""
        names = {field.name for field in attrs.fields(cls)} - {"undecided"}
        undecided = [*entry["survivors"], *entry["equivalents"]]
        entry = {"alive_at_first": len(undecided), **entry}
        return cls(
            **{name: entry[name] for name in names},
            undecided=tuple(Survivor(**each) for each in undecided),
        )


def found_in(
    outcomes: Sequence[tuple[Mutant, Outcome]],
    *,
    mutants: int,
    seed: int,
    target: float,
    source_sha256: str,
) -> Found:
    """Return the counts of the outcomes, and the mutants that are alive by name."""
    counts = Counter(outcome for _, outcome in outcomes)
    alive = (Outcome.ALIVE, Outcome.UNREACHED)
    return Found(
        target=target,
        mutants=mutants,
        sampled=len(outcomes),
        seed=seed,
        killed=counts[Outcome.KILLED],
        timed_out=counts[Outcome.TIMED_OUT],
        not_loaded=counts[Outcome.NOT_LOADED],
        alive_at_first=counts[Outcome.ALIVE] + counts[Outcome.UNREACHED],
        source_sha256=source_sha256,
        undecided=tuple(
            sorted(
                (Survivor.of(mutant, outcome) for mutant, outcome in outcomes if outcome in alive),
                key=lambda each: each.mutant,
            )
        ),
    )


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson 1927); 0 to 1 where nothing was tried."""
    if not trials:
        return 0.0, 1.0
    z = 1.959964
    share = hits / trials
    middle = share + z * z / (2 * trials)
    half = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    whole = 1 + z * z / trials
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def accepted(path: Path = ACCEPTED) -> dict[str, str]:
    """Return the mutants that no test can notice, by name, each with its reason."""
    with path.open("rb") as file:
        listed = tomllib.load(file).get("accepted", [])
    return {each["mutant"]: each["reason"] for each in listed}


def load(path: Path = FIGURES) -> dict[str, Found]:
    """Return what is known of each room that was ever tried."""
    if not path.exists():
        return {}
    rooms = json.loads(read(path))["rooms"]
    return {name: Found.from_json(entry) for name, entry in rooms.items()}


def store(
    rooms: Mapping[str, Found],
    reasons: Mapping[str, str],
    *,
    figures: Path = FIGURES,
    text: Path = PAGE,
) -> None:
    """Write the figures and the page about them.

    Raises:
        BrokenRun: in a room nothing was tried; nothing is written then.
    """
    empty = [name for name, found in sorted(rooms.items()) if found.is_empty]
    if empty:
        message = f"no mutant of {', '.join(empty)} that loads was tried: there is no score to keep"
        raise BrokenRun(message)
    entries = {name: found.to_json(reasons) for name, found in rooms.items()}
    written = json.dumps({"format": 1, "rooms": entries}, indent=1, sort_keys=True)
    figures.write_text(f"{written}\n", encoding="utf-8")
    text.write_text(page(rooms, reasons), encoding="utf-8")


def page(rooms: Mapping[str, Found], reasons: Mapping[str, str]) -> str:
    """Return the page as Markdown."""
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|---" * len(_COLUMNS) + "|",
        *(_row(name, found, reasons) for name, found in sorted(rooms.items())),
    ]
    alive = {name: found.survivors(reasons) for name, found in sorted(rooms.items())}
    listed = "".join(_listed(name, survivors) for name, survivors in alive.items() if survivors)
    known = [each for found in rooms.values() for each in found.undecided if each.mutant in reasons]
    parts = [
        _HEAD,
        "\n".join(lines),
        "\n",
        _HOW,
        "\n## Alive\n\n",
        listed.lstrip("\n") or "None of those tried.\n",
        "\n## Equivalent\n\n",
        _excused(known, reasons),
    ]
    return "".join(parts)


def _row(name: str, found: Found, reasons: Mapping[str, str]) -> str:
    score, low, high = found.score(reasons)
    full = found.sampled == found.mutants
    alive = len(found.survivors(reasons))
    cells = (
        name,
        f"{found.mutants:,}",
        "all" if full else f"{found.sampled:,}",
        "" if full else str(found.seed),
        f"{found.killed + found.timed_out:,}",
        str(found.timed_out),
        str(found.not_loaded),
        str(found.alive_at_first),
        str(len(found.undecided) - alive),
        str(alive),
        f"{score:.1%}",
        "" if full else f"{low:.1%} to {high:.1%}",
        f"{found.target:.0%}",
    )
    return f"| {' | '.join(cells)} |"


def _listed(name: str, survivors: Sequence[Survivor]) -> str:
    return f"\n### {name}\n" + "".join(_shown(each) for each in survivors)


def _shown(each: Survivor) -> str:
    note = "" if each.why == Outcome.ALIVE.value else f", {each.why}"
    return f"\n`{each.place}`{note}\n\n```diff\n- {each.before}\n+ {each.after}\n```\n"


def _excused(known: Sequence[Survivor], reasons: Mapping[str, str]) -> str:
    if not known:
        return "None of those tried.\n"
    head = "Changes that make no difference that a caller could see, and why.\n"
    return head + "".join(f"{_shown(each)}\n{reasons[each.mutant]}\n" for each in known)
