"""Chain the events of a log, so that what was done to it shows, and where (law R8).

Each event has a link: a hash of the link before it, its place, what is kept of it, and a
commitment to each of its personal parts. A commitment is the hash of a random salt and the part:
with the salt and the part deleted it stays, and says nothing of the part. So an erasure leaves
every link as it was. Erasures are chained too, each with a digest of what it took.

Whoever can write the file can write a chain of their own, or leave out the end. That shows against
a `LogHead` that was kept elsewhere. Sign `str(head)` if whoever keeps it is not to be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import attrs

from itsm_core.adapters.codec import encode_event
from itsm_core.errors import CodecError, InvalidValue
from itsm_core.ports import StoredEvent

__all__ = [
    "BEGINNING",
    "ChainWalk",
    "ChainedErasure",
    "ChainedEvent",
    "LogCheck",
    "LogFault",
    "LogHead",
    "SealedPart",
    "check_chain",
    "commitment",
    "compared",
    "erasure_digest",
    "erasure_link",
    "event_link",
    "head_after",
    "intact",
    "packed",
    "unpacked",
]

BEGINNING: Final = bytes(32)
"""What the first link follows."""

SALT_LENGTH: Final = 16
"""Bytes of a salt: nobody tries 2**128 of them to find a name."""

_MARK: Final = "itsm-log-1"
_INTACT, _ERASED = 0, 1
_INTACT_MARK, _ERASED_MARK = bytes((_INTACT,)), bytes((_ERASED,))
_NUMBER_LENGTH: Final = 8
_WORDS: Final = 5
_MOST_FAULTS: Final = 1_000


# --- links ---------------------------------------------------------------------------------------


def commitment(salt: bytes, piece: str) -> bytes:
    """Return 32 bytes that bind a personal part and, without the salt, say nothing of it."""
    return sha256(salt + piece.encode()).digest()


def event_link(
    before: bytes, position: int, stream: str, version: int, *, payload: str, commitments: bytes
) -> bytes:
    """Return the link of an event to the one before it."""
    # With their lengths, so that nothing can pass from one into the next.
    place = f"{position}|{version}|{len(stream)}|{stream}|{len(payload)}|{payload}|"
    return sha256(before + place.encode() + commitments).digest()


def erasure_link(
    before: bytes, number: int, at_us: int, author: str, *, reason: str, digest: bytes
) -> bytes:
    """Return the link of an erasure to the one before it."""
    what = f"{number}|{at_us}|{len(author)}|{author}|{len(reason)}|{reason}|"
    return sha256(before + what.encode() + digest).digest()


def erasure_digest(taken: Iterable[tuple[int, str]]) -> bytes:
    """Return what stands for the parts that an erasure took: their positions and placeholders."""
    return sha256("\n".join(f"{at}|{piece}" for at, piece in sorted(taken)).encode()).digest()


class SealedPart(NamedTuple):
    """Hold what proves one personal part: its salt or, once it is erased, its commitment.

    `erasure` is the number of the erasure that took it, 0 if none did.
    """

    proof: bytes
    erasure: int = 0


def intact(salt: bytes) -> bytes:
    """Return the packed proof of a part that nobody has erased."""
    return _INTACT_MARK + salt


def packed(parts: Iterable[SealedPart]) -> bytes:
    """Return the bytes in which the proofs of an event's personal parts are kept."""
    found = b""
    for proof, erasure in parts:
        number = erasure.to_bytes(_NUMBER_LENGTH)
        found += _ERASED_MARK + number + proof if erasure else intact(proof)
    return found


def unpacked(seal: bytes) -> tuple[SealedPart, ...]:
    """Return what `packed` has packed.

    Raises:
        CodecError: the bytes are anything else.
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


# --- the head ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class LogHead:
    """Say how far a log went, and with which links: keep it where the log's owner cannot write.

    `str(head)` is one line of text, `LogHead.parse` reads it. The hashes tell nothing of the
    events.

    >>> head = LogHead(count=0)
    >>> LogHead.parse(str(head)) == head
    True
    """

    count: int
    link: bytes = BEGINNING
    erasures: int = 0
    erasure_link: bytes = BEGINNING

    def __str__(self) -> str:
        numbers = f"{self.count} {self.link.hex()} {self.erasures} {self.erasure_link.hex()}"
        return f"{_MARK} {numbers}"

    @classmethod
    def parse(cls, line: str) -> LogHead:
        """Return the head that `str` wrote.

        Raises:
            InvalidValue: the line is anything else.
        """
        words = line.split()
        remedy = f"write it as `itsm-core verify-log` prints it: {_MARK} COUNT HASH COUNT HASH"
        try:
            if len(words) != _WORDS or words[0] != _MARK:
                raise ValueError("not five words that begin with the mark")  # noqa: TRY301
            head = cls(
                count=int(words[1]),
                link=bytes.fromhex(words[2]),
                erasures=int(words[3]),
                erasure_link=bytes.fromhex(words[4]),
            )
        except ValueError as error:
            raise InvalidValue(f"no head of a log ({error})", line, remedy) from error
        if str(head) != " ".join(words) or not len(head.link) == len(head.erasure_link) == 32:
            raise InvalidValue("no head of a log", line, remedy)
        return head


def head_after(events: Iterable[StoredEvent], head: LogHead | None = None) -> LogHead:
    """Return the head of the events of `read_all`, going on from `head`.

    For a store that keeps no chain of its own: follow its log, keep a head now and then, and make
    it again from the first event on to see that the log is as it was. It says that something was
    changed before a head, not where; and an erasure changes it.
    """
    count, link = (0, BEGINNING) if head is None else (head.count, head.link)
    for one in events:
        payload = encode_event(one.event)
        link = event_link(
            link, one.position, one.stream, one.version, payload=payload, commitments=b""
        )
        count += 1
    return LogHead(count=count, link=link)


# --- the check -----------------------------------------------------------------------------------


class ChainedEvent(NamedTuple):
    """Hold an event as it is kept in a chain."""

    position: int
    stream: str
    version: int
    payload: str
    pieces: tuple[str, ...]
    seal: bytes
    link: bytes


class ChainedErasure(NamedTuple):
    """Hold an erasure as it is kept: when, by whom, why, and a digest of what it took."""

    number: int
    at_us: int
    author: str
    reason: str
    digest: bytes
    link: bytes


@attrs.frozen(kw_only=True)
class LogFault:
    """Say what is wrong with a log between two positions, both included.

    `code` is `changed`, `missing`, `rewritten` (between two heads that were kept), `truncated`,
    or `erasure` (a part was taken that no recorded erasure took). For faults of the record of
    erasures itself, `first` and `last` are 0.
    """

    code: str
    first: int
    last: int
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@attrs.frozen(kw_only=True)
class LogCheck:
    """Hold what a check of a log found: its head as it is now, and every fault, the first first.

    `heads` counts the heads that it was compared with. With none, an end that was cut off and a
    chain that was made anew from some event on do not show.
    """

    head: LogHead
    faults: tuple[LogFault, ...]
    heads: int
    erased_parts: int

    @property
    def is_sound(self) -> bool:
        """Return whether there is no fault."""
        return not self.faults


def check_chain(
    events: Iterable[ChainedEvent],
    erasures: Iterable[ChainedErasure],
    heads: Iterable[LogHead] = (),
) -> LogCheck:
    """Check a log, event by event, against its own links and against heads that were kept.

    `events` come by position, `erasures` by number; the events are read once and not kept.
    """
    kept = sorted(set(heads), key=lambda head: (head.count, head.erasures))
    walk = ChainWalk({head.count for head in kept})
    for event in events:
        walk.meet(event)
    record = _Record(walk.taken)
    for erasure in erasures:
        record.meet(erasure)
    record.end()
    faults = [*walk.faults, *compared(kept, walk), *record.faults, *record.against(kept)]
    head = LogHead(
        count=walk.last, link=walk.link, erasures=record.number, erasure_link=record.link
    )
    parts = sum(map(len, walk.taken.values()))
    return LogCheck(head=head, faults=tuple(faults), heads=len(kept), erased_parts=parts)


class ChainWalk:
    """Follow the links of events, one by one.

    `wanted` are positions whose links are remembered. A walk can begin after any event, if its
    position and its link are given.
    """

    def __init__(
        self, wanted: Iterable[int] = (), *, last: int = 0, link: bytes = BEGINNING
    ) -> None:
        self.last: int = last
        self.link: bytes = link
        self.faults: list[LogFault] = []
        self.taken: dict[int, list[tuple[int, str]]] = {}
        self.links: dict[int, bytes] = {last: link}
        self._wanted = frozenset(wanted)
        self._before: tuple[bytes, ...] = (link,)

    def meet(self, event: ChainedEvent) -> None:
        """Check the next event."""
        position = event.position
        gap = position != self.last + 1
        if gap:
            self._miss(position)
        try:
            commitments = self._commitments(event)
        except CodecError as error:
            self._fault("changed", position, f"event {position} has a damaged seal: {error}")
            found: tuple[bytes, ...] = ()
        else:
            found = tuple(
                event_link(
                    each,
                    position,
                    event.stream,
                    event.version,
                    payload=event.payload,
                    commitments=commitments,
                )
                for each in self._before
            )
            # After a gap there is nothing to compare with: what is missing has been said.
            if not gap and event.link not in found:
                self._fault(
                    "changed",
                    position,
                    f"event {position} (stream {event.stream!r}, version {event.version}) is not "
                    "what was written, or stands where another one stood",
                )
        # If only the link was changed, the next one follows what the link should be.
        self._before = tuple(dict.fromkeys((event.link, *found[:1])))
        self.last, self.link = position, event.link
        if position in self._wanted:
            self.links[position] = event.link

    def _miss(self, position: int) -> None:
        first, last = self.last + 1, position - 1
        if first <= last:
            which = f"event {first} is" if first == last else f"events {first} to {last} are"
            self.faults.append(
                LogFault(code="missing", first=first, last=last, message=f"{which} missing")
            )
        else:
            self._fault("changed", position, f"event {position} has no place after {self.last}")

    def _fault(self, code: str, position: int, message: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(LogFault(code=code, first=position, last=position, message=message))

    def _commitments(self, event: ChainedEvent) -> bytes:
        """Return the commitments to an event's personal parts; remember which were taken."""
        if not event.seal and not event.pieces:
            return b""
        parts = unpacked(event.seal)
        if len(parts) != len(event.pieces):
            raise CodecError(
                "not one proof for each part", "seal", f"{len(parts)} for {len(event.pieces)}"
            )
        found: list[bytes] = []
        for part, piece in zip(parts, event.pieces, strict=True):
            if part.erasure:
                self.taken.setdefault(part.erasure, []).append((event.position, piece))
                found.append(part.proof)
            else:
                found.append(commitment(part.proof, piece))
        return b"".join(found)


class _Record:
    """Follow the links of erasures, and compare each with what is gone."""

    def __init__(self, taken: dict[int, list[tuple[int, str]]]) -> None:
        self._taken = dict(taken)
        self.number = 0
        self.link = BEGINNING
        self.links = {0: BEGINNING}
        self.faults: list[LogFault] = []

    def meet(self, erasure: ChainedErasure) -> None:
        """Check the next erasure."""
        number, at_us, author, reason, digest, link = erasure
        if number != self.number + 1:
            self._fault(0, 0, f"the record of erasure {self.number + 1} is missing")
        elif erasure_link(self.link, number, at_us, author, reason=reason, digest=digest) != link:
            self._fault(0, 0, f"the record of erasure {number} is not what was written")
        taken = self._taken.pop(number, [])
        if erasure_digest(taken) != digest:
            first, last = _range(taken)
            self._fault(
                first, last, f"what is gone by erasure {number} is not what its record says"
            )
        self.number, self.link = number, link
        self.links[number] = link

    def end(self) -> None:
        """Report what was taken by erasures that have no record."""
        for number, taken in sorted(self._taken.items()):
            first, last = _range(taken)
            self._fault(
                first, last, f"{len(taken)} parts are gone by erasure {number}, which has no record"
            )

    def against(self, kept: Sequence[LogHead]) -> Iterator[LogFault]:
        """Compare with what was kept of earlier records."""
        for head in kept:
            if self.links.get(head.erasures) != head.erasure_link:
                what = f"the record of erasures up to {head.erasures} is not the one that was kept"
                yield LogFault(code="erasure", first=0, last=0, message=what)

    def _fault(self, first: int, last: int, message: str) -> None:
        self.faults.append(LogFault(code="erasure", first=first, last=last, message=message))


def _range(taken: Sequence[tuple[int, str]]) -> tuple[int, int]:
    positions = [position for position, _ in taken]
    return min(positions, default=0), max(positions, default=0)


def compared(kept: Sequence[LogHead], walk: ChainWalk) -> Iterator[LogFault]:
    """Compare a log with the heads that were kept, the first first."""
    sound = 0
    for head in kept:
        first, last = sound + 1, head.count
        if head.count > walk.last:
            first = walk.last + 1
            which = f"event {last} is" if first == last else f"events {first} to {last} are"
            what = f"{which} missing at the end: a head that was kept knows {last}"
            yield LogFault(code="truncated", first=first, last=last, message=what)
            return
        if walk.links.get(head.count) == head.link:
            sound = head.count
            continue
        what = f"events {first} to {last} are not those whose head was kept"
        yield LogFault(code="rewritten", first=first, last=last, message=what)
        return
