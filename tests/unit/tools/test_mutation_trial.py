"""Mutants of a small package are tried in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutation_trial import BrokenRun, rooms_below

FILES = {
    "pyproject.toml": """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "--doctest-modules"]
markers = ["slow: left out"]
[[tool.importlinter.contracts]]
type = "layers"
layers = ["(top)", "high", "low | (absent)", "ground"]
""",
    "src/toy/__init__.py": "",
    "src/toy/ground.py": "LOWEST = 0\n",
    "src/toy/low.py": "from toy.ground import LOWEST\n\nFLOOR = LOWEST\n",
    "src/toy/high.py": '''from toy.low import FLOOR

NAMES = {"a": int("10")}


def bounded(value):
    """Return it.

    >>> bounded(-7)
    0
    """
    return FLOOR if value < FLOOR else value


def forgotten():
    return 5


def slowly():
    return 6


class Name:
    def __str__(self):
        return "a" + "b"
''',
    "tests/unit/test_high.py": """
import pytest
from toy.high import NAMES, Name, bounded, slowly


@pytest.mark.parametrize("name", [Name()], ids=str)
def test_name(name):
    assert len(str(name)) == 2


def test_bounded():
    assert bounded(4) == 4


@pytest.mark.slow
def test_slowly():
    assert slowly() == 6
""",
}
SCRIPT = """
import json, signal, sys
from pathlib import Path
from tools.mutants import mutants_of, read
from tools.mutation_trial import Room, Runner, forked

tree = Path(sys.argv[1])
room = Room(package="toy", name="high", tests=("tests/unit/test_high.py",))
runner = Runner(tree, room)
runner.warm()
runner.measure(tree / "log")
source = tree / "src" / "toy" / "high.py"
mutants = mutants_of(read(source), "high.py")
found = {f"{each.scope}: {each.after}": runner.try_out(each).value for each in mutants}
found["warm"] = [name for name in sorted(sys.modules) if name.startswith("toy")]
found["tests"] = runner.tests


def spin():
    while True:
        pass


found["stopped"] = forked(spin, cpu_seconds=0.2)
print(json.dumps(found))
"""


def small_tree(folder: Path, **changed: str) -> Path:
    """Write a package of four modules with its tests."""
    for name, text in {**FILES, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run(root: Path, tree: Path) -> subprocess.CompletedProcess[str]:
    """Try every mutant of the small package in a process that may fork."""
    command = [sys.executable, "-c", SCRIPT, str(tree)]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_NO_PLUGINS": "1"}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def found(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what became of each mutant of the small package."""
    done = run(root, small_tree(tmp_path_factory.mktemp("small")))
    assert done.returncode == 0, done.stderr
    outcomes: dict[str, object] = json.loads(done.stdout)
    return outcomes


def test_mutant_is_killed_when_a_test_notices(found: dict[str, object]) -> None:
    """4 is no longer returned as it is."""
    assert found["bounded: return None"] == "killed"
    assert found["bounded: return FLOOR if value >= FLOOR else value"] == "killed"


def test_mutant_is_alive_when_no_test_notices(found: dict[str, object]) -> None:
    """Nobody asks for the bound itself, and nobody looks into the table."""
    assert found["bounded: return FLOOR if value <= FLOOR else value"] == "alive"
    assert found["module: NAMES = {'aXX': int('10')}"] == "alive"


def test_mutant_gets_its_verdict_when_the_names_of_tests_change(found: dict[str, object]) -> None:
    """The name of a test holds the text that the mutant changed."""
    assert found["Name.__str__: return 'a' + 'bXX'"] == "killed"


def test_mutant_is_not_loaded_when_its_module_does_not_import(found: dict[str, object]) -> None:
    """`int('10XX')` stops the import itself."""
    assert found["module: NAMES = {'a': int('10XX')}"] == "not loaded"


def test_mutant_is_reached_by_no_test_when_only_a_slow_one_would(found: dict[str, object]) -> None:
    """No process is started for what no test runs."""
    assert found["forgotten: return 6"] == "reached by no test"
    assert found["slowly: return 7"] == "reached by no test"


def test_only_rooms_below_stay_when_the_parent_is_warm(found: dict[str, object]) -> None:
    """The room itself is imported anew for each mutant; its doctest is one of its tests."""
    assert found["warm"] == ["toy", "toy.ground", "toy.low"]
    assert found["tests"] == 3


def test_process_is_stopped_when_it_takes_too_long(found: dict[str, object]) -> None:
    """The processor's time is limited, not the clock's: a busy machine stops nobody."""
    assert found["stopped"] in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM)


def test_run_is_refused_when_a_test_fails_on_sound_code(root: Path, tmp_path: Path) -> None:
    """Tests that fail anyway would kill every mutant."""
    broken = "def test_broken():\n    assert False\n"
    done = run(root, small_tree(tmp_path, **{"tests/unit/test_high.py": broken}))
    assert done.returncode == 1
    assert "the tests of high fail on sound code (exit 1)" in done.stderr


def test_run_is_refused_when_tests_fail_on_sound_code_without_the_others(
    root: Path, tmp_path: Path
) -> None:
    """The second test needs the first: alone it would kill every mutant that it reaches."""
    leaning = """
from toy.high import bounded, slowly

SEEN = []


def test_first():
    SEEN.append(bounded(4))


def test_second():
    assert slowly() and SEEN
"""
    done = run(root, small_tree(tmp_path, **{"tests/unit/test_high.py": leaning}))
    assert done.returncode == 1
    assert "BrokenRun: ['tests/unit/test_high.py::test_second'] notice toy.high" in done.stderr


def test_rooms_below_are_those_of_lower_rows_when_a_room_is_named(tmp_path: Path) -> None:
    """The lowest row first, with what may not exist yet; no room of the row itself."""
    path = small_tree(tmp_path) / "pyproject.toml"
    assert rooms_below(path, "toy", "high") == ["toy.ground", "toy.low", "toy.absent"]
    with pytest.raises(BrokenRun, match="'cellar'"):
        rooms_below(path, "toy", "cellar")
