"""What a store of the user's inherits is reachable under public names."""

from __future__ import annotations

import inspect
import re

from itsm_core import ports
from itsm_core.adapters import transactional
from itsm_core.adapters.memory import MemoryStore


def test_every_type_of_a_row_is_public_when_its_methods_are_read() -> None:
    """Whoever writes `Rows` needs no name from a private module."""
    words: set[str] = set()
    for _, method in inspect.getmembers(transactional.Rows, inspect.isfunction):
        signature = inspect.signature(method)
        for parameter in (*signature.parameters.values(), signature):
            given = getattr(parameter, "annotation", None) or getattr(
                parameter, "return_annotation", ""
            )
            words |= set(re.findall(r"\b[A-Z]\w+", str(given)))
    known = {*transactional.__all__, *ports.__all__, "None", "Sequence"}
    assert {"Known", "TimerRow", "StoredEvent"} <= words
    assert words <= known


def test_stores_of_the_package_inherit_the_same_when_compared() -> None:
    """There is one base, not one for users and one for ourselves."""
    assert issubclass(MemoryStore, transactional.TransactionalStore)
    assert transactional.place_of("a", "bc") != transactional.place_of("ab", "c")
