"""Definitions: names, versions and documents."""

from __future__ import annotations

from typing import cast

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ports import DOCUMENT_LENGTH, Definition


def test_document_is_kept_in_one_form_when_it_is_laid_out() -> None:
    """Two layouts of one document are one definition."""
    values = {"kind": "agreement", "name": "gold", "version": "1"}
    assert Definition(**values, document='{ "a": 1 }') == Definition(**values, document='{"a":1}')


@pytest.mark.parametrize("name", ["kind", "name", "version"])
@pytest.mark.parametrize("value", ["", "x" * 501, 1])
def test_definition_is_refused_when_a_name_is_unusable(name: str, value: object) -> None:
    """A version is a name, not a number."""
    values: dict[str, str] = {"kind": "agreement", "name": "gold", "version": "1"}
    with pytest.raises(InvalidValue, match=f"the {name} of a definition"):
        Definition(**{**values, name: cast("str", value)}, document="{}")


def test_definition_is_refused_when_its_document_is_too_long() -> None:
    """A bound for every text."""
    with pytest.raises(InvalidValue, match="document"):
        Definition(kind="k", name="n", version="1", document=f'"{"x" * DOCUMENT_LENGTH}"')
