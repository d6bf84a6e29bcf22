"""The converter: exact types, every key known, no fault hides another (law R7)."""

from __future__ import annotations

import json
from typing import cast

import pytest

from itsm_core.policy import read_policy
from tests.unit.policy.mistakes import TEXT, finding, findings


@pytest.mark.parametrize(
    ("before", "after", "suggestion"),
    [
        ('id = "gold"', 'id = "gold"\nversion = "2"', "2"),
        ('id = "gold"', 'id = "gold"\nversion = 2.0', "2"),
        ('id = "gold"', 'id = "gold"\nversion = true', ""),
        ('id = "gold"', 'id = "gold"\ntitle = 5', '"5"'),
        ('id = "gold"', 'id = "gold"\nbreach_reasons = "staff"', '["staff"]'),
        ('id = "gold"', 'id = ["gold"]', ""),
        ('goals = { P1 = "4h" }', 'goals = "4h"', ""),
        ('goals = { P1 = "4h" }', "goals = { P1 = 4 }", '"4h"'),
        ('hours = "Mo-Fr 09:00-17:00"', "hours = 9", '"9"'),
    ],
)
def test_converter_refuses_when_a_value_has_another_type(
    before: str, after: str, suggestion: str
) -> None:
    """A text is not a number, 1 is not true, a text is no list; nothing is converted."""
    found = findings(TEXT.replace(before, after))[0]
    assert (found.code, found.suggestion) == ("wrong-type", suggestion)


@pytest.mark.parametrize("value", [None, "text", [], {}, 1, True, 1.5, [["x"]]])
def test_converter_refuses_when_json_puts_anything_under_a_table(value: object) -> None:
    """Whatever stands there, the answer is a finding at its place."""
    for key in ("calendars", "matrix", "lifecycles", "agreements", "priority", "rosters"):
        reading = read_policy(json.dumps({"name": "x", key: value}), format="json")
        assert reading.policy is None
        assert all(each.line == 1 for each in reading.findings)


def test_converter_tells_every_fault_of_one_table_when_there_are_several() -> None:
    """A wrong type hides neither an unknown key nor a name that stands for nothing."""
    text = TEXT.replace(
        'id = "gold"\ncalendar = "office"',
        'id = "gold"\nversion = "2"\nprecedense = 1\nkind = "slo"\ncalendar = "ofice"',
    ).replace('"4h"', '"1d"')
    assert [(each.line, each.code, each.suggestion) for each in findings(text)] == [
        (8, "wrong-type", "2"),
        (9, "unknown-key", "precedence"),
        (10, "unknown-name", "sla"),
        (11, "unknown-name", "office"),
        (13, "invalid-value", "1 working day"),
    ]


def test_converter_says_one_thing_when_a_required_key_is_misspelt() -> None:
    """A slip is not told twice, as a key too many and as one that is missing."""
    found = finding(TEXT.replace('calendar = "office"', 'calender = "office"'))
    assert (found.line, found.code, found.suggestion) == (8, "unknown-key", "calendar")


def test_converter_names_what_to_write_when_a_key_is_missing() -> None:
    """The place is that of the table; the suggestion can be pasted into it."""
    found = finding(TEXT.replace('calendar = "office"\n', ""))
    assert (found.line, found.suggestion) == (6, 'calendar = "office"')


def test_converter_tells_the_first_and_counts_when_faults_are_many() -> None:
    """The wrong file is one mistake; a message is not a megabyte."""
    keys = "".join(f"k{n} = 1\n" for n in range(500))
    found = findings(keys + TEXT)
    assert len(found) == 201
    assert "300 more faults" in found[-1].message


def test_converter_reads_no_class_path_when_json_names_one() -> None:
    """Kinds are told apart by an allow-list of words."""
    document = {"ladders": {"x": {"rules": [{"name": "a", "trigger": {"kind": "os.system"}}]}}}
    reading = read_policy(json.dumps(document), format="json")
    codes = {each.path: each.code for each in reading.findings}
    assert codes["ladders.x.rules[0].trigger.kind"] == "unknown-name"


def test_converter_bounds_a_value_when_it_is_hostile() -> None:
    """A megabyte of text does not come back as a megabyte of message."""
    document = cast("dict[str, object]", {"title": ["x" * 500_000], "y" * 500_000: 1})
    reading = read_policy(json.dumps(document), format="json")
    assert max(len(str(each)) for each in reading.findings) < 2_000


@pytest.mark.parametrize(
    ("text", "form", "suggestion", "words"),
    [
        ('[agreements]\nid = "a"\n', "toml", "[[agreements]]", "at each of them"),
        ('agreements = { id = "a" }\n', "toml", "", "[{ ... }]"),
        ('[rosters.first.layers]\nname = "a"\n', "toml", "[[rosters.first.layers]]", "at each"),
        ("agreements:\n  id: a\n", "yaml", "", "with a dash"),
        ('{"agreements": {"id": "a"}}', "json", "", "[{ ... }]"),
    ],
)
def test_converter_says_how_a_list_is_written_when_a_table_stands_there(
    text: str, form: str, suggestion: str, words: str
) -> None:
    """Each format has its own way to write a list of tables."""
    reading = read_policy(text, format=form)
    found = next(each for each in reading.findings if each.code == "wrong-type")
    assert found.suggestion == suggestion
    assert words in found.remedy
