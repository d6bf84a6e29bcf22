"""What is kept of a run over mutants, and the page about it."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from tools.mutants import Mutant, mutants_of
from tools.mutation_report import Found, accepted, found_in, load, page, store, wilson
from tools.mutation_trial import BrokenRun, Outcome

MUTANTS = mutants_of("def work(x):\n    return x < 3\n", "room.py")
OUTCOMES = [
    Outcome.KILLED,
    Outcome.ALIVE,
    Outcome.TIMED_OUT,
    Outcome.UNREACHED,
]
ALIVE = MUTANTS[1].id
UNREACHED = MUTANTS[3].id


def found(mutants: int = 4) -> Found:
    """Return what a run over the four mutants of one function found."""
    return found_in(
        [*zip(MUTANTS, OUTCOMES, strict=True)],
        mutants=mutants,
        seed=1,
        target=0.95,
        source_sha256="d1",
    )


def test_score_counts_the_time_limit_when_a_mutant_never_ends() -> None:
    """Killed and stopped are noticed; the two that are alive are not."""
    assert found().score({}) == (0.5, 0.5, 0.5)


def test_score_leaves_out_a_mutant_when_it_is_accepted() -> None:
    """An equivalent mutant is in neither part."""
    share, _, _ = found().score({ALIVE: "reason"})
    assert share == pytest.approx(2 / 3)


def test_score_leaves_out_a_mutant_when_it_does_not_load() -> None:
    """What any test at all would notice says nothing about the tests."""
    outcomes = [(MUTANTS[0], Outcome.NOT_LOADED), (MUTANTS[1], Outcome.KILLED)]
    tried = found_in(outcomes, mutants=2, seed=1, target=0.9, source_sha256="")
    assert (tried.not_loaded, tried.score({})) == (1, (1.0, 1.0, 1.0))


def test_score_has_an_interval_when_only_a_sample_was_tried() -> None:
    """The interval is of the whole room, of which 4 of 40 were tried."""
    _, low, high = found(mutants=40).score({})
    assert (round(low, 4), round(high, 4)) == (0.15, 0.85)


@pytest.mark.parametrize("outcomes", [[], [(MUTANTS[0], Outcome.NOT_LOADED)]], ids=["none", "one"])
def test_figures_are_refused_when_nothing_was_tried(
    outcomes: list[tuple[Mutant, Outcome]], tmp_path: Path
) -> None:
    """No mutant, or none that loads: the score is 0, and what was stored before stays."""
    tried = found_in(outcomes, mutants=4, seed=1, target=0.9, source_sha256="")
    assert tried.score({}) == (0.0, 0.0, 1.0)
    figures, text = tmp_path / "mutation.json", tmp_path / "mutation.md"
    with pytest.raises(BrokenRun, match="no mutant of room that loads was tried"):
        store({"room": tried}, {}, figures=figures, text=text)
    assert not figures.exists()


def test_wilson_agrees_when_compared_with_a_published_interval() -> None:
    """Newcombe 1998, table I, method 3: 81 of 263 and 15 of 148."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_figures_are_the_same_when_stored_and_loaded(tmp_path: Path) -> None:
    """What was tried once can be told apart again after a reason was added."""
    figures, text = tmp_path / "mutation.json", tmp_path / "mutation.md"
    store({"room": found()}, {ALIVE: "reason"}, figures=figures, text=text)
    loaded = load(figures)["room"]
    assert {*loaded.undecided} == {*found().undecided}
    assert attrs.evolve(loaded, undecided=()) == attrs.evolve(found(), undecided=())
    entry = json.loads(figures.read_text(encoding="utf-8"))["rooms"]["room"]
    assert (entry["alive"], entry["equivalent"], entry["score"]) == (1, 1, 0.6667)
    assert load(tmp_path / "none.json") == {}


def test_page_shows_place_and_change_when_a_mutant_is_alive() -> None:
    """A reader sees where, what, and whether any test comes by."""
    written = page({"room": found(mutants=40)}, {})
    assert "| room | 40 | 4 | 1 | 2 | 1 | 0 | 2 | 0 | 2 | 50.0% | 15.0% to 85.0% | 95% |" in written
    assert "`room.py:2 work`\n\n```diff\n- return x < 3\n+ return x <= 3\n```" in written
    assert "`room.py:2 work`, reached by no test" in written


def test_page_gives_the_reason_when_a_mutant_is_accepted() -> None:
    """An equivalent mutant is listed under its own heading."""
    reasons = {ALIVE: "Three is never asked for.", UNREACHED: "Nor is four."}
    written = page({"room": found()}, reasons)
    assert "None of those tried." in written.split("## Alive")[1].split("## Equivalent")[0]
    assert "Three is never asked for." in written.split("## Equivalent")[1]


def test_accepted_mutants_are_read_when_listed(tmp_path: Path) -> None:
    """Each entry is a name and a reason."""
    path = tmp_path / "accepted.toml"
    path.write_text("[[accepted]]\nmutant = 'a'\nreason = 'b'\n", encoding="utf-8")
    assert accepted(path) == {"a": "b"}


def test_page_agrees_when_compared_with_the_stored_figures(root: Path) -> None:
    """Nobody writes figures by hand, and a reason that was added is on the page."""
    written = (root / "docs" / "explanation" / "mutation.md").read_text(encoding="utf-8")
    assert written == page(load(), accepted())
