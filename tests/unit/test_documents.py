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
