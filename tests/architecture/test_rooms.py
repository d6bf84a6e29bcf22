"""The rooms: who may import whom, and what importing the package costs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TypedDict, cast

HEAVY = ("holidays", "hypothesis", "numpy", "rich", "sqlite3")


class Contract(TypedDict):
    """What the tests read of an import-linter contract."""

    type: str
    exhaustive: bool
    layers: list[str]


def contracts(root: Path) -> list[Contract]:
    """Return the import-linter contracts of pyproject.toml."""
    with (root / "pyproject.toml").open("rb") as file:
        return cast("list[Contract]", tomllib.load(file)["tool"]["importlinter"]["contracts"])


def rooms(contract: Contract) -> set[str]:
    """Return the names of a layer contract's rooms, without the marks of optional ones."""
    return {room.strip(" ()") for layer in contract["layers"] for room in layer.split("|")}


def test_imports_keep_the_contracts_when_linted(root: Path) -> None:
    """No room imports from its own row or a later one, and heavy packages stay in the rim."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_layer_contract_is_exhaustive_when_read(root: Path) -> None:
    """import-linter itself refuses a room without a row only while `exhaustive` is set."""
    (layers,) = [contract for contract in contracts(root) if contract["type"] == "layers"]
    assert layers["exhaustive"] is True


def test_every_room_has_a_row_when_the_package_is_listed(root: Path) -> None:
    """A module or package directly in itsm_core stands in the layer contract."""
    (layers,) = [contract for contract in contracts(root) if contract["type"] == "layers"]
    package = root / "src" / "itsm_core"
    found = {path.stem for path in package.glob("*.py")} - {"__init__"}
    found |= {path.parent.name for path in package.glob("*/__init__.py")}
    assert found <= rooms(layers)


def test_every_row_is_in_the_architecture_page_when_read(root: Path) -> None:
    """The rooms that the page explains are those that the contract enforces."""
    (layers,) = [contract for contract in contracts(root) if contract["type"] == "layers"]
    page = (root / "docs" / "architecture.md").read_text(encoding="utf-8")
    missing = {room for room in rooms(layers) - {"__main__"} if f"`{room}`" not in page}
    assert missing == set()


def test_import_loads_nothing_heavy_when_the_interpreter_is_fresh() -> None:
    """`import itsm_core` leaves the slow and optional packages alone."""
    code = f"import sys, itsm_core; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_heavy_packages_are_installed_when_their_absence_is_asserted() -> None:
    """The test above proves something: the packages could have been loaded."""
    installed = [name for name in HEAVY if importlib.util.find_spec(name) is not None]
    assert set(HEAVY) - set(installed) <= {"numpy"}
