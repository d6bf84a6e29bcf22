"""Write outbox messages as JSON and read them back: a CloudEvent in its structured form (law R7).

Whoever reads the table of a store with other tools finds what the CloudEvents specification says.
"""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring as _json
from typing import Final, NoReturn, cast

from itsm_core.adapters._codec_values import write_instant
from itsm_core.errors import CodecError, ItsmError
from itsm_core.ports import OutboxMessage

__all__ = ["decode_message", "encode_message", "place_of"]

_ATTRIBUTES: Final = {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}


def encode_message(message: OutboxMessage) -> str:
    """Return a message as one line of JSON; the same message gives the same text.

    >>> from itsm_core.adapters.records import encode_message
    >>> from itsm_core.ports import OutboxMessage
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> encode_message(told)
    '{"specversion":"1.0","id":"7",..."time":"1970-01-01T00:00:00.000000Z",..."data":null}'
    """
    subject = f'"subject":{_json(message.subject)},' if message.subject else ""
    # Its data is compact JSON already.
    return (
        f'{{"specversion":"1.0","id":{_json(message.message_id)},"source":{_json(message.source)},'
        f'"type":{_json(message.type)},{subject}"time":{write_instant(message.occurred_us)},'
        f'"datacontenttype":"application/json","data":{message.data}}}'
    )


def decode_message(text: str) -> OutboxMessage:
    """Return the message that `encode_message` wrote.

    Raises:
        CodecError: the text is anything else.

    >>> from itsm_core.adapters.records import decode_message, encode_message
    >>> from itsm_core.ports import OutboxMessage
    >>> told = OutboxMessage(message_id="7", source="/desk", type="ticket.opened", occurred_at=0)
    >>> decode_message(encode_message(told)).type
    'ticket.opened'
    >>> decode_message(encode_message(told).replace('"1.0"', '"0.3"'))
    Traceback (most recent call last):
    itsm_core.errors.CodecError: message: not as messages are written...
    """
    try:
        # What is no object has no keys; whatever is in one is looked at by the message itself.
        document = cast("dict[str, str]", json.loads(text))
        if document.keys() - {"subject"} != _ATTRIBUTES:
            return _refuse("not the attributes of a message", text)
        message = OutboxMessage(
            message_id=document["id"],
            source=document["source"],
            type=document["type"],
            subject=document.get("subject", ""),
            occurred_at=datetime.fromisoformat(document["time"]),
            data=_compact(document["data"]),
        )
        again = encode_message(message)
    except CodecError:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError, ItsmError) as error:
        raise CodecError(f"no message ({error})", "message", str(text)[:80]) from error
    return message if again == text else _refuse("not as messages are written", text)


def place_of(*names: str) -> bytes:
    """Return 32 bytes that stand for a series of names: an index holds them, however long.

    >>> from itsm_core.adapters.records import place_of
    >>> place_of("/desk", "12") == place_of("/desk1", "2")
    False
    >>> len(place_of("a very long name" * 1_000))
    32
    """
    return sha256("".join([f"{len(name)}:{name}" for name in names]).encode()).digest()


def _refuse(what: str, text: str) -> NoReturn:
    raise CodecError(what, "message", text[:80])


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
