"""Progress: only where somebody sees it."""

from __future__ import annotations

import importlib.util
from io import StringIO

import pytest

from itsm_core.cli import _progress
from itsm_core.cli._progress import progress


class Terminal(StringIO):
    """Pretend to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_progress_is_silent_when_nobody_watches() -> None:
    """A pipe or a file gets nothing."""
    out = StringIO()
    with progress("Reading", out) as tell:
        assert tell is None
    assert out.getvalue() == ""


def test_progress_counts_plainly_when_rich_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each percent is written once, and the line is wiped in the end."""
    monkeypatch.setattr(_progress, "find_spec", lambda _name: None)
    out = Terminal()
    with progress("Reading", out) as tell:
        assert tell is not None
        for done in (0, 1, 1, 2):
            tell(done, 2)
        tell(0, 0)
    assert out.getvalue() == ("\rReading   0 %\rReading  50 %\rReading 100 %\r" + " " * 13 + "\r")


@pytest.mark.skipif(importlib.util.find_spec("rich") is None, reason="rich is not installed")
def test_progress_draws_a_bar_when_rich_is_there() -> None:
    """The label is on the bar."""
    out = Terminal()
    with progress("Reading", out) as tell:
        assert tell is not None
        tell(1, 2)
    assert "Reading" in out.getvalue()
