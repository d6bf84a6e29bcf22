"""A policy written down again, as plain values, JSON or TOML that read back as an equal policy."""

from __future__ import annotations

import json
from typing import Final, cast

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.policy._build_calendars import BUILT_IN
from itsm_core.policy._converter import unstructured
from itsm_core.policy._inline import toml_key, toml_value
from itsm_core.policy._reading import read_policy
from itsm_core.policy._to_forms import to_form
from itsm_core.policy._values import Policy

_INLINE: Final = 90
"""A table that fits into a line stands in one."""


def policy_to_json(policy: Policy) -> dict[str, object]:
    """Return a policy as the plain JSON values of a policy file; what is default is left out.

    `read_policy` of their JSON text gives an equal policy, which is tried before they are returned;
    the built-in calendars are among its calendars, whether they were before or not.

    Raises:
        InvalidValue: a part has no form in a file: a goal of one's own, a calendar that is none of
            the policy's by name, a roster under another name than its own.

    >>> from itsm_core.policy import load_policy
    >>> sorted(policy_to_json(load_policy("servicenow_uci")))[:2]
    ['agreements', 'calendars']
    """
    values = unstructured(to_form(policy))
    reading = read_policy(json.dumps(values), format="json", name=policy.name)
    wanted = attrs.evolve(
        policy,
        calendars={**BUILT_IN, **policy.calendars},
        conditions={key: asked for key, asked in policy.conditions.items() if asked},
    )
    if reading.policy != wanted:
        found = "; ".join(map(str, reading.findings[:3])) or "it reads back as another one"
        remedy = "name every calendar and roster as the policy does, those that others use first"
        raise InvalidValue(f"a policy that no file writes ({found})", policy.name, remedy)
    return values


def policy_to_toml(policy: Policy) -> str:
    """Return a policy as the text of a TOML file; see `policy_to_json`.

    Comments and the order of keys of the file that it was read from are not kept.

    >>> from itsm_core.policy import load_policy
    >>> print(policy_to_toml(load_policy("servicenow_uci")).splitlines()[0])
    name = "servicenow_uci"
    """
    return toml_text(policy_to_json(policy))


def toml_text(values: dict[str, object]) -> str:
    """Return plain values as TOML, tables by header where they do not fit into a line."""
    lines: list[str] = []
    _table(values, (), lines)
    return "\n".join(lines).strip() + "\n"


def _table(values: dict[str, object], path: tuple[str, ...], lines: list[str]) -> None:
    written = {key: f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items()}
    # The order of tables may matter, as that of calendars does: one below, all of them below.
    spread = not path or any(
        len(written[key]) > _INLINE for key, value in values.items() if _is_table(value)
    )
    below = [(key, value) for key, value in values.items() if spread and _is_table(value)]
    lines.extend(line for key, line in written.items() if key not in dict(below))
    for key, value in below:
        inner = (*path, key)
        name = ".".join(map(toml_key, inner))
        if isinstance(value, dict):
            lines.extend(("", f"[{name}]"))
            _table(cast("dict[str, object]", value), inner, lines)
            continue
        for item in cast("list[dict[str, object]]", value):
            lines.extend(("", f"[[{name}]]"))
            _table(item, inner, lines)


def _is_table(value: object) -> bool:
    """Return whether a value can stand below, under a header of its own."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return bool(items) and all(isinstance(each, dict) for each in items)
    return isinstance(value, dict)
