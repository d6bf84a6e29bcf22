"""Documents: exact types, every fault at once, the nearest name suggested."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from itsm_core.documents import Faults, Table, read_document
from itsm_core.errors import CodecError, DefinitionError, InvalidValue


def table(**values: object) -> Table:
    """Return a table that holds these values."""
    return Table(values, "here", Faults("test"))


@pytest.mark.parametrize(
    ("kind", "value", "ask"),
    [
        ("text", 1, lambda t: t.text("key")),
        ("whole", "1", lambda t: t.whole("key", 0)),
        ("whole bool", True, lambda t: t.whole("key", 0)),
        ("flag", 1, lambda t: t.flag("key", default=False)),
        ("flag text", "true", lambda t: t.flag("key", default=False)),
        ("texts", "a", lambda t: t.texts("key")),
        ("texts item", [1], lambda t: t.texts("key")),
        ("ratio", [1.5], lambda t: t.ratios("key", ())),
        ("ratio text", ["0.5"], lambda t: t.ratios("key", ())),
        ("date", ["soon"], lambda t: t.dates("key")),
        ("tables", [1], lambda t: t.tables("key")),
        ("table", [], lambda t: t.table("key")),
    ],
)
def test_table_notes_a_fault_when_the_type_is_wrong(
    kind: str, value: object, ask: Callable[[Table], object]
) -> None:
    """Nothing is converted (law R7)."""
    asked = table(key=value)
    ask(asked)
    (fault,) = asked.faults.found
    assert fault.where.startswith("here.key")
    assert fault.remedy


def test_table_gives_values_when_types_fit() -> None:
    """Each kind of value comes out as it was written."""
    asked = table(t="x", n=3, f=True, l=["a"], r=[0.5], d=[date(2026, 1, 5), "2026-01-06"])
    assert (asked.text("t"), asked.whole("n", 0), asked.flag("f", default=False)) == ("x", 3, True)
    assert (asked.texts("l"), asked.ratios("r", ())) == (("a",), (0.5,))
    assert asked.dates("d") == (date(2026, 1, 5), date(2026, 1, 6))
    asked.finish()
    assert asked.faults.found == []


def test_table_gives_defaults_when_keys_are_absent() -> None:
    """An optional key that is absent is no fault."""
    asked = table()
    assert (asked.text("t", "x"), asked.texts("l", ("y",)), asked.whole("n", 7)) == ("x", ("y",), 7)
    assert asked.ratios("r", (0.5,)) == (0.5,)
    assert asked.faults.found == []


def test_table_names_the_key_when_a_required_one_is_missing() -> None:
    """The fault names the path, and a key that looks like the one that is missing."""
    asked = table(zome="UTC")
    asked.text("zone")
    (fault,) = asked.faults.found
    assert (fault.code, fault.where) == ("missing-key", "here.zone")
    assert "did you mean 'zome'" in fault.remedy


def test_table_notes_unknown_keys_when_finished() -> None:
    """A slip of typing does not pass in silence."""
    asked = table(titel="x")
    asked.text("title", "")
    asked.finish()
    assert "did you mean 'title'" in str(asked.faults.found[0])


def test_faults_raise_all_at_once_when_refused() -> None:
    """One run shows everything."""
    asked = table()
    asked.text("a")
    asked.text("b")
    with pytest.raises(DefinitionError) as refused:
        asked.faults.refuse()
    assert [fault.where for fault in refused.value.faults] == ["here.a", "here.b"]


def test_faults_stay_silent_when_there_are_none() -> None:
    """Nothing noted, nothing raised."""
    Faults("test").refuse()


def test_faults_take_over_a_refusal_when_a_constructor_refuses() -> None:
    """What a value's own check says is kept, under the key that asked for it."""
    faults = Faults("test")

    def refuse() -> int:
        raise InvalidValue("not usable", 7, "use 8")

    assert faults.attempt("here.key", refuse) is None
    assert faults.found[0].where == "here.key"
    assert "use 8" in faults.found[0].message


def test_read_document_reads_when_the_file_is_toml(tmp_path: Path) -> None:
    """The top table has no path of its own."""
    path = tmp_path / "a.toml"
    path.write_text('name = "é"', encoding="utf-8")
    top = read_document(path, "policy")
    assert (top.text("name"), top.at("name")) == ("é", "name")


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"name = = 1", DefinitionError, "line 1"),
        (b"\xff", CodecError, "not UTF-8"),
        (b"#" * 1_000_001, CodecError, "too large"),
        (b"a = " + b"[" * 5_000, DefinitionError, "nested too deep"),
        (b"a = " + b"1" * 5_000, DefinitionError, "too many digits"),
    ],
)
def test_read_document_refuses_when_the_file_is_broken(
    tmp_path: Path, content: bytes, error: type[Exception], words: str
) -> None:
    """A broken file is a typed error that names it."""
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(error, match=words) as refused:
        read_document(path, "policy")
    assert "a.toml" in str(refused.value)


def test_read_document_refuses_when_given_a_folder(tmp_path: Path) -> None:
    """A folder is no document."""
    with pytest.raises(CodecError, match="cannot be read"):
        read_document(tmp_path, "policy")


def test_read_document_reads_when_the_file_has_a_byte_order_mark(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    path = tmp_path / "a.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "x"')
    assert read_document(path, "policy").text("name") == "x"


def test_read_document_stops_reading_when_the_file_has_no_end() -> None:
    """No more is read than a document may have."""
    with pytest.raises(CodecError, match="too large"):
        read_document(Path("/dev/zero"), "policy")


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_table_notes_a_fault_when_a_required_text_is_blank(blank: str) -> None:
    """What hangs on it would drop out in silence."""
    asked = table(key=blank)
    asked.text("key")
    assert [(fault.code, fault.where) for fault in asked.faults.found] == [("empty", "here.key")]


def test_table_takes_a_blank_when_the_text_is_optional() -> None:
    """A default may be written out."""
    asked = table(key="")
    assert asked.text("key", "x") == ""
    assert asked.faults.found == []


@pytest.mark.parametrize("value", [int("f" * 9_000, 16), "x" * 90_000], ids=["number", "text"])
def test_table_bounds_the_message_when_a_value_is_huge(value: object) -> None:
    """A hostile value must not become a megabyte of message."""
    asked = table(key=value)
    asked.flag("key", default=True)
    assert len(str(asked.faults.found[0])) < 300


def test_table_bounds_the_message_when_a_key_is_huge() -> None:
    """Nor must a key, and a terminal obeys none."""
    asked = table(**{"\x1b" + "k" * 90_000: 1})
    asked.finish()
    said = str(asked.faults.found[0])
    assert len(said) < 300
    assert "\x1b" not in said


def test_faults_count_the_rest_when_there_are_hundreds() -> None:
    """Two hundred are read by nobody; three thousand by no terminal."""
    faults = Faults("test")
    for number in range(3_000):
        faults.add("wrong-value", "is wrong", f"key{number}")
    with pytest.raises(DefinitionError) as refused:
        faults.refuse()
    assert len(refused.value.faults) == 201
    assert refused.value.faults[-1].message == "2,800 more faults"
