"""What both asynchronous stores share: arguments are read where the caller is."""

from __future__ import annotations

from typing import cast

import pytest

from itsm_core.adapters._async_base import read_once


def test_series_is_read_when_it_is_a_generator() -> None:
    """A store in another thread must not run the caller's generator."""
    assert read_once(number for number in (1, 2)) == (1, 2)
    assert read_once({"k": 1}) == ("k",)


@pytest.mark.parametrize("given", [[1], (1,), "key", None, 5], ids=repr)
def test_argument_is_handed_on_when_there_is_nothing_to_read(given: object) -> None:
    """Lists and tuples are read already; the store says what is wrong with the rest."""
    assert read_once(cast("list[int]", given)) is given


def test_error_of_the_source_is_the_callers_when_it_breaks_off() -> None:
    """It is raised as it is, before anything waits."""

    def source() -> object:
        yield 1
        raise OSError("broke off")

    with pytest.raises(OSError, match="broke off"):
        read_once(cast("list[int]", source()))
