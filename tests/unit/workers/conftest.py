"""Every rule of a worker holds of both its forms: called, and awaited."""

from __future__ import annotations

import pytest

from tests.suspended import AWAITED


@pytest.fixture(params=["called", "awaited"])
def form(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test twice; the second time, awaited forms stand for the names of its module."""
    found: str = request.param
    if found == "awaited":
        for name, stepped in AWAITED.items():
            if hasattr(request.module, name):
                monkeypatch.setattr(request.module, name, stepped)
    return found
