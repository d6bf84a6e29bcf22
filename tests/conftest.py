"""Settings of every test: one tz database for all machines, one hypothesis profile."""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import settings

# Before any zone is loaded: take zones from the locked tzdata package, not from the machine,
# whose database may be a year older (docs/decisions/0003).
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

# `steady` runs the same examples each time, so that a result depends on the tree alone;
# ITSM_HYPOTHESIS=explore looks for new ones. hypothesis' own choice would differ under CI=true.
settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("ITSM_HYPOTHESIS", "steady"))

ROOT = Path(__file__).resolve().parents[1]
UNIT = (ROOT / "tests" / "unit", ROOT / "src")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of single modules, by which coverage is measured (see the Makefile)."""
    for item in items:
        if any(Path(item.path).is_relative_to(folder) for folder in UNIT):
            item.add_marker(pytest.mark.unit)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name packed bytes by their number: they hold the second in which they were packed.

    Two processes that collect a second apart would otherwise have different tests.
    """
    if isinstance(val, bytes) and val.startswith(b"\x1f\x8b\x08"):
        return f"packed-{len(val)}"
    return None


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of field facts and real logs beside the repository, or skip."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder `shared` with the field's facts is not beside the repository")
    return folder
