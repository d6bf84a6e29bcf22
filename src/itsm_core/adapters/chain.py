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
from typing import Final, NamedTuple

import attrs

from itsm_core.adapters._chain_links import (
    SealedPart,
    commitment,
    erasure_digest,
    erasure_link,
    event_link,
    intact,
    packed,
    unpacked,
)
from itsm_core.adapters.codec import encode_event
from itsm_core.errors import CodecError, InvalidValue
from itsm_core.ports import StoredEvent, series

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

_MARK: Final = "itsm-log-1"
_WORDS: Final = 5
_MOST_FAULTS: Final = 1_000


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
        is_whole = len(head.link) == len(head.erasure_link) == 32
        is_whole = is_whole and min(head.count, head.erasures) >= 0
        if str(head) != " ".join(words) or not is_whole:
            raise InvalidValue("no head of a log", line, remedy)
        return head


def head_after(events: Iterable[StoredEvent], head: LogHead | None = None) -> LogHead:
    """Return the head of the events of `read_all`, going on from `head`.

    For a store that keeps no chain of its own: follow its log, keep a head now and then, and make
    it again from the first event on to see that the log is as it was. It says that something was
    changed before a head, not where; and an erasure changes it.

    `read_all` gives a page at a time: go on until there is none. `count` is a number of events, and
    where positions have gaps (PostgreSQL with `snapshot`) no position: keep the last one beside it.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.chain import head_after
    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.events import TicketOpened
    >>> store, at = MemoryStore(), datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> _ = store.append("INC-1", [opened], expected_version=0)
    >>> kept = head_after(store.read_all())
    >>> str(kept).split()[:2]
    ['itsm-log-1', '1']
    >>> head_after(store.read_all(after=1), kept) == kept
    True
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
    """Hold an event as it is kept in a chain.

    >>> from itsm_core.adapters.chain import BEGINNING, ChainedEvent, check_chain, event_link
    >>> payload = '{"type":"TicketClosed"}'
    >>> link = event_link(BEGINNING, 1, "INC-1", 1, payload=payload, commitments=b"")
    >>> closed = ChainedEvent(1, "INC-1", 1, payload, pieces=(), seal=b"", link=link)
    >>> check_chain([closed], []).is_sound, check_chain([closed._replace(version=2)], []).is_sound
    (True, False)
    """

    position: int
    stream: str
    version: int
    payload: str
    pieces: tuple[str, ...]
    seal: bytes
    link: bytes


class ChainedErasure(NamedTuple):
    """Hold an erasure as it is kept: when, by whom, why, and a digest of what it took.

    `at_us` is in microseconds since 1970.

    >>> from itsm_core.adapters.chain import BEGINNING, ChainedErasure, check_chain
    >>> from itsm_core.adapters.chain import erasure_digest, erasure_link
    >>> none = erasure_digest([])
    >>> link = erasure_link(BEGINNING, 1, 0, "privacy office", reason="case 41", digest=none)
    >>> erasure = ChainedErasure(1, 0, "privacy office", "case 41", digest=none, link=link)
    >>> check_chain([], [erasure]).is_sound
    True
    >>> print(*check_chain([], [erasure._replace(reason="case 42")]).faults)
    erasure: the record of erasure 1 is not what was written
    """

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

    >>> from itsm_core.adapters.chain import LogHead, check_chain
    >>> (fault,) = check_chain([], [], heads=[LogHead(count=2)]).faults
    >>> fault.code, fault.first, fault.last
    ('truncated', 1, 2)
    >>> print(fault)
    truncated: events 1 to 2 are missing at the end: a head that was kept knows 2
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

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.erasure import Erasure
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, requester="bob")
    >>> with SqliteStore(":memory:") as store:
    ...     _ = store.append("INC-1", [opened], expected_version=0)
    ...     kept = store.head()
    ...     _ = store.erase(Erasure(person="bob", at=at, author="privacy office", reason="case 41"))
    ...     check = store.check_log([kept])
    >>> check.is_sound, check.heads, check.erased_parts
    (True, 1, 1)
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

    Raises:
        InvalidValue: `heads` is no series of `LogHead`; `LogHead.parse` makes one of a line.

    >>> from itsm_core.adapters.chain import BEGINNING, ChainedEvent, check_chain, event_link
    >>> payload = '{"type":"TicketClosed"}'
    >>> link = event_link(BEGINNING, 1, "INC-1", 1, payload=payload, commitments=b"")
    >>> closed = ChainedEvent(1, "INC-1", 1, payload, pieces=(), seal=b"", link=link)
    >>> check_chain([closed], []).faults
    ()
    >>> forged = closed._replace(payload='{"type":"TicketOpened"}')
    >>> [(fault.code, fault.first) for fault in check_chain([forged], []).faults]
    [('changed', 1)]
    """
    kept = sorted(_heads(heads), key=lambda head: (head.count, head.erasures))
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


def _heads(values: object) -> set[LogHead]:
    found: set[LogHead] = set()
    for one in series(values, "no series of heads"):
        if not isinstance(one, LogHead):
            remedy = "pass a list of LogHead; LogHead.parse(line) makes one"
            raise InvalidValue("no head of a log", one, remedy)
        found.add(one)
    return found


class ChainWalk:
    """Follow the links of events, one by one.

    `wanted` are positions whose links are remembered. A walk can begin after any event, if its
    position and its link are given.

    >>> from itsm_core.adapters.chain import BEGINNING, ChainWalk, ChainedEvent, event_link
    >>> payload = '{"type":"TicketClosed"}'
    >>> link = event_link(BEGINNING, 1, "INC-1", 1, payload=payload, commitments=b"")
    >>> closed = ChainedEvent(1, "INC-1", 1, payload, pieces=(), seal=b"", link=link)
    >>> walk = ChainWalk()
    >>> walk.meet(closed)
    >>> walk.meet(closed._replace(position=4))
    >>> print(walk.last, *walk.faults)
    4 missing: events 2 to 3 are missing
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
    """Compare a log with the heads that were kept, the first first.

    >>> from itsm_core.adapters.chain import ChainWalk, LogHead, compared
    >>> walk = ChainWalk()  # of a log that has lost its only event
    >>> print(*compared([LogHead(count=1)], walk))
    truncated: event 1 is missing at the end: a head that was kept knows 1
    """
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
