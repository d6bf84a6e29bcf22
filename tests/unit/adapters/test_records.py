"""Messages as JSON and back: strict, and the identity both ways (law R7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from itsm_core.adapters.records import decode_message, encode_message, place_of
from itsm_core.errors import CodecError
from itsm_core.ports import OutboxMessage
from itsm_core.testing.contract import ODD, message

MESSAGES = [
    message(),
    message(ODD, source=ODD, data='{"a":[1,2.5,null,"ü"],"b":{}}'),
    OutboxMessage(
        message_id="1",
        source="s",
        type="t",
        subject="INC-1",
        occurred_at=datetime.max.replace(tzinfo=UTC),
    ),
]


@pytest.mark.parametrize("one", MESSAGES)
def test_message_comes_back_when_written(one: OutboxMessage) -> None:
    """Writing and reading is the identity, in both directions."""
    text = encode_message(one)
    assert decode_message(text) == one
    assert encode_message(decode_message(text)) == text


def test_text_is_a_cloud_event_when_read_by_others() -> None:
    """Other tools find the attributes of the specification."""
    assert json.loads(encode_message(message()))["specversion"] == "1.0"


def changed(**values: object) -> str:
    """Return a message with other attributes; None takes one out."""
    document = {**json.loads(encode_message(message())), **values}
    kept = {name: value for name, value in document.items() if value is not None or name == "data"}
    return json.dumps(kept, separators=(",", ":"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "5",
        "null",
        "[" * 100_000,
        changed(id=None),
        changed(id=5),
        changed(id=""),
        changed(source=["s"]),
        changed(specversion="0.3"),
        changed(time="2026-01-05"),
        changed(time="yesterday"),
        changed(time=5),
        changed(subject=""),
        changed(datacontenttype="text/xml"),
        changed(extra="x"),
        " " + encode_message(message()),
        encode_message(message()).replace('"1.0"', '"1.0","specversion":"1.0"'),
        encode_message(message(data="1")).replace('"data":1', '"data":NaN'),
    ],
)
def test_text_is_refused_when_nobody_has_written_it(text: str) -> None:
    """A damaged record is one typed error."""
    with pytest.raises(CodecError):
        decode_message(text)


def test_places_are_apart_when_names_join_to_one_text() -> None:
    """A place stands for the names one by one."""
    places = [place_of("a", "bc"), place_of("ab", "c"), place_of("abc"), place_of("a", "b", "c")]
    assert len(set(places)) == 4
    assert {len(place) for place in places} == {32}
