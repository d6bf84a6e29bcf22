"""The servers of the tests: absent programs skip on a developer's machine, and fail under CI."""

from __future__ import annotations

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.servers import _program


def test_program_is_found_when_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is does not matter."""
    monkeypatch.setenv("CI", "true")
    assert _program("sh").endswith("/sh")


def test_test_is_skipped_when_the_program_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without servers runs the rest, and says what is missing."""
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(Skipped, match=r"no-such-server is not installed.*CONTRIBUTING"):
        _program("no-such-server")


def test_test_fails_when_the_program_is_absent_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that vanishes without a word would be none."""
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match="CI is set, and no-such-server is not installed"):
        _program("no-such-server")
