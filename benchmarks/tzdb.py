"""One tz database for a measurement: the locked tzdata package, for Python and for peers."""

from __future__ import annotations

import os
import zoneinfo
from importlib.util import find_spec
from pathlib import Path

__all__ = ["pin", "share_with_peers", "version"]


def pin() -> None:
    """Make `zoneinfo`, and peers that read TZDIR, use the installed tzdata package.

    Call it before any zone is loaded: two libraries with two databases differ for reasons that
    are nobody's bug.
    """
    if zoneinfo.TZPATH:  # else done already: whoever holds a zone goes on with the same object
        zoneinfo.reset_tzpath(to=())
        zoneinfo.ZoneInfo.clear_cache()
    share_with_peers()


def share_with_peers() -> None:
    """Point TZDIR, which workclock's engine reads at its first question, at the same package."""
    os.environ["TZDIR"] = str(_package() / "zoneinfo")


def _package() -> Path:
    spec = find_spec("tzdata")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("benchmarks need the package tzdata; run `make test` once")
    return Path(spec.origin).parent


def version() -> str:
    """Return the version of the tz database in use, such as "2026f"."""
    first = (_package() / "zoneinfo" / "tzdata.zi").read_text(encoding="ascii").splitlines()[0]
    return first.removeprefix("# version ").strip()
