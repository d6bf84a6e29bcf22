"""Try the tests of a room on a mutant of it: each in a forked process, with a limit on its time.

The parent holds what no mutant can touch: pytest, hypothesis and the rooms below the one that is
changed. The child puts the mutant in the place of its module, imports the room anew and runs the
tests that reach the changed line: those of the module's own test file first, the others only if
none of these fails. Nothing is written to the tree.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import time
import tomllib
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import attrs
import coverage
import pytest
from hypothesis import settings

from tools.mutants import Mutant, planted, read

__all__ = ["BrokenRun", "Outcome", "Room", "Runner", "forked", "rooms_below"]

_MEMORY: Final = 4 << 30
_NOT_LOADED: Final = 90
_BROKEN: Final = 70
_SLACK: Final = 6.0  # seconds of CPU above what the tests take on sound code
_MOST_SECONDS: Final = 60.0  # of tests that are tried on one mutant, as measured on sound code
_WALL: Final = 30  # a process at low priority waits for the processor; one that sleeps is stopped
_OPTIONS: Final = (
    "-x",
    "-q",
    "--tb=no",
    "--no-header",
    "-p",
    "no:cacheprovider",
    # Two collections of garbage at the end of every run, for warnings that tests never raise.
    "-p",
    "no:unraisableexception",
    "-p",
    "no:threadexception",
    # Half the time of a short run is the search for plugins; these are all they need.
    "-p",
    "pytest_cov.plugin",
    "-p",
    "_hypothesis_pytestplugin",
    "-m",
    "not slow",
    # A source file that is named for its doctests may have a function `tests_of`: it is no test.
    "-o",
    "python_functions=test_*",
    # hypothesis is in the parent already: its own assertions are not rewritten.
    "-W",
    "ignore:Module already imported:pytest.PytestAssertRewriteWarning",
)


class BrokenRun(Exception):
    """The tests cannot say anything about a mutant, and why."""


class Outcome(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    NOT_LOADED = "not loaded"
    ALIVE = "alive"
    UNREACHED = "reached by no test"


@attrs.frozen(kw_only=True)
class Room:
    """Hold a room of a package and where its tests are, relative to the tree."""

    package: str
    name: str
    tests: tuple[str, ...]

    def sources(self, tree: Path) -> list[Path]:
        """Return the room's files: one module, or all of its package."""
        place = tree / "src" / self.package / self.name
        if place.is_dir():
            return sorted(place.rglob("*.py"))
        return [place.with_suffix(".py")]

    @property
    def module(self) -> str:
        """Return the dotted name of the room."""
        return f"{self.package}.{self.name}"


def rooms_below(pyproject: Path, package: str, room: str) -> list[str]:
    """Return the modules of the rows below a room's: what the room may import, and no more.

    Raises:
        BrokenRun: no row of the contract names the room.
    """
    with pyproject.open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    rows: list[str] = next(each["layers"] for each in contracts if each["type"] == "layers")
    named = [[name.strip(" ()") for name in row.split("|")] for row in rows]
    for at, names in enumerate(named):
        if room in names:
            return [f"{package}.{name}" for row in reversed(named[at + 1 :]) for name in row]
    message = f"no row of the contract in {pyproject.name} names the room {room!r}"
    raise BrokenRun(message)


def forked(body: Callable[[], int], *, cpu_seconds: float, output: Path | None = None) -> int:
    """Run `body` in a child process; return its exit code, or the negative signal that ended it.

    The child is stopped after `cpu_seconds` of processor time (whole seconds, rounded up), thirty
    times as much of the clock, or 4 GiB of memory. It can leave nothing but files.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = _BROKEN
        try:
            _confined(cpu_seconds, output)
            code = body()
        except BaseException:  # noqa: BLE001 - written down; the parent reads the exit code
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _confined(cpu_seconds: float, output: Path | None) -> None:
    limit = int(cpu_seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limit * _WALL)
    target = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)


class _Planted(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Find one module, and give it the code of a mutant."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self.name = name
        self._path = path
        self._code = code

    def sound(self) -> _Planted:
        """Return what plants the module as it is, in the same way."""
        return _Planted(self.name, self._path, compile(read(self._path), str(self._path), "exec"))

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the protocol of finders has both
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of the mutant's module, None for every other."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant's code in the module."""
        exec(self._code, module.__dict__)  # noqa: S102 - the tree's own code, changed in one place


class _Recorder:
    """Note for each test how long it takes and which lines it is the first to run."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure one test in a context of its own name."""
        self._measured.switch_context(item.nodeid)
        begun = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - begun
        self._measured.switch_context("")
        return result


class Runner:
    """Run the tests of one room in a tree, on sound code and on mutants."""

    def __init__(self, tree: Path, room: Room) -> None:
        self._tree = tree
        self._room = room
        self._seconds: dict[str, float] = {}
        self._reached: dict[str, dict[int, list[str]]] = {}
        self._sound: set[tuple[str, ...]] = set()  # a module, and tests that let it pass

    def warm(self) -> None:
        """Import what no mutant of the room can touch, and forget what could be touched."""
        sys.path.insert(0, str(self._tree / "src"))
        os.chdir(self._tree)
        settings.register_profile(
            "mutation", deadline=None, derandomize=True, database=None, max_examples=25
        )
        os.environ["ITSM_HYPOTHESIS"] = "mutation"
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        sys.dont_write_bytecode = False  # what is compiled once need not be for the next mutant
        self._forget(())  # hypothesis found the package by its entry point, in the tree itself
        kept = {self._room.package}
        pyproject = self._tree / "pyproject.toml"
        for name in rooms_below(pyproject, self._room.package, self._room.name):
            if importlib.util.find_spec(name) is not None:
                importlib.import_module(name)
                kept.add(name)
        package = importlib.import_module(self._room.package)
        if not Path(str(package.__file__)).is_relative_to(self._tree):
            message = f"{self._room.package} was imported from {package.__file__}, not the copy"
            raise BrokenRun(message)
        self._forget(kept)
        gc.collect()
        gc.freeze()

    def _forget(self, kept: Collection[str]) -> None:
        """Drop what was imported of the package, but for some of its rooms."""
        for name in [*sys.modules]:
            parts = name.split(".")
            if parts[0] == self._room.package and ".".join(parts[:2]) not in kept:
                del sys.modules[name]

    def measure(self, log: Path) -> None:
        """Run the room's tests on the code as it is: which test reaches which line, how long.

        Raises:
            BrokenRun: a test fails before anything is changed.
        """
        found = log.with_suffix(".json")
        code = forked(lambda: self._measured(found), cpu_seconds=600, output=log)
        if code != 0:
            tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            message = f"the tests of {self._room.name} fail on sound code (exit {code}):\n{tail}"
            raise BrokenRun(message)
        data = json.loads(read(found))
        self._seconds = data["seconds"]
        self._reached = {
            path: {int(line): tests for line, tests in lines.items()}
            for path, lines in data["reached"].items()
        }

    @property
    def tests(self) -> int:
        """Return how many tests the room has, as measured."""
        return len(self._seconds)

    def try_out(self, mutant: Mutant) -> Outcome:
        """Return what the tests make of a mutant.

        Raises:
            BrokenRun: the tests that noticed it notice sound code, too, when they run alone.
        """
        path = self._tree / "src" / self._room.package / mutant.path
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `1 is 2` is what a mutant may say
            code = compile(planted(read(path), mutant.number), str(path), "exec")
        finder = _Planted(_module_name(self._room.package, mutant.path), path, code)
        rounds = self._rounds(mutant)
        for tests in rounds:
            outcome = self._round(finder, tests)
            if outcome is not Outcome.ALIVE:
                return outcome
        return Outcome.ALIVE if rounds else Outcome.UNREACHED

    def _rounds(self, mutant: Mutant) -> list[list[str]]:
        """Return the tests that reach a mutant: those of its own file, then the others."""
        if mutant.runs_at_import:
            reaching = set(self._seconds)
        else:
            lines = self._reached.get(mutant.path, {})
            span = range(mutant.first_line, mutant.last_line + 1)
            reaching = {test for line in span for test in lines.get(line, ())}
        own = self._own(mutant.path)
        if "" in reaching:  # run while the tests were imported: what they compare with is made so
            reaching.remove("")
            reaching.update(test for test in self._seconds if test.startswith(own))
        first = [test for test in self._seconds if test in reaching and test.startswith(own)]
        others = sorted(reaching.difference(first), key=lambda test: self._seconds[test])
        rounds = [first, self._within(others)]
        return [tests for tests in rounds if tests]

    def _within(self, tests: list[str]) -> list[str]:
        """Return the quickest tests, as many as the time for one mutant allows."""
        kept: list[str] = []
        spent = 0.0
        for test in tests:
            spent += self._seconds[test]
            if spent > _MOST_SECONDS:
                break
            kept.append(test)
        return kept

    def _own(self, path: str) -> tuple[str, ...]:
        """Return how the tests of a module begin: its mirrored files and its own doctests."""
        relative = Path(path)
        mirror = Path("tests", "unit", relative.parent, f"test_{relative.stem.lstrip('_')}")
        return (f"{mirror}.py", f"{mirror}_", str(Path("src", self._room.package, path)))

    def _round(self, finder: _Planted, tests: list[str]) -> Outcome:
        names, every = tests, tests
        code = self._code_of(finder, names, every)
        if code == pytest.ExitCode.USAGE_ERROR:
            # A mutant may change the texts of which the names of tests are made: all of each then.
            names = [*dict.fromkeys(test.split("[", 1)[0] for test in tests)]
            begun = tuple(f"{name}[" for name in names)
            every = [test for test in self._seconds if test in names or test.startswith(begun)]
            code = self._code_of(finder, names, every)
        outcome = _outcome(code, tests)
        if outcome in (Outcome.KILLED, Outcome.TIMED_OUT):
            self._check_sound(finder, names, every)
        return outcome

    def _check_sound(self, finder: _Planted, names: list[str], tests: list[str]) -> None:
        """Check once that these tests pass where the module is planted as it is: the control."""
        key = (finder.name, *names)
        if key in self._sound:
            return
        code = self._code_of(finder.sound(), names, tests)
        if code != 0:
            message = (
                f"{names[:3]} notice {finder.name} as it is (exit {code}), run without the others: "
                "make them pass alone, in this order"
            )
            raise BrokenRun(message)
        self._sound.add(key)

    def _code_of(self, finder: _Planted, named: list[str], tests: list[str]) -> int:
        """Return how a process ends in which the tests that are named run on a mutant."""
        seconds = 3 * sum(self._seconds[test] for test in tests) + _SLACK
        return forked(lambda: self._tested(finder, named), cpu_seconds=seconds)

    def _tested(self, finder: _Planted, tests: list[str]) -> int:
        # Behind those that only listen to what is imported, before the one that reads files.
        sys.meta_path.insert(sys.meta_path.index(importlib.machinery.PathFinder), finder)
        try:
            importlib.import_module(self._room.module)
            importlib.import_module(finder.name)
        except Exception:  # noqa: BLE001 - whatever it is, the module does not load
            return _NOT_LOADED
        return int(pytest.main([*_OPTIONS, *tests]))

    def _measured(self, found: Path) -> int:
        sources = [str(path) for path in self._room.sources(self._tree)]
        measured = coverage.Coverage(data_file=None, config_file=False, include=sources)
        recorder = _Recorder(measured)
        measured.start()
        begun = [*self._room.tests, *sources]
        code = int(pytest.main([*_OPTIONS, "--tb=short", *begun], plugins=[recorder]))
        measured.stop()
        if code != 0:
            return code
        data = measured.get_data()
        package = self._tree / "src" / self._room.package
        reached = {
            str(Path(path).relative_to(package)): {
                line: sorted(names) for line, names in data.contexts_by_lineno(path).items()
            }
            for path in data.measured_files()
        }
        found.write_text(json.dumps({"seconds": recorder.seconds, "reached": reached}))
        return 0


def _outcome(code: int, tests: list[str]) -> Outcome:
    """Return what the end of the process says in which tests ran on a mutant."""
    match code:
        case 0:
            return Outcome.ALIVE
        case 1 | 2 | 3 | 4:  # a test failed, broke pytest, or could not even be collected
            return Outcome.KILLED
        case _ if code == _NOT_LOADED:
            return Outcome.NOT_LOADED
        case _ if code in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
            return Outcome.TIMED_OUT
        case _ if code < 0:
            return Outcome.KILLED
        case _:
            message = f"pytest ended with {code} on {tests[:3]}: no verdict"
            raise BrokenRun(message)


def _module_name(package: str, path: str) -> str:
    parts = Path(path).with_suffix("").parts
    return ".".join((package, *(parts[:-1] if parts[-1] == "__init__" else parts)))
