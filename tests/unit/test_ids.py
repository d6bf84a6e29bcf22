"""Typed ids: strings at run time."""

from __future__ import annotations

import pytest

from itsm_core import ids


@pytest.mark.parametrize("name", ids.__all__)
def test_id_is_a_plain_string_when_made(name: str) -> None:
    """An id costs nothing at run time and goes wherever text goes."""
    made = getattr(ids, name)("X-1")
    assert (type(made), made) == (str, "X-1")
