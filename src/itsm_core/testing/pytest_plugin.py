"""What itsm_core gives to pytest: fixtures for a desk in memory, and `--itsm-profile`.

Installed with the package (entry point `pytest11`), so pytest imports this module in every run. It
imports no room until a fixture is used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from itsm_core.adapters.clocks import CountingIds, ManualClock
    from itsm_core.adapters.memory import MemoryStore
    from itsm_core.desk import ServiceDesk
    from itsm_core.ports import Catalogue

MONDAY: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""Where the clock of `itsm_clock` stands: a Monday, nine o'clock in UTC."""

_OPTION: Final = "itsm_profile"
_DEFAULT: Final = "balanced"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--itsm-profile`."""
    parser.getgroup("itsm-core").addoption(
        "--itsm-profile",
        dest=_OPTION,
        choices=("fast", "balanced", "thorough"),
        help="how long properties and laws look: 20, 100 or 2,000 examples",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the profile that was asked for; without one the settings of Hypothesis stay alone."""
    name = config.getoption(_OPTION)
    if name:
        from itsm_core.testing.profiles import load_profile  # deferred: it loads Hypothesis

        load_profile(name)


@pytest.fixture(scope="session")
def itsm_examples(pytestconfig: pytest.Config) -> int:
    """Return how many examples a law tries: `check_agreement(..., max_examples=itsm_examples)`."""
    from itsm_core.testing.profiles import profile

    return profile(pytestconfig.getoption(_OPTION) or _DEFAULT).examples


@pytest.fixture
def itsm_clock() -> ManualClock:
    """Return a clock that stands still until the test puts it forward."""
    from itsm_core.adapters.clocks import ManualClock

    return ManualClock(MONDAY)


@pytest.fixture
def itsm_ids() -> CountingIds:
    """Return a source of ids that counts, the same in every run."""
    from itsm_core.adapters.clocks import CountingIds

    return CountingIds()


@pytest.fixture
def itsm_store() -> Iterator[MemoryStore]:
    """Return an empty store in memory; override it to try a desk on a store of your own."""
    from itsm_core.adapters.memory import MemoryStore

    with MemoryStore() as store:
        yield store


@pytest.fixture
def itsm_catalogue() -> Catalogue:
    """Return the bundled policy `demo`; override it with your own."""
    from itsm_core.policy import load_policy

    return load_policy("demo")


@pytest.fixture
def itsm_desk(
    itsm_store: MemoryStore,
    itsm_catalogue: Catalogue,
    itsm_clock: ManualClock,
    itsm_ids: CountingIds,
) -> ServiceDesk:
    """Return a service desk on the fixtures above."""
    from itsm_core.desk import ServiceDesk

    return ServiceDesk(store=itsm_store, catalogue=itsm_catalogue, clock=itsm_clock, ids=itsm_ids)
