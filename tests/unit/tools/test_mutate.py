"""The command that tries the mutants of a room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.mutants import Mutant, mutants_of, read
from tools.mutate import joined, main, room_mutants, room_named, source_digest
from tools.mutation_report import found_in, load
from tools.mutation_trial import BrokenRun, Outcome


def test_every_row_up_to_nine_has_its_rooms_when_read(root: Path) -> None:
    """The rooms that can be tried are those of rows 1 to 9 of the architecture."""
    text = read(root / "docs" / "architecture.md")
    rows = re.findall(r"^\| [1-9] \| (.*?) \|", text, re.MULTILINE)
    rooms = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(rows) == 9
    assert {room_named(name).module for name in rooms} == {f"itsm_core.{name}" for name in rooms}


def test_tests_of_a_room_exist_when_it_is_named(root: Path) -> None:
    """Files that were moved would leave a room without its proofs."""
    for name in ("spans", "sla", "escalation"):
        assert [place for place in room_named(name).tests if not (root / place).exists()] == []


def test_room_is_refused_when_it_is_in_a_higher_row() -> None:
    """The message names the rooms there are."""
    with pytest.raises(BrokenRun, match=r"'desk'.*spans, priority"):
        room_named("desk")


def test_mutants_of_a_room_come_from_all_its_files_when_listed(root: Path) -> None:
    """A package's mutants are named by their file below the package of all."""
    paths = {mutant.path for mutant in room_mutants(root, room_named("priority"))}
    assert {"priority/_matrix.py", "priority/_json.py"} <= paths
    assert all(isinstance(each, Mutant) for each in room_mutants(root, room_named("ids")))


def test_digest_differs_when_the_code_does_but_not_its_docstrings(tmp_path: Path) -> None:
    """Figures say of which code they are."""
    sources = tmp_path / "src" / "itsm_core"
    sources.mkdir(parents=True)
    digests: list[str] = []
    for text in ("x = 1\n", '"""Words."""\n\nx = 1\n', "x = 3\n"):
        (sources / "spans.py").write_text(text, encoding="utf-8")
        digests.append(source_digest("spans", tmp_path))
    assert digests[0] == digests[1] != digests[2]


def test_digest_differs_when_arguments_are_swapped_or_a_test_changes(tmp_path: Path) -> None:
    """No mutant is called otherwise, and yet the figures are of something else."""
    source, test = tmp_path / "src/itsm_core/spans.py", tmp_path / "tests/unit/test_spans.py"
    digests: list[str] = []
    for code, proof in (
        ("x = f(a, b)\n", "assert 1\n"),
        ("x = f(b, a)\n", "assert 1\n"),
        ("x = f(a, b)\n", "assert 2\n"),
        ('"""Words.\n\n>>> 1\n1\n"""\nx = f(a, b)\n', "assert 1\n"),
    ):
        for path, text in ((source, code), (test, proof)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        digests.append(source_digest("spans", tmp_path))
    assert len(set(digests)) == 4


def test_run_is_refused_when_nothing_was_alive_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--again` needs a first time."""
    monkeypatch.setattr("tools.mutate.load", dict)
    assert main(["spans", "--again"]) == 2
    assert "spans has no figures yet" in capsys.readouterr().err


def test_figures_keep_what_was_not_tried_again_when_joined() -> None:
    """Of two that were alive one is noticed now; the other waits for its turn."""
    mutants = mutants_of("x = 3 < 4\n", "a.py")[:3]
    first = [(mutants[0], Outcome.KILLED), *((each, Outcome.ALIVE) for each in mutants[1:])]
    known = {"mutants": 9, "seed": 1, "target": 0.9, "source_sha256": "d"}
    before = found_in(first, **known)  # type: ignore[arg-type]
    again = found_in([(mutants[1], Outcome.TIMED_OUT)], **known)  # type: ignore[arg-type]
    found = joined(before, again, {mutants[1].id})
    assert [each.mutant for each in found.undecided] == [mutants[2].id]
    assert (found.sampled, found.killed, found.timed_out, found.alive_at_first) == (3, 1, 1, 2)


def test_figures_name_rooms_that_exist_when_stored() -> None:
    """A room that was renamed takes its figures along."""
    assert [name for name in load() if room_named(name).name != name] == []
