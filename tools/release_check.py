"""Build the distributions and do with them what a user would (docs/how-to/release.md).

    python -m tools.release_check [--quick] [--python 3.12 ...]

Every check prints a line; the first that fails ends the run with code 1. Nothing is uploaded, and
nothing is written but `dist/` and temporary folders.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet
from trove_classifiers import classifiers

ROOT: Final = Path(__file__).resolve().parents[1]
DIST: Final = ROOT / "dist"
SMOKE: Final = Path(__file__).with_name("release_smoke.py")
FIRST_PAGE: Final = ROOT / "docs" / "tutorial" / "first-ticket.md"
GOLDEN: Final = (
    "test_exports.py",
    "test_field_cases*.py",
    "test_known_bugs_*.py",
    "test_payloads.py",
    "test_reference_values.py",
)
"""Results known from outside, and what was written once; the slow rest is left to `make test`."""

TEST_TOOLS: Final = (
    "hypothesis",
    "icalendar",
    "jsonschema",
    "pytest",
    "pytest-cov",
    "pyyaml",
    "recurring-ical-events",
    "tzdata",
)
"""What the golden tests import besides the package."""


class CheckFailed(Exception):
    """Say which check failed, and how."""


@attrs.frozen
class Interpreter:
    """Hold a Python of this machine: its version as in `3.12`, and its program."""

    version: str
    program: Path


def run(*command: str | Path, cwd: Path = ROOT, **variables: str) -> str:
    """Run a program and return what it printed.

    Raises:
        CheckFailed: it ends with another code than 0; the end of its output is in the message.
    """
    environment = {**os.environ, **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shown = " ".join(str(each) for each in command)
        raise CheckFailed(f"{shown}: ended with {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def demand(holds: object, message: str) -> None:
    """Fail with the message unless it holds."""
    if not holds:
        raise CheckFailed(message)


# --- the files --------------------------------------------------------------------------------


def build() -> tuple[Path, Path]:
    """Build source archive and wheel into an empty dist/; return both."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-m", "hatchling", "build", "-d", DIST)
    (archive,), (wheel,) = DIST.glob("*.tar.gz"), DIST.glob("*.whl")
    return archive, wheel


def contents(wheel: Path) -> dict[str, int]:
    """Return the files of a wheel with their checksums; RECORD is made of the others."""
    with zipfile.ZipFile(wheel) as opened:
        return {
            each.filename: each.CRC
            for each in opened.infolist()
            if not each.filename.endswith("/RECORD")
        }


def check_files(archive: Path, wheel: Path, scratch: Path) -> str:
    """Check what is in the files, and that the archive builds the same wheel."""
    names = contents(wheel)
    for needed in ("itsm_core/py.typed", "itsm_core/cli/explanations.toml"):
        demand(needed in names, f"{wheel.name} lacks {needed}")
    stray = [name for name in names if not re.match(r"itsm_core(-[^/]+\.dist-info)?/", name)]
    stray += [name for name in names if "__pycache__" in name or "/test_" in name]
    demand(not stray, f"{wheel.name} holds what it should not: {stray}")
    tracked = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    demand(tracked <= set(names), f"{wheel.name} lacks {sorted(tracked - set(names))}")
    with tarfile.open(archive) as opened:
        opened.extractall(scratch, filter="data")
    (source,) = scratch.iterdir()
    again = scratch / "again"
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", again, cwd=source)
    (rebuilt,) = again.glob("*.whl")
    demand(contents(rebuilt) == names, f"{archive.name} builds another wheel than the repository")
    return f"{len(names)} files in {wheel.name}, the same built from {archive.name}"


def check_metadata(wheel: Path, interpreters: Iterable[Interpreter]) -> tuple[str, Metadata]:
    """Check the wheel's metadata by the rules of the standard, and against the project's."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [each for each in opened.namelist() if each.endswith(".dist-info/METADATA")]
        folder = name.removesuffix("METADATA")
        raw = opened.read(name)
        licence = opened.read(f"{folder}licenses/LICENSE").decode()
        entry_points = opened.read(f"{folder}entry_points.txt").decode()
    told = Metadata.from_email(raw)  # refuses what the standard does not allow
    project = _project()
    demand(told.metadata_version >= "2.4", f"metadata version {told.metadata_version}, PEP 639")
    demand(str(told.license_expression) == "MIT", f"License-Expression {told.license_expression}")
    demand(told.license is None, "the old field License stands beside License-Expression")
    demand("MIT License" in licence, "the licence file is not the licence")
    demand(licence == (ROOT / "LICENSE").read_text(encoding="utf-8"), "another LICENSE")
    demand(str(told.version) == project["version"], f"version {told.version}")
    demand(
        told.requires_python == SpecifierSet(">=3.11"), f"Requires-Python {told.requires_python}"
    )
    demand(told.summary and told.description, "no summary, or no readme")
    demand("itsm-core = itsm_core.cli:main" in entry_points, "no command itsm-core")
    demand(
        sorted(told.provides_extra or ()) == sorted(project["optional-dependencies"]),
        f"extras {told.provides_extra}",
    )
    marks = told.classifiers or []
    unknown = [each for each in marks if each not in classifiers]
    demand(not unknown, f"unknown classifiers: {unknown}")
    demand("Typing :: Typed" in marks, "no classifier Typing :: Typed")
    demand(not any(each.startswith("License ::") for each in marks), "a licence classifier too")
    for each in interpreters:
        wanted = f"Programming Language :: Python :: {each.version}"
        demand(wanted in marks, f"tried on {each.version}, but no classifier {wanted!r}")
    demand(b"://" not in _fields(raw, "Requires-Dist"), "a requirement names an address")
    urls = len(told.project_urls or {})
    more = f"{urls} project URLs" if urls else "no project URLs yet: the project has no public home"
    return f"{told.name} {told.version}, {len(marks)} classifiers, {more}", told


def _project() -> Mapping[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project: Mapping[str, Any] = tomllib.load(file)["project"]
    return project


def _fields(raw: bytes, name: str) -> bytes:
    """Return the lines of one field of the metadata's head."""
    head = raw.partition(b"\n\n")[0]
    return b"\n".join(line for line in head.splitlines() if line.startswith(name.encode()))


def check_locks() -> str:
    """Check that each lock names versions and hashes: all that a bill of materials needs."""
    counted: list[str] = []
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
        entries = [each for each in re.split(r"\n(?=\S)", text.strip()) if each]
        for entry in entries:
            first = entry.splitlines()[0]
            demand(re.match(r"[\w.\[\],-]+==\S+", first), f"{lock.name}: no exact version: {first}")
            demand("--hash=sha256:" in entry, f"{lock.name}: no hash: {first}")
        demand("://" not in text, f"{lock.name} names an address")
        counted.append(f"{len(entries)} in {lock.name}")
    return f"version and hash for each package: {', '.join(counted)}"


# --- the installation -------------------------------------------------------------------------


def interpreters_of_machine() -> list[Interpreter]:
    """Return one working CPython for each version from the oldest supported on, oldest first."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    places = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each]
    programs = [Path(sys.executable), *sorted(pyenv.glob("3.*/bin/python3.*"))]
    programs += [each for place in places for each in sorted(place.glob("python3.*"))]
    found: dict[tuple[int, int], Interpreter] = {}
    for program in programs:
        named = re.fullmatch(r"python3\.(\d+)", program.name)
        # Asking takes a while, above all a shim: not for one that is too old, or known already.
        if named is not None and ((3, int(named[1])) in found or int(named[1]) < 11):
            continue
        version = _version(program)
        if version is not None and version >= (3, 11):
            found.setdefault(version, Interpreter(".".join(map(str, version)), program))
    return [found[version] for version in sorted(found)]


def _version(program: Path) -> tuple[int, int] | None:
    """Return the version of a CPython that can make environments, None for anything else."""
    # `python3.12-config` and the like stand beside the programs.
    if not re.fullmatch(r"python(3(\.\d+)?)?", program.name):
        return None
    asks = "import ensurepip, sys, venv; print(sys.implementation.name, *sys.version_info[:2])"
    try:
        told = run(program, "-I", "-c", asks, cwd=Path(tempfile.gettempdir())).split()
    except (CheckFailed, OSError):  # a shim without a version behind it, or no Python at all
        return None
    return (int(told[1]), int(told[2])) if told[0] == "cpython" else None


def check_installed(python: Interpreter, wheel: Path, version: str) -> str:
    """Install the wheel into an empty environment, try it, and run the golden tests on it."""
    with tempfile.TemporaryDirectory(prefix="itsm-core-release-") as folder:
        home = Path(folder)
        began = time.monotonic()
        run(python.program, "-m", "venv", home / "venv", cwd=home)
        program = home / "venv" / "bin" / "python"
        pip = (program, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-q")
        run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "runtime.txt", cwd=home)
        run(*pip, "--no-deps", wheel, cwd=home)
        run(program, "-m", "pip", "--disable-pip-version-check", "check", cwd=home)
        tried = run(program, "-I", SMOKE, FIRST_PAGE, version, cwd=home).strip()
        seconds = time.monotonic() - began
        pins = home / "pins.txt"
        pins.write_text(_pins(), encoding="utf-8")
        run(*pip, "-c", pins, *TEST_TOOLS, cwd=home)
        where = run(program, "-c", "import itsm_core; print(itsm_core.__file__)", cwd=ROOT)
        demand(str(home) in where, f"the tests would not try the wheel, but {where.strip()}")
        golden = [each for name in GOLDEN for each in (ROOT / "tests" / "golden").glob(name)]
        tested = run(program, "-m", "pytest", "-q", "-p", "no:cacheprovider", *golden)
    return f"Python {python.version} in {seconds:.0f} s: {tried}; golden: {tested.splitlines()[-1]}"


def _pins() -> str:
    """Return the exact versions of the development lock, as constraints without hashes."""
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+==[^\s;]+(?: ;[^\\\n]+)?)", text, re.MULTILINE)
    return "".join(f"{pin.strip()}\n" for pin in pins)


def chosen(asked: Sequence[str], *, quick: bool) -> list[Interpreter]:
    """Return the Pythons to try: those that were asked for, else all, else the one that runs this.

    Raises:
        CheckFailed: one that was asked for is not on this machine.
    """
    found = interpreters_of_machine()
    missing = sorted(set(asked) - {each.version for each in found})
    demand(not missing, f"not on this machine: Python {', '.join(missing)}")
    if asked:
        return [each for each in found if each.version in asked]
    own = "{}.{}".format(*sys.version_info[:2])
    return [each for each in found if each.version == own] if quick else found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every check; print a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only on the Python that runs this")
    parser.add_argument("--python", nargs="*", default=[], metavar="3.12", help="only on these")
    asked = parser.parse_args(arguments)
    try:
        pythons = chosen(asked.python, quick=asked.quick)
        archive, wheel = build()
        with tempfile.TemporaryDirectory(prefix="itsm-core-sdist-") as scratch:
            print(f"files     {check_files(archive, wheel, Path(scratch))}", flush=True)
        said, metadata = check_metadata(wheel, pythons)
        print(f"metadata  {said}", flush=True)
        print(f"locks     {check_locks()}", flush=True)
        for python in pythons:
            print(f"installed {check_installed(python, wheel, str(metadata.version))}", flush=True)
    except CheckFailed as failed:
        print(f"FAILS     {failed}", file=sys.stderr)
        return 1
    print(f"ready     {archive.name} and {wheel.name} in dist/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
