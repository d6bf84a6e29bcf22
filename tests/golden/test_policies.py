"""Policy files that read, are written and read again as they stand here, byte for byte."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from itsm_core.policy import load_policy, policy_to_json, policy_to_toml, read_policy

FILES = sorted((Path(__file__).parent / "policies").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_policy_is_the_same_text_when_read_and_written(path: Path) -> None:
    """The golden file has the form in which policies are written."""
    assert policy_to_toml(load_policy(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_policy_is_the_same_value_when_read_from_its_json(path: Path) -> None:
    """The values are those that a plain TOML parser finds in the file."""
    policy = load_policy(path)
    values = policy_to_json(policy)
    assert values == tomllib.loads(path.read_text(encoding="utf-8"))
    assert read_policy(json.dumps(values), format="json").policy == policy
