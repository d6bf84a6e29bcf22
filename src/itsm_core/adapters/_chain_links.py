"""The links of a chain, and the proofs of personal parts (law R8); see `itsm_core.adapters.chain`.

Pure hashing: what is hashed with what is public, so that a log can be checked by another program.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final, NamedTuple

from itsm_core.errors import CodecError

__all__ = [
    "SALT_LENGTH",
    "SealedPart",
    "commitment",
    "erasure_digest",
    "erasure_link",
    "event_link",
    "intact",
    "packed",
    "unpacked",
]

SALT_LENGTH: Final = 16
"""Bytes of a salt: nobody tries 2**128 of them to find a name."""

_INTACT, _ERASED = 0, 1
_INTACT_MARK, _ERASED_MARK = bytes((_INTACT,)), bytes((_ERASED,))
_NUMBER_LENGTH: Final = 8


def commitment(salt: bytes, piece: str) -> bytes:
    """Return 32 bytes that bind a personal part and, without the salt, say nothing of it.

    >>> from itsm_core.adapters.chain import commitment
    >>> salt, other = bytes(16), bytes(15) + b"1"
    >>> commitment(salt, '"actor":"ana"') == commitment(salt, '"actor":"ben"')
    False
    >>> commitment(salt, '"actor":"ana"') == commitment(other, '"actor":"ana"')
    False
    """
    return sha256(salt + piece.encode()).digest()


def event_link(
    before: bytes, position: int, stream: str, version: int, *, payload: str, commitments: bytes
) -> bytes:
    """Return the link of an event to the one before it.

    >>> from itsm_core.adapters.chain import BEGINNING, event_link
    >>> first = event_link(BEGINNING, 1, "INC-1", 1, payload="{}", commitments=b"")
    >>> second = event_link(first, 2, "INC-1", 2, payload="{}", commitments=b"")
    >>> second == event_link(BEGINNING, 2, "INC-1", 2, payload="{}", commitments=b"")
    False
    """
    # With their lengths, so that nothing can pass from one into the next.
    place = f"{position}|{version}|{len(stream)}|{stream}|{len(payload)}|{payload}|"
    return sha256(before + place.encode() + commitments).digest()


def erasure_link(
    before: bytes, number: int, at_us: int, author: str, *, reason: str, digest: bytes
) -> bytes:
    """Return the link of an erasure to the one before it; `at_us` is in microseconds since 1970.

    >>> from itsm_core.adapters.chain import BEGINNING, erasure_digest, erasure_link
    >>> taken = erasure_digest([(1, '"requester":"(erased person 1)"')])
    >>> kept = erasure_link(BEGINNING, 1, 0, "privacy office", reason="case 41", digest=taken)
    >>> kept == erasure_link(BEGINNING, 1, 0, "privacy office", reason="case 42", digest=taken)
    False
    """
    what = f"{number}|{at_us}|{len(author)}|{author}|{len(reason)}|{reason}|"
    return sha256(before + what.encode() + digest).digest()


def erasure_digest(taken: Iterable[tuple[int, str]]) -> bytes:
    """Return what stands for the parts that an erasure took: their positions and placeholders.

    >>> from itsm_core.adapters.chain import erasure_digest
    >>> one, two = (1, '"title":"(erased)"'), (7, '"actor":"(erased person 1)"')
    >>> erasure_digest([one, two]) == erasure_digest([two, one])
    True
    >>> erasure_digest([one, two]) == erasure_digest([one])
    False
    """
    return sha256("\n".join(f"{at}|{piece}" for at, piece in sorted(taken)).encode()).digest()


class SealedPart(NamedTuple):
    """Hold what proves one personal part: its salt or, once it is erased, its commitment.

    `erasure` is the number of the erasure that took it, 0 if none did.

    >>> from itsm_core.adapters.chain import SealedPart, commitment
    >>> salt = bytes(16)
    >>> before = SealedPart(salt)
    >>> after = SealedPart(commitment(salt, '"actor":"ana"'), erasure=1)
    >>> len(before.proof), len(after.proof), after.erasure
    (16, 32, 1)
    """

    proof: bytes
    erasure: int = 0


def intact(salt: bytes) -> bytes:
    """Return the packed proof of a part that nobody has erased.

    >>> from itsm_core.adapters.chain import intact, unpacked
    >>> unpacked(intact(b"sixteen bytes ok"))
    (SealedPart(proof=b'sixteen bytes ok', erasure=0),)
    """
    return _INTACT_MARK + salt


def packed(parts: Iterable[SealedPart]) -> bytes:
    """Return the bytes in which the proofs of an event's personal parts are kept.

    >>> from itsm_core.adapters.chain import SealedPart, packed
    >>> len(packed([SealedPart(bytes(16))])), len(packed([SealedPart(bytes(32), erasure=3)]))
    (17, 41)
    """
    found = b""
    for proof, erasure in parts:
        number = erasure.to_bytes(_NUMBER_LENGTH)
        found += _ERASED_MARK + number + proof if erasure else intact(proof)
    return found


def unpacked(seal: bytes) -> tuple[SealedPart, ...]:
    """Return what `packed` has packed.

    Raises:
        CodecError: the bytes are anything else.

    >>> from itsm_core.adapters.chain import SealedPart, packed, unpacked
    >>> parts = (SealedPart(bytes(16)), SealedPart(bytes(32), erasure=3))
    >>> [part.erasure for part in unpacked(packed(parts))]
    [0, 3]
    >>> unpacked(b"half a proof")
    Traceback (most recent call last):
    itsm_core.errors.CodecError: seal: no proof of a personal part...
    """
    found: list[SealedPart] = []
    at = 0
    while at < len(seal):
        number = 0
        kind, at = seal[at], at + 1
        if kind == _ERASED:
            number, at = int.from_bytes(seal[at : at + _NUMBER_LENGTH]), at + _NUMBER_LENGTH
        length = 32 if kind == _ERASED else SALT_LENGTH
        proof, at = seal[at : at + length], at + length
        if kind not in (_INTACT, _ERASED) or len(proof) != length or (kind and not number):
            raise CodecError("no proof of a personal part", "seal", seal[:80].hex())
        found.append(SealedPart(proof, number))
    return tuple(found)
