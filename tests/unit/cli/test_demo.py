"""`demo` as a function: the store in the middle changes nothing."""

from __future__ import annotations

from pathlib import Path

from itsm_core.cli._demo import demo


def test_demo_is_the_same_page_when_the_seed_is(tmp_path: Path) -> None:
    """Equal arguments, equal pages: nothing depends on the clock."""
    for name in ("a.html", "b.html"):
        demo(seed=7, tickets=200, page=tmp_path / name, file=None)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_demo_differs_when_the_seed_does(tmp_path: Path) -> None:
    """Another seed is another desk."""
    for seed in (7, 8):
        demo(seed=seed, tickets=200, page=tmp_path / f"{seed}.html", file=None)
    assert (tmp_path / "7.html").read_bytes() != (tmp_path / "8.html").read_bytes()
