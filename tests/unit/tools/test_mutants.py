"""The mutants of a module: what is changed, what is left alone, what they are called."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tools.mutants import mutants_of, planted, ranked
from tools.mutation_report import accepted


def changes(source: str) -> list[str]:
    """Return what the mutants of a source put in the place of what they change."""
    return [mutant.after for mutant in mutants_of(source, "room.py")]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x < y", ["x <= y", "x >= y"]),
        ("x >= y", ["x > y", "x < y"]),
        ("x == y", ["x != y"]),
        ("x is y", ["x is not y"]),
        ("x not in y", ["x in y"]),
        ("x < y < z", ["x <= y < z", "x >= y < z", "x < y <= z", "x < y >= z"]),
        ("x + y", ["x - y"]),
        ("x // y", ["x * y"]),
        ("x & y", ["x | y"]),
        ("x and y", ["x or y"]),
        ("not x", ["x"]),
        ("-x", ["x"]),
        ("min(x)", ["max(x)"]),
        ("all(x)", ["any(x)"]),
        ("7", ["8"]),
        ("1", ["2", "0"]),
        ("0.5", ["1.5"]),
        ("True", ["False"]),
        ("'open'", ["'openXX'"]),
        ("x if y else z", ["x if not y else z"]),
        ("[x for x in y if x]", ["[x for x in y if not x]"]),
    ],
)
def test_expression_is_changed_in_each_way_when_returned(source: str, expected: list[str]) -> None:
    """Each operator, number and condition has its own small mistakes."""
    found = changes(f"def work():\n    return {source}\n")
    assert found == ["return None", *(f"return {each}" for each in expected)]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("x += y", ["x -= y"]),
        ("raise x", ["pass"]),
        ("x.append(y)", ["pass"]),
        ("return None", []),
        ("while x: break", ["not x", "continue"]),
        ("while x: continue", ["not x", "break"]),
        ("if x > y: pass", ["x >= y", "x <= y"]),
    ],
)
def test_statement_is_changed_or_dropped_when_it_stands_alone(
    statement: str, expected: list[str]
) -> None:
    """A refusal that is not raised and a call that is not made are mistakes too."""
    assert changes(f"def work():\n    {statement}\n") == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "import os",
        "__all__ = ['a']",
        "x: Literal['a']",
        "def work(x: int) -> Literal[1]: ...",
        "@attrs.frozen(order=True)\nclass Work:\n    '''Hold it.'''",
        "if TYPE_CHECKING:\n    x = 1",
        "x = 'a text of several words'",
        "x = f'{y:>3} of'",
        "assert_never(1)",
        "x = cast('int', y)",
        "x = zip(y, strict=True)",
    ],
)
def test_source_is_left_alone_when_a_test_of_it_would_be_worth_little(source: str) -> None:
    """Prose, annotations, decorators and what a type checker proves have no mutants."""
    assert changes(source) == []


def test_mutant_is_in_the_tree_when_planted() -> None:
    """The tree that is compiled differs from the source in the one place that is named."""
    source = "def work(x):\n    if x < 3:\n        return 1\n    return x\n"
    found = mutants_of(source, "room.py")
    planted_texts = [ast.unparse(planted(source, mutant.number)) for mutant in found]
    assert planted_texts[0] == source.replace("<", "<=").strip()
    assert planted_texts[-1] == source.replace("return x", "return None").strip()
    assert len({*planted_texts}) == len(found) == 7


def test_mutant_is_refused_when_the_module_has_fewer() -> None:
    """A number beyond the last is a mistake of the caller, not a sound module."""
    with pytest.raises(IndexError, match="mutant 2 of 2"):
        planted("x = y < z\n", 2)


def test_mutant_keeps_its_name_when_lines_move() -> None:
    """An accepted mutant outlives what is written above it."""
    source = "def work(x):\n    return x < 3\n"
    moved = f"import os\n\n\n{source}"
    assert [each.id for each in mutants_of(moved, "a.py")] == [
        each.id for each in mutants_of(source, "a.py")
    ]


def test_mutants_have_names_of_their_own_when_a_change_is_there_twice() -> None:
    """The second of two equal changes in a function is numbered."""
    found = mutants_of("def work(x):\n    raise x\n    raise x\n", "a.py")
    assert [each.id for each in found] == [
        "a.py work: raise x -> pass",
        "a.py work: raise x -> pass #2",
    ]


def test_default_runs_at_import_when_the_body_does_not() -> None:
    """The default of an argument is computed once, when the module is loaded."""
    found = mutants_of("def work(x=1):\n    return 2\n", "a.py")
    assert [(each.after, each.runs_at_import) for each in found] == [
        ("x=2", True),
        ("x=0", True),
        ("return None", False),
        ("return 3", False),
    ]


def test_sample_holds_the_smaller_one_when_it_is_larger() -> None:
    """The first mutants by digest are a random sample, the same on every machine."""
    found = mutants_of("\n".join(f"x{n} = {n}" for n in range(2, 40)), "a.py")
    first = ranked(found, 1)
    assert [each.before for each in first[:3]] != [each.before for each in found[:3]]
    assert ranked(found[::-1], 1) == first
    assert ranked(found, 2) != first
    assert {*first} == {*found}


def test_accepted_mutants_exist_when_listed(root: Path) -> None:
    """A reason for a mutant that is no more would excuse another by accident."""
    listed = accepted()
    package = root / "src" / "itsm_core"
    paths = {name.split(" ", 1)[0] for name in listed}
    existing = {
        mutant.id
        for path in paths
        for mutant in mutants_of((package / path).read_text(encoding="utf-8"), path)
    }
    assert sorted(set(listed) - existing) == []
    assert [name for name, reason in listed.items() if len(reason.split()) < 4] == []
