"""The repository: locks, paths, mirrors, changelog fragments."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

# Folders that exist on one machine only. Spelled in two parts, so that this file holds none.
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("work", "root"))

# A module without a unit test file of its own, and where it is proved instead.
PROVED_ELSEWHERE = {
    "__main__.py": "tests/integration: the command line is run as a process",
    "adapters/_base.py": "tests/contracts: the public methods of every store with transactions",
    "adapters/_redis_scripts.py": "tests/contracts: they run in a real server",
    "adapters/_sql_rows.py": "tests/contracts, tests/integration/test_postgresql_order.py",
    "adapters/_sql_tables.py": "tests/contracts: they are made on three databases",
    "adapters/_sqlite_file.py": "tests/unit/adapters/test_sqlite.py",
    "adapters/_sqlite_rows.py": "tests/unit/adapters/test_sqlite.py, tests/contracts",
    "adapters/_sqlite_turns.py": "tests/unit/adapters/test_sqlite.py, tests/contracts",
    "ports/_world.py": "Protocols; tests/unit/adapters/test_clocks.py tries what implements them",
    "testing/contract.py": "tests/unit/testing/test_store_contract.py: broken stores are found",
    "testing/definition_contract.py": "tests/unit/testing/test_store_contract.py",
    "testing/event_store_details.py": "tests/unit/testing/test_store_contract.py",
    "testing/outbox_contract.py": "tests/unit/testing/test_store_contract.py",
    "testing/timer_contract.py": "tests/unit/testing/test_store_contract.py",
    "testing/timer_rules.py": "tests/unit/testing/test_store_contract.py",
    "testing/oracle.py": "tests/properties: it is compared with the calendars",
    "testing/schedules.py": "tests/properties: the random schedules are compared with the oracle",
}


def tracked(root: Path) -> list[Path]:
    """Return the files that git tracks or would track, as far as they exist."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(listed, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: what belongs to the repository is not known")
    paths = sorted({root / name for name in done.stdout.split("\0") if name})
    return [path for path in paths if path.is_file()]


def locks(root: Path) -> list[Path]:
    """Return the lock files."""
    return sorted((root / "requirements").glob("*.txt"))


def unit_tests_of(source: Path, root: Path) -> list[Path]:
    """Return the places where the tests of a source file are looked for."""
    relative = source.relative_to(root / "src" / "itsm_core")
    name = relative.stem.lstrip("_")
    folder = root / "tests" / "unit" / relative.parent
    return [folder / f"test_{name}.py", *folder.glob(f"test_{name}_*.py")]


def test_locks_hold_no_address_when_read(root: Path) -> None:
    """A lock names versions and hashes; where they come from is the machine's business."""
    assert [path.name for path in locks(root)] == [
        "dev.txt",
        "embeddings.txt",
        "runtime.txt",
        "spark.txt",
    ]
    assert [path.name for path in locks(root) if "://" in path.read_text(encoding="utf-8")] == []


def test_locks_agree_when_they_name_the_same_package(root: Path) -> None:
    """The demo runs on the versions that the tests ran on."""
    dev, runtime = (
        dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        for path in locks(root)
        if path.name not in {"embeddings.txt", "spark.txt"}
    )
    assert {name: dev.get(name) for name in runtime} == runtime


def test_core_dependencies_are_four_when_read(root: Path) -> None:
    """Everything beyond attrs, cattrs, pendulum and holidays is an extra."""
    with (root / "pyproject.toml").open("rb") as file:
        listed: list[str] = tomllib.load(file)["project"]["dependencies"]
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in listed}
    assert names == {"attrs", "cattrs", "holidays", "pendulum"}


def test_files_hold_no_machine_path_when_read(root: Path) -> None:
    """No file of the repository knows where on a machine it was written."""
    guilty: list[str] = []
    for path in tracked(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        guilty += [f"{path.relative_to(root)}: {part}" for part in MACHINE_PATHS if part in text]
    assert guilty == []


def test_every_module_has_a_unit_test_file_when_mirrored(root: Path) -> None:
    """tests/unit mirrors the source file for file; the exceptions are declared above."""
    package = root / "src" / "itsm_core"
    modules = [path for path in package.rglob("*.py") if path.name != "__init__.py"]
    missing = [
        str(path.relative_to(package))
        for path in sorted(modules)
        if str(path.relative_to(package)) not in PROVED_ELSEWHERE
        and not any(place.is_file() for place in unit_tests_of(path, root))
    ]
    assert missing == []


def test_source_files_are_short_when_counted(root: Path) -> None:
    """A source file of more than 500 lines wants to become a package."""
    sources = (root / "src").rglob("*.py")
    counted = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in sources}
    assert {name: lines for name, lines in counted.items() if lines > 500} == {}


def test_changelog_fragments_are_named_for_towncrier_when_listed(root: Path) -> None:
    """A fragment with another name would be left out of the changelog without a word."""
    allowed = re.compile(r"\d+(\.\d+)?\.(breaking|deprecation|change)\.md|README\.md")
    names = [path.name for path in (root / "changelog.d").iterdir()]
    assert [name for name in names if not allowed.fullmatch(name)] == []
