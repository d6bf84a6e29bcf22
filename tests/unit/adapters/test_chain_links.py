"""The links of a chain, and the proofs of personal parts (law R8)."""

from __future__ import annotations

from hashlib import sha256

import pytest

from itsm_core.adapters.chain import (
    BEGINNING,
    SealedPart,
    commitment,
    erasure_link,
    event_link,
    packed,
    unpacked,
)
from itsm_core.errors import CodecError

PIECE = '"actor":"ana"'
SALT = bytes(range(16))


def test_link_is_the_hash_of_what_it_names_when_computed_by_hand() -> None:
    """The form is public: whoever wants to check with another program can."""
    text = '7|2|1|a|4|{"}"|'
    by_hand = sha256(b"\1" * 32 + text.encode() + b"c" * 32).digest()
    assert event_link(b"\1" * 32, 7, "a", 2, payload='{"}"', commitments=b"c" * 32) == by_hand
    assert commitment(SALT, PIECE) == sha256(SALT + PIECE.encode()).digest()
    erasure = sha256(b"\1" * 32 + b"3|9|1|a|2|bb|" + b"d" * 32).digest()
    assert erasure_link(b"\1" * 32, 3, 9, "a", reason="bb", digest=b"d" * 32) == erasure


def test_link_differs_when_a_mark_passes_from_one_field_into_the_next() -> None:
    """Lengths keep `a|1` and `b` from being `a` and `1|b`."""
    one = event_link(BEGINNING, 1, "a|1", 1, payload="b", commitments=b"")
    other = event_link(BEGINNING, 1, "a", 1, payload="1|b", commitments=b"")
    assert one != other


def test_proofs_come_back_when_packed() -> None:
    """Salts and commitments, in their order."""
    parts = (SealedPart(SALT), SealedPart(b"c" * 32, 300), SealedPart(SALT))
    assert unpacked(packed(parts)) == parts
    assert unpacked(b"") == ()


@pytest.mark.parametrize(
    "seal",
    [b"\2" + SALT, b"\0" + SALT[:-1], b"\1" + bytes(8) + bytes(32), b"\1" + bytes(7), b"\0"],
    ids=["kind", "short", "no number", "cut", "empty"],
)
def test_proofs_are_refused_when_they_are_damaged(seal: bytes) -> None:
    """Nothing is guessed from half a proof."""
    with pytest.raises(CodecError, match="no proof of a personal part"):
        unpacked(seal)
