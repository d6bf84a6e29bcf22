"""Places in TOML: every key and value that the parser finds has one, and it is the right one."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from time import process_time
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.documents import KeyPath, Parsed, Place, parse_document

TEXT = '''name = "x"  # a comment with [brackets] = and "quotes"
"quoted key" . 'and dotted' = 1

[calendars . berlin]
zone = "Europe/Berlin"
holidays = { country = "DE", dates = [2026-12-24,
    # in the middle
    2026-12-31, ] }

[[agreements]]
id = """
multi ] line"""
[agreements.goals]
P1 = '4h'
[[agreements]]
id = "zwölf ö"  # ü
[[agreements.legs]]
clock = 2026-01-01 10:00:00
'''


def paths_of(value: object, path: KeyPath = ()) -> set[KeyPath]:
    """Return the path of every key and item."""
    found = {path} if path else set[KeyPath]()
    if isinstance(value, dict):
        for key, each in cast("dict[str, object]", value).items():
            found |= paths_of(each, (*path, key))
    elif isinstance(value, list):
        for n, each in enumerate(cast("list[object]", value)):
            found |= paths_of(each, (*path, n))
    return found


def toml(text: str) -> Parsed:
    """Return what a TOML text says."""
    return parse_document(text, "toml")


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("name",), (1, 1), (1, 8)),
        (("quoted key",), (2, 1), (2, 1)),
        (("quoted key", "and dotted"), (2, 16), (2, 31)),
        (("calendars",), (4, 2), (4, 2)),
        (("calendars", "berlin"), (4, 14), (4, 14)),
        (("calendars", "berlin", "holidays", "country"), (6, 14), (6, 24)),
        (("calendars", "berlin", "holidays", "dates", 1), (8, 5), (8, 5)),
        (("agreements", 0, "goals", "P1"), (14, 1), (14, 6)),
        (("agreements", 1, "id"), (16, 1), (16, 6)),
        (("agreements", 1, "legs", 0, "clock"), (18, 1), (18, 9)),
    ],
)
def test_toml_places_keys_and_values_when_read(
    path: KeyPath, key: tuple[int, int], value: tuple[int, int]
) -> None:
    """Counted by hand in the text above."""
    assert toml(TEXT).spots[path] == (Place(*key), Place(*value))


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n")])
def test_toml_places_every_path_when_compared_with_the_parser(text: str) -> None:
    """No path is missing and none is invented, whatever ends a line."""
    assert set(toml(text).spots) == paths_of(tomllib.loads(text))


KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4),
)
SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12),
    st.integers(-(2**60), 2**60),
    st.booleans(),
    st.dates(min_value=date(1000, 1, 1)),
    st.times(),
    st.datetimes(min_value=datetime(1000, 1, 1)),  # noqa: DTZ001
    st.floats(allow_nan=False),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def basic(text: str, style: int) -> str:
    """Return a text in one of the four ways of TOML, where that way can hold it."""
    plain = all(letter.isprintable() for letter in text)
    if style == 1 and plain and "'" not in text:
        return f"'{text}'"
    if style == 2 and plain and "'" not in text:
        return f"'''\n{text}'''"
    escaped = "".join(
        letter if letter.isprintable() and letter not in '"\\' else f"\\U{ord(letter):08x}"
        for letter in text
    )
    return f'"""\n{escaped}"""' if style == 3 else f'"{escaped}"'


def written(value: object, style: int) -> str:
    """Return a value as TOML."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return basic(value, style)
        case date() | time():
            return value.isoformat()
        case list():
            items = cast("list[object]", value)
            return f"[ {f' ,# ] {chr(10)} '.join(written(each, style) for each in items)} ]"
        case dict():
            members = cast("dict[str, object]", value)
            each = (f"{basic(key, style % 2)} = {written(v, style)}" for key, v in members.items())
            return f"{{ {' , '.join(each)} }}"
        case _:
            return repr(value)


@given(
    table=st.dictionaries(KEYS, VALUES, max_size=4),
    style=st.integers(0, 3),
    end=st.sampled_from(["\n", "\r\n"]),
    header=KEYS,
)
def test_toml_places_every_path_when_the_document_is_random(
    table: dict[str, object], style: int, end: str, header: str
) -> None:
    """Escapes, line ends and unicode do not lead astray; each value begins where it is said."""
    lines = [f"{basic(key, style % 2)} = {written(each, style)}" for key, each in table.items()]
    text = "\n".join([f"[[{basic(header, 0)}]]", *lines, ""]).replace("\n", end)
    parsed = toml(text)
    values = tomllib.loads(text)
    assert repr(parsed.values) == repr(values)
    assert set(parsed.spots) == paths_of(values)
    for key, each in table.items():
        place = parsed.spots[header, 0, key].value
        begins = text.split("\n")[place.line - 1][place.column - 1 :]
        assert (
            written(each, style).split("\n")[0].rstrip()
            == begins[: len(begins)]
            .split("\n")[0]
            .rstrip()[: len(written(each, style).split("\n")[0].rstrip())]
        )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a = [1,\nb = 2\n", (1, 5), "close it with ]"),
        ('a = 1\nb = "x\nc = 1\n', (2, 5), 'write b = "x"'),
        ("a = 1\n[t]\nb = 1\n[t]\n", (4, 2), "the first stands at 2:2"),
        ("a = 1\nb = 2\na = 3\n", (3, 1), "the first stands at 1:1"),
        ("[x\na = 1\n", (1, 1), "write [x]"),
        ("a = Europe/Berlin\n", (1, 5), 'write a = "Europe/Berlin"'),
        ("a = True\n", (1, 5), "write a = true"),
        ('a: "4h"\n', (1, 2), 'write a = "4h"'),
        ("a = {b = 1\nc = 2\n", (1, 11), "in the same line"),
        ("a = " + "9" * 5000, (1, 5), "at most 18 digits"),
    ],
)
def test_toml_says_where_and_what_when_the_text_is_none(
    text: str, place: tuple[int, int], words: str
) -> None:
    """The parser's own words name a place behind the mistake; ours name the mistake."""
    parsed = toml(text)
    (fault,) = parsed.faults
    assert parsed.values is None
    assert fault.place == place
    assert words in fault.remedy


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a" + ".a" * 5000 + " = 1"])
def test_toml_is_refused_when_it_nests_too_deep(text: str) -> None:
    """No depth reaches the stack."""
    (fault,) = toml(text).faults
    assert fault.code == "too-deep"


@pytest.mark.parametrize("text", ["a = [1 }", 'a = ["x" = 2]', "a = [1, ]]\nb = [", "a = [,]"])
def test_toml_is_refused_in_no_time_when_a_list_holds_no_value(text: str) -> None:
    """Looking for the fault must come to an end: the scanner once looked for ever."""
    (fault,) = parse_document(text, "toml").faults
    assert fault.code == "toml-syntax"


@pytest.mark.parametrize(
    "text", ["a = [" + "[]," * 60_000 + "]", "\n".join(f"[t{n}]" for n in range(60_000))]
)
def test_toml_is_refused_when_it_holds_too_many_values(text: str) -> None:
    """Places take more memory than values; they are counted while they are noted."""
    (fault,) = parse_document(text, "toml").faults
    assert fault.code == "too-large"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        pytest.param(f"{'.'.join(['a'] * 16_000)} = 1", 81, id="dotted-key"),
        pytest.param(f"[{'.'.join(['a'] * 16_000)}]", 82, id="header"),
        pytest.param(f"x = {{ {'.'.join(['a'] * 16_000)} = 1 }}", 87, id="inline-table"),
    ],
)
def test_toml_is_refused_before_it_is_parsed_when_a_dotted_key_nests_too_deep(
    text: str, column: int
) -> None:
    """Told at the 41st name; the parser's work would grow with the square of the names."""
    started = process_time()
    parsed = toml(text)
    assert process_time() - started < 1.0  # 32 s before it was counted while it was read
    assert [(each.code, each.place) for each in parsed.faults] == [("too-deep", Place(1, column))]


def test_toml_is_refused_when_a_dotted_key_and_its_tables_nest_too_deep() -> None:
    """38 names in the header and three in the key are more than 40 together."""
    text = f"[{'.'.join(['a'] * 38)}]\n{{}} = 1"
    assert toml(text.format("b.c")).faults == ()
    (fault,) = toml(text.format("b.c.d")).faults
    assert (fault.code, fault.place) == ("too-deep", Place(2, 1))
