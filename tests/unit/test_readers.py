"""Strict readers: exact types only."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest

from itsm_core import readers
from itsm_core.errors import CodecError


@pytest.mark.parametrize("value", [1, None, True, ["a"], b"a"])
def test_text_is_refused_when_it_is_something_else(value: object) -> None:
    """R7: nothing is turned into a text."""
    with pytest.raises(CodecError, match="place: not a text"):
        readers.text(value, "place")


@pytest.mark.parametrize("value", ["1", 1.0, True, None])
def test_whole_number_is_refused_when_it_is_something_else(value: object) -> None:
    """R7: neither true nor 1.0 is a whole number."""
    with pytest.raises(CodecError, match="place: not a whole number"):
        readers.whole(value, "place")


def test_list_is_refused_when_an_item_is_wrong() -> None:
    """The place names the item."""
    with pytest.raises(CodecError, match=r"place\[1\]: not a text"):
        readers.texts(["a", 2], "place")


@pytest.mark.parametrize("value", ["ab", ("a",), None, {"a": 1}])
def test_list_is_refused_when_it_is_something_else(value: object) -> None:
    """A text is no list of its letters."""
    with pytest.raises(CodecError, match="place: not a list"):
        readers.texts(value, "place")


@pytest.mark.parametrize("value", ["\ud800", "x\udc00"])
def test_text_is_refused_when_it_is_half_of_a_pair(value: str) -> None:
    """What has no bytes could not be written down again."""
    with pytest.raises(CodecError, match="place: holds half of a surrogate pair"):
        readers.text(value, "place")


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**40])
def test_whole_number_is_refused_when_it_does_not_fit_into_64_bits(value: int) -> None:
    """What every database holds in one column is the limit."""
    with pytest.raises(CodecError, match="place: must fit into 64 bits"):
        readers.whole(value, "place")


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 0])
def test_whole_number_is_read_when_it_fits_into_64_bits(value: int) -> None:
    """Both ends included."""
    assert readers.whole(value, "place") == value


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_flag_is_refused_when_it_is_something_else(value: object) -> None:
    """Neither 1 nor "true" is one."""
    with pytest.raises(CodecError, match="place: not true or false"):
        readers.flag(value, "place")


@pytest.mark.parametrize("value", [True, False])
def test_flag_is_read_when_it_is_one(value: bool) -> None:
    """True and false stand for themselves."""
    assert readers.flag(value, "place") is value


# --- texts ---------------------------------------------------------------------------------------

SMALL = readers.JsonReader(subject="note", longest=100, deepest=3, most=8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"note: not JSON \(Expecting value"),
        ('{"a": 1, "b": 2, "a": 1}', "note: key given twice .*'a'.*keep one"),
        ('{"a": 1, "\\u0061": 1}', "note: key given twice"),
        ('{"a": {"b": 1, "b": 1}}', "note: key given twice .*'b'"),
        ("NaN", "note: not a JSON number .*NaN"),
        ("[-Infinity]", "note: not a JSON number .*-Infinity"),
        ("1e400", "note: too large a number .*1e400"),
        ("-0", "note: a second spelling of 0 .*write 0"),
        ("[[[[]]]]", "note: nested too deep; at most 3"),
        ('{"a":{"b":{"c":{}}}}', "note: nested too deep"),
        ("[" + "0," * 20 + "0]", "note: more than 8 values"),
        ("[" + "[]," * 20 + "0]", "note: more than 8 values"),
        (" " * 101, r"note: longer than 100 characters \(got 101\)"),
        ("\ufeff1", "note: not JSON"),
        ('"\n"', "note: not JSON"),
    ],
)
def test_json_is_refused_when_hostile(text: str, message: str) -> None:
    """Each with the subject, and what to do."""
    with pytest.raises(CodecError, match=message):
        SMALL.read(text)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b'"\xff"', "note: not JSON"),
        (b"\xff" * 401, r"note: longer than 100 characters \(got '401 bytes'\)"),
        (bytearray(b"1"), "note: must be text or bytes"),
        (None, "note: must be text or bytes"),
        ({}, "note: must be text or bytes"),
    ],
)
def test_payload_is_refused_when_it_is_no_text(payload: Any, message: str) -> None:
    """Bytes are UTF-8; a flood is not decoded to be counted."""
    with pytest.raises(CodecError, match=message):
        SMALL.read(payload)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[[[]]]", [[[]]]),
        ("[" + "0," * 6 + "0]", [0] * 7),
        ('"[[[[[[{{{{,,,,,,,,,,,"', "[[[[[[{{{{,,,,,,,,,,,"),
        ('["\\"[[[[[", "\\\\", "[[[[["]', ['"[[[[[', "\\", "[[[[["]),
        ("[0, 1.5, -1, 1e2]", [0, 1.5, -1, 100.0]),
        (' {"a": null}\n', {"a": None}),
    ],
)
def test_json_is_read_when_it_is_within_its_budgets(text: str, value: object) -> None:
    """Marks inside texts do not count as nesting."""
    assert SMALL.read(text) == SMALL.read(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        "[[[" + " " * 94 + "]]]",
        "[" + "0," * 7 + "0]",
        '["' + "," * 30 + '"' + ",0" * 7 + "]",
        '["[[[[", [[]]]',
    ],
)
def test_json_is_read_when_it_uses_a_budget_up(text: str) -> None:
    """The last is allowed: 100 characters, three deep, eight marks; those in texts do not count."""
    assert SMALL.read(text) == json.loads(text)


def test_json_is_refused_when_its_texts_hold_marks_and_it_has_one_too_many() -> None:
    """Nine marks outside of texts where eight are allowed."""
    with pytest.raises(CodecError, match="note: more than 8 values"):
        SMALL.read('["' + "," * 30 + '"' + ",0" * 8 + "]")


def test_nesting_is_what_is_open_at_once_when_lists_follow_each_other() -> None:
    """What was closed is not deep any more; what comes after it may be."""
    shallow = readers.JsonReader(subject="note", deepest=2)
    assert shallow.read("[[], [], []]") == [[], [], []]
    with pytest.raises(CodecError, match="note: nested too deep"):
        shallow.read("[[], [], [[]]]")


def test_bytes_are_decoded_when_as_many_could_be_a_text_within_the_budget() -> None:
    """A character takes up to four bytes, so 400 may be 100: looked at, and no JSON."""
    with pytest.raises(CodecError, match="note: not JSON"):
        SMALL.read("\N{GRINNING FACE}".encode() * 100)


@pytest.mark.parametrize(
    ("most", "more", "message"),
    [
        (" " * 999_999 + "1", " " * 1_000_000 + "1", "longer than 1000000 characters"),
        ("[" * 256 + "]" * 256, "[" * 257 + "]" * 257, "at most 256 lists"),
        ("[0" + ",0" * 99_999 + "]", "[0" + ",0" * 100_000 + "]", "more than 100000 values"),
    ],
)
def test_document_is_refused_when_it_is_one_over_the_documented_budget(
    most: str, more: str, message: str
) -> None:
    """A million characters, 256 deep, 100,000 values: so much is read, and no more."""
    assert readers.read_json(most) == json.loads(most)
    with pytest.raises(CodecError, match=message):
        readers.read_json(more)


EXACT = readers.JsonReader(subject="bill", fractions="write whole cents")


@pytest.mark.parametrize(
    ("reader", "hostile", "length"),
    [
        (SMALL, "x" * 90, 80),
        (EXACT, f'{{"{"k" * 90}": 1, "{"k" * 90}": 2}}', 80),
        (EXACT, "1." + "5" * 90, 80),
        (SMALL, "1e" + "0" * 90 + "999", 80),
        (EXACT, "9" * 1001, 40),
    ],
)
def test_refusal_shows_the_beginning_alone_when_the_value_is_long(
    reader: readers.JsonReader, hostile: str, length: int
) -> None:
    """The beginning tells where to look; the rest would only fill a log."""
    with pytest.raises(CodecError) as refusal:
        reader.read(hostile)
    assert len(str(refusal.value.value)) == length


def test_reader_shows_its_budgets_when_printed() -> None:
    """What it is made of, not how it works inside."""
    assert repr(SMALL) == (
        "JsonReader(subject='note', longest=100, deepest=3, most=8, fractions='')"
    )


def test_whole_number_is_refused_when_it_does_not_fit_into_the_bits_asked_for() -> None:
    """The message says how many, its sign included."""
    assert readers.whole(2**127 - 1, "place", below=1 << 127) == 2**127 - 1
    with pytest.raises(CodecError, match="place: must fit into 128 bits"):
        readers.whole(2**127, "place", below=1 << 127)


def test_whole_number_is_refused_when_it_has_a_thousand_digits() -> None:
    """Told before Python takes quadratic time for it, whatever Python's own limit is."""
    assert readers.read_json("9" * 1000) == int("9" * 1000)
    with pytest.raises(CodecError, match="document: a number of more than 1000 digits"):
        readers.read_json("9" * 1001)


def test_fraction_is_refused_with_the_remedy_when_there_shall_be_none() -> None:
    """Who counts exactly reads no floats."""
    exact = readers.JsonReader(subject="bill", fractions='write "1.5"')
    with pytest.raises(CodecError, match=r'bill: not a whole number .*write "1.5"'):
        exact.read("[1.5]")


def test_nesting_is_refused_when_python_allows_deeper_stacks() -> None:
    """The limit is ours: a larger stack limit must not lead to a crash of the process."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(CodecError, match="nested too deep"):
            readers.read_json("[" * 50_000)
    finally:
        sys.setrecursionlimit(limit)


def test_nesting_is_refused_when_it_is_deeper_than_the_stack_of_python() -> None:
    """A caller may set the limit too high: still a typed error, and no crash."""
    deep = readers.JsonReader(subject="tree", deepest=10**6, most=10**6)
    with pytest.raises(CodecError, match="tree: nested too deep"):
        deep.read("[" * 200_000 + "]" * 200_000)


def test_text_that_is_never_closed_is_refused_in_no_time_when_long() -> None:
    """A scan that began anew at each quotation mark would take hours."""
    began = time.process_time()
    with pytest.raises(CodecError, match=r"nested too deep|not JSON"):
        readers.read_json("[" * 300 + '"' + '\\"' * 400_000)
    assert time.process_time() - began < 5
