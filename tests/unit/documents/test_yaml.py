"""YAML with places: plain values mean one thing, or are refused with what to write."""

from __future__ import annotations

import sys
from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.documents import Place, parse_document

TEXT = """\
name: office
calendars:
  berlin:
    hours: "Mo-Fr 09:00-17:00"
    dates: [2026-12-24, 2026-12-31]
agreements:
  - id: gold
    version: 2
    warn_at: [0.5]
    flag: true
    goals: &goals
      P1: 4h
  - goals: *goals
"""


def test_yaml_reads_plain_values_when_they_mean_one_thing() -> None:
    """Texts, whole numbers, decimals, true and false, dates; an alias is what it stands for."""
    values = parse_document(TEXT, "yaml").values
    assert values == {
        "name": "office",
        "calendars": {
            "berlin": {
                "hours": "Mo-Fr 09:00-17:00",
                "dates": [date(2026, 12, 24), date(2026, 12, 31)],
            }
        },
        "agreements": [
            {
                "id": "gold",
                "version": 2,
                "warn_at": [0.5],
                "flag": True,
                "goals": {"P1": "4h"},
            },
            {"goals": {"P1": "4h"}},
        ],
    }


def test_yaml_places_keys_and_values_when_read() -> None:
    """Counted by hand; a block stands at its key, what an alias stands for where it is written."""
    spots = parse_document(TEXT, "yaml").spots
    assert spots["calendars", "berlin"] == (Place(3, 3), Place(3, 3))
    assert spots["calendars", "berlin", "dates", 1] == (Place(5, 25), Place(5, 25))
    assert spots["agreements", 0, "version"] == (Place(8, 5), Place(8, 14))
    assert spots["agreements", 1, "goals"].key == Place(13, 5)
    assert spots["agreements", 1, "goals", "P1"] == (Place(12, 7), Place(12, 11))


@pytest.mark.parametrize(
    ("plain", "suggestion"),
    [
        ("no", '"no"'),
        ("NO", '"NO"'),
        ("Off", '"Off"'),
        ("y", '"y"'),
        ("True", '"True"'),
        ("12:30", '"12:30"'),
        ("010", '"010"'),
        ("0x1F", '"0x1F"'),
        ("1_000", '"1_000"'),
        ("1e3", '"1e3"'),
        (".inf", '".inf"'),
        ("+1", '"+1"'),
        ("~", ""),
        ("null", ""),
        ("", ""),
    ],
)
def test_yaml_refuses_a_plain_value_when_readers_differ(plain: str, suggestion: str) -> None:
    """Norway, base 60, octal: nothing is guessed, and what to write is said."""
    (fault,) = parse_document(f"a: 1\nb: {plain}\n", "yaml").faults
    assert (fault.place.line, fault.suggestion, fault.path) == (2, suggestion, ("b",))


def test_yaml_tells_every_doubtful_value_when_there_are_several() -> None:
    """One run shows all."""
    parsed = parse_document("a: no\nb: 12:30\nc: 1\nc: 2\n", "yaml")
    assert [each.place.line for each in parsed.faults] == [1, 2, 4]


@given(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=6))
def test_yaml_agrees_with_the_parser_when_it_accepts_a_plain_value(text: str) -> None:
    """What is taken as a text, a number or a flag is that to the other reader too."""
    document = f"a: {text}\n"
    parsed = parse_document(document, "yaml")
    if parsed.faults or parsed.values is None:
        return
    assert parsed.values == yaml.safe_load(document)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: !!python/object/apply:os.system [x]", 1, "remove the tag"),
        ("a: !!binary aGk=", 1, "remove the tag"),
        ("a: &x [*x]", 1, "close the brackets"),
        ("a: 1\n<<: {b: 1}", 2, "write the keys out"),
        ("a: b: c", 1, "quote the text"),
        ("a: 1\n\tb: 2", 2, "blanks"),
        ("- 1", 1, "key: value"),
        ("", 1, "key: value"),
        ("a: *x", 1, "anchor"),
        ("a: 1\n---\nb: 1", 2, "one document"),
        ("? [a]\n: 1", 1, "key: value"),
        ("a: \x00", 1, "remove it"),
        ("a: 2026-02-30", 1, "correct the day"),
        ("a: [1", 1, "close it with ]"),
    ],
)
def test_yaml_says_where_and_what_when_it_cannot_be_read(text: str, line: int, words: str) -> None:
    """One refusal, with its line and a remedy; no tag makes an object."""
    parsed = parse_document(text, "yaml")
    assert parsed.values is None
    (fault,) = parsed.faults
    assert fault.place.line == line
    assert words in fault.remedy


def test_yaml_is_refused_when_aliases_multiply() -> None:
    """Nine lines that mean a billion values end at the budget."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (fault,) = parse_document("\n".join(lines), "yaml").faults
    assert fault.code == "too-large"


def test_yaml_is_refused_while_it_is_read_when_it_holds_too_many_values() -> None:
    """Told at the item that is one too many: what follows, no YAML at all, is never looked at."""
    (fault,) = parse_document(f"a: [{'1,' * 60_000}}} &", "yaml").faults
    # The list itself is the first value; each item takes two columns from the fifth on.
    assert (fault.code, fault.place) == ("too-large", Place(1, 5 + 2 * 49_999))


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_yaml_is_refused_while_it_is_read_when_it_nests_too_deep(opening: str) -> None:
    """Of thousands of brackets the 40th is refused: with the document itself they are 41."""
    (fault,) = parse_document(f"a: {opening * 5_000}", "yaml").faults
    assert (fault.code, fault.place) == ("too-deep", Place(1, 4 + 39 * len(opening)))


def test_yaml_says_how_to_install_it_when_its_extra_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From a checkout: no index has the package under its name."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    (fault,) = parse_document(TEXT, "yaml").faults
    assert fault.code == "no-yaml"
    assert fault.remedy.startswith("pip install '.[yaml]' in a checkout")
