"""The JSON Schema of policy files, held against a validator that is not ours."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from itsm_core.policy import (
    bundled_policies,
    load_policy,
    policy_path,
    policy_schema,
    policy_to_json,
    read_policy,
)


@cache
def validator() -> Draft202012Validator:
    """Return the validator of policy files."""
    return Draft202012Validator(policy_schema())


def plain(value: object) -> Any:
    """Return what a TOML document says as JSON would: dates as texts."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [plain(each) for each in cast("list[object]", value)]
    return value.isoformat() if isinstance(value, date) else value


def sample() -> Any:
    """Return the co-managed sample as plain values."""
    return plain(tomllib.loads(policy_path("msp").read_text(encoding="utf-8")))


def test_schema_is_one_when_checked() -> None:
    """Its own dialect holds."""
    Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("name", bundled_policies())
def test_schema_accepts_when_the_policy_is_shipped(name: str) -> None:
    """As it is written, and as it is written down again."""
    written = plain(tomllib.loads(policy_path(name).read_text(encoding="utf-8")))
    assert [each.message for each in validator().iter_errors(written)] == []
    dumped: Any = policy_to_json(load_policy(name))
    assert [each.message for each in validator().iter_errors(dumped)] == []


def _set(*path: str | int, to: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return change


GOLD = ("agreements", 3)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_set("calenders", to={}), id="unknown table"),
        pytest.param(_set("name", to=1), id="name a number"),
        pytest.param(_set("calendars", "provider", "zone", to=1), id="zone a number"),
        pytest.param(_set("calendars", "provider", "huors", to=""), id="unknown key"),
        pytest.param(_set("calendars", "provider", "holidays", to="DE"), id="table a text"),
        pytest.param(_set("calendars", "operations", "any_of", to="x"), id="list a text"),
        pytest.param(_set("calendars", "provider", "holiday_scope", to="day"), id="bad choice"),
        pytest.param(_set("matrix", "impacts", to=[1]), id="level a number"),
        pytest.param(_drop("matrix", "cells"), id="cells missing"),
        pytest.param(_set("priority", "modifiers", 0, "raise", to="1"), id="number in quotes"),
        pytest.param(_set("priority", "modifiers", 0, "raise", to=True), id="number a flag"),
        pytest.param(_drop("priority", "modifiers", 0, "when"), id="condition missing"),
        pytest.param(
            _set("priority", "modifiers", 0, "when", "operator", to="="), id="bad operator"
        ),
        pytest.param(_set("lifecycles", "co-managed", "states", "new", to="fresh"), id="category"),
        pytest.param(_drop("lifecycles", "co-managed", "transitions", 0, "trigger"), id="trigger"),
        pytest.param(
            _set("lifecycles", "co-managed", "transitions", 0, "approvals", to=1.5), id="half"
        ),
        pytest.param(_drop("agreements"), id="agreements missing"),
        pytest.param(_drop(*GOLD, "id"), id="id missing"),
        pytest.param(_set(*GOLD, "id", to=""), id="id empty"),
        pytest.param(_set(*GOLD, "version", to="2"), id="version in quotes"),
        pytest.param(_set(*GOLD, "version", to=None), id="version null"),
        pytest.param(_set(*GOLD, "kind", to="slo"), id="bad kind"),
        pytest.param(_set(*GOLD, "valid_from", to="2026-07-01T00:00:00"), id="no offset"),
        pytest.param(_set(*GOLD, "resolution", "goals", "P1", to="1 day"), id="bare day"),
        pytest.param(_set(*GOLD, "resolution", "goals", "P1", to=4), id="goal a number"),
        pytest.param(_set(*GOLD, "response", "warn_at", to=[1.0]), id="warning at the end"),
        pytest.param(_set(*GOLD, "response", "warn_at", to=[75]), id="per cent"),
        pytest.param(
            _set(*GOLD, "resolution", "pause_limits", 1, "needs_evidence", to="true"),
            id="flag in quotes",
        ),
        pytest.param(
            _set("ladders", "gold", "rules", 0, "trigger", "kind", to="os.system"), id="kind"
        ),
        pytest.param(_set("rosters", "network", "layers", 0, "unit", to="fortnight"), id="unit"),
        pytest.param(_set("channels", "phone", "official", to=1), id="flag a number"),
        pytest.param(_set("timed", "co-managed", "close_after", to="5 days"), id="timed goal"),
    ],
)
def test_schema_refuses_what_the_reader_refuses_when_structure_is_wrong(
    change: Callable[[Any], None],
) -> None:
    """An editor shows the mistake while one types; the reader agrees."""
    document = sample()
    change(document)
    assert not validator().is_valid(document)
    assert read_policy(json.dumps(document), format="json").policy is None


@pytest.mark.parametrize(
    "name",
    [
        "01_key_misspelt",
        "07_goal_of_a_day",
        "08_goal_in_words",
        "12_version_in_quotes",
        "13_warning_in_percent",
        "14_warning_at_the_end",
    ],
)
def test_schema_refuses_when_a_seeded_mistake_is_one_of_structure(name: str, root: Path) -> None:
    """Of the seeded mistakes those that need no lookup."""
    path = root / "tests" / "golden" / "policy_mistakes" / f"{name}.toml"
    assert not validator().is_valid(plain(tomllib.loads(path.read_text(encoding="utf-8"))))


def test_schema_describes_every_key_when_an_editor_asks() -> None:
    """A key without a word of explanation is half a help."""
    schema = cast("dict[str, Any]", policy_schema())
    tables = {"policy": schema, **schema["$defs"]}
    from_forms = [each for name, each in tables.items() if name in {"policy", "target", "calendar"}]
    missing = [
        key
        for table in from_forms
        for key, each in table["properties"].items()
        if not each.get("description")
    ]
    assert missing == []
    assert len(from_forms) == 3
