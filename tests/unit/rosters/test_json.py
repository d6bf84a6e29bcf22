"""Forms: one description of a record for both ways, strict on the way back (R7)."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import attrs
import pytest

from itsm_core.conditions import Kind, Schema, field
from itsm_core.errors import CodecError
from itsm_core.rosters import _json as way


@attrs.frozen(kw_only=True)
class Point:
    """Hold two numbers, to have something to write."""

    x: int
    y: int = 0


@attrs.frozen(kw_only=True)
class Mark:
    """Hold a text, to have something else."""

    name: str


POINT = way.Form(Point, {"x": way.WHOLE, "y": way.WHOLE}, "point")
EITHER = way.way_of_kinds({Point: POINT, Mark: way.Form(Mark, {"name": way.TEXT}, "mark")})


def test_form_gives_the_value_back_when_it_reads_what_it_wrote() -> None:
    """The kind stands first, fields in their order."""
    assert POINT.write(Point(x=1, y=2)) == {"kind": "point", "x": 1, "y": 2}
    assert EITHER.read(EITHER.write(Mark(name="a")), "it") == Mark(name="a")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (1, "unknown kind"),
        ({"kind": "pont", "x": 1, "y": 2}, "did you mean 'point'"),
        ({"kind": "point", "x": 1}, "key 'y' is missing"),
        ({"kind": "point", "x": 1, "y": 2, "z": 3}, "unknown key"),
        ({"kind": "point", "x": 1, "y": True}, "it.y: not a whole number"),
        ({"kind": "point", "x": 1.0, "y": 2}, "it.x: not a whole number"),
    ],
)
def test_form_refuses_when_the_record_is_another(data: object, match: str) -> None:
    """With the place of what is wrong."""
    with pytest.raises(CodecError, match=match):
        EITHER.read(data, "it")


@pytest.mark.parametrize(
    ("given", "data"),
    [
        (way.FLAG, 1),
        (way.RATIO, 1),
        (way.RATIO, float("inf")),
        (way.DURATION, 10**30),
        (way.DURATION, "1 h"),
        (way.DATE, "2026-02-30"),
        (way.TIME, "24:30"),
        (way.INSTANT, "2026-01-01"),
        (way.RESTRICTION, 5),
        (way.many_of(way.TEXT), "ana"),
    ],
    ids=range(10),
)
def test_way_refuses_when_the_value_is_of_another_type(given: way.Way, data: object) -> None:
    """Nothing is converted."""
    with pytest.raises(CodecError):
        given.read(data, "it")


@pytest.mark.parametrize(
    ("given", "data", "remedy"),
    [
        (way.DATE, "20261224", "write 2026-12-24"),
        (way.TIME, "09:00", "write 09:00:00"),
        (way.INSTANT, "2026-03-29T09:00:00+02:00", r"write 2026-03-29T07:00:00\+00:00"),
    ],
    ids=range(3),
)
def test_way_names_the_one_spelling_when_it_is_another(
    given: way.Way, data: str, remedy: str
) -> None:
    """One value has one text, or two documents of one roster would have two hashes."""
    with pytest.raises(CodecError, match=remedy):
        given.read(data, "it")


def test_duration_is_read_when_it_is_the_longest_of_64_bits() -> None:
    """Some 292 thousand years: 2 to the power of 63 microseconds, less one."""
    assert way.DURATION.read(2**63 - 1, "it") == timedelta(microseconds=2**63 - 1)


def test_condition_is_refused_with_its_place_when_it_is_malformed() -> None:
    """The place in the document comes before that in the condition."""
    condition = way.predicate(Schema(name="ticket", fields={"priority": Kind.TEXT}))
    with pytest.raises(CodecError, match=r"it\.condition.*unknown key"):
        condition.read({"field": "priority", "is": "P1"}, "it")


def test_condition_is_itself_when_written_and_read() -> None:
    """As the conditions write it."""
    way_of_it = way.predicate(Schema(name="ticket", fields={"priority": Kind.TEXT}))
    rule = field("priority").is_("P1")
    written = way_of_it.write(rule)
    assert "P1" in str(written)
    assert way_of_it.read(written, "it") == rule


def test_document_is_read_when_it_uses_its_budgets_up() -> None:
    """Four million characters and a quarter of a million values; one more is refused."""
    most = "[0" + ",0" * 249_999 + "]"
    assert len(cast("list[object]", way.loads(most, "it"))) == 250_000
    with pytest.raises(CodecError, match="it: more than 250000 values"):
        way.loads("[0" + ",0" * 250_000 + "]", "it")
    assert way.loads(" " * 3_999_999 + "1", "it") == 1
    with pytest.raises(CodecError, match="it: longer than 4000000 characters"):
        way.loads(" " * 4_000_000 + "1", "it")


def test_text_is_canonical_when_dumped() -> None:
    """No blanks, letters as they are, keys as they come."""
    assert way.dumps({"b": ["ä", 1], "a": None}) == '{"b":["ä",1],"a":null}'


def test_optional_keeps_none_when_there_is_nothing() -> None:
    """None is null and back."""
    maybe = way.optional(way.DURATION)
    assert maybe.read(maybe.write(None), "it") is None
    assert maybe.read(maybe.write(timedelta(hours=1)), "it") == timedelta(hours=1)


def test_loads_refuses_when_it_is_no_json() -> None:
    """A key given twice is no document."""
    with pytest.raises(CodecError, match="twice"):
        way.loads('{"a": 1, "a": 2}', "it")


def test_hash_is_of_the_canonical_text_when_asked() -> None:
    """The SHA-256 of the two characters `{}`, as sha256sum gives it."""
    expected = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert way.content_hash({}) == expected
