"""Explaining codes: every code that the package uses has an explanation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itsm_core.cli._explain import explain, explanations
from itsm_core.errors import InvalidValue, ItsmError


def test_explain_tells_the_class_when_the_code_is_an_errors() -> None:
    """An error's code leads to its meaning, and to its bases for those who program."""
    told = explain("log-error")
    assert told.startswith("log-error: A log cannot be read")
    assert "ItsmError > CodecError > LogError" in told


def test_explain_tells_the_remedy_when_the_code_is_a_faults() -> None:
    """A single fault's code has its own text."""
    assert "slip of typing" in explain("unknown-key")


def test_explain_lists_all_when_no_code_is_given() -> None:
    """One line a code, sorted."""
    lines = explain("").splitlines()
    codes = [line.split()[0] for line in lines]
    assert codes == sorted(codes)
    assert {"not-found", "unknown-key"} <= set(codes)


def test_explain_suggests_when_the_code_is_unknown() -> None:
    """A slip of typing is answered."""
    with pytest.raises(InvalidValue, match="did you mean 'unknown-zone'"):
        explain("unknown-zome")


def test_explain_knows_every_code_when_the_source_is_searched(root: Path) -> None:
    """A fault that nobody explains would send its reader into a wall."""
    source = root / "src" / "itsm_core"
    pattern = re.compile(r'(?:Fault|faults\.add)\(\s*(?:f?)"([a-z][a-z-]+)"')
    used = {
        code
        for path in source.rglob("*.py")
        for code in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert used
    for code in sorted(used):
        assert explain(code).startswith(code)


@pytest.mark.parametrize("code", sorted(explanations()))
def test_explain_says_what_why_and_how_for_every_code(code: str) -> None:
    """Two sentences at least, and an example: a single one would repeat the message."""
    found = explanations()[code]
    assert found.text.count(". ") >= 1
    assert found.text.endswith(".")
    assert found.example
    assert "Example:" in explain(code)


def test_explain_knows_every_class_of_error() -> None:
    """What is raised can be looked up."""
    classes = [ItsmError]
    for each in classes:
        classes += each.__subclasses__()
    assert {each.code for each in classes} <= set(explanations())
