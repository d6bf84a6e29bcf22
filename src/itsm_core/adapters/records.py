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
    """Return a message as one line of JSON; the same message gives the same text."""
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
    """Return 32 bytes that stand for a series of names: an index holds them, however long."""
    return sha256("".join([f"{len(name)}:{name}" for name in names]).encode()).digest()


def _refuse(what: str, text: str) -> NoReturn:
    raise CodecError(what, "message", text[:80])


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
