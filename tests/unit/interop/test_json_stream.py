"""JSON piece by piece: pages, lines, the line of each record, and what is refused."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.interop._json_stream import Record, read_records


def records(folder: Path, text: str, *sections: str, is_one: bool = False) -> list[Record]:
    """Return the records of a text."""
    path = folder / "a.json"
    path.write_text(text, encoding="utf-8")
    return list(read_records(path, sections or ("issues",), is_one=is_one))


def test_records_have_their_line_when_in_a_list(tmp_path: Path) -> None:
    """What lies around the list is skipped, whatever it is."""
    text = '{"names": {"a": [1, 2]}, "total": 2,\n"issues": [\n{"k": 1},\n\n  {"k": 2.5}\n],"x":[]}'
    found = records(tmp_path, text)
    assert found == [Record("issues", 3, {"k": 1}), Record("issues", 5, {"k": 2.5})]


def test_records_are_read_when_pages_follow_each_other(tmp_path: Path) -> None:
    """As `curl >> file` leaves them."""
    text = '{"issues": [{"k": 1}]}\n{"issues": []}{}{"issues": [{"k": 2}]}'
    assert [each.values["k"] for each in records(tmp_path, text)] == [1, 2]


def test_second_object_is_refused_when_there_may_be_one(tmp_path: Path) -> None:
    """A file that is no JSON is not taken for one."""
    with pytest.raises(LogError, match="more than one object"):
        records(tmp_path, '{"issues": []}\n{"issues": []}', is_one=True)


def test_records_are_read_when_one_a_line(tmp_path: Path) -> None:
    """JSON Lines; blank lines count."""
    found = records(tmp_path, '{"k": 1}\n\n{"k": 2}\n')
    assert found == [Record("", 1, {"k": 1}), Record("", 3, {"k": 2})]


def test_sections_are_told_apart_when_there_are_two(tmp_path: Path) -> None:
    """A record knows in which list it stood."""
    found = records(tmp_path, '{"a": [{}], "b": [{}], "c": [{}]}', "a", "b")
    assert [each.section for each in found] == ["a", "b"]


def test_record_is_read_when_it_is_longer_than_a_piece(tmp_path: Path) -> None:
    """Pieces are of 64 KiB, and end anywhere: within a text, an escape, a number, a letter."""
    long = "ä\\n" * 30_000
    text = f'{{"issues": [{{"k": "{long}", "n": {"9" * 900}}}, {{"k": "{long}"}}]}}'
    assert [len(str(each.values["k"])) for each in records(tmp_path, text)] == [60_000, 60_000]


@pytest.mark.parametrize("shift", range(12))
def test_values_are_whole_when_a_piece_ends_within(tmp_path: Path, shift: int) -> None:
    """A number that goes on in the next piece is one number."""
    begin = '{"x": "' + "y" * (65_536 - 20 + shift)
    text = begin + '", "n": 12345678, "issues": [{"k": 1}]}'
    assert [each.values for each in records(tmp_path, text)] == [{"k": 1}]


def test_gzip_is_read_when_given(tmp_path: Path) -> None:
    """Told by its first bytes."""
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf{"issues": [{"k": 1}]}'))
    assert [each.values for each in read_records(path, ("issues",))] == [{"k": 1}]


HOSTILE = {
    "cut off": ('{"issues": [\n{"k": 1}', 2, "expected ',' or ']', found the end of the file"),
    "cut off inside": ('{"issues": [\n{"k": ', 2, "not JSON: Expecting value"),
    "wrong inside": ('{"issues": [{"k": 1},\n{"k": }]}', 2, "not JSON: Expecting value"),
    "wrong mark": ('{"issues": [{"k": 1};\n]}', 1, "expected ',' or ']', found ';'"),
    "no key": ("{\n7: 1}", 2, "expected '\"', found '7'"),
    "no colon": ('{"issues"\n[]}', 2, "expected ':', found '\\['"),
    "a list": ("[1]", 1, "the file is no JSON object.*file.format"),
    "a table": ("a,b\n1,2\n", 1, "the file is no JSON object.*'a,b"),
    "key twice": ('{"issues": [{"k": 1, "k": 2}]}', 1, "key given twice"),
    "NaN": ('{"issues": [{"k": NaN}]}', 1, "not a JSON number"),
    "deep": ('{"issues": [' + '{"k":' * 100_000, 1, "nested too deep"),
    "deep enough": ('{"issues": [' + '{"k":' * 70 + "1" + "}" * 70 + "]}", 1, "nested too deep"),
    "no object": ('{"issues": [7]}', 1, "the record is no object"),
    "long": ('{"issues": [{"k": "' + "x" * 1_000_001 + '"}]}', 1, "longer than 1,000,000"),
    "long beside": ('{"x": "' + "x" * 1_100_000, 1, "longer than 1,000,000"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_file_is_refused_when_it_is_wrong(tmp_path: Path, name: str) -> None:
    """Each with its line."""
    text, line, message = HOSTILE[name]
    with pytest.raises(LogError, match=rf"a\.json:{line}: .*{message}"):
        records(tmp_path, text)


def test_file_is_refused_when_no_section_is_in_it(tmp_path: Path) -> None:
    """A pretty-printed issue alone is neither pages nor lines."""
    with pytest.raises(LogError, match='a list "issues" is expected, or JSON Lines'):
        records(tmp_path, '{\n"key": "A"\n}')


def test_file_is_refused_when_it_is_not_utf_8(tmp_path: Path) -> None:
    """The line is that of the byte."""
    path = tmp_path / "a.json"
    path.write_bytes(b'{"issues": [\n{"k": "\xff"}]}')
    with pytest.raises(LogError, match=r"a\.json:2: the text is not UTF-8"):
        list(read_records(path, ("issues",)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "does not exist"),
        (b"", "the file is empty"),
        (gzip.compress(b"{}" * 99, mtime=0)[:-9], "ends before its data does"),
        (b"\x1f\x8b\x00this is no gzip file", "cannot be read"),
    ],
)
def test_file_is_refused_when_it_cannot_be_read(
    tmp_path: Path, data: bytes | None, message: str
) -> None:
    """The file system's and gzip's own errors do not leak."""
    path = tmp_path / "a.json"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(LogError, match=message):
        list(read_records(path, ("issues",)))


def test_memory_is_bounded_when_a_record_never_ends(tmp_path: Path) -> None:
    """A packed file of 30 MB in one text is refused after its first megabyte."""
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(b'{"issues": [{"k": "' + b"x" * 30_000_000, 1))
    tracemalloc.start()
    try:
        with pytest.raises(LogError, match="longer than 1,000,000"):
            list(read_records(path, ("issues",)))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("value", ["null", "{}", '"none"', "7"])
def test_section_is_refused_when_it_is_no_list(tmp_path: Path, value: str) -> None:
    """An export that lost its records is not an export without any."""
    path = tmp_path / "a.json"
    path.write_text(f'{{"pages": [], "issues": {value}}}', encoding="utf-8")
    with pytest.raises(LogError, match=r"a\.json:1: issues is no list"):
        list(read_records(path, ("pages", "issues"), is_one=True))


def test_number_is_refused_in_our_words_when_it_is_too_long(tmp_path: Path) -> None:
    """Python's own message would send a reader to a switch of the interpreter."""
    path = tmp_path / "a.json"
    path.write_text(f'{{"issues": [{{"n": {"9" * 5000}}}]}}', encoding="utf-8")
    with pytest.raises(LogError, match="a number is too long") as refused:
        list(read_records(path, ("issues",), is_one=True))
    assert "sys." not in str(refused.value)


def test_line_is_that_of_the_fault_when_more_lines_follow(tmp_path: Path) -> None:
    """The reader has read on to the end by then: the fourth line is wrong, not the ninth."""
    path = tmp_path / "a.json"
    text = '{"issues": [\n{"a": 1},\n{"a": 2},\n{"b" 3},\n{},\n{},\n{},\n{}\n]}'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LogError, match=r"a\.json:4: not JSON: Expecting ':'"):
        list(read_records(path, ("issues",), is_one=True))
