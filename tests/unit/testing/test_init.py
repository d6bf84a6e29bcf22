"""The face of `itsm_core.testing`: names that load on use."""

from __future__ import annotations

import runpy

import pytest

from itsm_core import testing


def test_every_name_is_there_when_asked_for() -> None:
    """Each is found in the module that the table names, and listed."""
    # The plugin of pytest has imported the module before anybody measured; here it runs once more.
    face = runpy.run_path(str(testing.__file__))
    for name in face["__all__"]:
        assert face["__getattr__"](name) is getattr(testing, name)
    assert set(testing.__all__) <= set(face["__dir__"]())


def test_name_is_refused_when_there_is_none() -> None:
    """With the words in which Python says so, so that submodules are still imported by name."""
    with pytest.raises(AttributeError, match="no attribute 'strategy'"):
        _ = testing.strategy
